package oidc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/web"
)

// next leads a browser whose card has answered to the consent page, or back to the
// relying party.
func (p *Provider) next(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i, c, err := p.open(r.Context(), r.PathValue("interaction"))
		if err == nil {
			err = p.bound(r, i)
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		switch i.state {
		case Waiting:
			http.Redirect(w, r, "/login/"+i.id, http.StatusSeeOther)
		case Refused:
			p.sendRefusal(w, r, i, c)
		case Answered:
			p.afterCard(shell, w, r, i, c)
		default:
			shell.Fault(w, r, NoInteraction.New())
		}
	}
}

// sendRefusal sends the browser back with the error of a refused interaction.
func (p *Provider) sendRefusal(w http.ResponseWriter, r *http.Request, i interaction, c *client) {
	if c.source == sourceOwn {
		http.Redirect(w, r, "/consents", http.StatusSeeOther)
		return
	}
	p.observe(r.Context(), Event{Client: i.client, Step: "interaction", Interaction: i.id, Detail: detailSentBack})
	p.sendBack(w, r, i.request, url.Values{"error": {i.outcome.Error}, "error_description": {i.outcome.Description}})
}

func (p *Provider) afterCard(shell *web.Shell, w http.ResponseWriter, r *http.Request, i interaction, c *client) {
	if c.source == sourceOwn {
		p.admitVisitor(shell, w, r, i, c)
		return
	}
	asked, err := p.needsConsent(r.Context(), i, c)
	if err != nil {
		shell.Fault(w, r, err)
		return
	}
	if asked {
		shell.Render(w, r, p.consentPage(i, c))
		return
	}
	p.finish(shell, w, r, i, c, false)
}

// needsConsent tells whether the holder has to be asked. What was consented to is
// remembered for the person and the client, except for signing, which is asked for
// each time.
func (p *Provider) needsConsent(ctx context.Context, i interaction, c *client) (bool, error) {
	if i.consented {
		return false, nil
	}
	if i.request.AskConsent || i.request.signs() {
		return true, nil
	}
	var given []string
	err := p.d.DB.Look(ctx, func(tx *db.Tx) error {
		var err error
		_, _, given, err = permitted(ctx, tx, c.party, i.pairwise, c.ID)
		return err
	})
	if err != nil {
		return false, err
	}
	return !covers(given, i), nil
}

// covers reports whether a consent given before is all that an interaction needs.
func covers(given []string, i interaction) bool {
	return !slices.ContainsFunc(i.request.Scopes, func(s string) bool { return !slices.Contains(given, s) })
}

// consented returns the scopes that a holder permits a client.
func consented(ctx context.Context, tx *db.Tx, holder, client string) ([]string, error) {
	var claims string
	err := tx.QueryRow(ctx, `SELECT claims FROM login_oidc_consent WHERE holder = $1 AND client = $2 AND ended_at = ''`, holder, client).Scan(&claims)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return words(claims), err
}

// decide takes the holder's answer from the consent page.
func (p *Provider) decide(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i, c, err := p.open(r.Context(), r.PathValue("interaction"))
		if err == nil {
			err = p.bound(r, i)
		}
		var f url.Values
		if err == nil {
			f, err = web.Form(r, "answer")
		}
		if err == nil && (i.state != Answered || c.source == sourceOwn) {
			err = NoInteraction.New()
		}
		if err == nil && f.Get("answer") != "allow" && f.Get("answer") != "cancel" {
			err = web.BadForm.New()
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		if f.Get("answer") == "allow" {
			p.finish(shell, w, r, i, c, true)
			return
		}
		p.cancelled(shell, w, r, i, c)
	}
}

// cancel ends an interaction from the page that lists the ways.
func (p *Provider) cancel(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		i, c, err := p.open(r.Context(), r.PathValue("interaction"))
		if err == nil {
			err = p.bound(r, i)
		}
		if err == nil {
			_, err = web.Form(r)
		}
		if err == nil && i.state != Waiting && i.state != Answered {
			err = NoInteraction.New()
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		p.cancelled(shell, w, r, i, c)
	}
}

func (p *Provider) cancelled(shell *web.Shell, w http.ResponseWriter, r *http.Request, i interaction, c *client) {
	refusal := Cancelled.New()
	if _, err := p.refuse(r.Context(), i, "access_denied", describe(refusal)); err != nil {
		shell.Fault(w, r, err)
		return
	}
	p.observe(r.Context(), Event{Client: i.client, Step: "interaction", Interaction: i.id, Fault: refusal, Error: "access_denied", Detail: detailCancelled})
	i.outcome = outcome{"access_denied", describe(refusal)}
	p.sendRefusal(w, r, i, c)
}

// finish grants what was asked for and sends the browser back with a code. The grant,
// the consent, the signature and the journal's entries are one transaction. allowed says
// that the holder was asked just now.
func (p *Provider) finish(shell *web.Shell, w http.ResponseWriter, r *http.Request, i interaction, c *client, allowed bool) {
	code, g, err := p.grant(r.Context(), i, c, allowed || i.consented)
	if errors.Is(err, errWithdrawn) {
		shell.Render(w, r, p.consentPage(i, c))
		return
	}
	if err != nil {
		shell.Fault(w, r, err)
		return
	}
	p.observe(r.Context(), Event{Client: i.client, Step: "interaction", Interaction: i.id, Detail: detailGranted})
	p.sendBack(w, r, i.request, url.Values{"code": {code}, "session_state": {g.id}})
}

