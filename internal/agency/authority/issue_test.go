package authority

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

func TestCRT03_CRT04_CRT32_IssueBothKinds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for i, kind := range []jpki.Kind{jpki.Authentication, jpki.Signature} {
			c := d.issue(kind, i)
			if c.State != Issued || c.Generation != 1 || c.KeyPath != BornOnChip || c.Previous != "" || len(c.Serial) != 2*serialLen {
				t.Fatalf("issued %+v", c)
			}
			if !c.NotAfter.Equal(expiry.EndOfDay()) || !c.NotBefore.Equal(start.Truncate(time.Second)) {
				t.Errorf("valid from %v to %v", c.NotBefore, c.NotAfter)
			}
			cert, err := jpki.ParseCertificate(c.DER)
			d.must(err)
			if _, err := d.trust().Verify(cert, kind, start.Add(time.Hour)); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if kind == jpki.Signature {
				p, err := jpki.ParsePersonal(cert)
				if err != nil || p.Name != "清瀬\u3000花子" {
					t.Errorf("personal data: %v", err)
				}
			}
			if got := d.get(c); got.State != Issued || !bytes.Equal(got.DER, c.DER) {
				t.Errorf("record %+v", got)
			}
			other := jpki.Signature + jpki.Authentication - kind
			_, err = d.Certificate(ctx, other, c.Serial)
			wants(t, err, NoCertificate) // the two series are apart (CRT-11)
		}
		// Recorded before signed: the digest of what was linted stands in the
		// journal before the certificate does.
		var acts []string
		for _, e := range d.entries() {
			acts = append(acts, strings.TrimPrefix(e.Act, "authority."))
		}
		want := "generation_begun certificate_prepared certificate_issued generation_begun certificate_prepared certificate_issued"
		if got := strings.Join(acts, " "); got != want {
			t.Errorf("journal %s", got)
		}
		d.sound()
	})
}

func TestP20_SameRequestSameCertificate_KADO4006(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		q := d.request(jpki.Authentication, 0)
		c, err := d.Issue(ctx, clerk, q)
		d.must(err)
		again, err := d.again().Issue(ctx, clerk, q)
		d.must(err)
		if again.Serial != c.Serial || !bytes.Equal(again.DER, c.DER) {
			t.Error("a repeated request gave another certificate")
		}
		d.must(d.Revoke(ctx, clerk, c.Kind, c.Serial, mynumber.CessationOfOperation))
		if again, err = d.Issue(ctx, clerk, q); err != nil || again.Serial != c.Serial || again.State != Revoked {
			t.Errorf("after the revocation: %v %v", again.State, err)
		}
		for name, change := range map[string]func(q *Request){
			"kind":         func(q *Request) { q.Kind = jpki.Signature },
			"key":          func(q *Request) { q.PublicKey = &rsaKey(1).PublicKey },
			"municipality": func(q *Request) { q.Municipality = "14100" },
			"expiry":       func(q *Request) { q.ExpiresOn = expiry.AddDays(-1) },
			"card":         func(q *Request) { q.Card = "other" },
			"person":       func(q *Request) { q.Person = "per_2" },
		} {
			other := q
			change(&other)
			if _, err := d.Issue(ctx, clerk, other); !RequestTaken.Is(err) {
				t.Errorf("another %s under the same id: %v", name, err)
			}
		}
	})
}

func TestIssue_RefusesMalformedRequests_KADO4007(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, change := range map[string]func(q *Request){
			"id":           func(q *Request) { q.ID = "" },
			"long id":      func(q *Request) { q.ID = strings.Repeat("x", 101) },
			"kind":         func(q *Request) { q.Kind = 0 },
			"person":       func(q *Request) { q.Person = "" },
			"municipality": func(q *Request) { q.Municipality = "1322" },
			"no such town": func(q *Request) { q.Municipality = "99999" },
			"no key":       func(q *Request) { q.PublicKey = nil },
			"two keys":     func(q *Request) { q.InjectedKey = "key_1" },
			"no end":       func(q *Request) { q.ExpiresOn = mynumber.Date{} },
			"ended":        func(q *Request) { q.ExpiresOn = mynumber.DateOf(start).AddDays(-1) },
			"7th birthday": func(q *Request) { q.ExpiresOn = mynumber.Date{Year: 2032, Month: 5, Day: 4} },
		} {
			q := d.request(jpki.Authentication, 0)
			change(&q)
			if _, err := d.Issue(context.Background(), clerk, q); !Malformed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := d.count(ActPrepared); n != 0 {
			t.Errorf("%d refused requests were recorded as prepared", n)
		}
	})
}

