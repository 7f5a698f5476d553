package xmlsig

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// parser reads XML 1.0 with namespaces in UTF-8, without document type. It
// accepts no document that is not well-formed and namespace-well-formed.
type parser struct {
	in    []byte
	at    int
	doc   *document
	nodes int
	scope []decl // declarations in scope, innermost last
}

// parse reads one document.
func parse(in []byte) (*document, error) {
	if len(in) > MaxSize {
		return nil, errTooLarge
	}
	if !utf8.Valid(in) {
		return nil, errEncoding
	}
	p := &parser{in: bytes.TrimPrefix(in, []byte("\xef\xbb\xbf")), doc: &document{}}
	offset := len(in) - len(p.in)
	for i := 0; i < len(p.in); {
		r, n := utf8.DecodeRune(p.in[i:])
		if !isChar(r) {
			return nil, syntax("a character that XML does not have")
		}
		i += n
	}
	if err := p.prolog(); err != nil {
		return nil, err
	}
	if err := p.root(); err != nil {
		return nil, err
	}
	p.doc.rootStart += offset
	p.doc.rootEnd += offset
	if err := p.misc(&p.doc.after); err != nil {
		return nil, err
	}
	if p.at != len(p.in) {
		return nil, syntax("something behind the root element")
	}
	return p.doc, p.doc.index()
}

func (p *parser) has(s string) bool { return bytes.HasPrefix(p.in[p.at:], []byte(s)) }

