package mynumber

import "errors"

// Residence is what the validity of a card depends on besides age (APP-05,
//
type Residence string

// The residence statuses.
const (
	Japanese          Residence = "japanese"           // 日本国民
	PermanentResident Residence = "permanent_resident" // 永住者
	HighlySkilledII   Residence = "highly_skilled_ii"  // 高度専門職第2号
	SpecialPermanent  Residence = "special_permanent"  // 特別永住者
	MidToLong         Residence = "mid_to_long"        // その他の中長期在留者
	TemporaryRefuge   Residence = "temporary_refuge"   // 一時庇護許可者
	ProvisionalStay   Residence = "provisional_stay"   // 仮滞在許可者
)

// ErrResidence refuses an unknown residence status.
var ErrResidence = errors.New("mynumber: unknown residence status")

// Residences lists every status, Japanese first.
func Residences() []Residence {
	return []Residence{
		Japanese, PermanentResident, HighlySkilledII, SpecialPermanent,
		MidToLong, TemporaryRefuge, ProvisionalStay,
	}
}

// ParseResidence accepts exactly one of the constants. Other input is
// ErrResidence.
func ParseResidence(s string) (Residence, error) {
	if r := Residence(s); r.Valid() {
		return r, nil
	}
	return "", ErrResidence
}

// Valid reports whether r is one of the constants.
func (r Residence) Valid() bool {
	for _, known := range Residences() {
		if r == known {
			return true
		}
	}
	return false
}

// StayBound reports whether a card ends with the permitted stay at the latest
//
func (r Residence) StayBound() bool {
	switch r {
	case MidToLong, TemporaryRefuge, ProvisionalStay:
		return true
	}
	return false
}
