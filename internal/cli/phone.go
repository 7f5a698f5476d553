package cli

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/cardtool"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

type phoneCommands struct {
	Add  phoneAdd  `cmd:"" help:"Get certificates for a phone, with the card's signature."`
	List phoneList `cmd:"" help:"Show the phones of a card's holder."`
	End  phoneEnd  `cmd:"" help:"Revoke what a phone holds."`
}

// phoneView is a phone as shown.
type phoneView struct {
	ID           string            `json:"id"`
	State        string            `json:"state"`
	End          string            `json:"end,omitempty"`
	Card         string            `json:"card"`
	Since        string            `json:"in_use_since,omitempty"`
	Certificates []certificateView `json:"certificates"`
}

func viewPhone(p authority.Phone) phoneView {
	v := phoneView{ID: p.ID, State: string(p.State), End: string(p.End), Card: string(p.Card), Certificates: []certificateView{}}
	if !p.InUseAt.IsZero() {
		v.Since = p.InUseAt.UTC().Format(time.RFC3339)
	}
	for _, c := range p.Certificates {
		v.Certificates = append(v.Certificates, viewCertificate(c))
	}
	return v
}

func (c *console) phone(p authority.Phone) {
	fmt.Fprintf(c.out, "%s  %s %s\n", p.ID, authority.PhoneLives.Text(p.State).In(c.lang), p.End)
	for _, x := range p.Certificates {
		c.certificateLine(viewCertificate(x))
	}
}

type phoneAdd struct {
	worldFlags
	secretFlags
	Card     string `arg:"" help:"The card's id, 15 digits (see kado card list)."`
	Out      string `required:"" help:"New folder for the phone's keys and certificates, PEM." placeholder:"DIR"`
	Replaces bool   `help:"The holder's present phone ends with this."`
}

// Run plays the phone: its keys are made here and lie in the folder, as in no real
// one, so that other programs can sign with them.
func (a phoneAdd) Run(c *console) (err error) {
	dir, err := a.dir()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(a.Out); err == nil {
		return cardtool.Exists.New(shorten(a.Out))
	}
	box, err := a.openAt(c, time.Time{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	id, err := mynumber.ParseCardID(a.Card)
	if err != nil {
		return BadArguments.Because(err, "CARD")
	}
	card, err := box.House.Cards.Card(c.ctx, id)
	if err != nil {
		return err
	}
	keys, err := server.NewPhoneKeys(box.House.CardAlgorithm())
	if err != nil {
		return err
	}
	var phone authority.Phone
	source := sourceFlags{ID: a.Card, Data: dir}
	err = onCard(c, source, a.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		holder := journal.Actor{Kind: journal.Holder, ID: card.Person}
		phone, err = box.House.SetUpPhone(c.ctx, holder, keys, a.Replaces, func(statement []byte) ([]byte, []byte, error) {
			return t.SignText(p, reader.SignatureKey, statement, a.careful())
		})
		return err
	})
	if err != nil {
		return err
	}
	if err := savePhone(a.Out, keys, phone); err != nil {
		return err
	}
	if a.JSON {
		return c.json(viewPhone(phone))
	}
	c.phone(phone)
	c.printf(lang.Text{JA: "鍵と証明書：%s", EN: "keys and certificates: %s"}, shorten(a.Out))
	return nil
}

// savePhone writes KIND.pem and KIND-key.pem of each kind.
func savePhone(dir string, keys server.PhoneKeys, p authority.Phone) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return server.CannotWrite.Because(err, shorten(dir))
	}
	for _, x := range p.Certificates {
		key, err := x509.MarshalPKCS8PrivateKey(keys[x.Kind])
		if err != nil {
			return err
		}
		for _, f := range []struct {
			name, label string
			der         []byte
			mode        os.FileMode
		}{
			{x.Kind.String() + ".pem", "CERTIFICATE", x.DER, 0o644},
			{x.Kind.String() + "-key.pem", "PRIVATE KEY", key, 0o600},
		} {
			if err := server.WriteFile(filepath.Join(dir, f.name), pem.EncodeToMemory(&pem.Block{Type: f.label, Bytes: f.der}), f.mode); err != nil {
				return err
			}
		}
	}
	return nil
}

type phoneList struct {
	worldFlags
	Card string `arg:"" help:"The id of one of the holder's cards."`
}

func (l phoneList) Run(c *console) error {
	return l.with(c, func(box *server.Sandbox) error {
		id, err := mynumber.ParseCardID(l.Card)
		if err != nil {
			return BadArguments.Because(err, "CARD")
		}
		card, err := box.House.Cards.Card(c.ctx, id)
		if err != nil {
			return err
		}
		all, err := box.House.Authority.PhonesOf(c.ctx, card.Person)
		if err != nil {
			return err
		}
		if l.JSON {
			views := []phoneView{}
			for _, p := range all {
				views = append(views, viewPhone(p))
			}
			return c.json(views)
		}
		for _, p := range all {
			c.phone(p)
		}
		if len(all) == 0 {
			c.printf(lang.Text{JA: "スマートフォンはありません", EN: "no phone"})
		}
		return nil
	})
}

type phoneEnd struct {
	worldFlags
	Phone string `arg:"" help:"Id of the phone (phn_…)."`
	Why   string `enum:"lost,removed" default:"removed" help:"lost, or removed by the holder before it is given away."`
}

func (e phoneEnd) Run(c *console) (err error) {
	box, err := e.openAt(c, time.Time{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	p, err := box.House.Authority.Phone(c.ctx, e.Phone)
	if err != nil {
		return err
	}
	if err := box.House.Authority.EndPhone(c.ctx, journal.Actor{Kind: journal.Holder, ID: p.Person}, e.Phone, authority.PhoneEnd(e.Why)); err != nil {
		return err
	}
	c.printf(lang.Text{JA: "失効しました", EN: "revoked"})
	return nil
}

// certificateLine shows one certificate of the authority's records.
func (c *console) certificateLine(x certificateView) {
	fmt.Fprintf(c.out, "  %-15s %-34s %s %s  %s\n", x.Kind, x.Serial, authority.Certificates.Text(x.State).In(c.lang), x.Reason, x.NotAfter)
}

func viewCertificate(x authority.Certificate) certificateView {
	v := certificateView{Kind: x.Kind.String(), Serial: x.Serial, State: x.State, Key: x.KeyPath, Replaces: x.Previous,
		NotAfter: x.NotAfter.In(mynumber.JST).Format("2006-01-02")}
	if x.Medium != jpki.Card {
		v.Medium = x.Medium.String()
	}
	if x.State == authority.Revoked {
		v.Reason = x.Reason.String()
	}
	return v
}
