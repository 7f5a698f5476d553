package cards

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"kado/cardmgmt"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

func grant(id mynumber.CardID, op cardmgmt.Op, challenge byte) Grant {
	return Grant{Card: id, Session: [16]byte{1, 2, 3}, SessionID: "ses_1", Challenge: [16]byte{0: 0xC0, 15: challenge}, Op: op,
		Script: sha256.Sum256([]byte("script")), Second: "staff_second"}
}

// Every operation in every state, against the exported table.
func TestR22_EveryOperationInEveryState(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		// Those of the free area, which the office reads first, have their own test.
		if n := len(cardmgmt.Ops()) + len(cardmgmt.FreeAreaOps()); len(Permissions) != n {
			t.Fatalf("%d rows for %d operations", len(Permissions), n)
		}
		ids := map[State]mynumber.CardID{}
		for _, s := range Lives.States {
			c := d.in(s.ID)
			ids[s.ID] = c.ID
			for i, op := range cardmgmt.Ops() {
				p := Permissions[i]
				if p.Op != op || p.Why.JA == "" || p.Why.EN == "" {
					t.Fatalf("row %d is of %s", i, p.Op)
				}
				before := len(d.entries(c.ID))
				mac, err := d.Authorise(ctx, clerk, grant(c.ID, op, byte(op)))
				if !slices.Contains(p.States, s.ID) {
					wants(t, err, OperationNotPermitted)
					if mac != nil || len(d.entries(c.ID)) != before {
						t.Fatalf("%s in %s: refused, and yet something was given", op, s.ID)
					}
					continue
				}
				d.must(err)
				g := grant(c.ID, op, byte(op))
				want := cardmgmt.Cryptogram(masterKey(t, d, c.ID), string(c.ID), g.Challenge, g.Session, op, g.Script)
				if !bytes.Equal(mac, want[:]) {
					t.Fatalf("%s in %s: not the chip's cryptogram", op, s.ID)
				}
				e := d.entries(c.ID)[before]
				if e.Act != ActGranted || e.Session != "ses_1" || e.Details["operation"] != op.String() || e.Details["second"] != "staff_second" {
					t.Fatalf("journal %+v", e)
				}
			}
		}
		// After the last day only what the table says.
		d.must(d.clock.Set(expiry.EndOfDay().Add(1e9)))
		for s, id := range ids {
			for _, p := range Permissions {
				if p.FreeArea {
					continue
				}
				_, err := d.Authorise(ctx, clerk, grant(id, p.Op, 100+byte(p.Op)))
				if want := p.PastEnd && slices.Contains(p.States, s); (err == nil) != want {
					t.Errorf("%s in %s after the end: %v", p.Op, s, err)
				}
			}
		}
		d.sound()
	})
}

func TestR22_ChallengeServesOnce_KADO3204(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a, b := d.in(InOperation), d.in(InOperation)
		g := grant(a.ID, cardmgmt.Prove, 1)
		_, err := d.Authorise(ctx, clerk, g)
		d.must(err)
		for _, change := range []func(g *Grant){
			func(*Grant) {},
			func(g *Grant) { g.Op = cardmgmt.Rewrite },
			func(g *Grant) { g.Session[0]++ },
			func(g *Grant) { g.Script[0]++ },
		} {
			h := g
			change(&h)
			mac, err := d.Authorise(ctx, clerk, h)
			wants(t, err, ChallengeUsed)
			if mac != nil {
				t.Fatal("a cryptogram came with the refusal")
			}
		}
		other := g
		other.Card = b.ID // another card's challenge of the same value
		_, err = d.Authorise(ctx, clerk, other)
		d.must(err)
		if es := d.entries(a.ID); es[len(es)-1].Details["operation"] != "prove" {
			t.Errorf("journal of refused grants: %+v", es[len(es)-1])
		}
	})
}

