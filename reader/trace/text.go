package trace

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The first line of a trace: format, version, and whether it is masked.
const (
	headMasked   = "kado-apdu-trace 1 masked"
	headUnmasked = "kado-apdu-trace 1 unmasked"
)

// ErrTrace is wrapped by every error of Parse that has a line number.
var ErrTrace = errors.New("trace: malformed trace")

// ParseError says where a trace is malformed. It repeats nothing of the trace,
// which may hold secrets.
type ParseError struct {
	Line int
	What string
}

// Error is the line and what is wrong with it.
func (e *ParseError) Error() string { return fmt.Sprintf("trace: line %d: %s", e.Line, e.What) }

// Is makes errors.Is(err, ErrTrace) true.
func (e *ParseError) Is(target error) bool { return target == ErrTrace }

// labels of the lines of one exchange, in their order. Name, command and
// response are never left out.
var labels = [...]string{"exchange", "name", "target", "access", "command", "response", "status", "cause"}

// Write saves a trace as text, one block of lines for each exchange. What the
// result looks like is in docs/howto-reader.md. An unmasked trace is ErrUnmasked
// unless Unmasked is given. A trace whose explanations could not be read back is
// an error.
func Write(w io.Writer, t *Trace, opts ...Option) error {
	if t.Unmasked && !settings(opts).unmasked {
		return ErrUnmasked
	}
	b, err := encode(t)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

func encode(t *Trace) ([]byte, error) {
	if len(t.Exchanges) > MaxExchanges {
		return nil, fmt.Errorf("trace: more than %d exchanges", MaxExchanges)
	}
	var b bytes.Buffer
	b.WriteString(headMasked)
	if t.Unmasked {
		b.Reset()
		b.WriteString(headUnmasked)
	}
	b.WriteByte('\n')
	if t.ATR != nil {
		if len(t.ATR) == 0 || len(t.ATR) > maxATR {
			return nil, fmt.Errorf("trace: an ATR has 1 to %d bytes", maxATR)
		}
		b.WriteString("atr: " + Bytes{Data: t.ATR}.String() + "\n")
	}
	for i, x := range t.Exchanges {
		if err := x.check(t.Unmasked); err != nil {
			return nil, fmt.Errorf("trace: exchange %d: %w", i+1, err)
		}
		b.WriteString("\n" + x.text(i+1))
		if b.Len() > MaxSize {
			return nil, fmt.Errorf("trace: longer than %d bytes", MaxSize)
		}
	}
	return b.Bytes(), nil
}

const maxATR = 33

// text is the block of one exchange.
func (x Exchange) text(n int) string {
	return x.lines(n, func(label string) string { return label })
}

func (x Exchange) lines(n int, label func(string) string) string {
	var b strings.Builder
	for _, f := range []struct{ label, value string }{
		{"exchange", strconv.Itoa(n)}, {"name", x.Name}, {"target", x.Target}, {"access", x.Access},
		{"command", x.Command.String()}, {"response", x.Response.String()}, {"status", x.Status}, {"cause", x.Cause},
	} {
		if f.value != "" {
			b.WriteString(label(f.label) + ": " + f.value + "\n")
		}
	}
	return b.String()
}

// Block is the exchange as it stands in a saved trace, numbered n.
func (x Exchange) Block(n int) string { return x.text(n) }

var errText = errors.New("an explanation has a line break, a control character, a blank at an end or is too long")

func (x Exchange) check(unmasked bool) error {
	if x.Name == "" {
		return errors.New("no name")
	}
	if x.Status == "" {
		return errors.New("no status")
	}
	for _, s := range []string{x.Name, x.Target, x.Access, x.Status, x.Cause} {
		if !validText(s) {
			return errText
		}
	}
	if err := x.Command.check(unmasked); err != nil {
		return err
	}
	if x.Command.Len() == 0 {
		return errors.New("no command")
	}
	return x.Response.check(unmasked)
}

func (b Bytes) check(unmasked bool) error {
	switch {
	case len(b.Data) > maxAPDU:
		return errors.New("too many bytes")
	case b.Hidden != nil && len(b.Hidden) != len(b.Data):
		return errors.New("hidden marks do not fit the bytes")
	case b.Hidden != nil && (!b.Masked() || unmasked):
		return errors.New("hidden marks where nothing is hidden")
	}
	for i := range b.Data {
		if b.hidden(i) && b.Data[i] != 0 {
			return errors.New("a hidden byte is there all the same")
		}
	}
	return nil
}

func validText(s string) bool {
	return len(s) <= maxText && utf8.ValidString(s) && strings.TrimSpace(s) == s && !strings.ContainsFunc(s, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsPrint(r)
	})
}

// String writes the bytes as they stand in a trace: two capital hexadecimal
// digits each, a blank between them, *N for N hidden ones, "none" for none.
func (b Bytes) String() string {
	if len(b.Data) == 0 {
		return "none"
	}
	var out strings.Builder
	for i := 0; i < len(b.Data); {
		if i > 0 {
			out.WriteByte(' ')
		}
		if !b.hidden(i) {
			fmt.Fprintf(&out, "%02X", b.Data[i])
			i++
			continue
		}
		from := i
		for i < len(b.Data) && b.hidden(i) {
			i++
		}
		out.WriteString("*" + strconv.Itoa(i-from))
	}
	return out.String()
}

