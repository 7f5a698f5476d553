//go:build unix

package cli

import (
	"path/filepath"
	"syscall"
	"testing"
)

func TestReadFile_PipeIsRefused_KADO1002(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	within(t, func() {
		if _, err := readFile(pipe, 10); !CannotRead.Is(err) {
			t.Errorf("a pipe: %v", err)
		}
	})
}
