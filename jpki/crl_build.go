package jpki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// CRLBuilder makes a list out of entries that come one by one, so that a list of
// millions costs the octets of its entries and no more. NewCRL, then Add for each
// entry, then Sign once.
type CRLBuilder struct {
	profile        *Profile
	algorithm      []byte // AlgorithmIdentifier
	before, behind []byte // what stands around the entries in the TBSCertList
	thisUpdate     time.Time

	blocks [][]byte // entries
	size   int      // of all blocks
	count  int
	last   []byte // serial number of the last entry
}

const crlBlock = 256 << 10 // octets

// NewCRL begins a list. The entries of the request must be empty: they come by
// Add.
func NewCRL(p *Profile, r CRLRequest) (*CRLBuilder, error) {
	if len(r.Entries) > 0 {
		return nil, fmt.Errorf("jpki: the entries of a CRL that is built come one by one")
	}
	if r.Number == nil || r.Number.Sign() < 0 || len(integerContent(r.Number)) > maxCRLNumber {
		return nil, fmt.Errorf("jpki: a CRL number must be a non-negative integer of at most %d octets", maxCRLNumber)
	}
	if !r.ThisUpdate.Before(r.NextUpdate) {
		return nil, fmt.Errorf("jpki: the next update of a CRL must be after this update")
	}
	var name []byte
	if r.Place != nil {
		if err := r.Place.Check(); err != nil {
			return nil, err
		}
		name = p.settings.DistributionPointName(p.kind, *r.Place)
	}
	algorithm, ok := algorithmIdentifiers[p.algorithm]
	if !ok {
		return nil, fmt.Errorf("jpki: no CRL is signed with %s", p.algorithm)
	}
	b := &CRLBuilder{profile: p, algorithm: algorithm, thisUpdate: r.ThisUpdate}
	b.before = append(b.before, 0x02, 0x01, 0x01) // version 2
	b.before = append(b.before, algorithm...)
	b.before = append(b.before, p.ca.RawSubject...)
	b.before = appendTime(b.before, r.ThisUpdate)
	b.before = appendTime(b.before, r.NextUpdate)
	scope := issuingDistributionPointExtension(name)
	b.behind = derBytes(func(b *cryptobyte.Builder) {
		b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
			addSequence(b, func(b *cryptobyte.Builder) {
				addSequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidAuthorityKeyID)
					addString(b, cbasn1.OCTET_STRING, string(authorityKeyIDExtension(KeyIDOnly, p.ca).Value))
				})
				addSequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oidCRLNumber)
					b.AddASN1(cbasn1.OCTET_STRING, func(b *cryptobyte.Builder) { b.AddASN1BigInt(r.Number) })
				})
				addSequence(b, func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(scope.Id)
					b.AddASN1Boolean(true)
					addString(b, cbasn1.OCTET_STRING, string(scope.Value))
				})
			})
		})
	})
	return b, nil
}

// reasonExtension is crlEntryExtensions with a reasonCode in the last octet.
var reasonExtension = [...]byte{0x30, 0x0c, 0x30, 0x0a, 0x06, 0x03, 0x55, 0x1d, 0x15, 0x04, 0x03, 0x0a, 0x01, 0}

// Add adds one entry: the serial number big-endian without leading zeros, whole
// seconds of a time not after this update, and a reason, which is left out for
// Unspecified (RFC 5280, 5.3.1). Serial numbers must rise from entry to entry.
func (b *CRLBuilder) Add(serial []byte, at time.Time, reason RevocationReason) error {
	size := len(serial)
	if size > 0 && serial[0]&0x80 != 0 {
		size++ // a zero octet before it keeps the INTEGER positive
	}
	switch {
	case len(serial) == 0 || serial[0] == 0 || size > MaxSerialSize:
		return fmt.Errorf("jpki: a serial number must be positive and fit in %d octets", MaxSerialSize)
	case len(serial) < len(b.last) || len(serial) == len(b.last) && bytes.Compare(serial, b.last) <= 0:
		if bytes.Equal(serial, b.last) {
			return fmt.Errorf("jpki: a serial number comes twice in the CRL")
		}
		return fmt.Errorf("jpki: the serial numbers of a CRL must rise")
	case !reason.Valid():
		return fmt.Errorf("jpki: %s is not a revocation reason", reason)
	case at.After(b.thisUpdate):
		return fmt.Errorf("jpki: a CRL entry lies after this update")
	case b.count == maxCRLEntries:
		return fmt.Errorf("jpki: a CRL holds at most %d entries", maxCRLEntries)
	}
	b.last = append(b.last[:0], serial...)
	const most = 2 + 2 + MaxSerialSize + 17 + len(reasonExtension)
	if n := len(b.blocks); n == 0 || cap(b.blocks[n-1])-len(b.blocks[n-1]) < most {
		b.blocks = append(b.blocks, make([]byte, 0, crlBlock))
	}
	last := &b.blocks[len(b.blocks)-1]
	start := len(*last)
	// Every entry is far below 128 octets, so that one octet holds its length.
	out := append(*last, 0x30, 0, 0x02, byte(size))
	if size > len(serial) {
		out = append(out, 0)
	}
	out = append(out, serial...)
	out = appendTime(out, at)
	if reason != Unspecified {
		out = append(out, reasonExtension[:]...)
		out[len(out)-1] = byte(reason)
	}
	out[start+1] = byte(len(out) - start - 2)
	*last = out
	b.size += len(out) - start
	b.count++
	return nil
}

