package mynumber

// Sex as coded in the card information input application (ISO/IEC 5218).
type Sex byte

// The codes of chip-level field DF25 ('1', '2', '9', '0').
const (
	SexUnknown       Sex = '0'
	Male             Sex = '1'
	Female           Sex = '2'
	SexNotApplicable Sex = '9'
)

// Valid reports whether s is one of the four codes.
func (s Sex) Valid() bool {
	switch s {
	case SexUnknown, Male, Female, SexNotApplicable:
		return true
	}
	return false
}

// Attributes are the four basic attributes (基本4情報) as the register holds
// them. Name is family name, U+3000, given name; Address starts with the
// prefecture and uses full-width digits.
type Attributes struct {
	Name      string
	Address   string
	BirthDate Date
	Sex       Sex
}
