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
	"time"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// Limits of what is asked and how long a cache may keep the answer. A suspension
// must be seen within 60 seconds, so no cache keeps an answer longer.
const (
	maxQuestion  = 64 << 10
	answerMaxAge = 60 * time.Second
	listMaxAge   = 10 * time.Minute
)

const ocspPath = "/ocsp/"

// Handler implements Desk. It logs nothing, sends no personal data and sets no
// deadlines: those are the server's.
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /ocsp/{kind}", o.postOCSP)
	mux.HandleFunc("GET /crl/{kind}/{generation}", o.getCRL)
	mux.HandleFunc("GET /crl/{kind}/{generation}/{municipality}", o.getCRL)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Base64 may hold "//", which the mux would tidy into another request.
		if rest, ok := strings.CutPrefix(r.URL.EscapedPath(), ocspPath); ok && r.Method == http.MethodGet {
			if kind, question, ok := strings.Cut(rest, "/"); ok {
				o.getOCSP(w, r, kind, question)
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

// postOCSP is RFC 6960, A.1, POST.
func (o *Office) postOCSP(w http.ResponseWriter, r *http.Request) {
	kind, err := jpki.ParseKind(r.PathValue("kind"))
	if err != nil {
		http.NotFound(w, r)
		return
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/ocsp-request" {
		writeOCSP(w, refuse(ocsp.MalformedRequest), http.StatusUnsupportedMediaType)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQuestion))
	if err != nil {
		code := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			code = http.StatusRequestEntityTooLarge
		}
		writeOCSP(w, refuse(ocsp.MalformedRequest), code)
		return
	}
	a := o.respond(r.Context(), kind, body)
	writeOCSP(w, a, httpStatus(a.status))
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
		writeOCSP(w, refuse(ocsp.MalformedRequest), http.StatusRequestURITooLong)
		return
	}
	text, err := url.PathUnescape(question)
	if err != nil {
		writeOCSP(w, refuse(ocsp.MalformedRequest), http.StatusBadRequest)
		return
	}
	request, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		writeOCSP(w, refuse(ocsp.MalformedRequest), http.StatusBadRequest)
		return
	}
	a := o.respond(r.Context(), kind, request)
	writeOCSP(w, a, httpStatus(a.status))
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

func writeOCSP(w http.ResponseWriter, a answer, code int) {
	h := w.Header()
	h.Set("Content-Type", "application/ocsp-response")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(a.der)))
	if a.status == ocsp.Successful && !a.nonce {
		h.Set("Cache-Control", cacheFor(answerMaxAge))
	} else {
		h.Set("Cache-Control", "no-store")
	}
	w.WriteHeader(code)
	_, _ = w.Write(a.der) // whoever asked has gone
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
	h := w.Header()
	h.Set("Content-Type", "application/pkix-crl")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", cacheFor(listMaxAge))
	h.Set("ETag", fmt.Sprintf(`"%s-%d-%s-%d"`, l.Kind, l.Generation, l.Municipality, l.Number))
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
