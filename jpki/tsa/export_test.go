package tsa

import "crypto"

// KeyForTest is the authority's key, for a second process with the same key.
func KeyForTest(a *Authority) crypto.Signer { return a.key }
