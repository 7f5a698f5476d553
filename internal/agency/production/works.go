package production

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault"
	"kado/mynumber"
)

// Numbers is what production asks the vault; every reading is journalled there
// with its purpose.
type Numbers interface {
	Read(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.IndividualNumber, error)
	ReadResidentCode(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.ResidentCode, error)
}

// CardOffice is both sides of the cards office.
type CardOffice interface {
	cards.Keeper
	cards.Manager
}

// Deps are what production stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Keys      keystore.Store
	Register  registry.Register
	Files     intake.Files
	Numbers   Numbers
	Cards     CardOffice
	Authority authority.Issuing
}

// Office is the works of all makers.
type Office struct{ Deps }

var _ Works = (*Office)(nil)

// New returns the works.
func New(d Deps) *Office { return &Office{d} }

// Order implements Works.
func (o *Office) Order(ctx context.Context, id string) (Order, error) {
	r, err := o.row(ctx, id)
	return r.Order, err
}

func (o *Office) row(ctx context.Context, id string) (row, error) {
	var r row
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		r, err = load(ctx, tx, id)
		return err
	})
	return r, err
}

// Place implements Works. The card is ordered before the order is written: were
// the process to stop in between, an ordered card without an order stays behind,
// which is no card yet and is found by fsck; the repeated call orders another.
func (o *Office) Place(ctx context.Context, by journal.Actor, application mynumber.ApplicationID) (Order, error) {
	var r row
	var found bool
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		r, found, err = living(ctx, tx, application)
		return err
	})
	if err != nil || found {
		return r.Order, err
	}
	a, err := o.Files.Application(ctx, application)
	if err != nil {
		return Order{}, err
	}
	p, err := o.Register.Person(ctx, a.Person)
	if err != nil {
		return Order{}, err
	}
	// The register is asked on the day of each step (P-29, APP-68).
	if a.State != intake.Accepted || p.Standing != registry.Resident {
		return Order{}, NoLonger.New()
	}
	now := o.Clock.Now()
	expires, err := mynumber.CardExpiry(mynumber.CardValidityInput{
		Accepted: mynumber.DateOf(a.AcceptedAt), Issued: mynumber.DateOf(now), Birth: p.Attributes.BirthDate,
		Residence: p.Residence, StayUntil: p.StayUntil,
	})
	if err != nil {
		return Order{}, NoLonger.Because(err)
	}
	card, err := o.Cards.Order(ctx, by, cards.NewCard{Person: p.ID, Application: a.ID, Municipality: a.Municipality,
		AcceptedOn: mynumber.DateOf(a.AcceptedAt), ExpiresOn: expires, Pinless: a.Wishes.Pinless})
	if err != nil {
		return Order{}, err
	}
	r = row{Order: Order{Application: a.ID, Person: p.ID, Card: card.ID, State: Orders.Initial, PhotoDigest: a.PhotoDigest, PlacedAt: now}}
	if r.ID, err = entropy.ID(o.Entropy.Stream("production.order"), "ord"); err != nil {
		return Order{}, err
	}
	session, err := entropy.Bytes(o.Entropy.Stream("production.session"), 16)
	if err != nil {
		return Order{}, err
	}
	r.session = [16]byte(session)
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		return o.write(ctx, tx, r, by, actPlaced, nil)
	})
	return r.Order, err
}

// write writes a journal entry about an order.
func (o *Office) write(ctx context.Context, tx *db.Tx, r row, by journal.Actor, act string, details map[string]string) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: o.Clock.Now(), Actor: by, Office: "production", Act: act, Subject: r.Person,
		Card: string(r.Card), Application: string(r.Application), Session: r.ID, Details: details})
	return err
}

// step makes one move of an order in one transaction.
func (o *Office) step(ctx context.Context, by journal.Actor, id, act, code string, change func(*row) (map[string]string, error)) (row, error) {
	var r row
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if r, err = load(ctx, tx, id); err != nil {
			return err
		}
		to, ok := Orders.Next(r.State, act)
		if !ok {
			return NotInThisState.New()
		}
		r.State = to
		details, err := change(&r)
		if err != nil {
			return err
		}
		if err := update(ctx, tx, r); err != nil {
			return err
		}
		return o.write(ctx, tx, r, by, code, details)
	})
	return r, err
}

// fail ends an order cleanly (CRT-27, PRD-10): the card is spoiled first, which
// alone makes every status answer bad; its certificates are revoked as an
// effect of that.
func (o *Office) fail(ctx context.Context, by journal.Actor, r row, cause error) error {
	if err := o.Cards.Spoil(ctx, by, r.Card, "production failed"); err != nil {
		return err
	}
	_, err := o.step(ctx, by, r.ID, "fail", actFailed, func(*row) (map[string]string, error) { return nil, nil })
	if err != nil {
		return err
	}
	return ChipFailed.Because(cause)
}

