package iso7816

import (
	"errors"
	"fmt"
)

// ErrMalformedTLV is wrapped by every error of the TLV readers.
var ErrMalformedTLV = errors.New("iso7816: malformed data object")

// Tag is a BER tag as its bytes read as a number: 0x90, 0x7F21, 0xFF10. The
// card uses two-byte tags whose number would fit one byte (FF10, DF21), which
// ASN.1 parsers refuse.
type Tag uint16

// TLV is one data object.
type TLV struct {
	Tag   Tag
	Value []byte
	// Raw is the object as written, header included. Hashes and signatures of
	// the card run over it.
	Raw []byte
}

// maxTLVValue is the largest value a two-byte length can announce; no object
// of the card is longer.
const maxTLVValue = 0xFFFF

// ReadTLV reads the object at the start of b and returns what follows it. The
// length must be written in the fewest bytes. The result aliases b.
func ReadTLV(b []byte) (TLV, []byte, error) { return readTLV(b, false) }

// ReadTLVTolerant is ReadTLV that also takes a length with superfluous leading
// bytes, as the basic information file of the card information input
// application has it (FF40 82 009F).
func ReadTLVTolerant(b []byte) (TLV, []byte, error) { return readTLV(b, true) }

func readTLV(b []byte, tolerant bool) (TLV, []byte, error) {
	tag, n, err := readTag(b)
	if err != nil {
		return TLV{}, nil, err
	}
	length, m, err := readLength(b[n:], tolerant)
	if err != nil {
		return TLV{}, nil, err
	}
	n += m
	if len(b)-n < length {
		return TLV{}, nil, fmt.Errorf("%w: %X announces %d bytes, %d are there", ErrMalformedTLV, uint16(tag), length, len(b)-n)
	}
	end := n + length
	return TLV{Tag: tag, Value: b[n:end:end], Raw: b[:end:end]}, b[end:], nil
}

func readTag(b []byte) (Tag, int, error) {
	switch {
	case len(b) == 0:
		return 0, 0, fmt.Errorf("%w: no tag", ErrMalformedTLV)
	case b[0] == 0x00 || b[0]&0x1F != 0x1F:
		if b[0] == 0x00 {
			return 0, 0, fmt.Errorf("%w: tag 00", ErrMalformedTLV)
		}
		return Tag(b[0]), 1, nil
	case len(b) < 2:
		return 0, 0, fmt.Errorf("%w: half a tag", ErrMalformedTLV)
	case b[1]&0x80 != 0:
		return 0, 0, fmt.Errorf("%w: tag of three bytes or more", ErrMalformedTLV)
	}
	return Tag(b[0])<<8 | Tag(b[1]), 2, nil
}

func readLength(b []byte, tolerant bool) (length, size int, err error) {
	if len(b) == 0 {
		return 0, 0, fmt.Errorf("%w: no length", ErrMalformedTLV)
	}
	switch b[0] {
	case 0x81:
		if len(b) < 2 {
			return 0, 0, fmt.Errorf("%w: half a length", ErrMalformedTLV)
		}
		length, size = int(b[1]), 2
	case 0x82:
		if len(b) < 3 {
			return 0, 0, fmt.Errorf("%w: half a length", ErrMalformedTLV)
		}
		length, size = int(b[1])<<8|int(b[2]), 3
	default:
		if b[0] > 0x7F {
			return 0, 0, fmt.Errorf("%w: length form %02X", ErrMalformedTLV, b[0])
		}
		return int(b[0]), 1, nil
	}
	if !tolerant && lengthSize(length) != size {
		return 0, 0, fmt.Errorf("%w: superfluous length byte", ErrMalformedTLV)
	}
	return length, size, nil
}

func lengthSize(n int) int {
	switch {
	case n <= 0x7F:
		return 1
	case n <= 0xFF:
		return 2
	}
	return 3
}

