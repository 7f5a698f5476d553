package scenario

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/intake/photo"
	"kado/internal/agency/production"
	"kado/internal/agency/production/cardface"
	"kado/internal/agency/validation"
	"kado/internal/digital/login"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/internal/world/portrait"
	"kado/internal/world/shelf"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// neighbours is how many other residents a first run registers, so that the
// town is not one person.
const neighbours = 4

const day = 24 * time.Hour

// officeHours moves the clock to ten in the morning, Japan time, of the next
// weekday that is at least wait away: desks act only then.
func (l *life) officeHours(ctx context.Context, wait time.Duration) error {
	t := l.clock.Now().Add(wait).In(mynumber.JST)
	at := time.Date(t.Year(), t.Month(), t.Day(), 10, 0, 0, 0, mynumber.JST)
	for at.Before(t) || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return l.until(ctx, at)
}

func (l *life) townAndResident(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 0); err != nil {
		return err
	}
	town, ok := places.ByCode(l.Municipality)
	if !ok {
		return DoesNotHold.New("municipality " + string(l.Municipality))
	}
	l.town = town
	first := l.NextResident == 0
	size := l.NextResident + 64
	all, err := people.Town(l.Seed, town, size, l.Founded)
	if err != nil {
		return err
	}
	index := -1
	for _, r := range all[l.NextResident:] {
		if !r.Foreign() && r.AdultOn(today(l)) && r.AgeOn(today(l)) < 80 {
			index = r.Index
			break
		}
	}
	if index < 0 {
		return NoAdult.New()
	}
	l.resident = all[index]
	// Before the first is registered: a run cut off here leaves people out, never
	// in twice.
	l.NextResident = index + 1
	if first {
		l.NextResident = index + 1 + neighbours
	}
	if err := l.SaveWorld(); err != nil {
		return err
	}
	if l.hall, err = l.Hall(ctx, l.Municipality); err != nil {
		return err
	}
	enter := func(r people.Resident) (registry.Person, error) {
		return l.House.Registry.Enter(ctx, l.hall.Registry, registry.Entry{Municipality: r.Municipality.Code, Attributes: r.Attributes(), Kana: r.Kana,
			Latin: r.Latin, Alias: r.Alias, Residence: r.Residence, StayUntil: r.StayUntil})
	}
	if l.person, err = enter(l.resident); err != nil {
		return err
	}
	s.fact("municipality", string(town.Code)+" "+town.Prefecture.Name+town.Name)
	s.fact("name", l.person.Attributes.Name)
	s.fact("kana", l.person.Kana)
	s.fact("address", l.person.Attributes.Address)
	s.fact("birth_date", l.person.Attributes.BirthDate.String())
	s.fact("person", l.person.ID)
	if err := s.done(ctx, sayResident, l.resident.Municipality.AddressHead(), l.person.Attributes.Name, l.person.Attributes.BirthDate.String()); err != nil {
		return err
	}
	if err := s.done(ctx, sayNumbered); err != nil {
		return err
	}
	if !first {
		return nil
	}
	for _, r := range all[index+1 : index+1+neighbours] {
		if _, err := enter(r); err != nil {
			return err
		}
	}
	return s.done(ctx, sayNeighbours, neighbours)
}

func (l *life) holder() journal.Actor { return journal.Actor{Kind: journal.Holder, ID: l.person.ID} }

