package production_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"testing"
	"time"

	"kado/internal/agency/intake"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/platform/entropy"
	"kado/internal/world/portrait"
)

// byChip are the signatures that no office's key makes: the chip proves its four
// own keys when they are born and five when they are taken into use. The throwaway
// signatures before the lints cost a tenth of one each and are not counted.
const byChip = 4 + 5

// BenchmarkPersonalise writes whole cards: a chip in memory, keys from a ready
// pool, the database a SQLite file. It reports how much longer one takes than the
// RSA signatures in it, measured beside it. The order with its photo is placed
// before, as it is days before.
func BenchmarkPersonalise(b *testing.B) {
	town := countertest.New(b)
	key := countertest.Key(0)
	var digest [32]byte
	var whole, signing, last time.Duration
	var signatures int64
	lap := func() time.Duration {
		d := b.Elapsed() - last
		last = b.Elapsed()
		return d
	}
	b.ResetTimer()
	for i := range b.N {
		b.StopTimer()
		photo, err := portrait.Draw(entropy.Seeded(fmt.Sprint(i)).Stream("bench"), portrait.Subject{Age: 20 + i%60})
		town.Must(err)
		o := town.Place(town.ApplyFor(town.Enter(countertest.Adult()), countertest.Both, intake.FirstCard, photo))
		wire := town.Blank(o.Card).Power()
		if i == 0 { // the municipality's signers are certified once
			first := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
			_, err := town.Production.Personalise(ctx, countertest.Maker1, first.ID, town.Blank(first.Card).Power())
			town.Must(err)
		}
		town.CardKeys.Ready(5)
		before := town.Signed.Load()
		b.StartTimer()
		_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, wire)
		whole += lap()
		town.Must(err)
		n := town.Signed.Load() - before + byChip
		signatures += n
		for range n {
			if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
		signing += lap()
	}
	b.ReportMetric(float64(signatures)/float64(b.N), "signatures/card")
	b.ReportMetric(float64(whole.Microseconds())/1000/float64(b.N), "ms/card")
	b.ReportMetric(float64(signing.Microseconds())/1000/float64(b.N), "signing-ms/card")
	b.ReportMetric(float64(whole)/float64(signing), "ratio")
}
