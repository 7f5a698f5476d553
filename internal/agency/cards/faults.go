package cards

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the card record, 3200 to 3299. The card itself is not named
// in the text: whoever asked has its id, and the text may reach others.
var (
	NoCard = fault.Define(fault.Kind{
		Number: 3201, Class: fault.NotFound,
		What: lang.Text{JA: "そのカードの記録はありません。", EN: "There is no record of this card."},
		Why:  lang.Text{JA: "このカード番号で作られたカードはありません。", EN: "No card was ever ordered under this id."},
		Cure: lang.Text{JA: "カードの番号を読み直してください。", EN: "Read the card's id again."},
	})
	NotPermitted = fault.Define(fault.Kind{
		Number: 3202, Class: fault.Conflict,
		What: lang.Text{JA: "今の状態（%s）のカードには、この手続（%s）はできません。", EN: "A card that is %s does not permit this act (%s)."},
		Why:  lang.Text{JA: "カードの状態は、決められた順にしか進みません。廃止や無効から戻ることはありません。", EN: "A card goes through its states in a fixed order, and never comes back from abolished or void."},
		Cure: lang.Text{JA: "カードの今の状態を確かめてください。終わったカードには、再交付の手続が要ります。", EN: "Look at the card's present state. A card that has ended needs a reissue."},
	})
	OperationNotPermitted = fault.Define(fault.Kind{
		Number: 3203, Class: fault.Conflict,
		What: lang.Text{JA: "今の状態（%s）のカードには、この操作（%s）を許可できません。", EN: "The card management system does not permit a card that is %s this operation (%s)."},
		Why:  lang.Text{JA: "ICチップへの操作は、カードの状態と有効期限ごとに決められたものだけが許可されます。", EN: "Which operations a chip may be given follows from the card's state and its last day."},
		Cure: lang.Text{JA: "カードの状態と有効期限を確かめ、先に必要な手続（交付、一時停止の解除など）を行ってください。", EN: "Check state and last day, and do first what is missing, such as delivery or lifting a suspension."},
	})
	ChallengeUsed = fault.Define(fault.Kind{
		Number: 3204, Class: fault.Conflict,
		What: lang.Text{JA: "この照合用の値は、すでに使われています。", EN: "This challenge was used before."},
		Why:  lang.Text{JA: "許可は、カードがその場で作った新しい値に対して、一度だけ出されます。", EN: "A permission is given once, for a value that the card has just made."},
		Cure: lang.Text{JA: "カードを読み取り機に置き直し、初めからやり直してください。", EN: "Put the card on the reader again and start over."},
	})
	SecondPersonNeeded = fault.Define(fault.Kind{
		Number: 3205, Class: fault.Forbidden,
		What: lang.Text{JA: "この操作（%s）には、もう一人の職員の確認が必要です。", EN: "This operation (%s) needs a second member of staff."},
		Why:  lang.Text{JA: "一人の職員だけでカードを使えるようにすることはできません。", EN: "No single member of staff can make a card usable."},
		Cure: lang.Text{JA: "別の職員が本人確認を行い、記録してください。", EN: "Have another member of staff check the holder's identity and record it."},
	})
	AttestationFalse = fault.Define(fault.Kind{
		Number: 3206, Class: fault.Invalid,
		What: lang.Text{JA: "ICチップの証明が正しくありません。", EN: "The chip's attestation is false."},
		Why:  lang.Text{JA: "この鍵は、このカードのICチップが作ったものだと確かめられませんでした。", EN: "The key could not be shown to be made by this card's chip."},
		Cure: lang.Text{JA: "このICチップは使わず、製造不良として扱い、新しいカードを製造してください。", EN: "Do not use this chip: treat it as spoiled and make a new card."},
	})
	ChipKeyReleased = fault.Define(fault.Kind{
		Number: 3207, Class: fault.Conflict,
		What: lang.Text{JA: "このカードの管理用の鍵は、すでに渡されています。", EN: "This card's management key was released before."},
		Why:  lang.Text{JA: "管理用の鍵を渡すのは、一枚のカードにつき一度だけです。", EN: "A management key leaves the card management system once for a card."},
		Cure: lang.Text{JA: "鍵が届かなかったときは、このカードを製造不良とし、新しいカードを製造してください。", EN: "If it did not arrive, spoil this card and order another."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 3208, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられない値があります（項目：%s）。", EN: "A value cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "値が空か、決められた形ではないか、前の記録と食い違っています。", EN: "It is empty, not of the form laid down, or contradicts what was recorded before."},
		Cure: lang.Text{JA: "値を確かめて、もう一度送ってください。", EN: "Check the value and send it again."},
	})
	HolderDead = fault.Define(fault.Kind{
		Number: 3209, Class: fault.Conflict,
		What: lang.Text{JA: "亡くなった方のカードは製造できません。", EN: "No card is made for a person who has died."},
		Why:  lang.Text{JA: "死亡の届出が登録されています。", EN: "The death is on record."},
		Cure: lang.Text{JA: "申請を取り消し、住民記録を確かめてください。", EN: "Cancel the application and look at the register."},
	})
	SecretsUnreadable = fault.Define(fault.Kind{
		Number: 3210, Class: fault.Internal,
		What: lang.Text{JA: "カードの秘密の記録を開けません。", EN: "The sealed part of the card record cannot be opened."},
		Why:  lang.Text{JA: "鍵の保管庫がこのデータベースのものではないか、記録が書き換えられています。", EN: "The key store does not belong to this database, or the record was altered."},
		Cure: lang.Text{JA: "データベースと鍵の保管庫を、同じ時点の控えから戻してください。", EN: "Restore database and key store from the same backup."},
	})
	NotOffered = fault.Define(fault.Kind{
		Number: 3211, Class: fault.Forbidden,
		What: lang.Text{JA: "このアプレットを空き領域に載せる承認がありません。", EN: "This applet is not approved for the free area."},
		Why:  lang.Text{JA: "提供者、根拠（条例など）、種類、領域、版が、承認されたものと同じでなければなりません。承認が終わったものも載せられません。", EN: "Provider, legal basis, type, area and version must be those of an approval that has not ended."},
		Cure: lang.Text{JA: "提供者と根拠を確かめ、先に承認の手続を行ってください。", EN: "Check provider and basis, and have the applet approved first."},
	})
	ConsentNeeded = fault.Define(fault.Kind{
		Number: 3212, Class: fault.Forbidden,
		What: lang.Text{JA: "空き領域を使うには、本人の同意が必要です。", EN: "The holder's consent is needed to use the free area."},
		Why:  lang.Text{JA: "空き領域への搭載と削除は、本人の同意の記録があるときだけできます。承認が終わったものの削除には要りません。", EN: "Loading and removing need a record of the holder's consent; removing what is no longer approved does not."},
		Cure: lang.Text{JA: "本人に説明し、同意を記録してから、もう一度行ってください。", EN: "Explain it to the holder, record the consent and try again."},
	})
	StaffOnly = fault.Define(fault.Kind{
		Number: 3213, Class: fault.Forbidden,
		What: lang.Text{JA: "この操作（%s）は、職員だけが行えます。", EN: "This operation (%s) is for staff only."},
		Why:  lang.Text{JA: "空き領域の操作は、窓口で本人の前で行います。", EN: "The free area is dealt with at a counter, in the holder's presence."},
		Cure: lang.Text{JA: "窓口の端末から、職員の資格で行ってください。", EN: "Do it as a member of staff, at a counter terminal."},
	})
	NoRoom = fault.Define(fault.Kind{
		Number: 3214, Class: fault.Conflict,
		What: lang.Text{JA: "このカードの空き領域には入りません（空き%dバイト）。", EN: "The card's free area has no room for it (%d bytes are free)."},
		Why:  lang.Text{JA: "空き領域の大きさは決まっています。", EN: "The free area has a fixed size."},
		Cure: lang.Text{JA: "本人に確かめ、使わないアプレットを削除してから、もう一度行ってください。", EN: "Ask the holder which applet may be removed, remove it and try again."},
	})
	NoOffering = fault.Define(fault.Kind{
		Number: 3215, Class: fault.NotFound,
		What: lang.Text{JA: "その承認の記録はありません。", EN: "There is no record of this approval."},
		Why:  lang.Text{JA: "この番号で承認されたアプレットはありません。", EN: "No applet was approved under this id."},
		Cure: lang.Text{JA: "承認の一覧を見て、番号を確かめてください。", EN: "Look at the list of approvals and check the id."},
	})
)
