package counter

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the counter.
var (
	NoSuchSession = fault.Define(fault.Kind{
		Number: 5001, Class: fault.NotFound,
		What: lang.Text{JA: "その窓口の手続きはありません。", EN: "There is no such counter session."},
		Why:  lang.Text{JA: "手続きの番号に当たる記録がありません。", EN: "No session has this id."},
		Cure: lang.Text{JA: "番号を確かめるか、新しく手続きを始めてください。", EN: "Check the id or open a new session."},
	})
	NotInThisState = fault.Define(fault.Kind{
		Number: 5002, Class: fault.Conflict,
		What: lang.Text{JA: "手続きの順序が違います。", EN: "This is out of order."},
		Why:  lang.Text{JA: "窓口は、本人確認→カードの確認→手続き、の順に進みます。", EN: "A session goes from identity check to the card's own proof to the act."},
		Cure: lang.Text{JA: "前の段階を済ませてください。終わった手続きは、新しく始めます。", EN: "Do the step before. An ended session is opened anew."},
	})
	DocumentsShort = fault.Define(fault.Kind{
		Number: 5003, Class: fault.Invalid,
		What: lang.Text{JA: "本人確認書類が足りません。", EN: "The identity documents do not suffice."},
		Why:  lang.Text{JA: "顔写真つきの書類（一覧1）なら一点、ないときは一覧2の異なる書類が二点要ります。期限の切れた書類は使えません。", EN: "One document with a photo (list one) is needed, or two different ones of list two; expired documents do not count."},
		Cure: lang.Text{JA: "ほかの書類があるか尋ねてください。なければ、出直しをお願いします。", EN: "Ask for another document, or for another visit."},
	})
	OtherCard = fault.Define(fault.Kind{
		Number: 5004, Class: fault.Conflict,
		What: lang.Text{JA: "読み取り機のカードは、この手続きのカードではありません。", EN: "The card on the reader is not the one this session is for."},
		Why:  lang.Text{JA: "カードの番号が手続きのカードと違います。このカードには何も書いていません。", EN: "Its id differs from the booked card's. Nothing was written to it."},
		Cure: lang.Text{JA: "カードを取り違えていないか、持出しの記録と合わせて確かめてください。", EN: "Check against the custody record whether cards were mixed up."},
	})
	NotProved = fault.Define(fault.Kind{
		Number: 5005, Class: fault.Forbidden,
		What: lang.Text{JA: "カードが本物であることを確かめられませんでした。", EN: "The card could not prove itself."},
		Why:  lang.Text{JA: "カード自身の鍵による証明が、製造時の記録と合いません。", EN: "Its proof does not fit the key recorded when it was made."},
		Cure: lang.Text{JA: "カードを返さずに上司へ知らせてください。読み取りの失敗なら、置き直してもう一度行います。", EN: "Keep the card and tell your supervisor. If reading failed, place it again and repeat."},
	})
	NeedsTwo = fault.Define(fault.Kind{
		Number: 5006, Class: fault.Forbidden,
		What: lang.Text{JA: "本人確認は、担当者とは別の職員が行います。", EN: "Identity is checked by somebody other than the clerk."},
		Why:  lang.Text{JA: "一人で交付まで行えると、不正な交付を防げません。", EN: "One person doing it all could deliver a card to the wrong person unseen."},
		Cure: lang.Text{JA: "別の職員に本人確認を頼んでください。", EN: "Have another member of staff check identity."},
	})
	MayNot = fault.Define(fault.Kind{
		Number: 5007, Class: fault.Forbidden,
		What: lang.Text{JA: "この人・このカードでは、この手続きができません。", EN: "This cannot be done for this person or card."},
		Why:  lang.Text{JA: "死亡や国外転出が登録されているか、カードの状態が手続きに合いません。", EN: "The person is dead or abroad in the register, or the card's state does not fit."},
		Cure: lang.Text{JA: "台帳とカードの記録を確かめてください。", EN: "Check the register and the card record."},
	})
	NoPIN = fault.Define(fault.Kind{
		Number: 5008, Class: fault.Invalid,
		What: lang.Text{JA: "使える暗証番号が入力されませんでした。", EN: "No acceptable PIN was entered."},
		Why:  lang.Text{JA: "生年月日などから推測できる番号や、決まりに合わない番号は使えません。", EN: "Values that can be guessed from birth date or card, or that break the rules, are not taken."},
		Cure: lang.Text{JA: "決まりを説明して、もう一度手続きをしてください。", EN: "Explain the rules and repeat."},
	})
	SessionExpired = fault.Define(fault.Kind{
		Number: 5009, Class: fault.Conflict,
		What: lang.Text{JA: "窓口の手続きの有効時間が過ぎました。", EN: "The session has expired."},
		Why:  lang.Text{JA: "開いたままの手続きを別の人に使わせないため、30分で終わります。", EN: "A session ends after 30 minutes, lest one left open is used for somebody else."},
		Cure: lang.Text{JA: "本人確認からやり直してください。", EN: "Start again from the identity check."},
	})
	NotCovered = fault.Define(fault.Kind{
		Number: 5010, Class: fault.Forbidden,
		What: lang.Text{JA: "この手続きの目的では、その操作はできません。", EN: "The session's purpose does not cover this."},
		Why:  lang.Text{JA: "窓口の手続きは、一つの目的だけに使います。", EN: "A session is for one purpose."},
		Cure: lang.Text{JA: "目的を選び直して、新しく手続きを始めてください。", EN: "Open a new session for the other purpose."},
	})
	CardFailed = fault.Define(fault.Kind{
		Number: 5011, Class: fault.Conflict,
		What: lang.Text{JA: "カードの操作に失敗しました。", EN: "The card did not do what was asked."},
		Why:  lang.Text{JA: "カードが応答しないか、操作を断りました。カードの中身は、操作の前か後のどちらかで、半端にはなりません。", EN: "It did not answer or refused. It is as before or as after, never in between."},
		Cure: lang.Text{JA: "カードを置き直して、もう一度同じ操作をしてください。", EN: "Place the card again and repeat the same act."},
	})
)
