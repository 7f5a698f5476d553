package bridge

import "time"

// The messages between kado bridge and the site: JSON, known fields only. Octets
// are base64.

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
	Code string `json:"code"` // in the form of ParseCode
}

// Job is what a card is to do.
type Job struct {
	Ticket string `json:"ticket"`
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
}

// Answer is what the card said. There is no room in it for a PIN.
type Answer struct {
	Ticket      string `json:"ticket"`
	Challenge   string `json:"challenge"`
	Certificate []byte `json:"certificate"`
	Signature   []byte `json:"signature"`
	// Record, Proof and Issuer are the attributes with what proves them; empty
	// where none were asked for.
	Record []byte `json:"record,omitempty"`
	Proof  []byte `json:"proof,omitempty"`
	Issuer []byte `json:"issuer,omitempty"`
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
