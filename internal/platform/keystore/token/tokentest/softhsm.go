// Package tokentest gives tests a PKCS#11 token of their own: SoftHSM 2 with its
// files in the test's folder. Without softhsm2 (or without cgo) a test is skipped
// and says what to install; where CI=true it fails.
package tokentest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/token"
)

// PIN and Officer are the user's and the security officer's PIN of every token
// made here.
const (
	PIN     = "kado-user-pin"
	Officer = "kado-officer-pin"
)

// modules are where distributions put the library.
var modules = []string{"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
	"/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so"}

// Module returns the library's path, or ends the test.
func Module(t testing.TB) string {
	t.Helper()
	why := "softhsm2 is not installed (Debian: apt-get install softhsm2)"
	if !token.Built {
		why = "built without cgo (set CGO_ENABLED=1)"
	} else if _, err := exec.LookPath("softhsm2-util"); err == nil {
		for _, m := range modules {
			if _, err := os.Stat(m); err == nil {
				return m
			}
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("needed where CI=true: " + why)
	}
	t.Skip(why)
	return ""
}

// New makes a token labelled "kado" in the test's folder and returns its
// configuration. The process then sees this token only, so tests that use it
// must not run side by side, and every store must be closed with the test.
func New(t testing.TB) token.Config {
	t.Helper()
	module := Module(t)
	dir := t.TempDir()
	conf := filepath.Join(dir, "softhsm2.conf")
	tokens := filepath.Join(dir, "tokens")
	if err := os.Mkdir(tokens, 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", conf)
	Add(t, "kado")
	return token.Config{Module: module, TokenLabel: "kado", Sessions: 4}
}

// Add makes one more token.
func Add(t testing.TB, label string) {
	t.Helper()
	Util(t, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", Officer)
}

// Util runs softhsm2-util.
func Util(t testing.TB, args ...string) {
	t.Helper()
	if out, err := exec.Command("softhsm2-util", args...).CombinedOutput(); err != nil {
		t.Fatalf("softhsm2-util %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// Open opens a store on a token and closes it with the test.
func Open(t testing.TB, c token.Config, secrets keystore.Store) *token.Store {
	t.Helper()
	return OpenWith(t, c, token.Options{Secrets: secrets, PIN: func() ([]byte, error) { return []byte(PIN), nil },
		Lock: filepath.Join(t.TempDir(), "token.lock")})
}

// OpenWith does the same with other options.
func OpenWith(t testing.TB, c token.Config, o token.Options) *token.Store {
	t.Helper()
	s, err := token.Open(c, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
