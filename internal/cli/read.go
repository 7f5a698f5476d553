package cli

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
	"kado/internal/server"
)

type readCommand struct {
	sourceFlags
	secretFlags
	trustFlags
	JSON       bool     `help:"As a JSON document."`
	Images     string   `help:"Write the images of the card face into this folder." placeholder:"DIR"`
	Secrets    bool     `help:"Ask for PINs and verification numbers; an empty line passes one over."`
	Ground     string   `enum:",holder,tax,social,disaster,municipality" default:"" help:"Legal ground for reading the Individual Number and the resident record code: holder, tax, social, disaster or municipality." placeholder:"GROUND"`
	ShowNumber bool     `help:"Show both in clear. Needs --ground."`
	Root       []string `help:"Public key up to which the card's records are checked, PEM or DER; may be repeated." placeholder:"FILE"`
}

func (r readCommand) Run(c *console) error {
	if r.ShowNumber && r.Ground == "" {
		return cardtool.NoGround.New()
	}
	o := cardtool.ReadOptions{Secrets: r.Secrets, Careful: r.careful(), Ground: cardtool.Ground(r.Ground), ShowNumber: r.ShowNumber}
	var err error
	if o.Roots, err = roots(r.Root); err != nil {
		return err
	}
	if o.Trust, err = r.trust(); err != nil {
		return err
	}
	if o.At, err = at(""); err != nil {
		return err
	}
	if r.Images != "" {
		if err := os.MkdirAll(r.Images, 0o700); err != nil {
			return server.CannotWrite.Because(err, shorten(r.Images))
		}
	}
	if r.ID != "" && r.Secrets && len(o.Roots) == 0 {
		if o.Roots, err = worldRoots(c, r.sourceFlags); err != nil {
			return err
		}
	}
	return onCard(c, r.sourceFlags, r.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		o.Prompt = p
		report, refused := t.Read(o)
		if report != nil && (refused == nil || cardtool.Forged.Is(refused) || cardtool.BrokenChain.Is(refused)) {
			if err := r.show(c, report); err != nil {
				return err
			}
		}
		return refused
	})
}

// worldRoots are the roots of the world that the shelf belongs to; a shelf
// without a world has none.
func worldRoots(c *console, s sourceFlags) ([]*rsa.PublicKey, error) {
	box, err := (worldFlags{Data: s.Data}).open(c)
	if server.NoWorld.Is(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	keys, err := box.House.Production.Root(context.WithoutCancel(c.ctx))
	if err = errors.Join(err, box.Close()); err != nil {
		return nil, err
	}
	var out []*rsa.PublicKey
	for _, der := range [][]byte{keys.Text, keys.Face} {
		k, err := x509.ParsePKIXPublicKey(der)
		pub, ok := k.(*rsa.PublicKey)
		if err != nil || !ok {
			return nil, errors.Join(err, errors.New("cli: the world's root is no RSA key"))
		}
		out = append(out, pub)
	}
	return out, nil
}

func (r readCommand) show(c *console, v *cardtool.Report) error {
	if r.Images != "" && v.Face != nil {
		for _, i := range v.Face.Images {
			if err := writeNew(filepath.Join(r.Images, i.Name), i.Content, 0o600, false); err != nil {
				return err
			}
		}
	}
	if r.JSON {
		return c.json(v)
	}
	c.report(v, r.Images)
	return nil
}

// report shows what is on a card.
func (c *console) report(v *cardtool.Report, images string) {
	none := lang.Text{JA: "なし", EN: "none"}.In(c.lang)
	there := lang.Text{JA: "あり", EN: "yes"}.In(c.lang)
	has := func(b bool) string {
		if b {
			return there
		}
		return none
	}
	c.printf(lang.Text{JA: "カード %s", EN: "Card %s"}, shorten(v.Source))
	c.line(lang.Text{JA: "リセット応答", EN: "ATR"}, v.ATR)
	if v.Token != "" {
		c.line(lang.Text{JA: "トークン", EN: "token"}, v.Token)
	}
	if v.Serial != "" {
		c.line(lang.Text{JA: "製造番号", EN: "serial"}, v.Serial)
		c.line(lang.Text{JA: "団体コード", EN: "municipality"}, v.Municipality)
		c.line(lang.Text{JA: "有効期限", EN: "valid to"}, v.Expires)
	}
	if v.Has != nil {
		c.line(lang.Text{JA: "署名用証明書", EN: "signature cert"}, has(v.Has.Signature))
		c.line(lang.Text{JA: "利用者証明用", EN: "auth. cert"}, has(v.Has.Authentication))
	}
	c.printf(lang.Text{JA: "残り回数", EN: "Tries"})
	c.counters(v.Tries)
	for _, cert := range v.Certificates {
		c.certificate(cert)
	}
	if a := v.Attributes; a != nil {
		c.printf(lang.Text{JA: "基本4情報", EN: "Four basic attributes"})
		if a.Check.State != cardtool.Fails {
			c.line(lang.Text{JA: "氏名", EN: "name"}, a.Name)
			c.line(lang.Text{JA: "住所", EN: "address"}, a.Address)
			c.line(lang.Text{JA: "生年月日", EN: "born"}, a.BirthDate)
			c.line(lang.Text{JA: "性別", EN: "sex"}, cardtool.SexText(a.Sex).In(c.lang))
		}
		c.check(a.Check)
	}
	if v.Ground != "" {
		c.line(lang.Text{JA: "読み取りの根拠", EN: "legal ground"}, cardtool.GroundText(v.Ground).In(c.lang))
	}
	if n := v.Number; n != nil {
		c.printf(lang.Text{JA: "個人番号", EN: "Individual Number"})
		if n.Check.State != cardtool.Fails {
			c.line(lang.Text{JA: "個人番号", EN: "number"}, n.Value)
		}
		c.check(n.Check)
	}
	if f := v.Face; f != nil {
		c.printf(lang.Text{JA: "券面", EN: "Card face"})
		if f.Check.State != cardtool.Fails {
			c.line(lang.Text{JA: "生年月日", EN: "born"}, f.BirthDate)
			c.line(lang.Text{JA: "性別", EN: "sex"}, cardtool.SexText(f.Sex).In(c.lang))
			c.line(lang.Text{JA: "有効期限", EN: "valid to"}, f.Expires+lang.Text{JA: "（署名の対象外）", EN: " (not signed)"}.In(c.lang))
		}
		for _, i := range f.Images {
			name := i.Name
			if images != "" {
				name = filepath.Join(images, i.Name)
			}
			if !i.Signed {
				name += lang.Text{JA: "（署名の対象外）", EN: " (not signed)"}.In(c.lang)
			}
			fmt.Fprintf(c.out, "  %6d  %s\n", i.Bytes, shorten(name))
		}
		c.check(f.Check)
	}
	if n := v.ResidentCode; n != nil {
		c.printf(lang.Text{JA: "住民票コード", EN: "Resident record code"})
		if n.Value != "" {
			c.line(lang.Text{JA: "住民票コード", EN: "code"}, n.Value)
		}
		c.check(n.Check)
	}
	if len(v.Unread) > 0 {
		c.printf(lang.Text{JA: "読んでいないもの", EN: "Not read"})
		for _, u := range v.Unread {
			fmt.Fprintf(c.out, "  %s %s\n", pad(u.PartText().In(c.lang), 28), u.Why.In(c.lang))
		}
	}
}
