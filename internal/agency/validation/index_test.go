package validation_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"runtime"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/validation"
	"kado/jpki"
	series "kado/jpki/serial"
)

func numbering(t testing.TB) *series.Numbering {
	t.Helper()
	n, err := series.New(bytes.Repeat([]byte{9}, series.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The index says of counted and of old numbers what was put last, and nothing of
// what was forgotten or never put.
func TestIndex_RemembersLikeATable(t *testing.T) {
	n := numbering(t)
	rapid.Check(t, func(t *rapid.T) {
		x := validation.NewIndex(n)
		model := map[string]validation.Known{}
		number := rapid.Custom(func(t *rapid.T) string {
			c := rapid.SampledFrom([]uint64{0, 1, 2, 65535, 65536, 200_000}).Draw(t, "place")
			if rapid.Bool().Draw(t, "old") {
				return string(binary.BigEndian.AppendUint64([]byte{0x41, 1}, c))
			}
			b := n.Bytes(c)
			return string(b[:])
		})
		for range rapid.IntRange(1, 60).Draw(t, "acts") {
			s := number.Draw(t, "number")
			switch rapid.IntRange(0, 9).Draw(t, "act") {
			case 0:
				x.Forget([]byte(s))
				delete(model, s)
			case 1:
				if rapid.IntRange(0, 9).Draw(t, "clear") == 0 {
					x.Clear()
					clear(model)
				}
			default:
				k := validation.Known{Kind: rapid.SampledFrom(jpki.Kinds[:]).Draw(t, "kind"), Generation: rapid.IntRange(1, 31).Draw(t, "generation"), Revoked: rapid.Bool().Draw(t, "revoked")}
				if k.Revoked {
					k.Reason = rapid.SampledFrom([]jpki.RevocationReason{0, 1, 4, 6}).Draw(t, "reason")
					k.At = time.Unix(rapid.Int64Range(0, 1<<32-1).Draw(t, "at"), 0).UTC()
				}
				x.Put([]byte(s), k)
				model[s] = k
			}
			for s, want := range model {
				if got, ok := x.Look([]byte(s)); !ok || got != want {
					t.Fatalf("%x: %+v, %v; want %+v", s, got, ok, want)
				}
			}
			if s := number.Draw(t, "other"); model[s] == (validation.Known{}) {
				if k, ok := x.Look([]byte(s)); ok {
					t.Fatalf("%x was never put: %+v", s, k)
				}
			}
		}
	})
	// What does not fit is left to the records.
	x := validation.NewIndex(n)
	far, near := n.Bytes(1<<40), n.Bytes(3)
	x.Put(far[:], validation.Known{Kind: jpki.Signature, Generation: 1})
	x.Put(near[:], validation.Known{Kind: jpki.Signature, Generation: 32})
	for _, b := range [][]byte{far[:], near[:], nil} {
		if k, ok := x.Look(b); ok {
			t.Errorf("%+v", k)
		}
	}
}

// BenchmarkIndex puts many certificates into the index in one pass, one in twenty
// revoked, and looks them up in no order: the memory of all and the time of one. 200
// million with KADO_BENCH_NATION=1, else two.
func BenchmarkIndex(b *testing.B) {
	count := uint64(2_000_000)
	if os.Getenv("KADO_BENCH_NATION") != "" {
		count = 200_000_000
	}
	n := numbering(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := validation.NewIndex(n)
	at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	b.ResetTimer()
	for c := range count {
		number := n.Bytes(c)
		x.Put(number[:], validation.Known{Kind: jpki.Kinds[c%2], Generation: int(c%10) + 1, Revoked: c%20 == 0, Reason: jpki.Superseded, At: at})
	}
	build := b.Elapsed()
	runtime.GC()
	runtime.ReadMemStats(&after)
	var numbers [4096][series.Size]byte
	for i := range numbers {
		numbers[i] = n.Bytes(uint64(i) * 0x9e3779b97f4a7c15 % count)
	}
	i := 0
	for b.Loop() {
		if _, ok := x.Look(numbers[i&4095][:]); !ok {
			b.Fatal("lost")
		}
		i++
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MB")
	b.ReportMetric(float64(build.Nanoseconds())/float64(count), "build-ns/certificate")
	runtime.KeepAlive(x)
}
