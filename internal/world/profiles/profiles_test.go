package profiles_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/internal/agency/production/cardface"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/world/profiles"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

var now = time.Date(2026, time.November, 24, 1, 0, 0, 0, time.UTC)

var today = mynumber.DateOf(now)

// stock is a key source that makes few keys and hands them out again and again.
type stock struct {
	mu   sync.Mutex
	keys []*rsa.PrivateKey
	next int
}

func (s *stock) RSA2048() (*rsa.PrivateKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.keys) < 12 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, k)
	}
	s.next++
	return s.keys[(s.next-1)%len(s.keys)], nil
}

// keys of cards and of authorities are different stocks: no authority certifies
// its own key.
var keys, authorityKeys = &stock{}, &stock{}

func draw(f profiles.Face) (profiles.Images, error) {
	i, err := cardface.ChipImages(cardface.Face{Name: f.Name, Alias: f.Alias, Address: f.Address, BirthDate: f.BirthDate, Residence: f.Residence,
		Sex: f.Sex, Expiry: f.Expiry, SecurityCode: f.SecurityCode, Photo: f.Photo, Number: f.Number})
	return profiles.Images(i), err
}

func newMaker(seed string) *profiles.Maker {
	return profiles.NewMaker(profiles.Options{Clock: clock.NewManual(now), Entropy: entropy.Seeded(seed), Keys: keys, AuthorityKeys: authorityKeys, Draw: draw})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestProfiles_EachIsWhatItSays reads every profile as its holder would: the
// PINs of its description open what they should, records verify up to the
// maker's roots and certificates up to its authorities.
func TestProfiles_EachIsWhatItSays(t *testing.T) {
	all := profiles.All()
	if len(all) < 16 {
		t.Fatalf("%d profiles", len(all))
	}
	for _, p := range all {
		t.Run(p.Name, func(t *testing.T) {
			m := newMaker(p.Name)
			card, err := m.Make(p.Name)
			must(t, err)
			trust, err := m.Trust()
			must(t, err)
			if card.Description.Undelivered {
				inert(t, card)
				return
			}
			master(t, card, trust)
			records(t, card, trust)
			certificates(t, card, trust)
			tries(t, card)
		})
	}
}

// inert: P-15, nothing is given to a stranger before delivery.
func inert(t *testing.T, card *profiles.Card) {
	j, err := reader.New(reader.Virtual(card)).JPKI()
	if err == nil {
		_, err = j.Certificate(reader.AuthenticationKey)
	}
	if !errors.Is(err, reader.ErrInert) {
		t.Errorf("an undelivered card answered: %v", err)
	}
}

func records(t *testing.T, card *profiles.Card, trust profiles.Trust) {
	d := card.Description
	c := reader.New(reader.Virtual(card))
	common, err := c.Common()
	must(t, err)
	data, err := common.Data()
	must(t, err)
	if want := (files.CommonData{Serial: card.Serial, Municipality: string(d.Municipality), Expiry: d.ExpiresOn}); data != want {
		t.Errorf("common data %v, want %v", data, want)
	}
	text, err := c.Text()
	must(t, err)
	b, err := card.VerificationB()
	must(t, err)
	must(t, text.VerifyB(b))
	got, err := text.Attributes(trust.TextRoot)
	must(t, err)
	want := mynumber.Attributes{Name: d.Name, Address: d.Address, BirthDate: d.BirthDate, Sex: mynumber.Sex(d.Sex)}
	if d.MovedTo != "" {
		want.Address = d.MovedTo
	}
	if got != want {
		t.Error("attributes differ from the description")
	}
	face, err := c.Face()
	must(t, err)
	must(t, face.VerifyA(card.VerificationA()))
	picture, err := face.Card(trust.FaceRoot)
	must(t, err)
	if (len(picture.Photo) == 0) != d.NoPhoto || picture.Expiry != d.ExpiresOn {
		t.Errorf("photo of %d bytes, expiry %s", len(picture.Photo), picture.Expiry)
	}
	jp, err := c.JPKI()
	must(t, err)
	if label, err := jp.Token(); err != nil || label != d.Token {
		t.Errorf("token label %q, %v", label, err)
	}
	wantATR := chip.ContactATR()
	if d.Interface == profiles.Contactless {
		wantATR = chip.ATR()
	}
	if !bytes.Equal(card.ATR(), wantATR) || !bytes.Equal(card.Reset(), wantATR) {
		t.Errorf("ATR %X", card.ATR())
	}
	// The other PINs, where they are not blocked on purpose.
	if d.TriesLeft.Register == nil && d.PINs.Register != "" {
		register, err := c.Register()
		must(t, err)
		must(t, register.VerifyPIN(mynumber.NewSecret(d.PINs.Register)))
	}
	if d.TriesLeft.Text == nil && d.PINs.Text != "" {
		text, err := c.Text()
		must(t, err)
		must(t, text.VerifyPIN(mynumber.NewSecret(d.PINs.Text)))
		n, err := text.Number(trust.TextRoot)
		must(t, err)
		if n.Reveal() != card.Number.Reveal() {
			t.Error("another number")
		}
	}
}

// verdicts are what a relying party finds today, by profile and kind; good
// where nothing is listed.
var verdicts = map[string]map[reader.KeyKind]error{
	"expired": {reader.SignatureKey: &jpki.VerifyError{Cause: jpki.Expired}, reader.AuthenticationKey: &jpki.VerifyError{Cause: jpki.Expired}},
	"expired-certificates": {reader.SignatureKey: &jpki.VerifyError{Cause: jpki.Expired},
		reader.AuthenticationKey: &jpki.VerifyError{Cause: jpki.Expired}},
	"moved": {reader.SignatureKey: &jpki.StatusError{Status: jpki.Revoked}},
}

func certificates(t *testing.T, card *profiles.Card, trust profiles.Trust) {
	d := card.Description
	var authorities []*x509.Certificate
	for _, a := range trust.Authorities {
		authorities = append(authorities, a.Certificate)
	}
	pool, err := jpki.NewPool(jpki.DefaultSettings(), authorities...)
	must(t, err)
	name := t.Name()[strings.LastIndex(t.Name(), "/")+1:]
	j, err := reader.New(reader.Virtual(card)).JPKI()
	must(t, err)
	presence, err := j.Presence()
	must(t, err)
	for kind, pin := range map[reader.KeyKind]string{reader.SignatureKey: d.PINs.Signature, reader.AuthenticationKey: d.PINs.Authentication} {
		cert := card.Certificates[kind]
		has := map[reader.KeyKind]bool{reader.SignatureKey: presence.Signature, reader.AuthenticationKey: presence.Authentication}[kind]
		if has != (cert != nil) {
			t.Errorf("%s certificate present %t", kind, has)
		}
		if cert == nil {
			continue
		}
		k := map[reader.KeyKind]jpki.Kind{reader.SignatureKey: jpki.Signature, reader.AuthenticationKey: jpki.Authentication}[kind]
		if verdict(pool, cert.Raw, k, trust) != nil || verdicts[name][kind] != nil {
			if got := verdict(pool, cert.Raw, k, trust); !errors.Is(got, verdicts[name][kind]) {
				t.Errorf("%s certificate: %v, want %v", kind, got, verdicts[name][kind])
			}
		}
		left := map[reader.KeyKind]*int{reader.SignatureKey: d.TriesLeft.Signature, reader.AuthenticationKey: d.TriesLeft.Authentication}[kind]
		if pin == "" || left != nil {
			continue
		}
		must(t, j.Verify(kind, mynumber.NewSecret(pin)))
		der, err := j.Certificate(kind)
		must(t, err)
		if !bytes.Equal(der, cert.Raw) {
			t.Errorf("%s certificate on the card is another", kind)
		}
		algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
		must(t, err)
		if want := map[bool]jpki.Algorithm{true: jpki.ECDSAP384SHA384}[name == "next-generation"]; algorithm != want {
			t.Errorf("%s key is for %s", kind, algorithm)
		}
		if _, err := j.Signer(kind, cert.PublicKey).Sign(nil, algorithm.Digest(nil), algorithm.Hash()); err != nil {
			t.Errorf("signing with the %s key: %v", kind, err)
		}
	}
}

func verdict(pool *jpki.Pool, der []byte, k jpki.Kind, trust profiles.Trust) error {
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		return err
	}
	chain, err := pool.Verify(cert, k, now)
	if err != nil {
		return err
	}
	for _, a := range trust.Authorities {
		if a.Certificate.Equal(chain.Authority) {
			list, err := jpki.ParseCRL(a.List)
			if err != nil {
				return err
			}
			return list.Check(cert, a.Certificate, now)
		}
	}
	return errors.New("no list")
}

