package verify

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"time"

	"kado/jpki"
)

// RealSettings are the names and policies of the real JPKI as publicly known
// (jpki.Settings gives the grade of each). They serve to check real
// certificates; nothing is issued under them here.
func RealSettings() jpki.Settings {
	s := jpki.DefaultSettings()
	s.Organization, s.OrganizationJa = "JPKI", "公的個人認証サービス"
	s.CPS = "http://www.jpki.go.jp/cps.html"
	arc := asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 5, 1}
	policy := func(a, b int) asn1.ObjectIdentifier { return append(append(asn1.ObjectIdentifier(nil), arc...), a, b) }
	s.Signature.CardPolicy, s.Signature.PhonePolicy = policy(1, 20), policy(1, 40)
	// The policy of the phone's authentication certificates is not public.
	s.Authentication.CardPolicy, s.Authentication.PhonePolicy = policy(3, 30), nil
	s.Signature.OCSPURL, s.Authentication.OCSPURL = "", ""
	return s
}

// NewTrust sorts CA certificates into the hierarchies they belong to: the test
// names of this program and the real ones, never mixed. Every generation of a CA
// may be given, none twice. Without certificates it trusts nobody.
func NewTrust(authorities ...*x509.Certificate) (Trust, error) {
	var t Trust
	test := jpki.DefaultSettings()
	var byName [2][]*x509.Certificate
	for _, ca := range authorities {
		if ca == nil {
			return Trust{}, errors.New("verify: a CA certificate is missing")
		}
		which := 1
		for _, k := range jpki.Kinds {
			if bytes.Equal(ca.RawSubject, test.AuthorityName(k)) {
				which = 0
			}
		}
		byName[which] = append(byName[which], ca)
	}
	for i, settings := range []jpki.Settings{test, RealSettings()} {
		if len(byName[i]) == 0 {
			continue
		}
		p, err := jpki.NewPool(settings, byName[i]...)
		if err != nil {
			return Trust{}, err
		}
		t.Pools = append(t.Pools, p)
	}
	return t, nil
}

// Has reports whether a CA of that kind is trusted.
func (t Trust) Has(k jpki.Kind) bool {
	for _, p := range t.Pools {
		if len(p.Authorities(k)) > 0 {
			return true
		}
	}
	return false
}

// Verify checks a certificate as jpki.Pool.Verify does, against the pool that
// knows its issuer. Kind zero takes either kind, each by its own rules.
func (t Trust) Verify(cert *x509.Certificate, k jpki.Kind, at time.Time) (*jpki.Chain, error) {
	err := error(&jpki.VerifyError{Cause: jpki.WrongAuthority, Detail: "no CA was given"})
	for _, p := range t.Pools {
		kind := k
		if kind == 0 {
			kind = jpki.Signature
			if cert != nil {
				if _, found, err := p.Authority(cert); err == nil {
					kind = found
				}
			}
		}
		var c *jpki.Chain
		if c, err = p.Verify(cert, kind, at); err == nil {
			return c, nil
		}
		if !errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongAuthority}) {
			return nil, err
		}
	}
	return nil, err
}

// authority returns the CA generation of a certificate whose signature holds.
func (t Trust) authority(cert *x509.Certificate) *x509.Certificate {
	for _, p := range t.Pools {
		if ca, _, err := p.Authority(cert); err == nil {
			return ca
		}
	}
	return nil
}
