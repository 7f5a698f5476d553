package files

import (
	"bytes"
	"errors"
	"testing"

	"kado/cardmgmt"
	"kado/iso7816"
	"kado/mynumber"
)

var libraryRecord = MunicipalRecord{Municipality: "13101", Kind: LibraryCard, Number: "L-0042", Expiry: mynumber.Date{Year: 2030, Month: 3, Day: 31}}

func TestCHP63_MunicipalCard_RoundTrip(t *testing.T) {
	is, aid := issuer(t), append(cardmgmt.MunicipalCard.Prefix(), 1)
	key := face(t).CardKey
	for _, kind := range []MunicipalKind{LibraryCard, SealCard} {
		r := libraryRecord
		r.Kind = kind
		record, err := r.Encode()
		ok(t, err)
		evidence, err := MunicipalEvidence(aid, record, key, is)
		ok(t, err)
		got, pub, err := ParseMunicipalCard(aid, Pad(record, 64), evidence, &keys()[0].PublicKey)
		ok(t, err)
		if got != r || !pub.Equal(key) {
			t.Errorf("%v: %+v", kind, got)
		}
		other := bytes.Clone(aid)
		other[6]++
		changed := r
		changed.Number = "L-0043"
		changedFile, err := changed.Encode()
		ok(t, err)
		for what, err := range map[string]error{
			"another AID":    errorOf(ParseMunicipalCard(other, record, evidence, &keys()[0].PublicKey)),
			"another number": errorOf(ParseMunicipalCard(aid, changedFile, evidence, &keys()[0].PublicKey)),
			"another root":   errorOf(ParseMunicipalCard(aid, record, evidence, key)),
		} {
			if !errors.Is(err, ErrSignature) {
				t.Errorf("%v: %s: %v", kind, what, err)
			}
		}
	}
}

func errorOf[A, B any](_ A, _ B, err error) error { return err }

func TestMunicipalCard_Refused(t *testing.T) {
	for name, spoil := range map[string]func(*MunicipalRecord){
		"municipality": func(r *MunicipalRecord) { r.Municipality = "1310" },
		"kind":         func(r *MunicipalRecord) { r.Kind = 3 },
		"no number":    func(r *MunicipalRecord) { r.Number = "" },
		"long number":  func(r *MunicipalRecord) { r.Number = "123456789012345678901234567890123" },
		"small letter": func(r *MunicipalRecord) { r.Number = "l-1" },
		"expiry":       func(r *MunicipalRecord) { r.Expiry.Month = 13 },
	} {
		r := libraryRecord
		spoil(&r)
		if _, err := r.Encode(); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzParseMunicipalCard: hostile records and evidence end in an error, and
// what parses is written back the same.
func FuzzParseMunicipalCard(f *testing.F) {
	is, aid := issuer(f), append(cardmgmt.MunicipalCard.Prefix(), 1)
	record, err := libraryRecord.Encode()
	ok(f, err)
	evidence, err := MunicipalEvidence(aid, record, face(f).CardKey, is)
	ok(f, err)
	f.Add(record, evidence)
	f.Add(iso7816.AppendTLV(nil, 0xFF60), iso7816.AppendTLV(nil, 0xFF65))
	root := &keys()[0].PublicKey
	f.Fuzz(func(t *testing.T, r, e []byte) {
		if got, _, err := parseMunicipalRecord(r); err == nil {
			if again, err := got.Encode(); err != nil || len(again) > len(r)+4 {
				t.Fatalf("%+v: %v", got, err)
			}
		}
		_, _, _ = ParseMunicipalCard(aid, r, evidence, root)
		_, _, _ = ParseMunicipalCard(aid, record, e, root)
		_, _, _ = ParseMunicipalCard(aid, r, e, root)
	})
}
