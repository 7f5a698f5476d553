package trace

import (
	"bytes"
	"fmt"
	"strings"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/reader"
)

// follower goes through a conversation and knows at each point what is selected
// and verified, as far as the bytes tell. It reads nothing that a masked trace
// hides, so it says the same of a trace before and after masking.
type follower struct {
	n int // number of the last exchange

	app     layout.Application
	inApp   bool // app is selected
	since   int  // exchange that selected it
	other   bool // an application that is not in the catalogue is selected
	current uint16
	hasFile bool

	verified map[layout.Reference]int // by the exchange that did it
	wrong    map[layout.Reference]int // by the last exchange that failed
	dropped  map[place]drop           // verifications that a selection ended
}

// drop is a verification that ended.
type drop struct{ verified, selected int }

func newFollower() *follower { return &follower{dropped: map[place]drop{}} }

// view is one command as the follower understands it.
type view struct {
	cmd iso7816.Command
	ok  bool // cmd could be parsed
	sw  iso7816.Status
	has bool // a status word came
	// target is what the command speaks of.
	target   place
	targeted bool
}

// next explains one exchange and says which of its bytes are to be hidden. A
// masked exchange is understood as well as a plain one.
func (f *follower) next(command, response []byte) (e Explanation, hideCommand, hideResponse []bool) {
	f.n++
	v := f.look(command, response)
	e = f.explain(v)
	hideCommand, hideResponse = f.mask(v, command, response)
	// What follows from the exchange is taken from its masked form, so that a
	// saved trace is followed exactly as it was recorded.
	f.advance(f.look(hide(command, hideCommand).Data, hide(response, hideResponse).Data))
	return e, hideCommand, hideResponse
}

func (f *follower) look(command, response []byte) view {
	var v view
	if r, err := iso7816.ParseResponse(response); err == nil {
		v.sw, v.has = r.SW, true
	}
	cmd, err := iso7816.ParseCommand(bytes.Clone(command))
	if err != nil {
		return v
	}
	v.cmd, v.ok = cmd, true
	if id, ok := f.targetOf(cmd); ok {
		app := f.app
		if isGetData(cmd) {
			app = layout.Master
		}
		if cmd.INS == cardmgmt.InsSetPIN && cmd.CLA == 0x80 {
			app = layout.Application(cmd.P1)
		}
		v.target, v.targeted = place{app, id}, f.inApp || app != f.app || isGetData(cmd)
	}
	return v
}

func isGetData(cmd iso7816.Command) bool { return cmd.CLA == 0x00 && cmd.INS == 0xCA }

// targetOf finds the file, reference or key that a command speaks of.
func (f *follower) targetOf(cmd iso7816.Command) (uint16, bool) {
	short := func(b byte) (uint16, bool) {
		if b&0x1F == 0 {
			return f.current, f.hasFile
		}
		return uint16(b & 0x1F), true
	}
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0xA4 && cmd.P1 == 0x02 && len(cmd.Data) == 2:
		return uint16(cmd.Data[0])<<8 | uint16(cmd.Data[1]), true
	case cmd.CLA == 0x00 && cmd.INS == 0xB0 && cmd.P1&0x80 != 0:
		return short(cmd.P1)
	case cmd.CLA == 0x00 && cmd.INS == 0xB0:
		return short(0)
	case cmd.CLA == 0x00 && cmd.INS == 0xB2:
		return short(cmd.P2 >> 3)
	case cmd.CLA == 0x00 && (cmd.INS == 0x20 || cmd.INS == 0x24 || cmd.INS == 0x88), cmd.CLA == 0x80 && cmd.INS == 0x32:
		return short(cmd.P2)
	case cmd.CLA == 0x80 && cmd.INS == 0x2A && cmd.P2 == 0:
		ref, ok := defaultKeys[f.app]
		return uint16(ref), ok
	case cmd.CLA == 0x80 && cmd.INS == 0x2A:
		return short(cmd.P2)
	case cmd.CLA == 0x80 && cmd.INS == cardmgmt.InsSetPIN:
		return uint16(cmd.P2), true
	case isGetData(cmd):
		return uint16(cmd.P1)<<8 | uint16(cmd.P2), true
	}
	return 0, false
}

