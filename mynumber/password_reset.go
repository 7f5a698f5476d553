package mynumber

import (
	"errors"
	"time"
)

// FaceMatchLife is how long a live face match counts for a reset of the
// signature password (C-06, P-50).
const FaceMatchLife = 24 * time.Hour

// PasswordResetFailures is after how many failures only the counter helps
// (P-50).
const PasswordResetFailures = 3

// Why a reset of the signature password away from the counter is refused.
var (
	ErrResetPinless  = errors.New("mynumber: a PIN-less card has no signature password")
	ErrResetCard     = errors.New("mynumber: not the card that the face was compared with")
	ErrResetPIN      = errors.New("mynumber: the PIN for user authentication was not proved")
	ErrResetNoFace   = errors.New("mynumber: no live face match")
	ErrResetFaceOld  = errors.New("mynumber: the live face match is older than 24 hours")
	ErrResetFaceUsed = errors.New("mynumber: the live face match was used before")
	ErrResetFailures = errors.New("mynumber: too many failures, only the counter can help")
)

// PasswordReset is what somebody brings who wants to reset the signature
// password of a card without coming to the counter (C-06).
type PasswordReset struct {
	Card      CardID    // the card on the reader
	FaceCard  CardID    // the card whose chip photo the live face was compared with
	FaceAt    time.Time // when it matched; zero if it did not
	FaceUsed  bool      // that match already served for a reset
	PINProved bool      // the card accepted its PIN for user authentication now
	Pinless   bool      // the card is in PIN-less mode
	Failures  int       // failed attempts so far
}

// Allowed returns nil if the password may be reset at an instant: the same
// card, the PIN, and a face match that is not older than FaceMatchLife, not in
// the future and not used before. A PIN alone never resets a password (P-50).
func (r PasswordReset) Allowed(at time.Time) error {
	switch {
	case r.Pinless:
		return ErrResetPinless
	case r.Failures >= PasswordResetFailures:
		return ErrResetFailures
	case r.FaceAt.IsZero() || r.FaceAt.After(at):
		return ErrResetNoFace
	case at.Sub(r.FaceAt) > FaceMatchLife:
		return ErrResetFaceOld
	case r.FaceUsed:
		return ErrResetFaceUsed
	case r.Card == "" || r.Card != r.FaceCard:
		return ErrResetCard
	case !r.PINProved:
		return ErrResetPIN
	}
	return nil
}
