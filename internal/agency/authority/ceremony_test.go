package authority

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/cards"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/jpki"
)

// hire gives the desk two operators and somebody who is none.
func (d *desk) hire() {
	d.t.Helper()
	ctx := context.Background()
	d.must(d.db.Migrate(ctx, staff.Schema()))
	who := staff.Who{Actor: system, At: d.clock.Now(), Reason: "test"}
	d.must(d.db.Tx(ctx, func(tx *db.Tx) error {
		if err := staff.AddBranch(ctx, tx, staff.Branch{ID: "agency", Name: "機構", Hours: staff.Hours{Weekdays: "1234567", Opens: "00:00", Closes: "23:59"}}, who); err != nil {
			return err
		}
		for id, role := range map[string]staff.Role{"ueda": staff.CAOperator, "goto": staff.CAOperator, "sato": staff.HotlineOperator} {
			if err := staff.AddMember(ctx, tx, staff.Member{ID: id, Name: "職員" + id, Branch: "agency", Employer: "agency", Roles: []staff.Role{role}}, who); err != nil {
				return err
			}
		}
		return nil
	}))
}

// plan is a plan for the next generation, now.
func (d *desk) plan(act CeremonyAct, number int) CeremonyPlan {
	d.t.Helper()
	p := CeremonyPlan{Version: 1, Act: act, Kind: "signature", Generation: number, Algorithm: "rsa-2048-sha256", KeyStore: "memory",
		NotBefore: d.clock.Now().UTC().Truncate(time.Second), Operators: []string{"ueda", "goto"}}
	p.NotAfter = jpki.AuthorityNotAfter(p.NotBefore).UTC()
	gs, err := d.Generations(context.Background(), jpki.Signature)
	d.must(err)
	switch {
	case act == Retire:
		p.NotBefore, p.NotAfter = time.Time{}, time.Time{}
		if number <= len(gs) {
			p.Previous = fingerprint(gs[number-1].Certificate)
		}
	case len(gs) > 0:
		p.Previous = fingerprint(gs[len(gs)-1].Certificate)
	}
	return p
}

func (d *desk) celebrate(p CeremonyPlan) CeremonyRecord {
	d.t.Helper()
	raw, err := d.RunCeremony(context.Background(), p, p.Hash())
	d.must(err)
	var r CeremonyRecord
	d.must(json.Unmarshal(raw, &r))
	return r
}

// Shows: CRT-04, R-16
func TestR16_CeremonyRollOverAndRetirement(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.hire()
		d.Office.byHand = true
		if _, err := d.Issue(ctx, clerk, d.request(jpki.Signature, 0)); !CeremonyDue.Is(err) {
			t.Fatalf("issued without a generation: %v", err)
		}
		first := d.celebrate(d.plan(CreateRoot, 1))
		ca, err := x509.ParseCertificate(first.Certificate)
		d.must(err)
		if first.Fingerprint != fingerprint(ca.Raw) || first.Lint != "passed" || ca.SerialNumber.Text(16) != first.Serial {
			t.Errorf("%+v", first)
		}
		old := d.issue(jpki.Signature, 0)
		d.must(d.clock.Set(start.AddDate(4, 0, 0)))
		rollover := d.plan(RollOver, 2)
		rollover.Algorithm = "rsa-2048-sha256"
		d.celebrate(rollover)
		d.cards.of[cardNo] = withLaterEnd(d.cards.of[cardNo])
		q := d.request(jpki.Signature, 1)
		fresh, err := d.Issue(ctx, clerk, q)
		d.must(err)
		if old.Generation != 1 || fresh.Generation != 2 {
			t.Errorf("generations %d and %d", old.Generation, fresh.Generation)
		}
		pool := d.trust()
		for _, c := range []Certificate{old, fresh} {
			cert, err := x509.ParseCertificate(c.DER)
			d.must(err)
			if _, err := pool.Verify(cert, jpki.Signature, d.clock.Now()); err != nil {
				t.Errorf("generation %d: %v", c.Generation, err)
			}
		}
		if _, err := d.RunCeremony(ctx, d.plan(Retire, 1), d.plan(Retire, 1).Hash()); !StillNeeded.Is(err) {
			t.Errorf("retired while certificates live: %v", err)
		}
		if _, err := d.CRLSigner(ctx, jpki.Signature, 1); err != nil {
			t.Errorf("the old one no longer signs lists: %v", err)
		}
		d.must(d.clock.Set(old.NotAfter.AddDate(0, 0, 2)))
		d.celebrate(d.plan(Retire, 1))
		if _, err := d.CRLSigner(ctx, jpki.Signature, 1); !NoGeneration.Is(err) {
			t.Errorf("a retired key signs: %v", err)
		}
		if _, _, err := d.Responder(ctx, jpki.Signature, 1); !NoGeneration.Is(err) {
			t.Errorf("a retired generation answers: %v", err)
		}
		if n := d.count(ActCeremonyDone); n != 3 {
			t.Errorf("%d ceremonies in the journal", n)
		}
	})
}

