package conform

import (
	"fmt"
	"io"
	"strings"

	"kado/internal/platform/lang"
)

// Verdict is what a result means for the relying party.
type Verdict string

// The verdicts.
const (
	Pass Verdict = "pass"
	Fail Verdict = "fail"
	Warn Verdict = "warn" // against a Should
	Note Verdict = "note" // never counted
	Skip Verdict = "skip"
)

// Result is what came of one case.
type Result struct {
	Case    string      `json:"case"`
	Group   string      `json:"group"`
	Level   Level       `json:"level"`
	Want    Outcome     `json:"want"`
	Outcome Outcome     `json:"outcome"`
	Verdict Verdict     `json:"verdict"`
	Status  int         `json:"status,omitempty"` // of the page on which the browser ended
	About   lang.Text   `json:"about"`
	Why     lang.Text   `json:"why"`
	Cure    lang.Text   `json:"cure,omitzero"`
	Notes   []lang.Text `json:"notes,omitempty"`
}

// Report is what one run found.
type Report struct {
	RP       string   `json:"rp"`
	Issuer   string   `json:"issuer"`
	Results  []Result `json:"results"`
	Requests []Check  `json:"requests"`
	// Counts are by verdict, of results and requests together.
	Counts map[Verdict]int `json:"counts"`
	// Passed is true without any failure.
	Passed bool `json:"passed"`
}

func (r *Report) sum() {
	r.Counts = map[Verdict]int{}
	for _, one := range r.Results {
		r.Counts[one.Verdict]++
	}
	for _, one := range r.Requests {
		r.Counts[one.Verdict]++
	}
	r.Passed = r.Counts[Fail] == 0
}

var verdictWords = map[Verdict]lang.Text{
	Pass: text("合格", "pass"), Fail: text("不合格", "FAIL"), Warn: text("注意", "warn"), Note: text("参考", "note"), Skip: text("対象外", "skip"),
}

var outcomeWords = map[Outcome]lang.Text{
	LoggedIn: text("ログインできた", "logged in"), Refused: text("断った", "refused"), NoAnswer: text("応答なし", "no answer"), NotApplicable: text("使っていない", "not used"),
}

// Line is one result on one line.
func (r Result) Line(l lang.Lang) string {
	return verdictWords[r.Verdict].In(l) + "  " + r.Case + ": " + outcomeWords[r.Outcome].In(l)
}

// WriteText writes the report for people: every result, and for each that is
// not in order what the provider did and what it may lead to.
func (r *Report) WriteText(w io.Writer, l lang.Lang) error {
	var b strings.Builder
	for _, one := range r.Results {
		fmt.Fprintln(&b, one.Line(l))
		if one.Verdict == Fail || one.Verdict == Warn {
			fmt.Fprintf(&b, "      %s\n      %s\n", one.About.In(l), one.Why.In(l))
			if one.Cure != (lang.Text{}) {
				fmt.Fprintf(&b, "      %s%s\n", text("直し方：", "Cure: ").In(l), one.Cure.In(l))
			}
		}
		for _, n := range one.Notes {
			fmt.Fprintf(&b, "      %s\n", n.In(l))
		}
	}
	fmt.Fprintln(&b, text("このサイトの送った要求", "What the relying party sent").In(l))
	for _, one := range r.Requests {
		fmt.Fprintf(&b, "%s  %s: %s\n", verdictWords[one.Verdict].In(l), one.Name, one.About.In(l))
		if one.Verdict != Pass && one.Verdict != Skip {
			fmt.Fprintf(&b, "      %s\n", one.Why.In(l))
		}
	}
	fmt.Fprintln(&b, text("合格%d、不合格%d、注意%d、参考%d、対象外%d", "%d passed, %d failed, %d warnings, %d notes, %d skipped").With(l,
		r.Counts[Pass], r.Counts[Fail], r.Counts[Warn], r.Counts[Note], r.Counts[Skip]))
	_, err := io.WriteString(w, b.String())
	return err
}
