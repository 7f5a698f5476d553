package certificate

import "kado/internal/platform/web"

var texts = web.Texts{
	"certificate.page.title":  {JA: "ブラウザーの証明書でログイン", EN: "Log in with the browser's certificate"},
	"certificate.page.asks":   {JA: "%s へのログイン", EN: "Login at %s"},
	"certificate.page.before": {JA: "カードをリーダーに置き、ブラウザーにOpenSCなどのPKCS#11モジュールを設定してください。", EN: "Put your card on the reader, with a PKCS#11 module such as OpenSC set up in the browser."},
	"certificate.page.pick":   {JA: "ブラウザーの求めに応じて利用者証明用の暗証番号（数字4桁）を入力し、利用者証明用の証明書を選びます。署名用のパスワード（Digital Signature PIN）を求められたら、入力せずに取り消してください。", EN: "Enter the PIN of user authentication (four digits) when the browser asks for it, and choose the user authentication certificate. If it asks for the digital signature PIN, cancel: it is not needed."},
	"certificate.page.limit":  {JA: "この方法では、カードが署名する内容にサイトの名前が入りません。上のサイトが、ご自分で開いたサイトかどうかを確かめてください。", EN: "In this way the name of the site is not part of what your card signs. Make sure that the site above is the one you came from."},
	"certificate.page.other":  {JA: "ほかの使い方を選ぶ", EN: "Choose another way"},
	"certificate.page.go":     {JA: "証明書で続ける", EN: "Go on with the certificate"},
}