func TestP17_SecondPerson_KADO3205(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		n := byte(0)
		for _, p := range Permissions {
			if !p.TwoPersons {
				continue
			}
			c := d.in(p.States[0])
			for name, try := range map[string]struct {
				by     journal.Actor
				second string
			}{
				"nobody":    {clerk, ""},
				"oneself":   {clerk, clerk.ID},
				"a machine": {journal.Actor{Kind: journal.System, ID: "counter"}, "staff_second"},
				"the owner": {journal.Actor{Kind: journal.Holder, ID: c.Person}, "staff_second"},
			} {
				n++
				g := grant(c.ID, p.Op, n)
				g.Second = try.second
				if _, err := d.Authorise(ctx, try.by, g); !SecondPersonNeeded.Is(err) {
					t.Errorf("%s with %s: %v", p.Op, name, err)
				}
			}
		}
		c := d.in(InOperation)
		g := grant(c.ID, cardmgmt.Rewrite, 1)
		g.Second = ""
		_, err := d.Authorise(ctx, clerk, g)
		d.must(err)
		for _, op := range []cardmgmt.Op{cardmgmt.Activate, cardmgmt.LockPINs, cardmgmt.ReleasePINs} {
			if i := slices.IndexFunc(Permissions, func(p Permission) bool { return p.Op == op }); !Permissions[i].TwoPersons {
				t.Errorf("%s needs one person", op)
			}
		}
	})
}

func TestAuthorise_RefusesUnsetValues(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.in(InOperation)
		for name, change := range map[string]func(g *Grant){
			"op":         func(g *Grant) { g.Op = 0 },
			"high op":    func(g *Grant) { g.Op = 0x0D },
			"challenge":  func(g *Grant) { g.Challenge = [16]byte{} },
			"session":    func(g *Grant) { g.Session = [16]byte{} },
			"session id": func(g *Grant) { g.SessionID = "" },
			"script":     func(g *Grant) { g.Script = [32]byte{} },
		} {
			g := grant(c.ID, cardmgmt.Prove, 1)
			change(&g)
			if _, err := d.Authorise(context.Background(), clerk, g); !Malformed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The grant is on record before the cryptogram exists: what cannot be recorded
// is not given.
func TestR22_RecordedBeforeHandedOut(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(InOperation)
		g := grant(c.ID, cardmgmt.Prove, 1)
		g.SessionID = "not an id" // the journal refuses blanks
		mac, err := d.Authorise(ctx, clerk, g)
		if err == nil || mac != nil {
			t.Fatalf("given without record: %v", err)
		}
		g.SessionID = "ses_1"
		if _, err := d.Authorise(ctx, clerk, g); err != nil {
			t.Fatalf("the failed grant used the challenge up: %v", err)
		}
	})
}

// Many terminals that carry one challenge get one cryptogram.
func TestR22_OneChallengeManyTerminals(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d := newDesk(t, open())
		c := d.in(InOperation)
		g := grant(c.ID, cardmgmt.Prove, 1)
		offices := []*Office{d.Office, New(Deps{DB: open(), Keys: d.keys, Clock: d.clock, Entropy: d.entropy})}
		var mu sync.Mutex
		given := 0
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				mac, err := offices[i%2].Authorise(context.Background(), clerk, g)
				mu.Lock()
				defer mu.Unlock()
				if err == nil && mac != nil {
					given++
				} else if !ChallengeUsed.Is(err) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if given != 1 {
			t.Errorf("%d cryptograms for one challenge", given)
		}
	})
}

func TestR22_ChipKeyReleasedOnce_KADO3207(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(Ordered)
		key, err := d.ReleaseChipKey(ctx, maker, c.ID)
		d.must(err)
		want := masterKey(t, d, c.ID)
		if !bytes.Equal(key, want[:]) {
			t.Error("not the card's key")
		}
		key, err = d.ReleaseChipKey(ctx, maker, c.ID)
		wants(t, err, ChipKeyReleased)
		if key != nil {
			t.Error("a key came with the refusal")
		}
		_, err = d.ReleaseChipKey(ctx, maker, d.in(Personalised).ID)
		wants(t, err, OperationNotPermitted)
		d.sound()
	})
}

