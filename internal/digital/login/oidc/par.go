package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"kado/internal/platform/db"
)

// pushedPrefix stands before the secret of a request_uri (RFC 9126, 2.2).
const pushedPrefix = "urn:ietf:params:oauth:request_uri:"

// pushedSecret reads a request_uri that was given here: one spelling, 43 letters
// behind the prefix.
func pushedSecret(uri string) (secret string, ok bool) {
	secret, ok = strings.CutPrefix(uri, pushedPrefix)
	return secret, ok && len(secret) == 43 && urlSafe(secret)
}

// push is the endpoint for pushed authorization requests (RFC 9126): a client that
// proves itself hands in its authorization request beforehand. Everything about the
// request is checked here and now; the browser carries nothing but its name.
func (p *Provider) push(w http.ResponseWriter, r *http.Request) {
	f, err := formOnce(r)
	if err != nil {
		p.failJSON(w, r, "par", "", err)
		return
	}
	claimed := plainWord(f.Get("client_id"))
	if r.Header.Get("Authorization") != "" || f.Has("client_secret") {
		p.failJSON(w, r, "par", claimed, NoAssertion.New())
		return
	}
	secret, err := p.takePush(r.Context(), f)
	if err != nil {
		p.failJSON(w, r, "par", claimed, err)
		return
	}
	p.observe(r.Context(), Event{Client: claimed, Step: "par", Detail: detailPushedGood})
	writeJSON(w, http.StatusCreated, map[string]any{"request_uri": pushedPrefix + secret, "expires_in": int(pushedLife / time.Second)})
}

// takePush authenticates the client, reads its request and keeps it. The assertion
// is used up with what is kept, or by itself where the request is refused.
func (p *Provider) takePush(ctx context.Context, f url.Values) (secret string, err error) {
	if id := f.Get("client_id"); id == "" || len(id) > 255 || !alphanumeric(id) {
		return "", UnknownClient.New()
	}
	if _, err := p.knownOrOpen(ctx, f.Get("client_id"), f.Get("redirect_uri")); err != nil {
		return "", err
	}
	c, once, err := p.authenticate(ctx, f, p.d.Base+pushPath)
	if err != nil {
		return "", err
	}
	req := request{Client: c.ID, RedirectURI: f.Get("redirect_uri")}
	if !c.returnsTo(req.RedirectURI) {
		return "", p.spent(ctx, once, BadRedirect.New())
	}
	if err := p.readRest(ctx, &req, c, f); err != nil {
		return "", p.spent(ctx, once, err)
	}
	document, err := json.Marshal(req)
	if err != nil {
		return "", err
	}
	if secret, err = newSecret(); err != nil {
		return "", err
	}
	now := p.wire()
	return secret, p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := once(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO login_oidc_pushed (uri, client, request, ends_at, used_at) VALUES ($1, $2, $3, $4, '')`,
			digest(secret), c.ID, string(document), now.Add(pushedLife))
		return err
	})
}

// readPushed reads an authorization request that names a pushed one: client_id and
// request_uri, and nothing beside them. It uses the request up.
func (p *Provider) readPushed(ctx context.Context, c *client, v url.Values) (r request, err error) {
	r.Client = c.ID
	for name, values := range v {
		if name != "client_id" && name != "request_uri" || len(values) != 1 {
			return r, BesidePushed.New(plainWord(name))
		}
	}
	secret, ok := pushedSecret(v.Get("request_uri"))
	if !ok {
		return r, BadRequestURI.New()
	}
	now := p.wire()
	var refusal error
	err = p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		refusal = nil
		var client, document string
		var ends, used time.Time
		err := tx.QueryRow(ctx, `SELECT client, request, ends_at, used_at FROM login_oidc_pushed WHERE uri = $1`, digest(secret)).
			Scan(&client, &document, db.IntoTime(&ends), db.IntoTime(&used))
		switch {
		case errors.Is(err, db.ErrNoRows), err == nil && (client != c.ID || !now.Before(ends)):
			refusal = BadRequestURI.New()
			return nil
		case err != nil:
			return err
		case !used.IsZero():
			refusal = RequestURIUsed.New()
			return nil
		}
		n, err := tx.Exec(ctx, `UPDATE login_oidc_pushed SET used_at = $1 WHERE uri = $2 AND used_at = ''`, now, digest(secret))
		if err != nil {
			return err
		}
		if n != 1 {
			refusal = RequestURIUsed.New()
			return nil
		}
		return json.Unmarshal([]byte(document), &r)
	})
	if err == nil {
		err = refusal
	}
	return r, err
}
