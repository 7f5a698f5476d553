package lifetest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/cards"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/internal/server"
	"kado/mynumber"
	"kado/reader"
)

// TestReadOfAWholeWorldsCard: `kado read --id --secrets` on a card that a whole
// world made, delivered and renewed. The world's own roots are found, every record
// holds, and the number is the one in the vault.
// Shows: CHP-24, CHP-39, R-20
func TestReadOfAWholeWorldsCard(t *testing.T) {
	alive := lives(t).alive
	want := known(t, alive)

	read := func(lines string, args ...string) map[string]any {
		t.Helper()
		path := filepath.Join(t.TempDir(), "secrets")
		if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		stdin := os.Stdin
		os.Stdin = f
		defer func() { os.Stdin = stdin }()
		out, errOut, code := run(append([]string{"--lang", "en", "read", "--id", want.card, "--data", alive, "--secrets", "--pin-fd", "0", "--json"}, args...)...)
		var report map[string]any
		if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 {
			t.Fatalf("exit %d: %v\n%s%s", code, err, out, errOut)
		}
		return report
	}
	at := func(report map[string]any, path ...string) any {
		var v any = report
		for _, p := range path {
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[p]
		}
		return v
	}
	holds := func(report map[string]any, parts ...string) {
		t.Helper()
		for _, p := range parts {
			if state := at(report, p, "record", "state"); state != "holds" {
				t.Errorf("%s: %v", p, state)
			}
		}
	}
	// Signature password, card information PIN, verification number B.
	r := read("KADO2468\n5137\n" + want.b + "\n")
	holds(r, "attributes", "card_face")
	if at(r, "attributes", "name") != want.name || at(r, "serial") != want.card || r["individual_number"] != nil || r["resident_record_code"] != nil {
		t.Errorf("%v", r)
	}
	if certs, ok := r["certificates"].([]any); !ok || len(certs) != 2 {
		t.Errorf("certificates: %v", r["certificates"])
	}
	// With a ground, A opens the face, and the number shows where that was asked.
	r = read("KADO2468\n5137\n"+want.number+"\n6148\n", "--ground", "holder", "--show-number")
	holds(r, "attributes", "card_face", "individual_number")
	if at(r, "individual_number", "value") != want.number || at(r, "resident_record_code", "value") != want.code {
		t.Error("another number than the vault's")
	}
	r = read("KADO2468\n5137\n"+want.number+"\n6148\n", "--ground", "holder")
	if s, _ := at(r, "individual_number", "value").(string); s == "" || strings.Trim(s, "*") != "" {
		t.Error("the number is not masked")
	}
}

// holding is what a test knows of a card of a world.
type holding struct{ card, name, b, number, code string }

// known sets the PINs of the world's living card anew, as a counter does, and
// returns what stands on it.
func known(t *testing.T, dir string) holding {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir})
	must(err)
	defer func() { must(box.Close()) }()
	people, err := box.House.Registry.IDs(ctx)
	must(err)
	var card cards.Card
	for _, id := range people {
		all, err := box.House.Cards.OfPerson(ctx, id)
		must(err)
		for _, c := range all {
			if c.State == cards.InOperation {
				card = c
			}
		}
	}
	person, err := box.House.Registry.Person(ctx, card.Person)
	must(err)
	by := journal.Actor{Kind: journal.Staff, ID: "staff_test"}
	number, err := box.House.Vault.Read(ctx, nil, card.Person, vault.CardRewrite, by)
	must(err)
	code, err := box.House.Vault.ReadResidentCode(ctx, nil, card.Person, vault.CardProduction, by)
	must(err)
	b, err := mynumber.VerificationB(person.Attributes.BirthDate, person.Japanese(), card.ExpiresOn, card.SecurityCode.Reveal())
	must(err)

	plastic, err := box.Shelf.Take(card.ID)
	must(err)
	defer func() { must(plastic.Close()) }()
	issuer, err := reader.New(plastic.Transport()).Issuer()
	must(err)
	var script cardmgmt.Script
	var pins []reader.PIN
	for _, p := range []reader.PIN{
		{Application: layout.JPKI, Reference: layout.JPKISignaturePassword, Value: mynumber.NewSecret("KADO2468")},
		{Application: layout.Text, Reference: layout.TextPIN, Value: mynumber.NewSecret("5137")},
		{Application: layout.Register, Reference: layout.RegisterPIN, Value: mynumber.NewSecret("6148")},
	} {
		script = append(script, cardmgmt.ListPIN{Application: p.Application, Reference: p.Reference})
		pins = append(pins, p)
	}
	_, _, err = cards.Perform(ctx, box.House.Cards, by, issuer,
		cards.Grant{Card: card.ID, Session: [16]byte{1}, SessionID: "ses_test", Op: cardmgmt.InitialisePIN}, script, pins...)
	must(err)
	return holding{string(card.ID), person.Attributes.Name, b.Reveal(), number.Reveal(), code.Reveal()}
}