func TestCRT28_P55_Attest_KADO3206(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c, other := d.in(Ordered), d.in(Ordered)
		_, key, err := cardmgmt.NewTransportKey()
		d.must(err)
		_, key2, err := cardmgmt.NewTransportKey()
		d.must(err)
		mac := func(id mynumber.CardID, key []byte) []byte {
			m := cardmgmt.TransportKeyMAC(masterKey(t, d, id), string(id), key)
			return m[:]
		}
		if _, err := d.chipKey(ctx, c.ID); err != nil {
			t.Fatal(err)
		}
		off := append(append([]byte{}, key[:64]...), key[64]^1)
		for name, try := range map[string]struct{ key, mac []byte }{
			"other chip's MAC": {key, mac(other.ID, key)},
			"other key":        {key2, mac(c.ID, key)},
			"short MAC":        {key, mac(c.ID, key)[:15]},
			"no MAC":           {key, nil},
			"no key":           {nil, mac(c.ID, nil)},
			"off the curve":    {off, mac(c.ID, off)},
		} {
			if err := d.Attest(ctx, maker, c.ID, try.key, try.mac); !AttestationFalse.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if d.card(c.ID).TransportKey != nil {
			t.Fatal("a false attestation was recorded")
		}
		d.must(d.Attest(ctx, maker, c.ID, key, mac(c.ID, key)))
		d.must(d.Attest(ctx, maker, c.ID, key, mac(c.ID, key)))
		wants(t, d.Attest(ctx, maker, c.ID, key2, mac(c.ID, key2)), AttestationFalse)
		if !bytes.Equal(d.card(c.ID).TransportKey, key) {
			t.Error("the attested key was not recorded")
		}
		late := d.in(Consigned)
		wants(t, d.Attest(ctx, maker, late.ID, key, mac(late.ID, key)), OperationNotPermitted)
		d.sound()
	})
}

// The database shows neither security code nor any management key.
func TestSecretsStaySealed_KADO3210(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		c := d.in(InOperation)
		_, err := d.Authorise(ctx, clerk, grant(c.ID, cardmgmt.Prove, 1))
		d.must(err)
		aead, err := d.faceAEAD(ctx)
		d.must(err)
		sealed, err := sealFace(aead, c.ID, "4711")
		d.must(err)
		if bytes.Contains(sealed, []byte("4711")) {
			t.Error("the sealed form shows the code")
		}
		if code, err := openFace(aead, c.ID, sealed); err != nil || code.Reveal() != "4711" {
			t.Errorf("opened %v", err)
		}
		for _, bad := range [][]byte{nil, sealed[:10], append(append([]byte{}, sealed[:len(sealed)-1]...), sealed[len(sealed)-1]^1)} {
			_, err := openFace(aead, c.ID, bad)
			wants(t, err, SecretsUnreadable)
		}
		_, err = openFace(aead, "000000000000000", sealed) // another card's row
		wants(t, err, SecretsUnreadable)

		var dump strings.Builder
		d.must(d.db.Dump(ctx, &dump))
		key := masterKey(t, d, c.ID)
		if strings.Contains(dump.String(), string(key[:])) {
			t.Error("a management key lies in the database")
		}
		if text := fmt.Sprintf("%v %+v", c.SecurityCode, c.SecurityCode); strings.Contains(text, c.SecurityCode.Reveal()) {
			t.Error("the record prints the security code")
		}
		down := New(Deps{DB: d.db, Keys: brokenKeys{d.keys}, Clock: d.clock, Entropy: d.entropy})
		if _, err := down.Card(ctx, c.ID); err == nil {
			t.Error("a record without its key")
		}
	})
}
