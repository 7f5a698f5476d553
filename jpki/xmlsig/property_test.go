package xmlsig_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"testing"

	"kado/jpki/verify"
	"kado/jpki/xmlsig"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"pgregory.net/rapid"
)

// element is a generated tree that can be written in many ways.
type element struct {
	name     string
	attrs    [][2]string
	children []any // element or string
}

var names = []string{"a", "b", "p:a", "q:b", "名", "p:名"}

func draw(t *rapid.T, depth int) element {
	e := element{name: rapid.SampledFrom(names).Draw(t, "name")}
	for _, n := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"x", "y", "p:x", "q:x", "xml:lang"}), 0, 4, rapid.ID[string]).Draw(t, "attributes") {
		e.attrs = append(e.attrs, [2]string{n, rapid.StringOfN(rapid.RuneFrom([]rune("a<&\"'>\t\n\r 𠮷")), 0, 6, -1).Draw(t, "value")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "children") {
		if depth > 0 && rapid.Bool().Draw(t, "element") {
			e.children = append(e.children, draw(t, depth-1))
		} else {
			e.children = append(e.children, rapid.StringOfN(rapid.RuneFrom([]rune("a<&>]\n\r\t 𠮷")), 1, 6, -1).Draw(t, "text"))
		}
	}
	return e
}

// write writes the tree; way picks among the spellings that mean the same.
func (e element) write(b *strings.Builder, way func(n int) int, root bool) {
	b.WriteString("<" + e.name)
	attrs := append([][2]string{}, e.attrs...)
	if root {
		attrs = append(attrs, [2]string{"xmlns:p", "urn:p"}, [2]string{"xmlns:q", "urn:q"}, [2]string{"xmlns", "urn:d"})
	}
	for i := range attrs {
		j := i + way(len(attrs)-i)
		attrs[i], attrs[j] = attrs[j], attrs[i]
	}
	for _, a := range attrs {
		b.WriteString([]string{" ", "\n\t", "  "}[way(3)] + a[0] + []string{"=", " = "}[way(2)])
		q := []string{`"`, "'"}[way(2)]
		b.WriteString(q)
		for _, r := range a[1] {
			switch {
			case strings.ContainsRune("<&\"'\t\n\r", r) || way(5) == 0:
				reference(b, r, way)
			case r == ' ':
				b.WriteString([]string{" ", "\n", "\t", "\r\n"}[way(4)])
			default:
				b.WriteRune(r)
			}
		}
		b.WriteString(q)
	}
	if len(e.children) == 0 && way(2) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteString(">")
	for _, c := range e.children {
		if inner, ok := c.(element); ok {
			inner.write(b, way, false)
			continue
		}
		text := c.(string)
		if way(3) == 0 && !strings.ContainsAny(text, "\r]") {
			b.WriteString("<![CDATA[" + text + "]]>")
			continue
		}
		for _, r := range text {
			switch {
			case strings.ContainsRune("<&>\r", r) || way(5) == 0:
				reference(b, r, way)
			case r == '\n':
				b.WriteString([]string{"\n", "\r\n", "&#xA;"}[way(3)])
			default:
				b.WriteRune(r)
			}
		}
	}
	b.WriteString("</" + e.name + []string{">", " >"}[way(2)])
}

func reference(b *strings.Builder, r rune, way func(int) int) {
	if s := map[rune]string{'<': "&lt;", '&': "&amp;", '>': "&gt;", '"': "&quot;", '\'': "&apos;"}[r]; s != "" && way(2) == 0 {
		b.WriteString(s)
		return
	}
	fmt.Fprintf(b, []string{"&#%d;", "&#x%x;", "&#x%X;"}[way(3)], r)
}

func TestCanonicalize_EverySpellingHasOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := draw(t, 3)
		way := func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "way") }
		exclusive := rapid.Bool().Draw(t, "exclusive")
		var forms [2][]byte
		for i := range forms {
			var b strings.Builder
			e.write(&b, way, true)
			var err error
			if forms[i], err = xmlsig.Canonicalize([]byte(b.String()), exclusive, false); err != nil {
				t.Fatalf("%v\n%s", err, b.String())
			}
		}
		if !bytes.Equal(forms[0], forms[1]) {
			t.Fatalf("%s\n%s", forms[0], forms[1])
		}
	})
}

// goxmldsig agrees where a document has nothing beside its root, no white space to
// be made one and no line breaks but \n.
func TestCanonicalize_AgreesWithGoxmldsigOnPlainDocuments(t *testing.T) {
	for _, doc := range []string{
		`<a xmlns="urn:d"><b c="1" a="2">x</b></a>`,
		`<p:a xmlns:p="urn:p" xmlns:unused="urn:u"><p:b xmlns:q="urn:q" q:x="&lt;&quot;">試験　花子&amp;</p:b><!-- c --><c/></p:a>`,
		filing,
	} {
		d := etree.NewDocument()
		if err := d.ReadFromString(doc); err != nil {
			t.Fatal(err)
		}
		theirs, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(d.Root())
		if err != nil {
			t.Fatal(err)
		}
		ours, err := xmlsig.Canonicalize([]byte(doc), true, false)
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("%v\n%s\n%s", err, ours, theirs)
		}
	}
}

