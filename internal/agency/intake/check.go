package intake

import (
	"context"
	"crypto/sha256"
	"fmt"

	"kado/internal/platform/db"
)

// Check looks for what must never be: an unknown state, a submitted application
// whose photo is missing or is not the recorded one (P-03), a photo that should
// have been erased.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		withPhoto := 0
		all, err := db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM intake_application ORDER BY id`)
		if err != nil {
			return err
		}
		for _, a := range all {
			if !Applications.Known(a.State) {
				out = append(out, fmt.Sprintf("intake: application %s is in the unknown state %q", a.ID, a.State))
			}
			if (a.State == Accepted) == a.AcceptedAt.IsZero() {
				out = append(out, fmt.Sprintf("intake: application %s: state %s and time of acceptance disagree", a.ID, a.State))
			}
			keeps := a.State == PhotoAccepted || a.State == Submitted || a.State == UnderExamination || a.State == Accepted
			if keeps == (a.PhotoDigest == [32]byte{}) {
				out = append(out, fmt.Sprintf("intake: application %s is %s: a photo is kept where none should be, or missing", a.ID, a.State))
			}
			if a.PhotoDigest == [32]byte{} {
				continue
			}
			withPhoto++
			jpeg, err := loadPhoto(ctx, tx, a.ID)
			if err != nil && !PhotoChanged.Is(err) {
				return err
			}
			if err != nil || sha256.Sum256(jpeg) != a.PhotoDigest {
				out = append(out, fmt.Sprintf("intake: application %s does not have the photo it was submitted with", a.ID))
			}
		}
		var kept int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM intake_photo`).Scan(&kept); err != nil {
			return err
		}
		if kept > withPhoto {
			out = append(out, fmt.Sprintf("intake: %d photos are kept for %d applications", kept, withPhoto))
		}
		return nil
	})
	return out, err
}
