package authority

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
)

// in brings a new authentication certificate into a state by the acts that lead
// there.
func (d *desk) in(s State, i int) Certificate {
	d.t.Helper()
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	if s == Prepared || s == Dropped {
		name := generationID{jpki.Authentication, 1}.keyName()
		whole := d.keys.signers[name]
		d.keys.signers[name] = brokenSigner{whole}
		q := d.request(jpki.Authentication, i)
		if _, err := d.Issue(ctx, clerk, q); err == nil {
			d.t.Fatal("signed without a signer")
		}
		d.keys.signers[name] = whole
		r, found, err := d.ofRequest(ctx, q.ID)
		d.must(err)
		if !found {
			d.t.Fatal("no row")
		}
		if s == Dropped {
			d.must(d.drop(ctx, clerk, r.Serial))
		}
		return d.get(r.Certificate)
	}
	c := d.issue(jpki.Authentication, i)
	steps := map[State][]string{Issued: nil, Active: {"activate"}, OnHold: {"activate", "hold"}, Revoked: {"revoke"}}[s]
	for _, act := range steps {
		d.must(d.act(c, act))
	}
	return d.get(c)
}

// act carries out an act of Certificates by its name through the contract.
func (d *desk) act(c Certificate, act string) error {
	ctx := context.Background()
	switch act {
	case "activate":
		return d.Switch(ctx, clerk, c.Kind, c.Serial)
	case "hold":
		return d.Hold(ctx, clerk, c.Card)
	case "release":
		return d.Release(ctx, clerk, c.Card)
	case "revoke":
		return d.Revoke(ctx, clerk, c.Kind, c.Serial, mynumber.KeyCompromise)
	}
	return fmt.Errorf("no act %q", act)
}

// Every act in every state. Hold and Release speak of the card and leave alone
// what they do not concern; revoking what was never signed drops it.
func TestP18_EveryEdgeOfCertificates(t *testing.T) {
	for _, s := range Certificates.States {
		for _, act := range []string{"activate", "hold", "release", "revoke"} {
			t.Run(string(s.ID)+"/"+act, func(t *testing.T) {
				d := newDesk(t, dbtest.SQLite(t))
				c := d.in(s.ID, 0)
				written := len(d.entries())
				err := d.act(c, act)
				got, now := d.get(c), len(d.entries())
				to, permitted := Certificates.Next(s.ID, act)
				switch {
				case permitted:
					if err != nil || got.State != to || now != written+1 {
						t.Errorf("%v, %s, %d entries", err, got.State, now-written)
					}
					if err := d.act(c, act); err != nil || len(d.entries()) != now {
						t.Errorf("once more: %v", err)
					}
				case act == "revoke" && s.ID == Prepared:
					if err != nil || got.State != Dropped {
						t.Errorf("revoking what was never signed: %v, %s", err, got.State)
					}
				case act == "activate" && s.ID != Active:
					wants(t, err, NotPermitted)
				default:
					d.must(err) // there already, or nothing to do
				}
				if !permitted && got.State != s.ID && got.State != Dropped {
					t.Errorf("%s became %s", s.ID, got.State)
				}
				d.sound()
			})
		}
	}
}

