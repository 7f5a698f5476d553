package cardtool

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// State says how a check ended. What was not checked never counts as holding.
type State string

// The states.
const (
	Holds      State = "holds"
	Fails      State = "fails"
	NotChecked State = "not_checked"
)

// Text names the state for people.
func (s State) Text() lang.Text {
	switch s {
	case Holds:
		return lang.Text{JA: "確認済み", EN: "holds"}
	case Fails:
		return lang.Text{JA: "成り立ちません", EN: "fails"}
	}
	return lang.Text{JA: "未確認", EN: "not checked"}
}

// Check is one thing that was checked, or not.
type Check struct {
	Name     string   `json:"check"`
	State    State    `json:"state"`
	At       string   `json:"at,omitempty"`       // the instant it was checked for
	Evidence []string `json:"evidence,omitempty"` // what it was checked with
	Reason   string   `json:"reason,omitempty"`   // why it fails or was not checked

	// Reason and Evidence in both languages; where they are not given, the
	// English above stands for both.
	Why  lang.Text   `json:"-"`
	With []lang.Text `json:"-"`
}

// Certificate is one certificate as shown.
type Certificate struct {
	Kind        string    `json:"kind"`
	Serial      string    `json:"serial"`
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	Fingerprint string    `json:"sha256"`
	Medium      string    `json:"medium,omitempty"` // known where the chain holds
	Personal    *Personal `json:"personal,omitempty"`
	Chain       Check     `json:"chain"`

	DER []byte `json:"-"`
}

// Personal is the holder's data in a signature certificate.
type Personal struct {
	Name      string `json:"name"`
	Address   string `json:"address"`
	BirthDate string `json:"birth_date"`
	Sex       string `json:"sex"`
	// Substituted says that some letters are not those of the register.
	Substituted bool `json:"substituted,omitempty"`
}

func kindName(k reader.KeyKind) string {
	if k == reader.SignatureKey {
		return jpki.Signature.String()
	}
	return jpki.Authentication.String()
}

func jpkiKind(k reader.KeyKind) jpki.Kind {
	if k == reader.SignatureKey {
		return jpki.Signature
	}
	return jpki.Authentication
}

// sexText is a sex in English, as JSON has it.
func sexText(s mynumber.Sex) string {
	switch s {
	case mynumber.Male:
		return "male"
	case mynumber.Female:
		return "female"
	case mynumber.SexNotApplicable:
		return "not_applicable"
	}
	return "unknown"
}

// view describes a certificate and checks its chain at an instant. ca is the CA
// certificate that lies beside it on the card, or nil; it is a hint only.
func view(cert *x509.Certificate, k jpki.Kind, ca *x509.Certificate, trust Trust, at time.Time) Certificate {
	sum := sha256.Sum256(cert.Raw)
	v := Certificate{Kind: k.String(), Serial: fmt.Sprintf("%X", cert.SerialNumber), Subject: cert.Subject.String(), Issuer: cert.Issuer.String(),
		NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(), Fingerprint: fmt.Sprintf("%X", sum), DER: cert.Raw}
	if k == jpki.Signature {
		if p, err := jpki.ParsePersonal(cert); err == nil {
			v.Personal = &Personal{Name: p.Name, Address: p.Address, BirthDate: p.BirthDate.String(), Sex: sexText(p.Sex), Substituted: hasOne(p.NameMap) || hasOne(p.AddressMap)}
		}
	}
	v.Chain = Check{Name: "chain", At: at.UTC().Format(time.RFC3339)}
	if trust.Has(k) {
		chain, err := trust.Verify(cert, k, at)
		if err != nil {
			v.Chain.ends(Fails, reasonOf(err))
			return v
		}
		v.Medium = chain.Medium.String()
		v.Chain.State = Holds
		v.Chain.rests(filled(lang.Text{JA: "認証局 %s", EN: "CA %s"}, fmt.Sprintf("%X", chain.Authority.SerialNumber)))
		return v
	}
	switch {
	case ca == nil:
		v.Chain.ends(NotChecked, filled(lang.Text{JA: "%sの認証局の証明書が渡されていません", EN: "no certificate of the %s CA was given"}, authorityName(k)))
	case ca.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil:
		v.Chain.ends(Fails, lang.Text{JA: "カードにある認証局の証明書で署名されていません", EN: "not signed by the CA certificate on the card"})
	default:
		v.Chain.ends(NotChecked, lang.Text{JA: "カードにある認証局の証明書で署名されていますが、それだけでは何の証明にもなりません。認証局の証明書が渡されていません",
			EN: "signed by the CA certificate on the card, which by itself proves nothing; no certificate of that CA was given"})
	}
	return v
}