func (l *life) application(ctx context.Context, s *step) error {
	app, err := l.House.Intake.Open(ctx, l.holder(), intake.Form{Person: l.person.ID, Reason: intake.FirstCard, Channel: intake.Smartphone})
	if err != nil {
		return err
	}
	l.app = app.ID
	s.fact("application", string(app.ID))
	if err := s.done(ctx, sayForm, string(app.ID)); err != nil {
		return err
	}
	jpeg, said := l.opts.Photo, sayPhotoGiven
	if jpeg == nil {
		said = sayPhotoDrawn
		subject := portrait.Subject{Age: l.resident.AgeOn(today(l)), Sex: l.resident.Sex}
		if jpeg, err = portrait.Draw(l.Entropy.Stream("portrait."+l.person.ID), subject); err != nil {
			return err
		}
	}
	if err := s.say(ctx, Note, said); err != nil {
		return err
	}
	report, err := photo.Examine(jpeg)
	if err != nil {
		return err
	}
	l.opts.Out.Add("photo.jpg", jpeg)
	s.fact("photo_sha256", hex.EncodeToString(digest(jpeg)))
	s.fact("faces", fmt.Sprint(report.Faces))
	_, err = l.House.Intake.Submit(ctx, l.holder(), intake.Submission{Application: l.app, BirthDate: l.person.Attributes.BirthDate, Photo: jpeg,
		Wishes: intake.Wishes{Signature: true, Authentication: true}, Delivery: intake.PickUp})
	if err != nil {
		return err
	}
	if err := s.done(ctx, sayPhoto, report.Width, report.Height, report.Faces); err != nil {
		return err
	}
	if err := l.officeHours(ctx, day); err != nil {
		return err
	}
	if _, err := l.House.Intake.Accept(ctx, server.Staff(server.Examiner, ""), l.app); err != nil {
		return err
	}
	// The order is placed as an effect of the acceptance.
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	order, err := l.House.Production.Place(ctx, server.Staff(server.MakerOperator, ""), l.app)
	if err != nil {
		return err
	}
	l.order, l.card = order.ID, order.Card
	card, err := l.House.Cards.Card(ctx, l.card)
	if err != nil {
		return err
	}
	s.fact("card_expires", card.ExpiresOn.String())
	return s.done(ctx, sayAccepted, card.ExpiresOn.String())
}

func digest(b []byte) []byte { d := sha256.Sum256(b); return d[:] }

func (l *life) production(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 3*day); err != nil {
		return err
	}
	maker, inspector := server.Staff(server.MakerOperator, ""), server.Staff(server.MakerInspector, "")
	key, err := l.House.Cards.ReleaseChipKey(ctx, maker, l.card)
	if err != nil {
		return err
	}
	plastic, err := l.Shelf.Blank(l.card, key)
	clear(key)
	if err != nil {
		return err
	}
	err = l.make(ctx, s, plastic, maker, inspector)
	return errors.Join(err, plastic.Close())
}

func (l *life) make(ctx context.Context, s *step, plastic *shelf.Card, maker, inspector journal.Actor) error {
	s.fact("card", string(l.card))
	if err := s.done(ctx, sayChipMade); err != nil {
		return err
	}
	order, err := l.House.Production.Personalise(ctx, maker, l.order, plastic.Transport())
	if err != nil {
		return err
	}
	certs, err := l.House.Authority.OfCard(ctx, l.card)
	if err != nil {
		return err
	}
	if len(certs) != 2 {
		return DoesNotHold.New("two certificates on the card")
	}
	for _, c := range certs {
		s.fact(c.Kind.String()+"_key", string(order.Keys[c.Kind.String()]))
		s.fact(c.Kind.String()+"_serial", c.Serial)
		s.fact(c.Kind.String()+"_not_after", c.NotAfter.UTC().Format(time.RFC3339))
	}
	if err := s.done(ctx, sayKeys); err != nil {
		return err
	}
	if err := s.done(ctx, sayWritten); err != nil {
		return err
	}
	if err := l.pictures(ctx, maker); err != nil {
		return err
	}
	// Whoever wrote the card may not inspect it.
	_, err = l.House.Production.Inspect(ctx, maker, l.order, plastic.Transport())
	if !production.SameHands.Is(err) {
		return NotRefused.Because(err, s.result.Number)
	}
	if _, err := l.House.Production.Inspect(ctx, inspector, l.order, plastic.Transport()); err != nil {
		return err
	}
	if err := s.done(ctx, sayInspected); err != nil {
		return err
	}
	box, err := l.House.Production.Consign(ctx, maker, l.town.Code, []string{l.order})
	if err != nil {
		return err
	}
	s.fact("consignment", box.ID)
	if err := s.done(ctx, sayDispatched); err != nil {
		return err
	}
	if err := l.officeHours(ctx, 5*day); err != nil {
		return err
	}
	keeper := l.hall.Store
	foreign, err := mynumber.DrawCardID(l.Entropy.Stream("scenario.foreign"))
	if err != nil {
		return err
	}
	_, err = l.House.Custody.Receive(ctx, keeper, box.ID, l.hall.Branch, []mynumber.CardID{l.card, foreign})
	if err := s.refused(ctx, err, production.DoesNotMatch, sayMismatch); err != nil {
		return err
	}
	if _, err := l.House.Custody.Receive(ctx, keeper, box.ID, l.hall.Branch, []mynumber.CardID{l.card}); err != nil {
		return err
	}
	if err := s.done(ctx, sayReceived); err != nil {
		return err
	}
	scanned, err := l.scanStore(ctx)
	if err != nil {
		return err
	}
	count, err := l.House.Custody.CloseDay(ctx, keeper, l.hall.Branch, scanned)
	if err != nil {
		return err
	}
	if len(count.Missing)+len(count.Foreign) > 0 {
		return DoesNotHold.New("the daily count")
	}
	return s.done(ctx, sayCounted, count.Scanned)
}