func TestP15_CRT55_ActivateAndSwitch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		auth, sig := d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)
		d.must(d.Activate(ctx, clerk, cardNo))
		d.must(d.Activate(ctx, clerk, cardNo))
		if d.get(auth).State != Active || d.get(sig).State != Active || d.count(ActActivated) != 2 {
			t.Fatal("the first certificates are not valid once")
		}
		// Renewal: the new one waits beside the old (P-20).
		d.cards.set(cardNo, func(c *cards.Card) { c.State = cards.InOperation })
		next := d.issue(jpki.Authentication, 2)
		if next.Previous != auth.Serial {
			t.Errorf("previous is %q", next.Previous)
		}
		d.must(d.Activate(ctx, clerk, cardNo)) // a late repetition
		d.must(d.deliver(cards.EffectActivated))
		if d.get(next).State != Issued || d.get(auth).State != Active {
			t.Fatal("a late activation made a second certificate valid")
		}
		d.must(d.Switch(ctx, clerk, next.Kind, next.Serial))
		d.must(d.Switch(ctx, clerk, next.Kind, next.Serial))
		old := d.get(auth)
		if d.get(next).State != Active || old.State != Revoked || old.Reason != mynumber.Superseded || d.get(sig).State != Active {
			t.Errorf("after the switch: new %s, old %s for %s, signature %s", d.get(next).State, old.State, old.Reason, d.get(sig).State)
		}
		wants(t, d.Switch(ctx, clerk, auth.Kind, auth.Serial), NotPermitted)
		wants(t, d.Switch(ctx, clerk, auth.Kind, "none"), NoCertificate)
		wants(t, d.Switch(ctx, clerk, 0, auth.Serial), Malformed)
		// Not while suspended: both stay as they are.
		third := d.issue(jpki.Authentication, 3)
		d.must(d.Hold(ctx, clerk, cardNo))
		wants(t, d.Switch(ctx, clerk, third.Kind, third.Serial), NotPermitted)
		if d.get(next).State != OnHold || d.get(third).State != Issued {
			t.Error("a refused switch changed something")
		}
		d.sound()
	})
}

// The chain of old and new: over renewals and cards, past what never became
// valid, and fixed when a certificate becomes valid.
func TestCRT17_CRT21_PreviousOverCards(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		first := d.issue(jpki.Authentication, 0)
		d.must(d.Activate(ctx, clerk, cardNo))
		const second = mynumber.CardID("400000000000002")
		person, card := d.register.of["per_1"], d.cards.of[cardNo]
		card.ID = second
		d.cards.of[second] = card
		d.register.of["per_1"] = person
		onSecond := func(i int) Certificate {
			t.Helper()
			q := d.request(jpki.Authentication, i)
			q.Card = second
			c, err := d.Issue(ctx, clerk, q)
			d.must(err)
			return c
		}
		failed := onSecond(1) // production fails: never valid
		d.must(d.Revoke(ctx, clerk, failed.Kind, failed.Serial, mynumber.Unspecified))
		made := onSecond(2)
		if made.Previous != first.Serial {
			t.Errorf("previous is %q, want the first", made.Previous)
		}
		// Meanwhile the old card's certificate is renewed.
		renewed := d.issue(jpki.Authentication, 3)
		d.must(d.Switch(ctx, clerk, renewed.Kind, renewed.Serial))
		d.must(d.Activate(ctx, clerk, second))
		if got := d.get(made).Previous; got != renewed.Serial {
			t.Errorf("previous is %q, want the one renewed meanwhile", got)
		}
		d.person("per_2", "400000000000003")
		q := d.request(jpki.Authentication, 4)
		q.Person, q.Card = "per_2", "400000000000003"
		c, err := d.Issue(ctx, clerk, q)
		d.must(err)
		if c.Previous != "" {
			t.Error("a chain across persons of equal name and birth date")
		}
		all, err := d.OfPerson(ctx, "per_1")
		d.must(err)
		if len(all) != 4 {
			t.Errorf("%d certificates of the person", len(all))
		}
		d.sound()
	})
}

func TestR40_EndOfCardGivesTheReason(t *testing.T) {
	want := map[cards.EndReason]mynumber.RevocationReason{
		cards.EndDeath: mynumber.CessationOfOperation, cards.EndEmigration: mynumber.CessationOfOperation,
		cards.EndReturn: mynumber.CessationOfOperation, cards.EndLoss: mynumber.CessationOfOperation,
		cards.EndReissue: mynumber.CessationOfOperation, cards.EndRenewal: mynumber.Superseded,
		cards.EndMissing: mynumber.CessationOfOperation, cards.EndSpoiled: mynumber.Unspecified, cards.EndLeak: mynumber.KeyCompromise,
	}
	if n := len(cards.EndReasons()); len(want) != n {
		t.Fatalf("%d reasons tested of %d", len(want), n)
	}
	for why, reason := range want {
		t.Run(string(why), func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t))
			auth, sig := d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)
			left := d.in(Prepared, 2)
			for range 2 {
				d.state(cards.Abolished, why)
			}
			for _, c := range []Certificate{auth, sig} {
				if got := d.get(c); got.State != Revoked || got.Reason != reason || got.EndedAt.IsZero() {
					t.Errorf("%s is %s for %s", c.Kind, got.State, got.Reason)
				}
			}
			if got := d.get(left); got.State != Dropped {
				t.Errorf("what was about to be signed is %s", got.State)
			}
			d.sound()
		})
	}
}

