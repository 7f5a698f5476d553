// Package cards keeps the record of every card: one state machine from the
// order to the end. It is also the card management system: it alone holds the
// master key from which each chip's management key is derived, and makes the
// one-time cryptograms without which a chip obeys no issuer command.
package cards

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"kado/cardmgmt"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
	"kado/reader"
)

// State is the state of a card.
type State string

// The states.
const (
	Ordered      State = "ordered"
	Personalised State = "personalised"
	Consigned    State = "consigned"
	Held         State = "held"
	InOperation  State = "in_operation"
	Suspended    State = "suspended"
	Abolished    State = "abolished"
	Void         State = "void"
	Spoiled      State = "spoiled"
)

// Lives is the table of a card's life. "Void" (missing before delivery) and
// "abolished" have no way back (P-18).
var Lives = states.New(states.Machine[State]{
	Name: "card", Title: lang.Text{JA: "カード", EN: "Card"}, Initial: Ordered,
	States: []states.State[State]{
		{ID: Ordered, Text: lang.Text{JA: "製造指示", EN: "ordered"}},
		{ID: Personalised, Text: lang.Text{JA: "書込み済み", EN: "personalised"}},
		{ID: Consigned, Text: lang.Text{JA: "発送中", EN: "consigned"}},
		{ID: Held, Text: lang.Text{JA: "市区町村で保管", EN: "held by the municipality"}},
		{ID: InOperation, Text: lang.Text{JA: "運用中", EN: "in operation"}},
		{ID: Suspended, Text: lang.Text{JA: "一時停止", EN: "suspended"}},
		{ID: Abolished, Text: lang.Text{JA: "廃止", EN: "abolished"}, End: true},
		{ID: Void, Text: lang.Text{JA: "無効（所在不明）", EN: "void (missing)"}, End: true},
		{ID: Spoiled, Text: lang.Text{JA: "製造不良", EN: "spoiled"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: "personalise", From: Ordered, To: Personalised},
		{Act: "spoil", From: Ordered, To: Spoiled},
		{Act: "spoil", From: Personalised, To: Spoiled},
		{Act: "consign", From: Personalised, To: Consigned},
		{Act: "receive", From: Consigned, To: Held},
		{Act: "activate", From: Held, To: InOperation},
		{Act: "suspend", From: InOperation, To: Suspended},
		{Act: "resume", From: Suspended, To: InOperation},
		{Act: "abolish", From: Ordered, To: Abolished},
		{Act: "abolish", From: Personalised, To: Abolished},
		{Act: "abolish", From: Consigned, To: Abolished},
		{Act: "abolish", From: Held, To: Abolished},
		{Act: "abolish", From: InOperation, To: Abolished},
		{Act: "abolish", From: Suspended, To: Abolished},
		{Act: "lose", From: Personalised, To: Void},
		{Act: "lose", From: Consigned, To: Void},
		{Act: "lose", From: Held, To: Void},
	},
})

// Standing is what a card's state means to whoever asks whether it may be
// used.
type Standing string

// The standings.
const (
	NotYet  Standing = "not_yet" // before delivery: its certificates are not yet valid (P-15)
	Good    Standing = "good"
	OnHold  Standing = "on_hold"
	Ended   Standing = "ended"
	Expired Standing = "expired"
)

// EndReason says why a card ended (R-40, LIF-27).
type EndReason string

// The reasons.
const (
	EndDeath      EndReason = "death"
	EndEmigration EndReason = "emigration"
	EndReturn     EndReason = "return"
	EndLoss       EndReason = "loss"
	EndReissue    EndReason = "reissue"
	EndRenewal    EndReason = "renewal"
	EndMissing    EndReason = "missing" // lost before delivery
	EndSpoiled    EndReason = "spoiled"
	EndLeak       EndReason = "leak" // key or number leak suspected
)

// events says which event of R-40 each end of a card is.
var events = map[EndReason]mynumber.LifeEvent{
	EndDeath:      mynumber.Died,
	EndEmigration: mynumber.Emigrated,
	EndReturn:     mynumber.CardReturned,
	EndLoss:       mynumber.CardVoided,
	EndReissue:    mynumber.CardVoided,
	EndRenewal:    mynumber.CertificateRenewed,
	EndMissing:    mynumber.CardVoided,
	EndSpoiled:    mynumber.DestroyedBeforeDelivery,
	EndLeak:       mynumber.KeyLeaked,
}

// EndReasons lists the reasons, sorted.
func EndReasons() []EndReason { return slices.Sorted(maps.Keys(events)) }

// Event returns the event of R-40 that the end of a card is; false for "", the
// reason of a living card, and for reasons not on the list.
func (r EndReason) Event() (mynumber.LifeEvent, bool) {
	e, ok := events[r]
	return e, ok
}

// Card is the record of one card.
type Card struct {
	ID           mynumber.CardID
	Person       string
	Application  mynumber.ApplicationID
	Municipality mynumber.MunicipalityCode
	State        State
	EndReason    EndReason // "" while alive
	AcceptedOn   mynumber.Date
	IssuedOn     mynumber.Date // day of personalisation
	ExpiresOn    mynumber.Date // valid to 23:59:59 Japan time
	SecurityCode mynumber.Secret
	Pinless      bool
	CardKey      []byte // SubjectPublicKeyInfo of the card's own key; nil before personalisation
	TransportKey []byte // the chip's attested transport key (uncompressed P-256 point)
	ChangedAt    time.Time
	SuspendedAt  time.Time // to the second (LIF-06); zero unless suspended
}

// NewCard orders a card.
type NewCard struct {
	Person       string
	Application  mynumber.ApplicationID
	Municipality mynumber.MunicipalityCode
	AcceptedOn   mynumber.Date
	ExpiresOn    mynumber.Date
	Pinless      bool
}

// Effects that this office queues; payload CardEffect.
const (
	EffectActivated = "cards.activated"
	EffectSuspended = "cards.suspended"
	EffectResumed   = "cards.resumed"
	EffectEnded     = "cards.ended"
)

// CardEffect is the payload of the effects.
type CardEffect struct {
	Card   mynumber.CardID `json:"card"`
	Person string          `json:"person"`
	Reason EndReason       `json:"reason,omitempty"`
}

// Records is what other offices may ask. KADO-3201 no such card.
type Records interface {
	Card(ctx context.Context, id mynumber.CardID) (Card, error)
	OfPerson(ctx context.Context, person string) ([]Card, error)
	// Standing is the one durable truth that every status answer rests on: the
	// act that suspends or ends a card changes it at once (R-41, P-18).
	Standing(ctx context.Context, id mynumber.CardID) (Standing, error)
	// Statuses returns what a status rests on of 1 to MaxStatuses cards, in the
	// order of ids, which may repeat: the same truth as Standing, with reason and
	// times.
	Statuses(ctx context.Context, ids []mynumber.CardID) ([]CardStatus, error)
}

// MaxStatuses is the most that Records.Statuses is asked for at a time.
const MaxStatuses = 500

// CardStatus is what the status of a card and of its certificates rests on.
type CardStatus struct {
	Standing    Standing
	EndReason   EndReason // "" while alive
	ExpiresOn   mynumber.Date
	ChangedAt   time.Time
	SuspendedAt time.Time // zero unless suspended
}

// Keeper is what the offices that handle cards report. Every method is one
// transaction of change, journal entry and effects, and is idempotent: a card
// already in the target state through the same act is answered as it is.
// KADO-3201 no such card, KADO-3202 not permitted in this state, KADO-3208 a
// value is malformed or contradicts the record, KADO-3209 the person has died
// (Order alone).
type Keeper interface {
	Records
	Order(ctx context.Context, by journal.Actor, n NewCard) (Card, error)
	// Personalised records the chip's own public key.
	Personalised(ctx context.Context, by journal.Actor, id mynumber.CardID, cardKey []byte) error
	Spoil(ctx context.Context, by journal.Actor, id mynumber.CardID, why string) error
	Consigned(ctx context.Context, by journal.Actor, id mynumber.CardID, consignment string) error
	Received(ctx context.Context, by journal.Actor, id mynumber.CardID, consignment string) error
	Activate(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error
	Suspend(ctx context.Context, by journal.Actor, id mynumber.CardID, ground string) error
	Resume(ctx context.Context, by journal.Actor, id mynumber.CardID, session string) error
	Abolish(ctx context.Context, by journal.Actor, id mynumber.CardID, why EndReason) error
	// Lose makes a card void that is missing before delivery (PRD-29).
	Lose(ctx context.Context, by journal.Actor, id mynumber.CardID, ground string) error
	// AbolishAll ends every living card of a person (death, R-40).
	AbolishAll(ctx context.Context, by journal.Actor, person string, why EndReason) error
}

// Grant asks for one cryptogram.
type Grant struct {
	Card      mynumber.CardID
	Session   [16]byte // the counter or production session, as sent to the chip
	SessionID string   // the same session's id in its own office, for the journal
	Challenge [16]byte // fresh from the chip
	Op        cardmgmt.Op
	Script    [32]byte // SHA-256 of the encoded script
	Second    string   // second staff id where the op needs two persons; else ""
	// Content is the encoded script of an operation on the free area, which the
	// office reads before it permits it; Perform fills it in.
	Content []byte
	// Consent names the record of the holder's consent to load or remove an
	// applet, up to 100 characters of printable ASCII.
	Consent string
}

// Offering is an applet that a provider may load into the free area, with the
// ordinance or rule that permits it (CHP-62, CHP-65).
type Offering struct {
	ID       string
	Provider string // municipality or body, 5 digits
	Basis    string // printable ASCII, 1 to cardmgmt.MaxBasis
	Type     cardmgmt.AppletType
	Area     cardmgmt.Area
	Version  uint16
	Since    time.Time
	Ended    time.Time // zero while it may be loaded
}

// LoadedApplet is an applet on a card as its chip last listed it.
type LoadedApplet struct {
	Card     mynumber.CardID
	Slot     int
	AID      []byte
	Offering Offering
	Since    time.Time
}

// FreeArea is the office's side of the free area. KADO-3211 the applet is not
// approved, KADO-3212 the holder's consent is missing, KADO-3213 not a member of
// staff, KADO-3214 no room, KADO-3215 no such approval.
type FreeArea interface {
	Manager
	// Offer approves an applet; the same one again gives the same record.
	Offer(ctx context.Context, by journal.Actor, o Offering) (Offering, error)
	// EndOffering ends an approval: it is loaded no more, and removed without the
	// holder's consent.
	EndOffering(ctx context.Context, by journal.Actor, id string) error
	Offerings(ctx context.Context) ([]Offering, error)
	// Listed records what a chip said of its free area.
	Listed(ctx context.Context, by journal.Actor, id mynumber.CardID, session string, area cardmgmt.FreeArea) error
	Applets(ctx context.Context, id mynumber.CardID) ([]LoadedApplet, error)
	// ToReload lists what a person had on cards that have ended and does not
	// have on the living one; only what is still approved (CHP-67).
	ToReload(ctx context.Context, person string) ([]LoadedApplet, error)
}

// ChangeFreeArea loads or removes applets on the card on a reader, and records
// what the chip holds afterwards. A crash in between leaves the record behind the
// chip until the free area is listed again.
func ChangeFreeArea(ctx context.Context, f FreeArea, by journal.Actor, on *reader.Issuer, g Grant, script cardmgmt.Script, pins ...reader.PIN) (answer []byte, err error) {
	if answer, _, err = Perform(ctx, f, by, on, g, script, pins...); err != nil {
		return nil, err
	}
	return answer, ListFreeArea(ctx, f, by, on, g)
}

// ListFreeArea asks the card on a reader what is in its free area and records it.
func ListFreeArea(ctx context.Context, f FreeArea, by journal.Actor, on *reader.Issuer, g Grant) error {
	g.Op = cardmgmt.ListApplets
	answer, _, err := Perform(ctx, f, by, on, g, nil)
	if err != nil {
		return err
	}
	area, err := cardmgmt.ParseFreeArea(answer)
	if err != nil {
		return err
	}
	return f.Listed(ctx, by, g.Card, g.SessionID, area)
}

// Manager is the card management system. A cryptogram is made once for
// one card, challenge, session, operation and script; it is recorded before it
// is handed out. KADO-3203 the card's state does not permit the operation,
// KADO-3204 the challenge was used before, KADO-3205 a second person is
// needed, KADO-3206 the chip's attestation is false, KADO-3207 the management
// key was released before, KADO-3208 a value is malformed.
type Manager interface {
	// ReleaseChipKey gives the management key to the chip maker, once a card.
	ReleaseChipKey(ctx context.Context, by journal.Actor, id mynumber.CardID) ([]byte, error)
	// Attest checks and records the chip's transport key.
	Attest(ctx context.Context, by journal.Actor, id mynumber.CardID, transportKey, mac []byte) error
	Authorise(ctx context.Context, by journal.Actor, g Grant) (mac []byte, err error)
}

// Perform carries out one issuer act on the card on a reader: challenge from
// the chip, cryptogram from the card management system, act back to the chip.
// It is the only way in which an office changes a chip. g needs no challenge
// and no script; PINs go from the pad to the chip and into no record.
func Perform(ctx context.Context, m Manager, by journal.Actor, on *reader.Issuer, g Grant, script cardmgmt.Script, pins ...reader.PIN) (answer []byte, challenge cardmgmt.Challenge, err error) {
	encoded, err := script.Encode()
	if err != nil {
		return nil, challenge, err
	}
	if challenge, err = on.Challenge(); err != nil {
		return nil, challenge, err
	}
	g.Challenge, g.Script, g.Content = challenge, cardmgmt.Digest(encoded), nil
	if slices.Contains(cardmgmt.FreeAreaOps(), g.Op) {
		g.Content = encoded
	}
	mac, err := m.Authorise(ctx, by, g)
	if err != nil {
		return nil, challenge, err
	}
	if len(mac) != cardmgmt.MACLen {
		return nil, challenge, fmt.Errorf("cards: a cryptogram of %d bytes", len(mac))
	}
	answer, err = on.Run(cardmgmt.Act{Session: g.Session, Op: g.Op, Script: encoded, MAC: cardmgmt.MAC(mac)}, pins...)
	return answer, challenge, err
}

// Desk is both sides of the office, for those who report on cards and act on
// chips.
type Desk interface {
	Keeper
	Manager
}
