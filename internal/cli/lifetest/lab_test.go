package lifetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"kado/internal/cli"
	"kado/internal/platform/db"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/scenario"
	"kado/internal/server"
)

var ctx = context.Background()

// run runs kado inside this process.
func run(args ...string) (stdout, stderr string, code int) {
	var out, errOut bytes.Buffer
	code = cli.Run(ctx, args, &out, &errOut)
	return out.String(), errOut.String(), code
}

// deck hands out copies of a few keys, round and round: no certificate may be
// issued twice for one key, so that it is dealt once per world. Copies, because
// the authority destroys what it was given.
type deck struct {
	keys [][]byte // PKCS#1
	mu   sync.Mutex
	next int
}

var shuffled = sync.OnceValues(func() ([][]byte, error) {
	var out [][]byte
	for range 12 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		out = append(out, x509.MarshalPKCS1PrivateKey(k))
	}
	return out, nil
})

func newDeck(t testing.TB) *deck {
	t.Helper()
	keys, err := shuffled()
	if err != nil {
		t.Fatal(err)
	}
	return &deck{keys: keys}
}

func (d *deck) RSA2048() (*rsa.PrivateKey, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	return x509.ParsePKCS1PrivateKey(d.keys[d.next%len(d.keys)])
}

// watcher copies the world's folder after chosen steps.
type watcher struct{ ends func(step int) }

func (watcher) Begin(int, lang.Text)         {}
func (watcher) Line(scenario.Line)           {}
func (w watcher) End(n int, _ time.Duration) { w.ends(n) }

// stages are one life, seen at three moments.
type stages struct {
	made  string // the card lies in the store, not delivered
	alive string // renewed and in operation
	dead  string
}

// lives plays one life once and keeps copies of its folder.
func lives(t *testing.T) stages {
	t.Helper()
	s := stages{filepath.Join(t.TempDir(), "made"), filepath.Join(t.TempDir(), "alive"), filepath.Join(t.TempDir(), "dead")}
	dir := filepath.Join(t.TempDir(), "world")
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir, Municipality: "13221", NewRun: true, Seed: "stages",
		Default: time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC), Cost: keystore.CheapCost, CardKeys: newDeck(t)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := scenario.NewOutput(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	_, err = scenario.Run(ctx, box, scenario.Options{Out: out}, watcher{func(step int) {
		switch step {
		case 3:
			copyFolder(t, dir, s.made)
		case 10:
			copyFolder(t, dir, s.alive)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, dir, s.dead)
	return s
}

// copyFolder copies files with their modes: a key file that others can read is
// refused.
func copyFolder(t testing.TB, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), info.Mode().Perm())
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// inDatabase runs f on a folder's database.
func inDatabase(t testing.TB, folder string, f func(*db.DB) error) {
	t.Helper()
	d, err := db.Open(ctx, "sqlite:"+filepath.Join(folder, "kado.db"))
	if err != nil {
		t.Fatal(err)
	}
	err = f(d)
	if closed := d.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatal(err)
	}
}
