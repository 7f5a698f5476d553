package main

import (
	"crypto/rand"
	_ "embed"
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
	login   *login
	signing *signing
	secure  bool
	mu      sync.Mutex
	in      map[string]session // by session id; a real site has a database, and lets sessions end
}

type session struct {
	person  person
	refresh string // the refresh token, which never leaves the server
	signed  *signed
}

const maxSessions = 10_000

func newSite(l *login, s *signing, secure bool) http.Handler {
	t := &site{login: l, signing: s, secure: secure, in: map[string]session{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", t.home)
	mux.HandleFunc("GET /login", t.start)
	mux.HandleFunc("GET /callback", t.callback)
	mux.HandleFunc("POST /refresh", t.refresh)
	mux.HandleFunc("POST /sign", t.sign)
	mux.HandleFunc("POST /logout", t.logout)
	mux.HandleFunc("GET /style.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		_, _ = w.Write(style) // the reader went away
	})
	mux.HandleFunc("GET /jwks.json", public(l.keys()))
	mux.HandleFunc("GET /client.json", public(l.registration()))
	// Forms of other sites are refused.
	return http.NewCrossOriginProtection().Handler(mux)
}

// public serves what anybody may read.
func public(v any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v) // the reader went away
	}
}

//go:embed style.css
var style []byte

var pages = template.Must(template.New("").Parse(`<!doctype html><html lang="ja"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>見本のサイト</title><link rel="stylesheet" href="/style.css"><h1>見本のサイト</h1>
{{with .Problem}}<p role="alert">できませんでした：{{.}}</p>{{end}}
{{with .Person}}<p>ようこそ、{{or .Name .Subject}} さん。</p>
<dl><dt>sub<dd>{{.Subject}}{{with .Address}}<dt>address<dd>{{.}}{{end}}{{with .Birthdate}}<dt>birthdate<dd>{{.}}{{end}}{{with .Gender}}<dt>gender<dd>{{.}}{{end}}</dl>
<form method="post" action="/refresh"><button>情報を読み直す</button></form>
<form method="post" action="/sign"><button>この契約書に署名する</button></form><pre>{{$.Document}}</pre>
{{with $.Signed}}<p>署名は正しいものです。</p><dl><dt>署名した日時<dd>{{.At.Format "2006-01-02 15:04:05 MST"}}<dt>証明書の発行者<dd>{{.Issuer}}
<dt>証明書の番号<dd>{{.Serial}}<dt>証明書の期限<dd>{{.Ends.Format "2006-01-02"}}
<dt>認証局<dd>{{if .Trusted}}確かめました{{else}}確かめていません（CA を設定していません）{{end}}<dt>失効<dd>{{if .Trusted}}失効していません{{else}}確かめていません{{end}}</dl>{{end}}
<form method="post" action="/logout"><button>ログアウト</button></form>
{{else}}<p><a href="/login">マイナンバーカードでログイン</a></p>{{end}}</html>`))

func (t *site) show(w http.ResponseWriter, status int, s *session, problem string) {
	v := struct {
		Person            *person
		Signed            *signed
		Problem, Document string
	}{Problem: problem, Document: document}
	if s != nil {
		v.Person, v.Signed = &s.person, s.signed
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	// The form that signs leads on to the provider.
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self' "+t.login.origin()+"; frame-ancestors 'none'; base-uri 'none'")
	w.WriteHeader(status)
	_ = pages.Execute(w, v) // the reader went away
}

// session returns who is logged in, and under which id.
func (t *site) session(r *http.Request) (string, *session) {
	c, err := r.Cookie("session")
	if err != nil {
		return "", nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, ok := t.in[c.Value]; ok {
		return c.Value, &s
	}
	return "", nil
}

// keep saves a session that is still there.
func (t *site) keep(id string, s session) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.in[id]; ok {
		t.in[id] = s
	}
}

func (t *site) end(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.in, id)
}

func (t *site) home(w http.ResponseWriter, r *http.Request) {
	_, s := t.session(r)
	t.show(w, http.StatusOK, s, "")
}

