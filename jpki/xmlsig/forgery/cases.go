package forgery

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

// Signers are the keys and certificates that cases are made with.
type Signers struct {
	Key   crypto.Signer // RSA
	Cert  *x509.Certificate
	Twin  *x509.Certificate // another certificate of the same key
	Other *x509.Certificate // another person's
	// OtherKey belongs to Other.
	OtherKey crypto.Signer
	At       time.Time // claimed signing time
}

// Case is one document with the answer that a strict verifier gives.
type Case struct {
	Name     string // lower case with hyphens
	What     string // one sentence
	Doc      []byte
	Detached map[string][]byte
	Demand   xmlsig.Demand
	Bound    bool // judged by the strict rule that a signature names its certificate
	Reason   verify.Reason
}

// The document that is signed.
const (
	Namespace = "http://xml.filing.test/2026"
	form      = `<FORM Id="form"><name>試験花子</name><amount>1200</amount></FORM>`
	evil      = `<FORM Id="form"><name>試験花子</name><amount>9200</amount></FORM>`
	head      = `<DATA xmlns="` + Namespace + `" Id="root">`
	filing    = head + form + `</DATA>`
)

// maker collects cases.
type maker struct {
	Signers
	out []Case
	err error
}

func (m *maker) add(c Case) { m.out = append(m.out, c) }

func (m *maker) text(f Forgery) string {
	s, err := f.Text(m.Key, m.Cert)
	if err != nil && m.err == nil {
		m.err = err
	}
	return s
}

func (m *maker) sign(doc string, o xmlsig.SignOptions) string {
	b, err := xmlsig.Sign([]byte(doc), m.Key, m.Cert, o)
	if err != nil && m.err == nil {
		m.err = err
	}
	return string(b)
}

// whole is the reference of an enveloped signature.
func whole() Reference {
	return Reference{URI: "", Transforms: []string{Enveloped, Exclusive}, Over: canonical(filing)}
}

// part is the reference of a detached signature over FORM.
func part() Reference {
	return Reference{URI: "#form", Transforms: []string{Exclusive},
		Over: []byte(strings.Replace(form, "<FORM ", `<FORM xmlns="`+Namespace+`" `, 1))}
}

// enveloped is the document with a forged signature inside.
func (m *maker) enveloped(f Forgery) string { return head + form + m.text(f) + "</DATA>" }

var demanded = xmlsig.Demand{Space: Namespace, Local: "FORM"}

// Cases makes all of them: first the good ones, whose Reason is empty.
func Cases(s Signers) ([]Case, error) {
	m := &maker{Signers: s}
	m.good()
	m.content()
	m.wrapping()
	m.readings()
	m.transforms()
	m.algorithms()
	m.keys()
	m.syntax()
	return m.out, m.err
}

func (m *maker) good() {
	xades := xmlsig.SignOptions{SigningTime: m.At}
	add := func(name, what string, c Case) {
		c.Name, c.What = name, what
		m.add(c)
	}
	add("good-enveloped", "An enveloped XAdES baseline signature over the whole document.", Case{Doc: []byte(m.sign(filing, xades)), Bound: true})
	add("good-enveloped-by-id", "The same with a reference to the root's Id.", Case{Doc: []byte(m.sign(filing, xmlsig.SignOptions{ID: "root", SigningTime: m.At})), Bound: true})
	add("good-enveloping", "The signature envelops the document.", Case{Doc: []byte(m.sign(filing, xmlsig.SignOptions{Form: xmlsig.Enveloping, SigningTime: m.At})), Bound: true})
	add("good-detached-element", "The signature lies beside the signed element, which the reader demands.",
		Case{Doc: []byte(m.sign(filing, xmlsig.SignOptions{Form: xmlsig.Detached, ID: "form", SigningTime: m.At})), Bound: true, Demand: demanded})
	add("good-detached-file", "The signed content lies in another file.",
		Case{Doc: []byte(m.sign(filing, xmlsig.SignOptions{Form: xmlsig.Detached, URI: "filing.xml", SigningTime: m.At})), Bound: true, Detached: map[string][]byte{"filing.xml": []byte(filing)}})
	add("good-plain", "A plain XMLDSig signature that does not name its certificate; the reader takes such.", Case{Doc: []byte(m.sign(filing, xmlsig.SignOptions{}))})
	add("good-inclusive", "Inclusive canonicalization of the signed element.", Case{Doc: []byte(m.enveloped(Forgery{References: []Reference{
		{URI: "", Transforms: []string{Enveloped, Inclusive}, Over: canonical(filing)}}}))})
	two := m.text(Forgery{ID: "first", References: []Reference{part()}}) + m.text(Forgery{ID: "second", References: []Reference{part()}})
	add("good-two-signatures", "Two signatures over the same element.", Case{Doc: []byte(head + form + two + "</DATA>"), Demand: demanded})
	add("good-comment-between-elements", "An unsigned comment between elements changes nothing that is read.",
		Case{Doc: []byte(strings.Replace(m.enveloped(Forgery{References: []Reference{whole()}}), "</name>", "</name><!-- office use -->", 1))})
}

