package corpus

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"sort"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidSigningCertV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidTimeStamp     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 14}
	oidSHA1          = asn1.ObjectIdentifier{1, 3, 14, 3, 2, 26}
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidMD5           = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 5}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidSHA1RSA       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}
	oidSHA256RSA     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}
	oidRSAPSS        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}

	oidKeyUsage         = asn1.ObjectIdentifier{2, 5, 29, 15}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidPolicies         = asn1.ObjectIdentifier{2, 5, 29, 32}
	oidAuthorityKey     = asn1.ObjectIdentifier{2, 5, 29, 35}
	oidExtKeyUsage      = asn1.ObjectIdentifier{2, 5, 29, 37}
	oidOCSPNoCheck      = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
	oidUnknown          = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 99, 1}
)

// der runs a builder; a failure is a mistake in this package.
func der(f func(b *cryptobyte.Builder)) []byte {
	var b cryptobyte.Builder
	f(&b)
	out, err := b.Bytes()
	if err != nil {
		panic(fmt.Sprintf("corpus: %v", err))
	}
	return out
}

func tlv(tag byte, parts ...[]byte) []byte {
	return der(func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.Tag(tag), func(b *cryptobyte.Builder) {
			for _, p := range parts {
				b.AddBytes(p)
			}
		})
	})
}

func oidDER(id asn1.ObjectIdentifier) []byte {
	return der(func(b *cryptobyte.Builder) { b.AddASN1ObjectIdentifier(id) })
}

func algorithmDER(id asn1.ObjectIdentifier) []byte { return tlv(0x30, oidDER(id), []byte{5, 0}) }

func intDER(n int64) []byte { return der(func(b *cryptobyte.Builder) { b.AddASN1Int64(n) }) }

// body is a TBSCertificate in its fields, each a whole TLV.
type body struct {
	version, serial, algorithm, issuer, validity, subject, key []byte
	extensions                                                 [][]byte
	signed                                                     asn1.ObjectIdentifier // of the outer algorithm
	hash                                                       crypto.Hash
}

var errNotDER = errors.New("corpus: a certificate of its own cannot be cut up")

// open cuts a certificate into its fields.
func open(cert *x509.Certificate) (*body, error) {
	in := cryptobyte.String(cert.RawTBSCertificate)
	var tbs, version, serial, algorithm, issuer, validity, subject, key, wrapped, list cryptobyte.String
	if !in.ReadASN1(&tbs, cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&version, 0xA0) || !tbs.ReadASN1Element(&serial, cbasn1.INTEGER) ||
		!tbs.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&validity, cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&subject, cbasn1.SEQUENCE) ||
		!tbs.ReadASN1Element(&key, cbasn1.SEQUENCE) || !tbs.ReadASN1(&wrapped, 0xA3) || !wrapped.ReadASN1(&list, cbasn1.SEQUENCE) {
		return nil, errNotDER
	}
	b := &body{version: version, serial: serial, algorithm: algorithm, issuer: issuer, validity: validity, subject: subject, key: key, signed: oidSHA256RSA, hash: crypto.SHA256}
	for !list.Empty() {
		var one cryptobyte.String
		if !list.ReadASN1Element(&one, cbasn1.SEQUENCE) {
			return nil, errNotDER
		}
		b.extensions = append(b.extensions, one)
	}
	return b, nil
}

// extension makes one; without replaces or drops those of an id.
func extension(id asn1.ObjectIdentifier, critical bool, value []byte) []byte {
	parts := [][]byte{oidDER(id)}
	if critical {
		parts = append(parts, []byte{1, 1, 0xFF})
	}
	return tlv(0x30, append(parts, tlv(4, value))...)
}

func (b *body) replace(id asn1.ObjectIdentifier, with ...[]byte) {
	var out [][]byte
	prefix := oidDER(id)
	for _, e := range b.extensions {
		in := cryptobyte.String(e)
		var seq, name cryptobyte.String
		if in.ReadASN1(&seq, cbasn1.SEQUENCE) && seq.ReadASN1Element(&name, cbasn1.OBJECT_IDENTIFIER) && string(name) == string(prefix) {
			out = append(out, with...)
			with = nil
			continue
		}
		out = append(out, e)
	}
	b.extensions = append(out, with...)
}

// sign puts the certificate together again.
func (b *body) sign(key *rsa.PrivateKey) []byte {
	tbs := tlv(0x30, b.version, b.serial, b.algorithm, b.issuer, b.validity, b.subject, b.key, tlv(0xA3, tlv(0x30, b.extensions...)))
	sig := rawSign(key, block(key.Size(), digestInfo(b.hash, tbs)))
	return tlv(0x30, tbs, algorithmDER(b.signed), tlv(3, []byte{0}, sig))
}

