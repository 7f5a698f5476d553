package jpki_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/mynumber"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

func TestSubstitute_SizeOfTheSets(t *testing.T) {
	n := 0
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if jpki.Representable(r) {
			n++
		}
	}
	// JIS X 0208 has 6,879 characters and JIS X 0212 6,067; one full-width tilde
	// comes from both, and seven signs have a second customary mapping.
	if want := 6879 + 6067 - 1 + 7; n != want {
		t.Errorf("%d characters are representable, want %d", n, want)
	}
}

func TestSubstitute_Table(t *testing.T) {
	for _, c := range []struct{ in, out, marks, why string }{
		{"試験　花子", "試験　花子", "00000", "plain"},
		{"髙橋　一", "高橋　一", "1000", "ladder taka is in neither set"},
		{"山﨑　海", "山崎　海", "0100", "IBM extension"},
		{"𠮷田　太郎", "吉田　太郎", "10000", "above U+FFFF"},
		{"丂　彧", "丂　彧", "000", "JIS X 0212"},
		{"葛\U000E0100城", "葛城", "10", "variation selector"},
		{"神\uFE00", "神", "1", "standard variation selector"},
		{"\uFE00神", "〓神", "10", "a selector with nothing before it"},
		{"\uFA19田", "神田", "10", "compatibility ideograph"},
		{"①丁目", "〓丁目", "100", "NEC row 13"},
		{"ｶﾞｷﾞﾊﾟ", "ガギパ", "000", "half-width kana with marks"},
		{"か\u3099", "が", "0", "separate voicing mark"},
		{"ん\u3099", "ん〓", "01", "no such kana"},
		{"SMITH JOHN", "ＳＭＩＴＨ　ＪＯＨＮ", "0000000000", "half-width letters"},
		{"５－１~2", "５－１～２", "00000", "signs"},
		{"−〜‖", "−〜‖", "000", "both customary mappings"},
		{"𩸽\U0001F600é", "〓〓é", "110", "no substitute; é is in JIS X 0212"},
		{"\x00\n", "〓〓", "11", "controls"},
		{"\xff", "〓", "1", "broken UTF-8"},
		{"", "", "", "nothing"},
	} {
		out, marks := jpki.Substitute(c.in)
		if out != c.out || marks != c.marks {
			t.Errorf("%s: %q gives %q %s, want %q %s", c.why, c.in, out, marks, c.out, c.marks)
		}
	}
}

// issuedWith returns a certificate-like value with that personal extension,
// without the cost of a signature.
func extensionOf(t interface{ Fatal(...any) }, p jpki.Personal) *x509.Certificate {
	r := testpki.SignatureRequest(1)
	r.Personal = &p
	prepared, err := jpki.Prepare(r, testpki.Default().Signature)
	if err != nil {
		t.Fatal(err)
	}
	return &x509.Certificate{Extensions: prepared.Extensions()}
}

var eraFirst = mynumber.Date{Year: 1868, Month: time.October, Day: 23}

func drawDate(t *rapid.T) mynumber.Date {
	if rapid.IntRange(0, 19).Draw(t, "unknown") == 0 {
		return mynumber.Date{}
	}
	return eraFirst.AddDays(rapid.IntRange(0, 60000).Draw(t, "days"))
}

func drawText(t *rapid.T, name string, most int) string {
	letters := []rune("東京都清瀬市中里試験花子髙﨑𠮷𣘺丂彧ヶ５－ーＡか\u3099\U000E0101\uFE0F\uFA19①〓ｱﾞ")
	one := rapid.OneOf(rapid.SampledFrom(letters), rapid.Rune(), rapid.Map(rapid.Int32Range(0x20000, 0x2FA1F), func(n int32) rune { return n }))
	return "名" + string(rapid.SliceOfN(one, 0, most-2).Draw(t, name)) + "子"
}

func TestCRT03_PersonalDataRoundTrip_Rapid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := mynumber.Attributes{
			Name: drawText(t, "name", jpki.MaxNameLength), Address: drawText(t, "address", jpki.MaxAddressLength),
			BirthDate: drawDate(t),
			Sex:       rapid.SampledFrom([]mynumber.Sex{mynumber.Male, mynumber.Female, mynumber.SexUnknown, mynumber.SexNotApplicable}).Draw(t, "sex"),
		}
		p := jpki.PersonalOf(a)
		for _, pair := range [][3]string{{a.Name, p.Name, p.NameMap}, {a.Address, p.Address, p.AddressMap}} {
			if utf8.RuneCountInString(pair[1]) != len(pair[2]) {
				t.Fatalf("%q has the map %s", pair[1], pair[2])
			}
			for _, r := range pair[1] {
				if !jpki.Representable(r) {
					t.Fatalf("%U is left in", r)
				}
			}
			// Substituting what was substituted changes nothing and marks nothing.
			again, marks := jpki.Substitute(pair[1])
			if again != pair[1] || strings.Contains(marks, "1") {
				t.Fatalf("%q becomes %q %s", pair[1], again, marks)
			}
		}
		got, err := jpki.ParsePersonal(extensionOf(t, p))
		if err != nil || got != p {
			t.Fatalf("%#v read back as %#v: %v", p.Name, got.Name, err)
		}
	})
}

