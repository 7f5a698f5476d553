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
	PurposeStatus  Purpose = "status"
	PurposeLinkage Purpose = "linkage"
)

// Verifier is an accredited verifier (署名検証者, 利用者証明検証者).
type Verifier struct {
	ID       string // ver_…
	Name     string
	Purposes []Purpose
	From     mynumber.Date
	To       mynumber.Date // zero: open
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
	// the past withdraws the accreditation at once (CRT-62).
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
