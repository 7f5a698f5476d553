package hotline

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the stop line.
var (
	NoCard = fault.Define(fault.Kind{
		Number: 5101, Class: fault.NotFound,
		What: lang.Text{JA: "お話の内容に当たる、運用中のカードが見つかりません。", EN: "No card in operation fits what the caller says."},
		Why:  lang.Text{JA: "氏名と生年月日が一致し、運用中のカードを持つ人がいません。すでに停止しているか、お渡し前のカードかもしれません。", EN: "Nobody with this name and birth date holds a card in operation. It may be stopped already, or not delivered yet."},
		Cure: lang.Text{JA: "氏名の漢字と生年月日を聞き直してください。見つからなければ市区町村の窓口を案内します。", EN: "Ask for the spelling of the name and the birth date again. If it still fails, refer the caller to the municipality."},
	})
	MoreThanOne = fault.Define(fault.Kind{
		Number: 5102, Class: fault.Conflict,
		What: lang.Text{JA: "同じ氏名と生年月日の人が二人以上います。", EN: "More than one person has this name and birth date."},
		Why:  lang.Text{JA: "別の人のカードを止めないため、住所まで一致する人が一人に決まるまで止めません。", EN: "Lest another person's card is stopped, nothing is stopped until the address singles out one person."},
		Cure: lang.Text{JA: "住民票の住所を、番地まで聞いてください。", EN: "Ask for the address as registered, down to the house number."},
	})
	UnknownCause = fault.Define(fault.Kind{
		Number: 5103, Class: fault.Invalid,
		What: lang.Text{JA: "停止の理由か受付の項目が正しくありません。", EN: "The cause or an item of the report is malformed."},
		Why:  lang.Text{JA: "理由は紛失・盗難・不正利用の疑いのいずれかです。", EN: "The cause is loss, theft, or doubt that others know the PIN."},
		Cure: lang.Text{JA: "理由を選び直し、項目の長さを確かめてください。", EN: "Choose the cause again and check the length of the items."},
	})
)
