// Package certificate lets a holder log in by mutual TLS: an ordinary browser or
// curl shows the card's user authentication certificate through PKCS#11 to a
// listener of its own, and the handshake proves that the card is there.
//
// What this proves and what not is told at login.ProofTLS. Nothing is read from
// the card, so that a login which wants attributes or a signature cannot go this
// way.
//
// The listener speaks TLS 1.2 only. TLS 1.3 demands RSA-PSS of the client, which
// the middleware of these cards does not offer (OpenSC's driver knows PKCS#1 v1.5
// alone), and a browser would fail in the middle of it. In TLS 1.2 the client's
// certificate is not encrypted on the wire; it names no holder, but its serial
// number shows an observer that the same card comes again.
package certificate

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/url"
	"sync"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/lang"
	"kado/internal/site"
)

// Options of the way.
type Options struct {
	Desk oidc.Desk
	// Authorities are the CA certificates of user authentication, DER, which the
	// listener names to clients so that they offer the right certificate.
	Authorities func(ctx context.Context) ([][]byte, error)
	// Site is the address of the site's pages, and Listener that of this way, both
	// with scheme, host and port. Their hosts are the same: the provider's cookie
	// must reach both.
	Site, Listener string
	Log            *slog.Logger
}

// Certificate is this way. Make it with New. Safe for concurrent use.
type Certificate struct {
	o              Options
	site, listener *url.URL

	mu      sync.Mutex
	refused map[string]error // by interaction: what the listener said last
}

// maxRefused bounds the memory.
const maxRefused = 10_000

// New returns the way. The addresses must be URLs.
func New(o Options) (*Certificate, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	c := &Certificate{o: o, refused: map[string]error{}}
	var err error
	if c.site, err = url.Parse(o.Site); err != nil {
		return nil, err
	}
	c.listener, err = url.Parse(o.Listener)
	return c, err
}

// Way is what the provider offers.
func (c *Certificate) Way() oidc.Way {
	return oidc.Way{ID: "certificate", Icon: "key",
		Title: lang.Text{JA: "ブラウザーに証明書を出させる", EN: "Let the browser show the certificate"},
		Text:  lang.Text{JA: "PKCS#11を設定したブラウザーやcurlで、TLSの相互認証を使います。", EN: "Mutual TLS, with a browser or curl that is set up for PKCS#11."},
		Path:  func(interaction string) string { return path + interaction },
		Fits:  fits}
}

// Part is what the site serves: the page before.
func (c *Certificate) Part() site.Part { return site.Part{Room: room(), Mount: c.mount} }

// remember keeps what the page has to tell; nil forgets.
func (c *Certificate) remember(interaction string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		delete(c.refused, interaction)
		return
	}
	if len(c.refused) >= maxRefused {
		clear(c.refused)
	}
	c.refused[interaction] = err
}

func (c *Certificate) said(interaction string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.refused[interaction]
}

// names are the CA certificates' pool, for the list of names that TLS sends.
func (c *Certificate) names(ctx context.Context) (*x509.CertPool, error) {
	all, err := c.o.Authorities(ctx)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	for _, der := range all {
		ca, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		pool.AddCert(ca)
	}
	return pool, nil
}

// at is an address of one of the two with the host by which the browser came, where
// both are names of this machine: a cookie belongs to one of them.
func at(base *url.URL, r *http.Request, path string) string {
	u := url.URL{Scheme: base.Scheme, Host: base.Host, Path: path}
	came := url.URL{Host: r.Host}
	if own(base.Hostname()) && own(came.Hostname()) {
		u.Host = hostPort(came.Hostname(), base.Port())
	}
	return u.String()
}
