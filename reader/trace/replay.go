package trace

import (
	"errors"
	"fmt"

	"kado/cardmgmt"
	"kado/iso7816"
	"kado/reader"
)

// ErrNoSecret says that a hidden part of a command is needed and was not given.
var ErrNoSecret = errors.New("trace: a hidden part of a command is needed for the replay")

// Secrets gives the hidden bytes of the n-th exchange's command, such as a PIN.
// A nil function, or ErrNoSecret, has none.
type Secrets func(n int, x Exchange) ([]byte, error)

// Replay sends the recorded commands to a card in their order and compares the
// answers; it stops at the first that differs. Hidden bytes of an answer match
// any; answers that are random by nature (GET CHALLENGE, signatures with PSS)
// are compared by length and status word. Errors are *ReplayError, *HiddenError,
// or those of secrets and of the transport.
//
// A replay does again what was done: it spends tries, changes PINs and runs
// issuer acts. It is not for cards that matter.
func Replay(t reader.Transport, tr *Trace, secrets Secrets) error {
	for i, x := range tr.Exchanges {
		n := i + 1
		command := x.Command.Data
		if x.Command.Masked() {
			var secret []byte
			var err error
			if secrets != nil {
				if secret, err = secrets(n, x); err != nil && !errors.Is(err, ErrNoSecret) {
					return fmt.Errorf("trace: exchange %d: %w", n, err)
				}
			}
			if command, err = x.Command.Fill(secret); err != nil {
				return &HiddenError{n, x.Command.hiddenLen(), len(secret)}
			}
		}
		answer, err := t.Transmit(append([]byte(nil), command...))
		if x.Response.Len() == 0 {
			if err == nil {
				return &ReplayError{Exchange: n, Name: x.Name, Deviation: OtherAnswer, Detail: Text{JA: "記録に応答はありません", EN: "none was recorded"}}
			}
			continue
		}
		if err != nil {
			return fmt.Errorf("trace: exchange %d (%s): %w", n, x.Name, err)
		}
		if detail := differ(command, x.Response, answer); detail != (Text{}) {
			return &ReplayError{Exchange: n, Name: x.Name, Deviation: OtherAnswer, Detail: detail}
		}
	}
	return nil
}

// differ says how an answer differs from the recorded one, or nothing.
func differ(command []byte, want Bytes, got []byte) Text {
	w, err1 := iso7816.ParseResponse(want.Data)
	g, err2 := iso7816.ParseResponse(got)
	switch {
	case err1 != nil || err2 != nil:
		if !want.Matches(got) {
			return Text{JA: "状態語がありません", EN: "not a status word"}
		}
	case w.SW != g.SW:
		return fixed(Text{JA: "%[2]sではなく%[1]s", EN: "%[1]s instead of %[2]s"}, StatusText(g.SW), StatusText(w.SW))
	case len(g.Data) != len(w.Data):
		return fixed(Text{JA: "%[2]dバイトではなく%[1]dバイト", EN: "%[1]d bytes instead of %[2]d"}, len(g.Data), len(w.Data))
	case !random(command) && !want.Matches(got):
		return Text{JA: "長さは同じで、中身が違います", EN: "other data of the same length"}
	}
	return Text{}
}

// random reports whether a command is answered differently each time.
func random(command []byte) bool {
	cmd, err := iso7816.ParseCommand(command)
	if err != nil {
		return false
	}
	return cmd.CLA == 0x00 && cmd.INS == 0x84 || cmd.CLA == 0x80 && (cmd.INS == cardmgmt.InsMode || cmd.INS == 0x2A && (cmd.P1 == 0x04 || cmd.P1 == 0x05))
}
