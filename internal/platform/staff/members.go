package staff

import (
	"context"

	"kado/internal/platform/db"
)

// AddMember registers a member, active, with m.Roles. An id that was ever used
// is refused with Exists.
func AddMember(ctx context.Context, tx *db.Tx, m Member, who Who) error {
	switch {
	case !idForm.MatchString(m.ID):
		return Malformed.New("id")
	case !fitName(m.Name):
		return Malformed.New("name")
	case !idForm.MatchString(m.Employer):
		return Malformed.New("employer")
	case m.Person != "" && !idForm.MatchString(m.Person):
		return Malformed.New("person")
	}
	if _, err := GetBranch(ctx, tx, m.Branch); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO staff_member (id, name, branch, employer, person, state) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO NOTHING`, m.ID, m.Name, m.Branch, m.Employer, m.Person, Members.Initial)
	if err != nil {
		return err
	}
	if n == 0 {
		return Exists.New(m.ID)
	}
	if err := who.write(ctx, tx, Changed, map[string]string{"member": m.ID, "act": "add"}); err != nil {
		return err
	}
	for _, r := range m.Roles {
		if err := Grant(ctx, tx, m.ID, r, who); err != nil {
			return err
		}
	}
	return nil
}

// GetMember returns a member with the roles in order, or Unknown.
func GetMember(ctx context.Context, tx *db.Tx, id string) (m Member, err error) {
	err = tx.QueryRow(ctx, `SELECT id, name, branch, employer, person, state FROM staff_member WHERE id = $1`, id).
		Scan(&m.ID, &m.Name, &m.Branch, &m.Employer, &m.Person, &m.State)
	if err != nil {
		return Member{}, missing(err, id)
	}
	m.Roles, err = db.Collect(ctx, tx, func(scan func(...any) error) (r Role, err error) {
		return r, scan(&r)
	}, `SELECT role FROM staff_role WHERE member = $1 ORDER BY role`, id)
	return m, err
}

// Grant gives a role; giving it twice does nothing.
func Grant(ctx context.Context, tx *db.Tx, member string, r Role, who Who) error {
	if !r.known() {
		return Malformed.New("role")
	}
	if _, err := GetMember(ctx, tx, member); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `INSERT INTO staff_role (member, role) VALUES ($1, $2) ON CONFLICT (member, role) DO NOTHING`, member, r)
	if err != nil || n == 0 {
		return err
	}
	return who.write(ctx, tx, Changed, map[string]string{"member": member, "act": "grant", "role": string(r)})
}

// Withdraw takes a role away; one that is not there is left so.
func Withdraw(ctx context.Context, tx *db.Tx, member string, r Role, who Who) error {
	if !r.known() {
		return Malformed.New("role")
	}
	if _, err := GetMember(ctx, tx, member); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `DELETE FROM staff_role WHERE member = $1 AND role = $2`, member, r)
	if err != nil || n == 0 {
		return err
	}
	return who.write(ctx, tx, Changed, map[string]string{"member": member, "act": "withdraw", "role": string(r)})
}

// MoveMember applies an act of Members ("suspend", "resume", "leave"), or
// refuses it with NotNow.
func MoveMember(ctx context.Context, tx *db.Tx, member, act string, who Who) error {
	m, err := GetMember(ctx, tx, member)
	if err != nil {
		return err
	}
	to, ok := Members.Next(m.State, act)
	if !ok {
		return NotNow.New(string(m.State))
	}
	if _, err := tx.Exec(ctx, `UPDATE staff_member SET state = $1 WHERE id = $2`, to, member); err != nil {
		return err
	}
	return who.write(ctx, tx, Changed, map[string]string{"member": member, "act": act})
}

// SuspendEmployer suspends all active staff of an employer at once (P-36) and
// returns how many.
func SuspendEmployer(ctx context.Context, tx *db.Tx, employer string, who Who) (int, error) {
	if !idForm.MatchString(employer) {
		return 0, Malformed.New("employer")
	}
	n, err := tx.Exec(ctx, `UPDATE staff_member SET state = $1 WHERE employer = $2 AND state = $3`, Suspended, employer, Active)
	if err != nil {
		return 0, err
	}
	return int(n), who.write(ctx, tx, EmployerSuspended, map[string]string{"employer": employer})
}
