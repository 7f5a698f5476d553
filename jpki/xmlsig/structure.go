package xmlsig

import (
	"crypto"
	"encoding/base64"
	"strings"

	"kado/jpki/verify"
)

// signature is a ds:Signature cut into its parts.
type signature struct {
	node       *node
	id         string
	signedInfo *node
	canonical  canonical // of SignedInfo
	method     method
	references []*reference
	value      []byte
	valueNode  *node
	keyInfo    *node // or nil
	objects    []*node
	properties *node // xades:QualifyingProperties, or nil
}

// reference is a ds:Reference.
type reference struct {
	uri       string
	kind      string // the Type attribute
	enveloped bool
	canonical *canonical // nil: the default, or octets
	hash      crypto.Hash
	digest    []byte

	target   *node // the element; the root for URI=""
	whole    bool  // URI="": with what stands beside the root
	external bool
}

// readSignature wants the schema of xmldsig-core: every element in its place,
// nothing foreign outside ds:Object.
func readSignature(n *node) (*signature, error) {
	s := &signature{node: n}
	if err := onlyAttributes(n, "Id"); err != nil {
		return nil, err
	}
	s.id, _ = n.attribute("Id")
	children, err := n.elements()
	if err != nil {
		return nil, err
	}
	next := take(children)
	if s.signedInfo = next("SignedInfo"); s.signedInfo == nil {
		return nil, syntax("no SignedInfo")
	}
	if s.valueNode = next("SignatureValue"); s.valueNode == nil {
		return nil, syntax("no SignatureValue")
	}
	if err := onlyAttributes(s.valueNode, "Id"); err != nil {
		return nil, err
	}
	if s.value, err = octets(s.valueNode, maxKeyBits/8); err != nil {
		return nil, err
	}
	s.keyInfo = next("KeyInfo")
	for o := next("Object"); o != nil; o = next("Object") {
		s.objects = append(s.objects, o)
	}
	if next("") != nil {
		return nil, syntax("a foreign element in Signature")
	}
	if err := s.readSignedInfo(); err != nil {
		return nil, err
	}
	return s, s.findProperties()
}

// take returns a function that gives the next element if it has that name in the
// namespace of XMLDSig; an empty name takes any.
func take(list []*node) func(local string) *node {
	return func(local string) *node {
		if len(list) == 0 || local != "" && !list[0].is(nsDSig, local) {
			return nil
		}
		n := list[0]
		list = list[1:]
		return n
	}
}

func (s *signature) readSignedInfo() error {
	if err := onlyAttributes(s.signedInfo, "Id"); err != nil {
		return err
	}
	children, err := s.signedInfo.elements()
	if err != nil {
		return err
	}
	next := take(children)
	c := next("CanonicalizationMethod")
	if c == nil {
		return syntax("no CanonicalizationMethod")
	}
	canonical, ok, err := readCanonical(c)
	if err != nil {
		return err
	}
	if !ok {
		return refuse(verify.Unsupported, "canonicalization of SignedInfo")
	}
	s.canonical = canonical
	m := next("SignatureMethod")
	if m == nil {
		return syntax("no SignatureMethod")
	}
	algorithm, err := readAlgorithm(m)
	if err != nil {
		return err
	}
	if s.method, err = readMethod(algorithm); err != nil {
		return err
	}
	if len(m.children) > 0 {
		return refuse(verify.Unsupported, "parameters of the signature algorithm")
	}
	for r := next("Reference"); r != nil; r = next("Reference") {
		if len(s.references) == MaxReferences {
			return refuse(verify.TooLarge, "references")
		}
		ref, err := readReference(r)
		if err != nil {
			return err
		}
		s.references = append(s.references, ref)
	}
	if next("") != nil || len(s.references) == 0 {
		return syntax("SignedInfo")
	}
	return nil
}

func readReference(n *node) (*reference, error) {
	if err := onlyAttributes(n, "Id", "URI", "Type"); err != nil {
		return nil, err
	}
	r := &reference{}
	var ok bool
	if r.uri, ok = n.attribute("URI"); !ok {
		return nil, refuse(verify.Unsupported, "a reference without URI")
	}
	r.kind, _ = n.attribute("Type")
	if r.kind == typeManifest {
		return nil, refuse(verify.Unsupported, "a manifest")
	}
	children, err := n.elements()
	if err != nil {
		return nil, err
	}
	next := take(children)
	if t := next("Transforms"); t != nil {
		if err := r.readTransforms(t); err != nil {
			return nil, err
		}
	}
	method, value := next("DigestMethod"), next("DigestValue")
	if method == nil || value == nil || next("") != nil {
		return nil, syntax("Reference")
	}
	algorithm, err := readAlgorithm(method)
	if err != nil {
		return nil, err
	}
	if r.hash, err = readDigest(algorithm); err != nil {
		return nil, err
	}
	if len(method.children) > 0 {
		return nil, refuse(verify.Unsupported, "parameters of the digest")
	}
	if err := onlyAttributes(value); err != nil {
		return nil, err
	}
	if r.digest, err = octets(value, 64); err != nil {
		return nil, err
	}
	if len(r.digest) != r.hash.Size() {
		return nil, syntax("length of a digest")
	}
	return r, nil
}

