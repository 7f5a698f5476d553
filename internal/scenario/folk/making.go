package folk

import (
	"context"
	"errors"
	"slices"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// making is a batch of people on the way, as folk.json has it. What the offices
// have done for each stands in their records and is asked there; here is only what
// no record tells.
type making struct {
	Now    time.Time        `json:"now"` // the world's now, at which it all ends
	Whom   []string         `json:"whom"`
	Events map[string]int   `json:"events,omitempty"` // how many have passed, by persona
	PINs   map[string]PINs  `json:"pins,omitempty"`   // written down before the card gets them
	Phones map[string]offer `json:"phones,omitempty"` // taken, and answered or not
}

// offer is what a phone was offered, with the keys that it answers with.
type offer struct {
	ID       string    `json:"id"`
	Nonce    []byte    `json:"nonce"` // 32 bytes
	NotAfter time.Time `json:"not_after"`
	Keys     Phone     `json:"keys"` // without certificates
}

func (o offer) taken() (out authority.PhoneOffer) {
	out = authority.PhoneOffer{ID: o.ID, NotAfter: o.NotAfter}
	copy(out.Nonce[:], o.Nonce)
	return out
}

// check refuses what this version would not have written.
func (m *making) check(begun []string) error {
	known := func(id string) bool { return slices.Contains(m.Whom, id) }
	for i, id := range m.Whom {
		if !slices.Contains(begun, id) || slices.Contains(m.Whom[:i], id) {
			return errors.New("making")
		}
	}
	if m.Now.IsZero() || len(m.Whom) == 0 {
		return errors.New("making")
	}
	for id, n := range m.Events {
		if !known(id) || n < 0 || n > len(specOf(id).events) {
			return errors.New("events")
		}
	}
	for id, p := range m.PINs {
		if !known(id) || !p.sound() {
			return errors.New("pins")
		}
	}
	for id, o := range m.Phones {
		if _, err := o.Keys.keys(); !known(id) || err != nil || len(o.Nonce) != 32 {
			return errors.New("phone")
		}
	}
	return nil
}

func specOf(id string) *spec {
	for i := range table {
		if table[i].id == id {
			return &table[i]
		}
	}
	return nil
}

// stage is how far a persona's card is.
type stage int

const (
	nowhere stage = iota
	registered
	opened
	submitted
	accepted // and on the way through the works, however far
	consigned
	held // or on the desk, its delivery not finished
	delivered
)

// look asks the offices how far a persona's card is, that of the given reason, and
// whose and which it is. A process that was cut off left it there.
func (m *maker) look(ctx context.Context, p *made, why intake.Reason) (stage, error) {
	h := m.box.House
	if p.person.ID == "" {
		if err := m.find(ctx, p); err != nil || p.person.ID == "" {
			return nowhere, err
		}
	}
	app, err := m.applied(ctx, p, why)
	if err != nil || app.ID == "" {
		return registered, err
	}
	p.app = app.ID
	switch app.State {
	case intake.Submitted, intake.UnderExamination:
		return submitted, nil
	case intake.Accepted:
	default:
		return opened, nil
	}
	all, err := h.Cards.OfPerson(ctx, p.person.ID)
	if err != nil {
		return accepted, err
	}
	for _, c := range all {
		if c.Application != p.app || c.State == cards.Spoiled || c.State == cards.Ordered || c.State == cards.Personalised {
			continue
		}
		p.card = c.ID
		switch c.State {
		case cards.Consigned:
			return consigned, nil
		case cards.Held:
			return held, nil
		case cards.InOperation:
			session, err := m.unfinished(ctx, c.ID, counter.Delivery)
			item, lost := h.Custody.Item(ctx, c.ID)
			if err == nil && lost == nil && (session != "" || item.State == custody.TakenOut) {
				return held, nil
			}
			return delivered, errors.Join(err, lost)
		}
		return delivered, nil
	}
	return accepted, nil
}

// find looks for a persona in the register, by all that it was entered with; the
// address and, of some, the name are others by now.
func (m *maker) find(ctx context.Context, p *made) error {
	ids, err := m.box.House.Registry.IDs(ctx)
	if err != nil {
		return err
	}
	e, err := m.entry(p)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if slices.ContainsFunc(m.known.People, func(q Persona) bool { return q.Owner == id }) {
			continue
		}
		who, err := m.box.House.Registry.Person(ctx, id)
		if err != nil {
			return err
		}
		a := who.Attributes
		if a.BirthDate != e.Attributes.BirthDate || a.Sex != e.Attributes.Sex || a.Address != e.Attributes.Address && a.Name != e.Attributes.Name {
			continue
		}
		p.person = who
		p.hall, err = m.box.Hall(ctx, who.Municipality)
		return err
	}
	return nil
}

