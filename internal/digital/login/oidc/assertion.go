package oidc

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejson "github.com/go-jose/go-jose/v4/json"

	"kado/internal/platform/db"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	maxAssertion  = 8 << 10
)

var assertionAlgs = []jose.SignatureAlgorithm{jose.RS256, jose.ES256}

// assertionClaims are the claims of a client assertion as they come.
type assertionClaims struct {
	Issuer    string              `json:"iss"`
	Subject   string              `json:"sub"`
	Audience  audience            `json:"aud"`
	ID        string              `json:"jti"`
	Expires   josejson.RawMessage `json:"exp"`
	IssuedAt  *float64            `json:"iat"`
	NotBefore *float64            `json:"nbf"`
}

// audience is one string or a list.
type audience struct {
	list  []string
	valid bool
}

// UnmarshalJSON reads a string or a list of strings.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{[]string{one}, true}
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*a = audience{many, len(many) > 0}
	return nil
}

// assertion is a client assertion that was read and not yet believed.
type assertion struct {
	jws    *jose.JSONWebSignature
	claims assertionClaims
	kid    string
	key    *jose.JSONWebKey // in its header, for open clients alone
}

// parseAssertion reads the compact form. Only the algorithms of the profile are
// read at all; a header that demands more (crit) is refused.
func parseAssertion(raw string) (assertion, error) {
	var a assertion
	if len(raw) > maxAssertion {
		return a, BadAssertion.New("size")
	}
	if !compact(raw) {
		return a, BadAssertion.New("JWT")
	}
	jws, err := jose.ParseSignedCompact(raw, assertionAlgs)
	if err != nil || len(jws.Signatures) != 1 {
		return a, BadAssertion.Because(err, "alg")
	}
	h := jws.Signatures[0].Protected
	for _, name := range []jose.HeaderKey{"crit", "b64", "zip"} {
		if _, there := h.ExtraHeaders[name]; there {
			return a, BadAssertion.New(string(name))
		}
	}
	if t, there := h.ExtraHeaders[jose.HeaderType]; there {
		if s, ok := t.(string); !ok || s != "JWT" && s != "jwt" && s != "client-authentication+jwt" {
			return a, BadAssertion.New("typ")
		}
	}
	a.jws, a.kid, a.key = jws, h.KeyID, h.JSONWebKey
	// The payload is not believed before the signature was checked; it names the
	// client whose keys to try.
	if err := josejson.Unmarshal(jws.UnsafePayloadWithoutVerification(), &a.claims); err != nil {
		return a, BadAssertion.Because(err, "claims")
	}
	return a, nil
}

// compact reports whether a text has the compact form of a JWS: three parts in
// base64url, and nothing around or among them that a library would pass over.
func compact(s string) bool {
	parts := strings.Split(s, ".")
	return len(parts) == 3 && !slices.ContainsFunc(parts, func(part string) bool { return part == "" || !urlSafe(part) })
}

// instant reads exp: a number, or in lenient mode digits in a string.
func instant(raw []byte, strict bool) (time.Time, bool) {
	raw = bytes.TrimSpace(raw)
	if !strict && len(raw) > 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		raw = raw[1 : len(raw)-1]
		for _, c := range raw {
			if c < '0' || c > '9' {
				return time.Time{}, false
			}
		}
	}
	if len(raw) == 0 || len(raw) > 20 {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(string(raw), 64)
	if err != nil || !(f >= 0 && f <= 1e11) { // NaN is neither
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0), true
}

// use uses an assertion up, in the transaction of the request that it came with.
type use func(context.Context, *db.Tx) error