// Len returns the number of entries so far.
func (b *CRLBuilder) Len() int { return b.count }

// SignedCRL is a list that was signed and is to be written out.
type SignedCRL struct {
	parts [][]byte
	size  int64
}

// Sign ends the list. The digest is made piece by piece, so that the key may be
// in a token; it must be that of the profile's CA.
func (b *CRLBuilder) Sign(key crypto.Signer) (*SignedCRL, error) {
	if !SameKey(b.profile.ca.PublicKey, key.Public()) {
		return nil, ErrWrongSigner
	}
	var list []byte // header of revokedCertificates, absent where there are none
	if b.count > 0 {
		list = appendHeader(nil, 0x30, b.size)
	}
	inside := len(b.before) + len(list) + b.size + len(b.behind)
	tbs := append(appendHeader(nil, 0x30, inside), b.before...)
	tbs = append(tbs, list...)
	parts := make([][]byte, 0, len(b.blocks)+4)
	parts = append(parts, nil, tbs)
	parts = append(parts, b.blocks...)
	parts = append(parts, b.behind)
	h := b.profile.algorithm.Hash().New()
	size := 0
	for _, p := range parts {
		h.Write(p)
		size += len(p)
	}
	signature, err := key.Sign(rand.Reader, h.Sum(nil), b.profile.algorithm.Hash())
	if err != nil {
		return nil, fmt.Errorf("jpki: signing the CRL: %w", err)
	}
	end := append(bytes.Clone(b.algorithm), appendHeader(nil, 0x03, len(signature)+1)...)
	end = append(append(end, 0), signature...)
	parts = append(parts, end)
	parts[0] = appendHeader(nil, 0x30, size+len(end))
	s := &SignedCRL{parts: parts}
	for _, p := range parts {
		s.size += int64(len(p))
	}
	if s.size > MaxCRLSize {
		return nil, fmt.Errorf("jpki: the CRL is larger than %d octets", MaxCRLSize)
	}
	return s, nil
}

// Size returns the length of the list in octets.
func (s *SignedCRL) Size() int64 { return s.size }

// WriteTo writes the DER of the list.
func (s *SignedCRL) WriteTo(w io.Writer) (n int64, err error) {
	for _, p := range s.parts {
		m, err := w.Write(p)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Bytes returns the DER of the list.
func (s *SignedCRL) Bytes() []byte { return bytes.Join(s.parts, nil) }

// appendHeader appends the tag and length of a value of n octets.
func appendHeader(out []byte, tag byte, n int) []byte {
	out = append(out, tag)
	if n < 0x80 {
		return append(out, byte(n))
	}
	octets := 0
	for rest := n; rest > 0; rest >>= 8 {
		octets++
	}
	out = append(out, 0x80|byte(octets))
	for i := octets - 1; i >= 0; i-- {
		out = append(out, byte(n>>(8*i)))
	}
	return out
}

// appendTime appends a Time: UTCTime until 2049, GeneralizedTime from 2050 on
// (RFC 5280, 5.1.2.4), both of whole seconds in UTC.
func appendTime(out []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if year >= 1950 && year < 2050 {
		out = append(out, 0x17, 13)
	} else {
		out = append(out, 0x18, 15)
		out = appendTwo(out, year/100)
	}
	for _, v := range [...]int{year % 100, int(month), day, hour, minute, second} {
		out = appendTwo(out, v)
	}
	return append(out, 'Z')
}

func appendTwo(out []byte, v int) []byte { return append(out, '0'+byte(v/10), '0'+byte(v%10)) }
