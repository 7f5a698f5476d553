package authority

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/jpki"
	"kado/mynumber"
)

func (d *desk) revoked(kind jpki.Kind, generation int, m mynumber.MunicipalityCode, at time.Time) (out []Certificate, err error) {
	return out, d.Revoked(context.Background(), kind, generation, m, at, func(page []Certificate) error {
		out = append(out, page...)
		return nil
	})
}

// fill writes n rows of no certificate in particular: all states, two kinds, two
// generations, numbers of both lengths.
func (d *desk) fill(n int, from uint64) {
	d.t.Helper()
	ctx := context.Background()
	numbering, err := d.Numbering(ctx)
	d.must(err)
	r := rand.New(rand.NewPCG(from, 1))
	states := []State{Prepared, Issued, Active, OnHold, Revoked, Dropped}
	d.must(d.db.Tx(ctx, func(tx *db.Tx) error {
		for i := range n {
			at := start.Add(time.Duration(r.IntN(1_000_000)) * time.Millisecond)
			c := row{Certificate: Certificate{Kind: jpki.Kinds[r.IntN(2)], Generation: 1 + r.IntN(2), State: states[r.IntN(len(states))], Medium: jpki.Card,
				Card: mynumber.CardID(fmt.Sprintf("%015d", i%7)), NotBefore: at, NotAfter: at.AddDate(0, 0, r.IntN(100)), IssuedAt: at, KeyPath: BornOnChip,
				DER: make([]byte, 1700)}, request: fmt.Sprint("f", from, "-", i), municipality: []mynumber.MunicipalityCode{"13221", "14100", "27100"}[r.IntN(3)],
				publicKey: make([]byte, 294), tbsDigest: []byte{1}, preparedAt: at, expiresOn: expiry, ordinal: int64(i)}
			c.Serial = numbering.At(from + uint64(i)).Text(16)
			if r.IntN(8) == 0 {
				c.Serial = strconv.FormatUint(from+uint64(i)+1<<60, 16) // from before the count
			}
			c.keyDigest, c.commonName, c.Person = c.request, c.request, c.request
			switch c.State {
			case Revoked:
				c.EndedAt, c.Reason = at.Add(time.Hour), mynumber.Superseded
			case OnHold:
				c.HeldAt = at.Add(time.Hour)
			case Prepared, Dropped:
				c.DER, c.IssuedAt = nil, time.Time{}
			}
			if _, err := insert(ctx, tx, &c); err != nil {
				return err
			}
		}
		return nil
	}))
}

func spelt(c Certificate) string {
	return fmt.Sprint(c.Kind, c.Serial, c.Generation, c.Card, c.State, c.Reason, c.NotBefore, c.NotAfter, c.IssuedAt, c.HeldAt, c.EndedAt)
}

