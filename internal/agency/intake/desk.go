package intake

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake/photo"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

// Examiner decides whether a machine can accept a photo.
type Examiner interface {
	// Examine refuses with every finding.
	Examine(jpeg []byte) error
	// Normalise returns the photo upright and without metadata, as it is kept.
	Normalise(jpeg []byte) ([]byte, error)
}

// MachineExaminer is the photo sub-package as an Examiner.
type MachineExaminer struct{}

// Examine implements Examiner.
func (MachineExaminer) Examine(jpeg []byte) error { _, err := photo.Examine(jpeg); return err }

// Normalise implements Examiner.
func (MachineExaminer) Normalise(jpeg []byte) ([]byte, error) { return photo.Normalise(jpeg) }

// Deps are what the intake stands on.
type Deps struct {
	DB       *db.DB
	Clock    clock.Clock
	Entropy  entropy.Source
	Register registry.Register
	Cards    cards.Records
	Photos   Examiner
}

// Office is the intake.
type Office struct{ Deps }

var _ Desk = (*Office)(nil)

// New returns the intake.
func New(d Deps) *Office { return &Office{d} }

// Application implements Files.
func (o *Office) Application(ctx context.Context, id mynumber.ApplicationID) (Application, error) {
	var a Application
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		a, _, err = load(ctx, tx, id)
		return err
	})
	return a, err
}

// Photo implements Files.
func (o *Office) Photo(ctx context.Context, id mynumber.ApplicationID) ([]byte, error) {
	var a Application
	var jpeg []byte
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		if a, _, err = load(ctx, tx, id); err != nil {
			return err
		}
		jpeg, err = loadPhoto(ctx, tx, id)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case a.State != Accepted:
		return nil, NotInThisState.New()
	case sha256.Sum256(jpeg) != a.PhotoDigest:
		return nil, PhotoChanged.New()
	}
	return jpeg, nil
}

// mayApply asks the register and the card records; it is asked again at every
// step, since both change under an open application (APP-68, LIF-43).
func (o *Office) mayApply(ctx context.Context, person string, why Reason) (registry.Person, error) {
	p, err := o.Register.Person(ctx, person)
	if err != nil {
		return registry.Person{}, err
	}
	if p.Standing != registry.Resident {
		return registry.Person{}, MayNotApply.New()
	}
	all, err := o.Cards.OfPerson(ctx, person)
	if err != nil {
		return registry.Person{}, err
	}
	for _, c := range all {
		living := !slices.Contains([]cards.State{cards.Abolished, cards.Void, cards.Spoiled}, c.State)
		if living && why == FirstCard && mynumber.DateOf(o.Clock.Now()).Compare(c.ExpiresOn) <= 0 {
			return registry.Person{}, AlreadyOne.New()
		}
	}
	return p, nil
}

