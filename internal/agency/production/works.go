package production

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/internal/platform/vault"
	"kado/mynumber"
	"kado/reader"
)

// Numbers is what production asks the vault; every reading is journalled there
// with its purpose.
type Numbers interface {
	Read(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.IndividualNumber, error)
	ReadResidentCode(ctx context.Context, tx *db.Tx, person string, p vault.Purpose, by journal.Actor) (mynumber.ResidentCode, error)
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
	Cards     cards.Desk
	Authority authority.Issuing
}

// Office is the works of all makers.
type Office struct {
	Deps
	photos photoCache
	made   signerCache
}

var _ Works = (*Office)(nil)

// New returns the works.
func New(d Deps) *Office { return &Office{Deps: d} }

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

// operator makes sure that the actor is an active member of staff who makes
// cards, in the transaction of the act.
func (o *Office) operator(ctx context.Context, tx *db.Tx, by journal.Actor) (staff.Member, error) {
	return staff.Require(ctx, tx, by, o.Clock.Now(), staff.MakerOperator)
}

// mayPlace is operator for orders, which the system itself places, too.
func (o *Office) mayPlace(ctx context.Context, tx *db.Tx, by journal.Actor) error {
	if by.Kind == journal.System {
		return nil
	}
	_, err := o.operator(ctx, tx, by)
	return err
}

// holder asks application and register, on the day of each step (P-29, APP-68):
// no card is made for somebody who has died, gone abroad or moved away.
func (o *Office) holder(ctx context.Context, application mynumber.ApplicationID) (registry.Person, intake.Application, error) {
	a, err := o.Files.Application(ctx, application)
	if err != nil {
		return registry.Person{}, a, err
	}
	p, err := o.Register.Person(ctx, a.Person)
	if err != nil {
		return p, a, err
	}
	if a.State != intake.Accepted || p.Standing != registry.Resident || p.Municipality != a.Municipality {
		return p, a, NoLonger.New()
	}
	return p, a, nil
}

// photo returns the application's photo if it is the one the order was placed
// for (P-03).
func (o *Office) photo(ctx context.Context, r row) ([]byte, error) {
	jpeg, err := o.Files.Photo(ctx, r.Application)
	if err != nil {
		return nil, err
	}
	if sha256.Sum256(jpeg) != r.PhotoDigest {
		return nil, PhotoDiffers.New()
	}
	return jpeg, nil
}

// Place implements Works. The photo is drawn for the chip already here: one that
// cannot be is found before a card exists. The card is ordered before the order
// is written: were the process to stop in between, an ordered card without an
// order stays behind, which the repeated call takes up.
func (o *Office) Place(ctx context.Context, by journal.Actor, application mynumber.ApplicationID) (Order, error) {
	var r row
	var found bool
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		if err := o.mayPlace(ctx, tx, by); err != nil {
			return err
		}
		var err error
		r, found, err = living(ctx, tx, application)
		return err
	})
	if err != nil || found {
		return r.Order, err
	}
	p, a, err := o.holder(ctx, application)
	if err != nil {
		return Order{}, err
	}
	now := o.Clock.Now()
	r = row{Order: Order{Application: a.ID, Person: p.ID, State: Orders.Initial, PhotoDigest: a.PhotoDigest, PlacedAt: now}}
	jpeg, err := o.photo(ctx, r)
	if err != nil {
		return Order{}, err
	}
	if _, err := o.photos.chip(jpeg); err != nil {
		return Order{}, err
	}
	if r.Card, err = o.orderCard(ctx, by, p, a); err != nil {
		return Order{}, err
	}
	if r.ID, err = entropy.ID(o.Entropy.Stream("production.order"), "ord"); err != nil {
		return Order{}, err
	}
	session, err := entropy.Bytes(o.Entropy.Stream("production.session"), 16)
	if err != nil {
		return Order{}, err
	}
	r.session = [16]byte(session)
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := o.mayPlace(ctx, tx, by); err != nil {
			return err
		}
		// Another call may have been faster: one order an application.
		before, found, err := living(ctx, tx, application)
		if err != nil {
			return err
		}
		if found {
			r = before
			return nil
		}
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		return o.write(ctx, tx, r, by, actPlaced, nil)
	})
	if err != nil {
		return Order{}, err
	}
	return r.Order, nil
}

