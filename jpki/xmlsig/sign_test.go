package xmlsig_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
)

const filing = `<?xml version="1.0" encoding="UTF-8"?>
<!-- prepared -->
<DATA xmlns="http://xml.filing.test/2026" Id="root"><FORM Id="form" page="1">
  <name>試験　花子</name><amount>1200</amount>
</FORM></DATA>
`

// Shows: CRT-01
func TestSignAndVerify_EveryForm(t *testing.T) {
	for name, c := range map[string]struct {
		o      xmlsig.SignOptions
		demand xmlsig.Demand
		level  string
		signed string
	}{
		"enveloped":              {xmlsig.SignOptions{XAdES: true}, xmlsig.Demand{}, "B-B", `root "DATA"`},
		"enveloped by Id":        {xmlsig.SignOptions{XAdES: true, ID: "root"}, xmlsig.Demand{}, "B-B", `"DATA" with Id "root"`},
		"enveloping":             {xmlsig.SignOptions{Form: xmlsig.Enveloping, XAdES: true}, xmlsig.Demand{}, "B-B", `"Object" with Id "content"`},
		"detached, same file":    {xmlsig.SignOptions{Form: xmlsig.Detached, ID: "form", XAdES: true}, xmlsig.Demand{ID: "form"}, "B-B", `"FORM" with Id "form"`},
		"detached, other file":   {xmlsig.SignOptions{Form: xmlsig.Detached, URI: "filing.xml", SigningTime: testpki.Now}, xmlsig.Demand{}, "B-B", "beside the document"},
		"without signed props":   {xmlsig.SignOptions{}, xmlsig.Demand{}, "", `root "DATA"`},
		"element by its name":    {xmlsig.SignOptions{Form: xmlsig.Detached, ID: "form", XAdES: true}, xmlsig.Demand{Space: "http://xml.filing.test/2026", Local: "FORM"}, "B-B", "FORM"},
		"part of what is signed": {xmlsig.SignOptions{XAdES: true}, xmlsig.Demand{Space: "http://xml.filing.test/2026", Local: "amount"}, "B-B", "DATA"},
	} {
		signed := sign(t, filing, c.o)
		var detached map[string][]byte
		if c.o.URI != "" {
			detached = map[string][]byte{c.o.URI: []byte(filing)}
		}
		o := options(t)
		o.AllowUnbound = c.level == ""
		r := xmlsig.VerifyElement(signed, o, detached, c.demand)
		pass(t, r)
		if len(r.Signatures) != 1 {
			t.Fatalf("%s: %d signatures", name, len(r.Signatures))
		}
		s := r.Signatures[0]
		if s.Level != c.level || s.Name != "signature" || s.Algorithm != "RSA-2048 SHA-256" || !bytes.Equal(s.Signer, holder(t).Raw) || !s.Claimed.Equal(c.o.SigningTime) {
			t.Errorf("%s: %+v", name, s)
		}
		told := false
		for _, k := range s.Checks {
			told = told || k.Name == "coverage" && k.Holds && strings.Contains(k.Detail, c.signed)
		}
		if !told {
			t.Errorf("%s: the report does not tell what was signed: %+v", name, s.Checks)
		}
		// One letter of the content.
		if detached == nil {
			want(t, name, xmlsig.VerifyElement(bytes.Replace(signed, []byte("1200"), []byte("9200"), 1), o, nil, c.demand), verify.ContentChanged)
		} else {
			want(t, name, xmlsig.Verify(signed, o, map[string][]byte{c.o.URI: []byte("other")}), verify.ContentChanged)
			want(t, name, xmlsig.Verify(signed, o, nil), verify.ContentMissing)
			want(t, name, xmlsig.Verify(signed, o, map[string][]byte{c.o.URI: []byte(filing), "more": nil}), verify.NotAllSigned)
		}
	}
}

