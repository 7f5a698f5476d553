package main

import (
	"net/http"
	"time"
)

// The limits of what this site takes from the provider.
const (
	maxAnswer = 1 << 20 // octets
	patience  = 5 * time.Second
)

// outward talks to the provider. It gives up in time, reads no endless answer, and
// follows no redirect: code, assertion and tokens are for the provider's own addresses.
func outward() *http.Client {
	return &http.Client{Timeout: patience, Transport: limited{http.DefaultTransport},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

type limited struct{ http.RoundTripper }

func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = http.MaxBytesReader(nil, resp.Body, maxAnswer)
	}
	return resp, err
}
