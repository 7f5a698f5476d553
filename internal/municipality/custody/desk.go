package custody

import (
	"context"
	"fmt"
	"maps"
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
	sent, err := o.Shipments.Consignment(ctx, consignment)
	if err != nil {
		return nil, err
	}
	now := o.Clock.Now()
	permit := func(tx *db.Tx) error {
		m, err := custodianOf(ctx, tx, by, now, branch)
		if err != nil {
			return err
		}
		if err := ofMunicipality(ctx, tx, m, sent.Municipality); err != nil {
			return err
		}
		return stillOpen(ctx, tx, branch, mynumber.DateOf(now))
	}
	// Asked before, too: nobody else's scan stops or opens a box.
	if err := o.DB.View(ctx, permit); err != nil {
		return nil, err
	}
	c, err := o.Shipments.Arrive(ctx, by, consignment, scanned)
	if err != nil {
		return nil, err
	}
	people := map[mynumber.CardID]string{}
	// A card whose holder died while it was under way is plastic to be stored and
	// disposed of; nobody is asked to fetch it.
	ended := map[mynumber.CardID]bool{}
	for _, id := range c.Cards {
		card, err := o.Cards.Card(ctx, id)
		if err != nil {
			return nil, err
		}
		people[id] = card.Person
		switch card.State {
		case cards.Abolished, cards.Void, cards.Spoiled:
			ended[id] = true
		}
	}
	var out []Item
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		out = nil
		if err := permit(tx); err != nil {
			return err
		}
		slot, err := slots(ctx, tx, branch)
		if err != nil {
			return err
		}
		for _, id := range c.Cards {
			i, err := load(ctx, tx, id)
			if err == nil && i.Consignment == consignment && i.Branch == branch {
				out = append(out, i)
				continue
			}
			if err == nil {
				return NotInThisState.New()
			}
			if !NotHere.Is(err) {
				return err
			}
			slot++
			i = Item{Card: id, Municipality: c.Municipality, Branch: branch, State: Custody.Initial,
				Place: fmt.Sprintf("safe-1/%03d", slot), Custodian: by.ID, Since: now, Consignment: consignment}
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
			out = append(out, i)
			if ended[id] {
				continue
			}
			_, err = notice.Write(ctx, tx, notice.Letter{Key: "custody.ready/" + string(id), Person: people[id], Kind: letterReady,
				Args: []string{branch, mynumber.DateOf(now).AddDays(PickUpDays).String()}, WrittenAt: now})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range c.Cards {
		if ended[id] {
			continue
		}
		if err := o.Cards.Received(ctx, by, id, consignment); err != nil {
			return nil, err
		}
	}
	return out, nil
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
	look := func(tx *db.Tx) ([]Item, error) {
		if _, err := custodianOf(ctx, tx, by, now, branch); err != nil {
			return nil, err
		}
		if err := stillOpen(ctx, tx, branch, day); err != nil {
			return nil, err
		}
		return present(ctx, tx, branch)
	}
	var expected []Item
	err := o.DB.View(ctx, func(tx *db.Tx) (err error) {
		expected, err = look(tx)
		return err
	})
	if err != nil {
		return Count{}, err
	}
	missing, foreign, err := compare(expected, scanned)
	if err != nil {
		return Count{}, err
	}
	c.Expected, c.Foreign = len(expected), foreign
	lost := map[mynumber.CardID]cards.Card{}
	for _, i := range missing {
		c.Missing = append(c.Missing, i.Card)
		card, err := o.Cards.Card(ctx, i.Card)
		if err != nil {
			return Count{}, err
		}
		if livesOn(card.State) {
			// Its delivery was cut off: the hand-over is to be recorded, not a loss.
			return Count{}, RecordDiffers.New(string(card.State))
		}
		lost[i.Card] = card
	}
	for _, i := range missing {
		if ended(lost[i.Card].State) {
			continue // its holder died, or an earlier count was cut off
		}
		if err := o.Cards.Lose(ctx, by, i.Card, "missing at the daily count of "+branch); err != nil {
			return Count{}, err
		}
	}
	err = o.DB.Tx(ctx, func(tx *db.Tx) error {
		// What was received or taken out while the cards office was told is not in
		// this count: it has to be taken anew.
		again, err := look(tx)
		if err != nil {
			return err
		}
		if !slices.Equal(again, expected) {
			return NotInThisState.New()
		}
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
			_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "custody", Act: actMissing, Subject: lost[i.Card].Person,
				Card: string(i.Card), Details: map[string]string{"last_custodian": last}})
			if err != nil {
				return err
			}
			_, err = notice.Write(ctx, tx, notice.Letter{Key: "custody.missing/" + string(i.Card), Person: lost[i.Card].Person, Kind: letterMissing,
				Args: []string{day.String()}, WrittenAt: now})
			if err != nil {
				return err
			}
		}
		_, err = tx.Exec(ctx, `INSERT INTO custody_count (branch, day, expected, scanned, missing, strange, closed_by, closed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			branch, day.String(), c.Expected, c.Scanned, join(c.Missing), join(c.Foreign), by.ID, now)
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

// compare tells by id what is missing and what does not belong here. A card
// still on a desk is not locked away: the day cannot be closed over it.
func compare(expected []Item, scanned []mynumber.CardID) (missing []Item, foreign []mynumber.CardID, err error) {
	left := make(map[mynumber.CardID]bool, len(scanned))
	for _, id := range scanned {
		left[id] = true
	}
	for _, i := range expected {
		switch {
		case !left[i.Card]:
			missing = append(missing, i)
		case i.State == TakenOut:
			return nil, nil, NotInThisState.New()
		}
		delete(left, i.Card)
	}
	return missing, slices.Sorted(maps.Keys(left)), nil
}

func join(ids []mynumber.CardID) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = string(id)
	}
	return strings.Join(out, " ")
}
