package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/ways/certificate"
)

// mutual is the listener for mutual TLS beside the site; nil without one.
type mutual struct {
	way  *certificate.Certificate
	ln   net.Listener
	pair tls.Certificate
	temp string // a folder that goes with the world; "" where the world is kept
}

// mutualTLS opens the listener of --mtls-listen, with a certificate from the
// world's folder, and offers it as a way to log in.
func (s serveCommand) mutualTLS(c *console, box *server.Sandbox, provider *oidc.Provider, dir, base string, log *slog.Logger) (m *mutual, err error) {
	if s.MTLSListen == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(s.MTLSListen)
	if err != nil {
		return nil, BadArguments.Because(err, "--mtls-listen")
	}
	ip := net.ParseIP(host)
	if host != "localhost" && (ip == nil || !ip.IsLoopback()) && !s.Anyone {
		return nil, OpenSandbox.New(s.MTLSListen)
	}
	if host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	m = &mutual{}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.close())
			m = nil
		}
	}()
	if dir == "" {
		if m.temp, err = os.MkdirTemp("", "kado-tls-"); err != nil {
			return m, server.CannotWrite.Because(err, os.TempDir())
		}
		dir = m.temp
	}
	if err := m.listen(s.MTLSListen); err != nil {
		return m, err
	}
	// Browsers measure it by the machine's time, whatever the world's clock shows.
	if m.pair, err = certificate.Pair(dir, host, clock.System().Now()); err != nil {
		return m, err
	}
	_, port, err := net.SplitHostPort(m.ln.Addr().String())
	if err != nil {
		return m, err
	}
	address := "https://" + net.JoinHostPort(host, port)
	if err := m.offer(provider, authenticationAuthorities(box.House), base, address, log); err != nil {
		return m, err
	}
	c.printf(lang.Text{JA: "TLSの相互認証：%s （ブラウザーやcurlに信頼させるCA証明書：%s）", EN: "Mutual TLS: %s (CA certificate to be trusted by browser or curl: %s)"},
		address, filepath.Join(dir, certificate.CAFile))
	return m, nil
}

func (m *mutual) listen(address string) (err error) {
	if m.ln, err = net.Listen("tcp", address); err != nil {
		return CannotListen.Because(err, address)
	}
	return nil
}

// offer makes the way, for a site and a listener reached at these addresses.
func (m *mutual) offer(provider *oidc.Provider, authorities func(context.Context) ([][]byte, error), site, listener string, log *slog.Logger) (err error) {
	if m.way, err = certificate.New(certificate.Options{Desk: provider, Site: site, Listener: listener, Log: log, Authorities: authorities}); err != nil {
		return err
	}
	provider.Offer(m.way.Way())
	return nil
}

func (m *mutual) parts() []site.Part {
	if m == nil {
		return nil
	}
	return []site.Part{m.way.Part()}
}

// beside serves both until either ends.
func (m *mutual) beside(ctx context.Context, place *site.Site, ln net.Listener) error {
	defer serveMemory()()
	if m == nil {
		return place.Serve(ctx, ln)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan error, 1)
	go func() {
		defer stop()
		done <- m.way.Serve(ctx, m.ln, m.pair)
	}()
	err := place.Serve(ctx, ln)
	stop()
	return errors.Join(err, <-done)
}

// close gives back what was opened, served or not.
func (m *mutual) close() (err error) {
	if m == nil {
		return nil
	}
	if m.ln != nil {
		_ = m.ln.Close() // a second time after serving, which does nothing
	}
	if m.temp != "" {
		err = os.RemoveAll(m.temp)
	}
	return err
}
