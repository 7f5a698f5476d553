package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/db"
	"kado/mynumber"
)

const maxToken = 4 << 10

// bearer reads the token of a request and verifies it: made here, for here, not over.
func (p *Provider) bearer(ctx context.Context, r *http.Request) (accessClaims, error) {
	var a accessClaims
	values := r.Header.Values("Authorization")
	if len(values) == 0 {
		return a, NoToken.New()
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	if len(values) != 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return a, NoToken.New()
	}
	if len(token) > maxToken || !compact(token) {
		return a, BadToken.New()
	}
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(jws.Signatures) != 1 {
		return a, BadToken.Because(err)
	}
	key, err := p.keys.accessKey(ctx, jws.Signatures[0].Protected.KeyID, p.wire())
	if err != nil {
		return a, err
	}
	if key == nil {
		return a, BadToken.New()
	}
	body, err := jws.Verify(key)
	if err != nil {
		return a, BadToken.Because(err)
	}
	if err := json.Unmarshal(body, &a); err != nil || a.Issuer != p.issuer || a.Audience != p.issuer || a.Type != "Bearer" || p.wire().Unix() >= a.Expires {
		return a, BadToken.Because(err)
	}
	return a, nil
}

// granted returns the living grant of a user's token and its client.
func (p *Provider) granted(ctx context.Context, a accessClaims) (g grant, c *client, err error) {
	if a.Session == "" {
		return g, nil, NarrowToken.New()
	}
	err = p.d.DB.Look(ctx, func(tx *db.Tx) error {
		g, err = loadGrant(ctx, tx, a.Session)
		if errors.Is(err, db.ErrNoRows) {
			return BadToken.New()
		}
		if err != nil {
			return err
		}
		if g.state != InUse || g.client != a.Party || !p.wire().Before(g.endsAt) {
			return BadToken.New()
		}
		return nil
	})
	if err == nil {
		c, err = p.client(ctx, g.client)
	}
	return g, c, err
}

// userinfo answers with the attributes that were granted.
func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	a, err := p.bearer(r.Context(), r)
	var g grant
	var c *client
	if err == nil {
		g, c, err = p.granted(r.Context(), a)
	}
	if err != nil {
		p.failJSON(w, r, "userinfo", a.Party, err)
		return
	}
	p.observe(r.Context(), Event{Client: c.ID, Step: "userinfo", Detail: filled(detailAttributes, strings.Join(g.request.Scopes, " "))})
	writeJSON(w, http.StatusOK, p.describeHolder(g, c))
}

// describeHolder is the userinfo of a grant in the client's formats.
func (p *Provider) describeHolder(g grant, c *client) map[string]any {
	out := map[string]any{"sub": g.pairwise}
	if g.attributes == nil {
		return out
	}
	f := c.Formats.orDefault()
	for _, claim := range g.request.claims() {
		if v := f.write(claim, *g.attributes); v != nil {
			out[string(claim)] = v
		}
	}
	return out
}

// unknown names the first format that does not exist, "" for none.
func (f Formats) unknown() string {
	for _, field := range formatFields {
		v := *field.of(&f)
		if v != "" && !slices.ContainsFunc(field.choices, func(c formatChoice) bool { return c.value == v }) {
			return field.name
		}
	}
	return ""
}

func (f Formats) orDefault() Formats {
	d := defaultFormats
	for _, v := range []struct{ from, to *Format }{{&f.Name, &d.Name}, {&f.Address, &d.Address}, {&f.Birthdate, &d.Birthdate}, {&f.Gender, &d.Gender}} {
		if *v.from != "" {
			*v.to = *v.from
		}
	}
	return d
}

// write writes one attribute; nil for one that has no form here.
func (f Formats) write(c Claim, a mynumber.Attributes) any {
	switch c {
	case ClaimName:
		if f.Name == NameSpaced {
			return strings.ReplaceAll(a.Name, "\u3000", " ")
		}
		return a.Name
	case ClaimAddress:
		if f.Address == AddressObject {
			return map[string]string{"formatted": a.Address, "country": "JP"}
		}
		return a.Address
	case ClaimBirthdate:
		if f.Birthdate == BirthdateCompact {
			return a.BirthDate.Compact()
		}
		return a.BirthDate.String()
	case ClaimGender:
		if f.Gender == GenderCode {
			return string(rune(a.Sex))
		}
		switch a.Sex {
		case mynumber.Male:
			return "male"
		case mynumber.Female:
			return "female"
		}
	}
	return nil
}
