package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/waytest"
)

// In a real browser the page's button reaches a running bridge across origins, by
// a plain form: the content security policy lets it, the bridge sees the site's
// origin, and the browser stays on the page, which goes on by itself.
func TestBridge_ButtonOfThePage(t *testing.T) {
	ctx := webtest.Browser(t)
	webtest.Free(t, bridge.Listener)
	s := newBridgeSite(t, time.Now()) //kado:wall-clock the code must live while the test runs
	lines := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(lines, []byte("4126\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(lines)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	run, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	var out, errOut bytes.Buffer
	path := card(t)
	go func() {
		done <- Run(run, []string{"--lang", "en", "bridge", "--server", s.URL, "--card", path, "--pin-fd", strconv.Itoa(fd)}, &out, &errOut)
	}()
	limit, enough := context.WithTimeout(ctx, 2*time.Minute)
	defer enough()
	err = chromedp.Do(limit, webtest.Screen(webtest.Terminal), chromedp.Navigate(s.URL+"/assets/kado.css"),
		chromedp.Evaluate[chromedp.Void](`document.cookie="`+waytest.Cookie+`=`+bridged+`; path=/"; true`),
		chromedp.Navigate(s.URL+"/bridge/"+bridged), chromedp.WaitVisible(chromedp.CSS("#bridge form button")))
	if err == nil {
		webtest.Picture(t, ctx, "bridge-1-code")
		err = chromedp.Do(limit, chromedp.Click(chromedp.CSS("#bridge form button")), chromedp.WaitReady(chromedp.CSS("#consent")))
	}
	stop()
	code := <-done
	if err != nil || s.desk.Taken() != 1 {
		t.Errorf("%v, %d answers, exit %d\n%s%s", err, s.desk.Taken(), code, &out, &errOut)
	}
}
