package cards

import (
	"slices"
	"time"

	"kado/cardmgmt"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

// Permission is one row of the table of operations that the card management
// system permits.
type Permission struct {
	Op         cardmgmt.Op
	States     []State // of the card's record
	TwoPersons bool    // besides the actor a second member of staff is named (P-17)
	PastEnd    bool    // also after the card's last day
	// FreeArea marks the operations on the free area: staff only, and what is
	// loaded or removed is read before it is permitted (CHP-65).
	FreeArea bool
	Why      lang.Text
}

// Permissions is the whole table, in the order of the operations. What is not
// in it is refused with KADO-3203. No operation other than Prove is permitted on
// a suspended card: it is resumed first (LIF-07).
var Permissions = []Permission{
	{Op: cardmgmt.Personalise, States: []State{Ordered, Personalised},
		Why: lang.Text{JA: "製造時の書込み", EN: "writing in production"}},
	{Op: cardmgmt.Inspect, States: []State{Ordered, Personalised, InOperation}, PastEnd: true,
		Why: lang.Text{JA: "製造時の検査、窓口での照合", EN: "inspection in production, comparison at the counter"}},
	{Op: cardmgmt.Prove, States: []State{Personalised, Consigned, Held, InOperation, Suspended}, PastEnd: true,
		Why: lang.Text{JA: "カード自身による証明", EN: "the card proves that it is this card"}},
	{Op: cardmgmt.Activate, States: []State{Held}, TwoPersons: true,
		Why: lang.Text{JA: "交付", EN: "delivery"}},
	{Op: cardmgmt.InitialisePIN, States: []State{Held, InOperation},
		Why: lang.Text{JA: "暗証番号の再設定、中断した交付のやり直し", EN: "setting PINs anew, also in a delivery that was cut off"}},
	{Op: cardmgmt.Rewrite, States: []State{InOperation},
		Why: lang.Text{JA: "記載事項の書換え", EN: "rewriting attributes"}},
	{Op: cardmgmt.GenerateKey, States: []State{Ordered, InOperation},
		Why: lang.Text{JA: "新しい鍵の生成", EN: "making new keys"}},
	{Op: cardmgmt.SwitchKey, States: []State{InOperation},
		Why: lang.Text{JA: "新しい証明書への切替え", EN: "switching to new certificates"}},
	{Op: cardmgmt.DeleteKey, States: []State{InOperation}, PastEnd: true,
		Why: lang.Text{JA: "鍵の消去", EN: "erasing keys"}},
	{Op: cardmgmt.LockPINs, States: []State{InOperation}, TwoPersons: true,
		Why: lang.Text{JA: "顔認証カードへの切替え", EN: "making the card PIN-less"}},
	{Op: cardmgmt.ReleasePINs, States: []State{InOperation}, TwoPersons: true,
		Why: lang.Text{JA: "顔認証カードの解除", EN: "giving a PIN-less card its PINs"}},
	{Op: cardmgmt.Terminate, States: []State{Abolished, Void, Spoiled}, PastEnd: true,
		Why: lang.Text{JA: "終わったカードの消去", EN: "erasing a card that has ended"}},

	{Op: cardmgmt.InstallApplet, States: []State{InOperation}, FreeArea: true,
		Why: lang.Text{JA: "空き領域への搭載（承認と本人の同意が必要）", EN: "loading an applet into the free area, with approval and the holder's consent"}},
	{Op: cardmgmt.RemoveApplet, States: []State{InOperation}, PastEnd: true, FreeArea: true,
		Why: lang.Text{JA: "空き領域からの削除", EN: "removing an applet from the free area"}},
	{Op: cardmgmt.ListApplets, States: []State{InOperation}, PastEnd: true, FreeArea: true,
		Why: lang.Text{JA: "空き領域の一覧", EN: "listing what is in the free area"}},
}

// permission returns the row of an operation on a card in this state and with
// this last day, and whether it is permitted.
func permission(op cardmgmt.Op, s State, expires mynumber.Date, at time.Time) (Permission, bool) {
	for _, p := range Permissions {
		if p.Op == op {
			return p, slices.Contains(p.States, s) && (p.PastEnd || !over(expires, at))
		}
	}
	return Permission{}, false
}
