package oidc_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/jpki"
)

var sha256Info = []byte{0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20}

// signs answers an interaction with a login and a signature.
func (h *house) signs(id string, cert, signing *x509.Certificate) oidc.Answer {
	h.t.Helper()
	a := h.card(id, cert)
	i := must(h.Interaction(context.Background(), id))
	hash := crypto.SHA256
	if i.SignRaw {
		hash = 0
	}
	a.Signature = must(rsa.SignPKCS1v15(nil, validationtest.Key(validationtest.HolderKey), hash, i.Sign))
	a.SigningCertificate = signing.Raw
	return a
}

func (r *rp) result(id, token string) answer {
	r.h.t.Helper()
	q := must(http.NewRequest("GET", r.h.server.URL+"/api/sign-transactions/"+id+"/result", nil))
	if token != "" {
		q.Header.Set("Authorization", "Bearer "+token)
	}
	return r.h.do(r.h.browser(), q)
}

// signed goes from a digest to the user's token.
func (r *rp) signed(digest []byte, cert, signing *x509.Certificate) (id, token string) {
	r.h.t.Helper()
	id = r.begin(digest)
	b := r.h.browser()
	v := r.query("openid sign")
	v.Set("sign_transaction_id", id)
	i := r.h.ask(b, v)
	code := r.h.back(b, r.h.mustAnswer(i, r.h.signs(i, cert, signing))).Get("code")
	return id, r.exchange(code).json(r.h.t)["access_token"].(string)
}

// A document's digest comes back signed with the signature certificate: bare, with a
// DigestInfo, and without one where the client is set up so; plain or as a JWE to the
// registered key.
func TestSigning_AllForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert, signing := h.Issue(t, validationtest.Order{}), h.Issue(t, validationtest.Order{Kind: jpki.Signature})
		document := sha256.Sum256([]byte("a contract"))
		withInfo := append(slices.Clone(sha256Info), document[:]...)
		raw := h.client("raw", "http://localhost:9400/cb", func(c *oidc.Client) { c.Signing.BareHashRaw = true })
		toRSA := h.client("jweRSA", "http://localhost:9500/cb", func(c *oidc.Client) {
			c.Signing.EncryptTo = &jose.JSONWebKey{Key: rpRSA().Public(), KeyID: "enc", Use: "enc"}
		})
		toEC := h.client("jweEC", "http://localhost:9600/cb", func(c *oidc.Client) {
			c.Signing.EncryptTo = &jose.JSONWebKey{Key: rpEC().Public(), KeyID: "enc"}
		})
		for _, c := range []struct {
			rp     *rp
			digest []byte
			hash   crypto.Hash
			key    any
		}{{h.shop, document[:], crypto.SHA256, nil}, {h.shop, withInfo, crypto.SHA256, nil}, {raw, document[:], 0, nil}, {raw, withInfo, crypto.SHA256, nil},
			{toRSA, document[:], crypto.SHA256, rpRSA()}, {toEC, document[:], crypto.SHA256, rpEC()}} {
			id, token := c.rp.signed(c.digest, cert, signing)
			a := c.rp.result(id, token)
			if a.status != 200 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			v := a.json(t)
			if c.key != nil {
				if v["signature"] != nil || v["certificate"] != nil {
					t.Error("an encrypted result has plain parts")
				}
				jwe, err := jose.ParseEncryptedCompact(v["encrypted_result"].(string), []jose.KeyAlgorithm{jose.RSA_OAEP_256, jose.ECDH_ES_A256KW}, []jose.ContentEncryption{jose.A256GCM})
				if err != nil {
					t.Fatal(err)
				}
				plain, err := jwe.Decrypt(c.key)
				if err != nil {
					t.Fatal(err)
				}
				v = map[string]any{}
				if err := json.Unmarshal(plain, &v); err != nil {
					t.Fatal(err)
				}
			}
			der := must(base64.StdEncoding.DecodeString(v["certificate"].(string)))
			got := must(x509.ParseCertificate(der))
			if !bytes.Equal(der, signing.Raw) || v["sign_transaction_id"] != id || v["status"] != "signed" {
				t.Errorf("%v", v)
			}
			signature := must(base64.StdEncoding.DecodeString(v["signature"].(string)))
			if err := rsa.VerifyPKCS1v15(got.PublicKey.(*rsa.PublicKey), c.hash, document[:], signature); err != nil {
				t.Errorf("%s: %v", c.rp.id, err)
			}
		}
		if acts := h.acts("per_1"); !slices.Contains(acts, oidc.ActSigned) {
			t.Errorf("journal %v", acts)
		}
	})
}