func tries(t *testing.T, card *profiles.Card) {
	d := card.Description
	j, err := reader.New(reader.Virtual(card)).JPKI()
	must(t, err)
	for kind, want := range map[reader.KeyKind]*int{reader.SignatureKey: d.TriesLeft.Signature, reader.AuthenticationKey: d.TriesLeft.Authentication} {
		if want == nil {
			continue
		}
		if got, err := j.TriesLeft(kind); err != nil || got != *want {
			t.Errorf("%s: %d tries left (%v), want %d", kind, got, err, *want)
		}
	}
}

type pinRef struct {
	app layout.Application
	ref layout.Reference
}

// TestP46_PinlessProfileHasNoPIN: nobody knows a PIN of a PIN-less card (P-46).
func TestP46_PinlessProfileHasNoPIN(t *testing.T) {
	card, err := newMaker("p").Make("pinless")
	must(t, err)
	for _, r := range []pinRef{{layout.JPKI, layout.JPKIAuthenticationPIN}, {layout.Text, layout.TextPIN}, {layout.Register, layout.RegisterPIN}} {
		card.Transmit(append([]byte{0, 0xA4, 4, 0x0C, 10}, r.app.AID()...))
		card.Transmit([]byte{0, 0xA4, 2, 0x0C, 2, 0, byte(r.ref)})
		if got := hex.EncodeToString(card.Transmit([]byte{0, 0x20, 0, 0x80})); got == "63c3" {
			t.Errorf("%s %02X has a PIN: %s", r.app, r.ref, got)
		}
	}
}

