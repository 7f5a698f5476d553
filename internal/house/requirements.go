package house

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

const (
	requirementsTable = "docs/requirements.tsv"
	requirementsDoc   = "docs/requirements.md"
)

// longestText is how many characters a requirement may take.
const longestText = 145

// rooms are the rooms of the house by the names used in the table, with the
// folder each is built in; "" is a room of a later part of the house.
var rooms = map[string]string{
	"mynumber": "mynumber", "iso7816": "iso7816", "cardmgmt": "cardmgmt", "chip": "chip", "reader": "reader", "jpki": "jpki",
	"intake": "internal/agency/intake", "photo": "internal/agency/intake/photo",
	"production": "internal/agency/production", "cards": "internal/agency/cards",
	"authority": "internal/agency/authority", "validation": "internal/agency/validation",
	"hotline": "internal/agency/hotline", "registry": "internal/municipality/registry",
	"custody": "internal/municipality/custody", "counter": "internal/municipality/counter",
	"login": "internal/digital/login",
	"db":    "internal/platform/db", "vault": "internal/platform/vault", "journal": "internal/platform/journal",
	"notice": "internal/platform/notice", "staff": "internal/platform/staff", "keystore": "internal/platform/keystore",
	"world": "internal/world", "scenario": "internal/scenario", "server": "internal/server",
	"cmd": "cmd", "house": "internal/house", "docs": "docs",
	"web": "", "portal": "", "exchange": "", "procedures": "", "accounts": "", "points": "", "health": "", "konbini": "",
	"seals": "", "mobile": "", "freearea": "", "statistics": "", "retention": "", "status": "",
}

// Requirement is one line of the table.
type Requirement struct {
	ID    string
	Rooms []string
	Text  string
}

// Area is the id without its number.
func (r Requirement) Area() string { return r.ID[:strings.IndexByte(r.ID, '-')] }

// Background reports whether the line tells a fact or a piece of history that
// a program cannot show.
func (r Requirement) Background() bool { return strings.HasPrefix(r.Text, "Background: ") }

var requirementID = regexp.MustCompile(`^(APP|PRD|CHP|CRT|LIF|CIT|INS|OPS|P|R|C)-\d\d$`)

// Requirements reads docs/requirements.tsv: id, rooms and text parted by tabs,
// in the order of the areas and of the numbers, nothing twice.
func Requirements(t *Tree) ([]Requirement, []Breach) {
	var out []Requirement
	var bad []Breach
	b := t.Text(requirementsTable)
	if b == nil {
		return nil, []Breach{{requirementsTable, 0, "missing"}}
	}
	before := ""
	for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		say := func(format string, args ...any) {
			bad = append(bad, Breach{requirementsTable, i + 1, fmt.Sprintf(format, args...)})
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 3 || !requirementID.MatchString(cells[0]) {
			say("not an id, rooms and a text parted by tabs")
			continue
		}
		r := Requirement{cells[0], strings.Split(cells[1], ", "), cells[2]}
		if key := rank(r.ID); key <= before {
			say("%s is out of order or there twice", r.ID)
		} else {
			before = key
		}
		for _, room := range r.Rooms {
			if _, ok := rooms[room]; !ok {
				say("%s: %q is no room", r.ID, room)
			}
		}
		switch n := utf8.RuneCountInString(r.Text); {
		case n == 0 || strings.TrimSpace(r.Text) != r.Text:
			say("%s has no text, or blanks around it", r.ID)
		case n > longestText:
			say("%s takes %d characters, more than %d", r.ID, n, longestText)
		case !strings.HasSuffix(r.Text, "."):
			say("%s is no sentence", r.ID)
		}
		out = append(out, r)
	}
	return out, bad
}

// rank sorts ids as the documents do.
func rank(id string) string {
	prefix, n, _ := strings.Cut(id, "-")
	for i, a := range areas {
		if a.prefix == prefix {
			return fmt.Sprintf("%02d-%s", i, n)
		}
	}
	return ""
}

// The states of a requirement.
const (
	shown      = "shown"
	notYet     = "not yet"
	background = "background"
)

// RequirementsDocument writes docs/requirements.md: what each area asks for and
// which tests show it. The state is computed from the citations alone.
func RequirementsDocument(t *Tree) ([]byte, error) {
	list, bad := Requirements(t)
	if len(bad) > 0 {
		return nil, fmt.Errorf("house: %s", bad[0])
	}
	cites, _ := Citations(t)
	by := map[string][]Citation{}
	for _, c := range cites {
		by[c.ID] = append(by[c.ID], c)
	}
	state := func(r Requirement) string {
		switch {
		case len(by[r.ID]) > 0:
			return shown
		case r.Background():
			return background
		}
		return notYet
	}

	var b strings.Builder
	b.WriteString(requirementsHead)
	total := map[string]int{}
	b.WriteString("| Area | all | shown | not yet | background |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, a := range areas {
		n := map[string]int{}
		for _, r := range list {
			if r.Area() == a.prefix {
				n[state(r)]++
				total[state(r)]++
			}
		}
		fmt.Fprintf(&b, "| [%s](#%s) (%s) | %d | %d | %d | %d |\n", a.title, slug(a.title), a.prefix,
			n[shown]+n[notYet]+n[background], n[shown], n[notYet], n[background])
	}
	fmt.Fprintf(&b, "| **Sum** | **%d** | **%d** | **%d** | **%d** |\n", len(list), total[shown], total[notYet], total[background])
	b.WriteString(roomsHead)
	for _, name := range sortedKeys(rooms) {
		if !t.built(name) {
			b.WriteString("`" + name + "` ")
		}
	}
	b.WriteString("\n")

	for _, a := range areas {
		fmt.Fprintf(&b, "\n## %s\n\n| Id | What is asked | Rooms | State | Shown by |\n| --- | --- | --- | --- | --- |\n", a.title)
		for _, r := range list {
			if r.Area() != a.prefix {
				continue
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.ID, cell(r.Text), t.roomCell(r), state(r), testCell(by[r.ID]))
		}
	}
	return []byte(b.String()), nil
}

const requirementsHead = `# Requirements and the tests that show them

Written by ` + "`make generate`" + ` from [requirements.tsv](requirements.tsv) and the tests themselves; do not edit. A requirement is **shown** when at
least one test cites its id, **not yet** when none does, and **background** when it tells a fact that no program can show.

A test cites an id, always with two digits, in one of these places:

- in its name, between underscores: ` + "`TestCHP51_P56_CounterLoweredFirst`" + `;
- in a line ` + "`// Shows: CHP-51, LIF-01..07`" + ` of the comment directly above it;
- in the name of a subtest: the literal given to ` + "`Run`" + `, or a string in the test that begins with the id, as in ` + "`\"R-10 born on 29 February\"`" + `;
- in a line ` + "`# Shows: CRT-57`" + ` of a script under ` + "`testdata/script`" + `.

`

const roomsHead = `
"Rooms" are the parts of the house that a requirement belongs to, as in [architecture.md](architecture.md). Not built yet are:
`

func (t *Tree) built(room string) bool {
	dir := rooms[room]
	return dir != "" && t.Has(dir)
}

func (t *Tree) roomCell(r Requirement) string {
	var out []string
	for _, room := range r.Rooms {
		if t.built(room) {
			out = append(out, room)
		} else {
			out = append(out, "*"+room+"*")
		}
	}
	return strings.Join(out, ", ")
}

func testCell(cites []Citation) string {
	var out []string
	for _, c := range cites {
		out = append(out, fmt.Sprintf("[%s](%s)", c.Test, path.Join("..", c.Path)))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "<br>")
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func sortedKeys(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
