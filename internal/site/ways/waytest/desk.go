// Package waytest is a desk of the provider without a provider behind it, for
// tests of the ways in which a card gets to the browser.
package waytest

import (
	"bytes"
	"context"
	"net/http"
	"sync"
	"time"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/web"
)

// Over and NotBound stand for KADO-8101 and KADO-8102.
var (
	Over     = web.NoPage
	NotBound = web.CrossOrigin
)

// Cookie is the cookie of the browser that began an interaction; its value is
// the interaction's id.
const Cookie = "waytest"

// Party and Origin are those of every statement.
const (
	Party  = "rp_0123456789abcdefghjkmnpqrs"
	Origin = "https://shop.example"
)

// Desk keeps interactions. Its zero value is ready.
type Desk struct {
	mu      sync.Mutex
	waiting map[string]oidc.Interaction
	// Check, where given, decides over an answer.
	Check   func(oidc.Interaction, oidc.Answer) error
	Answers []oidc.Answer
	Ended   map[string]string // code by interaction
}

// Begin adds an interaction that ends at a time.
func (d *Desk) Begin(id string, ends time.Time, claims ...oidc.Claim) oidc.Interaction {
	s := login.Statement{Party: Party, Origin: Origin, Purpose: "login", NotAfter: ends.UTC().Truncate(time.Second)}
	copy(s.Nonce[:], bytes.Repeat([]byte{7}, 32))
	i := oidc.Interaction{ID: id, ClientID: "shop", ClientName: "見本商店", Claims: claims, Ways: "/login/" + id, ReturnOrigin: Origin, ExpiresAt: ends,
		Challenge: login.Challenge{ID: "chl_" + id, Party: Party, Message: s.Message(), ExpiresAt: ends}}
	d.Put(i)
	return i
}

// Put adds or replaces an interaction.
func (d *Desk) Put(i oidc.Interaction) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting == nil {
		d.waiting, d.Ended = map[string]oidc.Interaction{}, map[string]string{}
	}
	d.waiting[i.ID] = i
}

// Interaction implements oidc.Desk.
func (d *Desk) Interaction(_ context.Context, id string) (oidc.Interaction, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, ok := d.waiting[id]
	if !ok {
		return i, Over.New()
	}
	return i, nil
}

// Answer implements oidc.Desk.
func (d *Desk) Answer(_ context.Context, id string, a oidc.Answer) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	i, ok := d.waiting[id]
	if !ok {
		return "", Over.New()
	}
	if d.Check != nil {
		if err := d.Check(i, a); err != nil {
			return "", err
		}
	}
	delete(d.waiting, id)
	d.Answers = append(d.Answers, a)
	return "/consent/" + id, nil
}

// Cancel implements oidc.Desk.
func (d *Desk) Cancel(_ context.Context, id, code, _ string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.waiting[id]; !ok {
		return "", Over.New()
	}
	delete(d.waiting, id)
	d.Ended[id] = code
	return "/cancelled/" + id, nil
}

// Bound implements oidc.Desk.
func (d *Desk) Bound(r *http.Request, id string) error {
	if c, err := r.Cookie(Cookie); err != nil || c.Value != id {
		return NotBound.New()
	}
	return nil
}

// Taken counts the answers that were taken.
func (d *Desk) Taken() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.Answers)
}

// Refuse decides over later answers; nil takes them all.
func (d *Desk) Refuse(check func(oidc.Interaction, oidc.Answer) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Check = check
}
