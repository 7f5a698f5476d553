package folk

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
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

// begin makes everybody in todo, those of long ago only in a world that is old
// enough: the others stay missing.
func (m *maker) begin(ctx context.Context, todo []*spec, now time.Time) error {
	m.now = m.box.Clock.Now().Add(needed)
	if now.After(m.now) {
		m.now = now
	}
	var whom []*spec
	batch := &making{Now: m.now}
	for _, s := range todo {
		if s.old && m.box.Clock.Now().After(m.now.Add(-years)) {
			continue
		}
		whom = append(whom, s)
		batch.Whom = append(batch.Whom, s.id)
	}
	if len(whom) == 0 {
		return nil
	}
	// Before anybody is in the register: whoever comes next knows whom to look for.
	m.known.Making = batch
	m.known.Begun = append(m.known.Begun, batch.Whom...)
	if err := m.save(); err != nil {
		return err
	}
	return m.all(ctx, whom, false)
}

// goOn completes a batch that another process began and did not end. In a world
// whose clock has gone past the batch's own now meanwhile, nobody can be made as
// described any more: whoever is not ready stays missing.
func (m *maker) goOn(ctx context.Context) error {
	var whom []*spec
	if m.now = m.known.Making.Now; !m.box.Clock.Now().After(m.now) {
		for _, id := range m.known.Making.Whom {
			if !slices.ContainsFunc(m.known.People, func(p Persona) bool { return p.ID == id }) {
				whom = append(whom, specOf(id))
			}
		}
	}
	return m.all(ctx, whom, true)
}

