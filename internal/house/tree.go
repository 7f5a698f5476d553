package house

import (
	"bufio"
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the product's module path.
const module = "kado"

// Tree is the product as files. Paths are slash-separated and relative to the
// folder of go.mod.
type Tree struct {
	Files []string // every product file, sorted
	Go    []*GoFile
	text  map[string][]byte
	fset  *token.FileSet
}

// GoFile is one parsed Go file.
type GoFile struct {
	Path string
	Dir  string // "." for the root
	Test bool   // named *_test.go, or in a package that serves tests only
	AST  *ast.File
}

// Breach is one place where a rule is broken.
type Breach struct {
	Path string
	Line int // 0: the file as a whole
	What string
}

// String gives "path:line: what".
func (b Breach) String() string {
	if b.Line == 0 {
		return b.Path + ": " + b.What
	}
	return fmt.Sprintf("%s:%d: %s", b.Path, b.Line, b.What)
}

// Load reads every file of fsys that belongs to the product: all but the .git
// folder and what .gitignore names. A Go file that does not parse is an error,
// except in a testdata folder, where Go files are not parsed.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{text: map[string][]byte{}, fset: token.NewFileSet()}
	ignored := ignoring(fsys)
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if p == "." {
			return nil
		}
		if d.IsDir() {
			if p == ".git" || ignored(p, true) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || p == ".git" || ignored(p, false) {
			return nil
		}
		b, err := fs.ReadFile(fsys, p)
		if err != nil {
			return err
		}
		t.Files = append(t.Files, p)
		t.text[p] = b
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(t.Files)
	for _, p := range t.Files {
		if path.Ext(p) != ".go" || strings.Contains("/"+p, "/testdata/") {
			continue
		}
		f, err := parser.ParseFile(t.fset, p, t.text[p], parser.ParseComments)
		if err != nil {
			return nil, err
		}
		t.Go = append(t.Go, &GoFile{Path: p, Dir: path.Dir(p), Test: strings.HasSuffix(p, "_test.go") || serves(path.Dir(p)), AST: f})
	}
	return t, nil
}

// serves reports whether a package serves tests only: its folder's name begins
// or ends with "test", as in dbtest. Imports keeps the product from using it. A
// test card is a thing of the product.
func serves(dir string) bool {
	base := path.Base(dir)
	return base != "testcard" && (strings.HasPrefix(base, "test") || strings.HasSuffix(base, "test"))
}

// ignoring reads the forms of .gitignore that the product uses: a name or
// pattern for any folder, "/" before it for the root only, "/" behind it for
// folders only.
func ignoring(fsys fs.FS) func(p string, dir bool) bool {
	b, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return func(string, bool) bool { return false }
	}
	var patterns []string
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		if l := strings.TrimSpace(s.Text()); l != "" && l[0] != '#' {
			patterns = append(patterns, l)
		}
	}
	return func(p string, dir bool) bool {
		for _, pat := range patterns {
			pat, dirOnly := strings.CutSuffix(pat, "/")
			pat, root := strings.CutPrefix(pat, "/")
			name := p
			if !root {
				name = path.Base(p)
			}
			if ok, err := path.Match(pat, name); err == nil && ok && (dir || !dirOnly) {
				return true
			}
		}
		return false
	}
}

// Text returns a file's content, or nil if the tree has no such file.
func (t *Tree) Text(p string) []byte { return t.text[p] }

// Has reports whether p is a file or a folder of the tree.
func (t *Tree) Has(p string) bool {
	if _, ok := t.text[p]; ok || p == "." {
		return true
	}
	i, _ := slices.BinarySearch(t.Files, p+"/")
	return i < len(t.Files) && strings.HasPrefix(t.Files[i], p+"/")
}

func (t *Tree) line(n token.Pos) int { return t.fset.Position(n).Line }

func (t *Tree) breach(f *GoFile, at ast.Node, format string, args ...any) Breach {
	return Breach{f.Path, t.line(at.Pos()), fmt.Sprintf(format, args...)}
}

// importPath returns the path of an import.
func importPath(s *ast.ImportSpec) string {
	p, err := strconv.Unquote(s.Path.Value)
	if err != nil {
		return s.Path.Value
	}
	return p
}

// names maps the names by which a file refers to its imports to their paths.
// The name of an import without its own is the last part of its path, without
// a version.
func (f *GoFile) names() map[string]string {
	out := map[string]string{}
	for _, s := range f.AST.Imports {
		p := importPath(s)
		name := path.Base(p)
		if len(name) > 1 && name[0] == 'v' && strings.Trim(name[1:], "0123456789") == "" {
			name = path.Base(path.Dir(p))
		}
		if s.Name != nil {
			name = s.Name.Name
		}
		out[name] = p
	}
	return out
}

// selectors calls see for every pkg.Name in f whose pkg is an import.
func (f *GoFile) selectors(see func(sel *ast.SelectorExpr, pkg string)) {
	names := f.names()
	ast.Inspect(f.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		// An identifier that the parser could resolve is a variable, not a package.
		if x, ok := sel.X.(*ast.Ident); ok && x.Obj == nil {
			if p := names[x.Name]; p != "" {
				see(sel, p)
			}
		}
		return true
	})
}

// within reports whether dir is root or lies below it.
func within(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }
