package intake

import (
	"context"
	"crypto/sha256"
	"fmt"

	"kado/internal/platform/db"
)

// Check looks for what must never be: an unknown state, a submitted application
// whose photo is missing or is not the recorded one (P-03).
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
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
			if a.PhotoDigest == [32]byte{} {
				if a.State != Draft && a.State != MailConfirmed && a.State != Withdrawn {
					out = append(out, fmt.Sprintf("intake: application %s is %s without a photo", a.ID, a.State))
				}
				continue
			}
			jpeg, err := loadPhoto(ctx, tx, a.ID)
			if err != nil && !PhotoChanged.Is(err) {
				return err
			}
			if err != nil || sha256.Sum256(jpeg) != a.PhotoDigest {
				out = append(out, fmt.Sprintf("intake: application %s does not have the photo it was submitted with", a.ID))
			}
		}
		return nil
	})
	return out, err
}
