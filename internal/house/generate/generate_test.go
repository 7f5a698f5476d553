package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"kado/internal/house"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

const root = "../../.."

// TestDocumentsAreCurrent fails when a committed document is not what the
// program would write now.
func TestDocumentsAreCurrent(t *testing.T) {
	docs, err := documents(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range docs {
		have, err := os.ReadFile(root + "/" + d.path)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := house.Difference(d.path, have, d.content); diff != "" {
			t.Errorf("%s\nRun make generate.", diff)
		}
	}
}

func TestDocumentsAreTheSameEachTime(t *testing.T) {
	one, err := documents(root)
	if err != nil {
		t.Fatal(err)
	}
	two, err := documents(root)
	if err != nil {
		t.Fatal(err)
	}
	for i := range one {
		if diff := house.Difference(one[i].path, one[i].content, two[i].content); diff != "" {
			t.Error(diff)
		}
	}
}

// TestEveryRefusalIsInTheCatalogue compares the numbers written in the source
// with those the generator's imports bring in.
func TestEveryRefusalIsInTheCatalogue(t *testing.T) {
	tree, err := house.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	written := house.FaultNumbers(tree)
	if len(written) == 0 {
		t.Fatal("no fault kinds found in the source")
	}
	doc := string(errorsDocument())
	var known []int
	for _, k := range fault.All() {
		known = append(known, k.Number)
		if !slices.Contains(written, k.Number) {
			t.Errorf("%s is not written out as a fault.Kind with its number", k.Code())
		}
		if strings.Count(doc, "| **"+k.Code()+"** |") != 1 {
			t.Errorf("%s is not exactly once in the document", k.Code())
		}
	}
	for _, n := range written {
		if !slices.Contains(known, n) {
			t.Errorf("KADO-%04d is written in the source, but errors.go of the generator does not import its package", n)
		}
	}
}

// TestKindsAreComplete looks at the catalogue as users get it, texts put
// together at run time included.
func TestKindsAreComplete(t *testing.T) {
	for _, k := range fault.All() {
		for side, text := range map[string]lang.Text{"What": k.What, "Why": k.Why, "Cure": k.Cure} {
			if strings.TrimSpace(text.JA) == "" || strings.TrimSpace(text.EN) == "" {
				t.Errorf("%s: %s is empty in one language", k.Code(), side)
			}
		}
		if !strings.Contains(errorsHead, "\n| "+string(k.Class)+" |") {
			t.Errorf("%s: unknown class %q", k.Code(), k.Class)
		}
	}
}

// TestActsAreComplete does the same for the acts a holder reads of.
func TestActsAreComplete(t *testing.T) {
	acts := journal.Acts()
	if len(acts) == 0 {
		t.Fatal("no acts defined")
	}
	for _, a := range acts {
		if strings.TrimSpace(a.Text.JA) == "" || strings.TrimSpace(a.Text.EN) == "" {
			t.Errorf("%s: no text in one language", a.Code)
		}
	}
}

// TestEveryMachineIsDrawn compares the tables written in the source with those
// drawn.
func TestEveryMachineIsDrawn(t *testing.T) {
	tree, err := house.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	var drawn []string
	for _, d := range drawings() {
		if d.name != "" {
			drawn = append(drawn, d.name)
		}
	}
	slices.Sort(drawn)
	if written := house.MachineNames(tree); !slices.Equal(written, drawn) {
		t.Errorf("written: %q\ndrawn:   %q", written, drawn)
	}
}

// TestDrawings checks what a Mermaid reader needs: every name of a line is a
// state of the table, and no line has a second colon.
func TestDrawings(t *testing.T) {
	for _, d := range drawings() {
		ids := []string{"[*]"}
		for _, s := range d.states {
			ids = append(ids, s.id)
			if s.text.JA == "" || s.text.EN == "" {
				t.Errorf("%s: state %s has no name in one language", d.title.EN, s.id)
			}
		}
		lines := strings.Split(strings.TrimSuffix(d.mermaid, "\n"), "\n")
		if lines[0] != "stateDiagram-v2" {
			t.Errorf("%s: begins with %q", d.title.EN, lines[0])
		}
		for _, l := range lines[1:] {
			head, label, _ := strings.Cut(strings.TrimSpace(l), ": ")
			if strings.ContainsAny(label, ":;") {
				t.Errorf("%s: the label of %q would be cut", d.title.EN, l)
			}
			for _, id := range strings.Split(head, " --> ") {
				if !slices.Contains(ids, id) {
					t.Errorf("%s: %q names no state", d.title.EN, l)
				}
			}
		}
	}
}

func TestFilled(t *testing.T) {
	got := filled(lang.Text{JA: "%[2]sの%[1]d%%", EN: "100%% of nothing"})
	if want := (lang.Text{JA: "…の…%", EN: "100%% of nothing"}); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
