package cards

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// The states of an applet on record.
const (
	appletGranted = "granted" // permitted; whether the chip took it is not known yet
	appletLoaded  = "loaded"
	appletRemoved = "removed"
)

// maxConsent is the longest name of a record of consent in bytes.
const maxConsent = 100

// checkFreeArea permits an operation on the free area of a card in operation, or
// says what is missing (CHP-65). It adds to the details of the journal entry.
func (o *Office) checkFreeArea(ctx context.Context, tx *db.Tx, r row, by journal.Actor, g Grant, details map[string]string) error {
	if by.Kind != journal.Staff {
		return StaffOnly.New(g.Op.String())
	}
	script, err := cardmgmt.ParseScript(g.Content)
	if err != nil || cardmgmt.Digest(g.Content) != g.Script {
		return Malformed.Because(err, "script")
	}
	if !printable(g.Consent) {
		return malformed("consent")
	}
	switch g.Op {
	case cardmgmt.InstallApplet:
		return o.checkInstall(ctx, tx, r, g, script, details)
	case cardmgmt.RemoveApplet:
		return checkRemove(ctx, tx, r, g, script, details)
	}
	return nil
}

func printable(s string) bool {
	return len(s) <= maxConsent && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func (o *Office) checkInstall(ctx context.Context, tx *db.Tx, r row, g Grant, script cardmgmt.Script, details map[string]string) error {
	var item *cardmgmt.InstallAppletItem
	for _, i := range script {
		if a, ok := i.(cardmgmt.InstallAppletItem); ok {
			if item != nil {
				return malformed("script")
			}
			item = &a
		}
	}
	if item == nil {
		return malformed("script")
	}
	offered, err := offering(ctx, tx, offeringID(item.Provider, item.Basis, item.Type, item.Area, item.Version))
	switch {
	case NoOffering.Is(err), err == nil && !offered.Ended.IsZero():
		return NotOffered.New()
	case err != nil:
		return err
	case g.Consent == "":
		return ConsentNeeded.New()
	}
	free, known, err := room(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if known && len(item.Record) > free {
		return NoRoom.New(free)
	}
	details["provider"], details["basis"], details["consent"] = item.Provider, item.Basis, g.Consent
	_, err = tx.Exec(ctx, `INSERT INTO cards_applet (card, aid, slot, offering, state, consent, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (card, aid) DO UPDATE SET slot = $3, offering = $4, state = $5, consent = $6, changed_at = $7 WHERE cards_applet.state <> 'loaded'`,
		r.ID, item.AID, item.Slot.Slot(), offered.ID, appletGranted, g.Consent, o.clock.Now())
	return err
}

// checkRemove permits what the holder asked for, and what is no longer approved.
func checkRemove(ctx context.Context, tx *db.Tx, r row, g Grant, script cardmgmt.Script, details map[string]string) error {
	all, err := appletsOf(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	if len(script) == 0 {
		return malformed("script")
	}
	for _, i := range script {
		item, ok := i.(cardmgmt.RemoveAppletItem)
		if !ok {
			return malformed("script")
		}
		ended := false
		for _, a := range all {
			ended = ended || bytes.Equal(a.AID, item.AID) && !a.Offering.Ended.IsZero()
		}
		if !ended && g.Consent == "" {
			return ConsentNeeded.New()
		}
	}
	if g.Consent != "" {
		details["consent"] = g.Consent
	}
	return nil
}

// room is how many bytes are free on a card, if its chip has said.
func room(ctx context.Context, tx *db.Tx, id mynumber.CardID) (free int, known bool, err error) {
	var capacity, used int64
	err = tx.QueryRow(ctx, `SELECT capacity, used FROM cards_free_area WHERE card = $1`, id).Scan(&capacity, &used)
	if errors.Is(err, db.ErrNoRows) {
		return 0, false, nil
	}
	return int(capacity - used), err == nil, err
}

// offeringID names an approval by what was approved.
func offeringID(provider, basis string, t cardmgmt.AppletType, a cardmgmt.Area, version uint16) string {
	d := cardmgmt.Digest([]byte(strings.Join([]string{provider, basis, string([]byte{byte(t), byte(a), byte(version >> 8), byte(version)})}, "\x00")))
	return "apo_" + hex.EncodeToString(d[:12])
}

const offeringColumns = `cards_offering.id, provider, basis, type, area, version, since, ended_at`

func scanOffering(scan func(...any) error) (of Offering, err error) {
	return of, scanOfferingInto(&of, scan)
}

func scanOfferingInto(of *Offering, scan func(...any) error, more ...any) error {
	var t, a, v int
	err := scan(append([]any{&of.ID, &of.Provider, &of.Basis, &t, &a, &v, db.IntoTime(&of.Since), db.IntoTime(&of.Ended)}, more...)...)
	of.Type, of.Area, of.Version = cardmgmt.AppletType(t), cardmgmt.Area(a), uint16(v)
	return err
}

func offering(ctx context.Context, tx *db.Tx, id string) (Offering, error) {
	of, err := scanOffering(tx.QueryRow(ctx, `SELECT `+offeringColumns+` FROM cards_offering WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return of, NoOffering.New()
	}
	return of, err
}

// Offer implements FreeArea. An approval that has ended begins again.
func (o *Office) Offer(ctx context.Context, by journal.Actor, of Offering) (Offering, error) {
	if by.Kind != journal.Staff {
		return Offering{}, StaffOnly.New("approval")
	}
	// The form is the one that the chip checks, too.
	_, err := cardmgmt.Applet{Slot: layout.Slot(1), Type: of.Type, Area: of.Area, Version: of.Version, Provider: of.Provider, Basis: of.Basis,
		AID: append(of.Type.Prefix(), 1)}.Encode()
	if err != nil {
		return Offering{}, Malformed.Because(err, "offering")
	}
	of.ID = offeringID(of.Provider, of.Basis, of.Type, of.Area, of.Version)
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		was, err := offering(ctx, tx, of.ID)
		if err == nil && was.Ended.IsZero() {
			of = was
			return nil
		}
		if err != nil && !NoOffering.Is(err) {
			return err
		}
		of.Since, of.Ended = o.clock.Now(), time.Time{}
		_, err = tx.Exec(ctx, `INSERT INTO cards_offering (id, provider, basis, type, area, version, since) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (id) DO UPDATE SET since = $7, ended_at = ''`, of.ID, of.Provider, of.Basis, int(of.Type), int(of.Area), int(of.Version), of.Since)
		if err != nil {
			return err
		}
		return note(ctx, tx, ActOffered, by, of, of.Since)
	})
	return of, err
}

func note(ctx context.Context, tx *db.Tx, act string, by journal.Actor, of Offering, at time.Time) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: at, Actor: by, Office: "cards", Act: act, Outcome: journal.Done,
		Details: map[string]string{"offering": of.ID, "provider": of.Provider, "basis": of.Basis}})
	return err
}

// EndOffering implements FreeArea; the second time it does nothing.
func (o *Office) EndOffering(ctx context.Context, by journal.Actor, id string) error {
	if by.Kind != journal.Staff {
		return StaffOnly.New("approval")
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		of, err := offering(ctx, tx, id)
		if err != nil || !of.Ended.IsZero() {
			return err
		}
		now := o.clock.Now()
		if _, err := tx.Exec(ctx, `UPDATE cards_offering SET ended_at = $2 WHERE id = $1`, id, now); err != nil {
			return err
		}
		return note(ctx, tx, ActOfferingEnded, by, of, now)
	})
}

// Offerings implements FreeArea.
func (o *Office) Offerings(ctx context.Context) (out []Offering, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out, err = db.Collect(ctx, tx, scanOffering, `SELECT `+offeringColumns+` FROM cards_offering ORDER BY provider, basis, type, version, cards_offering.id`)
		return err
	})
	return out, err
}

// appletRow is an applet as the table holds it.
type appletRow struct {
	LoadedApplet
	state string
}

func scanApplet(scan func(...any) error) (a appletRow, err error) {
	err = scanOfferingInto(&a.Offering, scan, &a.Card, &a.AID, &a.Slot, &a.state, db.IntoTime(&a.Since))
	return a, err
}

// appletsOf returns what is on record of a card's free area, in the order of
// slots.
func appletsOf(ctx context.Context, tx *db.Tx, id mynumber.CardID) ([]appletRow, error) {
	return db.Collect(ctx, tx, scanApplet, `SELECT `+offeringColumns+`, card, aid, slot, state, changed_at FROM cards_applet
		JOIN cards_offering ON cards_offering.id = cards_applet.offering WHERE card = $1 ORDER BY slot, aid`, id)
}

// Listed implements FreeArea: what the chip names is loaded, what it does not
// name is not. An applet that the office never permitted is not taken into the
// record; there is none unless a chip lies.
func (o *Office) Listed(ctx context.Context, by journal.Actor, id mynumber.CardID, session string, area cardmgmt.FreeArea) error {
	if by.Kind != journal.Staff {
		return StaffOnly.New(cardmgmt.ListApplets.String())
	}
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := find(ctx, tx, id)
		if err != nil {
			return err
		}
		now := o.clock.Now()
		if _, err := tx.Exec(ctx, `INSERT INTO cards_free_area (card, capacity, used, at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (card) DO UPDATE SET capacity = $2, used = $3, at = $4`, id, area.Capacity, area.Used, now); err != nil {
			return err
		}
		all, err := appletsOf(ctx, tx, id)
		if err != nil {
			return err
		}
		for _, a := range all {
			to, act := a.on(area), ""
			switch {
			case to == a.state:
				continue
			case to == appletLoaded:
				act = ActAppletLoaded
			case a.state == appletLoaded:
				act = ActAppletRemoved
			}
			if _, err := tx.Exec(ctx, `UPDATE cards_applet SET state = $3, changed_at = $4 WHERE card = $1 AND aid = $2`, id, a.AID, to, now); err != nil {
				return err
			}
			if act == "" {
				continue // permitted, and the chip refused it
			}
			e := r.entry(act, by)
			e.At, e.Session = now, session
			e.Details = map[string]string{"provider": a.Offering.Provider, "basis": a.Offering.Basis}
			if _, err := journal.Write(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// on is the state of an applet that follows from what the chip lists.
func (a appletRow) on(area cardmgmt.FreeArea) string {
	for _, x := range area.Applets {
		if bytes.Equal(x.AID, a.AID) && x.Slot.Slot() == a.Slot {
			return appletLoaded
		}
	}
	return appletRemoved
}

// Applets implements FreeArea.
func (o *Office) Applets(ctx context.Context, id mynumber.CardID) (out []LoadedApplet, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		if _, err := find(ctx, tx, id); err != nil {
			return err
		}
		all, err := appletsOf(ctx, tx, id)
		out = loaded(all)
		return err
	})
	return out, err
}

func loaded(all []appletRow) (out []LoadedApplet) {
	for _, a := range all {
		if a.state == appletLoaded {
			out = append(out, a.LoadedApplet)
		}
	}
	return out
}

// ToReload implements FreeArea.
func (o *Office) ToReload(ctx context.Context, person string) (out []LoadedApplet, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		rows, err := ofPerson(ctx, tx, person)
		if err != nil {
			return err
		}
		have, wanted := map[string]bool{}, []LoadedApplet{}
		for _, r := range rows {
			all, err := appletsOf(ctx, tx, r.ID)
			if err != nil {
				return err
			}
			for _, a := range loaded(all) {
				if !ended(r.State) {
					have[a.Offering.ID] = true
				} else if a.Offering.Ended.IsZero() {
					wanted = append(wanted, a)
				}
			}
		}
		// The newest card first: what was loaded twice is named once.
		for i := len(wanted) - 1; i >= 0; i-- {
			if a := wanted[i]; !have[a.Offering.ID] {
				have[a.Offering.ID] = true
				out = append(out, a)
			}
		}
		return nil
	})
	return out, err
}
