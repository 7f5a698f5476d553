// Package keystoretest is the conformance suite of key stores: what must hold
// for a file, for memory and for a hardware token.
package keystoretest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kado/internal/platform/keystore"
)

// Suite runs every test. open returns a handle on one and the same store, empty
// at first; each test gets its own from fresh.
func Suite(t *testing.T, fresh func(t *testing.T) (open func() keystore.Store)) {
	ctx := context.Background()
	t.Run("SignersSignAndStay", func(t *testing.T) {
		open := fresh(t)
		for _, a := range []keystore.Algorithm{keystore.ECDSAP256, keystore.ECDSAP384, keystore.RSA2048} {
			id := "ca/" + strings.ToLower(string(a))
			made, err := open().CreateSigner(ctx, id, a)
			if err != nil {
				t.Fatal(err)
			}
			found, err := open().Signer(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			digest := sha256.Sum256([]byte("text"))
			for _, s := range []crypto.Signer{made, found} {
				sig, err := s.Sign(rand.Reader, digest[:], crypto.SHA256)
				if err != nil {
					t.Fatal(err)
				}
				valid := false
				switch pub := found.Public().(type) {
				case *ecdsa.PublicKey:
					valid = ecdsa.VerifyASN1(pub, digest[:], sig)
				case *rsa.PublicKey:
					valid = pub.N.BitLen() == 2048 && rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig) == nil
				}
				if !valid {
					t.Errorf("%s: the signature does not verify", a)
				}
				switch s.(type) {
				case *rsa.PrivateKey, *ecdsa.PrivateKey:
					t.Errorf("%s: the private key can be taken out", a)
				}
				if text := fmt.Sprintf("%v %+v %#v", s, s, s); len(text) > 100 {
					t.Errorf("%s prints %s", a, text)
				}
			}
			if _, err := open().CreateSigner(ctx, id, a); !keystore.KeyExists.Is(err) {
				t.Errorf("made twice: %v", err)
			}
		}
	})
	t.Run("SecretsStay", func(t *testing.T) {
		open := fresh(t)
		a, err := open().CreateSecret(ctx, "vault/a", 32)
		if err != nil || len(a) != 32 {
			t.Fatal(len(a), err)
		}
		want := bytes.Clone(a)
		clear(a) // the caller's copy is its own
		got, err := open().Secret(ctx, "vault/a")
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("another value came back: %v", err)
		}
		b, err := open().CreateSecret(ctx, "vault/b", 32)
		if err != nil || bytes.Equal(b, want) {
			t.Errorf("two secrets are alike: %v", err)
		}
		if _, err := open().CreateSecret(ctx, "vault/a", 32); !keystore.KeyExists.Is(err) {
			t.Errorf("made twice: %v", err)
		}
	})
	t.Run("Refusals", func(t *testing.T) {
		s := fresh(t)()
		for _, id := range []string{"", "A", "1a", "a b", "a\n", strings.Repeat("a", 81), "鍵"} {
			if _, err := s.CreateSecret(ctx, id, 32); !keystore.UnfitKey.Is(err) {
				t.Errorf("name %q: %v", id, err)
			}
			if _, err := s.CreateSigner(ctx, id, keystore.ECDSAP256); !keystore.UnfitKey.Is(err) {
				t.Errorf("name %q: %v", id, err)
			}
			if _, err := s.Secret(ctx, id); !keystore.UnknownKey.Is(err) {
				t.Errorf("name %q: %v", id, err)
			}
		}
		for _, n := range []int{-1, 0, 15, 65} {
			if _, err := s.CreateSecret(ctx, "a", n); !keystore.UnfitKey.Is(err) {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
		if _, err := s.CreateSigner(ctx, "a", "RSA-1024"); !keystore.UnfitKey.Is(err) {
			t.Errorf("algorithm: %v", err)
		}
		if _, err := s.CreateSecret(ctx, "secret", 16); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Signer(ctx, "secret"); !keystore.UnknownKey.Is(err) {
			t.Errorf("a secret as signer: %v", err)
		}
		if _, err := s.CreateSigner(ctx, "signer", keystore.ECDSAP256); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Secret(ctx, "signer"); !keystore.UnknownKey.Is(err) {
			t.Errorf("a signer as secret: %v", err)
		}
		got, err := s.List(ctx)
		if diff := cmp.Diff([]keystore.Info{{ID: "secret"}, {ID: "signer", Algorithm: keystore.ECDSAP256}}, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
	t.Run("ConcurrentMakersLoseNothing", func(t *testing.T) {
		open := fresh(t)
		handles := []keystore.Store{open(), open()}
		var wg sync.WaitGroup
		var mu sync.Mutex
		won := map[string][]byte{}
		for g := range 4 {
			wg.Go(func() {
				for i := range 8 {
					id := fmt.Sprint("k", (i+g)%8)
					b, err := handles[g%2].CreateSecret(ctx, id, 16)
					if keystore.KeyExists.Is(err) {
						continue
					}
					mu.Lock()
					if err != nil || won[id] != nil {
						t.Errorf("%s: %v", id, err)
					}
					won[id] = b
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for _, h := range append(handles, open()) {
			for id, want := range won {
				if got, err := h.Secret(ctx, id); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s was lost: %v", id, err)
				}
			}
		}
		if len(won) != 8 {
			t.Errorf("%d keys", len(won))
		}
	})
}
