package handover

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
)

func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	s := newScene(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	var own []string
	for _, p := range s.shell.StoryPaths() {
		if strings.HasPrefix(p, "/storybook/handover/") {
			own = append(own, p)
		}
	}
	webtest.Look(t, ctx, srv.URL, own)
}

// In a real browser the computer's page goes on by itself when the phone is done,
// and a scanner reads the code from the screen.
func TestComputerGoesOnByItself(t *testing.T) {
	ctx := webtest.Browser(t)
	s := newScene(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	webtest.Open(t, ctx, srv.URL+"/begin/"+interaction, webtest.Terminal)
	webtest.Picture(t, ctx, "handover-1-computer")
	o, ok := s.way.book.current(interaction)
	if !ok {
		t.Fatal("no code is shown")
	}
	if tool, err := exec.LookPath("zbarimg"); err == nil {
		shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "screen.png")
		if err := os.WriteFile(file, shot, 0o600); err != nil {
			t.Fatal(err)
		}
		read, err := exec.Command(tool, "-q", "--raw", file).Output()
		if want := srv.URL + phonePath + o.code; err != nil || string(bytes.TrimSpace(read)) != want {
			t.Errorf("the scanner read %q, not %q: %v", read, want, err)
		}
	} else if os.Getenv("CI") == "true" {
		t.Error("zbarimg is missing: apt-get install zbar-tools")
	} else {
		t.Log("the code on the screen was not scanned: zbarimg is missing (zbar-tools)")
	}
	phone := s.phone()
	has(t, 303, "")(phone.post(phonePath+o.code, "number", o.number))
	if err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS("#handover .notice-success"))); err != nil {
		t.Fatal(err)
	}
	webtest.Picture(t, ctx, "handover-2-computer-matched")
	has(t, 303, "")(phone.get("/tryway/" + o.alias))
	within(t, ctx, 30*time.Second, chromedp.WaitReady(chromedp.CSS("#consent")))
}

func within(t *testing.T, ctx context.Context, d time.Duration, a chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, stop := context.WithTimeout(ctx, d)
	defer stop()
	if err := chromedp.Do(ctx, a); err != nil {
		t.Fatal(err)
	}
}