func (p *parser) take(s string) bool {
	if !p.has(s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *parser) space() bool {
	start := p.at
	for p.at < len(p.in) && isSpace(p.in[p.at]) {
		p.at++
	}
	return p.at > start
}

// until takes everything before end, and end.
func (p *parser) until(end string) (string, bool) {
	i := bytes.Index(p.in[p.at:], []byte(end))
	if i < 0 {
		return "", false
	}
	s := string(p.in[p.at : p.at+i])
	p.at += i + len(end)
	return s, true
}

// count keeps the number of nodes below its cap.
func (p *parser) count() error {
	if p.nodes++; p.nodes > maxNodes {
		return errTooLarge
	}
	return nil
}

func (p *parser) prolog() error {
	if p.has("<?xml") && p.at+5 < len(p.in) && isSpace(p.in[p.at+5]) {
		p.at += 5
		body, ok := p.until("?>")
		if !ok {
			return syntax("XML declaration")
		}
		if err := declaration(body); err != nil {
			return err
		}
	}
	return p.misc(&p.doc.before)
}

// declaration checks version, encoding and standalone, in that order.
func declaration(body string) error {
	p := &parser{in: []byte(body)}
	expect := []string{"version", "encoding", "standalone"}
	first := true
	for {
		spaced := p.space()
		if p.at == len(p.in) {
			break
		}
		name, err := p.name()
		if err != nil || !spaced {
			return syntax("XML declaration")
		}
		p.space()
		if !p.take("=") {
			return syntax("XML declaration")
		}
		p.space()
		value, err := p.quoted()
		if err != nil {
			return err
		}
		for len(expect) > 0 && expect[0] != name {
			expect = expect[1:]
		}
		if len(expect) == 0 || first != (name == "version") {
			return syntax("XML declaration")
		}
		expect, first = expect[1:], false
		switch {
		case name == "version" && value != "1.0":
			return syntax("XML version")
		case name == "encoding" && !strings.EqualFold(value, "UTF-8"):
			return errEncoding
		case name == "standalone" && value != "yes" && value != "no":
			return syntax("XML declaration")
		}
	}
	if first {
		return syntax("XML declaration")
	}
	return nil
}

func (p *parser) quoted() (string, error) {
	for _, q := range []string{`"`, "'"} {
		if p.take(q) {
			if s, ok := p.until(q); ok {
				return s, nil
			}
		}
	}
	return "", syntax("a quoted value")
}

// misc reads white space, comments and instructions beside the root element.
func (p *parser) misc(into *[]*node) error {
	for {
		p.space()
		var n *node
		var err error
		switch {
		case p.take("<!--"):
			n, err = p.comment()
		case p.take("<?"):
			n, err = p.instruction()
		case p.has("<!"):
			return errDoctype
		default:
			return nil
		}
		if err != nil {
			return err
		}
		*into = append(*into, n)
	}
}

func (p *parser) comment() (*node, error) {
	s, ok := p.until("--")
	if !ok || !p.take(">") {
		return nil, syntax("comment")
	}
	return &node{kind: commentNode, text: lineEnds(s)}, p.count()
}

func (p *parser) instruction() (*node, error) {
	target, err := p.name()
	if err != nil || strings.Contains(target, ":") || strings.EqualFold(target, "xml") {
		return nil, syntax("processing instruction")
	}
	spaced := p.space()
	s, ok := p.until("?>")
	if !ok || !spaced && s != "" {
		return nil, syntax("processing instruction")
	}
	return &node{kind: instructionNode, local: target, text: lineEnds(s)}, p.count()
}

// root reads the one element of the document; a loop instead of recursion.
func (p *parser) root() error {
	var open *node
	var marks []int // where each open element's declarations begin in scope
	var text strings.Builder
	hasText := false
	flush := func() error {
		if !hasText {
			return nil
		}
		if text.Len() > 0 { // an empty CDATA section is no node
			open.children = append(open.children, &node{kind: textNode, text: text.String(), parent: open})
			if err := p.count(); err != nil {
				return err
			}
		}
		text.Reset()
		hasText = false
		return nil
	}
	for first := true; first || open != nil; first = false {
		switch {
		case first && !p.has("<"):
			return syntax("no root element")
		case p.at >= len(p.in):
			return syntax("the document ends inside an element")
		case !first && p.take("<![CDATA["):
			s, ok := p.until("]]>")
			if !ok {
				return syntax("CDATA section")
			}
			text.WriteString(lineEnds(s))
			hasText = true
		case !first && (p.has("<!--") || p.has("<?")):
			if err := flush(); err != nil {
				return err
			}
			var n *node
			var err error
			if p.take("<!--") {
				n, err = p.comment()
			} else {
				p.take("<?")
				n, err = p.instruction()
			}
			if err != nil {
				return err
			}
			n.parent = open
			open.children = append(open.children, n)
		case p.has("<!"):
			return errDoctype
		case !first && p.has("</"):
			if err := flush(); err != nil {
				return err
			}
			if open.parent == nil {
				p.doc.rootEnd = p.at
			}
			p.at += 2
			name, err := p.name()
			if err != nil {
				return err
			}
			p.space()
			if !p.take(">") || name != qualified(open.prefix, open.local) {
				return syntax("end tag")
			}
			p.scope = p.scope[:marks[len(marks)-1]]
			marks = marks[:len(marks)-1]
			open = open.parent
		case p.take("<"):
			if first {
				p.doc.rootStart = p.at - 1
			}
			if open != nil {
				if err := flush(); err != nil {
					return err
				}
			}
			mark := len(p.scope)
			n, empty, err := p.startTag()
			if err != nil {
				return err
			}
			if open == nil {
				p.doc.root = n
			} else {
				n.parent = open
				open.children = append(open.children, n)
			}
			if empty {
				p.scope = p.scope[:mark]
				continue
			}
			if marks = append(marks, mark); len(marks) > maxDepth {
				return errTooLarge
			}
			open = n
		default:
			if err := p.characters(&text); err != nil {
				return err
			}
			hasText = true
		}
	}
	return nil
}

// characters reads text up to the next markup.
func (p *parser) characters(into *strings.Builder) error {
	end := bytes.IndexByte(p.in[p.at:], '<')
	if end < 0 {
		return syntax("the document ends inside an element")
	}
	raw := p.in[p.at : p.at+end]
	p.at += end
	if bytes.Contains(raw, []byte("]]>")) {
		return syntax("]]> in text")
	}
	return expand(into, string(raw), false)
}

// startTag reads what follows "<".
func (p *parser) startTag() (n *node, empty bool, err error) {
	if err = p.count(); err != nil {
		return nil, false, err
	}
	name, err := p.name()
	if err != nil {
		return nil, false, err
	}
	n = &node{}
	if n.prefix, n.local, err = split(name); err != nil {
		return nil, false, err
	}
	for {
		spaced := p.space()
		if p.doc.root == nil {
			p.doc.rootEnd = p.at
		}
		if p.take("/>") {
			p.doc.rootEmpty = p.doc.rootEmpty || p.doc.root == nil
			return n, true, p.resolve(n)
		}
		if p.take(">") {
			return n, false, p.resolve(n)
		}
		if !spaced {
			return nil, false, syntax("start tag")
		}
		if err = p.attribute(n); err != nil {
			return nil, false, err
		}
	}
}

func (p *parser) attribute(n *node) error {
	name, err := p.name()
	if err != nil {
		return err
	}
	prefix, local, err := split(name)
	if err != nil {
		return err
	}
	p.space()
	if !p.take("=") {
		return syntax("attribute")
	}
	p.space()
	raw, err := p.quoted()
	if err != nil {
		return err
	}
	if strings.Contains(raw, "<") {
		return syntax("< in an attribute")
	}
	var value strings.Builder
	if err := expand(&value, raw, true); err != nil {
		return err
	}
	if len(n.attrs)+len(n.decls) >= maxAttributes {
		return errTooLarge
	}
	switch {
	case prefix == "" && local == "xmlns":
		return p.declare(n, "", value.String())
	case prefix == "xmlns":
		return p.declare(n, local, value.String())
	}
	n.attrs = append(n.attrs, attr{prefix: prefix, local: local, value: value.String()})
	return nil
}

// declare notes a namespace declaration (Namespaces in XML 1.0).
func (p *parser) declare(n *node, prefix, uri string) error {
	if len(uri) > maxNamespace {
		return errTooLarge
	}
	switch {
	case prefix == "xmlns" || uri == nsXMLNS || (prefix == "xml") != (uri == nsXML):
		return syntax("a reserved namespace")
	case uri == "" && prefix != "":
		return syntax("a prefix without a namespace")
	case uri != "" && !absolute(uri):
		// Canonical XML, 1.3: no canonical form.
		return syntax("a relative namespace name")
	}
	for _, d := range n.decls {
		if d.prefix == prefix {
			return syntax("a namespace declaration comes twice")
		}
	}
	n.decls = append(n.decls, decl{prefix, uri})
	if p.scope = append(p.scope, decl{prefix, uri}); len(p.scope) > maxScope {
		return errTooLarge
	}
	return nil
}

// resolve gives names their namespaces.
func (p *parser) resolve(n *node) error {
	var ok bool
	if n.space, ok = p.namespace(n.prefix); !ok || n.prefix == "xmlns" {
		return syntax("an undeclared prefix")
	}
	var seen map[[2]string]bool
	if len(n.attrs) > 1 {
		seen = make(map[[2]string]bool, len(n.attrs))
	}
	for i := range n.attrs {
		a := &n.attrs[i]
		if a.prefix != "" { // an attribute without prefix is in no namespace
			if a.space, ok = p.namespace(a.prefix); !ok {
				return syntax("an undeclared prefix")
			}
		}
		if seen[[2]string{a.space, a.local}] {
			return syntax("an attribute comes twice")
		}
		if seen != nil {
			seen[[2]string{a.space, a.local}] = true
		}
	}
	return nil
}

func (p *parser) namespace(prefix string) (string, bool) {
	if prefix == "xml" {
		return nsXML, true
	}
	for i := len(p.scope) - 1; i >= 0; i-- {
		if p.scope[i].prefix == prefix {
			return p.scope[i].uri, true
		}
	}
	return "", prefix == ""
}

// absolute reports whether a namespace name begins with a scheme (RFC 3986, 3.1).
func absolute(uri string) bool {
	scheme, _, ok := strings.Cut(uri, ":")
	if !ok || scheme == "" {
		return false
	}
	for i := 0; i < len(scheme); i++ {
		c := scheme[i] | 0x20
		if !(c >= 'a' && c <= 'z' || i > 0 && (scheme[i] >= '0' && scheme[i] <= '9' || strings.IndexByte("+-.", scheme[i]) >= 0)) {
			return false
		}
	}
	return true
}

func qualified(prefix, local string) string {
	if prefix == "" {
		return local
	}
	return prefix + ":" + local
}

// split cuts a name at its colon.
func split(name string) (prefix, local string, err error) {
	prefix, local, ok := strings.Cut(name, ":")
	if !ok {
		return "", name, nil
	}
	if prefix == "" || local == "" || strings.Contains(local, ":") {
		return "", "", syntax("a name with colons")
	}
	if r, _ := utf8.DecodeRuneInString(local); !isNameStart(r) {
		return "", "", syntax("name")
	}
	return prefix, local, nil
}

// name reads a Name; a colon counts as a letter here.
func (p *parser) name() (string, error) {
	start := p.at
	for p.at < len(p.in) {
		r, n := utf8.DecodeRune(p.in[p.at:])
		if !(r == ':' || isNameStart(r) || p.at > start && isNamePart(r)) {
			break
		}
		if p.at += n; p.at-start > maxName {
			return "", errTooLarge
		}
	}
	if p.at == start {
		return "", syntax("name")
	}
	return string(p.in[start:p.at]), nil
}

// expand writes raw text with its references replaced and line ends, and in an
// attribute white space, made one (XML 1.0, 2.11 and 3.3.3).
func expand(into *strings.Builder, raw string, attribute bool) error {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '&':
			end := strings.IndexByte(raw[i:], ';')
			if end < 0 {
				return syntax("reference")
			}
			r, err := character(raw[i+1 : i+end])
			if err != nil {
				return err
			}
			into.WriteRune(r)
			i += end
		case c == '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			if attribute {
				into.WriteByte(' ')
			} else {
				into.WriteByte('\n')
			}
		case attribute && (c == '\n' || c == '\t'):
			into.WriteByte(' ')
		default:
			into.WriteByte(c)
		}
	}
	return nil
}

