package production_test

import (
	"context"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/production"
	"kado/internal/municipality/counter/countertest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Shows: PRD-07, PRD-32, P-17
func TestPRD32_InspectorIsNotTheWriter(t *testing.T) {
	town := countertest.New(t)
	o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	wire := &countertest.Wire{Transport: chip.Power()}
	_, err := town.Production.Inspect(ctx, countertest.Maker1, o.ID, wire)
	town.Wants(err, production.SameHands)
	// Nor the same person under another staff id.
	town.Tx(func(ctx context.Context, tx *db.Tx) error {
		for _, id := range []string{"maker-8", "maker-9"} {
			m := staff.Member{ID: id, Name: "兼務", Branch: countertest.WorksHall, Employer: "maker", Person: "per_twice", Roles: []staff.Role{staff.MakerOperator}}
			if err := staff.AddMember(ctx, tx, m, town.Who()); err != nil {
				return err
			}
		}
		return nil
	})
	second := town.Place(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	other := town.Blank(second.Card)
	_, err = town.Production.Personalise(ctx, journal.Actor{Kind: journal.Staff, ID: "maker-8"}, second.ID, other.Power())
	town.Must(err)
	_, err = town.Production.Inspect(ctx, journal.Actor{Kind: journal.Staff, ID: "maker-9"}, second.ID, wire)
	town.Wants(err, production.SameHands)
	if wire.Count != 0 {
		t.Errorf("a chip saw %d commands", wire.Count)
	}
	town.Inspect(o, chip)
	town.Inspect(second, other)
}

// Shows: PRD-07, PRD-09, PRD-10, P-03
//
// Each file that production wrote is changed by an act that the card management
// system permits, one file a card: the inspection finds each, and the card is
// never repaired.
func TestPRD09_PRD10_InspectionFindsEveryChangedFile(t *testing.T) {
	town := countertest.New(t)
	files := []struct {
		app layout.Application
		id  layout.FileID
	}{
		{layout.Master, layout.IssuerID}, {layout.Master, layout.MunicipalityCode}, {layout.Master, layout.ExpiryDate},
		{layout.Common, layout.CommonData}, {layout.Common, layout.CommonKeyReference},
		{layout.Register, layout.RegisterKeyReference}, {layout.Register, layout.ResidentCode},
		{layout.Text, layout.TextNumber}, {layout.Text, layout.TextAttributes}, {layout.Text, layout.TextSignature}, {layout.Text, layout.TextCVC},
		{layout.Text, layout.TextInfo}, {layout.Text, layout.TextCardKey},
		{layout.Face, layout.FaceBirthDate}, {layout.Face, layout.FaceCard}, {layout.Face, layout.FaceInfo}, {layout.Face, layout.FaceCVC}, {layout.Face, layout.FaceNumber},
		{layout.JPKI, layout.JPKIToken},
	}
	o, written := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	// The works' own act is a chip's; the system's table lets nobody rewrite before
	// delivery, so the changer has the chip's key.
	key := chipKey(town, o.Card)
	for i, f := range files {
		changed := written.Copy()
		on, err := reader.New(changed.Power(), reader.WithExtendedLength(4096)).Issuer()
		town.Must(err)
		challenge, err := on.Challenge()
		town.Must(err)
		act, err := cardmgmt.NewAct(key, string(o.Card), challenge, cardmgmt.Session{byte(i + 1)}, cardmgmt.Rewrite,
			cardmgmt.Script{cardmgmt.WriteFile{Application: f.app, File: f.id, Content: []byte{0x41, byte(i)}}})
		town.Must(err)
		if _, err := on.Run(act); err != nil {
			t.Fatalf("%v %04X: %v", f.app, uint16(f.id), err)
		}
		// A dry run of the inspection: on a copy of the database it would fail the
		// order; here every order is needed once more, so its failure is undone.
		_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, changed.Power())
		if !production.ChipFailed.Is(err) {
			t.Errorf("%v %04X: %v", f.app, uint16(f.id), err)
		}
		town.Tx(func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, `UPDATE production_order SET state = 'written' WHERE id = $1`, o.ID); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE cards_card SET state = 'personalised', last_act = 'personalise', end_reason = '' WHERE id = $1`, string(o.Card))
			return err
		})
	}
	reasons := map[string]bool{}
	for _, e := range town.Entries() {
		if e.Act == "production.failed" {
			if e.Outcome != journal.Failed {
				t.Error("the failure is not recorded as one")
			}
			reasons[e.Reason] = true
		}
	}
	if len(reasons) != len(files) {
		t.Errorf("%d different reasons kept for %d files", len(reasons), len(files))
	}
	town.Inspect(o, written) // the unchanged one passes
}

// chipKey derives the management key as the card management system does.
func chipKey(town *countertest.Town, id mynumber.CardID) cardmgmt.Key {
	master, err := town.Keys.Secret(ctx, "cards-master")
	town.Must(err)
	k, err := cardmgmt.DeriveKey(master, string(id))
	town.Must(err)
	return k
}

// Shows: PRD-09, PRD-10
func TestPRD09_InspectionComparesWithTheRegisterOfTheDay(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	app := town.Apply(p, countertest.Both)
	o, chip := town.Write(app)
	_, err := town.Registry.Rename(ctx, countertest.Sato, p.ID, "東　花子", "アズマ　ハナコ", "AZUMA HANAKO", town.Today())
	town.Must(err)
	_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
	town.Wants(err, production.ChipFailed)
	_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
	town.Wants(err, production.NotInThisState) // never repaired in place
	town.Settle()
	for _, k := range jpki.Kinds {
		if c := town.Certificates(o.Card, k, authority.Issued, authority.Active); len(c) > 0 {
			t.Errorf("%s certificate is left", k)
		}
	}
	again, chip := town.Write(app)
	if again.Card == o.Card {
		t.Error("the same card again")
	}
	town.Inspect(again, chip)
	town.Sound()
}

// A certificate that ended after it was written does not leave the works.
func TestPRD07_EndedCertificateFailsTheInspection(t *testing.T) {
	town := countertest.New(t)
	o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	c := town.Certificates(o.Card, jpki.Authentication)[0]
	town.Must(town.Authority.Revoke(ctx, countertest.System, c.Kind, c.Serial, mynumber.KeyCompromise))
	_, err := town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
	town.Wants(err, production.ChipFailed)
	if s := town.Card(o.Card).State; s != cards.Spoiled {
		t.Errorf("card %s", s)
	}
}

// Shows: PRD-07, P-01
//
// Another card on the inspector's machine, or a cut at any exchange, says nothing
// about this order: it is as before, and the right card passes.
func TestPRD07_CutOrOtherCardLeavesTheOrder(t *testing.T) {
	town := countertest.New(t)
	o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	_, other := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
	before := other.Copy()
	_, err := town.Production.Inspect(ctx, countertest.Maker2, o.ID, other.Power())
	town.Wants(err, production.NoAnswer)
	if !other.Same(before) {
		t.Error("the other card was written to")
	}
	n := 1
	for ; ; n++ {
		wire := &countertest.Wire{Transport: chip.Power(), At: n, Lost: n%2 == 0}
		_, err = town.Production.Inspect(ctx, countertest.Maker2, o.ID, wire)
		if wire.Count < n {
			break
		}
		town.Wants(err, production.NoAnswer)
		if now, _ := town.Production.Order(ctx, o.ID); now.State != production.Written {
			t.Fatalf("exchange %d: the order is %s", n, now.State)
		}
	}
	town.Must(err)
	if n < 5 {
		t.Errorf("only %d exchanges", n-1)
	}
}

// A cut at every call to another office while inspecting: repeated to success.
func TestPRD07_CutAtEveryOfficeCall(t *testing.T) {
	for _, lost := range []bool{false, true} {
		town := countertest.New(t)
		o, chip := town.Write(town.Apply(town.Enter(countertest.Adult()), countertest.Both))
		for n := 1; ; n++ {
			town.Breaker.Arm(n, lost)
			_, err := town.Production.Inspect(ctx, countertest.Maker2, o.ID, chip.Power())
			if !town.Breaker.Fired() {
				town.Must(err)
				break
			}
			if err == nil {
				t.Fatalf("call %d did not matter", n)
			}
			if now, _ := town.Production.Order(ctx, o.ID); now.State != production.Written {
				t.Fatalf("call %d (%s): the order is %s", n, town.Breaker.Name, now.State)
			}
		}
		town.Breaker.Arm(0, false)
		town.Sound()
	}
}

// Shows: LIF-34, P-46
func TestLIF34_RewriteIsExactlyTheAttributeFiles(t *testing.T) {
	town := countertest.New(t)
	p := town.Enter(countertest.Adult())
	o, _ := town.Write(town.Apply(p, countertest.Both))
	targets := func() (files []string, references int) {
		t.Helper()
		b, err := town.Production.Rewrite(ctx, countertest.Mori, o.Card, "ses_1")
		town.Must(err)
		script, err := cardmgmt.ParseScript(b)
		town.Must(err)
		for _, i := range script {
			switch i := i.(type) {
			case cardmgmt.WriteFile:
				if i.Application == layout.JPKI || i.Application == layout.Master {
					t.Errorf("it writes %v", i)
				}
				files = append(files, i.Application.String())
			case cardmgmt.LoadReference:
				references++
			default:
				t.Errorf("it does %T", i)
			}
		}
		return files, references
	}
	if f, r := targets(); len(f) != 3 || r != 0 {
		t.Errorf("%v and %d references", f, r)
	}
	_, err := town.Registry.Rename(ctx, countertest.Sato, p.ID, "東　花子", "アズマ　ハナコ", "AZUMA HANAKO", town.Today())
	town.Must(err)
	if f, r := targets(); len(f) != 3 || r != 0 {
		t.Errorf("after a change of name: %v and %d references", f, r)
	}
	town.Corrected[p.ID] = func(p *registry.Person) { p.Attributes.BirthDate = p.Attributes.BirthDate.AddDays(1) }
	if f, r := targets(); len(f) != 4 || r != 3 {
		t.Errorf("after a correction of the birth date: %v and %d references", f, r)
	}
	_, err = town.Production.Rewrite(ctx, countertest.Mori, "400000000000001", "ses_1")
	if err == nil {
		t.Error("a card that does not exist")
	}
}
