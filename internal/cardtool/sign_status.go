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
	"strings"
	"time"

	"kado/internal/platform/lang"
	"kado/jpki"
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
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, answerError(fmt.Sprintf("HTTP %d", answer.StatusCode))
	}
	if t := answer.Header.Get("Content-Type"); t != "application/ocsp-response" {
		return nil, answerError("Content-Type: " + ascii(t))
	}
	_, err = ocsp.Check(der, ocsp.Query{ID: id, Authority: ca, Nonce: c.Nonce, Skew: 5 * time.Minute, MaxAge: 5 * time.Minute}, c.Now())
	return der, err
}

// answerError is an answer over HTTP that is none of a responder.
type answerError string

func (e answerError) Error() string { return "the responder answered " + string(e) }

// ascii keeps what of a foreign text can be shown.
func ascii(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 60)]
}

// statusTexts say what was learned instead of "good".
var statusTexts = map[jpki.Status]lang.Text{
	jpki.Unavailable: {JA: "使える回答ではありません", EN: "the answer cannot be used"},
	jpki.Stale:       {JA: "回答が古いか、時刻が合いません", EN: "the answer is out of date, or the clocks differ"},
	jpki.Unknown:     {JA: "知られていない証明書です", EN: "the certificate is unknown"},
	jpki.OnHold:      {JA: "証明書は一時停止中です", EN: "the certificate is suspended"},
	jpki.Revoked:     {JA: "証明書は失効しています", EN: "the certificate is revoked"},
}

// whyNoStatus tells a user why Ask failed. err's own words are English and may
// come from outside, so only what is known here is said.
func whyNoStatus(err error) lang.Text {
	var status *jpki.StatusError
	var answer answerError
	switch {
	case errors.As(err, &status):
		return statusTexts[status.Status]
	case errors.As(err, &answer):
		return lang.Text{JA: string(answer), EN: string(answer)}
	}
	return lang.Text{JA: "届きません", EN: "not reached"}
}
