package jpki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kado/mynumber"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Longest personal data in characters. 200 for the address is reported (D); 100
// for the name is ours (E).
const (
	MaxNameLength    = 100
	MaxAddressLength = 200
)

// Personal is the holder's data in a signature certificate (CRT-03): the four
// attributes in the letters that a certificate can carry, and for name and
// address a map with one digit per character, 0 as registered, 1 substituted.
type Personal struct {
	Name       string // family name, U+3000, given name
	BirthDate  mynumber.Date
	Sex        mynumber.Sex // Male, Female or SexUnknown
	Address    string
	NameMap    string
	AddressMap string
}

// String hides the data, which must not slip into a log.
func (Personal) String() string { return "jpki.Personal(hidden)" }

// GoString does the same for %#v.
func (Personal) GoString() string { return "jpki.Personal(hidden)" }

// PersonalOf turns the registered attributes into certificate form. Characters
// outside JIS X 0208 and JIS X 0212 are substituted and marked; see Substitute.
// The sex codes "unknown" and "not applicable" become one, as the certificate
// has only one code for them. The result may still fail Check, for instance when
// the address is too long: nothing is cut silently.
func PersonalOf(a mynumber.Attributes) Personal {
	p := Personal{BirthDate: a.BirthDate, Sex: a.Sex}
	if a.Sex == mynumber.SexNotApplicable {
		p.Sex = mynumber.SexUnknown
	}
	p.Name, p.NameMap = Substitute(a.Name)
	p.Address, p.AddressMap = Substitute(a.Address)
	return p
}

// Check reports what a certificate could not carry. The text of the error
// contains none of the data.
func (p *Personal) Check() error {
	if err := checkText("name", p.Name, p.NameMap, MaxNameLength); err != nil {
		return err
	}
	if err := checkText("address", p.Address, p.AddressMap, MaxAddressLength); err != nil {
		return err
	}
	if _, ok := sexCode(p.Sex); !ok {
		return fmt.Errorf("jpki: the sex is not male, female or unknown")
	}
	if _, err := birthDateForm(p.BirthDate); err != nil {
		return err
	}
	return nil
}

func checkText(what, text, marks string, most int) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("jpki: the %s is not valid UTF-8", what)
	}
	n := utf8.RuneCountInString(text)
	if n == 0 || n > most {
		return fmt.Errorf("jpki: the %s must have 1 to %d characters", what, most)
	}
	if len(marks) != n || !all(marks, func(c byte) bool { return c == '0' || c == '1' }) {
		return fmt.Errorf("jpki: the substitution map of the %s must have one digit 0 or 1 per character", what)
	}
	for _, r := range text {
		if !Representable(r) {
			return fmt.Errorf("jpki: the %s holds a character outside JIS X 0208 and JIS X 0212", what)
		}
	}
	if strings.Trim(text, "\u3000") != text {
		return fmt.Errorf("jpki: the %s begins or ends with a space", what)
	}
	return nil
}

func sexCode(s mynumber.Sex) (string, bool) {
	switch s {
	case mynumber.Male:
		return "1", true
	case mynumber.Female:
		return "2", true
	case mynumber.SexUnknown:
		return "3", true
	}
	return "", false
}

func sexOfCode(code string) (mynumber.Sex, bool) {
	for _, s := range []mynumber.Sex{mynumber.Male, mynumber.Female, mynumber.SexUnknown} {
		if c, _ := sexCode(s); c == code {
			return s, true
		}
	}
	return 0, false
}

// eras are the first days of the eras, latest first, with their digit.
var eras = []struct {
	digit byte
	first mynumber.Date
}{
	{'5', mynumber.Date{Year: 2019, Month: time.May, Day: 1}},
	{'4', mynumber.Date{Year: 1989, Month: time.January, Day: 8}},
	{'3', mynumber.Date{Year: 1926, Month: time.December, Day: 25}},
	{'2', mynumber.Date{Year: 1912, Month: time.July, Day: 30}},
	{'1', mynumber.Date{Year: 1868, Month: time.October, Day: 23}},
}

// unknownBirthDate is E = 0; that the eight digits are then zeros is inferred (E).
const unknownBirthDate = "000000000"

// birthDateForm returns EYYYYMMDD: era digit and Gregorian date (9.3).
func birthDateForm(d mynumber.Date) (string, error) {
	if d.IsZero() {
		return unknownBirthDate, nil
	}
	if _, err := mynumber.ParseDate(d.String()); err != nil {
		return "", fmt.Errorf("jpki: the birth date is not a day of the calendar")
	}
	for _, era := range eras {
		if !d.Before(era.first) {
			return string(era.digit) + d.Compact(), nil
		}
	}
	return "", fmt.Errorf("jpki: the birth date lies before the Meiji era")
}

func parseBirthDateForm(s string) (mynumber.Date, error) {
	if s == unknownBirthDate {
		return mynumber.Date{}, nil
	}
	if len(s) != 9 || !all(s, isDigit) {
		return mynumber.Date{}, fmt.Errorf("jpki: the birth date is not of the form EYYYYMMDD")
	}
	d, err := mynumber.ParseDate(s[1:5] + "-" + s[5:7] + "-" + s[7:9])
	if err != nil {
		return mynumber.Date{}, fmt.Errorf("jpki: the birth date is not a day of the calendar")
	}
	if again, err := birthDateForm(d); err != nil || again != s {
		return mynumber.Date{}, fmt.Errorf("jpki: the era digit does not fit the birth date")
	}
	return d, nil
}

// personalOrder is the order of the six otherNames (9.3, grade C).
var personalOrder = [6]asn1.ObjectIdentifier{
	oidPersonalName, oidPersonalBirthDate, oidPersonalSex,
	oidPersonalAddress, oidPersonalNameMap, oidPersonalAddressMap,
}

// personalExtension writes subjectAltName. The data must have passed Check.
func personalExtension(p *Personal) pkix.Extension {
	birth, _ := birthDateForm(p.BirthDate)
	sex, _ := sexCode(p.Sex)
	values := [6]string{p.Name, birth, sex, p.Address, p.NameMap, p.AddressMap}
	return pkix.Extension{Id: oidSubjectAltName, Value: derBytes(func(b *cryptobyte.Builder) {
		addSequence(b, func(b *cryptobyte.Builder) {
			for i, oid := range personalOrder {
				b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
					b.AddASN1ObjectIdentifier(oid)
					b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
						addString(b, cbasn1.UTF8String, values[i])
					})
				})
			}
		})
	})}
}
