package cli

import (
	"errors"
	"fmt"

	"kado/internal/cardtool"
	"kado/internal/platform/lang"
)

type pinCommands struct {
	Status pinStatusCommand `cmd:"" help:"Tries left of each PIN; asking spends none."`
	Verify pinVerifyCommand `cmd:"" help:"Try a PIN; right, it fills its tries up again."`
	Change pinChangeCommand `cmd:"" help:"Change a PIN; the new one is asked twice."`
}

type pinStatusCommand struct {
	sourceFlags
	JSON bool `help:"As a JSON document."`
}

func (s pinStatusCommand) Run(c *console) error {
	tool, done, err := s.open(c)
	if err != nil {
		return err
	}
	counters, err := tool.Status()
	if err = done(err); err != nil {
		return err
	}
	if s.JSON {
		return c.json(counters)
	}
	c.counters(counters)
	return nil
}

func (c *console) counters(all []cardtool.Counter) {
	for _, n := range all {
		state := lang.Text{JA: "残り%d回（満 %d）", EN: "%d of %d tries left"}.With(c.lang, n.Left, n.Full)
		if n.Blocked {
			state = lang.Text{JA: "ロックされているか、未設定", EN: "blocked, or never set"}.In(c.lang)
		}
		fmt.Fprintf(c.out, "  %s %s  %s\n", pad(n.ID, 15), pad(n.Name.In(c.lang), 46), state)
	}
}

type pinVerifyCommand struct {
	sourceFlags
	secretFlags
	PIN string `arg:"" enum:"signature,authentication,text,register,common,a,b,text-a,text-b" help:"Which: signature, authentication, text, register, common, a, b, text-a, text-b."`
}

func (v pinVerifyCommand) Run(c *console) error {
	return onCard(c, v.sourceFlags, v.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		r, _ := cardtool.ReferenceOf(v.PIN)
		if err := t.Verify(p, r, v.careful()); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "正しい値です：%s（残り%d回に戻りました）", EN: "right: %s (%d tries again)"}, r.Name.In(c.lang), r.Tries)
		return nil
	})
}

type pinChangeCommand struct {
	sourceFlags
	secretFlags
	PIN string `arg:"" enum:"signature,authentication,text,register,common" help:"Which: signature, authentication, text, register, common."`
}

func (v pinChangeCommand) Run(c *console) error {
	return onCard(c, v.sourceFlags, v.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		r, _ := cardtool.ReferenceOf(v.PIN)
		if err := t.Change(p, r, v.careful()); err != nil {
			return err
		}
		c.printf(lang.Text{JA: "変更しました：%s", EN: "changed: %s"}, r.Name.In(c.lang))
		return nil
	})
}

// onCard opens card and prompt, and closes both afterwards.
func onCard(c *console, s sourceFlags, secret secretFlags, do func(*cardtool.Tool, *prompt) error) error {
	p, err := secret.open(c)
	if err != nil {
		return err
	}
	tool, done, err := s.open(c)
	if err != nil {
		return errors.Join(err, p.Close())
	}
	return errors.Join(done(do(tool, p)), p.Close())
}
