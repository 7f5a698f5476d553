package production

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of production.
var (
	NoSuchOrder = fault.Define(fault.Kind{
		Number: 3001, Class: fault.NotFound,
		What: lang.Text{JA: "その製造指示はありません。", EN: "There is no such production order."},
		Why:  lang.Text{JA: "指示の番号に当たる記録がありません。", EN: "No order has this id."},
		Cure: lang.Text{JA: "指示の番号を確かめてください。", EN: "Check the order's id."},
	})
	NotInThisState = fault.Define(fault.Kind{
		Number: 3002, Class: fault.Conflict,
		What: lang.Text{JA: "この製造指示は今の状態ではその作業を受け付けません。", EN: "The order does not take this in its present state."},
		Why:  lang.Text{JA: "書込み→検査→梱包の順に進みます。不良になった指示は続けられません。", EN: "An order goes from writing to inspection to packing. A failed order cannot go on."},
		Cure: lang.Text{JA: "指示の状態を確かめてください。不良なら、申請から新しい指示を出します。", EN: "Look at the order's state. If it failed, place a new order from the application."},
	})
	ChipFailed = fault.Define(fault.Kind{
		Number: 3003, Class: fault.Conflict,
		What: lang.Text{JA: "カードへの書込みまたは検査に失敗しました。", EN: "Writing or inspecting the card failed."},
		Why:  lang.Text{JA: "チップが書込みを受け付けないか、書いたものと読み出したものが違います。このカードの鍵と電子証明書は終わらせ、カードは不良として扱います。", EN: "The chip did not take what was written, or shows something else. Its keys and certificates were ended and the card is spoiled."},
		Cure: lang.Text{JA: "カードを廃棄の箱へ入れ、新しい白カードで製造指示を出し直してください。", EN: "Put the card into the disposal box and place the order anew with another blank."},
	})
	NoSuchConsignment = fault.Define(fault.Kind{
		Number: 3004, Class: fault.NotFound,
		What: lang.Text{JA: "その発送はありません。", EN: "There is no such consignment."},
		Why:  lang.Text{JA: "発送の番号に当たる記録がありません。", EN: "No consignment has this id."},
		Cure: lang.Text{JA: "箱の送り状の番号を確かめてください。", EN: "Check the id on the box's manifest."},
	})
	DoesNotMatch = fault.Define(fault.Kind{
		Number: 3005, Class: fault.Conflict,
		What: lang.Text{JA: "届いたカードが送り状と一致しません（不足%d枚、余分%d枚）。", EN: "What arrived does not match the manifest (%d missing, %d foreign)."},
		Why:  lang.Text{JA: "送り状のカードと読み取ったカードを一枚ずつ照合しています。一致するまで、箱のカードは一枚も受け取れません。", EN: "Manifest and scan are compared card by card. Until they match, no card of the box is received."},
		Cure: lang.Text{JA: "箱を閉じて数え直し、それでも合わなければ発送元へ連絡してください。不足のカードは使えないままです。", EN: "Close the box, scan again, and if it still differs call the sender. Missing cards stay unusable."},
	})
	SameHands = fault.Define(fault.Kind{
		Number: 3006, Class: fault.Forbidden,
		What: lang.Text{JA: "書込みをした人は検査できません。", EN: "Whoever wrote the card may not inspect it."},
		Why:  lang.Text{JA: "一人が全工程を行うと、取り違えや不正に気づけません。", EN: "One person doing every step would notice neither a mix-up nor a fraud."},
		Cure: lang.Text{JA: "別の職員が検査してください。", EN: "Have another member of staff inspect it."},
	})
	NoLonger = fault.Define(fault.Kind{
		Number: 3007, Class: fault.Forbidden,
		What: lang.Text{JA: "この申請のカードは作れません。", EN: "No card can be made for this application."},
		Why:  lang.Text{JA: "申請が受付済みでないか、本人の死亡や国外転出が登録されたか、転入の処理が済んでいません。", EN: "The application was not accepted, or the person has died, emigrated or moved since."},
		Cure: lang.Text{JA: "台帳と申請を確かめ、必要なら申請を取り下げてください。", EN: "Check register and application, and withdraw the application if need be."},
	})
	PhotoDiffers = fault.Define(fault.Kind{
		Number: 3008, Class: fault.Conflict,
		What: lang.Text{JA: "写真が製造指示の写真と違います。", EN: "The photo is not the one the order was placed for."},
		Why:  lang.Text{JA: "申請から製造まで、写真は指紋値で結びつけています。取り違えたか、書き換えられています。", EN: "A digest binds the photo from application to card. Photos were mixed up or changed."},
		Cure: lang.Text{JA: "作業を止めて上司へ知らせ、申請の写真を確かめてください。カードには何も書いていません。", EN: "Stop, tell your supervisor and look at the application's photo. Nothing was written to the card."},
	})
	NoAnswer = fault.Define(fault.Kind{
		Number: 3009, Class: fault.Conflict,
		What: lang.Text{JA: "機械の上のチップを読めませんでした。", EN: "The chip on the machine could not be read."},
		Why:  lang.Text{JA: "チップが応答しないか、途中で途切れました。製造指示は元のままです。", EN: "It did not answer, or stopped on the way. The order is as before."},
		Cure: lang.Text{JA: "カードを置き直して、もう一度行ってください。続くときは不良として処分します。", EN: "Place the card again and repeat. If it goes on, dispose of the card as faulty."},
	})
	OtherChip = fault.Define(fault.Kind{
		Number: 3010, Class: fault.Conflict,
		What: lang.Text{JA: "機械の上のチップは、この製造指示のものではありません。", EN: "The chip on the machine is not the one of this order."},
		Why:  lang.Text{JA: "チップの製造番号が指示のカードと違います。このチップには何も書いていません。", EN: "Its serial differs from the ordered card's. Nothing was written to it."},
		Cure: lang.Text{JA: "指示の番号とチップの番号を照らし合わせてください。", EN: "Compare the order with the chip's serial."},
	})
	NoDates = fault.Define(fault.Kind{
		Number: 3011, Class: fault.Unavailable,
		What: lang.Text{JA: "今はこのカードの電子証明書を発行できません。", EN: "No certificate can be issued for this card now."},
		Why:  lang.Text{JA: "有効な認証局の世代がないか、カードの有効期限に余裕がなく、証明書の期限を決められません。鍵はまだ作っておらず、製造指示は元のままです。", EN: "There is no CA generation in force, or the card ends too soon, so that the certificate's dates cannot be set. No key was made and the order is as before."},
		Cure: lang.Text{JA: "認証局の世代を用意してから（毎日の処理で自動的に始まります）、もう一度行ってください。", EN: "Have the CA generation begun (the daily run does it) and repeat."},
	})
)
