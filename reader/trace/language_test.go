package trace_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"kado/cardmgmt"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
	"kado/reader"
	"kado/reader/trace"
)

func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

// TestTexts_BothLanguages reads the package's source: every text has both sides,
// Japanese on the Japanese one, and the same verbs.
func TestTexts_BothLanguages(t *testing.T) {
	verbs := regexp.MustCompile(`%(\[\d+\])?[0-9]*[a-zA-Z]`)
	index := regexp.MustCompile(`\[\d+\]`)
	entries, err := os.ReadDir(".")
	ok(t, err)
	found := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, e.Name(), nil, 0)
		ok(t, err)
		literal := func(lit *ast.CompositeLit) {
			side := map[string]string{}
			for _, elt := range lit.Elts {
				kv, isPair := elt.(*ast.KeyValueExpr)
				if !isPair {
					t.Errorf("%s: a text without JA and EN", set.Position(lit.Pos()))
					return
				}
				value, isText := kv.Value.(*ast.BasicLit)
				if !isText {
					return // composed of texts that are checked where they stand
				}
				s, err := strconv.Unquote(value.Value)
				ok(t, err)
				side[kv.Key.(*ast.Ident).Name] = s
			}
			if len(lit.Elts) == 0 {
				return
			}
			found++
			ja, en := side["JA"], side["EN"]
			punctuation := strings.Trim(verbs.ReplaceAllString(ja, ""), "（）：。") == ""
			if ja == "" || en == "" || !japanese(ja) && !punctuation {
				t.Errorf("%s: one language is missing: %q %q", set.Position(lit.Pos()), ja, en)
			}
			sorted := func(s string) []string {
				out := verbs.FindAllString(s, -1)
				for i := range out {
					out[i] = index.ReplaceAllString(out[i], "")
				}
				slices.Sort(out)
				return out
			}
			if !slices.Equal(sorted(ja), sorted(en)) {
				t.Errorf("%s: other verbs: %q %q", set.Position(lit.Pos()), ja, en)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, isLit := n.(*ast.CompositeLit)
			if !isLit {
				return true
			}
			switch typ := lit.Type.(type) {
			case *ast.Ident:
				if typ.Name == "Text" {
					literal(lit)
				}
			case *ast.MapType:
				if v, isIdent := typ.Value.(*ast.Ident); isIdent && v.Name == "Text" {
					for _, elt := range lit.Elts {
						if inner, isLit := elt.(*ast.KeyValueExpr).Value.(*ast.CompositeLit); isLit && inner.Type == nil {
							literal(inner)
						}
					}
				}
			}
			return true
		})
	}
	if found < 150 {
		t.Errorf("only %d texts found: the search is blind", found)
	}
}

// inJapanese checks that everything said of an exchange is Japanese.
func inJapanese(t *testing.T, x trace.Exchange) {
	t.Helper()
	// Of a command that nobody knows the name is its bytes.
	for what, s := range map[string]string{"name": x.Name, "target": x.Target, "access": x.Access, "status": x.Status, "cause": x.Cause} {
		if s != "" && !japanese(s) {
			t.Errorf("%s in another language: %q (%s)", what, s, x.Command)
		}
	}
	if x.Name == "" || x.Status == "" {
		t.Errorf("unexplained: %+v", x.Explanation)
	}
}

