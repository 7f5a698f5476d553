//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// withChildren interrupts the program itself.
func withChildren(cmd *exec.Cmd) (killRest func()) {
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return func() {}
}