// The scan gives every certificate that was signed once, as its record has it,
// in the order in which the records were made; lists hold what their condition
// says, by number; and the municipalities are those of the signed certificates.
// Shows
func TestR41_ScansSayWhatTheRecordsSay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for range 2 {
			d.must(d.EnsureGenerations(ctx, clerk))
			d.must(d.clock.Advance(5 * 365 * 24 * time.Hour))
		}
		d.must(d.EnsureGenerations(ctx, clerk))
		d.must(d.clock.Set(start.AddDate(10, 0, 0)))
		none := 0
		d.must(d.Statuses(ctx, func([]Certificate) error { none++; return nil }))
		if none != 0 {
			t.Error("a page without a certificate")
		}
		d.fill(2*MaxPage+17, 0)
		var rows []row
		d.must(d.db.View(ctx, func(tx *db.Tx) (err error) {
			rows, err = all(ctx, tx, `state NOT IN ('prepared', 'dropped') ORDER BY request`)
			return err
		}))
		want := map[string]string{}
		for _, r := range rows {
			want[r.Serial] = spelt(r.Certificate)
		}
		var last uint64
		numbering, err := d.Numbering(ctx)
		d.must(err)
		err = d.Statuses(ctx, func(page []Certificate) error {
			if len(page) == 0 || len(page) > MaxPage {
				t.Errorf("a page of %d", len(page))
			}
			for _, c := range page {
				if want[c.Serial] != spelt(c) || c.DER != nil || c.Person != "" {
					t.Fatalf("%+v; want %q", c, want[c.Serial])
				}
				delete(want, c.Serial)
				n, err := row{Certificate: c}.serial()
				d.must(err)
				if place, ok := numbering.Counter(n.Bytes()); ok && place < last {
					t.Errorf("place %d after %d", place, last)
				} else if ok {
					last = place
				}
			}
			// Another office may be asked meanwhile.
			_, err := d.Certificate(ctx, page[0].Kind, page[0].Serial)
			return err
		})
		d.must(err)
		if len(want) > 0 {
			t.Errorf("%d certificates are missing", len(want))
		}
		places := map[mynumber.MunicipalityCode]bool{}
		for _, at := range []time.Time{start, start.Add(70 * time.Minute), start.AddDate(0, 0, 40)} {
			for _, m := range []mynumber.MunicipalityCode{"", "13221", "27100", "99999"} {
				var want []string
				for _, r := range rows {
					if r.Kind == jpki.Signature && r.Generation == 1 {
						places[r.municipality] = true
						if (m == "" || r.municipality == m) && !expired(r.NotAfter, at) &&
							(r.State == Revoked && !r.EndedAt.After(at) || r.State == OnHold && !r.HeldAt.After(at)) {
							want = append(want, r.Serial)
						}
					}
				}
				slices.SortFunc(want, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
				list, err := d.revoked(jpki.Signature, 1, m, at)
				d.must(err)
				var got []string
				for _, c := range list {
					got = append(got, c.Serial)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q at %s: %d, want %d", m, at, len(got), len(want))
				}
			}
		}
		codes, err := d.Municipalities(ctx, jpki.Signature, 1)
		d.must(err)
		if len(codes) != len(places) || !slices.IsSorted(codes) {
			t.Errorf("%v, want %v", codes, places)
		}
		stop := fmt.Errorf("enough")
		if err := d.Statuses(ctx, func([]Certificate) error { return stop }); err != stop {
			t.Error(err)
		}
		_, err = d.Municipalities(ctx, 0, 1)
		wants(t, err, Malformed)
		_, err = d.Municipalities(ctx, jpki.Signature, 9)
		wants(t, err, NoGeneration)
	})
}

// A list of a municipality reads its rows alone, and a complete one needs no
// sorting: both by an index.
func TestRevoked_ReadsThroughIndexes(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	for where, index := range map[string]string{
		`municipality = '13221' AND`: "authority_certificate_listed_place ",
		``:                           "authority_certificate_listed ",
	} {
		var plan []string
		d.must(d.db.View(ctx, func(tx *db.Tx) (err error) {
			plan, err = db.Collect(ctx, tx, func(scan func(...any) error) (string, error) {
				var id, parent, unused int
				var detail string
				return detail, scan(&id, &parent, &unused, &detail)
			}, `EXPLAIN QUERY PLAN SELECT `+statusColumns+` FROM authority_certificate WHERE `+where+` kind = $1 AND generation = $2 AND not_after > $3
				AND state IN ('revoked', 'on_hold') AND (state = 'revoked' AND ended_at <= $4 OR state = 'on_hold' AND held_at <= $4)
				ORDER BY length(serial), serial`, "signature", 1, start, start)
			return err
		}))
		if text := strings.Join(plan, "\n"); !strings.Contains(text+" ", index) {
			t.Errorf("%q: %s", where, text)
		}
	}
}

// BenchmarkScan is the pass over the records from which the status index is
// built, and BenchmarkRevoked the source of a list, both without the cards.
func BenchmarkScan(b *testing.B) {
	d := newDesk(b, dbtest.SQLite(b))
	const rows = 50_000
	d.fill(rows, 0)
	for b.Loop() {
		d.must(d.Statuses(context.Background(), func([]Certificate) error { return nil }))
	}
	b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
}
