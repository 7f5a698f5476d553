package corpus_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"kado/internal/corpus"
)

func TestRun_OwnVerifierAgrees(t *testing.T) {
	dir, m := folder(t)
	list, err := corpus.RunOwn(t.Context(), dir, m)
	if err != nil {
		t.Fatal(err)
	}
	if n := corpus.Count(list)[corpus.Agrees]; n != len(list) {
		t.Errorf("%d of %d agree", n, len(list))
	}
}

// A verifier that always says the same has to fail on one side or the other.
func TestRun_SayingAlwaysTheSameFails(t *testing.T) {
	dir, m := folder(t)
	for answer, outcome := range map[corpus.Answer]corpus.Outcome{corpus.Accept: corpus.Misses, corpus.Refuse: corpus.RefusesGood} {
		list, err := corpus.Run(t.Context(), dir, m, func(context.Context, string, *corpus.Case) (corpus.Answer, string) { return answer, "" })
		if err != nil {
			t.Fatal(err)
		}
		if n := corpus.Count(list)[outcome]; n < 15 {
			t.Errorf("always %s: only %d %s", answer, n, outcome)
		}
	}
}

func TestExec_AnyProgramThroughTheProtocol(t *testing.T) {
	dir, m := folder(t)
	m.Cases = m.Cases[:3]
	script := filepath.Join(t.TempDir(), "adapter")
	for body, want := range map[string]corpus.Answer{
		`echo "refuse because $(basename "$1")"`: corpus.Refuse,
		`test -f "$1/case.json" && echo accept`:  corpus.Accept,
		`echo skip`:                              corpus.Skip,
		`echo maybe`:                             corpus.Broken,
		`exit 3`:                                 corpus.Broken,
		`true`:                                   corpus.Broken,
		`printf '\033[2Jrefuse'`:                 corpus.Broken,
		`echo refuse; head -c 3000000 /dev/zero | tr '\0' x`: corpus.Refuse,
	} {
		if err := os.WriteFile(script, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		a, err := corpus.Exec(script)
		if err != nil {
			t.Fatal(err)
		}
		list, err := corpus.Run(t.Context(), dir, m, a)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if r.Answer != want || strings.ContainsRune(r.Text, 0x1b) || len(r.Text) > 1000 {
				t.Errorf("%q: %s %q", body, r.Answer, r.Text)
			}
		}
	}
	for _, command := range []string{"", "no-such-program-here"} {
		if _, err := corpus.Exec(command); !corpus.NoSuchVerifier.Is(err) {
			t.Errorf("%q: %v", command, err)
		}
	}
	if _, err := corpus.Find("nobody"); !corpus.NoSuchVerifier.Is(err) {
		t.Error(err)
	}
}

func TestParse_Strict(t *testing.T) {
	dir, _ := folder(t)
	good, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := corpus.Parse(good); err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) []byte {
		t.Helper()
		b := bytes.Replace(good, []byte(old), []byte(new), 1)
		if bytes.Equal(b, good) {
			t.Fatalf("%q is not in the manifest", old)
		}
		return b
	}
	for name, b := range map[string][]byte{
		"empty":            {},
		"unknown field":    change(`"version": 1,`, `"version": 1, "more": 1,`),
		"other version":    change(`"version": 1,`, `"version": 2,`),
		"other format":     change("kado-corpus", "corpus"),
		"something behind": append(bytes.Clone(good), '1'),
		"name twice":       change("good-old-generation", "good-signature-certificate"),
		"name malformed":   change("good-old-generation", "../x"),
		"file outside":     change(`"document": "document.p7s"`, `"document": "../../manifest.json"`),
		"file hidden":      change(`"document": "document.p7s"`, `"document": ".ssh"`),
		"wrong verdict":    change(`"verdict": "TOTAL-FAILED"`, `"verdict": "TOTAL-PASSED"`),
		"unknown group":    change(`"group": "certificate"`, `"group": "other"`),
		"unknown form":     change(`"form": "cms"`, `"form": "asn"`),
		"unknown kind":     change(`"kind": "signature"`, `"kind": "both"`),
	} {
		if _, err := corpus.Parse(b); !corpus.NotACorpus.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := corpus.Load(t.TempDir()); !corpus.NotACorpus.Is(err) {
		t.Error(err)
	}
	if _, err := corpus.Write(dir); !corpus.FolderNotEmpty.Is(err) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	dir, err := written()
	if err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	if err != nil {
		f.Fatal(err)
	}
	m, err := corpus.Parse(b)
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(m.Cases); i += 60 {
		one, err := json.Marshal(corpus.Manifest{Format: m.Format, Version: m.Version, Cases: m.Cases[i : i+1]})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(one)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := corpus.Parse(b)
		if err != nil {
			return
		}
		for _, c := range m.Cases {
			if filepath.Base(c.Name) != c.Name || filepath.Base(c.Document) != c.Document {
				t.Fatalf("%q %q", c.Name, c.Document)
			}
		}
	})
}

