package folk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kado/internal/agency/intake"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/mynumber"
	"kado/reader"
)

const (
	day = 24 * time.Hour
	// recent is how many days before the world's now most people got their cards:
	// after the last change of CA generations that Past contains, before the first
	// event.
	recent = 45
	// needed is how much time a world must have left for them.
	needed = 50 * day
	// years is how far back the others got theirs.
	years = 4*365*day + 50*day
)

// made is one persona on the way.
type made struct {
	*spec
	index  int // in the table
	person registry.Person
	hall   server.Hall
	app    mynumber.ApplicationID
	order  string
	card   mynumber.CardID
	pins   PINs
}

// maker makes people: all of a batch go through the offices on the same days,
// since desks open at ten and people wait.
type maker struct {
	box      *server.Sandbox
	known    file
	progress func(done, total int)
	done     int
	total    int
	now      time.Time // the world's now, at which it all ends
}

// stages of a card that progress counts: applied, made, delivered.
const stages = 3

func (m *maker) step() {
	m.done++
	if m.progress != nil {
		m.progress(m.done, m.total)
	}
}

// all makes everybody in todo, those of long ago only in a world that is old
// enough.
func (m *maker) all(ctx context.Context, todo []*spec, now time.Time) error {
	m.now = m.box.Clock.Now().Add(needed)
	if now.After(m.now) {
		m.now = now
	}
	early := m.now.Add(-years)
	var old, new []*spec
	for _, s := range todo {
		switch {
		case !s.old:
			new = append(new, s)
		case !m.box.Clock.Now().After(early):
			old = append(old, s)
		default:
			continue // stays missing
		}
		m.total += stages + len(s.events)
	}
	var people []*made
	for _, batch := range []struct {
		at   time.Time
		whom []*spec
	}{{m.box.Clock.Now(), old}, {m.now.Add(-recent * day), new}} {
		if len(batch.whom) == 0 {
			continue
		}
		got, err := m.batch(ctx, batch.at, batch.whom)
		if err != nil {
			return err
		}
		people = append(people, got...)
	}
	if err := m.happen(ctx, people); err != nil {
		return err
	}
	return m.until(ctx, m.now)
}

// until moves the clock forward; what the days in between bring is done.
func (m *maker) until(ctx context.Context, t time.Time) error {
	if t.After(m.box.Clock.Now()) {
		if err := m.box.Clock.Set(t); err != nil {
			return err
		}
		if err := m.box.SaveWorld(); err != nil {
			return err
		}
	}
	return m.box.House.Daily(ctx)
}

// officeHours moves the clock to ten in the morning, Japan time, of the first
// weekday at or after t: desks act only then.
func (m *maker) officeHours(ctx context.Context, t time.Time) error {
	if now := m.box.Clock.Now(); now.After(t) {
		t = now
	}
	l := t.In(mynumber.JST)
	at := time.Date(l.Year(), l.Month(), l.Day(), 10, 0, 0, 0, mynumber.JST)
	for at.Before(t) || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return m.until(ctx, at)
}

