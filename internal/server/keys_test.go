package server_test

import (
	"context"
	"testing"
	"time"

	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/token"
	"kado/internal/platform/keystore/token/tokentest"
	"kado/internal/server"
)

// A world is made with its keys in a token, opened again with and without the PIN,
// and never with another token.
func TestSandboxKeysInAToken(t *testing.T) {
	c, dir, ctx := tokentest.New(t), t.TempDir(), context.Background()
	pin := func() ([]byte, error) { return []byte(tokentest.PIN), nil }
	open := func(o server.SandboxOptions) (*server.Sandbox, error) {
		o.Dir, o.Cost, o.Municipality = dir, keystore.CheapCost, "13221"
		o.Default = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)
		return server.OpenSandbox(ctx, o)
	}
	box, err := open(server.SandboxOptions{Token: &c, TokenPIN: pin})
	if err != nil {
		t.Fatal(err)
	}
	if err := box.House.Daily(ctx); err != nil {
		t.Error(err)
	}
	if where := keystore.Where(box.Keys); where != "token" {
		t.Errorf("keys in a %s", where)
	}
	list, err := box.Keys.List(ctx)
	signing, secrets := 0, 0
	for _, k := range list {
		if k.Algorithm != "" {
			signing++
		} else {
			secrets++
		}
	}
	if err != nil || signing < 2 || secrets == 0 {
		t.Errorf("%d signing keys, %d secrets: %v", signing, secrets, err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	box, err = open(server.SandboxOptions{MustExist: true})
	if err != nil {
		t.Fatalf("without the PIN: %v", err)
	}
	if _, err := box.Keys.Signer(ctx, "ca-signature-1"); !token.NoPIN.Is(err) {
		t.Errorf("a key without the PIN: %v", err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	other := c
	other.TokenLabel = "other"
	if _, err := open(server.SandboxOptions{Token: &other, TokenPIN: pin}); !server.OtherKeys.Is(err) {
		t.Errorf("another token: %v", err)
	}
	box, err = open(server.SandboxOptions{Token: &c, TokenPIN: pin})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if _, err := box.Keys.Signer(ctx, "ca-signature-1"); err != nil {
		t.Error(err)
	}
}
