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
)

// areas are the kinds of ids, in the order of the documents.
var areas = []struct{ prefix, title string }{
	{"APP", "Application"},
	{"PRD", "Production, custody, delivery"},
	{"CHP", "Chip"},
	{"CRT", "Certificates"},
	{"LIF", "Life after delivery"},
	{"CIT", "Uses by the citizen"},
	{"INS", "Uses by institutions"},
	{"OPS", "Security, privacy, operations"},
	{"P", "Properties"},
	{"R", "Rules"},
	{"C", "Decisions where sources differ"},
}

var (
	tightID = regexp.MustCompile(`^(APP|PRD|CHP|CRT|LIF|CIT|INS|OPS|P|R|C)(\d\d)$`)
	oddID   = regexp.MustCompile(`^(APP|PRD|CHP|CRT|LIF|CIT|INS|OPS)(\d|\d{3,})$`)
	areaID  = regexp.MustCompile(`^(APP|PRD|CHP|CRT|LIF|CIT|INS|OPS|P|R|C)$`)
	twoOf   = regexp.MustCompile(`^\d\d$`)
	word    = regexp.MustCompile(`[A-Za-z0-9]+`)

	showsGo     = regexp.MustCompile(`^//\s*Shows: (.*)$`)
	showsScript = regexp.MustCompile(`(?m)^#\s*Shows: (.*)$`)
	leadingID   = regexp.MustCompile(`^(?:APP|PRD|CHP|CRT|LIF|CIT|INS|OPS|P|R|C)-\d\d(?:$|[ :,;])`)
	scriptPath  = regexp.MustCompile(`(^|/)testdata/scripts?/[^/]+\.(txt|txtar)$`)
)

// Citation is one test that shows one requirement.
type Citation struct {
	ID   string // "CHP-51"
	Test string // "chip.TestCHP51_CounterLoweredFirst", or the path of a script
	Path string // the file
	Line int
}

// idsIn finds ids in text. An id is written CHP51, CHP_51 or CHP-51, with two
// digits and nothing alphanumeric beside it; LIF-01..07 stands for all seven. A
// second result lists words that look like an id with another number of digits.
func idsIn(s string) (ids, odd []string) {
	at := word.FindAllStringIndex(s, -1)
	text := func(i int) string {
		if i < len(at) {
			return s[at[i][0]:at[i][1]]
		}
		return ""
	}
	between := func(i int) string { // words i and i+1
		if i+1 < len(at) {
			return s[at[i][1]:at[i+1][0]]
		}
		return ""
	}
	for i := 0; i < len(at); i++ {
		var prefix, n string
		if m := tightID.FindStringSubmatch(text(i)); m != nil {
			prefix, n = m[1], m[2]
		} else if areaID.MatchString(text(i)) && (between(i) == "-" || between(i) == "_") && twoOf.MatchString(text(i+1)) {
			prefix, n = text(i), text(i+1)
			i++
		} else {
			if oddID.MatchString(text(i)) {
				odd = append(odd, text(i))
			}
			continue
		}
		ids = append(ids, prefix+"-"+n)
		if between(i) == ".." && twoOf.MatchString(text(i+1)) {
			// Both are two digits by the expressions.
			from, _ := strconv.Atoi(n)
			to, _ := strconv.Atoi(text(i + 1))
			for k := from + 1; k <= to; k++ {
				ids = append(ids, fmt.Sprintf("%s-%02d", prefix, k))
			}
			i++
		}
	}
	return ids, odd
}

