package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jedib0t/go-pretty/v6/table"

	"kado/internal/corpus"
	"kado/internal/platform/lang"
)

// corpusCommands are about the attack corpus: documents that try to deceive a
// verifier, and good ones.
type corpusCommands struct {
	Write corpusWriteCommand `cmd:"" help:"Write the attack corpus into a new folder."`
	Run   corpusRunCommand   `cmd:"" help:"Run a verifier on every case and compare."`
	List  corpusListCommand  `cmd:"" help:"List the cases with the expected answers."`
}

type corpusWriteCommand struct {
	Folder string `arg:"" help:"A new or empty folder."`
}

// Run writes the corpus.
func (v corpusWriteCommand) Run(c *console) error {
	m, err := corpus.Write(v.Folder)
	if err != nil {
		return err
	}
	good, bad := tally(m)
	c.printf(lang.Text{JA: "%d件を書き出しました（正しいもの%d件、攻撃%d件）：%s", EN: "%d cases written (%d good, %d attacks): %s"}, len(m.Cases), good, bad, shorten(v.Folder))
	return nil
}

func tally(m *corpus.Manifest) (good, bad int) {
	for i := range m.Cases {
		if m.Cases[i].Good() {
			good++
		} else {
			bad++
		}
	}
	return good, bad
}

// corpusFlags say which corpus.
type corpusFlags struct {
	Folder string `arg:"" optional:"" help:"A folder that kado corpus write made; without it a new corpus is made for the while."`
	JSON   bool   `help:"As a JSON document."`
}

// with opens the corpus, or makes one for as long as f runs.
func (v corpusFlags) with(f func(dir string, m *corpus.Manifest) error) (err error) {
	if v.Folder != "" {
		m, err := corpus.Load(v.Folder)
		if err != nil {
			return err
		}
		return f(v.Folder, m)
	}
	tmp, err := os.MkdirTemp("", "kado-corpus-")
	if err != nil {
		return corpus.CannotWrite.Because(err, os.TempDir())
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	dir := filepath.Join(tmp, "corpus")
	m, err := corpus.Write(dir)
	if err != nil {
		return err
	}
	return f(dir, m)
}

type corpusListCommand struct {
	corpusFlags
}

// Run lists the cases.
func (v corpusListCommand) Run(c *console) error {
	return v.with(func(_ string, m *corpus.Manifest) error {
		if v.JSON {
			return c.json(m)
		}
		for i := range m.Cases {
			k := &m.Cases[i]
			fmt.Fprintf(c.out, "%s %s %s\n    %s\n", pad(k.Name, 48), pad(string(k.Verdict), 13), k.Reason, shorten(k.About))
		}
		return nil
	})
}

type corpusRunCommand struct {
	corpusFlags
	Adapter string `help:"The verifier: kado (the default), openssl, pdfsig or xmlsec1." placeholder:"NAME" xor:"verifier"`
	Exec    string `help:"Another verifier: a program that gets the folder of a case and prints accept, refuse or skip." placeholder:"COMMAND" xor:"verifier"`
	Case    string `help:"Only this case." placeholder:"NAME"`
}

// ownVerifier is the name of this program's own among the adapters.
const ownVerifier = "kado"

// Run runs the verifier and shows where it differs.
func (v corpusRunCommand) Run(c *console) error {
	name := v.Adapter
	if name == "" {
		name = ownVerifier
	}
	find := corpus.Find
	if v.Exec != "" {
		name, find = v.Exec, corpus.Exec
	}
	adapter, err := find(name)
	if err != nil {
		return err
	}
	own := v.Exec == "" && name == ownVerifier
	return v.with(func(dir string, m *corpus.Manifest) error {
		if err := v.only(m); err != nil {
			return err
		}
		var list []corpus.Result
		var err error
		if own {
			list, err = corpus.RunOwn(c.ctx, dir, m)
		} else {
			list, err = corpus.Run(c.ctx, dir, m, adapter)
		}
		if err != nil {
			return err
		}
		counts := corpus.Count(list)
		if v.JSON {
			err = c.json(struct {
				Adapter  string                 `json:"adapter"`
				Outcomes map[corpus.Outcome]int `json:"outcomes"`
				Results  []corpus.Result        `json:"results"`
			}{name, counts, list})
		} else {
			c.corpusTable(list)
		}
		if wrong := len(list) - counts[corpus.Agrees]; err == nil && own && wrong > 0 {
			err = corpus.Differs.New(wrong)
		}
		return err
	})
}

// only leaves the one case that was asked for.
func (v corpusRunCommand) only(m *corpus.Manifest) error {
	if v.Case == "" {
		return nil
	}
	for i := range m.Cases {
		if m.Cases[i].Name == v.Case {
			m.Cases = m.Cases[i : i+1]
			return nil
		}
	}
	return corpus.NoSuchCase.New(shorten(v.Case))
}

var outcomeNames = []struct {
	outcome corpus.Outcome
	text    lang.Text
}{
	{corpus.Agrees, lang.Text{JA: "一致", EN: "agrees"}},
	{corpus.Misses, lang.Text{JA: "見逃し", EN: "misses"}},
	{corpus.RefusesGood, lang.Text{JA: "正しいものを拒否", EN: "refuses good"}},
	{corpus.OtherReason, lang.Text{JA: "理由が違う", EN: "other reason"}},
	{corpus.Failed, lang.Text{JA: "答えなし", EN: "no answer"}},
	{corpus.NotApplicable, lang.Text{JA: "対象外", EN: "not applicable"}},
}

// corpusTable counts the outcomes by group, and names every case where the
// verifier differs.
func (c *console) corpusTable(list []corpus.Result) {
	t := table.NewWriter()
	t.SetOutputMirror(c.out)
	t.SetStyle(table.StyleLight)
	head := table.Row{lang.Text{JA: "種類", EN: "group"}.In(c.lang)}
	for _, o := range outcomeNames {
		head = append(head, o.text.In(c.lang))
	}
	t.AppendHeader(head)
	row := func(name string, counts map[corpus.Outcome]int) table.Row {
		r := table.Row{name}
		for _, o := range outcomeNames {
			r = append(r, counts[o.outcome])
		}
		return r
	}
	var groups []string
	of := map[string][]corpus.Result{}
	for _, r := range list {
		if of[r.Group] == nil {
			groups = append(groups, r.Group)
		}
		of[r.Group] = append(of[r.Group], r)
	}
	for _, g := range groups {
		t.AppendRow(row(g, corpus.Count(of[g])))
	}
	t.AppendFooter(row(lang.Text{JA: "合計", EN: "all"}.In(c.lang), corpus.Count(list)))
	t.Render()
	for _, o := range outcomeNames[1:5] {
		first := true
		for _, r := range list {
			if r.Outcome != o.outcome {
				continue
			}
			if first {
				fmt.Fprintln(c.out, o.text.In(c.lang))
				first = false
			}
			fmt.Fprintf(c.out, "  %s %s\n", pad(r.Case, 48), shorten(r.Text))
		}
	}
}
