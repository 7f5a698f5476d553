package db

import (
	"database/sql/driver"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// timeLayout has a fixed width, so that text order is time order.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time writes an instant as the database stores it: RFC 3339, UTC, exactly
// milliseconds (finer parts are cut off). The zero time is "".
func Time(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

// ParseTime reads what Time wrote, and nothing else; "" is refused.
func ParseTime(s string) (time.Time, error) {
	// By place, which takes a tenth of what time.Parse and a comparison take: rows
	// hold many instants.
	if len(s) == len(timeLayout) && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':' && s[16] == ':' && s[19] == '.' && s[23] == 'Z' {
		year, month, day := digits(s[0:4]), digits(s[5:7]), digits(s[8:10])
		hour, minute, second, milli := digits(s[11:13]), digits(s[14:16]), digits(s[17:19]), digits(s[20:23])
		if year|month|day|hour|minute|second|milli >= 0 && month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 {
			// A day that the month has not would come out as another one.
			if t := time.Date(year, time.Month(month), day, hour, minute, second, milli*1e6, time.UTC); t.Day() == day {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("db: %d bytes are not an instant of the form %s", len(s), timeLayout)
}

// digits is the number that decimal digits stand for; negative where one is none.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = 10*n + int(s[i]-'0')
	}
	return n
}

// IntoTime is a Scan destination for an instant; "" and NULL give the zero time.
func IntoTime(t *time.Time) *TimeScanner { return &TimeScanner{t} }

// TimeScanner is made by IntoTime.
type TimeScanner struct{ to *time.Time }

// Scan implements sql.Scanner.
func (s *TimeScanner) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.to = time.Time{}
		return nil
	case string:
		if v == "" {
			*s.to = time.Time{}
			return nil
		}
		t, err := ParseTime(v)
		if err != nil {
			return err
		}
		*s.to = t
		return nil
	}
	return fmt.Errorf("db: an instant is stored as text, not %T", v)
}

// intoBytes keeps an empty byte string apart from NULL, which the SQLite driver
// does not when it scans into a []byte.
type intoBytes []byte

// Scan implements sql.Scanner.
func (b *intoBytes) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*b = nil
		return nil
	case []byte:
		*b = append(make([]byte, 0, len(v)), v...)
		return nil
	case string:
		*b = []byte(v)
		return nil
	}
	return fmt.Errorf("db: byte strings are not read from %T", v)
}

// plain turns arguments into the few kinds both engines store alike.
func plain(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, ok := plainOne(a)
		if !ok {
			return nil, UnfitArgument.New(i+1, fmt.Sprintf("%T", a))
		}
		if s, isText := v.(string); isText && (!utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0) {
			return nil, UnfitText.New()
		}
		out[i] = v
	}
	return out, nil
}

func plainOne(a any) (any, bool) {
	switch v := a.(type) {
	case nil:
		return nil, true
	case string, int64:
		return v, true
	case []byte:
		if v == nil {
			return nil, true
		}
		return v, true
	case time.Time:
		return Time(v), true
	case driver.Valuer:
		r := reflect.ValueOf(v)
		if r.Kind() == reflect.Pointer && r.IsNil() {
			return nil, true
		}
		inner, err := v.Value()
		if err != nil {
			return nil, false
		}
		if _, again := inner.(driver.Valuer); again {
			return nil, false
		}
		return plainOne(inner)
	}
	r := reflect.ValueOf(a)
	switch r.Kind() {
	case reflect.Pointer:
		if r.IsNil() {
			return nil, true
		}
		return plainOne(r.Elem().Interface())
	case reflect.String:
		return r.String(), true
	case reflect.Bool:
		if r.Bool() {
			return int64(1), true
		}
		return int64(0), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		u := r.Uint()
		if u > 1<<63-1 {
			return nil, false
		}
		return int64(u), true
	case reflect.Slice:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			if r.IsNil() {
				return nil, true
			}
			return r.Bytes(), true
		}
	case reflect.Array:
		if r.Type().Elem().Kind() == reflect.Uint8 {
			b := make([]byte, r.Len())
			reflect.Copy(reflect.ValueOf(b), r)
			return b, true
		}
	}
	return nil, false
}
