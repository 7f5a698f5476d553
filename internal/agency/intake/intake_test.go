package intake_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

var (
	holder   = journal.Actor{Kind: journal.Holder, ID: "per_1"}
	examiner = journal.Actor{Kind: journal.Staff, ID: "examiner-1"}
	blurred  = errors.New("blurred")
)

// register, cards and photos stand for the neighbours.
type register map[string]registry.Person

func (r register) Person(_ context.Context, id string) (registry.Person, error) {
	p, ok := r[id]
	if !ok {
		return p, registry.NoSuchPerson.New()
	}
	return p, nil
}

type cardRecords struct {
	cards.Records
	living []cards.Card
}

func (c *cardRecords) OfPerson(context.Context, string) ([]cards.Card, error) { return c.living, nil }

type photos struct{}

func (photos) Examine(jpeg []byte) error {
	if bytes.Contains(jpeg, []byte("blurred")) {
		return blurred
	}
	return nil
}
func (photos) Normalise(jpeg []byte) ([]byte, error) {
	return append([]byte("kept:"), jpeg...), nil
}

type room struct {
	*intake.Office
	db       *db.DB
	clock    *clock.Manual
	register register
	cards    *cardRecords
}

func newRoom(t testing.TB, d *db.DB) room {
	t.Helper()
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), intake.Schema()); err != nil {
		t.Fatal(err)
	}
	r := room{db: d, clock: clock.NewManual(time.Date(2026, 4, 1, 3, 0, 0, 0, time.UTC)), register: register{}, cards: &cardRecords{}}
	for i := range 40 {
		id := fmt.Sprintf("per_%d", i)
		r.register[id] = registry.Person{ID: id, Version: 1, Standing: registry.Resident, Municipality: "13221", Residence: mynumber.Japanese,
			Attributes: mynumber.Attributes{Name: "山田　花子", Address: "東京都清瀬市１", BirthDate: mynumber.Date{Year: 1990, Month: 2, Day: 17}, Sex: mynumber.Female}}
	}
	r.Office = intake.New(intake.Deps{DB: d, Clock: r.clock, Entropy: entropy.Seeded(t.Name()), Register: r.register, Cards: r.cards, Photos: photos{}})
	return r
}

