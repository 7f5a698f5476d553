package cli

import (
	"fmt"
	"path/filepath"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/cms"
)

type verifyCommand struct {
	trustFlags
	Signature    string   `arg:"" help:"The signature (CMS, DER or PEM)."`
	File         string   `arg:"" optional:"" help:"The signed file, where the signature lies beside it."`
	CRL          []string `name:"crl" help:"Revocation list, PEM or DER; may be repeated." placeholder:"FILE"`
	OCSP         []string `name:"ocsp" help:"OCSP response, DER; may be repeated." placeholder:"FILE"`
	At           string   `help:"The instant that counts; now by default." placeholder:"TIME"`
	Kind         string   `enum:"signature,authentication" default:"signature" help:"Which certificate has to have signed: signature or authentication."`
	Without      []string `help:"Leave out: chain, status. The answer then is not \"valid\", only that the rest holds." enum:"chain,status" placeholder:"PART"`
	AllowUnbound bool     `help:"Take signatures that do not name their certificate by hash."`
	Extract      string   `help:"Write the file out of an attached signature, if everything asked holds." placeholder:"FILE"`
	Force        bool     `help:"Replace an existing file with --extract."`
	JSON         bool     `help:"As a JSON document."`
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
	return writeNew(v.Extract, verdict.Content, 0o644, v.Force)
}

// request reads every file before anything is checked.
func (v verifyCommand) request() (cardtool.VerifyRequest, error) {
	r := cardtool.VerifyRequest{Detached: v.File != "", Kind: jpki.Signature, AllowUnbound: v.AllowUnbound}
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
	if v.Extract != "" {
		if v.File != "" {
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
	if r.Signature, err = readFile(v.Signature, cms.MaxSize); err != nil {
		return r, err
	}
	if v.File != "" {
		if r.Content, err = readFile(v.File, maxDocument); err != nil {
			return r, err
		}
	}
	if r.CRLs, err = evidence(v.CRL, cardtool.ParseCRLFile); err != nil {
		return r, err
	}
	r.OCSPs, err = evidence(v.OCSP, cardtool.ParseOCSPFile)
	return r, err
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

func (c *console) verdict(v *cardtool.Verdict) {
	fmt.Fprintln(c.out, outcomes[v.Outcome].In(c.lang))
	for _, k := range v.Checks {
		c.check(k)
	}
	for _, p := range v.LeftOut {
		fmt.Fprintf(c.out, "  - %s %s\n", pad(checkNames[string(p)].In(c.lang), 20), lang.Text{JA: "指定により確かめていません", EN: "left out on request"}.In(c.lang))
	}
	if v.Claimed != "" {
		c.line(lang.Text{JA: "署名者の申告時刻", EN: "claimed time"}, v.Claimed+lang.Text{JA: "（証明するものはありません）", EN: " (nothing proves it)"}.In(c.lang))
	}
	if v.Signer != nil {
		c.line(lang.Text{JA: "署名者", EN: "signer"}, v.Signer.Subject)
		if p := v.Signer.Personal; p != nil {
			c.line(lang.Text{JA: "氏名", EN: "name"}, p.Name)
		}
		c.line(lang.Text{JA: "発行番号", EN: "serial"}, v.Signer.Serial)
	}
}
