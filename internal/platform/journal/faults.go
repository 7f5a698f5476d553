package journal

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the journal, 1500 to 1599.
var (
	UnfitEntry = fault.Define(fault.Kind{
		Number: 1500, Class: fault.Invalid,
		What: lang.Text{JA: "記録に残せない内容です（項目：%s）。", EN: "The record cannot be made (field: %s)."},
		Why:  lang.Text{JA: "必要な項目が空か、長すぎるか、決められた形ではありません。", EN: "A required field is empty, too long or not of the form laid down."},
		Cure: lang.Text{JA: "その項目を短く、決められた形で入力し直してください。", EN: "Enter that field again, shorter and in the form laid down."},
	})
	UnknownAct = fault.Define(fault.Kind{
		Number: 1501, Class: fault.Internal,
		What: lang.Text{JA: "定められていない行為は記録できません（%s）。", EN: "The act %s is not defined."},
		Why:  lang.Text{JA: "記録は、日本語と英語の名前を持つ行為に限られます。", EN: "Only acts with a name in both languages are recorded."},
		Cure: lang.Text{JA: "Kado の側の誤りです。この番号を添えて知らせてください。", EN: "The fault is on Kado's side. Report it with this number."},
	})
	NumberInText = fault.Define(fault.Kind{
		Number: 1502, Class: fault.Invalid,
		What: lang.Text{JA: "個人番号が含まれているため、記録できません（項目：%s）。", EN: "The text holds an Individual Number (field: %s)."},
		Why:  lang.Text{JA: "個人番号は、記録やお知らせに書いてはいけません。", EN: "Individual Numbers must not be written into records or notices."},
		Cure: lang.Text{JA: "番号を消して、もう一度入力してください。", EN: "Remove the number and enter the text again."},
	})
	UnknownEntry = fault.Define(fault.Kind{
		Number: 1503, Class: fault.NotFound,
		What: lang.Text{JA: "%d 番の記録はありません。", EN: "There is no entry %d."},
		Why:  lang.Text{JA: "その番号の記録は、まだ作られていません。", EN: "No entry of that number has been made."},
		Cure: lang.Text{JA: "番号を確かめてください。", EN: "Check the number."},
	})
	Broken = fault.Define(fault.Kind{
		Number: 1504, Class: fault.Internal,
		What: lang.Text{JA: "記録のつながりが %d 番で切れています。", EN: "The chain of the journal is broken at entry %d."},
		Why:  lang.Text{JA: "記録が後から書き換えられたか、消されたか、並べ替えられています。", EN: "An entry was changed, removed, added or moved after it was written."},
		Cure: lang.Text{JA: "書き込みを止め、控えと照らし合わせ、責任者に報告してください。", EN: "Stop writing, compare with the backup, and report to the person in charge."},
	})
	UnfitEffect = fault.Define(fault.Kind{
		Number: 1505, Class: fault.Internal,
		What: lang.Text{JA: "送り出せない内容です（項目：%s）。", EN: "The effect cannot be queued (field: %s)."},
		Why:  lang.Text{JA: "種類、鍵、内容のどれかが決められた形ではありません。内容は JSON で 64 KiB までです。", EN: "Kind, key or payload is not of the form laid down. A payload is JSON of at most 64 KiB."},
		Cure: lang.Text{JA: "Kado の側の誤りです。この番号を添えて知らせてください。", EN: "The fault is on Kado's side. Report it with this number."},
	})
	KeyTaken = fault.Define(fault.Kind{
		Number: 1506, Class: fault.Conflict,
		What: lang.Text{JA: "同じ鍵で、違う内容がすでに送り出されています。", EN: "Another effect was already queued under this key."},
		Why:  lang.Text{JA: "一つの鍵で送り出せるのは、一つの内容だけです。", EN: "One key stands for one effect."},
		Cure: lang.Text{JA: "Kado の側の誤りです。この番号を添えて知らせてください。", EN: "The fault is on Kado's side. Report it with this number."},
	})
	NotDelivered = fault.Define(fault.Kind{
		Number: 1507, Class: fault.Unavailable,
		What: lang.Text{JA: "%d 件を届けられませんでした。", EN: "%d effects could not be delivered."},
		Why:  lang.Text{JA: "届け先が応じませんでした。内容は保存されています。", EN: "The receiving side did not take them. They are kept."},
		Cure: lang.Text{JA: "時間をおいて自動でやり直します。続くときは、待ち行列の画面で番号を確かめてください。", EN: "They are tried again later. If it persists, look at the queue for the fault number."},
	})
	NotParked = fault.Define(fault.Kind{
		Number: 1508, Class: fault.Conflict,
		What: lang.Text{JA: "%d 番は、止まっている送り出しではありません。", EN: "Effect %d is not parked."},
		Why:  lang.Text{JA: "やり直せるのは、回数の上限で止まったものだけです。", EN: "Only effects that stopped at the limit of attempts can be taken up again."},
		Cure: lang.Text{JA: "待ち行列の画面で番号を確かめてください。", EN: "Check the number in the queue."},
	})
	HandlerCrashed = fault.Define(fault.Kind{
		Number: 1509, Class: fault.Internal,
		What: lang.Text{JA: "届ける処理が異常終了しました（%s）。", EN: "The handler of %s crashed."},
		Why:  lang.Text{JA: "Kado の側の誤りです。内容は保存されています。", EN: "The fault is on Kado's side. The effect is kept."},
		Cure: lang.Text{JA: "この番号を添えて知らせてください。", EN: "Report it with this number."},
	})
)