// TestDescription_WrittenIsRead: a profile written out is a card file that
// gives the same card.
func TestDescription_WrittenIsRead(t *testing.T) {
	for _, p := range profiles.All() {
		d, err := p.Describe(today)
		must(t, err)
		b, err := d.JSON()
		must(t, err)
		again, err := profiles.Parse(b, today)
		if err != nil {
			t.Errorf("%s: %v\n%s", p.Name, err, b)
			continue
		}
		if diff := cmp.Diff(fields(d), fields(again)); diff != "" {
			t.Errorf("%s: %s", p.Name, diff)
		}
	}
}

// fields hides String from cmp and shows every field.
func fields(d profiles.Description) string {
	b, err := d.JSON()
	if err != nil {
		return err.Error()
	}
	return string(b)
}

const small = `{"name":"試験　太郎","address":"東京都千代田区試験町１番","birth_date":"1980-02-29","sex":"male","certificates":["authentication"]}`

// TestDescription_Refusals: each hostile or mistaken file is refused by the
// number and field it deserves, and no value is repeated.
func TestDescription_Refusals(t *testing.T) {
	change := func(from, to string) string {
		if !strings.Contains(small, from) {
			t.Fatalf("%q is not in the sample", from)
		}
		return strings.Replace(small, from, to, 1)
	}
	add := func(s string) string { return change(`"sex"`, s+`,"sex"`) }
	for _, c := range []struct {
		name, in string
		kind     *fault.Kind
		field    string
	}{
		{"empty", "", profiles.BadDescription, "JSON"},
		{"list", "[]", profiles.BadDescription, "JSON"},
		{"null", "null", profiles.BadDescription, "JSON"},
		{"behind", small + "{}", profiles.BadDescription, "JSON"},
		{"cut", small[:len(small)-1], profiles.BadDescription, "JSON"},
		{"too large", small + strings.Repeat(" ", profiles.MaxDescription), profiles.BadDescription, "size"},
		{"not UTF-8", change("太郎", "\xff"), profiles.BadDescription, "UTF-8"},
		{"unknown field", add(`"nickname":"x"`), profiles.BadDescription, `"nickname"`},
		{"other case", change(`"name"`, `"Name"`), profiles.BadDescription, `"Name"`},
		{"twice", add(`"name":"x"`), profiles.BadDescription, "name"},
		{"null value", change(`"male"`, `null`), profiles.BadDescription, "sex"},
		{"nested unknown", add(`"pins":{"puk":"1"}`), profiles.BadDescription, `pins."puk"`},
		{"object for text", change(`"male"`, `{}`), profiles.BadDescription, "sex"},
		{"deep", add(`"pins":` + strings.Repeat("[", 100)), profiles.BadDescription, "pins"},
		{"number for text", change(`"male"`, `1`), profiles.BadDescription, "sex"},
		{"sex", change("male", "m"), profiles.BadDescription, "sex"},
		{"no name", change("試験　太郎", ""), profiles.BadDescription, "name"},
		{"name with control", change("試験　太郎", `試験\u0007`), profiles.BadDescription, "name"},
		{"name with blank", change("試験　太郎", ` 試験`), profiles.BadDescription, "name"},
		{"long name", change("試験　太郎", strings.Repeat("山", 101)), profiles.BadDescription, "name"},
		{"long address", change("試験町", strings.Repeat("町", 300)), profiles.BadDescription, "address"},
		{"no date", change("1980-02-29", "1981-02-29"), profiles.BadDescription, "YYYY-MM-DD"},
		{"date's form", change("1980-02-29", "1980/02/29"), profiles.BadDescription, "YYYY-MM-DD"},
		{"hiragana", add(`"kana":"しけん"`), profiles.BadDescription, "kana"},
		{"residence", add(`"residence":"tourist"`), profiles.BadDescription, "residence"},
		{"municipality", add(`"municipality":"99999"`), profiles.BadDescription, "municipality"},
		{"ward", add(`"municipality":"14101"`), profiles.BadDescription, "municipality"},
		{"certificate", change("[\"auth", "[\"x\",\"auth"), profiles.BadDescription, "certificates"},
		{"certificate twice", change("[\"auth", "[\"authentication\",\"auth"), profiles.BadDescription, "certificates"},
		{"PIN", add(`"pins":{"text":"12345"}`), profiles.BadDescription, "pins.text"},
		{"PIN of letters", add(`"pins":{"authentication":"12a4"}`), profiles.BadDescription, "pins.authentication"},
		{"password", add(`"pins":{"signature":"abc123"}`), profiles.BadDescription, "pins.signature"},
		{"tries", add(`"tries_left":{"text":3}`), profiles.BadDescription, "tries_left.text"},
		{"negative tries", add(`"tries_left":{"text":-1}`), profiles.BadDescription, "tries_left.text"},
		{"token", add(`"token":"JPKI"`), profiles.BadDescription, "token"},
		{"interface", add(`"interface":"wire"`), profiles.BadDescription, "interface"},
		{"in the future", add(`"issued_on":"2026-11-25"`), profiles.AgainstRules, "issued_on"},
		{"before cards", add(`"issued_on":"2015-12-31"`), profiles.AgainstRules, "issued_on"},
		{"born later", change("1980-02-29", "2026-12-01"), profiles.AgainstRules, "birth_date"},
		{"signature under 15", strings.Replace(change("1980", "2016"), `["auth`, `["signature","auth`, 1), profiles.AgainstRules, "certificates"},
		{"stay without end", add(`"residence":"mid_to_long"`), profiles.AgainstRules, "stay_until"},
		{"stay over", add(`"residence":"mid_to_long","stay_until":"2020-01-01"`), profiles.AgainstRules, "stay_until"},
		{"expires before issue", add(`"expires_on":"2026-11-23"`), profiles.AgainstRules, "expires_on"},
		{"expires too late", add(`"expires_on":"2099-01-01"`), profiles.AgainstRules, "expires_on"},
		{"PIN-less with PIN", add(`"pinless":true,"pins":{"text":"1234"}`), profiles.AgainstRules, "pins"},
		{"PIN-less in 2020", add(`"pinless":true,"issued_on":"2020-01-01"`), profiles.AgainstRules, "pinless"},
		{"password without certificate", add(`"pins":{"signature":"ABC123"}`), profiles.AgainstRules, "pins.signature"},
		{"tries of no PIN", add(`"tries_left":{"signature":1}`), profiles.AgainstRules, "tries_left"},
		{"undelivered and moved", add(`"undelivered":true,"moved_to":"東京都千代田区１"`), profiles.AgainstRules, "moved_to"},
	} {
		_, err := profiles.Parse([]byte(c.in), today)
		if !c.kind.Is(err) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("%s: %v, want %s about %s", c.name, err, c.kind.Code(), c.field)
		}
		if err != nil && (strings.Contains(err.Error(), "太郎") || strings.Contains(err.Error(), "12a4") || strings.Contains(err.Error(), "abc123")) {
			t.Errorf("%s: the refusal repeats a value", c.name)
		}
	}
	d, err := profiles.Parse([]byte(small), today)
	must(t, err)
	if d.PINs.Authentication != profiles.DefaultAuthentication || d.PINs.Signature != "" || d.ExpiresOn != (mynumber.Date{Year: 2036, Month: 2, Day: 29}) {
		t.Errorf("defaults: %+v expires %s", d.PINs, d.ExpiresOn)
	}
}

