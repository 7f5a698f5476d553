package oidc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/web"
)

// transaction is a row: one digest that waits for a signature.
type transaction struct {
	id          string // UUID
	client      string
	state       SigningState
	digest      []byte // SHA-256
	raw         bool   // pad it without a DigestInfo
	grant       string // that it was signed under
	signature   []byte
	certificate []byte // DER
	verdict     string // "valid" where the certificate was looked at
	begunAt     time.Time
	endsAt      time.Time
	signedAt    time.Time
}

const transactionColumns = `id, client, state, digest, raw, grant_id, signature, certificate, verdict, begun_at, ends_at, signed_at`

func scanTransaction(scan func(...any) error) (t transaction, err error) {
	var raw int
	err = scan(&t.id, &t.client, &t.state, &t.digest, &raw, &t.grant, &t.signature, &t.certificate, &t.verdict,
		db.IntoTime(&t.begunAt), db.IntoTime(&t.endsAt), db.IntoTime(&t.signedAt))
	t.raw = raw != 0
	return t, err
}

// loadTransaction returns a signing transaction, or NoSignTransaction.
func loadTransaction(ctx context.Context, tx *db.Tx, id string) (transaction, error) {
	t, err := scanTransaction(tx.QueryRow(ctx, `SELECT `+transactionColumns+` FROM login_oidc_signing WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return transaction{}, NoSignTransaction.New()
	}
	return t, err
}

// digestInfo is what stands before a SHA-256 digest in PKCS#1 v1.5 (RFC 8017, 9.2).
var digestInfo = []byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// maxSignBody bounds the JSON of a signing request in octets.
const maxSignBody = 8 << 10

// parseSignRequest reads a signing request: one member with a SHA-256 digest, bare or
// as a DigestInfo, in standard base64 with padding.
func parseSignRequest(raw []byte) (digest []byte, bare bool, err error) {
	var body map[string]json.RawMessage
	if len(raw) > maxSignBody || web.StrictJSON(raw, &body) != nil {
		return nil, false, BadSignRequest.New("JSON")
	}
	for name := range body {
		if name != signDigestName {
			return nil, false, BadSignRequest.New(plainWord(name))
		}
	}
	var s string
	if json.Unmarshal(body[signDigestName], &s) != nil {
		return nil, false, BadSignRequest.New(signDigestName)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || base64.StdEncoding.EncodeToString(b) != s {
		return nil, false, BadSignRequest.New(signDigestName)
	}
	switch {
	case len(b) == 32:
		return b, true, nil
	case len(b) == len(digestInfo)+32 && bytes.HasPrefix(b, digestInfo):
		return b[len(digestInfo):], false, nil
	}
	return nil, false, BadSignRequest.New(signDigestName)
}

// startSigning begins a signing transaction for a client.
func (p *Provider) startSigning(w http.ResponseWriter, r *http.Request) {
	a, t, err := p.beginSigning(r)
	if err != nil {
		p.failJSON(w, r, "sign", a.Party, err)
		return
	}
	p.observe(r.Context(), Event{Client: t.client, Step: "sign", Detail: detailSigningBegun})
	writeJSON(w, http.StatusCreated, map[string]any{signIDName: t.id, signExpiresName: t.endsAt.Format(time.RFC3339)})
}

func (p *Provider) beginSigning(r *http.Request) (a accessClaims, t transaction, err error) {
	if a, err = p.bearer(r.Context(), r); err != nil {
		return a, t, err
	}
	if a.Session != "" || a.Subject != a.Party {
		return a, t, NarrowToken.New()
	}
	c, err := p.client(r.Context(), a.Party)
	if err != nil {
		return a, t, err
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return a, t, BadSignRequest.New("Content-Type")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxSignBody+1))
	if err != nil {
		return a, t, BadSignRequest.New("size")
	}
	digest, bare, err := parseSignRequest(body)
	if err != nil {
		return a, t, err
	}
	now := p.wire()
	t = transaction{client: c.ID, state: SigningOpen, digest: digest, raw: bare && c.Signing.BareHashRaw, begunAt: now, endsAt: now.Add(signingLife)}
	err = p.d.DB.Tx(r.Context(), func(tx *db.Tx) error {
		if p.sweeping.Due(now) {
			if err := sweep(r.Context(), tx, now); err != nil {
				return err
			}
		}
		if t.id, err = p.newUUID(r.Context(), tx); err != nil {
			return err
		}
		_, err := tx.Exec(r.Context(), `INSERT INTO login_oidc_signing (`+transactionColumns+`) VALUES ($1, $2, $3, $4, $5, '', $6, $6, '', $7, $8, '')`,
			t.id, t.client, t.state, t.digest, t.raw, []byte{}, t.begunAt, t.endsAt)
		return err
	})
	return a, t, err
}

// newUUID draws an id of version 4 (RFC 9562) that is not taken.
func (p *Provider) newUUID(ctx context.Context, tx *db.Tx) (string, error) {
	for range tooOften {
		b, err := entropy.Bytes(p.d.Entropy.Stream("login.oidc.signing"), 16)
		if err != nil {
			return "", err
		}
		b[6], b[8] = b[6]&0x0F|0x40, b[8]&0x3F|0x80
		id := uuidText(b)
		if _, err := loadTransaction(ctx, tx, id); NoSignTransaction.Is(err) {
			return id, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", errors.New("oidc: the source of ids repeats itself")
}

func uuidText(b []byte) string {
	const hex = "0123456789abcdef"
	out := make([]byte, 0, 36)
	for i, c := range b {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[c>>4], hex[c&15])
	}
	return string(out)
}

// keepSignature records the signature of an interaction with its transaction.
func (p *Provider) keepSignature(ctx context.Context, tx *db.Tx, i interaction, g grant, c *client, person string) error {
	verdict := ""
	if c.Signing.Government {
		verdict = "valid"
	}
	n, err := tx.Exec(ctx, `UPDATE login_oidc_signing SET state = 'signed', grant_id = $1, signature = $2, certificate = $3, verdict = $4, signed_at = $5
		WHERE id = $6 AND state = 'open'`, g.id, i.signature, i.certificate, verdict, i.authTime, i.request.SignTransaction)
	if err != nil {
		return err
	}
	if n != 1 {
		return BadSigning.New() // another interaction was quicker
	}
	return p.note(ctx, tx, ActSigned, holderActor(person), person, map[string]string{"client": c.ID, "name": c.Name, "transaction": i.request.SignTransaction})
}

// signingResult gives signature and certificate to whoever has the token of the user
// who signed.
func (p *Provider) signingResult(w http.ResponseWriter, r *http.Request) {
	a, err := p.bearer(r.Context(), r)
	var out map[string]any
	if err == nil {
		out, err = p.resultFor(r.Context(), a, r.PathValue("id"))
	}
	if err != nil {
		p.failJSON(w, r, "result", a.Party, err)
		return
	}
	p.observe(r.Context(), Event{Client: a.Party, Step: "result", Detail: detailSigned})
	writeJSON(w, http.StatusOK, out)
}

func (p *Provider) resultFor(ctx context.Context, a accessClaims, id string) (map[string]any, error) {
	g, c, err := p.granted(ctx, a)
	if err != nil {
		return nil, err
	}
	if !g.request.signs() {
		return nil, NarrowToken.New()
	}
	if !isUUID(id) {
		return nil, NoSignTransaction.New()
	}
	var t transaction
	err = p.d.DB.View(ctx, func(tx *db.Tx) error {
		t, err = loadTransaction(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	if t.client != c.ID || !p.wire().Before(t.endsAt) {
		return nil, NoSignTransaction.New()
	}
	if t.state != SigningDone {
		return nil, NotSigned.New()
	}
	if t.grant != g.id {
		return nil, NoSignTransaction.New()
	}
	result := map[string]any{signIDName: t.id, signStatusName: signStatusDone, signSignatureName: base64.StdEncoding.EncodeToString(t.signature),
		signCertificateName: base64.StdEncoding.EncodeToString(t.certificate), signSignedAtName: t.signedAt.Format(time.RFC3339)}
	if t.verdict != "" {
		result[signVerdictName] = t.verdict
	}
	if c.Signing.EncryptTo == nil {
		return result, nil
	}
	jwe, err := encryptResult(*c.Signing.EncryptTo, result)
	if err != nil {
		return nil, err
	}
	return map[string]any{signIDName: t.id, signStatusName: signStatusDone, signEncryptedName: jwe}, nil
}

// resultEncryption is the algorithm that goes with a key for results.
func resultEncryption(k jose.JSONWebKey) (jose.KeyAlgorithm, bool) {
	if k.Use != "" && k.Use != "enc" || !k.Valid() || !k.IsPublic() {
		return "", false
	}
	var alg jose.KeyAlgorithm
	switch pub := k.Key.(type) {
	case *rsa.PublicKey:
		if pub.N.BitLen() < 2048 || pub.N.BitLen() > 4096 || pub.E < 3 {
			return "", false
		}
		alg = jose.RSA_OAEP_256
	case *ecdsa.PublicKey: // on a curve of NIST: Valid knows no other
		alg = jose.ECDH_ES_A256KW
	default:
		return "", false
	}
	return alg, k.Algorithm == "" || k.Algorithm == string(alg)
}

// encryptResult makes a compact JWE with A256GCM over the JSON of a result.
func encryptResult(k jose.JSONWebKey, result map[string]any) (string, error) {
	alg, ok := resultEncryption(k)
	if !ok {
		return "", BadClient.New("signing.encrypt_to")
	}
	body, err := json.Marshal(result)
	if err != nil {
		return "", err
	}
	e, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: alg, Key: k.Key, KeyID: k.KeyID}, (&jose.EncrypterOptions{}).WithContentType("json"))
	if err != nil {
		return "", err
	}
	jwe, err := e.Encrypt(body)
	if err != nil {
		return "", err
	}
	return jwe.CompactSerialize()
}
