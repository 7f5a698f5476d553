package people

import (
	"fmt"
	"strings"

	"kado/internal/world/places"
	"kado/mynumber"
)

// Shares, as one in so many households.
const (
	hardGlyphShare = 30 // family name written with a character that many systems lack
	foreignShare   = 24 // foreign residents
)

type builder struct {
	dice  *dice
	body  places.Municipality
	wards []places.Municipality // where people live: wards of the body, or the body alone
	today mynumber.Date
}

func newBuilder(seed string, m places.Municipality, today mynumber.Date) (*builder, error) {
	if _, err := mynumber.ParseMunicipalityCode(string(m.Code)); err != nil {
		return nil, err
	}
	if !today.Valid() || today.Year < 1950 || today.Year > 9000 {
		return nil, fmt.Errorf("people: no town can be made as of %q", today)
	}
	b := &builder{body: m, today: today, dice: newDice(seed, "people/town/"+string(m.Code)+"/"+today.String())}
	switch m.Kind {
	case places.Ward:
		city, ok := places.ByCode(m.City)
		if !ok {
			return nil, fmt.Errorf("people: ward %s belongs to no known city", m.Code)
		}
		b.body, b.wards = city, []places.Municipality{m}
	case places.DesignatedCity:
		for _, w := range places.All() {
			if w.City == m.Code && w.ValidOn(today) {
				b.wards = append(b.wards, w)
			}
		}
	}
	if len(b.wards) == 0 {
		b.wards = []places.Municipality{b.body}
	}
	return b, nil
}

// household makes the members of one household, the head first.
func (b *builder) household(number int) []Resident {
	place, address := b.address()
	var members []Resident
	switch {
	case number == 0:
		members = b.firstHousehold()
	case b.dice.oneIn(foreignShare):
		members = b.foreignHousehold()
	default:
		members = b.japaneseHousehold()
	}
	for i := range members {
		members[i].Municipality = b.body
		members[i].Place = place
		members[i].Address = address
	}
	return members
}

// firstHousehold holds one person, the one that demonstrations begin with.
func (b *builder) firstHousehold() []Resident {
	head := b.japanese(b.familyName(), b.sex(), b.dice.between(28, 55))
	head.Relation = Head
	next := b.today.AddDays(b.dice.between(125, 240))
	head.BirthDate = mynumber.Birthday(next, next.Year-b.dice.between(30, 56))
	return []Resident{head}
}

// japaneseHousehold follows the census roughly: over a third live alone, a
// fifth are couples, a third families with children, the rest three
// generations.
func (b *builder) japaneseHousehold() []Resident {
	family := b.familyName()
	kind := b.dice.n(100)
	if kind < 38 {
		head := b.japanese(family, b.sex(), b.ageAlone())
		head.Relation = Head
		return []Resident{head}
	}
	if kind < 46 { // one parent
		age := b.dice.between(26, 56)
		head := b.japanese(family, b.sexOfLoneParent(), age)
		head.Relation = Head
		return append([]Resident{head}, b.children(family, age)...)
	}
	age := b.dice.between(28, 58)
	if kind < 66 { // couple
		age = b.ageOfCouple()
	}
	head := b.japanese(family, mynumber.Male, age)
	head.Relation = Head
	wife := b.japanese(family, mynumber.Female, max(19, age-b.dice.between(-2, 5)))
	wife.Relation = Wife
	members := []Resident{head, wife}
	if kind < 66 {
		return members
	}
	members = append(members, b.children(family, b.age(wife))...)
	if kind >= 92 { // three generations
		if b.dice.percent(60) {
			father := b.japanese(family, mynumber.Male, min(99, age+b.dice.between(24, 36)))
			father.Relation = Father
			members = append(members, father)
		}
		mother := b.japanese(family, mynumber.Female, min(101, age+b.dice.between(22, 34)))
		mother.Relation = Mother
		members = append(members, mother)
	}
	return members
}

func (b *builder) age(r Resident) int { return r.AgeOn(b.today) }