// TestDescription_Property: whatever Parse takes can be made, written and read
// again.
func TestDescription_Property(t *testing.T) {
	m := newMaker("property")
	rapid.Check(t, func(t *rapid.T) {
		d := profiles.Description{Name: rapid.SampledFrom([]string{"試験　花子", "O'NEILL\u3000JOHN", "髙　𠮷"}).Draw(t, "name"), Address: "東京都清瀬市試験１",
			BirthDate: mynumber.Date{Year: rapid.IntRange(1910, 2026).Draw(t, "year"), Month: time.Month(rapid.IntRange(1, 12).Draw(t, "month")), Day: rapid.IntRange(1, 31).Draw(t, "day")},
			Sex:       profiles.Sex(rapid.SampledFrom([]mynumber.Sex{mynumber.Male, mynumber.Female, mynumber.SexUnknown}).Draw(t, "sex")),
			IssuedOn:  today.AddDays(-rapid.IntRange(0, 3900).Draw(t, "days")), Pinless: rapid.Bool().Draw(t, "pinless"),
			Undelivered: rapid.IntRange(0, 9).Draw(t, "undelivered") == 0, NoPhoto: true, Municipality: "13221",
			Certificates: rapid.SampledFrom([][]string{nil, {"signature"}, {"authentication"}, {"authentication", "signature"}}).Draw(t, "certificates")}
		d, err := d.Complete(today)
		if err != nil {
			if !profiles.BadDescription.Is(err) && !profiles.AgainstRules.Is(err) {
				t.Fatal(err)
			}
			return
		}
		card, err := m.MakeCard(d, chip.NewRAM())
		if err != nil {
			t.Fatal(err)
		}
		if len(card.Certificates) != len(d.Certificates) {
			t.Fatalf("%d certificates", len(card.Certificates))
		}
		again, err := profiles.Parse([]byte(fields(d)), today)
		if err != nil || fields(again) != fields(d) {
			t.Fatal("written and read is another", err)
		}
	})
}

