package oidc_test

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/jpki"
)

// sound fills the tables: every state of every machine is there.
func sound(h *house) {
	h.t.Helper()
	cert, signing := h.Issue(h.t, validationtest.Order{}), h.Issue(h.t, validationtest.Order{Kind: jpki.Signature})
	all := "openid name address birthdate gender"
	h.ask(h.browser(), h.shop.query(all)) // waits
	answered := h.ask(h.browser(), h.shop.query(all))
	h.mustAnswer(answered, h.card(answered, cert))
	refused := h.ask(h.browser(), h.shop.query(all))
	if _, err := h.Cancel(context.Background(), refused, "access_denied", "no"); err != nil {
		h.t.Fatal(err)
	}
	h.shop.code(h.browser(), cert, all)
	tokens := h.shop.tokens(cert, all)
	if a := h.shop.refresh(tokens["refresh_token"].(string)); a.status != 200 {
		h.t.Fatalf("%d %s", a.status, a.body)
	}
	spent := h.shop.code(h.browser(), cert, all)
	h.shop.exchange(spent)
	h.shop.exchange(spent)
	document := sha256.Sum256([]byte("a contract"))
	h.shop.begin(document[:])
	h.shop.signed(document[:], cert, signing)
	other := h.client("RP2", "http://localhost:9200/cb", nil)
	other.tokens(cert, "openid name")
	if err := h.Withdraw(context.Background(), h.holder(), other.id); err != nil {
		h.t.Fatal(err)
	}
	h.visit(h.browser(), cert)
	h.shop.push(all)
	h.ask(h.browser(), named(h.shop.id, h.shop.push("openid")))
	// A consent that signing waits for, with the signature.
	v := h.shop.query("openid sign")
	v.Set("sign_transaction_id", h.shop.begin(document[:]))
	id := h.ask(h.browser(), v)
	h.mustAnswer(id, h.signs(id, cert, signing))
}

// mustBeSound fails where the check finds something.
func (h *house) mustBeSound(t interface{ Fatalf(string, ...any) }) {
	found, err := oidc.Check(context.Background(), h.db)
	if err != nil || len(found) > 0 {
		t.Fatalf("%v\n%s", err, strings.Join(found, "\n"))
	}
}

