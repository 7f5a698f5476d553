package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake/photo"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
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
		if a.State != Accepted {
			return NotInThisState.New()
		}
		jpeg, err = loadPhoto(ctx, tx, id)
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case sha256.Sum256(jpeg) != a.PhotoDigest:
		return nil, PhotoChanged.New()
	}
	return jpeg, nil
}

// standing is what register and card records say of an applicant.
type standing struct {
	person  registry.Person
	ordered map[mynumber.ApplicationID]bool // applications that have become a card
}

// mayApply asks the register and the card records; it is asked again at every
// step, since both change under an open application (APP-68, LIF-43).
func (o *Office) mayApply(ctx context.Context, person string, why Reason) (standing, error) {
	p, err := o.Register.Person(ctx, person)
	if err != nil {
		return standing{}, err
	}
	if p.Standing != registry.Resident {
		return standing{}, MayNotApply.New()
	}
	all, err := o.Cards.OfPerson(ctx, person)
	if err != nil {
		return standing{}, err
	}
	s := standing{person: p, ordered: map[mynumber.ApplicationID]bool{}}
	for _, c := range all {
		s.ordered[c.Application] = true
		living := !slices.Contains([]cards.State{cards.Abolished, cards.Void, cards.Spoiled}, c.State)
		if living && why == FirstCard && mynumber.DateOf(o.Clock.Now()).Compare(c.ExpiresOn) <= 0 {
			return standing{}, AlreadyOne.New()
		}
	}
	return s, nil
}

// noneUnderWay refuses a second application while an accepted one has not become
// a card yet: the card records do not know of it, and two cards would be made
// (APP-07).
func (s standing) noneUnderWay(ctx context.Context, tx *db.Tx) error {
	accepted, err := acceptedOf(ctx, tx, s.person.ID)
	if err != nil {
		return err
	}
	for _, id := range accepted {
		if !s.ordered[id] {
			return AlreadyOne.New()
		}
	}
	return nil
}

// Open implements Desk.
func (o *Office) Open(ctx context.Context, by journal.Actor, f Form) (Application, error) {
	if !slices.Contains([]Reason{FirstCard, Renewal, Reissue}, f.Reason) {
		return Application{}, Malformed.New("reason")
	}
	if !slices.Contains([]Channel{Smartphone, PC, Booth, Post, AtCounter, Outreach}, f.Channel) {
		return Application{}, Malformed.New("channel")
	}
	now := o.Clock.Now()
	if err := o.DB.View(ctx, func(tx *db.Tx) error {
		return mayFile(ctx, tx, by, now, f.Person, "")
	}); err != nil {
		return Application{}, err
	}
	s, err := o.mayApply(ctx, f.Person, f.Reason)
	if err != nil {
		return Application{}, err
	}
	a := Application{Person: s.person.ID, Municipality: s.person.Municipality, State: Applications.Initial,
		Channel: f.Channel, Reason: f.Reason, Delivery: PickUp, Wishes: Wishes{Signature: true, Authentication: true}}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := mayFile(ctx, tx, by, now, a.Person, a.Municipality); err != nil {
			return err
		}
		open, err := hasOpen(ctx, tx, a.Person)
		if err != nil {
			return err
		}
		if open {
			return AlreadyOne.New()
		}
		if err := s.noneUnderWay(ctx, tx); err != nil {
			return err
		}
		if a.ID, err = o.draw(ctx, tx); err != nil {
			return err
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

// draw returns an id that no application has. A seeded source that begins anew
// repeats itself; a few draws pass over what it gave before.
func (o *Office) draw(ctx context.Context, tx *db.Tx) (mynumber.ApplicationID, error) {
	for range 100 {
		id, err := mynumber.DrawApplicationID(o.Entropy.Stream("intake.application"))
		if err != nil {
			return "", err
		}
		if _, _, err := load(ctx, tx, id); !NoSuchApplication.Is(err) {
			if err != nil {
				return "", err
			}
			continue
		}
		return id, nil
	}
	return "", errors.New("intake: the source of application ids repeats itself")
}

// Submit implements Desk. Who may submit is asked first, so that nobody else
// learns of a birth date or has a photo examined; the photo is examined before
// anything is written, so that a refusal leaves the application as it was.
func (o *Office) Submit(ctx context.Context, by journal.Actor, s Submission) (Application, error) {
	if !slices.Contains([]Delivery{PickUp, CheckAtApplication}, s.Delivery) {
		return Application{}, Malformed.New("delivery")
	}
	now := o.Clock.Now()
	var a Application
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		if a, _, err = load(ctx, tx, s.Application); err != nil {
			return err
		}
		if err := mayFile(ctx, tx, by, now, a.Person, ""); err != nil {
			return err
		}
		_, err = next(a.State, "accept_photo", "submit")
		return err
	})
	if err != nil {
		return Application{}, err
	}
	if s.Delivery == CheckAtApplication && by.Kind != journal.Staff {
		return Application{}, CheckNeedsDesk.New()
	}
	who, err := o.mayApply(ctx, a.Person, a.Reason)
	if err != nil {
		return Application{}, err
	}
	if who.person.Attributes.BirthDate != s.BirthDate {
		return Application{}, BirthDateDiffers.New()
	}
	if err := o.Photos.Examine(s.Photo); err != nil {
		return Application{}, err
	}
	kept, err := o.Photos.Normalise(s.Photo)
	if err != nil {
		return Application{}, err
	}
	// Under 15 and on a PIN-less card there is no signature certificate,
	// whatever box was ticked (APP-38, LIF-56).
	if !mynumber.MaySignatureCertificate(who.person.Attributes.BirthDate, mynumber.DateOf(now), s.Wishes.Pinless) {
		s.Wishes.Signature = false
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		var version int
		var err error
		if a, version, err = load(ctx, tx, s.Application); err != nil {
			return err
		}
		if err := mayFile(ctx, tx, by, now, a.Person, who.person.Municipality); err != nil {
			return err
		}
		if a.State, err = next(a.State, "accept_photo", "submit"); err != nil {
			return err
		}
		a.Municipality = who.person.Municipality // the person may have moved since the form was issued
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
		return tell(ctx, tx, a, letterApplied, version, now)
	})
	if err != nil {
		return Application{}, err
	}
	return a, nil
}

// next follows the table through several acts.
func next(s State, acts ...string) (State, error) {
	for _, act := range acts {
		if act == "examine" && s == UnderExamination {
			continue
		}
		to, ok := Applications.Next(s, act)
		if !ok {
			return "", NotInThisState.New()
		}
		s = to
	}
	return s, nil
}
