package chip_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/reader"
)

// TestNext_SignsSHA384: the card of the next generation through its client, with
// the key and PIN of each certificate.
func TestNext_SignsSHA384(t *testing.T) {
	f := chiptest.OperationalNext(t)
	j, err := f.Reader.JPKI()
	ok(t, err)
	for kind, pin := range map[reader.KeyKind]reader.PIN{reader.SignatureKey: {Value: chiptest.SignaturePassword}, reader.AuthenticationKey: {Value: chiptest.AuthenticationPIN}} {
		pub := f.Certificates[kind].PublicKey
		signer := j.Signer(kind, pub)
		digest := sha512.Sum384([]byte("content"))
		if _, err := signer.Sign(nil, digest[:], crypto.SHA384); !errors.Is(err, reader.ErrNotAllowed) {
			t.Errorf("%v without the PIN: %v", kind, err)
		}
		ok(t, j.Verify(kind, pin.Value))
		sig, err := signer.Sign(nil, digest[:], crypto.SHA384)
		ok(t, err)
		if !ecdsa.VerifyASN1(pub.(*ecdsa.PublicKey), digest[:], sig) {
			t.Errorf("%v: not the certificate's key", kind)
		}
		for name, c := range map[string]struct {
			digest []byte
			opts   crypto.SignerOpts
		}{
			"SHA-256": {make([]byte, 32), crypto.SHA256}, "cut": {digest[:47], crypto.SHA384}, "no digest named": {digest[:], nil},
			"32 bytes called SHA-384": {make([]byte, 32), crypto.SHA384}, "PSS": {make([]byte, 32), &rsa.PSSOptions{Hash: crypto.SHA256}},
		} {
			if _, err := signer.Sign(nil, c.digest, c.opts); !errors.Is(err, reader.ErrCaller) {
				t.Errorf("%v, %s: %v", kind, name, err)
			}
		}
		if _, err := j.Sign(kind, make([]byte, 32)); err == nil {
			t.Errorf("%v: the RSA command is taken", kind)
		}
		// The certificate of somebody else's key: the client notices.
		k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
		ok(t, err)
		if _, err := j.Signer(kind, &k.PublicKey).Sign(nil, digest[:], crypto.SHA384); !errors.Is(err, reader.ErrMalformed) {
			t.Errorf("%v, another key: %v", kind, err)
		}
	}
}

// TestNext_ADigestIsForOneKeyType: neither generation signs what is meant for the
// other, so that no digest ever becomes a bare RSA signature.
func TestNext_ADigestIsForOneKeyType(t *testing.T) {
	old := chiptest.Operational(t)
	j, err := old.Reader.JPKI()
	ok(t, err)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	if _, err := j.SignP384(reader.AuthenticationKey, make([]byte, 48)); err == nil {
		t.Error("an RSA key signs a SHA-384 digest")
	}
	next := chiptest.OperationalNext(t)
	selectApp(t, next.Card, layout.JPKI)
	next.Card.Transmit(verifyPIN)
	for _, c := range []struct {
		p1     byte
		n, le  int
		status iso7816.Status
	}{
		{0, 48, 0, iso7816.WrongParameters}, {1, 48, 0, iso7816.WrongParameters}, {4, 48, 0, iso7816.WrongParameters}, {5, 48, 0, iso7816.WrongParameters},
		{2, 47, 0, iso7816.WrongLength}, {2, 49, 0, iso7816.WrongLength}, {2, 32, 0, iso7816.WrongLength}, {2, 51, 0, iso7816.WrongLength},
		{2, 48, 103, iso7816.WrongLength}, {2, 48, 104, iso7816.OK}, {2, 48, 0, iso7816.OK}, {3, 1, 0, iso7816.OK}, {3, 255, 0, iso7816.OK},
	} {
		command := append(append([]byte{0x80, 0x2A, c.p1, 0x97, byte(c.n)}, make([]byte, c.n)...), byte(c.le))
		out := next.Card.Transmit(command)
		if got := iso7816.Status(out[len(out)-2])<<8 | iso7816.Status(out[len(out)-1]); got != c.status {
			t.Errorf("P1 %d, %d bytes, Le %d: %v", c.p1, c.n, c.le, got)
		}
	}
	// Hashing on the card gives what hashing outside gives.
	text := []byte("hash this on the card")
	out := next.Card.Transmit(append(append([]byte{0x80, 0x2A, 3, 0x97, byte(len(text))}, text...), 0))
	d := sha512.Sum384(text)
	if !ecdsa.VerifyASN1(next.Certificates[reader.AuthenticationKey].PublicKey.(*ecdsa.PublicKey), d[:], out[:len(out)-2]) {
		t.Error("the card hashed something else")
	}
}

