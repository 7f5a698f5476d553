package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"kado/internal/digital/login"
	"kado/internal/platform/db"
	"kado/mynumber"
)

// interaction is a row.
type interaction struct {
	id          string
	client      string
	state       InteractionState
	request     request
	browser     []byte
	challenge   login.Challenge // without the party
	attempts    int
	pairwise    string
	authTime    time.Time
	attributes  *mynumber.Attributes
	consented   bool
	signature   []byte
	certificate []byte
	outcome     outcome
	begunAt     time.Time
	expiresAt   time.Time
}

// outcome is the error with which an interaction ends.
type outcome struct {
	Error       string `json:"error,omitempty"`
	Description string `json:"description,omitempty"`
}

const interactionColumns = `id, client, state, request, browser, challenge, message, challenge_ends, attempts, pairwise, auth_time,
	attributes, consented, signature, certificate, outcome, begun_at, expires_at`

func scanInteraction(scan func(...any) error) (i interaction, err error) {
	var request, attributes, out string
	var consented int
	err = scan(&i.id, &i.client, &i.state, &request, &i.browser, &i.challenge.ID, &i.challenge.Message, db.IntoTime(&i.challenge.ExpiresAt),
		&i.attempts, &i.pairwise, db.IntoTime(&i.authTime), &attributes, &consented, &i.signature, &i.certificate, &out,
		db.IntoTime(&i.begunAt), db.IntoTime(&i.expiresAt))
	if err != nil {
		return i, err
	}
	i.consented = consented != 0
	err = errors.Join(json.Unmarshal([]byte(request), &i.request), fromJSON(attributes, &i.attributes), fromJSON(out, &i.outcome))
	return i, err
}

func fromJSON(s string, into any) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), into)
}

// toJSON writes what fromJSON reads; "" for nothing.
func toJSON(v any) (string, error) {
	switch v := v.(type) {
	case *mynumber.Attributes:
		if v == nil {
			return "", nil
		}
	case outcome:
		if v == (outcome{}) {
			return "", nil
		}
	}
	b, err := json.Marshal(v)
	return string(b), err
}

