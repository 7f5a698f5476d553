package production_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"testing"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/internal/municipality/counter/countertest"
	"kado/iso7816"
)

// TestMasterLevel_EveryObjectOfTheFileMap: a delivered card answers GET DATA for
// every object that the file map promises, and the chain at master level leads
// from the issuing key to the agency's root.
func TestMasterLevel_EveryObjectOfTheFileMap(t *testing.T) {
	town := countertest.New(t)
	plastic := town.Operational(town.Enter(countertest.Adult()), countertest.Both)
	card := plastic.Power()
	send := func(command ...byte) iso7816.Response {
		t.Helper()
		b, err := card.Transmit(command)
		town.Must(err)
		r, err := iso7816.ParseResponse(b)
		town.Must(err)
		return r
	}
	objects := map[layout.FileID][]byte{}
	read := func(tag layout.FileID) {
		t.Helper()
		r := send(0x00, 0xCA, byte(tag>>8), byte(tag), 0, 0, 0)
		if !r.SW.OK() || len(r.Data) == 0 {
			t.Errorf("%04X: %v, %d bytes", uint16(tag), r.SW, len(r.Data))
		}
		objects[tag] = r.Data
	}
	for _, tag := range []layout.FileID{layout.SerialNumber, layout.TransportKey, layout.ContactATR} {
		read(tag)
	}
	for _, row := range chip.AccessTable() {
		// Nobody knows what 00F3 would hold: it stays absent.
		if row.Application == layout.Master && row.Kind == "data object" && row.ID != uint16(layout.CardImageNumber) {
			read(layout.FileID(row.ID))
		}
	}
	if r := send(0x00, 0xCA, 0x00, 0xF3, 0, 0, 0); r.SW != iso7816.ReferenceNotFound {
		t.Errorf("00F3: %v", r.SW)
	}

	keys, err := town.Production.Root(context.Background())
	town.Must(err)
	root, err := x509.ParsePKIXPublicKey(keys.Master)
	town.Must(err)
	intermediate, err := iso7816.ParseCVC(iso7816.AppendTLV(nil, 0x7F21, objects[layout.IntermediateCVC]))
	town.Must(err)
	town.Must(intermediate.Verify(root.(*rsa.PublicKey)))
	lower, err := iso7816.ParseCVC(objects[layout.LowerCVC])
	town.Must(err)
	town.Must(lower.Verify(intermediate.PublicKey))
	if lower.Verify(root.(*rsa.PublicKey)) == nil {
		t.Error("the root certified the issuing key itself")
	}
	if !bytes.Equal(objects[layout.IntermediateID], intermediate.Subject[:]) || lower.Issuer != intermediate.Subject || !bytes.Equal(objects[layout.IssuerID], lower.Subject[:]) {
		t.Error("key ids and certificates do not belong together")
	}
	// The same issuing key that signs the holder's records.
	send(append([]byte{0x00, 0xA4, 0x04, 0x0C, 10}, layout.Text.AID()...)...)
	text, err := iso7816.ParseCVC(send(0x00, 0xB0, 0x84, 0, 0, 0, 0).Data)
	town.Must(err)
	if !text.PublicKey.Equal(lower.PublicKey) || text.Issuer == lower.Issuer {
		t.Error("another issuing key")
	}
	if r := send(0x00, 0xB0, 0x82, 0x80, 0); r.SW.OK() {
		t.Error("attributes without a PIN")
	}
}
