package scenario_test

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/hotline"
	"kado/internal/agency/intake"
	"kado/internal/digital/login"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/registry"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/server"
	"kado/internal/world/people"
	"kado/internal/world/places"
	"kado/internal/world/portrait"
	"kado/internal/world/shelf"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
	"kado/reader"
)

const day = 24 * time.Hour

var townStart = time.Date(2026, 4, 1, 10, 0, 0, 0, mynumber.JST)

// cheap is a passphrase cost for towns that live for one test.
var cheap = keystore.Cost{MemoryKiB: 8 << 10, Passes: 1, Threads: 1}

// town is a whole house as a tester walks through it: everything goes through
// the public acts of the offices and the APDUs of virtual cards.
type town struct {
	*server.Sandbox
	ctx   context.Context
	party login.Party
	// wrap stands between every reader and the card on it.
	wrap func(reader.Transport) reader.Transport
}

type resident struct {
	registry.Person
	portrait []byte
}

// founded is a town with one resident whose card is in operation, made once: the
// tests work on copies of its folder.
var founded = sync.OnceValues(func() (foundation, error) {
	dir, err := os.MkdirTemp("", "kado-town-")
	if err != nil {
		return foundation{}, err
	}
	foundedIn = dir
	w := &town{ctx: context.Background()}
	w.Sandbox, err = server.OpenSandbox(w.ctx, server.SandboxOptions{Dir: dir, Seed: "properties", Start: townStart, Municipality: "13221", Cost: cheap, NewRun: true})
	if err != nil {
		return foundation{}, err
	}
	f := foundation{dir: dir}
	err = func() error {
		if err := w.House.Daily(w.ctx); err != nil { // the CA generations begin
			return err
		}
		m, _ := places.ByCode("13221")
		all, err := people.Town("properties", m, 40, w.Founded)
		if err != nil {
			return err
		}
		for _, r := range all {
			if r.Foreign() || !r.AdultOn(mynumber.DateOf(townStart)) || len(f.people) == 2 {
				continue
			}
			p, err := w.House.Registry.Enter(w.ctx, townHall(server.RegistryClerk), registry.Entry{Municipality: m.Code, Attributes: r.Attributes(), Kana: r.Kana, Residence: r.Residence})
			if err != nil {
				return err
			}
			jpeg, err := portrait.Draw(w.Entropy.Stream("portrait."+p.ID), portrait.Subject{Age: r.AgeOn(mynumber.DateOf(townStart)), Sex: r.Sex})
			if err != nil {
				return err
			}
			f.people = append(f.people, resident{p, jpeg})
		}
		if f.party, err = w.House.Login.Register(w.ctx, server.Staff(server.CAOperator, ""), "shop", "https://shop.example"); err != nil {
			return err
		}
		if f.card, err = w.newCard(f.people[0], intake.FirstCard); err != nil {
			return err
		}
		if err := w.deliver(f.people[0].ID, f.card); err != nil {
			return err
		}
		return w.House.Daily(w.ctx)
	}()
	if err != nil {
		return foundation{}, errors.Join(err, w.Close())
	}
	if err := w.SaveWorld(); err != nil {
		return foundation{}, err
	}
	return f, w.Close()
})

// foundedIn is the folder of founded, which goes when the tests are over.
var foundedIn string

func TestMain(m *testing.M) {
	code := m.Run()
	if foundedIn != "" {
		_ = os.RemoveAll(foundedIn)
	}
	os.Exit(code)
}

type foundation struct {
	dir    string
	people []resident
	party  login.Party
	card   mynumber.CardID
}

// copyTown opens a copy of the founded town in dir.
func copyTown(dir string) (*town, foundation, error) {
	f, err := founded()
	if err != nil {
		return nil, f, err
	}
	if err := os.CopyFS(dir, os.DirFS(f.dir)); err != nil {
		return nil, f, err
	}
	// Copies get the usual permissions, which are too wide for a key file.
	if err := os.Chmod(filepath.Join(dir, "keys.kado"), 0o600); err != nil {
		return nil, f, err
	}
	w := &town{ctx: context.Background(), party: f.party}
	w.Sandbox, err = server.OpenSandbox(w.ctx, server.SandboxOptions{Dir: dir, MustExist: true, NewRun: true})
	return w, f, err
}