// character reads what stands between & and ;.
func character(s string) (rune, error) {
	switch s {
	case "amp":
		return '&', nil
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	digits, ok := strings.CutPrefix(s, "#")
	if !ok {
		return 0, errDoctype // an entity that only a document type could declare
	}
	base := rune(10)
	if h, hex := strings.CutPrefix(digits, "x"); hex {
		digits, base = h, 16
	}
	var r rune
	for _, c := range digits {
		var v rune
		switch {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			return 0, syntax("character reference")
		}
		if v >= base {
			return 0, syntax("character reference")
		}
		if r = r*base + v; r > utf8.MaxRune {
			return 0, syntax("character reference")
		}
	}
	if digits == "" || !isChar(r) {
		return 0, syntax("character reference")
	}
	return r, nil
}

func lineEnds(s string) string {
	if !strings.Contains(s, "\r") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// isChar is Char of XML 1.0.
func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// isNameStart is NameStartChar of XML 1.0 (fifth edition) without the colon.
func isNameStart(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r == '_':
		return true
	case r < 0xC0:
		return false
	}
	return r <= 0x2FF && r != 0xD7 && r != 0xF7 || r >= 0x370 && r <= 0x1FFF && r != 0x37E ||
		r == 0x200C || r == 0x200D || r >= 0x2070 && r <= 0x218F || r >= 0x2C00 && r <= 0x2FEF ||
		r >= 0x3001 && r <= 0xD7FF || r >= 0xF900 && r <= 0xFDCF || r >= 0xFDF0 && r <= 0xFFFD || r >= 0x10000 && r <= 0xEFFFF
}

// isNamePart is NameChar without the colon.
func isNamePart(r rune) bool {
	return isNameStart(r) || r == '-' || r == '.' || r >= '0' && r <= '9' || r == 0xB7 ||
		r >= 0x300 && r <= 0x36F || r == 0x203F || r == 0x2040
}
