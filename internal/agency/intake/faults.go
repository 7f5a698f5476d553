package intake

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the intake.
var (
	NoSuchApplication = fault.Define(fault.Kind{
		Number: 2101, Class: fault.NotFound,
		What: lang.Text{JA: "その申請書IDの申請はありません。", EN: "There is no application with this id."},
		Why:  lang.Text{JA: "申請書IDは検査数字つきなので、打ち間違いが他人の申請に当たることはありません。", EN: "Application ids carry check digits, so a mistyped id never meets somebody else's application."},
		Cure: lang.Text{JA: "交付申請書の23桁の申請書IDを確かめて、もう一度入力してください。", EN: "Check the 23 digits on the application form and enter them again."},
	})
	NotInThisState = fault.Define(fault.Kind{
		Number: 2102, Class: fault.Conflict,
		What: lang.Text{JA: "この申請は今の状態ではその操作を受け付けません。", EN: "The application does not take this in its present state."},
		Why:  lang.Text{JA: "申請の流れ（作成→写真→申請→審査→受付）の順に合いません。", EN: "It does not fit the order of an application: draft, photo, submission, examination, acceptance."},
		Cure: lang.Text{JA: "申請の状態を確かめてください。終わった申請は変えられないので、必要なら新しい申請をします。", EN: "Look at the application's state. An ended application cannot be changed; open a new one if needed."},
	})
	BirthDateDiffers = fault.Define(fault.Kind{
		Number: 2103, Class: fault.Invalid,
		What: lang.Text{JA: "生年月日が住民基本台帳と一致しません。", EN: "The birth date does not match the register."},
		Why:  lang.Text{JA: "申請書IDの本人と入力した人が同じかどうかを、生年月日で確かめています。", EN: "The birth date shows that the application id belongs to whoever entered it."},
		Cure: lang.Text{JA: "申請書IDと生年月日を確かめてください。台帳の方が違うときは、お住まいの市区町村の窓口へお越しください。", EN: "Check application id and birth date. If the register is wrong, go to your municipality's counter."},
	})
	AlreadyOne = fault.Define(fault.Kind{
		Number: 2104, Class: fault.Conflict,
		What: lang.Text{JA: "この人にはすでに有効なカードか、受付中の申請があります。", EN: "The person has a living card or an open application already."},
		Why:  lang.Text{JA: "カードは一人一枚です。二枚目は更新か再交付としてだけ申請できます。", EN: "There is one card a person. A second one is a renewal or a reissue with its own reason."},
		Cure: lang.Text{JA: "受付中の申請を進めるか取り下げるか、更新または再交付として申請してください。", EN: "Go on with the open application or withdraw it, or apply for a renewal or a reissue."},
	})
	MayNotApply = fault.Define(fault.Kind{
		Number: 2105, Class: fault.Forbidden,
		What: lang.Text{JA: "この人はカードの申請ができません。", EN: "The person may not apply for a card."},
		Why:  lang.Text{JA: "住民として登録されていないか、死亡が登録されています。", EN: "The person is not registered as a resident, or a death was registered."},
		Cure: lang.Text{JA: "台帳の登録を確かめてください。", EN: "Check the register."},
	})
	PhotoChanged = fault.Define(fault.Kind{
		Number: 2106, Class: fault.Internal,
		What: lang.Text{JA: "保管している写真が、申請時に記録した写真と一致しません。", EN: "The stored photo is not the one recorded with the application."},
		Why:  lang.Text{JA: "写真の要約値が申請の記録と違います。取り違えを防ぐため、この写真は使いません。", EN: "The photo's digest differs from the application's record; such a photo is never used, lest somebody gets another person's face."},
		Cure: lang.Text{JA: "製造を止め、申請者に写真の再提出を頼んでください。保管庫の検査（kado fsck）も行ってください。", EN: "Stop production, ask the applicant for the photo again, and run kado fsck."},
	})
	SamePhoto = fault.Define(fault.Kind{
		Number: 2107, Class: fault.Conflict,
		What: lang.Text{JA: "同じ写真が別の人の申請に使われています。", EN: "The same photo is on another person's application."},
		Why:  lang.Text{JA: "一枚の写真が二人の申請に付くのは、取り違えかなりすましです。", EN: "One photo on two people's applications is a mix-up or an impersonation."},
		Cure: lang.Text{JA: "ご本人の写真を撮り直して送ってください。心当たりのない場合は市区町村へ連絡してください。", EN: "Send a new photo of the applicant. If this is unexpected, tell the municipality."},
	})
	NotTheirs = fault.Define(fault.Kind{
		Number: 2108, Class: fault.Forbidden,
		What: lang.Text{JA: "ほかの人の申請はできません。", EN: "You may not apply for somebody else."},
		Why:  lang.Text{JA: "オンラインでは、ご本人だけが自分の申請を扱えます。", EN: "Online, everybody handles their own application alone."},
		Cure: lang.Text{JA: "代理の方は、市区町村の窓口で申請してください。", EN: "A representative applies at the municipality's counter."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 2109, Class: fault.Invalid,
		What: lang.Text{JA: "申請の項目「%s」が正しくありません。", EN: "The application's item %q is malformed."},
		Why:  lang.Text{JA: "決められた選択肢か、写真の不備の番号ではありません。", EN: "It is none of the choices laid down, or no number of a photo defect."},
		Cure: lang.Text{JA: "項目を選び直してください。", EN: "Choose the item again."},
	})
	CheckNeedsDesk = fault.Define(fault.Kind{
		Number: 2110, Class: fault.Forbidden,
		What: lang.Text{JA: "申請時来庁方式は、窓口でだけ申し込めます。", EN: "Delivery with the identity check at application is applied for at a counter only."},
		Why:  lang.Text{JA: "この方式では、申請のときに職員が本人確認をします。", EN: "In this mode a member of staff checks the identity at the application."},
		Cure: lang.Text{JA: "窓口で申請するか、交付時来庁方式を選んでください。", EN: "Apply at the counter, or choose the check at pick-up."},
	})
	OtherMunicipality = fault.Define(fault.Kind{
		Number: 2111, Class: fault.Forbidden,
		What: lang.Text{JA: "この申請は、市区町村コード %s の窓口だけが扱えます。", EN: "Only a desk of the municipality %s may handle this application."},
		Why:  lang.Text{JA: "申請は、住民登録のある市区町村の職員が受け付けます。", EN: "Applications are taken by the staff of the municipality where the person is registered."},
		Cure: lang.Text{JA: "住所地の市区町村の窓口へ引き継いでください。", EN: "Hand over to the municipality where the person lives."},
	})
)