// authorityName is the CA of a kind as a text names it.
func authorityName(k jpki.Kind) lang.Text {
	if k == jpki.Signature {
		return lang.Text{JA: "署名用", EN: k.String()}
	}
	return lang.Text{JA: "利用者証明用", EN: k.String()}
}

func hasOne(s string) bool {
	for i := range len(s) {
		if s[i] == '1' {
			return true
		}
	}
	return false
}

// reasonOf is the cause of a refusal in a few words.
func reasonOf(err error) lang.Text {
	var v *jpki.VerifyError
	if errors.As(err, &v) {
		return causeOf(v)
	}
	return unusable
}

// presence says which certificates the card has.
func (t *Tool) presence() (files.Presence, error) {
	j, err := t.card.JPKI()
	if err != nil {
		return files.Presence{}, t.refusal(err)
	}
	p, err := j.Presence()
	if err != nil {
		return files.Presence{}, t.refusal(err)
	}
	return p, nil
}

// Certificate reads one certificate and checks its chain. The one for signatures
// needs its password first.
func (t *Tool) Certificate(k reader.KeyKind, trust Trust, at time.Time) (Certificate, error) {
	cert, ca, err := t.certificate(k)
	if err != nil {
		return Certificate{}, err
	}
	return view(cert, jpkiKind(k), ca, trust, at), nil
}

// Broken is the refusal that goes with certificates of which one has a chain
// that fails, or nil.
func Broken(all ...Certificate) error {
	for _, c := range all {
		if c.Chain.State == Fails {
			return BrokenChain.New(kindText(c.Kind))
		}
	}
	return nil
}

// certificate reads a certificate and, where it can be read, its CA's.
func (t *Tool) certificate(k reader.KeyKind) (cert, ca *x509.Certificate, err error) {
	p, err := t.presence()
	if err != nil {
		return nil, nil, err
	}
	if k == reader.SignatureKey && !p.Signature || k == reader.AuthenticationKey && !p.Authentication {
		return nil, nil, NoCertificate.New(kindText(kindName(k)))
	}
	j, err := t.card.JPKI()
	if err != nil {
		return nil, nil, t.refusal(err)
	}
	der, err := j.Certificate(k)
	if err != nil {
		return nil, nil, t.refusal(err)
	}
	if cert, err = jpki.ParseCertificate(der); err != nil {
		return nil, nil, BadCertificate.Because(err, kindText(kindName(k)))
	}
	if der, err := j.CACertificate(k); err == nil {
		if parsed, err := jpki.ParseCertificate(der); err == nil {
			ca = parsed
		}
	}
	return cert, ca, nil
}

// OpenSignatureCertificate asks for the signature password, without which the
// signature certificate cannot be read. A card without that certificate is
// refused before a try is spent.
func (t *Tool) OpenSignatureCertificate(p Prompt, c Careful) error {
	has, err := t.presence()
	if err != nil {
		return err
	}
	if !has.Signature {
		return NoCertificate.New(kindText(jpki.Signature.String()))
	}
	return t.Verify(p, reference("signature"), c)
}