// all makes a batch, or what is left of one.
func (m *maker) all(ctx context.Context, whom []*spec, again bool) error {
	var old, new []*made
	m.done, m.total = 0, 0
	for _, s := range whom {
		p := &made{spec: s, index: slices.Index(IDs(), s.id), pins: m.known.Making.PINs[s.id]}
		if s.old {
			old = append(old, p)
		} else {
			new = append(new, p)
		}
		m.total += stages + len(s.events)
	}
	for _, part := range []struct {
		at   time.Time
		whom []*made
	}{{m.box.Clock.Now(), old}, {m.now.Add(-recent * day), new}} {
		if len(part.whom) == 0 {
			continue
		}
		if err := m.batch(ctx, part.at, part.whom, again); err != nil {
			return err
		}
	}
	if err := m.happen(ctx, append(old, new...)); err != nil {
		return err
	}
	if err := m.until(ctx, m.now); err != nil {
		return err
	}
	m.known.Making = nil
	return m.save()
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

// batch takes people from the register to the counter. again says that a process
// before this one may have gone part of the way.
func (m *maker) batch(ctx context.Context, at time.Time, all []*made, again bool) error {
	hall, err := m.box.Hall(ctx, m.box.Municipality)
	if err != nil {
		return err
	}
	at1 := map[*made]stage{}
	for _, p := range all {
		p.hall = hall
		if again {
			if at1[p], err = m.look(ctx, p, intake.FirstCard); err != nil {
				return err
			}
		}
	}
	if err := m.apply(ctx, all, at1, intake.FirstCard, at); err != nil {
		return err
	}
	if err := m.supply(ctx, all, at1); err != nil {
		return err
	}
	// Those to whom nothing more happens are ready.
	for _, p := range all {
		if len(p.events) == 0 {
			m.keep(p)
		}
	}
	return m.save()
}

// apply has everybody who has not done so enter the register and apply for a card.
func (m *maker) apply(ctx context.Context, all []*made, at map[*made]stage, why intake.Reason, when time.Time) error {
	var whom []*made
	var specs []*spec
	for _, p := range all {
		if at[p] < submitted {
			whom, specs = append(whom, p), append(specs, p.spec)
		} else {
			m.step()
		}
	}
	if len(whom) == 0 {
		return nil
	}
	if err := m.officeHours(ctx, when); err != nil {
		return err
	}
	faces := m.draw(ctx, specs)
	defer faces.stop()
	for i, p := range whom {
		if err := ctx.Err(); err != nil {
			return err
		}
		photo, err := faces.get(ctx, i)
		if err != nil {
			return err
		}
		if at[p] < registered {
			if err := m.enter(ctx, p); err != nil {
				return err
			}
		}
		if at[p] < opened {
			app, err := m.box.House.Intake.Open(ctx, p.holder(), intake.Form{Person: p.person.ID, Reason: why, Channel: intake.Smartphone})
			if err != nil {
				return err
			}
			p.app = app.ID
		}
		if err := m.submit(ctx, p, photo); err != nil {
			return err
		}
		at[p] = submitted
		m.step()
	}
	return m.officeHours(ctx, m.box.Clock.Now().Add(day))
}

// supply takes everybody who has applied to the card in the hand.
func (m *maker) supply(ctx context.Context, all []*made, at map[*made]stage) error {
	var sent []*made
	for _, p := range all {
		if at[p] < consigned {
			if err := m.officeHours(ctx, m.box.Clock.Now()); err != nil {
				return err
			}
			done, err := m.produce(ctx, p, at[p])
			if err != nil {
				return err
			}
			if at[p] = accepted; done {
				at[p] = consigned
			} else {
				sent = append(sent, p)
			}
		}
		m.step()
	}
	if len(sent) > 0 {
		if err := m.consign(ctx, sent); err != nil {
			return err
		}
		for _, p := range sent {
			at[p] = consigned
		}
	}
	if err := m.receive(ctx, all, at); err != nil {
		return err
	}
	for _, p := range all {
		if at[p] == held && !p.undelivered {
			if err := m.officeHours(ctx, m.box.Clock.Now()); err != nil {
				return err
			}
			if err := m.deliver(ctx, p); err != nil {
				return err
			}
			at[p] = delivered
		}
		m.step()
	}
	return m.box.House.Settle(ctx)
}

// keep writes a persona down as ready; save makes it last.
func (m *maker) keep(p *made) {
	m.known.People = append(m.known.People, p.describe(Persona{ID: p.id, Card: p.card, Owner: p.person.ID, Name: p.person.Attributes.Name, PINs: p.pins}))
}

// entry is what a persona comes into the register with.
func (m *maker) entry(p *made) (registry.Entry, error) {
	town, _ := places.ByCode(m.box.Municipality)
	now := mynumber.DateOf(m.now)
	// A street of their own each, from the seed: the place in the table counts.
	address, err := people.NewAddress(m.box.Seed, people.Resident{Municipality: town, Index: people.MaxTown + p.index}, town, now)
	if err != nil {
		return registry.Entry{}, err
	}
	e := registry.Entry{Municipality: m.box.Municipality, Kana: p.kana, Latin: p.latin, Alias: p.alias, Residence: p.residence,
		Attributes: mynumber.Attributes{Name: p.name, Address: address + p.address, BirthDate: p.birth(now), Sex: p.sex}}
	if e.Residence == "" {
		e.Residence = mynumber.Japanese
	}
	if p.stay != 0 {
		e.StayUntil = now.AddDays(p.stay)
	}
	return e, nil
}

// enter registers a persona.
func (m *maker) enter(ctx context.Context, p *made) error {
	e, err := m.entry(p)
	if err != nil {
		return err
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

func (m *maker) submit(ctx context.Context, p *made, photo []byte) error {
	birth := p.person.Attributes.BirthDate
	wishes := plainWishes
	if p.wishes != nil {
		wishes = *p.wishes
	}
	if !mynumber.MaySignatureCertificate(birth, m.today(), wishes.Pinless) {
		wishes.Signature = false
	}
	_, err := m.box.House.Intake.Submit(ctx, p.holder(), intake.Submission{Application: p.app, BirthDate: birth, Photo: photo, Wishes: wishes, Delivery: intake.PickUp})
	return err
}

// produce examines, makes and inspects; sent says that the card is in a box
// already. What an earlier process began with a chip cannot be taken up, since
// nobody knows what the chip holds: that card is spoiled, and another made.
func (m *maker) produce(ctx context.Context, p *made, at stage) (sent bool, err error) {
	h := m.box.House
	if at < accepted {
		if _, err := h.Intake.Accept(ctx, server.Staff(server.Examiner, ""), p.app); err != nil {
			return false, err
		}
	}
	for range 2 {
		order, err := h.Production.Place(ctx, server.Staff(server.MakerOperator, ""), p.app)
		if err != nil {
			return false, err
		}
		p.order, p.card = order.ID, order.Card
		switch order.State {
		case production.Placed:
			err = m.personalise(ctx, p)
			if cards.ChipKeyReleased.Is(err) {
				if err := h.Cards.Spoil(ctx, server.Staff(server.MakerOperator, ""), p.card, "its making was cut off"); err != nil {
					return false, err
				}
				if err := h.Settle(ctx); err != nil { // fails its order
					return false, err
				}
				continue
			}
			return false, err
		case production.Written:
			return false, m.inspect(ctx, p)
		case production.Inspected:
			return false, nil
		}
		return true, nil
	}
	return false, errors.New("folk: a new order is no new order")
}

func (m *maker) personalise(ctx context.Context, p *made) error {
	h, maker := m.box.House, server.Staff(server.MakerOperator, "")
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
	if err = errors.Join(err, plastic.Close()); err != nil {
		return err
	}
	return m.inspect(ctx, p)
}

func (m *maker) inspect(ctx context.Context, p *made) error {
	return m.withCard(p, func(t reader.Transport) error {
		_, err := m.box.House.Production.Inspect(ctx, server.Staff(server.MakerInspector, ""), p.order, t)
		return err
	})
}

// consign sends one box.
func (m *maker) consign(ctx context.Context, all []*made) error {
	h := m.box.House
	var orders []string
	for _, p := range all {
		orders = append(orders, p.order)
	}
	if _, err := h.Production.Consign(ctx, server.Staff(server.MakerOperator, ""), m.box.Municipality, orders); err != nil {
		return err
	}
	return h.Settle(ctx)
}

// receive has every box that is on the way received; a day passes before, and one
// after.
func (m *maker) receive(ctx context.Context, all []*made, at map[*made]stage) error {
	h := m.box.House
	done := map[string]bool{}
	for _, p := range all {
		if at[p] != consigned {
			continue
		}
		id, err := m.boxOf(ctx, p.card)
		if err != nil {
			return err
		}
		if !done[id] {
			if len(done) == 0 {
				if err := m.officeHours(ctx, m.box.Clock.Now().Add(day)); err != nil {
					return err
				}
			}
			box, err := h.Production.Consignment(ctx, id)
			if err != nil {
				return err
			}
			if _, err := h.Custody.Receive(ctx, p.hall.Store, id, p.hall.Branch, box.Cards); err != nil {
				return err
			}
			done[id] = true
		}
		at[p] = held
	}
	if len(done) == 0 {
		return nil
	}
	if err := h.Settle(ctx); err != nil {
		return err
	}
	return m.officeHours(ctx, m.box.Clock.Now().Add(day))
}

// deliver has the card handed over. One that is on the desk already, or in its
// holder's hand before the session was ended, is where another process was cut off.
func (m *maker) deliver(ctx context.Context, p *made) error {
	h := m.box.House
	item, err := h.Custody.Item(ctx, p.card)
	if err != nil {
		return err
	}
	if item.State == custody.Stored {
		if _, err := h.Custody.TakeOut(ctx, p.hall.Store, p.hall.StoreWitness, p.card, "booked pick-up"); err != nil {
			return err
		}
	}
	card, err := h.Cards.Card(ctx, p.card)
	if err != nil {
		return err
	}
	pad := newPad(mynumber.PINContext{Birth: p.person.Attributes.BirthDate, CardExpiry: card.ExpiresOn, SecurityCode: card.SecurityCode.Reveal()},
		func(set PINs) error { return m.remember(p, set) })
	return m.atCounter(ctx, p, counter.Delivery, func(session string, t reader.Transport) error {
		_, err := h.Counter.Deliver(ctx, p.hall.Counter, session, t, pad)
		return err
	})
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
// proved itself; or goes on with one that a process cut off has brought there.
func (m *maker) atCounter(ctx context.Context, p *made, purpose counter.Purpose, f func(session string, t reader.Transport) error) error {
	session, err := m.unfinished(ctx, p.card, purpose)
	if err != nil {
		return err
	}
	return m.withCard(p, func(t reader.Transport) error {
		if session != "" {
			return f(session, t)
		}
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
			if i < m.passed(p) {
				m.step()
				continue
			}
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
		m.past(d.p)
		if d.last {
			m.keep(d.p)
		}
		if err := m.save(); err != nil {
			return err
		}
		m.step()
	}
	return nil
}
