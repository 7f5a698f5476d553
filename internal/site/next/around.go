package next

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

// endpointOf tells which endpoint a request is for; "" for none that can be asked
// to fail.
func endpointOf(r *http.Request) Endpoint {
	switch p := r.URL.Path; {
	case p == realm+"/protocol/openid-connect/auth":
		return Authorization
	case p == realm+"/protocol/openid-connect/ext/par/request":
		return Push
	case p == realm+"/protocol/openid-connect/token":
		return Token
	case p == realm+"/protocol/openid-connect/userinfo":
		return Userinfo
	case p == realm+"/protocol/openid-connect/certs":
		return Certs
	case p == realm+"/.well-known/openid-configuration":
		return Discovery
	case p == "/api/sign-transactions" || strings.HasPrefix(p, "/api/sign-transactions/"):
		return Sign
	}
	return ""
}

// Around puts the queue, and chaos where it is on, before the provider's
// endpoints. Everything else passes untouched.
func (n *Next) Around(next http.Handler) http.Handler {
	if n.o.Chaos != nil {
		next = n.o.Chaos.around(n, next)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := endpointOf(r)
		switch {
		case at == "":
			next.ServeHTTP(w, r)
		case at == Authorization:
			n.authorization(w, r, next)
		case at == Push:
			n.pushed(w, r, next)
		case !n.queue.waits(at):
			next.ServeHTTP(w, r)
		default:
			if a, ok := n.queue.take(at, claimedClient(r, at)); ok {
				n.answer(w, r, a, next)
				return
			}
			next.ServeHTTP(w, r)
		}
	})
}

// authorization lets a request that is to fail be admitted first, and then ends
// it; one that is not in order keeps its own refusal.
func (n *Next) authorization(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if web.Unseen(r) {
		next.ServeHTTP(w, r) // to be refused
		return
	}
	q := r.URL.Query()
	client := q.Get("client_id")
	a, ok, err := ofHint(q.Get("login_hint"))
	if err != nil {
		n.shell.Fault(w, r, err)
		return
	}
	if ok && a.Endpoint != Authorization {
		// Meant for a later request of this login.
		if _, err := n.queue.add(a.ID, client, 1); err != nil {
			n.shell.Fault(w, r, err)
			return
		}
		ok = false
	}
	if !ok {
		a, ok = n.queue.take(Authorization, client)
	}
	if !ok {
		next.ServeHTTP(w, r)
		return
	}
	n.answer(w, r, a, next)
}

// pushed reads the hint of a request that is handed in beforehand: the browser will
// not carry it.
func (n *Next) pushed(w http.ResponseWriter, r *http.Request, next http.Handler) {
	form := formOf(r)
	client := clientOf(form)
	a, ok, err := ofHint(form.Get("login_hint"))
	if err != nil {
		n.shell.FaultJSON(w, r, err)
		return
	}
	if ok && a.Endpoint != Push {
		if _, err := n.queue.add(a.ID, client, 1); err != nil {
			n.shell.FaultJSON(w, r, err)
			return
		}
		ok = false
	}
	if !ok {
		a, ok = n.queue.take(Push, client)
	}
	if !ok {
		next.ServeHTTP(w, r)
		return
	}
	n.answer(w, r, a, next)
}

// answer answers on purpose.
func (n *Next) answer(w http.ResponseWriter, r *http.Request, a Answer, next http.Handler) {
	if a.Wait > 0 {
		n.o.Wait(r.Context(), a.Wait)
	}
	why := OnPurpose.New(a.ID)
	switch {
	case a.Cut:
		panic(http.ErrAbortHandler)
	case a.Endpoint == Authorization && a.Error != "":
		n.end(w, r, next, a.Error, why)
	case a.Status != 0:
		fail(w, a, why)
	default:
		next.ServeHTTP(w, r)
	}
}

// fail writes a failure of a program's endpoint.
func fail(w http.ResponseWriter, a Answer, why *fault.Error) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if a.Retry {
		h.Set("Retry-After", "1")
	}
	if a.Status == http.StatusUnauthorized && a.Endpoint != Token && a.Endpoint != Push {
		h.Set("WWW-Authenticate", `Bearer realm="main", error="`+a.Error+`"`)
	}
	if a.Page {
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(a.Status)
		_, _ = io.WriteString(w, "<!doctype html><html lang=\"en\"><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1></html>\n") // the reader went away
		return
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(a.Status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": a.Error, "error_description": describe(why)}) // the reader went away
}

func describe(e *fault.Error) string {
	what, _, _ := e.In(lang.EN)
	return e.Code() + " " + what
}

var interactionForm = regexp.MustCompile(`int_[0-9A-Za-z_-]+`)

// end has the provider admit a request and then ends its interaction with an
// error: only the provider knows where an error may be sent.
func (n *Next) end(w http.ResponseWriter, r *http.Request, next http.Handler, code string, why *fault.Error) {
	rec := &kept{header: http.Header{}}
	next.ServeHTTP(rec, r)
	// The way that the request chose has the interaction's id in its address.
	id := interactionForm.FindString(rec.header.Get("Location"))
	if rec.status/100 != 3 || id == "" || strings.Contains(rec.header.Get("Location"), "://") {
		rec.copyTo(w)
		return
	}
	to, err := n.o.Desk.Cancel(r.Context(), id, code, describe(why))
	if err != nil {
		n.shell.Fault(w, r, err)
		return
	}
	rec.header.Set("Location", to)
	rec.body.Reset()
	rec.copyTo(w)
}

// kept is an answer that is held back.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (k *kept) Header() http.Header { return k.header }

// WriteHeader implements http.ResponseWriter.
func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

// Write implements http.ResponseWriter.
func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

func (k *kept) copyTo(w http.ResponseWriter) {
	for name, values := range k.header {
		w.Header()[name] = values
	}
	w.Header().Del("Content-Length")
	if k.status == 0 {
		k.status = http.StatusOK
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()) // the reader went away
}

// maxRead bounds what is read of a request to see whose it is, in octets.
const maxRead = 64 << 10

// claimedClient is the client that a request says it comes from. It is believed
// without proof: all it decides is which failure was meant for it.
func claimedClient(r *http.Request, at Endpoint) string {
	if at == Userinfo || at == Sign {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		c := claims(token)
		return first(c, "azp", "client_id", "aud")
	}
	if at != Token {
		return ""
	}
	return clientOf(formOf(r))
}

// formOf reads the form of a request, which then comes again for whoever reads it
// next; nil for what is none.
func formOf(r *http.Request) url.Values {
	if r.Body == nil {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRead))
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), r.Body), r.Body}
	if err != nil {
		return nil
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil
	}
	return form
}

// clientOf is the client that a form says it comes from.
func clientOf(form url.Values) string {
	if id := form.Get("client_id"); id != "" {
		return id
	}
	return first(claims(form.Get("client_assertion")), "sub", "iss")
}

// claims reads the claims of a compact JWS without verifying it.
func claims(token string) map[string]any {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > maxRead {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil
	}
	var out map[string]any
	if json.Unmarshal(raw, &out) != nil {
		return nil
	}
	return out
}

func first(claims map[string]any, names ...string) string {
	for _, name := range names {
		if s, ok := claims[name].(string); ok && s != "" {
			return s
		}
	}
	return ""
}