// A ceremony cut off at any step is finished by its repetition: one key, one
// certificate, one record.
func TestCeremonyCutOffAnywhereIsFinished(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.hire()
		for number, at := range []string{"", "begun", "key", "signed", "recorded"} {
			if number == 0 {
				continue
			}
			act := RollOver
			if number == 1 {
				act = CreateRoot
			}
			d.must(d.clock.Advance(time.Hour))
			p := d.plan(act, number)
			cut := errors.New("cut off")
			d.Office.ceremonyStep = func(s string) error {
				if s == at {
					return cut
				}
				return nil
			}
			if _, err := d.RunCeremony(ctx, p, p.Hash()); !errors.Is(err, cut) {
				t.Fatalf("%s: %v", at, err)
			}
			keys := len(d.keys.signers)
			d.Office = d.again()
			if at != "recorded" {
				other := p
				other.Operators = []string{"goto", "ueda"}
				if _, err := d.RunCeremony(ctx, other, other.Hash()); !CeremonyOpen.Is(err) {
					t.Errorf("%s: another plan: %v", at, err)
				}
			}
			d.must(d.clock.Advance(30 * 24 * time.Hour)) // even long afterwards
			r := d.celebrate(p)
			again, err := d.RunCeremony(ctx, p, p.Hash())
			d.must(err)
			var repeated CeremonyRecord
			d.must(json.Unmarshal(again, &repeated))
			if repeated.Fingerprint != r.Fingerprint || !bytes.Equal(repeated.Certificate, r.Certificate) {
				t.Errorf("%s: another certificate at the repetition", at)
			}
			if at != "begun" && len(d.keys.signers) != keys {
				t.Errorf("%s: a second key", at)
			}
			gs, err := d.Generations(ctx, jpki.Signature)
			d.must(err)
			if len(gs) != number || !bytes.Equal(gs[number-1].Certificate, r.Certificate) {
				t.Errorf("%s: %d generations", at, len(gs))
			}
		}
		d.sound()
	})
}