func TestR12_R13_R16_LastDayWithinBounds(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		try := func(kind jpki.Kind, i int, on mynumber.Date) error {
			q := d.request(kind, i)
			q.ExpiresOn = on
			_, err := d.Issue(ctx, clerk, q)
			return err
		}
		sixth := mynumber.Date{Year: 2031, Month: 5, Day: 4} // born 1991-05-04, issued 2026-04-01
		wants(t, try(jpki.Authentication, 0, sixth.AddDays(1)), Malformed)
		d.must(try(jpki.Authentication, 0, sixth.AddDays(-10)))
		// Never beyond the authentication certificate beside it …
		wants(t, try(jpki.Signature, 1, sixth.AddDays(-9)), Malformed)
		d.must(try(jpki.Signature, 1, sixth.AddDays(-10)))
		// … nor beyond the card.
		short := mynumber.Date{Year: 2027, Month: 1, Day: 1}
		d.cards.set(cardNo, func(c *cards.Card) { c.ExpiresOn = short })
		wants(t, try(jpki.Authentication, 2, short.AddDays(1)), Malformed)
		d.must(try(jpki.Authentication, 2, short))
		d.must(d.clock.Set(short.EndOfDay().Add(time.Second)))
		wants(t, try(jpki.Authentication, 3, short.AddDays(1)), NotPermitted)
		d.sound()
	})
}

func TestCRT07_CRT09_P29_NotEntitled_KADO4003(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		birth := func(y, m, day int) func() {
			return func() {
				d.register.set("per_1", func(p *registry.Person) {
					p.Attributes.BirthDate = mynumber.Date{Year: y, Month: time.Month(m), Day: day}
				})
			}
		}
		standing := func(s registry.Standing) func() {
			return func() { d.register.set("per_1", func(p *registry.Person) { p.Standing = s }) }
		}
		for _, c := range []struct {
			name       string
			set        func()
			sig, autho bool
		}{
			{"the day before the 15th birthday", birth(2011, 4, 2), false, true},
			{"on the 15th birthday", birth(2011, 4, 1), true, true},
			{"pinless", func() {
				birth(1991, 5, 4)()
				d.cards.set(cardNo, func(c *cards.Card) { c.Pinless = true })
			}, false, true},
			{"emigrated", func() {
				d.cards.set(cardNo, func(c *cards.Card) { c.Pinless = false })
				standing(registry.Emigrated)()
			}, false, false},
			{"dead", standing(registry.Dead), false, false},
			{"another person's card", func() {
				standing(registry.Resident)()
				d.cards.set(cardNo, func(c *cards.Card) { c.Person = "per_2" })
			}, false, false},
		} {
			c.set()
			for i, kind := range []jpki.Kind{jpki.Authentication, jpki.Signature} {
				q := d.request(kind, 2*d.n%caKeys)
				q.ExpiresOn = mynumber.Date{Year: 2026, Month: 12, Day: 31}
				q.PublicKey = &rsaKey(d.n % caKeys).PublicKey
				_, err := d.Issue(ctx, clerk, q)
				if want := [2]bool{c.autho, c.sig}[i]; want && err != nil || !want && !NotEntitled.Is(err) {
					t.Errorf("%s, %s: %v", c.name, kind, err)
				}
			}
		}
	})
}

func TestIssue_CardMustBeFit_KADO4002(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		fit := map[cards.State]bool{cards.Ordered: true, cards.Personalised: true, cards.Consigned: true, cards.Held: true, cards.InOperation: true}
		i := 0
		for _, s := range cards.Lives.States {
			d.cards.set(cardNo, func(c *cards.Card) { c.State = s.ID })
			_, err := d.Issue(ctx, clerk, d.request(jpki.Authentication, i))
			i++
			if fit[s.ID] && err != nil || !fit[s.ID] && !NotPermitted.Is(err) {
				t.Errorf("%s: %v", s.ID, err)
			}
		}
		q := d.request(jpki.Authentication, 10)
		q.Card = "none"
		if _, err := d.Issue(ctx, clerk, q); err == nil {
			t.Error("issued for no card")
		}
		q = d.request(jpki.Authentication, 10)
		q.Person = "per_none"
		if _, err := d.Issue(ctx, clerk, q); err == nil {
			t.Error("issued for nobody")
		}
	})
}