func (m *maker) content() {
	good := m.sign(filing, xmlsig.SignOptions{SigningTime: m.At})
	change := func(name, what string, reason verify.Reason, old, new string) {
		doc := strings.Replace(good, old, new, 1)
		if doc == good && m.err == nil {
			m.err = fmt.Errorf("forgery: %s changes nothing", name)
		}
		m.add(Case{Name: name, What: what, Doc: []byte(doc), Bound: true, Reason: reason})
	}
	change("text-changed", "One digit of the signed text is another.", verify.ContentChanged, "1200", "9200")
	change("attribute-added", "An attribute was added to a signed element.", verify.ContentChanged, "<amount>", `<amount unit="x">`)
	change("white-space-added", "White space was added inside the signed element.", verify.ContentChanged, "</name>", "</name> ")
	change("namespace-exchanged", "The default namespace of the signed document is another.", verify.ContentChanged, Namespace, Namespace+"/x")
	change("element-removed", "An element was taken out.", verify.ContentChanged, "<amount>1200</amount>", "")
	change("instruction-added", "A processing instruction was put into the signed element.", verify.ContentChanged, "<amount>", "<?x y?><amount>")
	change("style-sheet-added", "A style sheet was put before the root element.", verify.ContentChanged, "<DATA", `<?xml-stylesheet href="evil.xsl"?><DATA`)
	change("signing-time-changed", "The claimed signing time in the signed properties is another.", verify.ContentChanged, "<xades:SigningTime>20", "<xades:SigningTime>19")
	change("value-flipped", "One letter of the signature value is another.", verify.BadSignature, "<ds:SignatureValue>", "<ds:SignatureValue>QUFB")
	m.add(Case{Name: "digest-recomputed", What: "Content and digest were both changed; the value is over the old digest.", Reason: verify.BadSignature,
		Doc: []byte(strings.Replace(m.enveloped(Forgery{References: []Reference{{Transforms: []string{Enveloped, Exclusive}, Over: canonical(strings.Replace(filing, "1200", "9200", 1))}},
			Change: m.valueOf(Forgery{References: []Reference{whole()}})}), "1200", "9200", 1))})
	m.add(Case{Name: "signature-stripped", What: "The signature was taken out.", Doc: []byte(filing), Reason: verify.NoSignature})
	m.add(Case{Name: "look-alike-namespace", What: "The Signature element is in a namespace that only looks like XMLDSig.", Reason: verify.NoSignature,
		Doc: []byte(strings.ReplaceAll(m.enveloped(Forgery{References: []Reference{whole()}}), `xmlns:ds="`+DSig+`"`, `xmlns:ds="http://www.w3.org/2000/09/xmldsig"`))})
	detached := m.sign(filing, xmlsig.SignOptions{Form: xmlsig.Detached, URI: "filing.xml", SigningTime: m.At})
	m.add(Case{Name: "detached-file-changed", What: "The file beside the signature is another.", Doc: []byte(detached), Bound: true, Reason: verify.ContentChanged,
		Detached: map[string][]byte{"filing.xml": []byte(strings.Replace(filing, "1200", "9200", 1))}})
	m.add(Case{Name: "detached-file-missing", What: "The signed file did not come along.", Doc: []byte(detached), Bound: true, Reason: verify.ContentMissing})
	m.add(Case{Name: "detached-file-unsigned", What: "A second file came along that the signature does not cover.", Doc: []byte(detached), Bound: true, Reason: verify.NotAllSigned,
		Detached: map[string][]byte{"filing.xml": []byte(filing), "annex.xml": []byte("<annex/>")}})
	second := m.text(Forgery{ID: "first", References: []Reference{part()}}) + m.text(Forgery{ID: "second", References: []Reference{part()}, Change: flipValue})
	m.add(Case{Name: "second-signature-bad", What: "The first of two signatures holds, the second does not.", Doc: []byte(head + form + second + "</DATA>"), Demand: demanded, Reason: verify.BadSignature})
}

