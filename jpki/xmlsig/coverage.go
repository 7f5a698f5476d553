package xmlsig

import (
	"fmt"
	"strings"

	"kado/jpki/verify"
)

// Demand is the element that the caller will read, so that it has to be what was
// signed. The zero Demand is the root of the document or, where the root is the
// signature itself, all that it envelops and everything given beside it.
type Demand struct {
	ID           string // the value of its Id
	Space, Local string // its name
}

func (d Demand) empty() bool { return d == Demand{} }

// find returns the demanded element: one and only one.
func (d Demand) find(doc *document) (*node, error) {
	var found *node
	if d.ID != "" {
		if found = doc.ids[d.ID]; found == nil {
			return nil, refuse(verify.NotAllSigned, "the demanded Id is not in the document")
		}
	}
	if d.Local == "" {
		return found, nil
	}
	var named []*node
	var walk func(n *node)
	walk = func(n *node) {
		if n.is(d.Space, d.Local) {
			named = append(named, n)
		}
		for _, c := range n.children {
			walk(c)
		}
	}
	walk(doc.root)
	switch {
	case found != nil && !found.is(d.Space, d.Local):
		return nil, refuse(verify.AmbiguousContent, "the element with the demanded Id has another name")
	case found != nil:
		return found, nil
	case len(named) == 0:
		return nil, refuse(verify.NotAllSigned, "the demanded element is not in the document")
	case len(named) > 1:
		return nil, refuse(verify.AmbiguousContent, "the demanded element comes more than once")
	}
	return named[0], nil
}

// coverage tells what a signature covers, and refuses one that does not cover
// what a reader will take from the document. All its digests hold already.
func (v *verifier) coverage(s *signature, p *properties) (string, error) {
	var names []string
	rootSigned, contents := false, 0
	outside := map[string]bool{}
	for _, r := range s.references {
		if s.own(r, p) {
			continue
		}
		contents++
		names = append(names, r.describe())
		if r.external {
			outside[r.uri] = true
			continue
		}
		// A signed element inside some signature's Object is where no program looks for
		// it, unless that signature is the whole document.
		for n := r.target; n != nil; n = n.parent {
			if n.is(nsDSig, "Object") && n.parent != nil && n.parent.is(nsDSig, "Signature") && n.parent != v.doc.root {
				return "", refuse(verify.AmbiguousContent, "what was signed lies inside a signature, not where the document has its content")
			}
		}
		if r.target == v.doc.root {
			rootSigned = rootSigned || r.whole || !instructions(v.doc)
		}
	}
	for name := range v.detached {
		if !outside[name] {
			return "", refuse(verify.NotAllSigned, "content was given that the signature does not cover")
		}
	}
	if err := s.objectsCovered(p); err != nil {
		return "", err
	}
	signed := "signed: " + strings.Join(names, ", ")
	switch {
	case contents == 0:
		return "", refuse(verify.NotAllSigned, "the signature covers no content")
	case !v.demand.empty():
		return signed, v.covers(s, signed)
	case s.node == v.doc.root || rootSigned:
		return signed, nil
	}
	return "", refuse(verify.NotAllSigned, signed+"; not the root "+fmt.Sprintf("%q", shorten(v.doc.root.local)))
}

// own reports whether a reference is to a part of the signature's own apparatus.
func (s *signature) own(r *reference, p *properties) bool {
	return !r.external && !r.whole && r.target != nil && (r.target == p.signed || r.target == s.keyInfo)
}

// covers wants the demanded element inside what is signed.
func (v *verifier) covers(s *signature, signed string) error {
	n, err := v.demand.find(v.doc)
	if err != nil {
		return err
	}
	for m := n; m != nil; m = m.parent {
		if m.is(nsDSig, "Signature") && m != v.doc.root {
			return refuse(verify.AmbiguousContent, "the demanded element lies inside a signature")
		}
	}
	for _, r := range s.references {
		if !r.external && n.within(r.target) && !(r.enveloped && n.within(s.node)) {
			return nil
		}
	}
	return refuse(verify.NotAllSigned, signed+"; not the demanded element")
}

// objectsCovered wants every ds:Object of the signature signed, but the one of the
// XAdES properties, whose signed part has a reference of its own. An enveloped
// signature is left out of what is signed, and with it its Objects.
func (s *signature) objectsCovered(p *properties) error {
	for _, o := range s.objects {
		if s.properties != nil && s.properties.parent == o {
			if p.signed == nil {
				return syntax("QualifyingProperties without SignedProperties")
			}
			if !s.refers(p.signed) {
				return refuse(verify.NotAllSigned, "SignedProperties that no reference covers")
			}
			continue
		}
		list, err := o.elements()
		if s.refers(o) || err == nil && len(list) == 1 && s.refers(list[0]) {
			continue
		}
		return refuse(verify.NotAllSigned, "an Object of the signature is not signed")
	}
	return nil
}

func (s *signature) refers(n *node) bool {
	for _, r := range s.references {
		if r.target == n && !(r.enveloped && n.within(s.node)) {
			return true
		}
	}
	return false
}

// instructions reports whether processing instructions stand beside the root: a
// style sheet named there changes what a reader is shown.
func instructions(d *document) bool {
	for _, list := range [][]*node{d.before, d.after} {
		for _, n := range list {
			if n.kind == instructionNode {
				return true
			}
		}
	}
	return false
}
