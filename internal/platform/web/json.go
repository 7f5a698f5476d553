package web

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"
	"unicode/utf8"
)

// memberError: the member of this name comes twice, or in other letters.
type memberError string

// Error implements error.
func (e memberError) Error() string {
	return "a member that comes twice, or in other letters: " + string(e)
}

// StrictJSON decodes one JSON value in UTF-8: known members only, each at most once and
// in the letters of its name, and nothing behind it. What is read twice by two programs
// would otherwise not be read the same by both.
func StrictJSON(raw []byte, into any) error {
	if !utf8.Valid(raw) {
		return errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return &json.SyntaxError{Offset: d.InputOffset()}
	}
	d = json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := membersOnce(d); err != nil {
		return err
	}
	return spelt(raw, reflect.TypeOf(into))
}

// membersOnce reads one value and refuses an object in which a name comes twice, in
// whatever letters.
func membersOnce(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil || t != json.Delim('{') && t != json.Delim('[') {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		if t == json.Delim('{') {
			name, err := d.Token()
			if err != nil {
				return err
			}
			key := strings.ToLower(name.(string)) // a name is a string
			if seen[key] {
				return memberError(name.(string))
			}
			seen[key] = true
		}
		if err := membersOnce(d); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

var ownReader, ownText = reflect.TypeFor[json.Unmarshaler](), reflect.TypeFor[encoding.TextUnmarshaler]()

// spelt refuses a member of a struct whose name is in other letters than the struct's:
// encoding/json takes any. What reads itself is left to itself.
func spelt(raw []byte, t reflect.Type) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if p := reflect.PointerTo(t); p.Implements(ownReader) || p.Implements(ownText) || bytes.Equal(raw, []byte("null")) {
		return nil
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil
		}
		var items []json.RawMessage
		if err := json.Unmarshal(raw, &items); err != nil {
			return err
		}
		for _, item := range items {
			if err := spelt(item, t.Elem()); err != nil {
				return err
			}
		}
	case reflect.Struct:
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			return err
		}
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			name = cmp.Or(name, t.Field(i).Name)
			if member, ok := members[name]; ok {
				if err := spelt(member, t.Field(i).Type); err != nil {
					return err
				}
				delete(members, name)
			}
		}
		for name := range members {
			return memberError(name)
		}
	}
	return nil
}
