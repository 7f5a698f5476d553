package switchboard

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"

	"kado/internal/agency/validation"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// exchange is one answer on its way out.
type exchange struct {
	*Board
	ctx    context.Context
	kind   jpki.Kind
	list   bool   // a revocation list, not an OCSP answer
	path   string // of the request
	code   int
	header http.Header
	body   []byte
	answer *ocsp.Response // nil for lists and for answers that are no status
	cut    bool           // no answer at all
}

// Wrap stands before the handler of OCSP and lists (validation.Office.Handler).
func (b *Board) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind, list, ours := whatOf(r.URL.EscapedPath())
		if !ours {
			next.ServeHTTP(w, r)
			return
		}
		all, err := b.List(r.Context())
		if err != nil {
			validation.WriteFault(w, err)
			return
		}
		if len(all) == 0 {
			next.ServeHTTP(w, r)
			return
		}
		rec := &recorder{header: http.Header{}, code: http.StatusOK}
		if list {
			// Whole: a part of a list cannot be altered.
			r = r.Clone(r.Context())
			for _, h := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
				r.Header.Del(h)
			}
		}
		next.ServeHTTP(rec, r)
		x := &exchange{Board: b, ctx: r.Context(), kind: kind, list: list, path: r.URL.Path, code: rec.code, header: rec.header, body: rec.body.Bytes()}
		var serials []string
		if !list {
			if x.answer, err = ocsp.ParseResponse(x.body); err == nil {
				for _, s := range x.answer.Responses {
					serials = append(serials, s.ID.Serial.Text(16))
				}
			}
		}
		if f, ok := on(all, kind, serials); ok && (f.Lists || !list) {
			x.header.Set("Cache-Control", "no-store") // switched off, it is gone at once
			x.header.Del("ETag")
			if err := f.alter(x); err != nil {
				if r.Context().Err() == nil {
					validation.WriteFault(w, err)
				}
				return
			}
		}
		x.send(w)
	})
}

// whatOf reads kind and sort of an address of the handlers.
func whatOf(path string) (kind jpki.Kind, list, ours bool) {
	parts := strings.SplitN(path, "/", 4)
	if len(parts) < 3 || parts[0] != "" || parts[1] != "ocsp" && parts[1] != "crl" {
		return 0, false, false
	}
	kind, err := jpki.ParseKind(parts[2])
	return kind, parts[1] == "crl", err == nil
}

func (x *exchange) send(w http.ResponseWriter) {
	if x.cut {
		panic(http.ErrAbortHandler) // net/http closes the connection and logs nothing
	}
	h := w.Header()
	for k, v := range x.header {
		h[k] = v
	}
	h.Set("Content-Length", strconv.Itoa(len(x.body)))
	w.WriteHeader(x.code)
	_, _ = w.Write(x.body) // whoever asked has gone
}

// recorder keeps an answer instead of sending it.
type recorder struct {
	header http.Header
	code   int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(code int) { r.code = code }

// Write implements http.ResponseWriter.
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
