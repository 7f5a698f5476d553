package corpus_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"kado/internal/corpus"
)

// written makes the corpus once for all tests.
var written = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "corpus")
	if err != nil {
		return "", err
	}
	_, err = corpus.Write(filepath.Join(dir, "corpus"))
	return filepath.Join(dir, "corpus"), err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := written(); err == nil {
		os.RemoveAll(filepath.Dir(dir))
	}
	os.Exit(code)
}

func folder(t testing.TB) (string, *corpus.Manifest) {
	t.Helper()
	dir, err := written()
	if err != nil {
		t.Fatal(err)
	}
	m, err := corpus.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// Shows: CRT-56, CRT-57
func TestCorpus_OwnVerifierGivesVerdictAndReasonOfEveryCase(t *testing.T) {
	dir, m := folder(t)
	good, bad := 0, 0
	groups := map[string]int{}
	for i := range m.Cases {
		c := &m.Cases[i]
		r, err := corpus.Judge(dir, c)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		if r.Verdict != c.Verdict || r.Reason != c.Reason {
			t.Errorf("%s/%s: %s %q (%s), want %s %q", c.Group, c.Name, r.Verdict, r.Reason, r.Detail, c.Verdict, c.Reason)
		}
		if c.Good() {
			good++
		} else {
			bad++
		}
		groups[c.Group]++
	}
	if good < 15 || bad < 100 {
		t.Errorf("%d good and %d bad cases", good, bad)
	}
	t.Logf("%d good, %d bad: %v", good, bad, groups)
}
