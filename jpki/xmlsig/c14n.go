package xmlsig

import (
	"io"
	"sort"
	"strings"
)

// canonical is one canonicalization: Canonical XML 1.0 or Exclusive XML
// Canonicalization 1.0.
type canonical struct {
	exclusive bool
	comments  bool
	// prefixes is the PrefixList of an exclusive one; "" stands for #default.
	prefixes []string
}

// subset is what is canonicalized: a whole document, or one element with all in
// it, in both cases without the subtree of omit.
type subset struct {
	doc  *document // whole document, when apex is nil
	apex *node
	omit *node
}

// canonicalizer writes a canonical form.
type canonicalizer struct {
	canonical
	out      io.StringWriter
	budget   *int // octets that may still be written
	omit     *node
	rendered []decl // namespace declarations on the output ancestors, innermost last
	err      error
	// uncovered is set when a value holds a QName whose prefix is declared, but
	// not in the output: its meaning is not signed.
	uncovered bool
}

// write canonicalizes s into w and takes what it writes from budget.
func (c canonical) write(w io.StringWriter, s subset, budget *int) (uncovered bool, err error) {
	k := &canonicalizer{canonical: c, out: w, budget: budget, omit: s.omit}
	if s.apex != nil {
		k.element(s.apex, true)
		return k.uncovered, k.err
	}
	for _, n := range s.doc.before {
		if k.node(n) {
			k.put("\n")
		}
	}
	k.element(s.doc.root, true)
	for _, n := range s.doc.after {
		if n.kind != commentNode || k.comments {
			k.put("\n")
		}
		k.node(n)
	}
	return k.uncovered, k.err
}

func (k *canonicalizer) put(parts ...string) {
	for _, s := range parts {
		if k.err != nil {
			return
		}
		if *k.budget -= len(s); *k.budget < 0 {
			k.err = errTooLarge
			return
		}
		if _, err := k.out.WriteString(s); err != nil {
			k.err = err
		}
	}
}

// node writes what is no element and tells whether it wrote anything.
func (k *canonicalizer) node(n *node) bool {
	switch n.kind {
	case textNode:
		k.put(textEscapes.Replace(n.text))
	case commentNode:
		if !k.comments {
			return false
		}
		k.put("<!--", n.text, "-->")
	case instructionNode:
		k.put("<?", n.local)
		if n.text != "" {
			k.put(" ", n.text)
		}
		k.put("?>")
	}
	return true
}

var (
	textEscapes      = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\r", "&#xD;")
	attributeEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\t", "&#x9;", "\n", "&#xA;", "\r", "&#xD;")
)

func (k *canonicalizer) element(n *node, apex bool) {
	if n == k.omit || k.err != nil {
		return
	}
	mark := len(k.rendered)
	name := qualified(n.prefix, n.local)
	k.put("<", name)
	for _, d := range k.namespaces(n, apex) {
		k.rendered = append(k.rendered, d)
		if d.prefix == "" {
			k.put(` xmlns="`)
		} else {
			k.put(" xmlns:", d.prefix, `="`)
		}
		k.put(attributeEscapes.Replace(d.uri), `"`)
	}
	for _, a := range k.attributes(n, apex) {
		k.put(" ", qualified(a.prefix, a.local), `="`, attributeEscapes.Replace(a.value), `"`)
		k.cover(n, a.value)
	}
	k.put(">")
	for _, c := range n.children {
		if c.kind == elementNode {
			k.element(c, false)
			continue
		}
		k.node(c)
		if c.kind == textNode {
			k.cover(n, c.text)
		}
	}
	k.put("</", name, ">")
	k.rendered = k.rendered[:mark]
}

// namespaces returns the declarations that n gets in the output, in order.
func (k *canonicalizer) namespaces(n *node, apex bool) []decl {
	var out []decl
	add := func(prefix, uri string) {
		if was, ok := k.renderedURI(prefix); ok && was == uri || !ok && prefix == "" && uri == "" {
			return
		}
		for _, d := range out {
			if d.prefix == prefix {
				return
			}
		}
		out = append(out, decl{prefix, uri})
	}
	scope := n
	switch {
	case k.exclusive:
		add(n.prefix, n.space)
		for _, a := range n.attrs {
			if a.prefix != "" && a.prefix != "xml" {
				add(a.prefix, a.space)
			}
		}
		if apex || len(n.decls) > 0 {
			for _, p := range k.prefixes {
				if uri, ok := n.lookup(p); ok || p == "" {
					add(p, uri)
				}
			}
		}
	case apex:
		// Everything in scope counts, also what ancestors outside the subset declared;
		// the innermost comes first and wins.
		seen := map[string]bool{}
		for ; scope != nil; scope = scope.parent {
			for _, d := range scope.decls {
				if !seen[d.prefix] {
					seen[d.prefix] = true
					add(d.prefix, d.uri)
				}
			}
		}
	default:
		for _, d := range n.decls {
			add(d.prefix, d.uri)
		}
	}
	// The prefix xml needs no declaration and gets none.
	kept := out[:0]
	for _, d := range out {
		if d.prefix != "xml" {
			kept = append(kept, d)
		}
	}
	sort.Slice(kept, func(i, j int) bool { return kept[i].prefix < kept[j].prefix })
	return kept
}

func (k *canonicalizer) renderedURI(prefix string) (string, bool) {
	for i := len(k.rendered) - 1; i >= 0; i-- {
		if k.rendered[i].prefix == prefix {
			return k.rendered[i].uri, true
		}
	}
	return "", false
}

// attributes returns the attributes in order of namespace name and local name.
// An apex inherits xml:lang and the like from its ancestors in Canonical XML 1.0.
func (k *canonicalizer) attributes(n *node, apex bool) []attr {
	out := append([]attr(nil), n.attrs...)
	if apex && !k.exclusive {
		for p := n.parent; p != nil; p = p.parent {
			for _, a := range p.attrs {
				if a.space != nsXML {
					continue
				}
				has := false
				for _, b := range out {
					has = has || b.space == nsXML && b.local == a.local
				}
				if !has {
					out = append(out, a)
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].space != out[j].space {
			return out[i].space < out[j].space
		}
		return out[i].local < out[j].local
	})
	return out
}

// cover notes a value of the form prefix:name, as xsi:type has, whose prefix is
// in scope at n but not in the output.
func (k *canonicalizer) cover(n *node, value string) {
	if !k.exclusive || k.uncovered || len(value) > 2*maxName+16 {
		return
	}
	prefix, local, ok := strings.Cut(strings.Trim(value, " \t\r\n"), ":")
	if !ok || prefix == "" || prefix == "xml" || !isNCName(prefix) || !isNCName(local) {
		return
	}
	uri, declared := n.lookup(prefix)
	if !declared {
		return
	}
	if was, ok := k.renderedURI(prefix); !ok || was != uri {
		k.uncovered = true
	}
}

func isNCName(s string) bool {
	for i, r := range s {
		if !(isNameStart(r) || i > 0 && isNamePart(r)) {
			return false
		}
	}
	return s != ""
}
