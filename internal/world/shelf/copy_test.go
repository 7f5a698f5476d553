package shelf_test

import (
	"testing"

	"kado/reader"
)

// What is done to a copy stays there.
func TestCopyLeavesTheCardAlone(t *testing.T) {
	s, _ := open(t)
	blank, err := s.Blank(one, key)
	if err != nil {
		t.Fatal(err)
	}
	closeCard(t, blank)
	c, err := s.Copy(one)
	if err != nil || !c.Current() {
		t.Fatal(err)
	}
	first, err := c.Power()
	if err != nil {
		t.Fatal(err)
	}
	on, err := reader.New(reader.Virtual(first)).Issuer()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := on.Serial(); err != nil || got != string(one) {
		t.Errorf("it says %s, %v", got, err)
	}
	if !c.Current() {
		t.Error("the card on the shelf has changed")
	}
	card, err := s.Take(one)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Copy(one); err == nil {
		t.Error("a card in use was copied")
	}
	closeCard(t, card)
	if _, err := s.Copy(other); err == nil {
		t.Error("a card that is not there was copied")
	}
}
