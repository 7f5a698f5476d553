package vault_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/platform/vault"
	"kado/internal/platform/vault/vaulttest"
)

func TestSuite(t *testing.T) { vaulttest.Suite(t, dbtest.Each) }

func TestPurposesHaveNamesAndGrounds(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range vault.Purposes() {
		for _, text := range []lang.Text{p.Text(), p.Ground()} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s: %+v", p, text)
			}
		}
		if seen[p.Text().JA] {
			t.Errorf("%s has the name of another", p)
		}
		seen[p.Text().JA] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d purposes: a new one needs its legal ground checked and this number raised", len(seen))
	}
}

func TestFaultsSpeakBothLanguages(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 1200 || k.Number > 1299 {
			continue
		}
		n++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s: %+v", k.Code(), text)
			}
		}
	}
	if n == 0 {
		t.Error("no fault found")
	}
}

func BenchmarkVault(b *testing.B) {
	ctx := context.Background()
	clerk := journal.Actor{Kind: journal.Staff, ID: "s-1"}
	dbtest.Bench(b, func(b *testing.B, d *db.DB) {
		if err := d.Migrate(ctx, journal.Schema(), vault.Schema()); err != nil {
			b.Fatal(err)
		}
		v, err := vault.Open(ctx, d, keystore.NewMemory(), clock.NewManual(time.Unix(1733099400, 0)), entropy.Seeded("bench"))
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		b.Run("assign", func(b *testing.B) {
			for b.Loop() {
				n++
				if err := v.Assign(ctx, nil, fmt.Sprint("p-", n), clerk); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("read", func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Read(ctx, nil, "p-1", vault.CardProduction, clerk); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
