package site

import (
	"bytes"
	"encoding/pem"
	"net/http"

	"kado/internal/platform/web"
	"kado/jpki"
)

// authoritiesPath is where the certificates of the authorities lie, for whoever
// verifies signatures.
const authoritiesPath = "/ca/"

// authorities serves the certificates of an authority's generations as one PEM file:
// /ca/signature and /ca/authentication. Whoever trusts them compares them first with
// what the authority published elsewhere.
func (s *Site) authorities() Part {
	return Part{Machine: []string{authoritiesPath}, Mount: func(shell *web.Shell, mux *http.ServeMux) {
		for _, kind := range jpki.Kinds {
			mux.HandleFunc("GET "+authoritiesPath+kind.String(), func(w http.ResponseWriter, r *http.Request) {
				all, err := s.o.House.Authority.Generations(r.Context(), kind)
				if err != nil {
					shell.FaultJSON(w, r, err)
					return
				}
				var out bytes.Buffer
				for _, g := range all {
					if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: g.Certificate}); err != nil {
						shell.FaultJSON(w, r, err)
						return
					}
				}
				w.Header().Set("Content-Type", "application/pem-certificate-chain")
				w.Header().Set("Cache-Control", "public, max-age=60")
				_, _ = w.Write(out.Bytes()) // the reader went away
			})
		}
	}}
}
