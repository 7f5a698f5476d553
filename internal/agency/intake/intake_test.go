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
	"kado/internal/platform/staff"
	"kado/mynumber"
)

var (
	examiner   = at("examiner-1", "")
	clerk      = at("clerk-1", "t1") // counter clerk
	sato       = at("clerk-2", "t1") // registry clerk
	chief      = staff.Who{Actor: journal.Actor{Kind: journal.System, ID: "test"}, At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	errBlurred = errors.New("blurred")
)

func at(id, terminal string) journal.Actor {
	return journal.Actor{Kind: journal.Staff, ID: id, Terminal: terminal}
}

// self is a person as the holder they are.
func self(person string) journal.Actor { return journal.Actor{Kind: journal.Holder, ID: person} }

func hire(ctx context.Context, tx *db.Tx) error {
	var errs []error
	for b, code := range map[string]mynumber.MunicipalityCode{"hall": "13221", "south": "14100", "agency": ""} {
		errs = append(errs, staff.AddBranch(ctx, tx, staff.Branch{ID: b, Name: b, Municipality: code.WithCheckDigit(),
			Hours: staff.Hours{Weekdays: "12345", Opens: "08:30", Closes: "17:15"}}, chief))
	}
	for terminal, branch := range map[string]string{"t1": "hall", "s1": "south", "a1": "agency"} {
		errs = append(errs, staff.AddTerminal(ctx, tx, terminal, branch, chief))
	}
	for _, m := range []staff.Member{
		{ID: "examiner-1", Branch: "agency", Roles: []staff.Role{staff.IntakeExaminer}},
		{ID: "examiner-2", Branch: "agency", Person: "per_1", Roles: []staff.Role{staff.IntakeExaminer}},
		{ID: "clerk-1", Branch: "hall", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "clerk-2", Branch: "hall", Roles: []staff.Role{staff.RegistryClerk}},
		{ID: "clerk-3", Branch: "south", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "clerk-4", Branch: "hall", Person: "per_1", Roles: []staff.Role{staff.CounterClerk}},
		{ID: "dan", Branch: "hall", Roles: []staff.Role{staff.Custodian, staff.IdentityChecker, staff.HotlineOperator, staff.Supervisor}},
	} {
		m.Name, m.Employer = m.ID, "kado"
		errs = append(errs, staff.AddMember(ctx, tx, m, chief))
	}
	return errors.Join(errs...)
}

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
		return errBlurred
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
	if err := d.Migrate(context.Background(), journal.Schema(), notice.Schema(), staff.Schema(), intake.Schema()); err != nil {
		t.Fatal(err)
	}
	if err := d.Tx(context.Background(), func(tx *db.Tx) error { return hire(context.Background(), tx) }); err != nil {
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
	a, err := r.Open(context.Background(), self(person), intake.Form{Person: person, Reason: intake.FirstCard, Channel: intake.Smartphone})
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
		a, err := r.Submit(ctx, self("per_1"), submission(a.ID, "photo one"))
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
		if n := r.photos(t); n != 0 {
			t.Errorf("%d photos after the return", n)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check after the return: %v, %v", found, err)
		}
		if a, err = r.Submit(ctx, self("per_1"), submission(a.ID, "photo two")); err != nil || a.Defects != nil {
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
		if err != nil || len(letters) != 3 { // applied, returned, applied again
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
			_, err := r.Submit(ctx, self("per_1"), s)
			return err
		}
		_, err := r.Open(ctx, self("per_1"), intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.Post})
		refused("second application", err, intake.AlreadyOne)
		refused("birth date", try(func(s *intake.Submission) { s.BirthDate.Day++ }), intake.BirthDateDiffers)
		refused("delivery", try(func(s *intake.Submission) { s.Delivery = "drone" }), intake.Malformed)
		refused("check without a desk", try(func(s *intake.Submission) { s.Delivery = intake.CheckAtApplication }), intake.CheckNeedsDesk)
		_, err = r.Open(ctx, self("per_1"), intake.Form{Person: "per_1", Reason: "whim", Channel: intake.Post})
		refused("reason", err, intake.Malformed)
		_, err = r.Open(ctx, self("per_1"), intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: "pigeon"})
		refused("channel", err, intake.Malformed)
		for _, defects := range [][]string{nil, {""}, {"KADO-22"}, {"KADO-22x6"}, {"KADO-2299"}, {"KADO-1000"}, {"KADO-2226", "KADO-2226"}, make([]string, 21)} {
			_, err = r.Return(ctx, examiner, a.ID, defects)
			refused(fmt.Sprint("defects ", defects), err, intake.Malformed)
		}
		if err := try(func(s *intake.Submission) { s.Photo = []byte("blurred") }); !errors.Is(err, errBlurred) {
			t.Errorf("blurred photo: %v", err)
		}
		_, err = r.Accept(ctx, examiner, a.ID)
		refused("accept a draft", err, intake.NotInThisState)
		_, err = r.Application(ctx, "00000000000000000000000")
		refused("unknown", err, intake.NoSuchApplication)

		b := r.open(t, "per_2")
		if _, err := r.Submit(ctx, self("per_2"), submission(b.ID, "shared")); err != nil {
			t.Fatal(err)
		}
		refused("another person's photo", try(func(s *intake.Submission) { s.Photo = []byte("shared") }), intake.SamePhoto)

		dead := r.register["per_1"]
		dead.Standing = registry.Dead
		r.register["per_1"] = dead
		refused("dead", try(func(*intake.Submission) {}), intake.MayNotApply)
		_, err = r.Open(ctx, self("per_1"), intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.Post})
		refused("dead opens", err, intake.MayNotApply)

		r.cards.living = []cards.Card{{State: cards.InOperation, ExpiresOn: mynumber.Date{Year: 2030, Month: 1, Day: 1}}}
		_, err = r.Open(ctx, self("per_3"), intake.Form{Person: "per_3", Reason: intake.FirstCard, Channel: intake.Post})
		refused("holds a card", err, intake.AlreadyOne)
		if _, err := r.Open(ctx, self("per_3"), intake.Form{Person: "per_3", Reason: intake.Renewal, Channel: intake.Post}); err != nil {
			t.Errorf("renewal beside a card: %v", err)
		}

		child := r.register["per_4"]
		child.Attributes.BirthDate = mynumber.Date{Year: 2011, Month: 4, Day: 2}
		r.register["per_4"] = child
		r.cards.living = nil
		c := r.open(t, "per_4")
		s := submission(c.ID, "child")
		s.BirthDate = child.Attributes.BirthDate
		if c, err := r.Submit(ctx, self("per_4"), s); err != nil || c.Wishes.Signature || !c.Wishes.Authentication {
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
			if _, err := r.Submit(ctx, self(p), submission(a.ID, "photo of "+p)); err != nil {
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
				_, err = r.Submit(ctx, self(person), submission(a.ID, fmt.Sprintf("%s %d", person, i)))
			case 1:
				to, may = step("examine", "accept")
				_, err = r.Accept(ctx, examiner, a.ID)
			case 2:
				to, may = step("examine", "return")
				_, err = r.Return(ctx, examiner, a.ID, []string{"KADO-2226"})
			case 3:
				to, may = step("withdraw")
				_, err = r.Withdraw(ctx, self(person), a.ID)
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

// photos counts what is kept.
func (r room) photos(t testing.TB) (n int) {
	t.Helper()
	if err := r.db.View(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT COUNT(*) FROM intake_photo`).Scan(&n)
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

func second[T any](_ T, err error) error { return err }

// filing and examining are the acts on one application of per_1.
func filing(r room, id mynumber.ApplicationID) map[string]func(by journal.Actor) error {
	ctx := context.Background()
	return map[string]func(by journal.Actor) error{
		"open": func(by journal.Actor) error {
			return second(r.Open(ctx, by, intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.AtCounter}))
		},
		"submit":   func(by journal.Actor) error { return second(r.Submit(ctx, by, submission(id, "photo"))) },
		"withdraw": func(by journal.Actor) error { return second(r.Withdraw(ctx, by, id)) },
	}
}

func examining(r room, id mynumber.ApplicationID) map[string]func(by journal.Actor) error {
	ctx := context.Background()
	return map[string]func(by journal.Actor) error{
		"accept": func(by journal.Actor) error { return second(r.Accept(ctx, by, id)) },
		"return": func(by journal.Actor) error { return second(r.Return(ctx, by, id, []string{"KADO-2226"})) },
	}
}

// Shows: OPS-34, P-16, P-17, P-36, APP-22, PRD-36
func TestOPS34_P36_WhoFilesAndWhoExamines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		state := intake.Draft
		refused := func(name string, acts map[string]func(journal.Actor) error, by journal.Actor, want *fault.Kind) {
			t.Helper()
			for act, do := range acts {
				if err := do(by); !want.Is(err) {
					t.Errorf("%s: %s: %v, want %s", name, act, err, want.Code())
				}
			}
			if got, err := r.Application(ctx, a.ID); err != nil || got.State != state {
				t.Fatalf("%s changed the application: %+v, %v", name, got, err)
			}
		}
		suspend := func(id, act string) {
			t.Helper()
			if err := r.db.Tx(ctx, func(tx *db.Tx) error { return staff.MoveMember(ctx, tx, id, act, chief) }); err != nil {
				t.Fatal(err)
			}
		}
		file := filing(r, a.ID)
		refused("another holder", file, self("per_2"), intake.NotTheirs)
		refused("the system", file, journal.Actor{Kind: journal.System, ID: "house"}, staff.NotStaff)
		refused("a caller", file, journal.Actor{Kind: journal.Caller, ID: "per_1"}, staff.NotStaff)
		refused("an examiner", file, examiner, staff.NoRole)
		refused("another role", file, at("dan", "t1"), staff.NoRole)
		refused("no terminal", file, at("clerk-1", ""), staff.NoTerminal)
		refused("another branch's terminal", file, at("clerk-2", "s1"), staff.NoTerminal)
		refused("own case", file, at("clerk-4", "t1"), staff.OwnCase)
		// The register is asked before the municipality is known.
		south := filing(r, a.ID)
		delete(south, "open") // there is one already: refused below on a person without
		refused("another municipality", south, at("clerk-3", "s1"), intake.OtherMunicipality)
		if _, err := r.Open(ctx, at("clerk-3", "s1"), intake.Form{Person: "per_9", Reason: intake.FirstCard, Channel: intake.AtCounter}); !intake.OtherMunicipality.Is(err) {
			t.Errorf("another municipality opens: %v", err)
		}
		suspend("clerk-1", "suspend")
		refused("suspended", file, clerk, staff.NotActive)
		suspend("clerk-1", "resume")

		s := submission(a.ID, "photo")
		s.Delivery = intake.CheckAtApplication
		if got, err := r.Submit(ctx, clerk, s); err != nil || got.Delivery != intake.CheckAtApplication {
			t.Fatalf("a counter clerk submits: %+v, %v", got, err)
		}
		state = intake.Submitted
		examine := examining(r, a.ID)
		refused("the holder", examine, self("per_1"), staff.NotStaff)
		refused("the system", examine, journal.Actor{Kind: journal.System, ID: "house"}, staff.NotStaff)
		refused("a clerk", examine, clerk, staff.NoRole)
		refused("unregistered terminal", examine, at("examiner-1", "t9"), staff.NoTerminal)
		refused("own application", examine, at("examiner-2", ""), staff.OwnCase)
		suspend("examiner-1", "suspend")
		refused("suspended", examine, examiner, staff.NotActive)
		suspend("examiner-1", "resume")
		if err := r.clock.Set(time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)); err != nil { // 21:00 in Japan
			t.Fatal(err)
		}
		refused("closed", file, sato, staff.Closed)
		if _, err := r.Accept(ctx, examiner, a.ID); err != nil {
			t.Errorf("an examiner is at no desk: %v", err)
		}
		if err := r.clock.Set(time.Date(2026, 4, 2, 3, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Open(ctx, sato, intake.Form{Person: "per_2", Reason: intake.FirstCard, Channel: intake.Outreach}); err != nil {
			t.Errorf("a registry clerk opens: %v", err)
		}
	})
}

// Every act from every state, through the real acts. An act of the desk may be
// several of the table; confirm_mail and examine alone have no desk.
// Shows: APP-66
func TestAPP66_EveryEdge(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		path := map[string][]string{"submit": {"accept_photo", "submit"}, "accept": {"examine", "accept"}, "return": {"examine", "return"}, "withdraw": {"withdraw"}}
		a := r.open(t, "per_1")
		if _, err := r.Submit(ctx, self("per_1"), submission(a.ID, "kept")); err != nil {
			t.Fatal(err)
		}
		digest := sha256.Sum256([]byte("kept:kept"))
		for _, from := range intake.Applications.States {
			for act, acts := range path {
				if err := r.db.Tx(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec(ctx, `UPDATE intake_application SET state = $1, photo_digest = $2`, from.ID, digest[:]); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `INSERT INTO intake_photo (application, jpeg) VALUES ($1, $2) ON CONFLICT (application) DO UPDATE SET jpeg = excluded.jpeg`,
						string(a.ID), []byte("kept:kept"))
					return err
				}); err != nil {
					t.Fatal(err)
				}
				to, may := from.ID, true
				for _, v := range acts {
					if v == "examine" && to == intake.UnderExamination {
						continue
					}
					if to, may = intake.Applications.Next(to, v); !may {
						to = from.ID
						break
					}
				}
				var do map[string]func(journal.Actor) error
				by := self("per_1")
				if act == "accept" || act == "return" {
					do, by = examining(r, a.ID), examiner
				} else {
					do = filing(r, a.ID)
				}
				err := do[act](by)
				if may != (err == nil) || (err != nil && !intake.NotInThisState.Is(err)) {
					t.Errorf("%s from %s: %v", act, from.ID, err)
				}
				got, err2 := r.Application(ctx, a.ID)
				if err2 != nil || got.State != to {
					t.Errorf("%s from %s: it is %s, want %s (%v)", act, from.ID, got.State, to, err2)
				}
			}
		}
	})
}

// Between acceptance and the order the card records know nothing: a second
// application waits for them.
// Shows: APP-07
func TestAPP07_AcceptedIsNotAppliedForTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		if _, err := r.Submit(ctx, self("per_1"), submission(a.ID, "one")); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Accept(ctx, examiner, a.ID); err != nil {
			t.Fatal(err)
		}
		again := intake.Form{Person: "per_1", Reason: intake.FirstCard, Channel: intake.PC}
		for _, why := range []intake.Reason{intake.FirstCard, intake.Renewal, intake.Reissue} {
			again.Reason = why
			if _, err := r.Open(ctx, self("per_1"), again); !intake.AlreadyOne.Is(err) {
				t.Errorf("%s before the card is ordered: %v", why, err)
			}
		}
		r.cards.living = []cards.Card{{Application: a.ID, State: cards.Ordered, ExpiresOn: mynumber.Date{Year: 2036, Month: 2, Day: 17}}}
		again.Reason = intake.FirstCard
		if _, err := r.Open(ctx, self("per_1"), again); !intake.AlreadyOne.Is(err) {
			t.Errorf("first card beside an ordered one: %v", err)
		}
		r.cards.living[0].State = cards.Abolished
		if _, err := r.Open(ctx, self("per_1"), again); err != nil {
			t.Errorf("after the card ended: %v", err)
		}
	})
}

// Whoever moves while the application is open picks the card up where they live.
// Shows: APP-68
func TestAPP68_MovedMeanwhile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		if _, err := r.Submit(ctx, self("per_1"), submission(a.ID, "one")); err != nil {
			t.Fatal(err)
		}
		p := r.register["per_1"]
		p.Municipality = "14100"
		r.register["per_1"] = p
		if a, err := r.Accept(ctx, examiner, a.ID); err != nil || a.Municipality != "14100" {
			t.Errorf("accepted for %s, %v", a.Municipality, err)
		}
	})
}

// A photo that nobody needs any more is erased with its digest, and may be used
// by whom it shows.
// Shows: APP-53, P-03
func TestPhotoOfAWithdrawnApplicationGoes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, open())
		a := r.open(t, "per_1")
		if _, err := r.Submit(ctx, self("per_1"), submission(a.ID, "the wrong sister")); err != nil {
			t.Fatal(err)
		}
		if r.photos(t) != 1 {
			t.Fatal("no photo was kept")
		}
		w, err := r.Withdraw(ctx, self("per_1"), a.ID)
		if err != nil || r.photos(t) != 0 || w.PhotoDigest != [32]byte{} {
			t.Fatalf("withdrawn %+v, %v; %d photos", w, err, r.photos(t))
		}
		b := r.open(t, "per_2")
		if _, err := r.Submit(ctx, self("per_2"), submission(b.ID, "the wrong sister")); err != nil {
			t.Errorf("the right sister: %v", err)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// Planted damage is found.
func TestCheckFindsDamage(t *testing.T) {
	ctx := context.Background()
	for name, sql := range map[string]string{
		"state":           `UPDATE intake_application SET state = 'gone'`,
		"acceptance":      `UPDATE intake_application SET state = 'accepted'`,
		"photo gone":      `DELETE FROM intake_photo`,
		"photo changed":   `UPDATE intake_photo SET jpeg = 'x'`,
		"digest gone":     `UPDATE intake_application SET photo_digest = ''`,
		"photo too long":  `UPDATE intake_application SET state = 'withdrawn'`,
		"photo of nobody": `INSERT INTO intake_photo (application, jpeg) VALUES ('x', 'x')`,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, dbtest.SQLite(t))
			a := r.open(t, "per_1")
			if _, err := r.Submit(ctx, self("per_1"), submission(a.ID, "one")); err != nil {
				t.Fatal(err)
			}
			if err := r.db.Tx(ctx, func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql); return err }); err != nil {
				t.Fatal(err)
			}
			if found, err := r.Check(ctx); err != nil || len(found) == 0 {
				t.Errorf("found %v, %v", found, err)
			}
			if _, err := r.Accept(ctx, examiner, a.ID); name == "photo changed" && !intake.PhotoChanged.Is(err) {
				t.Errorf("a changed photo was accepted: %v", err)
			}
		})
	}
}

// An application id that the source gave before is passed over.
func TestIdsAreNeverTwice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		r := newRoom(t, open())
		first := r.open(t, "per_1")
		r.Entropy = entropy.Seeded(t.Name())
		if next := r.open(t, "per_2"); next.ID == first.ID {
			t.Error("one id twice")
		}
	})
}

// What an applicant sends is taken or refused with a number, and a refusal
// changes nothing.
func FuzzSubmit(f *testing.F) {
	ctx := context.Background()
	r := newRoom(f, dbtest.SQLite(f))
	r.Photos = intake.MachineExaminer{}
	a := r.open(f, "per_1")
	for _, s := range []struct{ id, delivery, photo string }{{string(a.ID), "pick_up", "\xff\xd8\xff"}, {"", "", ""}, {"0", "check_at_application", "x"}, {"\x00", "\xff", ""}} {
		f.Add(s.id, s.delivery, []byte(s.photo), 1990, 2, 17)
	}
	f.Fuzz(func(t *testing.T, id, delivery string, photo []byte, y, m, d int) {
		_, err := r.Submit(ctx, self("per_1"), intake.Submission{Application: mynumber.ApplicationID(id), Delivery: intake.Delivery(delivery), Photo: photo,
			BirthDate: mynumber.Date{Year: y, Month: time.Month(m), Day: d}})
		if err == nil || fault.Of(err).Kind == fault.Unexpected {
			t.Fatal(err)
		}
		if got, err := r.Application(ctx, a.ID); err != nil || got.State != intake.Draft {
			t.Fatalf("%+v, %v", got, err)
		}
	})
}