// One octet of the signed content changed: either the canonical form is the same,
// or the signature does not pass. The property holds for removed and doubled
// octets, too.
func TestVerify_NoChangeOfContentPasses(t *testing.T) {
	signed := sign(t, filing, xmlsig.SignOptions{XAdES: true})
	o := options(t)
	start, end := bytes.Index(signed, []byte("<DATA")), bytes.Index(signed, []byte("<ds:Signature"))
	was, err := xmlsig.Canonicalize(signed, true, false)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(start, end-1).Draw(t, "at")
		var changed []byte
		switch rapid.IntRange(0, 2).Draw(t, "how") {
		case 0:
			changed = bytes.Clone(signed)
			changed[at] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 1:
			changed = append(bytes.Clone(signed[:at]), signed[at+1:]...)
		default:
			changed = append(bytes.Clone(signed[:at+1]), signed[at:]...)
		}
		if xmlsig.Verify(changed, o, nil).Verdict != verify.Passed {
			return
		}
		if is, err := xmlsig.Canonicalize(changed, true, false); err != nil || !bytes.Equal(was, is) {
			t.Fatalf("passes at %d: %q", at, changed[max(0, at-20):at+20])
		}
	})
}

// tokens is what encoding/xml reads, without comments and with text joined.
func tokens(doc []byte) ([]string, error) {
	d := xml.NewDecoder(bytes.NewReader(doc))
	var out []string
	text := ""
	flush := func() {
		if text != "" {
			out = append(out, "text "+text)
			text = ""
		}
	}
	depth := 0
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		switch k := tok.(type) {
		case xml.StartElement:
			flush()
			depth++
			var attrs []string
			for _, a := range k.Attr {
				if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
					continue
				}
				attrs = append(attrs, fmt.Sprintf("%s %s=%q", a.Name.Space, a.Name.Local, strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(a.Value)))
			}
			sort.Strings(attrs)
			out = append(out, fmt.Sprintf("<%s %s %s", k.Name.Space, k.Name.Local, attrs))
		case xml.EndElement:
			flush()
			depth--
			out = append(out, ">")
		case xml.CharData:
			if depth > 0 {
				text += string(k)
			}
		case xml.ProcInst:
			if k.Target != "xml" {
				flush()
				out = append(out, fmt.Sprintf("? %s %q", k.Target, strings.ReplaceAll(strings.ReplaceAll(string(k.Inst), "\r\n", "\n"), "\r", "\n")))
			}
		}
	}
}

// FuzzCanonicalize: the canonical form is canonical, and encoding/xml reads the
// same out of it as out of the document.
func FuzzCanonicalize(f *testing.F) {
	for _, doc := range append(awkward, filing) {
		f.Add([]byte(doc), true)
		f.Add([]byte(doc), false)
	}
	f.Fuzz(func(t *testing.T, doc []byte, exclusive bool) {
		form, err := xmlsig.Canonicalize(doc, exclusive, false)
		if err != nil {
			return
		}
		again, err := xmlsig.Canonicalize(form, exclusive, false)
		if err != nil || !bytes.Equal(form, again) {
			t.Fatalf("not canonical: %v\n%q\n%q", err, form, again)
		}
		was, err := tokens(doc)
		if err != nil {
			return // encoding/xml has an older idea of names
		}
		is, err := tokens(form)
		if err != nil || strings.Join(was, "\n") != strings.Join(is, "\n") {
			t.Fatalf("another document: %v\n%q\n%q\n%q\n%q", err, doc, form, was, is)
		}
	})
}

// FuzzVerify: whatever comes in, there is an answer, and only what was signed
// passes.
func FuzzVerify(f *testing.F) {
	list := cases(f)
	for _, c := range list {
		if len(c.Doc) < 20_000 {
			f.Add(c.Doc)
		}
	}
	o := unbound(options(f))
	f.Fuzz(func(t *testing.T, doc []byte) {
		r := xmlsig.Verify(doc, o, map[string][]byte{"filing.xml": []byte(filing)})
		if r.Verdict == "" || r.Verdict != verify.Passed && r.Reason == verify.NoReason {
			t.Fatalf("no answer: %+v", r)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	signed := sign(b, filing, xmlsig.SignOptions{XAdES: true})
	o := options(b)
	for b.Loop() {
		if xmlsig.Verify(signed, o, nil).Verdict != verify.Passed {
			b.Fatal("refused")
		}
	}
}

func BenchmarkCanonicalize(b *testing.B) {
	doc := []byte("<r>" + strings.Repeat(`<a xmlns:p="urn:p" p:b="1" c="2">text &amp; more</a>`, 10_000) + "</r>")
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := xmlsig.Canonicalize(doc, true, false); err != nil {
			b.Fatal(err)
		}
	}
}
