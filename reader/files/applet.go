package files

import (
	"crypto/rsa"

	"kado/iso7816"
	"kado/mynumber"
)

// MunicipalKind says what a municipal card is for.
type MunicipalKind byte

// The kinds.
const (
	LibraryCard MunicipalKind = 1 // 図書館カード
	SealCard    MunicipalKind = 2 // 印鑑登録証
)

// String is the English name.
func (k MunicipalKind) String() string {
	switch k {
	case LibraryCard:
		return "library card"
	case SealCard:
		return "seal registration card"
	}
	return "unknown kind"
}

// MunicipalRecord is what the record of a municipal card holds. It names the
// holder by the municipality's own number and by nothing else (CHP-13).
type MunicipalRecord struct {
	Municipality string // 5 digits
	Kind         MunicipalKind
	Number       string // of the user or registration, 1 to 32 of A-Z, 0-9 and hyphen
	Expiry       mynumber.Date
}

func (r MunicipalRecord) valid() bool {
	if !digits(r.Municipality, 5) || r.Kind != LibraryCard && r.Kind != SealCard || !r.Expiry.Valid() ||
		len(r.Number) < 1 || len(r.Number) > 32 {
		return false
	}
	for i := range len(r.Number) {
		if c := r.Number[i]; (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

// Encode writes the record: FF60 { DF61 municipality, DF62 kind, DF63 number,
// DF64 expiry YYYYMMDD }.
func (r MunicipalRecord) Encode() ([]byte, error) {
	if !r.valid() {
		return nil, malformed("municipal card", nil)
	}
	return iso7816.AppendTLV(nil, 0xFF60, iso7816.AppendTLV(nil, 0xDF61, []byte(r.Municipality)), iso7816.AppendTLV(nil, 0xDF62, []byte{byte(r.Kind)}),
		iso7816.AppendTLV(nil, 0xDF63, []byte(r.Number)), iso7816.AppendTLV(nil, 0xDF64, []byte(r.Expiry.Compact()))), nil
}

func parseMunicipalRecord(file []byte) (MunicipalRecord, []byte, error) {
	v, err := template(file, 0xFF60, "municipal card")
	if err != nil {
		return MunicipalRecord{}, nil, err
	}
	seq, err := sequence(v, "municipal card", 0xDF61, 0xDF62, 0xDF63, 0xDF64)
	if err != nil {
		return MunicipalRecord{}, nil, err
	}
	expiry, err := mynumber.ParseCompact(string(seq[3].Value))
	if err != nil || len(seq[1].Value) != 1 {
		return MunicipalRecord{}, nil, malformed("municipal card", nil)
	}
	r := MunicipalRecord{string(seq[0].Value), MunicipalKind(seq[1].Value[0]), string(seq[2].Value), expiry}
	if !r.valid() {
		return MunicipalRecord{}, nil, malformed("municipal card", nil)
	}
	return r, v, nil
}

// MunicipalEvidence writes the file beside the record: FF65 { DF66 the applet's
// public key, DF67 signature over AID (as 4F), FF60 and DF66, 7F21 the issuer's
// certificate }. record is what Encode wrote.
func MunicipalEvidence(aid, record []byte, key *rsa.PublicKey, issuer Issuer) ([]byte, error) {
	_, v, err := parseMunicipalRecord(record)
	if err != nil {
		return nil, err
	}
	k, err := iso7816.AppendPublicKey(nil, key)
	if err != nil {
		return nil, err
	}
	kk := iso7816.AppendTLV(nil, 0xDF66, k)
	sig, err := issuer.sign(iso7816.AppendTLV(nil, 0x4F, aid), iso7816.AppendTLV(nil, 0xFF60, v), kk)
	if err != nil {
		return nil, err
	}
	return iso7816.AppendTLV(nil, 0xFF65, kk, iso7816.AppendTLV(nil, 0xDF67, sig), issuer.CVC), nil
}

// ParseMunicipalCard reads record and evidence and checks that the root's
// issuer signed them for this AID. It returns the applet's public key.
func ParseMunicipalCard(aid, record, evidence []byte, root *rsa.PublicKey) (MunicipalRecord, *rsa.PublicKey, error) {
	fail := func(err error) (MunicipalRecord, *rsa.PublicKey, error) { return MunicipalRecord{}, nil, err }
	r, v, err := parseMunicipalRecord(record)
	if err != nil {
		return fail(err)
	}
	e, err := template(evidence, 0xFF65, "municipal card evidence")
	if err != nil {
		return fail(err)
	}
	seq, err := sequence(e, "municipal card evidence", 0xDF66, 0xDF67, 0x7F21)
	if err != nil {
		return fail(err)
	}
	pub, err := issuingKey(seq[2].Raw, root)
	if err != nil {
		return fail(err)
	}
	if err := checkSignature(pub, seq[1].Value, iso7816.AppendTLV(nil, 0x4F, aid), iso7816.AppendTLV(nil, 0xFF60, v), seq[0].Raw); err != nil {
		return fail(err)
	}
	key, err := iso7816.ParsePublicKey(seq[0].Value)
	if err != nil {
		return fail(malformed("municipal card evidence", err))
	}
	return r, key, nil
}
