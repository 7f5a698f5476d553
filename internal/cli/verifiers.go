package cli

import (
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"kado/internal/agency/validation"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/mynumber"
)

type verifierCommands struct {
	Add      verifierAdd      `cmd:"" help:"Accredit a verifier, or change what is recorded of one."`
	List     verifierList     `cmd:"" help:"Show all verifiers."`
	Withdraw verifierWithdraw `cmd:"" help:"End an accreditation at once."`
	Entrust  verifierEntrust  `cmd:"" help:"Record a firm that entrusts its verification to a verifier."`
	Bind     verifierBind     `cmd:"" help:"Let the holder of a client certificate's key ask as the verifier."`
	Unbind   verifierUnbind   `cmd:"" help:"End that."`
	Webhook  verifierWebhook  `cmd:"" help:"Say where a verifier is told of revocations."`
}

func (w worldFlags) with(c *console, f func(box *server.Sandbox) error) (err error) {
	box, err := w.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	return f(box)
}

// day reads a day of the command line; "" is the zero Date.
func day(s, flag string) (d mynumber.Date, err error) {
	if s == "" {
		return d, nil
	}
	if err := d.UnmarshalText([]byte(s)); err != nil || !d.Valid() {
		return mynumber.Date{}, BadArguments.Because(err, flag)
	}
	return d, nil
}

// verifierDates are the first and the last day of a record.
type verifierDates struct {
	From string `help:"First day; today by default." placeholder:"YYYY-MM-DD"`
	To   string `help:"Last day; open by default." placeholder:"YYYY-MM-DD"`
}

func (d verifierDates) days(box *server.Sandbox) (from, to mynumber.Date, err error) {
	if from, err = day(d.From, "--from"); err != nil {
		return from, to, err
	}
	if from.IsZero() {
		from = mynumber.DateOf(box.Clock.Now())
	}
	to, err = day(d.To, "--to")
	return from, to, err
}

type verifierAdd struct {
	worldFlags
	operatorFlags
	verifierDates
	ID          string   `help:"Id of a verifier to change; a new one by default." placeholder:"VER"`
	Name        string   `required:"" help:"The verifier's name."`
	Purpose     []string `required:"" enum:"status,linkage,attributes,notifications,faults" help:"What it may ask for: ${enum}. Several by commas."`
	Certificate string   `help:"Its client certificate, PEM or DER." placeholder:"FILE"`
}

func (a verifierAdd) Run(c *console) error {
	return a.with(c, func(box *server.Sandbox) error {
		v := validation.Verifier{ID: a.ID, Name: a.Name}
		for _, p := range a.Purpose {
			v.Purposes = append(v.Purposes, validation.Purpose(p))
		}
		var err error
		if v.From, v.To, err = a.days(box); err != nil {
			return err
		}
		var der []byte
		if a.Certificate != "" {
			if der, err = readCertificate(a.Certificate); err != nil {
				return err
			}
		}
		if v, err = box.House.Validation.Accredit(c.ctx, a.actor(), v); err != nil {
			return err
		}
		key := ""
		if der != nil {
			if key, err = box.House.Validation.BindKey(c.ctx, a.actor(), v.ID, der); err != nil {
				return err
			}
		}
		if a.JSON {
			return c.json(map[string]string{"id": v.ID, "key": key})
		}
		c.printf(lang.Text{JA: "認定を記録しました：%s", EN: "accredited: %s"}, v.ID)
		return nil
	})
}

const maxPEM = 64 << 10

// readCertificate reads the first certificate of a PEM file, or one in DER, whose
// key can be bound.
func readCertificate(path string) ([]byte, error) {
	der, err := readFile(path, maxPEM)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(der); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			der = block.Bytes
			break
		}
	}
	_, err = validation.ClientKeyOf(der)
	return der, err
}

type verifierList struct {
	worldFlags
	operatorFlags
}

