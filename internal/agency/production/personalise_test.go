package production_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/agency/production/cardface"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Shows: P-03, PRD-09
//
// A batch of people of one name, among them twins of one birth date, with their
// orders placed and written in another order than they applied: each chip has
// its own applicant's photo.
func TestP03_EachChipHasItsApplicantsPhoto(t *testing.T) {
	town := countertest.New(t)
	type one struct {
		app   mynumber.ApplicationID
		photo []byte
	}
	var batch []one
	for i := range 6 {
		e := countertest.Adult()
		if i >= 2 { // the first two are twins: name, birth date and address are equal
			e.Attributes.BirthDate = date(1980+i, time.May, 4)
		}
		photo := town.Photo()
		batch = append(batch, one{town.ApplyFor(town.Enter(e), countertest.Both, intake.FirstCard, photo), photo})
	}
	for _, i := range []int{1, 5, 0, 3, 4, 2} {
		b := batch[i]
		o, chip := town.Write(b.app)
		if o.PhotoDigest != sha256.Sum256(b.photo) {
			t.Errorf("applicant %d: the order names another photo", i)
		}
		jp2, err := cardface.PhotoJP2(b.photo)
		town.Must(err)
		if o.ChipPhoto != sha256.Sum256(jp2) {
			t.Errorf("applicant %d: another photo was written", i)
		}
		town.Inspect(o, chip)
	}
	town.Sound()
}

// Shows: P-03
func TestP03_SwappedPhotoIsRefused(t *testing.T) {
	town := countertest.New(t)
	a := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	b := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	swap := func(together bool) {
		town.Tx(func(ctx context.Context, tx *db.Tx) error {
			for _, step := range [][2]string{{string(a), "x"}, {string(b), string(a)}, {"x", string(b)}} {
				if _, err := tx.Exec(ctx, `UPDATE intake_photo SET application = $1 WHERE application = $2`, step[1], step[0]); err != nil {
					return err
				}
			}
			if !together {
				return nil
			}
			var da, dbb []byte
			if err := tx.QueryRow(ctx, `SELECT photo_digest FROM intake_application WHERE id = $1`, string(a)).Scan(&da); err != nil {
				return err
			}
			if err := tx.QueryRow(ctx, `SELECT photo_digest FROM intake_application WHERE id = $1`, string(b)).Scan(&dbb); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE intake_application SET photo_digest = $1 WHERE id = $2`, dbb, string(a)); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE intake_application SET photo_digest = $1 WHERE id = $2`, da, string(b))
			return err
		})
	}
	swap(false)
	_, err := town.Production.Place(ctx, countertest.Maker1, a)
	town.Wants(err, intake.PhotoChanged)
	swap(false)

	o := town.Place(a)
	chip := town.Blank(o.Card)
	before := chip.Copy()
	swap(false)
	_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Wants(err, intake.PhotoChanged)
	swap(false)

	swap(true) // also where the application's digest was rewritten with it
	_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Wants(err, production.PhotoDiffers)
	if !chip.Same(before) {
		t.Error("something was written")
	}
	swap(true)
	o, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
	town.Must(err)

	swap(true)
	_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
	town.Wants(err, production.PhotoDiffers)
	_, err = town.Production.Rewrite(ctx, countertest.Mori, o.Card, "s")
	town.Wants(err, production.PhotoDiffers)
	swap(true)
	town.Inspect(o, chip)
}

