package pdf

import (
	"encoding/hex"
	"fmt"
	"strconv"
)

// Append writes a value behind b. A stream's Length is set to its octets.
func Append(b []byte, o Object) []byte {
	switch o := o.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, o)
	case Integer:
		return strconv.AppendInt(b, int64(o), 10)
	case Real:
		return append(b, o...)
	case Name:
		return appendName(b, o)
	case String:
		return appendString(b, o)
	case Ref:
		return fmt.Appendf(b, "%d %d R", o.Number, o.Generation)
	case Array:
		b = append(b, '[')
		for i, v := range o {
			if i > 0 {
				b = append(b, ' ')
			}
			b = Append(b, v)
		}
		return append(b, ']')
	case *Dict:
		b = append(b, "<<"...)
		for _, e := range o.Entries {
			b = append(appendName(b, e.Key), ' ')
			b = Append(b, e.Value)
		}
		return append(b, ">>"...)
	case *Stream:
		b = Append(b, o.Dict.With("Length", Integer(len(o.Raw))))
		b = append(b, "\nstream\n"...)
		b = append(b, o.Raw...)
		return append(b, "\nendstream"...)
	}
	panic(fmt.Sprintf("pdf: %T is no value", o))
}

func appendName(b []byte, n Name) []byte {
	b = append(b, '/')
	for i := range len(n) {
		if c := n[i]; c <= ' ' || c > '~' || c == '#' || isDelimiter(c) {
			b = fmt.Appendf(b, "#%02X", c)
		} else {
			b = append(b, c)
		}
	}
	return b
}

func appendString(b []byte, s String) []byte {
	plain := !s.Hex
	for _, c := range s.Text {
		plain = plain && c >= ' ' && c <= '~'
	}
	if !plain {
		b = append(b, '<')
		b = hex.AppendEncode(b, s.Text)
		return append(b, '>')
	}
	b = append(b, '(')
	for _, c := range s.Text {
		if c == '(' || c == ')' || c == '\\' {
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, ')')
}

// AppendIndirect writes "n g obj … endobj" and a line's end.
func AppendIndirect(b []byte, ref Ref, o Object) []byte {
	b = fmt.Appendf(b, "%d %d obj\n", ref.Number, ref.Generation)
	b = Append(b, o)
	return append(b, "\nendobj\n"...)
}