// advance takes over what the exchange changed.
func (f *follower) advance(v view) {
	if !v.has || v.has && v.sw == iso7816.MemoryFailure {
		// Without an answer, or after a fault of its memory, nothing is known of
		// the card any more.
		f.forget()
		return
	}
	if !v.ok {
		return
	}
	cmd := v.cmd
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0xA4 && cmd.P1 == 0x04:
		if v.sw.OK() {
			f.selectName(cmd)
		}
		return
	case cmd.CLA == 0x80 && cmd.INS == cardmgmt.InsCommit && v.sw.OK():
		f.verified, f.wrong = nil, nil
		return
	}
	if !v.targeted || v.target.app != f.app || !f.inApp {
		return
	}
	ref := layout.Reference(v.target.id)
	if v.sw != iso7816.FileNotFound && v.sw != iso7816.WrongParameters && !isGetData(cmd) && cmd.INS != cardmgmt.InsSetPIN {
		f.current, f.hasFile = v.target.id, true
	}
	if cmd.CLA == 0x00 && cmd.INS == 0x20 && len(cmd.Data) > 0 {
		if f.verified == nil {
			f.verified, f.wrong = map[layout.Reference]int{}, map[layout.Reference]int{}
		}
		delete(f.verified, ref)
		delete(f.wrong, ref)
		if v.sw.OK() {
			f.verified[ref] = f.n
		} else {
			f.wrong[ref] = f.n
		}
	}
}

func (f *follower) forget() {
	f.inApp, f.hasFile, f.other, f.verified, f.wrong = false, false, false, nil, nil
}

func (f *follower) selectName(cmd iso7816.Command) {
	if f.inApp {
		for ref, n := range f.verified {
			f.dropped[place{f.app, uint16(ref)}] = drop{n, f.n}
		}
	}
	f.forget()
	f.since = f.n
	for _, app := range append(layout.Applications(), layout.Master) {
		if bytes.Equal(app.AID(), cmd.Data) && cmd.P2&0x02 == 0 {
			f.app, f.inApp = app, true
			return
		}
	}
	f.other = true
}

// mask says which bytes a trace hides: what reader.Mask hides, except from files
// known to be open, and what tells cards apart.
func (f *follower) mask(v view, command, response []byte) (c, r []bool) {
	c, r = make([]bool, len(command)), make([]bool, len(response))
	// Only positions count, so the question is put with data that has no
	// asterisk in it.
	plain := bytes.Clone(command)
	if cmd, err := iso7816.ParseCommand(plain); err == nil {
		clear(cmd.Data)
	} else {
		clear(plain[min(4, len(plain)):])
	}
	mc, mr := reader.Mask(plain, make([]byte, len(response)))
	for i := range mc {
		c[i] = mc[i] != plain[i]
	}
	for i := range mr {
		r[i] = mr[i] != 0
	}
	if !v.ok {
		return c, r
	}
	e, known := catalogue[v.target]
	known = known && v.targeted
	switch {
	case v.cmd.CLA == 0x80 && v.cmd.INS == 0x2A && v.cmd.P1 != 0x00 && v.cmd.P1 != 0x02 && v.cmd.P1 != 0x04:
		// The card hashes: what is signed stands in the command.
		start := 5
		if v.cmd.Extended {
			start = 7
		}
		for i := start; i < start+len(v.cmd.Data); i++ {
			c[i] = true
		}
	case isGetData(v.cmd) && !(known && e.open):
		for i := range max(len(response)-2, 0) {
			r[i] = true
		}
	case known && (v.cmd.INS == 0xB0 || v.cmd.INS == 0xB2):
		offset := int(v.cmd.P1)<<8 | int(v.cmd.P2)
		if v.cmd.P1&0x80 != 0 {
			offset = int(v.cmd.P2)
		}
		if v.cmd.INS == 0xB2 {
			offset = 0
		}
		for i := range r {
			r[i] = r[i] && !e.open && offset+i >= e.openTo
		}
	}
	return c, r
}

