package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	langPackage    = module + "/internal/platform/lang"
	faultPackage   = module + "/internal/platform/fault"
	journalPackage = module + "/internal/platform/journal"
)

// numbers says which fault numbers belong to a folder: the first of a hundred.
// A deeper folder comes before the one that contains it.
var numbers = []struct {
	dir   string
	first int
}{
	{"internal/platform/fault", 1000}, {"internal/cli", 1000},
	{"internal/cardtool", 6100},
	{"internal/corpus", 6300},
	{"internal/conform", 6400},
	{"internal/platform/db", 1100},
	{"internal/platform/vault", 1200},
	{"internal/platform/keystore", 1300},
	{"internal/platform/staff", 1400},
	{"internal/platform/journal", 1500}, {"internal/platform/notice", 1500},
	{"internal/platform/web", 1600},
	{"internal/municipality/registry", 2000},
	{"internal/agency/intake/photo", 2200},
	{"internal/agency/intake", 2100},
	{"internal/agency/production", 3000},
	{"internal/municipality/custody", 3100},
	{"internal/agency/cards", 3200},
	{"internal/agency/authority", 4000},
	{"internal/agency/validation", 4100},
	{"internal/digital/login/oidc", 8100},
	{"internal/digital/login", 4200},
	{"internal/municipality/counter", 5000},
	{"internal/agency/hotline", 5100},
	{"internal/world/shelf", 7100}, {"internal/scenario", 7200},
	{"internal/world/profiles", 6000},
	{"internal/site/shelf", 8200}, {"internal/site/ways", 8300}, {"internal/site/next", 8400},
	{"internal/site", 8000},
	{"internal/world", 7000}, {"internal/server", 7000},
}

// chipNumbers are those of refusals by the chip or the reader, which any folder
// that speaks to a card may define.
const chipNumbers = 6000

var classes = []string{"Invalid", "NotFound", "Conflict", "Forbidden", "Unavailable", "Internal"}

// Texts checks what people read. Every lang.Text is complete in both
// languages, with the same fmt verbs and Japanese on the Japanese side; every
// fault.Kind has a number of its folder's range, a class and three texts, and
// Why and Cure, which are shown as they stand, hold no verbs; every journal.Act
// has a code that begins with its package's name. Texts computed at run time
// are left to the compiler's types.
func Texts(t *Tree) []Breach {
	var out []Breach
	strs := constants(t)
	seen := map[int]string{}
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		c := &textCheck{t: t, f: f, names: f.names(), strs: strs[f.Dir], seen: seen}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				switch {
				case c.isType(lit.Type, langPackage, "Text"):
					c.text(lit)
				case c.isType(lit.Type, faultPackage, "Kind"):
					c.kind(lit)
				case c.isType(lit.Type, journalPackage, "Act"):
					c.act(lit)
				}
			}
			return true
		})
		out = append(out, c.found...)
	}
	return out
}

type textCheck struct {
	t     *Tree
	f     *GoFile
	names map[string]string
	strs  map[string]ast.Expr
	seen  map[int]string // fault number to place
	found []Breach
}

func (c *textCheck) say(at ast.Node, format string, args ...any) {
	c.found = append(c.found, c.t.breach(c.f, at, format, args...))
}

// isType reports whether e names pkg's type, from outside or inside pkg.
func (c *textCheck) isType(e ast.Expr, pkg, name string) bool {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && e.Sel.Name == name && c.names[x.Name] == pkg
	case *ast.Ident:
		return e.Name == name && module+"/"+c.f.Dir == pkg
	}
	return false
}

// fields returns the values of a literal by field name.
func fields(lit *ast.CompositeLit, order ...string) map[string]ast.Expr {
	out := map[string]ast.Expr{}
	for i, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.Ident); ok {
				out[k.Name] = kv.Value
			}
		} else if i < len(order) {
			out[order[i]] = e
		}
	}
	return out
}

func (c *textCheck) text(lit *ast.CompositeLit) {
	if len(lit.Elts) == 0 {
		return // the zero value: "no text"
	}
	v := fields(lit, "JA", "EN")
	ja, jaKnown := c.value(v["JA"])
	en, enKnown := c.value(v["EN"])
	if v["JA"] == nil || jaKnown && strings.TrimSpace(ja) == "" {
		c.say(lit, "no Japanese text")
		return
	}
	if v["EN"] == nil || enKnown && strings.TrimSpace(en) == "" {
		c.say(lit, "no English text")
		return
	}
	if jaKnown && !japanese(ja) {
		c.say(lit, "nothing Japanese in the Japanese text %q", ja)
	}
	if jaKnown && enKnown {
		if a, b := verbs(ja), verbs(en); a != b {
			c.say(lit, "the languages differ in verbs: %q and %q", a, b)
		}
	}
}

