package counter

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var (
	actOpened = journal.DefineAct(journal.Act{Code: "counter.opened",
		Text: lang.Text{JA: "窓口の手続きを開始", EN: "Counter session opened"}, Details: []string{"purpose"}})
	actIdentified = journal.DefineAct(journal.Act{Code: "counter.identified",
		Text: lang.Text{JA: "本人確認書類を確認", EN: "Identity documents checked"}, Details: []string{"documents"}})
	actProved = journal.DefineAct(journal.Act{Code: "counter.proved",
		Text: lang.Text{JA: "カード自身の鍵で本物と確認", EN: "Card proved itself by its own key"}})
	actCardRefused = journal.DefineAct(journal.Act{Code: "counter.card_refused",
		Text: lang.Text{JA: "別のカードまたは本物と確認できないカードを拒否", EN: "Another card, or one that did not prove itself, was refused"}})
	actDelivered = journal.DefineAct(journal.Act{Code: "counter.delivered",
		Text: lang.Text{JA: "暗証番号を設定してカードを交付", EN: "PINs set and card delivered"}, Details: []string{"pins"}})
	actUnblocked = journal.DefineAct(journal.Act{Code: "counter.unblocked",
		Text: lang.Text{JA: "暗証番号を再設定", EN: "PINs set anew"}, Details: []string{"pins"}})
	actResumed = journal.DefineAct(journal.Act{Code: "counter.resumed",
		Text: lang.Text{JA: "一時停止の解除", EN: "Suspension lifted"}})
	actRewritten = journal.DefineAct(journal.Act{Code: "counter.rewritten",
		Text: lang.Text{JA: "カードの記載事項を書換え", EN: "Card rewritten to the register's state"}, Details: []string{"new_signature"}})
	actRenewed = journal.DefineAct(journal.Act{Code: "counter.renewed",
		Text: lang.Text{JA: "電子証明書を更新", EN: "Certificates renewed"}, Details: []string{"certificates"}})
	actBrokenOff = journal.DefineAct(journal.Act{Code: "counter.broken_off",
		Text: lang.Text{JA: "窓口の手続きを中止", EN: "Counter session broken off"}})

	letterDelivered = notice.Define(notice.Kind{Code: "counter.delivered",
		Title: lang.Text{JA: "カードをお渡ししました", EN: "Your card was delivered"},
		Body: lang.Text{
			JA: "%sに窓口でカードをお渡しし、使えるようになりました。お受け取りになった覚えがないときは、すぐに0120-95-0178へ連絡してください。",
			EN: "Your card was handed over at the counter on %s and is in operation. If it was not you, call 0120-95-0178 at once.",
		}})
	letterPINs = notice.Define(notice.Kind{Code: "counter.pins",
		Title: lang.Text{JA: "暗証番号を再設定しました", EN: "Your PINs were set anew"},
		Body: lang.Text{
			JA: "%sに窓口で暗証番号を再設定しました。覚えがないときは、すぐに0120-95-0178へ連絡してください。",
			EN: "PINs of your card were set anew at the counter on %s. If it was not you, call 0120-95-0178 at once.",
		}})
)
