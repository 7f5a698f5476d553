package ocsp

import (
	"bytes"
	"crypto"
	_ "crypto/sha1"   // certIDs of most clients
	_ "crypto/sha256" // certIDs of newer ones
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// CertID names one certificate: hashes of the issuer's name and key, and the
// serial number.
type CertID struct {
	Hash           crypto.Hash // SHA1 or SHA256
	IssuerNameHash []byte
	IssuerKeyHash  []byte
	Serial         *big.Int
}

// NewCertID returns the CertID of the certificate that issuer gave that serial
// number. Hash must be crypto.SHA1 or crypto.SHA256.
func NewCertID(hash crypto.Hash, issuer *x509.Certificate, serial *big.Int) (CertID, error) {
	if hash != crypto.SHA1 && hash != crypto.SHA256 {
		return CertID{}, fmt.Errorf("%w: certID hash %s", ErrUnsupported, hash)
	}
	key, err := keyBits(issuer)
	if err != nil {
		return CertID{}, err
	}
	return CertID{
		Hash:           hash,
		IssuerNameHash: digest(hash, issuer.RawSubject),
		IssuerKeyHash:  digest(hash, key),
		Serial:         new(big.Int).Set(serial),
	}, nil
}

// Equal reports whether both name the same certificate in the same way.
func (id CertID) Equal(other CertID) bool {
	return id.Hash == other.Hash && bytes.Equal(id.IssuerNameHash, other.IssuerNameHash) &&
		bytes.Equal(id.IssuerKeyHash, other.IssuerKeyHash) && id.Serial.Cmp(other.Serial) == 0
}

// IssuedBy reports whether issuer is the CA that the certID names.
func (id CertID) IssuedBy(issuer *x509.Certificate) bool {
	other, err := NewCertID(id.Hash, issuer, id.Serial)
	return err == nil && id.Equal(other)
}

func digest(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// keyBits returns the content of the subjectPublicKey BIT STRING without the
// count of unused bits.
func keyBits(cert *x509.Certificate) ([]byte, error) {
	input := cryptobyte.String(cert.RawSubjectPublicKeyInfo)
	var info, algorithm cryptobyte.String
	var bits asn1.BitString
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!info.ReadASN1BitString(&bits) {
		return nil, fmt.Errorf("%w: the issuer's public key", ErrMalformed)
	}
	return bits.RightAlign(), nil
}

func (id CertID) marshal(b *cryptobyte.Builder) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			if id.Hash == crypto.SHA256 {
				b.AddASN1ObjectIdentifier(oidSHA256)
			} else {
				b.AddASN1ObjectIdentifier(oidSHA1)
			}
			// Both forms of the parameters are in use; clients write NULL.
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(id.IssuerNameHash)
		b.AddASN1OctetString(id.IssuerKeyHash)
		b.AddASN1BigInt(id.Serial)
	})
}

func (id CertID) check() error {
	if id.Hash != crypto.SHA1 && id.Hash != crypto.SHA256 {
		return fmt.Errorf("%w: certID hash", ErrUnsupported)
	}
	if len(id.IssuerNameHash) != id.Hash.Size() || len(id.IssuerKeyHash) != id.Hash.Size() {
		return fmt.Errorf("%w: certID hash length", ErrMalformed)
	}
	if id.Serial == nil || id.Serial.Sign() <= 0 || id.Serial.BitLen() > 159 {
		return fmt.Errorf("%w: certID serial number", ErrMalformed)
	}
	return nil
}

func readCertID(s *cryptobyte.String) (CertID, error) {
	var seq, algorithm, name, key cryptobyte.String
	var oid asn1.ObjectIdentifier
	id := CertID{Serial: new(big.Int)}
	if !s.ReadASN1(&seq, cbasn1.SEQUENCE) || !seq.ReadASN1(&algorithm, cbasn1.SEQUENCE) ||
		!algorithm.ReadASN1ObjectIdentifier(&oid) {
		return id, fmt.Errorf("%w: certID", ErrMalformed)
	}
	if !algorithm.Empty() {
		var null cryptobyte.String
		if !algorithm.ReadASN1(&null, cbasn1.NULL) || !null.Empty() || !algorithm.Empty() {
			return id, fmt.Errorf("%w: certID hash parameters", ErrMalformed)
		}
	}
	switch {
	case oid.Equal(oidSHA1):
		id.Hash = crypto.SHA1
	case oid.Equal(oidSHA256):
		id.Hash = crypto.SHA256
	default:
		return id, fmt.Errorf("%w: certID hash %s", ErrUnsupported, oid)
	}
	if !seq.ReadASN1(&name, cbasn1.OCTET_STRING) || !seq.ReadASN1(&key, cbasn1.OCTET_STRING) ||
		!seq.ReadASN1Integer(id.Serial) || !seq.Empty() {
		return id, fmt.Errorf("%w: certID", ErrMalformed)
	}
	id.IssuerNameHash, id.IssuerKeyHash = name, key
	return id, id.check()
}
