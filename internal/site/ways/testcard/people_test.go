package testcard_test

import (
	"html"
	"net/http/httptest"
	"net/url"
	"regexp"
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

// The page of a refused answer can be read in the other language: its link leads back to
// the same person, not to an error.
func TestRefused_InTheOtherLanguage(t *testing.T) {
	s := open(t)
	id := s.begin("", nil)
	form := regexp.MustCompile(`<form method="post" action="([^"]+)"`).FindStringSubmatch(s.get(id, "", "&persona=adult&lang=ja").Body.String())
	if form == nil {
		t.Fatal("no form")
	}
	r := httptest.NewRequest("POST", html.UnescapeString(form[1])+"&lang=ja", strings.NewReader(url.Values{"interaction": {id}, "persona": {"adult"}, "manner": {"wrong-pin"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := s.send(r, id)
	link := regexp.MustCompile(`class="lang" href="([^"]+)"`).FindStringSubmatch(w.Body.String())
	if w.Code < 400 || link == nil {
		t.Fatalf("%d %v", w.Code, link)
	}
	if page := s.send(httptest.NewRequest("GET", "/login/test-card"+html.UnescapeString(link[1]), nil), id); page.Code != 200 || !strings.Contains(page.Body.String(), "Use this card") {
		t.Errorf("%s: %d", link[1], page.Code)
	}
}
