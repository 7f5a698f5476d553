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
		What: lang.Text{JA: "持出しと廃棄には別の二人の職員が要ります。", EN: "Taking a card out, or destroying it, needs two different persons."},
		Why:  lang.Text{JA: "一人で取り出せると、持ち去りに気づけません。", EN: "What one person can take out alone can be carried off unseen."},
		Cure: lang.Text{JA: "もう一人の職員の立会いを得て、ご自身の職員カードで確認してもらってください。", EN: "Have a second member of staff attend and confirm with their own staff card."},
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
	Malformed = fault.Define(fault.Kind{
		Number: 3106, Class: fault.Invalid,
		What: lang.Text{JA: "項目「%s」が空か、長すぎます。", EN: "The item %q is empty or too long."},
		Why:  lang.Text{JA: "受け渡しの理由や窓口の受付番号は、あとで確かめられるように必ず記録します。", EN: "The reason or session of a hand-over is always recorded, so that it can be checked later."},
		Cure: lang.Text{JA: "500バイト以内で入力してください。", EN: "Enter it in at most 500 bytes."},
	})
	RecordDiffers = fault.Define(fault.Kind{
		Number: 3107, Class: fault.Conflict,
		What: lang.Text{JA: "カードの記録（%s）と、この扱いが合いません。", EN: "The card's record (%s) does not agree with this."},
		Why:  lang.Text{JA: "手渡しは運用中になったカードだけ、廃棄は廃止・無効のカードだけ、保管と所在不明は運用前のカードだけに記録できます。", EN: "Only a card in operation is given, only an ended card is destroyed, and only a card not yet in operation is stored or missing."},
		Cure: lang.Text{JA: "交付が途中で止まったカードは、交付を最後まで進めるか、手渡しを記録してください。", EN: "Where a delivery was cut off, finish it or record the hand-over."},
	})
	OtherBranch = fault.Define(fault.Kind{
		Number: 3108, Class: fault.Forbidden,
		What: lang.Text{JA: "このカードは、別の窓口で保管するものです。", EN: "The card belongs to another branch."},
		Why:  lang.Text{JA: "カードは、届いた窓口の職員だけが扱います。", EN: "Cards are handled by the staff of the branch they were sent to."},
		Cure: lang.Text{JA: "その窓口の保管担当に引き継いでください。", EN: "Hand over to that branch's custodian."},
	})
)
