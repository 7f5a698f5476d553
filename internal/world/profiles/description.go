package profiles

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader/files"
)

// Description is a card in words: what `--card FILE.json` holds. Fields left
// out get the defaults of Complete.
type Description struct {
	Name      string             `json:"name"`            // family name, U+3000, given name
	Kana      string             `json:"kana,omitempty"`  // full-width katakana; printed, not in the chip
	Alias     string             `json:"alias,omitempty"` // 通名, drawn beside the name
	Address   string             `json:"address"`         // from the prefecture on
	BirthDate mynumber.Date      `json:"birth_date"`
	Sex       Sex                `json:"sex"`
	Residence mynumber.Residence `json:"residence,omitempty"`
	StayUntil mynumber.Date      `json:"stay_until,omitzero"`
	// Municipality is the issuing one, five digits.
	Municipality mynumber.MunicipalityCode `json:"municipality,omitempty"`
	IssuedOn     mynumber.Date             `json:"issued_on,omitzero"`
	ExpiresOn    mynumber.Date             `json:"expires_on,omitzero"`
	// Certificates are "signature" and "authentication"; an empty list is none.
	Certificates []string `json:"certificates"`
	Pinless      bool     `json:"pinless,omitempty"`
	PINs         PINs     `json:"pins,omitzero"`
	// TriesLeft are the tries of PINs that were entered wrongly.
	TriesLeft TriesLeft `json:"tries_left,omitzero"`
	NoPhoto   bool      `json:"no_photo,omitempty"`
	// Undelivered is a card that still lies at the town hall, mute.
	Undelivered bool `json:"undelivered,omitempty"`
	// MovedTo is a new address, written into the card after its signature
	// certificate was made and revoked.
	MovedTo string `json:"moved_to,omitempty"`
	// Token is the label of the JPKI application.
	Token string `json:"token,omitempty"`
	// Algorithm is that of the certificates and their keys, "rsa-2048-sha256" or
	// "ecdsa-p384-sha384" (the next card generation).
	Algorithm string `json:"algorithm,omitempty"`
	// Interface is "contact" or "contactless"; it decides the answer to reset.
	Interface string `json:"interface,omitempty"`
}

// Sex is mynumber.Sex in words.
type Sex mynumber.Sex

var sexes = map[string]mynumber.Sex{"male": mynumber.Male, "female": mynumber.Female,
	"unknown": mynumber.SexUnknown, "not_applicable": mynumber.SexNotApplicable}

// MarshalText writes the word.
func (s Sex) MarshalText() ([]byte, error) {
	for word, v := range sexes {
		if v == mynumber.Sex(s) {
			return []byte(word), nil
		}
	}
	return nil, BadDescription.New("sex")
}

// UnmarshalText reads the word.
func (s *Sex) UnmarshalText(b []byte) error {
	v, ok := sexes[string(b)]
	if !ok {
		return BadDescription.New("sex")
	}
	*s = Sex(v)
	return nil
}

// PINs are the values the holder chose. They are test values: a description is
// no place for the PIN of a real card.
type PINs struct {
	Signature      string `json:"signature,omitempty"`
	Authentication string `json:"authentication,omitempty"`
	Text           string `json:"text,omitempty"`
	Register       string `json:"register,omitempty"` // of the common data application too
}

// TriesLeft says for each PIN how many tries are left where some were spent;
// zero is blocked, nil is all.
type TriesLeft struct {
	Signature      *int `json:"signature,omitempty"`
	Authentication *int `json:"authentication,omitempty"`
	Text           *int `json:"text,omitempty"`
	Register       *int `json:"register,omitempty"`
}

// The PINs of every profile that says nothing else.
const (
	DefaultSignature      = "KADO2580"
	DefaultAuthentication = "4126"
	DefaultText           = "5137"
	DefaultRegister       = "6148"
)

// Values of Interface.
const (
	Contact     = "contact"
	Contactless = "contactless"
)

// has reports whether the card is to have a certificate of a kind.
func (d Description) has(k jpki.Kind) bool { return slices.Contains(d.Certificates, k.String()) }

