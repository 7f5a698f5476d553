package chip_test

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip/chiptest"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestCHP69_CardLifeEndToEnd goes from the maker to the end through the reader
// alone.
func TestCHP69_CardLifeEndToEnd(t *testing.T) {
	f := chiptest.Blank(t)
	issuer, err := f.Reader.Issuer()
	ok(t, err)
	serial, err := issuer.Serial()
	ok(t, err)
	if serial != f.Serial {
		t.Fatal("serial")
	}
	pub, mac, err := issuer.TransportKey()
	ok(t, err)
	ok(t, cardmgmt.AttestTransportKey(f.Key, serial, pub, mac))

	f.Personalise(t)

	// Inspect.
	digests, err := cardmgmt.ParseDigests(f.Run(t, cardmgmt.Inspect, cardmgmt.Script{
		cardmgmt.ListFile{Application: layout.Text, File: layout.TextNumber},
		cardmgmt.ListFile{Application: layout.JPKI, File: layout.JPKIPresence}}), 2)
	ok(t, err)
	if digests[0] != sha256.Sum256(files.Number(f.Holder.Number)) ||
		digests[1] != sha256.Sum256(files.Presence{Signature: true, Authentication: true}.Encode()) {
		t.Fatal("inspected digests")
	}

	// Prove.
	challenge, err := issuer.Challenge()
	ok(t, err)
	session := chiptest.NewSession(t)
	act, err := cardmgmt.NewAct(f.Key, f.Serial, challenge, session, cardmgmt.Prove, nil)
	ok(t, err)
	proof, err := issuer.Run(act)
	ok(t, err)
	ok(t, cardmgmt.VerifyProof(f.CardKey, f.Serial, session, challenge, proof))
	other := session
	other[0]++
	if cardmgmt.VerifyProof(f.CardKey, f.Serial, other, challenge, proof) == nil {
		t.Fatal("proof holds for another session")
	}

	f.Activate(t)
	readEverything(t, f)
	signAndVerify(t, f, reader.SignatureKey, chiptest.SignaturePassword)
	signAndVerify(t, f, reader.AuthenticationKey, chiptest.AuthenticationPIN)
	lockAndUnblock(t, f)
	rewriteAddress(t, f)
	renew(t, f, reader.AuthenticationKey, chiptest.AuthenticationPIN)
	renew(t, f, reader.SignatureKey, chiptest.SignaturePassword)

	// Delete the signature key: certificate and presence go with it.
	f.Run(t, cardmgmt.DeleteKey, cardmgmt.Script{cardmgmt.DeleteKeyItem{Application: layout.JPKI, Reference: layout.JPKISignatureKey}})
	j, err := f.Reader.JPKI()
	ok(t, err)
	p, err := j.Presence()
	ok(t, err)
	if p != (files.Presence{Authentication: true}) {
		t.Fatalf("presence %+v", p)
	}
	if _, err := j.CACertificate(reader.SignatureKey); !errors.Is(err, reader.ErrNotFound) {
		t.Fatalf("CA certificate after deletion: %v", err)
	}

	f.Run(t, cardmgmt.Terminate, nil)
	if _, err := f.Reader.JPKI(); !errors.Is(err, reader.ErrInert) {
		t.Fatalf("terminated card: %v", err)
	}
	if m, err := f.Memory.Load(); err != nil || len(m) != 1 {
		t.Fatalf("terminated card keeps %d records, %v", len(m), err)
	}
}

func readEverything(t *testing.T, f *chiptest.Fixture) {
	t.Helper()
	h := f.Holder
	text, err := f.Reader.Text()
	ok(t, err)
	ok(t, text.VerifyPIN(chiptest.TextPIN))
	number, err := text.Number(f.Root)
	ok(t, err)
	if !number.Equal(h.Number) {
		t.Fatal("number")
	}
	a, err := text.Attributes(f.Root)
	ok(t, err)
	if a != h.Attributes {
		t.Fatal("attributes")
	}
	if _, err := text.Number(&chiptest.Key(5).PublicKey); !errors.Is(err, files.ErrSignature) {
		t.Fatalf("CHP-38: a foreign root was accepted: %v", err)
	}

	face, err := f.Reader.Face()
	ok(t, err)
	ok(t, face.VerifyA(h.A()))
	card, err := face.Card(f.Root)
	ok(t, err)
	if !bytes.Equal(card.Photo, h.Photo) || card.Expiry != h.Expiry || card.BirthDate != h.Attributes.BirthDate {
		t.Fatal("card face")
	}
	image, err := face.NumberImage(f.Root)
	ok(t, err)
	if !bytes.Equal(image, h.NumberImage) {
		t.Fatal("number image")
	}
	ok(t, face.VerifyBirthDate(h.BirthDigits()))
	birth, err := face.BirthDate(f.Root)
	ok(t, err)
	if birth != h.Attributes.BirthDate {
		t.Fatal("birth date")
	}
	if _, municipality, err := face.Info(); err != nil || municipality != h.Municipality {
		t.Fatal("face information", err)
	}

	register, err := f.Reader.Register()
	ok(t, err)
	ok(t, register.VerifyPIN(chiptest.RegisterPIN))
	code, err := register.ResidentCode()
	ok(t, err)
	if !code.Equal(h.ResidentCode) {
		t.Fatal("resident code")
	}

	common, err := f.Reader.Common()
	ok(t, err)
	data, err := common.Data()
	ok(t, err)
	if data != (files.CommonData{Serial: f.Serial, Municipality: h.Municipality, Expiry: h.Expiry}) {
		t.Fatal("common data")
	}
	if sig, err := common.InternalAuthenticate([]byte{1}); err != nil || len(sig) != 256 {
		t.Fatal("internal authenticate", err)
	}

	j, err := f.Reader.JPKI()
	ok(t, err)
	if label, err := j.Token(); err != nil || label != files.TokenCard {
		t.Fatal("token", label, err)
	}
	der, err := j.Certificate(reader.AuthenticationKey)
	ok(t, err)
	if !bytes.Equal(der, f.Certificates[reader.AuthenticationKey].Raw) {
		t.Fatal("authentication certificate")
	}
	if _, err := j.Certificate(reader.SignatureKey); !errors.Is(err, reader.ErrNotAllowed) {
		t.Fatalf("signature certificate without password: %v", err)
	}
}

