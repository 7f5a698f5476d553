// Command go-rp is a small relying party: a site with one page behind a login
// with the My Number Card. It keeps to every check that OpenID Connect asks of a
// relying party; the comments say which one stops what.
//
//	kado serve --open-clients            # the provider, http://127.0.0.1:8080
//	go run ./examples/go-rp              # this site, http://localhost:9000
//
// To move to another provider, change ISSUER. Signatures are explained in README.md.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func setting(name, usual string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return usual
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	key, err := loadKey(setting("KEY", "go-rp.key.pem"))
	if err != nil {
		return err
	}
	base := strings.TrimRight(setting("BASE", "http://localhost:9000"), "/")
	issuer := setting("ISSUER", "http://127.0.0.1:8080/api/realms/main")
	login, err := reach(ctx, issuer, func() (*login, error) {
		return newLogin(ctx, issuer, setting("CLIENT_ID", "gorp0001"), base+"/callback", strings.Fields(setting("SCOPE", "openid name address birthdate gender")), key)
	})
	if err != nil {
		return err
	}
	signing, err := newSigning(login, login.issuer, setting("CA", ""), setting("OCSP", ""))
	if err != nil {
		return err
	}
	srv := &http.Server{Addr: setting("LISTEN", "127.0.0.1:9000"), Handler: newSite(login, signing, strings.HasPrefix(base, "https:")), ReadHeaderTimeout: 5 * time.Second}
	done := make(chan error, 1)
	go func() { done <- srv.ListenAndServe() }()
	log.Printf("%s, with the provider %s", base, login.provider.Endpoint().AuthURL)
	select {
	case err = <-done:
		return err
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return srv.Shutdown(last)
	}
}

// reach learns about the provider, and waits for one that was not started yet.
func reach(ctx context.Context, issuer string, learn func() (*login, error)) (*login, error) {
	for told := false; ; told = true {
		l, err := learn()
		var dial *net.OpError
		if !errors.As(err, &dial) || dial.Op != "dial" {
			return l, err
		}
		if !told {
			log.Printf("waiting for the provider %s (kado serve --open-clients starts one)", issuer)
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(time.Second):
		}
	}
}
