package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
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

// JSON reads one JSON value of at most max octets: known fields only, nothing
// behind it. The error is BadForm.
func JSON(r *http.Request, max int64, into any) error {
	if t, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); t != "application/json" {
		return BadForm.New()
	}
	d := json.NewDecoder(io.LimitReader(r.Body, max))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return BadForm.Because(errors.New("not the JSON that is wanted"))
	}
	if _, err := d.Token(); err != io.EOF {
		return BadForm.New()
	}
	return nil
}
