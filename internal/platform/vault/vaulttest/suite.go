// Package vaulttest is the conformance suite of the vault: what must hold on
// every database engine.
package vaulttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault"
	"kado/mynumber"
)

var (
	ctx   = context.Background()
	start = time.Date(2024, 12, 2, 0, 30, 0, 0, time.UTC)
	clerk = journal.Actor{Kind: journal.Staff, ID: "s-1", Terminal: "t-1"}
)

// room is one vault with all that stands around it.
type room struct {
	*vault.Vault
	db    *db.DB
	keys  keystore.Store
	clock *clock.Manual
}

func ready(t *testing.T, open func() *db.DB, source entropy.Source) room {
	t.Helper()
	d := open()
	if err := d.Migrate(ctx, journal.Schema(), vault.Schema()); err != nil {
		t.Fatal(err)
	}
	r := room{db: d, keys: keystore.NewMemory(), clock: clock.NewManual(start)}
	var err error
	if r.Vault, err = vault.Open(ctx, d, r.keys, r.clock, source); err != nil {
		t.Fatal(err)
	}
	return r
}

// Suite runs every test on databases that each opens.
func Suite(t *testing.T, each func(t *testing.T, f func(t *testing.T, open func() *db.DB))) {
	for _, test := range []struct {
		name string
		f    func(t *testing.T, open func() *db.DB)
	}{
		{"AssignReadFind", assignReadFind},
		{"OPS31_EveryUseIsJournalled", everyUseJournalled},
		{"OPS27_UnknownPurposesAreRefused", unknownPurpose},
		{"R01_NoNumberIsUsedTwice", neverTwice},
		{"R01_BrokenSourceEnds", brokenSource},
		{"ReplaceKeepsTheOldNumberUsed", replace},
		{"OPS33_NothingInClear", nothingInClear},
		{"RowsCannotBeSwappedOrChanged", rowsBound},
		{"RotationMovesEveryRow", rotation},
		{"UseAndEntryAreOneTransaction", oneTransaction},
		{"OtherKeysOpenNothing", otherKeys},
		{"P54_ProofTellsWhoseCard", proofTellsWhose},
		{"OPS27_ProofPurposeGivesNothing", proofPurposeGivesNothing},
		{"P42_ProofOfAnotherOccasion", proofRefusals},
		{"CHP38_ForgedProof", proofForged},
		{"ProofKeysRotate", proofRotation},
		{"LIF41_ProofsInAnyOrder", proofsInAnyOrder},
		{"ProofAnnouncementsAreRenewed", proofAnnouncements},
		{"P54_ProofLeavesNothing", proofLeavesNothing},
	} {
		t.Run(test.name, func(t *testing.T) { each(t, test.f) })
	}
}

func assign(t *testing.T, r room, person string) mynumber.IndividualNumber {
	t.Helper()
	if err := r.Assign(ctx, nil, person, clerk); err != nil {
		t.Fatal(err)
	}
	return number(t, r, person)
}

