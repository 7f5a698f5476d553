package xmlsig

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"hash"
	"strings"

	"kado/jpki/verify"
)

// content checks the digests of all references of one signature and notes what
// each names.
func (v *verifier) content(s *signature) error {
	// All first: what signer and coverage ask of a reference does not depend on
	// whether an earlier one is broken.
	for _, r := range s.references {
		_ = v.resolve(r) // v.reference asks again and tells why
	}
	for _, r := range s.references {
		if err := v.reference(s, r); err != nil {
			return err
		}
	}
	return nil
}

// reference checks one digest and then that its content reads in one way only.
func (v *verifier) reference(s *signature, r *reference) error {
	got, second, err := v.digest(s, r)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(got, r.digest) != 1 {
		return refuse(verify.ContentChanged, "digest of "+r.describe())
	}
	return second
}

// digest digests what a reference names. second is a doubt that
// counts only if the digest is right.
func (v *verifier) digest(s *signature, r *reference) (sum []byte, second, err error) {
	h := r.hash.New()
	second, err = v.feed(s, r, hashWriter{h})
	return h.Sum(nil), second, err
}

// resolve finds what a reference names.
func (v *verifier) resolve(r *reference) error {
	id, same := strings.CutPrefix(r.uri, "#")
	switch {
	case r.uri == "":
		r.target, r.whole = v.doc.root, true
	case same && strings.Contains(id, "("):
		return refuse(verify.Unsupported, "an XPointer")
	case same:
		if r.target = v.doc.ids[id]; id == "" || r.target == nil {
			return refuse(verify.ContentMissing, "a reference to an Id that is not in the document")
		}
	default:
		r.external = true
	}
	return nil
}

func (v *verifier) feed(s *signature, r *reference, w hashWriter) (second, err error) {
	if err := v.resolve(r); err != nil {
		return nil, err
	}
	if r.external {
		given, ok := v.detached[r.uri]
		if !ok {
			return nil, refuse(verify.ContentMissing, "a reference to something beside the document")
		}
		return v.external(r, given, w)
	}
	// References within the document select no comments, whatever the
	// canonicalization says (xmldsig-core, 4.4.3.3).
	c := canonical{}
	if r.canonical != nil {
		c = *r.canonical
	}
	c.comments = false
	what := subset{doc: v.doc}
	if !r.whole {
		what.apex = r.target
	}
	if r.enveloped {
		what.omit = s.node
	}
	if what.omit == r.target {
		return nil, refuse(verify.NotAllSigned, "the signature signs nothing but itself left out")
	}
	uncovered, err := c.write(w, what, &v.work)
	if err != nil {
		return nil, err
	}
	return unambiguous(r.target, what.omit, uncovered), nil
}

// external digests content that lies beside the document: octets as they are, or
// the canonical form of an XML document.
func (v *verifier) external(r *reference, given []byte, w hashWriter) (second, err error) {
	if len(given) > MaxSize {
		return nil, errTooLarge
	}
	if r.enveloped {
		return nil, refuse(verify.Unsupported, "enveloped-signature over something beside the document")
	}
	if r.canonical == nil {
		if v.work -= len(given); v.work < 0 {
			return nil, errTooLarge
		}
		w.Write(given)
		return nil, nil
	}
	other, err := parse(given)
	if err != nil {
		return nil, fmt.Errorf("the detached content: %w", err)
	}
	uncovered, err := r.canonical.write(w, subset{doc: other}, &v.work)
	if err != nil || r.canonical.comments && !uncovered {
		return nil, err
	}
	return unambiguous(other.root, nil, uncovered), nil
}

// describe names what a reference is to, for people.
func (r *reference) describe() string {
	switch {
	case r.external:
		return "the content beside the document"
	case r.whole:
		return fmt.Sprintf("the whole document (root %q)", shorten(r.target.local))
	}
	return fmt.Sprintf("element %q with Id %q", shorten(r.target.local), shorten(strings.TrimPrefix(r.uri, "#")))
}

// shorten keeps a name from the document from filling a screen.
func shorten(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}

// unambiguous refuses signed content that two programs could read differently:
// text that a comment, which nobody signed, cuts in two, and names in values
// whose prefix may be bound anew without breaking the signature.
func unambiguous(n, omit *node, uncovered bool) error {
	if uncovered {
		return refuse(verify.AmbiguousContent, "a name in a value has a prefix that is not signed")
	}
	var walk func(n *node) error
	walk = func(n *node) error {
		for i, c := range n.children {
			switch {
			case c.kind == elementNode && c != omit:
				if err := walk(c); err != nil {
					return err
				}
			case c.kind == commentNode:
				if i > 0 && letters(n.children[i-1]) || i+1 < len(n.children) && letters(n.children[i+1]) {
					return refuse(verify.AmbiguousContent, "an unsigned comment cuts signed text")
				}
			}
		}
		return nil
	}
	return walk(n)
}

func letters(n *node) bool { return n.kind == textNode && !blank(n.text) }

// signedInfo returns the digest of the canonical form of SignedInfo.
func (v *verifier) signedInfo(s *signature) ([]byte, error) {
	h := s.method.hash.New()
	if _, err := s.canonical.write(hashWriter{h}, subset{apex: s.signedInfo}, &v.work); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
}

type hashWriter struct{ hash.Hash }

func (w hashWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Canonicalize returns the canonical form of a whole document: Canonical XML 1.0
// or, if exclusive, Exclusive XML Canonicalization 1.0 with that PrefixList (in
// which "#default" is the default namespace).
func Canonicalize(doc []byte, exclusive, comments bool, prefixes ...string) ([]byte, error) {
	d, err := parse(doc)
	if err != nil {
		return nil, fmt.Errorf("xmlsig: %w", err)
	}
	c := canonical{exclusive: exclusive, comments: comments}
	for _, p := range prefixes {
		if p == "#default" {
			p = ""
		}
		c.prefixes = append(c.prefixes, p)
	}
	var b bytes.Buffer
	budget := maxWork
	if _, err := c.write(&b, subset{doc: d}, &budget); err != nil {
		return nil, errors.Join(errors.New("xmlsig: canonicalization"), err)
	}
	return b.Bytes(), nil
}
