package cli

import (
	"context"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kado/internal/cardtool"
	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/jpki/tsa"
)

type tsaCommand struct {
	Dir    string `required:"" help:"Folder with the authority's key and certificate; made there when missing." placeholder:"DIR"`
	Listen string `help:"Address and port; port 0 takes a free one." default:"127.0.0.1:3161" placeholder:"HOST:PORT"`
	Ready  string `help:"Write the address into this file when it answers." placeholder:"FILE"`
	Make   bool   `help:"Make key and certificate if they are missing, and stop."`
}

// Files of an authority in its folder.
const (
	tsaCertFile = "tsa.pem"
	tsaKeyFile  = "tsa-key.pem"
)

// Run serves time-stamps until it is told to stop. The authority is one of a
// sandbox: its key lies in a file readable by its owner, and it tells the
// machine's time.
func (t tsaCommand) Run(c *console) error {
	host, _, err := net.SplitHostPort(t.Listen)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return BadArguments.New("--listen")
	}
	if t.Ready != "" {
		if err := mayWrite(t.Ready, true); err != nil {
			return err
		}
	}
	now := clock.System().Now
	a, err := t.authority(now)
	if err != nil {
		return err
	}
	if t.Make {
		c.printf(lang.Text{JA: "タイムスタンプの発行元の証明書：%s", EN: "certificate of the time-stamp authority: %s"}, filepath.Join(t.Dir, tsaCertFile))
		return nil
	}
	ln, err := net.Listen("tcp", t.Listen)
	if err != nil {
		return cardtool.CannotServeStamps.Because(err, t.Listen)
	}
	address := "http://" + ln.Addr().String() + "/"
	srv := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	c.printf(lang.Text{JA: "タイムスタンプを発行します：%s（証明書 %s）", EN: "stamping at %s (certificate %s)"}, address, filepath.Join(t.Dir, tsaCertFile))
	if t.Ready != "" {
		if err := server.WriteFile(t.Ready, []byte(address+"\n"), 0o644); err != nil {
			return errors.Join(server.CannotWrite.Because(err, shorten(t.Ready)), ln.Close())
		}
	}
	stop := context.AfterFunc(c.ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return cardtool.CannotServeStamps.Because(err, t.Listen)
	}
	return nil
}

// authority opens the key and certificate, or makes both.
func (t tsaCommand) authority(now func() time.Time) (*tsa.Authority, error) {
	certPath, keyPath := filepath.Join(t.Dir, tsaCertFile), filepath.Join(t.Dir, tsaKeyFile)
	_, certErr := os.Lstat(certPath)
	_, keyErr := os.Lstat(keyPath)
	if errors.Is(certErr, os.ErrNotExist) && errors.Is(keyErr, os.ErrNotExist) {
		if err := os.MkdirAll(t.Dir, 0o755); err != nil {
			return nil, server.CannotWrite.Because(err, shorten(t.Dir))
		}
		cert, key, err := tsa.NewIdentity("Kado Sandbox TSA", now(), now().AddDate(5, 0, 0))
		if err != nil {
			return nil, err
		}
		// The key first: a certificate without its key would be of no use, and both
		// are made anew only when both are missing.
		if err := server.WriteFile(keyPath, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600); err != nil {
			return nil, server.CannotWrite.Because(err, shorten(keyPath))
		}
		if err := server.WriteFile(certPath, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), 0o644); err != nil {
			return nil, server.CannotWrite.Because(err, shorten(certPath))
		}
	}
	certPEM, err := readFile(certPath, maxCA)
	if err != nil {
		return nil, err
	}
	keyPEM, err := readFile(keyPath, maxCA)
	if err != nil {
		return nil, err
	}
	all, err := cardtool.ParseTSA(certPEM)
	block, rest := pem.Decode(keyPEM)
	if err != nil || len(all) != 1 || block == nil || block.Type != "PRIVATE KEY" || len(rest) > 0 {
		return nil, cardtool.CannotStamp.Because(err, shorten(t.Dir))
	}
	a, err := tsa.Open(all[0], block.Bytes, now)
	if err != nil {
		return nil, cardtool.CannotStamp.Because(err, shorten(t.Dir))
	}
	return a, nil
}
