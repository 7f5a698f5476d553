package oidc

import "kado/internal/platform/lang"

// What events tell the developer of a relying party. Refusals have their number and
// its words beside.
var (
	detailRequestGood  = lang.Text{JA: "認可の求めは正しく読めました。", EN: "The authorization request is in order."}
	detailPushedGood   = lang.Text{JA: "預かった認可の求めは正しく読めました。", EN: "The pushed authorization request is in order."}
	detailRefused      = lang.Text{JA: "断りました。", EN: "Refused."}
	detailRefusedPage  = lang.Text{JA: "画面で断りました。ブラウザーはサイトへ戻していません。", EN: "Refused with a page; the browser is not sent back."}
	detailRefusedBack  = lang.Text{JA: "断りました。エラーを付けて、ブラウザーをサイトへ戻しました。", EN: "Refused; the browser was sent back with the error."}
	detailAnswered     = lang.Text{JA: "カードが答えました。", EN: "The card has answered."}
	detailAnswerBad    = lang.Text{JA: "カードの答えは受け入れられませんでした。", EN: "The card's answer was refused."}
	detailCancelled    = lang.Text{JA: "利用者がやめました。", EN: "The holder cancelled."}
	detailEnded        = lang.Text{JA: "エラーで終わりました。", EN: "Ended with an error."}
	detailSentBack     = lang.Text{JA: "エラーを付けて、ブラウザーをサイトへ戻しました。", EN: "The browser was sent back with the error."}
	detailGranted      = lang.Text{JA: "許可されました。ブラウザーを code を付けてサイトへ戻しました。", EN: "Granted; the browser was sent back with a code."}
	detailUnchecked    = lang.Text{JA: "このクライアントの鍵は登録されていないため、client_assertion の署名は確かめていません。", EN: "The signature of the assertion was not checked: nobody registered a key of this open client."}
	detailTokens       = lang.Text{JA: "トークンを渡しました（%s）。", EN: "Tokens were given for %s."}
	detailAttributes   = lang.Text{JA: "同意された属性を渡しました（%s）。", EN: "Attributes were given for %s."}
	detailSigningBegun = lang.Text{JA: "署名の依頼を受け付けました。", EN: "A signing transaction was begun."}
	detailSigned       = lang.Text{JA: "署名と証明書を渡しました。", EN: "Signature and certificate were given."}
)
