package cli

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"time"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/verify"
)

type verifyCommand struct {
	trustFlags
	Signature    string            `arg:"" help:"The signed document (PDF, XML) or the signature (CMS, DER or PEM; with --cert a bare value)."`
	File         string            `arg:"" optional:"" help:"The signed file, where the signature lies beside it."`
	Content      string            `help:"The same as the second argument." placeholder:"FILE"`
	Reference    map[string]string `help:"Content of an XML reference outside the document; may be repeated." placeholder:"URI=FILE"`
	Cert         string            `help:"The signer's certificate, for a bare signature value." placeholder:"FILE"`
	Digest       string            `help:"With --cert: the digest that was signed, in place of the file." placeholder:"HEX"`
	Hash         string            `help:"With --cert: the digest's algorithm: sha256, sha384 or sha512; the key's own by default." placeholder:"NAME"`
	TSACert      []string          `name:"tsa-cert" help:"Certificate of a time-stamp authority to trust, PEM or DER; may be repeated." placeholder:"FILE"`
	CRL          []string          `name:"crl" help:"Revocation list, PEM or DER; may be repeated." placeholder:"FILE"`
	OCSP         []string          `name:"ocsp" help:"OCSP response, DER; may be repeated." placeholder:"FILE"`
	At           string            `help:"The instant that counts where no time-stamp proves an earlier one; now by default." placeholder:"TIME"`
	Kind         string            `enum:"signature,authentication" default:"signature" help:"Which certificate has to have signed: signature or authentication."`
	Without      []string          `help:"Leave out: chain, status. The answer then is not \"valid\", only that the rest holds." enum:"chain,status" placeholder:"PART"`
	AllowUnbound bool              `help:"Take signatures that do not name their certificate by hash."`
	Extract      string            `help:"Write the file out of an attached signature, if everything asked holds." placeholder:"FILE"`
	Force        bool              `help:"Replace an existing file with --extract."`
	JSON         bool              `help:"As a JSON document."`
}

func (v verifyCommand) Run(c *console) error {
	r, err := v.request()
	if err != nil {
		return err
	}
	verdict, refused := cardtool.VerifySignature(r)
	if v.JSON {
		if err := c.json(verdict); err != nil {
			return err
		}
	} else {
		c.verdict(verdict)
	}
	if refused != nil || v.Extract == "" {
		return refused
	}
	if verdict.Content == nil {
		return cardtool.NothingAttached.New(shorten(v.Signature))
	}
	return writeNew(v.Extract, verdict.Content, 0o644, v.Force)
}

// maxSigned bounds a signed document: content and what the signature adds.
const maxSigned = 64 << 20

var hashNames = map[string]crypto.Hash{"": 0, "sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}

// request reads every file before anything is checked.
func (v verifyCommand) request() (cardtool.VerifyRequest, error) {
	r := cardtool.VerifyRequest{Kind: jpki.Signature, AllowUnbound: v.AllowUnbound}
	var err error
	if v.Kind == "authentication" {
		r.Kind = jpki.Authentication
	}
	seen := map[string]bool{}
	for _, w := range v.Without {
		if seen[w] {
			return r, BadArguments.New("--without")
		}
		seen[w] = true
		r.Without = append(r.Without, cardtool.Part(w))
	}
	if v.File != "" && v.Content != "" {
		return r, BadArguments.New("--content")
	}
	content := v.File + v.Content
	if v.Extract != "" {
		if content != "" {
			return r, BadArguments.New("--extract")
		}
		if err := mayWrite(v.Extract, v.Force); err != nil {
			return r, err
		}
	}
	if r.At, err = at(v.At); err != nil {
		return r, err
	}
	if r.Trust, err = v.trust(); err != nil {
		return r, err
	}
	if r.Trust.TSA, err = authorities(v.TSACert); err != nil {
		return r, err
	}
	if r.Signature, err = readFile(v.Signature, maxSigned); err != nil {
		return r, err
	}
	if content != "" {
		if r.Content, err = readContent(content); err != nil {
			return r, err
		}
	}
	if err := v.bare(&r); err != nil {
		return r, err
	}
	for uri, path := range v.Reference {
		if r.References == nil {
			r.References = map[string][]byte{}
		}
		if r.References[uri], err = readContent(path); err != nil {
			return r, err
		}
	}
	if r.CRLs, err = evidence(v.CRL, cardtool.ParseCRLFile); err != nil {
		return r, err
	}
	r.OCSPs, err = evidence(v.OCSP, cardtool.ParseOCSPFile)
	return r, err
}

// readContent reads a signed file; an empty one is content, too.
func readContent(path string) ([]byte, error) {
	b, err := readFile(path, maxDocument)
	if b == nil && err == nil {
		b = []byte{}
	}
	return b, err
}

// bare reads what belongs to a signature value alone.
func (v verifyCommand) bare(r *cardtool.VerifyRequest) error {
	hash, known := hashNames[v.Hash]
	if !known || v.Cert == "" && (v.Digest != "" || v.Hash != "") {
		return BadArguments.New("--hash")
	}
	if v.Cert == "" {
		return nil
	}
	r.Hash = hash
	if v.Digest != "" {
		b, err := hex.DecodeString(v.Digest)
		if err != nil || len(b) == 0 || len(b) > 64 || r.Content != nil {
			return BadArguments.New("--digest")
		}
		r.Digest = b
	}
	b, err := readFile(v.Cert, maxCA)
	if err != nil {
		return err
	}
	all, err := cardtool.ParseCA(b)
	if err != nil || len(all) != 1 {
		return cardtool.BadSigner.Because(err, shorten(v.Cert))
	}
	r.Certificate = all[0]
	return nil
}

// authorities reads certificates of time-stamp authorities.
func authorities(paths []string) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for _, path := range paths {
		b, err := readFile(path, maxCA)
		if err != nil {
			return nil, err
		}
		all, err := cardtool.ParseTSA(b)
		if err != nil {
			return nil, cardtool.BadTSA.Because(err, shorten(path))
		}
		out = append(out, all...)
	}
	return out, nil
}

