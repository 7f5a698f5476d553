package trace

import (
	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// The causes that need nothing but a status word.
var plainCauses = map[iso7816.Status]Text{
	iso7816.EndOfFile:        {JA: "求めた長さより前にファイルが終わりました。受け取った分は欠けていません", EN: "the file ended before as many bytes as were asked for; those sent are complete"},
	iso7816.NoCurrentFile:    {JA: "アプリケーションを選択してから、ファイルを選択していません", EN: "no file was selected since the application was"},
	iso7816.RecordNotFound:   {JA: "このファイルのレコードは一つだけです", EN: "the file has one record only"},
	iso7816.FileTypeMismatch: {JA: "この命令は、別の種類のファイル、暗証番号、鍵のためのものです", EN: "the command is for another kind of file, reference or key"},
	iso7816.WrongOffset:      {JA: "ファイルは、この位置より前で終わっています", EN: "the file ends before this offset"},
	iso7816.WrongParameters:  {JA: "P1かP2が、この命令にはない値です", EN: "P1 or P2 has a value that this command does not know"},
	iso7816.InstructionUnknown: {JA: "選択されたアプリケーションは、この命令を知りません",
		EN: "the selected application does not know this command"},
	iso7816.ClassUnknown:  {JA: "カードは、このクラスの命令を知りません", EN: "the card does not know this class of commands"},
	iso7816.MemoryFailure: {JA: "カードがメモリーに書き込めませんでした。選択と照合の状態は失われました", EN: "the card could not write its memory; it has forgotten what was selected and verified"},
	iso7816.NoDiagnosis:   {JA: "カードは理由を示していません。鍵がないのかもしれません", EN: "the card gives no reason; the key may be missing"},
	iso7816.SecurityIssue: {JA: "ICチップが攻撃を検知し、中のものをすべて消去しました。このカードはもう何にも答えません",
		EN: "the chip sensed an attack and erased everything in it; it will answer nothing else ever again"},
	iso7816.WrongValue:         {JA: "値が違いました", EN: "the value was wrong"},
	iso7816.ChannelUnsupported: {JA: "このカードに論理チャネルはありません", EN: "the card has no logical channels"},
	iso7816.NotEnoughMemory:    {JA: "台本が長すぎるか、空き領域に入りません", EN: "the script is too long, or the free area has no room for it"},
}

var secureMessaging = Text{JA: "このアプリケーションでは、セキュアメッセージングを使っていません", EN: "secure messaging is not in use with this application"}

// cause is the likely reason for a status word other than 9000, from what was
// said before.
func (f *follower) cause(v view) string {
	verify := v.cmd.CLA == 0x00 && v.cmd.INS == 0x20
	query := verify && len(v.cmd.Data) == 0
	if n, ok := v.sw.TriesLeft(); ok {
		switch {
		case query && n == 0:
			return f.say(Text{JA: "ロックされているか、設定されていません。窓口で設定し直す必要があります", EN: "blocked, or never set; an office has to set it again"})
		case query:
			return ""
		case n == 0:
			return f.say(Text{JA: "値が違い、これが最後の1回でした。ロックされました", EN: "the value was wrong and that was the last try: the reference is blocked now"})
		}
		return f.say(Text{JA: "値が違いました。1回分が減りました", EN: "the value was wrong; a try was spent"})
	}
	switch v.sw {
	case iso7816.SecurityNotSatisfied:
		return f.notVerified(v)
	case iso7816.ReferenceBlocked:
		return f.say(Text{JA: "%sは、残り回数が0です。窓口で設定し直すまで、正しい値でも断られます", EN: "no try is left for %s: the right value is refused as well until an office sets it again"},
			refName(v.target.app, layout.Reference(v.target.id)))
	case iso7816.FileNotFound:
		return f.notFound(v)
	case iso7816.ReferenceNotFound:
		if isGetData(v.cmd) && (f.inApp && f.app != layout.Master || f.other) {
			return f.say(Text{JA: "データオブジェクトはカード発行者領域で読むものですが、アプリケーションが選択されています", EN: "data objects are read at master level, and an application is selected"})
		}
		return f.say(Text{JA: "カードに、これはありません", EN: "the card does not have this object"})
	case iso7816.WrongLength:
		if isGetData(v.cmd) || v.cmd.INS == 0xB2 {
			return f.say(Text{JA: "求めた長さより長いデータです。拡張長で求め直してください", EN: "the object is longer than the answer asked for: ask again with an extended length"})
		}
		return f.say(Text{JA: "短すぎるか、長すぎるか、必要な応答の長さが示されていません", EN: "too short, too long, or no answer asked for where one is due"})
	case iso7816.WrongData:
		return f.wrongData(v)
	case iso7816.ConditionsNotSatisfied:
		return f.notNow(v)
	case iso7816.SecureMessagingMissing, iso7816.SecureMessagingIncorrect, iso7816.SecureMessagingLost, iso7816.SecureMessagingRefused, iso7816.SessionKeyUnsupported:
		return f.say(secureMessaging)
	}
	if t, ok := plainCauses[v.sw]; ok {
		return f.say(t)
	}
	return f.say(Text{JA: "この命令に対するものとして知られていない状態語です", EN: "not a status word known for this command"})
}

func (f *follower) notFound(v view) string {
	switch {
	case v.cmd.INS == 0xA4 && v.cmd.P1 == 0x04:
		return f.say(Text{JA: "このカードにはそのアプリケーションがないか、別の目的のカードです", EN: "the card does not have this application, or was made for something else"})
	case isIssuer(v.cmd):
		return f.say(Text{JA: "台本に、このカードにないファイルがあります", EN: "the script names a file that is not on this card"})
	case !f.inApp:
		return f.say(Text{JA: "ファイルのあるアプリケーションが選択されていません", EN: "no application with files is selected"})
	}
	return f.say(Text{JA: "このカードの%sには、それがありません", EN: "the %s application of this card does not have it"}, shortName(f.app))
}

func (f *follower) wrongData(v view) string {
	switch {
	case v.cmd.INS == 0x24 || v.cmd.INS == 0x32 || v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsSetPIN:
		return f.say(Text{JA: "新しい値が、この暗証番号の決まりに合いません", EN: "the new value breaks the rules for this reference"})
	case v.cmd.CLA == 0x80 && v.cmd.INS == cardmgmt.InsCommit && f.op == cardmgmt.InstallApplet:
		return f.say(Text{JA: "空き領域の台本が正しくないか、そのAIDやスロットはすでに使われています", EN: "the script is malformed, or its AID or slot is taken"})
	case isIssuer(v.cmd):
		return f.say(Text{JA: "台本が正しくないか、足りないか、このカードのための鍵ではありません", EN: "the script is malformed or incomplete, or holds a key that is not for this chip"})
	}
	return f.say(Text{JA: "データが、この命令の形になっていません", EN: "the data is not of the form this command takes"})
}

func (f *follower) notNow(v view) string {
	if isIssuer(v.cmd) {
		return f.say(Text{JA: "カードの状態ではできない操作か、順序が違うか、必要な暗証番号が入力されていません",
			EN: "the card's state does not permit the operation, the order is wrong, or a listed PIN was not given"})
	}
	return f.say(Text{JA: "カードが使える状態にないか、今はこの命令の時ではありません", EN: "the card is not in operation, or this is not the time for the command"})
}

// isIssuer reports whether a command belongs to an issuer act.
func isIssuer(cmd iso7816.Command) bool {
	if cmd.CLA != 0x80 {
		return false
	}
	switch cmd.INS {
	case cardmgmt.InsBegin, cardmgmt.InsData, cardmgmt.InsSetPIN, cardmgmt.InsCommit:
		return true
	}
	return false
}

// notVerified tells which verification is missing, and where it got lost.
func (f *follower) notVerified(v view) string {
	refs := catalogue[v.target].unlock
	if v.cmd.INS == 0x24 || v.cmd.INS == 0x32 {
		refs = by(layout.Reference(v.target.id))
	}
	if isIssuer(v.cmd) {
		return f.say(Text{JA: "暗号文が、このカード、照合用の値、セッション、操作、台本のためのものではありません", EN: "the cryptogram is not for this card, challenge, session, operation and script"})
	}
	if v.target.app == layout.Text && v.target.id == uint16(layout.TextBlockedPIN) || !v.targeted || len(refs) == 0 {
		return f.say(Text{JA: "先に照合が必要です", EN: "something has to be verified first"})
	}
	text := f.say(Text{JA: "%sが、このアプリケーションを選択してから照合されていません", EN: "%s was not verified since this application was selected"}, f.alternatives(v.target.app, refs))
	if f.since > 0 {
		text += f.say(Text{JA: "（やり取り%d）", EN: " (exchange %d)"}, f.since)
	}
	for _, ref := range refs {
		if n, ok := f.wrong[ref]; ok {
			return text + f.say(Text{JA: "。やり取り%dの値は断られました", EN: "; the value in exchange %d was refused"}, n)
		}
	}
	for _, ref := range refs {
		if d, ok := f.dropped[place{v.target.app, uint16(ref)}]; ok {
			return text + f.say(Text{JA: "。やり取り%dで照合されましたが、やり取り%dでアプリケーションを選択したため失われました",
				EN: "; it was verified in exchange %d, and selecting an application in exchange %d dropped that"}, d.verified, d.selected)
		}
	}
	return text
}
