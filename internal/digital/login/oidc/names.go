package oidc

import "time"

// Everything here is not confirmed about the national service: each name and
// format was inferred from working clients, or chosen. A correction is an edit in
// this file.

// Paths under the base address.
const (
	realmPath     = "/api/realms/main"
	authPath      = realmPath + "/protocol/openid-connect/auth"
	tokenPath     = realmPath + "/protocol/openid-connect/token"
	userinfoPath  = realmPath + "/protocol/openid-connect/userinfo"
	certsPath     = realmPath + "/protocol/openid-connect/certs"
	pushPath      = realmPath + "/protocol/openid-connect/ext/par/request"
	discoveryPath = realmPath + "/.well-known/openid-configuration"
	signPath      = "/api/sign-transactions"
	resultPath    = "/api/sign-transactions/{id}/result"
	clientsPath   = "/api/clients" // of the sandbox; the national service has none
)

// Lifetimes.
const (
	interactionLife = 10 * time.Minute
	codeLife        = 60 * time.Second
	pushedLife      = 60 * time.Second // of a request_uri
	accessLife      = 5 * time.Minute
	idLife          = 5 * time.Minute
	refreshLife     = 30 * time.Minute // since the last use
	grantLife       = 8 * time.Hour    // however often it is refreshed
	signingLife     = 30 * time.Minute // to be signed and fetched
	visitLife       = 15 * time.Minute
	// strictAssertion is the longest life of an assertion in strict mode;
	// lenientAssertion is above the day that a known client uses.
	strictAssertion  = 60 * time.Second
	lenientAssertion = 25 * time.Hour
	skew             = 10 * time.Second
)

// The acr and amr claims of every ID token: card and PIN.
const acrCard = "aal3"

var amrCard = []string{"hwk", "pin"}

// Names in the JSON of the signing interface.
const (
	signDigestName      = "digest" // base64 of SHA-256, or of a DER DigestInfo over it
	signIDName          = "sign_transaction_id"
	signExpiresName     = "expires_at"
	signStatusName      = "status"
	signSignatureName   = "signature"   // base64
	signCertificateName = "certificate" // base64 of DER
	signVerdictName     = "certificate_status"
	signSignedAtName    = "signed_at"
	signEncryptedName   = "encrypted_result" // compact JWE over the JSON with the names above
	signStatusDone      = "signed"
)

// Formats of the attributes in userinfo; each client may choose others.
const (
	NameAsOnCard Format = "card"   // family name, U+3000, given name
	NameSpaced   Format = "spaced" // with an ASCII space

	AddressString Format = "string" // as on the card, one string
	AddressObject Format = "object" // {"formatted": …} of OpenID Connect

	BirthdateISO     Format = "iso"     // 1980-02-17
	BirthdateCompact Format = "compact" // 19800217

	GenderWord Format = "word" // male, female; other codes are left out
	GenderCode Format = "code" // 1, 2, 9 as in the chip
)

// Format is how one attribute is written.
type Format string

// defaultFormats are those of a client that says nothing.
var defaultFormats = Formats{Name: NameAsOnCard, Address: AddressString, Birthdate: BirthdateISO, Gender: GenderWord}
