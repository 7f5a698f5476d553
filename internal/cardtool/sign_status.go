package cardtool

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"kado/jpki/ocsp"
)

// StatusClient asks an OCSP responder for an answer to be put into a signature.
type StatusClient struct {
	URL  string
	HTTP *http.Client
	// Nonce makes the responder answer anew instead of from its store.
	Nonce []byte
	Now   func() time.Time
}

// Ask returns the DER of an answer that shows the certificate to be in force. ca
// is the issuer's certificate from the card.
func (c *StatusClient) Ask(ctx context.Context, cert, ca *x509.Certificate) ([]byte, error) {
	if ca == nil {
		return nil, errors.New("the card has no CA certificate")
	}
	id, err := ocsp.NewCertID(crypto.SHA256, ca, cert.SerialNumber)
	if err != nil {
		return nil, err
	}
	body, err := (&ocsp.Request{IDs: []ocsp.CertID{id}, Nonce: c.Nonce}).Marshal()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	der, err := io.ReadAll(io.LimitReader(answer.Body, ocsp.MaxResponseSize+1))
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, errors.Join(fmt.Errorf("the responder answered HTTP %d", answer.StatusCode), err)
	}
	_, err = ocsp.Check(der, ocsp.Query{ID: id, Authority: ca, Nonce: c.Nonce, Skew: 5 * time.Minute, MaxAge: 5 * time.Minute}, c.Now())
	return der, err
}
