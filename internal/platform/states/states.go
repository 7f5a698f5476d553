// Package states holds state machines as tables (house rule 7): the states,
// the acts and the permitted moves of a card, an application, a consignment, a
// certificate, a terminal. Everything not in the table is refused, and the
// documents draw the table itself.
package states

import (
	"fmt"
	"sort"
	"strings"

	"kado/internal/platform/lang"
)

// State is one state with its name for people.
type State[S ~string] struct {
	ID   S
	Text lang.Text
	End  bool // no move leaves it
}

// Move is one permitted move.
type Move[S ~string] struct {
	Act      string
	From, To S
}

// Machine is one table. Make it with New.
type Machine[S ~string] struct {
	Name    string // "card", "application", ...
	Title   lang.Text
	Initial S
	States  []State[S]
	Moves   []Move[S]
	next    map[string]S
	known   map[S]State[S]
}

// New checks the table and returns it. It panics on a table that contradicts
// itself (unknown state, two targets for one act, a way out of an end state, a
// state that cannot be reached), since that is a mistake in the program text.
func New[S ~string](m Machine[S]) *Machine[S] {
	m.next, m.known = map[string]S{}, map[S]State[S]{}
	for _, s := range m.States {
		m.known[s.ID] = s
	}
	reached := map[S]bool{m.Initial: true}
	leaves := map[S]bool{}
	for _, v := range m.Moves {
		from, ok := m.known[v.From]
		if _, ok2 := m.known[v.To]; !ok || !ok2 {
			panic(fmt.Sprintf("states: %s: move %s names an unknown state", m.Name, v.Act))
		}
		if from.End {
			panic(fmt.Sprintf("states: %s: move %s leaves the end state %s", m.Name, v.Act, string(v.From)))
		}
		k := string(v.From) + "\x00" + v.Act
		if _, dup := m.next[k]; dup {
			panic(fmt.Sprintf("states: %s: act %s leaves %s twice", m.Name, v.Act, string(v.From)))
		}
		m.next[k] = v.To
		leaves[v.From] = true
	}
	for again := true; again; {
		again = false
		for _, v := range m.Moves {
			if reached[v.From] && !reached[v.To] {
				reached[v.To], again = true, true
			}
		}
	}
	for _, s := range m.States {
		if !reached[s.ID] {
			panic(fmt.Sprintf("states: %s: %s cannot be reached", m.Name, string(s.ID)))
		}
		if !s.End && !leaves[s.ID] {
			panic(fmt.Sprintf("states: %s: nothing leaves %s though it is no end state", m.Name, string(s.ID)))
		}
	}
	return &m
}

// Next returns the state that act leads to from a state, and whether the move
// is permitted.
func (m *Machine[S]) Next(from S, act string) (S, bool) {
	to, ok := m.next[string(from)+"\x00"+act]
	return to, ok
}

// Known reports whether s is a state of the table.
func (m *Machine[S]) Known(s S) bool { _, ok := m.known[s]; return ok }

// Text returns the name of s for people.
func (m *Machine[S]) Text(s S) lang.Text { return m.known[s].Text }

// Acts returns every act of the table, sorted.
func (m *Machine[S]) Acts() []string {
	seen := map[string]bool{}
	var out []string
	for _, v := range m.Moves {
		if !seen[v.Act] {
			seen[v.Act] = true
			out = append(out, v.Act)
		}
	}
	sort.Strings(out)
	return out
}

// Mermaid draws the table as a Mermaid state diagram.
func (m *Machine[S]) Mermaid(l lang.Lang) string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n")
	for _, s := range m.States {
		fmt.Fprintf(&b, "    %s: %s\n", string(s.ID), s.Text.In(l))
	}
	fmt.Fprintf(&b, "    [*] --> %s\n", string(m.Initial))
	for _, v := range m.Moves {
		fmt.Fprintf(&b, "    %s --> %s: %s\n", string(v.From), string(v.To), v.Act)
	}
	for _, s := range m.States {
		if s.End {
			fmt.Fprintf(&b, "    %s --> [*]\n", string(s.ID))
		}
	}
	return b.String()
}
