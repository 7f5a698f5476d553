package oidc

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/web"
	"kado/jpki"
	"kado/mynumber"
)

// Check verifies the provider's own invariants for kado fsck and returns what it
// found, in plain English; nothing when all is sound. Ids that open something to
// whoever knows them are named by their beginning.
func Check(ctx context.Context, d *db.DB) ([]string, error) {
	var out []string
	err := d.View(ctx, func(tx *db.Tx) (err error) {
		out, err = check(ctx, tx)
		return err
	})
	return out, err
}

func check(ctx context.Context, tx *db.Tx) ([]string, error) {
	e := &examiner{ctx: ctx, tx: tx}
	for _, table := range []func() error{e.clients, e.interactions, e.grants, e.refreshTokens, e.assertions, e.consents, e.signings, e.visits, e.pushed} {
		if err := table(); err != nil {
			return nil, err
		}
	}
	slices.Sort(e.found)
	return e.found, nil
}

// examiner goes through the tables, row by row.
type examiner struct {
	ctx   context.Context
	tx    *db.Tx
	found []string
}

// each has every row of a query looked at. A row must not be more than it can be
// told of: columns that may be damaged are scanned as text.
func (e *examiner) each(query string, look func(scan func(...any) error) error) error {
	_, err := db.Collect(e.ctx, e.tx, func(scan func(...any) error) (struct{}, error) { return struct{}{}, look(scan) }, query)
	return err
}

// of notes findings about one row, each if it is so.
func (e *examiner) of(what, id string, all ...finding) {
	for _, f := range all {
		if f.so {
			e.found = append(e.found, what+" "+id+" "+f.text)
		}
	}
}

type finding struct {
	so   bool
	text string
}

// begins is enough of a secret to find its row by.
func begins(id string) string { return id[:min(len(id), 12)] + "…" }

// hexed is the same for a digest.
func hexed(b []byte) string { return begins(hex.EncodeToString(b)) }

// digestSize is the length of what digest makes.
const digestSize = 32

// setBack is how far a machine's clock may be set back between two acts.
const setBack = time.Minute

// instants reads times as they are stored; "" is the zero time. A time that cannot
// be read is reported as such and takes no part in comparisons.
func instants(stored ...string) (times []time.Time, read bool) {
	read = true
	for _, s := range stored {
		t, err := db.ParseTime(s)
		if err != nil && s != "" {
			read = false
		}
		times = append(times, t)
	}
	return times, read
}

const (
	unreadableTime    = "holds a time that cannot be read"
	contradictingTime = "holds times that contradict each other"
	unreadableRequest = "holds a request that cannot be read"
	otherRequest      = "holds a request of another client, or one that is never accepted"
	unreadableValues  = "holds attributes that cannot be read"
	unaskedValues     = "keeps attributes that nobody asked for"
	missingValues     = "lacks the attributes that it was asked for"
	noClient          = "is of no client"
	wrongDigest       = "holds a digest of the wrong length"
	noMachine         = "stands in a state that no machine permits"
)

func (e *examiner) clients() error {
	return e.each(`SELECT c.id, c.party, c.sector, c.source, c.document, c.registered_at, COALESCE(p.id, '') FROM login_oidc_client c
		LEFT JOIN login_party p ON p.id = c.party ORDER BY c.id`, func(scan func(...any) error) error {
		var id, party, sector, source, document, registered, found string
		if err := scan(&id, &party, &sector, &source, &document, &registered, &found); err != nil {
			return err
		}
		var c Client
		readable := web.StrictJSON([]byte(document), &c) == nil
		ordered := source == sourceOpen || source == sourceOwn
		if readable && !ordered {
			first, err := c.check()
			ordered = err == nil && first == sector
		}
		times, read := instants(registered)
		e.of("client", id,
			finding{found == "", "is of no party"},
			finding{!slices.Contains([]string{sourceFile, sourcePage, sourceAPI, sourceOpen, sourceOwn}, source), "came from nowhere that is known"},
			finding{!readable, "holds a registration that cannot be read"},
			finding{readable && (c.ID != id || !ordered), "holds a registration that is never accepted"},
			finding{!read || times[0].IsZero(), unreadableTime})
		return nil
	})
}

// readStored reads the request and the attributes of an interaction or a grant.
type stored struct {
	request    request
	attributes *mynumber.Attributes
	readable   bool // the request
	valued     bool // the attributes
}

func readStored(rawRequest, rawAttributes string) (s stored) {
	s.readable = web.StrictJSON([]byte(rawRequest), &s.request) == nil
	s.valued = rawAttributes == "" || web.StrictJSON([]byte(rawAttributes), &s.attributes) == nil
	return s
}

