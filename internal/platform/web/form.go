package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"kado/internal/platform/fault"
)

// maxField is the longest value of one field of a form, in octets.
const maxField = 8 << 10

// Form reads a form strictly: only the fields named, each at most once, UTF-8
// without control characters except line ends. The error is BadForm.
func Form(r *http.Request, fields ...string) (url.Values, error) {
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); t != "application/x-www-form-urlencoded" {
		return nil, BadForm.New()
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil || len(b) > MaxBody {
		return nil, BadForm.Because(err)
	}
	v, err := url.ParseQuery(string(b))
	if err != nil {
		return nil, BadForm.New() // the cause may quote what was entered
	}
	return v, strict(v, fields)
}

// Query reads the query of a page as strictly; "lang" is always known.
func Query(r *http.Request, fields ...string) (url.Values, error) {
	v, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, BadForm.New()
	}
	return v, strict(v, append([]string{"lang"}, fields...))
}

func strict(v url.Values, fields []string) error {
	for name, values := range v {
		if !slices.Contains(fields, name) || len(values) != 1 || len(values[0]) > maxField || !utf8.ValidString(values[0]) {
			return BadForm.New()
		}
		for _, c := range values[0] {
			if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f {
				return BadForm.New()
			}
		}
	}
	return nil
}

// JSON reads one JSON value of at most max octets as strictly as StrictJSON. The error
// is BadJSON.
func JSON(r *http.Request, max int64, into any) error {
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); t != "application/json" {
		return BadJSON.New("Content-Type")
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, max+1))
	if err != nil || int64(len(b)) > max {
		return BadJSON.New("end")
	}
	if err := StrictJSON(b, into); err != nil {
		return unread(err)
	}
	return nil
}

// unread is BadJSON with the place, or the refusal of a value's own.
func unread(err error) error {
	var own *fault.Error
	if errors.As(err, &own) {
		return own
	}
	return BadJSON.New(Place(err))
}

// SomeValue is what Place says of an error that tells nothing.
const SomeValue = "value"

// Place says what encoding/json found wrong: the name of a member, the number of an
// octet, or "end" where more had to come.
func Place(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var member memberError
	switch {
	case errors.As(err, &member) && len(member) <= 100:
		return string(member)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "end"
	case errors.As(err, &syntax):
		return fmt.Sprintf("octet %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field != "":
		return kind.Field
	case errors.As(err, &kind):
		return fmt.Sprintf("octet %d", kind.Offset)
	}
	// The library has no type for this one.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(name) <= 100 {
		return strings.Trim(name, `"`)
	}
	return SomeValue
}
