package authority

import (
	"bufio"
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
)

const killFolder = "KADO_TEST_ISSUE_IN"

var killPassphrase = []byte("issue and be killed")

// inFolder is a desk on a database and a key file that outlive the process.
func inFolder(t testing.TB, dir string) *desk {
	t.Helper()
	ctx := context.Background()
	base, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "kado.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = base.Close() })
	if err := base.Migrate(ctx, journal.Schema(), notice.Schema(), Schema()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "keys")
	keys, err := keystore.OpenFile(path, killPassphrase)
	if keystore.CannotAccess.Is(err) {
		keys, err = keystore.CreateFile(path, killPassphrase, keystore.CheapCost)
	}
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, db: base, clock: clock.NewManual(start), pool: &copies{}, register: &fakeRegister{of: map[string]registry.Person{}},
		cards: &fakeCards{of: map[mynumber.CardID]cards.Card{}}}
	d.Office = New(Deps{DB: base, Keys: keys, Clock: d.clock, Entropy: entropy.System(), Settings: jpki.DefaultSettings(),
		Register: d.register, Cards: d.cards, Places: fakePlaces{}, CardKeys: d.pool})
	return d
}

const killRequests = 3 * batchSize

// killBatch is the same batch in every process: keys by arithmetic, not by chance.
func killBatch(d *desk) []Request {
	n := new(big.Int).Lsh(big.NewInt(1), 2047)
	out := make([]Request, killRequests)
	for i := range out {
		person, card := fmt.Sprintf("per_k%d", i), mynumber.CardID(fmt.Sprintf("8%014d", i))
		d.person(person, card)
		out[i] = Request{ID: fmt.Sprintf("kill_%d", i), Kind: jpki.Kinds[i%2], Card: card, Person: person, Municipality: "13221",
			PublicKey: &rsa.PublicKey{N: new(big.Int).Add(n, big.NewInt(int64(2*i+1))), E: 65537}, ExpiresOn: expiry}
	}
	return out
}

// TestIssuerToBeKilled is the other process of TestKillWhileIssuing.
func TestIssuerToBeKilled(t *testing.T) {
	dir := os.Getenv(killFolder)
	if dir == "" {
		t.Skip("is run by TestKillWhileIssuing")
	}
	d := inFolder(t, dir)
	d.must(d.EnsureGenerations(context.Background(), clerk))
	requests := killBatch(d)
	fmt.Println("READY")
	for _, o := range d.IssueAll(context.Background(), clerk, requests) {
		d.must(o.Err)
	}
	fmt.Println("DONE")
}

// kill -9 while a batch is being issued, again and again: every certificate has
// its record, no serial number comes twice, and the repetition ends with one
// certificate for each request.
//
// Shows: CRT-12, P-20
func TestKillWhileIssuing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	for round := range 6 {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestIssuerToBeKilled$", "-test.v")
		cmd.Env = append(os.Environ(), killFolder+"="+dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for lines.Scan() && !strings.Contains(lines.Text(), "READY") {
		}
		// Killed as soon as the database shows some progress, a little further each
		// round: before the first signature, among them, and between the records.
		watch := inFolder(t, dir)
		for want := 1 + round*batchSize/2; ; {
			n := 0
			err := watch.db.View(context.Background(), func(tx *db.Tx) error {
				return tx.QueryRow(context.Background(), `SELECT COUNT(*) FROM authority_certificate WHERE state = 'prepared' OR issued_at <> ''`).Scan(&n)
			})
			if err != nil {
				t.Fatal(err)
			}
			if n >= want {
				break
			}
		}
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		_ = cmd.Wait() // killed
		watch.sound()
		_ = watch.db.Close()
	}
	d := inFolder(t, dir)
	serials := map[string]bool{}
	for _, o := range d.IssueAll(context.Background(), clerk, killBatch(d)) {
		d.must(o.Err)
		if serials[o.Certificate.Serial] || len(o.Certificate.DER) == 0 {
			t.Errorf("serial number twice, or no certificate")
		}
		serials[o.Certificate.Serial] = true
	}
	d.sound()
	signed := 0
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT COUNT(*) FROM authority_certificate WHERE der IS NOT NULL`).Scan(&signed)
	}))
	if signed != killRequests {
		t.Errorf("%d certificates for %d requests", signed, killRequests)
	}
}
