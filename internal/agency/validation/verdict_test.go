package validation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/platform/fault"
	"kado/jpki"
	"kado/mynumber"
)

// Each verdict, from each of the two records, as Status tells it and as OCSP does
// over HTTP.
// Shows: CRT-57, R-40, R-41, P-15, P-18
func TestCRT57_EachVerdictFromEitherRecord(t *testing.T) {
	ctx, r := context.Background(), small(t)
	verifier, handler, ca := r.accredit(t, validation.PurposeStatus), r.Handler(), r.CA(auth, 2)
	start := r.Clock.Now()
	for i, c := range []struct {
		name    string
		state   authority.State
		change  func(id mynumber.CardID, serial string)
		verdict validation.Verdict
		reason  mynumber.RevocationReason
		ocsp    jpki.Status
		told    jpki.RevocationReason
	}{
		{name: "valid", verdict: validation.Valid, ocsp: jpki.Good},
		{name: "card suspended, certificate active", change: func(id mynumber.CardID, _ string) { r.suspendCard(id) },
			verdict: validation.OnHold, reason: mynumber.CertificateHold, ocsp: jpki.OnHold, told: jpki.CertificateHold},
		{name: "certificate held, card in operation", change: func(_ mynumber.CardID, s string) { r.hold(s) },
			verdict: validation.OnHold, reason: mynumber.CertificateHold, ocsp: jpki.OnHold, told: jpki.CertificateHold},
		{name: "card ended by loss", change: func(id mynumber.CardID, _ string) { r.endCard(id, cards.EndLoss) },
			verdict: validation.Revoked, reason: mynumber.CessationOfOperation, ocsp: jpki.Revoked, told: jpki.CessationOfOperation},
		{name: "card ended by renewal", change: func(id mynumber.CardID, _ string) { r.endCard(id, cards.EndRenewal) },
			verdict: validation.Revoked, reason: mynumber.Superseded, ocsp: jpki.Revoked, told: jpki.Superseded},
		{name: "card ended by leak, certificate held", change: func(id mynumber.CardID, s string) { r.hold(s); r.endCard(id, cards.EndLeak) },
			verdict: validation.Revoked, reason: mynumber.KeyCompromise, ocsp: jpki.Revoked, told: jpki.KeyCompromise},
		{name: "card spoiled", state: authority.Issued, change: func(id mynumber.CardID, _ string) { r.endCard(id, cards.EndSpoiled) },
			verdict: validation.Revoked, reason: mynumber.Unspecified, ocsp: jpki.Revoked, told: jpki.Unspecified},
		{name: "an end that nobody has heard of", change: func(id mynumber.CardID, _ string) { r.endCard(id, "struck by lightning") },
			verdict: validation.Revoked, reason: mynumber.Unspecified, ocsp: jpki.Revoked, told: jpki.Unspecified},
		{name: "certificate revoked, card in operation", change: func(_ mynumber.CardID, s string) { r.revoke(s, mynumber.Superseded) },
			verdict: validation.Revoked, reason: mynumber.Superseded, ocsp: jpki.Revoked, told: jpki.Superseded},
		{name: "issued, card in operation", state: authority.Issued, verdict: validation.NotYet, ocsp: jpki.OnHold, told: jpki.CertificateHold},
		{name: "active, card not delivered", change: func(id mynumber.CardID, _ string) { r.Card(id, func(c *cards.Card) { c.State = cards.Held }) },
			verdict: validation.NotYet, ocsp: jpki.OnHold, told: jpki.CertificateHold},
		{name: "prepared", state: authority.Prepared, verdict: validation.Unknown, ocsp: jpki.Unknown},
		{name: "dropped", state: authority.Dropped, verdict: validation.Unknown, ocsp: jpki.Unknown},
		{name: "no record", change: func(_ mynumber.CardID, s string) { r.Forget(s) }, verdict: validation.Unknown, ocsp: jpki.Unknown},
		{name: "a state that nobody has heard of", state: "lent", verdict: validation.Unknown, ocsp: jpki.Unknown},
		{name: "card past its last day", change: func(id mynumber.CardID, _ string) {
			r.Card(id, func(c *cards.Card) { c.ExpiresOn = mynumber.DateOf(start).AddDays(-1) })
		}, verdict: validation.Expired, ocsp: jpki.Revoked, told: jpki.CessationOfOperation},
	} {
		t.Run(c.name, func(t *testing.T) {
			person := fmt.Sprintf("per_%d", i)
			cert := r.Issue(t, holderOf(person, c.state))
			r.advance(t, time.Minute)
			if c.change != nil {
				c.change(mynumber.CardID("card-of-"+person), serial(cert))
			}
			at := r.Clock.Now()
			r.advance(t, time.Minute)
			s, err := r.Status(ctx, verifier, ref(cert), "test")
			if err != nil || s.Verdict != c.verdict || s.Reason != c.reason {
				t.Fatalf("status %+v, %v; want %s (%s)", s, err, c.verdict, c.reason)
			}
			if (c.verdict == validation.OnHold || c.verdict == validation.Revoked) && !s.At.Equal(at) {
				t.Errorf("since %s, want %s", s.At, at)
			}
			o := r.askOCSP(t, handler, ca, cert)
			if o.Status != c.ocsp || o.Reason != c.told {
				t.Errorf("OCSP says %s (%s), want %s (%s)", o.Status, o.Reason, c.ocsp, c.told)
			}
		})
	}
}

