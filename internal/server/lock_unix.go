//go:build unix

package server

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lockFolder takes a world's folder for this process until the result is
// closed, or the process ends in any way. Another process gets InUse.
func lockFolder(path string) (io.Closer, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, CannotWrite.Because(err, path)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, InUse.Because(f.Close())
	}
	return nil, CannotWrite.Because(errors.Join(err, f.Close()), path)
}

// flushFolder makes a rename in a folder last.
func flushFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
