package vpcdtest

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"unsafe"
)

// room marks a test program that runs in namespaces of its own.
const room = "KADO_VPCD_ROOM"

// Main runs the tests of a program in namespaces of its own and returns the
// exit code for os.Exit.
func Main(m *testing.M) int {
	flag.Parse()
	if os.Getenv(room) != "" {
		if err := furnish(); err != nil {
			fmt.Fprintln(os.Stderr, "vpcdtest:", err)
			return noRoom
		}
		return m.Run()
	}
	if fuzzing() {
		// The fuzzing engine speaks with its workers over pipes of their own.
		return m.Run()
	}
	code, err := again()
	if err != nil || code == noRoom {
		return m.Run()
	}
	return code
}

// noRoom is the exit code of a child that could not furnish its namespaces.
const noRoom = 97

func fuzzing() bool {
	for _, name := range []string{"test.fuzz", "test.fuzzworker"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" && f.Value.String() != "false" {
			return true
		}
	}
	return false
}

// again runs the same program in new namespaces. An error means that there are
// none to be had.
func again() (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	// The child dies with this thread, which must therefore live on.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), room+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return 0, err
	}
	if code := cmd.ProcessState.ExitCode(); code >= 0 {
		return code, nil
	}
	return 1, nil
}

// furnish gives the namespaces an empty /run for the daemon's socket and a
// network of its own loopback.
func furnish() error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	if err := syscall.Mount("none", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("an empty /run: %w", err)
	}
	if err := os.Mkdir("/run/pcscd", 0o755); err != nil {
		return err
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	request := struct {
		name  [16]byte
		flags uint16
		_     [22]byte
	}{flags: syscall.IFF_UP | syscall.IFF_RUNNING}
	copy(request.name[:], "lo")
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("loopback up: %w", errno)
	}
	return nil
}

// takeTurn holds the machine's one place for a pcscd where the program has no
// namespaces of its own.
func takeTurn(tb testing.TB) {
	tb.Helper()
	if os.Getenv(room) != "" {
		return
	}
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "kado-pcscd.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
}
