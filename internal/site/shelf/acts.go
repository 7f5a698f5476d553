package shelf

import (
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/mynumber"
	"kado/reader"
)

// Result is what came out of an act, as the display of the reader shows it.
type Result struct {
	Title lang.Text
	Facts []Fact
	Fault *fault.Error // nil when it went well
	// Login is the interaction that it belongs to, "" for none.
	Login string
	// Signed is what was signed, CMS SignedData.
	Signed []byte
}

// Fact is one line of a result.
type Fact struct {
	Label lang.Text
	Value lang.Text
}

func fact(key string, value string) Fact {
	return Fact{texts[key], lang.Text{JA: value, EN: value}}
}

// Attributes reads the four basic attributes with the text PIN, and checks the
// municipality's signature over them.
func (d *Device) Attributes(laying int, t Typed, root *rsa.PublicKey) (mynumber.Attributes, error) {
	var a mynumber.Attributes
	err := d.converse(laying, texts["shelf.act.attributes"], func(h *hands) (err error) {
		if err := h.mayTry(t); err != nil {
			return err
		}
		a, err = h.attributes(t, root)
		return err
	})
	return a, err
}

func (h *hands) attributes(t Typed, root *rsa.PublicKey) (mynumber.Attributes, error) {
	if err := h.verify(t); err != nil {
		return mynumber.Attributes{}, err
	}
	c, err := h.card.Text()
	if err != nil {
		return mynumber.Attributes{}, err
	}
	return c.Attributes(root)
}

// dayText is a day as people write it.
func dayText(d mynumber.Date) lang.Text {
	return lang.Text{JA: fmt.Sprintf("%d年%d月%d日", d.Year, int(d.Month), d.Day), EN: d.String()}
}

var sexTexts = map[mynumber.Sex]lang.Text{
	mynumber.Male:   {JA: "男", EN: "male"},
	mynumber.Female: {JA: "女", EN: "female"},
}

func attributesResult(a mynumber.Attributes) *Result {
	sex, ok := sexTexts[a.Sex]
	if !ok {
		sex = texts["shelf.fact.sex.other"]
	}
	return &Result{Title: texts["shelf.done.attributes"], Facts: []Fact{fact("shelf.fact.name", a.Name), fact("shelf.fact.address", a.Address),
		{texts["shelf.fact.birth"], dayText(a.BirthDate)}, {texts["shelf.fact.sex"], sex}, {texts["shelf.fact.record"], texts["shelf.fact.record.holds"]}}}
}

// Change sets a new value of a PIN. The new one keeps R-20 and was typed twice
// the same before anything is sent to the card.
func (d *Device) Change(laying int, t Typed, value, again mynumber.Secret) error {
	return d.converse(laying, texts["shelf.act.change"], func(h *hands) error {
		var known mynumber.PINContext
		if c, err := h.card.Common(); err == nil {
			// The year in which the card ends stands on it, free to read.
			if data, err := c.Data(); err == nil {
				known.CardExpiry = data.Expiry
			}
		}
		if err := t.PIN.suits(value, known); err != nil {
			return err
		}
		if !value.Equal(again) {
			return NotTheSame.New()
		}
		if err := h.mayTry(t); err != nil {
			return err
		}
		err := h.presented(t.PIN, t.PIN.change(h.card, t.Value, value))
		if Removed.Is(err) {
			return ChangeUnknown.New(t.PIN.Name())
		}
		return err
	})
}

// MaxText is the longest text that is signed here, in characters.
const MaxText = 500

// Sign signs a short text with the signature key and returns CMS SignedData
// that carries it.
func (d *Device) Sign(laying int, t Typed, text string, at time.Time) (signed []byte, by *x509.Certificate, err error) {
	if n := utf8.RuneCountInString(text); n == 0 || n > MaxText || strings.TrimSpace(text) == "" {
		return nil, nil, NotSignable.New(MaxText)
	}
	err = d.converse(laying, texts["shelf.act.sign"], func(h *hands) error {
		if err := h.has(Signature); err != nil {
			return err
		}
		if err := h.present(t); err != nil {
			return err
		}
		j, err := h.card.JPKI()
		if err != nil {
			return err
		}
		if by, err = h.certificate(Signature); err != nil {
			return err
		}
		o := cms.Options{SigningTime: at.UTC().Truncate(time.Second)}
		if ca, err := j.CACertificate(reader.SignatureKey); err == nil {
			if c, err := jpki.ParseCertificate(ca); err == nil {
				o.Chain = []*x509.Certificate{c}
			}
		}
		signed, err = cms.Sign(j.Signer(reader.SignatureKey, by.PublicKey), by, []byte(text), o)
		return err
	})
	return signed, by, err
}

// has refuses where the card lacks the certificate of that PIN.
func (h *hands) has(p PIN) error {
	j, err := h.card.JPKI()
	if err != nil {
		return err
	}
	presence, err := j.Presence()
	if err != nil {
		return err
	}
	if p == Signature && !presence.Signature || p == Authentication && !presence.Authentication {
		return NoCertificate.New(certificateNames[p])
	}
	return nil
}

var certificateNames = map[PIN]lang.Text{
	Signature:      {JA: "署名用電子証明書", EN: "signature certificate"},
	Authentication: {JA: "利用者証明用電子証明書", EN: "user authentication certificate"},
}

func (h *hands) certificate(p PIN) (*x509.Certificate, error) {
	j, err := h.card.JPKI()
	if err != nil {
		return nil, err
	}
	der, err := j.Certificate(p.keyKind())
	if err != nil {
		return nil, err
	}
	c, err := jpki.ParseCertificate(der)
	if err != nil {
		return nil, CardRefused.Because(err, certificateNames[p])
	}
	return c, nil
}

// Certificates reads the user authentication certificate, and with the signature
// password (nil for none) the one for signatures, too.
func (d *Device) Certificates(laying int, password *Typed) (out map[PIN]*x509.Certificate, err error) {
	out = map[PIN]*x509.Certificate{}
	err = d.converse(laying, texts["shelf.act.certificates"], func(h *hands) error {
		j, err := h.card.JPKI()
		if err != nil {
			return err
		}
		presence, err := j.Presence()
		if err != nil {
			return err
		}
		if password != nil {
			if !presence.Signature {
				return NoCertificate.New(certificateNames[Signature])
			}
			if err := h.present(*password); err != nil {
				return err
			}
			if out[Signature], err = h.certificate(Signature); err != nil {
				return err
			}
		}
		if presence.Authentication {
			out[Authentication], err = h.certificate(Authentication)
		} else if password == nil {
			return NoCertificate.New(certificateNames[Authentication])
		}
		return err
	})
	return out, err
}

func certificatesResult(l map[PIN]*x509.Certificate) *Result {
	r := &Result{Title: texts["shelf.done.certificates"]}
	for _, p := range []PIN{Authentication, Signature} {
		if c := l[p]; c != nil {
			r.Facts = append(r.Facts, Fact{texts["shelf.fact.certificate"], certificateNames[p]}, fact("shelf.fact.subject", c.Subject.CommonName),
				fact("shelf.fact.issuer", c.Issuer.String()), fact("shelf.fact.serial", fmt.Sprintf("%X", c.SerialNumber)),
				Fact{texts["shelf.fact.until"], dayText(mynumber.DateOf(c.NotAfter))}, fact("shelf.fact.key", keyName(c)))
		}
	}
	return r
}

func keyName(c *x509.Certificate) string {
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok {
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	}
	return c.PublicKeyAlgorithm.String() + " P-384"
}
