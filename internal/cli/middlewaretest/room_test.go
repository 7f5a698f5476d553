package middlewaretest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/agency/production/cardface"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/world/profiles"
)

func TestMain(m *testing.M) { os.Exit(vpcdtest.Main(m)) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stock hands out few keys again and again.
type stock struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
	next int
}

const stockSize = 8

func (s *stock) RSA2048() (*rsa.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) < stockSize {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	s.next++
	return s.keys[(s.next-1)%stockSize], nil
}

var maker = profiles.NewMaker(profiles.Options{
	Clock:   clock.NewManual(time.Date(2026, time.November, 24, 1, 0, 0, 0, time.UTC)),
	Entropy: entropy.Seeded("middleware"), Keys: &stock{}, AuthorityKeys: &stock{},
	Draw: func(f profiles.Face) (profiles.Images, error) {
		i, err := cardface.ChipImages(cardface.Face{Name: f.Name, Alias: f.Alias, Address: f.Address, BirthDate: f.BirthDate,
			Residence: f.Residence, Sex: f.Sex, Expiry: f.Expiry, SecurityCode: f.SecurityCode, Photo: f.Photo, Number: f.Number})
		return profiles.Images(i), err
	},
})

func make1(t testing.TB, profile string) *profiles.Card {
	t.Helper()
	c, err := maker.Make(profile)
	must(t, err)
	return c
}

// laid starts pcscd with one card of a profile in slot 0.
func laid(t *testing.T, profile string) *profiles.Card {
	t.Helper()
	vpcdtest.Need(t, "opensc-tool", "pkcs15-tool", "pkcs11-tool", "openssl")
	vpcdtest.Start(t)
	card := make1(t, profile)
	vpcdtest.Insert(t, 0, card)
	vpcdtest.Wait(t, vpcdtest.Open(t), 1)
	return card
}

// succeeds runs a tool that must succeed.
func succeeds(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, code := vpcdtest.Tool(t, name, args...)
	if code != 0 {
		t.Fatalf("%s %s: exit %d\n%s", name, strings.Join(args, " "), code, out)
	}
	return out
}

// fails runs a tool that must refuse and say why.
func fails(t *testing.T, why, name string, args ...string) {
	t.Helper()
	out, code := vpcdtest.Tool(t, name, args...)
	if code == 0 || !strings.Contains(out, why) {
		t.Errorf("%s %s: exit %d, want a refusal that says %q\n%s", name, strings.Join(args, " "), code, why, out)
	}
}

// contains compares a piece of what a tool said.
func contains(t *testing.T, out string, pieces ...string) {
	t.Helper()
	for _, p := range pieces {
		if !strings.Contains(out, p) {
			t.Errorf("%q is not in\n%s", p, out)
		}
	}
}

// file is a new name in the test's folder.
func file(t *testing.T, name string) string { return filepath.Join(t.TempDir(), name) }

// readPEM returns what one PEM file holds.
func readPEM(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	must(t, err)
	block, _ := pem.Decode(b)
	if block == nil {
		t.Fatalf("%s holds no PEM", path)
	}
	return block.Bytes
}

// pkcs11 is OpenSC's module, wherever the distribution puts it.
func pkcs11(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/*/opensc-pkcs11.so", "/usr/lib/opensc-pkcs11.so", "/usr/lib64/opensc-pkcs11.so", "/usr/lib/*/pkcs11/opensc-pkcs11.so"} {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return found[0]
		}
	}
	vpcdtest.Missing(t, "opensc-pkcs11 is not installed: run make deps")
	return ""
}
