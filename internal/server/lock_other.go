//go:build !unix

package server

import (
	"io"
	"os"
)

// lockFolder does nothing where the system has no advisory locks: one process
// per folder is then the user's care.
func lockFolder(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, CannotWrite.Because(err, path)
	}
	return f, nil
}

// flushFolder does nothing where folders cannot be opened.
func flushFolder(string) error { return nil }
