package reader_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip/chiptest"
	"kado/iso7816"
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

// TestTrace_ShowsNoSecret runs a whole visit with tracing on and looks for
// every secret of the card in the trace.
func TestTrace_ShowsNoSecret(t *testing.T) {
	for _, chunk := range []int{255, 4000} {
		f := chiptest.Personalised(t)
		var trace bytes.Buffer
		f.Reader = reader.New(reader.Virtual(f.Card), reader.WithExtendedLength(chunk), reader.WithTrace(func(c, r []byte) {
			trace.Write(c)
			trace.Write(r)
		}))
		f.Activate(t)
		h := f.Holder
		text, err := f.Reader.Text()
		ok(t, err)
		ok(t, text.VerifyPIN(chiptest.TextPIN))
		ok(t, text.VerifyA(h.A()))
		ok(t, text.VerifyB(h.B()))
		_, err = text.Number(f.Root)
		ok(t, err)
		_, err = text.Attributes(f.Root)
		ok(t, err)
		face, err := f.Reader.Face()
		ok(t, err)
		ok(t, face.VerifyA(h.A()))
		_, err = face.Card(f.Root)
		ok(t, err)
		register, err := f.Reader.Register()
		ok(t, err)
		ok(t, register.ChangePIN(chiptest.RegisterPIN, mynumber.NewSecret("1470")))
		_, err = register.ResidentCode()
		ok(t, err)
		j, err := f.Reader.JPKI()
		ok(t, err)
		ok(t, j.Verify(reader.SignatureKey, chiptest.SignaturePassword))
		_, err = j.Certificate(reader.SignatureKey)
		ok(t, err)
		_, err = f.Do(t, cardmgmt.Rewrite, cardmgmt.Script{cardmgmt.LoadReference{Application: layout.Text, Reference: layout.TextA, Tries: 10, Value: []byte(h.Number.Reveal())}})
		ok(t, err)
		for _, secret := range []string{h.Number.Reveal(), h.B().Reveal(), h.ResidentCode.Reveal(), h.Attributes.Name, h.Attributes.Address, "1470",
			chiptest.TextPIN.Reveal(), chiptest.RegisterPIN.Reveal(), chiptest.AuthenticationPIN.Reveal(), chiptest.SignaturePassword.Reveal(), h.Attributes.BirthDate.Compact(),
			string(f.Certificates[reader.SignatureKey].Raw[200:220])} {
			if bytes.Contains(trace.Bytes(), []byte(secret)) {
				t.Errorf("the trace shows a secret of %d bytes", len(secret))
			}
		}
		if trace.Len() < 1000 {
			t.Error("no trace")
		}
	}
}

func TestMask(t *testing.T) {
	c, r := reader.Mask([]byte{0, 0x20, 0, 0x80, 4, '1', '2', '3', '4'}, []byte{0x63, 0xC2})
	if string(c[5:]) != "****" || !bytes.Equal(r, []byte{0x63, 0xC2}) {
		t.Errorf("%X %X", c, r)
	}
	if _, r := reader.Mask([]byte{0, 0xB0, 0, 0, 0}, []byte{'s', 'e', 0x90, 0}); string(r) != "**\x90\x00" {
		t.Errorf("%X", r)
	}
	if c, r := reader.Mask([]byte{0, 0x20, 0, 0x80, 9, '1', '2'}, []byte{1, 0x67, 0}); strings.Contains(string(c), "12") || r[0] != '*' {
		t.Errorf("malformed: %X %X", c, r)
	}
	if _, r := reader.Mask(nil, nil); len(r) != 0 {
		t.Error("empty")
	}
}

func FuzzMask(f *testing.F) {
	f.Add([]byte{0, 0x20, 0, 0x80, 4, '1', '2', '3', '4'}, []byte{0x90, 0})
	f.Fuzz(func(t *testing.T, c, r []byte) {
		mc, mr := reader.Mask(c, r)
		if len(mc) != len(c) || len(mr) != len(r) {
			t.Fatal("length changed")
		}
	})
}

func TestStatusError(t *testing.T) {
	for sw, target := range map[iso7816.Status]error{iso7816.FileNotFound: reader.ErrNotFound, iso7816.ReferenceNotFound: reader.ErrNotFound,
		iso7816.SecurityNotSatisfied: reader.ErrNotAllowed, iso7816.ReferenceBlocked: reader.ErrBlocked, iso7816.ConditionsNotSatisfied: reader.ErrInert, iso7816.MemoryFailure: reader.ErrMemory} {
		if !errors.Is(&reader.StatusError{SW: sw, Operation: "x"}, target) {
			t.Errorf("%v is not %v", sw, target)
		}
	}
	if !errors.Is(&reader.WrongPINError{Left: 0}, reader.ErrBlocked) || errors.Is(&reader.WrongPINError{Left: 1}, reader.ErrBlocked) {
		t.Error("WrongPINError")
	}
}

