package ocsp

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"fmt"

	"kado/jpki"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// algorithmIDs are the algorithms that responders and requestors sign with.
// RSA has NULL parameters (RFC 4055, 5), ECDSA none (RFC 5758, 3.2).
var algorithmIDs = map[jpki.Algorithm]asn1.ObjectIdentifier{
	jpki.RSA2048SHA256:   oidSHA256WithRSA,
	jpki.ECDSAP256SHA256: {1, 2, 840, 10045, 4, 3, 2},
	jpki.ECDSAP384SHA384: {1, 2, 840, 10045, 4, 3, 3},
}

// sign signs with the algorithm that goes with the key.
func sign(key crypto.Signer, tbs []byte) (jpki.Algorithm, []byte, error) {
	a, err := jpki.AlgorithmOf(key.Public())
	if err != nil {
		return 0, nil, fmt.Errorf("%w: the signer's key: %w", ErrUnsupported, err)
	}
	signature, err := key.Sign(rand.Reader, a.Digest(tbs), a.Hash())
	if err != nil {
		return 0, nil, fmt.Errorf("ocsp: signing: %w", err)
	}
	return a, signature, nil
}

// checkSignature wants the algorithm that goes with the certificate's key and no
// other.
func checkSignature(cert *x509.Certificate, a jpki.Algorithm, signed, signature []byte) error {
	of, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return err
	}
	if of != a {
		return fmt.Errorf("%w: signed with %s by a key for %s", ErrUnsupported, a, of)
	}
	return jpki.VerifyDigest(cert.PublicKey, a.Digest(signed), signature)
}

func addAlgorithm(b *cryptobyte.Builder, a jpki.Algorithm) {
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1ObjectIdentifier(algorithmIDs[a])
		if a == jpki.RSA2048SHA256 {
			b.AddASN1NULL()
		}
	})
}

func readAlgorithm(s *cryptobyte.String) (jpki.Algorithm, error) {
	malformed := fmt.Errorf("%w: signature algorithm", ErrMalformed)
	var algorithm, null cryptobyte.String
	var oid asn1.ObjectIdentifier
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !algorithm.ReadASN1ObjectIdentifier(&oid) {
		return 0, malformed
	}
	for a, id := range algorithmIDs {
		if !oid.Equal(id) {
			continue
		}
		if a == jpki.RSA2048SHA256 && (!algorithm.ReadASN1(&null, cbasn1.NULL) || !null.Empty()) || !algorithm.Empty() {
			return 0, malformed
		}
		return a, nil
	}
	return 0, fmt.Errorf("%w: signature algorithm %s", ErrUnsupported, oid)
}