var tokens = []string{files.TokenCard, files.TokenOldCard, files.TokenAndroid, files.TokenIPhone}

// Complete fills in the defaults and holds the description against the rules:
// Japanese, issued today in 千代田区, expiry by age and stay, the PINs of this
// package, the label of a My Number Card, contacts. Errors: KADO-6002,
// KADO-6003; neither repeats a value.
func (d Description) Complete(today mynumber.Date) (Description, error) {
	d.fill(today)
	if err := d.checkForm(); err != nil {
		return Description{}, err
	}
	if err := d.checkRules(today); err != nil {
		return Description{}, err
	}
	return d, nil
}

func (d *Description) fill(today mynumber.Date) {
	set := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	if d.Residence == "" {
		d.Residence = mynumber.Japanese
	}
	if d.Municipality == "" {
		d.Municipality = "13101"
	}
	if d.IssuedOn.IsZero() {
		d.IssuedOn = today
	}
	if d.Certificates == nil {
		d.Certificates = []string{}
	}
	if !d.Pinless && !d.Undelivered {
		if d.has(jpki.Signature) {
			set(&d.PINs.Signature, DefaultSignature)
		}
		if d.has(jpki.Authentication) {
			set(&d.PINs.Authentication, DefaultAuthentication)
		}
		set(&d.PINs.Text, DefaultText)
		set(&d.PINs.Register, DefaultRegister)
	}
	set(&d.Token, files.TokenCard)
	set(&d.Interface, Contact)
	set(&d.Algorithm, jpki.RSA2048SHA256.String())
}

// Limits of texts in characters, those of a certificate and of the card's face.
const (
	maxName    = 100
	maxAddress = 200
)

func (d Description) checkForm() error {
	text := func(s string, limit int) bool {
		return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit && s == strings.TrimSpace(s) &&
			!strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7F && r < 0xA0 || r == utf8.RuneError })
	}
	kana := func(r rune) bool { return r >= 'ァ' && r <= 'ヾ' || r == '\u3000' || r == ' ' }
	pin := func(s string) bool {
		return s == "" || len(s) == mynumber.PINLength && strings.Trim(s, "0123456789") == ""
	}
	tries := func(n *int, limit int) bool { return n == nil || *n >= 0 && *n < limit }
	for _, c := range []struct {
		field string
		ok    bool
	}{
		{"name", d.Name != "" && text(d.Name, maxName)},
		{"kana", text(d.Kana, maxName) && !strings.ContainsFunc(d.Kana, func(r rune) bool { return !kana(r) })},
		{"alias", text(d.Alias, maxName) && utf8.RuneCountInString(d.Name+d.Alias)+2 <= maxName},
		{"address", d.Address != "" && text(d.Address, maxAddress)},
		{"birth_date", d.BirthDate.Valid()},
		{"sex", mynumber.Sex(d.Sex).Valid()},
		{"residence", d.Residence.Valid()},
		{"stay_until", d.StayUntil.IsZero() || d.StayUntil.Valid()},
		{"municipality", d.issuing()},
		{"issued_on", d.IssuedOn.Valid()},
		{"expires_on", d.ExpiresOn.IsZero() || d.ExpiresOn.Valid()},
		{"certificates", validKinds(d.Certificates)},
		{"pins.signature", d.PINs.Signature == "" || mynumber.CheckSignaturePassword(d.PINs.Signature) == nil},
		{"pins.authentication", pin(d.PINs.Authentication)},
		{"pins.text", pin(d.PINs.Text)},
		{"pins.register", pin(d.PINs.Register)},
		{"tries_left.signature", tries(d.TriesLeft.Signature, mynumber.SignaturePasswordTries)},
		{"tries_left.authentication", tries(d.TriesLeft.Authentication, mynumber.PINTries)},
		{"tries_left.text", tries(d.TriesLeft.Text, mynumber.PINTries)},
		{"tries_left.register", tries(d.TriesLeft.Register, mynumber.PINTries)},
		{"moved_to", text(d.MovedTo, maxAddress)},
		{"token", slices.Contains(tokens, d.Token)},
		{"algorithm", d.algorithm().String() == d.Algorithm},
		{"interface", d.Interface == Contact || d.Interface == Contactless},
	} {
		if !c.ok {
			return BadDescription.New(c.field)
		}
	}
	return nil
}

