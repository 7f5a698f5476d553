package waystest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
)

// Screens of these tests: a small window beside another, and a phone.
var (
	desktop = webtest.Width{Name: "window", Wide: 720, High: 900, Scale: 1}
	phone   = webtest.Width{Name: "phone", Wide: 360, High: 740, Scale: 1, Mobile: true}
)

// patience is how long a page may take on a busy machine.
const patience = 30 * time.Second

// window is a browser of its own: with its own cookies.
type window struct {
	t   *testing.T
	ctx context.Context
}

func newWindow(t *testing.T, browser context.Context, w webtest.Width) window {
	t.Helper()
	return tab(t, browser, w, chromedp.WithNewBrowserContext())
}

// beside opens another page of the same browser.
func (v window) beside(w webtest.Width) window {
	v.t.Helper()
	return tab(v.t, v.ctx, w)
}

func tab(t *testing.T, of context.Context, w webtest.Width, o ...chromedp.ContextOption) window {
	t.Helper()
	ctx, end := chromedp.NewContext(of, o...)
	t.Cleanup(end)
	if err := chromedp.Do(ctx, webtest.Screen(w)); err != nil { // without a limit: the tab lives as long as what it is opened with
		t.Fatal(err)
	}
	return window{t, ctx}
}

// do carries out actions in turn.
func (v window) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	for i, a := range actions {
		if err := chromedp.Do(ctx, a); err != nil {
			v.t.Fatalf("%s, step %d: %v\n%s", what, i+1, err, v.shown())
		}
	}
}

// open goes to an address and waits for what is to be read there.
func (v window) open(address, words string) {
	v.t.Helper()
	v.do(address, chromedp.Navigate(address))
	v.sees(words)
}

// click presses what a selector finds and waits for what it leads to.
func (v window) click(selector, words string) {
	v.t.Helper()
	v.do(selector, chromedp.Click(chromedp.CSS(selector)))
	v.sees(words)
}

// enter types into what a selector finds.
func (v window) enter(selector, value string) {
	v.t.Helper()
	v.do(selector, chromedp.SendKeys(chromedp.CSS(selector), value))
}

const wholePage = `document.readyState === "complete" ? document.body.innerText : ""`

// sees waits until the page says something.
func (v window) sees(words string) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if text, err := chromedp.Run(ctx, chromedp.Evaluate[string](wholePage)); err == nil && strings.Contains(text, words) {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			v.t.Fatalf("the page does not say %q:\n%s", words, v.shown())
		}
	}
}

// read returns the text of what a selector finds.
func (v window) read(selector string) string {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	s, err := chromedp.Run(ctx, chromedp.TextContent(chromedp.CSS(selector)))
	if err != nil {
		v.t.Fatalf("%s: %v\n%s", selector, err, v.shown())
	}
	return strings.TrimSpace(s)
}

// attribute returns an attribute of what a selector finds.
func (v window) attribute(selector, name string) string {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	// The property, not the attribute: an address is whole there.
	s, err := chromedp.Run(ctx, chromedp.JavascriptAttribute[string](chromedp.CSS(selector), name))
	if err != nil {
		v.t.Fatalf("%s: %v\n%s", selector, err, v.shown())
	}
	return s
}

// scanned is the address in the QR code on the screen, read from its picture; the
// page's own link stands in where there is no scanner.
func (v window) scanned() string {
	v.t.Helper()
	link := v.attribute(".handover-link", "href")
	tool, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("CI") == "true" {
			v.t.Fatal("zbarimg is missing: make deps")
		}
		v.t.Log("the code on the screen was not scanned: zbarimg is missing (make deps)")
		return link
	}
	file := filepath.Join(v.t.TempDir(), "screen.png")
	write(v.t, file, v.shot())
	read, err := exec.Command(tool, "-q", "--raw", file).Output()
	if err != nil || strings.TrimSpace(string(read)) != link {
		v.t.Fatalf("the scanner read %q, the page says %q: %v", read, link, err)
	}
	return strings.TrimSpace(string(read))
}

// shown is the page's address and text, for messages of failures.
func (v window) shown() string {
	ctx, stop := context.WithTimeout(v.ctx, 5*time.Second)
	defer stop()
	s, err := chromedp.Run(ctx, chromedp.Evaluate[string](`location.href + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return s
}

// sound fails on what axe-core finds serious.
func (v window) sound(name string) {
	v.t.Helper()
	ctx, stop := context.WithTimeout(v.ctx, patience)
	defer stop()
	found, err := webtest.Inspect(ctx)
	if err != nil {
		v.t.Fatalf("%s: %v", name, err)
	}
	for _, f := range found {
		v.t.Errorf("%s: %s (%s) %+v", name, f.ID, f.Help, f.Nodes)
	}
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}