// Open implements Desk.
func (o *Office) Open(ctx context.Context, by journal.Actor, f Form) (Application, error) {
	if !slices.Contains([]Reason{FirstCard, Renewal, Reissue}, f.Reason) ||
		!slices.Contains([]Channel{Smartphone, PC, Booth, Post, AtCounter, Outreach}, f.Channel) {
		return Application{}, NotInThisState.New()
	}
	p, err := o.mayApply(ctx, f.Person, f.Reason)
	if err != nil {
		return Application{}, err
	}
	id, err := mynumber.DrawApplicationID(o.Entropy.Stream("intake.application"))
	if err != nil {
		return Application{}, err
	}
	now := o.Clock.Now()
	a := Application{ID: id, Person: p.ID, Municipality: p.Municipality, State: Applications.Initial,
		Channel: f.Channel, Reason: f.Reason, Delivery: PickUp, Wishes: Wishes{Signature: true, Authentication: true}}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		open, err := hasOpen(ctx, tx, p.ID)
		if err != nil {
			return err
		}
		if open {
			return AlreadyOne.New()
		}
		if err := insert(ctx, tx, a, now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "intake", Act: actOpened, Subject: a.Person,
			Application: string(a.ID), Details: map[string]string{"reason": string(a.Reason), "channel": string(a.Channel)}})
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// Submit implements Desk. The photo is examined before anything is written, so
// that a refusal leaves the application as it was.
func (o *Office) Submit(ctx context.Context, by journal.Actor, s Submission) (Application, error) {
	a, err := o.Application(ctx, s.Application)
	if err != nil {
		return Application{}, err
	}
	p, err := o.mayApply(ctx, a.Person, a.Reason)
	if err != nil {
		return Application{}, err
	}
	if p.Attributes.BirthDate != s.BirthDate {
		return Application{}, BirthDateDiffers.New()
	}
	if !slices.Contains([]Delivery{PickUp, CheckAtApplication}, s.Delivery) {
		return Application{}, NotInThisState.New()
	}
	if err := o.Photos.Examine(s.Photo); err != nil {
		return Application{}, err
	}
	kept, err := o.Photos.Normalise(s.Photo)
	if err != nil {
		return Application{}, err
	}
	now := o.Clock.Now()
	// Under 15 and on a PIN-less card there is no signature certificate,
	// whatever box was ticked (APP-38, LIF-56).
	if !mynumber.MaySignatureCertificate(p.Attributes.BirthDate, mynumber.DateOf(now), s.Wishes.Pinless) {
		s.Wishes.Signature = false
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		var version int
		if a, version, err = load(ctx, tx, s.Application); err != nil {
			return err
		}
		for _, act := range []string{"accept_photo", "submit"} {
			to, ok := Applications.Next(a.State, act)
			if !ok {
				return NotInThisState.New()
			}
			a.State = to
		}
		a.Wishes, a.Delivery, a.PhotoDigest, a.Defects = s.Wishes, s.Delivery, sha256.Sum256(kept), nil
		others, err := samePhoto(ctx, tx, a.PhotoDigest, a.Person)
		if err != nil {
			return err
		}
		if others > 0 {
			return SamePhoto.New()
		}
		if err := storePhoto(ctx, tx, a.ID, kept); err != nil {
			return err
		}
		if err := update(ctx, tx, a, version); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "intake", Act: actSubmitted, Subject: a.Person,
			Application: string(a.ID), Details: map[string]string{"delivery": string(a.Delivery)}})
		if err != nil {
			return err
		}
		// To the registered address, for the case that the person never applied (LIF-49, P-31).
		_, err = notice.Write(ctx, tx, notice.Letter{Key: "intake.applied/" + string(a.ID) + "/" + db.Time(now), Person: a.Person,
			Kind: letterApplied, Args: []string{mynumber.DateOf(now).String()}, WrittenAt: now})
		return err
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// Accept implements Desk.
func (o *Office) Accept(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error) {
	a, err := o.Application(ctx, id)
	if err != nil {
		return Application{}, err
	}
	if _, err := o.mayApply(ctx, a.Person, a.Reason); err != nil {
		return Application{}, err
	}
	return o.decide(ctx, by, id, []string{"examine", "accept"}, actAccepted, nil)
}

// Return implements Desk. Defects are fault numbers such as "KADO-2226".
func (o *Office) Return(ctx context.Context, by journal.Actor, id mynumber.ApplicationID, defects []string) (Application, error) {
	if len(defects) == 0 || len(defects) > 20 {
		return Application{}, NotInThisState.New()
	}
	for _, d := range defects {
		if len(d) != len("KADO-2226") || !strings.HasPrefix(d, "KADO-22") {
			return Application{}, NotInThisState.New()
		}
	}
	return o.decide(ctx, by, id, []string{"examine", "return"}, actReturned, defects)
}

// Withdraw implements Desk.
func (o *Office) Withdraw(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error) {
	return o.decide(ctx, by, id, []string{"withdraw"}, actWithdrawn, nil)
}

func (o *Office) decide(ctx context.Context, by journal.Actor, id mynumber.ApplicationID, acts []string, act string, defects []string) (Application, error) {
	now := o.Clock.Now()
	var a Application
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var version int
		var err error
		if a, version, err = load(ctx, tx, id); err != nil {
			return err
		}
		for _, v := range acts {
			if v == "examine" && a.State == UnderExamination {
				continue
			}
			to, ok := Applications.Next(a.State, v)
			if !ok {
				return NotInThisState.New()
			}
			a.State = to
		}
		a.Defects = defects
		if a.State == Accepted {
			a.AcceptedAt = now
		}
		if err := update(ctx, tx, a, version); err != nil {
			return err
		}
		e := journal.Entry{At: now, Actor: by, Office: "intake", Act: act, Subject: a.Person, Application: string(a.ID)}
		if len(defects) > 0 {
			e.Details = map[string]string{"defects": strings.Join(defects, " ")}
		}
		if _, err := journal.Write(ctx, tx, e); err != nil {
			return err
		}
		if a.State != Accepted {
			return nil
		}
		payload, err := json.Marshal(AcceptedEffect{Application: a.ID})
		if err != nil {
			return err
		}
		return journal.Queue(ctx, tx, journal.Effect{Kind: EffectAccepted, Key: EffectAccepted + "/" + string(a.ID), Payload: payload, NotBefore: now})
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

var errUnderfoot = errors.New("intake: the application changed underfoot")
