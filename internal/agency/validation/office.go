// Package validation tells whether a certificate may be relied upon: OCSP and
// CRLs for software, status and serial linkage for accredited verifiers. The
// answer always takes the worse of what the authority's record and the card's
// record say, so that whichever office acted first is seen at once.
package validation

import (
	"context"
	"net/http"
	"time"

	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// Verdict is the status of a certificate. The refusals are distinct (CRT-57).
type Verdict string

// The verdicts.
const (
	Valid    Verdict = "valid"
	NotYet   Verdict = "not_yet_valid"
	OnHold   Verdict = "suspended"
	Revoked  Verdict = "revoked"
	Expired  Verdict = "expired"
	Unknown  Verdict = "unknown"
	NoAnswer Verdict = "no_answer" // what a client concludes; no status answer says it

	// Only where a whole certificate was shown, not its serial number alone.
	WrongAuthority Verdict = "wrong_authority" // issued by no generation of the two authorities
	BadSignature   Verdict = "bad_signature"   // names a generation that did not sign it
)

// Status is the answer for one certificate.
type Status struct {
	Kind    jpki.Kind
	Serial  string
	Verdict Verdict
	Reason  mynumber.RevocationReason // meaningful when Revoked
	At      time.Time                 // since when, for OnHold, Revoked and Expired; of issue, for NotYet
	AsOf    time.Time
	// Person is the holder's internal id, "" when Unknown. It is for the asking
	// office's journal only, where the holder sees the question (CRT-19); it goes
	// into no answer to a relying party.
	Person string
}

// Ref names one certificate.
type Ref struct {
	Kind   jpki.Kind
	Serial string
}

// Purpose is what an accredited verifier may ask for (CRT-62).
type Purpose string

// The purposes.
const (
	PurposeStatus     Purpose = "status"
	PurposeLinkage    Purpose = "linkage"
	PurposeAttributes Purpose = "attributes"    // the latest four, under the holder's consent
	PurposeNotify     Purpose = "notifications" // hearing of revocations
	PurposeFaults     Purpose = "faults"        // the fault switchboard of a sandbox
)

// Verifier is an accredited verifier (署名検証者, 利用者証明検証者).
type Verifier struct {
	ID       string // ver_…
	Name     string
	Purposes []Purpose
	From     mynumber.Date
	To       mynumber.Date // zero: open
}

// Firm entrusts its verification to a verifier. It never asks itself: the
// verifier names it in each question (CRT-59, CRT-61).
type Firm struct {
	ID   string // frm_…
	Name string
	From mynumber.Date
	To   mynumber.Date // zero: open
}

// Registration is all that is recorded of one verifier.
type Registration struct {
	Verifier
	Firms   []Firm
	Keys    []string // SHA-256 of SubjectPublicKeyInfo in hex, see ClientKey
	Webhook string   // "" for none
}

// Question says who asks, for whom, and what for. Every question is journalled
// where the holder sees it (CRT-15, CRT-19).
type Question struct {
	Verifier string
	For      string // the verifier's own id, or that of a firm that entrusts it
	Why      string // at most journal.MaxText octets
}

// Item is one certificate in a question about many: by its serial number, or the
// certificate itself, DER.
type Item struct {
	Ref
	DER []byte
}

// Way is a direction in which certificates of one person are linked.
type Way string

// The ways.
const (
	Older Way = "older" // the one that was replaced
	Newer Way = "newer" // the one that replaced it
	Other Way = "other" // signature and user authentication certificate of one card
)

// Field is one of the four basic attributes.
type Field string

// The fields, in the order of the law.
const (
	FieldName      Field = "name"
	FieldAddress   Field = "address"
	FieldBirthDate Field = "birth_date"
	FieldSex       Field = "sex"
)

// Terms are what a holder consents to (CIT-28, CIT-29). ConsentText makes the
// text of them that the holder signs.
type Terms struct {
	Fields  []Field // each asked for by itself, in the order of the constants
	Purpose string
	Onward  []string // who else may get them, by name; empty for nobody (CIT-26)
	From    mynumber.Date
	To      mynumber.Date
	Made    time.Time // when the text was made, whole seconds
	Nonce   string    // 32 hex digits, so that every text is another one
}

// Consent is a recorded consent.
type Consent struct {
	Terms
	ID        string // con_…
	Verifier  string
	For       string // as in Question
	Person    string // internal; for the holder's own view only
	Serial    string // of the signature certificate that signed
	GivenAt   time.Time
	EndedAt   time.Time // of withdrawal; zero while it stands
	Text      string    // what was signed
	Signature []byte    // CMS, detached
	// Recipient is the name of the verifier, with the firm's that it asks for; of
	// ConsentsOf alone.
	Recipient string
}

// Attribute is what a verifier hears of one field: whether it differs from the
// certificate that signed the consent, and, only then, its present value.
type Attribute struct {
	Field   Field
	Changed bool
	Value   string // "" unless Changed; birth date YYYY-MM-DD, sex male, female or unknown
}

// Event tells a verifier that the status of a certificate it watches changed.
type Event struct {
	Number  int64 // of this verifier's events, from 1
	For     string
	Ref     Ref
	Verdict Verdict
	Reason  mynumber.RevocationReason // meaningful when Revoked
	Since   time.Time
	ToldAt  time.Time
}

// EffectNotify is queued for every event of a verifier with a webhook; it is for
// Office.Deliver.
const EffectNotify = "validation.notify"

// Registrar is what the authority's operators do about verifiers. Everything
// asks for a CA operator (KADO-14nn) or the house itself, and is journalled.
// KADO-4105 a value is malformed, KADO-4120 no such verifier, KADO-4121 the key
// is another verifier's, KADO-4122 the key is not acceptable, KADO-4123 the
// target is not permitted.
type Registrar interface {
	// Accredit is Desk.Accredit.
	Accredit(ctx context.Context, by journal.Actor, v Verifier) (Verifier, error)
	// Withdraw ends an accreditation at once, with its watches (CRT-62).
	Withdraw(ctx context.Context, by journal.Actor, verifier string) (Verifier, error)
	// Entrust records that a firm entrusts a verifier, or replaces what is
	// recorded; an empty id is drawn.
	Entrust(ctx context.Context, by journal.Actor, verifier string, f Firm) (Firm, error)
	// BindKey lets whoever holds the key of a client certificate (DER) ask as
	// the verifier, and returns its ClientKey.
	BindKey(ctx context.Context, by journal.Actor, verifier string, certificate []byte) (string, error)
	// UnbindKey ends that.
	UnbindKey(ctx context.Context, by journal.Actor, verifier, key string) error
	// SetWebhook says where the verifier is told of events, "" for nowhere, and
	// returns the secret under which each message is authenticated.
	SetWebhook(ctx context.Context, by journal.Actor, verifier, target string) (secret []byte, err error)
	// Verifiers lists all, by id.
	Verifiers(ctx context.Context, by journal.Actor) ([]Registration, error)
}

// Window is what accredited verifiers ask. KADO-4101 not accredited today,
// KADO-4102 the purpose is not covered, KADO-4103 no link, KADO-4105 a value is
// malformed, KADO-4114 the firm does not entrust the verifier today.
type Window interface {
	// StatusOf answers for 1 to MaxItems certificates, in their order.
	StatusOf(ctx context.Context, q Question, items []Item) ([]Status, error)
	// Links returns the certificates linked to r, nearest first, at most depth.
	// The chain ends at death and at return without reissue (CRT-20).
	Links(ctx context.Context, q Question, r Ref, way Way, depth int) ([]Ref, error)
	// Consent records a holder's consent, signed over ConsentText with the
	// signature certificate. KADO-4115 to KADO-4119, KADO-4126 and
	// KADO-4127 say what is wrong with the signature, its certificate or text.
	Consent(ctx context.Context, q Question, t Terms, signature []byte) (Consent, error)
	// WithdrawConsent ends a consent at once: its holder, or the verifier on the
	// holder's behalf, may.
	WithdrawConsent(ctx context.Context, by journal.Actor, id string) (Consent, error)
	// ConsentsOf lists a person's consents, newest first, for the person.
	ConsentsOf(ctx context.Context, person string) ([]Consent, error)
	// Latest answers what changed in the consented fields since the certificate
	// that signed. KADO-4124 no such consent, KADO-4125 it is over.
	Latest(ctx context.Context, q Question, consent string) ([]Attribute, error)
	// Watch has the verifier told when the status of certificates changes, and
	// returns their present status; Unwatch ends it.
	Watch(ctx context.Context, q Question, refs []Ref) ([]Status, error)
	Unwatch(ctx context.Context, q Question, refs []Ref) error
	// Events returns up to limit events after the one numbered after.
	Events(ctx context.Context, q Question, after int64, limit int) ([]Event, error)
}

// List is one published CRL.
type List struct {
	Kind         jpki.Kind
	Generation   int
	Municipality mynumber.MunicipalityCode // "" for the complete list
	Number       int64
	ThisUpdate   time.Time
	NextUpdate   time.Time
	DER          []byte
}

// Desk is what verifiers and the authority's operators use. KADO-4101 not
// accredited at this date, KADO-4102 the purpose is not covered, KADO-4103 no
// link (linkage stops at death or return without reissue, CRT-20), KADO-4105 a
// value is malformed.
type Desk interface {
	// Accredit registers a verifier, or replaces what is recorded of the one with
	// that id: its name, purposes and dates. An empty id is drawn. A last day in
	// the past withdraws the accreditation at once (CRT-62). It asks for a CA
	// operator, or the house itself.
	Accredit(ctx context.Context, by journal.Actor, v Verifier) (Verifier, error)
	// Status answers for an accredited verifier; the question is journalled
	// where the holder sees it (CRT-19).
	Status(ctx context.Context, verifier string, r Ref, why string) (Status, error)
	// Linkage returns the certificate that r replaced, one step (CRT-17).
	Linkage(ctx context.Context, verifier string, r Ref, why string) (Ref, error)
	// IssueCRL publishes a list now; "" for the complete list of a generation.
	IssueCRL(ctx context.Context, by journal.Actor, kind jpki.Kind, generation int, m mynumber.MunicipalityCode) (List, error)
	// CRL returns the newest list. KADO-4104 if none was issued yet.
	CRL(ctx context.Context, kind jpki.Kind, generation int, m mynumber.MunicipalityCode) (List, error)
	// Handler serves /ocsp/{signature,authentication} (RFC 6960 GET and POST)
	// and /crl/{signature,authentication}/{generation}[/{municipality}].
	Handler() http.Handler
}
