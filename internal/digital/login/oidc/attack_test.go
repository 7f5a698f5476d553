package oidc_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"math/big"
	"strings"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/jpki"
)

// forge makes a certificate that says what another one says, of the attacker's own key:
// the same names, the same key identifier of the authority, another signature.
func forge(t *testing.T, like *x509.Certificate) []byte {
	t.Helper()
	stranger := validationtest.Key(validationtest.StrangerKey)
	parent := &x509.Certificate{Subject: like.Issuer, RawSubject: like.RawIssuer, SubjectKeyId: like.AuthorityKeyId, PublicKey: stranger.Public()}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: new(big.Int).Set(like.SerialNumber), Subject: like.Subject, NotBefore: like.NotBefore, NotAfter: like.NotAfter,
		KeyUsage: like.KeyUsage, ExtraExtensions: like.Extensions}, parent, stranger.Public(), stranger)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// A signature comes with a certificate that the authority issued, to the holder who logs
// in: one that only names the authority, or a relative's, is refused.
func TestSigning_CertificateIsTheHoldersOwn(t *testing.T) {
	h := small(t)
	cert, signing := h.Issue(t, validationtest.Order{}), h.Issue(t, validationtest.Order{Kind: jpki.Signature})
	theirs := h.Issue(t, validationtest.Order{Kind: jpki.Signature, Person: "per_2"})
	gov := h.client("gov", "http://localhost:9700/cb", func(c *oidc.Client) { c.Signing.Government = true })
	for _, r := range []*rp{h.shop, gov} {
		begin := func() (id string, a oidc.Answer, browse func(string) answer) {
			b := h.browser()
			v := r.query("openid sign")
			v.Set("sign_transaction_id", r.begin(make([]byte, 32)))
			id = h.ask(b, v)
			return id, h.signs(id, cert, signing), func(next string) answer { return h.get(b, next) }
		}
		id, a, _ := begin()
		a.SigningCertificate = forge(t, signing)
		if _, err := h.Answer(context.Background(), id, a); !oidc.NoSignature.Is(err) {
			t.Errorf("%s: a certificate that the authority never made: %v", r.id, err)
		}
		id, a, browse := begin()
		a.SigningCertificate = theirs.Raw
		next, err := h.Answer(context.Background(), id, a)
		if err != nil {
			t.Fatal(err)
		}
		back := browse(next)
		if back.to == nil || !strings.HasPrefix(back.to.Query().Get("error_description"), oidc.OtherHolder.Code()) {
			t.Errorf("%s: somebody else's certificate: %d %v", r.id, back.status, back.to)
		}
	}
}
