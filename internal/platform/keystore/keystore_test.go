package keystore_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"kado/internal/platform/fault"
	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/keystoretest"
	"kado/internal/platform/lang"
)

var passphrase = []byte("correct horse 電池")

func TestMemorySuite(t *testing.T) {
	keystoretest.Suite(t, func(t *testing.T) func() keystore.Store {
		s := keystore.NewMemory()
		return func() keystore.Store { return s }
	})
}

func TestFileSuite(t *testing.T) {
	keystoretest.Suite(t, func(t *testing.T) func() keystore.Store {
		path := newFile(t)
		return func() keystore.Store {
			s, err := keystore.OpenFile(path, passphrase)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}

func newFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if _, err := keystore.CreateFile(path, passphrase, keystore.CheapCost); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCreateFileRefuses(t *testing.T) {
	path := newFile(t)
	if _, err := keystore.CreateFile(path, passphrase, keystore.CheapCost); !keystore.FileExists.Is(err) {
		t.Errorf("existing file: %v", err)
	}
	fresh := filepath.Join(t.TempDir(), "keys")
	if _, err := keystore.CreateFile(fresh, nil, keystore.CheapCost); !keystore.UnfitKey.Is(err) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := keystore.CreateFile(fresh, passphrase, keystore.Cost{}); !keystore.UnfitKey.Is(err) {
		t.Errorf("no cost: %v", err)
	}
	if _, err := keystore.CreateFile(filepath.Join(fresh, "none", "keys"), passphrase, keystore.CheapCost); !keystore.CannotAccess.Is(err) {
		t.Errorf("no folder: %v", err)
	}
}

func TestOpenFileRefuses(t *testing.T) {
	path := newFile(t)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v; want 600", info.Mode(), err)
	}
	if _, err := keystore.OpenFile(path, []byte("wrong")); !keystore.WrongPassphrase.Is(err) {
		t.Errorf("wrong passphrase: %v", err)
	}
	if _, err := keystore.OpenFile(path+"x", passphrase); !keystore.CannotAccess.Is(err) {
		t.Errorf("no file: %v", err)
	}
	if _, err := keystore.OpenFile(filepath.Dir(path), passphrase); err == nil {
		t.Error("a folder was opened")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o601} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keystore.OpenFile(path, passphrase); !keystore.TooOpen.Is(err) {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	at := func(i int, b byte) []byte { c := append([]byte(nil), good...); c[i] = b; return c }
	for name, c := range map[string]struct {
		content []byte
		kind    *fault.Kind
	}{
		"empty":           {nil, keystore.UnfitFile},
		"short":           {good[:40], keystore.UnfitFile},
		"magic":           {at(0, 'k'), keystore.UnfitFile},
		"version":         {at(8, 2), keystore.UnfitFile},
		"no threads":      {at(9, 0), keystore.UnfitFile},
		"many threads":    {at(9, 17), keystore.UnfitFile},
		"many passes":     {at(10, 1), keystore.UnfitFile},
		"much memory":     {at(12, 1), keystore.UnfitFile},
		"other salt":      {at(16, good[16]^1), keystore.WrongPassphrase},
		"other nonce":     {at(32, good[32]^1), keystore.WrongPassphrase},
		"other content":   {at(44, good[44]^1), keystore.WrongPassphrase},
		"more passes":     {at(11, 2), keystore.WrongPassphrase},
		"trailing byte":   {append(append([]byte(nil), good...), 0), keystore.WrongPassphrase},
		"last byte gone":  {good[:len(good)-1], keystore.WrongPassphrase},
		"longer than max": {make([]byte, keystore.MaxFile+1), keystore.UnfitFile},
	} {
		if err := os.WriteFile(path, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keystore.OpenFile(path, passphrase); !c.kind.Is(err) {
			t.Errorf("%s: %v, want %s", name, err, c.kind.Code())
		}
	}
}

func TestFailedWriteKeepsTheOldFile(t *testing.T) {
	if os.Geteuid() == 0 {
		// root writes everywhere; a folder in the way of the lock stops it too.
		path := newFile(t)
		s, err := keystore.OpenFile(path, passphrase)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path + ".lock"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(path+".lock", 0o700); err != nil {
			t.Fatal(err)
		}
		stays(t, path, s)
		return
	}
	path := newFile(t)
	s, err := keystore.OpenFile(path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) })
	stays(t, path, s)
}

func stays(t *testing.T, path string, s keystore.Store) {
	t.Helper()
	ctx := context.Background()
	if _, err := s.CreateSecret(ctx, "a", 16); !keystore.CannotAccess.Is(err) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Secret(ctx, "a"); !keystore.UnknownKey.Is(err) {
		t.Errorf("a key that was not stored is used: %v", err)
	}
	if _, err := keystore.OpenFile(path, passphrase); err != nil {
		t.Errorf("the old file: %v", err)
	}
}

func TestNoTemporaryFilesStay(t *testing.T) {
	path := newFile(t)
	s, err := keystore.OpenFile(path, passphrase)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.CreateSecret(context.Background(), "a", 16); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(path + "*")
	if err != nil || len(left) != 2 { // the file and its lock
		t.Errorf("%v, %v", left, err)
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 1300 || k.Number > 1399 {
			continue
		}
		n++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s: %+v", k.Code(), text)
			}
		}
	}
	if n == 0 {
		t.Error("no fault found")
	}
}

func FuzzOpenFile(f *testing.F) {
	path := newFile(f)
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:44])
	f.Add([]byte("KADOKEYS"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > 16 && (content[12] != 0 || content[13] != 0 || content[14] != 0 || content[10] != 0 || content[11] > 2) {
			return // Argon2id with real cost would be all the fuzzer does
		}
		p := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(p, content, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := keystore.OpenFile(p, passphrase)
		// The seeds hold an empty key file made with this passphrase; nothing
		// else can be made without it.
		if err == nil {
			if list, err := s.List(context.Background()); err != nil || len(list) != 0 || len(content) != len(good) {
				t.Errorf("opened %x: %v, %v", content, list, err)
			}
		}
		if err != nil && !keystore.UnfitFile.Is(err) && !keystore.WrongPassphrase.Is(err) {
			t.Errorf("unnumbered: %v", err)
		}
	})
}

func BenchmarkOpenFileDefaultCost(b *testing.B) {
	path := filepath.Join(b.TempDir(), "keys")
	if _, err := keystore.CreateFile(path, passphrase, keystore.DefaultCost); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := keystore.OpenFile(path, passphrase); err != nil {
			b.Fatal(err)
		}
	}
}
