package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
)

// own reports whether a host is this machine.
func own(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func hostPort(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if ip := net.ParseIP(host); ip != nil && ip.To4() == nil {
		return "[" + host + "]"
	}
	return host
}

// TLS is the configuration of the listener. The client is asked for a certificate
// of the user authentication authority and not refused without one, so that a page
// can say what is missing. The certificate is checked by the login office alone, by
// the rules of every login. No session is resumed: each connection uses the key.
func (c *Certificate) TLS(pair tls.Certificate) *tls.Config {
	base := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		SessionTicketsDisabled: true, NextProtos: []string{"http/1.1"}}
	own := base.Clone()
	own.GetConfigForClient = func(h *tls.ClientHelloInfo) (*tls.Config, error) {
		pool, err := c.names(h.Context())
		if err != nil {
			return nil, err
		}
		one := base.Clone()
		one.ClientCAs = pool
		return one, nil
	}
	return own
}

// Serve answers on a listener until the context ends.
func (c *Certificate) Serve(ctx context.Context, ln net.Listener, pair tls.Certificate) error {
	srv := &http.Server{Handler: c, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 60 * time.Second, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(c.o.Log.Handler(), slog.LevelInfo)}
	srv.SetKeepAlivesEnabled(false) // one connection, one use of the key
	served := make(chan error, 1)
	go func() { served <- srv.Serve(tls.NewListener(ln, c.TLS(pair))) }()
	var err error
	select {
	case err = <-served:
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		err = srv.Shutdown(last)
		cancel()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// ServeHTTP takes the one request that this listener knows: the holder's own
// browser comes with an interaction, and the connection it comes on is the proof.
// Every answer leads back to the site.
func (c *Certificate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+path+"{interaction}", c.answer)
	mux.ServeHTTP(w, r)
}

func (c *Certificate) answer(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("interaction")
	// Before all else: whoever was lured here with somebody else's login must not
	// bring their card to it.
	err := c.o.Desk.Bound(r, id)
	if err == nil {
		var next string
		if next, err = c.finish(r, id); err == nil {
			c.remember(id, nil)
			http.Redirect(w, r, at(c.site, r, next), http.StatusSeeOther)
			return
		}
		c.remember(id, err)
	}
	c.o.Log.InfoContext(r.Context(), "refused", "code", fault.Of(err).Code(), "path", path)
	http.Redirect(w, r, at(c.site, r, path+id), http.StatusSeeOther)
}

// finish gives the provider the connection's proof.
func (c *Certificate) finish(r *http.Request, id string) (next string, err error) {
	i, err := c.o.Desk.Interaction(r.Context(), id)
	if err != nil {
		return "", err
	}
	if !possible(i) {
		return "", NotThisWay.New()
	}
	proof, ok := login.ByTLS(i.Challenge.ID, r.TLS)
	if !ok {
		return "", NoCertificate.New()
	}
	return c.o.Desk.Answer(context.WithoutCancel(r.Context()), id, oidc.Answer{Login: proof})
}

// possible reports whether a certificate alone can answer.
func possible(i oidc.Interaction) bool { return fits(i.Claims, i.Sign != nil) }

// fits: the certificate holds no attributes, and TLS signs nothing else.
func fits(claims []oidc.Claim, signs bool) bool { return len(claims) == 0 && !signs }
