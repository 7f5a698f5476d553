package reader

import "kado/cardmgmt/layout"

// AttributeFiles returns the record of the attributes, the signature over it and
// the certificate of the key that made it, as the card holds them, after PIN or B.
// For whoever hands them on: nothing is checked here (files.VerifyText). The signature
// file holds the hash of the Individual Number's, from which the number can be found by
// trying all there are: it is handed on to nobody but whoever keeps the numbers.
func (t *Text) AttributeFiles() (record, signature, issuer []byte, err error) {
	if record, err = t.app.readObject("attributes", layout.TextAttributes, 7, private); err != nil {
		return nil, nil, nil, err
	}
	signature, issuer, err = t.evidence()
	return record, signature, issuer, err
}
