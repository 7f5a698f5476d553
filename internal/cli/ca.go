package cli

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/jpki"
)

// caCommands are about the certification authorities of a kept world.
type caCommands struct {
	List     caListCommand     `cmd:"" help:"The generations of both authorities."`
	Show     caShowCommand     `cmd:"" help:"The certificate of a generation."`
	Ceremony caCeremonyCommand `cmd:"" help:"Rehearse a ceremony, or run one that was agreed on."`
}

type caListCommand struct{ worldFlags }

// caGeneration is what is told of a generation.
type caGeneration struct {
	Kind        string `json:"kind"`
	Number      int    `json:"generation"`
	Algorithm   string `json:"algorithm"`
	Standing    string `json:"standing"` // issuing, living, ended, retired
	NotBefore   string `json:"not_before"`
	NotAfter    string `json:"not_after"`
	Retired     string `json:"retired,omitempty"`
	Serial      string `json:"serial"`
	Fingerprint string `json:"certificate_sha256"`
	PublicKey   string `json:"public_key_sha256"`
	der         []byte
}

func generations(c *console, box *server.Sandbox) ([]caGeneration, error) {
	out := []caGeneration{}
	now := box.Clock.Now()
	for _, k := range jpki.Kinds {
		gs, err := box.House.Authority.Generations(c.ctx, k)
		if err != nil {
			return nil, err
		}
		for i, g := range gs {
			cert, err := x509.ParseCertificate(g.Certificate)
			if err != nil {
				return nil, err
			}
			v := caGeneration{Kind: k.String(), Number: g.Number, Algorithm: g.Algorithm.String(), Standing: "living",
				NotBefore: g.StartsAt.UTC().Format(time.RFC3339), NotAfter: g.EndsAt.UTC().Format(time.RFC3339),
				Serial: cert.SerialNumber.Text(16), Fingerprint: hash(g.Certificate), PublicKey: hash(cert.RawSubjectPublicKeyInfo), der: g.Certificate}
			switch {
			case !g.RetiredAt.IsZero():
				v.Standing, v.Retired = "retired", g.RetiredAt.UTC().Format(time.RFC3339)
			case now.After(g.EndsAt):
				v.Standing = "ended"
			case i == len(gs)-1:
				v.Standing = "issuing"
			}
			out = append(out, v)
		}
	}
	return out, nil
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (l caListCommand) Run(c *console) (err error) {
	box, err := l.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	gs, err := generations(c, box)
	if err != nil {
		return err
	}
	if l.JSON {
		return c.json(gs)
	}
	for _, g := range gs {
		fmt.Fprintf(c.out, "%-14s %2d  %-18s %-8s %s – %s\n    %s\n", g.Kind, g.Number, g.Algorithm, g.Standing, g.NotBefore, g.NotAfter, g.Fingerprint)
	}
	return nil
}

type caShowCommand struct {
	worldFlags
	Kind       string `arg:"" enum:"signature,authentication" help:"signature or authentication."`
	Generation int    `arg:"" help:"Its number, from 1."`
	PEM        bool   `name:"pem" help:"The certificate as PEM."`
}

func (s caShowCommand) Run(c *console) (err error) {
	box, err := s.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	gs, err := generations(c, box)
	if err != nil {
		return err
	}
	for _, g := range gs {
		if g.Kind != s.Kind || g.Number != s.Generation {
			continue
		}
		switch {
		case s.PEM:
			return pem.Encode(c.out, &pem.Block{Type: "CERTIFICATE", Bytes: g.der})
		case s.JSON:
			return c.json(g)
		}
		c.line(lang.Text{JA: "状態", EN: "standing"}, g.Standing)
		c.line(lang.Text{JA: "公開鍵の指紋", EN: "public key"}, g.PublicKey)
		return c.authorityText(g.der, g.Serial)
	}
	return authority.NoGeneration.New(s.Generation)
}
