package profiles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"

	"kado/internal/platform/fault"
	"kado/mynumber"
)

// MaxDescription bounds a description in bytes.
const MaxDescription = 64 << 10

// Parse reads a description in JSON, one object and nothing behind it: unknown
// fields, names in other letters, fields that come twice and bytes that are no
// UTF-8 are refused. It is completed for a day. Errors: KADO-6002, KADO-6003.
func Parse(b []byte, today mynumber.Date) (Description, error) {
	if len(b) > MaxDescription {
		return Description{}, BadDescription.New("size")
	}
	if !utf8.Valid(b) {
		return Description{}, BadDescription.New("UTF-8")
	}
	if err := exactFields(b); err != nil {
		return Description{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var d Description
	if err := dec.Decode(&d); err != nil {
		return Description{}, malformed(err)
	}
	return d.Complete(today)
}

// malformed names the field of a decoding error and none of its content.
func malformed(err error) error {
	var typed *json.UnmarshalTypeError
	if errors.As(err, &typed) {
		return BadDescription.New(typed.Field)
	}
	var known *fault.Error
	if errors.As(err, &known) {
		return known
	}
	if errors.Is(err, mynumber.ErrDate) {
		return BadDescription.New("YYYY-MM-DD")
	}
	return BadDescription.New("JSON")
}

// fields are the names each object of a description may hold, by the path of
// the object.
var fields = func() map[string][]string {
	out := map[string][]string{}
	var walk func(path string, t reflect.Type)
	walk = func(path string, t reflect.Type) {
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			out[path] = append(out[path], name)
			if ft := t.Field(i).Type; ft == reflect.TypeFor[PINs]() || ft == reflect.TypeFor[TriesLeft]() {
				walk(path+name+".", ft)
			}
		}
	}
	walk("", reflect.TypeFor[Description]())
	return out
}()

// exactFields checks names and their uniqueness, of which encoding/json is
// forgiving, and that nothing stands behind the object.
func exactFields(b []byte) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := object(dec, "", true); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return BadDescription.New("JSON")
	}
	return nil
}

// object reads one object whose fields are known.
func object(dec *json.Decoder, path string, open bool) error {
	if open {
		if t, err := dec.Token(); err != nil || t != json.Delim('{') {
			return BadDescription.New("JSON")
		}
	}
	seen := map[string]bool{}
	for dec.More() {
		t, err := dec.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return BadDescription.New("JSON")
		}
		known := false
		for _, f := range fields[path] {
			known = known || f == name
		}
		switch {
		case !known:
			return BadDescription.New(fmt.Sprintf("%s%.40q", path, name))
		case seen[name]:
			return BadDescription.New(path + name)
		}
		seen[name] = true
		if err := value(dec, path+name+"."); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return BadDescription.New("JSON")
	}
	return nil
}

// value reads one value: a scalar, a flat list, or a known object. null is no
// value.
func value(dec *json.Decoder, path string) error {
	field := strings.TrimSuffix(path, ".")
	t, err := dec.Token()
	switch {
	case err != nil:
		return BadDescription.New("JSON")
	case t == nil:
		return BadDescription.New(field)
	case t == json.Delim('{'):
		if fields[path] == nil {
			return BadDescription.New(field)
		}
		return object(dec, path, false)
	case t == json.Delim('['):
		for dec.More() {
			if t, err := dec.Token(); err != nil || t == nil {
				return BadDescription.New(field)
			} else if _, nested := t.(json.Delim); nested {
				return BadDescription.New(field)
			}
		}
		if _, err := dec.Token(); err != nil {
			return BadDescription.New("JSON")
		}
	}
	return nil
}

// JSON writes the description as Parse reads it.
func (d Description) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(d)
	return b.Bytes(), err
}