func number(t *testing.T, r room, person string) mynumber.IndividualNumber {
	t.Helper()
	n, err := r.Read(ctx, nil, person, vault.CardProduction, clerk)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func entries(t *testing.T, r room) (all []journal.Entry) {
	t.Helper()
	if err := r.db.View(ctx, func(tx *db.Tx) (err error) { all, err = journal.Recent(ctx, tx, 0, 1000); return err }); err != nil {
		t.Fatal(err)
	}
	return all
}

func assignReadFind(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	a, b := assign(t, r, "p-a"), assign(t, r, "p-b")
	if a.Equal(b) || !a.Equal(number(t, r, "p-a")) {
		t.Error("numbers are mixed up")
	}
	for n, want := range map[*mynumber.IndividualNumber]string{&a: "p-a", &b: "p-b"} {
		if who, err := r.FindByNumber(ctx, nil, *n, vault.LegalVerification, clerk); who != want || err != nil {
			t.Errorf("found %q, %v; want %q", who, err, want)
		}
	}
	code, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk)
	if err != nil || len(code.Reveal()) != 11 {
		t.Errorf("resident record code: %v", err)
	}
	again, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk)
	if err != nil || !again.Equal(code) {
		t.Errorf("another code: %v", err)
	}
	if err := r.Assign(ctx, nil, "p-a", clerk); !vault.HasNumber.Is(err) {
		t.Errorf("assigned twice: %v", err)
	}
	if err := r.Assign(ctx, nil, "p a", clerk); !vault.UnfitPerson.Is(err) {
		t.Errorf("unfit id: %v", err)
	}
	if _, err := r.Read(ctx, nil, "p-nobody", vault.CardProduction, clerk); !vault.NoNumber.Is(err) {
		t.Errorf("nobody: %v", err)
	}
	stranger, err := mynumber.DrawIndividualNumber(entropy.Seeded("stranger").Stream("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []mynumber.IndividualNumber{stranger, {}} {
		if who, err := r.FindByNumber(ctx, nil, n, vault.LegalVerification, clerk); who != "" || err != nil {
			t.Errorf("a number nobody has: %q, %v", who, err)
		}
	}
	if err := r.db.View(ctx, func(tx *db.Tx) error {
		since, err := r.Since(ctx, tx, "p-a")
		if !since.Equal(start) {
			t.Errorf("since %v", since)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func everyUseJournalled(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	n := assign(t, r, "p-a")
	if _, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk); err != nil {
		t.Fatal(err)
	}
	if _, err := r.FindByNumber(ctx, nil, n, vault.LegalVerification, clerk); err != nil {
		t.Fatal(err)
	}
	if _, err := r.FindByNumber(ctx, nil, mynumber.IndividualNumber{}, vault.LegalVerification, clerk); err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(ctx, nil, "p-a", "漏えいのおそれ", clerk); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries(t, r) {
		got = append(got, fmt.Sprint(e.Act, "/", e.Subject, "/", e.Details["purpose"], "/", e.Outcome))
		if e.Actor != clerk || e.Office != "vault" || e.Ground == "" || !e.At.Equal(start) {
			t.Errorf("entry %+v", e)
		}
	}
	want := []string{"vault.number_replaced/p-a//done", "vault.looked_up//legal_verification/refused",
		"vault.looked_up/p-a/legal_verification/done", "vault.code_read/p-a/registry_record/done",
		"vault.number_read/p-a/card_production/done", "vault.assigned/p-a//done"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("journal:\n%s", strings.Join(got, "\n"))
	}
}

func unknownPurpose(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	n := assign(t, r, "p-a")
	before := len(entries(t, r))
	for _, p := range []vault.Purpose{"", "marketing", "Card_production"} {
		if got, err := r.Read(ctx, nil, "p-a", p, clerk); !vault.UnknownPurpose.Is(err) || !got.IsZero() {
			t.Errorf("Read for %q: %v", p, err)
		}
		if _, err := r.ReadResidentCode(ctx, nil, "p-a", p, clerk); !vault.UnknownPurpose.Is(err) {
			t.Errorf("ReadResidentCode for %q: %v", p, err)
		}
		if _, err := r.FindByNumber(ctx, nil, n, p, clerk); !vault.UnknownPurpose.Is(err) {
			t.Errorf("FindByNumber for %q: %v", p, err)
		}
	}
	// Nobody reads anonymously: the journal refuses, and so nothing is read.
	if got, err := r.Read(ctx, nil, "p-a", vault.CardProduction, journal.Actor{}); !journal.UnfitEntry.Is(err) || !got.IsZero() {
		t.Errorf("anonymous: %v", err)
	}
	if n := len(entries(t, r)); n != before {
		t.Errorf("%d entries more", n-before)
	}
}

// stuck gives every number twice: two readers of one seed, end to end.
type stuck struct{ r io.Reader }

func (s stuck) Stream(string) io.Reader { return s.r }

func neverTwice(t *testing.T, open func() *db.DB) {
	var stream bytes.Buffer
	for _, name := range []string{"one", "one", "one", "two"} {
		b, err := entropy.Bytes(entropy.Seeded(name).Stream("x"), 4096)
		if err != nil {
			t.Fatal(err)
		}
		for i := range b {
			b[i] %= 10 // every byte is used, so the four parts stay in step
		}
		stream.Write(b[:21]) // eleven digits and ten
	}
	filler, err := entropy.Bytes(entropy.Seeded("filler").Stream("x"), 4096)
	if err != nil {
		t.Fatal(err)
	}
	stream.Write(filler)
	r := ready(t, open, stuck{&stream})
	a, b := assign(t, r, "p-a"), assign(t, r, "p-b")
	if a.Equal(b) {
		t.Error("one number for two")
	}
}

// zeros is a broken source: it draws the same number for ever.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func brokenSource(t *testing.T, open func() *db.DB) {
	r := ready(t, open, stuck{zeros{}})
	assign(t, r, "p-a")
	if err := r.Assign(ctx, nil, "p-b", clerk); !vault.NoneLeft.Is(err) {
		t.Errorf("got %v", err)
	}
	if _, err := r.Read(ctx, nil, "p-b", vault.CardProduction, clerk); !vault.NoNumber.Is(err) {
		t.Errorf("half an assignment stayed: %v", err)
	}
}

func replace(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	old := assign(t, r, "p-a")
	code, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.clock.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := r.Replace(ctx, nil, "p-a", "漏えいのおそれ", clerk); err != nil {
		t.Fatal(err)
	}
	now := number(t, r, "p-a")
	if now.Equal(old) {
		t.Error("the number is the same")
	}
	if who, err := r.FindByNumber(ctx, nil, old, vault.LegalVerification, clerk); who != "" || err != nil {
		t.Errorf("the old number finds %q, %v", who, err)
	}
	if who, err := r.FindByNumber(ctx, nil, now, vault.LegalVerification, clerk); who != "p-a" || err != nil {
		t.Errorf("the new number finds %q, %v", who, err)
	}
	if same, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk); err != nil || !same.Equal(code) {
		t.Errorf("the resident record code changed too: %v", err)
	}
	if err := r.ReplaceResidentCode(ctx, nil, "p-a", "本人の請求", clerk); err != nil {
		t.Fatal(err)
	}
	if other, err := r.ReadResidentCode(ctx, nil, "p-a", vault.RegistryRecord, clerk); err != nil || other.Equal(code) {
		t.Errorf("the resident record code is the same: %v", err)
	}
	if err := r.Replace(ctx, nil, "p-nobody", "", clerk); !vault.NoNumber.Is(err) {
		t.Errorf("nobody: %v", err)
	}
	// A source that would draw the old number again is passed over.
	twin := room{db: r.db, keys: r.keys, clock: r.clock}
	if twin.Vault, err = vault.Open(ctx, r.db, r.keys, r.clock, entropy.Seeded("vault")); err != nil {
		t.Fatal(err)
	}
	if n := assign(t, twin, "p-b"); n.Equal(old) || n.Equal(now) {
		t.Error("a used number was given again")
	}
	// Whoever has had a number is not assigned a first one again.
	if err := r.Assign(ctx, nil, "p-a", clerk); !vault.HasNumber.Is(err) {
		t.Errorf("assigned again: %v", err)
	}
}

func nothingInClear(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	var secrets []string
	for i := range 10 {
		p := fmt.Sprint("p-", i)
		secrets = append(secrets, assign(t, r, p).Reveal())
		c, err := r.ReadResidentCode(ctx, nil, p, vault.RegistryRecord, clerk)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, c.Reveal())
	}
	var dump strings.Builder
	if err := r.db.Dump(ctx, &dump); err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if strings.Contains(dump.String(), s) {
			t.Error("a number is in clear in the database")
		}
	}
}

