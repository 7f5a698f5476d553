package mynumber

import (
	"errors"
	"time"
)

// Track is how fast a card is made.
type Track string

// The tracks (C-18).
const (
	StandardTrack Track = "standard"
	ExpressTrack  Track = "express" // 特急発行
)

// Valid reports whether t is one of the constants.
func (t Track) Valid() bool { return t == StandardTrack || t == ExpressTrack }

// IssueReason is why a card is issued.
type IssueReason string

// The reasons.
const (
	FirstIssue    IssueReason = "first_issue"
	Renewed       IssueReason = "renewed"         // asked for in the renewal window
	NoteFieldFull IssueReason = "note_field_full" // no room left on the face (R-14, C-36)
	OfficeFault   IssueReason = "office_fault"    // lost or spoiled by an office or a maker
	LostByHolder  IssueReason = "lost_by_holder"  // lost or stolen
	Damaged       IssueReason = "damaged"         // burnt or badly damaged
	OutOfFunction IssueReason = "out_of_function" // the chip does not work, not by the maker's fault
	ReturnedOnce  IssueReason = "returned_once"   // given back earlier, wanted again (LIF-25)
	NumberChanged IssueReason = "number_changed"  // a new Individual Number (LIF-41), not by an office's fault
	HolderWish    IssueReason = "holder_wish"     // change of appearance or wish, paid (C-17)
)

// Refusals of Fee.
var (
	// ErrFee means that no fee is laid down: an unknown track or reason, or a
	// day before the track existed.
	ErrFee = errors.New("mynumber: no fee is laid down for that day, track and reason")
	// ErrNoExpress means that the reason gives no right to the express track.
	ErrNoExpress = errors.New("mynumber: no ground for the express track")
)

// issueReasons says for each reason whether the holder pays and whether the
// express track may be chosen at all.
//
// R-30 names first issue, an office's fault and a full note field as free.
// Renewal near the end is free as well by practice; the sources give no fee
// for it (PRD-66).
var issueReasons = map[IssueReason]struct{ paid, express bool }{
	FirstIssue:    {paid: false, express: true},
	Renewed:       {paid: false, express: false},
	NoteFieldFull: {paid: false, express: true},
	OfficeFault:   {paid: false, express: true},
	LostByHolder:  {paid: true, express: true},
	Damaged:       {paid: true, express: true},
	OutOfFunction: {paid: true, express: true},
	ReturnedOnce:  {paid: true, express: false},
	NumberChanged: {paid: true, express: true},
	HolderWish:    {paid: true, express: false},
}

// fees is in order of time within each track; a row holds from its day until
// the next one of its track. Yen.
var fees = []struct {
	track              Track
	from               Date
	card, certificates int
}{
	{StandardTrack, Date{2016, time.January, 1}, 800, 200},
	{ExpressTrack, Date{2024, time.December, 2}, 1800, 200},
}

// Valid reports whether r is one of the constants.
func (r IssueReason) Valid() bool { _, ok := issueReasons[r]; return ok }

// Fee returns what the holder pays in yen for a card asked for on a day (R-30,
// C-20). Certificates cost the same whether one or both are wanted, and
// nothing where the card is free. Errors are ErrFee or ErrNoExpress.
func Fee(on Date, track Track, reason IssueReason, withCertificates bool) (int, error) {
	why, known := issueReasons[reason]
	if !known || !track.Valid() || !on.Valid() {
		return 0, ErrFee
	}
	if track == ExpressTrack && !why.express {
		return 0, ErrNoExpress
	}
	for i := len(fees) - 1; i >= 0; i-- {
		row := fees[i]
		if row.track != track || on.Before(row.from) {
			continue
		}
		switch {
		case !why.paid:
			return 0, nil
		case withCertificates:
			return row.card + row.certificates, nil
		}
		return row.card, nil
	}
	return 0, ErrFee
}