// Shows: P-29, APP-68
func TestP29_OrderEndsWithItsHolder(t *testing.T) {
	town := countertest.New(t)
	ends := map[string]func(registry.Person){
		"P-29 dead": func(p registry.Person) {
			_, err := town.Registry.Die(ctx, countertest.Sato, p.ID, town.Today())
			town.Must(err)
		},
		"P-29 gone abroad": func(p registry.Person) { town.Emigrated[p.ID] = true },
		"APP-68 moved away": func(p registry.Person) {
			_, err := town.Registry.Move(ctx, countertest.Suzuki, registry.Move{Person: p.ID, Municipality: countertest.Chuo,
				Address: "東京都中央区築地１丁目１番１号", On: town.Today()})
			town.Must(err)
		},
	}
	for name, end := range ends {
		for _, settled := range []bool{false, true} {
			for step, at := range []string{"written", "inspected", "packed"} {
				t.Run(fmt.Sprintf("%s before it is %s, effects delivered %v", name, at, settled), func(t *testing.T) {
					town.In(t)
					p := town.Enter(countertest.Adult())
					o := town.Place(town.Apply(p, countertest.Both))
					chip := town.Blank(o.Card)
					var err error
					if step > 0 {
						o, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, chip.Power())
						town.Must(err)
					}
					if step > 1 {
						town.Inspect(o, chip)
					}
					end(p)
					if settled {
						town.Settle()
					}
					wire := &countertest.Wire{Transport: chip.Power()}
					switch step {
					case 0:
						_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, wire)
					case 1:
						_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, wire)
					default:
						_, err = town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, []string{o.ID})
					}
					if !production.NoLonger.Is(err) && !production.NotInThisState.Is(err) {
						t.Fatalf("got %v", err)
					}
					if wire.Count != 0 {
						t.Errorf("the chip saw %d commands", wire.Count)
					}
					town.Settle()
					if o, err = town.Production.Order(ctx, o.ID); err != nil || o.State != production.Failed {
						t.Errorf("the order is %s, %v", o.State, err)
					}
					if s := town.Standing(o.Card); s != cards.Ended {
						t.Errorf("the card is %s", s)
					}
					for _, k := range jpki.Kinds {
						if c := town.Certificates(o.Card, k, authority.Issued, authority.Active); len(c) > 0 {
							t.Errorf("a %s certificate is left", k)
						}
					}
				})
			}
		}
	}
	town.Sound()
}

func TestCRT27_OtherChipIsNotTouched(t *testing.T) {
	town := countertest.New(t)
	a := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	b := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	chipA, chipB := town.Blank(a.Card), town.Blank(b.Card)
	before := chipB.Copy()
	_, err := town.Production.Personalise(ctx, countertest.Maker1, a.ID, chipB.Power())
	town.Wants(err, production.OtherChip)
	if !chipB.Same(before) {
		t.Error("the other chip was written to")
	}
	_, err = town.Production.Personalise(ctx, countertest.Maker1, a.ID, chipA.Power())
	town.Must(err) // nothing was lost
	_, err = town.Production.Personalise(ctx, countertest.Maker1, a.ID, chipA.Power())
	town.Wants(err, production.NotInThisState)
	_, err = town.Production.Personalise(ctx, countertest.Maker1, "ord_none", chipA.Power())
	town.Wants(err, production.NoSuchOrder)
}

// unbegun is authorities whose first generation has not begun.
type unbegun struct{ authority.Issuing }

func (unbegun) Generations(context.Context, jpki.Kind) ([]authority.Generation, error) {
	return nil, nil
}

// Without a CA generation no key is made, and the order and its blank stay good.
func TestCRT27_R16_NoGenerationSpoilsNoCard(t *testing.T) {
	town := countertest.New(t)
	o := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	blank := town.Blank(o.Card)
	before := blank.Copy()
	early := production.New(production.Deps{DB: town.DB, Clock: town.Clock, Entropy: town.Entropy, Keys: town.Keys, Register: town.Registry,
		Files: town.Intake, Numbers: town.Vault, Cards: town.Cards, Authority: unbegun{town.Authority}})
	_, err := early.Personalise(ctx, countertest.Maker1, o.ID, blank.Power())
	town.Wants(err, production.NoDates)
	if !blank.Same(before) || town.Card(o.Card).State != cards.Ordered {
		t.Error("a refused personalisation left something behind")
	}
	_, err = town.Production.Personalise(ctx, countertest.Maker1, o.ID, blank.Power())
	town.Must(err)
	town.Sound()
}