// scanStore goes through the store with a scanner: the cards of this life and of
// earlier ones that were cut off before their delivery, as far as they are there.
func (l *life) scanStore(ctx context.Context) ([]mynumber.CardID, error) {
	items, err := l.House.Custody.InStore(ctx, l.hall.Branch)
	if err != nil {
		return nil, err
	}
	there, err := l.Shelf.List()
	if err != nil {
		return nil, err
	}
	var scanned []mynumber.CardID
	for _, i := range items {
		in := true
		if i.State == custody.TakenOut {
			if in, err = l.clearDesk(ctx, i); err != nil {
				return nil, err
			}
		}
		if in && slices.Contains(there, i.Card) {
			scanned = append(scanned, i.Card)
		}
	}
	return scanned, nil
}

// clearDesk ends what a life that was cut off at the desk has begun: a card that
// was put into operation is its holder's, any other goes back into the store.
func (l *life) clearDesk(ctx context.Context, i custody.Item) (inStore bool, err error) {
	c, err := l.House.Cards.Card(ctx, i.Card)
	if err != nil {
		return false, err
	}
	if c.State == cards.InOperation || c.State == cards.Suspended {
		_, err = l.House.Custody.Give(ctx, l.hall.Counter, i.Card, "taken-up")
		return false, err
	}
	_, err = l.House.Custody.PutBack(ctx, l.hall.Store, i.Card)
	return true, err
}

func (l *life) delivery(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, 4*day); err != nil {
		return err
	}
	keeper := l.hall.Store
	if _, err := l.House.Custody.TakeOut(ctx, keeper, l.hall.StoreWitness, l.card, "booked pick-up"); err != nil {
		return err
	}
	if err := s.done(ctx, sayTakenOut); err != nil {
		return err
	}
	return l.withCard(func(t reader.Transport) error { return l.handOver(ctx, s, t) })
}

// withCard takes the card off the shelf, puts it on a reader and back.
func (l *life) withCard(f func(reader.Transport) error) (err error) {
	plastic, err := l.Shelf.Take(l.card)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, plastic.Close()) }()
	return f(plastic.Transport())
}

// licence is what the resident shows.
func (l *life) licence() []counter.Document {
	return []counter.Document{{Kind: mynumber.DrivingLicence, Number: "第0123号", Issued: today(l).AddDays(-400), Expires: today(l).AddDays(900)}}
}

