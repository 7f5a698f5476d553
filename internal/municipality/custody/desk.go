package custody

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

// PickUpDays is how long a card waits for its holder before the reminder: the
// date on the pick-up notice (PRD-33, PRD-34).
const PickUpDays = 60

// maxScan bounds one list of scans.
const maxScan = 100_000

// Deps are what custody stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Cards     cards.Keeper
	Shipments production.Shipments
}

// Office is the custody of all branches.
type Office struct{ Deps }

var _ Store = (*Office)(nil)

// New returns the custody.
func New(d Deps) *Office { return &Office{d} }

// Item implements Store.
func (o *Office) Item(ctx context.Context, card mynumber.CardID) (Item, error) {
	var i Item
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		i, err = load(ctx, tx, card)
		return err
	})
	return i, err
}

// InStore implements Store.
func (o *Office) InStore(ctx context.Context, branch string) ([]Item, error) {
	var out []Item
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = present(ctx, tx, branch)
		return err
	})
	return out, err
}

func checkScan(scanned []mynumber.CardID) error {
	if len(scanned) > maxScan {
		return BadScan.New()
	}
	seen := map[mynumber.CardID]bool{}
	for _, c := range scanned {
		if _, err := mynumber.ParseCardID(string(c)); err != nil || seen[c] {
			return BadScan.New()
		}
		seen[c] = true
	}
	return nil
}

// Receive implements Store. The shipment arrives first: were the process to
// stop there, the consignment stands as arrived and the same call, repeated,
// stores the cards. Card records follow last and are repeated likewise.
func (o *Office) Receive(ctx context.Context, by journal.Actor, consignment, branch string, scanned []mynumber.CardID) ([]Item, error) {
	if err := checkScan(scanned); err != nil {
		return nil, err
	}
	c, err := o.Shipments.Arrive(ctx, by, consignment, scanned)
	if err != nil {
		return nil, err
	}
	people := map[mynumber.CardID]string{}
	for _, id := range c.Cards {
		card, err := o.Cards.Card(ctx, id)
		if err != nil {
			return nil, err
		}
		people[id] = card.Person
	}
	now := o.Clock.Now()
	var out []Item
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		out = nil
		for n, id := range c.Cards {
			i, err := load(ctx, tx, id)
			if err == nil && i.Consignment == consignment {
				out = append(out, i)
				continue
			}
			if err == nil {
				return NotInThisState.New()
			}
			if !NotHere.Is(err) {
				return err
			}
			i = Item{Card: id, Municipality: c.Municipality, Branch: branch, State: Custody.Initial,
				Place: fmt.Sprintf("safe-1/%03d", n+1), Custodian: by.ID, Since: now, Consignment: consignment}
			if err := insert(ctx, tx, i); err != nil {
				return err
			}
			if err := moved(ctx, tx, id, "receive", "carrier", by.ID, consignment, now); err != nil {
				return err
			}
			_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "custody", Act: actReceived, Subject: people[id],
				Card: string(id), Details: map[string]string{"place": i.Place, "consignment": consignment}})
			if err != nil {
				return err
			}
			_, err = notice.Write(ctx, tx, notice.Letter{Key: "custody.ready/" + string(id), Person: people[id], Kind: letterReady,
				Args: []string{branch, mynumber.DateOf(now).AddDays(PickUpDays).String()}, WrittenAt: now})
			if err != nil {
				return err
			}
			out = append(out, i)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range c.Cards {
		if err := o.Cards.Received(ctx, by, id, consignment); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TakeOut implements Store.
func (o *Office) TakeOut(ctx context.Context, by journal.Actor, second string, card mynumber.CardID, reason string) (Item, error) {
	if second == "" || second == by.ID || by.ID == "" {
		return Item{}, NeedsTwo.New()
	}
	if reason == "" {
		return Item{}, NotInThisState.New()
	}
	return o.move(ctx, by, card, "take_out", actTakenOut, by.ID, reason, map[string]string{"second": second})
}

// PutBack implements Store.
func (o *Office) PutBack(ctx context.Context, by journal.Actor, card mynumber.CardID) (Item, error) {
	return o.move(ctx, by, card, "put_back", actPutBack, by.ID, "", nil)
}

// Give implements Store. A card given already in the same way is answered as it
// is, so that a delivery cut off here can be repeated.
func (o *Office) Give(ctx context.Context, by journal.Actor, card mynumber.CardID, session string) (Item, error) {
	if i, err := o.Item(ctx, card); err != nil || i.State == Given {
		return i, err
	}
	return o.move(ctx, by, card, "give", actGiven, "holder", session, nil)
}

func (o *Office) move(ctx context.Context, by journal.Actor, id mynumber.CardID, act, code, taker, reason string, details map[string]string) (Item, error) {
	card, err := o.Cards.Card(ctx, id)
	if err != nil {
		return Item{}, err
	}
	now := o.Clock.Now()
	var i Item
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		var err error
		if i, err = load(ctx, tx, id); err != nil {
			return err
		}
		from, giver := i.State, i.Custodian
		to, ok := Custody.Next(from, act)
		if !ok {
			return NotInThisState.New()
		}
		i.State, i.Custodian, i.Since = to, taker, now
		if err := update(ctx, tx, i, from); err != nil {
			return err
		}
		if err := moved(ctx, tx, id, act, giver, taker, reason, now); err != nil {
			return err
		}
		e := journal.Entry{At: now, Actor: by, Office: "custody", Act: code, Subject: card.Person, Card: string(id), Details: details}
		if act == "give" {
			e.Session = reason
		} else {
			e.Reason = reason
		}
		_, err = journal.Write(ctx, tx, e)
		return err
	})
	if err != nil {
		return Item{}, err
	}
	return i, nil
}

