package cards

import (
	"bytes"
	"context"
	"crypto/rsa"
	"errors"
	"slices"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/internal/platform/journal"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

var library = Offering{Provider: "13101", Basis: "ordinance 7 of 2025", Type: cardmgmt.MunicipalCard, Area: cardmgmt.MunicipalArea, Version: 1}

// installing is a grant to load an applet.
func installing(t testing.TB, id mynumber.CardID, challenge byte, a cardmgmt.Applet, consent string) Grant {
	t.Helper()
	record, err := chiptest.LibraryRecord.Encode()
	if err != nil {
		t.Fatal(err)
	}
	script, _ := chiptest.InstallScript(a, record)
	return reading(t, grant(id, cardmgmt.InstallApplet, challenge), script, consent)
}

func reading(t testing.TB, g Grant, script cardmgmt.Script, consent string) Grant {
	t.Helper()
	b, err := script.Encode()
	if err != nil {
		t.Fatal(err)
	}
	g.Content, g.Script, g.Consent, g.Second = b, cardmgmt.Digest(b), consent, ""
	return g
}

func removing(t testing.TB, id mynumber.CardID, challenge byte, a cardmgmt.Applet, consent string) Grant {
	return reading(t, grant(id, cardmgmt.RemoveApplet, challenge), cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: a.Slot, AID: a.AID}}, consent)
}

func listed(capacity int, all ...cardmgmt.Applet) cardmgmt.FreeArea {
	area := cardmgmt.FreeArea{Capacity: capacity}
	for _, a := range all {
		area.Applets = append(area.Applets, cardmgmt.InstalledApplet{Applet: a, Size: 100})
		area.Used += 100
	}
	return area
}