// session opens a counter session and brings it to the point where the card has
// proved itself.
func (l *life) session(ctx context.Context, p counter.Purpose, t reader.Transport, after func(stage string) error) (counter.Session, error) {
	ses, err := l.House.Counter.Open(ctx, l.hall.Counter, l.person.ID, l.card, p)
	if err != nil {
		return ses, err
	}
	if ses, err = l.House.Counter.Identify(ctx, l.hall.Checker, ses.ID, l.licence()); err != nil {
		return ses, err
	}
	if err := after("identified"); err != nil {
		return ses, err
	}
	if ses, err = l.House.Counter.Prove(ctx, l.hall.Counter, ses.ID, t); err != nil {
		return ses, err
	}
	return ses, after("proved")
}

func quietly(string) error { return nil }

func (l *life) handOver(ctx context.Context, s *step, t reader.Transport) error {
	// Before delivery: neither chip nor validation office says yes.
	j, err := reader.New(t).JPKI()
	if err == nil {
		err = j.Verify(reader.AuthenticationKey, mynumber.NewSecret("1234"))
	}
	if err := s.refusedByCard(ctx, err, reader.ErrInert, sayInert); err != nil {
		return err
	}
	verdicts, err := l.verdicts(ctx)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		if v.Verdict != validation.NotYet {
			return DoesNotHold.New("not yet valid before delivery: " + string(v.Verdict))
		}
	}
	if err := s.say(ctx, Refused, sayInertLogin); err != nil {
		return err
	}
	card, err := l.House.Cards.Card(ctx, l.card)
	if err != nil {
		return err
	}
	birth := l.person.Attributes.BirthDate
	l.pins, err = think(l.Entropy.Stream("scenario.pins"), birth, card.ExpiresOn, card.SecurityCode.Reveal())
	if err != nil {
		return err
	}
	ses, err := l.session(ctx, counter.Delivery, t, func(stage string) error {
		if stage == "identified" {
			return s.done(ctx, sayIdentified)
		}
		return s.done(ctx, sayProved)
	})
	if err != nil {
		return err
	}
	p := &pad{pins: l.pins, birthday: fmt.Sprintf("%02d%02d", birth.Month, birth.Day)}
	if _, err := l.House.Counter.Deliver(ctx, l.hall.Counter, ses.ID, t, p); err != nil {
		return err
	}
	if p.refused != 1 {
		return NotRefused.New(s.result.Number)
	}
	if err := s.say(ctx, Refused, sayWeakPIN); err != nil {
		return err
	}
	if err := l.House.Settle(ctx); err != nil {
		return err
	}
	s.fact("state", string(cards.InOperation))
	if err := s.done(ctx, sayDelivered); err != nil {
		return err
	}
	if err := l.readBack(ctx, t); err != nil {
		return err
	}
	if l.signature, err = l.living(ctx, jpki.Signature); err != nil {
		return err
	}
	if l.authentication, err = l.living(ctx, jpki.Authentication); err != nil {
		return err
	}
	return s.done(ctx, sayReadOnce)
}

// verdicts asks the validation office about the card's certificates, as an
// accredited verifier does.
func (l *life) verdicts(ctx context.Context) ([]validation.Status, error) {
	certs, err := l.House.Authority.OfCard(ctx, l.card)
	if err != nil {
		return nil, err
	}
	var out []validation.Status
	for _, c := range certs {
		st, err := l.House.Validation.Status(ctx, l.House.LoginVerifier, validation.Ref{Kind: c.Kind, Serial: c.Serial}, "before delivery")
		if err != nil {
			return nil, err
		}
		out = append(out, st)
	}
	return out, nil
}

// readBack reads the four attributes as an office would, and compares them with
// the register.
func (l *life) readBack(ctx context.Context, t reader.Transport) error {
	roots, err := l.House.Production.Root(ctx)
	if err != nil {
		return err
	}
	key, err := x509.ParsePKIXPublicKey(roots.Text)
	if err != nil {
		return err
	}
	text, err := reader.New(t).Text()
	if err != nil {
		return err
	}
	if err := text.VerifyPIN(l.pins.text); err != nil {
		return err
	}
	got, err := text.Attributes(key.(*rsa.PublicKey))
	if err != nil {
		return err
	}
	p, err := l.House.Registry.Person(ctx, l.person.ID)
	if err != nil {
		return err
	}
	if got != p.Attributes {
		return DoesNotHold.New("card and register agree")
	}
	return nil
}

