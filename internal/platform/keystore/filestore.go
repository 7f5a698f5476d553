package keystore

import (
	"context"
	"crypto"
)

// fileStore is a Memory whose additions are written to its file first, one
// process at a time.
type fileStore struct {
	*Memory
	f *file
}

func (s *fileStore) CreateSigner(ctx context.Context, id string, a Algorithm) (crypto.Signer, error) {
	return held(s, func() (crypto.Signer, error) { return s.Memory.CreateSigner(ctx, id, a) })
}

func (s *fileStore) CreateSecret(ctx context.Context, id string, n int) ([]byte, error) {
	return held(s, func() ([]byte, error) { return s.Memory.CreateSecret(ctx, id, n) })
}

// held runs create while no other process writes the file.
func held[T any](s *fileStore, create func() (T, error)) (T, error) {
	release, err := lockFile(s.f.path + ".lock")
	if err != nil {
		var none T
		return none, CannotAccess.Because(err)
	}
	defer release()
	return create()
}
