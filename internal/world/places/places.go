// Package places knows the prefectures and municipalities of Japan: code,
// names in kanji, kana and Latin letters, and the days between which a code
// stood for that name.
//
// Built in are the 47 prefectures, the special wards of Tokyo, the designated
// cities with their wards, and the municipalities that the scenarios name;
// Import reads the ministry's published list for the rest.
package places

import (
	"cmp"
	"sort"
	"strings"

	"kado/mynumber"
)

// Kind says what sort of body a municipality is.
type Kind string

// The kinds. A Ward is an administrative part of a designated city (行政区)
// and no municipality of its own: it has a code and stands in addresses, but
// issues no cards. A SpecialWard (特別区) of Tokyo is a municipality.
const (
	City           Kind = "city"
	DesignatedCity Kind = "designated-city"
	SpecialWard    Kind = "special-ward"
	Town           Kind = "town"
	Village        Kind = "village"
	Ward           Kind = "ward"
)

// Prefecture is one of the 47.
type Prefecture struct {
	Code  string // two digits, "01" to "47"
	Name  string // 東京都
	Kana  string // トウキョウト
	Latin string // Tokyo-to, the form in certificates and CRL distribution points
}

// LocalGovernmentCode returns the prefecture's own six-digit code.
func (p Prefecture) LocalGovernmentCode() string {
	return mynumber.MunicipalityCode(p.Code + "000").WithCheckDigit()
}

// Municipality is a city, special ward, town, village or ward.
type Municipality struct {
	Code       mynumber.MunicipalityCode // five digits, the form inside the card
	Kind       Kind
	Prefecture Prefecture
	District   string                    // 郡 of a town or village, as written in addresses; else ""
	City       mynumber.MunicipalityCode // the designated city that a Ward belongs to; else ""
	Name       string                    // 清瀬市; of a Ward 神奈川区
	Kana       string                    // キヨセシ, full-width katakana
	Latin      string                    // Kiyose-shi
	ValidFrom  mynumber.Date
	ValidUntil mynumber.Date // last day; zero while in force
}

// LocalGovernmentCode returns the six-digit code of statistics and file
// exchange: the five digits and their check digit.
func (m Municipality) LocalGovernmentCode() string { return m.Code.WithCheckDigit() }

// Issues reports whether the body issues and delivers cards (PRD-01), which
// wards of designated cities do only as branches of their city.
func (m Municipality) Issues() bool { return m.Kind != Ward }

// ValidOn reports whether the code stood for this name on day d.
func (m Municipality) ValidOn(d mynumber.Date) bool {
	if d.Before(m.ValidFrom) {
		return false
	}
	return m.ValidUntil.IsZero() || !d.After(m.ValidUntil)
}

// AddressHead returns how an address in this place begins: prefecture,
// district or designated city where there is one, and name.
func (m Municipality) AddressHead() string {
	head := m.Prefecture.Name + m.District
	if c, ok := ByCode(m.City); ok {
		head += c.Name
	}
	return head + m.Name
}

// FullLatin returns prefecture and name in Latin letters, for people who do
// not read Japanese: "Tokyo-to Kiyose-shi".
func (m Municipality) FullLatin() string {
	head := m.Prefecture.Latin + " "
	if c, ok := ByCode(m.City); ok {
		head += c.Latin + " "
	}
	return head + m.Latin
}

// All returns every built-in municipality and ward in code order. The slice
// is the caller's.
func All() []Municipality { return append([]Municipality(nil), builtIn.municipalities...) }

// Prefectures returns the 47 in code order. The slice is the caller's.
func Prefectures() []Prefecture { return append([]Prefecture(nil), builtIn.prefectures...) }

// ByCode finds a built-in municipality or ward by its five digits.
func ByCode(code mynumber.MunicipalityCode) (Municipality, bool) {
	i, ok := sort.Find(len(builtIn.municipalities), func(i int) int {
		return cmp.Compare(code, builtIn.municipalities[i].Code)
	})
	if !ok {
		return Municipality{}, false
	}
	return builtIn.municipalities[i], true
}

// PrefectureByCode finds a prefecture by its two digits.
func PrefectureByCode(code string) (Prefecture, bool) {
	for _, p := range builtIn.prefectures {
		if p.Code == code {
			return p, true
		}
	}
	return Prefecture{}, false
}

// ByLatin finds built-in municipalities by Latin name, with or without its
// suffix ("Nerima", "Nerima-ku"), in code order. Several may answer: there
// are two cities called Date.
func ByLatin(name string) []Municipality {
	var out []Municipality
	for _, m := range builtIn.municipalities {
		stem, _, _ := strings.Cut(m.Latin, "-")
		if strings.EqualFold(name, m.Latin) || strings.EqualFold(name, stem) {
			out = append(out, m)
		}
	}
	return out
}
