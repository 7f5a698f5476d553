package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"kado/internal/conform"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
)

type conformCommand struct {
	RP      string        `name:"rp" help:"Address of the relying party that begins a login." placeholder:"URL"`
	Listen  string        `help:"Where the bad provider listens." default:"127.0.0.1:8090" placeholder:"HOST:PORT"`
	Base    string        `help:"How the relying party reaches it, if not by --listen." placeholder:"URL"`
	Probe   string        `help:"A page that tells who is logged in; by default the one on which a login ends." placeholder:"URL"`
	Marker  string        `help:"A text that stands there for who is logged in only." placeholder:"TEXT"`
	Refresh string        `help:"Where a logged-in browser sends a form to have new tokens fetched." placeholder:"URL"`
	Keys    string        `help:"File with the relying party's public keys (JWK set), to check its signatures." placeholder:"FILE"`
	Case    []string      `help:"Only this case; may be given several times." placeholder:"NAME"`
	Wait    time.Duration `help:"How long to wait for the relying party to answer." default:"30s" placeholder:"TIME"`
	List    bool          `help:"List the cases, and do nothing."`
	JSON    bool          `help:"As a JSON document."`
	Program []string      `arg:"" optional:"" passthrough:"" name:"command" help:"A command that starts the relying party, behind --; ISSUER is set for it."`
}

// Run grades the relying party.
func (v conformCommand) Run(c *console) (err error) {
	if v.List {
		return v.list(c)
	}
	if v.RP == "" {
		return BadArguments.New("--rp")
	}
	o := conform.Options{Start: v.RP, Base: v.Base, Probe: v.Probe, Marker: v.Marker, Refresh: v.Refresh, Only: v.Case, Wait: v.Wait, Clock: clock.System(), Entropy: entropy.System()}
	if v.Wait < 0 || v.Wait > time.Hour {
		return BadArguments.New("--wait")
	}
	if v.Keys != "" {
		b, err := readFile(v.Keys, 64<<10)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(b, &o.Keys); err != nil || len(o.Keys.Keys) == 0 {
			return BadArguments.New("--keys")
		}
		for _, k := range o.Keys.Keys {
			if !k.Valid() || !k.IsPublic() {
				return BadArguments.New("--keys")
			}
		}
	}
	ln, err := net.Listen("tcp", v.Listen)
	if err != nil {
		return CannotListen.Because(err, v.Listen)
	}
	defer ln.Close() // a second time after serving, which does nothing
	if o.Base == "" {
		o.Base = "http://" + ln.Addr().String()
	}
	var rp *program
	defer func() {
		if rp != nil {
			rp.stop()
		}
	}()
	args := trimDashes(v.Program)
	start := func(issuer string) (<-chan struct{}, error) {
		if rp != nil {
			rp.stop()
		}
		var err error
		if rp, err = c.start(args, "ISSUER="+issuer); err != nil {
			return nil, err
		}
		return rp.ended, nil
	}
	if len(args) > 0 {
		o.Restart = start
	}
	lab, err := conform.New(o)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: lab.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	defer func() {
		err = errors.Join(err, srv.Close())
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}()
	fmt.Fprintln(c.err, lang.Text{JA: "試験用の提供者：ISSUER=%s", EN: "The provider of this test: ISSUER=%s"}.With(c.lang, lab.Issuer()))
	if len(args) > 0 {
		if _, err := start(lab.Issuer()); err != nil {
			return err
		}
	}
	report, err := lab.Run(c.ctx)
	if err != nil {
		if c.ctx.Err() != nil {
			return Interrupted.Because(err)
		}
		return err
	}
	if v.JSON {
		err = c.json(report)
	} else {
		err = report.WriteText(c.out, c.lang)
	}
	if err == nil && !report.Passed {
		err = conform.RPFailed.New(report.Counts[conform.Fail])
	}
	return err
}

func trimDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// program runs beside this one.
type program struct {
	cancel context.CancelFunc
	ended  chan struct{} // closed once it has ended
}

// stop ends a program and waits until it has.
func (p *program) stop() {
	p.cancel()
	<-p.ended
}

// start runs a program beside this one until stop; what it says goes to
// standard error.
func (c *console) start(args []string, env string) (*program, error) {
	ctx, cancel := context.WithCancel(c.ctx)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	killRest := withChildren(cmd)
	cmd.WaitDelay = 5 * time.Second
	cmd.Env = append(os.Environ(), env)
	// A writer that is no file, so that nothing waits for grandchildren that keep
	// the descriptor.
	out := struct{ io.Writer }{c.err}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, BadArguments.Because(err, shorten(strings.Join(args, " ")))
	}
	p := &program{cancel, make(chan struct{})}
	go func() {
		defer close(p.ended)
		_ = cmd.Wait() // how it ends says nothing
		killRest()
	}()
	return p, nil
}

func (v conformCommand) list(c *console) error {
	type row struct {
		Case  string          `json:"case"`
		Level conform.Level   `json:"level"`
		Want  conform.Outcome `json:"want"`
		About lang.Text       `json:"about"`
		Why   lang.Text       `json:"why"`
	}
	var rows []row
	for _, k := range conform.Cases() {
		rows = append(rows, row{k.Name, k.Level, k.Want, k.About, k.Why})
	}
	if v.JSON {
		return c.json(rows)
	}
	for _, r := range rows {
		fmt.Fprintf(c.out, "%s %s %s\n", pad(r.Case, 28), pad(string(r.Level), 7), r.About.In(c.lang))
	}
	return nil
}