func (r room) open(t testing.TB, person string) intake.Application {
	t.Helper()
	a, err := r.Open(context.Background(), holder, intake.Form{Person: person, Reason: intake.FirstCard, Channel: intake.Smartphone})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func submission(id mynumber.ApplicationID, photo string) intake.Submission {
	return intake.Submission{Application: id, BirthDate: mynumber.Date{Year: 1990, Month: 2, Day: 17}, Photo: []byte(photo),
		Wishes: intake.Wishes{Signature: true, Authentication: true}, Delivery: intake.PickUp}
}

// Shows: APP-21, APP-34, APP-53, APP-66, P-03, P-31, LIF-49
func TestFromFormToAcceptance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		if _, err := mynumber.ParseApplicationID(string(a.ID)); err != nil || a.State != intake.Draft {
			t.Fatalf("opened %+v: %v", a, err)
		}
		a, err := r.Submit(ctx, holder, submission(a.ID, "photo one"))
		if err != nil || a.State != intake.Submitted || a.PhotoDigest != sha256.Sum256([]byte("kept:photo one")) {
			t.Fatalf("submitted %+v: %v", a, err)
		}
		if _, err := r.Photo(ctx, a.ID); !intake.NotInThisState.Is(err) {
			t.Errorf("photo before acceptance: %v", err)
		}
		a, err = r.Return(ctx, examiner, a.ID, []string{"KADO-2226", "KADO-2227"})
		if err != nil || a.State != intake.Returned || len(a.Defects) != 2 {
			t.Fatalf("returned %+v: %v", a, err)
		}
		if a, err = r.Submit(ctx, holder, submission(a.ID, "photo two")); err != nil || a.Defects != nil {
			t.Fatalf("resubmitted %+v: %v", a, err)
		}
		if err := r.clock.Advance(24 * time.Hour); err != nil {
			t.Fatal(err)
		}
		a, err = r.Accept(ctx, examiner, a.ID)
		if err != nil || a.State != intake.Accepted || !a.AcceptedAt.Equal(r.clock.Now()) {
			t.Fatalf("accepted %+v: %v", a, err)
		}
		if got, err := r.Application(ctx, a.ID); err != nil || fmt.Sprint(got) != fmt.Sprint(a) {
			t.Fatalf("read back %+v, %v", got, err)
		}
		if got, err := r.Photo(ctx, a.ID); err != nil || string(got) != "kept:photo two" {
			t.Errorf("photo %q, %v", got, err)
		}
		letters, err := notice.OfPerson(ctx, r.db, "per_1")
		if err != nil || len(letters) != 1 && len(letters) != 2 {
			t.Errorf("letters %v, %v", letters, err)
		}
		var pending []journal.Waiting
		if err := r.db.View(ctx, func(tx *db.Tx) error {
			var err error
			pending, err = journal.Pending(ctx, tx, 0, 10)
			return err
		}); err != nil || len(pending) != 1 || pending[0].Kind != intake.EffectAccepted {
			t.Errorf("effects %v, %v", pending, err)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// Shows: APP-04, APP-07, APP-34, APP-38, LIF-43, P-29
func TestRefusalsLeaveTheApplicationAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		refused := func(name string, err error, want *fault.Kind) {
			t.Helper()
			if !want.Is(err) {
				t.Errorf("%s: %v, want %s", name, err, want.Code())
			}
			if got, err := r.Application(ctx, a.ID); err != nil || fmt.Sprint(got) != fmt.Sprint(a) {
				t.Fatalf("%s changed the application to %+v, %v", name, got, err)
			}
		}
		try := func(change func(*intake.Submission)) error {
			s := submission(a.ID, "photo")
			change(&s)
			_, err := r.Submit(ctx, holder, s)
			return err
		}
		_, err := r.Open(ctx, holder, intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.Post})
		refused("second application", err, intake.AlreadyOne)
		refused("birth date", try(func(s *intake.Submission) { s.BirthDate.Day++ }), intake.BirthDateDiffers)
		refused("delivery", try(func(s *intake.Submission) { s.Delivery = "drone" }), intake.NotInThisState)
		if err := try(func(s *intake.Submission) { s.Photo = []byte("blurred") }); !errors.Is(err, blurred) {
			t.Errorf("blurred photo: %v", err)
		}
		_, err = r.Accept(ctx, examiner, a.ID)
		refused("accept a draft", err, intake.NotInThisState)
		_, err = r.Application(ctx, "00000000000000000000000")
		refused("unknown", err, intake.NoSuchApplication)

		b := r.open(t, "per_2")
		if _, err := r.Submit(ctx, holder, submission(b.ID, "shared")); err != nil {
			t.Fatal(err)
		}
		refused("another person's photo", try(func(s *intake.Submission) { s.Photo = []byte("shared") }), intake.SamePhoto)

		dead := r.register["per_1"]
		dead.Standing = registry.Dead
		r.register["per_1"] = dead
		refused("dead", try(func(*intake.Submission) {}), intake.MayNotApply)
		_, err = r.Open(ctx, holder, intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.Post})
		refused("dead opens", err, intake.MayNotApply)

		r.cards.living = []cards.Card{{State: cards.InOperation, ExpiresOn: mynumber.Date{Year: 2030, Month: 1, Day: 1}}}
		_, err = r.Open(ctx, holder, intake.Form{Person: "per_3", Reason: intake.FirstCard, Channel: intake.Post})
		refused("holds a card", err, intake.AlreadyOne)
		if _, err := r.Open(ctx, holder, intake.Form{Person: "per_3", Reason: intake.Renewal, Channel: intake.Post}); err != nil {
			t.Errorf("renewal beside a card: %v", err)
		}

		child := r.register["per_4"]
		child.Attributes.BirthDate = mynumber.Date{Year: 2011, Month: 4, Day: 2}
		r.register["per_4"] = child
		r.cards.living = nil
		c := r.open(t, "per_4")
		s := submission(c.ID, "child")
		s.BirthDate = child.Attributes.BirthDate
		if c, err := r.Submit(ctx, holder, s); err != nil || c.Wishes.Signature || !c.Wishes.Authentication {
			t.Errorf("a day before the fifteenth birthday: %+v, %v", c.Wishes, err)
		}
	})
}

