package middlewaretest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// marionette is a connection to Firefox's own remote control: each message is its
// length in digits, a colon, and JSON; a command is [0, number, name, parameters]
// and its answer [1, number, error, result]
// (firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
type marionette struct {
	conn net.Conn
	from *bufio.Reader
	n    int
}

// maxAnswer bounds what is read from the browser, in octets.
const maxAnswer = 1 << 24

// control connects to a Firefox that listens at an address.
func control(address string, patience time.Duration) (*marionette, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	m := &marionette{conn: conn, from: bufio.NewReader(conn)}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil { //kado:wall-clock bounds a wait
		return nil, err
	}
	_, err = m.read() // its greeting
	return m, err
}

func (m *marionette) read() ([]byte, error) {
	length, err := m.from.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 || n > maxAnswer {
		return nil, fmt.Errorf("marionette: a message of length %q", length)
	}
	b := make([]byte, n)
	_, err = io.ReadFull(m.from, b)
	return b, err
}

// refusal is an error of a command; Name is WebDriver's, such as "no such alert".
type refusal struct {
	Name    string `json:"error"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return r.Name + ": " + r.Message }

// do carries out one command and decodes the member value of its result.
func (m *marionette) do(name string, parameters map[string]any, value any) error {
	m.n++
	b, err := json.Marshal([]any{0, m.n, name, parameters})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(m.conn, "%d:%s", len(b), b); err != nil {
		return err
	}
	if b, err = m.read(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	var kind, number int
	var refused *refusal
	var result json.RawMessage
	if err := json.Unmarshal(b, &[]any{&kind, &number, &refused, &result}); err != nil {
		return err
	}
	if refused != nil {
		return fmt.Errorf("%s: %w", name, refused)
	}
	if value == nil {
		return nil
	}
	return json.Unmarshal(result, &struct {
		Value any `json:"value"`
	}{value})
}
