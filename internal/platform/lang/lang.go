// Package lang holds texts in both languages of the house. Japanese comes
// first; a Text with a missing side fails the catalogue test.
package lang

import "fmt"

// Lang is a language a person may choose.
type Lang string

// The two languages.
const (
	JA Lang = "ja"
	EN Lang = "en"
)

// Parse accepts exactly "ja" and "en".
func Parse(s string) (Lang, error) {
	switch Lang(s) {
	case JA, EN:
		return Lang(s), nil
	}
	return "", fmt.Errorf("lang: %q is neither ja nor en", s)
}

// Text is one text in both languages. Either side may hold fmt verbs; both
// then hold the same ones (explicit argument indexes where the order differs).
type Text struct {
	JA string `json:"ja"`
	EN string `json:"en"`
}

// In returns the text in l.
func (t Text) In(l Lang) string {
	if l == EN {
		return t.EN
	}
	return t.JA
}

// With returns the text in l with its verbs filled in. Arguments that are Texts
// are put into l as well.
func (t Text) With(l Lang, args ...any) string {
	if len(args) == 0 {
		return t.In(l)
	}
	filled := make([]any, len(args))
	for i, a := range args {
		if inner, ok := a.(Text); ok {
			a = inner.In(l)
		}
		filled[i] = a
	}
	return fmt.Sprintf(t.In(l), filled...)
}
