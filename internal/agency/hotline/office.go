// Package hotline is the 24-hour stop line (LIF-01..07): it can only suspend,
// at once and before papers exist; when in doubt it suspends (LIF-03).
package hotline

import (
	"context"
	"time"

	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Cause is why the caller reports.
type Cause string

// The causes.
const (
	Lost   Cause = "lost"
	Stolen Cause = "stolen"
	Doubt  Cause = "doubt" // PIN or card may be known to others
)

// Call is one call. The operator sees no number, photo or history (OPS-46).
type Call struct {
	Name      string // as the caller gives it; compared, not searched for writing (P-08)
	BirthDate mynumber.Date
	Address   string
	Cause     Cause
	Police    string // receipt number, if any; may be ""
}

// Receipt is what the caller notes down (OPS-48).
type Receipt struct {
	Number      string // receipt number, not guessable
	Card        mynumber.CardID
	SuspendedAt time.Time
	InDoubt     bool // identity items matched only in part
}

// Line is what hotline operators do, by their own staff id and at any hour
// (OPS-34, P-36; KADO-14nn). KADO-5101 no card in operation matches, KADO-5102 the
// items fit more than one person: ask for more, KADO-5103 cause or police receipt
// malformed, KADO-2002 name, birth date or address malformed.
type Line interface {
	Suspend(ctx context.Context, by journal.Actor, c Call) (Receipt, error)
}