// Every refusal of the signing interface by its number.
func TestSigning_EachRefusal(t *testing.T) {
	h := small(t)
	cert, signing := h.Issue(t, validationtest.Order{}), h.Issue(t, validationtest.Order{Kind: jpki.Signature})
	digest := make([]byte, 32)
	text := base64.StdEncoding.EncodeToString(digest)
	for name, body := range map[string]string{
		"nothing": "", "no JSON": "x", "null": "null", "a list": "[]", "no digest": "{}", "a number": `{"digest":1}`, "too short": `{"digest":"` + base64.StdEncoding.EncodeToString(digest[1:]) + `"}`,
		"base64url": `{"digest":"` + strings.Repeat("_", 43) + `"}`, "without padding": `{"digest":"` + strings.TrimRight(text, "=") + `"}`, "line end": `{"digest":"` + text + `\n"}`,
		"digest twice": `{"digest":"` + text + `","digest":"` + text + `"}`, "unknown member": `{"digest":"` + text + `","x":1}`, "wrong DigestInfo": `{"digest":"` + base64.StdEncoding.EncodeToString(make([]byte, 51)) + `"}`,
		"huge": `{"digest":"` + strings.Repeat("A", 9000) + `"}`,
	} {
		h.shop.sign(body).wants(t, name, 400, "invalid_request", oidc.BadSignRequest.Code())
	}
	user := h.shop.tokens(cert, "openid")["access_token"].(string)
	q := must(http.NewRequest("POST", h.server.URL+"/api/sign-transactions", strings.NewReader(`{"digest":"`+text+`"}`)))
	q.Header.Set("Authorization", "Bearer "+user)
	h.do(h.browser(), q).wants(t, "a user's token", 403, "insufficient_scope", oidc.NarrowToken.Code())

	id, token := h.shop.signed(digest, cert, signing)
	own := h.token(h.shop.form("client_credentials")).json(t)["access_token"].(string)
	other := h.client("RP2", "http://localhost:9200/cb", nil)
	_, theirs := other.signed(digest, cert, signing)
	_, later := h.shop.signed(digest, cert, signing)
	waiting := h.shop.begin(digest)
	h.shop.result(id, "").wants(t, "no token", 401, "invalid_token", oidc.NoToken.Code())
	h.shop.result(id, own).wants(t, "the client's token", 403, "insufficient_scope", oidc.NarrowToken.Code())
	h.shop.result(id, user).wants(t, "a token without sign", 403, "insufficient_scope", oidc.NarrowToken.Code())
	h.shop.result(id, theirs).wants(t, "another client's user", 404, "not_found", oidc.NoSignTransaction.Code())
	h.shop.result(id, later).wants(t, "of another signature", 404, "not_found", oidc.NoSignTransaction.Code())
	h.shop.result("x", token).wants(t, "no id", 404, "not_found", oidc.NoSignTransaction.Code())
	h.shop.result(waiting, token).wants(t, "not signed", 409, "not_ready", oidc.NotSigned.Code())
	v := h.shop.query("openid sign")
	v.Set("sign_transaction_id", id)
	if q := h.authorize(h.browser(), v).to.Query(); !strings.HasPrefix(q.Get("error_description"), oidc.BadSigning.Code()) {
		t.Errorf("a second signature: %v", q)
	}
	v.Set("sign_transaction_id", waiting)
	b := h.browser()
	i := h.ask(b, v)
	for name, change := range map[string]func(*oidc.Answer){
		"no signature":                   func(a *oidc.Answer) { a.Signature = nil },
		"huge signature":                 func(a *oidc.Answer) { a.Signature = make([]byte, 1000) },
		"no certificate":                 func(a *oidc.Answer) { a.SigningCertificate = nil },
		"the authentication certificate": func(a *oidc.Answer) { a.SigningCertificate = cert.Raw },
	} {
		a := h.signs(i, cert, signing)
		change(&a)
		if _, err := h.Answer(context.Background(), i, a); !oidc.NoSignature.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two interactions for one transaction: the second finds it signed.
	b2 := h.browser()
	i2 := h.ask(b2, v)
	next, next2 := h.mustAnswer(i, h.signs(i, cert, signing)), h.mustAnswer(i2, h.signs(i2, cert, signing))
	h.back(b, next)
	h.get(b2, next2)
	if a := h.post(b2, strings.TrimSuffix(next2, "/next")+"/consent", map[string][]string{"answer": {"allow"}}); a.status != 400 || !strings.Contains(a.body, oidc.BadSigning.Code()) {
		t.Errorf("the second: %d", a.status)
	}
	h.pass(30 * time.Minute)
	v.Set("sign_transaction_id", h.shop.begin(digest))
	h.pass(30 * time.Minute)
	if q := h.authorize(h.browser(), v).to.Query(); !strings.HasPrefix(q.Get("error_description"), oidc.BadSigning.Code()) {
		t.Errorf("after half an hour: %v", q)
	}
}

// For government clients a stopped signature certificate ends the login; others get
// what the card made, as it is.
func TestSigning_GovernmentChecksTheCertificate(t *testing.T) {
	h := small(t)
	cert, signing := h.Issue(t, validationtest.Order{}), h.Issue(t, validationtest.Order{Kind: jpki.Signature})
	office := h.client("gov", "http://localhost:9700/cb", func(c *oidc.Client) { c.Signing.Government = true })
	id, token := office.signed(make([]byte, 32), cert, signing)
	if v := office.result(id, token).json(t); v["certificate_status"] != "valid" {
		t.Errorf("%v", v)
	}
	h.Certificate(signing.SerialNumber.Text(16), func(c *authority.Certificate) { c.State, c.EndedAt = authority.Revoked, h.Clock.Now() })
	id, token = h.shop.signed(make([]byte, 32), cert, signing)
	if v := h.shop.result(id, token).json(t); v["certificate_status"] != nil || v["signature"] == nil {
		t.Errorf("%v", v)
	}
	b := h.browser()
	v := office.query("openid sign")
	v.Set("sign_transaction_id", office.begin(make([]byte, 32)))
	i := h.ask(b, v)
	q := h.get(b, h.mustAnswer(i, h.signs(i, cert, signing))).to.Query()
	if q.Get("error") != "access_denied" || !strings.HasPrefix(q.Get("error_description"), oidc.BadSigningCertificate.Code()) {
		t.Errorf("%v", q)
	}
}