func TestCeremonyRefusals(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	d.hire()
	ctx := context.Background()
	good := d.plan(CreateRoot, 1)
	before := len(d.keys.signers)
	for name, c := range map[string]struct {
		change func(p *CeremonyPlan)
		kind   *fault.Kind
	}{
		"one person":     {func(p *CeremonyPlan) { p.Operators = []string{"ueda", "ueda"} }, UnfitPlan},
		"no operator":    {func(p *CeremonyPlan) { p.Operators = []string{"ueda", "sato"} }, staff.NoRole},
		"nobody":         {func(p *CeremonyPlan) { p.Operators = []string{"ueda", "nobody"} }, staff.NotStaff},
		"other store":    {func(p *CeremonyPlan) { p.KeyStore = "token" }, OtherStore},
		"second first":   {func(p *CeremonyPlan) { p.Act, p.Generation, p.Previous = RollOver, 2, strings.Repeat("0", 64) }, NotNext},
		"too early":      {func(p *CeremonyPlan) { later(p, 24*time.Hour) }, NotTheTime},
		"too late":       {func(p *CeremonyPlan) { later(p, -8*24*time.Hour) }, NotTheTime},
		"eleven years":   {func(p *CeremonyPlan) { p.NotAfter = p.NotAfter.AddDate(1, 0, 0) }, UnfitPlan},
		"absent key":     {func(p *CeremonyPlan) { p.PublicKey = strings.Repeat("0", 64) }, KeyNotExpected},
		"algorithm":      {func(p *CeremonyPlan) { p.Algorithm = "ecdsa-p256-sha256" }, UnfitPlan},
		"retire nothing": {func(p *CeremonyPlan) { *p = d.plan(Retire, 1); p.Previous = strings.Repeat("0", 64) }, NotNext},
	} {
		p := good
		c.change(&p)
		if _, err := d.RunCeremony(ctx, p, p.Hash()); !c.kind.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := d.RunCeremony(ctx, good, strings.Repeat("0", 64)); !NotAgreed.Is(err) {
		t.Errorf("another hash: %v", err)
	}
	r, err := d.Rehearse(ctx, good)
	d.must(err)
	if r.Obstacle != nil || r.KeyIs != "to be made" || r.Lint != "passed" || r.Hash != good.Hash() || len(r.Copy) == 0 {
		t.Errorf("%+v", r)
	}
	if len(d.keys.signers) != before || d.count(ActCeremonyBegun) != 0 {
		t.Error("a refusal or a rehearsal left something behind")
	}
	// A key that nobody planned is under the name.
	_, err = d.keys.CreateSigner(ctx, generationID{jpki.Signature, 1}.keyName(), keystore.RSA2048)
	d.must(err)
	if _, err := d.RunCeremony(ctx, good, good.Hash()); !KeyNotExpected.Is(err) {
		t.Errorf("a stray key: %v", err)
	}
	key, err := d.keys.Signer(ctx, generationID{jpki.Signature, 1}.keyName())
	d.must(err)
	good.PublicKey = fingerprint(spkiOf(key.Public()))
	d.celebrate(good)
}

func later(p *CeremonyPlan, by time.Duration) {
	p.NotBefore = p.NotBefore.Add(by)
	p.NotAfter = jpki.AuthorityNotAfter(p.NotBefore).UTC()
}

func TestCeremonyPlanIsStrict(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	raw, err := json.Marshal(d.plan(CreateRoot, 1))
	d.must(err)
	p, err := DecodeCeremony(raw)
	d.must(err)
	spaced := bytes.ReplaceAll(raw, []byte(","), []byte(" ,\n"))
	if q, err := DecodeCeremony(spaced); err != nil || q.Hash() != p.Hash() {
		t.Errorf("spacing changes the hash: %v", err)
	}
	for _, change := range [][2]string{{`"version":1`, `"version":2`}, {`"act"`, `"act2"`}, {`create_root`, `destroy`}, {`"signature"`, `"seal"`},
		{`"generation":1`, `"generation":0`}, {`"generation":1`, `"generation":2`}, {`rsa-2048-sha256`, `rsa-1024`}, {`"memory"`, `"cloud"`},
		{`["ueda","goto"]`, `["ueda"]`}, {`["ueda","goto"]`, `["ueda","goto","sato"]`}, {`"previous":""`, `"previous":"00"`}, {`Z"`, `+00:00"`}, {`03Z"`, `03.5Z"`},
		{`{"version"`, `[{"version"`}} {
		bad := strings.Replace(string(raw), change[0], change[1], 1)
		if bad == string(raw) {
			t.Errorf("%v changes nothing", change)
		}
		if change[1] == `+00:00"` {
			continue // another spelling of the same instant is taken, and hashes alike
		}
		if _, err := DecodeCeremony([]byte(bad)); !UnfitPlan.Is(err) {
			t.Errorf("%v: %v", change, err)
		}
	}
	if _, err := DecodeCeremony(append(raw, raw...)); !UnfitPlan.Is(err) {
		t.Errorf("two plans: %v", err)
	}
}

func FuzzDecodeCeremony(f *testing.F) {
	f.Add([]byte(`{"version":1,"act":"create_root","kind":"signature","generation":1,"algorithm":"rsa-2048-sha256","not_before":"2026-04-01T01:02:03Z","not_after":"2036-03-31T14:59:59Z","key_store":"token","operators":["ueda","goto"],"previous":"","public_key":""}`))
	f.Add([]byte(`{"version":1,"act":"retire","kind":"authentication","generation":1,"algorithm":"ecdsa-p384-sha384","key_store":"file","operators":["a","b"],"previous":"0000000000000000000000000000000000000000000000000000000000000000"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := DecodeCeremony(raw)
		if err != nil {
			if !UnfitPlan.Is(err) {
				t.Errorf("unnumbered: %v", err)
			}
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if q, err := DecodeCeremony(again); err != nil || q.Hash() != p.Hash() {
			t.Errorf("%s: %v", again, err)
		}
	})
}

// withLaterEnd is the card of somebody whose card runs on.
func withLaterEnd(c cards.Card) cards.Card {
	c.ExpiresOn = c.ExpiresOn.AddMonths(60)
	return c
}
