package middlewaretest

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/world/profiles"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/pcsc"
)

// TestPCSC_ReadsTheCard: the product's own reader over the operating system's
// service: every application, records verified, both keys used.
func TestPCSC_ReadsTheCard(t *testing.T) {
	vpcdtest.Start(t)
	card := make1(t, "adult")
	vpcdtest.Insert(t, 0, card)
	service := vpcdtest.Open(t)
	found := vpcdtest.Wait(t, service, 1)
	if !bytes.Equal(found[0].ATR, card.ATR()) || found[0].InUse {
		t.Errorf("%+v", found[0])
	}
	connected, err := service.Connect(found[0].Name)
	must(t, err)
	defer connected.Close()
	if !bytes.Equal(connected.ATR(), card.ATR()) {
		t.Errorf("ATR %X", connected.ATR())
	}
	readAll(t, connected, card)
	digest := sha256.Sum256([]byte("message"))
	must(t, connected.Reset())
	c := reader.New(connected)
	j, err := c.JPKI()
	must(t, err)
	if _, err := j.Sign(reader.AuthenticationKey, digest[:]); !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("after a reset the key signed: %v", err)
	}
	must(t, connected.Close())
	if _, err := connected.Transmit([]byte{0, 0xA4, 0, 0}); !errors.Is(err, pcsc.ErrClosed) {
		t.Error(err)
	}
}

// readAll uses everything on a card over a transport.
func readAll(t *testing.T, transport reader.Transport, card *profiles.Card) {
	t.Helper()
	d := card.Description
	trust, err := maker.Trust()
	must(t, err)
	c := reader.New(transport)
	common, err := c.Common()
	must(t, err)
	if data, err := common.Data(); err != nil || data.Serial != card.Serial {
		t.Errorf("serial %s, %v", data.Serial, err)
	}
	text, err := c.Text()
	must(t, err)
	must(t, text.VerifyPIN(mynumber.NewSecret(d.PINs.Text)))
	if a, err := text.Attributes(trust.TextRoot); err != nil || a.Name != d.Name {
		t.Errorf("attributes: %v", err)
	}
	face, err := c.Face()
	must(t, err)
	b, err := card.VerificationB()
	must(t, err)
	must(t, face.VerifyB(b))
	if f, err := face.Card(trust.FaceRoot); err != nil || len(f.Photo) == 0 {
		t.Errorf("card face: %v", err)
	}
	register, err := c.Register()
	must(t, err)
	must(t, register.VerifyPIN(mynumber.NewSecret(d.PINs.Register)))
	if _, err := register.ResidentCode(); err != nil {
		t.Error(err)
	}
	j, err := c.JPKI()
	must(t, err)
	digest := sha256.Sum256([]byte("message"))
	for kind, pin := range map[reader.KeyKind]string{reader.SignatureKey: d.PINs.Signature, reader.AuthenticationKey: d.PINs.Authentication} {
		must(t, j.Verify(kind, mynumber.NewSecret(pin)))
		der, err := j.Certificate(kind)
		must(t, err)
		if !bytes.Equal(der, card.Certificates[kind].Raw) {
			t.Errorf("%s certificate differs", kind)
		}
		signer := j.Signer(kind, card.Certificates[kind].PublicKey.(*rsa.PublicKey))
		if _, err := signer.Sign(nil, digest[:], &rsa.PSSOptions{SaltLength: 32, Hash: 5}); err != nil {
			t.Errorf("%s key: %v", kind, err)
		}
	}
}

// TestPCSC_TwoCardsInTwoSlots: each slot shows its own card, and what is
// verified on one opens nothing on the other.
func TestPCSC_TwoCardsInTwoSlots(t *testing.T) {
	vpcdtest.Start(t)
	cards := []*profiles.Card{make1(t, "adult"), make1(t, "phone")}
	for slot, c := range cards {
		vpcdtest.Insert(t, slot, c)
	}
	service := vpcdtest.Open(t)
	found := vpcdtest.Wait(t, service, 2)
	var open []*pcsc.Card
	for i, r := range found {
		if !bytes.Equal(r.ATR, cards[i].ATR()) {
			t.Errorf("%s holds a card with ATR %X", r.Name, r.ATR)
		}
		c, err := service.Connect(r.Name)
		must(t, err)
		defer c.Close()
		open = append(open, c)
	}
	for i, c := range open {
		readAll(t, c, cards[i])
	}
}