// digestInfo is DigestInfo with NULL parameters.
func digestInfo(h crypto.Hash, over []byte) []byte {
	id := oidSHA256
	if h == crypto.SHA1 {
		id = oidSHA1
	}
	return tlv(0x30, algorithmDER(id), tlv(4, sum(h, over)))
}

func sum(h crypto.Hash, over []byte) []byte {
	if h == crypto.SHA1 {
		s := sha1.Sum(over)
		return s[:]
	}
	s := sha256.Sum256(over)
	return s[:]
}

// signer is one SignerInfo, with every part open to change.
type signer struct {
	cert       *x509.Certificate
	key        *rsa.PrivateKey
	issuer     []byte   // the certificate's by default
	serial     *big.Int // the same
	digest     asn1.ObjectIdentifier
	hash       crypto.Hash
	algorithm  asn1.ObjectIdentifier
	over       []byte            // content that is digested
	names      *x509.Certificate // that signing-certificate-v2 names; cert by default
	attributes func(list [][]byte) [][]byte
	unsorted   bool
	none       bool // no signed attributes
	unsigned   []byte
	value      func(toSign []byte) []byte
}

func attribute(id asn1.ObjectIdentifier, values ...[]byte) []byte {
	return tlv(0x30, oidDER(id), tlv(0x31, values...))
}

func certHash(c *x509.Certificate) []byte {
	s := sha256.Sum256(c.Raw)
	return tlv(0x30, tlv(0x30, tlv(0x30, tlv(4, s[:]))))
}

func (s signer) der() []byte {
	if s.digest == nil {
		s.digest = oidSHA256
	}
	if s.hash == 0 {
		s.hash = crypto.SHA256
	}
	if s.algorithm == nil {
		s.algorithm = oidSHA256RSA
	}
	if s.issuer == nil {
		s.issuer = s.cert.RawIssuer
	}
	if s.serial == nil {
		s.serial = s.cert.SerialNumber
	}
	if s.names == nil {
		s.names = s.cert
	}
	list := [][]byte{attribute(oidContentType, oidDER(oidData)), attribute(oidMessageDigest, tlv(4, sum(s.hash, s.over))), attribute(oidSigningCertV2, certHash(s.names))}
	if s.attributes != nil {
		list = s.attributes(list)
	}
	if !s.unsorted {
		sort.Slice(list, func(i, j int) bool { return string(list[i]) < string(list[j]) })
	}
	toSign := tlv(0x31, list...)
	if s.none {
		toSign = s.over
	}
	var value []byte
	if s.value != nil {
		value = s.value(toSign)
	} else {
		value = rawSign(s.key, block(s.key.Size(), digestInfo(s.hash, toSign)))
	}
	parts := [][]byte{intDER(1), tlv(0x30, s.issuer, der(func(b *cryptobyte.Builder) { b.AddASN1BigInt(s.serial) })), algorithmDER(s.digest)}
	if !s.none {
		parts = append(parts, tlv(0xA0, list...))
	}
	parts = append(parts, algorithmDER(s.algorithm), tlv(4, value))
	if s.unsigned != nil {
		parts = append(parts, tlv(0xA1, s.unsigned))
	}
	return tlv(0x30, parts...)
}

// container is one SignedData.
type container struct {
	content      []byte // nil: detached
	certificates []*x509.Certificate
	raw          [][]byte // more certificates, as octets
	digests      []asn1.ObjectIdentifier
	signers      [][]byte
	version      int64
}

func (c container) der() []byte {
	if c.version == 0 {
		c.version = 1
	}
	if c.digests == nil {
		c.digests = []asn1.ObjectIdentifier{oidSHA256}
	}
	var digests, certs [][]byte
	for _, d := range c.digests {
		digests = append(digests, algorithmDER(d))
	}
	for _, x := range c.certificates {
		certs = append(certs, x.Raw)
	}
	certs = append(certs, c.raw...)
	sort.Slice(certs, func(i, j int) bool { return string(certs[i]) < string(certs[j]) })
	encap := [][]byte{oidDER(oidData)}
	if c.content != nil {
		encap = append(encap, tlv(0xA0, tlv(4, c.content)))
	}
	parts := [][]byte{intDER(c.version), tlv(0x31, digests...), tlv(0x30, encap...)}
	if len(certs) > 0 {
		parts = append(parts, tlv(0xA0, certs...))
	}
	parts = append(parts, tlv(0x31, c.signers...))
	return tlv(0x30, oidDER(oidSignedData), tlv(0xA0, tlv(0x30, parts...)))
}

// indefinite writes the outermost SEQUENCE in the indefinite form of BER.
func indefinite(in []byte) []byte {
	s := cryptobyte.String(in)
	var inner cryptobyte.String
	if !s.ReadASN1(&inner, cbasn1.SEQUENCE) {
		panic(errNotDER)
	}
	out := append([]byte{0x30, 0x80}, inner...)
	return append(out, 0, 0)
}
