package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
)

// Decode returns the octets of a stream without filter, or with FlateDecode and
// an optional PNG predictor. budget is what may still be decoded; it is lowered.
func (s *Stream) Decode(budget *int) ([]byte, error) {
	if s.Dict.Has("F") || s.Dict.Has("FFilter") || s.Dict.Has("FDecodeParms") {
		return nil, refuse(Unsupported, -1, "a stream in another file")
	}
	filter, parms := s.Dict.Get("Filter"), s.Dict.Get("DecodeParms")
	if a, ok := filter.(Array); ok {
		if len(a) > 1 {
			return nil, refuse(Unsupported, -1, "several filters on a structural stream")
		}
		filter = nil
		if len(a) == 1 {
			filter = a[0]
		}
		if p, ok := parms.(Array); ok {
			if len(p) > len(a) {
				return nil, refuse(Malformed, -1, "more parameters than filters")
			}
			parms = nil
			if len(p) == 1 {
				parms = p[0]
			}
		}
	}
	switch filter {
	case nil:
		if *budget -= len(s.Raw); *budget < 0 {
			return nil, refuse(TooLarge, -1, "decoded streams")
		}
		return s.Raw, nil
	case Name("FlateDecode"):
	default:
		return nil, refuse(Unsupported, -1, "filter of a structural stream")
	}
	out, err := inflate(s.Raw, budget)
	if err != nil {
		return nil, err
	}
	return predict(out, parms)
}

func inflate(raw []byte, budget *int) ([]byte, error) {
	src := bytes.NewReader(raw)
	z, err := zlib.NewReader(src)
	if err != nil {
		return nil, refuse(Malformed, -1, "compressed stream")
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, int64(*budget)+1))
	if err != nil {
		return nil, refuse(Malformed, -1, "compressed stream")
	}
	if *budget -= int(n); *budget < 0 {
		return nil, refuse(TooLarge, -1, "decoded streams")
	}
	// An end of line behind the compressed octets is all that may follow.
	if rest, _ := io.ReadAll(src); len(bytes.Trim(rest, "\r\n")) > 0 {
		return nil, refuse(Malformed, -1, "octets behind a compressed stream")
	}
	return out.Bytes(), nil
}

// predict undoes a PNG predictor (ISO 32000-2, 7.4.4.4) of one-octet components.
func predict(data []byte, parms Object) ([]byte, error) {
	if parms == nil {
		return data, nil
	}
	d, ok := parms.(*Dict)
	if !ok {
		return nil, refuse(Malformed, -1, "parameters of a filter")
	}
	number := func(key Name, normal int) int {
		if !d.Has(key) {
			return normal
		}
		if n, ok := d.Get(key).(Integer); ok && n >= 0 && n < 1<<16 {
			return int(n)
		}
		return -1
	}
	predictor, columns := number("Predictor", 1), number("Columns", 1)
	if predictor == 1 {
		return data, nil
	}
	if predictor < 10 || predictor > 15 || columns < 1 || number("Colors", 1) != 1 || number("BitsPerComponent", 8) != 8 {
		return nil, refuse(Unsupported, -1, "predictor")
	}
	if len(data)%(columns+1) != 0 {
		return nil, refuse(Malformed, -1, "rows of a predictor")
	}
	out := make([]byte, 0, len(data)/(columns+1)*columns)
	above := make([]byte, columns)
	for ; len(data) > 0; data = data[columns+1:] {
		kind := data[0]
		row := append([]byte{}, data[1:columns+1]...)
		for i := range row {
			var left, upLeft byte
			if i > 0 {
				left, upLeft = row[i-1], above[i-1]
			}
			switch kind {
			case 0:
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], upLeft)
			default:
				return nil, refuse(Malformed, -1, "kind of a predictor's row")
			}
		}
		out = append(out, row...)
		above = row
	}
	return out, nil
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}
