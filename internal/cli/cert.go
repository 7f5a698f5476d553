package cli

import (
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/mynumber"
	"kado/reader"
)

// keyOf is the key of a --kind flag.
func keyOf(kind string) reader.KeyKind {
	if kind == "authentication" {
		return reader.AuthenticationKey
	}
	return reader.SignatureKey
}

type certCommand struct {
	sourceFlags
	secretFlags
	trustFlags
	Kind string `enum:"signature,authentication" default:"authentication" help:"Which certificate: signature (needs its password) or authentication."`
	PEM  bool   `name:"pem" help:"As PEM." xor:"form"`
	DER  bool   `name:"der" help:"As DER." xor:"form"`
	Text bool   `help:"As text (the default)." xor:"form"`
	JSON bool   `help:"As a JSON document." xor:"form"`
}

func (v certCommand) Run(c *console) error {
	trust, err := v.trust()
	if err != nil {
		return err
	}
	now, err := at("")
	if err != nil {
		return err
	}
	return onCard(c, v.sourceFlags, v.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		kind := keyOf(v.Kind)
		if kind == reader.SignatureKey {
			if err := t.OpenSignatureCertificate(p, v.careful()); err != nil {
				return err
			}
		}
		cert, err := t.Certificate(kind, trust, now)
		if err != nil {
			return err
		}
		switch {
		case v.PEM:
			err = pem.Encode(c.out, &pem.Block{Type: "CERTIFICATE", Bytes: cert.DER})
		case v.DER:
			_, err = c.out.Write(cert.DER)
		case v.JSON:
			err = c.json(cert)
		default:
			c.certificate(cert)
		}
		return errors.Join(err, cardtool.Broken(cert))
	})
}

// certificate shows one certificate.
func (c *console) certificate(v cardtool.Certificate) {
	title := lang.Text{JA: "利用者証明用電子証明書", EN: "User authentication certificate"}
	if v.Kind == "signature" {
		title = lang.Text{JA: "署名用電子証明書", EN: "Signature certificate"}
	}
	fmt.Fprintln(c.out, title.In(c.lang))
	c.line(lang.Text{JA: "発行番号", EN: "serial"}, v.Serial)
	c.line(lang.Text{JA: "主体者", EN: "subject"}, v.Subject)
	c.line(lang.Text{JA: "発行者", EN: "issuer"}, v.Issuer)
	c.line(lang.Text{JA: "有効期間", EN: "valid"}, japanTime(v.NotBefore)+" – "+japanTime(v.NotAfter))
	c.line(lang.Text{JA: "指紋", EN: "SHA-256"}, v.Fingerprint)
	if p := v.Personal; p != nil {
		c.line(lang.Text{JA: "氏名", EN: "name"}, p.Name)
		c.line(lang.Text{JA: "住所", EN: "address"}, p.Address)
		c.line(lang.Text{JA: "生年月日", EN: "born"}, p.BirthDate)
		c.line(lang.Text{JA: "性別", EN: "sex"}, cardtool.SexText(p.Sex).In(c.lang))
		if p.Substituted {
			c.line(lang.Text{JA: "注意", EN: "note"}, lang.Text{JA: "代替文字を含みます", EN: "some letters are substitutes"}.In(c.lang))
		}
	}
	c.check(v.Chain)
}

// line shows one fact.
func (c *console) line(label lang.Text, value string) {
	fmt.Fprintf(c.out, "  %s %s\n", pad(label.In(c.lang), 16), shorten(value))
}

var checkNames = map[string]lang.Text{
	"form":      {JA: "形", EN: "form"},
	"content":   {JA: "署名された内容", EN: "content"},
	"signature": {JA: "署名", EN: "signature"},
	"signer":    {JA: "署名者の特定", EN: "signer"},
	"time":      {JA: "タイムスタンプ", EN: "time-stamp"},
	"coverage":  {JA: "署名の範囲", EN: "coverage"},
	"updates":   {JA: "署名後の更新", EN: "updates after it"},
	"chain":     {JA: "証明書の連鎖", EN: "certificate chain"},
	"status":    {JA: "失効の確認", EN: "revocation status"},
	"record":    {JA: "記録の署名", EN: "record signature"},
}

// check shows how one check ended, for which instant and with what.
func (c *console) check(k cardtool.Check) {
	mark := map[cardtool.State]string{cardtool.Holds: "✓", cardtool.Fails: "✗", cardtool.NotChecked: "?"}[k.State]
	text := k.State.Text().In(c.lang)
	if k.Reason != "" {
		left, right := " (", ")"
		if c.lang == lang.JA {
			left, right = "（", "）"
		}
		text += left + k.ReasonIn(c.lang) + right
	}
	fmt.Fprintf(c.out, "  %s %s %s\n", mark, pad(checkNames[k.Name].In(c.lang), 20), shorten(text))
	if k.At != "" && k.State != cardtool.NotChecked {
		fmt.Fprintf(c.out, "      %s %s\n", lang.Text{JA: "時点：", EN: "as of"}.In(c.lang), k.At)
	}
	if len(k.Evidence) > 0 {
		fmt.Fprintf(c.out, "      %s %s\n", lang.Text{JA: "根拠：", EN: "with"}.In(c.lang), shorten(k.EvidenceIn(c.lang)))
	}
}

func japanTime(t time.Time) string { return t.In(mynumber.JST).Format("2006-01-02 15:04:05 JST") }