// children of a parent of that age who still live at home.
func (b *builder) children(family name, parent int) []Resident {
	var out []Resident
	count := 1 + b.dice.n(3)
	if count == 3 && b.dice.percent(55) {
		count = 1
	}
	eldest := min(parent-b.dice.between(22, 35), 24)
	for range count {
		if eldest < 0 {
			break
		}
		c := b.japanese(family, b.sex(), eldest)
		c.Relation = Child
		out = append(out, c)
		eldest -= b.dice.between(2, 4)
	}
	return out
}

func (b *builder) ageAlone() int {
	switch k := b.dice.n(100); {
	case k < 24:
		return b.dice.between(18, 34)
	case k < 46:
		return b.dice.between(35, 62)
	default:
		return 63 + b.dice.early(37)
	}
}

func (b *builder) ageOfCouple() int {
	if b.dice.percent(12) {
		return b.dice.between(24, 58)
	}
	return 62 + b.dice.early(34)
}

func (b *builder) sex() mynumber.Sex {
	if b.dice.oneIn(2) {
		return mynumber.Male
	}
	return mynumber.Female
}

func (b *builder) sexOfLoneParent() mynumber.Sex {
	if b.dice.percent(14) {
		return mynumber.Male
	}
	return mynumber.Female
}

// bornAt returns a birth date that makes somebody of that age today.
func (b *builder) bornAt(age int) mynumber.Date {
	latest := mynumber.Birthday(b.today, b.today.Year-age)
	d := latest.AddDays(-b.dice.n(365))
	if d.After(b.today) {
		return b.today
	}
	return d
}

// familyName draws one for a household, common ones more often.
func (b *builder) familyName() name {
	if b.dice.oneIn(hardGlyphShare) {
		return hardFamilyNames[b.dice.n(len(hardFamilyNames))]
	}
	return familyNames[b.dice.early(len(familyNames))]
}

func (b *builder) japanese(family name, sex mynumber.Sex, age int) Resident {
	born := b.bornAt(age)
	given := b.givenName(sex, born.Year)
	return Resident{
		Name:      family.written + "\u3000" + given.written,
		Kana:      places.JoinedKana(family.kana) + "\u3000" + places.JoinedKana(given.kana),
		Latin:     latinOf(family.kana, given.kana),
		BirthDate: born,
		Sex:       sex,
		Residence: mynumber.Japanese,
	}
}

func (b *builder) givenName(sex mynumber.Sex, year int) name {
	tables := &femaleNames
	if sex == mynumber.Male {
		tables = &maleNames
	}
	t := tables[2]
	switch {
	case year < 1958:
		t = tables[0]
	case year < 1992:
		t = tables[1]
	}
	return t[b.dice.n(len(t))]
}

// latinOf panics on kana that cannot be written in Latin letters: the kana
// come from this package's own tables, which its tests read whole.
func latinOf(parts ...string) string {
	for i, p := range parts {
		s, err := places.PassportLatin(p)
		if err != nil {
			panic(err)
		}
		parts[i] = strings.ToUpper(s)
	}
	return strings.Join(parts, " ")
}

// address makes an address and tells the place it lies in.
func (b *builder) address() (places.Municipality, string) {
	place := b.wards[b.dice.n(len(b.wards))]
	quarter := quarters[b.dice.n(len(quarters))]
	var s strings.Builder
	s.WriteString(place.AddressHead())
	switch place.Kind {
	case places.Town, places.Village:
		fmt.Fprintf(&s, "大字%s%s番地", quarter, wide(b.dice.between(1, 2400)))
		if b.dice.percent(40) {
			s.WriteString(wide(b.dice.between(1, 20)))
		}
		return place, s.String()
	}
	fmt.Fprintf(&s, "%s%s丁目%s番%s号", quarter, wide(b.dice.between(1, 6)), wide(b.dice.between(1, 42)), wide(b.dice.between(1, 30)))
	if b.dice.percent(38) {
		fmt.Fprintf(&s, "%s%s号", buildings[b.dice.n(len(buildings))], wide(b.dice.between(1, 9)*100+b.dice.between(1, 12)))
	}
	return place, s.String()
}

// wide writes n in full-width digits.
func wide(n int) string {
	return strings.Map(func(r rune) rune { return r - '0' + '０' }, fmt.Sprint(n))
}
