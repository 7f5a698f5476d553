// Package requests shows developers of relying parties what their programs sent
// to the provider and what came of it: the last requests, one page for each, with
// the step explained, each mistake with its number, why it is one and how it is
// mended. Values that could be used by somebody else (codes, tokens, assertions,
// state, nonce) are never kept, only how long they are.
//
// It belongs to a sandbox.
package requests

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

const (
	kept      = 500      // entries of the ring
	maxForm   = 32 << 10 // octets of a request's body that are read
	maxAnswer = 8 << 10  // octets of an answer's body that are looked at
)

// Entry is one request of a relying party, or one answer that its user's browser
// carries to it.
type Entry struct {
	N       int // counted from 1
	At      time.Time
	Client  string // as claimed; "" while unknown
	Step    Step
	Method  string
	Path    string
	Status  int
	Sent    []Field // parameters, masked
	Answer  []Field // parameters that go back in an address, masked
	Number  string  // KADO-nnnn; "" for none
	Error   string  // the OAuth name; "" for none
	Refusal lang.Text
	Why     lang.Text
	Cure    lang.Text
	Hints   []lang.Text
	// Told is what the provider says of what it did.
	Told []lang.Text
}

// Bad reports whether the request failed.
func (e Entry) Bad() bool { return e.Number != "" || e.Error != "" || e.Status >= 400 }

// OfHolder reports whether the entry is of what the holder's side did, and so no
// mistake of the relying party.
func (e Entry) OfHolder() bool { return e.Step.ID == holderStep.ID || e.Step.ID == answerStep.ID }

// Clock is the time of day in Japan, to the second.
func (e Entry) Clock() string { return e.At.In(mynumber.JST).Format("15:04:05") }

// Instant is the time in the form of RFC 3339.
func (e Entry) Instant() string { return e.At.UTC().Format(time.RFC3339) }

// Field is one parameter as it is shown.
type Field struct {
	Name, Value string
	// Length is the number of characters where the value is not shown.
	Length int
	Masked bool
}

// Log keeps the last requests. Safe for concurrent use.
type Log struct {
	clock clock.Clock
	mu    sync.Mutex
	next  int
	ring  [kept]Entry
}

// New returns an empty log; clock is the parties'.
func New(c clock.Clock) *Log { return &Log{clock: c} }

// heard is what the provider says within one request. It travels in that request's
// context, so that requests that run at the same time never have each other's words.
type heard struct {
	mu     sync.Mutex
	fault  *fault.Error
	client string
	told   []lang.Text
}

type heardKey struct{}

// Observe is for oidc.Deps.Observe: what happens in a request that Around watches
// stands with it, and what holders do is an entry by itself.
func (l *Log) Observe(ctx context.Context, e oidc.Event) {
	if e.Step == "interaction" {
		l.holder(e)
	}
	of, _ := ctx.Value(heardKey{}).(*heard)
	if of == nil {
		return
	}
	of.mu.Lock()
	defer of.mu.Unlock()
	of.client = e.Client
	if e.Fault != nil {
		of.fault = e.Fault
	}
	if e.Step != "interaction" && e.Detail != (lang.Text{}) {
		of.told = append(of.told, e.Detail)
	}
}

// holder keeps an end on the holder's side. What goes well there is seen in what the
// browser carries back.
func (l *Log) holder(e oidc.Event) {
	entry := Entry{Client: clip(e.Client), Step: holderStep, Error: clip(e.Error)}
	switch {
	case e.Fault != nil:
		entry.Number = e.Fault.Code()
	case e.Error != "":
		entry.Number = number.FindString(e.Description)
	default:
		return
	}
	entry.explain(e.Fault)
	if e.Detail != (lang.Text{}) {
		entry.Told = []lang.Text{e.Detail}
	}
	l.add(entry)
}

func both(e *fault.Error) (what, why, cure lang.Text) {
	what.JA, why.JA, cure.JA = e.In(lang.JA)
	what.EN, why.EN, cure.EN = e.In(lang.EN)
	return what, why, cure
}

// add keeps an entry.
func (l *Log) add(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	e.N, e.At = l.next, l.clock.Now()
	l.ring[l.next%kept] = e
}

// List returns entries, newest first; client "" for all.
func (l *Log) List(client string) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []Entry
	for n := l.next; n > 0 && n > l.next-kept; n-- {
		if e := l.ring[n%kept]; client == "" || e.Client == client {
			out = append(out, e)
		}
	}
	return out
}

// Clients lists whose requests are kept.
func (l *Log) Clients() []string {
	var out []string
	for _, e := range l.List("") {
		if e.Client != "" && !slices.Contains(out, e.Client) {
			out = append(out, e.Client)
		}
	}
	slices.Sort(out)
	return out
}