// CloseDay implements Store. The cards office hears first: a card it has made
// void is refused everywhere from that moment (P-18), and were the process to
// stop before the count is recorded, the same count, repeated, finishes.
func (o *Office) CloseDay(ctx context.Context, by journal.Actor, branch string, scanned []mynumber.CardID) (Count, error) {
	if err := checkScan(scanned); err != nil {
		return Count{}, err
	}
	now := o.Clock.Now()
	day := mynumber.DateOf(now)
	c := Count{Branch: branch, On: day, Scanned: len(scanned)}
	var expected []Item
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM custody_count WHERE branch = $1 AND day = $2`, branch, day.String()).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return DayClosed.New(day.String())
		}
		var err error
		expected, err = present(ctx, tx, branch)
		return err
	})
	if err != nil {
		return Count{}, err
	}
	c.Expected = len(expected)
	here := map[mynumber.CardID]bool{}
	var missing []Item
	for _, i := range expected {
		here[i.Card] = true
		// A card still on a desk is not locked away: the day cannot be closed over it.
		if i.State == TakenOut && slices.Contains(scanned, i.Card) {
			return Count{}, NotInThisState.New()
		}
		if !slices.Contains(scanned, i.Card) {
			missing = append(missing, i)
			c.Missing = append(c.Missing, i.Card)
		}
	}
	for _, id := range scanned {
		if !here[id] {
			c.Foreign = append(c.Foreign, id)
		}
	}
	people := map[mynumber.CardID]string{}
	for _, i := range missing {
		card, err := o.Cards.Card(ctx, i.Card)
		if err != nil {
			return Count{}, err
		}
		people[i.Card] = card.Person
		if err := o.Cards.Lose(ctx, by, i.Card, "missing at the daily count of "+branch); err != nil {
			return Count{}, err
		}
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		for _, i := range missing {
			from, last := i.State, i.Custodian
			to, ok := Custody.Next(from, "miss")
			if !ok {
				return NotInThisState.New()
			}
			i.State, i.Custodian, i.Since = to, "", now
			if err := update(ctx, tx, i, from); err != nil {
				return err
			}
			if err := moved(ctx, tx, i.Card, "miss", last, "", "daily count", now); err != nil {
				return err
			}
			_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "custody", Act: actMissing, Subject: people[i.Card],
				Card: string(i.Card), Details: map[string]string{"last_custodian": last}})
			if err != nil {
				return err
			}
			_, err = notice.Write(ctx, tx, notice.Letter{Key: "custody.missing/" + string(i.Card), Person: people[i.Card], Kind: letterMissing,
				Args: []string{day.String()}, WrittenAt: now})
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO custody_count (branch, day, expected, scanned, missing, strange, closed_by, closed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			branch, day.String(), c.Expected, c.Scanned, join(c.Missing), join(c.Foreign), by.ID, now)
		if db.IsDuplicate(err) {
			return DayClosed.New(day.String())
		}
		if err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "custody", Act: actDayClosed, Details: map[string]string{
			"branch": branch, "expected": strconv.Itoa(c.Expected), "scanned": strconv.Itoa(c.Scanned),
			"missing": strconv.Itoa(len(c.Missing)), "strange": strconv.Itoa(len(c.Foreign))}})
		return err
	})
	if err != nil {
		return Count{}, err
	}
	return c, nil
}

func join(ids []mynumber.CardID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, " ")
}
