package chip_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
)

// copied is the memory of a card that shares no byte with the fixture: files,
// PINs, counters, encoded keys and the chip's own facts are copies.
func copied(t testing.TB, from chip.Memory) *chip.RAM {
	t.Helper()
	records, err := from.Load()
	ok(t, err)
	mem := chip.NewRAM()
	var batch []chip.Record
	for k, v := range records {
		batch = append(batch, chip.Record{Key: strings.Clone(k), Value: bytes.Clone(v)})
	}
	ok(t, mem.Commit(batch))
	return mem
}

// TestTenThousandCardsInMemory builds 10,000 operational cards, each with its
// own copy of everything it stores (certificates, photo, records, PINs,
// encoded keys: nothing is shared but the program), sends each a command, and
// weighs them. A key is decoded when it first signs and then takes some
// kilobytes more; none has signed here. With -short it is a thousand, weighed for ten.
func TestTenThousandCardsInMemory(t *testing.T) {
	const limit = 400 << 20
	n, scale := 10_000, 1
	if testing.Short() {
		n, scale = 1_000, 10
	}
	f := chiptest.Operational(t)
	f.Install(t, chiptest.MunicipalApplet(1, 0))
	bases := []chip.Memory{chiptest.Operational(t).Memory, f.Memory}
	weigh := func() int {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	keys := &chiptest.Keys{}
	read := append([]byte{0, 0xA4, 4, 0x0C, 10}, layout.JPKI.AID()...)
	before := weigh()
	cards := make([]*chip.Card, n)
	for i := range cards {
		card, err := chip.Open(copied(t, bases[i%2]), keys)
		ok(t, err)
		if r, err := iso7816.ParseResponse(card.Transmit(read)); err != nil || !r.SW.OK() {
			t.Fatal("select", err)
		}
		cards[i] = card
	}
	used := (weigh() - before) * scale
	records, err := bases[0].Load()
	ok(t, err)
	content := 0
	for k, v := range records {
		content += len(k) + len(v)
	}
	t.Logf("%d cards: %d MB; %d bytes each, of which %d are content", n*scale, used>>20, used/(n*scale), content)
	if used > limit {
		t.Errorf("%d cards take %d bytes, over %d", n*scale, used, limit)
	}
	runtime.KeepAlive(cards)
}
