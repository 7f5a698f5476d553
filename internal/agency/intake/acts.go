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
	letterReturned = notice.Define(notice.Kind{Code: "intake.returned",
		Title: lang.Text{JA: "マイナンバーカードの申請に不備がありました", EN: "Your My Number Card application was returned"},
		Body: lang.Text{
			JA: "%sの審査で写真に不備が見つかりました。申請をやり直す必要はありません。申請の状況で不備の内容を確かめて、新しい写真だけを送ってください。前の写真は消去しました。",
			EN: "The examination of %s found a defect in the photo. You need not start again: look up the defects in the application's state and send a new photo. The old one was erased.",
		}})
	letterWithdrawn = notice.Define(notice.Kind{Code: "intake.withdrawn",
		Title: lang.Text{JA: "マイナンバーカードの申請を取り下げました", EN: "Your My Number Card application was withdrawn"},
		Body: lang.Text{
			JA: "%sにカードの申請が取り下げられました。写真は消去しました。取り下げた覚えがないときは、お住まいの市区町村へ連絡してください。",
			EN: "The application for a card was withdrawn on %s, and the photo erased. If it was not you, tell your municipality.",
		}})
)
