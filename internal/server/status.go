package server

import (
	"errors"
	"net"
	"net/http"
	"time"
)

// ServeStatus puts the validation office on a listener until stop is called. The
// login office asks there as every relying party asks elsewhere; on a listener of
// the same machine it depends on no name, proxy or TLS certificate of the outside.
// OCSP answers carry their own signature.
func (h *House) ServeStatus(ln net.Listener) (stop func() error) {
	srv := &http.Server{Handler: h.Validation.Handler(), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second,
		IdleTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	return func() error {
		err := srv.Close()
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
		return err
	}
}