// Effects come late, twice and out of order; the record of the card decides.
func TestR41_FollowsTheCardWhateverArrives(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		auth, sig := d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)
		check := func(s State) {
			t.Helper()
			for _, c := range []Certificate{auth, sig} {
				if got := d.get(c); got.State != s || (s == OnHold) != !got.HeldAt.IsZero() {
					t.Errorf("%s is %s, want %s", c.Kind, got.State, s)
				}
			}
		}
		d.must(d.deliver(cards.EffectActivated)) // still at the maker's: nothing
		check(Issued)
		d.state(cards.Suspended, "") // suspended before the activation was told
		check(OnHold)
		d.must(d.deliver(cards.EffectActivated))
		check(OnHold)
		d.state(cards.InOperation, "")
		check(Active)
		d.must(d.deliver(cards.EffectSuspended)) // an old message
		check(Active)
		d.state(cards.Suspended, "")
		d.must(d.deliver(cards.EffectResumed)) // an old message
		check(OnHold)
		d.state(cards.Void, cards.EndMissing)
		check(Revoked)
		d.must(d.deliver(cards.EffectActivated))
		check(Revoked)
		d.cards.set(cardNo, func(c *cards.Card) { c.EndReason = "whim" })
		wants(t, d.deliver(cards.EffectEnded), Malformed)
		h := d.Handlers()
		wants(t, h[cards.EffectEnded](context.Background(), journal.Effect{Payload: []byte("{")}), Malformed)
		wants(t, h[registry.EffectChanged](context.Background(), journal.Effect{Payload: []byte("{}")}), Malformed)
		d.sound()
	})
}

func TestR40_CRT41_ChangeOfAttributesEndsTheSignatureCertificate(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		auth, sig := d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)
		d.must(d.Activate(ctx, clerk, cardNo))
		d.register.set("per_1", func(p *registry.Person) {
			p.Version = 2
			p.Attributes.Address = "東京都清瀬市竹丘１丁目１番地"
		})
		// The counter was faster than the effect (LIF-37).
		next := d.issue(jpki.Signature, 2)
		d.must(d.Switch(ctx, clerk, next.Kind, next.Serial))
		changed := func(version int) {
			payload, err := json.Marshal(registry.Changed{Person: "per_1", Version: version})
			d.must(err)
			d.must(d.Handlers()[registry.EffectChanged](ctx, journal.Effect{Payload: payload}))
		}
		changed(2)
		changed(2)
		if d.get(auth).State != Active || d.get(next).State != Active || d.get(sig).Reason != mynumber.Superseded {
			t.Error("a certificate with the new attributes, or without any, ended")
		}
		changed(3)
		if got := d.get(next); got.State != Revoked || got.Reason != mynumber.AffiliationChanged {
			t.Errorf("with old attributes: %s for %s", got.State, got.Reason)
		}
		if d.get(auth).State != Active {
			t.Error("the authentication certificate has no attributes and ended all the same")
		}
		d.sound()
	})
}

