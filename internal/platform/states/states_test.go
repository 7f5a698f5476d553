package states_test

import (
	"strings"
	"testing"

	"kado/internal/platform/lang"
	"kado/internal/platform/states"
)

type light string

func TestMachine(t *testing.T) {
	m := states.New(states.Machine[light]{
		Name: "light", Initial: "red",
		States: []states.State[light]{
			{ID: "red", Text: lang.Text{JA: "赤", EN: "red"}},
			{ID: "green", Text: lang.Text{JA: "青", EN: "green"}},
			{ID: "broken", Text: lang.Text{JA: "故障", EN: "broken"}, End: true},
		},
		Moves: []states.Move[light]{
			{"go", "red", "green"}, {"stop", "green", "red"}, {"break", "green", "broken"},
		},
	})
	permitted := map[string]light{"red/go": "green", "green/stop": "red", "green/break": "broken"}
	for _, s := range m.States {
		for _, act := range m.Acts() {
			to, ok := m.Next(s.ID, act)
			want, may := permitted[string(s.ID)+"/"+act]
			if ok != may || to != want {
				t.Errorf("Next(%s, %s) = %q, %v; want %q, %v", s.ID, act, to, ok, want, may)
			}
		}
	}
	if d := m.Mermaid(lang.JA); !strings.Contains(d, "red --> green: go") || !strings.Contains(d, "broken --> [*]") {
		t.Errorf("drawing lacks an edge:\n%s", d)
	}
}

func TestContradictoryTablesPanic(t *testing.T) {
	state := func(id light, end bool) states.State[light] { return states.State[light]{ID: id, End: end} }
	bad := map[string]states.Machine[light]{
		"unknown state":   {Initial: "a", States: []states.State[light]{state("a", true)}, Moves: []states.Move[light]{{"x", "a", "b"}}},
		"leaves an end":   {Initial: "a", States: []states.State[light]{state("a", true), state("b", true)}, Moves: []states.Move[light]{{"x", "a", "b"}}},
		"two targets":     {Initial: "a", States: []states.State[light]{state("a", false), state("b", true)}, Moves: []states.Move[light]{{"x", "a", "b"}, {"x", "a", "a"}}},
		"unreachable":     {Initial: "a", States: []states.State[light]{state("a", false), state("b", true), state("c", true)}, Moves: []states.Move[light]{{"x", "a", "b"}}},
		"dead end unsaid": {Initial: "a", States: []states.State[light]{state("a", false), state("b", false)}, Moves: []states.Move[light]{{"x", "a", "b"}}},
	}
	for name, m := range bad {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			states.New(m)
		})
	}
}
