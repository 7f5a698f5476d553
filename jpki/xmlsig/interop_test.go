package xmlsig_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/jpki/internal/testpki"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

func pemFile(t testing.TB, dir, name, kind string, der []byte) string {
	t.Helper()
	return write(t, dir, name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// xmlsecVerify asks xmlsec1 whether it takes a document by the key in a certificate.
func xmlsecVerify(t testing.TB, dir string, doc []byte, cert *x509.Certificate, more ...string) error {
	t.Helper()
	path := write(t, dir, "doc.xml", doc)
	args := append([]string{"--verify", "--pubkey-cert-pem", pemFile(t, dir, "cert.pem", "CERTIFICATE", cert.Raw)}, more...)
	out, err := exec.Command(xmlsec(t), append(args, path)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// idAttributes tell xmlsec1 which attributes are Ids.
var idAttributes = []string{
	"--id-attr:Id", "http://www.w3.org/2000/09/xmldsig#:Object", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties",
	"--id-attr:Id", "http://xml.filing.test/2026:FORM", "--id-attr:Id", "http://xml.filing.test/2026:DATA",
}

func TestInterop_XmlsecTakesWhatWeSign(t *testing.T) {
	dir := t.TempDir()
	xmlsec(t)
	g := testpki.BothGenerations()
	next := g.IssueNextSignature(t, 78)
	for name, o := range map[string]xmlsig.SignOptions{
		"enveloped":  {XAdES: true},
		"by Id":      {ID: "root", SigningTime: testpki.Now},
		"enveloping": {Form: xmlsig.Enveloping, XAdES: true},
		"detached":   {Form: xmlsig.Detached, ID: "form", XAdES: true},
		"plain":      {},
	} {
		for _, c := range []*x509.Certificate{holder(t), next} {
			var signed []byte
			if c == next {
				signed = signAs(t, filing, testpki.NextKey(testpki.HolderKey), c, o)
			} else {
				signed = sign(t, filing, o)
			}
			if err := xmlsecVerify(t, dir, signed, c, idAttributes...); err != nil {
				t.Errorf("%s, %s: %v", name, c.PublicKeyAlgorithm, err)
			}
			tampered := bytes.Replace(signed, []byte("1200"), []byte("9200"), 1)
			if xmlsecVerify(t, dir, tampered, c, idAttributes...) == nil {
				t.Errorf("%s, %s: xmlsec1 takes a changed document", name, c.PublicKeyAlgorithm)
			}
		}
	}
	write(t, dir, "filing.bin", []byte(filing))
	signed := sign(t, filing, xmlsig.SignOptions{Form: xmlsig.Detached, URI: filepath.Join(dir, "filing.bin"), XAdES: true})
	if err := xmlsecVerify(t, dir, signed, holder(t), idAttributes...); err != nil {
		t.Errorf("detached file: %v", err)
	}
}

// awkward documents: namespaces declared, declared again, undeclared and unused;
// xml:lang inherited; attributes to be sorted by namespace; all escapes; CDATA;
// comments and instructions everywhere; characters beyond the BMP.
var awkward = []string{
	`<?xml version="1.0"?>
<?one  with data ?><!-- before --><a:root xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" xml:lang="ja" xml:space="preserve" Id="whole">
 <part Id="part" xmlns:c="urn:c" c:z="1" b:y="2" a:x="3" w="4"   v='5'><c:e xmlns:c="urn:c"/><none xmlns=""><inner/><back xmlns="urn:d"/></none></part>
 <!-- inside --><?two?><?three   data  here?>SIG</a:root><!-- behind --><?four?>
`,
	"<r Id=\"whole\" xmlns:n=\"http://n.test/\" t=\"a&#9;b&#10;c&#13;d&amp;&lt;&gt;&quot;'\" u=\"x\ty\nz\">" +
		"<part Id=\"part\">&amp;&lt;&gt;&quot;&#13;\r\n\t]]&gt;<![CDATA[<&>]]&gt;\"']]><![CDATA[]]>😀𠮷&#x20BB7;\r</part><e a='\"'></e >SIG</r>",
	`<x:a xmlns:x="urn:1" Id="whole"><x:b xmlns:x="urn:2"><x:part Id="part" xmlns:x="urn:2" xmlns:unused="urn:u" x:q="1"><x:c xmlns:x="urn:1" xmlns:y="urn:2" y:q="1" x:q="2"/><x:d/></x:part></x:b>SIG</x:a>`,
	`<a xmlns="urn:default" xmlns:p="urn:p" xmlns:q="urn:q" xml:base="http://base.test/" Id="whole"><b xml:lang="en"><part Id="part" xmlns:r="urn:r"><p:c q:at="1"><d xmlns=""><p:e/></d></p:c><f xmlns:q="urn:other" q:at="2"/></part></b>SIG</a>`,
	`<a Id="whole"><b xmlns="urn:x"><part Id="part" xmlns=""><c xmlns="urn:x" z:a="1" xmlns:z="urn:a" xmlns:a="urn:z" a:a="2" a="3"/></part></b>SIG</a>`,
	"<文書 xmlns:名='urn:name' Id='whole'><part Id='part'><名:氏名 名:種別='旧字'>髙﨑󠄁</名:氏名>\u2028\u0085</part>SIG</文書>",
}

// methodsToTry are canonicalizations with their parameters.
var methodsToTry = []string{
	`Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>`,
	`Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments"/>`,
	`Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>`,
	`Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#WithComments"/>`,
	`Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="b p unused r 名 x"/></ds:Transform>`,
	`Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"><ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="#default q"/></ds:Transform>`,
}

const envelopedTransform = `<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>`

// template is an unsigned signature for xmlsec1 with every canonicalization over
// the whole document, the root and a part of it.
func template(method string) string {
	var b strings.Builder
	b.WriteString(`<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo><ds:CanonicalizationMethod ` + strings.ReplaceAll(method, "ds:Transform", "ds:CanonicalizationMethod") +
		`<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>`)
	reference := func(uri, transforms string) {
		b.WriteString(`<ds:Reference URI="` + uri + `">` + transforms + `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue></ds:DigestValue></ds:Reference>`)
	}
	for _, m := range methodsToTry {
		for _, uri := range []string{"", "#whole"} {
			reference(uri, "<ds:Transforms>"+envelopedTransform+"<ds:Transform "+m+"</ds:Transforms>")
		}
		reference("#part", "<ds:Transforms><ds:Transform "+m+"</ds:Transforms>")
	}
	reference("", "<ds:Transforms>"+envelopedTransform+"</ds:Transforms>")
	reference("#part", "")
	b.WriteString(`</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>`)
	return b.String()
}

func TestInterop_CanonicalFormsOfXmlsecOnAwkwardDocuments(t *testing.T) {
	dir := t.TempDir()
	tool := xmlsec(t)
	key, err := x509.MarshalPKCS8PrivateKey(testpki.Key(testpki.HolderKey))
	if err != nil {
		t.Fatal(err)
	}
	keys := pemFile(t, dir, "key.pem", "PRIVATE KEY", key) + "," + pemFile(t, dir, "cert.pem", "CERTIFICATE", holder(t).Raw)
	for i, doc := range awkward {
		for j, method := range methodsToTry {
			path := write(t, dir, "template.xml", []byte(strings.Replace(doc, "SIG", template(method), 1)))
			out := filepath.Join(dir, "signed.xml")
			args := []string{"--sign", "--privkey-pem", keys, "--output", out}
			for _, name := range []string{"root", "part", "r", "a", "urn:a:root", "urn:d:part", "urn:1:a", "urn:2:part", "urn:default:a", "urn:default:part", "文書"} {
				args = append(args, "--id-attr:Id", name)
			}
			if text, err := exec.Command(tool, append(args, path)...).CombinedOutput(); err != nil {
				t.Fatalf("document %d: %v\n%s", i, err, text)
			}
			signed := read(t, out)
			r := xmlsig.VerifyElement(signed, unbound(options(t)), nil, xmlsig.Demand{ID: "part"})
			if r.Verdict != verify.Passed {
				t.Errorf("document %d, method %d: %s %s %+v", i, j, r.Reason, r.Detail, r.Signatures)
				dump(t, tool, dir, out, keys, args)
			}
			// The same octets changed are refused by both.
			at := bytes.Index(signed, []byte("part Id"))
			for _, old := range []string{"xml:lang=\"ja\"", "😀", "x:q=\"2\"", "q:at=\"2\"", "a=\"3\"", "旧字"} {
				if k := bytes.Index(signed, []byte(old)); k >= 0 && at >= 0 {
					changed := bytes.Replace(signed, []byte(old), []byte(strings.NewReplacer("ja", "en", "😀", "😁", "2\"", "7\"", "3\"", "8\"", "旧", "新").Replace(old)), 1)
					want(t, "changed", xmlsig.VerifyElement(changed, unbound(options(t)), nil, xmlsig.Demand{ID: "part"}), verify.ContentChanged)
				}
			}
		}
	}
}

// dump shows what xmlsec1 digested.
func dump(t *testing.T, tool, dir, path, keys string, args []string) {
	t.Helper()
	ids := args[5:]
	out, _ := exec.Command(tool, append(append([]string{"--verify", "--pubkey-cert-pem", filepath.Join(dir, "cert.pem"), "--store-references"}, ids...), path)...).CombinedOutput()
	t.Logf("%s", out)
}

// Where the transforms end without a canonicalization, XMLDSig canonicalizes
// inclusively without comments.
func TestCanonicalize_AgreesWithItself(t *testing.T) {
	for i, doc := range awkward {
		for _, exclusive := range []bool{false, true} {
			once, err := xmlsig.Canonicalize([]byte(doc), exclusive, true)
			if err != nil {
				t.Fatal(i, err)
			}
			twice, err := xmlsig.Canonicalize(once, exclusive, true)
			if err != nil || !bytes.Equal(once, twice) {
				t.Errorf("document %d: the canonical form of a canonical form is another (%v)\n%s\n%s", i, err, once, twice)
			}
		}
	}
}
