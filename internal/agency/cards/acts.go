package cards

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

// The acts of this office in the journal.
var (
	ActOrdered = journal.DefineAct(journal.Act{Code: "cards.ordered",
		Text: lang.Text{JA: "カードの製造を指示しました", EN: "A card was ordered"}})
	ActPersonalised = journal.DefineAct(journal.Act{Code: "cards.personalised",
		Text: lang.Text{JA: "カードに書き込みました", EN: "The card was personalised"}})
	ActSpoiled = journal.DefineAct(journal.Act{Code: "cards.spoiled",
		Text: lang.Text{JA: "カードを製造不良としました", EN: "The card was spoiled in production"}})
	ActConsigned = journal.DefineAct(journal.Act{Code: "cards.consigned", Details: []string{"consignment"},
		Text: lang.Text{JA: "カードを市区町村へ発送しました", EN: "The card was sent to the municipality"}})
	ActReceived = journal.DefineAct(journal.Act{Code: "cards.received", Details: []string{"consignment"},
		Text: lang.Text{JA: "市区町村がカードを受け取りました", EN: "The municipality received the card"}})
	ActActivated = journal.DefineAct(journal.Act{Code: "cards.activated",
		Text: lang.Text{JA: "カードを交付し、使えるようにしました", EN: "The card was delivered and put into operation"}})
	ActSuspended = journal.DefineAct(journal.Act{Code: "cards.suspended",
		Text: lang.Text{JA: "カードを一時停止しました", EN: "The card was suspended"}})
	ActResumed = journal.DefineAct(journal.Act{Code: "cards.resumed",
		Text: lang.Text{JA: "カードの一時停止を解除しました", EN: "The card was put back into operation"}})
	ActAbolished = journal.DefineAct(journal.Act{Code: "cards.abolished",
		Text: lang.Text{JA: "カードを廃止しました", EN: "The card was abolished"}})
	ActLost = journal.DefineAct(journal.Act{Code: "cards.made_void",
		Text: lang.Text{JA: "所在不明のカードを無効にしました", EN: "The missing card was made void"}})
	ActHolderDead = journal.DefineAct(journal.Act{Code: "cards.holder_died",
		Text: lang.Text{JA: "亡くなった方のカードの製造を止めました", EN: "No more cards are made for a person who has died"}})
	ActChipKeyReleased = journal.DefineAct(journal.Act{Code: "cards.chip_key_released",
		Text: lang.Text{JA: "ICチップの管理用の鍵を製造者に渡しました", EN: "The chip's management key was given to the chip maker"}})
	ActAttested = journal.DefineAct(journal.Act{Code: "cards.chip_attested",
		Text: lang.Text{JA: "ICチップが本物であることを確かめました", EN: "The chip proved to be genuine"}})
	ActGranted = journal.DefineAct(journal.Act{Code: "cards.operation_granted", Details: []string{"operation", "script", "second", "provider", "basis", "consent"},
		Text: lang.Text{JA: "ICチップへの操作を許可しました", EN: "An operation on the chip was permitted"}})
	ActOffered = journal.DefineAct(journal.Act{Code: "cards.applet_approved", Details: []string{"offering", "provider", "basis"},
		Text: lang.Text{JA: "空き領域に載せるアプレットを承認しました", EN: "An applet for the free area was approved"}})
	ActOfferingEnded = journal.DefineAct(journal.Act{Code: "cards.applet_approval_ended", Details: []string{"offering", "provider", "basis"},
		Text: lang.Text{JA: "空き領域のアプレットの承認を終えました", EN: "The approval of an applet for the free area ended"}})
	ActAppletLoaded = journal.DefineAct(journal.Act{Code: "cards.applet_loaded", Details: []string{"provider", "basis"},
		Text: lang.Text{JA: "カードの空き領域にアプレットを載せました", EN: "An applet was loaded into the card's free area"}})
	ActAppletRemoved = journal.DefineAct(journal.Act{Code: "cards.applet_removed", Details: []string{"provider", "basis"},
		Text: lang.Text{JA: "カードの空き領域からアプレットを削除しました", EN: "An applet was removed from the card's free area"}})
	ActNotified = journal.DefineAct(journal.Act{Code: "cards.expiry_notified", Details: []string{"months"},
		Text: lang.Text{JA: "カードの有効期限をお知らせしました", EN: "The holder was told that the card expires"}})
)

// actOf gives each move of Lives its act in the journal.
var actOf = map[string]string{
	"personalise": ActPersonalised, "spoil": ActSpoiled, "consign": ActConsigned, "receive": ActReceived,
	"activate": ActActivated, "suspend": ActSuspended, "resume": ActResumed, "abolish": ActAbolished, "lose": ActLost,
}
