package intake

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var (
	actOpened = journal.DefineAct(journal.Act{Code: "intake.opened",
		Text: lang.Text{JA: "交付申請書を発行", EN: "Application form issued"}, Details: []string{"reason", "channel"}})
	actSubmitted = journal.DefineAct(journal.Act{Code: "intake.submitted",
		Text: lang.Text{JA: "カードを申請", EN: "Applied for a card"}, Details: []string{"delivery"}})
	actAccepted = journal.DefineAct(journal.Act{Code: "intake.accepted",
		Text: lang.Text{JA: "申請を審査して受付", EN: "Application examined and accepted"}})
	actReturned = journal.DefineAct(journal.Act{Code: "intake.returned",
		Text: lang.Text{JA: "申請不備として返却", EN: "Application returned for a defect"}, Details: []string{"defects"}})
	actWithdrawn = journal.DefineAct(journal.Act{Code: "intake.withdrawn",
		Text: lang.Text{JA: "申請を取下げ", EN: "Application withdrawn"}})

	letterApplied = notice.Define(notice.Kind{Code: "intake.applied",
		Title: lang.Text{JA: "マイナンバーカードの申請を受け付けました", EN: "Your My Number Card application has arrived"},
		Body: lang.Text{
			JA: "%sにカードの申請を受け付けました。申請した覚えがないときは、お住まいの市区町村へ連絡してください。製造を止めます。",
			EN: "An application for a card arrived on %s. If it was not you, tell your municipality: production will be stopped.",
		}})
)
