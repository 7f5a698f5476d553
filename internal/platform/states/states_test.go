package states_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

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

// A table drawn at random: New takes it exactly when it does not contradict
// itself, by another way of deciding; Next then permits what is written and
// nothing else, and every history ends where the table says.
func TestMachineProperty(t *testing.T) {
	ids := []light{"a", "b", "c", "d"}
	rapid.Check(t, func(t *rapid.T) {
		m := states.Machine[light]{Name: "drawn", Initial: "a"}
		end := map[light]bool{}
		for _, id := range ids[:rapid.IntRange(1, 4).Draw(t, "states")] {
			end[id] = rapid.Bool().Draw(t, "end")
			m.States = append(m.States, states.State[light]{ID: id, End: end[id]})
		}
		type edge struct {
			from light
			act  string
		}
		to := map[edge]light{}
		sound := true
		for range rapid.IntRange(0, 6).Draw(t, "moves") {
			v := states.Move[light]{Act: rapid.SampledFrom([]string{"x", "y"}).Draw(t, "act"),
				From: rapid.SampledFrom(ids).Draw(t, "from"), To: rapid.SampledFrom(ids).Draw(t, "to")}
			_, twice := to[edge{v.From, v.Act}]
			_, from := end[v.From]
			_, target := end[v.To]
			sound = sound && from && target && !twice && !end[v.From]
			to[edge{v.From, v.Act}] = v.To
			m.Moves = append(m.Moves, v)
		}
		// Reached by walking from the beginning, as a history would.
		reached, walk := map[light]bool{}, []light{"a"}
		for len(walk) > 0 {
			s := walk[0]
			walk = walk[1:]
			if reached[s] {
				continue
			}
			reached[s] = true
			for e, target := range to {
				if e.from == s {
					walk = append(walk, target)
				}
			}
		}
		for id, isEnd := range end {
			_, x := to[edge{id, "x"}]
			_, y := to[edge{id, "y"}]
			sound = sound && reached[id] && (isEnd || x || y)
		}
		made, taken := try(m)
		if taken != sound {
			t.Fatalf("taken %v, sound %v: %+v", taken, sound, m)
		}
		if !taken {
			return
		}
		for _, s := range append(ids, "", "zz") {
			if _, in := end[s]; made.Known(s) != in {
				t.Fatalf("known(%q) = %v", s, made.Known(s))
			}
			for _, act := range []string{"x", "y", "", "z", "x\x00"} {
				want, may := to[edge{s, act}]
				if got, ok := made.Next(s, act); ok != may || got != want {
					t.Fatalf("Next(%q, %q) = %q, %v", s, act, got, ok)
				}
			}
		}
		for _, v := range m.Moves {
			if !slices.Contains(made.Acts(), v.Act) || !strings.Contains(made.Mermaid(lang.EN), string(v.From)+" --> "+string(v.To)+": "+v.Act+"\n") {
				t.Fatalf("%+v is not shown", v)
			}
		}
		if !slices.IsSorted(made.Acts()) {
			t.Fatalf("acts %v", made.Acts())
		}
	})
}

func try(m states.Machine[light]) (made *states.Machine[light], taken bool) {
	defer func() {
		if recover() != nil {
			made, taken = nil, false
		}
	}()
	return states.New(m), true
}
