package server_test

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/platform/db"
	"kado/internal/server"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
)

// The size of a nation's lists: as many as it has municipalities, 1,741, and ten
// generations of authorities. Three generations of each authority live, so that 291
// places make 1,746 lists. The newest one for signatures has revoked most.
const (
	nationPlaces      = 291
	nationLists       = 6 * nationPlaces
	nationGenerations = 10
	nationRevoked     = 100_000
)

// nation makes a house in a folder whose authorities are in their tenth generation
// and have revoked certificates everywhere. The rows are written as the offices would
// have, without the work of making keys and chips.
func nation(b *testing.B, dir string) *server.Sandbox {
	b.Helper()
	box, err := server.OpenSandbox(ctx, options(dir))
	if err != nil {
		b.Fatal(err)
	}
	for g := range nationGenerations {
		if g > 0 { // four years, and days for the leap years
			if err := box.Clock.Advance((4*365 + 2) * 24 * time.Hour); err != nil {
				b.Fatal(err)
			}
		}
		if err := box.House.Authority.EnsureGenerations(ctx, server.Staff(server.CAOperator, "")); err != nil {
			b.Fatal(err)
		}
	}
	gs, err := box.House.Authority.Generations(ctx, jpki.Signature)
	if err != nil || len(gs) != nationGenerations {
		b.Fatal(len(gs), err)
	}
	numbering, err := box.House.Authority.Numbering(ctx)
	if err != nil {
		b.Fatal(err)
	}
	where := places.All()[:nationPlaces]
	now := box.Clock.Now()
	err = box.House.DB.Tx(ctx, func(tx *db.Tx) error {
		for i := range nationRevoked + 5*nationPlaces {
			kind, generation := jpki.Signature, nationGenerations
			if i >= nationRevoked {
				scope := 1 + (i-nationRevoked)/nationPlaces
				kind, generation = jpki.Kinds[scope%2], nationGenerations-scope/2
			}
			card := fmt.Sprintf("7%014d", i)
			_, err := tx.Exec(ctx, `INSERT INTO cards_card (id, version, person, ordinal, application, municipality, state, end_reason, last_act, accepted_on, expires_on, pinless, face, ordered_at, changed_at)
				VALUES ($1, 1, $1, 1, $1, $2, 'abolished', 'loss', 'abolish', '2026-04-01', $3, 0, $4, $5, $5)`,
				card, where[i%nationPlaces].Code, mynumber.DateOf(now.AddDate(9, 0, 0)).String(), []byte{1}, now)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO authority_certificate (serial, version, request, kind, generation, person, person_version, ordinal, card, municipality, state, reason, key_path,
				public_key, key_digest, common_name, expires_on, tbs_digest, der, not_before, not_after, prepared_at, issued_at, ended_at)
				VALUES ($1, 1, $1, $11, $2, $3, 1, 1, $3, $4, 'revoked', 5, 'born_on_chip', $5, $1, $1, $6, $7, $8, $9, $10, $9, $9, $9)`,
				numbering.At(1<<20+uint64(i)).Text(16), generation, card, where[i%nationPlaces].Code, make([]byte, 294),
				mynumber.DateOf(now.AddDate(4, 0, 0)).String(), []byte{1}, make([]byte, 1700), now, mynumber.DateOf(now.AddDate(4, 0, 0)).EndOfDay(), kind.String())
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return box
}

// BenchmarkNation is what the size of a nation costs a house on SQLite: publishing
// every list, one complete list of 100,000 entries and its source beside the same
// judged one by one, the pass that fills the status index, and the start of a
// house with ten generations and 1,746 lists of municipalities, up to its first
// answers.
func BenchmarkNation(b *testing.B) {
	dir := b.TempDir()
	box := nation(b, dir)
	lists := filepath.Join(dir, "lists")
	figures := map[string]float64{}
	seconds := func(name string, f func() error) time.Duration {
		b.Helper()
		start := time.Now() //kado:wall-clock
		if err := f(); err != nil {
			b.Fatal(err)
		}
		took := time.Since(start) //kado:wall-clock
		figures[name] = took.Seconds()
		return took
	}
	seconds("publish-s", func() error {
		p, err := box.House.PublishLists(ctx, true, lists)
		if err == nil && p.Issued < nationLists+6 {
			return fmt.Errorf("%+v", p)
		}
		return err
	})
	by := server.Staff(server.CAOperator, "")
	var size int
	fast := seconds("complete-list-s", func() error {
		l, err := box.House.Validation.IssueCRL(ctx, by, jpki.Signature, nationGenerations, "")
		size = len(l.DER)
		return err
	})
	if size < 50*nationRevoked {
		b.Fatalf("a list of %d octets", size)
	}
	// The same by single questions, two an entry, of 2,000 entries.
	numbering, err := box.House.Authority.Numbering(ctx)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now() //kado:wall-clock
	for i := range uint64(2000) {
		c, err := box.House.Authority.Certificate(ctx, jpki.Signature, numbering.At(1<<20+i).Text(16))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := box.House.Cards.Standing(ctx, c.Card); err != nil {
			b.Fatal(err)
		}
	}
	figures["times-one-by-one"] = time.Since(start).Seconds() / 2000 * nationRevoked / fast.Seconds() //kado:wall-clock
	start = time.Now()                                                                                //kado:wall-clock
	n, err := box.House.Validation.FillIndex(ctx)
	if err != nil || n != nationRevoked+5*nationPlaces {
		b.Fatal(n, err)
	}
	figures["index-rows/s"] = float64(n) / time.Since(start).Seconds() //kado:wall-clock
	if err := box.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		o := options(dir)
		o.MustExist, o.NewRun = true, false
		box, err := server.OpenSandbox(ctx, o)
		if err != nil {
			b.Fatal(err)
		}
		for g := nationGenerations - 1; g <= nationGenerations; g++ { // what still lives
			if _, _, err := box.House.Authority.Responder(context.Background(), jpki.Signature, g); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := box.House.Validation.CRL(ctx, jpki.Signature, nationGenerations, ""); err != nil {
			b.Fatal(err)
		}
		served, err := validation.OpenLists(lists)
		if err != nil || served.Len() < nationLists {
			b.Fatal(served.Len(), err)
		}
		b.StopTimer()
		if err := box.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	for name, v := range figures {
		b.ReportMetric(v, name)
	}
}
