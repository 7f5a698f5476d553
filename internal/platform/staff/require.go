package staff

import (
	"context"
	"slices"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
)

// Require makes sure that the actor may act in the role at instant now: a named,
// active member who has it and, for a role at a desk, at a registered terminal
// of the member's own branch within its hours. A terminal that is named must
// always be in order. It returns the member.
func Require(ctx context.Context, tx *db.Tx, actor journal.Actor, now time.Time, role Role) (Member, error) {
	if actor.Kind != journal.Staff {
		return Member{}, NotStaff.New()
	}
	m, err := GetMember(ctx, tx, actor.ID)
	switch {
	case Unknown.Is(err):
		return Member{}, NotStaff.New()
	case err != nil:
		return Member{}, err
	case m.State != Active:
		return Member{}, NotActive.New()
	case !role.known() || !slices.Contains(m.Roles, role):
		return Member{}, NoRole.New(string(role))
	}
	if actor.Terminal == "" && !role.AtDesk() {
		return m, nil
	}
	t, err := GetTerminal(ctx, tx, actor.Terminal)
	switch {
	case Unknown.Is(err):
		return Member{}, NoTerminal.New()
	case err != nil:
		return Member{}, err
	case t.State != Registered || t.Branch != m.Branch:
		return Member{}, NoTerminal.New()
	}
	if role.AtDesk() {
		b, err := GetBranch(ctx, tx, m.Branch)
		if err != nil {
			return Member{}, err
		}
		if !b.Hours.Open(now) {
			return Member{}, Closed.New()
		}
	}
	return m, nil
}

// TwoPersons makes sure that two actors are two different members of staff
// (OPS-34, P-17).
func TwoPersons(a, b journal.Actor) error {
	if a.Kind != journal.Staff || b.Kind != journal.Staff {
		return NotStaff.New()
	}
	if a.ID == "" || b.ID == "" || a.ID == b.ID {
		return SamePerson.New()
	}
	return nil
}

// RequireTwo is Require for both, and TwoPersons; two staff ids of one person
// are refused too.
func RequireTwo(ctx context.Context, tx *db.Tx, now time.Time, a journal.Actor, roleA Role, b journal.Actor, roleB Role) error {
	if err := TwoPersons(a, b); err != nil {
		return err
	}
	first, err := Require(ctx, tx, a, now, roleA)
	if err != nil {
		return err
	}
	second, err := Require(ctx, tx, b, now, roleB)
	if err != nil {
		return err
	}
	if first.Person != "" && first.Person == second.Person {
		return SamePerson.New()
	}
	return nil
}

// NotOwnCase refuses a member who is among the persons a case concerns; callers
// pass the subject and the subject's kin (P-17).
func NotOwnCase(m Member, concerned ...string) error {
	if m.Person != "" && slices.Contains(concerned, m.Person) {
		return OwnCase.New()
	}
	return nil
}
