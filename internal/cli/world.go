package cli

import (
	"errors"
	"os"
	"path/filepath"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/server"
)

// worldFlags say which kept world a command looks at.
type worldFlags struct {
	Data string `help:"Folder of the kept world; the user's data folder by default." placeholder:"DIR" env:"KADO_DATA"`
	JSON bool   `help:"As a JSON document."`
	keysPIN
}

func (w worldFlags) dir() (string, error) {
	if w.Data != "" {
		return w.Data, nil
	}
	if d := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "kado"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", BadArguments.Because(err, "--data")
	}
	return filepath.Join(home, ".local", "share", "kado"), nil
}

func (w worldFlags) open(c *console) (*server.Sandbox, error) {
	dir, err := w.dir()
	if err != nil {
		return nil, err
	}
	return server.OpenSandbox(c.ctx, server.SandboxOptions{Dir: dir, MustExist: true, TokenPIN: w.pin()})
}

// openAt opens the world with its clock at start. Without one the clock goes on
// where it stopped, or with the machine's time where that is later: certificates
// of a world that nobody moved are judged today, as clients beside it do.
func (w worldFlags) openAt(c *console, start time.Time) (*server.Sandbox, error) {
	dir, err := w.dir()
	if err != nil {
		return nil, err
	}
	box, err := server.OpenSandbox(c.ctx, server.SandboxOptions{Dir: dir, MustExist: true, Start: start, TokenPIN: w.pin()})
	if err != nil {
		return nil, err
	}
	if now := clock.System().Now(); start.IsZero() && now.After(box.Clock.Now()) {
		if err := box.Clock.Set(now); err != nil {
			return nil, errors.Join(err, box.Close())
		}
	}
	return box, nil
}
