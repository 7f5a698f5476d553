package login

import (
	"context"
	"math/big"
	"net/http"
	"sync"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/recent"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// ChallengeLife is how long a challenge can be answered.
const ChallengeLife = 5 * time.Minute

// statusTimeout is how long the validation authority may take over an answer,
// where the given client has no time-out of its own.
const statusTimeout = 5 * time.Second

// Deps is what the office stands on. All are required, but of Present and the two for
// OCSP one or the other.
type Deps struct {
	DB      *db.DB
	Clock   clock.Clock
	Entropy entropy.Source
	// Authority gives the certificates of the CA generations that are trusted, and
	// nothing about holders.
	Authority authority.Authority
	Settings  jpki.Settings // those of the authorities
	// Validation answers the questions that OCSP has no words for, and knows this
	// office as the accredited verifier Verifier, for both purposes.
	Validation validation.Desk
	Verifier   string
	// Present, where given, is asked about the status of certificates in place of OCSP:
	// the validation authority in the same process (validation.Office.Present). A process
	// that asked itself over the network would only be slower, and would not start
	// before it listens.
	Present func(ctx context.Context, kind jpki.Kind, generation int, serial *big.Int) error
	// HTTPClient carries OCSP questions; without a time-out it gets one of five
	// seconds. Redirects are never followed.
	HTTPClient *http.Client
	// ResponderURL is where questions about a generation are posted.
	ResponderURL func(kind jpki.Kind, generation int) string
	// CardsOnly refuses certificates on phones: for services that demand the card
	// itself. Phones are admitted otherwise (CRT-67).
	CardsOnly bool
}

// Office is the login service. Make it with New. Safe for concurrent use.
type Office struct {
	db         *db.DB
	clock      clock.Clock
	entropy    entropy.Source
	validation validation.Desk
	verifier   string
	trust      *trust
	status     statusClient
	present    func(ctx context.Context, kind jpki.Kind, generation int, serial *big.Int) error
	sweeping   clock.Every
	// parties are those read so far, Party by id: what is registered stays as it is.
	parties sync.Map
	// holders by serial number, and pairwise ids by party and holder.
	holders recent.Facts[holder]
	ids     recent.Facts[string]
}

// Challenges that are long over are removed bit by bit beside new ones, at most so many
// in so long: no login waits for a great removal.
const (
	sweepEvery = time.Second
	sweepMost  = 2000
)

// New returns the office. Its tables must have been brought up to date (Schema).
func New(d Deps) *Office {
	client := http.Client{}
	if d.HTTPClient != nil {
		client = *d.HTTPClient
	}
	if client.Timeout == 0 {
		client.Timeout = statusTimeout
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Office{db: d.DB, clock: d.Clock, entropy: d.Entropy, validation: d.Validation, verifier: d.Verifier,
		present: d.Present, sweeping: clock.Every{Period: sweepEvery},
		trust:  &trust{authority: d.Authority, settings: d.Settings, cardsOnly: d.CardsOnly},
		status: statusClient{http: &client, url: d.ResponderURL, entropy: d.Entropy, delegates: new(ocsp.Delegates)}}
}

var _ Provider = (*Office)(nil)