func TestIssue_KeyMustBeAcceptable_KADO4005(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		d.must(err)
		n := rsaKey(0).N
		for name, key := range map[string]any{
			"curve": &curve.PublicKey,
			"short": &rsa.PublicKey{N: new(big.Int).Rsh(n, 1024), E: 65537},
			"e = 3": &rsa.PublicKey{N: n, E: 3},
			"even":  &rsa.PublicKey{N: new(big.Int).Sub(n, big.NewInt(1)), E: 65537},
			"no N":  &rsa.PublicKey{E: 65537},
			"nil":   (*rsa.PublicKey)(nil),
		} {
			q := d.request(jpki.Authentication, 0)
			q.PublicKey = key
			if _, err := d.Issue(ctx, clerk, q); !KeyRefused.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.issue(jpki.Authentication, 0)
		_, err = d.Issue(ctx, clerk, d.request(jpki.Signature, 0)) // used in another certificate
		wants(t, err, KeyRefused)
	})
}

func TestIssue_LintRefuses_KADO4004(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.register.set("per_1", func(p *registry.Person) { p.Attributes.Address = strings.Repeat("東", 201) })
		_, err := d.Issue(context.Background(), clerk, d.request(jpki.Signature, 0))
		wants(t, err, LintFailed)
		if strings.Contains(err.Error(), "東") || strings.Contains(err.Error(), "花子") {
			t.Error("the refusal repeats personal data")
		}
		if d.count(ActPrepared) != 0 {
			t.Error("what failed its lint was recorded as about to be signed")
		}
	})
}

// Power is cut between the record and the signature (the signer fails).
func TestP20_CRT27_CutBeforeTheSignature(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		name := generationID{jpki.Signature, 1}.keyName()
		whole := d.keys.signers[name]
		cut := func(i int) (Request, Certificate) {
			t.Helper()
			d.keys.signers[name] = brokenSigner{whole}
			q := d.request(jpki.Signature, i)
			if _, err := d.Issue(ctx, clerk, q); err == nil {
				t.Fatal("signed without a signer")
			}
			d.keys.signers[name] = whole
			all, err := d.OfCard(ctx, cardNo)
			d.must(err)
			last := all[len(all)-1]
			if last.State != Prepared || last.DER != nil {
				t.Fatalf("left behind: %+v", last)
			}
			return q, last
		}
		// Nothing changed since: the very certificate that was recorded comes out.
		q, left := cut(0)
		c, err := d.again().Issue(ctx, clerk, q)
		d.must(err)
		if c.Serial != left.Serial || c.State != Issued {
			t.Errorf("resumed %s of %s", c.Serial, left.Serial)
		}
		// The register changed: the row is dropped and a new one made.
		q, left = cut(1)
		d.register.set("per_1", func(p *registry.Person) {
			p.Version++
			p.Attributes.Address = "東京都清瀬市中里６丁目１番地"
		})
		c, err = d.Issue(ctx, clerk, q)
		d.must(err)
		if c.Serial == left.Serial || d.get(left).State != Dropped {
			t.Errorf("after a change: %s is %s", left.Serial, d.get(left).State)
		}
		// The day passed.
		q, left = cut(2)
		d.must(d.clock.Advance(24 * time.Hour))
		c, err = d.Issue(ctx, clerk, q)
		d.must(err)
		if c.Serial == left.Serial || d.get(left).State != Dropped {
			t.Error("a row of yesterday was signed")
		}
		// The person died: dropped and refused.
		q, left = cut(3)
		d.register.set("per_1", func(p *registry.Person) { p.Standing = registry.Dead })
		_, err = d.Issue(ctx, clerk, q)
		wants(t, err, NotEntitled)
		if d.get(left).State != Dropped {
			t.Error("the row of a dead person stays prepared")
		}
		d.sound()
	})
}