// TestCHP65_FreeArea_EveryStateAndPrecondition: an operation on the free area
// needs a card in operation, a member of staff, an approval, consent and room.
func TestCHP65_FreeArea_EveryStateAndPrecondition(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		applet := chiptest.MunicipalApplet(1, 0)
		of, err := d.Offer(ctx, clerk, library)
		d.must(err)
		n := byte(0)
		for _, s := range Lives.States {
			c := d.in(s.ID)
			for op, g := range map[cardmgmt.Op]Grant{cardmgmt.InstallApplet: installing(t, c.ID, n+1, applet, "con_1"), cardmgmt.RemoveApplet: removing(t, c.ID, n+2, applet, "con_1"),
				cardmgmt.ListApplets: reading(t, grant(c.ID, cardmgmt.ListApplets, n+3), nil, "")} {
				before := len(d.entries(c.ID))
				mac, err := d.Authorise(ctx, clerk, g)
				if s.ID != InOperation {
					wants(t, err, OperationNotPermitted)
					if mac != nil || len(d.entries(c.ID)) != before {
						t.Fatalf("%s in %s: refused, and yet something was given", op, s.ID)
					}
					continue
				}
				d.must(err)
				want := cardmgmt.Cryptogram(masterKey(t, d, c.ID), string(c.ID), g.Challenge, g.Session, op, g.Script)
				e := d.entries(c.ID)[before]
				if !bytes.Equal(mac, want[:]) || e.Act != ActGranted || e.Details["operation"] != op.String() {
					t.Fatalf("%s: %+v", op, e)
				}
				if op == cardmgmt.InstallApplet && (e.Details["provider"] != "13101" || e.Details["basis"] != library.Basis || e.Details["consent"] != "con_1") {
					t.Errorf("journal %+v", e.Details)
				}
			}
			n += 3
		}

		c := d.in(InOperation)
		refused := func(name string, by journal.Actor, g Grant, kind interface{ Is(error) bool }) {
			t.Helper()
			before := len(d.entries(c.ID))
			mac, err := d.Authorise(ctx, by, g)
			if !kind.Is(err) || mac != nil || len(d.entries(c.ID)) != before {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, by := range []journal.Actor{{Kind: journal.Holder, ID: c.Person}, {Kind: journal.System, ID: "counter"}, {Kind: journal.RelyingParty, ID: "shop"}} {
			refused("by "+string(by.Kind), by, installing(t, c.ID, 200, applet, "con_1"), StaffOnly)
			refused("by "+string(by.Kind), by, removing(t, c.ID, 200, applet, "con_1"), StaffOnly)
			refused("by "+string(by.Kind), by, reading(t, grant(c.ID, cardmgmt.ListApplets, 200), nil, ""), StaffOnly)
		}
		refused("without consent", clerk, installing(t, c.ID, 201, applet, ""), ConsentNeeded)
		refused("removed without consent", clerk, removing(t, c.ID, 201, applet, ""), ConsentNeeded)
		refused("consent of many words", clerk, installing(t, c.ID, 201, applet, "she said yes"), Malformed)
		for name, change := range map[string]func(a *cardmgmt.Applet){
			"provider": func(a *cardmgmt.Applet) { a.Provider = "13102" },
			"basis":    func(a *cardmgmt.Applet) { a.Basis = "none" },
			"area":     func(a *cardmgmt.Applet) { a.Area = cardmgmt.ExtendedArea },
			"older":    func(a *cardmgmt.Applet) { a.Version = 0 },
			"newer":    func(a *cardmgmt.Applet) { a.Version = 2 },
		} {
			a := applet
			change(&a)
			refused(name, clerk, installing(t, c.ID, 202, a, "con_1"), NotOffered)
		}
		// What is shown to the office is what the cryptogram is for.
		g := installing(t, c.ID, 203, applet, "con_1")
		for name, content := range map[string][]byte{"nothing": nil, "half": g.Content[:len(g.Content)-1], "another": removing(t, c.ID, 203, applet, "").Content} {
			h := g
			h.Content = content
			refused(name, clerk, h, Malformed)
		}
		other := reading(t, grant(c.ID, cardmgmt.InstallApplet, 203), cardmgmt.Script{cardmgmt.ListPIN{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN}}, "con_1")
		refused("an installation of nothing", clerk, other, Malformed)
		h := g
		h.Op = cardmgmt.RemoveApplet
		refused("an installation as a removal", clerk, h, Malformed)
		// No room, as far as the chip has said.
		d.must(d.Listed(ctx, clerk, c.ID, "ses_1", cardmgmt.FreeArea{Capacity: 1000, Used: 990, Applets: []cardmgmt.InstalledApplet{{Applet: chiptest.MunicipalApplet(8, 0), Size: 990}}}))
		refused("full", clerk, g, NoRoom)
		d.must(d.Listed(ctx, clerk, c.ID, "ses_1", listed(1000)))
		// The approval ends: nothing is loaded any more.
		d.must(d.EndOffering(ctx, clerk, of.ID))
		refused("approval ended", clerk, g, NotOffered)
		// After the card's last day there is no loading, but listing and removing.
		_, err = d.Offer(ctx, clerk, library)
		d.must(err)
		_, err = d.Authorise(ctx, clerk, g)
		d.must(err)
		d.must(d.clock.Set(expiry.EndOfDay().Add(1e9)))
		refused("last day over", clerk, installing(t, c.ID, 204, applet, "con_1"), OperationNotPermitted)
		_, err = d.Authorise(ctx, clerk, reading(t, grant(c.ID, cardmgmt.ListApplets, 205), nil, ""))
		d.must(err)
		_, err = d.Authorise(ctx, clerk, removing(t, c.ID, 206, applet, "con_2"))
		d.must(err)
		d.sound()
	})
}

func TestCHP62_Offerings(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		of, err := d.Offer(ctx, clerk, library)
		d.must(err)
		again, err := d.Offer(ctx, maker, library)
		if err != nil || again != of {
			t.Errorf("%+v, %v", again, err)
		}
		for name, change := range map[string]func(o *Offering){
			"type": func(o *Offering) { o.Type = 9 }, "area": func(o *Offering) { o.Area = 0 }, "provider": func(o *Offering) { o.Provider = "1310" },
			"no basis": func(o *Offering) { o.Basis = "" }, "long basis": func(o *Offering) { o.Basis = "123456789012345678901234567890123" },
		} {
			bad := library
			change(&bad)
			if _, err := d.Offer(ctx, clerk, bad); !Malformed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.Offer(ctx, journal.Actor{Kind: journal.Holder, ID: "per_1"}, library); !StaffOnly.Is(err) {
			t.Error(err)
		}
		wants(t, d.EndOffering(ctx, clerk, "apo_nothing"), NoOffering)
		wants(t, d.EndOffering(ctx, journal.Actor{Kind: journal.System, ID: "x"}, of.ID), StaffOnly)
		d.must(d.clock.Advance(time.Minute))
		d.must(d.EndOffering(ctx, clerk, of.ID))
		d.must(d.EndOffering(ctx, clerk, of.ID))
		all, err := d.Offerings(ctx)
		if err != nil || len(all) != 1 || all[0].Ended.IsZero() {
			t.Errorf("%+v, %v", all, err)
		}
		again, err = d.Offer(ctx, clerk, library)
		if err != nil || !again.Ended.IsZero() || again.ID != of.ID || !again.Since.After(of.Since) {
			t.Errorf("%+v, %v", again, err)
		}
	})
}

