package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"log"
	"net/http"
	"sync"
)

// site is a page for everybody, which shows who is logged in.
type site struct {
	login  *login
	secure bool
	mu     sync.Mutex
	in     map[string]person // by session id; a real site has a database, and lets sessions end
}

const maxSessions = 10_000

func newSite(l *login, secure bool) http.Handler {
	s := &site{login: l, secure: secure, in: map[string]person{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.start)
	mux.HandleFunc("GET /callback", s.callback)
	mux.HandleFunc("POST /logout", s.logout)
	mux.HandleFunc("GET /jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(l.keys()) // the reader went away
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

var pages = template.Must(template.New("").Parse(`<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>見本のサイト</title><h1>見本のサイト</h1>
{{with .Person}}<p>ようこそ、{{or .Name .Subject}} さん。</p>
<dl><dt>sub<dd>{{.Subject}}{{with .Address}}<dt>address<dd>{{.}}{{end}}{{with .Birthdate}}<dt>birthdate<dd>{{.}}{{end}}{{with .Gender}}<dt>gender<dd>{{.}}{{end}}</dl>
<form method="post" action="/logout"><button>ログアウト</button></form>
{{else}}{{with .Problem}}<p role="alert">ログインできませんでした：{{.}}</p>{{end}}
<p><a href="/login">マイナンバーカードでログイン</a></p>{{end}}</html>`))

type view struct {
	Person  *person
	Problem string
}

func (s *site) show(w http.ResponseWriter, status int, v view) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_ = pages.Execute(w, v) // the reader went away
}

func (s *site) home(w http.ResponseWriter, r *http.Request) {
	var v view
	if c, err := r.Cookie("session"); err == nil {
		s.mu.Lock()
		if p, ok := s.in[c.Value]; ok {
			v.Person = &p
		}
		s.mu.Unlock()
	}
	s.show(w, http.StatusOK, v)
}

// cookie is one that scripts cannot read and that other sites' forms do not
// send. Lax, not Strict: the browser comes back from the provider with it.
func (s *site) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode}
}

func (s *site) start(w http.ResponseWriter, r *http.Request) {
	a := newAttempt()
	b, err := json.Marshal(a)
	if err != nil {
		s.show(w, http.StatusInternalServerError, view{Problem: "500"})
		return
	}
	http.SetCookie(w, s.cookie("attempt", base64.RawURLEncoding.EncodeToString(b), 600))
	http.Redirect(w, r, s.login.begin(a), http.StatusFound)
}

func (s *site) callback(w http.ResponseWriter, r *http.Request) {
	var a attempt
	if c, err := r.Cookie("attempt"); err == nil {
		if b, err := base64.RawURLEncoding.DecodeString(c.Value); err == nil {
			_ = json.Unmarshal(b, &a) // what cannot be read has no state, and is refused below
		}
	}
	http.SetCookie(w, s.cookie("attempt", "", -1)) // one answer to one attempt
	p, err := s.login.finish(r.Context(), a, r.URL.Query())
	if err != nil {
		log.Printf("login refused: %v", err)
		problem := "応答を確かめられませんでした。もう一度お試しください。"
		var why refused
		if errors.As(err, &why) && why.code == "access_denied" {
			problem = "中止しました。"
		}
		s.show(w, http.StatusBadRequest, view{Problem: problem})
		return
	}
	id := rand.Text() // a new session id, which nobody knew before (session fixation)
	s.mu.Lock()
	if len(s.in) >= maxSessions {
		clear(s.in)
	}
	s.in[id] = p
	s.mu.Unlock()
	http.SetCookie(w, s.cookie("session", id, 3600))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *site) logout(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("session"); err == nil {
		s.mu.Lock()
		delete(s.in, c.Value)
		s.mu.Unlock()
	}
	http.SetCookie(w, s.cookie("session", "", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
