package login

import (
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// MaxMessage is the longest message of a challenge in octets.
const MaxMessage = 512

// nonceLen is the length of a challenge's nonce in octets.
const nonceLen = 32

// purpose is the one purpose that this office asks a signature for.
const purpose = "login"

// Statement is the content of a challenge's message. Its text form is these six
// lines in this order, each ended by one LF, in ASCII, at most MaxMessage octets:
//
//	kado-login/1
//	party: rp_0123456789abcdefghjkmnpqrs
//	origin: https://shop.example
//	purpose: login
//	nonce: <64 lower-case hexadecimal digits>
//	not-after: 2026-04-01T03:05:00Z
//
// What holds the card shows Origin to its holder before it asks for the PIN, and
// refuses any other text.
type Statement struct {
	Party    string
	Origin   string
	Purpose  string
	Nonce    [nonceLen]byte
	NotAfter time.Time // whole seconds, UTC; the last instant at which the proof counts
}

// ErrStatement: the text is not that of a challenge.
var ErrStatement = errors.New("login: not a challenge of this form")

var (
	partyID   = regexp.MustCompile(`^rp_[0-9a-hjkmnp-tv-z]{26}$`)
	purposeID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

const statementForm = "kado-login/1\nparty: %s\norigin: %s\npurpose: %s\nnonce: %x\nnot-after: %s\n"

// Message returns the text form.
func (s Statement) Message() []byte {
	return fmt.Appendf(nil, statementForm, s.Party, s.Origin, s.Purpose, s.Nonce, s.NotAfter.UTC().Format(time.RFC3339))
}

// ParseStatement reads a text form, in its one spelling. Other input is
// ErrStatement.
func ParseStatement(message []byte) (Statement, error) {
	if len(message) > MaxMessage {
		return Statement{}, ErrStatement
	}
	lines := strings.Split(string(message), "\n")
	names := []string{"", "party: ", "origin: ", "purpose: ", "nonce: ", "not-after: ", ""}
	if len(lines) != len(names) {
		return Statement{}, ErrStatement
	}
	for i, name := range names {
		value, ok := strings.CutPrefix(lines[i], name)
		if !ok {
			return Statement{}, ErrStatement
		}
		lines[i] = value
	}
	s := Statement{Party: lines[1], Origin: lines[2], Purpose: lines[3]}
	nonce, err := hex.DecodeString(lines[4])
	if err != nil || len(nonce) != nonceLen {
		return Statement{}, ErrStatement
	}
	copy(s.Nonce[:], nonce)
	if s.NotAfter, err = time.Parse(time.RFC3339, lines[5]); err != nil {
		return Statement{}, ErrStatement
	}
	s.NotAfter = s.NotAfter.UTC()
	// Whatever does not come out the same again was another spelling.
	if !partyID.MatchString(s.Party) || checkOrigin(s.Origin) != nil || !purposeID.MatchString(s.Purpose) || string(s.Message()) != string(message) {
		return Statement{}, ErrStatement
	}
	return s, nil
}
