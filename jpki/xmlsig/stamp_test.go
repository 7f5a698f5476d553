package xmlsig_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/tsa"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

// Shows: CRT-56
func TestVerify_TimeStampOutlivesRevocation(t *testing.T) {
	at := testpki.Now
	cert, err := tsa.NewCertificate("TSA 1", testpki.Key(testpki.StrangerKey), at.AddDate(-1, 0, 0), at.AddDate(5, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	authority, err := tsa.New(cert, testpki.Key(testpki.StrangerKey), asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	stamp := func(digest []byte) ([]byte, error) {
		return authority.Stamp(tsa.Imprint{Hash: crypto.SHA256, Digest: digest})
	}
	signed := sign(t, filing, xmlsig.SignOptions{TSA: stamp})
	later := at.AddDate(0, 1, 0)
	list, err := jpki.CreateCRL(testpki.Default().Signature, jpki.CRLRequest{Number: big.NewInt(2), ThisUpdate: later, NextUpdate: later.Add(time.Hour),
		Entries: []jpki.RevokedEntry{{Serial: big.NewInt(holderSerial), At: at.AddDate(0, 0, 7), Reason: jpki.KeyCompromise}}}, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	o := options(t)
	o.At, o.Material = later, []verify.Material{{Source: "given", CRL: list}}
	want(t, "no time-stamp authority is trusted", xmlsig.Verify(signed, o, nil), verify.CertRevoked)
	o.Trust.TSA = []*x509.Certificate{cert}
	r := xmlsig.Verify(signed, o, nil)
	pass(t, r)
	if s := r.Signatures[0]; s.Level != "B-T" || !s.Stamped.Equal(at) {
		t.Errorf("%s %s", s.Level, s.Stamped)
	}
	// A time-stamp of another signature.
	cut := func(b []byte) (start, end int) {
		return bytes.Index(b, []byte("<xades:EncapsulatedTimeStamp>")), bytes.Index(b, []byte("</xades:EncapsulatedTimeStamp>"))
	}
	other := sign(t, filing, xmlsig.SignOptions{SignatureID: "other", TSA: stamp})
	i, j := cut(signed)
	k, l := cut(other)
	exchanged := append(append(bytes.Clone(signed[:i]), other[k:l]...), signed[j:]...)
	want(t, "exchanged", xmlsig.Verify(exchanged, o, nil), verify.BadTimeStamp)
	// What nobody signed may not hide other content.
	foreign := bytes.Replace(signed, []byte("</xades:UnsignedSignatureProperties>"), []byte("<xades:CounterSignature/></xades:UnsignedSignatureProperties>"), 1)
	want(t, "foreign unsigned property", xmlsig.Verify(foreign, o, nil), verify.Unsupported)
}
