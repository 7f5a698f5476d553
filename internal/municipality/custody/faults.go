package custody

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of custody.
var (
	NotHere = fault.Define(fault.Kind{
		Number: 3101, Class: fault.NotFound,
		What: lang.Text{JA: "このカードはここで保管していません。", EN: "This card is not in custody here."},
		Why:  lang.Text{JA: "到着の照合を済ませたカードだけを扱います。", EN: "Only cards whose consignment was received and matched are handled."},
		Cure: lang.Text{JA: "カードの番号と、発送の受取りが済んでいるかを確かめてください。", EN: "Check the card's id, and that its consignment was received."},
	})
	NotInThisState = fault.Define(fault.Kind{
		Number: 3102, Class: fault.Conflict,
		What: lang.Text{JA: "このカードの保管状態では、その扱いはできません。", EN: "The card's custody does not permit this now."},
		Why:  lang.Text{JA: "保管庫→持出し→交付の順に、一人ずつ受け渡します。", EN: "A card goes from the store to the desk to its holder, one hand at a time."},
		Cure: lang.Text{JA: "保管の記録で、今どこにあり誰が持っているかを確かめてください。", EN: "Look in the custody record where the card is and who has it."},
	})
	NeedsTwo = fault.Define(fault.Kind{
		Number: 3103, Class: fault.Forbidden,
		What: lang.Text{JA: "持出しには別の二人の職員が要ります。", EN: "Taking a card out needs two different persons."},
		Why:  lang.Text{JA: "一人で取り出せると、持ち去りに気づけません。", EN: "What one person can take out alone can be carried off unseen."},
		Cure: lang.Text{JA: "もう一人の職員の立会いを得て、その職員の番号を入れてください。", EN: "Have a second member of staff attend and enter their staff id."},
	})
	DayClosed = fault.Define(fault.Kind{
		Number: 3104, Class: fault.Conflict,
		What: lang.Text{JA: "%sの締めは終わっています。", EN: "The day %s is closed already."},
		Why:  lang.Text{JA: "一日の在庫照合は一度だけ記録します。", EN: "The daily count is recorded once."},
		Cure: lang.Text{JA: "記録した照合を見て、違いがあれば翌日の照合で扱ってください。", EN: "Look at the recorded count; treat a difference in the next day's count."},
	})
	BadScan = fault.Define(fault.Kind{
		Number: 3105, Class: fault.Invalid,
		What: lang.Text{JA: "読み取りの一覧が正しくありません。", EN: "The list of scans is malformed."},
		Why:  lang.Text{JA: "カード番号の形が崩れているか、同じカードが二度入っています。", EN: "A card id is malformed, or one card is listed twice."},
		Cure: lang.Text{JA: "もう一度すべて読み取ってください。", EN: "Scan everything again."},
	})
)