// installed tells whether the program of an adapter is there. A machine without
// it skips the test, but never in continuous integration.
func installed(t *testing.T, name, install string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI=true forbids to go on without the cross-check", name)
	}
	t.Skipf("SKIPPED CROSS-CHECK: install %s", install)
}

var versions = map[string]struct {
	install string
	args    []string
}{
	"openssl": {"openssl", []string{"version"}}, "pdfsig": {"poppler-utils", []string{"-v"}}, "xmlsec1": {"xmlsec1", []string{"--version"}},
}

// version is the first line with a number of what a program says of itself.
func version(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command(name, versions[name].args...).CombinedOutput()
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile(`\d+(\.\d+)+[a-z]?`).FindString(string(out))
}

const documentation = "../../docs/corpus.md"

// What other verifiers miss stands in docs/corpus.md, as it was found with the
// versions named there. KADO_UPDATE=true writes it anew.
func TestAdapters_MissesAreThoseOfTheDocumentation(t *testing.T) {
	dir, m := folder(t)
	b, err := os.ReadFile(documentation)
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	about := map[string]string{}
	for _, c := range m.Cases {
		about[c.Name] = c.About
	}
	for _, name := range []string{"openssl", "pdfsig", "xmlsec1"} {
		t.Run(name, func(t *testing.T) {
			installed(t, name, versions[name].install)
			a, err := corpus.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			list, err := corpus.Run(t.Context(), dir, m, a)
			if err != nil {
				t.Fatal(err)
			}
			counts := corpus.Count(list)
			if counts[corpus.Agrees] < 40 {
				t.Errorf("the adapter does not work: %v", counts)
			}
			begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
			i, j := strings.Index(doc, begin), strings.Index(doc, end)
			if i < 0 || j < i {
				t.Fatal("docs/corpus.md has no place for the misses")
			}
			is := table(name, version(t, name), list, about)
			switch was := doc[i+len(begin) : j]; {
			case was == is:
			case os.Getenv("KADO_UPDATE") == "true":
				doc = doc[:i+len(begin)] + is + doc[j:]
				if err := os.WriteFile(documentation, []byte(doc), 0o644); err != nil {
					t.Fatal(err)
				}
			case !strings.HasPrefix(was, heading(name, version(t, name))):
				t.Logf("the documentation was written with another version of %s; not compared", name)
			default:
				t.Errorf("docs/corpus.md is not what %s answers; run with KADO_UPDATE=true\n%s", name, is)
			}
		})
	}
}

func heading(name, version string) string { return fmt.Sprintf("With %s %s: ", name, version) }

func table(name, version string, list []corpus.Result, about map[string]string) string {
	counts := corpus.Count(list)
	var b strings.Builder
	b.WriteString(heading(name, version))
	fmt.Fprintf(&b, "%d agree, %d missed, %d good ones refused, %d without an answer, %d not applicable.\n\n| case | outcome | what it is |\n| --- | --- | --- |\n",
		counts[corpus.Agrees], counts[corpus.Misses], counts[corpus.RefusesGood], counts[corpus.Failed], counts[corpus.NotApplicable])
	rows := append([]corpus.Result{}, list...)
	sort.SliceStable(rows, func(i, j int) bool { return rows[i].Outcome < rows[j].Outcome })
	for _, r := range rows {
		if r.Outcome == corpus.Misses || r.Outcome == corpus.RefusesGood || r.Outcome == corpus.Failed {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", r.Case, strings.ReplaceAll(string(r.Outcome), "-", " "), about[r.Case])
		}
	}
	return b.String()
}
