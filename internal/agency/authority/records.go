package authority

import (
	"context"

	"kado/internal/platform/db"
	"kado/jpki"
	"kado/mynumber"
)

// Certificate implements Authority.
func (o *Office) Certificate(ctx context.Context, kind jpki.Kind, serial string) (Certificate, error) {
	if !kind.Valid() {
		return Certificate{}, Malformed.New("kind")
	}
	var r row
	err := o.db.Look(ctx, func(tx *db.Tx) error {
		var err error
		r, err = find(ctx, tx, kind, serial)
		return err
	})
	if err != nil {
		return Certificate{}, err
	}
	return r.Certificate, nil
}

// OfCard implements Authority: by kind, signature first, each oldest first.
func (o *Office) OfCard(ctx context.Context, card mynumber.CardID) ([]Certificate, error) {
	return o.list(ctx, `card = $1 AND medium = 'card' ORDER BY kind DESC, ordinal`, card)
}

// UnderCard implements Authority: by kind, signature first, each oldest first.
func (o *Office) UnderCard(ctx context.Context, card mynumber.CardID) ([]Certificate, error) {
	return o.list(ctx, `card = $1 ORDER BY kind DESC, ordinal`, card)
}

// OfPerson implements Authority: by kind, signature first, each oldest first.
func (o *Office) OfPerson(ctx context.Context, person string) ([]Certificate, error) {
	return o.list(ctx, `person = $1 AND medium = 'card' ORDER BY kind DESC, ordinal`, person)
}

func (o *Office) list(ctx context.Context, where string, args ...any) ([]Certificate, error) {
	var rows []row
	err := o.db.View(ctx, func(tx *db.Tx) error {
		var err error
		rows, err = all(ctx, tx, where, args...)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make([]Certificate, len(rows))
	for i, r := range rows {
		out[i] = r.Certificate
	}
	return out, nil
}
