package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"strings"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/platform/purpose"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/ways/bridge"
	"kado/jpki"
)

// productionFlags are what has to be decided before anything starts without a
// sandbox.
type productionFlags struct {
	Production     bool   `help:"No sandbox: everything below must be given, but for --mtls-base." group:"Production"`
	DB             string `help:"Database: postgres://… or sqlite:FILE." group:"Production" placeholder:"URL" env:"KADO_DB"`
	Keys           string `help:"Key file, see kado keys new." group:"Production" placeholder:"FILE"`
	PassphraseFile string `help:"File with the passphrase of the key file, readable by its owner only." group:"Production" placeholder:"FILE"`
	TLSCert        string `help:"Certificate chain, PEM." group:"Production" placeholder:"FILE"`
	TLSKey         string `help:"Private key, PEM." group:"Production" placeholder:"FILE"`
	Base           string `help:"Public address, https://…" group:"Production" placeholder:"URL"`
	MTLSBase       string `name:"mtls-base" help:"Public address of --mtls-listen, with the host of --base; that host and the port listened at by default." group:"Production" placeholder:"URL"`
}

// loginVerifier is the id under which a house in production accredits its login
// office, once.
const loginVerifier = "ver_login"

func (s serveCommand) production(c *console, log *slog.Logger) (err error) {
	base, mutualBase, err := s.productionAddresses()
	if err != nil {
		return err
	}
	passphrase, err := readPassphrase(s.PassphraseFile)
	if err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(s.TLSCert, s.TLSKey)
	if err != nil {
		return NotForProduction.Because(err, "--tls-cert, --tls-key")
	}
	if s.MTLSListen != "" {
		// The way's connections end here, where no proxy with a certificate of its own
		// can stand before.
		if err := pair.Leaf.VerifyHostname(base.Hostname()); err != nil {
			return NotForProduction.Because(err, "--tls-cert ("+base.Hostname()+")")
		}
	}
	keys, err := keystore.OpenFile(s.Keys, passphrase)
	clear(passphrase)
	if err != nil {
		return err
	}
	ln, err := tls.Listen("tcp", s.Listen, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		return CannotListen.Because(err, s.Listen)
	}
	defer ln.Close() // a second time after serving, which does nothing
	pool := keystore.NewPool(7, 2)
	defer pool.Close()
	settings := jpki.DefaultSettings()
	house, err := server.Open(c.ctx, server.Config{DB: s.DB, Purpose: purpose.Production, Keys: keys, Clock: clock.System(), Entropy: entropy.System(), CardKeys: pool,
		Settings: settings, LoginVerifier: loginVerifier})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, house.Close()) }()
	provider, err := site.NewProvider(house, keys, entropy.System(), settings, oidc.Deps{Clock: clock.System(), Base: origin(base), Secure: true,
		Strict: s.Strict, Log: log})
	if err != nil {
		return err
	}
	if err := s.loadClients(c, provider); err != nil {
		return err
	}
	own := bridge.New(bridge.Options{Desk: provider, Clock: clock.System(), Entropy: entropy.System(), Base: origin(base), Secure: true})
	provider.Offer(own.Way())
	var certificates *mutual
	if s.MTLSListen != "" {
		certificates = &mutual{pair: pair}
		defer func() { err = errors.Join(err, certificates.close()) }()
		if err := certificates.listen(s.MTLSListen); err != nil {
			return err
		}
		if mutualBase == nil {
			_, port, err := net.SplitHostPort(certificates.ln.Addr().String())
			if err != nil {
				return err
			}
			mutualBase = &url.URL{Scheme: "https", Host: net.JoinHostPort(base.Hostname(), port)}
		}
		if err := certificates.offer(provider, authenticationAuthorities(house), origin(base), origin(mutualBase), log); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "TLSの相互認証：%s", EN: "Mutual TLS: %s"}, origin(mutualBase))
	}
	place, err := site.New(site.Options{House: house, Clock: clock.System(), Log: log, Secure: true,
		Parts: append(append([]site.Part{own.Part()}, certificates.parts()...), site.LoginParts(provider, false)...)})
	if err != nil {
		return err
	}
	c.printf(lang.Text{JA: "%s で動いています。", EN: "Serving %s."}, origin(base))
	return certificates.beside(c.ctx, place, ln)
}

// productionAddresses looks at everything that can be looked at before a file is
// opened, and returns the public addresses; that of mutual TLS may be nil.
func (s serveCommand) productionAddresses() (base, mutualBase *url.URL, err error) {
	for _, f := range []struct{ name, value string }{{"--db", s.DB}, {"--keys", s.Keys}, {"--passphrase-file", s.PassphraseFile},
		{"--tls-cert", s.TLSCert}, {"--tls-key", s.TLSKey}, {"--base", s.Base}} {
		if f.value == "" {
			return nil, nil, NotForProduction.New(f.name)
		}
	}
	if s.Temp || s.Chaos || s.People != "all" || s.Seed != "" || s.Clock != "" || s.Data != "" || s.Anyone || len(s.Host) > 0 || s.OpenClients {
		return nil, nil, NotForProduction.New("--temp --chaos --people --seed --clock --data --anyone --host --open-clients")
	}
	if base = publicAddress(s.Base); base == nil {
		return nil, nil, NotForProduction.New("--base")
	}
	if s.MTLSBase == "" {
		return base, nil, nil
	}
	mutualBase = publicAddress(s.MTLSBase)
	switch {
	case s.MTLSListen == "":
		return nil, nil, NotForProduction.New("--mtls-listen")
	// The provider's cookie must reach both, and each port has one kind of handshake.
	case mutualBase == nil, mutualBase.Hostname() != base.Hostname(), origin(mutualBase) == origin(base):
		return nil, nil, NotForProduction.New("--mtls-base")
	}
	return base, mutualBase, nil
}

// publicAddress reads https://HOST or https://HOST:PORT, with or without a slash
// behind it; nil for anything else.
func publicAddress(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.User != nil {
		return nil
	}
	return u
}

// origin spells a public address as browsers do: without the usual port.
func origin(u *url.URL) string {
	return "https://" + strings.ToLower(strings.TrimSuffix(u.Host, ":443"))
}

// authenticationAuthorities are the CA certificates of user authentication.
func authenticationAuthorities(house *server.House) func(context.Context) ([][]byte, error) {
	return func(ctx context.Context) (out [][]byte, err error) {
		generations, err := house.Authority.Generations(ctx, jpki.Authentication)
		for _, g := range generations {
			out = append(out, g.Certificate)
		}
		return out, err
	}
}
