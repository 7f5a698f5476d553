package authority

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"time"

	"kado/jpki"
)

// CeremonyAct is what a ceremony does.
type CeremonyAct string

// The acts.
const (
	CreateRoot CeremonyAct = "create_root" // the first generation
	RollOver   CeremonyAct = "roll_over"   // a further one, beside those that live
	Retire     CeremonyAct = "retire"      // an old one, of which nothing can be valid any more
)

// CeremonyPlan is the one file that a ceremony is driven by: reviewed, agreed on by
// its hash, and then carried out as it stands.
type CeremonyPlan struct {
	Version    int         `json:"version"` // 1
	Act        CeremonyAct `json:"act"`
	Kind       string      `json:"kind"`       // signature, authentication
	Generation int         `json:"generation"` // that is made or retired
	Algorithm  string      `json:"algorithm"`  // rsa-2048-sha256, ecdsa-p384-sha384; that of the generation
	NotBefore  time.Time   `json:"not_before"` // whole seconds in UTC; not for retire
	NotAfter   time.Time   `json:"not_after"`
	KeyStore   string      `json:"key_store"` // file, token
	Operators  []string    `json:"operators"` // staff ids of two different persons
	// Previous is the SHA-256 fingerprint (lower-case hex) of the newest generation's
	// certificate, which the plan was made for; of the one to be retired for
	// retire; "" for create_root.
	Previous string `json:"previous"`
	// PublicKey is the SHA-256 of the SubjectPublicKeyInfo where the key is there
	// already; "" where the ceremony makes it.
	PublicKey string `json:"public_key"`
}

// maxPlan bounds the file, in bytes.
const maxPlan = 8 << 10

var (
	fingerprintForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	operatorForm    = regexp.MustCompile(`^[!-~]{1,100}$`)
)

// DecodeCeremony reads a plan: one JSON object, nothing unknown in it, nothing
// left out that its act needs.
func DecodeCeremony(raw []byte) (CeremonyPlan, error) {
	var p CeremonyPlan
	if len(raw) > maxPlan {
		return p, UnfitPlan.New("size")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return CeremonyPlan{}, UnfitPlan.New("JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return CeremonyPlan{}, UnfitPlan.New("JSON")
	}
	if field := p.unfit(); field != "" {
		return CeremonyPlan{}, UnfitPlan.New(field)
	}
	return p, nil
}

// unfit names the first field that cannot be right, or "".
func (p CeremonyPlan) unfit() string {
	algorithm, err := jpki.ParseAlgorithm(p.Algorithm)
	kind, kindErr := jpki.ParseKind(p.Kind)
	begins := p.Act == CreateRoot || p.Act == RollOver
	switch {
	case p.Version != 1:
		return "version"
	case !begins && p.Act != Retire:
		return "act"
	case kindErr != nil || !kind.Valid():
		return "kind"
	case p.Generation < 1 || p.Generation > 1000 || p.Act == CreateRoot && p.Generation != 1 || p.Act == RollOver && p.Generation < 2:
		return "generation"
	case err != nil || !algorithm.ForAuthority():
		return "algorithm"
	case p.KeyStore != "file" && p.KeyStore != "token" && p.KeyStore != "memory":
		return "key_store"
	case len(p.Operators) != 2 || !operatorForm.MatchString(p.Operators[0]) || !operatorForm.MatchString(p.Operators[1]) || p.Operators[0] == p.Operators[1]:
		return "operators"
	case (p.Previous == "") != (p.Act == CreateRoot) || p.Previous != "" && !fingerprintForm.MatchString(p.Previous):
		return "previous"
	case p.PublicKey != "" && (!begins || !fingerprintForm.MatchString(p.PublicKey)):
		return "public_key"
	case !begins && (!p.NotBefore.IsZero() || !p.NotAfter.IsZero()):
		return "not_before, not_after"
	case !begins:
		return ""
	case p.NotBefore.Location() != time.UTC || p.NotBefore.Nanosecond() != 0 || p.NotBefore.Year() < 2000 || p.NotBefore.Year() > 2200:
		return "not_before"
	case p.NotAfter.Location() != time.UTC || !p.NotAfter.Equal(jpki.AuthorityNotAfter(p.NotBefore)):
		return "not_after"
	}
	return ""
}

// Hash is what the operators compare: SHA-256, in lower-case hex, of the plan's
// content, whatever its file's spacing and order of fields.
func (p CeremonyPlan) Hash() string {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings, numbers and times
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (p CeremonyPlan) id() generationID {
	kind, _ := jpki.ParseKind(p.Kind) // checked by unfit
	return generationID{kind, p.Generation}
}

func (p CeremonyPlan) algorithm() jpki.Algorithm {
	a, _ := jpki.ParseAlgorithm(p.Algorithm) // checked by unfit
	return a
}

// CeremonyRecord is what a ceremony leaves: kept in the database, its hash in the
// journal, and handed out as a file.
type CeremonyRecord struct {
	Plan        CeremonyPlan `json:"plan"`
	PlanHash    string       `json:"plan_sha256"`
	BegunAt     time.Time    `json:"begun_at"`
	DoneAt      time.Time    `json:"done_at"`
	KeyName     string       `json:"key_name"`
	PublicKey   string       `json:"public_key_sha256"`
	Serial      string       `json:"serial,omitempty"`
	Lint        string       `json:"lint,omitempty"`
	Fingerprint string       `json:"certificate_sha256"`
	Certificate []byte       `json:"certificate,omitempty"` // DER; absent for retire
}

// Rehearsal is what a ceremony would do.
type Rehearsal struct {
	Plan     CeremonyPlan
	Hash     string
	KeyName  string
	KeyIs    string // "to be made", "made by the plan's earlier run", "there"
	Lint     string // of a copy signed by a key thrown away; "" for retire
	Copy     []byte // that copy, DER: serial number, key and signature are stand-ins
	Begun    bool   // an earlier run was cut off and would be finished
	Done     bool   // it was carried out already
	Obstacle error  // why it would be refused now; nil if it would be carried out
}
