// Package webtest opens pages in Chromium, looks for what axe-core finds wrong
// with them and takes their pictures. It serves tests only.
package webtest

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

//go:embed axe.min.js
var axe string

// Width is a screen to look at a page on.
type Width struct {
	Name       string
	Wide, High int64
	Scale      float64
	Mobile     bool
}

// The screens of the house: a phone of 360 pixels and a counter terminal.
var (
	Phone    = Width{Name: "phone", Wide: 360, High: 740, Scale: 2, Mobile: true}
	Terminal = Width{Name: "terminal", Wide: 1920, High: 1080, Scale: 1}
)

// Browser starts Chromium without network beyond loopback. Without Chromium the
// test is skipped, in CI it fails.
func Browser(t testing.TB) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing: make deps")
		}
		t.Skip("SKIPPED: chromium is not installed (make deps)")
	}
	o := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"),
		chromedp.Flag("lang", "ja"), chromedp.NoSandbox, chromedp.WSURLReadTimeout(90*time.Second))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), o...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process to end, so that its folder can be removed
		end()
	})
	if err := chromedp.Do(ctx); err != nil { // starts the browser
		t.Fatal(err)
	}
	return ctx
}

// Screen sets the size of the window.
func Screen(w Width) chromedp.Action[chromedp.Void] {
	o := []chromedp.EmulateViewportOption{chromedp.EmulateScale(w.Scale)}
	if w.Mobile {
		o = append(o, chromedp.EmulateMobile, chromedp.EmulatePortrait)
	}
	return chromedp.EmulateViewport(w.Wide, w.High, o...)
}

// Finding is what axe-core says of one rule.
type Finding struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML string `json:"html"`
	} `json:"nodes"`
}

// Inspect runs axe-core on the open page and returns what is serious or
// critical, and whether the page is wider than the screen.
func Inspect(ctx context.Context) ([]Finding, error) {
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](axe+";true")); err != nil {
		return nil, err
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run(document,{resultTypes:['violations']}).then(r=>JSON.stringify(r.violations.map(v=>({id:v.id,impact:v.impact,help:v.help,nodes:v.nodes.map(n=>({html:n.html}))}))))`, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, err
	}
	var all, out []Finding
	if err := json.Unmarshal([]byte(raw), &all); err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.Impact == "serious" || f.Impact == "critical" {
			out = append(out, f)
		}
	}
	over, err := chromedp.Run(ctx, chromedp.Evaluate[float64](`document.documentElement.scrollWidth-document.documentElement.clientWidth`))
	if err != nil {
		return nil, err
	}
	if over > 1 {
		out = append(out, Finding{ID: "wider-than-screen", Impact: "serious", Help: fmt.Sprintf("the page is %v pixels wider than the screen", over)})
	}
	return out, nil
}

// Look opens each path on both screens and in both languages, fails on what
// Inspect finds, and writes pictures into the folder named by KADO_PICTURES, if
// any.
func Look(t *testing.T, ctx context.Context, base string, paths []string) {
	t.Helper()
	for _, p := range paths {
		for _, w := range []Width{Phone, Terminal} {
			for _, l := range []string{"ja", "en"} {
				url := base + p + "?lang=" + l
				for _, f := range Open(t, ctx, url, w) {
					where := ""
					if len(f.Nodes) > 0 {
						where = f.Nodes[0].HTML
					}
					t.Errorf("%s on a %s: %s (%s) %s", url, w.Name, f.ID, f.Help, where)
				}
				Picture(t, ctx, fmt.Sprintf("%s-%s-%s", strings.ReplaceAll(strings.Trim(p, "/"), "/", "-"), w.Name, l))
			}
		}
	}
}

// Open opens one page on a screen and returns what Inspect finds.
func Open(t testing.TB, ctx context.Context, url string, w Width) []Finding {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, Screen(w), chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("main"))); err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	found, err := Inspect(ctx)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	return found
}

// Picture writes the open page as a PNG into the folder named by KADO_PICTURES.
func Picture(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	dir := os.Getenv("KADO_PICTURES")
	if dir == "" {
		return
	}
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644); err != nil {
		t.Fatal(err)
	}
}
