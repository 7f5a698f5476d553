package oidc

import (
	"context"
	"errors"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// Use is one entry of the holder's journal that the login office wrote: where the card
// was used, what it gave, and what was refused.
type Use struct {
	At     time.Time // by the house's clock
	What   lang.Text
	Name   string // of the service; "" where it is not known any more
	Number string // of a refusal; "" for none
}

const (
	usesShown = 30
	usesPage  = 200 // entries of every office that are looked through at a time
)

// UsesOf lists the last uses of a holder's card in the login office, newest first, by
// the login office's id of the holder.
func (p *Provider) UsesOf(ctx context.Context, holder string) (out []Use, err error) {
	person, err := p.personOfVisit(ctx, holder)
	if err != nil || person == "" {
		return nil, err
	}
	err = p.d.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		for before := int64(0); ; {
			page, err := journal.OfPerson(ctx, tx, person, before, usesPage)
			if err != nil {
				return err
			}
			for _, e := range page {
				before = e.Seq
				if e.Office != office {
					continue
				}
				u, err := useOf(ctx, tx, e)
				if err != nil {
					return err
				}
				if out = append(out, u); len(out) == usesShown {
					return nil
				}
			}
			if len(page) < usesPage {
				return nil
			}
		}
	})
	return out, err
}

// useOf reads an entry. Acts of the provider name the service, acts of the login office
// its party.
func useOf(ctx context.Context, tx *db.Tx, e journal.Entry) (Use, error) {
	act, _ := journal.ActOf(e.Act) // what was written is defined
	u := Use{At: e.At, What: act.Text, Name: e.Details["name"], Number: e.Details["fault"]}
	var err error
	switch {
	case u.Name != "":
	case e.Details["party"] != "":
		err = tx.QueryRow(ctx, `SELECT name FROM login_party WHERE id = $1`, e.Details["party"]).Scan(&u.Name)
	case e.Details["client"] != "":
		var c *client
		if c, err = loadClient(ctx, tx, e.Details["client"]); err == nil {
			u.Name = c.Name
		}
	}
	if errors.Is(err, db.ErrNoRows) || UnknownClient.Is(err) {
		err = nil
	}
	return u, err
}