// lastOfficeDay is the last weekday before t, at ten.
func lastOfficeDay(t time.Time) time.Time {
	l := t.In(mynumber.JST)
	at := time.Date(l.Year(), l.Month(), l.Day(), 10, 0, 0, 0, mynumber.JST).AddDate(0, 0, -1)
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

func (m *maker) today() mynumber.Date { return mynumber.DateOf(m.box.Clock.Now()) }

// batch takes people from the register to the counter.
func (m *maker) batch(ctx context.Context, at time.Time, whom []*spec) ([]*made, error) {
	if err := m.officeHours(ctx, at); err != nil {
		return nil, err
	}
	hall, err := m.box.Hall(ctx, m.box.Municipality)
	if err != nil {
		return nil, err
	}
	var all []*made
	faces := m.draw(ctx, whom)
	defer faces.stop()
	for i, s := range whom {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		photo, err := faces.get(ctx, i)
		if err != nil {
			return nil, err
		}
		p := &made{spec: s, index: slices.Index(IDs(), s.id), hall: hall}
		if err := m.enter(ctx, p); err != nil {
			return nil, err
		}
		if err := m.apply(ctx, p, intake.FirstCard, photo); err != nil {
			return nil, err
		}
		all = append(all, p)
		m.step()
	}
	if err := m.officeHours(ctx, m.box.Clock.Now().Add(day)); err != nil {
		return nil, err
	}
	for _, p := range all {
		if err := m.produce(ctx, p); err != nil {
			return nil, err
		}
		m.step()
	}
	if err := m.consign(ctx, all); err != nil {
		return nil, err
	}
	for _, p := range all {
		if !p.undelivered {
			if err := m.deliver(ctx, p); err != nil {
				return nil, err
			}
		}
		m.step()
	}
	if err := m.box.House.Settle(ctx); err != nil {
		return nil, err
	}
	// Those to whom nothing more happens are ready.
	for _, p := range all {
		if len(p.events) == 0 {
			m.keep(p)
		}
	}
	return all, m.save()
}

// keep writes a persona down as ready; save makes it last.
func (m *maker) keep(p *made) {
	m.known.People = append(m.known.People, p.describe(Persona{ID: p.id, Card: p.card, Owner: p.person.ID, Name: p.person.Attributes.Name, PINs: p.pins}))
}

// enter registers a persona. That it is begun is written down before.
func (m *maker) enter(ctx context.Context, p *made) error {
	m.known.Begun = append(m.known.Begun, p.id)
	if err := m.save(); err != nil {
		return err
	}
	town, _ := places.ByCode(m.box.Municipality)
	now := mynumber.DateOf(m.now)
	// A street of their own each, from the seed: the place in the table counts.
	address, err := people.NewAddress(m.box.Seed, people.Resident{Municipality: town, Index: people.MaxTown + p.index}, town, now)
	if err != nil {
		return err
	}
	e := registry.Entry{Municipality: m.box.Municipality, Kana: p.kana, Latin: p.latin, Alias: p.alias, Residence: p.residence,
		Attributes: mynumber.Attributes{Name: p.name, Address: address + p.address, BirthDate: p.birth(now), Sex: p.sex}}
	if e.Residence == "" {
		e.Residence = mynumber.Japanese
	}
	if p.stay != 0 {
		e.StayUntil = now.AddDays(p.stay)
	}
	p.person, err = m.box.House.Registry.Enter(ctx, p.hall.Registry, e)
	return err
}

func (s *spec) birth(now mynumber.Date) mynumber.Date {
	off := s.birthday
	if off == 0 {
		off = quietBirthday
	}
	return now.AddDays(off).AddMonths(-12 * s.age)
}

func (p *made) holder() journal.Actor { return journal.Actor{Kind: journal.Holder, ID: p.person.ID} }

func (m *maker) apply(ctx context.Context, p *made, why intake.Reason, photo []byte) error {
	app, err := m.box.House.Intake.Open(ctx, p.holder(), intake.Form{Person: p.person.ID, Reason: why, Channel: intake.Smartphone})
	if err != nil {
		return err
	}
	p.app = app.ID
	birth := p.person.Attributes.BirthDate
	wishes := plainWishes
	if p.wishes != nil {
		wishes = *p.wishes
	}
	if !mynumber.MaySignatureCertificate(birth, m.today(), wishes.Pinless) {
		wishes.Signature = false
	}
	_, err = m.box.House.Intake.Submit(ctx, p.holder(), intake.Submission{Application: p.app, BirthDate: birth, Photo: photo, Wishes: wishes, Delivery: intake.PickUp})
	return err
}

// produce examines, makes and inspects.
func (m *maker) produce(ctx context.Context, p *made) error {
	h := m.box.House
	if _, err := h.Intake.Accept(ctx, server.Staff(server.Examiner, ""), p.app); err != nil {
		return err
	}
	maker, inspector := server.Staff(server.MakerOperator, ""), server.Staff(server.MakerInspector, "")
	order, err := h.Production.Place(ctx, maker, p.app)
	if err != nil {
		return err
	}
	p.order, p.card = order.ID, order.Card
	key, err := h.Cards.ReleaseChipKey(ctx, maker, p.card)
	if err != nil {
		return err
	}
	plastic, err := m.box.Shelf.Blank(p.card, key)
	clear(key)
	if err != nil {
		return err
	}
	_, err = h.Production.Personalise(ctx, maker, p.order, plastic.Transport())
	if err == nil {
		_, err = h.Production.Inspect(ctx, inspector, p.order, plastic.Transport())
	}
	return errors.Join(err, plastic.Close())
}

// consign sends one box and has it received; two days pass.
func (m *maker) consign(ctx context.Context, all []*made) error {
	h := m.box.House
	var orders []string
	var cards []mynumber.CardID
	for _, p := range all {
		orders, cards = append(orders, p.order), append(cards, p.card)
	}
	box, err := h.Production.Consign(ctx, server.Staff(server.MakerOperator, ""), m.box.Municipality, orders)
	if err != nil {
		return err
	}
	if err := h.Settle(ctx); err != nil {
		return err
	}
	if err := m.officeHours(ctx, m.box.Clock.Now().Add(day)); err != nil {
		return err
	}
	hall := all[0].hall
	if _, err := h.Custody.Receive(ctx, hall.Store, box.ID, hall.Branch, cards); err != nil {
		return err
	}
	if err := h.Settle(ctx); err != nil {
		return err
	}
	return m.officeHours(ctx, m.box.Clock.Now().Add(day))
}

func (m *maker) deliver(ctx context.Context, p *made) error {
	h := m.box.House
	if _, err := h.Custody.TakeOut(ctx, p.hall.Store, p.hall.StoreWitness, p.card, "booked pick-up"); err != nil {
		return err
	}
	card, err := h.Cards.Card(ctx, p.card)
	if err != nil {
		return err
	}
	pad := newPad(mynumber.PINContext{Birth: p.person.Attributes.BirthDate, CardExpiry: card.ExpiresOn, SecurityCode: card.SecurityCode.Reveal()})
	err = m.atCounter(ctx, p, counter.Delivery, func(session string, t reader.Transport) error {
		_, err := h.Counter.Deliver(ctx, p.hall.Counter, session, t, pad)
		return err
	})
	p.pins = pad.set
	return err
}

// withCard takes a persona's card off the shelf, puts it on a reader and back.
func (m *maker) withCard(p *made, f func(reader.Transport) error) (err error) {
	plastic, err := m.box.Shelf.Take(p.card)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plastic.Close()) }()
	return f(plastic.Transport())
}

