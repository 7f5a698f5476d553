package house

import (
	"go/ast"
	"path"
	"strings"
)

// contractFile declares what other offices may name.
const contractFile = "office.go"

// sharedRooms are packages inside an office that another office may use
// without a contract, each with the reason.
var sharedRooms = map[string]string{}

// officeOf returns the root folder of the office that dir lies in, or "".
func officeOf(dir string) string {
	for _, root := range []string{"internal/agency/", "internal/municipality/", "internal/digital/"} {
		if rest, ok := strings.CutPrefix(dir, root); ok {
			name, _, _ := strings.Cut(rest, "/")
			return root + name
		}
	}
	return ""
}

// Contracts checks house rule 2: an office names of another office only what
// its office.go declares, and never reaches into another office's inner
// packages. Tests are free, since they may join real offices.
func Contracts(t *Tree) []Breach {
	declared := map[string]map[string]bool{}
	for _, f := range t.Go {
		if officeOf(f.Dir) == f.Dir && path.Base(f.Path) == contractFile {
			declared[f.Dir] = declarations(f.AST)
		}
	}
	var out []Breach
	for _, f := range t.Go {
		own := officeOf(f.Dir)
		if own == "" || f.Test {
			continue
		}
		for _, s := range f.AST.Imports {
			dir, inside := strings.CutPrefix(importPath(s), module+"/")
			other := officeOf(dir)
			if !inside || other == "" || other == own {
				continue
			}
			if dir != other && sharedRooms[dir] == "" {
				out = append(out, t.breach(f, s, "%s is a room inside another office", dir))
			}
			if dir == other && declared[other] == nil {
				out = append(out, t.breach(f, s, "%s has no %s that declares a contract", dir, contractFile))
			}
		}
		f.selectors(func(sel *ast.SelectorExpr, pkg string) {
			dir := strings.TrimPrefix(pkg, module+"/")
			if names := declared[dir]; names != nil && dir != own && !names[sel.Sel.Name] {
				out = append(out, t.breach(f, sel, "%s.%s is not declared in %s/%s", path.Base(dir), sel.Sel.Name, dir, contractFile))
			}
		})
	}
	return out
}

// declarations returns the top-level names of a file.
func declarations(f *ast.File) map[string]bool {
	out := map[string]bool{}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				out[d.Name.Name] = true
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					out[s.Name.Name] = true
				case *ast.ValueSpec:
					for _, n := range s.Names {
						out[n.Name] = true
					}
				}
			}
		}
	}
	return out
}
