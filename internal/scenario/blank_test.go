package scenario_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/agency/intake"
	"kado/mynumber"
)

// A chip maker cut off before the first byte leaves a file without a chip. That
// is no damage while the order waits for its card; of a card that people hold it
// is, and so it is of a file that belongs to nobody.
// Shows: OPS-32
func TestFileWithoutAChip(t *testing.T) {
	dir := t.TempDir()
	w, f, err := copyTown(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	empty := func(id mynumber.CardID) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, "shelf", string(id)+".card"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	findings := func() []string {
		t.Helper()
		out, err := w.House.CheckShelf(w.ctx, w.Shelf)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if err := w.officeHours(); err != nil {
		t.Fatal(err)
	}
	_, ordered, err := w.apply(f.people[len(f.people)-1], intake.FirstCard)
	if err != nil {
		t.Fatal(err)
	}
	empty(ordered)
	if out := findings(); len(out) != 0 {
		t.Errorf("an order whose blank was cut off: %v", out)
	}
	empty(f.card)
	if out := findings(); len(out) != 1 || !strings.Contains(out[0], string(f.card)+" is damaged") {
		t.Errorf("a delivered card lost its chip: %v", out)
	}
}
