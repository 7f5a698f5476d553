package handover

import (
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
)

// State is how far a handover is.
type State string

// The states.
const (
	Shown     State = "shown"     // code and number stand on the computer
	Matched   State = "matched"   // a phone picked the number; its card is awaited
	Done      State = "done"      // the card has answered
	Wrong     State = "wrong"     // another number was picked
	Expired   State = "expired"   // too late
	Cancelled State = "cancelled" // the holder stopped it on the phone
	Replaced  State = "replaced"  // the computer shows another code
)

// The acts.
const (
	actPickRight = "pick the number"
	actPickWrong = "pick another number"
	actAnswer    = "answer with the card"
	actCancel    = "cancel on the phone"
	actExpire    = "expire"
	actReplace   = "show a new code"
)

// Lives is the table of a handover's states.
var Lives = states.New(states.Machine[State]{
	Name: "handover", Title: lang.Text{JA: "別の端末への引き継ぎ", EN: "Handover to another device"}, Initial: Shown,
	States: []states.State[State]{
		{ID: Shown, Text: lang.Text{JA: "QRコードを表示中", EN: "code shown"}},
		{ID: Matched, Text: lang.Text{JA: "番号が一致、カード待ち", EN: "number matched, waiting for the card"}},
		{ID: Done, Text: lang.Text{JA: "完了", EN: "done"}, End: true},
		{ID: Wrong, Text: lang.Text{JA: "番号が違った", EN: "wrong number"}, End: true},
		{ID: Expired, Text: lang.Text{JA: "時間切れ", EN: "expired"}, End: true},
		{ID: Cancelled, Text: lang.Text{JA: "中止", EN: "cancelled"}, End: true},
		{ID: Replaced, Text: lang.Text{JA: "新しいコードに交代", EN: "replaced by a new code"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: actPickRight, From: Shown, To: Matched},
		{Act: actPickWrong, From: Shown, To: Wrong},
		{Act: actExpire, From: Shown, To: Expired},
		{Act: actReplace, From: Shown, To: Replaced},
		{Act: actAnswer, From: Matched, To: Done},
		{Act: actCancel, From: Matched, To: Cancelled},
		{Act: actExpire, From: Matched, To: Expired},
		{Act: actReplace, From: Matched, To: Replaced},
	},
})
