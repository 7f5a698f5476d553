package shelf_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/chip/chiptest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/web/webtest"
)

// Every page with sample data, on both screens and in both languages.
func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	r := newRoom(t)
	srv := httptest.NewServer(r.handler)
	t.Cleanup(srv.Close)
	var paths []string
	for _, p := range r.shell.StoryPaths() {
		if strings.HasPrefix(p, "/storybook/shelf/") {
			paths = append(paths, p)
		}
	}
	webtest.Look(t, ctx, srv.URL, paths)
}

// The whole way of a card by keyboard alone: chosen, a PIN wrong, the PIN right, the
// chip's words shown, taken off; then a login.
func TestACardIsUsedInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	r := newRoom(t)
	srv := httptest.NewServer(r.handler)
	t.Cleanup(srv.Close)
	for _, w := range []webtest.Width{webtest.Phone, webtest.Terminal} {
		t.Run(w.Name, func(t *testing.T) {
			walk{t, ctx, srv.URL, w}.card(r)
			walk{t, ctx, srv.URL, w}.login(r)
		})
	}
}

type walk struct {
	t    *testing.T
	ctx  context.Context
	base string
	w    webtest.Width
}

// do carries out actions in turn and waits for what they lead to.
func (k walk) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	k.t.Helper()
	ctx, stop := context.WithTimeout(k.ctx, 2*time.Minute)
	defer stop()
	for i, a := range actions {
		if err := chromedp.Do(ctx, a); err != nil {
			k.t.Fatalf("%s, step %d: %v", what, i+1, err)
		}
	}
}

// sees waits until the page says something.
func (k walk) sees(words string) {
	k.t.Helper()
	ctx, stop := context.WithTimeout(k.ctx, 2*time.Minute)
	defer stop()
	for {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" && document.querySelector("main") ? document.querySelector("main").innerText : ""`))
		if err == nil && strings.Contains(text, words) {
			return
		}
		if ctx.Err() != nil {
			at, e := chromedp.Run(k.ctx, chromedp.Evaluate[string]("location.href + document.body.innerText"))
			k.t.Fatalf("the page does not say %q: %s, %v", words, at, e)
		}
	}
}

// focus moves by the tab key until the element that a query finds has the focus.
func (k walk) focus(query string) {
	k.t.Helper()
	ctx, stop := context.WithTimeout(k.ctx, 2*time.Minute)
	defer stop()
	for range 80 {
		on, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.activeElement === document.querySelector(`+"`"+query+"`"+`)`))
		if err != nil {
			k.t.Fatal(err)
		}
		if on {
			return
		}
		if err := chromedp.Do(ctx, chromedp.KeyEvent("\t")); err != nil {
			k.t.Fatal(err)
		}
	}
	k.t.Fatalf("%s cannot be reached by the keyboard", query)
}

// look fails on what axe-core finds and takes a picture.
func (k walk) look(name string) {
	k.t.Helper()
	found, err := webtest.Inspect(k.ctx)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, f := range found {
		k.t.Errorf("%s on a %s: %s (%s) %+v", name, k.w.Name, f.ID, f.Help, f.Nodes)
	}
	webtest.Picture(k.t, k.ctx, "walk-"+name+"-"+k.w.Name)
}

func (k walk) open(path, words string) {
	k.t.Helper()
	k.do(path, webtest.Screen(k.w), chromedp.Navigate(k.base+path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"lang=ja"))
	k.sees(words)
}

func (k walk) press(query, words string) {
	k.t.Helper()
	k.focus(query)
	k.do(query, chromedp.KeyEvent("\r"))
	k.sees(words)
}

func (k walk) enter(query, value string) {
	k.t.Helper()
	k.focus(query)
	k.do(query, chromedp.KeyEvent(value))
}

func (k walk) card(r *room) {
	k.open("/shelf", "棚のカード")
	k.look("1-desk")
	k.press(`.shelf-cards li:nth-child(2) button[value="2"]`, "番号　太郎さんのカード")
	k.sees("残り3回（全3回）")
	k.look("2-on-the-reader")
	k.press(`a[href="/shelf/readers/2/attributes"]`, "カードに送る")
	k.look("3-pin")
	k.enter("#pin", "0000")
	k.do("send", chromedp.KeyEvent("\r"))
	k.sees("残り2回です")
	k.look("4-wrong")
	// The keys of the pad type, too.
	k.focus(`[data-key="3"]`)
	for _, digit := range chiptest.TextPIN.Reveal() {
		k.focus(`[data-key="` + string(digit) + `"]`)
		k.do("key", chromedp.KeyEvent(" "))
	}
	k.focus(`form .actions button`)
	k.do("send", chromedp.KeyEvent("\r"))
	k.sees("カードから読み取りました")
	k.sees("VERIFY")
	k.look("5-read")
	// Somebody else uses the same reader: the page shows it by itself.
	d, err := r.desk.Readers().Device(2)
	if err != nil {
		k.t.Fatal(err)
	}
	before := d.View().Talks[0].Number
	if err := d.Look(); err != nil {
		k.t.Fatal(err)
	}
	k.sees(string(rune('0'+before+1)) + "回目：")
	// The focus does not get lost where the page renews itself.
	k.press(`form[action="/shelf/take-off"] button`, "机の上の読み取り機")
	if d.Card() != "" {
		k.t.Error("the card still lies there")
	}
}

func (k walk) login(r *room) {
	i := r.party.wait([]oidc.Claim{oidc.ClaimName, oidc.ClaimAddress}, nil)
	k.open(r.desk.Way().Path(i.ID), "求めているもの")
	k.look("6-login")
	k.press(`.shelf-cards li:nth-child(1) button`, "暗証番号を入力する")
	k.look("7-login-pin")
	k.enter("#authentication", "0000")
	k.enter("#text", chiptest.TextPIN.Reveal())
	k.press(`form[action="/shelf/login"] .button-wide`, "残り2回です")
	k.look("8-login-wrong")
	k.enter("#authentication", chiptest.AuthenticationPIN.Reveal())
	k.enter("#text", chiptest.TextPIN.Reveal())
	k.press(`form[action="/shelf/login"] .button-wide`, "back at the service")
	if err := r.desk.Readers().TakeOff(1, 0); err != nil {
		k.t.Error(err)
	}
}