// TestCHP67_WhatHasToBeReloaded: what a chip lists is on record; when the card
// ends, its holder is told what is missing on the new one.
func TestCHP67_WhatHasToBeReloaded(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		seal := library
		seal.Version = 2
		for _, of := range []Offering{library, seal} {
			_, err := d.Offer(ctx, clerk, of)
			d.must(err)
		}
		c := d.in(InOperation)
		first, second := chiptest.MunicipalApplet(1, 0), chiptest.MunicipalApplet(2, 0)
		second.Version = 2
		for i, a := range []cardmgmt.Applet{first, second} {
			_, err := d.Authorise(ctx, clerk, installing(t, c.ID, byte(10+i), a, "con_1"))
			d.must(err)
		}
		has := func(id mynumber.CardID, want ...cardmgmt.Applet) {
			t.Helper()
			all, err := d.Applets(ctx, id)
			ok := err == nil && len(all) == len(want)
			for i := range want {
				ok = ok && bytes.Equal(all[i].AID, want[i].AID) && all[i].Offering.Version == want[i].Version
			}
			if !ok {
				t.Errorf("%+v, %v", all, err)
			}
		}
		has(c.ID) // permitted is not loaded
		d.must(d.Listed(ctx, clerk, c.ID, "ses_1", listed(1000, first, second)))
		has(c.ID, first, second)
		before := len(d.entries(c.ID))
		d.must(d.Listed(ctx, clerk, c.ID, "ses_1", listed(1000, first, second)))
		if len(d.entries(c.ID)) != before {
			t.Error("the same list was journalled twice")
		}
		if err := d.Listed(ctx, journal.Actor{Kind: journal.Holder, ID: c.Person}, c.ID, "ses_1", listed(1000)); !StaffOnly.Is(err) {
			t.Error(err)
		}
		reload := func(want int) {
			t.Helper()
			all, err := d.ToReload(ctx, c.Person)
			if err != nil || len(all) != want {
				t.Errorf("%d to reload, want %d: %v", len(all), want, err)
			}
		}
		reload(0)
		d.must(d.Abolish(ctx, clerk, c.ID, EndLoss))
		reload(2)
		all, err := d.Offerings(ctx)
		d.must(err)
		i := slices.IndexFunc(all, func(o Offering) bool { return o.Version == 2 })
		d.must(d.EndOffering(ctx, clerk, all[i].ID))
		reload(1)
		if _, err := d.Applets(ctx, "999999999999999"); !NoCard.Is(err) {
			t.Error(err)
		}
		d.sound()
	})
}