func signAndVerify(t *testing.T, f *chiptest.Fixture, kind reader.KeyKind, pin mynumber.Secret) {
	t.Helper()
	j, err := f.Reader.JPKI()
	ok(t, err)
	digest := sha256.Sum256([]byte("a document"))
	f.Card.Reset()
	f.Reader.Reset()
	if _, err := j.Sign(kind, digest[:]); !errors.Is(err, reader.ErrNotAllowed) {
		t.Fatalf("signature without PIN: %v", err)
	}
	ok(t, j.Verify(kind, pin))
	pub := f.Certificates[kind].PublicKey.(*rsa.PublicKey)
	sig, err := j.Sign(kind, digest[:])
	ok(t, err)
	ok(t, rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig))
	signer := j.Signer(kind, pub)
	sig, err = signer.Sign(rand.Reader, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	ok(t, err)
	ok(t, rsa.VerifyPSS(pub, crypto.SHA256, digest[:], sig, nil))
	if _, err := signer.Sign(rand.Reader, digest[:], crypto.SHA384); !errors.Is(err, reader.ErrCaller) {
		t.Fatalf("SHA-384: %v", err)
	}
}

func lockAndUnblock(t *testing.T, f *chiptest.Fixture) {
	t.Helper()
	j, err := f.Reader.JPKI()
	ok(t, err)
	wrong := mynumber.NewSecret("0000")
	for left := mynumber.PINTries - 1; left >= 0; left-- {
		var wp *reader.WrongPINError
		if err := j.Verify(reader.AuthenticationKey, wrong); !errors.As(err, &wp) || wp.Left != left {
			t.Fatalf("want %d left: %v", left, err)
		}
	}
	if err := j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN); !errors.Is(err, reader.ErrBlocked) {
		t.Fatalf("CHP-52: right PIN on a blocked reference: %v", err)
	}
	if n, err := j.TriesLeft(reader.SignatureKey); err != nil || n != mynumber.SignaturePasswordTries {
		t.Fatal("CHP-53: another PIN was touched", n, err)
	}
	pin := reader.PIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN, Value: chiptest.AuthenticationPIN}
	f.Run(t, cardmgmt.InitialisePIN, chiptest.ListPINs(pin), pin)
	ok(t, j.Verify(reader.AuthenticationKey, chiptest.AuthenticationPIN))
	if n, err := j.TriesLeft(reader.AuthenticationKey); err != nil || n != mynumber.PINTries {
		t.Fatal("tries after unblocking", n, err)
	}
}

func rewriteAddress(t *testing.T, f *chiptest.Fixture) {
	t.Helper()
	a := f.Holder.Attributes
	a.Address = "大阪府大阪市試験区１番"
	ef, err := files.Attributes(a)
	ok(t, err)
	sig, err := files.TextSignature(files.Number(f.Holder.Number), ef, files.Issuer{Key: chiptest.Key(1)})
	ok(t, err)
	f.Run(t, cardmgmt.Rewrite, cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextAttributes, Content: ef},
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextSignature, Content: sig}})
	text, err := f.Reader.Text()
	ok(t, err)
	ok(t, text.VerifyB(f.Holder.B()))
	got, err := text.Attributes(f.Root)
	ok(t, err)
	if got != a {
		t.Fatal("address was not rewritten")
	}
	if _, err := text.Number(f.Root); !errors.Is(err, reader.ErrNotAllowed) {
		t.Fatalf("CHP-33: number by B: %v", err)
	}
}

func renew(t *testing.T, f *chiptest.Fixture, kind reader.KeyKind, pin mynumber.Secret) {
	t.Helper()
	old := f.Certificates[kind].PublicKey.(*rsa.PublicKey)
	pub := f.GenerateJPKI(t, kind)
	if cardmgmt.SameKey(pub, old) {
		pub = f.GenerateJPKI(t, kind)
	}
	// Until the switch the old key is the one in use.
	signAndVerify(t, f, kind, pin)
	f.Run(t, cardmgmt.SwitchKey, f.SwitchScript(t, kind, pub))
	if f.Certificates[kind].PublicKey.(*rsa.PublicKey).Equal(old) {
		t.Fatal("key did not change")
	}
	signAndVerify(t, f, kind, pin)
}
