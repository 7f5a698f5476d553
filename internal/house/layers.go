package house

import (
	"slices"
	"strings"
)

// layer is one floor of the house (house rule 3).
type layer struct {
	name string
	dirs []string // its folders
	// may lists the layers that its packages may import, besides itself;
	// tests lists what their tests may import in addition.
	may, tests []string
}

// libraries without the chip: offices and platform speak to a card through
// reader only (house rule 4).
var (
	cardless  = []string{"mynumber", "iso7816", "cardmgmt", "reader", "jpki"}
	libraries = append([]string{"chip"}, cardless...)
)

// layers is the table of permitted imports, from the bottom up. What a layer
// does not list it may not import, so there is no way round in a circle.
var layers = []layer{
	{"mynumber", []string{"mynumber"}, nil, nil},
	{"iso7816", []string{"iso7816"}, []string{"mynumber"}, nil},
	{"cardmgmt", []string{"cardmgmt"}, []string{"mynumber", "iso7816"}, nil},
	{"jpki", []string{"jpki"}, []string{"mynumber"}, []string{"iso7816", "cardmgmt", "reader", "chip"}},
	{"chip", []string{"chip"}, []string{"mynumber", "iso7816", "cardmgmt"}, []string{"jpki", "reader"}},
	{"reader", []string{"reader"}, []string{"mynumber", "iso7816", "cardmgmt", "jpki"}, []string{"chip"}},
	{"platform", []string{"internal/platform"}, cardless, nil},
	{"offices", []string{"internal/agency", "internal/municipality", "internal/digital"},
		append([]string{"platform"}, cardless...), []string{"chip", "world"}},
	{"world", []string{"internal/world"}, append([]string{"platform"}, libraries...), []string{"offices"}},
	{"server", []string{"internal/server"}, append([]string{"platform", "offices", "world"}, libraries...), nil},
	{"scenario", []string{"internal/scenario"}, append([]string{"platform", "offices", "world", "server"}, libraries...), nil},
	{"site", []string{"internal/site"}, append([]string{"platform", "offices", "world", "server", "scenario"}, libraries...), nil},
	{"conform", []string{"internal/conform"}, []string{"platform"}, nil},
	{"examples", []string{"examples"}, nil, nil},
	{"corpus", []string{"internal/corpus"}, append([]string{"platform"}, cardless...), nil},
	{"cmd", []string{"cmd", "internal/cli", "internal/cardtool"}, append([]string{"conform", "corpus", "platform", "offices", "world", "server", "scenario", "site"}, libraries...), nil},
	{"house", []string{"internal/house"}, append([]string{"conform", "corpus", "platform", "offices", "world", "server", "scenario", "site", "cmd"}, libraries...), nil},
}

// pure lists the layers that import nothing but the standard library.
var pure = []string{"mynumber"}

func layerOf(dir string) *layer {
	for i := range layers {
		for _, root := range layers[i].dirs {
			if within(dir, root) {
				return &layers[i]
			}
		}
	}
	return nil
}

// Imports checks that arrows point down: every import of a Go file is one that
// the table of layers permits.
func Imports(t *Tree) []Breach {
	var out []Breach
	for _, f := range t.Go {
		from := layerOf(f.Dir)
		if from == nil {
			out = append(out, t.breach(f, f.AST, "folder %s belongs to no layer of the house", f.Dir))
			continue
		}
		for _, s := range f.AST.Imports {
			p := importPath(s)
			if s.Name != nil && s.Name.Name == "." {
				out = append(out, t.breach(f, s, "dot import of %s hides where names come from", p))
			}
			dir, own := strings.CutPrefix(p, module+"/")
			if !own {
				if strings.Contains(strings.Split(p, "/")[0], ".") && !f.Test && slices.Contains(pure, from.name) {
					out = append(out, t.breach(f, s, "%s imports %s: only the standard library is permitted", from.name, p))
				}
				continue
			}
			to := layerOf(dir)
			switch {
			case serves(dir) && !f.Test:
				out = append(out, t.breach(f, s, "%s serves tests only", p))
			case to == nil:
				out = append(out, t.breach(f, s, "import of %s, which belongs to no layer of the house", p))
			case to == from, slices.Contains(from.may, to.name), f.Test && slices.Contains(from.tests, to.name):
			default:
				out = append(out, t.breach(f, s, "%s may not import %s (%s)", from.name, p, to.name))
			}
		}
	}
	return out
}