// Consign implements Works.
func (o *Office) Consign(ctx context.Context, by journal.Actor, to mynumber.MunicipalityCode, orders []string) (Consignment, error) {
	if len(orders) == 0 || len(orders) > 10_000 {
		return Consignment{}, NotInThisState.New()
	}
	now := o.Clock.Now()
	id, err := entropy.ID(o.Entropy.Stream("production.consignment"), "con")
	if err != nil {
		return Consignment{}, err
	}
	c := Consignment{ID: id, Municipality: to, State: Consignments.Initial, SentAt: now}
	for _, order := range orders {
		r, err := o.row(ctx, order)
		if err != nil {
			return Consignment{}, err
		}
		card, err := o.Cards.Card(ctx, r.Card)
		if err != nil {
			return Consignment{}, err
		}
		if r.State != Inspected || card.Municipality != to {
			return Consignment{}, NotInThisState.New()
		}
		c.Cards = append(c.Cards, r.Card)
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO production_consignment (id, municipality, state, sent_at, changed_at) VALUES ($1, $2, $3, $4, $4)`,
			c.ID, string(to), string(c.State), now)
		if err != nil {
			return err
		}
		for line, order := range orders {
			r, err := load(ctx, tx, order)
			if err != nil {
				return err
			}
			next, ok := Orders.Next(r.State, "pack")
			if !ok {
				return NotInThisState.New()
			}
			r.State, r.Consignment = next, c.ID
			if err := update(ctx, tx, r); err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `INSERT INTO production_manifest (consignment, line, card) VALUES ($1, $2, $3)`, c.ID, line+1, string(r.Card))
			if err != nil {
				return err
			}
			err = o.write(ctx, tx, r, by, actConsigned, map[string]string{"consignment": c.ID, "municipality": string(to)})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Consignment{}, err
	}
	// Card records follow. Were the process to stop here, the receiving custody
	// brings them up to date when the box arrives.
	for _, card := range c.Cards {
		if err := o.Cards.Consigned(ctx, by, card, c.ID); err != nil {
			return Consignment{}, err
		}
	}
	return c, nil
}

// Consignment implements Shipments.
func (o *Office) Consignment(ctx context.Context, id string) (Consignment, error) {
	var c Consignment
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		c, err = loadConsignment(ctx, tx, id)
		return err
	})
	return c, err
}

// Arrive implements Shipments. An arrived consignment, scanned again with the
// same result, is answered as it is.
func (o *Office) Arrive(ctx context.Context, by journal.Actor, id string, scanned []mynumber.CardID) (Consignment, error) {
	now := o.Clock.Now()
	var c Consignment
	var refusal error
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		refusal = nil
		var err error
		if c, err = loadConsignment(ctx, tx, id); err != nil {
			return err
		}
		missing, foreign := compare(c.Cards, scanned)
		act, code := "receive", actArrived
		details := map[string]string{"consignment": c.ID, "cards": strconv.Itoa(len(c.Cards))}
		if missing+foreign > 0 {
			act, code = "stop", actStopped
			refusal = DoesNotMatch.New(missing, foreign)
			details = map[string]string{"consignment": c.ID, "missing": strconv.Itoa(missing), "foreign": strconv.Itoa(foreign)}
		}
		to, ok := Consignments.Next(c.State, act)
		if !ok {
			return nil // arrived already, or stopped and still not matching
		}
		c.State = to
		if _, err := tx.Exec(ctx, `UPDATE production_consignment SET state = $1, changed_at = $2 WHERE id = $3`, string(to), now, id); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "production", Act: code, Details: details})
		return err
	})
	if err != nil {
		return Consignment{}, err
	}
	if refusal != nil {
		return Consignment{}, refusal
	}
	for _, card := range c.Cards {
		if err := o.Cards.Consigned(ctx, by, card, c.ID); err != nil {
			return Consignment{}, err
		}
	}
	return c, nil
}

func compare(sent, scanned []mynumber.CardID) (missing, foreign int) {
	for _, c := range sent {
		if !slices.Contains(scanned, c) {
			missing++
		}
	}
	seen := map[mynumber.CardID]bool{}
	for _, c := range scanned {
		if !slices.Contains(sent, c) || seen[c] {
			foreign++
		}
		seen[c] = true
	}
	return missing, foreign
}

func today(c clock.Clock) mynumber.Date { return mynumber.DateOf(c.Now()) }

// Check looks for what must never be: orders in no known state, packed orders
// in no consignment, a written order whose photo digest is unknown.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var rows []row
	var out []string
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		out = nil
		rows, err = db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM production_order ORDER BY id`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			var n int
			if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM production_manifest WHERE card = $1`, string(r.Card)).Scan(&n); err != nil {
				return err
			}
			switch {
			case !Orders.Known(r.State):
				out = append(out, fmt.Sprintf("production: order %s is in the unknown state %q", r.ID, r.State))
			case (r.State == Packed) != (n == 1) || (r.State == Packed) == (r.Consignment == ""):
				out = append(out, fmt.Sprintf("production: order %s is %s and stands on %d manifests", r.ID, r.State, n))
			case (r.State == Written || r.State == Inspected || r.State == Packed) && (r.ChipPhoto == [32]byte{} || len(r.digests) == 0):
				out = append(out, fmt.Sprintf("production: order %s is %s without a record of what was written", r.ID, r.State))
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		c, err := o.Cards.Card(ctx, r.Card)
		if err != nil {
			return nil, err
		}
		if r.State == Failed && c.State != cards.Spoiled && c.State != cards.Abolished {
			out = append(out, fmt.Sprintf("production: order %s failed but its card is %s", r.ID, c.State))
		}
		if c.Person != r.Person || c.Application != r.Application {
			out = append(out, fmt.Sprintf("production: order %s and its card name different people", r.ID))
		}
	}
	return out, nil
}
