package folk

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// What can go wrong with the people of a world, and what a card itself answers
// before any office is asked.
var (
	Unreadable = fault.Define(fault.Kind{
		Number: 7250, Class: fault.Internal,
		What: lang.Text{JA: "住民の一覧（folk.json）を読めません。", EN: "The list of people (folk.json) cannot be read."},
		Why:  lang.Text{JA: "書かれている形が、この版の Kado が書くものと違います。", EN: "It is not of the form that this version of Kado writes."},
		Cure: lang.Text{JA: "控えから戻すか、新しいフォルダで世界を作り直してください。", EN: "Restore it from a copy, or make a new world in another folder."},
	})
	NoPersona = fault.Define(fault.Kind{
		Number: 7251, Class: fault.NotFound,
		What: lang.Text{JA: "その名前の人はこの世界にいません（%s）。", EN: "Nobody of that name lives in this world (%s)."},
		Why:  lang.Text{JA: "名前が違うか、この世界ではその人のカードを作れませんでした。", EN: "The id is another, or the card could not be made in this world."},
		Cure: lang.Text{JA: "使える人は /sandbox/people と docs/relying-parties.md にあります。", EN: "See /sandbox/people or docs/relying-parties.md for those who are there."},
	})
	PINBlocked = fault.Define(fault.Kind{
		Number: 7252, Class: fault.Forbidden,
		What: lang.Text{JA: "暗証番号がロックされています。", EN: "The PIN is blocked."},
		Why:  lang.Text{JA: "決められた回数続けて間違えると、カードが正しい暗証番号も受け付けなくなります。", EN: "After too many wrong tries in a row the card refuses even the right one."},
		Cure: lang.Text{JA: "お住まいの市区町村の窓口で、暗証番号を再設定してください。", EN: "Have the PIN set anew at the municipality's counter."},
	})
	NoPIN = fault.Define(fault.Kind{
		Number: 7253, Class: fault.Forbidden,
		What: lang.Text{JA: "暗証番号のないカード（顔認証カード）です。", EN: "This is a card without PINs."},
		Why:  lang.Text{JA: "暗証番号の設定を希望しなかったカードでは、ログインも署名もできません。", EN: "A card whose holder wanted no PINs neither logs in nor signs."},
		Cure: lang.Text{JA: "窓口で暗証番号を設定するか、別の方法で手続をしてください。", EN: "Have PINs set at the counter, or use another way."},
	})
	Undelivered = fault.Define(fault.Kind{
		Number: 7254, Class: fault.Forbidden,
		What: lang.Text{JA: "まだ交付されていないカードです。", EN: "The card has not been delivered yet."},
		Why:  lang.Text{JA: "窓口で受け取るまで、カードは何も計算しません。", EN: "Until it is handed over at the counter the chip computes nothing."},
		Cure: lang.Text{JA: "市区町村の窓口でカードを受け取ってください。", EN: "Pick the card up at the municipality's counter."},
	})
	NoCertificate = fault.Define(fault.Kind{
		Number: 7255, Class: fault.Forbidden,
		What: lang.Text{JA: "この電子証明書はカードに入っていません。", EN: "The card does not hold this certificate."},
		Why:  lang.Text{JA: "15歳未満の方、希望しなかった方のカードには発行されません。", EN: "It is not issued to children under fifteen, or where the holder did not wish for it."},
		Cure: lang.Text{JA: "窓口で発行を申し込むか、別の方法で手続をしてください。", EN: "Ask for it at the counter, or use another way."},
	})
	OtherDigest = fault.Define(fault.Kind{
		Number: 7256, Class: fault.Forbidden,
		What: lang.Text{JA: "この鍵は、求められた要約値（SHA-256）には署名しません。", EN: "This key does not sign the digest that was asked for (SHA-256)."},
		Why:  lang.Text{JA: "次の世代のカードとスマートフォンの鍵（P-384）は、SHA-384 の要約値に署名します。", EN: "Keys of the next card generation (P-384) sign digests of SHA-384."},
		Cure: lang.Text{JA: "RSA の鍵を持つ人を選んでください。", EN: "Choose a person whose keys are RSA."},
	})
)