func evidence(paths []string, parse func([]byte) ([]byte, error)) ([]cardtool.Evidence, error) {
	var out []cardtool.Evidence
	for _, path := range paths {
		b, err := readFile(path, maxEvidence)
		if err != nil {
			return nil, err
		}
		der, err := parse(b)
		if err != nil {
			return nil, cardtool.BadEvidence.Because(err, shorten(path))
		}
		out = append(out, cardtool.Evidence{Name: shorten(filepath.Base(path)), DER: der})
	}
	return out, nil
}

var outcomes = map[cardtool.Outcome]lang.Text{
	cardtool.Valid:          {JA: "有効です", EN: "valid"},
	cardtool.AsAsked:        {JA: "指定された範囲では成り立ちます（確かめていない項目があります）", EN: "what was asked holds (a part was left out)"},
	cardtool.Invalid:        {JA: "有効ではありません", EN: "not valid"},
	cardtool.NotEstablished: {JA: "有効とは確かめられません", EN: "not established as valid"},
}

// verdict shows the answer: for the document, then for each signature.
func (c *console) verdict(v *cardtool.Verdict) {
	fmt.Fprintln(c.out, outcomes[v.Outcome].In(c.lang))
	for i := range v.Signatures {
		s := &v.Signatures[i]
		if len(v.Signatures) > 1 || s.Name != "" {
			c.printf(lang.Text{JA: "署名 %d/%d：%s", EN: "signature %d of %d: %s"}, i+1, len(v.Signatures), shorten(s.Name))
		}
		c.signature(s, v.LeftOut, v.Signers[i])
	}
	if v.Reason == verify.NoReason {
		return
	}
	why := cardtool.ReasonText(v.Reason).In(c.lang)
	if v.Detail != "" && v.Detail != why && c.lang == lang.EN {
		why += ": " + v.Detail
	}
	c.line(lang.Text{JA: "理由", EN: "reason"}, why)
	c.line(lang.Text{JA: "対処", EN: "what to do"}, cardtool.CureText(v.Reason).In(c.lang))
}

func (c *console) signature(s *verify.Signature, leftOut []cardtool.Part, signer *cardtool.Certificate) {
	for _, k := range cardtool.ChecksOf(s, leftOut) {
		c.check(k)
	}
	for _, p := range leftOut {
		fmt.Fprintf(c.out, "  - %s %s\n", pad(checkNames[string(p)].In(c.lang), 20), lang.Text{JA: "指定により確かめていません", EN: "left out on request"}.In(c.lang))
	}
	if s.Level != "" {
		c.line(lang.Text{JA: "水準", EN: "level"}, s.Level)
	}
	if s.Algorithm != "" {
		c.line(lang.Text{JA: "方式", EN: "algorithm"}, s.Algorithm)
	}
	if !s.Stamped.IsZero() {
		c.line(lang.Text{JA: "タイムスタンプ", EN: "time-stamp"}, s.Stamped.UTC().Format(time.RFC3339))
	}
	if !s.Claimed.IsZero() {
		c.line(lang.Text{JA: "署名者の申告時刻", EN: "claimed time"}, s.Claimed.UTC().Format(time.RFC3339)+lang.Text{JA: "（証明するものはありません）", EN: " (nothing proves it)"}.In(c.lang))
	}
	if signer != nil {
		c.line(lang.Text{JA: "署名者", EN: "signer"}, signer.Subject)
		if p := signer.Personal; p != nil {
			c.line(lang.Text{JA: "氏名", EN: "name"}, p.Name)
		}
		c.line(lang.Text{JA: "発行番号", EN: "serial"}, signer.Serial)
	}
}