// findings are those about a request of a client, and the attributes kept with it
// where they may be kept.
func (s stored) findings(client, source string, may, must bool) []finding {
	r := s.request
	fits := r.Client == client && slices.Contains(r.Scopes, "openid") && r.signs() == (r.SignTransaction != "") &&
		!slices.ContainsFunc(r.Scopes, func(scope string) bool { return !slices.Contains(scopes, scope) }) &&
		(source == sourceOwn || r.State != "" && r.Nonce != "" && r.CodeChallenge != "" && r.RedirectURI != "")
	unasked := false
	if a := s.attributes; a != nil {
		asked := r.claims()
		unasked = len(asked) == 0
		for claim, there := range map[Claim]bool{ClaimName: a.Name != "", ClaimAddress: a.Address != "", ClaimBirthdate: !a.BirthDate.IsZero(), ClaimGender: a.Sex != 0} {
			unasked = unasked || there && !slices.Contains(asked, claim)
		}
	}
	return []finding{
		{!s.readable, unreadableRequest},
		{s.readable && !fits, otherRequest},
		{!s.valued, unreadableValues},
		{s.valued && s.attributes != nil && !may, "keeps attributes though it has ended, or has none yet"},
		{s.readable && s.valued && may && unasked, unaskedValues},
		{s.readable && s.valued && must && s.attributes == nil && len(r.claims()) > 0, missingValues},
	}
}

func (e *examiner) interactions() error {
	return e.each(`SELECT i.id, i.client, i.state, i.request, i.browser, i.challenge, i.message, i.challenge_ends, i.attempts, i.pairwise, i.auth_time,
		i.attributes, i.consented, i.signature, i.certificate, i.outcome, i.begun_at, i.expires_at, COALESCE(c.source, ''), COALESCE(s.holder, '')
		FROM login_oidc_interaction i LEFT JOIN login_oidc_client c ON c.id = i.client
		LEFT JOIN login_subject s ON s.pairwise = i.pairwise AND s.party = c.party ORDER BY i.id`, func(scan func(...any) error) error {
		var id, client, rawRequest, challenge, ends, pairwise, authTime, rawAttributes, rawOutcome, begun, expires, source, holder string
		var state InteractionState
		var browser, message, signature, certificate []byte
		var attempts, consented int
		if err := scan(&id, &client, &state, &rawRequest, &browser, &challenge, &message, &ends, &attempts, &pairwise, &authTime,
			&rawAttributes, &consented, &signature, &certificate, &rawOutcome, &begun, &expires, &source, &holder); err != nil {
			return err
		}
		s := readStored(rawRequest, rawAttributes)
		var o outcome
		told := rawOutcome == "" || web.StrictJSON([]byte(rawOutcome), &o) == nil
		t, read := instants(begun, expires, ends, authTime)
		answered := state == Answered || state == Granted
		signed := len(signature) > 0 || len(certificate) > 0
		all := append(s.findings(client, source, state == Answered, state == Answered),
			finding{source == "", noClient},
			finding{!Interactions.Known(state), noMachine},
			finding{len(browser) != digestSize, wrongDigest},
			finding{(challenge == "") != (len(message) == 0) || (challenge == "") != (ends == ""), "has half a challenge"},
			finding{attempts < 0 || attempts > maxAttempts, "counts more tries than there are"},
			finding{answered && (pairwise == "" || authTime == ""), "was answered by nobody"},
			finding{answered && pairwise != "" && source != "" && holder == "", "was answered by a holder whom its party does not know"},
			finding{state == Waiting && (pairwise != "" || authTime != "" || consented != 0), "waits for a card that has answered"},
			finding{state != Answered && signed, "keeps a signature though it has ended, or has none yet"},
			finding{state == Answered && s.readable && s.request.signs() != (len(signature) > 0 && len(certificate) > 0), "lacks the signature that it was asked for, or has one that nobody asked for"},
			finding{!told, "holds an outcome that cannot be read"},
			finding{told && (state == Refused) != (o.Error != ""), "is refused without an error, or the other way round"},
			finding{!read || t[0].IsZero() || t[1].IsZero(), unreadableTime},
			finding{read && (!t[0].Before(t[1]) || authTime != "" && (t[3].Before(t[0].Add(-setBack)) || t[3].After(t[1].Add(setBack)))), contradictingTime})
		e.of("interaction", begins(id), all...)
		return nil
	})
}

