package main

import (
	"maps"
	"os"
	"strings"
	"testing"

	"kado/cardmgmt/layout"
	"kado/internal/house"
)

// TestCardDocument_RowsAndTestsAgree: every entry of the chip has a row, every
// row its entry and a test that exists; one missing makes the document fail.
func TestCardDocument_RowsAndTestsAgree(t *testing.T) {
	tree, err := house.Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cardDocument(tree); err != nil {
		t.Fatal(err)
	}
	place := cardPlace{layout.JPKI, 0x0018}
	for name, c := range map[string]struct {
		spoil func(map[cardPlace]cardRow)
		want  string
	}{
		"test": {func(m map[cardPlace]cardRow) { r := m[place]; r.test = "chip.TestGone"; m[place] = r }, "chip.TestGone, which does not exist"},
		"row":  {func(m map[cardPlace]cardRow) { delete(m, place) }, "has no row"},
		"entry": {func(m map[cardPlace]cardRow) { m[cardPlace{layout.JPKI, 0x0003}] = m[place] },
			"the chip has not"},
	} {
		kept := maps.Clone(cardRows)
		c.spoil(cardRows)
		_, err := cardDocument(tree)
		cardRows = kept
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s missing: %v", name, err)
		}
	}
	if _, err := cardDocument(&house.Tree{}); err == nil {
		t.Error("a product without tests has a document")
	}
}
