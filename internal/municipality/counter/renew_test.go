package counter_test

import (
	"crypto/rsa"
	"crypto/x509"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/registry"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// inWindow is a town with a card whose certificates end in less than three
// months: issued 2026-04-01, they end on the fifth birthday, 2030-05-04.
func inWindow(t *testing.T) (*countertest.Town, registry.Person, *countertest.Plastic) {
	t.Helper()
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	card := town.Operational(p, countertest.Both)
	if end := mynumber.DateOf(town.Certificates(card.ID, jpki.Authentication)[0].NotAfter); end != day(2030, 5, 4) {
		t.Fatalf("the certificate ends on %v", end)
	}
	town.On(day(2030, 3, 5))
	return town, p, card
}

func day(y int, m time.Month, d int) mynumber.Date { return mynumber.Date{Year: y, Month: m, Day: d} }

// neverTwo checks that no kind has two valid certificates.
func neverTwo(f *countertest.Town, id mynumber.CardID, name string) {
	f.TB.Helper()
	for _, k := range jpki.Kinds {
		if n := len(f.Certificates(id, k, authority.Active)); n != 1 {
			f.TB.Errorf("%s: %d valid %s certificates", name, n, k)
		}
	}
}

// gap reports the kinds whose valid certificate is not the one on the chip: new
// keys are in use, and the authority was not told yet.
func gap(f *countertest.Town, card *countertest.Plastic) (out []jpki.Kind) {
	f.TB.Helper()
	j, err := reader.New(card.Power()).JPKI()
	f.Must(err)
	f.Must(j.Verify(reader.SignatureKey, mynumber.NewSecret("KADO77PADS")))
	for kind, k := range map[jpki.Kind]reader.KeyKind{jpki.Signature: reader.SignatureKey, jpki.Authentication: reader.AuthenticationKey} {
		der, err := j.Certificate(k)
		f.Must(err)
		valid := f.Certificates(card.ID, kind, authority.Active)
		if len(valid) == 1 && string(valid[0].DER) != string(der) {
			out = append(out, kind)
			// At most the documented gap: the chip's own is issued and waits.
			found := false
			for _, c := range f.Certificates(card.ID, kind, authority.Issued) {
				found = found || string(c.DER) == string(der)
			}
			if !found {
				f.TB.Errorf("the chip holds a %s certificate that nobody will make valid", kind)
			}
		}
	}
	return out
}

// Shows: P-20, CRT-55, C-10, R-12, INC-49
func TestP20_CRT55_RenewalCutEverywhere(t *testing.T) {
	town, p, card := inWindow(t)
	s := reach(town, p.ID, card, counter.CertificateRenew, counter.Proved)
	before := map[jpki.Kind]string{}
	for _, k := range jpki.Kinds {
		before[k] = town.Certificates(card.ID, k, authority.Active)[0].Serial
	}
	renew := func(f *countertest.Town, c reader.Transport) error {
		return acts["renew"](f, countertest.Mori, s.ID, c)
	}
	i, gaps := 0, 0
	cuts(town, card, renew, func(f *countertest.Town, card *countertest.Plastic, name string) {
		i++
		neverTwo(f, card.ID, name)
		gaps += len(gap(f, card))
		if i%2 == 0 {
			f.Settle()
			neverTwo(f, card.ID, name+", settled")
		}
		again := s.ID
		if i%3 == 0 { // in a new session, an hour or a week later
			f.Later(time.Hour)
			if i%6 == 0 {
				f.On(f.Today().AddDays(7))
			}
			again = reach(f, p.ID, card, counter.CertificateRenew, counter.Proved).ID
		}
		if err := acts["renew"](f, countertest.Mori, again, card.Power()); err != nil {
			t.Errorf("%s, repeated: %v", name, err)
			return
		}
		f.Settle()
		neverTwo(f, card.ID, name+", repeated")
		usable(f, card, name)
		for _, k := range jpki.Kinds {
			now := f.Certificates(card.ID, k, authority.Active)[0]
			if now.Serial == before[k] || now.KeyPath != authority.BornOnChip || now.Previous != before[k] {
				t.Errorf("%s: %s certificate %s after %s, was %s", name, k, now.Serial, now.Previous, before[k])
			}
			// asked for in the window, to the sixth birthday.
			if end := mynumber.DateOf(now.NotAfter); end != day(2035, 5, 4) {
				t.Errorf("%s: the %s certificate ends on %v", name, k, end)
			}
			for _, c := range f.Certificates(card.ID, k, authority.Issued) {
				t.Errorf("%s: %s certificate %s is left over", name, k, c.Serial)
			}
		}
		f.Sound()
	})
	if gaps == 0 {
		t.Error("no cut fell into the gap between chip and authority: the test sees nothing")
	}
}

// Shows: P-20, LIF-34, LIF-37, CRT-41
func TestLIF34_LIF37_CRT41_RewriteCutEverywhere(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	card := town.Operational(p, countertest.Both)
	old := town.Certificates(card.ID, jpki.Signature)[0]
	auth := town.Certificates(card.ID, jpki.Authentication)[0]
	town.Later(24 * time.Hour)
	moved, err := town.Registry.Move(ctx, countertest.Suzuki, registry.Move{Person: p.ID, Municipality: countertest.Chuo,
		Address: "東京都中央区築地１丁目１番１号", On: town.Today()})
	town.Must(err)
	town.Settle()
	// CRT-41: the signature certificate has died of it, the other has not.
	if c, err := town.Authority.Certificate(ctx, jpki.Signature, old.Serial); err != nil || c.State != authority.Revoked || c.Reason != mynumber.AffiliationChanged {
		t.Fatalf("%s %v, %v", c.State, c.Reason, err)
	}
	if c := town.Certificates(card.ID, jpki.Authentication, authority.Active); len(c) != 1 || c[0].Serial != auth.Serial {
		t.Fatal("the authentication certificate died, too")
	}
	s := reach(town, p.ID, card, counter.AttributeChange, counter.Proved)
	rewrite := func(f *countertest.Town, c reader.Transport) error {
		return acts["rewrite"](f, countertest.Mori, s.ID, c)
	}
	root := func(f *countertest.Town) *rsa.PublicKey {
		r, err := f.Production.Root(ctx)
		f.Must(err)
		k, err := x509.ParsePKIXPublicKey(r.Text)
		f.Must(err)
		return k.(*rsa.PublicKey)
	}
	read := func(f *countertest.Town, card *countertest.Plastic) mynumber.Attributes {
		text, err := reader.New(card.Power()).Text()
		f.Must(err)
		f.Must(text.VerifyPIN(mynumber.NewSecret("3865")))
		a, err := text.Attributes(root(f))
		f.Must(err)
		return a
	}
	cuts(town, card, rewrite, func(f *countertest.Town, card *countertest.Plastic, name string) {
		if a := read(f, card); a != p.Attributes && a != moved.Attributes {
			t.Errorf("%s: the chip says %+v", name, a)
		}
		if n := len(f.Certificates(card.ID, jpki.Signature, authority.Active)); n > 1 {
			t.Errorf("%s: %d valid signature certificates", name, n)
		}
		if err := rewrite(f, card.Power()); err != nil {
			t.Errorf("%s, repeated: %v", name, err)
			return
		}
		f.Settle()
		if a := read(f, card); a != moved.Attributes {
			t.Errorf("%s, repeated: the chip says %+v", name, a)
		}
		usable(f, card, name)
		now := f.Certificates(card.ID, jpki.Signature, authority.Active)[0]
		x, err := jpki.ParseCertificate(now.DER)
		f.Must(err)
		if said, err := jpki.ParsePersonal(x); err != nil || said != jpki.PersonalOf(moved.Attributes) {
			t.Errorf("%s: the certificate says %+v, %v", name, said, err)
		}
		if now.NotAfter.After(auth.NotAfter) {
			t.Errorf("%s: it outlives the authentication certificate", name)
		}
		if left := f.Certificates(card.ID, jpki.Signature, authority.Issued); len(left) > 0 {
			t.Errorf("%s: %d issued certificates are left over", name, len(left))
		}
		f.Sound()
	})
	// Without the wish for a new one the chip is rewritten all the same.
	f := town.Fork(t)
	c := card.In(f)
	_, err = f.Counter.Rewrite(ctx, countertest.Mori, s.ID, c.Power(), false)
	f.Must(err)
	if a := read(f, c); a != moved.Attributes {
		t.Errorf("the chip says %+v", a)
	}
	if n := len(f.Certificates(card.ID, jpki.Signature, authority.Active)); n != 0 {
		t.Errorf("%d signature certificates that nobody wished for", n)
	}
}

// Shows, P-20
func TestR12_R13_LastDaysAtARenewal(t *testing.T) {
	town := countertest.New(t)
	adult := town.Enter(countertest.Adult())
	card := town.Operational(adult, countertest.Both) // card to 2035-05-04, certificates to 2030-05-04
	young := countertest.Adult()
	young.Attributes.BirthDate = day(2008, 6, 10) // 17: card to 2030-06-10, certificates as long
	minor := town.Enter(young)
	short := town.Operational(minor, countertest.Both)
	for name, c := range map[string]struct {
		person registry.Person
		card   *countertest.Plastic
		on     mynumber.Date
		want   mynumber.Date
	}{
		"R-12 early: fifth birthday":                                 {adult, card, day(2028, 6, 1), day(2033, 5, 4)},
		"R-12 exactly three months before: not less, fifth birthday": {adult, card, day(2030, 2, 4), day(2034, 5, 4)},
		"R-12 a day later: sixth birthday":                           {adult, card, day(2030, 2, 5), day(2035, 5, 4)},
		"R-12 on the last weekday: sixth birthday":                   {adult, card, day(2030, 5, 3), day(2035, 5, 4)},
		"R-12 never beyond the card":                                 {minor, short, day(2030, 4, 10), day(2030, 6, 10)},
	} {
		t.Run(name, func(t *testing.T) {
			f := town.Fork(t)
			f.On(c.on)
			mine := c.card.In(f)
			reach(f, c.person.ID, mine, counter.CertificateRenew, counter.Done)
			for _, k := range jpki.Kinds {
				if end := mynumber.DateOf(f.Certificates(c.card.ID, k, authority.Active)[0].NotAfter); end != c.want {
					t.Errorf("the %s certificate ends on %v, want %v", k, end, c.want)
				}
			}
			usable(f, mine, name)
		})
	}
}

// Shows: R-13, PRD-62, LIF-37
//
// A renewal renews what is there: a certificate that was declined, or that its
// holder may not have, does not come of it.
func TestR13_RenewalGivesNothingNew(t *testing.T) {
	town := countertest.New(t)
	child := countertest.Adult()
	child.Attributes.BirthDate = day(2014, 6, 1)
	for name, c := range map[string]struct {
		entry           registry.Entry
		wishes          intake.Wishes
		signature, auth int
	}{
		"declined signature":      {countertest.Adult(), intake.Wishes{Authentication: true}, 0, 1},
		"declined authentication": {countertest.Adult(), intake.Wishes{Signature: true}, 1, 0},
		"R-13 under 15":           {child, countertest.Both, 0, 1},
		"R-13 PIN-less":           {countertest.Adult(), intake.Wishes{Authentication: true, Pinless: true}, 0, 1},
		"declined both":           {countertest.Adult(), intake.Wishes{}, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := town.Fork(t)
			p := f.Enter(c.entry)
			card := f.Operational(p, c.wishes)
			f.Later(24 * time.Hour)
			s := reach(f, p.ID, card, counter.CertificateRenew, counter.Proved)
			err := acts["renew"](f, countertest.Mori, s.ID, card.Power())
			if c.signature+c.auth == 0 {
				f.Wants(err, counter.MayNot)
			} else {
				f.Must(err)
			}
			if a, b := len(f.Certificates(card.ID, jpki.Signature, authority.Active)), len(f.Certificates(card.ID, jpki.Authentication, authority.Active)); a != c.signature || b != c.auth {
				t.Errorf("%d signature, %d authentication", a, b)
			}
			if c.signature == 0 && (c.wishes.Pinless || c.entry.Attributes.BirthDate == child.Attributes.BirthDate) {
				r := reach(f, p.ID, card, counter.AttributeChange, counter.Proved)
				before := card.Copy()
				f.Wants(acts["rewrite"](f, countertest.Mori, r.ID, card.Power()), counter.MayNot)
				if !card.Same(before) {
					t.Error("the card was written to before the refusal")
				}
			}
			f.Sound()
		})
	}
}
