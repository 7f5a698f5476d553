package cli

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kado/internal/cardtool"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/jpki/tsa"
)

type signCommand struct {
	sourceFlags
	secretFlags
	File     string   `arg:"" help:"The file to sign."`
	Out      string   `help:"Where the signature goes; FILE.p7s by default, FILE-signed.pdf for a PDF document, FILE.sig with --bare." placeholder:"FILE"`
	Force    bool     `help:"Replace an existing signature file."`
	Attached bool     `help:"Put the file into the signature instead of beside it." xor:"form"`
	Bare     bool     `help:"The signature value alone (RSA or ECDSA), into FILE.sig; verify it with --cert." xor:"form"`
	CMS      bool     `name:"cms" help:"Sign a PDF document beside it like any file, not inside." xor:"form"`
	Kind     string   `enum:"signature,authentication" default:"signature" help:"Which key signs: signature or authentication. Only signature stands for the holder's hand."`
	Level    string   `enum:"B-B,B-T,B-LT" default:"B-B" help:"B-B: signature and certificate; B-T: and a time-stamp; B-LT: and revocation data."`
	TSA      string   `name:"tsa" help:"Address of a time-stamp authority (RFC 3161)." placeholder:"URL"`
	TSACert  []string `name:"tsa-cert" help:"Its certificate, PEM or DER; may be repeated." placeholder:"FILE"`
	OCSPURL  string   `name:"ocsp-url" help:"Address of the OCSP responder that is asked behind the time-stamp (B-LT)." placeholder:"URL"`
	CRL      []string `name:"crl" help:"Revocation list to put in (B-LT), PEM or DER; may be repeated." placeholder:"FILE"`
	OCSP     []string `name:"ocsp" help:"OCSP response to put in (B-LT), DER; may be repeated." placeholder:"FILE"`
}

func (s signCommand) Run(c *console) error {
	content, err := readFile(s.File, maxDocument)
	if err != nil {
		return err
	}
	r := cardtool.SignRequest{Content: content, Kind: keyOf(s.Kind), Attached: s.Attached, Bare: s.Bare, Level: s.Level, Context: c.ctx, Careful: s.careful()}
	r.PDF = bytes.HasPrefix(content, []byte("%PDF-")) && !s.CMS && !s.Attached && !s.Bare
	out := s.out(r.PDF)
	// Before a try is spent on a signature that could not be kept.
	if err := mayWrite(out, s.Force); err != nil {
		return err
	}
	if r.At, err = s.claimed(); err != nil {
		return err
	}
	if err := s.proof(&r); err != nil {
		return err
	}
	return onCard(c, s.sourceFlags, s.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		der, err := t.Sign(p, r)
		if err != nil {
			return err
		}
		if err := writeNew(out, der, 0o644, s.Force); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "署名しました：%s（%dバイト）", EN: "signed: %s (%d bytes)"}, shorten(out), len(der))
		return nil
	})
}

// claimed is the signing time that the signature claims: now, which in a kept
// world whose clock is ahead is that world's now.
func (s signCommand) claimed() (time.Time, error) {
	now := clock.System().Now()
	if s.ID == "" {
		return now, nil
	}
	dir, err := (worldFlags{Data: s.Data}).dir()
	if err != nil {
		return now, err
	}
	w, err := server.ReadWorld(dir)
	if err != nil {
		return now, err
	}
	if w.Clock.After(now) {
		now = w.Clock
	}
	return now, nil
}

func (s signCommand) out(pdf bool) string {
	switch {
	case s.Out != "":
		return s.Out
	case s.Bare:
		return s.File + ".sig"
	case pdf:
		return strings.TrimSuffix(s.File, ".pdf") + "-signed.pdf"
	}
	return s.File + ".p7s"
}

// answerTime is how long an authority may take.
const answerTime = 30 * time.Second

// proof reads what levels above B-B need. Flags of a level that was not asked for
// are refused, since they would do nothing.
func (s signCommand) proof(r *cardtool.SignRequest) error {
	if s.Bare && s.Level != cardtool.LevelB {
		return BadArguments.New("--bare")
	}
	if s.Level == cardtool.LevelB && (s.TSA != "" || len(s.TSACert) > 0) {
		return BadArguments.New("--tsa")
	}
	if s.Level != cardtool.LevelLT && (s.OCSPURL != "" || len(s.CRL)+len(s.OCSP) > 0) {
		return BadArguments.New("--level")
	}
	if s.Level == cardtool.LevelB {
		return nil
	}
	if s.TSA == "" || len(s.TSACert) == 0 {
		return cardtool.LevelNeeds.New("--tsa, --tsa-cert")
	}
	if err := webAddress("--tsa", s.TSA); err != nil {
		return err
	}
	pinned, err := authorities(s.TSACert)
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: answerTime}
	r.TSA = (&tsa.Client{URL: s.TSA, Pinned: pinned, HTTP: client}).Stamp
	if r.CRLs, err = evidence(s.CRL, cardtool.ParseCRLFile); err != nil {
		return err
	}
	if r.OCSPs, err = evidence(s.OCSP, cardtool.ParseOCSPFile); err != nil {
		return err
	}
	if s.OCSPURL == "" {
		return nil
	}
	if err := webAddress("--ocsp-url", s.OCSPURL); err != nil {
		return err
	}
	nonce, err := entropy.Bytes(entropy.System().Stream("ocsp nonce"), 32)
	if err != nil {
		return err
	}
	r.Status = &cardtool.StatusClient{URL: s.OCSPURL, HTTP: client, Nonce: nonce, Now: clock.System().Now}
	return nil
}

func webAddress(flag, s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return BadArguments.New(flag)
	}
	return nil
}
