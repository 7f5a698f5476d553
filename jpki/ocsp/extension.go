package ocsp

import (
	"encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func explicitTag(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// maxExtensions caps what one Extensions value may hold.
const maxExtensions = 32

// readExtensions calls each for every extension of an Extensions value. An
// extension may come once.
func readExtensions(s *cryptobyte.String, each func(oid asn1.ObjectIdentifier, critical bool, value []byte) error) error {
	var list cryptobyte.String
	if !s.ReadASN1(&list, cbasn1.SEQUENCE) || !s.Empty() || list.Empty() {
		return fmt.Errorf("%w: extensions", ErrMalformed)
	}
	var room [4]asn1.ObjectIdentifier
	seen := room[:0]
	for !list.Empty() {
		var item, value cryptobyte.String
		var oid asn1.ObjectIdentifier
		critical := false
		if !list.ReadASN1(&item, cbasn1.SEQUENCE) || !item.ReadASN1ObjectIdentifier(&oid) {
			return fmt.Errorf("%w: extension", ErrMalformed)
		}
		if item.PeekASN1Tag(cbasn1.BOOLEAN) && (!item.ReadASN1Boolean(&critical) || !critical) {
			return fmt.Errorf("%w: extension criticality", ErrMalformed)
		}
		if !item.ReadASN1(&value, cbasn1.OCTET_STRING) || !item.Empty() ||
			len(seen) == maxExtensions || slices.ContainsFunc(seen, oid.Equal) {
			return fmt.Errorf("%w: extension", ErrMalformed)
		}
		seen = append(seen, oid)
		if err := each(oid, critical, value); err != nil {
			return err
		}
	}
	return nil
}

func addExtension(b *cryptobyte.Builder, oid asn1.ObjectIdentifier, value func(b *cryptobyte.Builder)) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(oid)
		b.AddASN1(cbasn1.OCTET_STRING, value)
	})
}

// readNonce reads the OCTET STRING inside the extension value.
func readNonce(value []byte) ([]byte, error) {
	input := cryptobyte.String(value)
	var nonce cryptobyte.String
	if !input.ReadASN1(&nonce, cbasn1.OCTET_STRING) || !input.Empty() || len(nonce) < 1 || len(nonce) > MaxNonceSize {
		return nil, fmt.Errorf("%w: a nonce has 1 to %d octets", ErrMalformed, MaxNonceSize)
	}
	return nonce, nil
}

// readLastExtensions reads the optional extensions at the end of a request or of
// response data, under the explicit tag: a nonce, or nothing that is critical.
func readLastExtensions(tbs cryptobyte.String, tag uint8, malformed error) (nonce []byte, err error) {
	if tbs.Empty() {
		return nil, nil
	}
	var extensions cryptobyte.String
	if !tbs.ReadASN1(&extensions, explicitTag(tag)) || !tbs.Empty() {
		return nil, malformed
	}
	err = readExtensions(&extensions, func(oid asn1.ObjectIdentifier, critical bool, value []byte) (err error) {
		if oid.Equal(oidNonce) {
			nonce, err = readNonce(value)
			return err
		}
		return refuseCritical(oid, critical, value)
	})
	return nonce, err
}

func addNonce(b *cryptobyte.Builder, nonce []byte) {
	addExtension(b, oidNonce, func(b *cryptobyte.Builder) { b.AddASN1OctetString(nonce) })
}
