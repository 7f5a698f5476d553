//go:build unix

package chip

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile takes the image for this process until the file is closed.
func lockFile(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return ErrInUse
	}
	if err != nil {
		return fmt.Errorf("chip: locking a card image: %w", err)
	}
	return nil
}