// algorithm is the field's value; that of today where it is none of a holder's
// certificates.
func (d Description) algorithm() jpki.Algorithm {
	if a, err := jpki.ParseAlgorithm(d.Algorithm); err == nil && a.ForAuthority() {
		return a
	}
	return jpki.RSA2048SHA256
}

func (d Description) issuing() bool {
	m, ok := places.ByCode(d.Municipality)
	return ok && m.Issues()
}

func validKinds(names []string) bool {
	for i, n := range names {
		if _, err := jpki.ParseKind(n); err != nil || slices.Contains(names[:i], n) {
			return false
		}
	}
	return true
}

// checkRules also finds the day of expiry.
func (d *Description) checkRules(today mynumber.Date) error {
	against := func(field string) error { return AgainstRules.New(field) }
	if d.IssuedOn.After(today) || d.IssuedOn.Before(mynumber.CardsFrom) {
		return against("issued_on")
	}
	expires, err := mynumber.CardExpiry(mynumber.CardValidityInput{Accepted: d.IssuedOn, Issued: d.IssuedOn, Birth: d.BirthDate,
		Residence: d.Residence, StayUntil: d.StayUntil})
	if err != nil {
		return AgainstRules.Because(err, "birth_date, residence, stay_until")
	}
	if d.ExpiresOn.IsZero() {
		d.ExpiresOn = expires
	}
	pinsGiven := d.PINs != PINs{}
	spent := d.TriesLeft != TriesLeft{}
	switch {
	case d.ExpiresOn.Before(d.IssuedOn) || d.ExpiresOn.After(mynumber.NthBirthdayAfter(d.BirthDate, d.IssuedOn, mynumber.AdultCardBirthdays+1)):
		return against("expires_on")
	case d.has(jpki.Signature) && !mynumber.MaySignatureCertificate(d.BirthDate, d.IssuedOn, d.Pinless):
		return against("certificates: signature")
	case (d.Pinless || d.Undelivered) && pinsGiven:
		return against("pins")
	case !d.has(jpki.Signature) && d.PINs.Signature != "":
		return against("pins.signature")
	case !d.has(jpki.Authentication) && d.PINs.Authentication != "":
		return against("pins.authentication")
	case (d.Pinless || d.Undelivered) && spent,
		d.TriesLeft.Signature != nil && d.PINs.Signature == "", d.TriesLeft.Authentication != nil && d.PINs.Authentication == "":
		return against("tries_left")
	case d.MovedTo != "" && d.Undelivered:
		return against("moved_to")
	case d.Pinless && d.IssuedOn.Before(mynumber.PinlessFrom):
		return against("pinless")
	}
	if _, ok := mynumber.CAGenerationFor(d.IssuedOn); !ok {
		return against("issued_on")
	}
	return d.checkCertified()
}

// checkCertified refuses what no certificate could carry.
func (d Description) checkCertified() error {
	if !d.has(jpki.Signature) {
		return nil
	}
	p := jpki.PersonalOf(d.attributes())
	if err := p.Check(); err != nil {
		return BadDescription.Because(err, "name, address")
	}
	return nil
}

func (d Description) attributes() mynumber.Attributes {
	return mynumber.Attributes{Name: d.Name, Address: d.Address, BirthDate: d.BirthDate, Sex: mynumber.Sex(d.Sex)}
}

// String hides who the card describes and its PINs.
func (d Description) String() string { return fmt.Sprintf("[card issued on %s]", d.IssuedOn) }

// GoString does the same.
func (d Description) GoString() string { return d.String() }

// String hides the PINs.
func (PINs) String() string { return "[PINs]" }

// GoString hides the PINs.
func (PINs) GoString() string { return "[PINs]" }
