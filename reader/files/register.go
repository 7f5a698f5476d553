package files

import (
	"kado/iso7816"
	"kado/mynumber"
)

// tagResidentCode marks the resident record code; like the file identifier it
// is unconfirmed.
const tagResidentCode iso7816.Tag = 0xFF10

// ResidentCode writes the file of the register application: FF10 with eleven
// digits.
func ResidentCode(c mynumber.ResidentCode) []byte {
	return iso7816.AppendTLV(nil, tagResidentCode, []byte(c.Reveal()))
}

// ParseResidentCode reads what ResidentCode writes.
func ParseResidentCode(file []byte) (mynumber.ResidentCode, error) {
	v, err := template(file, tagResidentCode, "resident record code")
	if err != nil {
		return mynumber.ResidentCode{}, err
	}
	c, err := mynumber.ParseResidentCode(string(v))
	if err != nil {
		// The cause could quote the value.
		return mynumber.ResidentCode{}, malformed("resident record code", nil)
	}
	return c, nil
}
