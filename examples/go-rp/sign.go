package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"golang.org/x/oauth2"
)

// document is what people sign here. Its digest goes to the provider, the document
// stays.
const document = "見本の契約書\n\n甲は乙に、見本を一つ貸す。\n"

// signed is a signature that was verified.
type signed struct {
	At     time.Time
	Issuer string // of the certificate
	Serial string
	Ends   time.Time // of the certificate
	// Trusted is whether the certificate is of an authority that this site was
	// configured with, and that authority says that it is neither revoked nor suspended.
	Trusted bool
}

// signing knows the interface for signatures.
type signing struct {
	*login
	address     string
	authorities *x509.CertPool // nil for none
	responder   string         // OCSP
}

// newSigning takes the authorities from a PEM file; "" leaves certificates untrusted.
// They are asked at responder; "" is where kado serve answers for them.
func newSigning(l *login, issuer, authorities, responder string) (*signing, error) {
	provider := strings.TrimSuffix(issuer, "/api/realms/main")
	s := &signing{login: l, address: provider + "/api/sign-transactions", responder: responder}
	if responder == "" {
		s.responder = provider + "/ocsp/signature"
	}
	if authorities == "" {
		return s, nil
	}
	b, err := os.ReadFile(authorities)
	if err != nil {
		return nil, err
	}
	s.authorities = x509.NewCertPool()
	for block, rest := pem.Decode(b); block != nil; block, rest = pem.Decode(rest) {
		ca, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		s.authorities.AddCert(ca)
	}
	return s, nil
}

// begin hands in the digest and returns the id of the transaction, which goes along
// with the holder's browser.
func (s *signing) begin(ctx context.Context) (string, error) {
	token, err := s.ask(ctx, url.Values{"grant_type": {"client_credentials"}, "scope": {"sign"}})
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256([]byte(document))
	body, err := json.Marshal(map[string][]byte{"digest": digest[:]}) // in standard base64
	if err != nil {
		return "", err
	}
	var out struct {
		ID string `json:"sign_transaction_id"`
	}
	err = s.call(ctx, http.MethodPost, s.address, bytes.NewReader(body), token, http.StatusCreated, &out)
	return out.ID, err
}

// finish fetches the signature with the holder's token and verifies it.
func (s *signing) finish(ctx context.Context, id string, token *oauth2.Token) (*signed, error) {
	var out struct {
		ID          string    `json:"sign_transaction_id"`
		Encrypted   string    `json:"encrypted_result"`
		Signature   []byte    `json:"signature"`
		Certificate []byte    `json:"certificate"`
		At          time.Time `json:"signed_at"`
	}
	if err := s.call(ctx, http.MethodGet, s.address+"/"+url.PathEscape(id)+"/result", nil, token, http.StatusOK, &out); err != nil {
		return nil, err
	}
	if out.Encrypted != "" {
		// Registered with a key to encrypt to, this site alone can read the result.
		jwe, err := jose.ParseEncryptedCompact(out.Encrypted, []jose.KeyAlgorithm{jose.ECDH_ES_A256KW}, []jose.ContentEncryption{jose.A256GCM})
		if err != nil {
			return nil, err
		}
		plain, err := jwe.Decrypt(s.key)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(plain, &out); err != nil {
			return nil, err
		}
	}
	if out.ID != id {
		return nil, errors.New("the result is of another transaction")
	}
	certificate, err := x509.ParseCertificate(out.Certificate)
	if err != nil {
		return nil, err
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, errors.New("the certificate's key is not RSA")
	}
	digest := sha256.Sum256([]byte(document))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], out.Signature); err != nil {
		return nil, err
	}
	got := &signed{At: out.At, Issuer: certificate.Issuer.String(), Serial: fmt.Sprintf("% X", certificate.SerialNumber.Bytes()), Ends: certificate.NotAfter}
	if s.authorities != nil {
		// The chain at the moment of signing, then the status: a certificate is good until
		// its end to whoever looks at nothing but the certificate.
		chains, err := certificate.Verify(x509.VerifyOptions{Roots: s.authorities, CurrentTime: out.At, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err != nil {
			return nil, err
		}
		if err := s.askStatus(ctx, certificate, chains[0][1], out.At); err != nil {
			return nil, err
		}
		got.Trusted = true
	}
	return got, nil
}

// call sends a request with a token and reads JSON.
func (s *signing) call(ctx context.Context, method, address string, body io.Reader, token *oauth2.Token, want int, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	token.SetAuthHeader(r)
	return s.login.call(r, want, into)
}