// loadInteraction returns an interaction that is not over, or NoInteraction.
func loadInteraction(ctx context.Context, tx *db.Tx, id string, now time.Time) (interaction, error) {
	i, err := scanInteraction(tx.QueryRow(ctx, `SELECT `+interactionColumns+` FROM login_oidc_interaction WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) || err == nil && !now.Before(i.expiresAt) {
		return interaction{}, NoInteraction.New()
	}
	return i, err
}

func insertInteraction(ctx context.Context, tx *db.Tx, i interaction) error {
	request, err := toJSON(i.request)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO login_oidc_interaction (`+interactionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '', '', '', 0, $9, $9, '', $10, $11)`,
		i.id, i.client, i.state, request, i.browser, i.challenge.ID, i.challenge.Message, i.challenge.ExpiresAt, []byte{}, i.begunAt, i.expiresAt)
	return err
}

// move saves an interaction that was in the state from, and reports false where it
// no longer was.
func (i interaction) move(ctx context.Context, tx *db.Tx, from InteractionState) (bool, error) {
	attributes, err := toJSON(i.attributes)
	if err != nil {
		return false, err
	}
	out, err := toJSON(i.outcome)
	if err != nil {
		return false, err
	}
	n, err := tx.Exec(ctx, `UPDATE login_oidc_interaction SET state = $1, challenge = $2, message = $3, challenge_ends = $4, attempts = $5,
		pairwise = $6, auth_time = $7, attributes = $8, consented = $9, signature = $10, certificate = $11, outcome = $12
		WHERE id = $13 AND state = $14`,
		i.state, i.challenge.ID, bytesOf(i.challenge.Message), i.challenge.ExpiresAt, i.attempts, i.pairwise, i.authTime, attributes,
		i.consented, bytesOf(i.signature), bytesOf(i.certificate), out, i.id, from)
	return n == 1, err
}

// bytesOf is b, never nil.
func bytesOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// grant is a row.
type grant struct {
	id         string
	client     string
	state      GrantState
	pairwise   string
	request    request
	authTime   time.Time
	attributes *mynumber.Attributes
	code       []byte
	codeEnds   time.Time
	endsAt     time.Time
}

const grantColumns = `id, client, state, pairwise, request, auth_time, attributes, code, code_ends, ends_at`

func scanGrant(scan func(...any) error) (g grant, err error) {
	var request, attributes string
	err = scan(&g.id, &g.client, &g.state, &g.pairwise, &request, db.IntoTime(&g.authTime), &attributes, &g.code, db.IntoTime(&g.codeEnds), db.IntoTime(&g.endsAt))
	if err != nil {
		return g, err
	}
	return g, errors.Join(json.Unmarshal([]byte(request), &g.request), fromJSON(attributes, &g.attributes))
}

// insertGrant returns 0 where the id is taken.
func insertGrant(ctx context.Context, tx *db.Tx, g grant) (int64, error) {
	request, err := toJSON(g.request)
	if err != nil {
		return 0, err
	}
	attributes, err := toJSON(g.attributes)
	if err != nil {
		return 0, err
	}
	return tx.Exec(ctx, `INSERT INTO login_oidc_grant (`+grantColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING`,
		g.id, g.client, g.state, g.pairwise, request, g.authTime, attributes, g.code, g.codeEnds, g.endsAt)
}

// loadGrant returns a grant; db.ErrNoRows where there is none.
func loadGrant(ctx context.Context, tx *db.Tx, id string) (grant, error) {
	return scanGrant(tx.QueryRow(ctx, `SELECT `+grantColumns+` FROM login_oidc_grant WHERE id = $1`, id).Scan)
}

func grantOfCode(ctx context.Context, tx *db.Tx, code string) (grant, error) {
	return scanGrant(tx.QueryRow(ctx, `SELECT `+grantColumns+` FROM login_oidc_grant WHERE code = $1`, digest(code)).Scan)
}

// endGrant revokes a grant and forgets its attributes. It reports false where it was
// revoked before.
func endGrant(ctx context.Context, tx *db.Tx, id string) (bool, error) {
	n, err := tx.Exec(ctx, `UPDATE login_oidc_grant SET state = 'revoked', attributes = '' WHERE id = $1 AND state <> 'revoked'`, id)
	return n == 1, err
}

// kept is how long what is over is kept, so that whoever comes late is told so.
const kept = time.Hour

// What is over is removed bit by bit beside new requests, at most so many rows of a table
// in so long: no login waits for a great removal.
const (
	sweepEvery = time.Second
	sweepMost  = 2000
)

// sweep removes what is long over.
func sweep(ctx context.Context, tx *db.Tx, now time.Time) error {
	for _, q := range []string{
		`DELETE FROM login_oidc_interaction WHERE id IN (SELECT id FROM login_oidc_interaction WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)`,
		`DELETE FROM login_oidc_grant WHERE id IN (SELECT id FROM login_oidc_grant WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
		`DELETE FROM login_oidc_refresh WHERE token IN (SELECT token FROM login_oidc_refresh WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
		`DELETE FROM login_oidc_assertion WHERE id IN (SELECT id FROM login_oidc_assertion WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
		`DELETE FROM login_oidc_signing WHERE id IN (SELECT id FROM login_oidc_signing WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
		`DELETE FROM login_oidc_pushed WHERE uri IN (SELECT uri FROM login_oidc_pushed WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
		`DELETE FROM login_oidc_visit WHERE cookie IN (SELECT cookie FROM login_oidc_visit WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)`,
	} {
		if _, err := tx.Exec(ctx, q, now.Add(-kept), sweepMost); err != nil {
			return err
		}
	}
	return nil
}

// permitted is personOf with the scopes that the holder permits a client.
func permitted(ctx context.Context, tx *db.Tx, party, pairwise, client string) (holder, person string, scopes []string, err error) {
	var claims string
	err = tx.QueryRow(ctx, `SELECT login_holder.id, login_holder.person, COALESCE(login_oidc_consent.claims, '') FROM login_subject
		JOIN login_holder ON login_holder.id = login_subject.holder
		LEFT JOIN login_oidc_consent ON login_oidc_consent.holder = login_subject.holder AND login_oidc_consent.client = $3 AND login_oidc_consent.ended_at = ''
		WHERE login_subject.party = $1 AND login_subject.pairwise = $2`, party, pairwise, client).Scan(&holder, &person, &claims)
	return holder, person, words(claims), err
}

// personOf is whose a pairwise id is: the login office's holder, and the person for
// the journal.
func personOf(ctx context.Context, tx *db.Tx, party, pairwise string) (holder, person string, err error) {
	err = tx.QueryRow(ctx, `SELECT login_holder.id, login_holder.person FROM login_subject
		JOIN login_holder ON login_holder.id = login_subject.holder WHERE login_subject.party = $1 AND login_subject.pairwise = $2`, party, pairwise).Scan(&holder, &person)
	return holder, person, err
}
