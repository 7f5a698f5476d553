package cli

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"kado/internal/agency/authority"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/server"
)

// maxRecord bounds the record of a ceremony that is there already.
const maxRecord = 1 << 20

type caCeremonyCommand struct {
	worldFlags
	Plan   string `arg:"" name:"file" help:"The plan, one JSON file; see docs/ca.md." placeholder:"FILE"`
	Agreed string `name:"run" help:"Carry it out: the plan's hash, as the rehearsal showed it." placeholder:"HASH"`
	Record string `help:"Where the record is left; FILE.record.json by default. An existing file is never overwritten." placeholder:"FILE"`
}

// maxPlanFile is one byte more than a plan may have, so that the plan's own rule
// refuses a longer one.
const maxPlanFile = 8<<10 + 1

func (v caCeremonyCommand) Run(c *console) (err error) {
	raw, err := readFile(v.Plan, maxPlanFile)
	if err != nil {
		return err
	}
	plan, err := authority.DecodeCeremony(raw)
	if err != nil {
		return err
	}
	box, err := v.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	if v.Agreed == "" {
		return v.rehearse(c, box, plan)
	}
	path := v.Record
	if path == "" {
		path = v.Plan + ".record.json"
	}
	// Looked at before anything is done: a record that cannot be left is a bad end.
	old, err := readFile(path, maxRecord)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	there := err == nil
	record, err := box.House.Authority.RunCeremony(c.ctx, plan, v.Agreed)
	if err != nil {
		return err
	}
	if there && !bytes.Equal(old, record) {
		return RecordExists.New(shorten(path))
	}
	if !there {
		if err := server.WriteFile(path, record, 0o600); err != nil {
			return err
		}
	}
	if v.JSON {
		_, err = c.out.Write(record)
		return err
	}
	c.printf(lang.Text{JA: "式を終えました。", EN: "The ceremony is complete."})
	c.line(lang.Text{JA: "記録", EN: "record"}, filepath.Clean(path))
	c.line(lang.Text{JA: "記録のハッシュ", EN: "record SHA-256"}, hash(record))
	return nil
}

// rehearse shows what would be done. A plan that would be refused ends with its
// refusal.
func (v caCeremonyCommand) rehearse(c *console, box *server.Sandbox, plan authority.CeremonyPlan) error {
	r, err := box.House.Authority.Rehearse(c.ctx, plan)
	if err != nil {
		return err
	}
	if v.JSON {
		doc := map[string]any{"plan": r.Plan, "plan_sha256": r.Hash, "key_name": r.KeyName, "key": r.KeyIs, "lint": r.Lint, "begun": r.Begun, "done": r.Done, "permitted": r.Obstacle == nil}
		if r.Obstacle != nil {
			doc["refusal"] = fault.Of(r.Obstacle).Code()
		}
		return errors.Join(c.json(doc), r.Obstacle)
	}
	c.printf(lang.Text{JA: "予行です。何も作らず、何も書きません。", EN: "A rehearsal: nothing is made, nothing is written."})
	c.line(lang.Text{JA: "行うこと", EN: "act"}, string(plan.Act)+" "+plan.Kind+fmt.Sprintf(" %d", plan.Generation))
	c.line(lang.Text{JA: "方式", EN: "algorithm"}, plan.Algorithm)
	c.line(lang.Text{JA: "鍵の置き場所", EN: "key store"}, plan.KeyStore)
	c.line(lang.Text{JA: "鍵", EN: "key"}, r.KeyName+": "+r.KeyIs)
	c.line(lang.Text{JA: "行う人", EN: "operators"}, plan.Operators[0]+", "+plan.Operators[1])
	switch {
	case r.Done:
		c.line(lang.Text{JA: "状態", EN: "state"}, lang.Text{JA: "済んでいます", EN: "done already"}.In(c.lang))
	case r.Begun:
		c.line(lang.Text{JA: "状態", EN: "state"}, lang.Text{JA: "途中で止まっており、続きから行います", EN: "cut off; would be finished"}.In(c.lang))
	}
	if r.Copy != nil {
		c.printf(lang.Text{JA: "署名する証明書（発行番号・鍵・署名は仮のもの）", EN: "To be signed (serial number, key and signature are stand-ins)"})
		if err := c.authorityText(r.Copy, "–"); err != nil {
			return err
		}
		c.line(lang.Text{JA: "規格の検査", EN: "lint"}, r.Lint)
	}
	c.line(lang.Text{JA: "式次第のハッシュ", EN: "plan SHA-256"}, r.Hash)
	if r.Obstacle == nil && !r.Done {
		c.printf(lang.Text{JA: "二人で確かめたら： kado ca ceremony %s --run %s", EN: "When both agree: kado ca ceremony %s --run %s"}, shellQuote(v.Plan), r.Hash)
	}
	return r.Obstacle
}

// extensionNames are those of an authority's certificate.
var extensionNames = map[string]string{"2.5.29.15": "keyUsage", "2.5.29.17": "subjectAltName", "2.5.29.19": "basicConstraints",
	"2.5.29.31": "cRLDistributionPoints", "2.5.29.14": "subjectKeyIdentifier"}

// authorityText shows the certificate of an authority, field by field in its own
// order.
func (c *console) authorityText(der []byte, serial string) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	c.line(lang.Text{JA: "発行番号", EN: "serial"}, serial)
	c.line(lang.Text{JA: "署名方式", EN: "signature"}, cert.SignatureAlgorithm.String())
	c.line(lang.Text{JA: "発行者", EN: "issuer"}, cert.Issuer.String())
	c.line(lang.Text{JA: "主体者", EN: "subject"}, cert.Subject.String())
	c.line(lang.Text{JA: "有効期間", EN: "valid"}, japanTime(cert.NotBefore)+" – "+japanTime(cert.NotAfter))
	if serial != "–" {
		c.line(lang.Text{JA: "指紋", EN: "SHA-256"}, hash(der))
	}
	for _, e := range cert.Extensions {
		name := extensionNames[e.Id.String()]
		if name == "" {
			name = e.Id.String()
		}
		text := name
		if e.Critical {
			text += " (critical)"
		}
		if serial == "–" && e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 14}) {
			text += " –"
		} else {
			text += fmt.Sprintf(" %x", e.Value)
		}
		c.line(lang.Text{JA: "拡張", EN: "extension"}, text)
	}
	return nil
}