// orderCard orders the card with the last day that give it.
func (o *Office) orderCard(ctx context.Context, by journal.Actor, p registry.Person, a intake.Application) (mynumber.CardID, error) {
	all, err := o.Cards.OfPerson(ctx, p.ID)
	if err != nil {
		return "", err
	}
	accepted := mynumber.DateOf(a.AcceptedAt)
	in := mynumber.CardValidityInput{Accepted: accepted, Issued: today(o.Clock), Birth: p.Attributes.BirthDate,
		Residence: p.Residence, StayUntil: p.StayUntil}
	for _, c := range all {
		if a.Reason == intake.Renewal && c.State == cards.InOperation {
			in.Renews = c.ExpiresOn
		}
	}
	n := cards.NewCard{Person: p.ID, Application: a.ID, Municipality: a.Municipality, AcceptedOn: accepted, Pinless: a.Wishes.Pinless}
	if n.ExpiresOn, err = mynumber.CardExpiry(in); err != nil {
		return "", NoLonger.Because(err)
	}
	for _, c := range all {
		// Left by a call that was cut off before its order was written; were a
		// birthday passed since, it would have the wrong last day.
		if c.Application == a.ID && c.State == cards.Ordered && c.ExpiresOn != n.ExpiresOn {
			if err := o.Cards.Spoil(ctx, by, c.ID, "ordered and never made"); err != nil {
				return "", err
			}
		}
	}
	card, err := o.Cards.Order(ctx, by, n)
	if err != nil {
		return "", err
	}
	if card.State != cards.Ordered {
		return "", NoLonger.New() // the application's card has ended otherwise
	}
	return card.ID, nil
}

// write writes a journal entry about an order.
func (o *Office) write(ctx context.Context, tx *db.Tx, r row, by journal.Actor, act string, details map[string]string) error {
	_, err := journal.Write(ctx, tx, o.entry(r, by, act, details))
	return err
}

func (o *Office) entry(r row, by journal.Actor, act string, details map[string]string) journal.Entry {
	return journal.Entry{At: o.Clock.Now(), Actor: by, Office: "production", Act: act, Subject: r.Person,
		Card: string(r.Card), Application: string(r.Application), Session: r.ID, Details: details}
}

// step makes one move of an order in one transaction.
func (o *Office) step(ctx context.Context, by journal.Actor, id, act, code string, change func(*db.Tx, *row) (map[string]string, error)) (row, error) {
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
		details, err := change(tx, &r)
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
// effect of that. Were the process to stop in between, the same effect fails the
// order. It is not stopped by what stopped the act: neither a cancelled call
// nor a suspended operator leaves an order half made.
func (o *Office) fail(ctx context.Context, by journal.Actor, r row, cause error) error {
	ctx = context.WithoutCancel(ctx)
	if err := o.Cards.Spoil(ctx, by, r.Card, "production failed"); err != nil {
		c, lookErr := o.Cards.Card(ctx, r.Card)
		if lookErr != nil || !ended(c.State) {
			return err
		}
	}
	return o.failed(ctx, by, r.ID, reasonOf(cause))
}

// failed records the failure of an order whose card has ended.
func (o *Office) failed(ctx context.Context, by journal.Actor, id, reason string) error {
	return o.DB.Tx(ctx, func(tx *db.Tx) error {
		r, err := load(ctx, tx, id)
		if err != nil || r.State == Failed {
			return err
		}
		to, ok := Orders.Next(r.State, "fail")
		if !ok {
			return NotInThisState.New()
		}
		r.State = to
		if err := update(ctx, tx, r); err != nil {
			return err
		}
		e := o.entry(r, by, actFailed, nil)
		e.Outcome, e.Reason = journal.Failed, reason
		_, err = journal.Write(ctx, tx, e)
		return err
	})
}

// ended reports whether a card has no way back.
func ended(s cards.State) bool { return s == cards.Spoiled || s == cards.Abolished || s == cards.Void }

// reasonOf says why an order failed, for the journal (PRD-10), without repeating
// what a chip or a transport answered.
func reasonOf(cause error) string {
	var differs *difference
	var status *reader.StatusError
	var f *fault.Error
	switch {
	case errors.As(cause, &differs):
		return "differs: " + differs.what
	case errors.As(cause, &f):
		return f.Code()
	case errors.As(cause, &status):
		return fmt.Sprintf("chip: %s: %04X", status.Operation, uint16(status.SW))
	case errors.Is(cause, errCutOff):
		return "cut off"
	}
	return "interrupted"
}

// Consign implements Works. An order whose holder may no longer have the card
// ends here and stays out of every box (P-29).
func (o *Office) Consign(ctx context.Context, by journal.Actor, to mynumber.MunicipalityCode, orders []string) (Consignment, error) {
	if len(orders) == 0 || len(orders) > maxConsignment {
		return Consignment{}, NotInThisState.New()
	}
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		_, err := o.operator(ctx, tx, by)
		return err
	})
	if err != nil {
		return Consignment{}, err
	}
	now := o.Clock.Now()
	id, err := entropy.ID(o.Entropy.Stream("production.consignment"), "con")
	if err != nil {
		return Consignment{}, err
	}
	c := Consignment{ID: id, Municipality: to, State: Consignments.Initial, SentAt: now}
	for _, order := range orders {
		card, err := o.consignable(ctx, by, order, to)
		if err != nil {
			return Consignment{}, err
		}
		c.Cards = append(c.Cards, card)
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := o.operator(ctx, tx, by); err != nil {
			return err
		}
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
		payload, err := json.Marshal(ConsignmentEffect{Consignment: c.ID})
		if err != nil {
			return err
		}
		return journal.Queue(ctx, tx, journal.Effect{Kind: EffectConsigned, Key: EffectConsigned + "/" + c.ID, Payload: payload, NotBefore: now})
	})
	if err != nil {
		return Consignment{}, err
	}
	// Card records follow; were the process to stop here, the effect brings them
	// up to date.
	if err := o.follow(ctx, by, c); err != nil {
		return Consignment{}, err
	}
	return c, nil
}

