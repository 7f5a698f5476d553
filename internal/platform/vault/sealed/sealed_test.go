package sealed

import (
	"bytes"
	"crypto/hpke"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

var (
	root    = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	issuing = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	start   = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
	key     = sync.OnceValue(func() Key { return must(NewKey(bytes.Repeat([]byte{1}, SeedLen))) })
)

const site = "https://login.example"

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// card is what a card holds.
type card struct{ record, proof, issuer []byte }

var sample = sync.OnceValue(func() card { return cardOf(root()) })

func cardOf(root *rsa.PrivateKey) card {
	cvc := must(iso7816.CreateCVC(must(iso7816.NewKeyID(6900033, 0)), must(iso7816.NewKeyID(1322121, 0)), &issuing().PublicKey, root))
	record := must(files.Attributes(mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
		BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female}))
	number := files.Number(must(mynumber.ParseIndividualNumber("123456789018")))
	return card{record, must(files.TextSignature(number, record, files.Issuer{Key: issuing(), CVC: cvc})), cvc}
}

func announcement() Announcement {
	return must(Announce(root(), site, key().Public(), start.Add(time.Hour)))
}

func target() Target {
	return Target{Announcement: announcement(), Site: site, Challenge: "chl_1", Now: start}
}

// Shows: P-54. What was sealed opens with the room's key alone and shows nothing
// before; the same proof never looks the same twice.
func TestP54_SealAndOpen(t *testing.T) {
	c := sample()
	b, err := target().Seal(c.record, c.proof, c.issuer)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := AddressedTo(b); id != key().ID() || err != nil {
		t.Errorf("%q %v", id, err)
	}
	got, err := key().Open(b)
	digest := sha256.Sum256(c.record)
	if err != nil || got.Site != site || got.Challenge != "chl_1" || !bytes.Equal(got.Record, digest[:]) || !bytes.Equal(got.Proof, c.proof) || !bytes.Equal(got.Issuer, c.issuer) {
		t.Errorf("%v", err)
	}
	if again := must(target().Seal(c.record, c.proof, c.issuer)); bytes.Equal(again, b) || len(again) != len(b) || len(b) > MaxEnvelope {
		t.Errorf("%d octets", len(b))
	}
	if _, err := must(NewKey(bytes.Repeat([]byte{2}, SeedLen))).Open(b); !errors.Is(err, ErrEnvelope) {
		t.Errorf("another key: %v", err)
	}
}

// Shows: P-54. Neither content nor key shows itself to whoever prints it.
func TestP54_NothingPrints(t *testing.T) {
	c := must(key().Open(must(target().Seal(sample().record, sample().proof, sample().issuer))))
	hash := sha256.Sum256(files.Number(must(mynumber.ParseIndividualNumber("123456789018"))))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, v := range []any{c, &c, key(), struct{ C Content }{c}} {
			said := fmt.Sprintf(verb, v)
			if strings.Contains(said, fmt.Sprintf("%x", hash[:4])) || strings.Contains(said, fmt.Sprintf("%d", hash[:4])[1:8]) || len(said) > 60 {
				t.Errorf("%s: %s", verb, said)
			}
		}
	}
}

