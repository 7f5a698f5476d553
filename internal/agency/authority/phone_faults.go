package authority

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals about phones, 4050 to 4079.
var (
	NoOffer = fault.Define(fault.Kind{
		Number: 4050, Class: fault.NotFound,
		What: lang.Text{JA: "このスマートフォンの申込みは受け付けられません。", EN: "This offer for a phone cannot be taken up."},
		Why:  lang.Text{JA: "申込番号がないか、10分の期限が過ぎたか、内容が渡したものと違います。", EN: "There is no such offer, its ten minutes are over, or it is not as it was given."},
		Cure: lang.Text{JA: "はじめから申し込んでください。", EN: "Begin again."},
	})
	NotSignedByCard = fault.Define(fault.Kind{
		Number: 4051, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの署名を確かめられませんでした。", EN: "The card's signature does not hold."},
		Why:  lang.Text{JA: "署名用の鍵による署名ではないか、このスマートフォンの鍵について署名したものではありません。", EN: "It is not by the card's signature key, or not over the keys of this phone."},
		Cure: lang.Text{JA: "カードをかざし、署名用パスワードを入力して、もう一度署名してください。", EN: "Hold the card to the phone, enter the signature password and sign again."},
	})
	CardNotFit = fault.Define(fault.Kind{
		Number: 4052, Class: fault.Forbidden,
		What: lang.Text{JA: "このカードからは、スマートフォンの電子証明書を発行できません（%s）。", EN: "No certificates for a phone can be issued from this card (%s)."},
		Why:  lang.Text{JA: "カードが利用中で、元になる電子証明書が有効でなければなりません。", EN: "The card must be in operation and its certificate of the same kind valid."},
		Cure: lang.Text{JA: "カードと電子証明書の状態を確かめてください。失効しているときは、市区町村の窓口で発行を受けてください。", EN: "Look at the state of card and certificates; where one has ended, have it issued at your municipality's counter."},
	})
	PhoneKeyRefused = fault.Define(fault.Kind{
		Number: 4053, Class: fault.Invalid,
		What: lang.Text{JA: "スマートフォンの鍵は使えません（%s）。", EN: "A key of the phone is not acceptable (%s)."},
		Why:  lang.Text{JA: "鍵は、このスマートフォンの中で電子証明書ごとに一つずつ作られ、その鍵自身の署名で確かめられなければなりません。", EN: "Keys are made in this phone, one for each certificate, and each has to prove itself by its own signature."},
		Cure: lang.Text{JA: "スマートフォンで新しい鍵を作って、はじめから申し込んでください。", EN: "Make new keys in the phone and begin again."},
	})
	OtherPhone = fault.Define(fault.Kind{
		Number: 4054, Class: fault.Conflict,
		What: lang.Text{JA: "別のスマートフォンで電子証明書を利用中です。", EN: "Another phone of this person holds certificates."},
		Why:  lang.Text{JA: "電子証明書を入れられるスマートフォンは、一人一台です。", EN: "A person has certificates on one phone."},
		Cure: lang.Text{JA: "前のスマートフォンの利用を終えるか、機種変更として申し込んでください。", EN: "End the use of the other phone, or apply for its replacement."},
	})
	NoPhone = fault.Define(fault.Kind{
		Number: 4055, Class: fault.NotFound,
		What: lang.Text{JA: "そのスマートフォンの記録はありません。", EN: "There is no record of this phone."},
		Why:  lang.Text{JA: "番号が違います。", EN: "The id is wrong."},
		Cure: lang.Text{JA: "番号を確かめてください。", EN: "Check the id."},
	})
	WrongPhoneState = fault.Define(fault.Kind{
		Number: 4056, Class: fault.Conflict,
		What: lang.Text{JA: "スマートフォンの今の状態（%s）では、この手続（%s）はできません。", EN: "In the phone's present state (%s) this act (%s) is not permitted."},
		Why:  lang.Text{JA: "利用を終えたスマートフォンは元に戻りません。", EN: "A phone that has ended never comes back."},
		Cure: lang.Text{JA: "続けて使うときは、カードを使ってもう一度設定してください。", EN: "To go on, set the phone up anew with the card."},
	})
	OfferTaken = fault.Define(fault.Kind{
		Number: 4057, Class: fault.Conflict,
		What: lang.Text{JA: "この申込みは、内容の違う申込みに使われています。", EN: "This offer was used for a request that differs."},
		Why:  lang.Text{JA: "一つの申込みで設定できるのは、一台だけです。", EN: "One offer sets up one phone."},
		Cure: lang.Text{JA: "はじめから申し込んでください。", EN: "Begin again."},
	})
)
