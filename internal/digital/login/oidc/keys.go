package oidc

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"kado/internal/platform/keystore"
)

// Signing keys lie in the key store as oidc-id-1, oidc-id-2, … and
// oidc-access-1, …; the highest number signs, that one and the one before are in
// the key set.
const (
	idKeyPrefix     = "oidc-id-"
	accessKeyPrefix = "oidc-access-"
	published       = 2
)

// signingKey is one key of the provider.
type signingKey struct {
	kid    string
	alg    jose.SignatureAlgorithm
	signer crypto.Signer
	head   string // encoded JOSE header
}

type keyring struct {
	store keystore.Store

	mu     sync.RWMutex
	id     *signingKey
	access *signingKey
	// verify are the access keys by kid.
	verify map[string]*rsa.PublicKey
	set    []byte    // JWKS
	looked time.Time // when an unknown kid last made it look for new keys
}

// lookAgain is how long after that it does not look again: anybody can name a kid.
const lookAgain = 10 * time.Second

// current returns the keys that sign now, made when first needed.
func (k *keyring) current(ctx context.Context) (id, access *signingKey, err error) {
	k.mu.RLock()
	id, access = k.id, k.access
	k.mu.RUnlock()
	if id != nil {
		return id, access, nil
	}
	if err := k.load(ctx, false); err != nil {
		return nil, nil, err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.id, k.access, nil
}

// load reads the keys from the store. more makes a new one of each kind first.
func (k *keyring) load(ctx context.Context, more bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	verify := map[string]*rsa.PublicKey{}
	var set jose.JSONWebKeySet
	var signing [2]*signingKey
	for i, kind := range []struct {
		prefix    string
		algorithm keystore.Algorithm
		alg       jose.SignatureAlgorithm
	}{{idKeyPrefix, keystore.ECDSAP256, jose.ES256}, {accessKeyPrefix, keystore.RSA2048, jose.RS256}} {
		last, err := k.newest(ctx, kind.prefix)
		if err != nil {
			return err
		}
		if more || last == 0 {
			last++
			// Another process that was faster made the same one.
			if _, err := k.store.CreateSigner(ctx, kind.prefix+strconv.Itoa(last), kind.algorithm); err != nil && !keystore.KeyExists.Is(err) {
				return err
			}
		}
		for n := last; n > 0 && n > last-published; n-- {
			s, err := k.store.Signer(ctx, kind.prefix+strconv.Itoa(n))
			if err != nil {
				return err
			}
			jwk := jose.JSONWebKey{Key: s.Public(), Algorithm: string(kind.alg), Use: "sig"}
			thumb, err := jwk.Thumbprint(crypto.SHA256)
			if err != nil {
				return err
			}
			jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumb)
			set.Keys = append(set.Keys, jwk)
			if pub, ok := s.Public().(*rsa.PublicKey); ok {
				verify[jwk.KeyID] = pub
			}
			if n == last {
				head, err := json.Marshal(map[string]string{"alg": string(kind.alg), "typ": "JWT", "kid": jwk.KeyID})
				if err != nil {
					return err
				}
				signing[i] = &signingKey{jwk.KeyID, kind.alg, s, base64.RawURLEncoding.EncodeToString(head)}
			}
		}
	}
	out, err := json.Marshal(set)
	if err != nil {
		return err
	}
	k.id, k.access, k.verify, k.set = signing[0], signing[1], verify, out
	return nil
}

// newest returns the highest number of keys with a prefix, 0 for none.
func (k *keyring) newest(ctx context.Context, prefix string) (int, error) {
	all, err := k.store.List(ctx)
	if err != nil {
		return 0, err
	}
	newest := 0
	for _, i := range all {
		if rest, ok := strings.CutPrefix(i.ID, prefix); ok {
			if n, err := strconv.Atoi(rest); err == nil && n > newest {
				newest = n
			}
		}
	}
	return newest, nil
}

// Rotate makes new signing keys. What the old ones signed is still verified, and
// their public halves stay in the key set until the next time.
func (p *Provider) Rotate(ctx context.Context) error { return p.keys.load(ctx, true) }

// KeySet returns the public keys as a JWKS document.
func (p *Provider) KeySet(ctx context.Context) ([]byte, error) {
	if _, _, err := p.keys.current(ctx); err != nil {
		return nil, err
	}
	p.keys.mu.RLock()
	defer p.keys.mu.RUnlock()
	return p.keys.set, nil
}

// accessKey returns the key with an id; one that another process made since is
// looked for in the store.
func (k *keyring) accessKey(ctx context.Context, kid string, now time.Time) (*rsa.PublicKey, error) {
	if _, _, err := k.current(ctx); err != nil {
		return nil, err
	}
	k.mu.RLock()
	pub, looked := k.verify[kid], k.looked
	k.mu.RUnlock()
	if pub != nil || now.Sub(looked) < lookAgain {
		return pub, nil
	}
	k.mu.Lock()
	first := now.Sub(k.looked) >= lookAgain // and of a crowd only one looks
	if first {
		k.looked = now
	}
	k.mu.Unlock()
	if first {
		if err := k.load(ctx, false); err != nil {
			return nil, err
		}
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.verify[kid], nil
}

// sign makes a compact JWS over claims.
func (s *signingKey) sign(claims any) (string, error) {
	body, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	input := s.head + "." + base64.RawURLEncoding.EncodeToString(body)
	d := sha256.Sum256([]byte(input))
	sig, err := s.signer.Sign(rand.Reader, d[:], crypto.SHA256)
	if err != nil {
		return "", err
	}
	if pub, ok := s.signer.Public().(*ecdsa.PublicKey); ok {
		if sig, err = rawECDSA(sig, (pub.Curve.Params().BitSize+7)/8); err != nil {
			return "", err
		}
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}

// rawECDSA turns the DER of an ECDSA signature into R and S of fixed length, as
// JOSE has it (RFC 7518, 3.4).
func rawECDSA(der []byte, size int) ([]byte, error) {
	var v struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &v); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("oidc: a signature of the key store: %w", errors.Join(err, errors.New("not ECDSA-Sig-Value")))
	}
	out := make([]byte, 2*size)
	v.R.FillBytes(out[:size])
	v.S.FillBytes(out[size:])
	return out, nil
}