// Shows: P-42. The key of another system, for another site, out of date or changed is
// not sealed to.
func TestP42_ForeignKeysAreRefused(t *testing.T) {
	c := sample()
	foreign := must(rsa.GenerateKey(rand.Reader, 2048))
	for name, v := range map[string]struct {
		want   error
		change func(*Target)
	}{
		"good":               {nil, func(*Target) {}},
		"part of the site":   {nil, func(t *Target) { t.Site, t.Now = "", time.Time{} }},
		"the last second":    {nil, func(t *Target) { t.Now = start.Add(time.Hour) }},
		"too late":           {ErrLate, func(t *Target) { t.Now = start.Add(time.Hour + 1) }},
		"another site":       {ErrSite, func(t *Target) { t.Site = "https://login.example.evil" }},
		"without TLS":        {ErrSite, func(t *Target) { t.Site = "http://login.example" }},
		"another port":       {ErrSite, func(t *Target) { t.Site = "https://login.example:444" }},
		"own machine":        {ErrSite, func(t *Target) { t.Site = "https://127.0.0.1" }},
		"foreign root":       {ErrForeign, func(t *Target) { t.Announcement = must(Announce(foreign, site, key().Public(), start.Add(time.Hour))) }},
		"key exchanged":      {ErrAnnouncement, func(t *Target) { t.Announcement.Key = must(NewKey(bytes.Repeat([]byte{3}, SeedLen))).Public() }},
		"key cut":            {ErrAnnouncement, func(t *Target) { t.Announcement.Key = t.Announcement.Key[1:] }},
		"site exchanged":     {ErrAnnouncement, func(t *Target) { t.Announcement.Site = "https://evil.example" }},
		"site with a path":   {ErrAnnouncement, func(t *Target) { t.Announcement.Site += "/x" }},
		"date exchanged":     {ErrAnnouncement, func(t *Target) { t.Announcement.NotAfter = start.Add(2 * time.Hour) }},
		"half a second":      {ErrAnnouncement, func(t *Target) { t.Announcement.NotAfter = t.Announcement.NotAfter.Add(500 * time.Millisecond) }},
		"root exchanged":     {ErrAnnouncement, func(t *Target) { t.Announcement.Root = must(Announce(foreign, site, key().Public(), start)).Root }},
		"no root":            {ErrAnnouncement, func(t *Target) { t.Announcement.Root = nil }},
		"signature cut":      {ErrAnnouncement, func(t *Target) { t.Announcement.Signature = t.Announcement.Signature[:255] }},
		"version of another": {ErrAnnouncement, func(t *Target) { t.Announcement.Version = 2 }},
	} {
		to := target()
		v.change(&to)
		if err := to.Check(c.issuer); !errors.Is(err, v.want) {
			t.Errorf("%s: %v", name, err)
		}
		b, err := to.Seal(c.record, c.proof, c.issuer)
		if !errors.Is(err, v.want) || (err == nil) != (b != nil) {
			t.Errorf("%s: sealed %d octets, %v", name, len(b), err)
		}
	}
	// A card of another system has nothing for this one.
	other := cardOf(foreign)
	if _, err := target().Seal(other.record, other.proof, other.issuer); !errors.Is(err, ErrForeign) {
		t.Error(err)
	}
	changed := bytes.Clone(c.record)
	changed[len(changed)-1] ^= 3
	if _, err := target().Seal(changed, c.proof, c.issuer); err == nil {
		t.Error("a record without its proof was sealed")
	}
}

// On the own machine a site has several names.
func TestSitesOfTheOwnMachine(t *testing.T) {
	for _, v := range []struct {
		a, b string
		same bool
	}{
		{"http://localhost:8080", "http://127.0.0.1:8080", true}, {"http://[::1]:8080", "http://LOCALHOST:8080", true},
		{"http://localhost:8080", "http://127.0.0.1:8081", false}, {"https://localhost:8080", "http://localhost:8080", false},
		{"http://localhost:8080", "http://localhost.evil:8080", false}, {"https://a.example", "https://a.example", true},
		{"https://a.example", "https://a.example:443", false},
	} {
		if sameSite(v.a, v.b) != v.same || sameSite(v.b, v.a) != v.same {
			t.Errorf("%s and %s", v.a, v.b)
		}
	}
}

// box seals any plain text, as a program other than this one might.
func box(plain string) []byte {
	public := must(kem.NewPublicKey(key().Public()))
	return must(json.Marshal(envelope{Version, key().ID(), must(hpke.Seal(public, kdf, aead, info, []byte(plain)))}))
}

func plain(c Content) string { return string(must(json.Marshal(c))) }

