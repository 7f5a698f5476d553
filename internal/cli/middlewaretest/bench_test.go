package middlewaretest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"kado/chip"
	"kado/chip/vpcd/vpcdtest"
	"kado/reader/pcsc"
)

// nothing is a card that does nothing: what pcscd, virtual reader and client
// cost.
type nothing struct{}

func (nothing) Transmit([]byte) []byte { return []byte{0x90, 0x00} }
func (nothing) Reset() []byte          { return chip.ContactATR() }
func (nothing) ATR() []byte            { return chip.ContactATR() }

// BenchmarkExchange sends SELECT through pcscd to a card of Kado and to one that
// does nothing, in short turns, and reports the exchanges a second in the median
// turn of both, and the first as a share of the second: the median does not
// count the turns in which the machine did something else.
func BenchmarkExchange(b *testing.B) {
	vpcdtest.Start(b)
	vpcdtest.Insert(b, 0, make1(b, "adult"))
	vpcdtest.Insert(b, 1, nothing{})
	service := vpcdtest.Open(b)
	var cards [2]*pcsc.Card
	for i, r := range vpcdtest.Wait(b, service, 2) {
		c, err := service.Connect(r.Name)
		must(b, err)
		defer c.Close()
		cards[i] = c
	}
	command := []byte{0x00, 0xA4, 0x04, 0x0C, 0x0A, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01}
	const turn = 10
	var took [2][]time.Duration
	for b.Loop() {
		for n, c := range cards {
			//kado:wall-clock the benchmark compares two durations of one run
			start := time.Now()
			for range turn {
				r, err := c.Transmit(command)
				if err != nil || !bytes.Equal(r, []byte{0x90, 0x00}) {
					b.Fatalf("%X, %v", r, err)
				}
			}
			took[n] = append(took[n], time.Since(start))
		}
	}
	rate := func(turns []time.Duration) float64 {
		slices.Sort(turns)
		return turn / turns[len(turns)/2].Seconds()
	}
	b.ReportMetric(rate(took[0]), "kado/s")
	b.ReportMetric(rate(took[1]), "nothing/s")
	b.ReportMetric(100*rate(took[0])/rate(took[1]), "%ofnothing")
	b.ReportMetric(0, "ns/op")
}