func (l verifierList) Run(c *console) error {
	return l.with(c, func(box *server.Sandbox) error {
		all, err := box.House.Validation.Verifiers(c.ctx, l.actor())
		if err != nil {
			return err
		}
		if l.JSON {
			docs := []any{}
			for _, r := range all {
				docs = append(docs, validation.RegistrationDocument(r))
			}
			return c.json(map[string]any{"verifiers": docs})
		}
		for _, r := range all {
			purposes := make([]string, len(r.Purposes))
			for i, p := range r.Purposes {
				purposes[i] = string(p)
			}
			to := "–"
			if !r.To.IsZero() {
				to = r.To.String()
			}
			fmt.Fprintf(c.out, "%s  %s  %s .. %s  %s\n", r.ID, r.Name, r.From, to, strings.Join(purposes, ","))
			for _, f := range r.Firms {
				fmt.Fprintf(c.out, "  %s  %s\n", f.ID, f.Name)
			}
			for _, k := range r.Keys {
				fmt.Fprintf(c.out, "  key %s\n", k)
			}
			if r.Webhook != "" {
				fmt.Fprintf(c.out, "  webhook %s\n", r.Webhook)
			}
		}
		return nil
	})
}

// verifierArg is the verifier that an act is about.
type verifierArg struct {
	Verifier string `arg:"" help:"Id of the verifier (ver_…)."`
}

type verifierWithdraw struct {
	worldFlags
	operatorFlags
	verifierArg
}

func (w verifierWithdraw) Run(c *console) error {
	return w.with(c, func(box *server.Sandbox) error {
		if _, err := box.House.Validation.Withdraw(c.ctx, w.actor(), w.Verifier); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "認定を取り消しました", EN: "withdrawn"})
		return nil
	})
}

type verifierEntrust struct {
	worldFlags
	operatorFlags
	verifierDates
	verifierArg
	ID   string `help:"Id of a firm to change; a new one by default." placeholder:"FRM"`
	Name string `required:"" help:"The firm's name."`
}

func (e verifierEntrust) Run(c *console) error {
	return e.with(c, func(box *server.Sandbox) error {
		f := validation.Firm{ID: e.ID, Name: e.Name}
		var err error
		if f.From, f.To, err = e.days(box); err != nil {
			return err
		}
		if f, err = box.House.Validation.Entrust(c.ctx, e.actor(), e.Verifier, f); err != nil {
			return err
		}
		if e.JSON {
			return c.json(map[string]string{"id": f.ID})
		}
		c.printf(lang.Text{JA: "委託を記録しました：%s", EN: "recorded: %s"}, f.ID)
		return nil
	})
}

type verifierBind struct {
	worldFlags
	operatorFlags
	verifierArg
	Certificate string `arg:"" help:"The client certificate, PEM or DER."`
}

func (b verifierBind) Run(c *console) error {
	return b.with(c, func(box *server.Sandbox) error {
		der, err := readCertificate(b.Certificate)
		if err != nil {
			return err
		}
		key, err := box.House.Validation.BindKey(c.ctx, b.actor(), b.Verifier, der)
		if err != nil {
			return err
		}
		if b.JSON {
			return c.json(map[string]string{"key": key})
		}
		c.printf(lang.Text{JA: "鍵を結び付けました：%s", EN: "bound: %s"}, key)
		return nil
	})
}

type verifierUnbind struct {
	worldFlags
	operatorFlags
	verifierArg
	Key string `arg:"" help:"The key, as kado validation verifier list shows it."`
}

func (u verifierUnbind) Run(c *console) error {
	return u.with(c, func(box *server.Sandbox) error {
		return box.House.Validation.UnbindKey(c.ctx, u.actor(), u.Verifier, u.Key)
	})
}

type verifierWebhook struct {
	worldFlags
	operatorFlags
	verifierArg
	Target string `arg:"" optional:"" help:"Address to be told at; nothing for none."`
}

// Run shows the secret, which the verifier needs: this is its one way out of the
// key store.
func (w verifierWebhook) Run(c *console) error {
	return w.with(c, func(box *server.Sandbox) error {
		secret, err := box.House.Validation.SetWebhook(c.ctx, w.actor(), w.Verifier, w.Target)
		if err != nil {
			return err
		}
		if w.Target == "" {
			return nil
		}
		if w.JSON {
			return c.json(map[string]string{"secret": hex.EncodeToString(secret)})
		}
		c.printf(lang.Text{JA: "HMAC の鍵（16進）：%s", EN: "HMAC key (hexadecimal): %s"}, hex.EncodeToString(secret))
		return nil
	})
}
