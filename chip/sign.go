package chip

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// P1 of 80 2A: what the card does to the data before the RSA operation. A P-384
// key knows digestInfo and hashInfo alone (cardmgmt.P384DigestLen says why).
const (
	padGiven   = 0x00 // PKCS#1 type 1 around 1 to 245 bytes, whatever they are
	hashBare   = 0x01 // hash on the card, padded without DigestInfo
	digestInfo = 0x02 // 32-byte hash, DigestInfo, padded
	hashInfo   = 0x03 // hash on the card, DigestInfo, padded
	pssGiven   = 0x04 // PSS over a 32-byte hash
	pssHash    = 0x05 // PSS, hash on the card
	maxPadded  = iso7816.RSASize - 11
)

// sign is 80 2A. P2 names the key: 80 the current one, 81 to 9E a short
// identifier, 00 the application's default key (0 where it has none).
func (c *Card) sign(cmd iso7816.Command, defaultKey layout.Reference) iso7816.Response {
	short, ok := shortID(cmd.P2)
	if cmd.P2 == 0x00 {
		if defaultKey == 0 {
			return status(iso7816.ReferenceNotFound)
		}
		short, ok = byte(defaultKey), true
	}
	if !ok || cmd.P1 > pssHash {
		return status(iso7816.WrongParameters)
	}
	e, sw := c.target(short)
	switch {
	case !sw.OK():
		return status(sw)
	case e.kind != key:
		return status(iso7816.FileTypeMismatch)
	case !c.unlocked(e):
		return status(iso7816.SecurityNotSatisfied)
	}
	k := c.privateKey(keyRecord(e))
	longest := iso7816.RSASize
	if _, ok := k.(*ecdsa.PrivateKey); ok {
		longest = cardmgmt.MaxP384Signature
	}
	if len(cmd.Data) == 0 || cmd.Le > 0 && cmd.Le < longest {
		return status(iso7816.WrongLength)
	}
	var sig []byte
	switch k := k.(type) {
	case *rsa.PrivateKey:
		sig, sw = signWith(k, cmd.P1, cmd.Data)
	case *ecdsa.PrivateKey:
		sig, sw = signP384(k, cmd.P1, cmd.Data)
	default:
		return status(iso7816.NoDiagnosis)
	}
	return iso7816.Response{Data: sig, SW: sw}
}

// signP384 answers with the DER of ECDSA-Sig-Value.
func signP384(k *ecdsa.PrivateKey, how byte, data []byte) ([]byte, iso7816.Status) {
	switch how {
	case hashInfo:
		d := sha512.Sum384(data)
		data = d[:]
	case digestInfo:
		if len(data) != cardmgmt.P384DigestLen {
			return nil, iso7816.WrongLength
		}
	default:
		return nil, iso7816.WrongParameters
	}
	sig, err := ecdsa.SignASN1(rand.Reader, k, data)
	if err != nil {
		return nil, iso7816.NoDiagnosis
	}
	return sig, iso7816.OK
}

func signWith(k *rsa.PrivateKey, how byte, data []byte) ([]byte, iso7816.Status) {
	hash := crypto.SHA256
	switch how {
	case padGiven:
		if len(data) > maxPadded {
			return nil, iso7816.WrongLength
		}
		hash = 0
	case hashBare:
		d := sha256.Sum256(data)
		data, hash = d[:], 0
	case hashInfo, pssHash:
		d := sha256.Sum256(data)
		data = d[:]
	case digestInfo, pssGiven:
		if len(data) != sha256.Size {
			return nil, iso7816.WrongLength
		}
	}
	var sig []byte
	var err error
	if how == pssGiven || how == pssHash {
		sig, err = rsa.SignPSS(rand.Reader, k, hash, data, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	} else {
		sig, err = rsa.SignPKCS1v15(rand.Reader, k, hash, data)
	}
	if err != nil {
		return nil, iso7816.NoDiagnosis
	}
	return sig, iso7816.OK
}