func TestR40_RevocationReasons(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.issue(jpki.Authentication, 0)
		for _, why := range []mynumber.RevocationReason{mynumber.CertificateHold, mynumber.RemoveFromCRL, 7, -1, 99} {
			wants(t, d.Revoke(ctx, clerk, c.Kind, c.Serial, why), Malformed)
			wants(t, d.RevokeCard(ctx, clerk, cardNo, why), Malformed)
		}
		wants(t, d.Revoke(ctx, clerk, c.Kind, "none", mynumber.Unspecified), NoCertificate)
		wants(t, d.Revoke(ctx, clerk, 0, c.Serial, mynumber.Unspecified), Malformed)
		_, err := d.Certificate(ctx, 0, c.Serial)
		wants(t, err, Malformed)
		d.must(d.RevokeCard(ctx, clerk, cardNo, mynumber.KeyCompromise))
		d.must(d.RevokeCard(ctx, clerk, cardNo, mynumber.Superseded))
		if got := d.get(c); got.Reason != mynumber.KeyCompromise {
			t.Errorf("the first reason did not stand: %s", got.Reason)
		}
		d.must(d.RevokeCard(ctx, clerk, "no certificates", mynumber.Superseded))
		d.must(d.Hold(ctx, clerk, "no certificates")) // certificates are optional (CRT-06)
	})
}

func TestR41_RevokedForLists(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		q := d.request(jpki.Authentication, 1)
		q.Municipality = "14100"
		d.person("per_2", "400000000000002")
		q.Person, q.Card = "per_2", "400000000000002"
		elsewhere, err := d.Issue(ctx, clerk, q)
		d.must(err)
		held, good := d.issue(jpki.Authentication, 0), d.issue(jpki.Authentication, 2)
		d.must(d.Switch(ctx, clerk, held.Kind, held.Serial))
		at := d.clock.Now()
		d.must(d.clock.Advance(time.Hour))
		d.must(d.Revoke(ctx, clerk, elsewhere.Kind, elsewhere.Serial, mynumber.Unspecified))
		d.must(d.Hold(ctx, clerk, cardNo))
		list := func(m mynumber.MunicipalityCode, at time.Time) (n int) {
			t.Helper()
			all, err := d.revoked(jpki.Authentication, 1, m, at)
			d.must(err)
			for _, c := range all {
				if c.Serial == good.Serial {
					t.Error("an issued certificate is in the list")
				}
			}
			return len(all)
		}
		now := d.clock.Now()
		for _, c := range []struct {
			m    mynumber.MunicipalityCode
			at   time.Time
			want int
		}{{"", at, 0}, {"", now, 2}, {"13221", now, 1}, {"14100", now, 1}, {"27100", now, 0},
			{"", expiry.EndOfDay(), 2}, {"", expiry.EndOfDay().Add(time.Second), 0}} {
			if n := list(c.m, c.at); n != c.want {
				t.Errorf("list of %q at %v: %d, want %d", c.m, c.at, n, c.want)
			}
		}
		d.must(d.Release(ctx, clerk, cardNo))
		if n := list("", now); n != 1 {
			t.Errorf("after the release: %d", n)
		}
		d.must(d.EnsureGenerations(ctx, clerk))
		if all, err := d.revoked(jpki.Signature, 1, "", now); err != nil || len(all) != 0 {
			t.Errorf("the other authority's list: %v, %v", all, err)
		}
		_, err = d.revoked(jpki.Authentication, 2, "", now)
		wants(t, err, NoGeneration)
		_, err = d.revoked(0, 1, "", now)
		wants(t, err, Malformed)
	})
}

func TestR14_C15_NotifyExpiring(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		auth, sig := d.issue(jpki.Authentication, 0), d.issue(jpki.Signature, 1)
		d.must(d.Activate(ctx, clerk, cardNo))
		never := d.issue(jpki.Authentication, 2) // not yet valid: nothing to renew
		on := func(m time.Month, day, want int) {
			t.Helper()
			d.must(d.clock.Set(mynumber.Date{Year: 2031, Month: m, Day: day}.StartOfDay()))
			for i, want := range []int{want, 0} { // the second call finds nothing new
				if n, err := d.NotifyExpiring(ctx); err != nil || n != want {
					t.Errorf("%s %d, call %d: %d letters, want %d, %v", m, day, i+1, n, want, err)
				}
			}
		}
		on(time.February, 3, 0)
		on(time.February, 4, 2) // three months before 4 May
		d.must(d.Revoke(ctx, clerk, sig.Kind, sig.Serial, mynumber.CessationOfOperation))
		on(time.April, 3, 0)
		d.must(d.Hold(ctx, clerk, cardNo)) // on hold it still ends
		on(time.April, 4, 1)
		on(time.May, 5, 0)
		letters, err := notice.OfPerson(ctx, d.db, "per_1")
		d.must(err)
		if len(letters) != 3 {
			t.Fatalf("%d letters", len(letters))
		}
		for _, l := range letters {
			for _, in := range []lang.Lang{lang.JA, lang.EN} {
				title, body := l.In(in)
				for _, serial := range []string{auth.Serial, sig.Serial, never.Serial} {
					if strings.Contains(title+body, serial) {
						t.Error("a letter shows a serial number")
					}
				}
				if !strings.Contains(body, "2031-05-04") || strings.Contains(body, "http") {
					t.Errorf("letter %q", body)
				}
			}
		}
		d.sound()
	})
}

