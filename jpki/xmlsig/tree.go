package xmlsig

import (
	"errors"
	"fmt"
)

// kind tells nodes apart.
type kind uint8

const (
	elementNode kind = iota
	textNode         // character data and CDATA sections, joined
	commentNode
	instructionNode
)

// node is one node of a parsed document. Names keep their prefix, because the
// canonical form does.
type node struct {
	kind          kind
	prefix, local string // an instruction's target is local
	space         string // the namespace name
	text          string // of text, comment, instruction
	attrs         []attr
	decls         []decl // namespace declarations, as written on this element
	parent        *node
	children      []*node
}

type attr struct {
	prefix, local, space, value string
}

// decl is xmlns:prefix="uri"; an empty prefix is xmlns="uri".
type decl struct {
	prefix, uri string
}

// document is the root element with what stands before and behind it.
type document struct {
	before, after []*node // comments and instructions
	root          *node
	ids           map[string]*node
	signatures    []*node // every ds:Signature in document order

	rootStart int  // offset of the root's start tag
	rootEnd   int  // offset of the root's end tag, or of "/>"
	rootEmpty bool // the root is written <root/>
}

// Refusals of the parser.
var (
	errSyntax    = errors.New("not well-formed XML of the accepted form")
	errTooLarge  = errors.New("too large")
	errDuplicate = errors.New("an Id comes twice")
	errEncoding  = errors.New("not UTF-8")
	errDoctype   = errors.New("document type declarations and entities are not accepted")
)

func syntax(what string) error { return fmt.Errorf("%w: %s", errSyntax, what) }

// is reports whether n is that element.
func (n *node) is(space, local string) bool {
	return n.kind == elementNode && n.space == space && n.local == local
}

// attribute returns an attribute without namespace.
func (n *node) attribute(local string) (string, bool) {
	for _, a := range n.attrs {
		if a.prefix == "" && a.local == local {
			return a.value, true
		}
	}
	return "", false
}

// within reports whether n lies in the subtree of a, or is a.
func (n *node) within(a *node) bool {
	for ; n != nil; n = n.parent {
		if n == a {
			return true
		}
	}
	return false
}

// lookup returns the namespace name of a prefix in scope at n.
func (n *node) lookup(prefix string) (string, bool) {
	for ; n != nil; n = n.parent {
		for _, d := range n.decls {
			if d.prefix == prefix {
				return d.uri, true
			}
		}
	}
	return "", false
}

// id returns the value of the element's Id attribute. Without a document type
// nothing declares which attributes are of type ID: Id is that of XMLDSig and
// XAdES, ID and id those of filings, xml:id that of W3C.
func (n *node) id() (string, error) {
	id, found := "", false
	for _, a := range n.attrs {
		if a.prefix == "" && (a.local == "Id" || a.local == "ID" || a.local == "id") || a.space == nsXML && a.local == "id" {
			if found {
				return "", errDuplicate
			}
			id, found = a.value, true
		}
	}
	return id, nil
}

// index notes Ids and signatures of the whole document.
func (d *document) index() error {
	d.ids = map[string]*node{}
	var walk func(n *node) error
	walk = func(n *node) error {
		if n.kind != elementNode {
			return nil
		}
		id, err := n.id()
		if err != nil {
			return err
		}
		if id != "" {
			if len(id) > maxName {
				return errTooLarge
			}
			if d.ids[id] != nil {
				return errDuplicate
			}
			d.ids[id] = n
		}
		if n.is(nsDSig, "Signature") {
			d.signatures = append(d.signatures, n)
		}
		for _, c := range n.children {
			if err := walk(c); err != nil {
				return err
			}
		}
		return nil
	}
	return walk(d.root)
}

// elements returns the element children. Anything else between them but white
// space is an error.
func (n *node) elements() ([]*node, error) {
	var out []*node
	for _, c := range n.children {
		switch {
		case c.kind == elementNode:
			out = append(out, c)
		case c.kind == textNode && blank(c.text):
		default:
			return nil, syntax("text, a comment or an instruction inside " + n.local)
		}
	}
	return out, nil
}

// value returns the text of an element that holds nothing else. A comment in it
// would make two readings of one value.
func (n *node) value() (string, error) {
	switch {
	case len(n.children) == 0:
		return "", nil
	case len(n.children) == 1 && n.children[0].kind == textNode:
		return n.children[0].text, nil
	}
	return "", syntax(n.local + " holds more than text")
}

func blank(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isSpace(s[i]) {
			return false
		}
	}
	return true
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