// valueOf returns a change that puts the value of another signature in.
func (m *maker) valueOf(f Forgery) func(string) string {
	cut := func(s string) string {
		_, s, _ = strings.Cut(s, "<ds:SignatureValue>")
		s, _, _ = strings.Cut(s, "</ds:SignatureValue>")
		return s
	}
	other := cut(m.text(f))
	return func(s string) string { return strings.Replace(s, cut(s), other, 1) }
}

func flipValue(s string) string {
	i := strings.Index(s, "<ds:SignatureValue>") + len("<ds:SignatureValue>") + 8
	c := byte('A')
	if s[i] == 'A' {
		c = 'B'
	}
	return s[:i] + string(c) + s[i+1:]
}

func (m *maker) wrapping() {
	detached := m.text(Forgery{References: []Reference{part()}})
	object := func(inner string) string {
		return strings.Replace(detached, "</ds:Signature>", "<ds:Object>"+inner+"</ds:Object></ds:Signature>", 1)
	}
	noID := strings.Replace(evil, ` Id="form"`, "", 1)
	add := func(name, what, doc string, d xmlsig.Demand, r verify.Reason) {
		m.add(Case{Name: name, What: what, Doc: []byte(doc), Demand: d, Reason: r})
	}
	byID := xmlsig.Demand{ID: "form"}
	add("wrapped-in-object", "The signed element was moved into the signature's Object, a false one put in its place; the reader goes by the name.",
		head+noID+object(form)+"</DATA>", demanded, verify.AmbiguousContent)
	add("wrapped-in-object-by-id", "The same; the reader goes by the Id.", head+noID+object(form)+"</DATA>", byID, verify.AmbiguousContent)
	add("wrapped-in-object-root", "The same; the reader takes the whole document.", head+noID+object(form)+"</DATA>", xmlsig.Demand{}, verify.AmbiguousContent)
	add("wrapped-false-root", "The signed document hangs below a false one.",
		`<DATA xmlns="`+Namespace+`">`+noID+m.enveloped(Forgery{References: []Reference{{URI: "#root", Transforms: []string{Enveloped, Exclusive}, Over: canonical(filing)}}})+"</DATA>",
		xmlsig.Demand{}, verify.NotAllSigned)
	add("wrapped-sibling", "A false element of the same name stands before the signed one.", head+noID+form+detached+"</DATA>", demanded, verify.AmbiguousContent)
	add("wrapped-by-other-name", "The element with the demanded Id has another name than the demanded one.",
		head+noID+form+detached+"</DATA>", xmlsig.Demand{ID: "form", Space: Namespace, Local: "APPROVAL"}, verify.AmbiguousContent)
	add("only-a-part-signed", "The signature covers one element; the reader takes the whole document.", head+form+detached+"</DATA>", xmlsig.Demand{}, verify.NotAllSigned)
	add("another-part-demanded", "The signature covers one element, the reader takes another.",
		head+form+`<FORM Id="two"></FORM>`+detached+"</DATA>", xmlsig.Demand{ID: "two"}, verify.NotAllSigned)
	add("demanded-part-missing", "The element that the reader takes is not there.", head+form+detached+"</DATA>", xmlsig.Demand{ID: "none"}, verify.NotAllSigned)
	add("unsigned-object", "An enveloped signature got an Object that nothing signs.",
		m.enveloped(Forgery{References: []Reference{whole()}, Objects: "<ds:Object>" + noID + "</ds:Object>"}), xmlsig.Demand{}, verify.NotAllSigned)
	enveloping := m.sign(filing, xmlsig.SignOptions{Form: xmlsig.Enveloping})
	add("enveloping-second-object", "An enveloping signature got a second Object that nothing signs.",
		strings.Replace(enveloping, "</ds:Signature>", `<ds:Object xmlns:ds="`+DSig+`">`+noID+"</ds:Object></ds:Signature>", 1), xmlsig.Demand{}, verify.NotAllSigned)
	add("signs-only-its-key", "The only reference is to the signature's own KeyInfo.",
		m.enveloped(Forgery{References: []Reference{{URI: "#signature-key", Transforms: []string{Exclusive},
			Over: []byte(strings.Replace(`<ds:KeyInfo Id="signature-key">`+X509Data(m.Cert)+"</ds:KeyInfo>", "<ds:KeyInfo ", `<ds:KeyInfo xmlns:ds="`+DSig+`" `, 1))}}}),
		xmlsig.Demand{}, verify.NotAllSigned)
	add("signs-nothing", "The only reference is to the signature itself, left out by the transform.",
		m.enveloped(Forgery{References: []Reference{{URI: "#signature", Transforms: []string{Enveloped, Exclusive}}}}), xmlsig.Demand{}, verify.NotAllSigned)
	add("signs-nothing-alone", "The document is a signature whose only reference is to itself, left out by the transform.",
		m.text(Forgery{References: []Reference{{URI: "#signature", Transforms: []string{Enveloped, Exclusive}}}}), xmlsig.Demand{}, verify.NotAllSigned)
	add("style-sheet-beside-root", "The signature covers the root by its Id; an unsigned style sheet stands before it.",
		`<?xml-stylesheet href="evil.xsl"?>`+m.enveloped(Forgery{References: []Reference{{URI: "#root", Transforms: []string{Enveloped, Exclusive}, Over: canonical(filing)}}}),
		xmlsig.Demand{}, verify.NotAllSigned)
}

