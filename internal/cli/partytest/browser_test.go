package partytest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
)

// patience bounds how long a page may take.
const patience = 60 * time.Second

// window is a browser that a person would use.
type window struct {
	t   *testing.T
	ctx context.Context
}

// sees waits until the page says something.
func (v window) sees(words string) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	last := ""
	for {
		text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? document.body.innerText : ""`))
		if err == nil && strings.Contains(text, words) {
			return
		}
		if text != "" {
			last = text
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			v.t.Fatalf("the page does not say %q: %v\n%s", words, err, last)
		}
	}
}

// click presses what a selector finds.
func (v window) click(selector, words string) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		v.t.Fatalf("%s: %v", selector, err)
	}
	v.sees(words)
}

// In Chromium somebody logs in at each sample, reads the attributes again, signs and
// logs out by its buttons; the content security policy lets the form that signs lead to
// the provider; axe finds nothing serious on the page.
func TestSamplesInABrowser(t *testing.T) {
	browser := webtest.Browser(t)
	node, file := nodeSample(t)
	h := open(t)
	p, err := shared.folk.ByID("adult")
	if err != nil {
		t.Fatal(err)
	}
	for client, program := range map[string][]string{"gobrowser": {goSample(t)}, "nodebrowser": {node, file}} {
		t.Run(client, func(t *testing.T) {
			at := webtest.Address(t)
			start(t, at, program, "ISSUER="+h.issuer, "CLIENT_ID="+client, "BASE=http://"+at, "LISTEN="+at)
			ctx, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
			defer end()
			if err := chromedp.Do(ctx, webtest.Screen(webtest.Phone), chromedp.Navigate(h.base+"/?lang=ja"), chromedp.Navigate("http://"+at+"/")); err != nil {
				t.Fatal(err)
			}
			v := window{t, ctx}
			v.sees("マイナンバーカードでログイン")
			adult := `form:has([name="persona"][value="adult"]) button`
			v.click(`a[href="/login"]`, "カードの使い方を選んでください")
			v.click(`a[href^="/login/test-card"]`, "どのカードでログインしますか")
			v.click(adult, "に情報を渡してよいですか")
			v.click(`button[value="allow"]`, p.Name)
			v.click(`form[action="/refresh"] button`, p.Name)
			v.click(`form[action="/sign"] button`, "カードの使い方を選んでください")
			v.click(`a[href^="/login/test-card"]`, "どのカード")
			v.click(adult, "に情報を渡してよいですか")
			v.click(`button[value="allow"]`, "署名は正しいものです")
			found, err := webtest.Inspect(ctx)
			if err != nil || len(found) > 0 {
				t.Errorf("%+v %v", found, err)
			}
			v.click(`form[action="/logout"] button`, "マイナンバーカードでログイン")
		})
	}
}

// start starts a sample.
func start(t *testing.T, at string, command []string, env ...string) {
	t.Helper()
	program(t, at, t.TempDir(), command[0], command[1:], env...)
}