// parseBytes reads what String writes and nothing else.
func parseBytes(s string) (Bytes, bool) {
	var b Bytes
	if s == "none" {
		return b, true
	}
	var hidden []bool
	masked := false
	for word := range strings.SplitSeq(s, " ") {
		if len(b.Data) >= maxAPDU {
			return Bytes{}, false
		}
		if count, star := strings.CutPrefix(word, "*"); star {
			n, err := strconv.Atoi(count)
			// A run is written whole, so that there is one spelling.
			if err != nil || n < 1 || n > maxAPDU-len(b.Data) || strconv.Itoa(n) != count || len(hidden) > 0 && hidden[len(hidden)-1] {
				return Bytes{}, false
			}
			b.Data = append(b.Data, make([]byte, n)...)
			for range n {
				hidden = append(hidden, true)
			}
			masked = true
			continue
		}
		if len(word) != 2 || digit(word[0]) < 0 || digit(word[1]) < 0 {
			return Bytes{}, false
		}
		b.Data = append(b.Data, byte(digit(word[0])<<4|digit(word[1])))
		hidden = append(hidden, false)
	}
	if masked {
		b.Hidden = hidden
	}
	return b, true
}

func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// Parse reads what Write writes and nothing else: every trace has one spelling,
// so that writing the result gives the same bytes. A masked trace that shows
// what it has to hide is refused. Errors are ErrUnmasked, where Unmasked was not
// given, or *ParseError.
func Parse(text []byte, opts ...Option) (*Trace, error) {
	if len(text) > MaxSize {
		return nil, &ParseError{1, fmt.Sprintf("longer than %d bytes", MaxSize)}
	}
	p := &parser{rest: text}
	t, err := p.trace(settings(opts).unmasked)
	if err != nil {
		return nil, err
	}
	return t, nil
}

type parser struct {
	rest []byte
	line int // number of the last line read
}

func (p *parser) fail(format string, args ...any) error {
	return &ParseError{max(p.line, 1), fmt.Sprintf(format, args...)}
}

// next reads one line without its end.
func (p *parser) next() (string, error) {
	p.line++
	i := bytes.IndexByte(p.rest, '\n')
	if i < 0 {
		return "", p.fail("the line does not end")
	}
	if i > maxLine {
		return "", p.fail("the line is too long")
	}
	s := string(p.rest[:i])
	p.rest = p.rest[i+1:]
	return s, nil
}

func (p *parser) trace(unmasked bool) (*Trace, error) {
	head, err := p.next()
	if err != nil {
		return nil, err
	}
	t := &Trace{}
	switch head {
	case headMasked:
	case headUnmasked:
		if !unmasked {
			return nil, ErrUnmasked
		}
		t.Unmasked = true
	default:
		return nil, p.fail("a trace begins with %q", headMasked)
	}
	if bytes.HasPrefix(p.rest, []byte("atr: ")) {
		s, err := p.next()
		if err != nil {
			return nil, err
		}
		b, ok := parseBytes(strings.TrimPrefix(s, "atr: "))
		if !ok || b.Masked() || b.Len() == 0 || b.Len() > maxATR {
			return nil, p.fail("an ATR has 1 to %d bytes, none hidden", maxATR)
		}
		t.ATR = b.Data
	}
	f := newFollower(English)
	for len(p.rest) > 0 {
		blank, err := p.next()
		if err != nil {
			return nil, err
		}
		if blank != "" {
			return nil, p.fail("an empty line stands before each exchange")
		}
		if len(t.Exchanges) == MaxExchanges {
			return nil, p.fail("more than %d exchanges", MaxExchanges)
		}
		x, err := p.exchange(len(t.Exchanges) + 1)
		if err != nil {
			return nil, err
		}
		if err := x.check(t.Unmasked); err != nil {
			return nil, p.fail("exchange %d: %v", len(t.Exchanges)+1, err)
		}
		if !t.Unmasked {
			_, c, r := f.next(x.Command.Data, x.Response.Data)
			if !x.Command.covers(c) || !x.Response.covers(r) {
				return nil, p.fail("exchange %d shows what a masked trace has to hide", len(t.Exchanges)+1)
			}
		}
		t.Exchanges = append(t.Exchanges, x)
	}
	return t, nil
}

// covers reports whether all bytes marked are hidden.
func (b Bytes) covers(marks []bool) bool {
	for i, m := range marks {
		if m && !b.hidden(i) {
			return false
		}
	}
	return true
}

// exchange reads one block.
func (p *parser) exchange(n int) (Exchange, error) {
	var x Exchange
	must := map[string]bool{"exchange": true, "name": true, "command": true, "response": true, "status": true}
	for _, label := range labels {
		if !bytes.HasPrefix(p.rest, []byte(label+": ")) {
			if must[label] {
				p.line++
				return x, p.fail("exchange %d: %q is due here", n, label+": ")
			}
			continue
		}
		s, err := p.next()
		if err != nil {
			return x, err
		}
		value := strings.TrimPrefix(s, label+": ")
		ok := value != ""
		switch label {
		case "exchange":
			ok = value == strconv.Itoa(n)
		case "name":
			x.Name = value
		case "target":
			x.Target = value
		case "access":
			x.Access = value
		case "command":
			x.Command, ok = parseBytes(value)
		case "response":
			x.Response, ok = parseBytes(value)
		case "status":
			x.Status = value
		case "cause":
			x.Cause = value
		}
		if !ok {
			return x, p.fail("exchange %d: not a value for %q", n, label)
		}
		if label != "command" && label != "response" && !validText(value) {
			return x, p.fail("exchange %d: %v", n, errText)
		}
	}
	return x, nil
}