// makeIt does what operators do after a failure: place the order again, take
// another blank where it is for another card, and write it.
func makeIt(t *testing.T, town *countertest.Town, app mynumber.ApplicationID, chips map[mynumber.CardID]*countertest.Plastic) production.Order {
	t.Helper()
	for range 4 {
		o := town.Place(app)
		if o.State == production.Written {
			return o
		}
		if chips[o.Card] == nil {
			chips[o.Card] = town.Blank(o.Card)
		}
		written, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, chips[o.Card].Power())
		if err == nil {
			return written
		}
		if !production.ChipFailed.Is(err) {
			t.Fatalf("repeated: %v", err)
		}
	}
	t.Fatal("no card comes of it")
	return production.Order{}
}

// clean checks what CRT-27 asks for after a failed run of an order.
func clean(t *testing.T, town *countertest.Town, what string, old, now production.Order) {
	t.Helper()
	if old.Card == now.Card {
		return
	}
	failed, err := town.Production.Order(ctx, old.ID)
	town.Must(err)
	if failed.State != production.Failed || town.Card(old.Card).State != cards.Spoiled {
		t.Errorf("%s: order %s, card %s", what, failed.State, town.Card(old.Card).State)
	}
	for _, k := range jpki.Kinds {
		if c := town.Certificates(old.Card, k, authority.Issued, authority.Active, authority.Prepared); len(c) > 0 {
			t.Errorf("%s: the %s certificate of the spoiled card is %s", what, k, c[0].State)
		}
		if c := town.Certificates(now.Card, k, authority.Issued); len(c) != 1 {
			t.Errorf("%s: %d %s certificates on the new card", what, len(c), k)
		}
	}
}

// Shows: CRT-27, P-55, PRD-10
func TestCRT27_P55_CutAtEveryAPDU(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("answer lost %v", lost), func(t *testing.T) {
			town := countertest.New(t)
			for n := 1; ; n++ {
				app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
				o := town.Place(app)
				chips := map[mynumber.CardID]*countertest.Plastic{o.Card: town.Blank(o.Card)}
				wire := &countertest.Wire{Transport: chips[o.Card].Power(), At: n, Lost: lost}
				_, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, wire)
				if wire.Count < n {
					town.Must(err)
					if n < 12 {
						t.Fatalf("only %d exchanges", n-1)
					}
					break
				}
				if !production.ChipFailed.Is(err) && !production.NoAnswer.Is(err) {
					t.Fatalf("exchange %d: %v", n, err)
				}
				now := makeIt(t, town, app, chips)
				if (now.Card == o.Card) != production.NoAnswer.Is(err) {
					t.Errorf("exchange %d: %v, and the card was %s, now %s", n, err, o.Card, now.Card)
				}
				town.Settle()
				clean(t, town, fmt.Sprintf("exchange %d", n), o, now)
				town.Inspect(now, chips[now.Card])
			}
			town.Sound()
		})
	}
}

// Shows: CRT-27, P-55, PRD-10
func TestCRT27_P55_CutAtEveryOfficeCall(t *testing.T) {
	for _, lost := range []bool{false, true} {
		t.Run(fmt.Sprintf("answer lost %v", lost), func(t *testing.T) {
			town := countertest.New(t)
			for n := 1; ; n++ {
				app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
				o := town.Place(app)
				chips := map[mynumber.CardID]*countertest.Plastic{o.Card: town.Blank(o.Card)}
				town.Breaker.Arm(n, lost)
				_, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, chips[o.Card].Power())
				fired, name := town.Breaker.Fired(), town.Breaker.Name
				town.Breaker.Arm(0, false)
				if !fired {
					town.Must(err)
					if n < 15 {
						t.Fatalf("only %d calls", n-1)
					}
					break
				}
				if !errors.Is(err, countertest.ErrCut) {
					t.Fatalf("call %d (%s): %v", n, name, err)
				}
				if n%3 == 0 {
					town.Settle() // effects may come before the repetition, or after it
				}
				now := makeIt(t, town, app, chips)
				town.Settle()
				clean(t, town, fmt.Sprintf("call %d (%s)", n, name), o, now)
				town.Inspect(now, chips[now.Card])
			}
			town.Sound()
		})
	}
}

