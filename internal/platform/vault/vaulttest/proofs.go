package vaulttest

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/internal/platform/vault/sealed"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// Issuer makes what cards hold, and announces keys, with one root.
type Issuer struct{ root, issuing *rsa.PrivateKey }

// TheIssuer is the same one in all tests of a package: its keys are slow to make.
var TheIssuer = sync.OnceValue(func() *Issuer {
	i := &Issuer{}
	for _, k := range []**rsa.PrivateKey{&i.root, &i.issuing} {
		var err error
		if *k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			panic(err) // the system's source failed
		}
	}
	return i
})

// Files returns the files 0002, 0003 and 0004 of a card.
func (i *Issuer) Files(n mynumber.IndividualNumber, a mynumber.Attributes) (record, proof, issuer []byte, err error) {
	root, err := iso7816.NewKeyID(6900033, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	own, err := iso7816.NewKeyID(1322121, 0)
	if err != nil {
		return nil, nil, nil, err
	}
	if issuer, err = iso7816.CreateCVC(root, own, &i.issuing.PublicKey, i.root); err != nil {
		return nil, nil, nil, err
	}
	if record, err = files.Attributes(a); err != nil {
		return nil, nil, nil, err
	}
	proof, err = files.TextSignature(files.Number(n), record, files.Issuer{Key: i.issuing, CVC: issuer})
	return record, proof, issuer, err
}

// Announce signs an announcement, as production does.
func (i *Issuer) Announce(_ context.Context, site string, key []byte, notAfter time.Time) (sealed.Announcement, error) {
	return sealed.Announce(i.root, site, key, notAfter)
}

const (
	proofSite = "https://login.example"
	challenge = "chl_1"
)

var hanako = mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
	BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female}

// desk is a room of the proofs and what readers of cards bring to it.
type desk struct {
	room
	*vault.Proofs
}

func proofs(t *testing.T, open func() *db.DB) desk {
	t.Helper()
	r := ready(t, open, entropy.Seeded("proofs"))
	return desk{r, r.Proofs(vault.ProofOptions{Site: proofSite, Clock: r.clock, Announce: TheIssuer().Announce})}
}

// read reads a card and seals its proof to what the desk announces.
func (d desk) read(t *testing.T, n mynumber.IndividualNumber, login string) (record, envelope []byte) {
	t.Helper()
	record, proof, issuer, err := TheIssuer().Files(n, hanako)
	if err != nil {
		t.Fatal(err)
	}
	return record, d.seal(t, login, record, proof, issuer)
}