// authenticate finds out which client sends a form to an endpoint and verifies its
// assertion, which may name the endpoint as its audience (RFC 9126, 2). The caller uses
// the assertion up, whatever becomes of the request.
func (p *Provider) authenticate(ctx context.Context, f url.Values, endpoint string) (*client, use, error) {
	if f.Get("client_assertion_type") != assertionType || f.Get("client_assertion") == "" {
		return nil, nil, NoAssertion.New()
	}
	a, err := parseAssertion(f.Get("client_assertion"))
	if err != nil {
		return nil, nil, err
	}
	id := a.claims.Subject
	switch {
	case id == "" || len(id) > 255 || !alphanumeric(id):
		return nil, nil, BadAssertionClaim.New("sub")
	case f.Has("client_id") && f.Get("client_id") != id:
		return nil, nil, BadAssertionClaim.New("sub")
	case a.claims.Issuer != id:
		return nil, nil, BadAssertionClaim.New("iss")
	}
	c, err := p.client(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if c.source == sourceOwn {
		return nil, nil, UnknownClient.New()
	}
	if err := p.verifyAssertion(ctx, c, a); err != nil {
		return c, nil, err
	}
	ends, err := p.checkAssertion(a.claims, endpoint, c.strict(p))
	if err != nil {
		return c, nil, err
	}
	return c, useAssertion(id, a.claims.ID, ends), nil
}

// verifyAssertion tries the client's keys: the one that is named, or all of the
// fitting type.
func (p *Provider) verifyAssertion(ctx context.Context, c *client, a assertion) error {
	if c.source == sourceOpen && len(c.JWKS.Keys) == 0 {
		return p.firstKey(ctx, c, a)
	}
	for _, k := range c.JWKS.Keys {
		if a.kid != "" && k.KeyID != "" && k.KeyID != a.kid {
			continue
		}
		if k.Algorithm != "" && k.Algorithm != a.jws.Signatures[0].Protected.Algorithm {
			continue
		}
		if _, err := a.jws.Verify(k.Key); err == nil {
			return nil
		}
	}
	return WrongAssertionKey.New()
}

// firstKey is for a client that nobody registered: the key in the header of its first
// assertion is kept and binds from then on. An assertion without one is taken as it is,
// which a sandbox's developer hears of.
func (p *Provider) firstKey(ctx context.Context, c *client, a assertion) error {
	if a.key == nil {
		p.observe(ctx, Event{Client: c.ID, Step: "token", Detail: detailUnchecked})
		return nil
	}
	pub := jose.JSONWebKey{Key: a.key.Key, KeyID: a.kid}
	if !assertionKey(pub) {
		return WrongAssertionKey.New()
	}
	if _, err := a.jws.Verify(pub.Key); err != nil {
		return WrongAssertionKey.New()
	}
	c.JWKS.Keys = []jose.JSONWebKey{pub}
	document, err := json.Marshal(c.Client)
	if err != nil {
		return err
	}
	return p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		now, err := loadClient(ctx, tx, c.ID)
		if err != nil {
			return err
		}
		if len(now.JWKS.Keys) > 0 {
			return WrongAssertionKey.New() // another first one was quicker; the next is compared with it
		}
		_, err = tx.Exec(ctx, `UPDATE login_oidc_client SET document = $1 WHERE id = $2`, string(document), c.ID)
		return err
	})
}

// checkAssertion checks what an assertion for an endpoint says and returns when it ends.
func (p *Provider) checkAssertion(a assertionClaims, endpoint string, strict bool) (time.Time, error) {
	if !a.Audience.valid || strict && len(a.Audience.list) != 1 {
		return time.Time{}, BadAssertionClaim.New("aud")
	}
	meant := false
	for _, aud := range a.Audience.list {
		meant = meant || aud == endpoint || aud == p.d.Base+tokenPath || aud == p.issuer
	}
	if !meant {
		return time.Time{}, BadAssertionClaim.New("aud")
	}
	if a.ID == "" || len(a.ID) > 255 {
		return time.Time{}, BadAssertionClaim.New("jti")
	}
	now := p.wire()
	ends, ok := instant(a.Expires, strict)
	if !ok {
		return time.Time{}, BadAssertionClaim.New("exp")
	}
	longest := lenientAssertion
	if strict {
		longest = strictAssertion
	}
	switch {
	case !now.Before(ends):
		return ends, AssertionTime.New("exp")
	case ends.Sub(now) > longest+skew:
		return ends, AssertionTime.New("exp")
	case a.NotBefore != nil && seconds(*a.NotBefore).After(now.Add(skew)):
		return ends, AssertionTime.New("nbf")
	case a.IssuedAt == nil && strict:
		return ends, AssertionTime.New("iat")
	case a.IssuedAt != nil && seconds(*a.IssuedAt).After(now.Add(skew)):
		return ends, AssertionTime.New("iat")
	case a.IssuedAt != nil && strict && ends.Sub(seconds(*a.IssuedAt)) > longest:
		return ends, AssertionTime.New("exp")
	}
	return ends, nil
}

// seconds reads a NumericDate; what is out of any range lies far away.
func seconds(f float64) time.Time {
	if !(f > -1e11 && f < 1e11) {
		return time.Unix(1e11, 0)
	}
	return time.Unix(int64(f), 0)
}

// useAssertion uses a jti up. Of two requests with one jti only one finds it unused.
func useAssertion(client, jti string, ends time.Time) use {
	return func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, `INSERT INTO login_oidc_assertion (id, ends_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING`,
			digest(client+"\x00"+jti), ends.UTC())
		if err == nil && n == 0 {
			return AssertionReplayed.New()
		}
		return err
	}
}
