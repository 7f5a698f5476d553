package db_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/platform/db"
)

// An instant is read where the standard library reads it and writes the same text
// again, and nowhere else.
func TestParseTimeIsStrict(t *testing.T) {
	const layout = "2006-01-02T15:04:05.000Z"
	same := func(t interface{ Fatalf(string, ...any) }, s string) {
		want, err := time.Parse(layout, s)
		ok := err == nil && want.Format(layout) == s
		got, err := db.ParseTime(s)
		if (err == nil) != ok || ok && (!got.Equal(want) || got.Location() != time.UTC) {
			t.Fatalf("%q: %s, %v; the standard library %s, %t", s, got, err, want, ok)
		}
	}
	for _, s := range []string{"", layout, "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z", "2026-02-29T00:00:00.000Z", "2024-02-29T00:00:00.000Z",
		"2026-04-31T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-13-01T00:00:00.000Z", "2026-01-00T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
		"2026-01-01T00:60:00.000Z", "2026-01-01T00:00:60.000Z", "2026-01-01T00:00:00,000Z", "2026-01-01t00:00:00.000Z", "2026-01-01T00:00:00.000z",
		"2026-01-01T00:00:00.00Z", "2026-01-01T00:00:00.0000Z", "+026-01-01T00:00:00.000Z", "2026-01-01T00:00:00.-00Z", "２026-01-01T00:00:00.000Z"} {
		same(t, s)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := time.UnixMilli(rapid.Int64Range(-62167219200000, 253402300799999).Draw(t, "at"))
		text := db.Time(at)
		if got, err := db.ParseTime(text); err != nil || !got.Equal(at) {
			t.Fatalf("%s: %s, %v", text, got, err)
		}
		b := []byte(text)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			b[rapid.IntRange(0, len(b)-1).Draw(t, "place")] = rapid.SampledFrom([]byte("0123456789-:.TZ +,")).Draw(t, "octet")
		}
		same(t, string(b))
	})
}
