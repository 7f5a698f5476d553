// Package custody keeps undelivered cards: at every moment one place and one
// responsible person, a daily count by card id, and the same-day alarm for a
// missing one (PRD-25, PRD-26, P-14).
package custody

import (
	"context"
	"time"

	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
)

// State is where a card is.
type State string

// The states.
const (
	Stored   State = "stored"
	TakenOut State = "taken_out"
	Given    State = "given"
	Missing  State = "missing"
	Disposed State = "disposed"
)

// Custody is the table of a card's custody.
var Custody = states.New(states.Machine[State]{
	Name: "custody", Title: lang.Text{JA: "保管", EN: "Custody"}, Initial: Stored,
	States: []states.State[State]{
		{ID: Stored, Text: lang.Text{JA: "保管庫", EN: "stored"}},
		{ID: TakenOut, Text: lang.Text{JA: "持出し中", EN: "taken out"}},
		{ID: Given, Text: lang.Text{JA: "交付済み", EN: "given to the holder"}, End: true},
		{ID: Missing, Text: lang.Text{JA: "所在不明", EN: "missing"}},
		{ID: Disposed, Text: lang.Text{JA: "廃棄済み", EN: "disposed of"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: "take_out", From: Stored, To: TakenOut},
		{Act: "put_back", From: TakenOut, To: Stored},
		{Act: "give", From: TakenOut, To: Given},
		{Act: "miss", From: Stored, To: Missing},
		{Act: "miss", From: TakenOut, To: Missing},
		{Act: "dispose", From: Stored, To: Disposed},
		{Act: "dispose", From: Missing, To: Disposed}, // a void card that turns up is only destroyed (P-18)
	},
})

// Item is one card in custody.
type Item struct {
	Card         mynumber.CardID
	Municipality mynumber.MunicipalityCode
	Branch       string
	State        State
	Place        string // box and slot, e.g. "safe-1/012"
	Custodian    string // staff id
	Since        time.Time
	Consignment  string
}

// Count is one closing count of a branch.
type Count struct {
	Branch   string
	On       mynumber.Date
	Expected int
	Scanned  int
	Missing  []mynumber.CardID // made void by this count
	Foreign  []mynumber.CardID
}

// Store is what the custodians do, each at a terminal of their branch within
// opening hours, with cards of their own branch and never with a card of their
// own (OPS-34, P-16, P-17, P-36; KADO-14nn). KADO-3101 no such card here,
// KADO-3102 not in a state for it, KADO-3103 two different persons are needed,
// KADO-3104 the day is closed already, KADO-3105 a scan is malformed, KADO-3106 a
// reason or session is malformed, KADO-3107 the card's own record does not agree,
// KADO-3108 another branch's card.
type Store interface {
	Item(ctx context.Context, card mynumber.CardID) (Item, error)
	InStore(ctx context.Context, branch string) ([]Item, error)
	// Receive takes a consignment in after a full scan (P-14); by a custodian of
	// a branch of the municipality it was sent to. Not after the day's closing
	// count.
	Receive(ctx context.Context, by journal.Actor, consignment, branch string, scanned []mynumber.CardID) ([]Item, error)
	// TakeOut needs two persons and a reason (PRD-26): a custodian, and a second
	// custodian, counter clerk or identity checker of the same branch. Not after
	// the day's closing count.
	TakeOut(ctx context.Context, by, second journal.Actor, card mynumber.CardID, reason string) (Item, error)
	PutBack(ctx context.Context, by journal.Actor, card mynumber.CardID) (Item, error)
	// Give ends custody: the card is in operation and in its holder's hand. By
	// the counter clerk of the session; a custodian records it where the
	// delivery was cut off.
	Give(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) (Item, error)
	// Dispose destroys a card whose record has ended, also one that was missing
	// and turned up (P-18). Needs two persons and a reason.
	Dispose(ctx context.Context, by, second journal.Actor, card mynumber.CardID, reason string) (Item, error)
	// CloseDay compares the scan with what must be there, by id; missing cards
	// are void from that moment (P-18) and their holders get a notice (P-11).
	CloseDay(ctx context.Context, by journal.Actor, branch string, scanned []mynumber.CardID) (Count, error)
}
