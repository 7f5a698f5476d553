package conform

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"strconv"

	jose "github.com/go-jose/go-jose/v4"
)

// keyring holds the provider's keys. The private ones live for one run.
type keyring struct {
	id, withdrawn *namedKey         // for ID tokens; withdrawn was published before, nil for none
	foreign       *ecdsa.PrivateKey // never published
	other         *rsa.PrivateKey   // for access tokens
	twin          any               // a public key published under the name of id; nil for none
	kept          *namedKey         // still published beside id, to go back to; nil for none
	made          int
}

type namedKey struct {
	*ecdsa.PrivateKey
	kid string
}

func newKeyring() (*keyring, error) {
	var k keyring
	var err error
	if k.other, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		return nil, err
	}
	if k.foreign, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	return &k, k.rotate()
}

// rotate withdraws the key of ID tokens and publishes another.
func (k *keyring) rotate() error {
	fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	k.made++
	k.withdrawn, k.id, k.twin, k.kept = k.id, &namedKey{fresh, "id-" + strconv.Itoa(k.made)}, nil, nil
	return nil
}

// rotateWithTwin publishes, before the new key, another one under the same name: of
// another type, or of the same. The key before stays published.
func (k *keyring) rotateWithTwin(sameType bool) error {
	withdrawn, before := k.withdrawn, k.id
	if err := k.rotate(); err != nil {
		return err
	}
	k.withdrawn, k.kept, k.twin = withdrawn, before, k.other.Public()
	if sameType {
		fresh, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return err
		}
		k.twin = fresh.Public()
	}
	return nil
}

// back undoes a rotation that the relying party did not notice, so that what
// follows still says something.
func (k *keyring) back() {
	switch {
	case k.kept != nil:
		k.id, k.kept, k.twin = k.kept, nil, nil
	case k.withdrawn != nil:
		k.id, k.withdrawn = k.withdrawn, nil
	}
}

func (k *keyring) published() jose.JSONWebKeySet {
	var keys []jose.JSONWebKey
	if k.twin != nil {
		alg := "RS256"
		if _, ok := k.twin.(*ecdsa.PublicKey); ok {
			alg = "ES256"
		}
		keys = append(keys, jose.JSONWebKey{Key: k.twin, KeyID: k.id.kid, Algorithm: alg, Use: "sig"})
	}
	if k.kept != nil {
		keys = append(keys, jose.JSONWebKey{Key: k.kept.Public(), KeyID: k.kept.kid, Algorithm: "ES256", Use: "sig"})
	}
	return jose.JSONWebKeySet{Keys: append(keys,
		jose.JSONWebKey{Key: k.id.Public(), KeyID: k.id.kid, Algorithm: "ES256", Use: "sig"},
		jose.JSONWebKey{Key: k.other.Public(), KeyID: "access-1", Algorithm: "RS256", Use: "sig"},
	)}
}

const foreignID = "foreign-1"

func (k *keyring) foreignKey() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.foreign.Public(), KeyID: foreignID, Algorithm: "ES256", Use: "sig"}
}

func (k *keyring) plantedSet() jose.JSONWebKeySet {
	return jose.JSONWebKeySet{Keys: []jose.JSONWebKey{k.foreignKey()}}
}

// header is the usual header of an ID token.
func (k *keyring) header() map[string]any {
	return map[string]any{"alg": "ES256", "typ": "JWT", "kid": k.id.kid}
}

// signed is an ID token in order.
func (k *keyring) signed(claims map[string]any) (string, error) {
	return compact(k.header(), claims, es256(k.id.PrivateKey))
}

// access is the access token of a login: a JWT of another kind than the ID token.
func (k *keyring) access(f *flow, id string) (string, error) {
	now := f.now.Unix()
	return compact(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "access-1"},
		map[string]any{"iss": f.p.issuer(), "sub": f.subject, "aud": f.p.issuer(), "iat": now, "exp": now + 300, "jti": id, "scope": f.ask.Get("scope")},
		func(in []byte) ([]byte, error) {
			sum := sha256.Sum256(in)
			return rsa.SignPKCS1v15(rand.Reader, k.other, crypto.SHA256, sum[:])
		})
}

// compact writes a JWS; header and signature are whatever the case wants, which
// is why no library does it.
func compact(header, claims map[string]any, sign func([]byte) ([]byte, error)) (string, error) {
	h, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	c, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	in := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	sig, err := sign([]byte(in))
	return in + "." + base64.RawURLEncoding.EncodeToString(sig), err
}

func es256(key *ecdsa.PrivateKey) func([]byte) ([]byte, error) {
	return func(in []byte) ([]byte, error) {
		sum := sha256.Sum256(in)
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			return nil, err
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out, nil
	}
}

func hs256(secret []byte) func([]byte) ([]byte, error) {
	return func(in []byte) ([]byte, error) {
		m := hmac.New(sha256.New, secret)
		m.Write(in)
		return m.Sum(nil), nil
	}
}

func unsigned([]byte) ([]byte, error) { return nil, nil }

// publicPEM is the published key as a file, which a confused verifier takes for
// the secret of an HMAC.
func publicPEM(key crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(key)
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), err
}