// errWithdrawn: the consent on which a grant would rest was withdrawn a moment ago.
var errWithdrawn = errors.New("oidc: the consent was withdrawn meanwhile")

func (p *Provider) grant(ctx context.Context, i interaction, c *client, allowed bool) (code string, g grant, err error) {
	if code, err = newSecret(); err != nil {
		return "", g, err
	}
	now := p.wire()
	g = grant{client: c.ID, state: CodeIssued, pairwise: i.pairwise, request: i.request, authTime: i.authTime, attributes: i.attributes,
		code: digest(code), codeEnds: now.Add(codeLife), endsAt: now.Add(grantLife)}
	err = p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		done := i
		done.state, done.attributes, done.signature, done.certificate = Granted, nil, nil, nil
		ok, err := done.move(ctx, tx, Answered)
		if err != nil {
			return err
		}
		if !ok {
			return NoInteraction.New()
		}
		if g.id, err = p.draw("ses", func(id string) (int64, error) {
			g.id = id
			return insertGrant(ctx, tx, g)
		}); err != nil {
			return err
		}
		holder, person, given, err := permitted(ctx, tx, c.party, i.pairwise, c.ID)
		if err != nil {
			return err
		}
		if !allowed && !covers(given, i) {
			return errWithdrawn
		}
		if err := p.remember(ctx, tx, holder, person, given, i, c); err != nil {
			return err
		}
		if i.request.signs() {
			if err := p.keepSignature(ctx, tx, i, g, c, person); err != nil {
				return err
			}
		}
		return p.note(ctx, tx, ActReleased, holderActor(person), person, map[string]string{"client": c.ID, "name": c.Name, "claims": strings.Join(i.request.Scopes, " ")})
	})
	return code, g, err
}

// remember records a consent, where it is more than was permitted before.
func (p *Provider) remember(ctx context.Context, tx *db.Tx, holder, person string, given []string, i interaction, c *client) error {
	all, more := given, false
	for _, s := range i.request.Scopes {
		if s != "sign" && !slices.Contains(all, s) {
			all, more = append(all, s), true
		}
	}
	if !more {
		return nil
	}
	_, err := tx.Exec(ctx, `INSERT INTO login_oidc_consent (holder, client, claims, given_at, ended_at) VALUES ($1, $2, $3, $4, '')
		ON CONFLICT (holder, client) DO UPDATE SET claims = $3, given_at = $4, ended_at = ''`, holder, c.ID, strings.Join(all, " "), p.d.Clock.Now())
	if err != nil {
		return err
	}
	return p.note(ctx, tx, ActConsentGiven, holderActor(person), person, map[string]string{"client": c.ID, "name": c.Name, "claims": strings.Join(all, " ")})
}

// holderActor is the holder as an actor; a person that the records do not name acts
// as the provider.
func holderActor(person string) journal.Actor {
	if person == "" {
		return journal.Actor{Kind: journal.System, ID: "oidc"}
	}
	return journal.Actor{Kind: journal.Holder, ID: person}
}

func (p *Provider) note(ctx context.Context, tx *db.Tx, act string, by journal.Actor, person string, details map[string]string) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: p.d.Clock.Now(), Actor: by, Office: office, Act: act, Subject: person, Details: details})
	return err
}

// Consent is what a holder permits a client.
type Consent struct {
	Client, Name string
	Claims       []string // scopes
	GivenAt      time.Time
}

// ConsentsOf lists what a holder permits, by the login office's id of the holder.
func (p *Provider) ConsentsOf(ctx context.Context, holder string) ([]Consent, error) {
	var out []Consent
	err := p.d.DB.View(ctx, func(tx *db.Tx) error {
		var err error
		out, err = db.Collect(ctx, tx, func(scan func(...any) error) (c Consent, err error) {
			var claims string
			err = scan(&c.Client, &claims, db.IntoTime(&c.GivenAt))
			c.Claims = words(claims)
			return c, err
		}, `SELECT client, claims, given_at FROM login_oidc_consent WHERE holder = $1 AND ended_at = '' ORDER BY given_at, client`, holder)
		if err != nil {
			return err
		}
		for n := range out {
			c, err := loadClient(ctx, tx, out[n].Client)
			if err != nil {
				return err
			}
			out[n].Name = c.Name
		}
		return nil
	})
	return out, err
}

// Withdraw ends a holder's consent to a client, and every grant that rests on it.
func (p *Provider) Withdraw(ctx context.Context, holder, clientID string) error {
	return p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		given, err := consented(ctx, tx, holder, clientID)
		if err != nil {
			return err
		}
		if given == nil {
			return NoConsent.New()
		}
		c, err := loadClient(ctx, tx, clientID)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE login_oidc_consent SET ended_at = $1 WHERE holder = $2 AND client = $3`, p.d.Clock.Now(), holder, clientID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE login_oidc_grant SET state = 'revoked', attributes = '' WHERE client = $1 AND pairwise IN
			(SELECT pairwise FROM login_subject WHERE party = $2 AND holder = $3)`, clientID, c.party, holder)
		if err != nil {
			return err
		}
		var person string
		if err := tx.QueryRow(ctx, `SELECT person FROM login_holder WHERE id = $1`, holder).Scan(&person); err != nil {
			return err
		}
		return p.note(ctx, tx, ActConsentRevoked, holderActor(person), person, map[string]string{"client": clientID, "name": c.Name, "claims": strings.Join(given, " ")})
	})
}