func rowsBound(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	assign(t, r, "p-a")
	assign(t, r, "p-b")
	undo := errors.New("undo")
	for name, statement := range map[string]string{
		"person swapped": `UPDATE vault_item SET sealed = (SELECT v.sealed FROM vault_item v WHERE v.person = 'p-b' AND v.kind = 'individual_number'),
			nonce = (SELECT v.nonce FROM vault_item v WHERE v.person = 'p-b' AND v.kind = 'individual_number') WHERE person = 'p-a' AND kind = 'individual_number'`,
		"kind swapped": `UPDATE vault_item SET sealed = (SELECT v.sealed FROM vault_item v WHERE v.person = 'p-a' AND v.kind = 'resident_code'),
			nonce = (SELECT v.nonce FROM vault_item v WHERE v.person = 'p-a' AND v.kind = 'resident_code') WHERE person = 'p-a' AND kind = 'individual_number'`,
		"nonce cut":   `UPDATE vault_item SET nonce = '' WHERE person = 'p-a'`,
		"sealed gone": `UPDATE vault_item SET sealed = '' WHERE person = 'p-a'`,
		"foreign key": `UPDATE vault_item SET seal_key = 'vault/lookup-1' WHERE person = 'p-a'`,
	} {
		err := r.db.Tx(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
			if _, err := r.Read(ctx, tx, "p-a", vault.CardProduction, clerk); !vault.Sealed.Is(err) {
				t.Errorf("%s: %v", name, err)
			}
			return undo
		})
		if !errors.Is(err, undo) {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

func rotation(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	var want []mynumber.IndividualNumber
	for i := range 5 {
		want = append(want, assign(t, r, fmt.Sprint("p-", i)))
	}
	if err := r.Replace(ctx, nil, "p-0", "", clerk); err != nil {
		t.Fatal(err)
	}
	want[0] = number(t, r, "p-0")
	if n, err := r.Rotate(ctx, true, clerk); n != 11 || err != nil { // five of each and the old one
		t.Fatalf("rotated %d rows, %v", n, err)
	}
	if n, err := r.Rotate(ctx, false, clerk); n != 0 || err != nil {
		t.Errorf("going on: %d rows, %v", n, err)
	}
	for i, w := range want {
		if !number(t, r, fmt.Sprint("p-", i)).Equal(w) {
			t.Errorf("person %d has another number", i)
		}
	}
	var left int
	if err := r.db.View(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM vault_item WHERE seal_key <> 'vault/seal-2'`).Scan(&left)
	}); err != nil || left != 0 {
		t.Errorf("%d rows under the old key, %v", left, err)
	}
}

func oneTransaction(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	undo := errors.New("undo")
	err := r.db.Tx(ctx, func(tx *db.Tx) error {
		if err := r.Assign(ctx, tx, "p-a", clerk); err != nil {
			return err
		}
		if _, err := r.Read(ctx, tx, "p-a", vault.CardProduction, clerk); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) || len(entries(t, r)) != 0 {
		t.Errorf("%v, %d entries", err, len(entries(t, r)))
	}
	// A reading transaction cannot journal, and so cannot read.
	assign(t, r, "p-a")
	err = r.db.View(ctx, func(tx *db.Tx) error {
		n, err := r.Read(ctx, tx, "p-a", vault.CardProduction, clerk)
		if !n.IsZero() {
			t.Error("a number was read without an entry")
		}
		return err
	})
	if err == nil {
		t.Error("a reading transaction read a number")
	}
}

func otherKeys(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("vault"))
	n := assign(t, r, "p-a")
	thief, err := vault.Open(ctx, r.db, keystore.NewMemory(), r.clock, entropy.Seeded("thief"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := thief.Read(ctx, nil, "p-a", vault.CardProduction, clerk); !vault.Sealed.Is(err) {
		t.Errorf("read with other keys: %v", err)
	}
	if who, err := thief.FindByNumber(ctx, nil, n, vault.LegalVerification, clerk); who != "" || err != nil {
		t.Errorf("found with other keys: %q, %v", who, err)
	}
}