// lying is a transport that answers with what a test wants.
type lying func(command []byte) ([]byte, error)

func (l lying) Transmit(c []byte) ([]byte, error) { return l(c) }

// TestHostileCard: whatever a card answers, the reader returns an error or a
// checked value, and stops.
func TestHostileCard(t *testing.T) {
	n := 0
	for name, l := range map[string]lying{
		"nothing":    func([]byte) ([]byte, error) { return nil, nil },
		"one byte":   func([]byte) ([]byte, error) { return []byte{0x90}, nil },
		"empty OK":   func([]byte) ([]byte, error) { return []byte{0x90, 0}, nil },
		"FF forever": func([]byte) ([]byte, error) { return append(bytes.Repeat([]byte{0xFF}, 256), 0x90, 0), nil },
		"30 82 FFFF": func([]byte) ([]byte, error) { n++; return []byte{0x30, 0x82, 0xFF, 0xFF, 0x90, 0}, nil },
		"too much":   func([]byte) ([]byte, error) { return make([]byte, 70000), nil },
		"error":      func([]byte) ([]byte, error) { return nil, errors.New("gone") },
	} {
		card := reader.New(l)
		j, err := card.JPKI()
		if err == nil {
			if _, err := j.Certificate(reader.AuthenticationKey); err == nil {
				t.Errorf("%s: a certificate", name)
			}
			digest := make([]byte, 32)
			if _, err := j.Signer(reader.SignatureKey, &chiptest.Key(2).PublicKey).Sign(nil, digest, crypto.SHA256); err == nil {
				t.Errorf("%s: a signature", name)
			}
		}
		if text, err := card.Text(); err == nil {
			if _, err := text.Number(&chiptest.Key(0).PublicKey); err == nil {
				t.Errorf("%s: a number", name)
			}
		}
		if i, err := card.Issuer(); err == nil {
			if _, err := i.Challenge(); err == nil {
				t.Errorf("%s: a challenge", name)
			}
			if _, _, err := i.TransportKey(); err == nil {
				t.Errorf("%s: a transport key", name)
			}
		}
	}
}

// TestErrCopy_CopiedRecord: a card that shows another card's record but has
// not its key is noticed.
func TestErrCopy_CopiedRecord(t *testing.T) {
	f := chiptest.Operational(t)
	card := reader.New(lying(func(c []byte) ([]byte, error) {
		if c[1] == 0x2A {
			return append(make([]byte, 256), 0x90, 0), nil
		}
		return f.Card.Transmit(c), nil
	}))
	face, err := card.Face()
	ok(t, err)
	ok(t, face.VerifyB(f.Holder.B()))
	if _, err := face.Card(f.Root); !errors.Is(err, reader.ErrCopy) {
		t.Errorf("%v", err)
	}
}

// TestTriesLeft_SpendsNone asks many times.
func TestTriesLeft_SpendsNone(t *testing.T) {
	f := chiptest.Operational(t)
	j, err := f.Reader.JPKI()
	ok(t, err)
	for range 10 {
		if n, err := j.TriesLeft(reader.SignatureKey); err != nil || n != 5 {
			t.Fatal(n, err)
		}
	}
	if err := j.Verify(reader.SignatureKey, mynumber.Secret{}); !errors.Is(err, reader.ErrCaller) {
		t.Errorf("empty password: %v", err)
	}
	ok(t, j.Verify(reader.SignatureKey, chiptest.SignaturePassword))
	digest := sha256.Sum256(nil)
	// As they are, octets are padded without a DigestInfo; what does not fit never goes to the card.
	raw, err := j.SignRaw(reader.SignatureKey, digest[:])
	ok(t, err)
	if err := rsa.VerifyPKCS1v15(f.Certificates[reader.SignatureKey].PublicKey.(*rsa.PublicKey), 0, digest[:], raw); err != nil {
		t.Error(err)
	}
	for _, n := range []int{0, 246} {
		if _, err := j.SignRaw(reader.SignatureKey, make([]byte, n)); !errors.Is(err, reader.ErrCaller) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	// Using another application in between drops the verification.
	_, err = f.Reader.Common()
	ok(t, err)
	if _, err := j.Sign(reader.SignatureKey, digest[:]); !errors.Is(err, reader.ErrNotAllowed) {
		t.Errorf("%v", err)
	}
	p, err := j.Presence()
	ok(t, err)
	if p != (files.Presence{Signature: true, Authentication: true}) {
		t.Errorf("%+v", p)
	}
}
