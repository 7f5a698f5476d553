package certificate

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of this way, 8340 to 8349.
var (
	NoCertificate = fault.Define(fault.Kind{
		Number: 8340, Class: fault.Forbidden,
		What: lang.Text{JA: "ブラウザーから証明書が出されませんでした。", EN: "The browser showed no certificate."},
		Why:  lang.Text{JA: "カードの証明書を使う設定がないか、選ぶ画面で取り消されたか、カードがリーダーにありません。", EN: "It is not set up to use the card's certificate, the choice was cancelled, or no card is on the reader."},
		Cure: lang.Text{JA: "PKCS#11モジュール（OpenSC）の設定とカードを確かめ、ブラウザーを開き直してから、もう一度お試しください。", EN: "Check the PKCS#11 module (OpenSC) and the card, restart the browser and try again."},
	})
	NotThisWay = fault.Define(fault.Kind{
		Number: 8341, Class: fault.Conflict,
		What: lang.Text{JA: "このログインには、ほかの方法が必要です。", EN: "This login needs another way."},
		Why:  lang.Text{JA: "TLSの相互認証では、氏名などの情報の読み取りや電子署名はできません。", EN: "Mutual TLS reads no attributes from the card and signs nothing."},
		Cure: lang.Text{JA: "前の画面に戻り、ほかの方法を選んでください。", EN: "Go back and choose another way."},
	})
)
