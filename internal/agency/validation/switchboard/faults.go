package switchboard

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the fault switchboard, 4150 to 4179.
var (
	NotInProduction = fault.Define(fault.Kind{
		Number: 4150, Class: fault.Forbidden,
		What: lang.Text{JA: "本番の設定では、応答の誤りを切り替えられません。", EN: "Faults cannot be switched on in a production setting."},
		Why:  lang.Text{JA: "この機能は、試験用の名前（JPKI-TEST）で発行する設定でだけ使えます。", EN: "The switchboard works only where certificates are issued under test names (JPKI-TEST)."},
		Cure: lang.Text{JA: "試験環境で使ってください。", EN: "Use it in a sandbox."},
	})
	NoSuchFault = fault.Define(fault.Kind{
		Number: 4151, Class: fault.NotFound,
		What: lang.Text{JA: "その名前の誤りはありません：%s", EN: "There is no fault of this name: %s"},
		Why:  lang.Text{JA: "一覧にある名前だけが使えます。", EN: "Only names from the list can be used."},
		Cure: lang.Text{JA: "一覧で名前を確かめてください。", EN: "Look the name up in the list."},
	})
	NotSwitched = fault.Define(fault.Kind{
		Number: 4152, Class: fault.NotFound,
		What: lang.Text{JA: "その範囲では何も切り替えられていません。", EN: "Nothing is switched on for this scope."},
		Why:  lang.Text{JA: "種類と番号の組に当たる記録がありません。", EN: "There is no record for this kind and serial number."},
		Cure: lang.Text{JA: "一覧で範囲を確かめてください。", EN: "Look the scope up in the list."},
	})
	TooManySwitches = fault.Define(fault.Kind{
		Number: 4153, Class: fault.Conflict,
		What: lang.Text{JA: "切り替えは%d件までです。", EN: "At most %d switches can be on."},
		Why:  lang.Text{JA: "応答のたびに見るので、数に上限があります。", EN: "They are looked at for every answer, so there is a limit."},
		Cure: lang.Text{JA: "要らないものを切ってください。", EN: "Clear what is no longer needed."},
	})
	TooYoung = fault.Define(fault.Kind{
		Number: 4154, Class: fault.Unavailable,
		What: lang.Text{JA: "期限の切れた応答者の証明書は、まだ作れません。", EN: "There can be no responder certificate yet that has expired."},
		Why:  lang.Text{JA: "この認証局の世代は、今日始まったばかりです。", EN: "The generation of the authority began today."},
		Cure: lang.Text{JA: "町の時計を一日進めてから、もう一度お試しください。", EN: "Move the sandbox's clock on by a day and try again."},
	})
)
