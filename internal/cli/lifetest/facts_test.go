package lifetest

import (
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/internal/scenario"
	"kado/internal/server"
)

// facts are a life without what is measured, as the bytes that are printed.
func facts(t *testing.T, printed []byte) string {
	t.Helper()
	var all map[string]json.RawMessage
	if err := json.Unmarshal(printed, &all); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	if all["measured"] == nil {
		t.Fatal("nothing is measured")
	}
	delete(all, "measured")
	b, err := json.MarshalIndent(all, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// demo plays a life with --json and returns what is printed, and its parts.
func demo(t *testing.T, args ...string) ([]byte, scenario.Result) {
	t.Helper()
	stdout, stderr, code := run(append([]string{"demo", "--lang", "en", "--json"}, args...)...)
	var res scenario.Result
	if err := json.Unmarshal([]byte(stdout), &res); err != nil || code != 0 {
		t.Fatalf("exit %d, %v\n%s", code, err, stderr)
	}
	return []byte(stdout), res
}

// drawn are the files that depend on seed and clock alone.
func drawn(res scenario.Result) map[string]string {
	out := map[string]string{}
	for _, f := range res.Measured.Files {
		switch f.Name {
		case "photo.jpg", "card-front.png", "card-back.png", "document.txt":
			out[f.Name] = f.SHA256
		}
	}
	return out
}

// TestR51_SameSeedAndClockGiveTheSameLife compares what is printed, byte by
// byte: twice in worlds that are gone afterwards, once in one that is kept.
func TestR51_SameSeedAndClockGiveTheSameLife(t *testing.T) {
	args := []string{"--seed", "twice", "--clock", "2027-12-31T23:59:59+09:00", "--town", "27100", "--out"}
	first, res := demo(t, append(args, t.TempDir())...)
	kept := filepath.Join(t.TempDir(), "kept")
	second, again := demo(t, append(args, t.TempDir(), "--data", kept)...)
	if d := cmp.Diff(facts(t, first), facts(t, second)); d != "" {
		t.Errorf("the same seed and clock differ (-first +second):\n%s", d)
	}
	if d := cmp.Diff(drawn(res), drawn(again)); d != "" || len(drawn(res)) != 4 {
		t.Errorf("the same seed draws other pictures:\n%s", d)
	}
	// The town's next life is another one, and the same in every copy of it.
	copied := copyOf(t, kept)
	third, next := demo(t, "--data", kept, "--out", t.TempDir())
	fourth, _ := demo(t, "--data", copied, "--out", t.TempDir())
	if d := cmp.Diff(facts(t, third), facts(t, fourth)); d != "" {
		t.Errorf("the second lives differ:\n%s", d)
	}
	differ(t, "a second life in the town", res, next)
	_, other := demo(t, "--seed", "twice ", "--clock", "2027-12-31T23:59:59+09:00", "--town", "27100", "--out", t.TempDir())
	differ(t, "another seed", res, other)
}

// differ expects every id and number of two lives to differ.
func differ(t *testing.T, what string, a, b scenario.Result) {
	t.Helper()
	same := map[string]bool{"municipality": true, "faces": true, "state": true, "party": true, "card_state": true, "findings": true, "entries": true, "letters": true,
		"document_sha256": true, "signature_key": true, "authentication_key": true, "new_signature_key": true, "old_signature": true}
	compared := 0
	for i, s := range a.Steps {
		for key, value := range s.Facts {
			switch {
			case same[key], len(value) < 14, len(key) > 7 && key[:7] == "refused", key[len(key)-3:] == "_at", key[max(0, len(key)-6):] == "_after":
			case b.Steps[i].Facts[key] == value:
				t.Errorf("%s: %s is %q in both", what, key, value)
			default:
				compared++
			}
		}
	}
	if compared < 8 {
		t.Errorf("%s: only %d facts were compared", what, compared)
	}
}

// TestSameLifeOnBothDatabases plays one life on each engine.
func TestSameLifeOnBothDatabases(t *testing.T) {
	live := func(url string) string {
		box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: filepath.Join(t.TempDir(), "world"), Municipality: "13221", NewRun: true, Seed: "both",
			Default: time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC), Cost: keystore.CheapCost, CardKeys: newDeck(t), Database: url})
		if err != nil {
			t.Fatal(err)
		}
		out, err := scenario.NewOutput(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		res, err := scenario.Run(ctx, box, scenario.Options{Out: out}, watcher{func(int) {}})
		if err != nil {
			t.Fatal(err)
		}
		if err := box.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(res)
		if err != nil {
			t.Fatal(err)
		}
		return facts(t, b)
	}
	postgres := dbtest.PostgresURL(t) // skips where there is none
	if d := cmp.Diff(live(""), live(postgres)); d != "" {
		t.Errorf("SQLite and PostgreSQL tell other facts (-SQLite +PostgreSQL):\n%s", d)
	}
}
