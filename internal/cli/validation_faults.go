package cli

import (
	"errors"
	"fmt"
	"strings"

	"kado/internal/agency/validation/switchboard"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/server"
	"kado/jpki"
)

type faultsCommands struct {
	List  faultsList  `cmd:"" help:"Show what is switched on, and what can be."`
	Set   faultsSet   `cmd:"" help:"Switch a fault on."`
	Clear faultsClear `cmd:"" help:"Switch a fault off."`
}

// operatorFlags say who of the world's staff acts.
type operatorFlags struct {
	As string `default:"ueda" help:"Id of the member of staff who acts: a CA operator." placeholder:"ID"`
}

func (o operatorFlags) actor() journal.Actor { return server.Staff(o.As, "") }

// scopeFlags say what a switch covers.
type scopeFlags struct {
	Kind   string `enum:",signature,authentication" default:"" help:"Only this authority: signature or authentication."`
	Serial string `help:"Only the certificate of this serial number (hexadecimal); needs --kind." placeholder:"HEX"`
}

// serial is as the records write it; other programs print capital letters.
func (s scopeFlags) serial() string { return strings.ToLower(s.Serial) }

func (s scopeFlags) kind() jpki.Kind {
	k, err := jpki.ParseKind(s.Kind)
	if err != nil {
		return 0 // both
	}
	return k
}

// onBoard opens a world and its switchboard.
func onBoard(c *console, w worldFlags, f func(b *switchboard.Board) error) (err error) {
	box, err := w.open(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	b, err := box.Switchboard()
	if err != nil {
		return err
	}
	return f(b)
}

type faultsList struct{ worldFlags }

func (l faultsList) Run(c *console) error {
	return onBoard(c, l.worldFlags, func(b *switchboard.Board) error {
		all, err := b.List(c.ctx)
		if err != nil {
			return err
		}
		if l.JSON {
			docs := []switchboard.SwitchDocument{}
			for _, s := range all {
				docs = append(docs, s.Document())
			}
			return c.json(map[string]any{"on": docs})
		}
		if len(all) == 0 {
			c.printf(lang.Text{JA: "何も切り替えられていません", EN: "nothing is switched on"})
		}
		for _, s := range all {
			d := s.Document()
			fmt.Fprintf(c.out, "%-18s %-15s %s  %s %s\n", d.Fault, orAll(d.Kind), orAll(d.Serial), d.SetAt, d.SetBy)
		}
		fmt.Fprintln(c.out)
		for _, f := range switchboard.Faults {
			fmt.Fprintf(c.out, "%-18s %s\n", f.Name, f.Does.In(c.lang))
		}
		return nil
	})
}

func orAll(s string) string {
	if s == "" {
		return "*"
	}
	return s
}

type faultsSet struct {
	worldFlags
	operatorFlags
	scopeFlags
	Fault string `arg:"" help:"Name of the fault; see kado validation faults list."`
}

func (s faultsSet) Run(c *console) error {
	return onBoard(c, s.worldFlags, func(b *switchboard.Board) error {
		on, err := b.Set(c.ctx, s.actor(), s.Fault, s.kind(), s.serial())
		if err != nil {
			return err
		}
		if s.JSON {
			return c.json(on.Document())
		}
		c.printf(lang.Text{JA: "切り替えました：%s", EN: "switched on: %s"}, on.Fault)
		return nil
	})
}

type faultsClear struct {
	worldFlags
	operatorFlags
	scopeFlags
	All bool `help:"Everything that is on."`
}

func (s faultsClear) Run(c *console) error {
	return onBoard(c, s.worldFlags, func(b *switchboard.Board) error {
		var err error
		switch {
		case s.All && (s.Kind != "" || s.Serial != ""):
			return BadArguments.New("--all")
		case s.All:
			err = b.ClearAll(c.ctx, s.actor())
		default:
			err = b.Clear(c.ctx, s.actor(), s.kind(), s.serial())
		}
		if err != nil {
			return err
		}
		c.printf(lang.Text{JA: "切りました", EN: "switched off"})
		return nil
	})
}