func (m *maker) readings() {
	add := func(name, what, doc string, d xmlsig.Demand, r verify.Reason) {
		m.add(Case{Name: name, What: what, Doc: []byte(doc), Demand: d, Reason: r})
	}
	detached := m.text(Forgery{References: []Reference{part()}})
	add("duplicate-id", "Two elements have the Id that the signature names.", head+form+evil+detached+"</DATA>", xmlsig.Demand{ID: "form"}, verify.AmbiguousContent)
	add("duplicate-id-other-spelling", "A second element has the same Id under another of the usual names.",
		head+form+strings.Replace(evil, "Id=", "ID=", 1)+detached+"</DATA>", xmlsig.Demand{ID: "form"}, verify.AmbiguousContent)
	add("two-ids-on-one-element", "One element has two Ids.", strings.Replace(head, "Id=", `id="other" Id=`, 1)+form+detached+"</DATA>", xmlsig.Demand{ID: "form"}, verify.AmbiguousContent)
	good := m.enveloped(Forgery{References: []Reference{whole()}})
	add("comment-in-text", "An unsigned comment cuts a signed text in two: some programs read only the first half.",
		strings.Replace(good, "1200", "1<!-- -->200", 1), xmlsig.Demand{}, verify.AmbiguousContent)
	add("comment-before-text", "An unsigned comment stands before a signed text: some programs read nothing.",
		strings.Replace(good, "<name>", "<name><!-- -->", 1), xmlsig.Demand{}, verify.AmbiguousContent)
	add("comment-after-text", "An unsigned comment stands behind a signed text, where more can be written without a change to the tree before it.",
		strings.Replace(good, "</name>", "<!-- --></name>", 1), xmlsig.Demand{}, verify.AmbiguousContent)
	// The prefix of the value is not visibly used, so exclusive canonicalization
	// leaves its declaration out.
	typed := strings.Replace(filing, "<amount>", `<amount xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="t:minor">`, 1)
	signed := strings.Replace(typed, "</DATA>", m.text(Forgery{References: []Reference{{Transforms: []string{Enveloped, Exclusive}, Over: canonical(typed)}}})+"</DATA>", 1)
	add("type-prefix-bound-anew", "The prefix inside a signed xsi:type is bound by an unsigned declaration.",
		strings.Replace(signed, "<DATA ", `<DATA xmlns:t="http://evil.test/types" `, 1), xmlsig.Demand{}, verify.AmbiguousContent)
}

