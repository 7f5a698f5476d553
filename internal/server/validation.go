package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/switchboard"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/jpki"
)

// ValidationListeners is where the validation office of a house is served.
type ValidationListeners struct {
	Public    net.Listener // OCSP and lists, plain HTTP as their clients expect
	Verifiers net.Listener // the verifiers' interface, mutual TLS
	// TLS holds the server's certificate; see Sandbox.VerifierCertificate.
	TLS *tls.Config
	// Board, where not nil, stands before OCSP and lists.
	Board *switchboard.Board
	// Report hears of what failed in the background. May be nil.
	Report func(error)
}

// Switchboard returns the fault switchboard of a house whose certificates carry
// test names (KADO-4150 for any other).
func (b *Sandbox) Switchboard() (*switchboard.Board, error) {
	return switchboard.New(switchboard.Deps{DB: b.House.DB, Clock: b.Clock, Entropy: b.Entropy, Authority: b.House.Authority,
		Settings: b.House.settings, Places: gazetteer{}})
}

// Deadlines of the listeners. An answer may take as long as the slowest fault.
const (
	readTimeout  = 10 * time.Second
	writeTimeout = switchboard.DefaultDelay + 10*time.Second
	idleTimeout  = 60 * time.Second
	stopTimeout  = 5 * time.Second
)

// ServeValidation serves until ctx ends or a listener fails, and closes the
// listeners. Meanwhile it reads the status index, delivers effects, publishes the
// lists that are due, tells verifiers what changed, and follows acts of other
// processes on the same database.
func (h *House) ServeValidation(ctx context.Context, l ValidationListeners) error {
	report := l.Report
	if report == nil {
		report = func(error) {}
	}
	public := h.Validation.Handler()
	mux := http.NewServeMux()
	mux.Handle("/", h.Validation.VerifierHandler())
	if l.Board != nil {
		public = l.Board.Wrap(public)
		faults := l.Board.Handler(h.Validation)
		mux.Handle("/v1/faults", faults)
		mux.Handle("/v1/faults/", faults)
	}
	silent := log.New(io.Discard, "", 0) // handshakes that fail are the clients' matter
	server := func(handler http.Handler) *http.Server {
		return &http.Server{Handler: handler, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
			MaxHeaderBytes: 16 << 10, ErrorLog: silent}
	}
	servers := []*http.Server{server(public), server(mux)}
	servers[1].TLSConfig = validation.VerifierTLS(l.TLS)
	done := make(chan error, 4)
	go func() { done <- servers[0].Serve(l.Public) }()
	go func() { done <- servers[1].ServeTLS(l.Verifiers, "", "") }()
	background, stop := context.WithCancel(ctx)
	go func() { done <- h.followValidation(background, report) }()
	go func() { done <- h.fillIndex(background, report) }()
	var first error
	select {
	case <-ctx.Done():
	case first = <-done:
	}
	stop()
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	errs := []error{first}
	for _, s := range servers {
		if err := s.Shutdown(ending); err != nil {
			errs = append(errs, s.Close()) // whoever still waits has had its time
		}
	}
	left := 4
	if first != nil {
		left--
	}
	for range left {
		if err := <-done; !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// How often the background looks: for acts of other processes, and for changes
// that no act tells of, such as expiry.
const (
	followEvery = time.Second
	sweepEvery  = 60 // times followEvery
)

func (h *House) followValidation(ctx context.Context, report func(error)) error {
	notices := journal.NewCourier(h.DB, h.clock, journal.Options{Lease: time.Minute})
	notices.Handle(validation.EffectNotify, h.Validation.Deliver)
	tick := time.NewTicker(followEvery)
	defer tick.Stop()
	for n := 0; ; n++ {
		errs := []error{h.catchUpClock(ctx), h.Settle(ctx)}
		if n%sweepEvery == 0 {
			_, err := h.PublishLists(ctx, false, "") // what is due
			errs = append(errs, h.Validation.Sweep(ctx), err)
		}
		_, err := notices.Settle(ctx)
		if err = errors.Join(append(errs, err)...); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// fillIndex reads the statuses of all certificates in one pass, and again where too
// much happened at once to be followed. Questions are answered meanwhile.
func (h *House) fillIndex(ctx context.Context, report func(error)) error {
	tick := time.NewTicker(sweepEvery * followEvery)
	defer tick.Stop()
	for {
		if _, err := h.Validation.FillIndex(ctx); err != nil && ctx.Err() == nil {
			report(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// catchUpClock moves the clock to the journal's newest entry, where another
// process on the same database is ahead: its acts must not lie in the future.
func (h *House) catchUpClock(ctx context.Context) error {
	manual, ok := h.clock.(interface{ Set(time.Time) error })
	if !ok {
		return nil
	}
	var newest time.Time
	err := h.DB.View(ctx, func(tx *db.Tx) error {
		entries, err := journal.Recent(ctx, tx, 0, 1)
		if err == nil && len(entries) > 0 {
			newest = entries[0].At
		}
		return err
	})
	if err == nil && newest.After(h.clock.Now()) {
		return manual.Set(newest)
	}
	return err
}

// PublishLists delivers every effect that is due and then publishes the revocation
// lists that are due, or all of them; dir, if not "", is the folder into which the
// newest lists are written.
func (h *House) PublishLists(ctx context.Context, now bool, dir string) (validation.Published, error) {
	return h.Validation.Publish(ctx, system, validation.Publication{Now: now, Dir: dir})
}

const (
	verifierTLSFile = "verifiers-tls.pem"
	verifierTLSKey  = "validation.tls"
)

// VerifierCertificate returns the certificate of the verifiers' listener for this
// machine's loopback, and the file that clients name as the one to trust. The key
// lies in the key store. The certificate has no end that matters: the sandbox's
// clock and the machine's may lie years apart.
func (b *Sandbox) VerifierCertificate(ctx context.Context) (cert tls.Certificate, file string, err error) {
	key, err := b.Keys.Signer(ctx, verifierTLSKey)
	if keystore.UnknownKey.Is(err) {
		key, err = b.Keys.CreateSigner(ctx, verifierTLSKey, keystore.ECDSAP256)
	}
	if err != nil {
		return tls.Certificate{}, "", err
	}
	file = filepath.Join(b.dir, verifierTLSFile)
	if raw, err := os.ReadFile(file); err == nil {
		if block, _ := pem.Decode(raw); block != nil {
			if x, err := x509.ParseCertificate(block.Bytes); err == nil && jpki.SameKey(x.PublicKey, key.Public()) {
				return tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key, Leaf: x}, file, nil
			}
		}
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{Organization: []string{"JPKI-TEST"}, CommonName: "Kado verifiers' interface"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, "", err
	}
	if err := WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644); err != nil {
		return tls.Certificate{}, "", err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, file, nil
}
