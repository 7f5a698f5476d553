package house_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"kado/internal/house"
)

// checks are the rules of the house that its own files must keep. Each has a
// file in testdata/planted that breaks it.
var checks = []struct {
	name  string
	rule  string
	check func(*house.Tree) []house.Breach
}{
	{"imports", "arrows point down", house.Imports},
	{"contracts", "between offices only contracts", house.Contracts},
	{"tables", "an office touches its own tables only", house.Tables},
	{"wells", "one clock; facts and secrets from their own wells", house.Wells},
	{"texts", "texts are complete in both languages", house.Texts},
	{"citations", "tests cite what exists, documents name tests that exist", house.Cited},
	{"words", "the product speaks of itself alone", house.Words},
	{"glossary", "the glossary names what is in the code", house.Glossary},
	{"links", "links between documents lead somewhere", house.Links},
}

var product = sync.OnceValues(func() (*house.Tree, error) { return house.Load(os.DirFS("../..")) })

func tree(t *testing.T) *house.Tree {
	t.Helper()
	p, err := product()
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Go) == 0 || p.Text("go.mod") == nil {
		t.Fatal("the product's files were not found")
	}
	return p
}

// TestHouse runs every check on the product.
func TestHouse(t *testing.T) {
	p := tree(t)
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			for _, b := range c.check(p) {
				t.Errorf("%s [%s]", b, c.rule)
			}
		})
	}
}

// TestPlantedFaults runs every check on a small tree that breaks its rule, and
// expects exactly the breaches named in the head of the tree's file: lines
// "want PATH:LINE: TEXT", TEXT being part of what is found.
func TestPlantedFaults(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			files, err := filepath.Glob("testdata/planted/" + c.name + "*.txtar")
			if err != nil || len(files) == 0 {
				t.Fatalf("no planted fault for this check (%v)", err)
			}
			for _, file := range files {
				ar, err := txtar.ParseFile(file)
				if err != nil {
					t.Fatal(err)
				}
				planted := load(t, ar)
				expect(t, file, c.check(planted), wants(ar))
			}
		})
	}
}

func wants(ar *txtar.Archive) []string {
	var out []string
	for _, line := range strings.Split(string(ar.Comment), "\n") {
		if w, ok := strings.CutPrefix(line, "want "); ok {
			out = append(out, w)
		}
	}
	return out
}

// load turns an archive into a tree. In words.txtar the sign ¤ parts words that
// the product itself must not hold.
func load(t *testing.T, ar *txtar.Archive) *house.Tree {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range ar.Files {
		fsys[f.Name] = &fstest.MapFile{Data: bytes.ReplaceAll(f.Data, []byte("¤"), nil)}
	}
	p, err := house.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// expect compares breaches with wants, one to one.
func expect(t *testing.T, file string, found []house.Breach, wants []string) {
	t.Helper()
	if len(wants) == 0 {
		t.Errorf("%s expects nothing, so it proves nothing", file)
	}
	left := slices.Clone(found)
	for _, w := range wants {
		i := slices.IndexFunc(left, func(b house.Breach) bool {
			at, what, _ := strings.Cut(w, ": ")
			got, gotWhat, _ := strings.Cut(b.String(), ": ")
			return got == at && strings.Contains(gotWhat, what)
		})
		if i < 0 {
			t.Errorf("%s: not found: %s", file, w)
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	for _, b := range left {
		t.Errorf("%s: not expected: %s", file, b)
	}
}

// TestRequirementsDocumentIsCurrent fails when a test with a citation came or
// went since the document was written.
func TestRequirementsDocumentIsCurrent(t *testing.T) {
	p := tree(t)
	want, err := house.RequirementsDocument(p)
	if err != nil {
		t.Fatal(err)
	}
	if d := house.Difference("docs/requirements.md", p.Text("docs/requirements.md"), want); d != "" {
		t.Errorf("%s\nRun make generate.", d)
	}
}

// TestRequirementsDocumentCounts has one requirement of each state.
func TestRequirementsDocumentCounts(t *testing.T) {
	p := load(t, txtar.Parse([]byte(`
-- docs/requirements.tsv --
APP-01	intake	Nobody has to have a card.
APP-08	docs	Background: notices went out in 2015.
R-10	mynumber	Birthdays are counted.
-- mynumber/validity_test.go --
package mynumber

import "testing"

func TestR10_Birthday(t *testing.T) { t.Log("x") }

func FuzzR10_Birthday(f *testing.F) { f.Log("x") }

func TestEmptyShowsNothing_APP01(t *testing.T) {}
`)))
	doc, err := house.RequirementsDocument(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| **Sum** | **3** | **1** | **1** | **1** |\n",
		"| APP-01 | Nobody has to have a card. | *intake* | not yet |  |\n",
		"| APP-08 | Background: notices went out in 2015. | docs | background |  |\n",
		"| R-10 | Birthdays are counted. | mynumber | shown | " +
			"[mynumber.FuzzR10_Birthday](../mynumber/validity_test.go)<br>[mynumber.TestR10_Birthday](../mynumber/validity_test.go) |\n",
	} {
		if !strings.Contains(string(doc), want) {
			t.Errorf("the document lacks %q:\n%s", want, doc)
		}
	}
}

// TestLoadRefusesBrokenGo makes sure that a file the checks cannot read does
// not pass unread.
func TestLoadRefusesBrokenGo(t *testing.T) {
	if _, err := house.Load(fstest.MapFS{"mynumber/x.go": {Data: []byte("package")}}); err == nil {
		t.Error("accepted")
	}
}

// TestLoadLeavesOut makes sure that what Git ignores is not read, and nothing
// else is left out.
func TestLoadLeavesOut(t *testing.T) {
	fsys := fstest.MapFS{".gitignore": {Data: []byte("# built\n/kado\n/out/\n*.test\n")}}
	for _, p := range []string{".git/x", "kado", "out/x", "chip/chip.test", "cmd/kado/x", "chip/out/x", ".ci/run"} {
		fsys[p] = &fstest.MapFile{Data: []byte("x")}
	}
	p, err := house.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{".ci/run", ".gitignore", "chip/out/x", "cmd/kado/x"}; !slices.Equal(p.Files, want) {
		t.Errorf("read %q, want %q", p.Files, want)
	}
}

func BenchmarkHouse(b *testing.B) {
	for b.Loop() {
		p, err := house.Load(os.DirFS("../.."))
		if err != nil {
			b.Fatal(err)
		}
		for _, c := range checks {
			c.check(p)
		}
	}
}