// A photo changed in the store is never handed to production.
// Shows: P-03, APP-53
func TestP03_ChangedPhotoIsNotHandedOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		ids := map[string]intake.Application{}
		for _, p := range []string{"per_1", "per_2"} {
			a := r.open(t, p)
			if _, err := r.Submit(ctx, holder, submission(a.ID, "photo of "+p)); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Accept(ctx, examiner, a.ID); err != nil {
				t.Fatal(err)
			}
			ids[p] = a
		}
		// Two people of one name and one birth date: swap their photos.
		if err := r.db.Tx(ctx, func(tx *db.Tx) error {
			for _, swap := range [][2]any{{string(ids["per_1"].ID), "x"}, {string(ids["per_2"].ID), string(ids["per_1"].ID)}, {"x", string(ids["per_2"].ID)}} {
				if _, err := tx.Exec(ctx, `UPDATE intake_photo SET application = $2 WHERE application = $1`, swap[0], swap[1]); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for p, a := range ids {
			if _, err := r.Photo(ctx, a.ID); !intake.PhotoChanged.Is(err) {
				t.Errorf("%s: %v", p, err)
			}
		}
		if found, err := r.Check(ctx); err != nil || len(found) != 2 {
			t.Errorf("check found %v, %v", found, err)
		}
	})
}

// Whatever is tried in whatever order, the state follows the table.
// Shows: APP-66
func TestApplicationsProperty(t *testing.T) {
	d, err := db.Open(context.Background(), "sqlite:"+t.TempDir()+"/i.db")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	r, ctx, run := newRoom(t, d), context.Background(), 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		person := fmt.Sprintf("per_run_%d", run)
		r.register[person] = r.register["per_1"]
		p := r.register[person]
		p.ID = person
		r.register[person] = p
		a := r.open(t, person)
		state := a.State
		step := func(acts ...string) (intake.State, bool) {
			to := state
			for _, act := range acts {
				if act == "examine" && to == intake.UnderExamination {
					continue
				}
				var ok bool
				if to, ok = intake.Applications.Next(to, act); !ok {
					return state, false
				}
			}
			return to, true
		}
		for i := range rapid.IntRange(1, 8).Draw(rt, "acts") {
			var err error
			var to intake.State
			var may bool
			switch rapid.IntRange(0, 3).Draw(rt, "act") {
			case 0:
				to, may = step("accept_photo", "submit")
				_, err = r.Submit(ctx, holder, submission(a.ID, fmt.Sprintf("%s %d", person, i)))
			case 1:
				to, may = step("examine", "accept")
				_, err = r.Accept(ctx, examiner, a.ID)
			case 2:
				to, may = step("examine", "return")
				_, err = r.Return(ctx, examiner, a.ID, []string{"KADO-2226"})
			case 3:
				to, may = step("withdraw")
				_, err = r.Withdraw(ctx, holder, a.ID)
			}
			if (err == nil) != may || (err != nil && !intake.NotInThisState.Is(err)) {
				rt.Fatalf("from %s: %v", state, err)
			}
			state = to
			if got, err := r.Application(ctx, a.ID); err != nil || got.State != state {
				rt.Fatalf("state %s, %v; want %s", got.State, err, state)
			}
		}
	})
	if found, err := r.Check(ctx); err != nil || len(found) > 0 {
		t.Errorf("check: %v, %v", found, err)
	}
}
