package oidc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/web"
)

// Client is a relying party as it registers. The JSON is that of the clients file
// and of the interface; unknown members are refused.
type Client struct {
	ID           string             `json:"client_id"`        // 1 to 100 letters and digits
	Name         string             `json:"name"`             // shown to the holder
	RedirectURIs []string           `json:"redirect_uris"`    // of one origin; on the own machine of one host
	JWKS         jose.JSONWebKeySet `json:"jwks"`             // public keys of its assertions
	Scopes       []string           `json:"scopes,omitempty"` // all where empty
	// Strict asks for assertions of 60 seconds at most with iat, one audience and
	// a numeric exp; nil for the provider's own mode.
	Strict *bool `json:"strict,omitempty"`
	// RequirePushed refuses authorization requests that were not pushed (RFC 9126, 6).
	RequirePushed bool `json:"require_pushed_authorization_requests,omitempty"`

	Formats Formats `json:"formats,omitzero"`
	Signing Signing `json:"signing,omitzero"`
}

// Formats are how attributes are written in userinfo; "" for the default.
type Formats struct {
	Name      Format `json:"name,omitempty"`
	Address   Format `json:"address,omitempty"`
	Birthdate Format `json:"birthdate,omitempty"`
	Gender    Format `json:"gender,omitempty"`
}

// Signing is how a client gets signatures.
type Signing struct {
	// EncryptTo is the key that results are encrypted to as a JWE: the relying
	// party's, or its platform operator's. Without one they are plain.
	EncryptTo *jose.JSONWebKey `json:"encrypt_to,omitempty"`
	// Government has the signature certificate checked, and a stopped one refused.
	Government bool `json:"government,omitempty"`
	// BareHashRaw has a bare hash padded without a DigestInfo, so that an ordinary
	// RSASSA-PKCS1-v1_5 verifier refuses the signature. It then goes to a card that
	// can do so.
	BareHashRaw bool `json:"bare_hash_raw,omitempty"`
}

// Where a client came from.
const (
	sourceFile = "file"
	sourcePage = "page"
	sourceAPI  = "api"
	sourceOpen = "open"
	sourceOwn  = "own" // the provider's own page
)

// client is a registered client.
type client struct {
	Client
	party, sector, source string
}

func (c *client) strict(p *Provider) bool {
	if c.Strict != nil {
		return *c.Strict
	}
	return p.d.Strict
}

// ownClient is the page on which holders see their consents.
const ownClient = "kado"

const (
	maxClientID   = 100 // what a journal entry can name; requests may hold 255
	maxURI        = 255
	maxRedirects  = 20
	maxKeys       = 10
	maxClientName = 100
	maxClientFile = 1 << 20
)

// ReadClients reads a clients file: a JSON array of Client, strictly.
func ReadClients(r io.Reader) ([]Client, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxClientFile+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > maxClientFile {
		return nil, BadClient.New("file")
	}
	var written []json.RawMessage
	if err := web.StrictJSON(raw, &written); err != nil {
		return nil, BadClient.New("file: " + web.Place(err))
	}
	out := make([]Client, len(written))
	for i, one := range written {
		var c writtenClient
		err := json.Unmarshal(one, &c)
		if out[i] = c.Client; err == nil {
			_, err = out[i].check()
		}
		if err != nil {
			return nil, ofFile(i, err)
		}
	}
	return out, nil
}

// ofFile says which client of a file is refused, counted from 1.
func ofFile(i int, err error) error {
	e := fault.Of(err)
	if !BadClient.Is(err) || len(e.Args) != 1 {
		return err
	}
	return BadClient.New(fmt.Sprintf("file: %d: %v", i+1, e.Args[0]))
}

// writtenClient is a client as somebody wrote it: an unknown or malformed member is
// BadClient with its name.
type writtenClient struct{ Client }

func (c *writtenClient) UnmarshalJSON(raw []byte) error {
	err := web.StrictJSON(raw, &c.Client)
	if err == nil {
		return nil
	}
	place := web.Place(err)
	if place == web.SomeValue { // a key refuses itself, and does not say where
		var keys struct {
			JWKS    json.RawMessage `json:"jwks"`
			Signing struct {
				EncryptTo json.RawMessage `json:"encrypt_to"`
			} `json:"signing"`
		}
		place = "jwks"
		if json.Unmarshal(raw, &keys) == nil && json.Unmarshal(keys.JWKS, new(jose.JSONWebKeySet)) == nil {
			place = "signing.encrypt_to"
		}
	}
	return BadClient.New(place)
}

