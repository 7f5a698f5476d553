package cards

import (
	"context"
	"encoding/binary"
	"testing"

	"kado/cardmgmt"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// BenchmarkStanding is what every status answer asks.
func BenchmarkStanding(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, base *db.DB) {
		d := newDesk(b, base)
		c := d.in(InOperation)
		for b.Loop() {
			if s, err := d.Standing(context.Background(), c.ID); err != nil || s != Good {
				b.Fatal(s, err)
			}
		}
	})
}

// BenchmarkAuthorise is one grant: row, journal entry and cryptogram.
func BenchmarkAuthorise(b *testing.B) {
	dbtest.Bench(b, func(b *testing.B, base *db.DB) {
		d := newDesk(b, base)
		c := d.in(InOperation)
		n := uint64(0)
		for b.Loop() {
			n++
			g := grant(c.ID, cardmgmt.Prove, 1)
			binary.BigEndian.PutUint64(g.Challenge[1:], n)
			if _, err := d.Authorise(context.Background(), clerk, g); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkCryptogram is the part of a grant that is not the database.
func BenchmarkCryptogram(b *testing.B) {
	d := newDesk(b, dbtest.SQLite(b))
	c := d.in(Ordered)
	g := grant(c.ID, cardmgmt.Prove, 1)
	for b.Loop() {
		key, err := d.chipKey(context.Background(), c.ID)
		if err != nil {
			b.Fatal(err)
		}
		cardmgmt.Cryptogram(key, string(c.ID), g.Challenge, g.Session, g.Op, g.Script)
	}
}