func (d desk) seal(t *testing.T, login string, record, proof, issuer []byte) []byte {
	t.Helper()
	key, err := d.Announcement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b, err := sealed.Target{Announcement: key, Site: proofSite, Challenge: login, Now: d.clock.Now()}.Seal(record, proof, issuer)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A proof tells whose card it is by the number alone: people with the same name,
// address and day of birth are told apart, and a card from before the change of a
// number is one. Whatever the verdict, the holder reads of a check, and nobody of a
// number read.
//
// Shows: CHP-38, OPS-31, P-54
func proofTellsWhose(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	n := assign(t, d.room, "p-a")
	assign(t, d.room, "p-twin")
	record, envelope := d.read(t, n, challenge)
	whose, err := d.Open(ctx, envelope, record, challenge)
	if err != nil {
		t.Fatal(err)
	}
	before := len(entries(t, d.room))
	ask := func(person string, want vault.Verdict) {
		t.Helper()
		if got, err := whose(ctx, nil, person, clerk); got != want || err != nil {
			t.Errorf("%s: %q %v, want %q", person, got, err, want)
		}
	}
	ask("p-a", vault.OfHolder)
	ask("p-twin", vault.OfOther)
	if err := d.Replace(ctx, nil, "p-a", "misuse", clerk); err != nil {
		t.Fatal(err)
	}
	ask("p-a", vault.Outdated)
	if got, err := whose(ctx, nil, "p-nobody", clerk); got != "" || !vault.NoNumber.Is(err) {
		t.Errorf("nobody: %q %v", got, err)
	}
	all := entries(t, d.room)[:4]
	if len(entries(t, d.room)) != before+4 {
		t.Errorf("%d entries", len(entries(t, d.room))-before)
	}
	for i, want := range []struct {
		act, subject string
		outcome      journal.Outcome
	}{{vault.Compared, "p-a", journal.Refused}, {vault.NumberReplaced, "p-a", journal.Done}, {vault.Compared, "p-twin", journal.Refused}, {vault.Compared, "p-a", journal.Done}} {
		if e := all[i]; e.Act != want.act || e.Subject != want.subject || e.Outcome != want.outcome || e.Ground == "" {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
	// Entry and check are one transaction.
	err = d.db.Tx(ctx, func(tx *db.Tx) error {
		if _, err := whose(ctx, tx, "p-twin", clerk); err != nil {
			return err
		}
		return errGivenUp
	})
	if !errors.Is(err, errGivenUp) || len(entries(t, d.room)) != before+4 {
		t.Errorf("an entry of what did not happen: %v", err)
	}
}

var errGivenUp = errors.New("given up")

// For the purpose of a check the number leaves the vault for nobody.
//
// Shows: OPS-27, P-54
func proofPurposeGivesNothing(t *testing.T, open func() *db.DB) {
	r := ready(t, open, entropy.Seeded("purpose"))
	n := assign(t, r, "p-a")
	before := len(entries(t, r))
	if _, err := r.Read(ctx, nil, "p-a", vault.CardProof, clerk); !vault.UnknownPurpose.Is(err) {
		t.Errorf("read: %v", err)
	}
	if _, err := r.ReadResidentCode(ctx, nil, "p-a", vault.CardProof, clerk); !vault.UnknownPurpose.Is(err) {
		t.Errorf("code read: %v", err)
	}
	if _, err := r.FindByNumber(ctx, nil, n, vault.CardProof, clerk); !vault.UnknownPurpose.Is(err) {
		t.Errorf("looked up: %v", err)
	}
	if len(entries(t, r)) != before {
		t.Error("an entry of what was refused")
	}
}

// Shows: P-42, P-54
func proofRefusals(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	n := assign(t, d.room, "p-a")
	record, envelope := d.read(t, n, challenge)
	elsewhere := d.Vault.Proofs(vault.ProofOptions{Site: "https://other.example", Clock: d.clock, Announce: TheIssuer().Announce})
	if _, err := elsewhere.Open(ctx, envelope, record, challenge); !vault.OtherOccasion.Is(err) {
		t.Errorf("at another site: %v", err)
	}
	moved := hanako
	moved.Address = "東京都中央区築地１丁目１番１号"
	other, _, _, err := TheIssuer().Files(n, moved)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		envelope, record []byte
		login            string
		want             interface{ Is(error) bool }
	}{
		"another login":    {envelope, record, "chl_2", vault.OtherOccasion},
		"no login":         {envelope, record, "", vault.OtherOccasion},
		"another record":   {envelope, other, challenge, vault.BadProof},
		"filler behind it": {envelope, append(record[:len(record):len(record)], 0xFF), challenge, vault.BadProof},
		"no record":        {envelope, nil, challenge, vault.BadProof},
		"truncated":        {envelope[:len(envelope)-1], record, challenge, vault.UnfitProof},
		"nothing":          {nil, record, challenge, vault.UnfitProof},
		"oversized":        {append(envelope[:len(envelope):len(envelope)], make([]byte, sealed.MaxEnvelope)...), record, challenge, vault.UnfitProof},
		"an unknown field": {[]byte(strings.Replace(string(envelope), "{", `{"x":1,`, 1)), record, challenge, vault.UnfitProof},
	} {
		if whose, err := d.Open(ctx, v.envelope, v.record, v.login); whose != nil || !v.want.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	id, err := sealed.AddressedTo(envelope)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(ctx, []byte(strings.Replace(string(envelope), id, "0123456789abcdef", 1)), record, challenge); !vault.OtherProofKey.Is(err) {
		t.Errorf("unknown key: %v", err)
	}
}

// A card whose record is signed by somebody else than the municipality, sealed by a
// program that does not look, is refused by the room.
//
// Shows: CHP-38
func proofForged(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	n := assign(t, d.room, "p-a")
	forger := &Issuer{root: TheIssuer().issuing, issuing: TheIssuer().root}
	record, proof, issuer, err := forger.Files(n, hanako)
	if err != nil {
		t.Fatal(err)
	}
	key, err := d.Announcement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (sealed.Target{Announcement: key, Challenge: challenge}).Seal(record, proof, issuer); err == nil {
		t.Error("a reader sealed it")
	}
	// The same key, announced by the forger's root, deceives the forger's reader.
	if key, err = forger.Announce(ctx, proofSite, key.Key, key.NotAfter); err != nil {
		t.Fatal(err)
	}
	envelope, err := sealed.Target{Announcement: key, Challenge: challenge}.Seal(record, proof, issuer)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Open(ctx, envelope, record, challenge); !vault.BadProof.Is(err) {
		t.Errorf("forged: %v", err)
	}
}

// The newest two keys count. Each rotation is journalled; another process, and the
// same after a restart, go on with the keys that there are.
func proofRotation(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	n := assign(t, d.room, "p-a")
	record, first := d.read(t, n, challenge)
	other := d.Vault.Proofs(vault.ProofOptions{Site: proofSite, Clock: d.clock, Announce: TheIssuer().Announce})
	if _, err := other.Open(ctx, first, record, challenge); err != nil {
		t.Fatalf("another process: %v", err)
	}
	takes := func(p *vault.Proofs, envelope []byte, want bool) {
		t.Helper()
		if _, err := p.Open(ctx, envelope, record, challenge); (err == nil) != want || err != nil && !vault.OtherProofKey.Is(err) {
			t.Errorf("taken %v: %v", want, err)
		}
	}
	rotate := func() {
		t.Helper()
		if _, err := d.RotateProofKey(ctx, clerk); err != nil {
			t.Fatal(err)
		}
		if err := d.clock.Advance(time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	rotate()
	_, second := d.read(t, n, challenge)
	if first, second := addressed(t, first), addressed(t, second); first == second {
		t.Errorf("both are sealed to %s", first)
	}
	takes(d.Proofs, first, true)
	takes(d.Proofs, second, true)
	takes(other, second, true)
	// A key that it does not know is looked for at once.
	if name, err := d.RotateProofKey(ctx, clerk); err != nil || name != "vault/proof-3" {
		t.Fatal(name, err)
	}
	fresh := d.Vault.Proofs(vault.ProofOptions{Site: proofSite, Clock: d.clock, Announce: TheIssuer().Announce})
	_, third := desk{d.room, fresh}.read(t, n, challenge)
	takes(other, third, true)
	takes(other, first, false)
	rotate()
	takes(d.Proofs, first, false)
	takes(d.Proofs, second, false)
	takes(d.Proofs, third, true)
	rotated := 0
	for _, e := range entries(t, d.room) {
		if e.Act == vault.KeyRotated && strings.HasPrefix(e.Details["key"], "vault/proof-") {
			rotated++
		}
	}
	if rotated != 3 {
		t.Errorf("%d rotations in the journal", rotated)
	}
	// The keys of the numbers themselves are others, and were not touched.
	if rows, err := d.Vault.Rotate(ctx, false, clerk); rows != 0 || err != nil {
		t.Errorf("%d rows, %v", rows, err)
	}
}

// Cards, changes of numbers and of keys in any order: a proof opens while its key is one
// of the newest two, and whose it is follows from the numbers that people had.
//
// Shows: LIF-41, P-54
func proofsInAnyOrder(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	newest, run := 1, 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		people := []string{fmt.Sprintf("p-%d-a", run), fmt.Sprintf("p-%d-b", run)}
		had := map[string][]mynumber.IndividualNumber{} // the present one last
		learn := func(p string) { had[p] = append(had[p], number(t, d.room, p)) }
		for _, p := range people {
			if err := d.Assign(ctx, nil, p, clerk); err != nil {
				rt.Fatal(err)
			}
			learn(p)
		}
		type card struct {
			number           mynumber.IndividualNumber
			record, envelope []byte
			key              int
		}
		var cards []card
		for range rapid.IntRange(4, 9).Draw(rt, "acts") {
			p := rapid.SampledFrom(people).Draw(rt, "person")
			switch rapid.SampledFrom([]string{"card", "show", "key", "number"}).Draw(rt, "act") {
			case "card":
				n := had[p][len(had[p])-1]
				record, envelope := d.read(t, n, challenge)
				cards = append(cards, card{n, record, envelope, newest})
			case "number":
				if err := d.Replace(ctx, nil, p, "misuse", clerk); err != nil {
					rt.Fatal(err)
				}
				learn(p)
			case "key":
				if _, err := d.RotateProofKey(ctx, clerk); err != nil {
					rt.Fatal(err)
				}
				newest++
				if err := d.clock.Advance(time.Minute); err != nil {
					rt.Fatal(err)
				}
			case "show":
				if len(cards) == 0 {
					continue
				}
				c := rapid.SampledFrom(cards).Draw(rt, "card")
				whose, err := d.Open(ctx, c.envelope, c.record, challenge)
				if counts := c.key > newest-2; (err == nil) != counts || err != nil && !vault.OtherProofKey.Is(err) {
					rt.Fatalf("key %d of %d: %v", c.key, newest, err)
				}
				if err != nil {
					continue
				}
				want := vault.OfOther
				for i, n := range had[p] {
					if n.Equal(c.number) {
						want = vault.Outdated
						if i == len(had[p])-1 {
							want = vault.OfHolder
						}
					}
				}
				if got, err := whose(ctx, nil, p, clerk); got != want || err != nil {
					rt.Fatalf("%q %v, want %q", got, err, want)
				}
			}
		}
	})
}

func addressed(t *testing.T, envelope []byte) string {
	t.Helper()
	id, err := sealed.AddressedTo(envelope)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// An announcement is renewed long before its end.
func proofAnnouncements(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	first, err := d.Announcement(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if err := d.clock.Advance(12 * time.Hour); err != nil {
			t.Fatal(err)
		}
		a, err := d.Announcement(ctx)
		if left := a.NotAfter.Sub(d.clock.Now()); err != nil || left < 3*24*time.Hour || left > 7*24*time.Hour || string(a.Key) != string(first.Key) {
			t.Fatalf("%v left, %v", left, err)
		}
	}
	broken := d.Vault.Proofs(vault.ProofOptions{Site: "https://login.example/path", Clock: d.clock, Announce: TheIssuer().Announce})
	if _, err := broken.Announcement(ctx); !vault.NoSite.Is(err) {
		t.Errorf("an address with a path: %v", err)
	}
}

// Neither a refusal nor the journal nor the database holds the hash of a number's
// file or anything of the proof.
//
// Shows: OPS-33, P-54
func proofLeavesNothing(t *testing.T, open func() *db.DB) {
	d := proofs(t, open)
	n := assign(t, d.room, "p-a")
	record, proof, issuer, err := TheIssuer().Files(n, hanako)
	if err != nil {
		t.Fatal(err)
	}
	envelope := d.seal(t, challenge, record, proof, issuer)
	var said strings.Builder
	for _, login := range []string{challenge, "chl_2"} {
		for _, e := range [][]byte{envelope, envelope[1:], nil} {
			whose, err := d.Open(ctx, e, record, login)
			fmt.Fprintf(&said, "%v %+v %#v\n", err, err, whose)
			if whose == nil {
				continue
			}
			for _, person := range []string{"p-a", "p-nobody"} {
				verdict, err := whose(ctx, nil, person, clerk)
				fmt.Fprintf(&said, "%v %+v\n", verdict, err)
			}
		}
	}
	if err := d.db.Dump(ctx, &said); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(files.Number(n))
	if !Holds(proof, sum[:]) || !Holds([]byte("x"+hex.EncodeToString(sum[:])), sum[:]) {
		t.Fatal("the search finds nothing where it is")
	}
	for what, secret := range map[string][]byte{"hash": sum[:], "signature": proof[len(proof)-256:], "number": []byte(n.Reveal())} {
		if Holds([]byte(said.String()), secret) {
			t.Errorf("the %s is told", what)
		}
	}
}

// Holds reports whether octets lie in a content, in a form in which a program writes
// octets down: as they are, in hex, in base64 at any of its three positions, or as a
// row of numbers.
func Holds(content, secret []byte) bool {
	numbers := strings.Trim(fmt.Sprint(secret), "[]")
	forms := [][]byte{secret, []byte(hex.EncodeToString(secret)), []byte(strings.ToUpper(hex.EncodeToString(secret))),
		[]byte(numbers), []byte(strings.ReplaceAll(numbers, " ", ",")), []byte(strings.ReplaceAll(numbers, " ", ", "))}
	for shift := range 3 {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			// The characters at both ends depend on the neighbours and are left out.
			s := enc.EncodeToString(append(make([]byte, shift), secret...))
			forms = append(forms, []byte(s[(shift*8+5)/6:(shift+len(secret))*8/6]))
		}
	}
	for _, f := range forms {
		if bytes.Contains(content, f) {
			return true
		}
	}
	return false
}