// pictures leaves what the maker prints: the two sides of the card.
func (l *life) pictures(ctx context.Context, maker journal.Actor) error {
	card, err := l.House.Cards.Card(ctx, l.card)
	if err != nil {
		return err
	}
	jpeg, err := l.House.Intake.Photo(ctx, l.app)
	if err != nil {
		return err
	}
	number, err := l.House.Vault.Read(ctx, nil, l.person.ID, vault.CardProduction, maker)
	if err != nil {
		return err
	}
	face := cardface.Face{Name: l.person.Attributes.Name, Address: l.person.Attributes.Address, BirthDate: l.person.Attributes.BirthDate,
		Residence: l.person.Residence, Sex: l.person.Attributes.Sex, Expiry: card.ExpiresOn, SecurityCode: card.SecurityCode.Reveal(),
		Photo: jpeg, Number: number}
	front, err := cardface.Front(face)
	if err != nil {
		return err
	}
	back, err := cardface.Back(face)
	if err != nil {
		return err
	}
	l.opts.Out.Add("card-front.png", front)
	l.opts.Out.Add("card-back.png", back)
	return nil
}

func (l *life) firstLogin(ctx context.Context, s *step) error {
	if err := l.officeHours(ctx, day); err != nil {
		return err
	}
	var err error
	l.party, err = l.House.Login.Register(ctx, server.Staff(server.CAOperator, ""), "ひまわり書店", "https://himawari.example")
	if err != nil {
		return err
	}
	s.fact("party", l.party.ID)
	if err := s.done(ctx, sayParty, l.party.Name); err != nil {
		return err
	}
	return l.withCard(func(t reader.Transport) error {
		in, response, err := l.logIn(ctx, t)
		if err != nil {
			return err
		}
		l.pairwise = in.Pairwise
		s.fact("pairwise", in.Pairwise)
		if err := s.done(ctx, sayLogin); err != nil {
			return err
		}
		if err := s.say(ctx, Note, sayPairwise, in.Pairwise); err != nil {
			return err
		}
		_, err = l.House.Login.Finish(ctx, response)
		return s.refused(ctx, err, login.NoChallenge, sayReplay)
	})
}

// logIn has the card answer a fresh challenge of the relying party.
func (l *life) logIn(ctx context.Context, t reader.Transport) (login.Login, login.Response, error) {
	c, err := l.House.Login.Begin(ctx, l.party.ID)
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	j, err := reader.New(t).JPKI()
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	cert, err := j.Certificate(reader.AuthenticationKey)
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	if err := j.Verify(reader.AuthenticationKey, l.pins.authentication); err != nil {
		return login.Login{}, login.Response{}, err
	}
	x, err := jpki.ParseCertificate(cert)
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	algorithm, err := jpki.AlgorithmOf(x.PublicKey)
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	sig, err := j.Signer(reader.AuthenticationKey, x.PublicKey).Sign(nil, algorithm.Digest(c.Message), algorithm.Hash())
	if err != nil {
		return login.Login{}, login.Response{}, err
	}
	r := login.Response{Challenge: c.ID, Certificate: cert, Signature: sig}
	in, err := l.House.Login.Finish(ctx, r)
	return in, r, err
}

// logInAgain logs in with the card from the shelf; the party must know the
// holder by the same id.
func (l *life) logInAgain(ctx context.Context) error {
	return l.withCard(func(t reader.Transport) error {
		in, _, err := l.logIn(ctx, t)
		if err == nil && in.Pairwise != l.pairwise {
			err = DoesNotHold.New("the same id at the party")
		}
		return err
	})
}

// CheckPhoto decides a photo before a world is made for it. over says that the
// file was longer than what was read of it.
func CheckPhoto(jpeg []byte, over bool) error {
	if over {
		return photo.TooManyBytes.New(int64(mynumber.PhotoMaxBytes) + 1)
	}
	_, err := photo.Examine(jpeg)
	return err
}