// describe names the commands.
func describe(cmd iso7816.Command) string {
	type id struct{ cla, ins byte }
	switch (id{cmd.CLA, cmd.INS}) {
	case id{0x00, 0xA4}:
		switch cmd.P1 {
		case 0x04:
			return "SELECT application"
		case 0x02:
			return "SELECT file"
		}
		return "SELECT"
	case id{0x00, 0xB0}:
		return "READ BINARY"
	case id{0x00, 0xB2}:
		return "READ RECORD"
	case id{0x00, 0x20}:
		if len(cmd.Data) == 0 {
			return "VERIFY (tries left?)"
		}
		return "VERIFY"
	case id{0x00, 0x24}:
		return "CHANGE REFERENCE DATA"
	case id{0x80, 0x32}:
		return "CHANGE KEY DATA"
	case id{0x80, 0x2A}:
		return "SIGN"
	case id{0x00, 0x88}:
		return "INTERNAL AUTHENTICATE"
	case id{0x00, 0x84}:
		return "GET CHALLENGE"
	case id{0x00, 0xCA}:
		return "GET DATA"
	case id{0x80, 0xAE}:
		return "SET SESSION KEY"
	case id{0x80, 0xA2}:
		return "VERIFY TERMINAL CERTIFICATE"
	case id{0x80, 0xFC}:
		return "LAST COMMAND INDICATOR"
	case id{0x80, cardmgmt.InsBegin}:
		return "BEGIN issuer act"
	case id{0x80, cardmgmt.InsData}:
		return "DATA of an issuer act"
	case id{0x80, cardmgmt.InsSetPIN}:
		return "SET PIN"
	case id{0x80, cardmgmt.InsCommit}:
		return "COMMIT issuer act"
	}
	return fmt.Sprintf("command %02X %02X", cmd.CLA, cmd.INS)
}

func (f *follower) explain(v view) Explanation {
	if !v.ok {
		return Explanation{Name: "malformed command", Status: statusText(v), Cause: causeOf(v, "its length fields do not fit it")}
	}
	e := Explanation{Name: describe(v.cmd), Status: statusText(v)}
	e.Target = f.targetText(v)
	e.Access = f.accessText(v)
	if v.has && !v.sw.OK() {
		e.Cause = f.cause(v)
	}
	return e
}

func statusText(v view) string {
	if !v.has {
		return "no answer"
	}
	return v.sw.String()
}

func causeOf(v view, text string) string {
	if v.has && v.sw.OK() {
		return ""
	}
	return text
}

func (f *follower) targetText(v view) string {
	switch {
	case v.cmd.CLA == 0x00 && v.cmd.INS == 0xA4 && v.cmd.P1 == 0x04:
		for app, name := range applicationNames {
			if bytes.Equal(app.AID(), v.cmd.Data) {
				return name
			}
		}
		if len(v.cmd.Data) == 0 {
			return "the first application"
		}
		return "an application of the free area, or part of a name"
	case v.cmd.CLA == 0x00 && v.cmd.INS == 0x84:
		return fmt.Sprintf("%d random bytes", v.cmd.Le)
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsBegin:
		if b, ok := cardmgmt.ParseBegin(v.cmd.Data); ok {
			return b.Op.String()
		}
	case v.targeted:
		return v.target.app.String() + " " + nameOf(v.target.app, v.target.id)
	}
	return ""
}

func (f *follower) accessText(v view) string {
	e, known := catalogue[v.target]
	if !known || !v.targeted {
		return ""
	}
	switch {
	case v.cmd.INS == 0x20 && v.cmd.CLA == 0x00 && len(v.cmd.Data) == 0:
		return "asking spends no try"
	case v.cmd.INS == 0x20 && v.cmd.CLA == 0x00:
		return "a wrong value spends a try"
	case v.cmd.INS == 0x24 || v.cmd.INS == 0x32:
		return "needs " + refName(v.target.app, layout.Reference(v.target.id))
	case v.cmd.INS == cardmgmt.InsSetPIN:
		return "only inside an issuer act"
	case v.cmd.INS == 0xA4:
		return ""
	case len(e.unlock) > 0:
		return "needs " + alternatives(v.target.app, e.unlock)
	case e.kind == file || e.kind == object || e.kind == key:
		return "free"
	}
	return ""
}

func alternatives(app layout.Application, refs []layout.Reference) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = refName(app, r)
	}
	return strings.Join(names, " or ")
}
