//go:build !cgo

package token

import "kado/internal/platform/keystore"

// Built says whether this binary can open tokens.
const Built = false

// Store is what Open would return.
type Store struct{ keystore.Store }

// Open refuses: PKCS#11 libraries are called through cgo.
func Open(c Config, _ Options) (*Store, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return nil, NotBuilt.New()
}

// Close does nothing.
func (s *Store) Close() error { return nil }

// Where says which store this is.
func (s *Store) Where() string { return "token" }