// AppendTLV appends an object whose value is the concatenation of values, with
// the shortest length. It panics on more than 65,535 bytes, which no caller
// may build from unchecked input.
func AppendTLV(dst []byte, tag Tag, values ...[]byte) []byte {
	n := totalLength(values)
	dst = appendTag(dst, tag)
	switch lengthSize(n) {
	case 1:
		dst = append(dst, byte(n))
	case 2:
		dst = append(dst, 0x81, byte(n))
	default:
		dst = append(dst, 0x82, byte(n>>8), byte(n))
	}
	for _, v := range values {
		dst = append(dst, v...)
	}
	return dst
}

// AppendTLVLong is AppendTLV with the length always written as 82 hh ll: the
// spelling that ReadTLVTolerant exists for.
func AppendTLVLong(dst []byte, tag Tag, values ...[]byte) []byte {
	n := totalLength(values)
	dst = append(appendTag(dst, tag), 0x82, byte(n>>8), byte(n))
	for _, v := range values {
		dst = append(dst, v...)
	}
	return dst
}

func totalLength(values [][]byte) int {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	if n > maxTLVValue {
		panic("iso7816: data object over 65,535 bytes")
	}
	return n
}

func appendTag(dst []byte, tag Tag) []byte {
	if tag > 0xFF {
		dst = append(dst, byte(tag>>8))
	}
	return append(dst, byte(tag))
}

// ReadTemplate reads the single object at the start of b, which must have the
// given tag, and ignores what follows it (filler).
func ReadTemplate(b []byte, tag Tag) ([]byte, error) {
	t, _, err := ReadTLVTolerant(b)
	if err != nil {
		return nil, err
	}
	if t.Tag != tag {
		return nil, fmt.Errorf("%w: tag %X where %X was expected", ErrMalformedTLV, uint16(t.Tag), uint16(tag))
	}
	return t.Value, nil
}

// ReadSequence reads exactly the objects with the given tags, in that order
// and nothing after them.
func ReadSequence(b []byte, tags ...Tag) ([]TLV, error) {
	out := make([]TLV, 0, len(tags))
	for _, tag := range tags {
		t, rest, err := ReadTLV(b)
		if err != nil {
			return nil, err
		}
		if t.Tag != tag {
			return nil, fmt.Errorf("%w: tag %X where %X was expected", ErrMalformedTLV, uint16(t.Tag), uint16(tag))
		}
		out, b = append(out, t), rest
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes after the last object", ErrMalformedTLV, len(b))
	}
	return out, nil
}

// ReadSimpleTLV reads a simple-TLV object (one tag byte other than 00 and FF;
// length one byte, or FF and two bytes) and returns what follows it.
func ReadSimpleTLV(b []byte) (tag byte, value, rest []byte, err error) {
	if len(b) < 2 {
		return 0, nil, nil, fmt.Errorf("%w: simple-TLV of %d bytes", ErrMalformedTLV, len(b))
	}
	if b[0] == 0x00 || b[0] == 0xFF {
		return 0, nil, nil, fmt.Errorf("%w: simple-TLV tag %02X", ErrMalformedTLV, b[0])
	}
	n, head := int(b[1]), 2
	if b[1] == 0xFF {
		if len(b) < 4 {
			return 0, nil, nil, fmt.Errorf("%w: half a simple-TLV length", ErrMalformedTLV)
		}
		n, head = int(b[2])<<8|int(b[3]), 4
		if n < 0xFF {
			return 0, nil, nil, fmt.Errorf("%w: superfluous simple-TLV length", ErrMalformedTLV)
		}
	}
	if len(b)-head < n {
		return 0, nil, nil, fmt.Errorf("%w: simple-TLV announces %d bytes, %d are there", ErrMalformedTLV, n, len(b)-head)
	}
	return b[0], b[head : head+n : head+n], b[head+n:], nil
}

// AppendSimpleTLV appends a simple-TLV object; it panics over 65,535 bytes.
func AppendSimpleTLV(dst []byte, tag byte, value []byte) []byte {
	n := totalLength([][]byte{value})
	dst = append(dst, tag)
	if n < 0xFF {
		dst = append(dst, byte(n))
	} else {
		dst = append(dst, 0xFF, byte(n>>8), byte(n))
	}
	return append(dst, value...)
}