// The facts change between record and signature.
func TestR41_ChangesWhileIssuing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		asked := 0
		// The register answers twice for one issue; the address changes between.
		d.register.hook = func() {
			if asked++; asked == 2 {
				d.register.set("per_1", func(p *registry.Person) {
					p.Version++
					p.Attributes.Address = "東京都清瀬市竹丘１丁目１番地"
				})
			}
		}
		c := d.issue(jpki.Signature, 0)
		d.register.hook = nil
		cert, err := jpki.ParseCertificate(c.DER)
		d.must(err)
		if p, err := jpki.ParsePersonal(cert); err != nil || !strings.Contains(p.Address, "竹丘") {
			t.Errorf("the certificate shows the old address: %v", err)
		}
		if d.count(ActDropped) != 1 {
			t.Error("the row of the old address was not dropped")
		}
		// The card ends between.
		asked = 0
		d.cards.hook = func() {
			if asked++; asked == 2 {
				d.cards.set(cardNo, func(c *cards.Card) { c.State, c.EndReason = cards.Abolished, cards.EndLoss })
			}
		}
		_, err = d.Issue(ctx, clerk, d.request(jpki.Signature, 1))
		wants(t, err, NotPermitted)
		d.cards.hook = nil
		all, err := d.OfCard(ctx, cardNo)
		d.must(err)
		if last := all[len(all)-1]; last.State != Dropped {
			t.Errorf("a certificate for an ended card is %s", last.State)
		}
		d.sound()
	})
}

// The card ends after the second look: its effect drops the row, and the
// signature is not recorded.
func TestR41_CardEndsWhileSigning(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		name := generationID{jpki.Authentication, 1}.keyName()
		d.keys.signers[name] = hookedSigner{d.keys.signers[name], func() { d.state(cards.Abolished, cards.EndDeath) }}
		_, err := d.Issue(ctx, clerk, d.request(jpki.Authentication, 0))
		wants(t, err, NotPermitted)
		all, err := d.OfCard(ctx, cardNo)
		d.must(err)
		if len(all) != 1 || all[0].State != Dropped || all[0].DER != nil {
			t.Errorf("left behind %+v", all)
		}
		d.sound()
	})
}

// Two processes take up one request at the same time.
func TestP20_OneRequestTwoProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d := newDesk(t, open())
		second := d.again()
		second.db = open()
		q := d.request(jpki.Authentication, 0)
		var mu sync.Mutex
		serials := map[string]int{}
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				o := []*Office{d.Office, second}[i%2]
				c, err := o.Issue(context.Background(), clerk, q)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				serials[c.Serial]++
			})
		}
		wg.Wait()
		if len(serials) != 1 || d.count(ActIssued) != 1 {
			t.Errorf("one request gave %v, journalled %d times", serials, d.count(ActIssued))
		}
		for _, k := range jpki.Kinds {
			if gs, err := d.Generations(context.Background(), k); err != nil || len(gs) > 1 {
				t.Errorf("%d generations at the start, %v", len(gs), err)
			}
		}
		d.sound()
	})
}

func TestCRT12_SerialsNeverReused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		seen := map[string]bool{}
		// A stream that repeats itself: each serial number comes up again.
		second := d.again()
		for i := range 4 {
			c := d.issue(jpki.Kinds[i%2], i)
			if seen[c.Serial] {
				t.Fatal("a serial number was used twice")
			}
			seen[c.Serial] = true
		}
		q := d.request(jpki.Authentication, 5)
		c, err := second.Issue(ctx, clerk, q) // its stream starts from the beginning
		d.must(err)
		if seen[c.Serial] {
			t.Error("a serial number was used twice")
		}
		var n int
		d.must(d.db.View(ctx, func(tx *db.Tx) error { return tx.QueryRow(ctx, `SELECT COUNT(*) FROM authority_serial`).Scan(&n) }))
		if n != 7 { // five certificates and two generations
			t.Errorf("%d serial numbers noted", n)
		}
	})
}