func (w *town) now() time.Time       { return w.Clock.Now() }
func (w *town) today() mynumber.Date { return mynumber.DateOf(w.now()) }

// officeHours moves the clock to the next hour at which desks act.
func (w *town) officeHours() error {
	t := w.now().In(mynumber.JST)
	at := time.Date(t.Year(), t.Month(), t.Day(), 10, 0, 0, 0, mynumber.JST)
	for at.Before(t) || at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	if h := t.Hour(); h >= 9 && h < 15 && t.Weekday() != time.Saturday && t.Weekday() != time.Sunday {
		return nil
	}
	return w.Clock.Set(at)
}

func (w *town) withCard(id mynumber.CardID, f func(reader.Transport) error) (err error) {
	plastic, err := w.Shelf.Take(id)
	if err != nil {
		return err
	}
	return w.on(plastic, f)
}

func (w *town) on(plastic *shelf.Card, f func(reader.Transport) error) (err error) {
	defer func() { err = errors.Join(err, plastic.Close()) }()
	t := plastic.Transport()
	if w.wrap != nil {
		t = w.wrap(t)
	}
	return f(t)
}

// apply brings an application of a person to its order.
func (w *town) apply(p resident, why intake.Reason) (order string, card mynumber.CardID, err error) {
	if err := w.officeHours(); err != nil {
		return "", "", err
	}
	in := w.House.Intake
	app, err := in.Open(w.ctx, journal.Actor{Kind: journal.Holder, ID: p.ID}, intake.Form{Person: p.ID, Reason: why, Channel: intake.Smartphone})
	if err != nil {
		return "", "", err
	}
	_, err = in.Submit(w.ctx, journal.Actor{Kind: journal.Holder, ID: p.ID}, intake.Submission{Application: app.ID, BirthDate: p.Attributes.BirthDate, Photo: p.portrait,
		Wishes: intake.Wishes{Signature: true, Authentication: true}, Delivery: intake.PickUp})
	if err != nil {
		return "", "", err
	}
	if _, err := in.Accept(w.ctx, server.Staff(server.Examiner, ""), app.ID); err != nil {
		return "", "", err
	}
	o, err := w.House.Production.Place(w.ctx, server.Staff(server.MakerOperator, ""), app.ID)
	return o.ID, o.Card, err
}

// produce writes, inspects and sends the card of an order.
func (w *town) produce(order string, card mynumber.CardID) (consignment string, err error) {
	maker := server.Staff(server.MakerOperator, "")
	key, err := w.House.Cards.ReleaseChipKey(w.ctx, maker, card)
	if err != nil {
		return "", err
	}
	plastic, err := w.Shelf.Blank(card, key)
	if err != nil {
		return "", err
	}
	err = w.on(plastic, func(t reader.Transport) error {
		if _, err := w.House.Production.Personalise(w.ctx, maker, order, t); err != nil {
			return err
		}
		_, err := w.House.Production.Inspect(w.ctx, server.Staff(server.MakerInspector, ""), order, t)
		return err
	})
	if err != nil {
		return "", err
	}
	c, err := w.House.Cards.Card(w.ctx, card)
	if err != nil {
		return "", err
	}
	box, err := w.House.Production.Consign(w.ctx, maker, c.Municipality, []string{order})
	return box.ID, err
}

func (w *town) receive(box string, card mynumber.CardID) error {
	_, err := w.House.Custody.Receive(w.ctx, townHall(server.Custodian), box, server.TownHall, []mynumber.CardID{card})
	return err
}

// newCard makes a card up to the municipality's store.
func (w *town) newCard(p resident, why intake.Reason) (mynumber.CardID, error) {
	order, card, err := w.apply(p, why)
	if err != nil {
		return "", err
	}
	box, err := w.produce(order, card)
	if err != nil {
		return "", err
	}
	return card, w.receive(box, card)
}

func (w *town) takeOut(card mynumber.CardID) error {
	_, err := w.House.Custody.TakeOut(w.ctx, townHall(server.Custodian), townHall(server.Checker), card, "pick-up")
	return err
}

