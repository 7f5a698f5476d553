package trace

import (
	"errors"
	"fmt"

	"kado/iso7816"
	"kado/reader"
)

// ErrNoSecret says that a hidden part of a command is needed and was not given.
var ErrNoSecret = errors.New("trace: a hidden part of a command is needed for the replay")

// Secrets gives the hidden bytes of the n-th exchange's command, such as a PIN.
// A nil function has none.
type Secrets func(n int, x Exchange) ([]byte, error)

// Replay sends the recorded commands to a card in their order and compares the
// answers; it stops at the first that differs. Hidden bytes of an answer match
// any; answers that are random by nature (GET CHALLENGE, signatures with PSS)
// are compared by length and status word. Errors are *ReplayError, ErrNoSecret
// or those of the transport.
//
// A replay does again what was done: it spends tries, changes PINs and runs
// issuer acts. It is not for cards that matter.
func Replay(t reader.Transport, tr *Trace, secrets Secrets) error {
	for i, x := range tr.Exchanges {
		n := i + 1
		command := x.Command.Data
		if x.Command.Masked() {
			if secrets == nil {
				return fmt.Errorf("%w: exchange %d (%s), %d bytes", ErrNoSecret, n, x.Name, x.Command.hiddenLen())
			}
			secret, err := secrets(n, x)
			if err != nil {
				return fmt.Errorf("trace: exchange %d: %w", n, err)
			}
			if command, err = x.Command.Fill(secret); err != nil {
				return fmt.Errorf("trace: exchange %d (%s): %w", n, x.Name, err)
			}
		}
		answer, err := t.Transmit(append([]byte(nil), command...))
		if x.Response.Len() == 0 {
			if err == nil {
				return &ReplayError{Exchange: n, Name: x.Name, Deviation: OtherAnswer, Detail: "none was recorded"}
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("trace: exchange %d (%s): %w", n, x.Name, err)
		}
		if detail := differ(command, x.Response, answer); detail != "" {
			return &ReplayError{Exchange: n, Name: x.Name, Deviation: OtherAnswer, Detail: detail}
		}
	}
	return nil
}

// differ says how an answer differs from the recorded one, or nothing.
func differ(command []byte, want Bytes, got []byte) string {
	w, err1 := iso7816.ParseResponse(want.Data)
	g, err2 := iso7816.ParseResponse(got)
	switch {
	case err1 != nil || err2 != nil:
		if !want.Matches(got) {
			return "not a status word"
		}
	case w.SW != g.SW:
		return fmt.Sprintf("%v instead of %v", g.SW, w.SW)
	case len(g.Data) != len(w.Data):
		return fmt.Sprintf("%d bytes instead of %d", len(g.Data), len(w.Data))
	case !random(command) && !want.Matches(got):
		return "other data of the same length"
	}
	return ""
}

// random reports whether a command is answered differently each time.
func random(command []byte) bool {
	cmd, err := iso7816.ParseCommand(command)
	if err != nil {
		return false
	}
	return cmd.CLA == 0x00 && cmd.INS == 0x84 || cmd.CLA == 0x80 && cmd.INS == 0x2A && (cmd.P1 == 0x04 || cmd.P1 == 0x05)
}
