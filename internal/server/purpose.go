package server

import (
	"context"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/purpose"
	"kado/internal/platform/staff"
)

// admit refuses a database that is for something else than what it is opened for,
// before anything is read from it or written to it. A new one is for that from now on,
// and one that is older than the record is known by its staff.
func admit(ctx context.Context, d *db.DB, want purpose.Purpose) error {
	var is purpose.Purpose
	read := func(tx *db.Tx) (err error) {
		is, err = purpose.Of(ctx, tx)
		return err
	}
	if err := d.View(ctx, read); err != nil {
		return err
	}
	if is == "" {
		// Read again: another process may have been faster.
		err := d.Tx(ctx, func(tx *db.Tx) error {
			if err := read(tx); err != nil || is != "" {
				return err
			}
			var err error
			if is, err = recognised(ctx, tx, want); err != nil || is != want {
				return err
			}
			return purpose.Record(ctx, tx, is)
		})
		if err != nil {
			return err
		}
	}
	switch {
	case is == want:
		return nil
	case want == purpose.Production:
		return SandboxDatabase.New()
	default:
		return ProductionDatabase.New()
	}
}

// recognised says what a database without a record is for: what is wanted, as long as
// nothing ever happened in it.
func recognised(ctx context.Context, tx *db.Tx, want purpose.Purpose) (purpose.Purpose, error) {
	head, err := journal.Latest(ctx, tx)
	if err != nil {
		return "", err
	}
	if head.Seq == 0 {
		return want, nil
	}
	hired, err := sandboxStaff(ctx, tx)
	if hired || err != nil {
		return purpose.Sandbox, err
	}
	return purpose.Production, nil
}

// sandboxStaff says whether whom every sandbox hires at its beginning is there. Their
// records are never removed.
func sandboxStaff(ctx context.Context, tx *db.Tx) (bool, error) {
	m, err := staff.GetMember(ctx, tx, MakerInspector)
	if staff.Unknown.Is(err) {
		return false, nil
	}
	return m.Name == inspectorName && m.Branch == Works, err
}

// checkPurpose compares what the database says it is for with who works there.
func (h *House) checkPurpose(ctx context.Context, r *Report) error {
	return h.DB.View(ctx, func(tx *db.Tx) error {
		is, err := purpose.Of(ctx, tx)
		if err != nil {
			return err
		}
		hired, err := sandboxStaff(ctx, tx)
		r.Purpose = is
		switch {
		case err != nil:
		case hired && is != purpose.Sandbox:
			r.Findings = append(r.Findings, "purpose: the database says it is for production and has the staff of a sandbox")
		case !hired && is == purpose.Sandbox:
			r.Findings = append(r.Findings, "purpose: the database says it is a sandbox's and has not its staff")
		}
		return err
	})
}