// Citations finds every test that names what it shows. Four places count:
//
//   - the name of a test, fuzz target or example: TestR10_BirthdayOnDayOfIssue,
//     its words parted by underscores;
//   - a comment line "// Shows: CHP-51, P-56" in the comment directly above it;
//   - inside it, the name of a subtest given as a literal to Run, and any string
//     that begins with an id in hyphen form, as names in tables do;
//   - a line "# Shows: CRT-57" in a script under testdata/script.
//
// A test with an empty body shows nothing. The breaches are words that look
// like ids but are none.
func Citations(t *Tree) ([]Citation, []Breach) {
	var out []Citation
	var bad []Breach
	for _, f := range t.Go {
		if !f.Test {
			continue
		}
		for _, d := range f.AST.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Recv != nil || !isTest(fn.Name.Name) {
				continue
			}
			if fn.Body == nil || len(fn.Body.List) == 0 {
				bad = append(bad, t.breach(f, fn, "%s is empty and shows nothing", fn.Name.Name))
				continue
			}
			name := testName(f, fn.Name.Name)
			cite := func(at ast.Node, s string) {
				ids, odd := idsIn(s)
				for _, id := range ids {
					out = append(out, Citation{id, name, f.Path, t.line(at.Pos())})
				}
				for _, o := range odd {
					bad = append(bad, t.breach(f, at, "%s is no id: ids have two digits", o))
				}
			}
			_, rest, _ := strings.Cut(fn.Name.Name, kindOf(fn.Name.Name))
			cite(fn, rest)
			if fn.Doc != nil {
				for _, c := range fn.Doc.List {
					if m := showsGo.FindStringSubmatch(c.Text); m != nil {
						cite(c, m[1])
					}
				}
			}
			ast.Inspect(fn.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if s, lit := runName(n); lit != nil {
						cite(lit, s)
					}
				case *ast.BasicLit:
					if s, err := strconv.Unquote(n.Value); n.Kind == token.STRING && err == nil && leadingID.MatchString(s) {
						cite(n, s)
					}
				}
				return true
			})
		}
	}
	for _, p := range t.Files {
		if !scriptPath.MatchString(p) {
			continue
		}
		text := string(t.Text(p))
		for _, m := range showsScript.FindAllStringSubmatchIndex(text, -1) {
			line := 1 + strings.Count(text[:m[0]], "\n")
			ids, odd := idsIn(text[m[2]:m[3]])
			for _, id := range ids {
				out = append(out, Citation{id, "script " + strings.TrimSuffix(path.Base(p), path.Ext(p)), p, line})
			}
			for _, o := range odd {
				bad = append(bad, Breach{p, line, o + " is no id: ids have two digits"})
			}
		}
	}
	return out, bad
}

// runName returns the literal name of t.Run("name", ...) or of a literal put
// together with +, whose literal part counts.
func runName(call *ast.CallExpr) (string, ast.Node) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Run" || len(call.Args) != 2 {
		return "", nil
	}
	e := call.Args[0]
	for {
		b, ok := e.(*ast.BinaryExpr)
		if !ok {
			break
		}
		e = b.X
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", nil
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "", nil
	}
	return s, lit
}

// kindOf returns "Test", "Fuzz", "Example" or "".
func kindOf(name string) string {
	for _, k := range []string{"Test", "Fuzz", "Example"} {
		if strings.HasPrefix(name, k) {
			return k
		}
	}
	return ""
}

func isTest(name string) bool { return kindOf(name) != "" && name != "TestMain" }

// testName is "photo.TestP37_Limits".
func testName(f *GoFile, fn string) string {
	return strings.TrimSuffix(f.AST.Name.Name, "_test") + "." + fn
}

// Cited checks the citations: every id that a test cites has its line in
// docs/requirements.tsv, every test that docs/requirements.md names exists.
func Cited(t *Tree) []Breach {
	known, bad := Requirements(t)
	ids := map[string]bool{}
	for _, r := range known {
		ids[r.ID] = true
	}
	cites, odd := Citations(t)
	bad = append(bad, odd...)
	for _, c := range cites {
		if !ids[c.ID] {
			bad = append(bad, Breach{c.Path, c.Line, c.Test + " cites " + c.ID + ", which " + requirementsTable + " does not have"})
		}
	}
	return append(bad, namedTests(t)...)
}

var testLink = regexp.MustCompile(`\[(\w+\.(?:Test|Fuzz|Example)\w*|script [^\]]+)\]\(\.\./([^)#]+)\)`)

// namedTests finds tests that the requirements document names and that are
// gone.
func namedTests(t *Tree) []Breach {
	there := map[string][]string{} // file to tests
	for _, f := range t.Go {
		if !f.Test {
			continue
		}
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && isTest(fn.Name.Name) {
				there[f.Path] = append(there[f.Path], testName(f, fn.Name.Name))
			}
		}
	}
	var out []Breach
	for i, line := range strings.Split(string(t.Text(requirementsDoc)), "\n") {
		for _, m := range testLink.FindAllStringSubmatch(line, -1) {
			script := strings.HasPrefix(m[1], "script ") && t.Text(m[2]) != nil
			if !script && !slices.Contains(there[m[2]], m[1]) {
				out = append(out, Breach{requirementsDoc, i + 1, m[1] + " in " + m[2] + " does not exist"})
			}
		}
	}
	return out
}
