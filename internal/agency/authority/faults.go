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

	// Ceremonies, 4020 to 4049.
	UnfitPlan = fault.Define(fault.Kind{
		Number: 4020, Class: fault.Invalid,
		What: lang.Text{JA: "認証局の式次第を受け付けられません（項目：%s）。", EN: "The ceremony's plan cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "式次第は JSON の一つの値で、知らない項目があってはならず、行うことに要る項目がすべて要ります。", EN: "It is one JSON object without unknown fields, and with everything its act needs."},
		Cure: lang.Text{JA: "docs/ca.md の例に合わせて直してください。", EN: "Mend it after the example in docs/ca.md."},
	})
	NotAgreed = fault.Define(fault.Kind{
		Number: 4021, Class: fault.Conflict,
		What: lang.Text{JA: "確かめられた式次第ではありません。", EN: "This is not the plan that was agreed on."},
		Why:  lang.Text{JA: "渡されたハッシュが、このファイルの中身のものと違います。", EN: "The hash that was given is not that of this file's content."},
		Cure: lang.Text{JA: "--run を付けずに中身を二人で見直し、そこで示されたハッシュを渡してください。", EN: "Review it together without --run, and give the hash shown there."},
	})
	CeremonyOpen = fault.Define(fault.Kind{
		Number: 4022, Class: fault.Conflict,
		What: lang.Text{JA: "終わっていない式があります。", EN: "Another ceremony of this authority is unfinished."},
		Why:  lang.Text{JA: "前の式が途中で止まりました。鍵だけが作られているかもしれません。", EN: "It was cut off; a key may have been made already."},
		Cure: lang.Text{JA: "同じ式次第で --run をもう一度実行し、前の式を終えてください。", EN: "Run the same plan with --run again and finish it first."},
	})
	NotNext = fault.Define(fault.Kind{
		Number: 4023, Class: fault.Conflict,
		What: lang.Text{JA: "第%d世代は、今は扱えません（今の、または次の世代は第%d世代です）。", EN: "Generation %d is not the one to act on; %d is the next or newest."},
		Why:  lang.Text{JA: "世代は一つずつ順に作り、今使っている世代は退かせません。", EN: "Generations are made one after the other, and the one in force is not retired."},
		Cure: lang.Text{JA: "kado ca list で世代を確かめて、式次第を直してください。", EN: "Look at kado ca list and mend the plan."},
	})
	PlanOutdated = fault.Define(fault.Kind{
		Number: 4024, Class: fault.Conflict,
		What: lang.Text{JA: "式次第が今の認証局に合いません（項目：%s）。", EN: "The plan does not fit the authority as it is now (field: %s)."},
		Why:  lang.Text{JA: "式次第を作った後に、認証局の世代が変わりました。", EN: "The authority's generations have changed since it was made."},
		Cure: lang.Text{JA: "kado ca list の指紋で式次第を作り直してください。", EN: "Make it anew with the fingerprints of kado ca list."},
	})
	NotTheTime = fault.Define(fault.Kind{
		Number: 4025, Class: fault.Conflict,
		What: lang.Text{JA: "この式は %s から %s までの間に行います。", EN: "This ceremony is for the time from %s to %s."},
		Why:  lang.Text{JA: "有効期間の始まりより前と、始まりから7日を過ぎた後は行えません。", EN: "It is not permitted before the validity begins, nor more than seven days after."},
		Cure: lang.Text{JA: "その間に行うか、式次第の not_before を直してください。", EN: "Come back then, or mend not_before."},
	})
	OtherStore = fault.Define(fault.Kind{
		Number: 4026, Class: fault.Conflict,
		What: lang.Text{JA: "式次第の鍵の置き場所は %s ですが、今は %s が開かれています。", EN: "The plan is for the key store %s, but %s is open."},
		Why:  lang.Text{JA: "鍵は式次第に書かれた場所にしか作りません。", EN: "A key is made only where the plan says."},
		Cure: lang.Text{JA: "鍵装置を使うなら、その設定と PIN を渡してください。", EN: "For a token, give its configuration and PIN."},
	})
	KeyNotExpected = fault.Define(fault.Kind{
		Number: 4027, Class: fault.Conflict,
		What: lang.Text{JA: "鍵が式次第と合いません（%s）。", EN: "The key is not what the plan expects (%s)."},
		Why:  lang.Text{JA: "式の外で作られた鍵は、式次第に指紋が書かれていなければ使いません。", EN: "A key made outside a ceremony is used only where the plan names its fingerprint."},
		Cure: lang.Text{JA: "その鍵でよければ指紋を public_key に書き、そうでなければ鍵を片付けてください。", EN: "If it is the right one, put its fingerprint into public_key; if not, remove it."},
	})
	StillNeeded = fault.Define(fault.Kind{
		Number: 4028, Class: fault.Conflict,
		What: lang.Text{JA: "第%d世代は、まだ退かせません。", EN: "Generation %d cannot be retired yet."},
		Why:  lang.Text{JA: "この世代の証明書の有効期間が残っています。失効の情報に署名し続けなければなりません。", EN: "Certificates of it have not expired, and their revocation has to be signed."},
		Cure: lang.Text{JA: "最後の証明書の有効期間が過ぎてから行ってください。", EN: "Wait until the last of them has expired."},
	})
	CeremonyDue = fault.Define(fault.Kind{
		Number: 4029, Class: fault.Unavailable,
		What: lang.Text{JA: "認証局の第%d世代を、式で始めなければなりません。", EN: "Generation %d of the authority has to begin by a ceremony."},
		Why:  lang.Text{JA: "この世代は、式でしか始められない設定です。", EN: "This house begins generations by ceremonies alone."},
		Cure: lang.Text{JA: "式次第を作り、kado ca ceremony で行ってください。", EN: "Write a plan and run kado ca ceremony."},
	})
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
