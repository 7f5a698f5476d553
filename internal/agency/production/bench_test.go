package production_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"syscall"
	"testing"
	"time"

	"kado/internal/agency/intake"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/platform/entropy"
	"kado/internal/world/portrait"
)

// byChip are the signatures that no office's key makes: the chip proves its four
// own keys when they are born and five when they are taken into use.
const byChip = 4 + 5

// BenchmarkPersonalise writes whole cards: a chip in memory, keys from a ready
// pool, the database a SQLite file. It reports how much longer one takes than the
// RSA signatures in it, one after the other, measured beside it, in elapsed time
// and in time of the processors. The order with its photo is placed before, as it
// is days before.
func BenchmarkPersonalise(b *testing.B) {
	town := countertest.New(b)
	key := countertest.Key(0)
	var digest [32]byte
	var whole, signing span
	var signatures int64
	var last span
	lap := func(to *span) {
		now := span{b.Elapsed(), processorTime(b)}
		to.elapsed += now.elapsed - last.elapsed
		to.processor += now.processor - last.processor
		last = now
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
		last.processor = processorTime(b)
		b.StartTimer()
		_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, wire)
		lap(&whole)
		town.Must(err)
		n := town.Signed.Load() - before + byChip
		signatures += n
		for range n {
			if _, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:]); err != nil {
				b.Fatal(err)
			}
		}
		lap(&signing)
	}
	b.ReportMetric(float64(signatures)/float64(b.N), "signatures/card")
	cards := float64(b.N)
	b.ReportMetric(float64(whole.elapsed.Microseconds())/1000/cards, "ms/card")
	b.ReportMetric(float64(signing.elapsed.Microseconds())/1000/cards, "signing-ms/card")
	b.ReportMetric(float64(whole.elapsed)/float64(signing.elapsed), "ratio")
	b.ReportMetric(float64(whole.processor.Microseconds())/1000/cards, "cpu-ms/card")
	b.ReportMetric(float64(whole.processor)/float64(signing.processor), "cpu-ratio")
}

type span struct{ elapsed, processor time.Duration }

// processorTime is what the process has used of all processors.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
