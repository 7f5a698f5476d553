package authority

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the certification authorities, 4000 to 4099. No serial number
// stands in a text: it is personal data (CRT-15).
var (
	NoCertificate = fault.Define(fault.Kind{
		Number: 4001, Class: fault.NotFound,
		What: lang.Text{JA: "その証明書の記録はありません。", EN: "There is no record of this certificate."},
		Why:  lang.Text{JA: "この認証局は、その発行番号の証明書を発行していません。", EN: "This authority issued no certificate under this serial number."},
		Cure: lang.Text{JA: "証明書の種類と発行番号を確かめてください。", EN: "Check kind and serial number."},
	})
	NotPermitted = fault.Define(fault.Kind{
		Number: 4002, Class: fault.Conflict,
		What: lang.Text{JA: "今の状態（%s）では、この手続（%s）はできません。", EN: "In the present state (%s) this act (%s) is not permitted."},
		Why:  lang.Text{JA: "証明書とカードの状態は、決められた順にしか進みません。失効した証明書は元に戻りません。", EN: "Certificates and cards go through their states in a fixed order. A revoked certificate never comes back."},
		Cure: lang.Text{JA: "カードと証明書の今の状態を確かめてください。失効しているときは、新しい証明書を発行してください。", EN: "Look at the present state of card and certificate. Where it is revoked, issue a new one."},
	})
	NotEntitled = fault.Define(fault.Kind{
		Number: 4003, Class: fault.Forbidden,
		What: lang.Text{JA: "この方には、この証明書を発行できません（%s）。", EN: "This person may not have this certificate (%s)."},
		Why:  lang.Text{JA: "署名用電子証明書は15歳以上の方に限られ、顔認証マイナンバーカードには発行されません。亡くなった方、国外に転出した方には発行されません。", EN: "A signature certificate needs the age of 15 and is not put on a PIN-less card. Nobody who has died or moved abroad is issued one."},
		Cure: lang.Text{JA: "住民記録の生年月日と異動、カードの種類を確かめてください。", EN: "Look at birth date and moves in the register, and at the kind of card."},
	})
	LintFailed = fault.Define(fault.Kind{
		Number: 4004, Class: fault.Internal,
		What: lang.Text{JA: "証明書の内容が規格に合わないため、発行しませんでした。", EN: "The certificate would break its profile and was not issued."},
		Why:  lang.Text{JA: "署名する前の検査で、決められた形と違うところが見つかりました。署名はしていません。", EN: "The examination before the signature found a difference. Nothing was signed."},
		Cure: lang.Text{JA: "氏名と住所の長さ、市区町村のローマ字を確かめてください。正しければ、この番号を添えて知らせてください。", EN: "Check the length of name and address and the municipality's Latin name. If they are right, report this number."},
	})
	KeyRefused = fault.Define(fault.Kind{
		Number: 4005, Class: fault.Invalid,
		What: lang.Text{JA: "この鍵は使えません（%s）。", EN: "The key is not acceptable (%s)."},
		Why:  lang.Text{JA: "鍵は、今の世代の方式（RSA 2048 ビット または ECDSA P-384）で、このカードのICチップのためだけに作られ、ほかの証明書に使われていないものに限ります。", EN: "A key is of the algorithm of the generation in force (RSA of 2048 bits or ECDSA P-384), made for this card's chip alone, and stands in no other certificate."},
		Cure: lang.Text{JA: "ICチップで新しい鍵を作り直してください。", EN: "Make a new key on the chip."},
	})
	RequestTaken = fault.Define(fault.Kind{
		Number: 4006, Class: fault.Conflict,
		What: lang.Text{JA: "この申込番号は、内容の違う申込みに使われています。", EN: "This request id was used for a request that differs."},
		Why:  lang.Text{JA: "一つの申込番号で発行できるのは、一つの証明書だけです。", EN: "One request id stands for one certificate."},
		Cure: lang.Text{JA: "新しい申込番号で申し込んでください。", EN: "Use a new request id."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 4007, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられない値があります（項目：%s）。", EN: "A value cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "値が空か、決められた形ではないか、規則に合いません。", EN: "It is empty, not of the form laid down, or against a rule."},
		Cure: lang.Text{JA: "値を確かめて、もう一度送ってください。", EN: "Check the value and send it again."},
	})
	NoGeneration = fault.Define(fault.Kind{
		Number: 4008, Class: fault.NotFound,
		What: lang.Text{JA: "認証局の第%d世代は、今は使えません。", EN: "Generation %d of the authority is not in use."},
		Why:  lang.Text{JA: "その世代はまだ始まっていないか、有効期間が終わっています。", EN: "It has not begun, or its life is over."},
		Cure: lang.Text{JA: "今の世代を確かめてください。", EN: "Look which generations there are."},
	})
)