func (w *town) deliver(person string, card mynumber.CardID) error {
	if err := w.officeHours(); err != nil {
		return err
	}
	if err := w.takeOut(card); err != nil {
		return err
	}
	return w.handOver(person, card)
}

func (w *town) handOver(person string, card mynumber.CardID) error {
	return w.atCounter(person, card, counter.Delivery, func(s string, t reader.Transport) error {
		_, err := w.House.Counter.Deliver(w.ctx, clerk, s, t, pinPad{})
		return err
	})
}

// townHall is a member of the town hall's staff at its terminal.
func townHall(id string) journal.Actor { return server.Staff(id, server.CounterDesk) }

var clerk = townHall(server.CounterClerk)

// atCounter opens a session of a purpose and runs f in it.
func (w *town) atCounter(person string, card mynumber.CardID, p counter.Purpose, f func(session string, t reader.Transport) error) error {
	if err := w.officeHours(); err != nil {
		return err
	}
	// A visit takes time; the counter tells visits apart by it.
	if err := w.Clock.Advance(time.Minute); err != nil {
		return err
	}
	s, err := w.House.Counter.Open(w.ctx, clerk, person, card, p)
	if err != nil {
		return err
	}
	papers := []counter.Document{{Kind: mynumber.DrivingLicence, Number: "0123", Issued: w.today().AddDays(-400), Expires: w.today().AddDays(900)}}
	if _, err := w.House.Counter.Identify(w.ctx, townHall(server.Checker), s.ID, papers); err != nil {
		return err
	}
	return w.withCard(card, func(t reader.Transport) error {
		if _, err := w.House.Counter.Prove(w.ctx, clerk, s.ID, t); err != nil {
			return err
		}
		return f(s.ID, t)
	})
}

func (w *town) resume(person string, card mynumber.CardID) error {
	return w.atCounter(person, card, counter.Resume, func(s string, t reader.Transport) error {
		_, err := w.House.Counter.Resume(w.ctx, clerk, s, t)
		return err
	})
}

func (w *town) renew(person string, card mynumber.CardID) error {
	return w.atCounter(person, card, counter.CertificateRenew, func(s string, t reader.Transport) error {
		_, err := w.House.Counter.Renew(w.ctx, clerk, s, t)
		return err
	})
}

func (w *town) rewrite(person string, card mynumber.CardID, signature bool) error {
	return w.atCounter(person, card, counter.AttributeChange, func(s string, t reader.Transport) error {
		_, err := w.House.Counter.Rewrite(w.ctx, clerk, s, t, signature)
		return err
	})
}

func (w *town) unblock(person string, card mynumber.CardID, which ...counter.PIN) error {
	return w.atCounter(person, card, counter.UnblockPIN, func(s string, t reader.Transport) error {
		_, err := w.House.Counter.Unblock(w.ctx, clerk, s, t, which, pinPad{})
		return err
	})
}

func (w *town) callHotline(p resident) error {
	_, err := w.House.Hotline.Suspend(w.ctx, server.Staff(server.Operator, ""), hotline.Call{Name: p.Attributes.Name, BirthDate: p.Attributes.BirthDate,
		Address: p.Attributes.Address, Cause: hotline.Lost})
	return err
}

// The PINs of every test card. They fit no resident's birth date.
const (
	testPIN      = "7391"
	testPassword = "KADO7391"
)

type pinPad struct{}

func (pinPad) Enter(_ context.Context, which counter.PIN, refusal error) (mynumber.Secret, error) {
	if refusal != nil {
		return mynumber.Secret{}, refusal
	}
	if which == counter.SignaturePassword {
		return mynumber.NewSecret(testPassword), nil
	}
	return mynumber.NewSecret(testPIN), nil
}

// logIn has a card answer a fresh challenge.
func (w *town) logIn(card mynumber.CardID) error {
	return w.withCard(card, func(t reader.Transport) error {
		c, err := w.House.Login.Begin(w.ctx, w.party.ID)
		if err != nil {
			return err
		}
		j, err := reader.New(t).JPKI()
		if err != nil {
			return err
		}
		der, err := j.Certificate(reader.AuthenticationKey)
		if err != nil {
			return err
		}
		if err := j.Verify(reader.AuthenticationKey, mynumber.NewSecret(testPIN)); err != nil {
			return err
		}
		sum := sha256.Sum256(c.Message)
		sig, err := j.Sign(reader.AuthenticationKey, sum[:])
		if err != nil {
			return err
		}
		_, err = w.House.Login.Finish(w.ctx, login.Response{Challenge: c.ID, Certificate: der, Signature: sig})
		return err
	})
}