func (m *maker) transforms() {
	add := func(name, what string, r verify.Reason, refs ...Reference) {
		m.add(Case{Name: name, What: what, Doc: []byte(m.enveloped(Forgery{References: refs})), Reason: r})
	}
	with := func(transforms ...string) Reference {
		r := whole()
		r.Transforms = transforms
		return r
	}
	add("transform-xslt", "A transform by a style sheet in the signature.", verify.Unsupported,
		with(Enveloped, `<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0"></xsl:stylesheet></ds:Transform>`))
	add("transform-xpath", "A transform that selects nothing by XPath.", verify.Unsupported,
		with(`<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform>`))
	add("transform-xpath-filter", "A transform that subtracts the changed part by XPath Filter 2.", verify.Unsupported,
		with(Enveloped, `<ds:Transform Algorithm="http://www.w3.org/2002/06/xmldsig-filter2"></ds:Transform>`, Exclusive))
	add("transform-base64", "A transform that decodes base64.", verify.Unsupported, with(Enveloped, DSig+"base64"))
	add("transform-order", "Canonicalization before the signature is left out.", verify.Unsupported, with(Exclusive, Enveloped))
	many := make([]string, 9)
	for i := range many {
		many[i] = Exclusive
	}
	add("transforms-many", "More transforms than anybody needs.", verify.TooLarge, with(many...))
	add("xpointer", "A reference by XPointer.", verify.Unsupported, Reference{URI: "#xpointer(/)", Transforms: []string{Enveloped, Exclusive}, Over: canonical(filing)})
	add("reference-without-uri", "A reference that leaves its target to the program.", verify.Unsupported, Reference{NoURI: true, Over: []byte("x")})
	add("reference-to-network", "A reference to a web address inside the reader's network; nothing may be fetched.", verify.ContentMissing,
		whole(), Reference{URI: "http://localhost:1/", Over: []byte("x")})
	add("reference-to-file", "A reference to a file of the reader's machine.", verify.ContentMissing, whole(), Reference{URI: "file:///etc/hostname", Over: []byte("x")})
	add("reference-to-nothing", "A reference to an Id that is not in the document.", verify.ContentMissing, whole(), Reference{URI: "#none", Transforms: []string{Exclusive}})
	refs := make([]Reference, 33)
	for i := range refs {
		refs[i] = whole()
	}
	add("references-many", "More references than are read.", verify.TooLarge, refs...)
	asManifest := part()
	asManifest.Type = DSig + "Manifest"
	add("manifest-in-document", "A reference calls an element of the document a manifest.", verify.Unsupported, whole(), asManifest)
	manifest := `<ds:Manifest Id="manifest"></ds:Manifest>`
	m.add(Case{Name: "manifest", What: "What counts is in a manifest, whose references core validation does not check.", Reason: verify.Unsupported,
		Doc: []byte(m.enveloped(Forgery{References: []Reference{whole(), {URI: "#manifest", Type: DSig + "Manifest", Transforms: []string{Exclusive},
			Over: []byte(`<ds:Manifest xmlns:ds="` + DSig + `" Id="manifest"></ds:Manifest>`)}}, Objects: "<ds:Object>" + manifest + "</ds:Object>"}))})
}

func (m *maker) algorithms() {
	add := func(name, what string, r verify.Reason, f Forgery) {
		if f.References == nil {
			f.References = []Reference{whole()}
		}
		m.add(Case{Name: name, What: what, Doc: []byte(m.enveloped(f)), Reason: r})
	}
	sha1 := whole()
	sha1.Method = SHA1
	add("digest-sha1", "The digest is SHA-1.", verify.WeakAlgorithm, Forgery{References: []Reference{sha1}})
	add("signature-sha1", "The signature is with SHA-1.", verify.WeakAlgorithm, Forgery{Method: DSig + "rsa-sha1", Hash: crypto.SHA1})
	add("hmac-with-public-key", "An HMAC whose secret is the certificate's public key.", verify.Unsupported,
		Forgery{Method: more + "hmac-sha256", Secret: m.Cert.RawSubjectPublicKeyInfo})
	add("hmac-truncated", "An HMAC cut down to nothing.", verify.Unsupported, Forgery{Method: DSig + "hmac-sha1", Secret: []byte{0}, Hash: crypto.SHA1})
	add("method-of-other-key", "ECDSA is declared, the key is RSA.", verify.BadSignature, Forgery{Method: more + "ecdsa-sha256"})
	add("method-of-other-digest", "SHA-512 is declared, SHA-256 was used.", verify.BadSignature, Forgery{Method: more + "rsa-sha512"})
	add("method-unknown", "A signature algorithm that nobody knows.", verify.Unsupported, Forgery{Method: more + "rsa-none"})
}