func (c *textCheck) kind(lit *ast.CompositeLit) {
	v := fields(lit)
	n, err := number(v["Number"])
	switch {
	case err != nil:
		c.say(lit, "the number of a fault kind must be written out")
	case c.seen[n] != "":
		c.say(lit, "KADO-%04d is taken by %s", n, c.seen[n])
	default:
		c.seen[n] = fmt.Sprintf("%s:%d", c.f.Path, c.t.line(lit.Pos()))
		if first, ok := rangeOf(c.f.Dir); !ok {
			c.say(lit, "folder %s has no range of fault numbers", c.f.Dir)
		} else if n/100*100 != first && n/100*100 != chipNumbers {
			c.say(lit, "KADO-%04d is outside this folder's range %d to %d", n, first, first+99)
		}
	}
	if base := path.Base(c.f.Path); base != "faults.go" && base != "fault.go" {
		c.say(lit, "fault kinds stand in faults.go")
	}
	if class, ok := v["Class"].(*ast.SelectorExpr); ok {
		if !slices.Contains(classes, class.Sel.Name) {
			c.say(lit, "unknown class %s", class.Sel.Name)
		}
	} else if class, ok := v["Class"].(*ast.Ident); !ok || !slices.Contains(classes, class.Name) {
		c.say(lit, "no class")
	}
	for _, side := range []string{"What", "Why", "Cure"} {
		if v[side] == nil {
			c.say(lit, "no %s", side)
			continue
		}
		text, ok := v[side].(*ast.CompositeLit)
		if !ok {
			continue // a shared text, checked where it is written
		}
		if len(text.Elts) == 0 {
			c.say(text, "empty %s", side)
		}
		if side == "What" {
			continue
		}
		for _, e := range fields(text, "JA", "EN") {
			if s, ok := c.value(e); ok && strings.Contains(verbs(s)+percents(s), "%") {
				c.say(e, "%s is shown as it stands and cannot hold %%", side)
			}
		}
	}
}

func (c *textCheck) act(lit *ast.CompositeLit) {
	v := fields(lit)
	if len(v) == 0 {
		return // the zero value
	}
	if v["Text"] == nil {
		c.say(lit, "no text: the holder reads it")
	}
	code, ok := c.value(v["Code"])
	office, _, dot := strings.Cut(code, ".")
	own := path.Base(c.f.Dir)
	if o := officeOf(c.f.Dir); o != "" {
		own = path.Base(o)
	}
	if ok && (!dot || office != own) {
		c.say(lit, "the code %q does not begin with %s.", code, own)
	}
}

func rangeOf(dir string) (int, bool) {
	for _, r := range numbers {
		if within(dir, r.dir) {
			return r.first, true
		}
	}
	return 0, false
}

func number(e ast.Expr) (int, error) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.INT {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(lit.Value)
}

// constants collects the string constants of every package.
func constants(t *Tree) map[string]map[string]ast.Expr {
	out := map[string]map[string]ast.Expr{}
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		if out[f.Dir] == nil {
			out[f.Dir] = map[string]ast.Expr{}
		}
		for _, d := range f.AST.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.CONST {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				for i, n := range v.Names {
					if i < len(v.Values) {
						out[f.Dir][n.Name] = v.Values[i]
					}
				}
			}
		}
	}
	return out
}

// value evaluates a constant string, and reports whether it could.
func (c *textCheck) value(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.ParenExpr:
		return c.value(e.X)
	case *ast.BinaryExpr:
		a, ok := c.value(e.X)
		b, ok2 := c.value(e.Y)
		return a + b, ok && ok2 && e.Op == token.ADD
	case *ast.Ident:
		if v := c.strs[e.Name]; v != nil {
			return c.value(v)
		}
	}
	return "", false
}

func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
	})
}

var verb = regexp.MustCompile(`%(%|[-+# 0]*\d*(?:\.\d*)?(?:\[(\d+)\])?([a-zA-Z]))`)

// verbs returns the arguments a format takes, in order, e.g. "1%d 2%s". The
// ways to write a string count as one, since the languages quote differently.
func verbs(format string) string {
	var out []string
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[3] == "" {
			continue // %%
		}
		if m[2] != "" {
			next, _ = strconv.Atoi(m[2]) // digits by the expression
		}
		out = append(out, fmt.Sprintf("%d%%%s", next, strings.NewReplacer("q", "s", "v", "s").Replace(m[3])))
		next++
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " ")
}

// percents returns the %% of a text.
func percents(s string) string { return strings.Repeat("%%", strings.Count(s, "%%")) }

// FaultNumbers returns the number of every fault.Kind written out in the tree,
// so that the error catalogue can be compared with it.
func FaultNumbers(t *Tree) []int {
	var out []int
	each(t, faultPackage, "Kind", func(lit *ast.CompositeLit) {
		if n, err := number(fields(lit)["Number"]); err == nil {
			out = append(out, n)
		}
	})
	slices.Sort(out)
	return out
}

// MachineNames returns the name of every states.Machine written out in the
// tree, so that the drawings can be compared with it.
func MachineNames(t *Tree) []string {
	var out []string
	each(t, module+"/internal/platform/states", "Machine", func(lit *ast.CompositeLit) {
		if s, ok := fields(lit)["Name"].(*ast.BasicLit); ok {
			if name, err := strconv.Unquote(s.Value); err == nil {
				out = append(out, name)
			}
		}
	})
	slices.Sort(out)
	return out
}

// each calls see for every literal of pkg's type in the tree outside tests.
func each(t *Tree, pkg, name string, see func(*ast.CompositeLit)) {
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		c := &textCheck{f: f, names: f.names()}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok {
				typ := lit.Type
				if g, ok := typ.(*ast.IndexExpr); ok {
					typ = g.X
				}
				if c.isType(typ, pkg, name) {
					see(lit)
				}
			}
			return true
		})
	}
}
