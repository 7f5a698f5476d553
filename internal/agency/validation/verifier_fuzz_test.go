package validation_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/fault"
)

// Every endpoint survives any document, answers JSON, never says that Kado is at
// fault, and what it took means the same when it is written again.
func FuzzVerifierDocuments(f *testing.F) {
	r := small(f)
	id := r.accredit(f, all...)
	key := clientKey(f)
	if _, err := r.BindKey(f.Context(), operator, id, key.Certificate[0]); err != nil {
		f.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(key.Certificate[0])
	if err != nil {
		f.Fatal(err)
	}
	cert := r.Issue(f, validationtest.Order{})
	handler := r.VerifierHandler()
	ask := `{"for":"` + id + `","reason":"w",`
	ref := `{"kind":"authentication","serial":"` + serial(cert) + `"}`
	terms := `"terms":{"fields":["name"],"purpose":"p","onward":["店"],"from":"2026-04-01","to":"2026-05-01"`
	for path, doc := range map[string]string{
		"/v1/status":       ask + `"certificates":[` + ref + `,{"certificate":"` + b64(cert.Raw) + `"}]}`,
		"/v1/links":        ask + `"certificate":` + ref + `,"way":"older","depth":1}`,
		"/v1/consent-text": ask + terms + `}}`,
		"/v1/consents":     ask + terms + `,"made":"2026-04-01T03:00:00Z","nonce":"00112233445566778899aabbccddeeff"},"signature":"AAAA"}`,
		"/v1/consents/con_00112233445566778899aabbccddeeff/withdraw": `{}`,
		"/v1/attributes":  ask + `"consent":"con_00112233445566778899aabbccddeeff"}`,
		"/v1/watches":     ask + `"certificates":[` + ref + `]}`,
		"/v1/watches/end": ask + `"certificates":[` + ref + `]}`,
		"/v1/events":      ask + `"after":0,"limit":10}`,
	} {
		f.Add(path, []byte(doc))
	}
	f.Add("/v1/status", []byte(`{"For":"x","reason":null}`))
	f.Fuzz(func(t *testing.T, path string, doc []byte) {
		if len(path) > 200 || len(path) == 0 || path[0] != '/' {
			return
		}
		q := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(doc))
		q.URL.Path = path
		q.Header.Set("Content-Type", "application/json")
		q.TLS = &tls.ConnectionState{HandshakeComplete: true, PeerCertificates: []*x509.Certificate{leaf}}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, q)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Fatalf("%s: HTTP %d: %s", path, w.Code, w.Body)
		}
	})
}

func FuzzDecodeStrict(f *testing.F) {
	for _, s := range []string{`{"a":1,"b":["x",{"c":true}]}`, `{"a":1,"a":2}`, `{"A":1}`, `null`, `[]`, `{} `, "{\"a\":\"\xff\"}", `{"b":[null]}`} {
		f.Add([]byte(s))
	}
	type document struct {
		A int   `json:"a"`
		B []any `json:"b"`
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var d, again document
		if err := validation.DecodeStrict(raw, &d); err != nil {
			if fault.Of(err).Kind != validation.BadDocument {
				t.Fatal(err)
			}
			return
		}
		out, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		if d.B == nil {
			return
		}
		if err := validation.DecodeStrict(out, &again); err != nil {
			t.Fatalf("%s, written as %s: %v", raw, out, err)
		}
	})
}
