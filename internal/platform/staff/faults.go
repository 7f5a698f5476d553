package staff

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the staff register, 1400 to 1499.
var (
	Malformed = fault.Define(fault.Kind{
		Number: 1400, Class: fault.Invalid,
		What: lang.Text{JA: "職員・窓口・端末の登録内容に誤りがあります（項目：%s）。", EN: "The record of a member, branch or terminal is not right (field: %s)."},
		Why:  lang.Text{JA: "必要な項目が空か、決められた形ではありません。", EN: "A required field is empty or not of the form laid down."},
		Cure: lang.Text{JA: "その項目を直してください。時刻は 08:30 の形、曜日は 12345（月～金）の形で入力します。", EN: "Mend that field. Times look like 08:30, weekdays like 12345 (Monday to Friday)."},
	})
	Exists = fault.Define(fault.Kind{
		Number: 1401, Class: fault.Conflict,
		What: lang.Text{JA: "その識別子はすでに使われています（%s）。", EN: "The id %s is taken."},
		Why:  lang.Text{JA: "職員・窓口・端末の識別子は、退職や廃止の後も使い回しません。", EN: "Ids of members, branches and terminals are never used twice, also after somebody has left."},
		Cure: lang.Text{JA: "別の識別子で登録してください。", EN: "Register it under another id."},
	})
	Unknown = fault.Define(fault.Kind{
		Number: 1402, Class: fault.NotFound,
		What: lang.Text{JA: "登録がありません（%s）。", EN: "%s is not registered."},
		Why:  lang.Text{JA: "その識別子の職員・窓口・端末は登録されていません。", EN: "No member, branch or terminal has that id."},
		Cure: lang.Text{JA: "識別子を確かめてください。", EN: "Check the id."},
	})
	NotStaff = fault.Define(fault.Kind{
		Number: 1403, Class: fault.Forbidden,
		What: lang.Text{JA: "この操作は職員だけが行えます。", EN: "Only a member of staff may do this."},
		Why:  lang.Text{JA: "職員として確認されていない方からの操作です。", EN: "Whoever asked has not been identified as staff."},
		Cure: lang.Text{JA: "ご自身の職員カードで利用を始めてください。", EN: "Sign in with your own staff card."},
	})
	NotActive = fault.Define(fault.Kind{
		Number: 1404, Class: fault.Forbidden,
		What: lang.Text{JA: "この職員の利用は止められています。", EN: "This member of staff may not act at present."},
		Why:  lang.Text{JA: "利用が停止されたか、退職しています。", EN: "The member was suspended or has left."},
		Cure: lang.Text{JA: "所属の責任者に確かめてください。", EN: "Ask the person in charge of the branch."},
	})
	NoRole = fault.Define(fault.Kind{
		Number: 1405, Class: fault.Forbidden,
		What: lang.Text{JA: "この操作に必要な役割を持っていません（%s）。", EN: "This needs the role %s."},
		Why:  lang.Text{JA: "操作ごとに、行える役割が決められています。", EN: "Each act is reserved to certain roles."},
		Cure: lang.Text{JA: "その役割を持つ職員に引き継いでください。", EN: "Hand over to a member with that role."},
	})
	SamePerson = fault.Define(fault.Kind{
		Number: 1406, Class: fault.Forbidden,
		What: lang.Text{JA: "この操作には、別々の職員が二人必要です。", EN: "This needs two different members of staff."},
		Why:  lang.Text{JA: "一人の職員だけでは行えない決まりです。", EN: "Nobody may do it alone."},
		Cure: lang.Text{JA: "もう一人の職員に、ご自身の職員カードで確認してもらってください。", EN: "Ask a second member to confirm with their own staff card."},
	})
	NoTerminal = fault.Define(fault.Kind{
		Number: 1407, Class: fault.Forbidden,
		What: lang.Text{JA: "この端末からは操作できません。", EN: "This terminal may not be used."},
		Why:  lang.Text{JA: "端末が登録されていないか、紛失の届けが出ているか、廃止されているか、別の窓口のものです。", EN: "It is not registered, reported missing, retired, or belongs to another branch."},
		Cure: lang.Text{JA: "所属の窓口に登録された端末を使ってください。見つかった端末は、責任者が紛失の届けを取り下げてから使えます。", EN: "Use a registered terminal of your own branch. A terminal that was found again can be used once the report is withdrawn."},
	})
	Closed = fault.Define(fault.Kind{
		Number: 1408, Class: fault.Forbidden,
		What: lang.Text{JA: "窓口の開いている時間ではありません。", EN: "The branch is closed at this time."},
		Why:  lang.Text{JA: "カードの交付や暗証番号の設定は、窓口の時間内だけ行えます。", EN: "Cards are delivered and PINs set within opening hours only."},
		Cure: lang.Text{JA: "開庁時間内に、もう一度お試しください。", EN: "Try again within opening hours."},
	})
	NotNow = fault.Define(fault.Kind{
		Number: 1409, Class: fault.Conflict,
		What: lang.Text{JA: "今の状態では、その変更はできません（%s）。", EN: "The present state (%s) does not permit this change."},
		Why:  lang.Text{JA: "職員と端末の状態は、決められた順にだけ変えられます。", EN: "Members and terminals change state only in the ways laid down."},
		Cure: lang.Text{JA: "今の状態を確かめてください。", EN: "Check the present state."},
	})
	OwnCase = fault.Define(fault.Kind{
		Number: 1410, Class: fault.Forbidden,
		What: lang.Text{JA: "ご自身やご家族の手続きは扱えません。", EN: "You may not handle your own or your family's case."},
		Why:  lang.Text{JA: "職員が自分や家族のカードを扱うことは禁じられています。", EN: "Staff do not handle their own or their kin's cards."},
		Cure: lang.Text{JA: "別の職員に引き継いでください。", EN: "Hand over to another member."},
	})
)
