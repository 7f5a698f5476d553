package bridge

import (
	"time"

	"kado/internal/platform/vault/sealed"
)

// The messages between kado bridge and the site: JSON, known fields only. Octets
// are base64.

// Version is the version of the messages. Take and Job name it; where the two sides
// differ, the login is refused before a card is touched. Version 1, which had no such
// field, sent the proof of the attributes in clear.
const Version = 2

// The paths that a bridge posts to. Each takes and returns one message.
const (
	TakePath    = "/bridge/api/take"
	AnswerPath  = "/bridge/api/answer"
	DeclinePath = "/bridge/api/decline"
)

// MaxMessage is the longest message in octets.
const MaxMessage = 64 << 10

// Take asks for what a code stands for.
type Take struct {
	Version int    `json:"version"`
	Code    string `json:"code"` // in the form of ParseCode
}

// Job is what a card is to do.
type Job struct {
	Version int    `json:"version"`
	Ticket  string `json:"ticket"`
	// Check is shown in terminal and page, so that the holder sees that they belong
	// together.
	Check     string    `json:"check"`
	Client    string    `json:"client"`
	Challenge string    `json:"challenge"`
	Message   []byte    `json:"message"` // login.Statement; names the origin
	Claims    []string  `json:"claims"`
	Sign      []byte    `json:"sign,omitempty"`
	SignRaw   bool      `json:"sign_raw,omitempty"`
	Expires   time.Time `json:"expires"`
	// ProofKey is what the proof of the attributes is sealed to; nil where no claim
	// is wanted.
	ProofKey *sealed.Announcement `json:"proof_key,omitempty"`
}

// Answer is what the card said. There is no room in it for a PIN.
type Answer struct {
	Ticket      string `json:"ticket"`
	Challenge   string `json:"challenge"`
	Certificate []byte `json:"certificate"`
	Signature   []byte `json:"signature"`
	// Record is the attributes, and Sealed what proves them (package sealed), which
	// this site hands on without being able to open it. Empty where none were asked for.
	Record []byte `json:"record,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
	// SigningCertificate and Signed answer Job.Sign.
	SigningCertificate []byte `json:"signing_certificate,omitempty"`
	Signed             []byte `json:"signed,omitempty"`
}

// Decline says that the holder does not want it.
type Decline struct {
	Ticket string `json:"ticket"`
}

// Accepted is the answer to Answer and Decline.
type Accepted struct {
	OK bool `json:"ok"`
}
