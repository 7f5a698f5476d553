package shelf

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the shelf.
var (
	NoCard = fault.Define(fault.Kind{
		Number: 7101, Class: fault.NotFound,
		What: lang.Text{JA: "そのカードは棚にありません。", EN: "That card is not on the shelf."},
		Why:  lang.Text{JA: "この番号の仮想カードのファイルがありません。", EN: "There is no virtual card file of this id."},
		Cure: lang.Text{JA: "kado card list で棚のカードを確かめてください。", EN: "See kado card list for the cards on the shelf."},
	})
	Taken = fault.Define(fault.Kind{
		Number: 7102, Class: fault.Conflict,
		What: lang.Text{JA: "そのカードは別のところで使われています。", EN: "That card is in use elsewhere."},
		Why:  lang.Text{JA: "一枚のカードは、同時に一つの読み取り機にしか載りません。", EN: "One card lies on one reader at a time."},
		Cure: lang.Text{JA: "先の利用を終えてから、もう一度行ってください。", EN: "End the other use and try again."},
	})
	Damaged = fault.Define(fault.Kind{
		Number: 7103, Class: fault.Internal,
		What: lang.Text{JA: "カードのファイルが壊れています。", EN: "The card's file is damaged."},
		Why:  lang.Text{JA: "検査値が合いません。壊れたカードは使わせません。", EN: "Its checksums do not match. A damaged card is never used."},
		Cure: lang.Text{JA: "控えがあれば戻してください。なければ、カードの故障として再交付します。", EN: "Restore it from a copy, or treat it as a broken card and reissue it."},
	})
)