// Nobody called for months: only the letter that is still right is written.
func TestC15_ClockJumpsOverTheFirstNotice(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	d.issue(jpki.Authentication, 0)
	d.must(d.Activate(ctx, clerk, cardNo))
	d.must(d.clock.Set(time.Date(2031, 4, 20, 0, 0, 0, 0, time.UTC)))
	if n, err := d.NotifyExpiring(ctx); n != 1 || err != nil {
		t.Errorf("%d letters, %v", n, err)
	}
	letters, err := notice.OfPerson(ctx, d.db, "per_1")
	d.must(err)
	if len(letters) != 1 || !strings.HasSuffix(letters[0].Key, "/1m") {
		t.Errorf("letters %+v", letters)
	}
}

// What fsck must see.
func TestCheck_FindsWhatWasAltered(t *testing.T) {
	for name, sql := range map[string]string{
		"unknown state":       `UPDATE authority_certificate SET state = 'lent'`,
		"unsigned but active": `UPDATE authority_certificate SET der = NULL`,
		"other certificate":   `UPDATE authority_certificate SET der = (SELECT certificate FROM authority_generation WHERE kind = 'signature')`,
		"junk":                `UPDATE authority_certificate SET der = 'junk'`,
		"other digest":        `UPDATE authority_certificate SET tbs_digest = key_digest`,
		"other key":           `UPDATE authority_certificate SET key_digest = 'x'`,
		"held for ever":       `UPDATE authority_certificate SET held_at = issued_at`,
		"ended and alive":     `UPDATE authority_certificate SET ended_at = issued_at`,
		"longer":              `UPDATE authority_certificate SET not_after = '2041-05-04T14:59:59.000Z'`,
		"outside the chain":   `UPDATE authority_certificate SET link = 0`,
		"back in life":        `UPDATE authority_certificate SET state = 'revoked', ended_at = issued_at, reason = 6`,
		"serial not noted":    `DELETE FROM authority_serial WHERE use = 'authentication'`,
		"generation gone":     `DELETE FROM authority_generation WHERE kind = 'authentication'`,
		"generation longer":   `UPDATE authority_generation SET ends_at = '2099-01-01T00:00:00.000Z'`,
		"generation swapped":  `UPDATE authority_generation SET certificate = (SELECT certificate FROM authority_generation WHERE kind = 'signature')`,
		"generation junk":     `UPDATE authority_generation SET certificate = 'junk'`,
		"generation gap":      `UPDATE authority_generation SET number = 2`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, dbtest.SQLite(t))
			ctx := context.Background()
			d.must(d.EnsureGenerations(ctx, clerk))
			d.issue(jpki.Authentication, 0)
			d.must(d.Activate(ctx, clerk, cardNo))
			d.sound()
			d.must(d.db.Tx(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(ctx, sql)
				return err
			}))
			findings, err := d.Check(ctx)
			if err == nil && len(findings) == 0 {
				t.Error("not found")
			}
		})
	}
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	d.issue(jpki.Authentication, 0)
	d.issue(jpki.Authentication, 1)
	d.must(d.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE authority_certificate SET state = 'active', activated_at = issued_at, link = ordinal`)
		return err
	}))
	if findings, err := d.Check(ctx); err != nil || len(findings) != 1 || !strings.Contains(findings[0], "two valid") {
		t.Errorf("two valid certificates on one card: %v, %v", findings, err)
	}
}