// cookie is one that scripts cannot read and that other sites' forms do not
// send. Lax, not Strict: the browser comes back from the provider with it.
func (t *site) cookie(name, value string, seconds int) *http.Cookie {
	return &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, Secure: t.secure, SameSite: http.SameSiteLaxMode}
}

func (t *site) start(w http.ResponseWriter, r *http.Request) { t.send(w, r, newAttempt()) }

// send has the browser go to the provider.
func (t *site) send(w http.ResponseWriter, r *http.Request, a attempt) {
	b, err := json.Marshal(a)
	if err != nil {
		t.fail(w, r, nil, err)
		return
	}
	http.SetCookie(w, t.cookie("attempt", base64.RawURLEncoding.EncodeToString(b), 600))
	http.Redirect(w, r, t.login.begin(a), http.StatusSeeOther)
}

// sign begins a signature of who is logged in.
func (t *site) sign(w http.ResponseWriter, r *http.Request) {
	_, s := t.session(r)
	if s == nil {
		t.show(w, http.StatusForbidden, nil, "先にログインしてください。")
		return
	}
	a := newAttempt()
	var err error
	if a.Sign, err = t.signing.begin(r.Context()); err != nil {
		t.fail(w, r, s, err)
		return
	}
	t.send(w, r, a)
}

func (t *site) callback(w http.ResponseWriter, r *http.Request) {
	var a attempt
	if c, err := r.Cookie("attempt"); err == nil {
		if b, err := base64.RawURLEncoding.DecodeString(c.Value); err == nil {
			_ = json.Unmarshal(b, &a) // what cannot be read has no state, and is refused below
		}
	}
	http.SetCookie(w, t.cookie("attempt", "", -1)) // one answer to one attempt
	id, now := t.session(r)
	subject, token, err := t.login.finish(r.Context(), a, r.URL.Query())
	if err != nil {
		t.fail(w, r, now, err)
		return
	}
	if a.Sign != "" {
		// Who signs is who is logged in.
		if now == nil || !equal(now.person.Subject, subject) {
			t.fail(w, r, now, refused{what: "somebody else signed"})
			return
		}
		if now.signed, err = t.signing.finish(r.Context(), a.Sign, token); err != nil {
			t.fail(w, r, now, err)
			return
		}
		t.keep(id, *now)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p, err := t.login.attributes(r.Context(), subject, token)
	if err != nil {
		t.fail(w, r, now, err)
		return
	}
	fresh := rand.Text() // a new session id, which nobody knew before (session fixation)
	t.mu.Lock()
	if len(t.in) >= maxSessions {
		clear(t.in)
	}
	delete(t.in, id)
	t.in[fresh] = session{person: p, refresh: token.RefreshToken}
	t.mu.Unlock()
	http.SetCookie(w, t.cookie("session", fresh, 3600))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fail shows that something did not succeed: in own words, the rest is for the log.
func (t *site) fail(w http.ResponseWriter, _ *http.Request, s *session, err error) {
	log.Printf("refused: %v", err)
	problem := "応答を確かめられませんでした。もう一度お試しください。"
	var why refused
	if errors.As(err, &why) {
		switch why.code {
		case "access_denied":
			problem = "中止しました。"
		case certificateEnded:
			problem = "署名に使われた証明書は、失効しているか、一時停止中です。"
		}
	}
	t.show(w, http.StatusBadRequest, s, problem)
}

// refresh reads the attributes again. Whoever cannot is logged out.
func (t *site) refresh(w http.ResponseWriter, r *http.Request) {
	id, s := t.session(r)
	if s == nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	p, next, err := t.login.refresh(r.Context(), s.person.Subject, s.refresh)
	if err != nil {
		t.end(id)
		t.fail(w, r, nil, err)
		return
	}
	s.person, s.refresh = p, next
	t.keep(id, *s)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (t *site) logout(w http.ResponseWriter, r *http.Request) {
	id, _ := t.session(r)
	t.end(id)
	http.SetCookie(w, t.cookie("session", "", -1))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
