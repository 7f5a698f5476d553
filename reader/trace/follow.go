package trace

import (
	"bytes"
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
	language Language
	n        int // number of the last exchange

	app     layout.Application
	inApp   bool // app is selected
	since   int  // exchange that selected it
	other   bool // an application that is not in the catalogue is selected
	current uint16
	hasFile bool

	verified map[layout.Reference]int // by the exchange that did it
	wrong    map[layout.Reference]int // by the last exchange that failed
	dropped  map[place]drop           // verifications that a selection ended

	op cardmgmt.Op // of the issuer act that has begun, 0 for none
}

// drop is a verification that ended.
type drop struct{ verified, selected int }

func newFollower(l Language) *follower {
	return &follower{language: l, dropped: map[place]drop{}}
}

// say puts a text into the follower's language.
func (f *follower) say(t Text, args ...any) string { return t.In(f.language, args...) }

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
	f.followAct(v)
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

// followAct knows which issuer act is under way: anything but its own commands
// ends it, and so does a refusal, except of a mistyped PIN.
func (f *follower) followAct(v view) {
	switch {
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsBegin && v.sw.OK():
		if b, ok := cardmgmt.ParseBegin(v.cmd.Data); ok {
			f.op = b.Op
		}
	case v.cmd.CLA == 0x80 && (v.cmd.INS == cardmgmt.InsData || v.cmd.INS == cardmgmt.InsSetPIN) && (v.sw.OK() || v.cmd.INS == cardmgmt.InsSetPIN && v.sw == iso7816.WrongData):
	default:
		f.op = 0
	}
}

func (f *follower) forget() {
	f.op = 0
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
	app, ok := named(cmd)
	f.app, f.inApp, f.other = app, ok, !ok
}

