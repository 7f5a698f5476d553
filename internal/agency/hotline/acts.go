package hotline

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var (
	actReported = journal.DefineAct(journal.Act{Code: "hotline.reported",
		Text: lang.Text{JA: "紛失・盗難の連絡を受付", EN: "Loss or theft reported to the stop line"}, Details: []string{"cause", "in_doubt", "receipt"}})

	letterStopped = notice.Define(notice.Kind{Code: "hotline.stopped",
		Title: lang.Text{JA: "カードの利用を一時停止しました", EN: "Your card was suspended"},
		Body: lang.Text{
			JA: "%sの連絡により、カードと電子証明書の利用を一時停止しました（受付番号 %s）。見つかったときは、本人確認書類を持って市区町村の窓口へお越しください。",
			EN: "Following a call on %s your card and its certificates were suspended (receipt %s). If you find it, come to your municipality's counter with identity documents.",
		}})
)
