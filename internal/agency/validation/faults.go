package validation

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of validation, 4100 to 4199. No serial number stands in a text:
// it is personal data (CRT-15).
var (
	NotAccredited = fault.Define(fault.Kind{
		Number: 4101, Class: fault.Forbidden,
		What: lang.Text{JA: "本日有効な検証者の認定がありません。", EN: "There is no accreditation that is valid today."},
		Why:  lang.Text{JA: "失効情報や新旧の紐付けを照会できるのは、認定期間中の検証者だけです。", EN: "Only verifiers within the dates of their accreditation may ask for status and linkage."},
		Cure: lang.Text{JA: "認定の期間と検証者の番号を確かめ、切れているときは認定を受け直してください。", EN: "Check the dates and the verifier's id; have a lapsed accreditation renewed."},
	})
	NotCovered = fault.Define(fault.Kind{
		Number: 4102, Class: fault.Forbidden,
		What: lang.Text{JA: "この照会の目的は認定に含まれていません。", EN: "The accreditation does not cover this purpose."},
		Why:  lang.Text{JA: "認定は目的ごとに与えられます。", EN: "An accreditation is given for stated purposes."},
		Cure: lang.Text{JA: "認定された目的の範囲で照会するか、目的の追加を申請してください。", EN: "Ask only for the purposes granted, or apply for this one."},
	})
	NoLink = fault.Define(fault.Kind{
		Number: 4103, Class: fault.NotFound,
		What: lang.Text{JA: "この証明書の前の証明書はありません。", EN: "No earlier certificate is linked to this one."},
		Why:  lang.Text{JA: "初めての証明書か、まだ有効になっていないか、死亡やカードの返納によって紐付けが終わっています。", EN: "It is the first one, or never became valid, or the linkage ended with the holder's death or the return of the card."},
		Cure: lang.Text{JA: "新しい利用者として登録してください。", EN: "Register the holder as a new user."},
	})
	NoList = fault.Define(fault.Kind{
		Number: 4104, Class: fault.NotFound,
		What: lang.Text{JA: "この失効リストはまだ発行されていません。", EN: "This revocation list has not been issued yet."},
		Why:  lang.Text{JA: "認証局の種類、世代、市区町村の組合せに当たる一覧がありません。", EN: "There is no list for this authority, generation and municipality."},
		Cure: lang.Text{JA: "種類、世代、市区町村コードを確かめてください。", EN: "Check authority, generation and municipality code."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 4105, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられない値があります（項目：%s）。", EN: "A value cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "値が空か、長すぎるか、決められた形ではありません。", EN: "It is empty, too long, or not of the form laid down."},
		Cure: lang.Text{JA: "値を確かめて、もう一度送ってください。", EN: "Check the value and send it again."},
	})
)