// onChip returns the serial number of the certificate on a chip; "" if it holds
// none that can be read.
func (w *town) onChip(card mynumber.CardID, kind jpki.Kind) (serial string, err error) {
	err = w.withCard(card, func(t reader.Transport) error {
		j, err := reader.New(t).JPKI()
		if err != nil {
			return err
		}
		which := reader.AuthenticationKey
		if kind == jpki.Signature {
			which = reader.SignatureKey
			if err := j.Verify(which, mynumber.NewSecret(testPassword)); err != nil {
				return err
			}
		}
		der, err := j.Certificate(which)
		if err != nil {
			return err
		}
		c, err := jpki.ParseCertificate(der)
		if err != nil {
			return err
		}
		serial = c.SerialNumber.Text(16)
		return nil
	})
	return serial, err
}

// askOCSP asks over HTTP as any client does.
func (w *town) askOCSP(c authority.Certificate) (ocsp.CertStatus, error) {
	all, err := w.House.Authority.Generations(w.ctx, c.Kind)
	if err != nil {
		return 0, err
	}
	for _, g := range all {
		if g.Number != c.Generation {
			continue
		}
		ca, err := jpki.ParseCertificate(g.Certificate)
		if err != nil {
			return 0, err
		}
		leaf, err := jpki.ParseCertificate(c.DER)
		if err != nil {
			return 0, err
		}
		id, err := ocsp.NewCertID(crypto.SHA256, ca, leaf.SerialNumber)
		if err != nil {
			return 0, err
		}
		body, err := (&ocsp.Request{IDs: []ocsp.CertID{id}}).Marshal()
		if err != nil {
			return 0, err
		}
		res, err := http.Post(w.BaseURL()+"/ocsp/"+c.Kind.String(), "application/ocsp-request", strings.NewReader(string(body)))
		if err != nil {
			return 0, err
		}
		defer res.Body.Close()
		answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
		if err != nil {
			return 0, err
		}
		single, err := ocsp.Check(answer, ocsp.Query{ID: id, Authority: ca}, w.now())
		var told *jpki.StatusError
		if errors.As(err, &told) {
			switch told.Status {
			case jpki.OnHold, jpki.Revoked:
				return ocsp.Revoked, nil
			case jpki.Unknown:
				return ocsp.Unknown, nil
			}
			return 0, err
		}
		return single.Status, err
	}
	return 0, fmt.Errorf("no generation %d", c.Generation)
}

// onList says whether a list made now names a certificate.
func (w *town) onList(c authority.Certificate) (bool, error) {
	l, err := w.House.Validation.IssueCRL(w.ctx, server.Staff(server.CAOperator, ""), c.Kind, c.Generation, "")
	if err != nil {
		return false, err
	}
	list, err := jpki.ParseCRL(l.DER)
	if err != nil {
		return false, err
	}
	for _, e := range list.Entries() {
		if e.Serial.Text(16) == c.Serial {
			return true, nil
		}
	}
	return false, nil
}

// scratch is a folder that goes with the test's process at the latest.
func scratch() (string, func(), error) {
	dir, err := os.MkdirTemp("", "kado-property-")
	return filepath.Join(dir, "town"), func() { _ = os.RemoveAll(dir) }, err
}

// property is rapid.Check with fewer histories than usual, since each takes a
// house of its own, unless the command line says how many (-rapid.checks).
func property(t *testing.T, histories int, f func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks")
	if was := checks.Value.String(); was == checks.DefValue {
		if err := checks.Value.Set(strconv.Itoa(histories)); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Value.Set(was) }()
	}
	rapid.Check(t, f)
}

// openTown opens a copy of the founded town for one test.
func openTown(t *testing.T) (*town, foundation) {
	t.Helper()
	w, f, err := copyTown(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, f
}
