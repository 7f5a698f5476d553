package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	"kado/internal/digital/login"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
)

var _ Desk = (*Provider)(nil)

// maxAttempts bounds how often a card may answer wrongly in one interaction.
const maxAttempts = 10

// begin makes an interaction for a request and a browser.
func (p *Provider) begin(ctx context.Context, c *client, r request, browser []byte) (string, error) {
	secret, err := newSecret()
	if err != nil {
		return "", err
	}
	now := p.wire()
	due := p.sweeping.Due(now)
	i := interaction{id: "int_" + secret, client: c.ID, state: Waiting, request: r, browser: browser, begunAt: now, expiresAt: now.Add(interactionLife)}
	_, err = p.d.Login.Begin(ctx, c.party, func(ctx context.Context, tx *db.Tx, challenge login.Challenge) error {
		i.challenge = challenge
		if due {
			if err := sweep(ctx, tx, now); err != nil {
				return err
			}
		}
		return insertInteraction(ctx, tx, i)
	})
	return i.id, err
}

// open loads an interaction with its client.
func (p *Provider) open(ctx context.Context, id string) (i interaction, c *client, err error) {
	err = p.d.DB.Look(ctx, func(tx *db.Tx) error {
		i, err = loadInteraction(ctx, tx, id, p.wire())
		return err
	})
	if err == nil {
		c, err = p.client(ctx, i.client)
	}
	return i, c, err
}

// Interaction implements Desk.
func (p *Provider) Interaction(ctx context.Context, id string) (Interaction, error) {
	i, c, err := p.open(ctx, id)
	if err != nil {
		return Interaction{}, err
	}
	if i.state != Waiting {
		return Interaction{}, NoInteraction.New()
	}
	if i.challenge.ID == "" || p.d.Clock.Now().After(i.challenge.ExpiresAt) {
		if i, err = p.renew(ctx, i, c); err != nil {
			return Interaction{}, err
		}
	}
	out := Interaction{ID: i.id, Ways: "/login/" + i.id, ClientID: i.client, ClientName: c.Name, Claims: i.request.claims(), LoginHint: i.request.LoginHint,
		ExpiresAt: p.d.Clock.Now().Add(i.expiresAt.Sub(p.wire())),
		Challenge: login.Challenge{ID: i.challenge.ID, Party: c.party, Message: i.challenge.Message, ExpiresAt: i.challenge.ExpiresAt}}
	if c.source != sourceOwn {
		out.ReturnOrigin = c.sector
		if u, ok := checkRedirect(i.request.RedirectURI); ok {
			out.ReturnOrigin = originOf(u)
		}
	}
	if len(out.Claims) > 0 {
		key, err := p.d.Proofs.Announcement(ctx)
		if err != nil {
			return Interaction{}, err
		}
		out.ProofKey = &key
	}
	if i.request.signs() {
		err = p.d.DB.View(ctx, func(tx *db.Tx) error {
			t, err := loadTransaction(ctx, tx, i.request.SignTransaction)
			out.Sign, out.SignRaw = t.digest, t.raw
			return err
		})
	}
	return out, err
}

// renew gives an interaction a challenge in place of one that was used or is over.
func (p *Provider) renew(ctx context.Context, i interaction, c *client) (interaction, error) {
	_, err := p.d.Login.Begin(ctx, c.party, func(ctx context.Context, tx *db.Tx, challenge login.Challenge) error {
		i.challenge = challenge
		ok, err := i.move(ctx, tx, Waiting)
		if err == nil && !ok {
			return NoInteraction.New()
		}
		return err
	})
	return i, err
}

// final are the refusals of a login that no further try with the same card mends.
var final = []*fault.Kind{login.OutsideValidity, login.Suspended, login.Revoked, login.StatusUnknown, login.NotYetValid, OtherHolder, BadSigningCertificate}

// Answer implements Desk. What of the answer can be checked without using the
// challenge up comes first.
func (p *Provider) Answer(ctx context.Context, id string, a Answer) (string, error) {
	i, c, err := p.open(ctx, id)
	if err == nil && i.state != Waiting {
		err = NoInteraction.New()
	}
	if err == nil {
		err = p.take(ctx, &i, c, a)
	}
	if err == nil || i.id == "" {
		if err == nil {
			p.observe(ctx, Event{Client: i.client, Step: "interaction", Interaction: i.id, Detail: detailAnswered})
		}
		return nextPath(id), err
	}
	p.observe(ctx, Event{Client: i.client, Step: "interaction", Interaction: i.id, Fault: fault.Of(err), Detail: detailAnswerBad})
	if i.attempts++; i.attempts >= maxAttempts {
		err = TooManyTries.New()
	}
	for _, k := range append(final, TooManyTries) {
		if k.Is(err) {
			return p.refuse(ctx, i, "access_denied", describe(err))
		}
	}
	if e := p.again(ctx, i); e != nil {
		return "", e
	}
	return "", err
}