// TestOPS33_ExplanationsInBothLanguages: the same conversation, recorded in each
// language and explained anew from the other.
func TestOPS33_ExplanationsInBothLanguages(t *testing.T) {
	f := chiptest.Operational(t)
	en := visit(t, f)
	ja := en.In(trace.Japanese)
	for _, x := range ja.Exchanges {
		inJapanese(t, x)
	}
	if d := cmp.Diff(en, ja.In(trace.English)); d != "" {
		t.Error(d)
	}
	// Recorded in Japanese, and read back from a file.
	rec := visit(t, chiptest.Operational(t), trace.In(trace.Japanese))
	for i, x := range rec.Exchanges {
		if x.Explanation != ja.Exchanges[i].Explanation {
			t.Errorf("exchange %d: recorded %+v, explained anew %+v", i+1, x.Explanation, ja.Exchanges[i].Explanation)
		}
	}
	back, err := trace.Parse(write(t, rec))
	ok(t, err)
	if d := cmp.Diff(rec, back); d != "" {
		t.Error(d)
	}
	screen := back.Exchanges[0].Screen(1, trace.Japanese)
	if !strings.HasPrefix(screen, "やり取り: 1\n命令: SELECT（アプリケーションを選択）\n対象: 公的個人認証AP\n") {
		t.Error(screen)
	}
	if back.Exchanges[0].Screen(1, trace.English) == screen || !strings.HasPrefix(back.Exchanges[0].Block(1), "exchange: 1\n") {
		t.Error("labels")
	}
}

// TestStatusWords_Explained: every status word that the card knows has a meaning
// and a likely cause in both languages.
func TestStatusWords_Explained(t *testing.T) {
	known := 0
	for sw := range 1 << 16 {
		status := iso7816.Status(sw)
		if status.Name() == "unknown status" || status.OK() {
			continue
		}
		known++
		for _, command := range [][]byte{{0x00, 0x20, 0x00, 0x98, 4, '1', '2', '3', '4'}, {0x00, 0xB0, 0x8A, 0, 0}, {0x80, cardmgmt.InsCommit, 0, 0, 0, 0, 0}} {
			aid := append([]byte{0x00, 0xA4, 0x04, 0x0C, 10}, 0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01)
			tr := trace.Explain([][]byte{aid, command}, [][]byte{{0x90, 0}, {byte(sw >> 8), byte(sw)}}, trace.In(trace.Japanese))
			x := tr.Exchanges[1]
			inJapanese(t, x)
			if x.Cause == "" || tr.In(trace.English).Exchanges[1].Cause == "" {
				t.Errorf("%v to %X has no cause", status, command[:2])
			}
			if strings.Contains(tr.In(trace.English).Exchanges[1].Cause, "not a status word known") {
				t.Errorf("%v is not explained", status)
			}
		}
	}
	if known < 40 {
		t.Errorf("only %d status words", known)
	}
}

// TestCHP04_TamperedCardExplained: a chip that has erased itself.
func TestCHP04_TamperedCardExplained(t *testing.T) {
	f := chiptest.Operational(t)
	f.Card.Tamper(chip.TamperProbing)
	rec := trace.Record(reader.Virtual(f.Card))
	for _, command := range [][]byte{{0x00, 0x84, 0, 0, 8}, {1, 2, 3, 4, 9}} {
		_, err := rec.Transmit(command)
		ok(t, err)
	}
	for _, x := range rec.Trace().Exchanges {
		if !strings.HasPrefix(x.Status, "6600") || !strings.Contains(x.Cause, "erased everything") {
			t.Errorf("%+v", x.Explanation)
		}
	}
}

// TestReplayErrors_BothLanguages: no deviation, and no lacking value, is told in
// one language only.
func TestReplayErrors_BothLanguages(t *testing.T) {
	for _, d := range []trace.Deviation{trace.OutOfOrder, trace.Unknown, trace.AfterEnd, trace.HiddenReply, trace.NoReply, trace.OtherAnswer, trace.Unfinished} {
		e := &trace.ReplayError{Exchange: 3, Name: "VERIFY", Deviation: d, Elsewhere: 2, Detail: trace.Text{JA: "詳しく", EN: "detail"}}
		if !japanese(d.Text().JA) || e.In(trace.Japanese) == e.In(trace.English) || !strings.Contains(e.In(trace.Japanese), d.Text().JA) || "trace: "+e.In(trace.English) != e.Error() {
			t.Errorf("%s: %s", d, e.In(trace.Japanese))
		}
	}
	for _, given := range []int{0, 2} {
		e := &trace.HiddenError{Exchange: 3, Hidden: 4, Given: given}
		if !japanese(e.In(trace.Japanese)) || japanese(e.Error()) {
			t.Error(e.In(trace.Japanese), e)
		}
	}
}
