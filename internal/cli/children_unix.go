//go:build unix

package cli

import (
	"os/exec"
	"syscall"
)

// withChildren has a program begin a process group, so that it ends together with what it
// started itself (go run and npx start the program proper).
func withChildren(cmd *exec.Cmd) (killRest func()) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	return func() {
		if cmd.Process != nil {
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // there may be none left
		}
	}
}
