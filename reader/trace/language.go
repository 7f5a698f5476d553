package trace

import "fmt"

// Language is the language of explanations.
type Language string

// The languages. The zero Language is English.
const (
	English  Language = "en"
	Japanese Language = "ja"
)

// Text is one explanation in both languages. Both sides hold the same fmt verbs.
type Text struct{ JA, EN string }

// In returns the text in a language with its verbs filled in. Arguments that
// are Texts are put into the same language.
func (t Text) In(l Language, args ...any) string {
	s := t.EN
	if l == Japanese {
		s = t.JA
	}
	if len(args) == 0 {
		return s
	}
	filled := make([]any, len(args))
	for i, a := range args {
		if inner, ok := a.(Text); ok {
			a = inner.In(l)
		}
		filled[i] = a
	}
	return fmt.Sprintf(s, filled...)
}

// In has what is recorded or explained explained in this language.
func In(l Language) Option { return func(o *options) { o.language = l } }

// In returns the trace explained anew in a language. Explanations follow from
// what a trace shows, so that a masked one is explained like the plain one.
func (t *Trace) In(l Language) *Trace {
	out := *t
	out.Exchanges = append([]Exchange(nil), t.Exchanges...)
	f := newFollower(l)
	for i, x := range out.Exchanges {
		out.Exchanges[i].Explanation, _, _ = f.next(x.Command.Data, x.Response.Data)
	}
	return &out
}

// labelTexts are the labels of an exchange on the screen; in a file they are
// always English.
var labelTexts = map[string]Text{
	"exchange": {JA: "やり取り", EN: "exchange"},
	"name":     {JA: "命令", EN: "name"},
	"target":   {JA: "対象", EN: "target"},
	"access":   {JA: "条件", EN: "access"},
	"command":  {JA: "送信", EN: "command"},
	"response": {JA: "受信", EN: "response"},
	"status":   {JA: "結果", EN: "status"},
	"cause":    {JA: "考えられる原因", EN: "cause"},
}

// Screen is the exchange, numbered n, for a person: Block with labels in a
// language. The explanations are in the language they were made in.
func (x Exchange) Screen(n int, l Language) string {
	return x.lines(n, func(label string) string { return labelTexts[label].In(l) })
}
