package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kado/internal/conform"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/scenario/folk"
	"kado/internal/site/next"
	"kado/internal/site/ways/testcard"
)

const partiesPath = "docs/relying-parties.md"

// partiesDocument writes docs/relying-parties.md: its text as it stands, its
// tables anew from the program.
func partiesDocument(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(partiesPath)))
	if err != nil {
		return nil, err
	}
	for name, table := range map[string]string{"people": people(), "manners": testManners(), "failures": failures(), "chaos": disorders(), "errors": loginErrors(), "cases": cases()} {
		if text, err = between(text, name, table); err != nil {
			return nil, err
		}
	}
	return text, nil
}

// between puts a table between the two marks of a name.
func between(text []byte, name, table string) ([]byte, error) {
	begin, end := []byte("<!-- begin "+name+" -->\n"), []byte("<!-- end "+name+" -->\n")
	head, rest, ok := bytes.Cut(text, begin)
	_, tail, closed := bytes.Cut(rest, end)
	if !ok || !closed {
		return nil, fmt.Errorf("%s: no place for the table %s", partiesPath, name)
	}
	return bytes.Join([][]byte{head, begin, []byte(table), end, tail}, nil), nil
}

func number(code string) string {
	if code == "" {
		return "–"
	}
	return "**" + code + "**"
}

func people() string {
	var b strings.Builder
	b.WriteString("| id | | login ends | signature ends |\n| --- | --- | --- | --- |\n")
	for _, p := range folk.Described() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.ID, both(p.Title), number(p.Refusal), number(p.Signing))
	}
	return b.String()
}

func testManners() string {
	var b strings.Builder
	b.WriteString("| | | error at the relying party |\n| --- | --- | --- |\n")
	for _, m := range testcard.Manners() {
		ends := "–"
		if m.Ends != "" {
			ends = "`" + m.Ends + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.ID, both(m.Text), ends)
	}
	return b.String()
}

func failures() string {
	var b strings.Builder
	b.WriteString("| id | error | status | |\n| --- | --- | --- | --- |\n")
	for _, a := range next.Answers() {
		code, status := "–", "–"
		if a.Error != "" {
			code = "`" + a.Error + "`"
		}
		if a.Status != 0 {
			status = fmt.Sprint(a.Status)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.ID, code, status, both(a.Text))
	}
	return b.String()
}

func disorders() string {
	var b strings.Builder
	b.WriteString("| |\n| --- |\n")
	for _, d := range next.Disorders() {
		fmt.Fprintf(&b, "| %s |\n", both(d.Text))
	}
	return b.String()
}

// met are the numbers that a relying party can meet: at addresses for programs, of the
// people and their test cards, of logins, the provider, and failures on purpose.
var met = [][2]int{{1604, 1606}, {4200, 4299}, {7251, 7255}, {8100, 8199}, {8370, 8379}, {8400, 8499}}

// loginErrors are the refusals that a relying party can meet.
func loginErrors() string {
	var b strings.Builder
	b.WriteString("| number | | what to do |\n| --- | --- | --- |\n")
	for _, k := range fault.All() {
		if slices.ContainsFunc(met, func(r [2]int) bool { return k.Number >= r[0] && k.Number <= r[1] }) {
			fmt.Fprintf(&b, "| **%s** | %s | %s |\n", k.Code(), both(filled(k.What)), both(k.Cure))
		}
	}
	return b.String()
}

func cases() string {
	var b strings.Builder
	b.WriteString("| case | level | has to | the provider | why | what to do |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, c := range conform.Cases() {
		want := "refuse"
		if c.Want == conform.LoggedIn {
			want = "log in"
		}
		cure := ""
		if c.Cure != (lang.Text{}) {
			cure = both(c.Cure)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n", c.Name, c.Level, want, both(c.About), both(c.Why), cure)
	}
	return b.String()
}
