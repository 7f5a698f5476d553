package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the shell.
var (
	NoPage = fault.Define(fault.Kind{
		Number: 1600, Class: fault.NotFound,
		What: lang.Text{JA: "このページはありません。", EN: "There is no such page."},
		Why:  lang.Text{JA: "アドレスが違うか、ページがなくなりました。", EN: "The address is wrong, or the page is gone."},
		Cure: lang.Text{JA: "最初のページから選び直してください。", EN: "Start again from the first page."},
	})
	CrossOrigin = fault.Define(fault.Kind{
		Number: 1601, Class: fault.Forbidden,
		What: lang.Text{JA: "別のサイトから送られた操作は受け付けません。", EN: "An action sent from another site is not accepted."},
		Why:  lang.Text{JA: "気づかないうちに操作させられることを防ぐためです。", EN: "It might be done without your knowledge."},
		Cure: lang.Text{JA: "このサイトのページを開き、そこから操作してください。", EN: "Open the page on this site and act from there."},
	})
	TooMany = fault.Define(fault.Kind{
		Number: 1602, Class: fault.Unavailable,
		What: lang.Text{JA: "操作が多すぎます。", EN: "Too many actions at once."},
		Why:  lang.Text{JA: "同じ場所からの操作の回数に上限があります。", EN: "The number of actions from one place is limited."},
		Cure: lang.Text{JA: "5秒ほど待ってから、もう一度お試しください。", EN: "Wait about five seconds and try again."},
	})
	BadForm = fault.Define(fault.Kind{
		Number: 1603, Class: fault.Invalid,
		What: lang.Text{JA: "送られた内容を読み取れません。", EN: "What was sent cannot be read."},
		Why:  lang.Text{JA: "大きすぎるか、形が違うか、知らない項目が入っています。", EN: "It is too large, of another form, or has fields that are not known."},
		Cure: lang.Text{JA: "ページを開き直して、もう一度入力してください。", EN: "Open the page anew and enter it again."},
	})
	WrongMethod = fault.Define(fault.Kind{
		Number: 1604, Class: fault.Invalid,
		What: lang.Text{JA: "このアドレスではその操作はできません。", EN: "This address does not take that method."},
		Why:  lang.Text{JA: "読み出し用と書き込み用のアドレスが違います。", EN: "Reading and writing have addresses of their own."},
		Cure: lang.Text{JA: "応答の Allow ヘッダーにあるメソッドを使ってください。", EN: "Use a method that the answer's Allow header names."},
	})
	WrongHost = fault.Define(fault.Kind{
		Number: 1605, Class: fault.Forbidden,
		What: lang.Text{JA: "この名前のサイトではありません。", EN: "This is no site of that name."},
		Why:  lang.Text{JA: "ほかのサイトの名前をこの機械に向けて、練習用のカードを使わせる手口（DNSリバインディング）を防ぐため、知らない名前での接続は断ります。", EN: "Another site could have its own name lead to this machine and use the sandbox's cards (DNS rebinding), so requests under an unknown name are refused."},
		Cure: lang.Text{JA: "http://localhost か、IPアドレスで開いてください。この名前で使うときは、kado serve に --host 名前 を付けて始めてください。", EN: "Open it as http://localhost or by its IP address. To use it under this name, start kado serve with --host NAME."},
	})
)

// BadJSON names the place: a member, "octet" and its number, or a header.
var BadJSON = fault.Define(fault.Kind{
	Number: 1606, Class: fault.Invalid,
	What: lang.Text{JA: "送られた JSON を読み取れません（%s）。", EN: "The JSON that was sent cannot be read (%s)."},
	Why:  lang.Text{JA: "JSON ではないか、知らない項目か違う型の値があるか、大きすぎます。Content-Type は application/json です。", EN: "It is no JSON, has a member that is not known or of another type, or is too large. Content-Type has to be application/json."},
	Cure: lang.Text{JA: "示されたところを直して、もう一度送ってください。", EN: "Mend the place that is named and send it again."},
})

// Status is the HTTP status of a class of refusals.
func Status(c fault.Class) int {
	switch c {
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

func statusOf(e *fault.Error) int {
	if WrongMethod.Is(e) {
		return http.StatusMethodNotAllowed
	}
	return Status(e.Kind.Class)
}

// Refusal is what the page and the problem document of a refusal show.
type Refusal struct {
	Code, What, Why, Cure string
}

// Problem is a refusal for programs (RFC 9457). Number, cause and cure are
// those of the catalogue.
type Problem struct {
	Type   string `json:"type"` // "about:blank"
	Title  string `json:"title"`
	Status int    `json:"status"`
	Code   string `json:"code"` // KADO-nnnn
	Detail string `json:"detail"`
	Cure   string `json:"cure"`
}

// refusal finds the numbered error in err; anything else is unexpected, its
// text goes to the log only.
func (s *Shell) refusal(r *http.Request, err error) (*fault.Error, Refusal) {
	var e *fault.Error
	if !errors.As(err, &e) {
		e = fault.Unexpected.Because(err)
	}
	if e.Kind.Class == fault.Internal {
		s.o.Log.ErrorContext(r.Context(), "refused", "code", e.Code(), "path", r.URL.Path, "err", err)
	} else {
		s.o.Log.InfoContext(r.Context(), "refused", "code", e.Code(), "path", r.URL.Path)
	}
	s.refused.WithLabelValues(e.Code()).Inc()
	what, why, cure := e.In(Language(r))
	return e, Refusal{e.Code(), what, why, cure}
}

// Fault answers with a refusal: as a page, or as a problem document where the
// client asks for JSON.
func (s *Shell) Fault(w http.ResponseWriter, r *http.Request, err error) {
	if strings.Contains(r.Header.Get("Accept"), "json") {
		s.FaultJSON(w, r, err)
		return
	}
	e, shown := s.refusal(r, err)
	s.Render(w, r, Page{Name: "shell/fault", Title: lang.Text{JA: shown.What, EN: shown.What}, Data: shown, Status: statusOf(e)})
}

// nowhere answers a request that nothing serves: with the methods that the address
// takes, if there are any (RFC 9110, 15.5.6). Whoever asks at an address for programs
// gets no page unless it is a browser.
func (s *Shell) nowhere(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	err := NoPage.New()
	if allowed := methods(mux, r); len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		err = WrongMethod.New()
	}
	if s.program(r) {
		s.FaultJSON(w, r, err)
		return
	}
	s.Fault(w, r, err)
}

// methods are those with which an address is served by something of its own.
func methods(mux *http.ServeMux, r *http.Request) (out []string) {
	for _, m := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := mux.Handler(other); pattern != "" && pattern != "/" {
			out = append(out, m)
		}
	}
	return out
}

// program reports whether a request is for an address of programs, and not by
// somebody who opened it in a browser.
func (s *Shell) program(r *http.Request) bool {
	return s.machine != nil && s.machine(r) && !strings.Contains(r.Header.Get("Accept"), "text/html")
}

// FaultJSON answers a program with a refusal.
func (s *Shell) FaultJSON(w http.ResponseWriter, r *http.Request, err error) {
	e, shown := s.refusal(r, err)
	status := statusOf(e)
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Language", string(Language(r)))
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(Problem{"about:blank", shown.What, status, shown.Code, shown.Why, shown.Cure}) // the reader went away
}
