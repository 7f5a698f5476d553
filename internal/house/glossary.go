package house

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
)

const glossary = "docs/glossary.md"

var codeName = regexp.MustCompile("`([^`]+)`")

// Glossary checks that every name in backticks in docs/glossary.md is there in
// the code: a package or folder, pkg.Name, or pkg.Type.Member for a field or method. A
// file name stands for itself.
func Glossary(t *Tree) []Breach {
	known := map[string]bool{}
	for _, f := range t.Go {
		if f.Test {
			continue
		}
		known[path.Base(f.Path)] = true
		pkg := path.Base(f.Dir)
		for _, folder := range strings.Split(f.Dir, "/") {
			known[folder] = true
		}
		for name := range declarations(f.AST) {
			known[pkg+"."+name] = true
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				if n.Recv != nil && len(n.Recv.List) == 1 {
					known[pkg+"."+receiver(n.Recv.List[0].Type)+"."+n.Name.Name] = true
				}
				return false
			case *ast.TypeSpec:
				for _, name := range members(n.Type) {
					known[pkg+"."+n.Name.Name+"."+name] = true
				}
			}
			return true
		})
	}
	var out []Breach
	for i, line := range strings.Split(string(t.Text(glossary)), "\n") {
		for _, m := range codeName.FindAllStringSubmatch(line, -1) {
			if name := m[1]; !known[name] && !anywhere(known, name) {
				out = append(out, Breach{glossary, i + 1, name + " is not in the code"})
			}
		}
	}
	return out
}

// anywhere finds an exported name without its package, as Office.
func anywhere(known map[string]bool, name string) bool {
	if strings.Contains(name, ".") || !ast.IsExported(name) {
		return false
	}
	for k := range known {
		if strings.HasSuffix(k, "."+name) {
			return true
		}
	}
	return false
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// members returns the fields or methods that a type literal lists.
func members(e ast.Expr) []string {
	var list *ast.FieldList
	switch e := e.(type) {
	case *ast.StructType:
		list = e.Fields
	case *ast.InterfaceType:
		list = e.Methods
	default:
		return nil
	}
	var out []string
	for _, f := range list.List {
		for _, n := range f.Names {
			out = append(out, n.Name)
		}
	}
	return out
}
