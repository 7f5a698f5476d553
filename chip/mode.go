package chip

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// stateMode is 80 F2: the chip says under its own key whether it is PIN-less
// (P-47). Nothing has to be verified first, and any application may be
// selected. Signatures of this form (PSS with SHA-512) cannot be had from 80 2A,
// which signs with the same key whatever it is given.
func (c *Card) stateMode(cmd iso7816.Command) iso7816.Response {
	switch {
	case cmd.P1 != 0 || cmd.P2 != 0:
		return status(iso7816.WrongParameters)
	case len(cmd.Data) != cardmgmt.ChallengeLen, cmd.Le < cardmgmt.ModeStatementLen:
		return status(iso7816.WrongLength)
	}
	k := c.rsaKey(keyRecord(lookupRef(layout.Face, layout.FaceKey)))
	if k == nil {
		return status(iso7816.ReferenceNotFound)
	}
	var pins byte
	for i, ref := range cardmgmt.ModePINs() {
		if c.nv[valueRecord(lookupRef(ref.Application, ref.Reference))] != nil {
			pins |= 1 << i
		}
	}
	d := cardmgmt.ModeDigest(c.serial(), cardmgmt.Challenge(cmd.Data), pins)
	sig, err := rsa.SignPSS(rand.Reader, k, crypto.SHA512, d[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	if err != nil {
		return status(iso7816.NoDiagnosis)
	}
	return answer(append([]byte{cardmgmt.ModeVersion, pins}, sig...))
}