// check refuses a client that is not in order (BadClient) and returns its sector:
// the origin of its first redirect URI.
func (c *Client) check() (sector string, err error) {
	switch {
	case c.ID == "" || len(c.ID) > maxClientID || !alphanumeric(c.ID) || c.ID == ownClient:
		return "", BadClient.New("client_id")
	case !validName(c.Name):
		return "", BadClient.New("name")
	case len(c.RedirectURIs) == 0 || len(c.RedirectURIs) > maxRedirects:
		return "", BadClient.New("redirect_uris")
	case len(c.JWKS.Keys) == 0 || len(c.JWKS.Keys) > maxKeys:
		return "", BadClient.New("jwks")
	}
	host := ""
	for _, raw := range c.RedirectURIs {
		u, ok := checkRedirect(raw)
		if !ok || host != "" && u.Hostname() != host {
			return "", BadClient.New("redirect_uris")
		}
		if host = u.Hostname(); sector == "" {
			sector = originOf(u)
		}
		// What the card signs names one origin (P-42).
		if originOf(u) != sector && !loopback(u) {
			return "", BadClient.New("redirect_uris")
		}
	}
	seen := map[string]bool{}
	for _, k := range c.JWKS.Keys {
		if !assertionKey(k) || k.KeyID != "" && seen[k.KeyID] {
			return "", BadClient.New("jwks")
		}
		seen[k.KeyID] = true
	}
	for _, s := range c.Scopes {
		if !slices.Contains(scopes, s) {
			return "", BadClient.New("scopes")
		}
	}
	if name := c.Formats.unknown(); name != "" {
		return "", BadClient.New(name)
	}
	if k := c.Signing.EncryptTo; k != nil {
		if _, ok := resultEncryption(*k); !ok {
			return "", BadClient.New("signing.encrypt_to")
		}
	}
	return sector, nil
}

// assertionKey accepts the public keys that assertions are verified with.
func assertionKey(k jose.JSONWebKey) bool {
	if len(k.KeyID) > 255 || k.Use != "" && k.Use != "sig" || k.Algorithm != "" && k.Algorithm != string(jose.RS256) && k.Algorithm != string(jose.ES256) {
		return false
	}
	switch pub := k.Key.(type) {
	case *rsa.PublicKey:
		return pub.N.BitLen() >= 2048 && pub.N.BitLen() <= 4096 && pub.E >= 3 && k.Algorithm != string(jose.ES256)
	case *ecdsa.PublicKey:
		return pub.Curve == elliptic.P256() && k.Algorithm != string(jose.RS256)
	}
	return false
}

func validName(s string) bool {
	return strings.TrimSpace(s) == s && s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxClientName &&
		!strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u3000' })
}

func alphanumeric(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') })
}

// answers are the parameters that go back to a relying party: a target that has one of
// them already could not tell whose it is.
var answers = []string{"code", "state", "iss", "error", "error_description", "session_state"}