// atCounter opens a counter session and brings it to the point where the card has
// proved itself.
func (m *maker) atCounter(ctx context.Context, p *made, purpose counter.Purpose, f func(session string, t reader.Transport) error) error {
	return m.withCard(p, func(t reader.Transport) error {
		c := m.box.House.Counter
		s, err := c.Open(ctx, p.hall.Counter, p.person.ID, p.card, purpose)
		if err != nil {
			return err
		}
		if s, err = c.Identify(ctx, p.hall.Checker, s.ID, m.papers(p)); err != nil {
			return err
		}
		if s, err = c.Prove(ctx, p.hall.Counter, s.ID, t); err != nil {
			return err
		}
		return f(s.ID, t)
	})
}

// papers are what a persona, or a parent for it, shows.
func (m *maker) papers(p *made) []counter.Document {
	kind := mynumber.Passport
	if p.residence == mynumber.MidToLong {
		kind = mynumber.ResidenceCard
	}
	return []counter.Document{{Kind: kind, Number: "TR" + p.person.ID[4:10], Issued: m.today().AddDays(-10), Expires: m.today().AddDays(900)}}
}

// happen lets the events pass in the order of their days.
func (m *maker) happen(ctx context.Context, all []*made) error {
	type due struct {
		event
		p    *made
		last bool
	}
	var dues []due
	for _, p := range all {
		for i, e := range p.events {
			dues = append(dues, due{e, p, i == len(p.events)-1})
		}
	}
	slices.SortStableFunc(dues, func(a, b due) int { return cmp.Compare(b.days, a.days) })
	for _, d := range dues {
		at := m.now.Add(-time.Duration(d.days) * day)
		if d.days == 1 {
			at = lastOfficeDay(m.now)
		}
		if err := m.officeHours(ctx, at); err != nil {
			return err
		}
		if err := d.do(ctx, m, d.p); err != nil {
			return err
		}
		if err := m.box.House.Settle(ctx); err != nil {
			return err
		}
		if d.last {
			m.keep(d.p)
			if err := m.save(); err != nil {
				return err
			}
		}
		m.step()
	}
	return nil
}
