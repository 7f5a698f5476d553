package oidc_test

import (
	"crypto/x509"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
)

// Whatever comes in whatever order: a code gives tokens once, within 60 seconds, to its
// own client; a refresh token once, within half an hour; once one comes a second time, or
// the holder withdraws, nothing of the grant is good any more.
func TestLife_CodesAndTokens(t *testing.T) {
	h := small(t)
	parties := []*rp{h.shop, h.client("RP2", "http://localhost:9200/cb", nil)}
	cert := h.Issue(t, validationtest.Order{})
	rapid.Check(t, func(rt *rapid.T) {
		m := &life{h: h, cert: cert, browser: h.browser()}
		for range rapid.IntRange(3, 12).Draw(rt, "steps") {
			party := rapid.SampledFrom(parties).Draw(rt, "party")
			switch rapid.SampledFrom([]string{"ask", "exchange", "exchange", "refresh", "refresh", "use", "use", "wait", "withdraw"}).Draw(rt, "step") {
			case "ask":
				// Certificates have a status answer of their own; the world's clock stands.
				g := &modelGrant{owner: party, code: party.code(m.browser, cert, "openid name"), codeEnds: h.party.Now().Add(60 * time.Second), ends: h.party.Now().Add(8 * time.Hour)}
				m.grants = append(m.grants, g)
			case "exchange":
				if g := m.pick(rt); g != nil {
					m.exchange(rt, g, party)
				}
			case "refresh":
				if g := m.pick(rt); g != nil && len(g.refresh) > 0 {
					m.refresh(rt, g, party, rapid.IntRange(0, len(g.refresh)-1).Draw(rt, "token"))
				}
			case "use":
				if g := m.pick(rt); g != nil {
					m.use(rt, g)
				}
			case "wait":
				h.pass(rapid.SampledFrom([]time.Duration{time.Second, 59 * time.Second, 60 * time.Second, 5 * time.Minute, 29 * time.Minute, 30 * time.Minute}).Draw(rt, "wait"))
			case "withdraw":
				m.withdraw(rt, party)
			}
		}
	})
}

type life struct {
	h       *house
	cert    *x509.Certificate
	browser *http.Client
	grants  []*modelGrant
}

type modelGrant struct {
	owner       *rp
	code        string
	codeEnds    time.Time
	ends        time.Time
	inUse, dead bool
	refresh     []modelToken
	access      []modelToken
}

type modelToken struct {
	value string
	ends  time.Time
	used  bool
}

func (m *life) pick(rt *rapid.T) *modelGrant {
	if len(m.grants) == 0 {
		return nil
	}
	return rapid.SampledFrom(m.grants).Draw(rt, "grant")
}

func (m *life) take(rt *rapid.T, g *modelGrant, a answer) {
	v := a.json(m.h.t)
	now := m.h.party.Now()
	g.refresh = append(g.refresh, modelToken{value: v["refresh_token"].(string), ends: now.Add(30 * time.Minute)})
	g.access = append(g.access, modelToken{value: v["access_token"].(string), ends: now.Truncate(time.Second).Add(5 * time.Minute)})
}

func (m *life) exchange(rt *rapid.T, g *modelGrant, by *rp) {
	f := by.form("authorization_code")
	f.Set("code", g.code)
	f.Set("redirect_uri", g.owner.redirect)
	f.Set("code_verifier", verifier)
	a := m.h.token(f)
	now := m.h.party.Now()
	good := by == g.owner && !g.inUse && !g.dead && now.Before(g.codeEnds)
	if (a.status == 200) != good {
		rt.Fatalf("exchange: %d %s, want success %v", a.status, a.body, good)
	}
	switch {
	case good:
		g.inUse = true
		m.take(rt, g, a)
	case by == g.owner:
		g.dead = true // spent, late or revoked
	}
}

func (m *life) refresh(rt *rapid.T, g *modelGrant, by *rp, n int) {
	t := &g.refresh[n]
	a := by.refresh(t.value)
	now := m.h.party.Now()
	good := by == g.owner && !g.dead && !t.used && now.Before(t.ends) && now.Before(g.ends)
	if (a.status == 200) != good {
		rt.Fatalf("refresh: %d %s, want success %v", a.status, a.body, good)
	}
	switch {
	case good:
		t.used = true
		m.take(rt, g, a)
	case by == g.owner && t.used:
		// Rows of what is over for more than an hour are gone; the grant lives on then.
		if now.Before(t.ends.Add(time.Hour)) {
			g.dead = true
		}
	}
}

func (m *life) use(rt *rapid.T, g *modelGrant) {
	for _, t := range g.access {
		a := m.h.userinfo(t.value)
		good := !g.dead && m.h.party.Now().Before(t.ends)
		if (a.status == 200) != good {
			rt.Fatalf("userinfo: %d %s, want success %v", a.status, a.body, good)
		}
	}
}

func (m *life) withdraw(rt *rapid.T, party *rp) {
	holder := m.h.holder()
	if holder == "" {
		return
	}
	if err := m.h.Withdraw(m.h.t.Context(), holder, party.id); err != nil && !oidc.NoConsent.Is(err) {
		rt.Fatal(err)
	} else if err == nil {
		for _, g := range m.grants {
			g.dead = g.dead || g.owner == party
		}
	}
}
