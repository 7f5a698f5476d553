// Package intake takes applications for cards (交付申請): one queue and one
// numbering for all channels (APP-21), the photo bound to the application from
// the first byte (P-03), and the examination.
package intake

import (
	"context"
	"time"

	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/mynumber"
)

// State is the state of an application (APP-66).
type State string

// The states.
const (
	Draft            State = "draft"
	MailConfirmed    State = "mail_confirmed"
	PhotoAccepted    State = "photo_accepted"
	Submitted        State = "submitted"
	UnderExamination State = "under_examination"
	Returned         State = "returned"
	Accepted         State = "accepted"
	Withdrawn        State = "withdrawn"
)

// Applications is the table of an application's life. Channels without mail
// (counter, booth, post) go from draft to photo_accepted directly.
var Applications = states.New(states.Machine[State]{
	Name: "application", Title: lang.Text{JA: "交付申請", EN: "Application"}, Initial: Draft,
	States: []states.State[State]{
		{ID: Draft, Text: lang.Text{JA: "作成中", EN: "draft"}},
		{ID: MailConfirmed, Text: lang.Text{JA: "メール確認済み", EN: "mail confirmed"}},
		{ID: PhotoAccepted, Text: lang.Text{JA: "写真登録済み", EN: "photo accepted"}},
		{ID: Submitted, Text: lang.Text{JA: "申請済み", EN: "submitted"}},
		{ID: UnderExamination, Text: lang.Text{JA: "審査中", EN: "under examination"}},
		{ID: Returned, Text: lang.Text{JA: "申請不備", EN: "returned for a defect"}},
		{ID: Accepted, Text: lang.Text{JA: "受付完了", EN: "accepted for production"}, End: true},
		{ID: Withdrawn, Text: lang.Text{JA: "取下げ", EN: "withdrawn"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: "confirm_mail", From: Draft, To: MailConfirmed},
		{Act: "accept_photo", From: Draft, To: PhotoAccepted},
		{Act: "accept_photo", From: MailConfirmed, To: PhotoAccepted},
		{Act: "accept_photo", From: Returned, To: PhotoAccepted},
		{Act: "submit", From: PhotoAccepted, To: Submitted},
		{Act: "examine", From: Submitted, To: UnderExamination},
		{Act: "return", From: UnderExamination, To: Returned},
		{Act: "accept", From: UnderExamination, To: Accepted},
		{Act: "withdraw", From: Draft, To: Withdrawn},
		{Act: "withdraw", From: MailConfirmed, To: Withdrawn},
		{Act: "withdraw", From: PhotoAccepted, To: Withdrawn},
		{Act: "withdraw", From: Submitted, To: Withdrawn},
		{Act: "withdraw", From: UnderExamination, To: Withdrawn},
		{Act: "withdraw", From: Returned, To: Withdrawn},
	},
})

// Channel is how an application came in (APP-16..21).
type Channel string

// The channels.
const (
	Smartphone Channel = "smartphone"
	PC         Channel = "pc"
	Booth      Channel = "booth"
	Post       Channel = "post"
	AtCounter  Channel = "counter"
	Outreach   Channel = "outreach"
)

// Delivery is where the one full identity check happens (C-19).
type Delivery string

// The delivery modes.
const (
	PickUp             Delivery = "pick_up"              // 交付時来庁方式
	CheckAtApplication Delivery = "check_at_application" // 申請時来庁方式
)

// Reason says why a card is asked for.
type Reason string

// The reasons.
const (
	FirstCard Reason = "first"
	Renewal   Reason = "renewal"
	Reissue   Reason = "reissue"
)

// Wishes are the applicant's choices (APP-37..41). The zero value of the two
// certificate wishes means "declined"; forms start with both true.
type Wishes struct {
	Signature      bool `json:"signature"`
	Authentication bool `json:"authentication"`
	Braille        bool `json:"braille"`
	Pinless        bool `json:"pinless"`
}

// Application is one application.
type Application struct {
	ID           mynumber.ApplicationID
	Person       string
	Municipality mynumber.MunicipalityCode // where the card will be picked up
	State        State
	Channel      Channel
	Delivery     Delivery
	Reason       Reason
	Wishes       Wishes
	PhotoDigest  [32]byte  // SHA-256 of the photo as kept; zero where none is kept (P-03)
	Defects      []string  // KADO numbers of the last return (APP-63)
	AcceptedAt   time.Time // zero until accepted; its day in Japan decides the age rule
}

// Form opens an application for a person.
type Form struct {
	Person  string
	Reason  Reason
	Channel Channel
}

// Submission is what an applicant sends in.
type Submission struct {
	Application mynumber.ApplicationID
	BirthDate   mynumber.Date // must match the register (APP-34)
	Photo       []byte        // JPEG, R-31
	Wishes      Wishes
	Delivery    Delivery
}

// EffectAccepted is queued when an application is accepted for production.
const EffectAccepted = "intake.accepted"

// AcceptedEffect is the payload of EffectAccepted.
type AcceptedEffect struct {
	Application mynumber.ApplicationID `json:"application"`
}

// Applications and photos as other offices see them.
type Files interface {
	// Application returns one application. KADO-2101 if there is none.
	Application(ctx context.Context, id mynumber.ApplicationID) (Application, error)
	// Photo returns the photo of an accepted application after comparing it
	// with the digest in the application record (P-03). KADO-2106 if they
	// differ.
	Photo(ctx context.Context, id mynumber.ApplicationID) ([]byte, error)
}

// Desk is what applicants and examiners do. Open, Submit and Withdraw are done
// by the person (an actor of the kind holder, for nobody else), or by a registry
// or counter clerk at a desk of the municipality where the person lives; Accept
// and Return by an intake examiner. Staff never handle their own application
// (OPS-34, P-17, P-36; KADO-14nn).
//
// A photo is kept while it waits for examination, and with an accepted
// application, for the card and for comparison at the next one (LIF-46). Return
// and Withdraw erase it together with its digest.
//
// KADO-2101 no such application, KADO-2102 not in a state for it, KADO-2103 birth
// date does not match, KADO-2104 a live card or an open application exists, or an
// accepted one has not become a card yet (APP-07), KADO-2105 the person may not
// apply (dead, emigrated: APP-04, LIF-43), KADO-2106 the kept photo is not the
// recorded one, KADO-2107 the photo is on another person's application, KADO-2108
// somebody else's application, KADO-2109 an item is malformed, KADO-2110 the
// identity check at application needs a desk, KADO-2111 another municipality's
// desk, KADO-22nn photo.
type Desk interface {
	Files
	// Open issues an application form with a fresh application id.
	Open(ctx context.Context, by journal.Actor, f Form) (Application, error)
	// Submit checks and stores the photo and submits. A refused photo leaves
	// the application as it was.
	Submit(ctx context.Context, by journal.Actor, s Submission) (Application, error)
	// Accept is the examiner's decision; it asks the register again.
	Accept(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error)
	// Return sends the application back with defects (numbers KADO-22nn of the
	// photo, each once; APP-63).
	Return(ctx context.Context, by journal.Actor, id mynumber.ApplicationID, defects []string) (Application, error)
	Withdraw(ctx context.Context, by journal.Actor, id mynumber.ApplicationID) (Application, error)
}
