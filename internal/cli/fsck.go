package cli

import (
	"errors"
	"fmt"

	"kado/internal/platform/lang"
	"kado/internal/platform/purpose"
)

type fsckCommand struct{ worldFlags }

// Run delivers what an earlier process left undelivered, as every start does,
// and then checks everything.
func (f fsckCommand) Run(c *console) (err error) {
	box, err := f.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	r, err := box.House.Check(c.ctx)
	if err != nil {
		return err
	}
	plastic, err := box.House.CheckShelf(c.ctx, box.Shelf)
	if err != nil {
		return err
	}
	r.Findings = append(r.Findings, plastic...)
	if f.JSON {
		if err := c.json(r); err != nil {
			return err
		}
	} else {
		if r.Purpose == purpose.Sandbox {
			c.printf(lang.Text{JA: "練習用（サンドボックス）：住民は架空です", EN: "A sandbox: its people are fictitious"})
		}
		c.printf(lang.Text{JA: "記録 %d 件、住民 %d 人、カード %d 枚、電子証明書 %d 枚、配送待ち %d 件",
			EN: "%d journal entries, %d people, %d cards, %d certificates, %d effects waiting"}, r.Journal, r.People, r.Cards, r.Certificates, r.Waiting)
		for _, finding := range r.Findings {
			fmt.Fprintln(c.out, "  -", finding)
		}
		if len(r.Findings) == 0 {
			c.printf(lang.Text{JA: "整合しています", EN: "consistent"})
		}
	}
	if len(r.Findings) > 0 {
		return Inconsistent.New(len(r.Findings))
	}
	return nil
}
