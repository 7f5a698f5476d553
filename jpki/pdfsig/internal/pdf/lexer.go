package pdf

import (
	"bytes"
	"math"
	"strconv"
)

// lexer reads values from a buffer: the file, or a decoded object stream.
type lexer struct {
	buf   []byte
	pos   int
	file  bool // the buffer is the file, so that places mean something
	items *int // values read so far in the whole file
}

func (l *lexer) fail(detail string) error { return l.failAt(l.pos, detail) }

func (l *lexer) failAt(at int, detail string) error {
	if !l.file {
		at = -1
	}
	return refuse(Malformed, at, detail)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelimiter(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isRegular(c byte) bool { return !isSpace(c) && !isDelimiter(c) }

// skip passes over white space and comments. A comment that spells a mark of the
// file's structure stays where it is, so that it is seen.
func (l *lexer) skip() {
	for l.pos < len(l.buf) {
		c := l.buf[l.pos]
		switch {
		case isSpace(c):
			l.pos++
		case c == '%' && !l.at("%%EOF"):
			for l.pos < len(l.buf) && l.buf[l.pos] != '\n' && l.buf[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

func (l *lexer) at(s string) bool {
	return len(l.buf)-l.pos >= len(s) && string(l.buf[l.pos:l.pos+len(s)]) == s
}

// keyword reads a word that ends there.
func (l *lexer) keyword(s string) bool {
	if !l.at(s) || l.pos+len(s) < len(l.buf) && isRegular(l.buf[l.pos+len(s)]) {
		return false
	}
	l.pos += len(s)
	return true
}

// natural reads digits: no sign, at most ten of them.
func (l *lexer) natural() (int, bool) {
	start := l.pos
	n := 0
	for l.pos < len(l.buf) && isDigit(l.buf[l.pos]) {
		if l.pos-start == 10 {
			return 0, false
		}
		n = n*10 + int(l.buf[l.pos]-'0')
		l.pos++
	}
	return n, l.pos > start
}

// endOfLine reads CR LF, LF or CR.
func (l *lexer) endOfLine() bool {
	switch {
	case l.at("\r\n"):
		l.pos += 2
	case l.at("\n"), l.at("\r"):
		l.pos++
	default:
		return false
	}
	return true
}

// value reads one value; references too, streams not.
func (l *lexer) value(depth int) (Object, error) {
	if depth > maxDepth {
		return nil, refuse(TooLarge, l.pos, "values nested too deep")
	}
	if *l.items++; *l.items > maxItems {
		return nil, refuse(TooLarge, l.pos, "values")
	}
	l.skip()
	if l.pos >= len(l.buf) {
		return nil, l.fail("a value is missing")
	}
	c := l.buf[l.pos]
	switch {
	case c == '/':
		return l.name()
	case c == '(':
		return l.literal()
	case l.at("<<"):
		return l.dict(depth)
	case c == '<':
		return l.hex()
	case c == '[':
		return l.array(depth)
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		return l.numberOrRef()
	case l.keyword("true"):
		return true, nil
	case l.keyword("false"):
		return false, nil
	case l.keyword("null"):
		return nil, nil
	}
	return nil, l.fail("not a value")
}

func (l *lexer) name() (Object, error) {
	start := l.pos
	l.pos++
	var out []byte
	for l.pos < len(l.buf) && isRegular(l.buf[l.pos]) {
		c := l.buf[l.pos]
		if c == '#' {
			if l.pos+2 >= len(l.buf) || !isHex(l.buf[l.pos+1]) || !isHex(l.buf[l.pos+2]) {
				return nil, l.fail("escape in a name")
			}
			c = unhex(l.buf[l.pos+1])<<4 | unhex(l.buf[l.pos+2])
			if c == 0 {
				return nil, l.fail("zero in a name")
			}
			l.pos += 2
		}
		l.pos++
		out = append(out, c)
		if len(out) > maxName {
			return nil, refuse(TooLarge, start, "name")
		}
	}
	return Name(out), nil
}

func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

func (l *lexer) place(start int) (int, int) {
	if !l.file {
		return 0, 0
	}
	return start, l.pos
}

// hex reads a hexadecimal string: white space between digits is permitted, an odd
// last digit is not.
func (l *lexer) hex() (Object, error) {
	start := l.pos
	end := bytes.IndexByte(l.buf[start:], '>')
	if end < 0 {
		return nil, l.fail("a string does not end")
	}
	if end > maxString {
		return nil, refuse(TooLarge, start, "string")
	}
	inner := l.buf[start+1 : start+end]
	out := make([]byte, 0, len(inner)/2)
	var high byte
	odd := false
	for i, c := range inner {
		switch {
		case isHex(c) && odd:
			out, odd = append(out, high<<4|unhex(c)), false
		case isHex(c):
			high, odd = unhex(c), true
		case isSpace(c):
		default:
			return nil, l.failAt(start+1+i, "not a hexadecimal digit")
		}
	}
	if odd {
		return nil, l.fail("half an octet in a string")
	}
	l.pos = start + end + 1
	s := String{Text: out, Hex: true}
	s.Start, s.End = l.place(start)
	return s, nil
}

func (l *lexer) literal() (Object, error) {
	start := l.pos
	l.pos++
	out := []byte{}
	for open := 1; ; {
		if l.pos >= len(l.buf) {
			return nil, l.failAt(start, "a string does not end")
		}
		if len(out) > maxString {
			return nil, refuse(TooLarge, start, "string")
		}
		c := l.buf[l.pos]
		l.pos++
		switch c {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				s := String{Text: out}
				s.Start, s.End = l.place(start)
				return s, nil
			}
		case '\r':
			if l.at("\n") {
				l.pos++
			}
			c = '\n'
		case '\\':
			if l.pos >= len(l.buf) {
				return nil, l.failAt(start, "a string does not end")
			}
			out = l.escape(out)
			continue
		}
		out = append(out, c)
	}
}

// escape reads what follows a backslash.
func (l *lexer) escape(out []byte) []byte {
	c := l.buf[l.pos]
	switch c {
	case '\r', '\n':
		l.endOfLine()
		return out
	}
	l.pos++
	switch c {
	case 'n':
		return append(out, '\n')
	case 'r':
		return append(out, '\r')
	case 't':
		return append(out, '\t')
	case 'b':
		return append(out, '\b')
	case 'f':
		return append(out, '\f')
	}
	if c < '0' || c > '7' {
		return append(out, c)
	}
	n := int(c - '0')
	for i := 0; i < 2 && l.pos < len(l.buf) && l.buf[l.pos] >= '0' && l.buf[l.pos] <= '7'; i++ {
		n = n<<3 | int(l.buf[l.pos]-'0')
		l.pos++
	}
	return append(out, byte(n))
}

func (l *lexer) array(depth int) (Object, error) {
	l.pos++
	out := Array{}
	for {
		l.skip()
		if l.at("]") {
			l.pos++
			return out, nil
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// bigDict is the number of keys from which on a set finds the one given twice.
const bigDict = 32

func (l *lexer) dict(depth int) (Object, error) {
	start := l.pos
	l.pos += 2
	d := &Dict{}
	var seen map[Name]bool
	for {
		l.skip()
		if l.at(">>") {
			l.pos += 2
			return d, nil
		}
		if !l.at("/") {
			return nil, l.fail("a key is missing in a dictionary")
		}
		at := l.pos
		key, err := l.name()
		if err != nil {
			return nil, err
		}
		k := key.(Name)
		if len(d.Entries) >= bigDict {
			if seen == nil {
				seen = make(map[Name]bool)
				for _, e := range d.Entries {
					seen[e.Key] = true
				}
			}
			if seen[k] {
				return nil, l.twice(at)
			}
			seen[k] = true
		} else if d.Has(k) {
			return nil, l.twice(at)
		}
		v, err := l.value(depth + 1)
		if err != nil {
			return nil, err
		}
		if len(d.Entries) > maxItems {
			return nil, refuse(TooLarge, start, "dictionary")
		}
		d.Entries = append(d.Entries, Entry{k, v})
	}
}

func (l *lexer) twice(at int) error {
	if !l.file {
		at = -1
	}
	return refuse(Ambiguous, at, "a key stands twice in a dictionary")
}

// numberOrRef reads a number, or "n g R".
func (l *lexer) numberOrRef() (Object, error) {
	start := l.pos
	real := false
	if l.buf[l.pos] == '+' || l.buf[l.pos] == '-' {
		l.pos++
	}
	digits := 0
	for l.pos < len(l.buf) && isRegular(l.buf[l.pos]) {
		switch c := l.buf[l.pos]; {
		case isDigit(c):
			digits++
		case c == '.' && !real:
			real = true
		default:
			return nil, l.fail("not a number")
		}
		l.pos++
	}
	text := string(l.buf[start:l.pos])
	if digits == 0 || len(text) > 64 {
		return nil, l.failAt(start, "not a number")
	}
	if real {
		return Real(text), nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n > math.MaxInt64/2 || n < math.MinInt64/2 {
		return nil, l.failAt(start, "number beyond the range")
	}
	if n < 0 || !isDigit(text[0]) || len(text) > 10 {
		return Integer(n), nil
	}
	// A reference is "n g R"; anything else gives the second number back.
	back := l.pos
	l.skip()
	if g, ok := l.natural(); ok && back < l.pos {
		l.skip()
		if l.keyword("R") {
			if n == 0 || n > math.MaxInt32 || g > 65535 {
				return nil, l.failAt(start, "reference beyond the range")
			}
			return Ref{int(n), g}, nil
		}
	}
	l.pos = back
	return Integer(n), nil
}
