//go:build !unix

package chip

import "os"

// lockFile does nothing where the system has no advisory locks: one process
// per image is then the user's care.
func lockFile(*os.File) error { return nil }
