package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/server"
	"kado/mynumber"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ctx   = context.Background()
	start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
)

func options(dir string) server.SandboxOptions {
	return server.SandboxOptions{Dir: dir, Municipality: "13221", Default: start, NewRun: true, Cost: keystore.CheapCost}
}

func open(t *testing.T, o server.SandboxOptions) *server.Sandbox {
	t.Helper()
	box, err := server.OpenSandbox(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func shut(t *testing.T, box *server.Sandbox) {
	t.Helper()
	if err := box.Close(); err != nil {
		t.Error(err)
	}
}

// kept makes a world in a new folder and leaves it.
func kept(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "world")
	shut(t, open(t, options(dir)))
	return dir
}

func refuses(t *testing.T, what string, o server.SandboxOptions, want *fault.Kind) {
	t.Helper()
	box, err := server.OpenSandbox(ctx, o)
	if !want.Is(err) || box != nil {
		t.Errorf("%s: %v, want %s", what, err, want.Code())
	}
	if box != nil {
		shut(t, box)
	}
}

// listing is every file of a folder with its content.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s %s", info.Mode(), strings.TrimPrefix(path, dir))
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, " %q", content)
		}
		out.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func journalEnd(t *testing.T, box *server.Sandbox) (e journal.Entry) {
	t.Helper()
	err := box.House.DB.View(ctx, func(tx *db.Tx) error {
		all, err := journal.Recent(ctx, tx, 0, 1)
		if err == nil && len(all) == 1 {
			e = all[0]
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// record writes one entry at the sandbox's present.
func record(t *testing.T, box *server.Sandbox) {
	t.Helper()
	if _, err := box.House.Login.Register(ctx, server.Staff(server.CAOperator, ""), "店", "https://shop.example"); err != nil {
		t.Fatal(err)
	}
}

// TestTemporaryWorldLeavesNothing: neither folder nor goroutine nor port remain,
// after success and after failure.
func TestTemporaryWorldLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	before := goleak.IgnoreCurrent()
	box := open(t, options(""))
	if !strings.HasPrefix(box.Dir(), temp) {
		t.Fatalf("the world is in %s", box.Dir())
	}
	answer, err := http.Get(box.BaseURL() + "/nothing")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	answer.Body.Close()
	shut(t, box)
	if _, err := http.Get(box.BaseURL() + "/nothing"); err == nil {
		t.Error("the validation office still listens")
	}
	left := func(when string) {
		t.Helper()
		if entries, err := os.ReadDir(temp); err != nil || len(entries) > 0 {
			t.Errorf("%s: %v, %v", when, entries, err)
		}
		goleak.VerifyNone(t, before)
	}
	left("after closing")
	over, cancel := context.WithCancel(ctx)
	cancel()
	if box, err := server.OpenSandbox(over, options("")); err == nil || box != nil {
		t.Errorf("opened with a cancelled context: %v", err)
	}
	left("after a failure")
	o := options("")
	o.Database = "mysql://nowhere"
	if box, err := server.OpenSandbox(ctx, o); !db.UnknownScheme.Is(err) || box != nil {
		t.Errorf("opened on an unknown database: %v", err)
	}
	left("after another failure")
}

// TestFolderIsPrivate: nobody but the owner reads a kept world.
func TestFolderIsPrivate(t *testing.T) {
	dir := kept(t)
	for _, name := range []string{"", "world.json", "kado.db", "keys.kado", "passphrase", "shelf"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q has mode %o", name, info.Mode().Perm())
		}
	}
}

// TestClockAfterACrash: a process that ended without saving its clock leaves
// world.json behind the journal; the next one begins at the journal's end.
//
// Shows: OPS-32
func TestClockAfterACrash(t *testing.T) {
	dir := kept(t)
	saved, err := os.ReadFile(filepath.Join(dir, "world.json"))
	if err != nil {
		t.Fatal(err)
	}
	box := open(t, options(dir))
	if err := box.Clock.Advance(90*time.Minute + 1234*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	record(t, box)
	newest := journalEnd(t, box).At
	shut(t, box)
	put(t, dir, map[string]string{"world.json": string(saved)}) // as if the process had been killed
	for name, o := range map[string]server.SandboxOptions{"looking": {Dir: dir, MustExist: true}, "playing": options(dir)} {
		box := open(t, o)
		if box.Clock.Now().Before(newest) {
			t.Errorf("%s: the clock stands at %s, before the journal's %s", name, box.Clock.Now(), newest)
		}
		shut(t, box)
	}
	put(t, dir, map[string]string{"world.json": string(saved)})
	o := options(dir)
	o.Start = newest.Add(-time.Second)
	refuses(t, "a start between world.json and journal", o, server.ClockBehind)
	if now, err := os.ReadFile(filepath.Join(dir, "world.json")); err != nil || !bytes.Equal(now, saved) {
		t.Errorf("a refused start changed world.json: %s, %v", now, err)
	}
	o.Start = newest.Add(time.Second)
	box = open(t, o)
	record2 := box.Clock.Now()
	shut(t, box)
	if !record2.Equal(o.Start) {
		t.Errorf("the clock stands at %s, not at %s", record2, o.Start)
	}
	o.Start = newest
	refuses(t, "a start before world.json", o, server.ClockBehind)
}

// TestFoldersOfOtherUse are refused, and left as they are.
func TestFoldersOfOtherUse(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"letters":                      {"letter.txt": "mine"},
		"names of ours":                {"kado.db": "mine", "keys.kado": "mine", "passphrase": "mine", "shelf/book": "mine"},
		"one name of ours":             {"shelf/1.card": "mine"},
		"locks":                        {"yarn.lock": "mine", "x.new": "mine"},
		"unfinished, and more":         {"world.making": "", "kado.db": "ours", "letter.txt": "mine"},
		"unfinished, and other shelf":  {"world.making": "", "shelves/x": "mine"},
		"a world that lost world.json": {"kado.db": "dear", "keys.kado": "dear", "passphrase": "dear", "shelf/x.card": "dear", "world.lock": ""},
	} {
		dir := t.TempDir()
		put(t, dir, files)
		before := listing(t, dir)
		refuses(t, name, options(dir), server.NotAWorld)
		if after := listing(t, dir); after != before {
			t.Errorf("%s was changed:\n%s\n%s", name, before, after)
		}
	}
}

// TestUnfinishedWorldIsMadeAnew: what a process left that ended while it made a
// world is in nobody's way.
func TestUnfinishedWorldIsMadeAnew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	put(t, dir, map[string]string{"world.making": "", "world.lock": "", "passphrase": "half", "keys.kado": "half", "keys.kado.lock": "", "keys.kado.123.tmp": "half",
		"kado.db": "half", "kado.db-wal": "half", "kado.db-shm": "half", "kado.db.lock": "", "shelf/x.card.new": "half", ".world.json-1.new": "half"})
	shut(t, open(t, options(dir)))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for _, gone := range []string{"world.making", "keys.kado.123.tmp", ".world.json-1.new"} {
		if slices.Contains(names, gone) {
			t.Errorf("%s is left: %q", gone, names)
		}
	}
	box := open(t, server.SandboxOptions{Dir: dir, MustExist: true})
	if box.Runs != 1 || box.Seed != "kado" {
		t.Errorf("%+v", box.World)
	}
	shut(t, box)
}

// TestOneProcessPlays: two lives cannot move one clock. Looking is no life.
func TestOneProcessPlays(t *testing.T) {
	dir := kept(t)
	box := open(t, options(dir))
	refuses(t, "a second life at once", options(dir), server.InUse)
	shut(t, open(t, server.SandboxOptions{Dir: dir, MustExist: true}))
	shut(t, box)
	shut(t, open(t, options(dir)))
}

// TestEachRunHasItsOwnChance: two runs never draw the same ids, also when the
// first was cut off; looking changes nothing.
func TestEachRunHasItsOwnChance(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	draw := func(box *server.Sandbox) string {
		id, err := mynumber.DrawCardID(box.Entropy.Stream("test"))
		if err != nil {
			t.Fatal(err)
		}
		return string(id)
	}
	seen := map[string]bool{}
	for run := 1; run <= 3; run++ {
		box := open(t, options(dir))
		if box.Runs != run {
			t.Errorf("run %d counts as %d", run, box.Runs)
		}
		seen[draw(box)] = true
		shut(t, box) // without SaveWorld
		before, err := os.ReadFile(filepath.Join(dir, "world.json"))
		if err != nil {
			t.Fatal(err)
		}
		looking := open(t, server.SandboxOptions{Dir: dir, MustExist: true})
		seen[draw(looking)] = true
		shut(t, looking)
		if after, err := os.ReadFile(filepath.Join(dir, "world.json")); err != nil || !bytes.Equal(before, after) {
			t.Errorf("looking changed world.json: %s, %v", after, err)
		}
	}
	if len(seen) != 6 {
		t.Errorf("drawn twice: %v", seen)
	}
	other := open(t, options(filepath.Join(t.TempDir(), "world")))
	defer shut(t, other)
	if !seen[draw(other)] {
		t.Error("the first run in another folder draws something else from the same seed")
	}
}

// TestRefusedOpenings names what is refused of an existing world.
func TestRefusedOpenings(t *testing.T) {
	dir := kept(t)
	before := listing(t, dir)
	o := options(dir)
	o.Seed = "other"
	refuses(t, "another seed", o, server.OtherSeed)
	o = options(dir)
	o.Start = start.Add(-time.Second)
	refuses(t, "a start in the past", o, server.ClockBehind)
	refuses(t, "no world", server.SandboxOptions{Dir: filepath.Join(dir, "nowhere"), MustExist: true}, server.NoWorld)
	refuses(t, "a file as folder", options(filepath.Join(dir, "world.json")), server.CannotWrite)
	refuses(t, "a folder below a file", options(filepath.Join(dir, "world.json", "x")), server.CannotWrite)
	if after := listing(t, dir); after != before {
		t.Errorf("changed:\n%s\n%s", before, after)
	}
	for name, change := range map[string]func(dir string) error{
		"database gone":   func(dir string) error { return os.Remove(filepath.Join(dir, "kado.db")) },
		"database empty":  func(dir string) error { return os.Truncate(filepath.Join(dir, "kado.db"), 0) },
		"passphrase gone": func(dir string) error { return os.Remove(filepath.Join(dir, "passphrase")) },
	} {
		dir := kept(t)
		if err := change(dir); err != nil {
			t.Fatal(err)
		}
		before := listing(t, dir)
		refuses(t, name, options(dir), server.NotAWorld)
		refuses(t, name, server.SandboxOptions{Dir: dir, MustExist: true}, server.NotAWorld)
		if after := listing(t, dir); name != "passphrase gone" && strings.ReplaceAll(after, "-rw------- /world.lock \"\"\n", "") != strings.ReplaceAll(before, "-rw------- /world.lock \"\"\n", "") {
			t.Errorf("%s: changed:\n%s\n%s", name, before, after)
		}
	}
	dir = kept(t)
	put(t, dir, map[string]string{"passphrase": "another"})
	refuses(t, "another passphrase", options(dir), keystore.WrongPassphrase)
	dir = kept(t)
	put(t, dir, map[string]string{"keys.kado": "no key file"})
	refuses(t, "a key file that is none", options(dir), keystore.UnfitFile)
}

// TestWriteFile puts a file in place wholly or not at all.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	for _, content := range []string{"first", "", "third"} {
		if err := server.WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != content {
			t.Errorf("%q, %v", got, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := server.WriteFile(filepath.Join(dir, "no", "x"), nil, 0o600); !server.CannotWrite.Is(err) {
		t.Errorf("into no folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := server.WriteFile(filepath.Join(dir, "folder"), nil, 0o600); !server.CannotWrite.Is(err) {
		t.Errorf("over a folder: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

// TestEmptyHouseIsConsistent: a world in which nothing has happened has no
// findings, and a check that is cut off says so instead of finding nothing.
func TestEmptyHouseIsConsistent(t *testing.T) {
	box := open(t, options(""))
	defer shut(t, box)
	r, err := box.House.Check(ctx)
	if err != nil || len(r.Findings) > 0 || r.Findings == nil || r.People != 0 || r.Journal == 0 {
		t.Errorf("%+v, %v", r, err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := box.House.Check(over); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled check: %v", err)
	}
	if seq, err := box.House.Recent(ctx); err != nil || seq != r.Journal {
		t.Errorf("the newest entry is %d, and %d were checked (%v)", seq, r.Journal, err)
	}
}
