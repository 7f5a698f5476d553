// Package counter is the town hall's counter: sessions with a card on the
// reader. A session names one person and one purpose; the card proves itself
// by its own key; PINs go from the holder's pad to the chip and nowhere else
// (P-01, P-17, R-22).
package counter

import (
	"context"
	"time"

	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
	"kado/reader"
)

// State is the state of a counter session.
type State string

// The states.
const (
	Open       State = "open"
	Identified State = "identified"
	Proved     State = "proved"
	Done       State = "done"
	BrokenOff  State = "broken_off"
)

// Sessions is the table of a counter session: nothing happens to a card before
// the person is identified and the card has proved itself, in this order.
var Sessions = states.New(states.Machine[State]{
	Name: "session", Title: lang.Text{JA: "窓口", EN: "Counter session"}, Initial: Open,
	States: []states.State[State]{
		{ID: Open, Text: lang.Text{JA: "開始", EN: "open"}},
		{ID: Identified, Text: lang.Text{JA: "本人確認済み", EN: "identified"}},
		{ID: Proved, Text: lang.Text{JA: "カード確認済み", EN: "card proved"}},
		{ID: Done, Text: lang.Text{JA: "完了", EN: "done"}, End: true},
		{ID: BrokenOff, Text: lang.Text{JA: "中止", EN: "broken off"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: "identify", From: Open, To: Identified},
		{Act: "prove", From: Identified, To: Proved},
		{Act: "finish", From: Proved, To: Done},
		{Act: "break_off", From: Open, To: BrokenOff},
		{Act: "break_off", From: Identified, To: BrokenOff},
		{Act: "break_off", From: Proved, To: BrokenOff},
	},
})

// Purpose is what a session is for; it decides which operations it may ask
// the card management system for.
type Purpose string

// The purposes.
const (
	Delivery         Purpose = "delivery"
	UnblockPIN       Purpose = "unblock_pin"
	Resume           Purpose = "resume"
	AttributeChange  Purpose = "attribute_change"
	CertificateRenew Purpose = "certificate_renewal"
)

// Session is one counter session.
type Session struct {
	ID        string   // ses_…
	Wire      [16]byte // as sent to the chip
	Person    string
	Card      mynumber.CardID
	Purpose   Purpose
	State     State
	Clerk     string // staff id
	Checker   string // second staff id, who checked identity (P-17)
	Terminal  string
	OpenedAt  time.Time
	ExpiresAt time.Time
}

// Document is one identity document shown; the number is stored as a
// digest, not in clear (P-30).
type Document struct {
	Kind    mynumber.DocumentKind
	Number  string
	Issued  mynumber.Date // zero where the paper does not say
	Expires mynumber.Date // zero: none
}

// PIN names a PIN of the card for prompts.
type PIN string

// The four PINs.
const (
	SignaturePassword PIN = "signature"
	AuthenticationPIN PIN = "authentication"
	TextPIN           PIN = "text"
	RegisterPIN       PIN = "register"
)

// Pad is the holder's PIN pad. Enter asks for one new value; the counter
// checks it against R-20 and asks again with the refusal until it passes or the
// holder gives up (an error). Values never pass through staff screens.
type Pad interface {
	Enter(ctx context.Context, which PIN, refusal error) (mynumber.Secret, error)
}

// Desk is what the clerks do. A session that is refused stays as it was.
// KADO-5001 no such session, KADO-5002 not in a state for it, KADO-5003 the
// documents do not suffice, KADO-5004 the card on the reader is not the booked
// one, KADO-5005 the card could not prove itself, KADO-5006 two different
// persons are needed, KADO-5007 the person may not (dead, moved out), KADO-5008
// no acceptable PIN was entered, KADO-5009 the session has expired, KADO-5010
// the purpose does not cover this.
type Desk interface {
	Session(ctx context.Context, id string) (Session, error)
	// Open begins a session for one person and one card.
	Open(ctx context.Context, by journal.Actor, person string, card mynumber.CardID, p Purpose) (Session, error)
	// Identify records the documents; the checker must not be the clerk for a
	// delivery.
	Identify(ctx context.Context, by journal.Actor, session string, docs []Document) (Session, error)
	// Prove has the card on the reader sign for this session with its own key.
	Prove(ctx context.Context, by journal.Actor, session string, card reader.Transport) (Session, error)
	// Deliver sets the PINs, puts the chip and then the record into operation,
	// reads the card once more (P-01) and ends custody.
	Deliver(ctx context.Context, by journal.Actor, session string, card reader.Transport, pad Pad) (Session, error)
	// Unblock sets the given PINs anew.
	Unblock(ctx context.Context, by journal.Actor, session string, card reader.Transport, which []PIN, pad Pad) (Session, error)
	// Resume lifts a suspension (LIF-07).
	Resume(ctx context.Context, by journal.Actor, session string, card reader.Transport) (Session, error)
	// Rewrite brings the chip to the register's state (LIF-34) and, where the
	// holder wishes, loads a new signature certificate at the same visit
	// (LIF-37).
	Rewrite(ctx context.Context, by journal.Actor, session string, card reader.Transport, newSignature bool) (Session, error)
	// Renew gives new certificates with keys born on the chip; the old ones are
	// superseded in the same step as the new become valid (P-20).
	Renew(ctx context.Context, by journal.Actor, session string, card reader.Transport) (Session, error)
	BreakOff(ctx context.Context, by journal.Actor, session, why string) (Session, error)
}