// applied finds the application that a persona has made for a reason; one without
// an id where there is none.
func (m *maker) applied(ctx context.Context, p *made, why intake.Reason) (out intake.Application, err error) {
	entries, err := m.entries(ctx, func(tx *db.Tx, before int64) ([]journal.Entry, error) {
		return journal.OfPerson(ctx, tx, p.person.ID, before, page)
	})
	if err != nil {
		return out, err
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if e.Application == "" || seen[e.Application] {
			continue
		}
		seen[e.Application] = true
		a, err := m.box.House.Intake.Application(ctx, mynumber.ApplicationID(e.Application))
		if err != nil {
			return out, err
		}
		if a.Reason == why && a.State != intake.Withdrawn {
			return a, nil
		}
	}
	return out, nil
}

// unfinished is the session at the counter that a card was last in, where it is for
// that purpose, the card has proved itself, and nothing has ended it; "" for none.
func (m *maker) unfinished(ctx context.Context, card mynumber.CardID, purpose counter.Purpose) (string, error) {
	entries, err := m.ofCard(ctx, card)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Office != "counter" || e.Session == "" {
			continue
		}
		s, err := m.box.House.Counter.Session(ctx, e.Session)
		if err == nil && s.Purpose == purpose && s.State == counter.Proved && m.box.Clock.Now().Before(s.ExpiresAt) {
			return s.ID, nil
		}
		return "", err
	}
	return "", nil
}

// boxOf is the consignment that a card was sent in.
func (m *maker) boxOf(ctx context.Context, card mynumber.CardID) (string, error) {
	entries, err := m.ofCard(ctx, card)
	for _, e := range entries {
		if id := e.Details["consignment"]; id != "" {
			return id, err
		}
	}
	return "", errors.Join(err, errors.New("folk: a consigned card is in no consignment"))
}

func (m *maker) ofCard(ctx context.Context, card mynumber.CardID) ([]journal.Entry, error) {
	return m.entries(ctx, func(tx *db.Tx, before int64) ([]journal.Entry, error) {
		return journal.OfCard(ctx, tx, string(card), before, page)
	})
}

// page is how many entries of the journal are read at once.
const page = 500

// entries reads the journal, newest first.
func (m *maker) entries(ctx context.Context, read func(tx *db.Tx, before int64) ([]journal.Entry, error)) (out []journal.Entry, err error) {
	err = m.box.House.DB.View(ctx, func(tx *db.Tx) error {
		out = nil
		for before := int64(0); ; before = out[len(out)-1].Seq {
			more, err := read(tx, before)
			if out = append(out, more...); err != nil || len(more) < page {
				return err
			}
		}
	})
	return out, err
}

// passed tells how many of a persona's events are behind it.
func (m *maker) passed(p *made) int { return m.known.Making.Events[p.id] }

// past notes that one more event of a persona is behind it; save makes it last.
func (m *maker) past(p *made) {
	if m.known.Making.Events == nil {
		m.known.Making.Events = map[string]int{}
	}
	m.known.Making.Events[p.id]++
}

// remember writes PINs down, before a card gets them.
func (m *maker) remember(p *made, set PINs) error {
	if m.known.Making.PINs == nil {
		m.known.Making.PINs = map[string]PINs{}
	}
	p.pins, m.known.Making.PINs[p.id] = set, set
	return m.save()
}
