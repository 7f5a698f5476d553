package cardtool

import (
	"crypto"
	"crypto/x509"
	"errors"
	"time"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
)

// Part is a part of a verification that a user may leave out on purpose.
type Part string

// The parts.
const (
	PartChain  Part = "chain"
	PartStatus Part = "status"
)

// Evidence is revocation data from a file.
type Evidence struct {
	Name string // for people: "crl.pem"
	DER  []byte
}

// VerifyRequest is a signature to be verified.
type VerifyRequest struct {
	Signature []byte // DER or PEM
	Content   []byte // of a detached signature
	Detached  bool
	Kind      jpki.Kind // which certificate has to have signed
	Trust     Trust
	CRLs      []Evidence
	OCSPs     []Evidence
	At        time.Time
	// Without lists what is not to be checked.
	Without []Part
	// AllowUnbound takes signatures that do not name their certificate by hash.
	AllowUnbound bool
}

// Outcome is the answer of a verification.
type Outcome string

// The outcomes. AsAsked is for a verification without a part that the user
// left out: what was asked holds, and that is all.
const (
	Valid          Outcome = "valid"
	AsAsked        Outcome = "holds_as_far_as_asked"
	Invalid        Outcome = "not_valid"
	NotEstablished Outcome = "not_established"
)

// Verdict says what was checked, for which instant, with which evidence, and
// how it ended.
type Verdict struct {
	Outcome Outcome `json:"verdict"`
	At      string  `json:"at"` // the instant for which it was checked
	// Claimed is the signing time that the signer claims; nothing proves it.
	Claimed string       `json:"claimed_signing_time,omitempty"`
	Signer  *Certificate `json:"signer,omitempty"`
	Checks  []Check      `json:"checks"`
	LeftOut []Part       `json:"left_out,omitempty"`
	// Content is what was signed, of an attached signature that holds.
	Content []byte `json:"-"`
}

// VerifySignature verifies a signature. The error is nil only when everything
// asked was checked and holds: otherwise NotValid or NotEstablishedFault, beside
// a verdict that tells why.
func VerifySignature(r VerifyRequest) (*Verdict, error) {
	v := &Verdict{At: r.At.UTC().Format(time.RFC3339), LeftOut: r.Without}
	signed, check := r.signature()
	v.Checks = append(v.Checks, check)
	if signed == nil {
		for _, p := range []Part{PartChain, PartStatus} {
			if !r.without(p) {
				c := Check{Name: string(p)}
				c.ends(NotChecked, lang.Text{JA: "署名そのものが成り立ちません", EN: "the signature itself does not hold"})
				v.Checks = append(v.Checks, c)
			}
		}
		return v, v.conclude()
	}
	if !signed.SigningTime.IsZero() {
		v.Claimed = signed.SigningTime.UTC().Format(time.RFC3339)
	}
	cert := view(signed.Certificate, r.Kind, nil, r.Trust, r.At)
	v.Signer = &cert
	if !r.Detached {
		v.Content = signed.Content
	}
	if r.without(PartChain) {
		cert.Chain = Check{Name: string(PartChain)}
		cert.Chain.ends(NotChecked, lang.Text{JA: "指定により確かめていません", EN: "left out on request"})
	} else {
		v.Checks = append(v.Checks, cert.Chain)
	}
	if !r.without(PartStatus) {
		v.Checks = append(v.Checks, r.status(signed.Certificate, cert.Chain.State == Holds))
	}
	return v, v.conclude()
}

func (r VerifyRequest) without(p Part) bool {
	for _, w := range r.Without {
		if w == p {
			return true
		}
	}
	return false
}

// signature checks the signature over the content.
func (r VerifyRequest) signature() (*cms.Signed, Check) {
	c := Check{Name: "signature", At: r.At.UTC().Format(time.RFC3339)}
	ders, err := blocks(r.Signature, "CMS", "PKCS7")
	if err != nil || len(ders) != 1 {
		c.ends(Fails, unusable)
		return nil, c
	}
	o := cms.VerifyOptions{AllowUnbound: r.AllowUnbound}
	var signed *cms.Signed
	if r.Detached {
		signed, err = cms.VerifyDetached(ders[0], r.Content, o)
	} else {
		signed, err = cms.Verify(ders[0], o)
	}
	if err != nil {
		c.ends(Fails, unusable)
		var e *cms.Error
		if errors.As(err, &e) {
			c.ends(Fails, signatureCause(e))
		}
		return nil, c
	}
	c.State = Holds
	c.rests(lang.Text{JA: "署名に付いている証明書の鍵", EN: "key of the certificate that the signature carries"})
	if !signed.Bound {
		c.rests(lang.Text{JA: "証明書はハッシュで特定されていません", EN: "the certificate is not named by hash"})
	}
	return signed, c
}