// checkRedirect accepts https everywhere and http on the own machine: absolute,
// without fragment or user, and without a parameter of the answer.
func checkRedirect(raw string) (*url.URL, bool) {
	if raw == "" || len(raw) > maxURI || strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '\\' || r == '#' }) {
		return nil, false
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Opaque != "" || strings.ToLower(u.Host) != u.Host || strings.HasSuffix(u.Host, ":") {
		return nil, false
	}
	if n, err := strconv.Atoi(u.Port()); u.Port() != "" && (err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != u.Port()) {
		return nil, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil || slices.ContainsFunc(answers, query.Has) {
		return nil, false
	}
	return u, u.Scheme == "https" || u.Scheme == "http" && loopback(u)
}

func loopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// originOf is scheme, host and port, a standard port left out.
func originOf(u *url.URL) string {
	host := u.Host
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host
}

// Register enters a client. The same again changes nothing; other content under a
// used id is ClientTaken.
func (p *Provider) Register(ctx context.Context, by journal.Actor, c Client) error {
	return p.register(ctx, by, c, sourceAPI)
}

// Load enters the clients of a file. One that is there is left as it is if it is the
// same; otherwise ClientTaken.
func (p *Provider) Load(ctx context.Context, r io.Reader) error {
	all, err := ReadClients(r)
	if err != nil {
		return err
	}
	for _, c := range all {
		if err := p.register(ctx, journal.Actor{Kind: journal.System, ID: "clients-file"}, c, sourceFile); err != nil {
			return err
		}
	}
	return nil
}

func (p *Provider) register(ctx context.Context, by journal.Actor, c Client, source string) error {
	sector, err := c.check()
	if err != nil && source != sourceOpen {
		return err
	}
	if source == sourceOpen {
		u, ok := checkRedirect(c.RedirectURIs[0])
		if !ok || !loopback(u) || c.ID == ownClient || len(c.ID) > maxClientID {
			return BadClient.New("client_id")
		}
		sector = originOf(u)
	}
	return p.enter(ctx, by, c, sector, source)
}

// enter writes a client. Clients of one origin share the party that is there, and so
// its pairwise ids: they are one site (OpenID Connect Core, 8.1).
func (p *Provider) enter(ctx context.Context, by journal.Actor, c Client, sector, source string) error {
	document, err := json.Marshal(c)
	if err != nil {
		return err
	}
	// Before a party is made for it: what is refused leaves nothing behind.
	party, there := "", false
	err = p.d.DB.View(ctx, func(tx *db.Tx) error {
		if there, err = sameClient(ctx, tx, c.ID, document); err == nil && !there {
			party, err = partyOf(ctx, tx, sector)
		}
		return err
	})
	if err != nil || there {
		return err
	}
	if party == "" {
		made, err := p.d.Login.Register(ctx, by, c.Name, sector)
		if err != nil {
			return err
		}
		party = made.ID
	}
	return p.d.DB.Tx(ctx, func(tx *db.Tx) error {
		if there, err := sameClient(ctx, tx, c.ID, document); err != nil || there {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO login_oidc_client (id, party, sector, source, document, registered_at) VALUES ($1, $2, $3, $4, $5, $6)`,
			c.ID, party, sector, source, string(document), p.d.Clock.Now())
		if err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: p.d.Clock.Now(), Actor: by, Office: office, Act: ActClientRegistered,
			Details: map[string]string{"client": c.ID, "name": c.Name, "origin": sector, "source": source}})
		return err
	})
}

// sameClient reports whether a client is registered with this document; under another
// one it is ClientTaken.
func sameClient(ctx context.Context, tx *db.Tx, id string, document []byte) (bool, error) {
	old, err := loadClient(ctx, tx, id)
	if UnknownClient.Is(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	now, err := json.Marshal(old.Client)
	if err == nil && !bytes.Equal(now, document) {
		err = ClientTaken.New()
	}
	return err == nil, err
}

// Clients lists the registered clients by id, without the provider's own.
func (p *Provider) Clients(ctx context.Context) ([]Client, error) {
	var out []Client
	err := p.d.DB.View(ctx, func(tx *db.Tx) error {
		all, err := db.Collect(ctx, tx, scanClient, `SELECT party, sector, source, document FROM login_oidc_client WHERE source <> 'own' ORDER BY id`)
		out = nil
		for _, c := range all {
			out = append(out, c.Client)
		}
		return err
	})
	return out, err
}

func scanClient(scan func(...any) error) (*client, error) {
	c := &client{}
	var document string
	if err := scan(&c.party, &c.sector, &c.source, &document); err != nil {
		return nil, err
	}
	return c, json.Unmarshal([]byte(document), &c.Client)
}

// loadClient returns a client, or UnknownClient.
func loadClient(ctx context.Context, tx *db.Tx, id string) (*client, error) {
	c, err := scanClient(tx.QueryRow(ctx, `SELECT party, sector, source, document FROM login_oidc_client WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return nil, UnknownClient.New()
	}
	return c, err
}

func partyOf(ctx context.Context, tx *db.Tx, sector string) (string, error) {
	var party string
	err := tx.QueryRow(ctx, `SELECT party FROM login_oidc_client WHERE sector = $1 ORDER BY registered_at, id LIMIT 1`, sector).Scan(&party)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return party, err
}

// client returns a client, or UnknownClient. What is registered never changes, so that
// it is read once; open clients get a key later.
func (p *Provider) client(ctx context.Context, id string) (c *client, err error) {
	if c, ok := p.clients.Load(id); ok {
		return c.(*client), nil
	}
	defer func() {
		if err == nil && c.source != sourceOpen {
			p.clients.Store(id, c)
		}
	}()
	err = p.d.DB.View(ctx, func(tx *db.Tx) error {
		c, err = loadClient(ctx, tx, id)
		return err
	})
	return c, err
}
