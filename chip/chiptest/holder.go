package chiptest

import (
	"math/rand/v2"
	"time"

	"kado/mynumber"
)

// Holder is a fictitious person with a card.
type Holder struct {
	Number       mynumber.IndividualNumber
	ResidentCode mynumber.ResidentCode
	Attributes   mynumber.Attributes
	Municipality string // 5 digits
	Expiry       mynumber.Date
	SecurityCode string
	// Images of the card face; any bytes will do.
	NameImage, AddressImage, NumberImage, CodeImage, Photo []byte
}

// PINs of the fixtures.
var (
	AuthenticationPIN = mynumber.NewSecret("4271")
	TextPIN           = mynumber.NewSecret("3865")
	RegisterPIN       = mynumber.NewSecret("9042")
	CommonPIN         = mynumber.NewSecret("7158")
	SignaturePassword = mynumber.NewSecret("KADO77TEST")
)

// NewHolder returns the fictitious person of a seed.
func NewHolder(seed byte) Holder {
	r := rand.NewChaCha8([32]byte{seed})
	number, err := mynumber.DrawIndividualNumber(r)
	must(err)
	code, err := mynumber.DrawResidentCode(r)
	must(err)
	return Holder{
		Number:       number,
		ResidentCode: code,
		Attributes: mynumber.Attributes{
			Name:      "試験　花子",
			Address:   "東京都千代田区試験町１丁目２番３号",
			BirthDate: mynumber.Date{Year: 1989, Month: time.March, Day: 31},
			Sex:       mynumber.Female,
		},
		Municipality: "13101",
		Expiry:       mynumber.Date{Year: 2035, Month: time.March, Day: 31},
		SecurityCode: "2285",
		NameImage:    image("name"), AddressImage: image("address"), NumberImage: image("number"),
		CodeImage: image("code"), Photo: append(image("photo"), make([]byte, 6000)...),
	}
}

func image(what string) []byte { return []byte("fictitious image of " + what) }

// A is the holder's verification number A.
func (h Holder) A() mynumber.Secret { return mynumber.VerificationA(h.Number) }

// B is the holder's verification number B.
func (h Holder) B() mynumber.Secret {
	b, err := mynumber.VerificationB(h.Attributes.BirthDate, true, h.Expiry, h.SecurityCode)
	must(err)
	return b
}

// BirthDigits are the six digits of the birth-date PIN.
func (h Holder) BirthDigits() mynumber.Secret {
	s, err := mynumber.PrintedBirthDigits(h.Attributes.BirthDate, true)
	must(err)
	return mynumber.NewSecret(s)
}

// must is for what cannot fail with the fixtures' fixed input.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
