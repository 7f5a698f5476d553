package files

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	mrand "math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/iso7816"
	"kado/mynumber"
)

var keys = sync.OnceValue(func() [3]*rsa.PrivateKey {
	var out [3]*rsa.PrivateKey
	for i := range out {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		out[i] = k
	}
	return out
})

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func issuer(t testing.TB) Issuer {
	t.Helper()
	cvc, err := iso7816.CreateCVC(iso7816.KeyID{1}, iso7816.KeyID{2}, &keys()[1].PublicKey, keys()[0])
	ok(t, err)
	return Issuer{Key: keys()[1], CVC: cvc}
}

func person(t testing.TB) (mynumber.IndividualNumber, mynumber.Attributes) {
	t.Helper()
	n, err := mynumber.DrawIndividualNumber(mrand.NewChaCha8([32]byte{4}))
	ok(t, err)
	return n, mynumber.Attributes{Name: "試験　太郎", Address: "東京都千代田区１番", BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 29}, Sex: mynumber.Male}
}

// TestAttributes_Offsets: the table's positions, counted from the start of the
// file, meet the four objects.
func TestAttributes_Offsets(t *testing.T) {
	_, a := person(t)
	for _, n := range []int{1, 20, 100, 300} {
		a.Address = strings.Repeat("街", n)
		b, err := Attributes(a)
		ok(t, err)
		at := bytes.Index(b, []byte{0xDF, 0x21, 0x08}) + 3
		for i, tag := range []byte{0x22, 0x23, 0x24, 0x25} {
			pos := int(b[at+2*i])<<8 | int(b[at+2*i+1])
			if b[pos] != 0xDF || b[pos+1] != tag {
				t.Errorf("%d: offset %d points at %X", n, i, b[pos:pos+2])
			}
		}
		got, err := ParseAttributes(Pad(b, len(b)+9))
		ok(t, err)
		if got != a {
			t.Error("not the same attributes")
		}
	}
}

