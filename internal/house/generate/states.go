package main

import (
	"fmt"
	"strings"

	"kado/chip"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/digital/login/oidc"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/lang"
	"kado/internal/platform/staff"
	"kado/internal/platform/states"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/handover"
)

// drawing is a state machine of any type, ready for the document.
type drawing struct {
	name    string // of the machine; "" for the chip, which is not an office's table
	title   lang.Text
	folder  string
	note    string
	mermaid string
	states  []row
	moves   []move
}

type row struct {
	id   string
	text lang.Text
	role string
}

type move struct{ act, from, to string }

// drawings lists every state machine, in the order of a card's way; the test
// tells of a missing one.
func drawings() []drawing {
	return []drawing{
		draw("internal/municipality/registry", registry.Standings),
		draw("internal/agency/intake", intake.Applications),
		draw("internal/agency/production", production.Orders),
		draw("internal/agency/production", production.Consignments),
		draw("internal/municipality/custody", custody.Custody),
		draw("internal/agency/cards", cards.Lives),
		draw("internal/agency/authority", authority.Certificates),
		draw("internal/agency/authority", authority.PhoneLives),
		draw("internal/municipality/counter", counter.Sessions),
		draw("internal/digital/login/oidc", oidc.Interactions),
		draw("internal/digital/login/oidc", oidc.Grants),
		draw("internal/digital/login/oidc", oidc.Signings),
		draw("internal/platform/staff", staff.Members),
		draw("internal/platform/staff", staff.Terminals),
		draw("internal/site/ways/bridge", bridge.Lives),
		draw("internal/site/ways/handover", handover.Lives),
		chipLife(),
	}
}

func draw[S ~string](folder string, m *states.Machine[S]) drawing {
	d := drawing{name: m.Name, title: m.Title, folder: folder, mermaid: plain(m.Mermaid(lang.EN))}
	for _, s := range m.States {
		role := ""
		switch {
		case s.ID == m.Initial:
			role = "start"
		case s.End:
			role = "end"
		}
		d.states = append(d.states, row{string(s.ID), s.Text, role})
	}
	for _, v := range m.Moves {
		d.moves = append(d.moves, move{v.Act, string(v.From), string(v.To)})
	}
	return d
}

// plain keeps the drawing readable by older Mermaid (10.2), which takes a second
// colon of a line for the beginning of another label.
func plain(mermaid string) string {
	lines := strings.Split(mermaid, "\n")
	for i, l := range lines {
		if head, label, ok := strings.Cut(l, ": "); ok {
			lines[i] = head + ": " + strings.ReplaceAll(label, ": ", ", ")
		}
	}
	return strings.Join(lines, "\n")
}

// chipTexts are the Japanese names of the chip's states.
var chipTexts = map[chip.State]string{
	chip.StateBlank: "未書込み", chip.StatePersonalised: "書込み済み（運用前）",
	chip.StateOperational: "運用中", chip.StateTerminated: "消去済み",
}

// chipLife draws the chip's own table. Operations that leave the state as it is
// stand in one line of the drawing for each state.
func chipLife() drawing {
	all, moves := chip.Lifecycle()
	d := drawing{
		title: lang.Text{JA: "ICチップ", EN: "Chip"}, folder: "chip",
		note: "A chip goes forward only. Each move is an issuer operation that needs a cryptogram of the card management system. Locked PINs,\n" +
			"suspension and revocation are not states of the chip: the first is kept for each PIN, the others are known to servers only. One state more,\n" +
			"*tampered*, is reached by no operation: from every state, when the chip senses an attack, and there is no way out of it.",
	}
	leaves := map[chip.State]bool{}
	stays := map[chip.State][]string{}
	var edges strings.Builder
	for _, m := range moves {
		d.moves = append(d.moves, move{m.Op.String(), m.From.String(), m.To.String()})
		if m.From == m.To {
			stays[m.From] = append(stays[m.From], m.Op.String())
			continue
		}
		leaves[m.From] = true
		fmt.Fprintf(&edges, "    %s --> %s: %s\n", m.From, m.To, m.Op)
	}
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %s\n", all[0])
	b.WriteString(edges.String())
	for i, s := range all {
		role := ""
		switch {
		case i == 0:
			role = "start"
		case !leaves[s]:
			role = "end"
		}
		d.states = append(d.states, row{s.String(), lang.Text{JA: chipTexts[s], EN: s.String()}, role})
		if len(stays[s]) > 0 {
			fmt.Fprintf(&b, "    %s --> %s: %s\n", s, s, strings.Join(stays[s], ", "))
		}
		if !leaves[s] {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	d.mermaid = b.String()
	return d
}

const statesHead = `# State machines

Written by ` + "`make generate`" + ` from the tables in the program; do not edit. Whatever a table does not list is refused.
`

// statesDocument writes docs/states.md.
func statesDocument() []byte {
	var b strings.Builder
	b.WriteString(statesHead)
	for _, d := range drawings() {
		fmt.Fprintf(&b, "\n## %s（%s）\n\nTable in [%s](../%s).", d.title.EN, d.title.JA, d.folder, d.folder)
		if d.note != "" {
			b.WriteString(" " + d.note)
		}
		fmt.Fprintf(&b, "\n\n```mermaid\n%s```\n", d.mermaid)
		b.WriteString("\n| State | 日本語 | English | |\n| --- | --- | --- | --- |\n")
		for _, s := range d.states {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", s.id, cell(s.text.JA), cell(s.text.EN), s.role)
		}
		b.WriteString("\n| From | Act | To |\n| --- | --- | --- |\n")
		for _, m := range d.moves {
			fmt.Fprintf(&b, "| `%s` | %s | `%s` |\n", m.from, m.act, m.to)
		}
	}
	return []byte(b.String())
}
