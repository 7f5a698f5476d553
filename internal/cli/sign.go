package cli

import (
	"kado/internal/cardtool"
	"kado/internal/platform/lang"
)

type signCommand struct {
	sourceFlags
	secretFlags
	File     string `arg:"" help:"The file to sign."`
	Out      string `help:"Where the signature goes; FILE.p7s by default." placeholder:"FILE"`
	Force    bool   `help:"Replace an existing signature file."`
	Attached bool   `help:"Put the file into the signature instead of beside it."`
	Kind     string `enum:"signature,authentication" default:"signature" help:"Which key signs: signature or authentication. Only signature stands for the holder's hand."`
}

func (s signCommand) Run(c *console) error {
	content, err := readFile(s.File, maxDocument)
	if err != nil {
		return err
	}
	out := s.Out
	if out == "" {
		out = s.File + ".p7s"
	}
	// Before a try is spent on a signature that could not be kept.
	if err := mayWrite(out, s.Force); err != nil {
		return err
	}
	now, err := at("")
	if err != nil {
		return err
	}
	return onCard(c, s.sourceFlags, s.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		der, err := t.Sign(p, cardtool.SignRequest{Content: content, Kind: keyOf(s.Kind), Attached: s.Attached, At: now, Careful: s.careful()})
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