// The failure itself is cut: the card office cannot be told, or its answer is
// lost, or the process stops before the order is marked.
func TestCRT27_FailureThatFails(t *testing.T) {
	for _, lost := range []bool{false, true} {
		for _, settled := range []bool{false, true} {
			town := countertest.New(t)
			app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
			o := town.Place(app)
			chips := map[mynumber.CardID]*countertest.Plastic{o.Card: town.Blank(o.Card)}
			wire := &failing{hooked{chips[o.Card].Power(), 9, func() { town.Breaker.Arm(1, lost) }, 0}}
			_, err := town.Production.Personalise(ctx, countertest.Maker1, o.ID, wire)
			if town.Breaker.Name != "Cards.Spoil" {
				t.Fatalf("the call that failed was %q", town.Breaker.Name)
			}
			town.Breaker.Arm(0, false)
			if err == nil || production.ChipFailed.Is(err) && !lost {
				t.Fatalf("lost %v: %v", lost, err)
			}
			if settled {
				town.Settle()
			}
			now := makeIt(t, town, app, chips)
			town.Settle()
			clean(t, town, "spoiling cut", o, now)
			town.Sound()
		}
	}
}

// failing calls f at an exchange and fails there.
type failing struct{ hooked }

func (f *failing) Transmit(b []byte) ([]byte, error) {
	if f.count+1 == f.at {
		f.count++
		f.f()
		return nil, countertest.ErrCut
	}
	return f.hooked.Transmit(b)
}

// A call that is cancelled on the way still ends cleanly.
func TestCRT27_CancelledCall(t *testing.T) {
	town := countertest.New(t)
	app := town.Apply(town.Enter(countertest.Adult()), countertest.Both)
	o := town.Place(app)
	chip := town.Blank(o.Card)
	cancelled, cancel := context.WithCancel(ctx)
	defer cancel()
	wire := &hooked{chip.Power(), 6, cancel, 0}
	_, err := town.Production.Personalise(cancelled, countertest.Maker1, o.ID, wire)
	town.Wants(err, production.ChipFailed)
	o, err = town.Production.Order(ctx, o.ID)
	if err != nil || o.State != production.Failed || town.Card(o.Card).State != cards.Spoiled {
		t.Errorf("%s %v", o.State, err)
	}
}

// hooked calls f before exchange at.
type hooked struct {
	reader.Transport
	at    int
	f     func()
	count int
}

func (h *hooked) Transmit(b []byte) ([]byte, error) {
	if h.count++; h.count == h.at {
		h.f()
	}
	return h.Transport.Transmit(b)
}

// Shows: CRT-22, CRT-23, CRT-25, CRT-28, C-10, P-55
func TestCRT28_P55_InjectedKeyIsForThisChipAlone(t *testing.T) {
	town := countertest.New(t)
	x := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	chipX := town.Blank(x.Card)
	record := &countertest.Wire{Transport: chipX.Power()}
	x, err := town.Production.Personalise(ctx, countertest.Maker1, x.ID, record)
	town.Must(err)
	if x.Keys["signature"] != authority.Injected || x.Keys["authentication"] != authority.BornOnChip {
		t.Errorf("paths %v", x.Keys)
	}
	// The very bytes sent to X, the script with the wrapped key among them.
	var script []byte
	for _, c := range record.Sent {
		if len(c) > 7 && c[0] == 0x80 && c[1] == cardmgmt.InsData && c[4] == 0 {
			script = append(script, c[7:]...)
		}
	}
	var wrapped cardmgmt.LoadWrappedKey
	for skip := range len(script) {
		items, err := cardmgmt.ParseScript(script[skip:])
		if err != nil {
			continue
		}
		for _, i := range items {
			if w, ok := i.(cardmgmt.LoadWrappedKey); ok {
				wrapped = w
			}
		}
		break
	}
	if len(wrapped.Ciphertext) == 0 {
		t.Fatal("no wrapped key was sent")
	}
	y := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	chipY := town.Blank(y.Card)
	before := chipY.Copy()
	on, err := reader.New(chipY.Power(), reader.WithExtendedLength(4096)).Issuer()
	town.Must(err)
	_, _, err = cards.Perform(ctx, town.Cards, countertest.Maker1, on,
		cards.Grant{Card: y.Card, Session: [16]byte{1}, SessionID: y.ID, Op: cardmgmt.Personalise}, cardmgmt.Script{wrapped})
	var status *reader.StatusError
	if !errors.As(err, &status) || status.SW != 0x6A80 {
		t.Errorf("chip Y answered %v", err)
	}
	if !chipY.Same(before) {
		t.Error("chip Y was written to")
	}
}

