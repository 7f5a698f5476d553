package testcard_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// A search that finds nobody says so and leads back to everybody.
func TestPeople_NobodyFound(t *testing.T) {
	s := open(t)
	for path, want := range map[string]string{"/sandbox/people?q=nobody-at-all&lang=ja": "あてはまる人はいません", "/sandbox/people?q=nobody-at-all&lang=en": "Nobody matches", "/sandbox/people?lang=en": "Adult"} {
		page := s.send(httptest.NewRequest("GET", path, nil), "").Body.String()
		if !strings.Contains(page, want) || strings.Contains(path, "q=") != strings.Contains(page, `href="/sandbox/people">`) {
			t.Errorf("%s: no %q", path, want)
		}
	}
}