// named finds the application that a SELECT by name means: the one with this
// AID, the only one whose AID begins so, or an applet of the allow-list.
func named(cmd iso7816.Command) (layout.Application, bool) {
	if len(cmd.Data) == 0 || cmd.P2&0x02 != 0 {
		return 0, false
	}
	var found []layout.Application
	for _, app := range append(layout.Applications(), layout.Master) {
		if bytes.HasPrefix(app.AID(), cmd.Data) {
			found = append(found, app)
		}
	}
	if bytes.HasPrefix(cmd.Data, cardmgmt.MunicipalCard.Prefix()) && len(cmd.Data) <= 16 {
		found = append(found, municipal)
	}
	if len(found) != 1 {
		return 0, false
	}
	return found[0], true
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
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsCommit && publicAnswer(f.op):
		clear(r)
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

// publicAnswer reports whether the answer to COMMIT is made of public keys and
// signatures. Digests of files tell a number to whoever tries them all, and
// what is in the free area tells of its holder.
func publicAnswer(op cardmgmt.Op) bool {
	return op != 0 && op != cardmgmt.Inspect && op != cardmgmt.ListApplets
}

// commandNames are the commands by class and instruction. The English name is
// the standard's.
var commandNames = map[[2]byte]Text{
	{0x00, 0xB0}:               {JA: "READ BINARY（ファイルを読む）", EN: "READ BINARY"},
	{0x00, 0xB2}:               {JA: "READ RECORD（レコードを読む）", EN: "READ RECORD"},
	{0x00, 0x24}:               {JA: "CHANGE REFERENCE DATA（暗証番号を変える）", EN: "CHANGE REFERENCE DATA"},
	{0x80, 0x32}:               {JA: "CHANGE KEY DATA（暗証番号を変える）", EN: "CHANGE KEY DATA"},
	{0x80, 0x2A}:               {JA: "SIGN（署名する）", EN: "SIGN"},
	{0x00, 0x88}:               {JA: "INTERNAL AUTHENTICATE（内部認証）", EN: "INTERNAL AUTHENTICATE"},
	{0x00, 0x84}:               {JA: "GET CHALLENGE（照合用の値を作る）", EN: "GET CHALLENGE"},
	{0x00, 0xCA}:               {JA: "GET DATA（データを読む）", EN: "GET DATA"},
	{0x80, 0xAE}:               {JA: "SET SESSION KEY（セッション鍵を決める）", EN: "SET SESSION KEY"},
	{0x80, 0xA2}:               {JA: "VERIFY TERMINAL CERTIFICATE（端末の証明書を確かめる）", EN: "VERIFY TERMINAL CERTIFICATE"},
	{0x80, 0xFC}:               {JA: "LAST COMMAND INDICATOR（最後の命令）", EN: "LAST COMMAND INDICATOR"},
	{0x80, cardmgmt.InsMode}:   {JA: "STATE MODE（顔認証カードかどうかを尋ねる）", EN: "STATE MODE (PIN-less or not)"},
	{0x80, cardmgmt.InsBegin}:  {JA: "BEGIN（発行者の操作を始める）", EN: "BEGIN issuer act"},
	{0x80, cardmgmt.InsData}:   {JA: "DATA（発行者の操作の台本）", EN: "DATA of an issuer act"},
	{0x80, cardmgmt.InsSetPIN}: {JA: "SET PIN（暗証番号を設定する）", EN: "SET PIN"},
	{0x80, cardmgmt.InsCommit}: {JA: "COMMIT（発行者の操作を行う）", EN: "COMMIT issuer act"},
}

// describe names the commands.
func (f *follower) describe(cmd iso7816.Command) string {
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0xA4 && cmd.P1 == 0x04:
		return f.say(Text{JA: "SELECT（アプリケーションを選択）", EN: "SELECT application"})
	case cmd.CLA == 0x00 && cmd.INS == 0xA4 && cmd.P1 == 0x02:
		return f.say(Text{JA: "SELECT（ファイルを選択）", EN: "SELECT file"})
	case cmd.CLA == 0x00 && cmd.INS == 0xA4:
		return f.say(Text{JA: "SELECT（選択）", EN: "SELECT"})
	case cmd.CLA == 0x00 && cmd.INS == 0x20 && len(cmd.Data) == 0:
		return f.say(Text{JA: "VERIFY（残り回数を尋ねる）", EN: "VERIFY (tries left?)"})
	case cmd.CLA == 0x00 && cmd.INS == 0x20:
		return f.say(Text{JA: "VERIFY（照合）", EN: "VERIFY"})
	}
	if t, ok := commandNames[[2]byte{cmd.CLA, cmd.INS}]; ok {
		return f.say(t)
	}
	return f.say(Text{JA: "命令 %02X %02X", EN: "command %02X %02X"}, cmd.CLA, cmd.INS)
}

func (f *follower) explain(v view) Explanation {
	if !v.ok {
		e := Explanation{Name: f.say(Text{JA: "形の正しくない命令", EN: "malformed command"}), Status: f.statusText(v)}
		if !v.has || !v.sw.OK() {
			e.Cause = f.say(Text{JA: "長さの欄が命令の長さに合いません", EN: "its length fields do not fit it"})
		}
		if v.sw == iso7816.SecurityIssue {
			e.Cause = f.cause(v)
		}
		return e
	}
	e := Explanation{Name: f.describe(v.cmd), Status: f.statusText(v)}
	e.Target = f.targetText(v)
	e.Access = f.accessText(v)
	if v.has && !v.sw.OK() {
		e.Cause = f.cause(v)
	}
	return e
}

func (f *follower) statusText(v view) string {
	if !v.has {
		return f.say(Text{JA: "応答なし", EN: "no answer"})
	}
	return statusName(v.sw, f.language)
}

func (f *follower) targetText(v view) string {
	switch {
	case v.cmd.CLA == 0x00 && v.cmd.INS == 0xA4 && v.cmd.P1 == 0x04:
		return f.selectionText(v.cmd)
	case v.cmd.CLA == 0x00 && v.cmd.INS == 0x84:
		return f.say(Text{JA: "乱数 %dバイト", EN: "%d random bytes"}, v.cmd.Le)
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsBegin:
		if b, ok := cardmgmt.ParseBegin(v.cmd.Data); ok {
			return f.say(opText(b.Op))
		}
	case v.cmd.CLA == 0x80 && (v.cmd.INS == cardmgmt.InsData || v.cmd.INS == cardmgmt.InsCommit) && f.op != 0:
		return f.say(opText(f.op))
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsMode:
		return f.say(Text{JA: "どの暗証番号に値があるか", EN: "which PINs have a value"})
	case v.targeted:
		return f.say(shortName(v.target.app)) + " " + f.nameOf(v.target.app, v.target.id)
	}
	return ""
}