func TestAttributes_Refused(t *testing.T) {
	_, good := person(t)
	for name, change := range map[string]func(*mynumber.Attributes){
		"no name": func(a *mynumber.Attributes) { a.Name = "" }, "control": func(a *mynumber.Attributes) { a.Address = "a\nb" },
		"not UTF-8": func(a *mynumber.Attributes) { a.Name = "\xff" }, "long": func(a *mynumber.Attributes) { a.Name = strings.Repeat("x", 1001) },
		"no birth date": func(a *mynumber.Attributes) { a.BirthDate = mynumber.Date{} }, "sex": func(a *mynumber.Attributes) { a.Sex = '3' },
	} {
		a := good
		change(&a)
		if _, err := Attributes(a); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCHP38_TextRecordSignature alters every byte of every file in turn.
func TestCHP38_TextRecordSignature(t *testing.T) {
	n, a := person(t)
	is := issuer(t)
	number := Number(n)
	if len(number) != 17 {
		t.Fatalf("%d bytes", len(number))
	}
	attributes, err := Attributes(a)
	ok(t, err)
	sig, err := TextSignature(number, attributes, is)
	ok(t, err)
	if len(sig) != 336 {
		t.Errorf("signature file of %d bytes", len(sig))
	}
	root := &keys()[0].PublicKey
	ok(t, VerifyText(number, attributes, sig, is.CVC, root))
	ok(t, VerifyText(number, nil, sig, is.CVC, root))
	ok(t, VerifyText(nil, attributes, sig, is.CVC, root))
	if VerifyText(nil, nil, sig, is.CVC, root) == nil {
		t.Error("nothing was verified")
	}
	if err := VerifyText(number, nil, sig, is.CVC, &keys()[2].PublicKey); !errors.Is(err, ErrSignature) {
		t.Errorf("foreign root: %v", err)
	}
	flip := func(b []byte, i int) []byte {
		c := bytes.Clone(b)
		c[i] ^= 1
		return c
	}
	for i := range number {
		if VerifyText(flip(number, i), nil, sig, is.CVC, root) == nil {
			t.Errorf("number file, byte %d altered", i)
		}
	}
	for i := range attributes {
		altered := flip(attributes, i)
		// The offset table is not signed; parsing refuses a wrong one.
		if VerifyText(nil, altered, sig, is.CVC, root) == nil {
			if _, err := ParseAttributes(altered); err == nil {
				t.Errorf("attributes file, byte %d altered", i)
			}
		}
	}
	for i := range sig {
		if VerifyText(number, attributes, flip(sig, i), is.CVC, root) == nil {
			t.Errorf("signature file, byte %d altered", i)
		}
	}
}

func face(t testing.TB) CardFace {
	_, a := person(t)
	return CardFace{BirthDate: a.BirthDate, Sex: a.Sex, CardKey: &keys()[2].PublicKey, NameImage: []byte("n"), AddressImage: []byte("a"),
		Photo: make([]byte, 9000), Expiry: mynumber.Date{Year: 2035, Month: 2, Day: 17}, SecurityCodeImage: []byte("c")}
}

// TestRule9_CardFaceSignature: a 96-byte digest, refused by a normal verifier,
// over everything but expiry and security code.
func TestRule9_CardFaceSignature(t *testing.T) {
	is := issuer(t)
	root := &keys()[0].PublicKey
	b, err := FaceCard(face(t), is)
	ok(t, err)
	got, err := ParseFaceCard(b, is.CVC, root)
	ok(t, err)
	if got.Expiry != face(t).Expiry || len(got.Photo) != 9000 {
		t.Error("content")
	}
	for _, what := range []string{"birth", "photo", "name"} {
		i := map[string]int{"birth": bytes.Index(b, []byte("19800229")), "photo": len(b) - 1000, "name": bytes.Index(b, []byte{0xDF, 0x25, 1, 'n'}) + 3}[what]
		c := bytes.Clone(b)
		c[i] ^= 1
		if _, err := ParseFaceCard(c, is.CVC, root); err == nil {
			t.Errorf("%s altered", what)
		}
	}
	big := face(t)
	big.Photo = make([]byte, MaxFaceImages)
	if _, err := FaceCard(big, is); !errors.Is(err, ErrMalformed) {
		t.Errorf("images too large: %v", err)
	}
}

func TestFaceFiles_RoundTrip(t *testing.T) {
	is := issuer(t)
	root := &keys()[0].PublicKey
	birth, err := BirthDate(face(t).BirthDate, face(t).CardKey, is)
	ok(t, err)
	if !bytes.HasPrefix(birth, []byte{0xFF, 0x10, 0x82, 0x02, 0x1E, 0xDF, 0x11, 8}) {
		t.Errorf("birth date file starts %X", birth[:8])
	}
	d, k, err := ParseBirthDate(birth, is.CVC, root)
	ok(t, err)
	if d != face(t).BirthDate || !k.Equal(face(t).CardKey) {
		t.Error("birth date")
	}
	number, err := FaceNumber([]byte("image"), face(t).CardKey, is)
	ok(t, err)
	if img, _, err := ParseFaceNumber(number, is.CVC, root); err != nil || string(img) != "image" {
		t.Error("number image", err)
	}
	card, err := TextCardKey(face(t).CardKey, is)
	ok(t, err)
	if k, err := ParseTextCardKey(card, is.CVC, root); err != nil || !k.Equal(face(t).CardKey) {
		t.Error("text card key", err)
	}
	for name, err := range map[string]error{
		"birth":  second(ParseBirthDate(birth, is.CVC, &keys()[2].PublicKey)),
		"number": second(ParseFaceNumber(number, is.CVC, &keys()[2].PublicKey)),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s with a foreign root: %v", name, err)
		}
	}
	info, err := FaceInfo(iso7816.KeyID{9}, iso7816.KeyID{8}, "13101")
	ok(t, err)
	if id, m, err := ParseFaceInfo(info); err != nil || m != "13101" || id != (iso7816.KeyID{9}) {
		t.Error("face information", err)
	}
	if id, err := ParseTextInfo(TextInfo(iso7816.KeyID{7})); err != nil || id != (iso7816.KeyID{7}) {
		t.Error("text information", err)
	}
	real := iso7816.AppendTLVLong(nil, 0xFF40, iso7816.AppendTLV(nil, 0xDF41, []byte{1, 3, 14, 1}),
		iso7816.AppendTLV(nil, 0xDF42, make([]byte, 16)), iso7816.AppendTLVLong(nil, 0xDF43, make([]byte, 128)))
	if _, err := ParseTextInfo(real); err != nil || real[4] != 0x9F {
		t.Error("text information as reported", err)
	}
	if !bytes.HasPrefix(TextInfo(iso7816.KeyID{}), []byte{0xFF, 0x40, 0x82, 0x00, 0x9E}) {
		t.Error("superfluous length byte")
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func TestSmallFiles_RoundTrip(t *testing.T) {
	n, _ := person(t)
	if got, err := ParseNumber(Number(n)); err != nil || !got.Equal(n) {
		t.Error("number", err)
	}
	code, err := mynumber.DrawResidentCode(mrand.NewChaCha8([32]byte{4}))
	ok(t, err)
	if got, err := ParseResidentCode(ResidentCode(code)); err != nil || !got.Equal(code) {
		t.Error("resident code", err)
	}
	c := CommonData{Serial: "400000012345678", Municipality: "01100", Expiry: mynumber.Date{Year: 2035, Month: 2, Day: 17}}
	b, err := c.Encode()
	ok(t, err)
	if string(b) != "\x01\x1C4000000123456780110020350217" {
		t.Errorf("%q", b)
	}
	if got, err := ParseCommonData(b); err != nil || got != c {
		t.Error("common data", err)
	}
	if tok := Token(TokenCard, "1"); len(tok) != 160 {
		t.Errorf("token of %d bytes", len(tok))
	} else if label, err := ParseTokenLabel(tok[:32]); err != nil || label != TokenCard {
		t.Error(label, err)
	}
	for _, p := range []Presence{{}, {true, false}, {false, true}, {true, true}} {
		if got, err := ParsePresence(p.Encode()); err != nil || got != p {
			t.Error("presence", err)
		}
	}
	if _, err := ParsePresence([]byte{1, 0, 0}); !errors.Is(err, ErrMalformed) {
		t.Error(err)
	}
}

// TestCHP39_ErrorsCarryNoNumber: a number with a wrong check digit is not
// quoted.
func TestCHP39_ErrorsCarryNoNumber(t *testing.T) {
	n, _ := person(t)
	b := Number(n)
	b[14] = '0' + (b[14]-'0'+1)%10
	_, err := ParseNumber(b)
	if err == nil || strings.Contains(err.Error(), string(b[3:15])) || strings.Contains(err.Error(), string(b[3:11])) {
		t.Errorf("%v", err)
	}
}

func TestAttributes_Property(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := mynumber.Attributes{Name: rapid.StringMatching(`[ぁ-ん一-龥]{1,20}`).Draw(t, "name"), Address: rapid.StringMatching(`[ぁ-ん０-９a-z]{1,120}`).Draw(t, "address"),
			BirthDate: mynumber.Date{Year: rapid.IntRange(1900, 2030).Draw(t, "year"), Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month")), Day: rapid.IntRange(1, 28).Draw(t, "day")},
			Sex:       rapid.SampledFrom([]mynumber.Sex{'0', '1', '2', '9'}).Draw(t, "sex")}
		b, err := Attributes(a)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseAttributes(b); err != nil || got != a {
			t.Fatalf("%v", err)
		}
	})
}

// FuzzParse feeds every decoder.
func FuzzParse(f *testing.F) {
	n, a := person(f)
	is := issuer(f)
	number := Number(n)
	attributes, err := Attributes(a)
	ok(f, err)
	sig, err := TextSignature(number, attributes, is)
	ok(f, err)
	card, err := FaceCard(face(f), is)
	ok(f, err)
	birth, err := BirthDate(a.BirthDate, face(f).CardKey, is)
	ok(f, err)
	info, err := FaceInfo(iso7816.KeyID{}, iso7816.KeyID{}, "13101")
	ok(f, err)
	for _, b := range [][]byte{number, attributes, sig, card, birth, info, TextInfo(iso7816.KeyID{}), Token(TokenCard, ""), {0x8F, 0x8F, 0}} {
		f.Add(b)
	}
	root := &keys()[0].PublicKey
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := ParseNumber(b); err == nil && !bytes.Equal(Number(n), b) {
			t.Fatal("number: not the same bytes")
		}
		if a, err := ParseAttributes(b); err == nil {
			if again, err := Attributes(a); err != nil || !bytes.HasPrefix(b, again) {
				t.Fatal("attributes: not the same bytes")
			}
		}
		if c, err := ParseCommonData(b); err == nil {
			if again, err := c.Encode(); err != nil || !bytes.HasPrefix(b, again) {
				t.Fatal("common data: not the same bytes")
			}
		}
		_ = VerifyText(b, b, sig, is.CVC, root)
		_ = VerifyText(number, attributes, b, is.CVC, root)
		_ = VerifyText(number, attributes, sig, b, root)
		_, _, _ = ParseBirthDate(b, is.CVC, root)
		_, _ = ParseFaceCard(b, is.CVC, root)
		_, _, _ = ParseFaceNumber(b, is.CVC, root)
		_, _ = ParseTextCardKey(b, is.CVC, root)
		_, _, _ = ParseFaceInfo(b)
		_, _ = ParseTextInfo(b)
		_, _ = ParseResidentCode(b)
		_, _ = ParseTokenLabel(b)
		_, _ = ParsePresence(b)
	})
}
