package validation

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// Limits of what is asked and how long a cache may keep the answer. A suspension
// must be seen within 60 seconds, so no cache keeps an answer longer, nor
// beyond the answer's own end.
const (
	maxQuestion  = 64 << 10
	answerMaxAge = 60 * time.Second
	listMaxAge   = 10 * time.Minute
)

const (
	ocspPath    = "/ocsp/"
	requestType = "application/ocsp-request"
)

// Handler implements Desk. It logs nothing, sends no personal data and sets no
// deadlines: those are the server's.
func (o *Office) Handler() http.Handler {
	status, lists := o.ocspHandler(), o.listHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, ocspPath) {
			status.ServeHTTP(w, r)
			return
		}
		lists.ServeHTTP(w, r)
	})
}

// ocspHandler serves /ocsp/. No mux stands before it: base64 may hold "//",
// which a mux would tidy into another request.
func (o *Office) ocspHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPost:
			o.postOCSP(w, r, strings.TrimPrefix(r.URL.Path, ocspPath))
			return
		case http.MethodGet:
			kind, question, ok := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), ocspPath), "/")
			if ok {
				o.getOCSP(w, r, kind, question)
				return
			}
		}
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	})
}

// listHandler serves /crl/.
func (o *Office) listHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /crl/{kind}/{generation}", o.getCRL)
	mux.HandleFunc("GET /crl/{kind}/{generation}/{municipality}", o.getCRL)
	return mux
}

// questions are buffers for requests; hardly one is longer than this.
var questions = sync.Pool{New: func() any { b := make([]byte, 0, 1<<10); return &b }}

// postOCSP is RFC 6960, A.1, POST.
func (o *Office) postOCSP(w http.ResponseWriter, r *http.Request, kindName string) {
	kind, err := jpki.ParseKind(kindName)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if types := r.Header["Content-Type"]; len(types) != 1 || types[0] != requestType {
		media := r.Header.Get("Content-Type")
		if media, _, err := mime.ParseMediaType(media); err != nil || media != requestType {
			writeOCSP(w, r, refuse(ocsp.MalformedRequest), http.StatusUnsupportedMediaType)
			return
		}
	}
	buffer := questions.Get().(*[]byte)
	defer questions.Put(buffer)
	from := io.Reader(r.Body)
	if r.ContentLength < 0 || r.ContentLength > maxQuestion {
		from = http.MaxBytesReader(w, r.Body, maxQuestion)
	}
	body, err := readAll((*buffer)[:0], from)
	*buffer = body
	if err != nil {
		code := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		writeOCSP(w, r, refuse(ocsp.MalformedRequest), code)
		return
	}
	a := o.respond(r.Context(), kind, body)
	writeOCSP(w, r, a, httpStatus(a.status))
}

// readAll is io.ReadAll into a buffer that is there already.
func readAll(b []byte, from io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// getOCSP is RFC 6960, A.1, GET: the request in standard base64, escaped for an
// address.
func (o *Office) getOCSP(w http.ResponseWriter, r *http.Request, kindName, question string) {
	kind, err := jpki.ParseKind(kindName)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if len(question) > maxQuestion {
		writeOCSP(w, r, refuse(ocsp.MalformedRequest), http.StatusRequestURITooLong)
		return
	}
	text, err := url.PathUnescape(question)
	if err != nil {
		writeOCSP(w, r, refuse(ocsp.MalformedRequest), http.StatusBadRequest)
		return
	}
	request, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		writeOCSP(w, r, refuse(ocsp.MalformedRequest), http.StatusBadRequest)
		return
	}
	a := o.respond(r.Context(), kind, request)
	writeOCSP(w, r, a, httpStatus(a.status))
}

// httpStatus is the HTTP code beside an OCSP one. "unauthorized" is an answer,
// not a failure of the exchange.
func httpStatus(s ocsp.ResponseStatus) int {
	switch s {
	case ocsp.MalformedRequest:
		return http.StatusBadRequest
	case ocsp.TryLater:
		return http.StatusServiceUnavailable
	case ocsp.InternalError:
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

// Values of header lines that are the same in every answer.
var (
	ocspType = []string{"application/ocsp-response"}
	noSniff  = []string{"nosniff"}
	noStore  = []string{"no-store"}
)

// writeOCSP writes an answer. One that may be cached carries what RFC 5019, 6,
// asks for: Last-Modified is its thisUpdate, Expires and max-age end before its
// nextUpdate, and the ETag spares a cache the body that it has already.
func writeOCSP(w http.ResponseWriter, r *http.Request, a answer, code int) {
	h := w.Header()
	h["X-Content-Type-Options"] = noSniff
	if a.cache == nil {
		h["Content-Type"], h["Cache-Control"] = ocspType, noStore
		h["Content-Length"] = []string{strconv.Itoa(len(a.der))}
		w.WriteHeader(code)
		_, _ = w.Write(a.der) // whoever asked has gone
		return
	}
	c := a.cache
	// The office's own clock, which in a sandbox may be ahead of the machine's.
	h["Date"], h["Expires"] = a.dates.date, a.dates.expires
	h["Cache-Control"], h["Etag"], h["Last-Modified"] = c.control, c.etag, c.modified
	if r.Method == http.MethodGet && notModified(r.Header, c) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"], h["Content-Length"] = ocspType, c.length
	w.WriteHeader(code)
	_, _ = w.Write(a.der)
}

// notModified decides by If-None-Match and, where that is absent, by
// If-Modified-Since (RFC 9110, 13.2.2).
func notModified(h http.Header, c *caching) bool {
	if tags := h.Values("If-None-Match"); len(tags) > 0 {
		for _, tag := range strings.Split(strings.Join(tags, ","), ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == c.etag[0] {
				return true
			}
		}
		return false
	}
	since, err := http.ParseTime(h.Get("If-Modified-Since"))
	return err == nil && !c.since.After(since)
}

func cacheFor(d time.Duration) string {
	return fmt.Sprintf("public, no-transform, must-revalidate, max-age=%d", int(d/time.Second))
}

// getCRL serves the newest list of a scope.
func (o *Office) getCRL(w http.ResponseWriter, r *http.Request) {
	kind, err := jpki.ParseKind(r.PathValue("kind"))
	generation, ok := parseGeneration(r.PathValue("generation"))
	m := mynumber.MunicipalityCode(r.PathValue("municipality"))
	if err != nil || !ok || m != "" && !m.Valid() {
		writeFault(w, NoList.New())
		return
	}
	l, err := o.CRL(r.Context(), kind, generation, m)
	if err != nil {
		writeFault(w, err)
		return
	}
	listHeaders(w.Header(), scope{kind, generation, m}, l.Number)
	http.ServeContent(w, r, "", l.ThisUpdate, bytes.NewReader(l.DER))
}

// parseGeneration accepts 1, 2, … in one spelling.
func parseGeneration(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && strconv.Itoa(n) == s
}

// writeFault tells a refusal in both languages, without its cause.
func writeFault(w http.ResponseWriter, err error) {
	f := fault.Of(err)
	code := http.StatusInternalServerError
	switch f.Kind.Class {
	case fault.NotFound:
		code = http.StatusNotFound
	case fault.Unavailable:
		code = http.StatusServiceUnavailable
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	for _, l := range []lang.Lang{lang.JA, lang.EN} {
		what, why, cure := f.In(l)
		_, _ = fmt.Fprintf(w, "%s %s %s %s\n", f.Code(), what, why, cure)
	}
}