func TestCRT22_CRT24_P55_InjectedKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		private, public := d.transport()
		k, err := d.NewInjectedKey(ctx, clerk, cardNo, public)
		d.must(err)
		inChip, err := unwrap(private, k.Wrapped)
		if err != nil || !cardmgmt.SameKey(inChip.Public(), k.PublicKey) {
			t.Fatalf("the chip cannot load it: %v", err)
		}
		// The plain key is gone as far as Go permits …
		if last := d.pool.last; last.D != nil || last.N != nil || last.Primes != nil || last.Precomputed.Dp != nil {
			t.Error("the plain key is still there")
		}
		// … nothing of it lies in the database, and its end is on record.
		var dump bytes.Buffer
		d.must(d.db.Dump(ctx, &dump))
		for name, secret := range map[string][]byte{"wrapped key": k.Wrapped[100:200], "exponent": rsaKey(11).D.Bytes()[:64], "prime": rsaKey(11).Primes[0].Bytes()[:64]} {
			if containsBytes(dump.Bytes(), secret) {
				t.Errorf("the %s lies in the database", name)
			}
		}
		if d.count(ActKeyDestroyed) != 1 {
			t.Error("the destruction was not journalled")
		}
		q := d.request(jpki.Signature, 0)
		q.PublicKey, q.InjectedKey = nil, k.ID
		c, err := d.Issue(ctx, clerk, q)
		d.must(err)
		if c.KeyPath != Injected {
			t.Errorf("key path %s", c.KeyPath)
		}
		cert, err := x509.ParseCertificate(c.DER)
		d.must(err)
		if !cardmgmt.SameKey(inChip.Public(), cert.PublicKey) {
			t.Error("the certificate is of another key")
		}
		// A key made for one card is no other card's (CRT-28).
		d.person("per_2", "400000000000002")
		for name, change := range map[string]func(q *Request){
			"another card":   func(q *Request) { q.Card, q.Person = "400000000000002", "per_2" },
			"unknown key":    func(q *Request) { q.InjectedKey = "key_none" },
			"authentication": func(q *Request) { q.Kind = jpki.Authentication },
			"used already":   func(*Request) {},
		} {
			q := d.request(jpki.Signature, 0)
			q.PublicKey, q.InjectedKey = nil, k.ID
			change(&q)
			if _, err := d.Issue(ctx, clerk, q); !KeyRefused.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		d.sound()
	})
}

func TestCRT28_InjectedKeyOnlyForTheAttestedChip(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, err := d.NewInjectedKey(ctx, clerk, cardNo, nil)
		wants(t, err, KeyRefused) // nothing attested yet
		_, public := d.transport()
		other := bytes.Clone(public)
		other[10] ^= 1
		for _, key := range [][]byte{nil, other, public[:64]} {
			_, err := d.NewInjectedKey(ctx, clerk, cardNo, key)
			wants(t, err, KeyRefused)
		}
		d.cards.set(cardNo, func(c *cards.Card) { c.TransportKey = other })
		if _, err := d.NewInjectedKey(ctx, clerk, cardNo, other); !KeyRefused.Is(err) {
			t.Errorf("a point off the curve: %v", err)
		}
		d.cards.set(cardNo, func(c *cards.Card) { c.State = cards.Consigned })
		_, err = d.NewInjectedKey(ctx, clerk, cardNo, other)
		wants(t, err, NotPermitted)
		if d.count(ActKeyDestroyed) != 0 {
			t.Error("a refused key was recorded")
		}
	})
}

func TestR16_Generations(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		d.must(d.EnsureGenerations(ctx, clerk))
		ends := func(want int) {
			t.Helper()
			for _, k := range jpki.Kinds {
				gs, err := d.Generations(ctx, k)
				if err != nil || len(gs) != want {
					t.Fatalf("%s has %d generations, want %d, %v", k, len(gs), want, err)
				}
			}
		}
		ends(1)
		gs, err := d.Generations(ctx, jpki.Signature)
		d.must(err)
		if want := time.Date(2036, 3, 31, 14, 59, 59, 0, time.UTC); !gs[0].EndsAt.Equal(want) {
			t.Errorf("the first generation ends at %v, want %v", gs[0].EndsAt, want)
		}
		// Four years to the day in Japan, not a second earlier.
		d.must(d.clock.Set(time.Date(2030, 3, 31, 14, 59, 59, 0, time.UTC)))
		d.must(d.EnsureGenerations(ctx, clerk))
		ends(1)
		d.must(d.clock.Advance(time.Second))
		d.must(d.EnsureGenerations(ctx, clerk))
		ends(2)
		gs, err = d.Generations(ctx, jpki.Signature)
		d.must(err)
		a, err := x509.ParseCertificate(gs[0].Certificate)
		d.must(err)
		b, err := x509.ParseCertificate(gs[1].Certificate)
		d.must(err)
		if !bytes.Equal(a.RawSubject, b.RawSubject) || bytes.Equal(a.SubjectKeyId, b.SubjectKeyId) {
			t.Error("generations share the name and differ in the key")
		}
		// The clock jumps twenty years: one generation, not five; the first two are over.
		d.must(d.clock.Advance(20 * 365 * 24 * time.Hour))
		_, err = d.CRLSigner(ctx, jpki.Signature, 1)
		wants(t, err, NoGeneration)
		_, _, err = d.Responder(ctx, jpki.Signature, 2)
		wants(t, err, NoGeneration)
		_, err = d.CRLSigner(ctx, jpki.Signature, 3)
		wants(t, err, NoGeneration)
		_, err = d.CRLSigner(ctx, 7, 1)
		wants(t, err, Malformed)
	})
}

