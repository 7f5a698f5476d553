package login

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of login, 4200 to 4299, each for one cause (CRT-57). They are shown
// to relying parties: none holds a serial number or anything else of the holder's
// (P-51).
var (
	NoParty = fault.Define(fault.Kind{
		Number: 4201, Class: fault.NotFound,
		What: lang.Text{JA: "そのサービスは登録されていません。", EN: "There is no such relying party."},
		Why:  lang.Text{JA: "ログインを受け付けられるのは、登録済みのサービスだけです。", EN: "Only registered relying parties may ask for a login."},
		Cure: lang.Text{JA: "サービスの番号を確かめるか、登録してください。", EN: "Check the party's id, or register it."},
	})
	NoChallenge = fault.Define(fault.Kind{
		Number: 4202, Class: fault.Conflict,
		What: lang.Text{JA: "このログインの受付けは使えません。", EN: "This challenge cannot be used."},
		Why:  lang.Text{JA: "受付けが存在しないか、5分の有効時間が過ぎたか、すでに使われています。", EN: "It does not exist, its five minutes are over, or it was used before."},
		Cure: lang.Text{JA: "ログインを初めからやり直してください。", EN: "Begin the login anew."},
	})
	BadSignature = fault.Define(fault.Kind{
		Number: 4203, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの署名が正しくありません。", EN: "The card's signature is wrong."},
		Why:  lang.Text{JA: "この受付けの内容に、この証明書の鍵で署名されたものではありません。別のサイトや別の受付けへの署名は使えません。", EN: "It was not made over this challenge by the key of this certificate. A signature for another site or challenge does not count."},
		Cure: lang.Text{JA: "サイトの名前を確かめ、ログインを初めからやり直してください。", EN: "Check the name of the site and begin the login anew."},
	})
	WrongCertificate = fault.Define(fault.Kind{
		Number: 4204, Class: fault.Invalid,
		What: lang.Text{JA: "この証明書ではログインできません。", EN: "This certificate cannot be used to log in."},
		Why:  lang.Text{JA: "利用者証明用の認証局が発行したものではないか、決められた形ではありません。署名用電子証明書は使えません。", EN: "It was not issued by the user authentication authority, or is not of its profile. A signature certificate does not serve."},
		Cure: lang.Text{JA: "利用者証明用電子証明書を選んでください。", EN: "Choose the user authentication certificate."},
	})
	OutsideValidity = fault.Define(fault.Kind{
		Number: 4205, Class: fault.Forbidden,
		What: lang.Text{JA: "電子証明書の有効期間の外です。", EN: "The certificate is outside its period of validity."},
		Why:  lang.Text{JA: "有効期限が切れているか、まだ始まっていません。", EN: "It has expired, or its validity has not begun."},
		Cure: lang.Text{JA: "お住まいの市区町村の窓口で電子証明書を更新してください。手数料はかかりません。", EN: "Renew the certificate at the municipality's counter, free of charge."},
	})
	Suspended = fault.Define(fault.Kind{
		Number: 4206, Class: fault.Forbidden,
		What: lang.Text{JA: "電子証明書が一時停止されています。", EN: "The certificate is suspended."},
		Why:  lang.Text{JA: "カードの一時利用停止の届けが出ています。", EN: "The temporary suspension of the card was reported."},
		Cure: lang.Text{JA: "カードが見つかったときは、窓口で一時停止の解除を受けてください。", EN: "If the card was found, have the suspension lifted at the counter."},
	})
	Revoked = fault.Define(fault.Kind{
		Number: 4207, Class: fault.Forbidden,
		What: lang.Text{JA: "電子証明書は失効しています。", EN: "The certificate is revoked."},
		Why:  lang.Text{JA: "更新や再交付、カードの廃止などで失効した証明書は、元に戻りません。", EN: "A certificate that was replaced or whose card ended never comes back."},
		Cure: lang.Text{JA: "新しいカードか新しい電子証明書を使ってください。", EN: "Use the new card or the new certificate."},
	})
	StatusUnknown = fault.Define(fault.Kind{
		Number: 4208, Class: fault.Forbidden,
		What: lang.Text{JA: "認証局がこの電子証明書を知りません。", EN: "The authority does not know this certificate."},
		Why:  lang.Text{JA: "発行の記録がない証明書は、形が正しくても受け付けません。", EN: "A certificate without a record of its issue is not accepted, however well formed."},
		Cure: lang.Text{JA: "窓口でカードを確かめてもらってください。", EN: "Have the card examined at the counter."},
	})
	NoStatus = fault.Define(fault.Kind{
		Number: 4209, Class: fault.Unavailable,
		What: lang.Text{JA: "電子証明書の有効性を確かめられませんでした。", EN: "The status of the certificate could not be learned."},
		Why:  lang.Text{JA: "失効情報の答えが届かないか、答えが確かなものではありません。確かめられないときは受け付けません。", EN: "No answer came, or none that can be relied upon. Without one nothing is accepted."},
		Cure: lang.Text{JA: "少し待ってから、ログインを初めからやり直してください。", EN: "Wait a moment and begin the login anew."},
	})
	NotYetValid = fault.Define(fault.Kind{
		Number: 4210, Class: fault.Forbidden,
		What: lang.Text{JA: "電子証明書はまだ有効になっていません。", EN: "The certificate is not valid yet."},
		Why:  lang.Text{JA: "電子証明書は、カードを窓口で受け取ったときに有効になります。", EN: "It becomes valid when the card is delivered at the counter."},
		Cure: lang.Text{JA: "カードの交付を受けてから使ってください。", EN: "Use it after the card was delivered."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 4211, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられない値があります（項目：%s）。", EN: "A value cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "名前は1～100文字、オリジンは https://shop.example の形（小文字、末尾の / やパスなし）に限ります。", EN: "A name has 1 to 100 characters; an origin looks like https://shop.example, lower case, without path or final slash."},
		Cure: lang.Text{JA: "値を直して、もう一度登録してください。", EN: "Mend the value and register again."},
	})
	OriginTaken = fault.Define(fault.Kind{
		Number: 4212, Class: fault.Conflict,
		What: lang.Text{JA: "このオリジンは別のサービスに登録されています。", EN: "The origin belongs to another relying party."},
		Why:  lang.Text{JA: "一つのサイトは一つのサービスとしてだけ登録できます。利用者の識別子をサイトごとに分けるためです。", EN: "One site is one party, since each holder has one id at each site."},
		Cure: lang.Text{JA: "登録済みのサービスを使うか、別のオリジンで登録してください。", EN: "Use the registered party, or register another origin."},
	})
)
