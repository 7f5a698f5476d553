package tsa

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
)

// Media types of RFC 3161, 3.4.
const (
	queryType = "application/timestamp-query"
	replyType = "application/timestamp-reply"
)

// Handler answers requests over HTTP: POST with application/timestamp-query, at
// most MaxRequestSize octets (RFC 3161, 3.4). What is no request over HTTP is
// refused there; what is no good request gets the refusal that RFC 3161
// lays down.
func (a *Authority) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			http.Error(w, "POST a time-stamp request", http.StatusMethodNotAllowed)
			return
		}
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != queryType {
			http.Error(w, "the content is not "+queryType, http.StatusUnsupportedMediaType)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxRequestSize))
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			http.Error(w, "the request is too large", http.StatusRequestEntityTooLarge)
			return
		}
		if err != nil {
			http.Error(w, "the request did not arrive", http.StatusBadRequest)
			return
		}
		answer := a.Respond(body)
		h := w.Header()
		h.Set("Content-Type", replyType)
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(answer)
	})
}

// Client asks an authority at URL, which is trusted by its pinned certificates.
type Client struct {
	URL    string
	Pinned []*x509.Certificate
	// HTTP is http.DefaultClient when nil. Redirections are not followed.
	HTTP *http.Client
}

// Stamp gets a token over a SHA-256 digest. It fits cms.Options.TSA. Errors: those
// of Request.Accept, or of the connection.
func (c *Client) Stamp(ctx context.Context, digest []byte) ([]byte, error) {
	request, err := NewRequest(Imprint{crypto.SHA256, digest})
	if err != nil {
		return nil, err
	}
	der, err := request.Marshal()
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(der))
	if err != nil {
		return nil, fmt.Errorf("tsa: %w", err)
	}
	r.Header.Set("Content-Type", queryType)
	r.Header.Set("Accept", replyType)
	client := http.Client{}
	if c.HTTP != nil {
		client = *c.HTTP
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("tsa: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxResponseSize+1))
	if err != nil {
		return nil, fmt.Errorf("tsa: %w", err)
	}
	if t, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); err != nil || t != replyType || answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: HTTP %d without a time-stamp reply", ErrRefused, answer.StatusCode)
	}
	token, _, err := request.Accept(body, c.Pinned)
	return token, err
}