// again lets an interaction wait for a further answer.
func (p *Provider) again(ctx context.Context, i interaction) error {
	i.attributes, i.signature, i.certificate, i.pairwise = nil, nil, nil, ""
	return p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := i.move(ctx, tx, Waiting)
		return err
	})
}

// usedUp tells from what Finish returned whether the challenge can serve again: it can
// where the house failed, except that no status is an answer, too (login.Provider).
func usedUp(err error) bool {
	k := fault.Of(err).Kind
	return login.NoStatus.Is(err) || k.Class != fault.Internal && k.Class != fault.Unavailable
}

// take checks an answer and saves what it says, in the transaction that records the
// login. What could not be saved leaves the interaction waiting.
func (p *Provider) take(ctx context.Context, i *interaction, c *client, a Answer) error {
	if a.Login.Challenge != i.challenge.ID {
		return login.NoChallenge.New()
	}
	whose, err := p.checkAttributes(ctx, i, a)
	if err != nil {
		return err
	}
	signer, err := p.checkSignature(ctx, i, c, a)
	if err != nil {
		return err
	}
	by := journal.Actor{Kind: journal.RelyingParty, ID: c.party}
	_, err = p.d.Login.Finish(ctx, a.Login, login.Along{
		Check: func(ctx context.Context, person string) error {
			return p.checkHolder(ctx, by, person, signer, a, whose)
		},
		Save: func(ctx context.Context, tx *db.Tx, told login.Login) error {
			done := *i
			done.state, done.pairwise, done.authTime = Answered, told.Pairwise, p.wire()
			done.consented = a.Consented && p.d.Sandbox
			ok, err := done.move(ctx, tx, Waiting)
			if err == nil && !ok {
				return NoInteraction.New()
			}
			return err
		}})
	if err != nil && usedUp(err) {
		i.challenge = login.Challenge{}
	}
	return err
}

// Cancel implements Desk.
func (p *Provider) Cancel(ctx context.Context, id, code, description string) (string, error) {
	i, _, err := p.open(ctx, id)
	if err != nil {
		return "", err
	}
	if i.state != Waiting && i.state != Answered {
		return "", NoInteraction.New()
	}
	p.observe(ctx, Event{Client: i.client, Step: "interaction", Interaction: i.id, Error: code, Description: plainDescription(description), Detail: detailEnded})
	return p.refuse(ctx, i, code, description)
}

// refuse ends an interaction with an error.
func (p *Provider) refuse(ctx context.Context, i interaction, code, description string) (string, error) {
	from := i.state
	if from != Answered {
		from = Waiting
	}
	i.state, i.outcome = Refused, outcome{code, plainDescription(description)}
	i.attributes, i.signature, i.certificate = nil, nil, nil
	err := p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		ok, err := i.move(ctx, tx, from)
		if err == nil && !ok {
			return NoInteraction.New()
		}
		return err
	})
	return nextPath(i.id), err
}

func nextPath(id string) string { return "/login/" + id + "/next" }

// cookieName of the browser. The prefix binds it to this host over TLS; a sandbox
// without TLS cannot have it.
func (p *Provider) cookieName(name string) string {
	if p.d.Secure {
		return "__Host-" + name
	}
	return name
}

const browserCookie = "kado_login"

// browser returns the cookie of a browser, and sets one where it has none.
func (p *Provider) browser(w http.ResponseWriter, r *http.Request) (string, error) {
	if c, err := r.Cookie(p.cookieName(browserCookie)); err == nil && len(c.Value) == 43 && urlSafe(c.Value) {
		return c.Value, nil
	}
	v, err := newSecret()
	if err != nil {
		return "", err
	}
	p.setCookie(w, browserCookie, v)
	return v, nil
}

func (p *Provider) setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: p.cookieName(name), Value: value, Path: "/", Secure: p.d.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Bound implements Desk.
func (p *Provider) Bound(r *http.Request, id string) error {
	var i interaction
	err := p.d.DB.Look(r.Context(), func(tx *db.Tx) error {
		return tx.QueryRow(r.Context(), `SELECT browser, expires_at FROM login_oidc_interaction WHERE id = $1`, id).Scan(&i.browser, db.IntoTime(&i.expiresAt))
	})
	if errors.Is(err, db.ErrNoRows) || err == nil && !p.wire().Before(i.expiresAt) {
		err = NoInteraction.New()
	}
	if err != nil {
		return err
	}
	return p.bound(r, i)
}

func (p *Provider) bound(r *http.Request, i interaction) error {
	c, err := r.Cookie(p.cookieName(browserCookie))
	if err != nil || subtle.ConstantTimeCompare(digest(c.Value), i.browser) != 1 {
		return OtherBrowser.New()
	}
	return nil
}

// describe is a refusal for error_description: number and English text.
func describe(err error) string {
	e := fault.Of(err)
	what, _, _ := e.In("en")
	return plainDescription(e.Code() + " " + what)
}

// plainDescription keeps the characters that error_description may have (RFC 6749,
// 4.1.2.1).
func plainDescription(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 255)]
}
