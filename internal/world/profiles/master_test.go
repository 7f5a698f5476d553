package profiles_test

import (
	"bytes"
	"testing"

	"kado/cardmgmt/layout"
	"kado/internal/world/profiles"
	"kado/iso7816"
)

// master: the chain at master level leads from the issuing key, which signs the
// holder's records, to the maker's root.
func master(t *testing.T, card *profiles.Card, trust profiles.Trust) {
	t.Helper()
	read := func(tag layout.FileID) []byte {
		r, err := iso7816.ParseResponse(card.Transmit([]byte{0x00, 0xCA, byte(tag >> 8), byte(tag), 0, 0, 0}))
		must(t, err)
		if !r.SW.OK() || len(r.Data) == 0 {
			t.Fatalf("%04X: %v, %d bytes", uint16(tag), r.SW, len(r.Data))
		}
		return r.Data
	}
	intermediate, err := iso7816.ParseCVC(iso7816.AppendTLV(nil, 0x7F21, read(layout.IntermediateCVC)))
	must(t, err)
	must(t, intermediate.Verify(trust.MasterRoot))
	lower, err := iso7816.ParseCVC(read(layout.LowerCVC))
	must(t, err)
	must(t, lower.Verify(intermediate.PublicKey))
	if !bytes.Equal(read(layout.IntermediateID), intermediate.Subject[:]) || !bytes.Equal(read(layout.IssuerID), lower.Subject[:]) {
		t.Error("key ids and certificates do not belong together")
	}
	if trust.MasterRoot.Equal(trust.TextRoot) || trust.MasterRoot.Equal(trust.FaceRoot) {
		t.Error("one key for two roots")
	}
}