// Whatever is not the envelope in its one spelling is refused, outside and inside.
func TestOpen_OneSpelling(t *testing.T) {
	c := sample()
	b := must(target().Seal(c.record, c.proof, c.issuer))
	outer := string(b)
	digest := sha256.Sum256(c.record)
	good := Content{Version, site, "chl_1", digest[:], c.proof, c.issuer}
	inner := plain(good)
	with := func(f func(*Content)) []byte {
		x := good
		f(&x)
		return box(plain(x))
	}
	if _, err := key().Open(box(inner)); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string][]byte{
		"empty": {}, "no object": []byte("[]"), "truncated": b[:len(b)-1], "half": b[:len(b)/2], "followed": append(bytes.Clone(b), ' '),
		"oversized":         append(bytes.Clone(b), bytes.Repeat([]byte{' '}, MaxEnvelope)...),
		"box too long":      must(json.Marshal(envelope{Version, key().ID(), make([]byte, MaxEnvelope)})),
		"box too short":     must(json.Marshal(envelope{Version, key().ID(), make([]byte, 10)})),
		"no box":            []byte(`{"version":1,"key":"` + key().ID() + `","box":null}`),
		"unknown field":     []byte(strings.Replace(outer, `{"version":1`, `{"pin":"1","version":1`, 1)),
		"version 2":         []byte(strings.Replace(outer, `"version":1`, `"version":2`, 1)),
		"field twice":       []byte(strings.Replace(outer, `{"version":1`, `{"version":1,"version":1`, 1)),
		"other order":       []byte(strings.Replace(outer, `"version":1,"key":"`+key().ID()+`"`, `"key":"`+key().ID()+`","version":1`, 1)),
		"capital":           []byte(strings.Replace(outer, `"key"`, `"Key"`, 1)),
		"another key's id":  []byte(strings.Replace(outer, key().ID(), "0123456789abcdef", 1)),
		"inner unknown":     box(strings.Replace(inner, `{"version":1`, `{"x":1,"version":1`, 1)),
		"inner version":     with(func(c *Content) { c.Version = 2 }),
		"inner followed":    box(inner + " "),
		"inner twice":       box(strings.Replace(inner, `{"version":1`, `{"version":1,"version":1`, 1)),
		"no challenge":      with(func(c *Content) { c.Challenge = "" }),
		"long challenge":    with(func(c *Content) { c.Challenge = strings.Repeat("x", 101) }),
		"no site":           with(func(c *Content) { c.Site = "" }),
		"short record hash": with(func(c *Content) { c.Record = c.Record[:31] }),
		"no proof":          with(func(c *Content) { c.Proof = nil }),
		"long proof":        with(func(c *Content) { c.Proof = make([]byte, maxFile+1) }),
		"no issuer":         with(func(c *Content) { c.Issuer = nil }),
		"nothing inside":    box(""),
	} {
		if c, err := key().Open(v); !errors.Is(err, ErrEnvelope) || c.Proof != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Each octet of the box counts.
	var e envelope
	if err := strict(b, &e); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		changed := envelope{Version, e.Key, bytes.Clone(e.Box)}
		changed.Box[rapid.IntRange(0, len(e.Box)-1).Draw(rt, "octet")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "change"))
		if _, err := key().Open(must(json.Marshal(changed))); !errors.Is(err, ErrEnvelope) {
			rt.Fatal(err)
		}
	})
}

// Whatever comes as an envelope is refused, or is one in its one spelling.
func FuzzOpen(f *testing.F) {
	c := sample()
	b := must(target().Seal(c.record, c.proof, c.issuer))
	for _, s := range [][]byte{b, b[:len(b)-2], []byte(`{"version":1,"key":"0123456789abcdef","box":"AAAA"}`), []byte(`{}`), {}, []byte(`[1]`), box(`{"version":1}`)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := AddressedTo(b); err != nil && !errors.Is(err, ErrEnvelope) {
			t.Error(err)
		}
		if c, err := key().Open(b); err == nil && !c.fits() || err != nil && !errors.Is(err, ErrEnvelope) {
			t.Error(err)
		}
	})
}

// Whatever stands in the box is refused, or is a content in its one spelling.
func FuzzContent(f *testing.F) {
	c := sample()
	digest := sha256.Sum256(c.record)
	for _, s := range []string{plain(Content{Version, site, "chl_1", digest[:], c.proof, c.issuer}), `{}`, ``, `{"version":1,"site":"https://a"}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var got Content
		if err := strict([]byte(s), &got); err == nil && got.fits() && plain(got) != s {
			t.Errorf("%q", s)
		}
	})
}

func BenchmarkSealAndOpen(b *testing.B) {
	c, to := sample(), target()
	sealed := must(to.Seal(c.record, c.proof, c.issuer))
	b.Run("seal", func(b *testing.B) {
		for b.Loop() {
			must(to.Seal(c.record, c.proof, c.issuer))
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			must(key().Open(sealed))
		}
	})
}
