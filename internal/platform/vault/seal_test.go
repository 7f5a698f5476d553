package vault

import (
	"context"
	"testing"

	"kado/internal/platform/keystore"
)

func TestSealIsBoundToPersonKindAndKey(t *testing.T) {
	ctx := context.Background()
	keys := keystore.NewMemory()
	v, err := Open(ctx, nil, keys, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	nonce, sealed, keyID, err := v.seal(ctx, "p-a", residentCode, "digits")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := v.unseal(ctx, "p-a", residentCode, keyID, nonce, sealed); err != nil || got != "digits" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := keys.CreateSecret(ctx, sealKey(2), 32); err != nil {
		t.Fatal(err)
	}
	if _, err := v.unseal(ctx, "p-b", residentCode, keyID, nonce, sealed); !Sealed.Is(err) {
		t.Errorf("another person: %v", err)
	}
	if _, err := v.unseal(ctx, "p-a", individualNumber, keyID, nonce, sealed); !Sealed.Is(err) {
		t.Errorf("another kind: %v", err)
	}
	if _, err := v.unseal(ctx, "p-a", residentCode, sealKey(2), nonce, sealed); !Sealed.Is(err) {
		t.Errorf("another key: %v", err)
	}
	again, _, newest, err := v.seal(ctx, "p-a", residentCode, "digits")
	if err != nil || newest != sealKey(2) || string(again) == string(nonce) {
		t.Errorf("sealed under %s: %v", newest, err)
	}
}