// TestNext_CRT28_WrappedKey: the signature key made by the authority and wrapped
// for one chip may be P-384; the card's own keys never are.
func TestNext_CRT28_WrappedKey(t *testing.T) {
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	ok(t, err)
	load := func(f *chiptest.Fixture, ref layout.Reference, app layout.Application) error {
		i, err := f.Reader.Issuer()
		ok(t, err)
		transport, _, err := i.TransportKey()
		ok(t, err)
		ct, err := cardmgmt.WrapKey(transport, f.Serial, app, ref, k)
		ok(t, err)
		raw, err := k.PublicKey.Bytes()
		ok(t, err)
		b, err := f.Do(t, cardmgmt.Personalise, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey},
			cardmgmt.LoadWrappedKey{Application: app, Reference: ref, Ciphertext: ct},
			cardmgmt.WriteFile{Application: layout.JPKI, File: layout.JPKISignatureCertificate, Content: append([]byte("certificate with "), raw...)},
			cardmgmt.WriteFile{Application: layout.JPKI, File: layout.JPKISignatureCA, Content: []byte("CA")}})
		if err != nil {
			return err
		}
		reports, err := cardmgmt.ParseKeyReports(b)
		ok(t, err)
		if len(reports) != 2 || !cardmgmt.SameKey(reports[1].PublicKey, &k.PublicKey) {
			t.Error("the report is not of the loaded key")
		}
		return nil
	}
	ok(t, load(chiptest.Blank(t), layout.JPKISignatureKey, layout.JPKI))
	if load(chiptest.Blank(t), layout.TextKey, layout.Text) == nil {
		t.Error("the text key is P-384")
	}
	f := chiptest.Blank(t)
	if _, err := f.Do(t, cardmgmt.GenerateKey, cardmgmt.Script{cardmgmt.GenerateKeyItem{Application: layout.Face, Reference: layout.FaceKey, Type: cardmgmt.P384}}); err == nil {
		t.Error("the card's own key is P-384")
	}
}

// TestNext_CertificateMustHoldThePoint: a P-384 key without its certificate is
// not taken into use.
func TestNext_CertificateMustHoldThePoint(t *testing.T) {
	f := chiptest.OperationalNext(t)
	pub := f.GenerateJPKI(t, reader.AuthenticationKey)
	before := f.Certificates[reader.AuthenticationKey].Raw
	script := f.SwitchScript(t, reader.AuthenticationKey, pub)
	wrong := append(cardmgmt.Script{}, script...)
	wrong[0] = cardmgmt.WriteFile{Application: layout.JPKI, File: layout.JPKIAuthenticationCertificate, Content: before}
	if _, err := f.Do(t, cardmgmt.SwitchKey, wrong); err == nil {
		t.Error("the old certificate goes with the new key")
	}
	f.Run(t, cardmgmt.SwitchKey, script)
	j, err := f.Reader.JPKI()
	ok(t, err)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	d := sha512.Sum384(nil)
	if _, err := j.Signer(reader.AuthenticationKey, pub).Sign(nil, d[:], crypto.SHA384); err != nil {
		t.Error(err)
	}
}

// TestNext_RSACardGetsAP384Key: renewal across generations on one chip, and an
// image from before P-384 stays what it was.
func TestNext_RSACardGetsAP384Key(t *testing.T) {
	f := chiptest.Operational(t)
	old, err := f.Memory.Load()
	ok(t, err)
	rsaKeys := 0
	for record, v := range old {
		if len(record) == 3 && record[0] == 'k' {
			if _, err := x509.ParsePKCS1PrivateKey(v); err != nil {
				t.Errorf("record %q is not PKCS#1, as in every image so far", record)
			}
			rsaKeys++
		}
	}
	if rsaKeys != 5 {
		t.Errorf("%d RSA keys", rsaKeys)
	}
	f.Type = cardmgmt.P384
	pub := f.GenerateJPKI(t, reader.AuthenticationKey)
	f.Run(t, cardmgmt.SwitchKey, f.SwitchScript(t, reader.AuthenticationKey, pub))
	f.Open(t, f.Memory.(*chip.RAM).Clone()) // power off and on
	j, err := f.Reader.JPKI()
	ok(t, err)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	d := sha512.Sum384(nil)
	if _, err := j.Signer(reader.AuthenticationKey, pub).Sign(nil, d[:], crypto.SHA384); err != nil {
		t.Error(err)
	}
	// The other key is still RSA.
	ok(t, j.Verify(reader.SignatureKey, chiptest.SignaturePassword))
	s := sha256.Sum256(nil)
	if _, err := j.Signer(reader.SignatureKey, f.Certificates[reader.SignatureKey].PublicKey).Sign(nil, s[:], crypto.SHA256); err != nil {
		t.Error(err)
	}
}

// TestNext_P56_ReportsAndSpelling: reports of both key types in one answer, one
// spelling of the script.
func TestNext_P56_ReportsAndSpelling(t *testing.T) {
	script := cardmgmt.Script{
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey},
		cardmgmt.GenerateKeyItem{Application: layout.JPKI, Reference: layout.JPKIAuthenticationKey, Type: cardmgmt.P384}}
	f := chiptest.Operational(t)
	b := f.Run(t, cardmgmt.GenerateKey, script)
	reports, err := cardmgmt.ParseKeyReports(b)
	ok(t, err)
	if len(reports) != 2 {
		t.Fatalf("%d reports", len(reports))
	}
	for i, want := range []cardmgmt.KeyType{cardmgmt.RSA2048, cardmgmt.P384} {
		if got, err := cardmgmt.KeyTypeOf(reports[i].PublicKey); err != nil || got != want {
			t.Errorf("report %d: %v %v", i, got, err)
		}
	}
	again := append(reports[0].Encode(), reports[1].Encode()...)
	if !bytes.Equal(again, b) {
		t.Error("a report has two spellings")
	}
	encoded, err := script.Encode()
	ok(t, err)
	if !bytes.Equal(encoded, []byte{1, 4, 0, 2, 5, 0x1A, 4, 0, 3, 5, 0x17, 1}) {
		t.Errorf("%X", encoded)
	}
	for name, b := range map[string][]byte{"type 0 written out": {1, 4, 0, 3, 5, 0x1A, 0}, "unknown type": {1, 4, 0, 3, 5, 0x1A, 2}, "too long": {1, 4, 0, 4, 5, 0x1A, 1, 1}} {
		if _, err := cardmgmt.ParseScript(b); !errors.Is(err, cardmgmt.ErrScript) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
