package server

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"kado/mynumber"
)

func sound() World {
	return World{Version: 1, Seed: "kado", Municipality: "13221", Founded: mynumber.Date{Year: 2026, Month: 4, Day: 1},
		Clock: time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC), Runs: 1, NextResident: 5, Verifier: "ver_x"}
}

func encoded(t testing.TB, w World) string {
	t.Helper()
	b, err := json.Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestWorldIsReadStrictly takes one thing away from a sound world.json at a time.
func TestWorldIsReadStrictly(t *testing.T) {
	good := encoded(t, sound())
	if w, err := decodeWorld([]byte(good)); err != nil || w != sound() {
		t.Fatalf("a sound one: %+v, %v", w, err)
	}
	for name, raw := range map[string]string{
		"empty": "", "null": "null", "a list": "[]", "cut": good[:len(good)-1], "two": good + good, "a tail": good + "}", "letters behind": good + " x",
		"unknown field":        strings.Replace(good, `{`, `{"colour":"blue",`, 1),
		"number as text":       strings.Replace(good, `"runs":1`, `"runs":"1"`, 1),
		"too long":             good + strings.Repeat(" ", maxWorldFile),
		"clock without a zone": strings.Replace(good, `01:00:00Z`, `01:00:00`, 1),
		"no such day":          strings.Replace(good, `2026-04-01"`, `2026-02-31"`, 1),
	} {
		if w, err := decodeWorld([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", name, w)
		}
	}
	for name, change := range map[string]func(*World){
		"version 0": func(w *World) { w.Version = 0 }, "version 2": func(w *World) { w.Version = 2 },
		"no seed": func(w *World) { w.Seed = "" }, "long seed": func(w *World) { w.Seed = strings.Repeat("x", MaxSeed+1) },
		"no municipality": func(w *World) { w.Municipality = "" }, "unknown municipality": func(w *World) { w.Municipality = "99999" },
		"no founding": func(w *World) { w.Founded = mynumber.Date{} }, "no clock": func(w *World) { w.Clock = time.Time{} },
		"clock before": func(w *World) { w.Clock = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC) },
		"clock behind": func(w *World) { w.Clock = time.Date(9001, 1, 1, 0, 0, 0, 0, time.UTC) },
		"runs below":   func(w *World) { w.Runs = -1 }, "runs above": func(w *World) { w.Runs = maxRuns + 1 },
		"resident below": func(w *World) { w.NextResident = -1 }, "resident above": func(w *World) { w.NextResident = maxRuns + 1 },
		"no verifier": func(w *World) { w.Verifier = "" },
	} {
		w := sound()
		change(&w)
		if got, err := decodeWorld([]byte(encoded(t, w))); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, change := range map[string]func(*World){
		"runs 0": func(w *World) { w.Runs = 0 }, "most runs": func(w *World) { w.Runs = maxRuns }, "first resident": func(w *World) { w.NextResident = 0 },
		"longest seed": func(w *World) { w.Seed = strings.Repeat("x", MaxSeed) }, "seed of any letters": func(w *World) { w.Seed = "町 🏘 \"\\" },
	} {
		w := sound()
		change(&w)
		if got, err := decodeWorld([]byte(encoded(t, w))); err != nil || got != w {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// FuzzWorld: nothing makes the decoder panic, and what it accepts it also
// accepts after writing it anew.
func FuzzWorld(f *testing.F) {
	good := encoded(f, sound())
	for _, s := range []string{good, "{}", "[]", "", good + good, strings.Replace(good, "5", "-5", 1), strings.ToUpper(good)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		w, err := decodeWorld(raw)
		if err != nil {
			return
		}
		again, err := decodeWorld([]byte(encoded(t, w)))
		if err != nil || !again.Clock.Equal(w.Clock) {
			t.Errorf("%q became %+v, and then %v", raw, w, err)
		}
	})
}