func (m *maker) keys() {
	add := func(name, what string, r verify.Reason, f Forgery) {
		if f.References == nil {
			f.References = []Reference{whole()}
		}
		m.add(Case{Name: name, What: what, Doc: []byte(m.enveloped(f)), Reason: r})
	}
	if other, ok := m.OtherKey.Public().(*rsa.PublicKey); ok {
		add("key-value-only", "Only a bare key came along, no certificate.", verify.NoSigner, Forgery{KeyInfo: KeyValue(other)})
		add("key-value-of-another", "A bare key of somebody else stands before the certificate.", verify.AmbiguousContent, Forgery{KeyInfo: KeyValue(other) + X509Data(m.Cert)})
	}
	add("no-key-info", "Neither key nor certificate came along.", verify.NoSigner, Forgery{NoKeyInfo: true})
	add("key-name-only", "Only a name of the key came along.", verify.NoSigner, Forgery{KeyInfo: "<ds:KeyName>holder</ds:KeyName>"})
	add("key-fetched", "The certificate would have to be fetched.", verify.Unsupported,
		Forgery{KeyInfo: `<ds:RetrievalMethod URI="http://localhost:1/cert" Type="http://www.w3.org/2000/09/xmldsig#rawX509Certificate"></ds:RetrievalMethod>`})
	add("certificate-of-another", "Another person's certificate came along.", verify.BadSignature, Forgery{KeyInfo: X509Data(m.Other)})
	add("certificates-of-two", "Certificates of two persons came along.", verify.AmbiguousContent, Forgery{KeyInfo: X509Data(m.Cert, m.Other)})
	add("certificate-broken", "The certificate cannot be read.", verify.CertMalformed, Forgery{KeyInfo: "<ds:X509Data><ds:X509Certificate>MAA=</ds:X509Certificate></ds:X509Data>"})
	longer := append(append([]byte{}, m.Cert.Raw...), 5, 0)
	longer[2], longer[3] = byte((len(longer)-4)>>8), byte(len(longer)-4)
	add("certificate-longer", "Octets follow the CA's signature inside the certificate.", verify.CertMalformed, Forgery{KeyInfo: X509Data(&x509.Certificate{Raw: longer})})
	m.add(Case{Name: "certificate-not-named", What: "The signature does not name its certificate, and the reader demands that.", Reason: verify.NotBound, Bound: true,
		Doc: []byte(m.enveloped(Forgery{References: []Reference{whole()}}))})
	object, over := properties("signature", m.Cert, "")
	props := Reference{URI: "#signature-properties", Type: "http://uri.etsi.org/01903#SignedProperties", Transforms: []string{Exclusive}, Over: over}
	bound := func(name, what string, r verify.Reason, strict bool, f Forgery) {
		m.add(Case{Name: name, What: what, Doc: []byte(m.enveloped(f)), Reason: r, Bound: strict})
	}
	bound("good-named-certificate", "Signed properties name the certificate.", verify.NoReason, true, Forgery{References: []Reference{whole(), props}, Objects: object})
	bound("certificate-exchanged", "The certificate was exchanged for another of the same key.", verify.WrongSigner, true,
		Forgery{References: []Reference{whole(), props}, Objects: object, KeyInfo: X509Data(m.Twin)})
	bound("properties-not-signed", "The properties that name the certificate are not signed.", verify.NotBound, true, Forgery{References: []Reference{whole()}, Objects: object})
	bound("properties-not-signed-lax", "The same for a reader who takes unnamed certificates.", verify.NotAllSigned, false, Forgery{References: []Reference{whole()}, Objects: object})
	m.add(Case{Name: "properties-not-signed-beside-part", What: "A part of the document is signed, the properties that name the certificate are not.", Bound: true, Demand: demanded,
		Doc: []byte(m.enveloped(Forgery{References: []Reference{part()}, Objects: object})), Reason: verify.NotBound})
	other, otherOver := properties("elsewhere", m.Cert, "")
	props.URI, props.Over = "#elsewhere-properties", otherOver
	bound("properties-of-another", "The properties belong to another signature.", verify.AmbiguousContent, true, Forgery{References: []Reference{whole(), props}, Objects: other})
}

