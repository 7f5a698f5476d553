package places

import (
	_ "embed"
	"fmt"
	"strings"

	"kado/mynumber"
)

// The built-in table: one body a line, six-digit code first, so that every
// line carries its own check digit. Where a body is older than the code list,
// valid_from is the list's own first day, 1970-04-01 (1972-05-15 in Okinawa);
// a code that changed its meaning starts with the change. Prefectures come
// before the municipalities of theirs, wards after their city.
//
//go:embed places.tsv
var placesTSV string

const tableHeader = "code\tkind\tname\tkana\tlatin\tdistrict\tvalid_from\tvalid_until"

const kindPrefecture = "prefecture"

type table struct {
	prefectures    []Prefecture
	municipalities []Municipality // in code order
}

// builtIn is read once. A broken table is a mistake in the program's own
// text, which the tests show, so it may panic.
var builtIn = mustParse(placesTSV)

func mustParse(tsv string) table {
	t, err := parseTable(tsv)
	if err != nil {
		panic(err)
	}
	return t
}

// parseTable accepts exactly the form that places.tsv has: the header, LF
// line ends, eight columns, ascending codes, names that fit their kind, and
// Latin names that follow from the kana.
func parseTable(tsv string) (table, error) {
	var t table
	body, ok := strings.CutPrefix(tsv, tableHeader+"\n")
	if !ok {
		return t, fmt.Errorf("places: the table does not start with its header")
	}
	body, ok = strings.CutSuffix(body, "\n")
	if !ok {
		return t, fmt.Errorf("places: the table does not end with a line end")
	}
	cities := map[mynumber.MunicipalityCode]bool{}
	lastCode := mynumber.MunicipalityCode("")
	for n, line := range strings.Split(body, "\n") {
		fail := func(format string, args ...any) (table, error) {
			return table{}, fmt.Errorf("places: line %d: %w", n+2, fmt.Errorf(format, args...))
		}
		f := strings.Split(line, "\t")
		if len(f) != 8 {
			return fail("%d columns instead of 8", len(f))
		}
		code, err := mynumber.ParseMunicipalityCode6(f[0])
		if err != nil {
			return fail("%w", err)
		}
		if code <= lastCode {
			return fail("code %s after %s", code, lastCode)
		}
		lastCode = code
		if f[1] == kindPrefecture {
			p, err := prefectureOf(code, f)
			if err != nil {
				return fail("%w", err)
			}
			t.prefectures = append(t.prefectures, p)
			continue
		}
		m := Municipality{Code: code, Kind: Kind(f[1]), District: f[5], Name: f[2], Kana: f[3], Latin: f[4]}
		if len(t.prefectures) == 0 || t.prefectures[len(t.prefectures)-1].Code != code.Prefecture() {
			return fail("%s stands outside its prefecture", m.Name)
		}
		m.Prefecture = t.prefectures[len(t.prefectures)-1]
		switch m.Kind {
		case DesignatedCity:
			cities[code] = true
		case Ward:
			m.City = cityOfWard(t.municipalities)
			if !cities[m.City] {
				return fail("ward %s follows no designated city", m.Name)
			}
		}
		if want, err := latinName(m.Kind, m.Name, m.Kana); err != nil {
			return fail("%w", err)
		} else if want != m.Latin {
			return fail("%s is %s in Latin letters, not %s", m.Kana, want, m.Latin)
		}
		if m.District != "" && (m.Kind != Town && m.Kind != Village || !strings.HasSuffix(m.District, "郡")) {
			return fail("%q is no district of a %s", m.District, m.Kind)
		}
		if m.ValidFrom, err = mynumber.ParseDate(f[6]); err != nil {
			return fail("%w", err)
		}
		if f[7] != "" {
			if m.ValidUntil, err = mynumber.ParseDate(f[7]); err != nil {
				return fail("%w", err)
			}
			if m.ValidUntil.Before(m.ValidFrom) {
				return fail("%s ends before it starts", m.Name)
			}
		}
		t.municipalities = append(t.municipalities, m)
	}
	return t, nil
}

func prefectureOf(code mynumber.MunicipalityCode, f []string) (Prefecture, error) {
	p := Prefecture{Code: code.Prefecture(), Name: f[2], Kana: f[3], Latin: f[4]}
	if code[2:] != "000" || f[5] != "" || f[7] != "" {
		return p, fmt.Errorf("%s is not a prefecture's line", f[2])
	}
	want, err := latinPrefecture(p.Name, p.Kana)
	if err != nil {
		return p, err
	}
	if want != p.Latin {
		return p, fmt.Errorf("%s is %s in Latin letters, not %s", p.Kana, want, p.Latin)
	}
	return p, nil
}

// cityOfWard returns the designated city that the ward after ms belongs to:
// the last one, since wards follow their city in code order.
func cityOfWard(ms []Municipality) mynumber.MunicipalityCode {
	for i := len(ms) - 1; i >= 0; i-- {
		if ms[i].Kind == DesignatedCity {
			return ms[i].Code
		}
		if ms[i].Kind != Ward {
			break
		}
	}
	return ""
}

type suffix struct{ kanji, kana, latin string }

var suffixes = map[Kind][]suffix{
	City:           {{"市", "シ", "-shi"}},
	DesignatedCity: {{"市", "シ", "-shi"}},
	SpecialWard:    {{"区", "ク", "-ku"}},
	Ward:           {{"区", "ク", "-ku"}},
	Town:           {{"町", "チョウ", "-cho"}, {"町", "マチ", "-machi"}},
	Village:        {{"村", "ムラ", "-mura"}, {"村", "ソン", "-son"}},
}

var prefectureSuffixes = []suffix{{"都", "ト", "-to"}, {"府", "フ", "-fu"}, {"県", "ケン", "-ken"}}

func latinName(kind Kind, name, kana string) (string, error) {
	ss, ok := suffixes[kind]
	if !ok {
		return "", fmt.Errorf("unknown kind %q", string(kind))
	}
	return latinWithSuffix(ss, name, kana)
}

// latinPrefecture knows the one prefecture whose suffix is part of its name
// in Latin letters: Hokkaido.
func latinPrefecture(name, kana string) (string, error) {
	if name == "北海道" {
		return Latin(kana)
	}
	return latinWithSuffix(prefectureSuffixes, name, kana)
}

func latinWithSuffix(ss []suffix, name, kana string) (string, error) {
	for _, s := range ss {
		stem, ok := strings.CutSuffix(kana, s.kana)
		if !ok || !strings.HasSuffix(name, s.kanji) {
			continue
		}
		latin, err := Latin(stem)
		if err != nil {
			return "", err
		}
		return latin + s.latin, nil
	}
	return "", fmt.Errorf("%s (%s) has no suffix of its kind", name, kana)
}