func TestLintNet_LetsEveryRepresentableLetterPass(t *testing.T) {
	var all []rune
	for r := rune(0); r <= 0xFFFF; r++ {
		if jpki.Representable(r) && r != '\u3000' {
			all = append(all, r)
		}
	}
	for len(all) > 0 {
		n := min(len(all), jpki.MaxAddressLength)
		r := testpki.SignatureRequest(1)
		r.Personal.Address, r.Personal.AddressMap = string(all[:n]), strings.Repeat("0", n)
		p, err := jpki.Prepare(r, testpki.Default().Signature)
		if err != nil {
			t.Fatal(err)
		}
		if n < jpki.MaxAddressLength || all[0] < 0x4E00 { // the signs, and the last
			if _, err := p.Lint(); err != nil {
				t.Fatalf("%U: %v", all[0], err)
			}
		}
		all = all[n:]
	}
}

func TestBirthDate_EraAtEachEdge(t *testing.T) {
	for date, want := range map[string]string{
		"1868-10-22": "", "1868-10-23": "118681023", "1912-07-29": "119120729", "1912-07-30": "219120730",
		"1926-12-24": "219261224", "1926-12-25": "319261225", "1980-12-31": "319801231", "1989-01-07": "319890107",
		"1989-01-08": "419890108", "2019-04-30": "420190430", "2019-05-01": "520190501", "": "000000000",
	} {
		p := jpki.PersonalOf(testpki.Attributes)
		if err := p.BirthDate.UnmarshalText([]byte(date)); err != nil {
			t.Fatal(err)
		}
		if want == "" {
			if p.Check() == nil {
				t.Errorf("%s accepted", date)
			}
			continue
		}
		c := extensionOf(t, p)
		if !strings.Contains(string(c.Extensions[1].Value), "\x0c\x09"+want) {
			t.Errorf("%s is not written %s", date, want)
		}
	}
}

// rawSAN writes a subjectAltName of any otherNames.
func rawSAN(tag cbasn1.Tag, entries ...[2]string) []byte {
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		for _, e := range entries {
			b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
				var n int
				fmt.Sscan(e[0], &n)
				b.AddASN1ObjectIdentifier(asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 5, n})
				b.AddASN1(cbasn1.Tag(0).ContextSpecific().Constructed(), func(b *cryptobyte.Builder) {
					b.AddASN1(tag, func(b *cryptobyte.Builder) { b.AddBytes([]byte(e[1])) })
				})
			})
		}
	})
	return b.BytesOrPanic()
}

func sanCertificate(value []byte) *x509.Certificate {
	return &x509.Certificate{Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: value}}}
}

func TestParsePersonal_AcceptsOneSpelling(t *testing.T) {
	good := [][2]string{{"1", "甲　乙"}, {"4", "319800217"}, {"3", "1"}, {"5", "東京都"}, {"2", "000"}, {"6", "010"}}
	if _, err := jpki.ParsePersonal(sanCertificate(rawSAN(cbasn1.UTF8String, good...))); err != nil {
		t.Fatal(err)
	}
	with := func(i int, v string) [][2]string {
		out := append([][2]string{}, good...)
		out[i] = [2]string{out[i][0], v}
		return out
	}
	for name, entries := range map[string][][2]string{
		"empty": {}, "five": good[:5], "seven": append(append([][2]string{}, good...), good[5]),
		"order":      {good[1], good[0], good[2], good[3], good[4], good[5]},
		"name empty": with(0, ""), "name broken": with(0, "甲\xff乙"), "name half-width": with(0, "A B"), "name space": with(0, "甲乙　"),
		"date short": with(1, "31980021"), "date era": with(1, "419800217"), "date day": with(1, "319800230"), "date letters": with(1, "3198002１7"), "date zero": with(1, "000000001"),
		"sex 9": with(2, "9"), "sex 0": with(2, "0"), "sex long": with(2, "11"),
		"address long": with(3, strings.Repeat("東", 201)), "map short": with(4, "00"), "map octets": with(4, "000000000"), "map letters": with(4, "002"),
	} {
		if _, err := jpki.ParsePersonal(sanCertificate(rawSAN(cbasn1.UTF8String, entries...))); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, der := range map[string][]byte{
		"other string type": rawSAN(cbasn1.PrintableString, good...),
		"octets behind":     append(rawSAN(cbasn1.UTF8String, good...), 0),
		"nothing":           {}, "junk": {0x30, 0x80},
	} {
		if _, err := jpki.ParsePersonal(sanCertificate(der)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPersonal_NeverPrintsItself(t *testing.T) {
	p := jpki.PersonalOf(testpki.Attributes)
	for _, s := range []string{fmt.Sprint(p), fmt.Sprintf("%v %+v %#v %s", p, p, p, &p)} {
		if strings.Contains(s, "花子") {
			t.Errorf("printed %s", s)
		}
	}
}

func FuzzParsePersonal(f *testing.F) {
	c := extensionOf(f, jpki.PersonalOf(testpki.Attributes))
	f.Add(c.Extensions[1].Value)
	f.Add(rawSAN(cbasn1.UTF8String, [2]string{"1", "甲"}))
	f.Fuzz(func(t *testing.T, der []byte) {
		p, err := jpki.ParsePersonal(sanCertificate(der))
		if err != nil {
			return
		}
		// What is read must be what is written for it, octet for octet.
		if got := extensionOf(t, p).Extensions[1].Value; string(got) != string(der) {
			t.Fatalf("two spellings of one value: %x and %x", der, got)
		}
	})
}
