package jpki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What encode writes is octet for octet what crypto/x509 would sign, and join
// gives its certificate.
func TestContentIsWhatTheStandardLibraryWrites(t *testing.T) {
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r := mustKey(t)
	ids := []asn1.ObjectIdentifier{oidKeyUsage, oidSubjectAltName, oidCertificatePolicies, oidCRLDistributionPoints, {1, 2, 392, 200149, 8, 5, 5, 1}}
	instant := rapid.Int64Range(time.Date(1950, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).Unix())
	rapid.Check(t, func(rt *rapid.T) {
		key := rapid.SampledFrom([]crypto.Signer{r, p384}).Draw(rt, "CA")
		c := certificateContent{
			serial:    new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(rt, "serial")),
			notBefore: time.Unix(instant.Draw(rt, "from"), 0), notAfter: time.Unix(instant.Draw(rt, "to"), 0),
			subject: encodeName(country(), attribute{oidCommonName, rapid.StringMatching(`[0-9A-Z]{1,64}`).Draw(rt, "name")}),
			key:     rapid.SampledFrom([]crypto.PublicKey{r.Public(), p384.Public(), p256.Public()}).Draw(rt, "key"),
		}
		if c.serial.Sign() == 0 {
			c.serial.SetInt64(1)
		}
		for _, id := range ids[:rapid.IntRange(1, len(ids)).Draw(rt, "extensions")] {
			c.extensions = append(c.extensions, pkix.Extension{Id: id, Critical: rapid.Bool().Draw(rt, "critical"), Value: rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(rt, "value")})
		}
		issuer := encodeName(country(), attribute{oidOrganization, rapid.StringMatching(`[0-9A-Z]{1,64}`).Draw(rt, "issuer")})
		algorithm, err := authorityAlgorithm(key.Public())
		if err != nil {
			rt.Fatal(err)
		}
		theirs, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: c.serial, NotBefore: c.notBefore, NotAfter: c.notAfter,
			RawSubject: c.subject, SignatureAlgorithm: algorithm.Signature(), ExtraExtensions: c.extensions}, &x509.Certificate{RawSubject: issuer}, c.key, key)
		if err != nil {
			rt.Fatal(err)
		}
		tbs, err := c.encode(algorithm, issuer)
		if err != nil {
			rt.Fatal(err)
		}
		var parts struct {
			TBS       asn1.RawValue
			Algorithm asn1.RawValue
			Signature asn1.BitString
		}
		if rest, err := asn1.Unmarshal(theirs, &parts); err != nil || len(rest) > 0 {
			rt.Fatal(err)
		}
		if !bytes.Equal(tbs, parts.TBS.FullBytes) {
			rt.Fatalf("encoded\n%x\ninstead of\n%x", tbs, parts.TBS.FullBytes)
		}
		if got := join(tbs, algorithm, parts.Signature.Bytes); !bytes.Equal(got, theirs) {
			rt.Fatalf("joined\n%x\ninstead of\n%x", got, theirs)
		}
	})
}

// Whatever is refused as content is refused, and not written wrongly.
func TestContentRefusesOtherAlgorithms(t *testing.T) {
	k := mustKey(t)
	c := certificateContent{serial: big.NewInt(1), key: k.Public()}
	if _, err := c.encode(ECDSAP256SHA256, nil); err == nil {
		t.Error("encoded for a responder's algorithm")
	}
	c.key = "no key"
	if _, err := c.encode(RSA2048SHA256, nil); err == nil {
		t.Error("encoded a string as a key")
	}
}