// status checks the revocation status with every file given; one that says good
// is not enough where another does not.
func (r VerifyRequest) status(cert *x509.Certificate, chainHolds bool) Check {
	c := Check{Name: string(PartStatus), At: r.At.UTC().Format(time.RFC3339), State: NotChecked}
	if !chainHolds {
		c.ends(NotChecked, lang.Text{JA: "どの認証局の失効情報を見るかを知るため、連鎖が成り立つことが必要です", EN: "needs a chain that holds, to know whose revocation data counts"})
		return c
	}
	chain, err := r.Trust.Verify(cert, r.Kind, r.At)
	if err != nil {
		c.ends(NotChecked, reasonOf(err))
		return c
	}
	if len(r.CRLs)+len(r.OCSPs) == 0 {
		c.ends(NotChecked, lang.Text{JA: "失効情報が渡されていません", EN: "no revocation data was given"})
		return c
	}
	c.State = Holds
	note := func(e Evidence, err error) {
		text := lang.Text{JA: statusNames[jpki.Good], EN: "good"}
		state := Holds
		if err != nil {
			text, state = lang.Text{JA: statusNames[jpki.Unavailable], EN: "no usable answer"}, NotChecked
			var s *jpki.StatusError
			if errors.As(err, &s) {
				text = statusText(s)
				if s.Status == jpki.Revoked || s.Status == jpki.OnHold || s.Status == jpki.Unknown {
					state = Fails
				}
			}
		}
		text = filled(lang.Text{JA: "%s：%s", EN: "%s: %s"}, e.Name, text)
		switch {
		case err == nil:
		case c.State != Fails:
			// A revocation outweighs everything; what is missing outweighs good.
			c.ends(state, text)
		case state == Fails:
			c.ends(Fails, filled(lang.Text{JA: "%s、%s", EN: "%s; %s"}, c.Why, text))
		}
		c.rests(text)
	}
	for _, e := range r.CRLs {
		list, err := jpki.ParseCRL(e.DER)
		if err == nil {
			err = list.Check(cert, chain.Authority, r.At)
		}
		note(e, err)
	}
	for _, e := range r.OCSPs {
		note(e, checkOCSP(e.DER, cert, chain.Authority, r.At))
	}
	return c
}

// checkOCSP asks a saved response about the certificate, by whichever of the
// two hashes it names it.
func checkOCSP(der []byte, cert, ca *x509.Certificate, at time.Time) error {
	var err error
	for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA1} {
		id, idErr := ocsp.NewCertID(hash, ca, cert.SerialNumber)
		if idErr != nil {
			return idErr
		}
		// The nonce, if any, belongs to whoever asked; times tell how fresh the
		// saved answer is.
		if _, err = ocsp.Check(der, ocsp.Query{ID: id, Authority: ca}, at); err == nil || !errors.Is(err, &jpki.StatusError{Status: jpki.Unavailable}) {
			return err
		}
	}
	return err
}

// conclude draws the outcome from the checks.
func (v *Verdict) conclude() error {
	v.Outcome = Valid
	if len(v.LeftOut) > 0 {
		v.Outcome = AsAsked
	}
	for _, c := range v.Checks {
		switch {
		case c.State == Fails:
			v.Outcome = Invalid
			return NotValid.New()
		case c.State == NotChecked:
			v.Outcome = NotEstablished
		}
	}
	if v.Outcome == NotEstablished {
		return NotEstablishedFault.New()
	}
	return nil
}

// ParseCRLFile reads a revocation list, PEM or DER.
func ParseCRLFile(b []byte) ([]byte, error) {
	ders, err := blocks(b, "X509 CRL")
	if err != nil || len(ders) != 1 {
		return nil, errPEM
	}
	_, err = jpki.ParseCRL(ders[0])
	return ders[0], err
}

// ParseOCSPFile reads an OCSP response, DER.
func ParseOCSPFile(b []byte) ([]byte, error) {
	_, err := ocsp.ParseResponse(b)
	var unsuccessful *ocsp.ResponderError
	if errors.As(err, &unsuccessful) {
		err = nil // an answer that proves nothing, which the check will say
	}
	return b, err
}