// Shows: CRT-24, CRT-26, P-55
func TestCRT26_P55_NoPrivateKeyIsStoredAnywhere(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	o, _ := town.Write(town.Apply(p, countertest.Both))
	// And one that failed on the way.
	bad := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	_, err := town.Production.Personalise(ctx, countertest.Maker1, bad.ID, &countertest.Wire{Transport: town.Blank(bad.Card).Power(), At: 14})
	town.Wants(err, production.ChipFailed)
	town.Settle()
	stored := town.Stored()
	public := 0
	for _, k := range town.CardKeys.Given {
		if countertest.Holds(stored, k.N.Bytes()) {
			public++
		}
		for what, secret := range map[string][]byte{"p": k.Primes[0].Bytes(), "q": k.Primes[1].Bytes(), "d": k.D.Bytes(),
			"dp": k.Precomputed.Dp.Bytes(), "dq": k.Precomputed.Dq.Bytes(), "q inverse": k.Precomputed.Qinv.Bytes()} {
			for _, part := range [][]byte{secret, secret[:24], secret[len(secret)-24:]} {
				if countertest.Holds(stored, part) {
					t.Errorf("%s of a private key is in the database", what)
				}
			}
		}
	}
	if public < 5 {
		t.Errorf("the search found %d public keys: it finds nothing", public)
	}
	// Both sides have recorded the deletion of the same bytes.
	made, gone := map[string]bool{}, map[string]bool{}
	for _, e := range town.Entries() {
		switch e.Act {
		case authority.ActKeyDestroyed:
			made[e.Details["wrapped_sha256"]] = true
		case "production.wrapped_key_deleted":
			gone[e.Details["wrapped_sha256"]] = true
		}
	}
	if len(made) != 2 || len(gone) != 2 {
		t.Fatalf("%d keys made, %d deleted", len(made), len(gone))
	}
	for d := range made {
		if !gone[d] {
			t.Error("a wrapped key has no record of its deletion at the works")
		}
	}
	if c := town.Certificates(o.Card, jpki.Signature); len(c) != 1 || c[0].KeyPath != authority.Injected {
		t.Errorf("%+v", c)
	}
}