func (f *follower) selectionText(cmd iso7816.Command) string {
	if len(cmd.Data) == 0 {
		return f.say(Text{JA: "最初のアプリケーション", EN: "the first application"})
	}
	if app, ok := named(cmd); ok {
		return f.say(applicationNames[app])
	}
	return f.say(Text{JA: "名前のはじめが同じアプリケーション", EN: "an application by a part of its name, or an unknown one"})
}

// opText names an issuer operation.
func opText(op cardmgmt.Op) Text { return Text{JA: opJA[op], EN: op.String()} }

var opJA = map[cardmgmt.Op]string{
	cardmgmt.Personalise: "製造時の書込み", cardmgmt.Inspect: "内容の照合", cardmgmt.Prove: "カード自身による証明",
	cardmgmt.Activate: "交付（使えるようにする）", cardmgmt.InitialisePIN: "暗証番号の再設定", cardmgmt.Rewrite: "記載事項の書換え",
	cardmgmt.GenerateKey: "鍵の生成", cardmgmt.SwitchKey: "新しい鍵への切替え", cardmgmt.DeleteKey: "鍵の消去",
	cardmgmt.LockPINs: "顔認証カードへの切替え", cardmgmt.ReleasePINs: "顔認証カードの解除", cardmgmt.Terminate: "カードの消去",
	cardmgmt.InstallApplet: "空き領域への搭載", cardmgmt.RemoveApplet: "空き領域からの削除", cardmgmt.ListApplets: "空き領域の一覧",
}

func (f *follower) accessText(v view) string {
	if v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsBegin {
		return f.say(Text{JA: "発行者の暗号文が必要（1回限り）", EN: "needs the issuer's one-time cryptogram"})
	}
	if v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsMode {
		return f.say(Text{JA: "だれでも使える", EN: "free"})
	}
	e, known := catalogue[v.target]
	if !known || !v.targeted {
		return ""
	}
	switch {
	case v.cmd.INS == 0x20 && v.cmd.CLA == 0x00 && len(v.cmd.Data) == 0:
		return f.say(Text{JA: "尋ねても回数は減らない", EN: "asking spends no try"})
	case v.cmd.INS == 0x20 && v.cmd.CLA == 0x00:
		return f.say(Text{JA: "値が違うと1回減る", EN: "a wrong value spends a try"})
	case v.cmd.INS == 0x24 || v.cmd.INS == 0x32:
		return f.say(Text{JA: "%sの照合が必要", EN: "needs %s"}, refName(v.target.app, layout.Reference(v.target.id)))
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsSetPIN:
		return f.say(Text{JA: "発行者の操作の中でだけ使える", EN: "only inside an issuer act"})
	case v.cmd.INS == 0xA4:
		return ""
	case e.kind == unknown:
		return f.say(Text{JA: "選択のほかには使えない", EN: "selecting is all that it takes; every use is refused"})
	case len(e.unlock) > 0 && e.policy:
		return f.say(Text{JA: "搭載時の決まりにより、%sの照合が必要", EN: "needs %s if the applet's policy says so"}, f.alternatives(v.target.app, e.unlock))
	case len(e.unlock) > 0:
		return f.say(Text{JA: "%sの照合が必要", EN: "needs %s"}, f.alternatives(v.target.app, e.unlock))
	case e.kind == file || e.kind == object || e.kind == key:
		return f.say(Text{JA: "だれでも使える", EN: "free"})
	}
	return ""
}

func (f *follower) alternatives(app layout.Application, refs []layout.Reference) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = f.say(refName(app, r))
	}
	return strings.Join(names, f.say(Text{JA: "または", EN: " or "}))
}
