package validation_test

import (
	"context"
	"strings"
	"testing"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// Shows: CRT-58, CRT-62
func TestCRT62_AccreditationIsDatedLimitedAndWithdrawn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, openDB func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, openDB())
		today := mynumber.DateOf(r.Clock.Now())
		cert := r.Issue(t, validationtest.Order{})
		ask := func(id string) error {
			_, err := r.Status(ctx, id, ref(cert), "opening an account")
			return err
		}
		link := func(id string) error {
			_, err := r.Linkage(ctx, id, ref(cert), "opening an account")
			return err
		}
		v, err := r.Accredit(ctx, operator, validation.Verifier{Name: "銀行", Purposes: []validation.Purpose{validation.PurposeStatus},
			From: today.AddDays(1), To: today.AddDays(2)})
		if err != nil || !strings.HasPrefix(v.ID, "ver_") || len(v.ID) != 30 {
			t.Fatalf("%+v, %v", v, err)
		}
		if err := ask("ver_nobody"); !validation.NotAccredited.Is(err) {
			t.Errorf("nobody: %v", err)
		}
		for day, want := range []bool{false, true, true, false} {
			if day > 0 {
				r.advance(t, 24*3600e9)
			}
			if err := ask(v.ID); (err == nil) != want || err != nil && !validation.NotAccredited.Is(err) {
				t.Errorf("day %d: %v", day, err)
			}
		}
		v.To = mynumber.Date{}
		v.Purposes = []validation.Purpose{validation.PurposeLinkage, validation.PurposeStatus}
		for range 2 { // the second time changes nothing
			if v, err = r.Accredit(ctx, operator, v); err != nil || v.Purposes[0] != validation.PurposeStatus {
				t.Fatal(v, err)
			}
		}
		if err := ask(v.ID); err != nil {
			t.Error(err)
		}
		if err := link(v.ID); !validation.NoLink.Is(err) {
			t.Error(err)
		}
		v.Purposes = v.Purposes[:1]
		if _, err = r.Accredit(ctx, operator, v); err != nil {
			t.Fatal(err)
		}
		if err := link(v.ID); !validation.NotCovered.Is(err) {
			t.Errorf("a purpose that is not covered: %v", err)
		}
		v.To = mynumber.DateOf(r.Clock.Now()).AddDays(-1)
		if _, err = r.Accredit(ctx, operator, v); err != nil {
			t.Fatal(err)
		}
		if err := ask(v.ID); !validation.NotAccredited.Is(err) {
			t.Errorf("withdrawn: %v", err)
		}
		// What holds an id of its own choice, as a part of the house does.
		house := validation.Verifier{ID: "ver_login", Name: "login", Purposes: v.Purposes, From: today}
		if w, err := r.Accredit(ctx, operator, house); err != nil || w.ID != "ver_login" || ask("ver_login") != nil {
			t.Errorf("%+v, %v", w, err)
		}
		err = r.db.View(ctx, func(tx *db.Tx) error {
			es, err := journal.OfActor(ctx, tx, journal.Staff, operator.ID, 0, 100)
			if len(es) != 5 {
				t.Errorf("%d accreditations in the journal, want 5", len(es))
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestAccredit_Malformed(t *testing.T) {
	r := small(t)
	good := validation.Verifier{Name: "n", Purposes: []validation.Purpose{validation.PurposeStatus}, From: mynumber.DateOf(r.Clock.Now())}
	for name, change := range map[string]func(v *validation.Verifier){
		"id":            func(v *validation.Verifier) { v.ID = "VER_1" },
		"no name":       func(v *validation.Verifier) { v.Name = " " },
		"long name":     func(v *validation.Verifier) { v.Name = strings.Repeat("名", 101) },
		"no text":       func(v *validation.Verifier) { v.Name = "\xff" },
		"no purpose":    func(v *validation.Verifier) { v.Purposes = nil },
		"other purpose": func(v *validation.Verifier) { v.Purposes = []validation.Purpose{"gossip"} },
		"twice":         func(v *validation.Verifier) { v.Purposes = append(v.Purposes, v.Purposes[0]) },
		"no start":      func(v *validation.Verifier) { v.From = mynumber.Date{} },
		"no such day":   func(v *validation.Verifier) { v.To = mynumber.Date{Year: 2026, Month: 2, Day: 30} },
	} {
		v := good
		change(&v)
		if _, err := r.Accredit(context.Background(), operator, v); !validation.Malformed.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each question names its purpose and stands in the holder's journal, also one
// that was refused.
// Shows: CRT-15, CRT-19
func TestCRT19_EachQuestionIsSeenByTheHolder(t *testing.T) {
	ctx, r := context.Background(), small(t)
	cert := r.Issue(t, validationtest.Order{Person: "per_7"})
	verifier := r.accredit(t, validation.PurposeStatus)
	if _, err := r.Status(ctx, verifier, ref(cert), "opening an account"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Linkage(ctx, verifier, ref(cert), "who is it"); !validation.NotCovered.Is(err) {
		t.Fatal(err)
	}
	err := r.db.View(ctx, func(tx *db.Tx) error {
		es, err := journal.OfPerson(ctx, tx, "per_7", 0, 10)
		if err != nil || len(es) != 2 {
			t.Fatalf("%d entries, %v", len(es), err)
		}
		if e := es[1]; e.Act != validation.ActStatusAsked || e.Reason != "opening an account" || e.Actor.ID != verifier || e.Details["verdict"] != "valid" || e.Outcome != journal.Done {
			t.Errorf("%+v", e)
		}
		if e := es[0]; e.Act != validation.ActLinkageAsked || e.Outcome != journal.Refused || e.Details["linked"] != "" {
			t.Errorf("%+v", e)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]struct {
		r   validation.Ref
		why string
	}{
		"no reason":    {ref(cert), " "},
		"long reason":  {ref(cert), strings.Repeat("x", journal.MaxText+1)},
		"no text":      {ref(cert), "\xff"},
		"no kind":      {validation.Ref{Serial: serial(cert)}, "w"},
		"capitals":     {validation.Ref{Kind: auth, Serial: "AB"}, "w"},
		"leading zero": {validation.Ref{Kind: auth, Serial: "0ab"}, "w"},
		"negative":     {validation.Ref{Kind: auth, Serial: "-ab"}, "w"},
		"sign":         {validation.Ref{Kind: auth, Serial: "+ab"}, "w"},
		"long":         {validation.Ref{Kind: auth, Serial: strings.Repeat("a", 41)}, "w"},
		"empty":        {validation.Ref{Kind: auth}, "w"},
	} {
		if _, err := r.Status(ctx, verifier, q.r, q.why); !validation.Malformed.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err := r.Status(ctx, verifier, validation.Ref{Kind: jpki.Signature, Serial: serial(cert)}, "w"); err != nil || s.Verdict != validation.Unknown || s.Person != "" {
		t.Errorf("the number in the other series: %+v, %v", s, err)
	}
}

// One step back along the certificates of one person, until death or return.
// Shows: CRT-17, CRT-18, CRT-20, CRT-21
func TestCRT20_LinkageGoesOneStepAndEnds(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		change func(r room, first, second string)
		linked bool
	}{
		"renewed on a new card":      {func(r room, _, _ string) { r.endCard("old", cards.EndRenewal) }, true},
		"reissued after loss":        {func(r room, _, _ string) { r.endCard("old", cards.EndLoss) }, true},
		"reissued":                   {func(r room, _, _ string) { r.endCard("old", cards.EndReissue) }, true},
		"new one revoked":            {func(r room, _, second string) { r.revoke(second, mynumber.Superseded) }, true},
		"old card was returned":      {func(r room, _, _ string) { r.endCard("old", cards.EndReturn) }, false},
		"left the country between":   {func(r room, _, _ string) { r.endCard("old", cards.EndEmigration) }, false},
		"new card returned":          {func(r room, _, _ string) { r.endCard("new", cards.EndReturn) }, false},
		"card ended by death":        {func(r room, _, _ string) { r.endCard("new", cards.EndDeath) }, false},
		"death in the register only": {func(r room, _, _ string) { r.Person("per_1", func(p *registry.Person) { p.Standing = registry.Dead }) }, false},
		"new one not valid yet": {func(r room, _, second string) {
			r.Certificate(second, func(c *authority.Certificate) { c.State = authority.Issued })
		}, false},
		"old one gone": {func(r room, first, _ string) { r.Forget(first) }, false},
		"old one of another": {func(r room, first, _ string) {
			r.Certificate(first, func(c *authority.Certificate) { c.Person = "per_2" })
		}, false},
		"new one never issued": {func(r room, _, second string) { r.Forget(second) }, false},
		"named by the wrong one": {func(r room, _, second string) {
			r.Certificate(second, func(c *authority.Certificate) { c.Previous = "" })
		}, false},
	} {
		r := small(t)
		verifier := r.accredit(t, validation.PurposeLinkage)
		first := r.Issue(t, validationtest.Order{Card: "old"})
		r.revoke(serial(first), mynumber.Superseded)
		second := r.Issue(t, validationtest.Order{Card: "new", Previous: serial(first)})
		c.change(r, serial(first), serial(second))
		got, err := r.Linkage(ctx, verifier, ref(second), "linking an account")
		if c.linked && (err != nil || got != ref(first)) || !c.linked && !validation.NoLink.Is(err) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if _, err := r.Linkage(ctx, verifier, ref(first), "linking an account"); !validation.NoLink.Is(err) {
			t.Errorf("%s: before the first: %v", name, err)
		}
	}
}
