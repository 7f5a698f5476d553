package files

import (
	"kado/iso7816"
	"kado/mynumber"
)

// CommonData is record 1 of file 0001 of the common data application.
type CommonData struct {
	Serial       string // 15 digits
	Municipality string // 5 digits
	Expiry       mynumber.Date
}

// Encode writes simple-TLV 01 with 28 digits: serial, municipality code,
// expiry YYYYMMDD.
func (d CommonData) Encode() ([]byte, error) {
	if !digits(d.Serial, 15) || !digits(d.Municipality, 5) || !d.Expiry.Valid() {
		return nil, malformed("common data", nil)
	}
	return iso7816.AppendSimpleTLV(nil, 0x01, []byte(d.Serial+d.Municipality+d.Expiry.Compact())), nil
}

// ParseCommonData reads what Encode writes.
func ParseCommonData(record []byte) (CommonData, error) {
	tag, v, rest, err := iso7816.ReadSimpleTLV(record)
	if err != nil {
		return CommonData{}, malformed("common data", err)
	}
	if tag != 0x01 || !digits(string(v), 28) || !onlyFiller(rest) {
		return CommonData{}, malformed("common data", nil)
	}
	expiry, err := mynumber.ParseCompact(string(v[20:]))
	if err != nil {
		return CommonData{}, malformed("common data", nil)
	}
	return CommonData{Serial: string(v[:15]), Municipality: string(v[15:20]), Expiry: expiry}, nil
}
