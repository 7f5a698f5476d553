package custody

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var (
	actReceived = journal.DefineAct(journal.Act{Code: "custody.received",
		Text: lang.Text{JA: "カードが市区町村に到着し保管", EN: "Card arrived at the municipality and was stored"}, Details: []string{"place", "consignment"}})
	actTakenOut = journal.DefineAct(journal.Act{Code: "custody.taken_out",
		Text: lang.Text{JA: "カードを保管庫から持出し（二人で）", EN: "Card taken out of the store by two persons"}, Details: []string{"second"}})
	actPutBack = journal.DefineAct(journal.Act{Code: "custody.put_back",
		Text: lang.Text{JA: "カードを保管庫へ戻し", EN: "Card put back into the store"}})
	actGiven = journal.DefineAct(journal.Act{Code: "custody.given",
		Text: lang.Text{JA: "カードを本人に手渡し", EN: "Card handed to its holder"}})
	actDisposed = journal.DefineAct(journal.Act{Code: "custody.disposed",
		Text: lang.Text{JA: "使えないカードを廃棄（二人で）", EN: "A card of no use was destroyed by two persons"}, Details: []string{"second"}})
	actMissing = journal.DefineAct(journal.Act{Code: "custody.missing",
		Text: lang.Text{JA: "在庫照合でカードの所在不明を確認", EN: "Card found missing at the daily count"}, Details: []string{"last_custodian"}})
	actDayClosed = journal.DefineAct(journal.Act{Code: "custody.day_closed",
		Text: lang.Text{JA: "一日の在庫照合", EN: "Daily count"}, Details: []string{"branch", "expected", "scanned", "missing", "strange"}})

	letterReady = notice.Define(notice.Kind{Code: "custody.ready",
		Title: lang.Text{JA: "交付通知書：カードの準備ができました", EN: "Pick-up notice: your card is ready"},
		Body: lang.Text{
			JA: "カードが%sに届きました。本人確認書類を持って、%sまでにお越しください。",
			EN: "Your card has arrived at %s. Please bring your identity documents and come by %s.",
		}})
	letterMissing = notice.Define(notice.Kind{Code: "custody.missing",
		Title: lang.Text{JA: "お渡し前のカードが見当たりません", EN: "Your card went missing before delivery"},
		Body: lang.Text{
			JA: "%sの在庫照合で、お渡し前のカードが見当たらないことが分かりました。カードはただちに無効にしました。新しいカードは無料で作ります。個人番号の変更を希望するかどうかもお知らせください。",
			EN: "At the count of %s your card was found missing before delivery. It was made void at once. A new card is made free of charge; tell us also whether you wish to change your Individual Number.",
		}})
)
