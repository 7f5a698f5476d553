package conform

import (
	"net/url"

	"kado/internal/platform/lang"
)

// Level says how much a result counts.
type Level string

// The levels.
const (
	Must   Level = "must"   // somebody gets in who should not, or nobody gets in
	Should Level = "should" // a defence that other defences back up, or a courtesy to the holder
	May    Level = "may"    // reported, never counted
)

// Outcome is where the browser ended.
type Outcome string

// The outcomes.
const (
	LoggedIn      Outcome = "logged_in"
	Refused       Outcome = "refused"
	NoAnswer      Outcome = "no_answer"      // the relying party did not answer at all
	NotApplicable Outcome = "not_applicable" // it never uses what the case is about
)

// Case is one login in which the provider does something in particular.
type Case struct {
	Name  string // "nonce-other"
	Group string // "control", "response", "token", "keys", "userinfo", "session", "channel", "discovery"
	Level Level
	Want  Outcome // LoggedIn or Refused
	// About says what the provider does; Why what happens to a relying party that
	// ends otherwise than Want, or where the rule stands.
	About, Why lang.Text
	// Cure is what to do; empty for controls that need none.
	Cure lang.Text

	bend bend
}

// bend is how the provider and the browser differ from what is in order. The
// zero value differs in nothing.
type bend struct {
	// response changes the parameters with which the browser comes back.
	response func(f *flow, q url.Values)
	// claims changes the claims of the ID token.
	claims func(f *flow, c map[string]any)
	// sign makes the ID token from its claims in another way.
	sign func(f *flow, c map[string]any) (string, error)
	// token changes the answer of the token endpoint and may return another
	// status.
	token func(f *flow, body map[string]any) int
	// userinfo changes the answer of userinfo.
	userinfo func(f *flow, body map[string]any) int
	// tokenManner and infoManner are how the answers of the token endpoint and of
	// userinfo travel.
	tokenManner, infoManner manner
	// astray has the relying party start anew with the address of a provider whose
	// metadata names another issuer.
	astray bool
	// before is done to the provider's keys before the login.
	before func(k *keyring) error
	// play is how the browser goes on from the provider; nil is as usual.
	play func(v *visit) error
	// unspent means that the relying party must not ask for tokens at all: the
	// code would reach whom it is not for.
	unspent bool
	// canary is a text that no page may show. Where it is set, a relying party
	// may also log the holder in and drop what the canary stands in.
	canary string
	// needs names what the case says nothing without.
	needs string
}

const (
	needsUserinfo = "userinfo" // the relying party asks for it
	needsRotation = "rotation" // it noticed that a key was withdrawn
	needsRefresh  = "refresh"  // it asks for new tokens when told to
	needsRestart  = "restart"  // it can be started anew
)