// Each contradiction that somebody could leave in the tables is named; a sound world
// has none.
func TestCheck_FindsWhatMustNeverBe(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		sound(h)
		h.mustBeSound(t)
		const i, g, s = `UPDATE login_oidc_interaction SET `, `UPDATE login_oidc_grant SET `, `UPDATE login_oidc_signing SET `
		early, late := "2020-01-01T00:00:00.000Z", "2099-01-01T00:00:00.000Z"
		octets := []byte("octets")
		attributes := `{"Name":"試験　花子","Address":"","BirthDate":"","Sex":0}`
		for _, c := range []struct {
			want, plant string
			args        []any
		}{
			{"client RP2 is of no party", `UPDATE login_oidc_client SET party = 'rp_nobody' WHERE id = 'RP2'`, nil},
			{"client RP2 came from nowhere", `UPDATE login_oidc_client SET source = 'sky' WHERE id = 'RP2'`, nil},
			{"client RP2 holds a registration that cannot be read", `UPDATE login_oidc_client SET document = '{' WHERE id = 'RP2'`, nil},
			{"client RP2 holds a registration that is never accepted", `UPDATE login_oidc_client SET sector = 'https://other.example' WHERE id = 'RP2'`, nil},
			{"client RP2 holds a time that cannot be read", `UPDATE login_oidc_client SET registered_at = 'noon' WHERE id = 'RP2'`, nil},

			{"interaction int_ stands in a state that no machine permits", i + `state = 'asleep' WHERE state = 'refused'`, nil},
			{"interaction int_ is of no client", i + `client = 'nobody' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds a request that cannot be read", i + `request = '{"client":1}' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds a request of another client", i + `request = '{"client":"RP2","redirect_uri":"http://localhost:9200/cb","state":"s","nonce":"n","scopes":["openid"],"code_challenge":"c"}' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds a request of another client, or one that is never accepted", i + `request = '{"client":"RP00000001","redirect_uri":"http://localhost:9000/callback","state":"s","nonce":"n","scopes":["openid","all"],"code_challenge":"c"}' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds attributes that cannot be read", i + `attributes = 'torn' WHERE state = 'answered'`, nil},
			{"interaction int_ keeps attributes though", i + `attributes = $1 WHERE state = 'granted'`, []any{attributes}},
			{"interaction int_ keeps attributes though", i + `attributes = $1 WHERE state = 'refused'`, []any{attributes}},
			{"interaction int_ keeps attributes though", i + `attributes = $1 WHERE state = 'waiting'`, []any{attributes}},
			{"interaction int_ keeps attributes that nobody asked for", i + `attributes = $1 WHERE state = 'answered' AND attributes = ''`, []any{attributes}},
			{"interaction int_ lacks the attributes", i + `attributes = '' WHERE state = 'answered'`, nil},
			{"interaction int_ holds a digest of the wrong length", i + `browser = $1 WHERE state = 'waiting'`, []any{octets}},
			{"interaction int_ has half a challenge", i + `message = $1 WHERE state = 'waiting'`, []any{[]byte{}}},
			{"interaction int_ counts more tries", i + `attempts = 11 WHERE state = 'waiting'`, nil},
			{"interaction int_ was answered by nobody", i + `pairwise = '' WHERE state = 'granted'`, nil},
			{"interaction int_ was answered by a holder whom", i + `pairwise = 'sub_nobody' WHERE state = 'granted'`, nil},
			{"interaction int_ waits for a card that has answered", i + `pairwise = 'sub_nobody' WHERE state = 'waiting'`, nil},
			{"interaction int_ keeps a signature though", i + `signature = $1 WHERE state = 'granted'`, []any{octets}},
			{"interaction int_ keeps a signature though", i + `certificate = $1 WHERE state = 'refused'`, []any{octets}},
			{"interaction int_ lacks the signature", i + `signature = $1 WHERE state = 'answered'`, []any{[]byte{}}},
			{"interaction int_ lacks the signature that it was asked for, or has one", i + `signature = $1, certificate = $1 WHERE state = 'answered' AND attributes <> ''`, []any{octets}},
			{"interaction int_ holds an outcome that cannot be read", i + `outcome = 'no' WHERE state = 'refused'`, nil},
			{"interaction int_ is refused without an error", i + `outcome = '' WHERE state = 'refused'`, nil},
			{"interaction int_ is refused without an error, or the other way round", i + `outcome = '{"error":"access_denied"}' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds a time that cannot be read", i + `begun_at = '' WHERE state = 'waiting'`, nil},
			{"interaction int_ holds times that contradict", i + `expires_at = begun_at WHERE state = 'waiting'`, nil},
			{"interaction int_ holds times that contradict", i + `auth_time = $1 WHERE state = 'granted'`, []any{early}},
			{"interaction int_ holds times that contradict", i + `auth_time = $1 WHERE state = 'granted'`, []any{late}},

			{"grant ses_ stands in a state that no machine permits", g + `state = 'forgotten' WHERE state = 'revoked'`, nil},
			{"grant ses_ is of no client", g + `client = 'nobody' WHERE state = 'in_use'`, nil},
			{"grant ses_ is of a client without a party", `DELETE FROM login_party WHERE origin = 'http://localhost:9000'`, nil},
			{"grant ses_ is of a holder whom its party does not know", g + `pairwise = 'sub_nobody' WHERE state = 'in_use'`, nil},
			{"grant ses_ is of a holder who does not exist", `DELETE FROM login_holder`, nil},
			{"grant ses_ holds a request that cannot be read", g + `request = '' WHERE state = 'in_use'`, nil},
			{"grant ses_ holds a request of another client", g + `client = 'RP2' WHERE state = 'in_use'`, nil},
			{"grant ses_ holds attributes that cannot be read", g + `attributes = '{"Name":1}' WHERE state = 'in_use'`, nil},
			{"grant ses_ keeps attributes though it has ended", g + `attributes = $1 WHERE state = 'revoked'`, []any{attributes}},
			{"grant ses_ keeps attributes that nobody asked for", g + `attributes = $1 WHERE attributes = '' AND state <> 'revoked'`, []any{attributes}},
			{"grant ses_ lacks the attributes", g + `attributes = '' WHERE state = 'code_issued'`, nil},
			{"grant ses_ holds a digest of the wrong length", g + `code = $1 WHERE state = 'code_issued'`, []any{octets}},
			{"grant ses_ lives without the holder's consent", `DELETE FROM login_oidc_consent WHERE client = 'RP00000001'`, nil},
			{"grant ses_ lives without the holder's consent", `UPDATE login_oidc_consent SET claims = 'openid name' WHERE client = 'RP00000001'`, nil},
			{"grant ses_ lives without the holder's consent", g + `state = 'in_use' WHERE client = 'RP2'`, nil},
			{"grant ses_ holds a time that cannot be read", g + `ends_at = 'soon' WHERE state = 'in_use'`, nil},
			{"grant ses_ holds times that contradict", g + `code_ends = $1 WHERE state = 'in_use'`, []any{late}},
			{"grant ses_ holds times that contradict", g + `auth_time = $1 WHERE state = 'in_use'`, []any{late}},
			{"grant ses_ has more than one refresh token", `UPDATE login_oidc_refresh SET used_at = ''`, nil},

			{"refresh token  holds a digest of the wrong length", `UPDATE login_oidc_refresh SET token = $1 WHERE used_at <> ''`, []any{octets}},
			{"refresh token  is of no grant", `DELETE FROM login_oidc_grant WHERE state = 'in_use'`, nil},
			{"refresh token  is of a grant whose code", g + `state = 'code_issued' WHERE state = 'in_use'`, nil},
			{"refresh token  holds a time that cannot be read", `UPDATE login_oidc_refresh SET ends_at = '2026'`, nil},
			{"refresh token  holds times that contradict", `UPDATE login_oidc_refresh SET ends_at = $1`, []any{late}},
			{"refresh token  holds times that contradict", `UPDATE login_oidc_refresh SET used_at = $1`, []any{late}},

			{"used assertion  holds a digest of the wrong length", `INSERT INTO login_oidc_assertion (id, ends_at) VALUES ($1, $2)`, []any{octets, late}},
			{"used assertion  holds a time that cannot be read", `UPDATE login_oidc_assertion SET ends_at = ''`, nil},

			{"is of no holder", `UPDATE login_oidc_consent SET holder = 'hld_nobody' WHERE client = 'RP2'`, nil},
			{"to nobody is of no client", `UPDATE login_oidc_consent SET client = 'nobody' WHERE client = 'RP2'`, nil},
			{"to RP2 permits what cannot be permitted", `UPDATE login_oidc_consent SET claims = 'openid sign' WHERE client = 'RP2'`, nil},
			{"to RP2 permits what cannot be permitted", `UPDATE login_oidc_consent SET claims = '' WHERE client = 'RP2'`, nil},
			{"to RP2 holds a time that cannot be read", `UPDATE login_oidc_consent SET given_at = '' WHERE client = 'RP2'`, nil},
			{"to RP2 holds times that contradict", `UPDATE login_oidc_consent SET ended_at = $1 WHERE client = 'RP2'`, []any{early}},

			{"signing transaction  has an id that is never given", s + `id = 'first' WHERE state = 'signed'`, nil},
			{"signing transaction  is of no client", s + `client = 'nobody' WHERE state = 'open'`, nil},
			{"signing transaction  stands in a state that no machine permits", s + `state = 'half' WHERE state = 'open'`, nil},
			{"signing transaction  holds a digest of the wrong length", s + `digest = $1 WHERE state = 'open'`, []any{octets}},
			{"signing transaction  is open and holds a signature", s + `signature = $1 WHERE state = 'open'`, []any{octets}},
			{"signing transaction  is open and holds a signature", s + `signed_at = $1 WHERE state = 'open'`, []any{late}},
			{"signing transaction  is signed and lacks its signature", s + `signature = $1 WHERE state = 'signed'`, []any{[]byte{}}},
			{"signing transaction  is signed and lacks its signature", s + `grant_id = '' WHERE state = 'signed'`, nil},
			{"signing transaction  holds a certificate that cannot be read", s + `certificate = $1 WHERE state = 'signed'`, []any{octets}},
			{"signing transaction  holds a verdict that is never given", s + `verdict = 'perhaps' WHERE state = 'signed'`, nil},
			{"signing transaction  was signed under the grant of something else", s + `grant_id = (SELECT MIN(id) FROM login_oidc_grant WHERE state = 'code_issued') WHERE state = 'signed'`, nil},
			{"signing transaction  holds a time that cannot be read", s + `begun_at = '' WHERE state = 'open'`, nil},
			{"signing transaction  holds times that contradict", s + `ends_at = begun_at WHERE state = 'open'`, nil},
			{"signing transaction  holds times that contradict", s + `signed_at = $1 WHERE state = 'signed'`, []any{early}},

			{"pushed request  holds a digest of the wrong length", `UPDATE login_oidc_pushed SET uri = $1 WHERE used_at = ''`, []any{octets}},
			{"pushed request  is of no client", `UPDATE login_oidc_pushed SET client = 'nobody'`, nil},
			{"pushed request  holds a request that cannot be read", `UPDATE login_oidc_pushed SET request = '{'`, nil},
			{"pushed request  holds a request of another client", `UPDATE login_oidc_pushed SET client = 'RP2'`, nil},
			{"pushed request  holds a time that cannot be read", `UPDATE login_oidc_pushed SET ends_at = ''`, nil},
			{"pushed request  holds times that contradict", `UPDATE login_oidc_pushed SET used_at = $1`, []any{late}},
			{"pushed request  holds times that contradict", `UPDATE login_oidc_pushed SET used_at = $1`, []any{early}},

			{"visit  holds a digest of the wrong length", `UPDATE login_oidc_visit SET cookie = $1`, []any{octets}},
			{"visit  is of no holder", `UPDATE login_oidc_visit SET holder = 'hld_nobody'`, nil},
			{"visit  holds a time that cannot be read", `UPDATE login_oidc_visit SET ends_at = 'later'`, nil},
		} {
			if found := h.planted(c.plant, c.args...); !isNamed(found, c.want) {
				t.Errorf("%s\nwants %q, found\n%s", c.plant, c.want, strings.Join(found, "\n"))
			}
		}
		h.mustBeSound(t)
	})
}

// isNamed tells whether a finding begins with the thing, its id, and what is wrong: the
// two blanks of the wanted text, or the underscore, stand before and after the id.
func isNamed(found []string, want string) bool {
	for _, f := range found {
		for _, gap := range []string{"  ", "_ "} {
			before, after, parted := strings.Cut(want, gap)
			if parted && strings.HasPrefix(f, strings.TrimSpace(before)) && strings.Contains(f, " "+after) {
				return true
			}
		}
		if strings.Contains(f, want) {
			return true
		}
	}
	return false
}

// planted is what is found after a statement, which is then undone.
func (h *house) planted(statement string, args ...any) (found []string) {
	h.t.Helper()
	undo := errors.New("undo")
	ctx := context.Background()
	err := h.db.Tx(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, statement, args...)
		if err == nil && n == 0 {
			h.t.Errorf("%s: touches nothing", statement)
		}
		if err == nil {
			found, err = oidc.CheckIn(ctx, tx)
		}
		return errors.Join(err, undo)
	})
	if !errors.Is(err, undo) || strings.Contains(err.Error(), "\n") {
		h.t.Fatalf("%s: %v", statement, err)
	}
	return found
}

// Whatever people, cards and relying parties do in whatever order leaves nothing
// that the check finds.
func TestCheck_SoundAfterAnything(t *testing.T) {
	h := small(t)
	m := &crowd{h: h, parties: []*rp{h.shop, h.client("RP2", "http://localhost:9200/cb", nil)}, signing: h.Issue(t, validationtest.Order{Kind: jpki.Signature}),
		browser: h.browser()}
	for _, person := range []string{"per_1", "per_2"} {
		m.certs = append(m.certs, h.Issue(t, validationtest.Order{Person: person}))
	}
	rapid.Check(t, func(rt *rapid.T) {
		for range rapid.IntRange(5, 25).Draw(rt, "steps") {
			steps := map[string]func(*rapid.T){"ask": m.ask, "answer": m.answer, "wrong": m.wrong, "cancel": m.cancel, "decide": m.decide, "exchange": m.exchange,
				"refresh": m.refresh, "login": func(rt *rapid.T) { m.ask(rt); m.answer(rt); m.decide(rt) }, "withdraw": m.withdraw, "visit": m.visit, "wait": m.wait}
			name := rapid.SampledFrom([]string{"login", "login", "login", "ask", "answer", "wrong", "cancel", "decide", "exchange", "exchange", "exchange", "refresh", "refresh", "withdraw", "visit", "wait"}).Draw(rt, "step")
			steps[name](rt)
		}
		h.mustBeSound(rt)
	})
	t.Logf("%d interactions, %d codes, %d exchanges", len(m.open), len(m.codes), len(m.tokens))
}

// crowd is what has happened so far.
type crowd struct {
	h       *house
	parties []*rp
	certs   []*x509.Certificate
	signing *x509.Certificate
	browser *http.Client
	open    []string // interactions, in any state
	codes   []string
	tokens  []string
}

// recent is one of the last of what there is; "" for none.
func recent(rt *rapid.T, what string, of []string) string {
	if len(of) == 0 {
		return ""
	}
	return of[len(of)-1-rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(rt, what)%len(of)]
}

func (m *crowd) party(rt *rapid.T) *rp {
	return m.parties[rapid.IntRange(0, len(m.parties)-1).Draw(rt, "party")]
}

func (m *crowd) ask(rt *rapid.T) {
	r := m.party(rt)
	v := r.query(rapid.SampledFrom([]string{"openid", "openid name", "openid name address birthdate gender", "openid sign"}).Draw(rt, "scope"))
	if strings.Contains(v.Get("scope"), "sign") {
		document := sha256.Sum256([]byte("a contract"))
		v.Set("sign_transaction_id", r.begin(document[:]))
	}
	m.open = append(m.open, m.h.ask(m.browser, v))
}

// answer has a card answer whatever waits, as it should.
func (m *crowd) answer(rt *rapid.T) {
	id := recent(rt, "interaction", m.open)
	i, err := m.h.Interaction(context.Background(), id)
	if err != nil {
		return // over, or answered
	}
	cert := rapid.SampledFrom(m.certs).Draw(rt, "card")
	a := m.h.card(id, cert)
	if i.Sign != nil {
		a = m.h.signs(id, cert, m.signing)
	}
	if _, err := m.h.Answer(context.Background(), id, a); err != nil {
		rt.Fatal(err)
	}
}

// wrong has it answer as it should not.
func (m *crowd) wrong(rt *rapid.T) {
	id := recent(rt, "interaction", m.open)
	if _, err := m.h.Interaction(context.Background(), id); err != nil {
		return
	}
	a := m.h.card(id, m.certs[0])
	switch rapid.IntRange(0, 2).Draw(rt, "wrong") {
	case 0:
		a.Login.Signature[0] ^= 1
	case 1:
		a.Attributes = nil
		a.Login.Challenge = "cha_another"
	case 2:
		a.Login.Certificate = m.signing.Raw
	}
	if next, err := m.h.Answer(context.Background(), id, a); err == nil && !strings.HasSuffix(next, "/next") {
		rt.Fatalf("a wrong answer led to %s", next)
	}
}

func (m *crowd) cancel(rt *rapid.T) {
	// Refused where it is over already.
	_, _ = m.h.Cancel(context.Background(), recent(rt, "interaction", m.open), "access_denied", "no")
}

// decide goes on in the browser, with either answer to the consent page.
func (m *crowd) decide(rt *rapid.T) {
	id := recent(rt, "interaction", m.open)
	if id == "" {
		return
	}
	a := m.h.get(m.browser, "/login/"+id+"/next")
	if a.status == 200 {
		a = m.h.post(m.browser, "/login/"+id+"/consent", url.Values{"answer": {rapid.SampledFrom([]string{"allow", "allow", "cancel"}).Draw(rt, "consent")}})
	}
	if a.to != nil && a.to.Query().Get("code") != "" {
		m.codes = append(m.codes, a.to.Query().Get("code"))
	}
}

// exchange tries a code with whoever's key and whatever verifier.
func (m *crowd) exchange(rt *rapid.T) {
	code := recent(rt, "code", m.codes)
	if code == "" {
		return
	}
	r := m.party(rt)
	f := r.form("authorization_code")
	f.Set("code", code)
	f.Set("redirect_uri", r.redirect)
	f.Set("code_verifier", rapid.SampledFrom([]string{verifier, verifier, verifier, strings.Repeat("v", 43)}).Draw(rt, "verifier"))
	if a := m.h.token(f); a.status == 200 {
		m.tokens = append(m.tokens, a.json(m.h.t)["refresh_token"].(string))
	}
}

func (m *crowd) refresh(rt *rapid.T) {
	token := recent(rt, "token", m.tokens)
	if token == "" {
		return
	}
	if a := m.party(rt).refresh(token); a.status == 200 {
		m.tokens = append(m.tokens, a.json(m.h.t)["refresh_token"].(string))
	}
}

func (m *crowd) withdraw(rt *rapid.T) {
	holders := m.h.holders()
	if len(holders) == 0 {
		return
	}
	// Refused where there is nothing to withdraw.
	if err := m.h.Withdraw(context.Background(), rapid.SampledFrom(holders).Draw(rt, "holder"), m.party(rt).id); err != nil && !oidc.NoConsent.Is(err) {
		rt.Fatal(err)
	}
}

func (m *crowd) visit(rt *rapid.T) {
	m.h.visit(m.h.browser(), rapid.SampledFrom(m.certs).Draw(rt, "card"))
}

func (m *crowd) wait(rt *rapid.T) {
	m.h.pass(rapid.SampledFrom([]time.Duration{time.Second, time.Minute, 29 * time.Minute, 7*time.Hour + 45*time.Minute}).Draw(rt, "wait"))
}

// holders are the login office's ids of all who have logged in.
func (h *house) holders() (ids []string) {
	h.t.Helper()
	err := h.db.View(context.Background(), func(tx *db.Tx) (err error) {
		ids, err = db.Collect(context.Background(), tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) }, `SELECT id FROM login_holder ORDER BY id`)
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return ids
}

// An answer that the database does not take leaves the interaction as it was, and a
// further one is taken.
func TestAnswer_NotSavedIsNotAnswered(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	id := h.ask(h.browser(), h.shop.query("openid name"))
	must := func(statement string) {
		t.Helper()
		err := h.db.Tx(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(t.Context(), statement)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	must(`CREATE TRIGGER broken BEFORE UPDATE ON login_oidc_interaction WHEN NEW.state = 'answered' BEGIN SELECT RAISE(ABORT, 'planted'); END`)
	if _, err := h.Answer(t.Context(), id, h.card(id, cert)); err == nil {
		t.Fatal("was taken")
	}
	h.mustBeSound(t)
	must(`DROP TRIGGER broken`)
	h.mustAnswer(id, h.card(id, cert))
	h.mustBeSound(t)
}

// A refresh token never outlives its grant, and says so.
func TestRefresh_EndsWithItsGrant(t *testing.T) {
	h := small(t)
	cert := h.Issue(t, validationtest.Order{})
	tokens := h.shop.tokens(cert, "openid")
	for left := 8 * time.Hour; ; {
		want := min(30*time.Minute, left)
		if got := time.Duration(tokens["refresh_expires_in"].(float64)) * time.Second; got != want {
			t.Fatalf("%s before the end: good for %s", left, got)
		}
		if left <= 20*time.Minute {
			break
		}
		h.pass(20 * time.Minute)
		left -= 20 * time.Minute
		a := h.shop.refresh(tokens["refresh_token"].(string))
		if a.status != 200 {
			t.Fatalf("%s before the end: %d %s", left, a.status, a.body)
		}
		tokens = a.json(t)
	}
	h.pass(20 * time.Minute)
	h.shop.refresh(tokens["refresh_token"].(string)).wants(t, "at the end", 400, "invalid_grant", oidc.BadRefresh.Code())
	// An hour later all of it is gone, and nothing of it is left over.
	h.pass(61 * time.Minute)
	h.ask(h.browser(), h.shop.query("openid"))
	h.mustBeSound(t)
}
