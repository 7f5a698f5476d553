package validation

import (
	"context"
	"slices"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/jpki"
	"kado/mynumber"
)

// follow returns the certificates linked to r, nearest first, and whose they are.
// Only certificates that became valid stand in a chain, only those of one person
// by the authority's own record (CRT-21), and none beyond the holder's death or
// a return without reissue (CRT-20).
func (o *Office) follow(ctx context.Context, r Ref, way Way, depth int) (links []Ref, person string, err error) {
	c, found, err := o.find(ctx, r.Kind, r.Serial)
	if err != nil || !found {
		return nil, "", err
	}
	person = c.Person
	if c.State == authority.Issued {
		return nil, person, nil
	}
	holder, err := o.register.Person(ctx, person)
	if err != nil {
		return nil, "", err
	}
	if holder.Standing == registry.Dead {
		return nil, person, nil
	}
	seen := []string{c.Serial}
	for range depth {
		next, found, err := o.step(ctx, c, way)
		if err != nil {
			return nil, person, err
		}
		if !found || next.Person != person || next.State == authority.Issued || slices.Contains(seen, next.Serial) {
			break
		}
		severed, err := o.anySevered(ctx, c.Card, next.Card)
		if err != nil {
			return nil, person, err
		}
		if severed {
			break
		}
		links = append(links, Ref{next.Kind, next.Serial})
		seen = append(seen, next.Serial)
		c = next
	}
	return links, person, nil
}

// step finds the next certificate by the authority's records, whatever it is
// worth.
func (o *Office) step(ctx context.Context, c authority.Certificate, way Way) (authority.Certificate, bool, error) {
	switch way {
	case Older:
		if c.Previous == "" {
			return authority.Certificate{}, false, nil
		}
		return o.find(ctx, c.Kind, c.Previous)
	case Newer:
		all, err := o.authority.OfPerson(ctx, c.Person)
		if err != nil {
			return authority.Certificate{}, false, err
		}
		for _, n := range all {
			if n.Kind == c.Kind && n.Previous == c.Serial && wasValid(n) {
				return n, true, nil
			}
		}
	case Other:
		if c.Medium != jpki.Card {
			return authority.Certificate{}, false, nil // the two on a phone are no pair of a card
		}
		all, err := o.authority.OfCard(ctx, c.Card)
		if err != nil {
			return authority.Certificate{}, false, err
		}
		var best authority.Certificate
		found := false
		for _, n := range all {
			if n.Kind == c.Kind || n.Person != c.Person || !wasValid(n) {
				continue
			}
			// The one in force; else the newest.
			if !found || inForce(n) && !inForce(best) || inForce(n) == inForce(best) && n.IssuedAt.After(best.IssuedAt) {
				best, found = n, true
			}
		}
		return best, found, nil
	}
	return authority.Certificate{}, false, nil
}

func inForce(c authority.Certificate) bool {
	return c.State == authority.Active || c.State == authority.OnHold
}

// wasValid reports whether a certificate left the stage before its activation.
func wasValid(c authority.Certificate) bool { return inForce(c) || c.State == authority.Revoked }

func (o *Office) anySevered(ctx context.Context, ids ...mynumber.CardID) (bool, error) {
	for _, id := range slices.Compact(ids) {
		if severed, err := o.severed(ctx, id); err != nil || severed {
			return severed, err
		}
	}
	return false, nil
}

// severed reports whether a card ended in a way that ends the chain of its
// certificates: its holder's death, or its return without another in its place
// (CRT-20). Emigration without continued use is such a return.
func (o *Office) severed(ctx context.Context, id mynumber.CardID) (bool, error) {
	standing, err := o.cards.Standing(ctx, id)
	if err != nil || standing != cards.Ended {
		return false, err
	}
	card, err := o.cards.Card(ctx, id)
	if err != nil {
		return false, err
	}
	switch card.EndReason {
	case cards.EndDeath, cards.EndReturn, cards.EndEmigration:
		return true, nil
	}
	return false, nil
}