// The last second of the last day in Japan is still valid; then Status says
// expired and OCSP goes on by record; what was revoked stays revoked.
// Shows: CRT-57, R-11
func TestCRT57_ExpiryAtTheEndOfTheDayInJapan(t *testing.T) {
	ctx, r := context.Background(), small(t)
	verifier, handler, ca := r.accredit(t, validation.PurposeStatus), r.Handler(), r.CA(auth, 2)
	last := mynumber.Date{Year: 2027, Month: 1, Day: 31}.EndOfDay()
	order := func(person string) *x509.Certificate {
		o := holderOf(person, "")
		o.NotAfter = last
		return r.Issue(t, o)
	}
	good, held, gone := order("per_1"), order("per_2"), order("per_3")
	r.suspendCard("card-of-per_2")
	r.revoke(serial(gone), mynumber.KeyCompromise)
	verdicts := func() (out []validation.Verdict) {
		for _, c := range []*x509.Certificate{good, held, gone} {
			s, err := r.Status(ctx, verifier, ref(c), "test")
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, s.Verdict)
		}
		return out
	}
	if err := r.Clock.Set(last.Add(time.Second - time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if v := verdicts(); v[0] != validation.Valid || v[1] != validation.OnHold || v[2] != validation.Revoked {
		t.Errorf("in the last second: %v", v)
	}
	r.advance(t, time.Millisecond)
	if v := verdicts(); v[0] != validation.Expired || v[1] != validation.Expired || v[2] != validation.Revoked {
		t.Errorf("after it: %v", v)
	}
	for c, want := range map[*x509.Certificate]jpki.Status{good: jpki.Good, held: jpki.OnHold, gone: jpki.Revoked} {
		if got := r.askOCSP(t, handler, ca, c); got.Status != want {
			t.Errorf("OCSP by record: %s, want %s", got.Status, want)
		}
	}
}

// The certificate's record follows the card's later; the earlier end counts.
// Shows: R-41
func TestR41_TheEarlierEndCounts(t *testing.T) {
	ctx, r := context.Background(), small(t)
	verifier := r.accredit(t, validation.PurposeStatus)
	cert := r.Issue(t, holderOf("per_1", ""))
	r.endCard("card-of-per_1", cards.EndLeak)
	ended := r.Clock.Now()
	r.advance(t, 3*time.Hour)
	r.revoke(serial(cert), mynumber.KeyCompromise)
	s, err := r.Status(ctx, verifier, ref(cert), "test")
	if err != nil || !s.At.Equal(ended) {
		t.Errorf("revoked since %s, %v; want %s", s.At, err, ended)
	}
}

// Over random histories OCSP and Status always agree, and so does the list once
// the authority's record has followed the card's; before, the list holds nothing
// that they would not say.
// Shows: CRT-57, R-40, R-41
func TestR41_ThreeOutputsAgree(t *testing.T) {
	ctx, r := context.Background(), small(t)
	verifier, handler, ca := r.accredit(t, validation.PurposeStatus), r.Handler(), r.CA(auth, 2)
	type life struct {
		cert *x509.Certificate
		card mynumber.CardID
	}
	var lives []life
	for i := range 4 {
		person := fmt.Sprintf("per_%d", i)
		o := holderOf(person, authority.Issued)
		// One or two end while the histories run; none lasts longer than R-12 permits.
		o.NotAfter = mynumber.DateOf(r.Clock.Now()).AddDays(10 + 700*i).EndOfDay()
		cert := r.Issue(t, o)
		r.Card(mynumber.CardID("card-of-"+person), func(c *cards.Card) { c.State = cards.Held })
		lives = append(lives, life{cert, mynumber.CardID("card-of-" + person)})
	}
	ends := []cards.EndReason{cards.EndDeath, cards.EndEmigration, cards.EndReturn, cards.EndLoss, cards.EndReissue, cards.EndRenewal,
		cards.EndMissing, cards.EndSpoiled, cards.EndLeak}
	rapid.Check(t, func(rt *rapid.T) {
		if err := r.Clock.Advance(time.Duration(rapid.IntRange(1, 90000).Draw(rt, "seconds")) * time.Second); err != nil {
			rt.Fatal(err)
		}
		l := lives[rapid.IntRange(0, len(lives)-1).Draw(rt, "life")]
		now := r.Clock.Now()
		switch rapid.SampledFrom([]string{"deliver", "suspend", "resume", "end", "hold", "release", "revoke", "renew"}).Draw(rt, "act") {
		case "deliver", "resume":
			r.Card(l.card, func(c *cards.Card) {
				if c.State != cards.Abolished {
					c.State, c.SuspendedAt, c.ChangedAt = cards.InOperation, time.Time{}, now
				}
			})
		case "suspend":
			r.Card(l.card, func(c *cards.Card) {
				if c.State == cards.InOperation {
					c.State, c.SuspendedAt, c.ChangedAt = cards.Suspended, now, now
				}
			})
		case "end":
			why := rapid.SampledFrom(ends).Draw(rt, "why")
			r.Card(l.card, func(c *cards.Card) {
				if c.State != cards.Abolished {
					c.State, c.EndReason, c.SuspendedAt, c.ChangedAt = cards.Abolished, why, time.Time{}, now
				}
			})
		case "hold":
			r.Certificate(serial(l.cert), func(c *authority.Certificate) {
				if c.State == authority.Active {
					c.State, c.HeldAt = authority.OnHold, now
				}
			})
		case "release":
			r.Certificate(serial(l.cert), func(c *authority.Certificate) {
				if c.State == authority.OnHold || c.State == authority.Issued {
					c.State, c.HeldAt = authority.Active, time.Time{}
				}
			})
		case "revoke":
			r.Certificate(serial(l.cert), func(c *authority.Certificate) {
				if c.State != authority.Revoked {
					c.State, c.Reason, c.EndedAt, c.HeldAt = authority.Revoked, mynumber.Superseded, now, time.Time{}
				}
			})
		case "renew": // a new life in the place of the old one
			r.Card(l.card, func(c *cards.Card) { c.State, c.EndReason, c.SuspendedAt = cards.Held, "", time.Time{} })
			r.Certificate(serial(l.cert), func(c *authority.Certificate) {
				c.State, c.Reason, c.EndedAt, c.HeldAt = authority.Issued, 0, time.Time{}, time.Time{}
			})
		}
		list, err := r.IssueCRL(ctx, operator, auth, 2, "")
		if err != nil {
			rt.Fatal(err)
		}
		crl, err := jpki.ParseCRL(list.DER)
		if err != nil {
			rt.Fatal(err)
		}
		for _, l := range lives {
			s, err := r.Status(ctx, verifier, ref(l.cert), "test")
			if err != nil {
				rt.Fatal(err)
			}
			o := r.askOCSP(t, handler, ca, l.cert)
			if !agree(s, o) {
				rt.Fatalf("Status says %s (%s) since %s, OCSP %s (%s) since %s", s.Verdict, s.Reason, s.At, o.Status, o.Reason, o.At)
			}
			var record authority.State
			r.Certificate(serial(l.cert), func(c *authority.Certificate) { record = c.State })
			listed := told(t, crl.Check(l.cert, ca, r.Clock.Now()))
			expired := !now.Before(l.cert.NotAfter.Add(time.Second))
			switch followed := record == authority.Revoked || record == authority.OnHold; {
			case !followed || expired:
				if listed.Status != jpki.Good {
					rt.Fatalf("the list holds a certificate that is %s and expired: %v", record, expired)
				}
			case listed.Status != o.Status || listed.Reason != o.Reason || !listed.At.Equal(o.At):
				rt.Fatalf("the list says %s (%s) since %s, OCSP %s (%s) since %s", listed.Status, listed.Reason, listed.At, o.Status, o.Reason, o.At)
			}
		}
	})
}

// agree compares what Status and OCSP say about one certificate.
func agree(s validation.Status, o jpki.StatusError) bool {
	since := o.At.Equal(s.At.Truncate(time.Second))
	switch s.Verdict {
	case validation.Valid:
		return o.Status == jpki.Good
	case validation.OnHold:
		return o.Status == jpki.OnHold && since
	case validation.NotYet:
		return o.Status == jpki.OnHold && since
	case validation.Revoked:
		return o.Status == jpki.Revoked && int(o.Reason) == int(s.Reason) && since
	case validation.Expired:
		return o.Status == jpki.Good || o.Status == jpki.OnHold // by record
	case validation.Unknown:
		return o.Status == jpki.Unknown
	}
	return false
}

// A record that does not answer gives no status, and OCSP an unsigned failure:
// never "good".
// Shows: CRT-56
func TestCRT56_NoRecordNoStatus(t *testing.T) {
	ctx, r := context.Background(), small(t)
	verifier, url := r.accredit(t, validation.PurposeStatus), r.serve(t)
	cert := r.Issue(t, holderOf("per_1", ""))
	r.Down = true
	if s, err := r.Status(ctx, verifier, ref(cert), "test"); err == nil {
		t.Errorf("status %+v without a record", s)
	}
	answer, body := post(t, url+"/ocsp/authentication", question(t, nil, certID(t, crypto.SHA256, r.CA(auth, 2), cert)))
	if answer.StatusCode != 500 || !bytes.Equal(body, []byte{0x30, 3, 0x0a, 1, 2}) {
		t.Errorf("HTTP %d %x", answer.StatusCode, body)
	}
	if _, err := r.IssueCRL(ctx, operator, auth, 2, ""); err == nil {
		t.Error("a list without records")
	}
}

// The number by which the authority's "no such certificate" is known here is the
// one that its catalogue has.
func TestVerdict_AuthoritysNumber(t *testing.T) {
	r := small(t)
	_, err := r.Authority().Certificate(context.Background(), auth, "7777")
	if got := fault.Of(err).Kind.Number; got != authority.NoCertificate.Number {
		t.Errorf("the world says %d, the authority %d", got, authority.NoCertificate.Number)
	}
	s, err := r.Status(context.Background(), r.accredit(t, validation.PurposeStatus), validation.Ref{Kind: auth, Serial: "7777"}, "test")
	if err != nil || s.Verdict != validation.Unknown {
		t.Errorf("%+v, %v", s, err)
	}
}
