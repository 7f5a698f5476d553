//go:build cgo

package token_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/keystoretest"
	"kado/internal/platform/keystore/token"
	"kado/internal/platform/keystore/token/tokentest"
)

var ctx = context.Background()

func TestTokenSuite(t *testing.T) {
	keystoretest.Suite(t, func(t *testing.T) func() keystore.Store {
		c, secrets, lock := tokentest.New(t), keystore.NewMemory(), filepath.Join(t.TempDir(), "lock")
		return func() keystore.Store {
			return tokentest.OpenWith(t, c, token.Options{Secrets: secrets, Lock: lock,
				PIN: func() ([]byte, error) { return []byte(tokentest.PIN), nil }})
		}
	})
}

func TestConcurrentMakersOnAToken(t *testing.T) {
	c := tokentest.New(t)
	lock := filepath.Join(t.TempDir(), "lock")
	var stores []*token.Store
	for range 2 {
		stores = append(stores, tokentest.OpenWith(t, c, token.Options{Secrets: keystore.NewMemory(), Lock: lock,
			PIN: func() ([]byte, error) { return []byte(tokentest.PIN), nil }}))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := map[string]int{}
	for g := range 4 {
		wg.Go(func() {
			for i := range 6 {
				id := fmt.Sprint("k", i)
				_, err := stores[g%2].CreateSigner(ctx, id, keystore.ECDSAP256)
				if keystore.KeyExists.Is(err) {
					continue
				}
				mu.Lock()
				if err != nil {
					t.Errorf("%s: %v", id, err)
				}
				won[id]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for id, n := range won {
		if _, err := stores[0].Signer(ctx, id); n != 1 || err != nil {
			t.Errorf("%s was made %d times: %v", id, n, err)
		}
	}
	if len(won) != 6 {
		t.Errorf("%d keys", len(won))
	}
}

// What a token's key signs verifies, from several sessions at once.
func TestSessionsSignSideBySide(t *testing.T) {
	c := tokentest.New(t)
	c.Sessions = 3
	s := tokentest.Open(t, c, keystore.NewMemory())
	k, err := s.CreateSigner(ctx, "ca", keystore.ECDSAP384)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 10 {
				d := sha256.Sum256([]byte{byte(g), byte(i)})
				sig, err := k.Sign(rand.Reader, d[:], crypto.SHA256)
				if err != nil || !ecdsa.VerifyASN1(k.Public().(*ecdsa.PublicKey), d[:], sig) {
					t.Errorf("signature: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func TestTokenRefusals(t *testing.T) {
	c := tokentest.New(t)
	open := func(c token.Config, pin string) error {
		s, err := token.Open(c, token.Options{Secrets: keystore.NewMemory(), PIN: func() ([]byte, error) { return []byte(pin), nil }})
		if err != nil {
			return err
		}
		defer s.Close()
		_, err = s.Signer(ctx, "ca")
		return err
	}
	if err := open(c, tokentest.PIN); !keystore.UnknownKey.Is(err) {
		t.Errorf("key missing: %v", err)
	}
	gone := c
	gone.TokenLabel = "elsewhere"
	if err := open(gone, tokentest.PIN); !token.TokenGone.Is(err) {
		t.Errorf("no such token: %v", err)
	}
	broken := c
	broken.Module = filepath.Join(t.TempDir(), "none.so")
	if err := open(broken, tokentest.PIN); !token.NoModule.Is(err) {
		t.Errorf("no module: %v", err)
	}
	broken.Module = "relative.so"
	if err := open(broken, tokentest.PIN); !token.UnfitConfig.Is(err) {
		t.Errorf("relative: %v", err)
	}
	s := tokentest.OpenWith(t, c, token.Options{Secrets: keystore.NewMemory()})
	if _, err := s.Signer(ctx, "ca"); !token.NoPIN.Is(err) {
		t.Errorf("no PIN: %v", err)
	}
	if _, err := s.CreateSecret(ctx, "secret", 16); err != nil {
		t.Errorf("a secret needs no token: %v", err)
	}
}

// A refused PIN is never tried twice: a token counts, and locks.
func TestWrongPINIsTriedOnce(t *testing.T) {
	c := tokentest.New(t)
	asked := 0
	s := tokentest.OpenWith(t, c, token.Options{Secrets: keystore.NewMemory(), PIN: func() ([]byte, error) { asked++; return []byte("wrong"), nil }})
	for range 12 {
		_, err := s.Signer(ctx, "ca")
		if !token.WrongPIN.Is(err) {
			t.Fatalf("wrong PIN: %v", err)
		}
		if strings.Contains(fmt.Sprintf("%v %+v", err, err), "wrong\"") {
			t.Error("the PIN stands in the error")
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	right := tokentest.Open(t, c, keystore.NewMemory())
	if _, err := right.Signer(ctx, "ca"); !keystore.UnknownKey.Is(err) {
		t.Errorf("the right PIN afterwards: %v", err)
	}
}

// The token's files vanish while its key is in use, and come back.
func TestTokenGoesAwayAndComesBack(t *testing.T) {
	c := tokentest.New(t)
	s := tokentest.Open(t, c, keystore.NewMemory())
	k, err := s.CreateSigner(ctx, "ca", keystore.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	tokens := filepath.Join(filepath.Dir(os.Getenv("SOFTHSM2_CONF")), "tokens")
	if err := os.Rename(tokens, tokens+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tokens, 0o700); err != nil {
		t.Fatal(err)
	}
	d := sha256.Sum256(nil)
	if err := s.Close(); err != nil { // SoftHSM itself keeps what it has loaded
		t.Fatal(err)
	}
	if _, err := k.Sign(rand.Reader, d[:], crypto.SHA256); !token.TokenGone.Is(err) {
		t.Errorf("gone: %v", err)
	}
	if err := os.Remove(tokens); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(tokens+".away", tokens); err != nil {
		t.Fatal(err)
	}
	sig, err := k.Sign(rand.Reader, d[:], crypto.SHA256)
	if err != nil || !ecdsa.VerifyASN1(k.Public().(*ecdsa.PublicKey), d[:], sig) {
		t.Errorf("back again: %v", err)
	}
}

// A key made outside and imported, and a second key of one name, are refused.
func TestForeignKeysAreRefused(t *testing.T) {
	c := tokentest.New(t)
	imported, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(imported)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	tokentest.Util(t, "--import", file, "--token", "kado", "--label", "kado/imported", "--id", "01", "--pin", tokentest.PIN)
	s := tokentest.Open(t, c, keystore.NewMemory())
	if _, err := s.Signer(ctx, "imported"); !token.UnfitKey.Is(err) {
		t.Errorf("imported: %v", err)
	}
	if _, err := s.CreateSigner(ctx, "imported", keystore.RSA2048); !token.UnfitKey.Is(err) {
		t.Errorf("made beside it: %v", err)
	}
	if _, err := s.CreateSigner(ctx, "twice", keystore.ECDSAP256); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	tokentest.Util(t, "--import", file, "--token", "kado", "--label", "kado/twice", "--id", "02", "--pin", tokentest.PIN)
	if _, err := s.Signer(ctx, "twice"); !token.AmbiguousKey.Is(err) {
		t.Errorf("two of one name: %v", err)
	}
}

// Two houses on one token do not see each other's keys.
func TestPrefixesKeepHousesApart(t *testing.T) {
	a := tokentest.New(t)
	a.Prefix = "a"
	b := a
	b.Prefix = "b"
	sa, sb := tokentest.Open(t, a, keystore.NewMemory()), tokentest.Open(t, b, keystore.NewMemory())
	ka, err := sa.CreateSigner(ctx, "ca", keystore.ECDSAP256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sb.Signer(ctx, "ca"); !keystore.UnknownKey.Is(err) {
		t.Errorf("the other's key: %v", err)
	}
	kb, err := sb.CreateSigner(ctx, "ca", keystore.ECDSAP384)
	if err != nil {
		t.Fatal(err)
	}
	if kb.Public().(*ecdsa.PublicKey).Curve != elliptic.P384() || ka.Public().(*ecdsa.PublicKey).Curve != elliptic.P256() {
		t.Error("keys exchanged")
	}
	list, err := sb.List(ctx)
	if err != nil || len(list) != 1 || list[0].Algorithm != keystore.ECDSAP384 {
		t.Errorf("%v, %v", list, err)
	}
}

// BenchmarkSign is the token's own rate, session by session.
func BenchmarkSign(b *testing.B) {
	c := tokentest.New(b)
	s := tokentest.Open(b, c, keystore.NewMemory())
	d := sha256.Sum256(nil)
	for _, a := range []keystore.Algorithm{keystore.RSA2048, keystore.ECDSAP384} {
		k, err := s.CreateSigner(ctx, strings.ToLower(string(a)), a)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(a)+"/one", func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Sign(rand.Reader, d[:], crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(string(a)+"/parallel", func(b *testing.B) {
			b.RunParallel(func(p *testing.PB) {
				for p.Next() {
					if _, err := k.Sign(rand.Reader, d[:], crypto.SHA256); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