// maxConsignment is how many cards one box holds at most.
const maxConsignment = 10_000

// consignable returns the card of an order that may go to a municipality.
func (o *Office) consignable(ctx context.Context, by journal.Actor, order string, to mynumber.MunicipalityCode) (mynumber.CardID, error) {
	r, err := o.row(ctx, order)
	if err != nil {
		return "", err
	}
	card, err := o.Cards.Card(ctx, r.Card)
	if err != nil {
		return "", err
	}
	if r.State != Inspected || card.Municipality != to {
		return "", NotInThisState.New()
	}
	if _, _, err := o.stillWanted(ctx, by, r, card); err != nil {
		return "", err
	}
	return r.Card, nil
}

// stillWanted asks again whether the order's holder may have this card, and ends
// the order where not.
func (o *Office) stillWanted(ctx context.Context, by journal.Actor, r row, card cards.Card) (registry.Person, intake.Application, error) {
	p, a, err := o.holder(ctx, r.Application)
	if err == nil && (ended(card.State) || today(o.Clock).After(card.ExpiresOn)) {
		err = NoLonger.New()
	}
	if NoLonger.Is(err) {
		if failErr := o.fail(ctx, by, r, err); failErr != nil {
			err = errors.Join(err, failErr)
		}
	}
	return p, a, err
}

// follow brings the card records of a consignment up to date. A card that has
// ended on the way stays ended, and is in the box all the same.
func (o *Office) follow(ctx context.Context, by journal.Actor, c Consignment) error {
	for _, id := range c.Cards {
		card, err := o.Cards.Card(ctx, id)
		if err != nil {
			return err
		}
		if card.State != cards.Personalised {
			continue
		}
		if err := o.Cards.Consigned(ctx, by, id, c.ID); err != nil {
			return err
		}
	}
	return nil
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
		act, e := "receive", journal.Entry{At: now, Actor: by, Office: "production", Act: actArrived,
			Details: map[string]string{"consignment": c.ID, "cards": strconv.Itoa(len(c.Cards))}}
		if len(missing)+len(foreign) > 0 {
			act = "stop"
			refusal = DoesNotMatch.New(len(missing), len(foreign))
			e.Act, e.Outcome = actStopped, journal.Refused
			e.Details = map[string]string{"consignment": c.ID, "missing": named(missing), "foreign": named(foreign)}
		}
		to, ok := Consignments.Next(c.State, act)
		switch {
		case ok:
			n, err := tx.Exec(ctx, `UPDATE production_consignment SET state = $1, changed_at = $2 WHERE id = $3 AND state = $4`,
				string(to), now, id, string(c.State))
			if err == nil && n != 1 {
				err = fmt.Errorf("production: consignment %s changed underfoot", id)
			}
			if err != nil {
				return err
			}
			c.State = to
		case refusal == nil:
			return nil // arrived before, with the same cards
		}
		_, err = journal.Write(ctx, tx, e)
		return err
	})
	if err != nil {
		return Consignment{}, err
	}
	if refusal != nil {
		return Consignment{}, refusal
	}
	if err := o.follow(ctx, by, c); err != nil {
		return Consignment{}, err
	}
	return c, nil
}

// compare lists what of a manifest was not scanned, and what was scanned and is
// not on it; a card scanned twice is foreign the second time.
func compare(sent, scanned []mynumber.CardID) (missing, foreign []mynumber.CardID) {
	waiting := map[mynumber.CardID]bool{}
	for _, c := range sent {
		waiting[c] = true
	}
	for _, c := range scanned {
		if !waiting[c] {
			foreign = append(foreign, c)
		}
		delete(waiting, c)
	}
	for _, c := range sent {
		if waiting[c] {
			missing = append(missing, c)
		}
	}
	return missing, foreign
}

// named is a list of cards for the journal: their number and as many ids as fit.
// What is no card id was scanned off something else and is only counted.
func named(ids []mynumber.CardID) string {
	const shown = 20
	out := strconv.Itoa(len(ids))
	n := 0
	for _, c := range ids {
		if _, err := mynumber.ParseCardID(string(c)); err == nil && n < shown {
			out += " " + string(c)
			n++
		}
	}
	return out
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
		if r.State == Failed && !ended(c.State) {
			out = append(out, fmt.Sprintf("production: order %s failed but its card is %s", r.ID, c.State))
		}
		if c.Person != r.Person || c.Application != r.Application {
			out = append(out, fmt.Sprintf("production: order %s and its card name different people", r.ID))
		}
	}
	return out, nil
}