// TestPCSC_RestartOfTheService: the card waits for the new pcscd and lies in it
// again; a connection to the old one says so.
func TestPCSC_RestartOfTheService(t *testing.T) {
	daemon := vpcdtest.Start(t)
	card := make1(t, "adult")
	vpcdtest.Insert(t, 0, card)
	service := vpcdtest.Open(t)
	found := vpcdtest.Wait(t, service, 1)
	old, err := service.Connect(found[0].Name)
	must(t, err)
	daemon.Restart(t)
	_, err = old.Transmit([]byte{0x00, 0xA4, 0x00, 0x00})
	if !errors.Is(err, pcsc.ErrNoService) && !errors.Is(err, pcsc.ErrRemoved) {
		t.Errorf("a connection to the old service: %v", err)
	}
	must(t, old.Close())
	again := vpcdtest.Open(t)
	found = vpcdtest.Wait(t, again, 1)
	c, err := again.Connect(found[0].Name)
	must(t, err)
	readAll(t, c, card)
	must(t, c.Close())
}

// TestPCSC_Refusals: no service, no reader, no card, a card in use, removed, or
// what no reader carries.
func TestPCSC_Refusals(t *testing.T) {
	daemon := vpcdtest.Start(t)
	service := vpcdtest.Open(t)
	if _, err := service.Connect("No Such Reader 00 00"); !errors.Is(err, pcsc.ErrNoReader) {
		t.Errorf("no reader: %v", err)
	}
	readers, err := service.Readers()
	must(t, err)
	if len(readers) != 2 || readers[0].Present || readers[1].Present {
		t.Fatalf("%+v", readers)
	}
	if _, err := service.Connect(readers[0].Name); !errors.Is(err, pcsc.ErrNoCard) {
		t.Errorf("no card: %v", err)
	}
	remove := vpcdtest.Insert(t, 0, make1(t, "adult"))
	found := vpcdtest.Wait(t, service, 1)
	first, err := service.Connect(found[0].Name)
	must(t, err)
	other := vpcdtest.Open(t)
	if _, err := other.Connect(found[0].Name); !errors.Is(err, pcsc.ErrBusy) {
		t.Errorf("in use: %v", err)
	}
	if r, err := other.Readers(); err != nil || !r[0].InUse {
		t.Errorf("%+v, %v", r, err)
	}
	for _, c := range []struct {
		command []byte
		want    error
	}{
		{nil, pcsc.ErrUnsupported}, {[]byte{0}, pcsc.ErrUnsupported}, {make([]byte, 70_000), pcsc.ErrUnsupported},
	} {
		if _, err := first.Transmit(c.command); !errors.Is(err, c.want) {
			t.Errorf("%d bytes: %v, want %v", len(c.command), err, c.want)
		}
	}
	remove()
	vpcdtest.Wait(t, other, 0)
	if _, err := first.Transmit([]byte{0x00, 0xA4, 0x00, 0x00}); !errors.Is(err, pcsc.ErrRemoved) {
		t.Errorf("removed: %v", err)
	}
	must(t, first.Close())
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := service.Wait(ctx, func([]pcsc.Reader) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("a wait that was called off: %v", err)
	}
	daemon.Stop()
	if _, err := service.Readers(); !errors.Is(err, pcsc.ErrNoService) {
		t.Errorf("no service: %v", err)
	}
	if _, err := pcsc.Open(); !errors.Is(err, pcsc.ErrNoService) {
		t.Errorf("no service: %v", err)
	}
}

// TestPCSC_ExtendedLength: long answers and long commands pass the service.
func TestPCSC_ExtendedLength(t *testing.T) {
	vpcdtest.Start(t)
	card := make1(t, "adult")
	vpcdtest.Insert(t, 0, card)
	service := vpcdtest.Open(t)
	c, err := service.Connect(vpcdtest.Wait(t, service, 1)[0].Name)
	must(t, err)
	defer c.Close()
	selectJPKI := append([]byte{0x00, 0xA4, 0x04, 0x0C, 0x0A}, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01)
	if r, err := c.Transmit(selectJPKI); err != nil || !bytes.Equal(r, []byte{0x90, 0x00}) {
		t.Fatalf("%X, %v", r, err)
	}
	// READ BINARY of the authentication certificate by short id, all at once.
	r, err := c.Transmit([]byte{0x00, 0xB0, 0x8A, 0x00, 0x00, 0x00, 0x00})
	must(t, err)
	if want := card.Certificates[reader.AuthenticationKey].Raw; !bytes.HasPrefix(r, want) {
		t.Errorf("%d bytes, want a certificate of %d", len(r), len(want))
	}
	long := append([]byte{0x00, 0x20, 0x00, 0x98, 0x00, 0x0F, 0xA0}, make([]byte, 4000)...)
	if r, err := c.Transmit(long); err != nil || len(r) != 2 {
		t.Errorf("%X, %v", r, err)
	}
}
