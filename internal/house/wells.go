package house

import (
	"go/ast"
	"regexp"
	"slices"
	"strings"
)

// clockRoom is the one package that asks the machine for the time.
const clockRoom = "internal/platform/clock"

// wallClock marks, on a line of its own or behind a statement, a function that
// measures how long something took. It is permitted only in the layers below,
// where a duration is shown to a person and decides nothing.
var (
	wallClock  = regexp.MustCompile(`^//kado:wall-clock\b`)
	measurable = []string{"server", "scenario", "cmd", "house", "examples"}
)

// polling lists the files that may sleep, with the reason.
var polling = map[string]string{
	"internal/platform/db/dbtest/dbtest_test.go": "waits for the end of a process that is not its child, of which nothing tells",
}

// seededOnly are the names of math/rand that tests may use: generators from a
// stated seed, and nothing of the shared one.
var seededOnly = []string{"New", "NewPCG", "NewChaCha8", "NewSource", "Rand", "PCG", "ChaCha8", "Source"}

// weakRandomness lists the packages that may use math/rand, with the reason.
var weakRandomness = map[string]string{
	"internal/platform/entropy": "the seeded source of the sandbox",
	"internal/platform/db":      "spreads the retries of several processes; no fact or secret comes from it",
	"internal/world/portrait":   "draws faces from a seed; no fact or secret comes from it",
}

// strongRandomness lists the packages that may use crypto/rand, with the
// reason. Facts (ids, serials, challenges) come from platform/entropy instead,
// so that a seed repeats them.
var strongRandomness = map[string]string{
	"internal/platform/entropy":              "the system source",
	"internal/agency/authority":              "P-384 signature keys made for one chip",
	"internal/platform/keystore/token":       "names that tie the halves of a key together in a token",
	"internal/platform/keystore":             "keys of the authorities, vault and card management; nonces of their file",
	"internal/platform/journal":              "the courier's lease tokens, private to one process",
	"internal/platform/vault":                "nonces of the rows' cipher",
	"internal/platform/vault/sealed":         "signing announcements",
	"internal/agency/cards":                  "nonces of the cipher over security codes",
	"internal/server":                        "the passphrase of a sandbox's key file; signing the certificate of its TLS listener; keys of its phones",
	"internal/site/ways/certificate":         "keys of the sandbox's own TLS listener",
	"internal/agency/validation/switchboard": "throwaway keys for wrong signatures",
	"internal/world/profiles":                "management keys of ready cards",
	"cardmgmt":                               "keys and nonces of wrapped keys",
	"chip":                                   "the chip's own generator: keys, challenges, attestation",
	"iso7816":                                "signing card-verifiable certificates",
	"reader":                                 "challenges to the card: a library has no source of its own",
	"reader/files":                           "signing records",
	"jpki":                                   "signing certificates and lists",
	"jpki/cms":                               "signing",
	"jpki/ocsp":                              "nonces of requests, signing",
	"jpki/xmlsig":                            "signing",
	"internal/conform":                       "keys of the provider that relying parties are tested with, made anew for each run",
	"examples/go-rp":                         "a site of its own: its key, state, nonce, session ids",
	"internal/digital/login/oidc":            "codes, tokens, cookies, ids of interactions; signing",
	"internal/corpus":                        "keys of the attack corpus, made anew whenever it is written",
	"jpki/tsa":                               "nonces of requests, serial numbers, the certificate of a sandbox",
}

// Wells checks house rule 9 and where unpredictable values come from: no
// time.Now, time.Since, time.Until or time.Sleep outside the clock, no
// math/rand and crypto/rand outside the listed packages. Tests keep to the same
// clock; they may use generators of math/rand with a stated seed, and crypto/rand,
// which makes throwaway keys.
func Wells(t *Tree) []Breach {
	var out []Breach
	for _, f := range t.Go {
		measured := wallClockLines(t, f)
		f.selectors(func(sel *ast.SelectorExpr, pkg string) {
			if strings.HasPrefix(pkg, "math/rand") && f.Test && weakRandomness[f.Dir] == "" && !slices.Contains(seededOnly, sel.Sel.Name) {
				out = append(out, t.breach(f, sel, "rand.%s differs in every run: use a generator with a stated seed", sel.Sel.Name))
			}
			if pkg != "time" {
				return
			}
			switch sel.Sel.Name {
			case "Now", "Since", "Until":
				if f.Dir != clockRoom && !measured[t.line(sel.Pos())] {
					out = append(out, t.breach(f, sel, "time.%s: ask the injected clock", sel.Sel.Name))
				}
			case "Sleep":
				if polling[f.Path] != "" {
					return
				}
				out = append(out, t.breach(f, sel, "time.Sleep: wait for an event, or move the clock"))
			}
		})
		for _, s := range f.AST.Imports {
			switch p := importPath(s); {
			case strings.HasPrefix(p, "math/rand") && !f.Test && weakRandomness[f.Dir] == "":
				out = append(out, t.breach(f, s, "%s: facts come from platform/entropy, secrets from crypto/rand", p))
			case p == "crypto/rand" && !f.Test && strongRandomness[f.Dir] == "":
				out = append(out, t.breach(f, s, "crypto/rand outside the listed packages: facts come from platform/entropy"))
			}
		}
	}
	return out
}

// wallClockLines returns the lines of the functions that hold the mark.
func wallClockLines(t *Tree, f *GoFile) map[int]bool {
	out := map[int]bool{}
	if l := layerOf(f.Dir); l == nil || !slices.Contains(measurable, l.name) {
		return out
	}
	for _, g := range f.AST.Comments {
		for _, c := range g.List {
			if !wallClock.MatchString(c.Text) {
				continue
			}
			for _, d := range f.AST.Decls {
				if d.Pos() <= c.Pos() && c.Pos() < d.End() {
					for n := t.line(d.Pos()); n <= t.line(d.End()); n++ {
						out[n] = true
					}
				}
			}
		}
	}
	return out
}
