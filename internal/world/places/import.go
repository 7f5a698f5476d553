package places

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kado/mynumber"
)

// Limits of a list to import. The country has 1,741 municipalities and 47
// prefectures.
const (
	maxImport     = 1 << 20 // bytes
	maxImportRows = 4000
)

// ErrImport refuses a list that is not in the ministry's form. The error says
// the line.
var ErrImport = errors.New("places: list of codes refused")

var importHeader = []string{"団体コード", "都道府県名（漢字）", "市区町村名（漢字）", "都道府県名（カナ）", "市区町村名（カナ）"}

// Import reads the ministry's list of local government codes, saved as CSV in
// UTF-8 with its five columns: code of six digits, prefecture, municipality
// ("" in a prefecture's own line), and both in kana, half-width or full-width.
// The header may hold line breaks, as the ministry's does.
//
// Where the built-in table knows a code under the same name, its entry is
// returned, since it also knows district and days; the ministry's list gives
// neither, so other entries have no district and are valid from the day given.
// Latin names follow from the kana. The list of wards is another sheet and not
// read here. Entries come back in code order. Errors wrap ErrImport.
func Import(r io.Reader, from mynumber.Date) ([]Municipality, error) {
	if !from.Valid() {
		return nil, fmt.Errorf("%w: no day from which it is valid", ErrImport)
	}
	limited := &io.LimitedReader{R: r, N: maxImport + 1}
	in := bufio.NewReader(limited)
	if mark, err := in.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = in.Discard(3)
	}
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = len(importHeader)
	rows.ReuseRecord = true
	head, err := rows.Read()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrImport, err)
	}
	for i, h := range head {
		if strings.NewReplacer("\n", "", "\r", "").Replace(h) != importHeader[i] {
			return nil, fmt.Errorf("%w: column %d is not %s", ErrImport, i+1, importHeader[i])
		}
	}
	var out []Municipality
	seen := map[mynumber.MunicipalityCode]bool{}
	for n := 0; ; n++ {
		row, err := rows.Read()
		if err == io.EOF && limited.N > 0 {
			break
		}
		if err == nil && n == maxImportRows {
			err = fmt.Errorf("more than %d lines", maxImportRows)
		}
		if limited.N <= 0 {
			err = fmt.Errorf("more than %d bytes", maxImport)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrImport, err)
		}
		line, _ := rows.FieldPos(0)
		m, skip, err := importRow(row, from)
		if err == nil && seen[m.Code] {
			err = fmt.Errorf("code %s twice", m.Code)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrImport, line, err)
		}
		seen[m.Code] = true
		if !skip {
			out = append(out, m)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: it holds no municipality", ErrImport)
	}
	slices.SortFunc(out, func(a, b Municipality) int { return cmp.Compare(a.Code, b.Code) })
	return out, nil
}

// importRow reads one line; skip is true for a prefecture's own.
func importRow(row []string, from mynumber.Date) (m Municipality, skip bool, err error) {
	for _, f := range row {
		if !utf8.ValidString(f) || len(f) > 120 {
			return m, false, errors.New("a field is not UTF-8 or too long")
		}
	}
	if m.Code, err = mynumber.ParseMunicipalityCode6(row[0]); err != nil {
		return m, false, err
	}
	p, ok := PrefectureByCode(m.Code.Prefecture())
	if !ok || p.Name != row[1] {
		return m, false, fmt.Errorf("code %s does not belong to the prefecture named", m.Code)
	}
	if strings.HasSuffix(string(m.Code), "000") {
		if row[2] != "" || row[4] != "" {
			return m, false, fmt.Errorf("code %s is a prefecture's", m.Code)
		}
		return m, true, nil
	}
	if known, ok := ByCode(m.Code); ok && known.Name == row[2] && known.ValidUntil.IsZero() {
		return known, false, nil
	}
	m.Prefecture, m.Name, m.Kana, m.ValidFrom = p, row[2], norm.NFKC.String(row[4]), from
	if m.Kind, err = kindOf(m.Code, m.Name); err != nil {
		return m, false, err
	}
	m.Latin, err = latinName(m.Kind, m.Name, m.Kana)
	return m, false, err
}

// kindOf reads the kind from the name. A designated city that the built-in
// table does not know counts as a city.
func kindOf(code mynumber.MunicipalityCode, name string) (Kind, error) {
	last, _ := utf8.DecodeLastRuneInString(name)
	switch {
	case last == '市':
		return City, nil
	case last == '町':
		return Town, nil
	case last == '村':
		return Village, nil
	case last == '区' && code.Prefecture() == "13":
		return SpecialWard, nil
	}
	return "", fmt.Errorf("code %s is neither city, special ward, town nor village", code)
}
