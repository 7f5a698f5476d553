package shelf_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kado/cardmgmt"
	"kado/chip"
	"kado/internal/platform/entropy"
	"kado/internal/world/shelf"
	"kado/mynumber"
	"kado/reader"
)

const (
	one   mynumber.CardID = "123456789012334"
	other mynumber.CardID = "000000000000098"
)

var key = bytes.Repeat([]byte{7}, cardmgmt.KeyLen)

func open(t *testing.T) (*shelf.Shelf, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a", "shelf")
	s, err := shelf.Open(dir, chip.GenerateKeys{}, entropy.Seeded("shelf"))
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func closeCard(t *testing.T, c *shelf.Card) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func serial(t *testing.T, c *shelf.Card) string {
	t.Helper()
	on, err := reader.New(c.Transport()).Issuer()
	if err != nil {
		t.Fatal(err)
	}
	s, err := on.Serial()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCardLiesWhereItWasPut: a blank card says its serial, is in one place at a
// time, and is the same when it is taken again.
func TestCardLiesWhereItWasPut(t *testing.T) {
	s, dir := open(t)
	c, err := s.Blank(one, key)
	if err != nil {
		t.Fatal(err)
	}
	if got := serial(t, c); got != string(one) {
		t.Errorf("it says %s", got)
	}
	for name, take := range map[string]func() (*shelf.Card, error){
		"taken twice": func() (*shelf.Card, error) { return s.Take(one) }, "made while in use": func() (*shelf.Card, error) { return s.Blank(one, key) },
	} {
		if c, err := take(); !shelf.Taken.Is(err) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	closeCard(t, c)
	before, err := os.ReadFile(filepath.Join(dir, string(one)+".card"))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := s.Blank(one, key); err == nil || c != nil {
		t.Errorf("made anew over a card: %v", err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, string(one)+".card")); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the card was changed (%v)", err)
	}
	if c, err = s.Take(one); err != nil {
		t.Fatal(err)
	}
	if got := serial(t, c); got != string(one) {
		t.Errorf("taken again it says %s", got)
	}
	closeCard(t, c)
	for path, want := range map[string]os.FileMode{dir: 0o700, filepath.Join(dir, string(one)+".card"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

// TestRefusedCards: ids that are none never become paths, and what is no card
// is not used.
func TestRefusedCards(t *testing.T) {
	s, dir := open(t)
	for _, id := range []mynumber.CardID{"", "1", "123456789012335", "../123456789012334", "１２３４５６７８９０１２３３４", "12345678901233\x00"} {
		if _, err := s.Take(id); !shelf.NoCard.Is(err) {
			t.Errorf("Take(%q): %v", id, err)
		}
		if _, err := s.Blank(id, key); !shelf.NoCard.Is(err) {
			t.Errorf("Blank(%q): %v", id, err)
		}
	}
	if _, err := s.Take(one); !shelf.NoCard.Is(err) {
		t.Errorf("a card that was never made: %v", err)
	}
	for _, k := range [][]byte{nil, key[1:], append(key[:len(key):len(key)], 0)} {
		if _, err := s.Blank(one, k); err == nil {
			t.Errorf("a management key of %d bytes is taken", len(k))
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	for name, content := range map[string][]byte{"empty": {}, "no card": []byte("no card at all"), "header alone": []byte("KADOCHIP")} {
		if err := os.WriteFile(filepath.Join(dir, string(one)+".card"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Take(one); !shelf.Damaged.Is(err) || c != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestList names the cards, in order, and passes over everything else.
func TestList(t *testing.T) {
	s, dir := open(t)
	if ids, err := s.List(); err != nil || len(ids) != 0 {
		t.Errorf("an empty shelf: %v, %v", ids, err)
	}
	for _, id := range []mynumber.CardID{one, other} {
		c, err := s.Blank(id, key)
		if err != nil {
			t.Fatal(err)
		}
		closeCard(t, c)
	}
	for _, name := range []string{"readme.txt", "123456789012335.card", string(one) + ".card.new", ".card"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "000000000000195.card"), 0o700); err != nil {
		t.Fatal(err)
	}
	ids, err := s.List()
	if err != nil || !slices.Equal(ids, []mynumber.CardID{other, one}) {
		t.Errorf("%v, %v", ids, err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a shelf that is gone: %v", err)
	}
	if _, err := shelf.Open(filepath.Join(dir, "..", "file"), chip.GenerateKeys{}, entropy.System()); err != nil {
		t.Errorf("opening makes the folder: %v", err)
	}
}