// Shows: P-15, PRD-28
func TestP15_PersonalisedChipIsMute(t *testing.T) {
	town := countertest.New(t)
	o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	before := chip.Copy()
	card := reader.New(chip.Power())
	pin := mynumber.NewSecret("4271")
	for name, try := range map[string]func() error{
		"sign": func() error {
			j, err := card.JPKI()
			if err == nil {
				_, err = j.Sign(reader.AuthenticationKey, make([]byte, 32))
			}
			return err
		},
		"certificate": func() error {
			j, err := card.JPKI()
			if err == nil {
				_, err = j.Certificate(reader.AuthenticationKey)
			}
			return err
		},
		"PIN": func() error {
			j, err := card.JPKI()
			if err == nil {
				err = j.Verify(reader.AuthenticationKey, pin)
			}
			return err
		},
		"text": func() error {
			a, err := card.Text()
			if err == nil {
				err = a.VerifyPIN(pin)
			}
			return err
		},
		"register": func() error {
			a, err := card.Register()
			if err == nil {
				err = a.VerifyPIN(pin)
			}
			return err
		},
		"common data": func() error {
			a, err := card.Common()
			if err == nil {
				_, err = a.Data()
			}
			return err
		},
	} {
		if err := try(); !errors.Is(err, reader.ErrInert) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !chip.Same(before) {
		t.Error("something was written")
	}
	if s := town.Standing(o.Card); s != cards.NotYet {
		t.Errorf("standing %s", s)
	}
	for _, k := range jpki.Kinds {
		if c := town.Certificates(o.Card, k, authority.Issued); len(c) != 1 {
			t.Errorf("%s: %d certificates issued and not valid", k, len(c))
		}
	}
}

// Shows, CRT-25
func TestR13_WishesAndAgeDecideTheCertificates(t *testing.T) {
	town := countertest.New(t)
	for name, c := range map[string]struct {
		wishes          intake.Wishes
		birth           mynumber.Date
		signature, auth bool
	}{
		"both":                    {countertest.Both, date(1991, 5, 4), true, true},
		"none wished":             {intake.Wishes{}, date(1991, 5, 4), false, false},
		"only signature":          {intake.Wishes{Signature: true}, date(1991, 5, 4), true, false},
		"only authentication":     {intake.Wishes{Authentication: true}, date(1991, 5, 4), false, true},
		"R-13 fourteen":           {countertest.Both, date(2011, 4, 2), false, true},
		"R-13 fifteen on the day": {countertest.Both, date(2011, 4, 1), true, true},
		"R-13 PIN-less":           {intake.Wishes{Signature: true, Authentication: true, Pinless: true}, date(1991, 5, 4), false, true},
	} {
		t.Run(name, func(t *testing.T) {
			town.In(t)
			e := countertest.Adult()
			e.Attributes.BirthDate = c.birth
			o, chip := town.Write(town.Apply(town.Enter(e), c.wishes))
			sig, auth := town.Certificates(o.Card, jpki.Signature), town.Certificates(o.Card, jpki.Authentication)
			if (len(sig) == 1) != c.signature || (len(auth) == 1) != c.auth {
				t.Fatalf("%d signature, %d authentication", len(sig), len(auth))
			}
			fifth, last := mynumber.NthBirthdayAfter(c.birth, town.Today(), 5), town.Card(o.Card).ExpiresOn
			if last.Before(fifth) {
				fifth = last
			}
			for _, x := range append(sig, auth...) {
				if mynumber.DateOf(x.NotAfter) != fifth {
					t.Errorf("R-12: %s ends on %v, want %v", x.Kind, mynumber.DateOf(x.NotAfter), fifth)
				}
				der, err := x509.ParseCertificate(x.DER)
				town.Must(err)
				if !der.NotAfter.Equal(x.NotAfter) {
					t.Error("record and certificate differ")
				}
			}
			town.Inspect(o, chip)
		})
	}
	town.Sound()
}

func TestHandlers_RefuseNonsenseAndRepeatQuietly(t *testing.T) {
	town := countertest.New(t)
	o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	town.Inspect(o, chip)
	box, err := town.Production.Consign(ctx, countertest.Maker1, countertest.Kiyose, []string{o.ID})
	town.Must(err)
	payloads := map[string]any{
		intake.EffectAccepted:      intake.AcceptedEffect{Application: o.Application},
		cards.EffectEnded:          cards.CardEffect{Card: o.Card, Person: o.Person},
		production.EffectConsigned: production.ConsignmentEffect{Consignment: box.ID},
	}
	before := len(town.Entries())
	for kind, h := range town.Production.Handlers() {
		b, err := json.Marshal(payloads[kind])
		town.Must(err)
		for range 2 {
			town.Must(h(ctx, effect(kind, b)))
		}
		if err := h(ctx, effect(kind, []byte("{"))); err == nil {
			t.Errorf("%s: took half a payload", kind)
		}
	}
	if n := len(town.Entries()); n != before {
		t.Errorf("%d more entries", n-before)
	}
	if o, _ = town.Production.Order(ctx, o.ID); o.State != production.Packed {
		t.Errorf("the packed order is %s", o.State)
	}
	// A card of nobody's order is no concern of production.
	b, _ := json.Marshal(cards.CardEffect{Card: "400000000000001"})
	town.Must(town.Production.Handlers()[cards.EffectEnded](ctx, effect(cards.EffectEnded, b)))
}

func effect(kind string, payload []byte) journal.Effect {
	return journal.Effect{Kind: kind, Payload: payload}
}
