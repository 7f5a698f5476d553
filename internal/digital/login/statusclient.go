package login

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"time"

	"kado/internal/platform/entropy"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// skew is how far the validation authority's clock may be ahead.
const skew = time.Minute

// statusClient asks the validation authority by OCSP.
type statusClient struct {
	http    *http.Client
	url     func(jpki.Kind, int) string
	entropy entropy.Source
	// delegates are the responders met so far.
	delegates *ocsp.Delegates
}

// ask returns nil for good and a *jpki.StatusError for everything else, Unavailable
// where no answer came. Each question has a nonce of its own, so that no old answer
// passes for a new one.
func (c statusClient) ask(ctx context.Context, cert, ca *x509.Certificate, generation int, at time.Time) error {
	id, err := ocsp.NewCertID(crypto.SHA256, ca, cert.SerialNumber)
	if err != nil {
		return unavailable(err)
	}
	nonce, err := entropy.Bytes(c.entropy.Stream("login.status"), ocsp.MaxNonceSize)
	if err != nil {
		return unavailable(err)
	}
	question, err := (&ocsp.Request{IDs: []ocsp.CertID{id}, Nonce: nonce}).Marshal()
	if err != nil {
		return unavailable(err)
	}
	answer, err := c.post(ctx, c.url(jpki.Authentication, generation), question)
	if err != nil {
		return unavailable(err)
	}
	_, err = ocsp.Check(answer, ocsp.Query{ID: id, Authority: ca, Nonce: nonce, Skew: skew, Delegates: c.delegates}, at)
	return err
}

func unavailable(err error) error {
	return &jpki.StatusError{Status: jpki.Unavailable, Detail: "no answer", Err: err}
}

func (c statusClient) post(ctx context.Context, url string, question []byte) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(question))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	r.Header.Set("Accept", "application/ocsp-response")
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(answer.Body, ocsp.MaxResponseSize+1))
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Content-Type") != "application/ocsp-response" || len(body) > ocsp.MaxResponseSize {
		return nil, fmt.Errorf("login: the responder answered HTTP %d with %d octets", answer.StatusCode, len(body))
	}
	return body, nil
}
