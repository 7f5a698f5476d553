package intake

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

// mayFile makes sure that an actor may file for a person: the person, or a
// registry or counter clerk at a desk of the municipality where the person
// lives. An empty code leaves the municipality to a later question.
func mayFile(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time, person string, code mynumber.MunicipalityCode) error {
	if by.Kind == journal.Holder {
		if by.ID != person {
			return NotTheirs.New()
		}
		return nil
	}
	m, err := staff.Require(ctx, tx, by, now, staff.RegistryClerk)
	if staff.NoRole.Is(err) {
		m, err = staff.Require(ctx, tx, by, now, staff.CounterClerk)
	}
	if err != nil {
		return err
	}
	if err := staff.NotOwnCase(m, person); err != nil || code == "" {
		return err
	}
	b, err := staff.GetBranch(ctx, tx, m.Branch)
	if err != nil {
		return err
	}
	if b.Municipality != code.WithCheckDigit() {
		return OtherMunicipality.New(string(code))
	}
	return nil
}

// mayExamine makes sure that an actor may examine a person's application.
func mayExamine(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time, person string) error {
	m, err := staff.Require(ctx, tx, by, now, staff.IntakeExaminer)
	if err != nil {
		return err
	}
	return staff.NotOwnCase(m, person)
}

// Accept implements Desk.
func (o *Office) Accept(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error) {
	now := o.Clock.Now()
	var a Application
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		if a, _, err = load(ctx, tx, id); err != nil {
			return err
		}
		return mayExamine(ctx, tx, by, now, a.Person)
	})
	if err != nil {
		return Application{}, err
	}
	who, err := o.mayApply(ctx, a.Person, a.Reason)
	if err != nil {
		return Application{}, err
	}
	return o.decide(ctx, by, id, decision{
		acts: []string{"examine", "accept"}, code: actAccepted,
		permit: func(tx *db.Tx, a Application) error { return mayExamine(ctx, tx, by, now, a.Person) },
		change: func(tx *db.Tx, a *Application) error {
			if err := who.noneUnderWay(ctx, tx); err != nil {
				return err
			}
			// What was examined is what goes to production (P-03).
			jpeg, err := loadPhoto(ctx, tx, id)
			if err != nil {
				return err
			}
			if sha256.Sum256(jpeg) != a.PhotoDigest {
				return PhotoChanged.New()
			}
			a.Municipality, a.AcceptedAt = who.person.Municipality, now
			payload, err := json.Marshal(AcceptedEffect{Application: a.ID})
			if err != nil {
				return err
			}
			return journal.Queue(ctx, tx, journal.Effect{Kind: EffectAccepted, Key: EffectAccepted + "/" + string(a.ID), Payload: payload, NotBefore: now})
		},
	})
}

// photoDefect is the form of a defect's number.
var photoDefect = regexp.MustCompile(`^KADO-22[0-9]{2}$`)

// checkDefects accepts numbers of the photo's catalogue, each once (APP-63).
func checkDefects(defects []string) error {
	if len(defects) == 0 || len(defects) > 20 {
		return Malformed.New("defects")
	}
	known := map[string]bool{}
	for _, k := range fault.All() {
		known[k.Code()] = true
	}
	for i, d := range defects {
		if !photoDefect.MatchString(d) || !known[d] || slices.Contains(defects[:i], d) {
			return Malformed.New("defects")
		}
	}
	return nil
}

// Return implements Desk. The photo goes with the defect: another one has to
// come in its place.
func (o *Office) Return(ctx context.Context, by journal.Actor, id mynumber.ApplicationID, defects []string) (Application, error) {
	if err := checkDefects(defects); err != nil {
		return Application{}, err
	}
	defects = slices.Clone(defects)
	return o.decide(ctx, by, id, decision{
		acts: []string{"examine", "return"}, code: actReturned, letter: letterReturned,
		details: map[string]string{"defects": strings.Join(defects, " ")},
		permit:  func(tx *db.Tx, a Application) error { return mayExamine(ctx, tx, by, o.Clock.Now(), a.Person) },
		change: func(tx *db.Tx, a *Application) error {
			a.Defects = defects
			return dropPhoto(ctx, tx, a)
		},
	})
}

// Withdraw implements Desk. The register is asked where the person lives now; a
// dead person's application is withdrawn by that municipality's clerk.
func (o *Office) Withdraw(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error) {
	a, err := o.Application(ctx, id)
	if err != nil {
		return Application{}, err
	}
	p, err := o.Register.Person(ctx, a.Person)
	if err != nil {
		return Application{}, err
	}
	return o.decide(ctx, by, id, decision{
		acts: []string{"withdraw"}, code: actWithdrawn, letter: letterWithdrawn,
		permit: func(tx *db.Tx, a Application) error {
			return mayFile(ctx, tx, by, o.Clock.Now(), a.Person, p.Municipality)
		},
		change: func(tx *db.Tx, a *Application) error {
			a.Defects = nil
			return dropPhoto(ctx, tx, a)
		},
	})
}

// decision is one decision on an application.
type decision struct {
	acts    []string // of the table Applications
	code    string   // of the journal
	details map[string]string
	letter  *notice.Kind // nil: none
	permit  func(*db.Tx, Application) error
	change  func(*db.Tx, *Application) error // what changes besides the state
}

func (o *Office) decide(ctx context.Context, by journal.Actor, id mynumber.ApplicationID, d decision) (Application, error) {
	now := o.Clock.Now()
	var a Application
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var version int
		var err error
		if a, version, err = load(ctx, tx, id); err != nil {
			return err
		}
		if err := d.permit(tx, a); err != nil {
			return err
		}
		if a.State, err = next(a.State, d.acts...); err != nil {
			return err
		}
		if err := d.change(tx, &a); err != nil {
			return err
		}
		if err := update(ctx, tx, a, version); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "intake", Act: d.code, Subject: a.Person,
			Application: string(a.ID), Details: d.details})
		if err != nil || d.letter == nil {
			return err
		}
		return tell(ctx, tx, a, d.letter, version, now)
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// tell writes a letter to the applicant, once for a version of the application.
func tell(ctx context.Context, tx *db.Tx, a Application, k *notice.Kind, version int, now time.Time) error {
	_, err := notice.Write(ctx, tx, notice.Letter{Key: k.Code + "/" + string(a.ID) + "/" + strconv.Itoa(version), Person: a.Person,
		Kind: k, Args: []string{mynumber.DateOf(now).String()}, WrittenAt: now})
	return err
}
