package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// certificateEnded is the code of this site's own refusal; see fail.
const certificateEnded = "certificate_ended"

// askStatus asks the authority by OCSP (RFC 6960) whether a certificate is revoked or
// suspended. Anything but a fresh "good" that the authority answers for is an error:
// without an answer nobody knows.
func (s *signing) askStatus(ctx context.Context, certificate, authority *x509.Certificate, at time.Time) error {
	question, err := ocsp.CreateRequest(certificate, authority, nil)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.responder, bytes.NewReader(question))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/ocsp-request")
	resp, err := outward().Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the OCSP responder answers %s", resp.Status)
	}
	// Signed by the authority, or by a certificate of its own; about this certificate.
	answer, err := ocsp.ParseResponseForCert(raw, certificate, authority)
	if err != nil {
		return err
	}
	if c := answer.Certificate; c != nil {
		// The library takes whatever the authority has issued. Holders have certificates of
		// it, too, and the one who is revoked would answer "good".
		if !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) || at.Before(c.NotBefore) || at.After(c.NotAfter) {
			return errors.New("the OCSP answer is signed by somebody who may not")
		}
	}
	// Of the time of signing, which is now: an answer from before a loss says "good" for
	// ever.
	if answer.ThisUpdate.After(at.Add(patience)) || answer.NextUpdate.Before(at) {
		return errors.New("the OCSP answer is not of now")
	}
	if answer.Status != ocsp.Good {
		return refused{what: "the certificate is not valid: OCSP status " + fmt.Sprint(answer.Status), code: certificateEnded}
	}
	return nil
}
