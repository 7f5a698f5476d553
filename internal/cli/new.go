package cli

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"kado/chip"
	"kado/internal/agency/production/cardface"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/world/profiles"
)

// newMaker returns a maker of ready cards on the machine's clock and entropy.
func newMaker() *profiles.Maker {
	return profiles.NewMaker(profiles.Options{Clock: clock.System(), Entropy: entropy.System(), Draw: drawFace})
}

// drawFace has production draw a card's face.
func drawFace(f profiles.Face) (profiles.Images, error) {
	i, err := cardface.ChipImages(cardface.Face{Name: f.Name, Alias: f.Alias, Address: f.Address, BirthDate: f.BirthDate,
		Residence: f.Residence, Sex: f.Sex, Expiry: f.Expiry, SecurityCode: f.SecurityCode, Photo: f.Photo, Number: f.Number})
	return profiles.Images(i), err
}

type cardNewCommand struct {
	Profile string `help:"A ready card; see kado card profiles." placeholder:"NAME" xor:"what" required:""`
	Card    string `help:"A card described in JSON; see kado card profiles NAME." placeholder:"FILE" xor:"what" required:""`
	Out     string `help:"The card's file; NAME.card by default." placeholder:"FILE"`
	Trust   string `help:"Leave the authorities' certificates and revocation lists, and the keys that records are verified with, in this new folder." placeholder:"DIR"`
	JSON    bool   `help:"As a JSON document."`
}

// newCard is what is said of a card that was made.
type newCard struct {
	File   string               `json:"file"`
	Serial string               `json:"serial"`
	Card   profiles.Description `json:"card"`
}

func (n cardNewCommand) Run(c *console) (err error) {
	m := newMaker()
	d, name, err := n.describe(m)
	if err != nil {
		return err
	}
	out := n.Out
	if out == "" {
		out = name + ".card"
	}
	if n.Trust != "" {
		if err := os.Mkdir(n.Trust, 0o755); err != nil {
			return refusedFile(err, n.Trust)
		}
	}
	card, err := makeFile(m, d, out)
	if err == nil && n.Trust != "" {
		err = writeTrust(m, n.Trust)
	}
	if err != nil {
		if n.Trust != "" {
			// It is empty, or was filled by this run.
			err = errors.Join(err, os.RemoveAll(n.Trust))
		}
		return err
	}
	if n.JSON {
		return c.json(newCard{out, card.Serial, d})
	}
	fmt.Fprintln(c.out, lang.Text{JA: "カード %s を %s に作りました。", EN: "Made card %s in %s."}.With(c.lang, card.Serial, out))
	c.pins(d)
	fmt.Fprintln(c.out, lang.Text{JA: "読み取り機に載せる：kado card insert --card %s", EN: "Lay it on a reader: kado card insert --card %s"}.With(c.lang, out))
	return nil
}

func (n cardNewCommand) describe(m *profiles.Maker) (d profiles.Description, name string, err error) {
	if n.Profile != "" {
		p, err := profiles.ByName(n.Profile)
		if err != nil {
			return d, "", err
		}
		d, err = p.Describe(m.Today())
		return d, p.Name, err
	}
	b, err := readFile(n.Card, profiles.MaxDescription)
	if err != nil {
		return d, "", err
	}
	d, err = profiles.Parse(b, m.Today())
	base := filepath.Base(n.Card)
	return d, base[:len(base)-len(filepath.Ext(base))], err
}

// refusedFile tells a name that is taken from one that cannot be written.
func refusedFile(err error, name string) error {
	if errors.Is(err, fs.ErrExist) {
		return profiles.CardExists.Because(err, shorten(name))
	}
	return CannotRead.Because(err, shorten(name))
}

// makeFile makes a card in a new file, and no file when that fails.
func makeFile(m *profiles.Maker, d profiles.Description, path string) (*profiles.Card, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, refusedFile(err, path)
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	mem, err := chip.OpenFile(path)
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	card, err := m.MakeCard(d, mem)
	if closed := mem.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return card, nil
}

// writeTrust writes what a relying party of the cards has to know.
func writeTrust(m *profiles.Maker, dir string) error {
	t, err := m.Trust()
	if err != nil {
		return err
	}
	files := map[string]*pem.Block{}
	for _, a := range t.Authorities {
		name := a.Name()
		files[name+".pem"] = &pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate.Raw}
		files[name+".crl.pem"] = &pem.Block{Type: "X509 CRL", Bytes: a.List}
	}
	for name, key := range map[string]*rsa.PublicKey{"records-text-root.pem": t.TextRoot, "records-face-root.pem": t.FaceRoot, "records-master-root.pem": t.MasterRoot} {
		spki, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			return err
		}
		files[name] = &pem.Block{Type: "PUBLIC KEY", Bytes: spki}
	}
	for name, block := range files {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pins says the PINs of a ready card, which are test values.
func (c *console) pins(d profiles.Description) {
	for _, p := range []struct {
		what  lang.Text
		value string
	}{
		{lang.Text{JA: "署名用", EN: "signature password"}, d.PINs.Signature},
		{lang.Text{JA: "利用者証明用", EN: "authentication PIN"}, d.PINs.Authentication},
		{lang.Text{JA: "券面事項入力補助用", EN: "card information PIN"}, d.PINs.Text},
		{lang.Text{JA: "住民基本台帳用", EN: "residents' register PIN"}, d.PINs.Register},
	} {
		if p.value != "" {
			fmt.Fprintf(c.out, "  %s %s\n", pad(p.what.In(c.lang), 26), p.value)
		}
	}
}

type cardProfilesCommand struct {
	Name string `arg:"" optional:"" help:"Write this profile's description, to be changed and used with --card."`
	JSON bool   `help:"All descriptions as a JSON document."`
}

func (p cardProfilesCommand) Run(c *console) error {
	today := newMaker().Today()
	if p.Name != "" {
		found, err := profiles.ByName(p.Name)
		if err != nil {
			return err
		}
		d, err := found.Describe(today)
		if err != nil {
			return err
		}
		return c.json(d)
	}
	all := map[string]profiles.Description{}
	for _, x := range profiles.All() {
		if !p.JSON {
			fmt.Fprintf(c.out, "%s %s\n", pad(x.Name, 24), x.About.In(c.lang))
			continue
		}
		d, err := x.Describe(today)
		if err != nil {
			return err
		}
		all[x.Name] = d
	}
	if p.JSON {
		return c.json(all)
	}
	return nil
}
