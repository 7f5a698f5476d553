package lint

import (
	"time"
	"unicode/utf8"
)

var personalCodesRule = Rule{
	Name:   "personal_codes",
	Clause: "chapter 9.3: birth date EYYYYMMDD, sex 1, 2 or 3, address of at most 200 characters",
	Shapes: []Shape{SignatureShape},
	Check: func(c *Certificate, e Expectation) string {
		if sex := c.personalValue(numberSex); sex != "1" && sex != "2" && sex != "3" {
			return "the sex code is not 1, 2 or 3"
		}
		if utf8.RuneCountInString(c.personalValue(numberAddress)) > 200 {
			return "the address has more than 200 characters"
		}
		birth := c.personalValue(numberBirthDate)
		if birth == "000000000" {
			return ""
		}
		if len(birth) != 9 {
			return "the birth date does not have nine digits"
		}
		if _, err := time.Parse("20060102", birth[1:]); err != nil {
			return "the birth date is not a day of the calendar"
		}
		// First days of 明治 to 令和; each ends where the next begins.
		first := []string{"", "18681023", "19120730", "19261225", "19890108", "20190501", "99999999"}
		era := int(birth[0]) - 48
		if era < 1 || era > 5 || birth[1:] < first[era] || birth[1:] >= first[era+1] {
			return "the era digit does not fit the birth date"
		}
		return ""
	},
}
