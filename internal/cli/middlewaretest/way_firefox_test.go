package middlewaretest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/chip/vpcd/vpcdtest"
)

// firefoxPrefs are settings of the profile: no calls home, the remote control on
// any port, the certificate chosen by the browser, for there is one, and windows
// that take an answer at once.
const firefoxPrefs = `user_pref("marionette.port", 0);
user_pref("security.dialog_enable_delay", 0);
user_pref("security.default_personal_cert", "Select Automatically");
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:1/");
user_pref("extensions.update.enabled", false);
user_pref("intl.accept_languages", "en");
`

// TestWayByCertificate_Firefox: the same login as Chromium's, with the other browser
// that speaks PKCS#11. It asks for the PIN in a window of its own, and sends the one
// certificate that the listener asks for.
func TestWayByCertificate_Firefox(t *testing.T) {
	vpcdtest.Need(t, "firefox-esr", "certutil", "modutil")
	s := newScreen(t)
	d := serves(t)
	again(t, func() error { return s.firefox(t, d) })
}

// firefox logs in at the relying party with a new browser.
func (s *screen) firefox(t *testing.T, d *desk) error {
	t.Helper()
	profile := t.TempDir()
	succeeds(t, "certutil", "-d", "sql:"+profile, "-N", "--empty-password")
	succeeds(t, "certutil", "-d", "sql:"+profile, "-A", "-n", "Kado", "-t", "C,,", "-i", d.ca)
	succeeds(t, "modutil", "-dbdir", "sql:"+profile, "-add", "OpenSC", "-libfile", pkcs11(t), "-force")
	must(t, os.WriteFile(filepath.Join(profile, "user.js"), []byte(firefoxPrefs), 0o600))
	conf := filepath.Join(profile, "opensc.conf")
	must(t, os.WriteFile(conf, []byte(openscConf), 0o600))
	browser := exec.Command("firefox-esr", "--marionette", "--no-remote", "--profile", profile, "about:blank")
	browser.Env = append(os.Environ(), "HOME="+t.TempDir(), "OPENSC_CONF="+conf, "MOZ_CRASHREPORTER_DISABLE=1", "LC_ALL=C.UTF-8")
	must(t, browser.Start())
	defer func() {
		_ = browser.Process.Kill() // it may have ended
		_ = browser.Wait()         // by the signal
	}()
	port := ""
	err := until("Firefox to listen", func() bool {
		b, err := os.ReadFile(filepath.Join(profile, "MarionetteActivePort"))
		port = strings.TrimSpace(string(b))
		return err == nil && port != ""
	})
	if err != nil {
		return err
	}
	m, err := control("127.0.0.1:"+port, 3*vpcdtest.Patience)
	if err != nil {
		return err
	}
	defer m.conn.Close()
	if err := m.do("WebDriver:NewSession", map[string]any{"pageLoadStrategy": "none", "unhandledPromptBehavior": "ignore"}, nil); err != nil {
		return err
	}
	if err := m.do("WebDriver:Navigate", map[string]any{"url": d.party + "/login"}, nil); err != nil {
		return err
	}
	for _, link := range []string{"a[href^='/certificate/']", "p.actions a.button"} {
		if err := m.click(link); err != nil {
			return err
		}
	}
	if err := s.unlock(t, "Password Required", 320, 78, d.pin, "certificate-pin-firefox"); err != nil {
		return err
	}
	// An attempt before this one may have got as far as the consent, which is remembered.
	if err := m.click("button[value=allow], form[action='/logout']"); err != nil {
		return err
	}
	page, at := "", ""
	var last error // a page may go away while it is asked for
	err = until("the relying party", func() bool {
		last = m.do("WebDriver:GetPageSource", nil, &page)
		return last == nil && strings.Contains(page, `action="/logout"`)
	})
	if err = errors.Join(err, last); err != nil {
		return err
	}
	if err := m.do("WebDriver:GetCurrentURL", nil, &at); err != nil {
		return err
	}
	if !strings.HasPrefix(at, d.party) || !strings.Contains(page, "sub") {
		return fmt.Errorf("ended at %s:\n%s", at, page)
	}
	return nil
}

// click waits until a page is whole and has an element, and clicks it.
func (m *marionette) click(selector string) error {
	var last error
	err := until(selector, func() bool {
		var clicked bool
		last = m.do("WebDriver:ExecuteScript", map[string]any{"args": []string{selector}, "script": `
			const found = document.readyState === "complete" && document.querySelector(arguments[0]);
			if (found) setTimeout(() => found.click());
			return Boolean(found);`}, &clicked)
		return clicked && last == nil
	})
	return errors.Join(err, last)
}
