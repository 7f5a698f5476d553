package profiles

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of ready cards and of cards described by hand.
var (
	NoProfile = fault.Define(fault.Kind{
		Number: 6001, Class: fault.NotFound,
		What: lang.Text{JA: "その名前の用意されたカードはありません。", EN: "There is no ready card of that name."},
		Why:  lang.Text{JA: "名前は決まったもののほかに使えません。", EN: "Only the listed names exist."},
		Cure: lang.Text{JA: "kado card profiles で名前を確かめてください。", EN: "See kado card profiles for the names."},
	})
	BadDescription = fault.Define(fault.Kind{
		Number: 6002, Class: fault.Invalid,
		What: lang.Text{JA: "カードの説明書きの形が正しくありません：%s", EN: "The card's description is malformed: %s"},
		Why:  lang.Text{JA: "その項目がないか、知らない項目か、値の形が決まりと違います。", EN: "That field is missing or unknown, comes twice, or its value has another form."},
		Cure: lang.Text{JA: "kado card profiles --json の見本に合わせて直してください。", EN: "Mend it after an example from kado card profiles --json."},
	})
	AgainstRules = fault.Define(fault.Kind{
		Number: 6003, Class: fault.Invalid,
		What: lang.Text{JA: "そのようなカードは発行されません：%s", EN: "No such card is issued: %s"},
		Why:  lang.Text{JA: "年齢、在留、有効期間、証明書の決まりに合わない組み合わせです。", EN: "The combination is against the rules of age, stay, validity or certificates."},
		Cure: lang.Text{JA: "示された項目と、それに関わる日付を直してください。", EN: "Change the named field, or the dates it depends on."},
	})
	CardExists = fault.Define(fault.Kind{
		Number: 6004, Class: fault.Conflict,
		What: lang.Text{JA: "その名前のファイルがもうあります：%s", EN: "A file of that name exists already: %s"},
		Why:  lang.Text{JA: "カードは上書きしません。", EN: "A card is never written over."},
		Cure: lang.Text{JA: "--out に別の名前を指定するか、古いファイルを片づけてください。", EN: "Name another file with --out, or move the old one away."},
	})
	NotACard = fault.Define(fault.Kind{
		Number: 6005, Class: fault.Invalid,
		What: lang.Text{JA: "カードのファイルとして読めません：%s", EN: "This is no card that can be used: %s"},
		Why:  lang.Text{JA: "壊れているか、ほかのところで使われているか、カードのファイルではありません。", EN: "It is damaged, in use elsewhere, or no card file at all."},
		Cure: lang.Text{JA: "kado card new で作ったファイルか、JSON の説明書きを指定してください。", EN: "Name a file made by kado card new, or a description in JSON."},
	})
	BadSlot = fault.Define(fault.Kind{
		Number: 6006, Class: fault.Invalid,
		What: lang.Text{JA: "仮想リーダーの差し込み口は 0 から %d までです。", EN: "The virtual reader's slots are 0 to %d."},
		Why:  lang.Text{JA: "カード一枚に差し込み口が一つ要ります。", EN: "Each card needs a slot of its own."},
		Cure: lang.Text{JA: "--reader の番号か、カードの枚数を減らしてください。", EN: "Lower --reader, or insert fewer cards at once."},
	})
)
