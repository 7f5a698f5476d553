package mynumber

import "io"

// CardID is a card's serial: 15 digits, 13 drawn at random and two check
// digits by ISO/IEC 7064 MOD 97-10. The division into 13 and 2 and the scheme
// are Kado's own choice; nothing public says how the real ones are made. A
// card id carries no meaning and names no person.
type CardID string

// ParseCardID accepts exactly 15 ASCII digits with right check digits. Errors
// wrap ErrLength, ErrNotDigits or ErrCheckDigit.
func ParseCardID(s string) (CardID, error) {
	const what = "card id"
	if err := requireDigits(s, 15, what); err != nil {
		return "", err
	}
	if err := checkMod97(s, what); err != nil {
		return "", err
	}
	return CardID(s), nil
}

// DrawCardID draws 13 digits from r and adds the check digits. With 100
// million cards drawn, about one new id in 100,000 meets one that exists:
// whoever keeps the cards draws again then.
func DrawCardID(r io.Reader) (CardID, error) {
	body, err := drawDigits(r, 13)
	if err != nil {
		return "", err
	}
	return CardID(body + mod97Check(body)), nil
}