func (e *examiner) pushed() error {
	return e.each(`SELECT u.uri, u.client, u.request, u.ends_at, u.used_at, COALESCE(c.source, '') FROM login_oidc_pushed u
		LEFT JOIN login_oidc_client c ON c.id = u.client ORDER BY u.uri`, func(scan func(...any) error) error {
		var uri []byte
		var client, rawRequest, ends, used, source string
		if err := scan(&uri, &client, &rawRequest, &ends, &used, &source); err != nil {
			return err
		}
		t, read := instants(ends, used)
		e.of("pushed request", hexed(uri), append(readStored(rawRequest, "").findings(client, source, false, false),
			finding{source == "" || source == sourceOwn, noClient},
			finding{len(uri) != digestSize, wrongDigest},
			finding{!read || t[0].IsZero(), unreadableTime},
			finding{read && (t[1].After(t[0]) || used != "" && t[1].Before(t[0].Add(-pushedLife-setBack))), contradictingTime})...)
		return nil
	})
}

func (e *examiner) grants() error {
	return e.each(`SELECT g.id, g.client, g.state, g.pairwise, g.request, g.auth_time, g.attributes, g.code, g.code_ends, g.ends_at,
		COALESCE(c.source, ''), COALESCE(p.id, ''), COALESCE(s.holder, ''), COALESCE(h.id, ''), COALESCE(o.claims, '') FROM login_oidc_grant g
		LEFT JOIN login_oidc_client c ON c.id = g.client LEFT JOIN login_party p ON p.id = c.party
		LEFT JOIN login_subject s ON s.pairwise = g.pairwise AND s.party = c.party LEFT JOIN login_holder h ON h.id = s.holder
		LEFT JOIN login_oidc_consent o ON o.holder = s.holder AND o.client = g.client AND o.ended_at = '' ORDER BY g.id`, func(scan func(...any) error) error {
		var id, client, pairwise, rawRequest, authTime, rawAttributes, codeEnds, ends, source, party, holder, known, consent string
		var state GrantState
		var code []byte
		if err := scan(&id, &client, &state, &pairwise, &rawRequest, &authTime, &rawAttributes, &code, &codeEnds, &ends,
			&source, &party, &holder, &known, &consent); err != nil {
			return err
		}
		s := readStored(rawRequest, rawAttributes)
		t, read := instants(authTime, codeEnds, ends)
		living := state == CodeIssued || state == InUse
		unpermitted := false
		for _, scope := range s.request.Scopes {
			unpermitted = unpermitted || scope != "sign" && !slices.Contains(words(consent), scope)
		}
		all := append(s.findings(client, source, living, living),
			finding{source == "" || source == sourceOwn, noClient},
			finding{source != "" && party == "", "is of a client without a party"},
			finding{source != "" && party != "" && holder == "", "is of a holder whom its party does not know"},
			finding{holder != "" && known == "", "is of a holder who does not exist"},
			finding{!Grants.Known(state), noMachine},
			finding{len(code) != digestSize, wrongDigest},
			finding{living && s.readable && known != "" && unpermitted, "lives without the holder's consent"},
			finding{!read || t[0].IsZero() || t[1].IsZero() || t[2].IsZero(), unreadableTime},
			finding{read && (t[0].After(t[1].Add(setBack)) || t[1].After(t[2])), contradictingTime})
		e.of("grant", id, all...)
		return nil
	})
}

func (e *examiner) refreshTokens() error {
	err := e.each(`SELECT r.token, r.ends_at, r.used_at, COALESCE(g.state, ''), COALESCE(g.ends_at, '') FROM login_oidc_refresh r
		LEFT JOIN login_oidc_grant g ON g.id = r.grant_id ORDER BY r.token`, func(scan func(...any) error) error {
		var token []byte
		var ends, used, grantEnds string
		var state GrantState
		if err := scan(&token, &ends, &used, &state, &grantEnds); err != nil {
			return err
		}
		t, read := instants(ends, used, grantEnds)
		e.of("refresh token", hexed(token),
			finding{len(token) != digestSize, wrongDigest},
			finding{state == "", "is of no grant"},
			finding{state == CodeIssued, "is of a grant whose code was never exchanged"},
			finding{!read || t[0].IsZero(), unreadableTime},
			finding{read && (t[1].After(t[0]) || state != "" && t[0].After(t[2])), contradictingTime})
		return nil
	})
	if err != nil {
		return err
	}
	return e.each(`SELECT grant_id FROM login_oidc_refresh WHERE used_at = '' GROUP BY grant_id HAVING COUNT(*) > 1 ORDER BY grant_id`, func(scan func(...any) error) error {
		var grant string
		if err := scan(&grant); err != nil {
			return err
		}
		e.of("grant", grant, finding{true, "has more than one refresh token that is good"})
		return nil
	})
}