func (m *maker) syntax() {
	good := m.enveloped(Forgery{References: []Reference{whole()}})
	add := func(name, what, doc string, r verify.Reason) {
		m.add(Case{Name: name, What: what, Doc: []byte(doc), Reason: r})
	}
	add("doctype-internal-entity", "A document type declares an entity.", `<!DOCTYPE DATA [<!ENTITY x "9">]>`+good, verify.Malformed)
	add("doctype-external-entity", "A document type names a file of the reader's machine.", `<!DOCTYPE DATA [<!ENTITY x SYSTEM "file:///etc/hostname">]>`+good, verify.Malformed)
	add("doctype-entities-nested", "Entities of entities that grow without end.",
		`<!DOCTYPE DATA [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>`+strings.Replace(good, "1200", "&c;", 1), verify.Malformed)
	add("doctype-id-declared", "A document type declares another attribute to be the Id.", `<!DOCTYPE DATA [<!ATTLIST FORM name ID #IMPLIED>]>`+good, verify.Malformed)
	add("entity-undeclared", "An entity that nothing declares.", strings.Replace(good, "1200", "&x;", 1), verify.Malformed)
	add("comment-in-digest", "A comment inside a digest value: two readings of the digest.", m.enveloped(Forgery{References: []Reference{whole()},
		Change: func(s string) string { return strings.Replace(s, "<ds:DigestValue>", "<ds:DigestValue><!-- -->", 1) }}), verify.Malformed)
	add("namespace-relative", "A namespace name that is relative has no canonical form.", strings.Replace(good, "<amount>", `<amount xmlns:r="relative">`, 1), verify.Malformed)
	add("attribute-twice", "An attribute comes twice.", strings.Replace(good, `Id="root"`, `Id="root" Id="root"`, 1), verify.Malformed)
	add("prefix-undeclared", "An element has a prefix that nothing declares.", strings.Replace(good, "<amount>1200</amount>", "<x:amount>1200</x:amount>", 1), verify.Malformed)
	add("not-utf-8", "The document declares UTF-16.", `<?xml version="1.0" encoding="UTF-16"?>`+good, verify.Malformed)
	add("cdata-end-in-text", "]]> in a text, which only some parsers take.", strings.Replace(good, "1200", "1200]]>", 1), verify.Malformed)
	add("octets-behind", "A second document follows the first.", good+filing, verify.Malformed)
	add("depth", "Elements nested beyond any form.", strings.Repeat("<a>", 400)+good+strings.Repeat("</a>", 400), verify.TooLarge)
	var attributes strings.Builder
	for i := range 300 {
		fmt.Fprintf(&attributes, ` a%d=""`, i)
	}
	add("attributes-many", "More attributes than any form has.", strings.Replace(good, "<amount>", "<amount"+attributes.String()+">", 1), verify.TooLarge)
	add("foreign-in-signature", "A foreign element among the parts of the signature.", m.enveloped(Forgery{References: []Reference{whole()}, Objects: `<x xmlns="urn:x"></x>`}), verify.Malformed)
	add("no-reference", "SignedInfo without a reference.", m.enveloped(Forgery{}), verify.Malformed)
	add("base64-loose", "The signature value is not base64.", m.enveloped(Forgery{References: []Reference{whole()},
		Change: func(s string) string { return strings.Replace(s, "<ds:SignatureValue>", "<ds:SignatureValue>*", 1) }}), verify.Malformed)
	many := ""
	for i := range 17 {
		many += m.text(Forgery{ID: fmt.Sprintf("s%d", i), References: []Reference{part()}})
	}
	m.add(Case{Name: "signatures-many", What: "More signatures than are judged.", Doc: []byte(head + form + many + "</DATA>"), Demand: demanded, Reason: verify.TooLarge})
}
