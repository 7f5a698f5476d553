package validation

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/jpki"
)

// Limits of a JSON document.
const (
	MaxDocument = 4 << 20 // octets: MaxItems certificates in base64 fit
	maxNesting  = 8
)

var memberName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// DecodeStrict reads one JSON document into v, whose members are all lower-case
// words. encoding/json takes members in any case, repeated ones, null, and broken
// Unicode; this refuses them all, and unknown members and whatever follows, so
// that a document means the same to every reader. The error is BadDocument.
func DecodeStrict(raw []byte, v any) error {
	if !utf8.Valid(raw) {
		return BadDocument.New("UTF-8")
	}
	if err := checkSpelling(raw); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return BadDocument.Because(err, kind.Field)
		}
		// Members are lower-case words by now: the name can be shown.
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return BadDocument.Because(err, strings.Trim(name, `"`))
		}
		return BadDocument.Because(err, "JSON")
	}
	return nil
}

// checkSpelling walks over one document.
func checkSpelling(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return BadDocument.New("end")
	}
	return nil
}

func checkValue(d *json.Decoder, depth int) error {
	t, err := d.Token()
	if err != nil {
		return BadDocument.Because(err, "JSON")
	}
	if depth > maxNesting {
		return BadDocument.New("nesting")
	}
	switch t := t.(type) {
	case nil:
		return BadDocument.New("null")
	case string:
		if strings.ContainsRune(t, utf8.RuneError) {
			return BadDocument.New("Unicode")
		}
	case json.Delim:
		seen := map[string]bool{}
		for d.More() {
			if t == '{' {
				name, err := d.Token()
				if err != nil {
					return BadDocument.Because(err, "JSON")
				}
				n, ok := name.(string)
				if !ok || !memberName.MatchString(n) {
					return BadDocument.New("member")
				}
				if seen[n] {
					return BadDocument.New(n)
				}
				seen[n] = true
			}
			if err := checkValue(d, depth+1); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil {
			return BadDocument.Because(err, "JSON")
		}
	}
	return nil
}

// ReadDocument reads the strict JSON body of a request.
func ReadDocument(w http.ResponseWriter, r *http.Request, v any) error {
	if media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" ||
		parameters["charset"] != "" && !strings.EqualFold(parameters["charset"], "utf-8") {
		return NotJSON.New()
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxDocument))
	if err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return TooLarge.New(MaxDocument)
		}
		return BadDocument.Because(err, "JSON")
	}
	return DecodeStrict(raw, v)
}

// WriteDocument answers with a JSON document that no cache keeps.
func WriteDocument(w http.ResponseWriter, code int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		code, body = http.StatusInternalServerError, []byte(`{}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // whoever asked has gone
}

type bothLanguages struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

type faultAnswer struct {
	Error struct {
		Code string        `json:"code"`
		What bothLanguages `json:"what"`
		Why  bothLanguages `json:"why"`
		Cure bothLanguages `json:"cure"`
	} `json:"error"`
}

// WriteFault answers with a refusal: its number and texts in both languages,
// never its cause.
func WriteFault(w http.ResponseWriter, err error) {
	f := fault.Of(err)
	var a faultAnswer
	a.Error.Code = f.Code()
	a.Error.What.JA, a.Error.Why.JA, a.Error.Cure.JA = f.In(lang.JA)
	a.Error.What.EN, a.Error.Why.EN, a.Error.Cure.EN = f.In(lang.EN)
	WriteDocument(w, httpCode(f), a)
}

// httpCode is the HTTP status of a refusal.
func httpCode(f *fault.Error) int {
	switch f.Kind {
	case TooLarge:
		return http.StatusRequestEntityTooLarge
	case NotJSON:
		return http.StatusUnsupportedMediaType
	case WrongMethod:
		return http.StatusMethodNotAllowed
	case UnknownKey:
		return http.StatusUnauthorized
	}
	switch f.Kind.Class {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// parseBase64 reads standard base64 with padding, in its one spelling.
func parseBase64(s, field string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) == 0 || strings.ContainsAny(s, "\r\n") {
		return nil, Malformed.Because(err, field)
	}
	return b, nil
}

// instant is an instant of an answer: UTC, whole seconds; "" for none.
func instant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// parseInstant reads what instant wrote.
func parseInstant(s, field string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || instant(t) != s {
		return time.Time{}, Malformed.Because(err, field)
	}
	return t.UTC(), nil
}

// refDocument is a certificate by its serial number.
type refDocument struct {
	Kind   string `json:"kind"`
	Serial string `json:"serial"`
}

func (d refDocument) ref() (Ref, error) {
	kind, err := jpki.ParseKind(d.Kind)
	if err != nil {
		return Ref{}, Malformed.Because(err, "kind")
	}
	r := Ref{kind, d.Serial}
	return r, r.check()
}

func refAnswer(r Ref) refDocument {
	if !r.Kind.Valid() {
		return refDocument{}
	}
	return refDocument{r.Kind.String(), r.Serial}
}

func refs(ds []refDocument) ([]Ref, error) {
	if len(ds) == 0 || len(ds) > MaxItems {
		return nil, Malformed.New("certificates")
	}
	out := make([]Ref, len(ds))
	for i, d := range ds {
		var err error
		if out[i], err = d.ref(); err != nil {
			return nil, fmt.Errorf("certificate %d: %w", i+1, err)
		}
	}
	return out, nil
}