func (e *examiner) assertions() error {
	return e.each(`SELECT id, ends_at FROM login_oidc_assertion ORDER BY id`, func(scan func(...any) error) error {
		var id []byte
		var ends string
		if err := scan(&id, &ends); err != nil {
			return err
		}
		t, read := instants(ends)
		e.of("used assertion", hexed(id), finding{len(id) != digestSize, wrongDigest}, finding{!read || t[0].IsZero(), unreadableTime})
		return nil
	})
}

func (e *examiner) consents() error {
	return e.each(`SELECT o.holder, o.client, o.claims, o.given_at, o.ended_at, COALESCE(h.id, ''), COALESCE(c.source, '') FROM login_oidc_consent o
		LEFT JOIN login_holder h ON h.id = o.holder LEFT JOIN login_oidc_client c ON c.id = o.client ORDER BY o.holder, o.client`, func(scan func(...any) error) error {
		var holder, client, claims, given, ended, known, source string
		if err := scan(&holder, &client, &claims, &given, &ended, &known, &source); err != nil {
			return err
		}
		permits := words(claims)
		unknown := slices.ContainsFunc(permits, func(s string) bool { return s == "sign" || !slices.Contains(scopes, s) })
		t, read := instants(given, ended)
		e.of("consent", fmt.Sprintf("of %s to %s", holder, client),
			finding{known == "", "is of no holder"},
			finding{source == "" || source == sourceOwn, noClient},
			finding{len(permits) == 0 || unknown || strings.Join(permits, " ") != claims, "permits what cannot be permitted"},
			finding{!read || t[0].IsZero(), unreadableTime},
			finding{read && !t[1].IsZero() && t[1].Before(t[0].Add(-setBack)), contradictingTime})
		return nil
	})
}

func (e *examiner) signings() error {
	return e.each(`SELECT t.id, t.client, t.state, t.digest, t.raw, t.grant_id, t.signature, t.certificate, t.verdict, t.begun_at, t.ends_at, t.signed_at,
		COALESCE(c.source, ''), COALESCE(g.client, ''), COALESCE(g.request, '') FROM login_oidc_signing t
		LEFT JOIN login_oidc_client c ON c.id = t.client LEFT JOIN login_oidc_grant g ON g.id = t.grant_id ORDER BY t.id`, func(scan func(...any) error) error {
		var id, client, grant, verdict, begun, ends, signed, source, grantClient, rawRequest string
		var state SigningState
		var sum, signature, certificate []byte
		var raw int
		if err := scan(&id, &client, &state, &sum, &raw, &grant, &signature, &certificate, &verdict, &begun, &ends, &signed,
			&source, &grantClient, &rawRequest); err != nil {
			return err
		}
		full := len(signature) > 0 && len(certificate) > 0 && grant != "" && signed != ""
		empty := len(signature) == 0 && len(certificate) == 0 && grant == "" && signed == "" && verdict == ""
		_, unread := jpki.ParseCertificate(certificate)
		s := readStored(rawRequest, "")
		t, read := instants(begun, ends, signed)
		e.of("signing transaction", begins(id),
			finding{!isUUID(id), "has an id that is never given"},
			finding{source == "" || source == sourceOwn, noClient},
			finding{!Signings.Known(state), noMachine},
			finding{len(sum) != digestSize, wrongDigest},
			finding{state == SigningOpen && !empty, "is open and holds a signature, or says who signed"},
			finding{state == SigningDone && !full, "is signed and lacks its signature, or who signed"},
			finding{state == SigningDone && len(certificate) > 0 && unread != nil, "holds a certificate that cannot be read"},
			finding{verdict != "" && verdict != "valid", "holds a verdict that is never given"},
			// A grant may be removed before what was signed under it, or after.
			finding{state == SigningDone && grantClient != "" && (grantClient != client || s.readable && s.request.SignTransaction != id), "was signed under the grant of something else"},
			finding{!read || t[0].IsZero() || t[1].IsZero(), unreadableTime},
			finding{read && (!t[0].Before(t[1]) || !t[2].IsZero() && t[2].Before(t[0].Add(-setBack))), contradictingTime})
		return nil
	})
}

func (e *examiner) visits() error {
	return e.each(`SELECT v.cookie, v.ends_at, COALESCE(h.id, '') FROM login_oidc_visit v LEFT JOIN login_holder h ON h.id = v.holder ORDER BY v.cookie`,
		func(scan func(...any) error) error {
			var cookie []byte
			var ends, known string
			if err := scan(&cookie, &ends, &known); err != nil {
				return err
			}
			t, read := instants(ends)
			e.of("visit", hexed(cookie), finding{len(cookie) != digestSize, wrongDigest}, finding{known == "", "is of no holder"},
				finding{!read || t[0].IsZero(), unreadableTime})
			return nil
		})
}
