package journal

import (
	"fmt"
	"regexp"
	"slices"
	"sort"
	"sync"

	"kado/internal/platform/lang"
)

// Act is a kind of act. Each office defines its own, so that the holder's
// journal reads in both languages (OPS-35).
type Act struct {
	Code    string    // "cards.suspended": office, dot, past participle
	Text    lang.Text // what the holder reads
	Details []string  // keys that Entry.Details may have; none by default
}

func (a Act) permits(key string) bool { return slices.Contains(a.Details, key) }

var (
	actForm = regexp.MustCompile(`^[a-z]{2,20}\.[a-z0-9_]{2,60}$`)
	keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

	actsMu sync.RWMutex
	acts   = map[string]Act{}
)

// DefineAct enters an act and returns its code, for use in a package variable.
// It panics on a malformed code or key, a text missing in one language, or a
// code defined twice: mistakes in the program text.
func DefineAct(a Act) string {
	if !actForm.MatchString(a.Code) {
		panic(fmt.Sprintf("journal: act %q is not of the form office.done_something", a.Code))
	}
	if a.Text.JA == "" || a.Text.EN == "" {
		panic(fmt.Sprintf("journal: act %s lacks a text", a.Code))
	}
	for _, k := range a.Details {
		if !keyForm.MatchString(k) {
			panic(fmt.Sprintf("journal: act %s: detail %q is not lower-case words", a.Code, k))
		}
	}
	actsMu.Lock()
	defer actsMu.Unlock()
	if _, twice := acts[a.Code]; twice {
		panic(fmt.Sprintf("journal: act %s defined twice", a.Code))
	}
	a.Details = slices.Clone(a.Details)
	acts[a.Code] = a
	return a.Code
}

// ActOf returns the act of a code.
func ActOf(code string) (Act, bool) {
	actsMu.RLock()
	defer actsMu.RUnlock()
	a, ok := acts[code]
	return a, ok
}

// Acts returns all acts by code.
func Acts() []Act {
	actsMu.RLock()
	defer actsMu.RUnlock()
	out := make([]Act, 0, len(acts))
	for _, a := range acts {
		out = append(out, a)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Code < out[j].Code })
	return out
}
