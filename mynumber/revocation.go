package mynumber

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// StatusWithin is how soon a suspension or revocation is seen in OCSP and the
// status interface.
const StatusWithin = 60 * time.Second

// CRLEvery is the longest time between two revocation lists.
const CRLEvery = 24 * time.Hour

// RevocationReason is a CRLReason of RFC 5280, section 5.3.1.
type RevocationReason int

// The reasons in use, with their code numbers.
const (
	Unspecified          RevocationReason = 0
	KeyCompromise        RevocationReason = 1
	CACompromise         RevocationReason = 2
	AffiliationChanged   RevocationReason = 3
	Superseded           RevocationReason = 4
	CessationOfOperation RevocationReason = 5
	CertificateHold      RevocationReason = 6
	RemoveFromCRL        RevocationReason = 8 // only in lists: a hold was lifted
)

// ErrRevocation refuses an unknown reason, event or certificate kind.
var ErrRevocation = errors.New("mynumber: unknown revocation reason, event or certificate kind")

var reasonNames = map[RevocationReason]string{
	Unspecified:          "unspecified",
	KeyCompromise:        "keyCompromise",
	CACompromise:         "cACompromise",
	AffiliationChanged:   "affiliationChanged",
	Superseded:           "superseded",
	CessationOfOperation: "cessationOfOperation",
	CertificateHold:      "certificateHold",
	RemoveFromCRL:        "removeFromCRL",
}

// String returns the name in RFC 5280, "" for a number that is not in use.
func (r RevocationReason) String() string { return reasonNames[r] }

// Valid reports whether r is one of the constants.
func (r RevocationReason) Valid() bool { return reasonNames[r] != "" }

// Final reports whether the certificate can never come back.
func (r RevocationReason) Final() bool {
	return r.Valid() && r != CertificateHold && r != RemoveFromCRL
}

// ParseRevocationReason accepts exactly a name of RFC 5280 among those in use.
// Other input is ErrRevocation.
func ParseRevocationReason(s string) (RevocationReason, error) {
	for r, name := range reasonNames {
		if name == s {
			return r, nil
		}
	}
	return 0, ErrRevocation
}

// CertificateKind tells the two certificates of a card apart.
type CertificateKind string

// The kinds.
const (
	SignatureCertificate      CertificateKind = "signature"      // 署名用電子証明書
	AuthenticationCertificate CertificateKind = "authentication" // 利用者証明用電子証明書
)

// Valid reports whether k is one of the constants.
func (k CertificateKind) Valid() bool {
	return k == SignatureCertificate || k == AuthenticationCertificate
}

// LifeEvent is something that happens to a person, a card or a key and may end
// certificates.
type LifeEvent string

// The events of R-40.
const (
	KeyLeaked               LifeEvent = "key_leaked"          // or the leak is suspected
	CAKeyLeaked             LifeEvent = "ca_key_leaked"       // a CA key, or the leak is suspected
	AttributesChanged       LifeEvent = "attributes_changed"  // one of the four basic attributes
	CertificateRenewed      LifeEvent = "certificate_renewed" // a new one was issued in its place
	Died                    LifeEvent = "died"
	Emigrated               LifeEvent = "emigrated" // without continued use abroad
	CardReturned            LifeEvent = "card_returned"
	HolderWished            LifeEvent = "holder_wished" // the holder asked for this certificate's end
	CardVoided              LifeEvent = "card_voided"   // lost for good, reissued, void by decision
	MadePinless             LifeEvent = "made_pinless"  // the card became a PIN-less card
	Suspended               LifeEvent = "suspended"     // 一時利用停止
	Resumed                 LifeEvent = "resumed"       // the suspension was lifted at the counter
	DestroyedBeforeDelivery LifeEvent = "destroyed_before_delivery"
)

// endings holds, per event, the reason for each kind of certificate; a kind
// that is absent is not touched.
var endings = map[LifeEvent]map[CertificateKind]RevocationReason{
	KeyLeaked:               both(KeyCompromise),
	CAKeyLeaked:             both(CACompromise),
	AttributesChanged:       {SignatureCertificate: AffiliationChanged},
	CertificateRenewed:      both(Superseded),
	Died:                    both(CessationOfOperation),
	Emigrated:               both(CessationOfOperation),
	CardReturned:            both(CessationOfOperation),
	HolderWished:            both(CessationOfOperation),
	CardVoided:              both(CessationOfOperation),
	MadePinless:             {SignatureCertificate: CessationOfOperation},
	Suspended:               both(CertificateHold),
	Resumed:                 both(RemoveFromCRL),
	DestroyedBeforeDelivery: both(Unspecified),
}

func both(r RevocationReason) map[CertificateKind]RevocationReason {
	return map[CertificateKind]RevocationReason{SignatureCertificate: r, AuthenticationCertificate: r}
}

// LifeEvents lists every event in order of name.
func LifeEvents() []LifeEvent { return slices.Sorted(maps.Keys(endings)) }

// RevocationFor returns the reason that an event gives to a certificate of a
// kind, and false where that certificate lives on: a change of
// attributes or the switch to a PIN-less card ends the signature certificate
// only. Unknown values are ErrRevocation.
func RevocationFor(event LifeEvent, kind CertificateKind) (RevocationReason, bool, error) {
	reasons, ok := endings[event]
	if !ok || !kind.Valid() {
		return 0, false, ErrRevocation
	}
	r, ends := reasons[kind]
	return r, ends, nil
}
