package trace

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Hidden holds values that a masked trace hides, given by whoever has them. It
// is as secret as they are; String shows none of them.
type Hidden struct {
	commands, responses map[int][]byte // by exchange
}

// MaxHidden is the longest text of hidden values in bytes.
const MaxHidden = 8 << 20

// ParseHidden reads hidden values, one on each line, in the order of the
// exchanges, a command before its response:
//
//	5 command text 4126
//	7 response hex 30 82 01 0A
//
// The number is that of the exchange; text is printable ASCII up to the end of
// the line, hex is written as in a trace. A value is all that is hidden in that
// command or response, in order. Errors are *ParseError and repeat nothing of
// the values.
func ParseHidden(b []byte) (Hidden, error) {
	h := Hidden{map[int][]byte{}, map[int][]byte{}}
	fail := func(line int, what string) (Hidden, error) { return Hidden{}, &ParseError{line, what} }
	if len(b) > MaxHidden {
		return fail(1, fmt.Sprintf("longer than %d bytes", MaxHidden))
	}
	last := 0 // twice the exchange, and one for its response
	for line := 1; len(b) > 0; line++ {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return fail(line, "the line does not end")
		}
		words := strings.SplitN(string(b[:i]), " ", 4)
		b = b[i+1:]
		if len(words) != 4 {
			return fail(line, `a line is "5 command text VALUE" or "5 response hex 01 02"`)
		}
		n, err := strconv.Atoi(words[0])
		if err != nil || n < 1 || n > MaxExchanges || strconv.Itoa(n) != words[0] {
			return fail(line, "a line begins with the number of an exchange")
		}
		into, place := h.commands, 2*n
		switch words[1] {
		case "command":
		case "response":
			into, place = h.responses, 2*n+1
		default:
			return fail(line, `"command" or "response" is due after the number`)
		}
		if place <= last {
			return fail(line, "not in the order of the exchanges, or given twice")
		}
		last = place
		value, ok := hiddenValue(words[2], words[3])
		if !ok {
			return fail(line, `"text" with printable ASCII or "hex" with digits as in a trace is due here`)
		}
		into[n] = value
	}
	return h, nil
}

func hiddenValue(form, s string) ([]byte, bool) {
	switch form {
	case "text":
		for i := range len(s) {
			if s[i] < 0x20 || s[i] > 0x7E {
				return nil, false
			}
		}
		return []byte(s), s != ""
	case "hex":
		b, ok := parseBytes(s)
		return b.Data, ok && b.Len() > 0 && !b.Masked()
	}
	return nil, false
}

// String tells how many values there are.
func (h Hidden) String() string {
	return fmt.Sprintf("%d hidden values", len(h.commands)+len(h.responses))
}

// GoString shows no value either.
func (h Hidden) GoString() string { return h.String() }

// Secrets gives the hidden bytes of commands to Replay, and asks next (which may
// be nil) for those it does not have.
func (h Hidden) Secrets(next Secrets) Secrets {
	return func(n int, x Exchange) ([]byte, error) {
		if v, ok := h.commands[n]; ok {
			return v, nil
		}
		if next == nil {
			return nil, ErrNoSecret
		}
		return next(n, x)
	}
}

// Reveal returns the trace with hidden values put in their places; what is not
// given stays hidden. A value for an exchange that the trace does not have, or
// of another length than what is hidden there, is an error. With nothing left
// hidden the result is an unmasked trace; until then it is for NewCard and
// Replay only, and Write refuses it.
func (t *Trace) Reveal(h Hidden) (*Trace, error) {
	out := *t
	out.Exchanges = append([]Exchange(nil), t.Exchanges...)
	for n := range h.commands {
		if err := out.reveal(n, h.commands[n], func(x *Exchange) *Bytes { return &x.Command }); err != nil {
			return nil, err
		}
	}
	for n := range h.responses {
		if err := out.reveal(n, h.responses[n], func(x *Exchange) *Bytes { return &x.Response }); err != nil {
			return nil, err
		}
	}
	out.Unmasked = t.Unmasked || len(h.commands)+len(h.responses) > 0
	return &out, nil
}

func (t *Trace) reveal(n int, value []byte, part func(*Exchange) *Bytes) error {
	if n > len(t.Exchanges) {
		return &HiddenError{Exchange: n, Given: len(value)}
	}
	b := part(&t.Exchanges[n-1])
	data, err := b.Fill(value)
	if err != nil {
		return &HiddenError{n, b.hiddenLen(), len(value)}
	}
	*b = Bytes{Data: data}
	return nil
}

// HiddenError says that no value was given for a hidden part, or one that does
// not fit it. It is ErrNoSecret where none was given, and shows no value.
type HiddenError struct {
	Exchange      int
	Hidden, Given int // bytes
}

// Error is In English.
func (e *HiddenError) Error() string { return "trace: " + e.In(English) }

// In tells it in a language.
func (e *HiddenError) In(l Language) string {
	if e.Given == 0 {
		return Text{JA: "やり取り%d：隠された値（%dバイト）が必要です", EN: "exchange %d: a hidden value of %d bytes is needed"}.In(l, e.Exchange, e.Hidden)
	}
	return Text{JA: "やり取り%d：隠されているのは%dバイトですが、%dバイトが渡されました", EN: "exchange %d: %d bytes are hidden, %d were given"}.In(l, e.Exchange, e.Hidden, e.Given)
}

// Is makes errors.Is(err, ErrNoSecret) true where no value was given.
func (e *HiddenError) Is(target error) bool { return target == ErrNoSecret && e.Given == 0 }