// Get returns one entry.
func (l *Log) Get(n int) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n < 1 || n > l.next || n <= l.next-kept {
		return Entry{}, false
	}
	return l.ring[n%kept], true
}

// Around watches what passes to a handler.
func (l *Log) Around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		step := stepOf(r)
		var form url.Values
		if step.Form && r.Method == http.MethodPost && r.Body != nil {
			b, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
			if err == nil {
				form, _ = url.ParseQuery(string(b)) // what cannot be read is not shown
			}
			r.Body = struct {
				io.Reader
				io.Closer
			}{io.MultiReader(bytes.NewReader(b), r.Body), r.Body}
		}
		rec, said := &recorder{ResponseWriter: w}, &heard{}
		next.ServeHTTP(rec, r.WithContext(context.WithValue(r.Context(), heardKey{}, said)))
		said.mu.Lock()
		defer said.mu.Unlock()
		if step.ID == "" {
			if rec.status == http.StatusSeeOther || rec.status == http.StatusFound {
				l.answered(r, rec.Header().Get("Location"), said)
			}
			return
		}
		l.note(step, r, form, rec, said)
	})
}

// note keeps a request with what came of it.
func (l *Log) note(step Step, r *http.Request, form url.Values, rec *recorder, said *heard) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	sent := r.URL.Query()
	if form != nil {
		sent = form
	}
	e := Entry{Step: step, Method: r.Method, Path: clip(r.URL.Path), Status: rec.status, Client: clip(sent.Get("client_id")), Sent: fields(sent)}
	if a, ok := readAssertion(sent.Get("client_assertion")); ok {
		e.Sent = append(e.Sent, a.fields()...)
		if e.Client == "" {
			e.Client = clip(a.Subject)
		}
	}
	bearer := r.Header.Get("Authorization")
	if bearer != "" {
		e.Sent = append(e.Sent, Field{Name: "Authorization: " + scheme(bearer), Length: len(bearer), Masked: true})
		if e.Client == "" {
			e.Client = clip(partyOf(strings.TrimPrefix(bearer, "Bearer ")))
		}
	}
	words := string(rec.body)
	if to := rec.Header().Get("Location"); to != "" {
		if u, err := url.Parse(to); err == nil && u.Host != "" {
			q := u.Query()
			e.Answer, e.Error = fields(q), clip(q.Get("error"))
			words = q.Get("error_description")
		}
	}
	if rec.status < 400 && e.Error == "" {
		words = ""
	}
	if m := oauthError.FindStringSubmatch(words); m != nil {
		e.Error = m[1]
	}
	if e.Client == "" {
		e.Client = clip(said.client)
	}
	e.Number, e.Told = number.FindString(words), said.told
	e.explain(said.fault)
	if e.Bad() {
		e.Hints = hints(step, r, sent, len(e.Answer) == 0)
	}
	l.add(e)
}

// explain fills in the words of a refusal's number: those of the very refusal where it
// is that one, else the catalogue's with their gaps marked.
func (e *Entry) explain(f *fault.Error) {
	if e.Number == "" {
		return
	}
	if f != nil && f.Code() == e.Number {
		e.Refusal, e.Why, e.Cure = both(f)
		return
	}
	n, _ := strconv.Atoi(strings.TrimPrefix(e.Number, "KADO-")) // four digits
	for _, k := range fault.All() {
		if k.Number == n {
			e.Refusal = lang.Text{JA: verbs.ReplaceAllString(k.What.JA, "…"), EN: verbs.ReplaceAllString(k.What.EN, "…")}
			e.Why, e.Cure = k.Why, k.Cure
		}
	}
}

// answered keeps the answer that a browser carries back to a relying party from
// any page of the provider.
func (l *Log) answered(r *http.Request, location string, said *heard) {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" || u.Host == r.Host {
		return
	}
	q := u.Query()
	if !q.Has("iss") || !q.Has("code") && !q.Has("error") {
		return
	}
	e := Entry{Step: answerStep, Method: http.MethodGet, Path: clip(u.Scheme + "://" + u.Host + u.Path), Answer: fields(q),
		Client: clip(said.client), Error: clip(q.Get("error")), Number: number.FindString(q.Get("error_description"))}
	e.explain(said.fault)
	l.add(e)
}

var (
	number     = regexp.MustCompile(`KADO-\d{4}`)
	oauthError = regexp.MustCompile(`"error":"([a-z_]{1,40})"`)
	verbs      = regexp.MustCompile(`%(\[\d+\])?[a-z]`)
)

// recorder keeps the status and the beginning of an error's body.
type recorder struct {
	http.ResponseWriter
	status int
	body   []byte
}

// WriteHeader remembers the first status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write keeps the beginning of what is written in a refusal.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status >= 400 && len(r.body) < maxAnswer {
		r.body = append(r.body, b[:min(len(b), maxAnswer-len(r.body))]...)
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
