package validation

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// maxName is the longest name of a verifier in characters.
const maxName = 100

var (
	verifierID = regexp.MustCompile(`^ver_[0-9a-z_]{1,60}$`)
	purposes   = []Purpose{PurposeStatus, PurposeLinkage, PurposeAttributes, PurposeNotify, PurposeFaults}
)

// draws bounds how often an id is drawn anew where it is taken, as it is when a
// seeded source repeats itself after a restart.
const draws = 10_000

// Accredit implements Desk. Recording the same again changes nothing.
func (o *Office) Accredit(ctx context.Context, by journal.Actor, v Verifier) (Verifier, error) {
	if err := v.check(); err != nil {
		return Verifier{}, err
	}
	slices.SortFunc(v.Purposes, func(a, b Purpose) int { return slices.Index(purposes, a) - slices.Index(purposes, b) })
	now := o.clock.Now()
	wanted := v.ID
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		v.ID = wanted
		if err := requireOperator(ctx, tx, by, now); err != nil {
			return err
		}
		if v.ID == "" {
			var err error
			if v.ID, err = o.freeVerifierID(ctx, tx); err != nil {
				return err
			}
		}
		old, found, err := loadVerifier(ctx, tx, v.ID)
		if err != nil || found && old.same(v) {
			return err
		}
		if err := putVerifier(ctx, tx, v, now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "validation", Act: ActAccredited, Details: map[string]string{
			"verifier": v.ID, "purposes": joinPurposes(v.Purposes), "from": dayText(v.From), "to": dayText(v.To)}})
		return err
	})
	if err != nil {
		return Verifier{}, err
	}
	return v, nil
}

func (v *Verifier) check() error {
	v.Purposes = slices.Clone(v.Purposes)
	switch {
	case v.ID != "" && !verifierID.MatchString(v.ID):
		return Malformed.New("id")
	case !fitName(v.Name):
		return Malformed.New("name")
	case !v.From.Valid():
		return Malformed.New("from")
	case !v.To.IsZero() && !v.To.Valid():
		return Malformed.New("to")
	case len(v.Purposes) == 0:
		return Malformed.New("purposes")
	}
	for i, p := range v.Purposes {
		if !slices.Contains(purposes, p) || slices.Contains(v.Purposes[:i], p) {
			return Malformed.New("purposes")
		}
	}
	return nil
}

func (v Verifier) same(w Verifier) bool {
	return v.Name == w.Name && v.From == w.From && v.To == w.To && slices.Equal(v.Purposes, w.Purposes)
}

func (o *Office) freeVerifierID(ctx context.Context, tx *db.Tx) (string, error) {
	for range draws {
		id, err := entropy.ID(o.entropy.Stream("validation.verifier"), "ver")
		if err != nil {
			return "", err
		}
		if _, taken, err := loadVerifier(ctx, tx, id); err != nil || !taken {
			return id, err
		}
	}
	return "", errors.New("validation: the source of ids repeats itself")
}

// may returns nil where the verifier may ask for a purpose on a day (CRT-58,
// CRT-62).
func (v Verifier) may(p Purpose, on mynumber.Date) error {
	if on.Before(v.From) || !v.To.IsZero() && on.After(v.To) {
		return NotAccredited.New()
	}
	if !slices.Contains(v.Purposes, p) {
		return NotCovered.New()
	}
	return nil
}