// readTransforms accepts enveloped-signature, then one canonicalization; each may
// be left out.
func (r *reference) readTransforms(n *node) error {
	if err := onlyAttributes(n); err != nil {
		return err
	}
	list, err := n.elements()
	if err != nil {
		return err
	}
	if len(list) > maxTransforms {
		return refuse(verify.TooLarge, "transforms")
	}
	if len(list) == 0 {
		return syntax("Transforms")
	}
	for _, t := range list {
		if !t.is(nsDSig, "Transform") {
			return syntax("Transforms")
		}
		if a, _ := t.attribute("Algorithm"); a == transformEnveloped {
			if err := onlyAttributes(t, "Algorithm"); err != nil {
				return err
			}
			if r.enveloped || r.canonical != nil || len(t.children) > 0 {
				return refuse(verify.Unsupported, "order of transforms")
			}
			r.enveloped = true
			continue
		}
		c, ok, err := readCanonical(t)
		if err != nil {
			return err
		}
		if !ok {
			return refuse(verify.Unsupported, "a transform other than enveloped-signature and canonicalization")
		}
		if r.canonical != nil {
			return refuse(verify.Unsupported, "order of transforms")
		}
		r.canonical = &c
	}
	return nil
}

// readCanonical reads the Algorithm of a CanonicalizationMethod or Transform; ok
// is false for one that is not accepted.
func readCanonical(n *node) (c canonical, ok bool, err error) {
	if err := onlyAttributes(n, "Algorithm"); err != nil {
		return c, false, err
	}
	algorithm, _ := n.attribute("Algorithm")
	switch algorithm {
	case c14nInclusive:
	case c14nInclusive + "#" + withComments:
		c.comments = true
	case c14nExclusive:
		c.exclusive = true
	case c14nExclusive + withComments:
		c.exclusive, c.comments = true, true
	default:
		return c, false, nil
	}
	children, err := n.elements()
	if err != nil {
		return c, false, err
	}
	if len(children) == 0 {
		return c, true, nil
	}
	list := children[0]
	if !c.exclusive || len(children) > 1 || !list.is(nsExc, "InclusiveNamespaces") || len(list.children) > 0 {
		return c, false, syntax("parameters of a canonicalization")
	}
	if err := onlyAttributes(list, "PrefixList"); err != nil {
		return c, false, err
	}
	prefixes, _ := list.attribute("PrefixList")
	seen := map[string]bool{}
	for _, p := range strings.Fields(prefixes) {
		if p == "#default" {
			p = ""
		} else if !isNCName(p) {
			return c, false, syntax("PrefixList")
		}
		if !seen[p] {
			seen[p] = true
			c.prefixes = append(c.prefixes, p)
		}
	}
	if len(c.prefixes) > maxAttributes {
		return c, false, errTooLarge
	}
	return c, true, nil
}

// findProperties finds the one xades:QualifyingProperties and refuses manifests,
// whose own references nobody would check.
func (s *signature) findProperties() error {
	for _, o := range s.objects {
		if err := onlyAttributes(o, "Id", "MimeType", "Encoding"); err != nil {
			return err
		}
		for _, c := range o.children {
			switch {
			case c.is(nsDSig, "Manifest"):
				return refuse(verify.Unsupported, "a manifest")
			case c.is(nsXAdES, "QualifyingProperties"):
				if s.properties != nil {
					return syntax("QualifyingProperties come twice")
				}
				if list, err := o.elements(); err != nil || len(list) != 1 {
					return syntax("an Object of QualifyingProperties holds more")
				}
				s.properties = c
			}
		}
	}
	return nil
}

func readAlgorithm(n *node) (string, error) {
	if err := onlyAttributes(n, "Algorithm"); err != nil {
		return "", err
	}
	a, ok := n.attribute("Algorithm")
	if !ok {
		return "", syntax("no Algorithm")
	}
	return a, nil
}

// onlyAttributes wants no attributes but those, all without namespace.
func onlyAttributes(n *node, names ...string) error {
next:
	for _, a := range n.attrs {
		for _, name := range names {
			if a.prefix == "" && a.local == name {
				continue next
			}
		}
		return syntax("a foreign attribute of " + n.local)
	}
	return nil
}

// octets reads base64 with white space between, and nothing else.
func octets(n *node, limit int) ([]byte, error) {
	text, err := n.value()
	if err != nil {
		return nil, err
	}
	if len(text) > 4*limit+64 {
		return nil, refuse(verify.TooLarge, n.local)
	}
	packed := strings.Map(func(r rune) rune {
		if r < 0x80 && isSpace(byte(r)) {
			return -1
		}
		return r
	}, text)
	b, err := base64.StdEncoding.Strict().DecodeString(packed)
	if err != nil || len(b) == 0 {
		return nil, syntax("base64 of " + n.local)
	}
	if len(b) > limit {
		return nil, refuse(verify.TooLarge, n.local)
	}
	return b, nil
}
