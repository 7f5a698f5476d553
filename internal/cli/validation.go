package cli

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"kado/internal/agency/validation/switchboard"
	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/server"
)

// validationCommands are those of the validation office.
type validationCommands struct {
	Serve    validationServe   `cmd:"" help:"Serve OCSP, revocation lists and the verifiers' interface of a kept world."`
	Publish  validationPublish `cmd:"" help:"Publish revocation lists and write them as files for caches to carry."`
	Verifier verifierCommands  `cmd:"" help:"The register of accredited verifiers."`
	Faults   faultsCommands    `cmd:"" help:"The fault switchboard, for tests of clients."`
}

type validationServe struct {
	worldFlags
	Listen      string `default:"127.0.0.1:7780" help:"Address for OCSP and revocation lists." placeholder:"ADDR"`
	Verifiers   string `default:"127.0.0.1:7781" help:"Address for verifiers, over mutual TLS." placeholder:"ADDR"`
	Clock       string `help:"Time at which the world's clock goes on; by default where it stopped, or the machine's time where that is later." placeholder:"TIME"`
	Ready       string `help:"Write both addresses into this file when they answer, one on each line." placeholder:"FILE"`
	Switchboard bool   `help:"Put the fault switchboard before OCSP and lists; without it no fault takes effect."`
}

// Run serves until a signal to stop. The world's clock runs meanwhile.
func (s validationServe) Run(c *console) (err error) {
	start, err := parseClock(s.Clock)
	if err != nil {
		return err
	}
	public, err := listen(s.Listen)
	if err != nil {
		return err
	}
	verifiers, err := listen(s.Verifiers)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	box, err := s.openAt(c, start)
	if err != nil {
		return errors.Join(err, public.Close(), verifiers.Close())
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	// A clock that was set may have passed the end of certificates and authorities.
	if err := box.House.Daily(c.ctx); err != nil {
		return errors.Join(err, public.Close(), verifiers.Close())
	}
	box.Clock.Run(clock.Elapsed())
	l := server.ValidationListeners{Public: public, Verifiers: verifiers, Report: func(err error) { c.fail(fault.Of(err)) }}
	file := ""
	prepare := func() error {
		var board *switchboard.Board
		if s.Switchboard {
			if board, err = box.Switchboard(); err != nil {
				return err
			}
		}
		cert, f, err := box.VerifierCertificate(c.ctx)
		if err != nil {
			return err
		}
		l.Board, l.TLS, file = board, &tls.Config{Certificates: []tls.Certificate{cert}}, f
		_, err = box.House.PublishLists(c.ctx, false, "")
		return err
	}
	if err := prepare(); err != nil {
		return errors.Join(err, public.Close(), verifiers.Close())
	}
	c.printf(lang.Text{JA: "OCSP の窓口：http://%s/ocsp/{signature,authentication}", EN: "OCSP: http://%s/ocsp/{signature,authentication}"}, public.Addr())
	c.printf(lang.Text{JA: "失効リスト：http://%s/crl/{signature,authentication}/世代", EN: "lists: http://%s/crl/{signature,authentication}/GENERATION"}, public.Addr())
	c.printf(lang.Text{JA: "検証者：https://%s/v1/（サーバー証明書 %s）", EN: "verifiers: https://%s/v1/ (server certificate %s)"}, verifiers.Addr(), file)
	if s.Switchboard {
		c.printf(lang.Text{JA: "応答の誤りの切替え：有効", EN: "fault switchboard: in place"})
	}
	if s.Ready != "" {
		// Connections wait at the listeners until the servers take them.
		if err := server.WriteFile(s.Ready, fmt.Appendf(nil, "%s\n%s\n", public.Addr(), verifiers.Addr()), 0o644); err != nil {
			return errors.Join(err, public.Close(), verifiers.Close())
		}
	}
	if err := box.House.ServeValidation(c.ctx, l); err != nil {
		return err
	}
	c.printf(lang.Text{JA: "終了しました", EN: "stopped"})
	return nil
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, CannotListen.Because(err, shorten(address))
	}
	return l, nil
}
