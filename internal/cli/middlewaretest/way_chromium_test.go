package middlewaretest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"kado/chip/vpcd/vpcdtest"
)

// openscConf lets OpenSC show the token of user authentication alone. Without it
// Chromium asks for the signature password, too, and before anything else: it
// opens every token that it finds.
const openscConf = `app default {
}
app opensc-pkcs11 {
	pkcs11 {
		create_slots_for_pins = "user";
	}
}
`

// pocket makes a home folder whose browser trusts the listener and knows the
// card's PKCS#11 module, by the commands of docs/howto-certificate.md.
func pocket(t *testing.T, ca string) string {
	t.Helper()
	home := t.TempDir()
	db := filepath.Join(home, ".pki", "nssdb")
	must(t, os.MkdirAll(db, 0o700))
	succeeds(t, "certutil", "-d", "sql:"+db, "-N", "--empty-password")
	succeeds(t, "certutil", "-d", "sql:"+db, "-A", "-n", "Kado", "-t", "C,,", "-i", ca)
	succeeds(t, "modutil", "-dbdir", "sql:"+db, "-add", "OpenSC", "-libfile", pkcs11(t), "-force")
	must(t, os.WriteFile(filepath.Join(home, "opensc.conf"), []byte(openscConf), 0o600))
	return home
}

// browser starts Chromium with a home of its own, until stop.
func browser(t *testing.T, home string, more ...chromedp.ExecAllocatorOption) (_ context.Context, stop func()) {
	t.Helper()
	o := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", "en"), chromedp.NoSandbox,
		chromedp.Env("HOME="+home, "DISPLAY="+os.Getenv("DISPLAY"), "OPENSC_CONF="+filepath.Join(home, "opensc.conf"), "LC_ALL=C.UTF-8"), chromedp.WSURLReadTimeout(90*time.Second))
	started, kill := chromedp.NewExecAllocator(context.Background(), append(o, more...)...)
	started, end := chromedp.NewContext(started)
	must(t, chromedp.Do(started)) // starts the browser
	ctx, enough := context.WithTimeout(started, 3*vpcdtest.Patience)
	return ctx, func() {
		enough()
		_ = chromedp.Cancel(started) // waits for its end, so that its folder can be removed
		end()
		kill()
	}
}

// attempts is how often the login is begun anew. What the test types and clicks
// goes to windows of a browser that has no interface for it: under load a key
// gets lost, and the browser itself falls over one that comes while its window
// closes. The provider and the card get no second chance by it: what they
// refuse, they refuse three times.
const attempts = 3

// TestWayByCertificate_Chromium: an ordinary browser with OpenSC as its PKCS#11
// module, and a holder who types the PIN into the browser's own window and picks
// the certificate in another: the whole login at a relying party.
func TestWayByCertificate_Chromium(t *testing.T) {
	vpcdtest.Need(t, "chromium", "certutil", "modutil")
	s := newScreen(t)
	d := serves(t)
	again(t, func() error { return s.chromium(t, d) })
}

// again tries a login until one succeeds, a few times.
func again(t *testing.T, login func() error) {
	t.Helper()
	for n := 1; ; n++ {
		err := login()
		if err == nil {
			return
		}
		if n == attempts {
			t.Fatal(err)
		}
		t.Logf("attempt %d: %v", n, err)
	}
}

// chromium logs in at the relying party with a new browser.
func (s *screen) chromium(t *testing.T, d *desk) error {
	t.Helper()
	limit, stop := browser(t, pocket(t, d.ca), chromedp.VisibleWindow, chromedp.WindowSize(wide, high), chromedp.Flag("window-position", "0,0"), chromedp.Flag("test-type", true))
	defer stop()
	if err := chromedp.Do(limit, chromedp.Navigate(d.party+"/login"), chromedp.WaitReady(chromedp.CSS("a[href^='/certificate/']")),
		chromedp.Click(chromedp.CSS("a[href^='/certificate/']")), chromedp.WaitReady(chromedp.CSS("p.actions a.button"))); err != nil {
		return err
	}
	// Return is for the browser's own windows alone: the page must not take it.
	if err := chromedp.Do(limit, chromedp.Evaluate[chromedp.Void](`document.addEventListener("keydown", e => e.preventDefault(), true); true`)); err != nil {
		return err
	}
	page, err := s.still()
	if err != nil {
		return err
	}
	clicked := make(chan error, 1)
	go func() { clicked <- chromedp.Do(limit, chromedp.Click(chromedp.CSS("p.actions a.button"))) }() // returns after those windows
	if err := s.unlock(t, "Unlock Security Device", 300, 85, d.pin, "certificate-pin"); err != nil {
		return err
	}
	if err := s.choose(t, page); err != nil {
		return err
	}
	if err := <-clicked; err != nil {
		return err
	}
	// An attempt before this one may have got as far as the consent, which is remembered.
	if err := chromedp.Do(limit, chromedp.WaitReady(chromedp.CSS("button[value=allow], form[action='/logout']")),
		chromedp.Evaluate[chromedp.Void](`document.querySelector("button[value=allow]")?.click(); true`), chromedp.WaitReady(chromedp.CSS("form[action='/logout']"))); err != nil {
		return err
	}
	text, err := chromedp.Run(limit, chromedp.Text(chromedp.CSS("body")))
	if err != nil {
		return err
	}
	at, err := chromedp.Run(limit, chromedp.Location())
	if err != nil {
		return err
	}
	if !strings.HasPrefix(at, d.party) || !strings.Contains(text, "sub") {
		return fmt.Errorf("ended at %s:\n%s", at, text)
	}
	return nil
}

// unlock types the PIN into the browser's window for it and waits until the window
// closes. No window manager gives it the keyboard: a click into its field does, at x
// and y in pixels.
func (s *screen) unlock(t *testing.T, title string, x, y int, pin, picture string) error {
	t.Helper()
	if err := until("the window "+title, func() bool { return s.window(title) != "" }); err != nil {
		return err
	}
	if _, err := s.still(); err != nil {
		return err
	}
	if _, err := s.hand("mousemove", "--window", s.window(title), strconv.Itoa(x), strconv.Itoa(y), "click", "1", "type", "--delay", "50", pin); err != nil {
		return err
	}
	s.picture(t, picture)
	if _, err := s.hand("key", "Return"); err != nil {
		return err
	}
	return until("the window "+title+" to close", func() bool { return s.window(title) == "" })
}

// choose presses Return at the choice of a certificate, which is a part of the
// browser's window over the page, and waits for the next page. A key that
// comes twice meets a choice that is closing and brings the browser down: so one
// at a time, each after the screen has changed and stands still.
func (s *screen) choose(t *testing.T, page *image.RGBA) error {
	t.Helper()
	pressed := 0
	var broken error
	err := until("the page behind the certificate", func() bool {
		now, err := s.still()
		if err != nil {
			broken = err
			return true
		}
		if s.window("Log in with the browser.s certificate") == "" {
			return true
		}
		if pressed--; pressed > 0 || differ(page, now) < 10*caret {
			return false
		}
		s.picture(t, "certificate-choice")
		pressed = 15 // looks, before the next one
		_, broken = s.hand("key", "Return")
		return broken != nil
	})
	return errors.Join(broken, err)
}
