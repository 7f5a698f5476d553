package middlewaretest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
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

// browser starts Chromium with a home of its own.
func browser(t *testing.T, home string, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	o := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath("chromium"), chromedp.UserDataDir(t.TempDir()), chromedp.Flag("lang", "en"), chromedp.NoSandbox,
		chromedp.Env("HOME="+home, "DISPLAY="+os.Getenv("DISPLAY"), "OPENSC_CONF="+filepath.Join(home, "opensc.conf"), "LC_ALL=C.UTF-8"), chromedp.WSURLReadTimeout(90*time.Second))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(o, more...)...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(ctx)
	t.Cleanup(end)
	must(t, chromedp.Do(ctx))                      // starts the browser
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) }) // waits for its end, so that its folder can be removed
	ctx, enough := context.WithTimeout(ctx, 3*vpcdtest.Patience)
	t.Cleanup(enough)
	return ctx
}

// TestWayByCertificate_Chromium: an ordinary browser with OpenSC as its PKCS#11
// module, and a holder who types the PIN into the browser's own window and picks
// the certificate in another: the whole login at a relying party.
func TestWayByCertificate_Chromium(t *testing.T) {
	vpcdtest.Need(t, "chromium", "certutil", "modutil")
	s := newScreen(t)
	d := serves(t)
	home := pocket(t, d.ca)
	limit := browser(t, home, chromedp.VisibleWindow, chromedp.WindowSize(wide, high), chromedp.Flag("window-position", "0,0"), chromedp.Flag("test-type", true))
	must(t, chromedp.Do(limit, chromedp.Navigate(d.party+"/login"), chromedp.WaitReady(chromedp.CSS("a[href^='/certificate/']")),
		chromedp.Click(chromedp.CSS("a[href^='/certificate/']")), chromedp.WaitReady(chromedp.CSS("p.actions a.button"))))
	// Return is for the browser's own windows alone: the page must not take it.
	must(t, chromedp.Do(limit, chromedp.Evaluate[chromedp.Void](`document.addEventListener("keydown", e => e.preventDefault(), true); true`)))
	clicked := make(chan error, 1)
	go func() { clicked <- chromedp.Do(limit, chromedp.Click(chromedp.CSS("p.actions a.button"))) }() // returns after those windows
	window := s.window(t, "Unlock Security Device")
	s.write(t, window, d.pin)
	s.picture(t, "certificate-pin")
	s.press(t)
	until(t, "the PIN's window to close", func() bool {
		found, _ := s.hand("search", "--name", "Unlock Security Device") // fails where there is none
		return found == ""
	})
	// The choice of a certificate is a part of the browser's window: Return means
	// "OK" as soon as it is there.
	until(t, "the page of consent", func() bool {
		if found, _ := s.hand("search", "--name", "have this"); found != "" {
			return true
		}
		s.picture(t, "certificate-choice") // the last one counts
		s.press(t)
		return false
	})
	must(t, <-clicked)
	must(t, chromedp.Do(limit, chromedp.WaitReady(chromedp.CSS("button[value=allow]"))))
	must(t, chromedp.Do(limit, chromedp.Click(chromedp.CSS("button[value=allow]")), chromedp.WaitReady(chromedp.CSS("form[action='/logout']"))))
	page, err := chromedp.Run(limit, chromedp.Text(chromedp.CSS("body")))
	must(t, err)
	at, err := chromedp.Run(limit, chromedp.Location())
	must(t, err)
	if !strings.HasPrefix(at, d.party) || !strings.Contains(page, "sub") {
		t.Errorf("ended at %s:\n%s", at, page)
	}
}

// write types into the only field of a window, which has no manager to give it
// the keyboard.
func (s *screen) write(t *testing.T, window, text string) {
	t.Helper()
	_, err := s.hand("mousemove", "--window", window, "300", "85", "click", "1", "type", "--delay", "50", text)
	must(t, err)
}

// press presses Return.
func (s *screen) press(t *testing.T) {
	t.Helper()
	_, err := s.hand("key", "Return")
	must(t, err)
}