func TestSign_NextGenerationIsECDSAWithRawValue(t *testing.T) {
	g := testpki.BothGenerations()
	cert := g.IssueNextSignature(t, 77)
	signed := signAs(t, filing, testpki.NextKey(testpki.HolderKey), cert, xmlsig.SignOptions{XAdES: true})
	list, err := jpki.CreateCRL(g.NextSignature, jpki.CRLRequest{Number: big.NewInt(1), ThisUpdate: testpki.NextNow,
		NextUpdate: testpki.NextNow.Add(time.Hour)}, testpki.NextKey(testpki.SignatureCAKey))
	if err != nil {
		t.Fatal(err)
	}
	r := xmlsig.Verify(signed, verify.Options{Trust: verify.Trust{Pools: []*jpki.Pool{g.Both}}, At: testpki.NextNow,
		Material: []verify.Material{{Source: "given", CRL: list}}}, nil)
	pass(t, r)
	if a := r.Signatures[0].Algorithm; a != "ECDSA P-384 SHA-384" {
		t.Error(a)
	}
	// R and S are as long as the order of the curve, neither longer nor in DER.
	start := bytes.Index(signed, []byte("<ds:SignatureValue>")) + len("<ds:SignatureValue>")
	end := bytes.Index(signed, []byte("</ds:SignatureValue>"))
	raw, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(string(signed[start:end]), "\n", ""))
	if err != nil || len(raw) != 96 {
		t.Fatal(len(raw), err)
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:48]), new(big.Int).SetBytes(raw[48:])})
	if err != nil {
		t.Fatal(err)
	}
	longer := append(append(append([]byte{}, raw[:48]...), 0), raw[48:]...)
	for name, value := range map[string][]byte{"DER": der, "S longer": longer, "short": raw[:95], "zero": make([]byte, 96)} {
		text := base64.StdEncoding.EncodeToString(value)
		forged := append(append(bytes.Clone(signed[:start]), text...), signed[end:]...)
		want(t, name, xmlsig.Verify(forged, verify.Options{Trust: verify.Trust{Pools: []*jpki.Pool{g.Both}}, At: testpki.NextNow,
			Material: []verify.Material{{Source: "given", CRL: list}}}, nil), verify.BadSignature)
	}
}

func TestSign_RefusesWhatCannotBeSigned(t *testing.T) {
	cert, key := holder(t), testpki.Key(testpki.HolderKey)
	for name, c := range map[string]struct {
		doc string
		o   xmlsig.SignOptions
	}{
		"not XML":                {"x", xmlsig.SignOptions{}},
		"document type":          {"<!DOCTYPE a><a/>", xmlsig.SignOptions{}},
		"Id not the root's":      {filing, xmlsig.SignOptions{ID: "form"}},
		"detached root":          {filing, xmlsig.SignOptions{Form: xmlsig.Detached, ID: "root"}},
		"detached nothing":       {filing, xmlsig.SignOptions{Form: xmlsig.Detached}},
		"Id taken":               {`<a Id="signature"/>`, xmlsig.SignOptions{}},
		"URI of an element":      {filing, xmlsig.SignOptions{Form: xmlsig.Detached, URI: "#form"}},
		"URI without detached":   {filing, xmlsig.SignOptions{URI: "x"}},
		"enveloping style sheet": {`<?xml-stylesheet href="x"?><a/>`, xmlsig.SignOptions{Form: xmlsig.Enveloping}},
		"no form":                {filing, xmlsig.SignOptions{Form: 9}},
	} {
		if _, err := xmlsig.Sign([]byte(c.doc), key, cert, c.o); err == nil {
			t.Errorf("%s: signed", name)
		}
	}
	if _, err := xmlsig.Sign([]byte(filing), testpki.Key(testpki.StrangerKey), cert, xmlsig.SignOptions{}); err == nil {
		t.Error("signed with the key of somebody else")
	}
	for _, doc := range []string{"<a/>", "<a />\n<!-- x -->", "<p:a xmlns:p='urn:x'  />", "\xef\xbb\xbf<a></a>", "<a>\r\n</a >\n"} {
		pass(t, xmlsig.Verify(sign(t, doc, xmlsig.SignOptions{XAdES: true}), options(t), nil))
		pass(t, xmlsig.Verify(sign(t, doc, xmlsig.SignOptions{Form: xmlsig.Enveloping, SigningTime: time.Unix(1, 0), ID: "a&\"b"}), options(t), nil))
	}
}
