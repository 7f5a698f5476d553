// Package authority is the two certification authorities: signature and user
// authentication, in generations under one name each. It prepares, lints,
// records and only then signs; and it revokes.
package authority

import (
	"context"
	"crypto"
	"time"

	"kado/cardmgmt"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
	"kado/jpki"
	"kado/mynumber"
)

// State is the state of a certificate.
type State string

// The states.
const (
	Prepared State = "prepared" // recorded, not signed yet: what a power cut leaves behind
	Issued   State = "issued"   // signed; not yet valid
	Active   State = "active"
	OnHold   State = "on_hold"
	Revoked  State = "revoked"
	Dropped  State = "dropped" // prepared and never signed
)

// Certificates is the table of a certificate's life. Expiry is not a state:
// it follows from the clock.
var Certificates = states.New(states.Machine[State]{
	Name: "certificate", Title: lang.Text{JA: "電子証明書", EN: "Certificate"}, Initial: Prepared,
	States: []states.State[State]{
		{ID: Prepared, Text: lang.Text{JA: "発行準備", EN: "prepared"}},
		{ID: Issued, Text: lang.Text{JA: "発行済み（未有効）", EN: "issued, not yet valid"}},
		{ID: Active, Text: lang.Text{JA: "有効", EN: "active"}},
		{ID: OnHold, Text: lang.Text{JA: "一時保留", EN: "on hold"}},
		{ID: Revoked, Text: lang.Text{JA: "失効", EN: "revoked"}, End: true},
		{ID: Dropped, Text: lang.Text{JA: "発行取消", EN: "dropped"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: "sign", From: Prepared, To: Issued},
		{Act: "drop", From: Prepared, To: Dropped},
		{Act: "activate", From: Issued, To: Active},
		{Act: "revoke", From: Issued, To: Revoked},
		{Act: "hold", From: Active, To: OnHold},
		{Act: "release", From: OnHold, To: Active},
		{Act: "revoke", From: Active, To: Revoked},
		{Act: "revoke", From: OnHold, To: Revoked},
	},
})

// KeyPath says where a private key was born (C-10).
type KeyPath string

// The paths.
const (
	BornOnChip  KeyPath = "born_on_chip"
	BornInPhone KeyPath = "born_in_phone" // of a certificate on a phone (CRT-71)
	Injected    KeyPath = "injected"      // made by the authority, wrapped for one chip, then destroyed (CRT-22..28)
)

// Certificate is the record of one certificate.
type Certificate struct {
	Kind       jpki.Kind
	Serial     string // lower-case hex without leading zeros; unique over both CAs and all time (CRT-12)
	Generation int    // 1, 2, …
	Person     string
	Card       mynumber.CardID
	State      State
	Reason     mynumber.RevocationReason // meaningful when Revoked
	KeyPath    KeyPath
	DER        []byte // nil while Prepared
	NotBefore  time.Time
	NotAfter   time.Time
	IssuedAt   time.Time
	EndedAt    time.Time // revocation; zero while alive
	HeldAt     time.Time // start of the present hold; zero otherwise
	// Previous is the serial of the certificate it replaced, same kind and person;
	// "" if first (CRT-17). For one on a phone it is Parent.
	Previous string
	Medium   jpki.Medium
	Phone    string // id of the phone that holds the key; "" on a card
	// Parent is the serial of the card's certificate that one on a phone came from
	// and ends with (CRT-68); "" on a card.
	Parent string
}

// Request asks for one certificate.
type Request struct {
	ID           string // idempotency key: a repeated request gives the same certificate (P-20)
	Kind         jpki.Kind
	Card         mynumber.CardID
	Person       string
	Municipality mynumber.MunicipalityCode
	PublicKey    crypto.PublicKey // exactly one of PublicKey and InjectedKey
	InjectedKey  string           // id of a key made by NewInjectedKey for this card
	ExpiresOn    mynumber.Date    // by

	phone  string // the phone whose key this is; "" for a card's
	parent string
}

// medium is what holds the key.
func (r Request) medium() jpki.Medium {
	if r.phone != "" {
		return jpki.Phone
	}
	return jpki.Card
}

// InjectedKey is a key pair made by the authority for one chip. The private
// half exists only inside Wrapped once NewInjectedKey has returned (P-55).
type InjectedKey struct {
	ID        string
	Wrapped   []byte // for cardmgmt.LoadWrappedKey
	PublicKey crypto.PublicKey
}

// MaxPage is the most certificates in a page of Authority.Revoked and Statuses.
const MaxPage = 500

// Generation is one CA generation.
type Generation struct {
	Kind        jpki.Kind
	Number      int
	Algorithm   jpki.Algorithm // it signs with it and certifies keys of it alone, for its whole life
	Certificate []byte         // DER, self-signed
	StartsAt    time.Time
	EndsAt      time.Time
	RetiredAt   time.Time // by a ceremony; zero otherwise
}

// Authority is what other offices may ask. KADO-4001 no such certificate,
// KADO-4002 not permitted in this state, KADO-4003 the person may not have this
// certificate (age, PIN-less, standing), KADO-4004 the certificate failed its
// lints, KADO-4005 the key is not acceptable, KADO-4006 the request id was used
// for another request, KADO-4007 a value is malformed or against a rule,
// KADO-4008 no such generation, or its life is over.
type Authority interface {
	Generations(ctx context.Context, kind jpki.Kind) ([]Generation, error)
	Certificate(ctx context.Context, kind jpki.Kind, serial string) (Certificate, error)
	// OfCard and OfPerson list what lies on cards; PhonesOf of Phones lists the rest.
	OfCard(ctx context.Context, card mynumber.CardID) ([]Certificate, error)
	OfPerson(ctx context.Context, person string) ([]Certificate, error)
	// UnderCard lists everything whose status follows the card's: what lies on it,
	// and on phones set up with it.
	UnderCard(ctx context.Context, card mynumber.CardID) ([]Certificate, error)
	// Revoked gives each what a CRL of the generation holds at t, page by page: revoked
	// and held certificates that have not expired, by number, the lowest serial number
	// first. municipality "" means all. See Statuses for what a page is.
	Revoked(ctx context.Context, kind jpki.Kind, generation int, municipality mynumber.MunicipalityCode, t time.Time, each func(page []Certificate) error) error
	// Statuses gives each all certificates that were ever signed, of both authorities,
	// in the order in which they were prepared, so of the count of serial numbers,
	// page by page. A page has 1 to MaxPage certificates and is valid until each
	// returns. They carry what a status rests on and no more: Kind, Serial,
	// Generation, Card, State, Reason and the times. A certificate is in it as it was
	// at some time after the call.
	Statuses(ctx context.Context, each func(page []Certificate) error) error
	// Municipalities lists, sorted, the codes in the distribution points of the
	// generation's signed certificates.
	Municipalities(ctx context.Context, kind jpki.Kind, generation int) ([]mynumber.MunicipalityCode, error)
	// Responder is the delegated OCSP signer of a generation.
	Responder(ctx context.Context, kind jpki.Kind, generation int) (crypto.Signer, []byte, error)
	// CRLSigner signs the lists of a generation with the CA key.
	CRLSigner(ctx context.Context, kind jpki.Kind, generation int) (crypto.Signer, error)
}

// Outcome is what one request of several led to.
type Outcome struct {
	Certificate Certificate // where Err is nil
	Err         error       // what Issue would have returned
}

// Issuing is what production and the counter do.
type Issuing interface {
	Authority
	// Algorithm is that of the generation in force, and so of the keys that may be
	// certified now; production and the counter ask before a key is made.
	Algorithm(ctx context.Context, kind jpki.Kind) (jpki.Algorithm, error)
	// NewInjectedKey makes a signature key pair and wraps it for the chip whose
	// attested transport key is given; the plain key is destroyed before it
	// returns and the destruction is journalled.
	NewInjectedKey(ctx context.Context, by journal.Actor, card mynumber.CardID, transportKey []byte) (InjectedKey, error)
	// Issue signs a certificate that is not yet valid. Attributes come from the
	// register, never from the caller (CRT-32).
	Issue(ctx context.Context, by journal.Actor, r Request) (Certificate, error)
	// IssueAll does what Issue does, for many requests: outcomes[i] is that of
	// requests[i]. A refused request stops none of the others.
	IssueAll(ctx context.Context, by journal.Actor, requests []Request) []Outcome
	// Activate makes every issued certificate of a card valid.
	Activate(ctx context.Context, by journal.Actor, card mynumber.CardID) error
	// Switch makes one issued certificate valid and supersedes the living one of
	// the same kind on the same card in one transaction (CRT-55, P-20).
	Switch(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string) error
	Hold(ctx context.Context, by journal.Actor, card mynumber.CardID) error
	Release(ctx context.Context, by journal.Actor, card mynumber.CardID) error
	Revoke(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string, why mynumber.RevocationReason) error
	RevokeCard(ctx context.Context, by journal.Actor, card mynumber.CardID, why mynumber.RevocationReason) error
	// NotifyExpiring writes the notices due today (R-14, C-15) and returns how
	// many were new.
	NotifyExpiring(ctx context.Context) (int, error)
}

// KeyType is the type of key that a chip has to make for a certificate of the
// generation in force.
func KeyType(ctx context.Context, a Issuing, kind jpki.Kind) (cardmgmt.KeyType, error) {
	algorithm, err := a.Algorithm(ctx, kind)
	if err == nil && algorithm == jpki.ECDSAP384SHA384 {
		return cardmgmt.P384, nil
	}
	return cardmgmt.RSA2048, err
}

// ExpiresOn is the last day of a certificate issued today:
// what production and the counter put into Request.ExpiresOn. renews is the
// last day of the certificate it replaces near its end, authentication that of
// the authentication certificate on the same card; zero where there is none.
func ExpiresOn(ctx context.Context, a Authority, kind jpki.Kind, birth, card, today, renews, authentication mynumber.Date, pinless bool) (mynumber.Date, error) {
	generations, err := a.Generations(ctx, kind)
	if err != nil {
		return mynumber.Date{}, err
	}
	in := mynumber.CertificateValidityInput{Asked: today, Issued: today, Birth: birth, CardExpiry: card, Renews: renews}
	for _, g := range generations {
		if !mynumber.DateOf(g.StartsAt).After(today) {
			in.CAEnd = mynumber.DateOf(g.EndsAt)
		}
	}
	if kind == jpki.Signature {
		return mynumber.SignatureCertificateExpiry(in, authentication, pinless)
	}
	return mynumber.AuthenticationCertificateExpiry(in)
}

// PhoneState is the state of a phone that holds, or is to hold, certificates.
type PhoneState string

// The states.
const (
	PhoneOffered PhoneState = "offered" // a challenge was drawn
	PhoneProved  PhoneState = "proved"  // the card has signed; certificates in the making
	PhoneInUse   PhoneState = "in_use"
	PhoneEnded   PhoneState = "ended"
)

// PhoneLives is the table of a phone's life. What ended never comes back: keys do
// not move between phones, and a phone set up again is a new one (CRT-71).
var PhoneLives = states.New(states.Machine[PhoneState]{
	Name: "phone", Title: lang.Text{JA: "スマートフォン", EN: "Phone"}, Initial: PhoneOffered,
	States: []states.State[PhoneState]{
		{ID: PhoneOffered, Text: lang.Text{JA: "申込み受付", EN: "offered"}},
		{ID: PhoneProved, Text: lang.Text{JA: "カードで本人確認済み", EN: "proved by the card"}},
		{ID: PhoneInUse, Text: lang.Text{JA: "利用中", EN: "in use"}},
		{ID: PhoneEnded, Text: lang.Text{JA: "利用終了", EN: "ended"}, End: true},
	},
	Moves: []states.Move[PhoneState]{
		{Act: "prove", From: PhoneOffered, To: PhoneProved},
		{Act: "take_up", From: PhoneProved, To: PhoneInUse},
		{Act: "end", From: PhoneProved, To: PhoneEnded},
		{Act: "end", From: PhoneInUse, To: PhoneEnded},
	},
})

// PhoneEnd says why a phone's certificates ended.
type PhoneEnd string

// The reasons.
const (
	PhoneLost        PhoneEnd = "lost"        // reported lost or stolen (CRT-68)
	PhoneRemoved     PhoneEnd = "removed"     // the holder's wish, before disposal (CRT-71)
	PhoneReplaced    PhoneEnd = "replaced"    // the holder set up another one
	PhoneCertificate PhoneEnd = "certificate" // the card's certificates ended (CRT-68)
)

// Phone is the record of one phone.
type Phone struct {
	ID           string // phn_…
	State        PhoneState
	Person       string          // "" before the card has signed
	Card         mynumber.CardID // the card that its certificates came from
	OfferedAt    time.Time
	InUseAt      time.Time
	EndedAt      time.Time
	End          PhoneEnd
	Certificates []Certificate
}

// PhoneOffer is the challenge for a new phone. It lives ten minutes.
type PhoneOffer struct {
	ID       string
	Nonce    [32]byte
	NotAfter time.Time // whole seconds
}

// PhoneKey is a key made in a phone, with its proof of possession: a signature by
// it, in the form that goes with it, over PhonePossession.
type PhoneKey struct {
	Kind       jpki.Kind
	PublicKey  crypto.PublicKey
	Possession []byte
}

// PhoneRequest asks for a phone's certificates.
type PhoneRequest struct {
	Offer PhoneOffer
	// Keys are one or two, one of a kind.
	Keys []PhoneKey
	// Certificate is the card's signature certificate, and Signature its key's over
	// PhoneStatement: the holder has used the card and the signature password
	// (CRT-68).
	Certificate []byte // DER
	Signature   []byte
	// Replaces permits that the person's present phone ends with this.
	Replaces bool
}

// Phones is what an office for certificates on phones does. KADO-4050 no such
// offer, or it is over, KADO-4051 the card did not sign this, KADO-4052 the card's
// certificate is not one to derive from, KADO-4053 a key of the phone is not
// acceptable or not proved, KADO-4054 another phone is in use, KADO-4055 no such
// phone, KADO-4056 not in this state, KADO-4057 the offer was used for another
// request.
type Phones interface {
	OfferPhone(ctx context.Context, by journal.Actor) (PhoneOffer, error)
	// SetUpPhone issues the certificates and makes them valid at once. The same
	// request again gives the same phone (P-20).
	SetUpPhone(ctx context.Context, by journal.Actor, r PhoneRequest) (Phone, error)
	// EndPhone revokes what the phone holds: PhoneLost or PhoneRemoved. A phone that
	// has ended stays so for its first reason.
	EndPhone(ctx context.Context, by journal.Actor, id string, why PhoneEnd) error
	Phone(ctx context.Context, id string) (Phone, error)
	// PhonesOf lists a person's phones, oldest first, ended ones, too.
	PhonesOf(ctx context.Context, person string) ([]Phone, error)
}
