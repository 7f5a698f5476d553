package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestApart(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.MkdirAll(at("town/shelf"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(at("town"), at("link")); err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		out, data string
		ok        bool
	}{
		{at("out"), "", true},
		{at("out"), at("town"), true},
		{at("town"), at("town"), false},
		{at("town") + "/", at("town"), false},
		{at("out/../town"), at("town"), false},
		{at("town/out/deep"), at("town"), false},
		{at("link"), at("town"), false},
		{at("link/new"), at("town"), false},
		{at("town"), at("link"), false},
		{at("town2"), at("town"), true},
		{at("out"), at("out/town"), true}, // a world below the files
		{at("new"), at("new"), false},
	} {
		if err := apart(c.out, c.data); (err == nil) != c.ok {
			t.Errorf("--out %s --data %s: %v", c.out, c.data, err)
		}
	}
}

// A document named like the world's database took the database's place.
func TestDemo_DocumentTakesNoFileOfTheWorld_KADO1001(t *testing.T) {
	dir := t.TempDir()
	document := filepath.Join(dir, "kado.db")
	if err := os.WriteFile(document, []byte("to be signed"), 0o600); err != nil {
		t.Fatal(err)
	}
	town := filepath.Join(dir, "town")
	var out, errOut bytes.Buffer
	code := Run(context.Background(), []string{"demo", "--lang", "en", "--out", town, "--data", town, "--sign", document}, &out, &errOut)
	if code != exitRefused || !strings.HasPrefix(errOut.String(), "KADO-1001") {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
	if _, err := os.Lstat(town); !os.IsNotExist(err) {
		t.Errorf("a refused demo left a folder: %v", err)
	}
}

// within fails a test that does not come back: a pipe that nobody writes to must
// be refused and not waited for.
func within(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("still waiting")
	}
}