func TestResponder_RenewedBeforeItExpires(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		at := func() (*x509.Certificate, []byte) {
			t.Helper()
			signer, der, err := d.Responder(ctx, jpki.Authentication, 1)
			d.must(err)
			cert, err := x509.ParseCertificate(der)
			d.must(err)
			if !jpki.SameKey(cert.PublicKey, signer.Public()) {
				t.Fatal("the signer is not the certificate's")
			}
			now := d.clock.Now()
			if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
				t.Fatalf("a responder valid %v to %v at %v", cert.NotBefore, cert.NotAfter, now)
			}
			return cert, der
		}
		first, der := at()
		_, fresh, err := d.again().Responder(ctx, jpki.Authentication, 1)
		d.must(err)
		if !bytes.Equal(der, fresh) {
			t.Error("a restart made another responder")
		}
		gs, err := d.Generations(ctx, jpki.Authentication)
		d.must(err)
		ca, err := x509.ParseCertificate(gs[0].Certificate)
		d.must(err)
		d.must(first.CheckSignatureFrom(ca))
		d.must(d.clock.Set(first.NotAfter.Add(-responderMargin - time.Second)))
		if _, same := at(); !bytes.Equal(der, same) {
			t.Error("renewed too early")
		}
		d.must(d.clock.Advance(time.Second))
		if _, other := at(); bytes.Equal(der, other) {
			t.Error("not renewed at the margin")
		}
		d.must(d.clock.Advance(7 * 365 * 24 * time.Hour)) // years without a question
		at()
		// Near the generation's end it lasts as long as that, and is not made anew
		// with every question.
		d.must(d.clock.Set(gs[0].EndsAt.Add(-24 * time.Hour)))
		last, der := at()
		if !last.NotAfter.Equal(gs[0].EndsAt) {
			t.Errorf("ends %v, the generation %v", last.NotAfter, gs[0].EndsAt)
		}
		if _, same := at(); !bytes.Equal(der, same) {
			t.Error("a new responder with every question")
		}
		d.sound()
	})
}

func TestKeyStoreDown_NothingHalfDone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.keys.down = true
		if err := d.EnsureGenerations(ctx, clerk); err == nil {
			t.Fatal("a generation without a key")
		}
		d.keys.down = false
		c := d.issue(jpki.Authentication, 0)
		d.keys.down = true
		q := d.request(jpki.Authentication, 1)
		if _, err := d.Issue(ctx, clerk, q); err == nil {
			t.Fatal("issued without a key")
		}
		d.keys.down = false
		again, err := d.Issue(ctx, clerk, q)
		d.must(err)
		if again.Serial == c.Serial {
			t.Error("another request's certificate")
		}
		d.sound()
	})
}

// A crash after the key was made and before the generation was recorded.
func TestGeneration_KeyLeftBehindIsUsed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		left, err := d.keys.CreateSigner(ctx, generationID{jpki.Signature, 1}.keyName(), keystore.RSA2048)
		d.must(err)
		d.must(d.EnsureGenerations(ctx, clerk))
		s, err := d.CRLSigner(ctx, jpki.Signature, 1)
		d.must(err)
		if !left.Public().(*rsa.PublicKey).Equal(s.Public()) {
			t.Error("the key left behind was not used")
		}
		d.sound()
	})
}