// TestProfiles_OnAnyDay: the catalogue keeps its meaning as years pass, over a
// change of generation and a leap day.
func TestProfiles_OnAnyDay(t *testing.T) {
	for _, day := range []mynumber.Date{{Year: 2024, Month: 2, Day: 29}, {Year: 2026, Month: 5, Day: 17}, {Year: 2027, Month: 10, Day: 19},
		{Year: 2027, Month: 10, Day: 20}, {Year: 2028, Month: 11, Day: 17}, {Year: 2031, Month: 12, Day: 31}} {
		for _, p := range profiles.All() {
			d, err := p.Describe(day)
			if err != nil {
				t.Errorf("%s on %s: %v", p.Name, day, err)
				continue
			}
			if expired := d.ExpiresOn.Before(day); expired != (p.Name == "expired") {
				t.Errorf("%s on %s expires on %s", p.Name, day, d.ExpiresOn)
			}
			g, _ := mynumber.CAGenerationFor(d.IssuedOn)
			if now, _ := mynumber.CAGenerationFor(day); p.Name == "old-generation" && g.Number != now.Number-1 {
				t.Errorf("old-generation on %s is of generation %d", day, g.Number)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	for _, p := range profiles.All() {
		d, err := p.Describe(today)
		if err != nil {
			f.Fatal(err)
		}
		b, err := d.JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := profiles.Parse(b, today)
		if err != nil {
			return
		}
		again, err := profiles.Parse([]byte(fields(d)), today)
		if err != nil || fields(again) != fields(d) {
			t.Fatalf("written and read is another: %v", err)
		}
	})
}

func BenchmarkMake(b *testing.B) {
	m := newMaker("bench")
	for b.Loop() {
		if _, err := m.Make("adult"); err != nil {
			b.Fatal(err)
		}
	}
}
