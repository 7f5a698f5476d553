package lifetest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/server"
)

// plant is one inconsistency, put into a copy of a sound world.
type plant struct {
	name  string
	stage string // made, alive, dead
	sql   []string
	files func(t *testing.T, folder string)
	want  []string // parts of findings, each of which must be among them
}

// plants covers the journal, every office, what only several of them can see,
// and the cards on the shelf.
var plants = []plant{
	{name: "OPS-28 entry changed", stage: "dead", sql: []string{`UPDATE journal_entry SET reason = 'another' WHERE seq = 10`}, want: []string{"journal: KADO-1504"}},
	{name: "OPS-32 entry removed", stage: "dead", sql: []string{`DELETE FROM journal_entry WHERE seq = 10`}, want: []string{"journal: KADO-1504"}},
	{name: "OPS-32 last entry removed", stage: "dead", sql: []string{`DELETE FROM journal_entry WHERE seq = (SELECT MAX(seq) FROM journal_entry)`},
		want: []string{"journal: KADO-1504"}},
	{name: "OPS-32 entries exchanged", stage: "dead", sql: []string{`UPDATE journal_entry SET seq = -10 WHERE seq = 10`,
		`UPDATE journal_entry SET seq = 10 WHERE seq = 11`, `UPDATE journal_entry SET seq = 11 WHERE seq = -10`}, want: []string{"journal: KADO-1504"}},
	{name: "OPS-32 entry added", stage: "dead", sql: []string{`INSERT INTO journal_entry SELECT seq + 1, at, actor_kind, actor_id, terminal, office, act,
		subject, card, serial, application, session, reason, ground, outcome, details, hash FROM journal_entry ORDER BY seq DESC LIMIT 1`},
		want: []string{"journal: KADO-1504"}},
	{name: "head set back", stage: "dead", sql: []string{`UPDATE journal_head SET seq = seq - 1`}, want: []string{"journal: KADO-1504"}},
	{name: "effect given up", stage: "alive", sql: []string{`UPDATE journal_effect SET state = 'parked', attempts = 13, fault = 4004
		WHERE seq = (SELECT MIN(seq) FROM journal_effect)`}, want: []string{"was given up after 13 attempts (KADO-4004)"}},

	{name: "card suspended behind its certificates", stage: "alive", sql: []string{`UPDATE cards_card SET state = 'suspended'`}, want: []string{"is active on a suspended card"}},
	{name: "card abolished behind its certificates", stage: "alive", sql: []string{`UPDATE cards_card SET state = 'abolished'`}, want: []string{"outlived its card"}},
	{name: "P-29 card of a dead person in operation", stage: "dead", sql: []string{`UPDATE cards_card SET state = 'in_operation'`}, want: []string{"of a dead person is in_operation"}},
	{name: "P-29 certificate active on a dead person's card", stage: "dead", sql: []string{`UPDATE authority_certificate SET state = 'active'
		WHERE serial = (SELECT MAX(serial) FROM authority_certificate)`}, want: []string{"outlived its card"}},
	{name: "P-15 certificate active before delivery", stage: "made", sql: []string{`UPDATE authority_certificate SET state = 'active'`},
		want: []string{"is valid before its card was delivered"}},
	{name: "P-20 two active certificates of a kind", stage: "alive", sql: []string{`UPDATE authority_certificate SET state = 'active', reason = 0, ended_at = ''`},
		want: []string{"valid signature certificates"}},
	{name: "certificate on hold on a card in operation", stage: "alive", sql: []string{`UPDATE authority_certificate SET state = 'on_hold' WHERE state = 'active'`},
		want: []string{"is on hold on a card in operation"}},
	{name: "certificate of another person", stage: "alive", sql: []string{`UPDATE authority_certificate SET person = 'per_00000000000000000000000000'`},
		want: []string{"names another person than its card"}},
	{name: "CRT-41 certificate and register differ", stage: "alive", sql: []string{`UPDATE registry_person SET name = '別　人' WHERE id IN (SELECT person FROM cards_card)`},
		want: []string{"does not say what the register says"}},
	{name: "certificate exchanged", stage: "alive", sql: []string{`UPDATE authority_certificate SET der = (SELECT der FROM authority_certificate
		WHERE state = 'revoked' LIMIT 1) WHERE state = 'active'`}, want: []string{"is not what was linted"}},
	{name: "CRT-12 serial not in the series", stage: "alive", sql: []string{`DELETE FROM authority_serial`}, want: []string{"serial"}},
	{name: "card record copied to another card", stage: "alive", sql: []string{`INSERT INTO cards_card SELECT '123456789012334', version, person, ordinal + 1, application || 'x',
		municipality, state, end_reason, last_act, accepted_on, issued_on, expires_on, pinless, face, card_key, transport_key, consignment, ordered_at,
		changed_at, suspended_at, released_at, notified FROM cards_card`}, want: []string{"security code that cannot be opened"}},
	{name: "card record gone", stage: "alive", sql: []string{`DELETE FROM cards_card`}, want: []string{"has no record"}},

	{name: "photo missing", stage: "made", sql: []string{`DELETE FROM intake_photo`}, want: []string{"intake:"}},
	{name: "P-03 photo exchanged", stage: "made", sql: []string{`UPDATE intake_photo SET jpeg = substr(jpeg, 1, 100)`}, want: []string{"does not have the photo it was submitted with"}},
	{name: "person without number", stage: "alive", sql: []string{`DELETE FROM vault_item WHERE person IN (SELECT person FROM cards_card)`}, want: []string{"has no Individual Number"}},
	{name: "P-14 card in the store without record of the hand-over", stage: "made", sql: []string{`DELETE FROM custody_move`}, want: []string{"has no recorded hand-over"}},
	{name: "P-14 card in the store and with its holder", stage: "made", sql: []string{`UPDATE cards_card SET state = 'in_operation'`}, want: []string{"lies in the store but its record says in_operation"}},
	{name: "P-14 card in the store that no record knows", stage: "made", sql: []string{`UPDATE custody_item SET card = '123456789012334'`,
		`UPDATE custody_move SET card = '123456789012334'`}, want: []string{"custody: the check cannot go on: KADO-3201"}},
	{name: "register without its history", stage: "alive", sql: []string{`DELETE FROM registry_history WHERE version = 1`}, want: []string{"with a history of"}},
	{name: "living person with a date of death", stage: "alive", sql: []string{`UPDATE registry_person SET died_on = '2026-01-01'`}, want: []string{"date of death disagree"}},
	{name: "P-17 delivery by one person", stage: "alive", sql: []string{`UPDATE counter_session SET checker = clerk`}, want: []string{"delivered by one person alone"}},
	{name: "delivery without documents", stage: "alive", sql: []string{`DELETE FROM counter_document`}, want: []string{"without identity documents"}},
	{name: "revocation list cut", stage: "alive", sql: []string{`UPDATE validation_list SET der = substr(der, 1, 200)`}, want: []string{"of the signature authority for \"13221\" cannot be read"}},
	{name: "stop line knows a card that is none", stage: "alive", sql: []string{`UPDATE hotline_case SET card = '123456789012334'`}, want: []string{"hotline: the check cannot go on: KADO-3201"}},
	{name: "challenge used without an outcome", stage: "alive", sql: []string{`UPDATE login_challenge SET outcome = ''`}, want: []string{"is used without an outcome"}},
	{name: "refresh token of no grant", stage: "alive", sql: []string{`INSERT INTO login_oidc_refresh (token, grant_id, ends_at, used_at)
		VALUES (x'00', 'ses_nobody', '2026-04-01T00:00:00.000Z', '')`}, want: []string{"refresh token 00… is of no grant", "refresh token 00… holds a digest of the wrong length"}},

	{name: "sandbox without its staff", stage: "made", sql: []string{`UPDATE staff_member SET name = '別人' WHERE id = 'maker-2'`}, want: []string{"purpose: the database says it is a sandbox's"}},

	{name: "card file damaged", stage: "alive", files: func(t *testing.T, folder string) {
		path := onlyCard(t, folder)
		raw := read(t, path)
		raw[len(raw)/2] ^= 1
		// A frame behind the damaged one: it was not the last write of a power cut.
		write(t, path, append(raw, "KADO KADO KADO KADO KADO"...))
	}, want: []string{"is damaged"}},
	{name: "card file empty", stage: "alive", files: func(t *testing.T, folder string) { write(t, onlyCard(t, folder), nil) }, want: []string{"is damaged"}},
	{name: "card file under another id", stage: "alive", files: func(t *testing.T, folder string) {
		if err := os.Rename(onlyCard(t, folder), filepath.Join(folder, "shelf", "123456789012334.card")); err != nil {
			t.Fatal(err)
		}
	}, want: []string{"shelf: card 123456789012334 says it is another card"}},
	{name: "P-15 card works before delivery", stage: "made", sql: []string{`UPDATE cards_card SET state = 'consigned'`}, files: func(t *testing.T, folder string) {
		write(t, onlyCard(t, folder), read(t, onlyCard(t, strings.TrimSuffix(folder, "made")+"alive")))
	}, want: []string{"works though its record says"}},
	{name: "card mute though in operation", stage: "alive", files: func(t *testing.T, folder string) {
		write(t, onlyCard(t, folder), read(t, onlyCard(t, strings.TrimSuffix(folder, "alive")+"made")))
	}, want: []string{"is mute though its record says in operation"}},
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func onlyCard(t *testing.T, folder string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(folder, "shelf", "*.card"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d cards in %s (%v)", len(found), folder, err)
	}
	return found[0]
}

// fsck returns the report and the exit code.
func fsck(t *testing.T, folder string) (server.Report, int) {
	t.Helper()
	stdout, stderr, code := run("fsck", "--lang", "en", "--json", "--data", folder)
	var r server.Report
	if err := json.Unmarshal([]byte(stdout), &r); err != nil {
		t.Fatalf("fsck: exit %d, %v\n%s%s", code, err, stdout, stderr)
	}
	if (code == 1) != strings.Contains(stderr, "KADO-1005 The check has ") {
		t.Errorf("exit %d and %s", code, stderr)
	}
	return r, code
}

// TestFsckFindsWhatIsPlanted shows that the check can fail, and says what.
func TestFsckFindsWhatIsPlanted(t *testing.T) {
	sound := lives(t)
	folders := map[string]string{"made": sound.made, "alive": sound.alive, "dead": sound.dead}
	for stage, folder := range folders {
		if r, code := fsck(t, copyOf(t, folder)); code != 0 || len(r.Findings) > 0 {
			t.Fatalf("%s without a plant: exit %d, %q", stage, code, r.Findings)
		}
	}
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			base := t.TempDir()
			folder := filepath.Join(base, p.stage)
			copyFolder(t, folders[p.stage], folder)
			if p.files != nil {
				for stage, from := range folders {
					if stage != p.stage {
						copyFolder(t, from, filepath.Join(base, stage))
					}
				}
				p.files(t, folder)
			}
			inDatabase(t, folder, func(d *db.DB) error {
				return d.Tx(ctx, func(tx *db.Tx) error {
					for _, q := range p.sql {
						if n, err := tx.Exec(ctx, q); err != nil || n == 0 {
							return fmt.Errorf("%d rows: %w\n%s", n, err, q)
						}
					}
					return nil
				})
			})
			r, code := fsck(t, folder)
			if code != 1 || len(r.Findings) == 0 {
				t.Fatalf("exit %d with the findings %q", code, r.Findings)
			}
			all := strings.Join(r.Findings, "\n")
			for _, want := range p.want {
				if !strings.Contains(all, want) {
					t.Errorf("no finding %q among\n%s", want, all)
				}
			}
			if p.name != plants[0].name {
				return
			}
			stdout, _, _ := run("fsck", "--lang", "ja", "--data", folder)
			for _, f := range r.Findings {
				if !strings.Contains(stdout, "  - "+f+"\n") {
					t.Errorf("the text does not show %q:\n%s", f, stdout)
				}
			}
		})
	}
}

func copyOf(t *testing.T, folder string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	copyFolder(t, folder, to)
	return to
}