// TestCHP12_CHP65_R22_WholePath: the office approves, permits, the chip installs,
// a reader finds the record by its AID; then the approval ends and the applet goes.
func TestCHP12_CHP65_R22_WholePath(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(InOperation)
		f := chipOf(t, d, c.ID)
		of, err := d.Offer(ctx, clerk, library)
		d.must(err)
		applet := chiptest.MunicipalApplet(3, cardmgmt.PINForReading)
		record, err := chiptest.LibraryRecord.Encode()
		d.must(err)
		script, pins := chiptest.InstallScript(applet, record)
		issuer := func() *reader.Issuer {
			t.Helper()
			i, err := f.Reader.Issuer()
			d.must(err)
			return i
		}
		g := Grant{Card: c.ID, Session: [16]byte{9}, SessionID: "ses_9", Op: cardmgmt.InstallApplet}
		// Without consent the chip never hears of it.
		if _, err := ChangeFreeArea(ctx, d, clerk, issuer(), g, script, pins...); !ConsentNeeded.Is(err) {
			t.Fatal(err)
		}
		if _, err := f.Reader.MunicipalCard(applet.AID); err == nil {
			t.Fatal("installed without consent")
		}
		g.Consent = "con_77"
		answer, err := ChangeFreeArea(ctx, d, clerk, issuer(), g, script, pins...)
		d.must(err)
		reports, err := cardmgmt.ParseKeyReports(answer)
		if err != nil || len(reports) != 1 {
			t.Fatalf("%d reports, %v", len(reports), err)
		}
		all, err := d.Applets(ctx, c.ID)
		if err != nil || len(all) != 1 || !bytes.Equal(all[0].AID, applet.AID) || all[0].Offering.ID != of.ID || all[0].Slot != 3 {
			t.Fatalf("%+v, %v", all, err)
		}
		// The provider signs record and key, and the office permits the second act.
		pub := any(reports[0].PublicKey).(*rsa.PublicKey)
		evidence, err := files.MunicipalEvidence(applet.AID, record, pub, municipality(t))
		d.must(err)
		g.Op = cardmgmt.Rewrite
		_, _, err = Perform(ctx, d, clerk, issuer(), g, cardmgmt.Script{cardmgmt.WriteFile{Application: applet.Slot, File: layout.AppletEvidence, Content: evidence}})
		d.must(err)
		g.Op = cardmgmt.InstallApplet
		m, err := f.Reader.MunicipalCard(applet.AID)
		d.must(err)
		d.must(m.VerifyPIN(chiptest.AppletPIN))
		got, key, err := m.Record(f.Root)
		if err != nil || got != chiptest.LibraryRecord || !key.Equal(pub) {
			t.Errorf("record %+v, %v", got, err)
		}
		d.must(m.Prove(pub, []byte("challenge")))
		// A script that the office did not see is nothing to the chip: the cryptogram
		// is for another.
		other := chiptest.MunicipalApplet(4, 0)
		otherScript, _ := chiptest.InstallScript(other, record)
		if _, _, err := Perform(ctx, swapped{d, t, script}, clerk, issuer(), g, otherScript); err == nil {
			t.Error("the chip took a script that was not permitted")
		}
		// The holder keeps it while it is approved; then it goes without asking.
		g.Op, g.Consent = cardmgmt.RemoveApplet, ""
		remove := cardmgmt.Script{cardmgmt.RemoveAppletItem{Slot: applet.Slot, AID: applet.AID}}
		if _, err := ChangeFreeArea(ctx, d, clerk, issuer(), g, remove); !ConsentNeeded.Is(err) {
			t.Error(err)
		}
		d.must(d.EndOffering(ctx, clerk, of.ID))
		_, err = ChangeFreeArea(ctx, d, clerk, issuer(), g, remove)
		d.must(err)
		if _, err := f.Reader.MunicipalCard(applet.AID); err == nil {
			t.Error("the applet is still there")
		}
		if all, err := d.Applets(ctx, c.ID); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		var acts []string
		for _, e := range d.entries(c.ID) {
			if e.Session == "ses_9" {
				acts = append(acts, e.Act)
			}
		}
		if want := []string{ActGranted, ActGranted, ActAppletLoaded, ActGranted, ActGranted, ActGranted, ActGranted, ActAppletRemoved}; !slices.Equal(acts, want) {
			t.Errorf("journal %v, want %v", acts, want)
		}
		d.sound()
	})
}

// swapped has another script permitted than the one that goes to the chip.
type swapped struct {
	*desk
	t      testing.TB
	script cardmgmt.Script
}

func (s swapped) Authorise(ctx context.Context, by journal.Actor, g Grant) ([]byte, error) {
	return s.desk.Authorise(ctx, by, reading(s.t, g, s.script, "con_77"))
}

// chipOf makes the chip of a card on record and puts it into operation.
func chipOf(t *testing.T, d *desk, id mynumber.CardID) *chiptest.Fixture {
	t.Helper()
	key, err := d.chipKey(context.Background(), id)
	d.must(err)
	mem, keys := chip.NewRAM(), &chiptest.Keys{}
	card, err := chip.Manufacture(mem, chip.Blank{Serial: string(id), ManagementKey: key}, keys)
	d.must(err)
	f := &chiptest.Fixture{Memory: mem, Keys: keys, Card: card, Reader: reader.New(reader.Virtual(card)), Serial: string(id), Key: key,
		Holder: chiptest.NewHolder(1), Root: &chiptest.Key(0).PublicKey}
	f.Personalise(t)
	f.Activate(t)
	return f
}

// municipality is the provider of the tests, certified by the fixtures' root.
func municipality(t *testing.T) files.Issuer {
	t.Helper()
	rootID, err1 := iso7816.NewKeyID(9000033, 1)
	issuerID, err2 := iso7816.NewKeyID(1310100, 1)
	cvc, err3 := iso7816.CreateCVC(rootID, issuerID, &chiptest.Key(1).PublicKey, chiptest.Key(0))
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return files.Issuer{Key: chiptest.Key(1), CVC: cvc}
}
