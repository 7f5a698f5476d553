//go:build !unix

package keystore

// lockFile does nothing where the system has no flock: there, one process at a
// time may add keys.
func lockFile(string) (release func(), err error) { return func() {}, nil }

// syncDir does nothing where folders cannot be synced.
func syncDir(string) error { return nil }
