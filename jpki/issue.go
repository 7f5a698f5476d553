package jpki

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"kado/jpki/lint"
)

// Errors of the way from Prepare to Issue.
var (
	// ErrNotLinted: Issue was called before Lint had passed.
	ErrNotLinted = errors.New("jpki: the prepared certificate has not passed the lint")
	// ErrRedeemed: the prepared certificate was already given to Issue. It stays
	// spent when the signer failed, because a signature may exist all the same.
	ErrRedeemed = errors.New("jpki: the prepared certificate was already redeemed")
	// ErrWrongSigner: the signer is not the key of the profile's CA.
	ErrWrongSigner = errors.New("jpki: the signer does not hold the key of this CA")
	// ErrNotWhatWasLinted: the signed certificate differs from the linted one.
	ErrNotWhatWasLinted = errors.New("jpki: the issued certificate is not the one that was linted")
)

// Prepared is the right to issue one certificate. It is safe for concurrent
// use; of several calls of Issue one at most succeeds.
type Prepared struct {
	profile *Profile
	shape   lint.Shape
	policy  string
	content certificateContent

	mu       sync.Mutex
	linted   []byte // the TBSCertificate that passed
	redeemed bool
}

// Serial returns the serial number that will be issued.
func (p *Prepared) Serial() *big.Int { return new(big.Int).Set(p.content.serial) }

// Extensions returns a copy of the extensions in the order of the certificate.
func (p *Prepared) Extensions() []pkix.Extension {
	return append([]pkix.Extension(nil), p.content.extensions...)
}

// lintAlgorithms are the algorithms of generations as the lints know them.
var lintAlgorithms = map[Algorithm]lint.Algorithm{RSA2048SHA256: lint.RSASHA256, ECDSAP384SHA384: lint.ECDSAP384SHA384}

// Lint signs a copy with a throwaway key and holds it against every rule of the
// package lint. It returns the copy, which an authority records before the real
// signature, so that nothing can be signed that was not written down first. The
// error is a *lint.Error.
func (p *Prepared) Lint() (*x509.Certificate, error) {
	key, err := throwawayKeys[p.profile.algorithm]()
	if err != nil {
		return nil, fmt.Errorf("jpki: making the throwaway key: %w", err)
	}
	tbs, err := p.content.encode(p.profile.algorithm, p.profile.ca.RawSubject)
	if err != nil {
		return nil, err
	}
	signature, err := key.sign(p.profile.algorithm.Digest(tbs))
	if err != nil {
		return nil, fmt.Errorf("jpki: signing the copy: %w", err)
	}
	copied, err := ParseCertificate(join(tbs, p.profile.algorithm, signature))
	if err != nil {
		return nil, err
	}
	if err := lint.Run(copied.Raw, p.expectation()); err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.linted = tbs
	return copied, nil
}

func (p *Prepared) expectation() lint.Expectation {
	s, ca := &p.profile.settings, p.profile.ca
	var usages []string
	if p.shape != lint.ResponderShape {
		for _, u := range s.Of(p.profile.kind).ExtKeyUsage {
			usages = append(usages, u.String())
		}
	}
	return lint.Expectation{
		Shape:             p.shape,
		Algorithm:         lintAlgorithms[p.profile.algorithm],
		IssuerSubject:     ca.RawSubject,
		IssuerKeyID:       ca.SubjectKeyId,
		IssuerNotBefore:   ca.NotBefore,
		IssuerNotAfter:    ca.NotAfter,
		Policy:            p.policy,
		ExtKeyUsage:       usages,
		WantsAuthorityKey: s.AuthorityKeyID != WithoutAuthorityKeyID,
	}
}

// Issue signs the certificate with the CA's key. It succeeds at most once, only
// after Lint has passed, and only when the content to be signed equals the linted
// one octet for octet; nothing but the signature may differ.
func (p *Prepared) Issue(signer crypto.Signer) (*x509.Certificate, error) {
	s, err := p.Sign(signer)
	if err != nil {
		return nil, err
	}
	der, err := s.Certificate()
	if err != nil {
		return nil, err
	}
	return ParseCertificate(der)
}

// Sign is the part of Issue that needs the signer, for whoever keeps a signer at
// work while the certificates before are being examined.
func (p *Prepared) Sign(signer crypto.Signer) (*Signed, error) {
	if !SameKey(p.profile.ca.PublicKey, signer.Public()) {
		return nil, ErrWrongSigner
	}
	linted, err := p.redeem()
	if err != nil {
		return nil, err
	}
	tbs, err := p.content.encode(p.profile.algorithm, p.profile.ca.RawSubject)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(tbs, linted) {
		return nil, ErrNotWhatWasLinted
	}
	s := &Signed{profile: p.profile, tbs: tbs, digest: p.profile.algorithm.Digest(tbs)}
	if s.signature, err = signer.Sign(rand.Reader, s.digest, p.profile.algorithm.Hash()); err != nil {
		return nil, fmt.Errorf("jpki: signing the certificate: %w", err)
	}
	return s, nil
}

// Signed is a certificate whose signature nobody has looked at yet.
type Signed struct {
	profile                *Profile
	tbs, digest, signature []byte
}

// Content returns the DER of the TBSCertificate that was signed.
func (s *Signed) Content() []byte { return s.tbs }

// Certificate verifies the signature with the CA's key and returns the DER of the
// certificate, which is what Lint has read but for the signature.
func (s *Signed) Certificate() ([]byte, error) {
	if err := VerifyDigest(s.profile.ca.PublicKey, s.digest, s.signature); err != nil {
		return nil, fmt.Errorf("jpki: verifying the new signature: %w", err)
	}
	return join(s.tbs, s.profile.algorithm, s.signature), nil
}

func (p *Prepared) redeem() ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.redeemed {
		return nil, ErrRedeemed
	}
	if p.linted == nil {
		return nil, ErrNotLinted
	}
	p.redeemed = true
	return p.linted, nil
}

// Issue is Prepare, Lint and Prepared.Issue in one call, for callers that
// record nothing in between, such as tests.
func Issue(r Request, p *Profile, signer crypto.Signer) (*x509.Certificate, error) {
	prepared, err := Prepare(r, p)
	if err != nil {
		return nil, err
	}
	return lintAndIssue(prepared, signer)
}

// IssueResponder does the same for an OCSP responder.
func IssueResponder(r ResponderRequest, p *Profile, signer crypto.Signer) (*x509.Certificate, error) {
	prepared, err := PrepareResponder(r, p)
	if err != nil {
		return nil, err
	}
	return lintAndIssue(prepared, signer)
}

func lintAndIssue(p *Prepared, signer crypto.Signer) (*x509.Certificate, error) {
	if _, err := p.Lint(); err != nil {
		return nil, err
	}
	return p.Issue(signer)
}

// inside reports whether at lies in the validity; both ends are inside.
func inside(at, notBefore, notAfter time.Time) (early, late bool) {
	// The validity is in seconds: the last one lasts until the next begins.
	return at.Before(notBefore), !at.Before(notAfter.Add(time.Second))
}
