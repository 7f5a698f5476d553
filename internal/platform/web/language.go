package web

import (
	"net/http"
	"strings"

	"kado/internal/platform/lang"
)

const languageCookie = "kado_lang"

// Language is the language of an answer: the query's lang, or the cookie, or
// the first of Accept-Language that is one of the two, or Japanese.
func Language(r *http.Request) lang.Lang {
	if l, err := lang.Parse(r.URL.Query().Get("lang")); err == nil {
		return l
	}
	if c, err := r.Cookie(languageCookie); err == nil {
		if l, err := lang.Parse(c.Value); err == nil {
			return l
		}
	}
	for _, part := range strings.Split(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		main, _, _ := strings.Cut(tag, "-")
		if l, err := lang.Parse(strings.ToLower(main)); err == nil {
			return l
		}
	}
	return lang.JA
}

// rememberLanguage keeps a choice made by the query in a cookie.
func (s *Shell) rememberLanguage(w http.ResponseWriter, r *http.Request) {
	if l, err := lang.Parse(r.URL.Query().Get("lang")); err == nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: string(l), Path: "/", MaxAge: 365 * 24 * 3600, Secure: s.o.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
}
