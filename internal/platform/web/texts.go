package web

import (
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sort"
	"strings"
	"text/template/parse"

	"kado/internal/platform/lang"
)

// Texts is a catalogue: a key such as "login.consent.title" and its text in both
// languages. Keys begin with the name of the room.
type Texts map[string]lang.Text

var (
	keyForm = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$`)
	verb    = regexp.MustCompile(`%(\[\d+\])?[+#]?[vdsqx%]`)
)

// Problems lists what is wrong with the catalogue itself: a missing side, other
// verbs in one language than in the other, a malformed key.
func (t Texts) Problems(room string) []string {
	var out []string
	for key, text := range t {
		if !keyForm.MatchString(key) || !strings.HasPrefix(key, room+".") {
			out = append(out, fmt.Sprintf("%s: not a key of room %s", key, room))
		}
		if strings.TrimSpace(text.JA) == "" || strings.TrimSpace(text.EN) == "" {
			out = append(out, key+": one language is missing")
		}
		if !slices.Equal(verbs(text.JA), verbs(text.EN)) {
			out = append(out, key+": the two languages take different values")
		}
	}
	sort.Strings(out)
	return out
}

// verbs returns what a text is filled with, in a comparable order.
func verbs(s string) []string {
	var out []string
	for i, v := range verb.FindAllString(s, -1) {
		switch {
		case v == "%%":
		case v[1] == '[':
			out = append(out, v)
		default:
			out = append(out, fmt.Sprintf("%%[%d]%s", i+1, v[1:]))
		}
	}
	sort.Strings(out)
	return out
}

// used returns the keys that the templates name: the first argument of every t
// and th, which must be a constant.
func used(trees map[string]*parse.Tree) (keys []string, err error) {
	seen := map[string]bool{}
	for name, tree := range trees {
		if tree == nil || tree.Root == nil {
			continue
		}
		var walk func(n parse.Node)
		pipe := func(p *parse.PipeNode) {
			if p == nil {
				return
			}
			walk(p)
		}
		walk = func(n parse.Node) {
			switch n := n.(type) {
			case *parse.ListNode:
				if n == nil {
					return
				}
				for _, c := range n.Nodes {
					walk(c)
				}
			case *parse.ActionNode:
				pipe(n.Pipe)
			case *parse.PipeNode:
				for _, c := range n.Cmds {
					walk(c)
				}
			case *parse.CommandNode:
				if id, ok := n.Args[0].(*parse.IdentifierNode); ok && id.Ident == "t" {
					if len(n.Args) < 2 {
						err = fmt.Errorf("web: template %s: t without a key", name)
						return
					}
					if s, ok := n.Args[1].(*parse.StringNode); ok {
						seen[s.Text] = true
					} else {
						err = fmt.Errorf("web: template %s: the key of t is not a constant; give the text with the data and use say", name)
					}
				}
				for _, a := range n.Args {
					if p, ok := a.(*parse.PipeNode); ok {
						pipe(p)
					}
				}
			case *parse.IfNode:
				pipe(n.Pipe)
				walk(n.List)
				walk(n.ElseList)
			case *parse.RangeNode:
				pipe(n.Pipe)
				walk(n.List)
				walk(n.ElseList)
			case *parse.WithNode:
				pipe(n.Pipe)
				walk(n.List)
				walk(n.ElseList)
			case *parse.TemplateNode:
				pipe(n.Pipe)
			}
		}
		walk(tree.Root)
	}
	for k := range seen {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys, err
}

// japanese finds letters of Japanese writing; a template holds none, since what
// stands in it would be in one language only.
var japanese = regexp.MustCompile(`[\p{Hiragana}\p{Katakana}\p{Han}]`)

// bareText lists templates with text of their own.
func bareText(files fs.FS, names []string) []string {
	var out []string
	for _, name := range names {
		b, err := fs.ReadFile(files, name)
		if err != nil {
			out = append(out, name+": "+err.Error())
			continue
		}
		if m := japanese.Find(b); m != nil {
			out = append(out, fmt.Sprintf("%s: text %q stands in the template instead of the catalogue", name, m))
		}
	}
	return out
}
