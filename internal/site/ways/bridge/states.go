package bridge

import (
	"kado/internal/platform/lang"
	"kado/internal/platform/states"
)

// State is how far a code is.
type State string

// The states.
const (
	Shown    State = "shown"    // the page shows the code
	Taken    State = "taken"    // a bridge has it; the card is awaited
	Done     State = "done"     // the card has answered
	Refused  State = "refused"  // the card's answer was not accepted
	Declined State = "declined" // the holder said no in the terminal
	Expired  State = "expired"  // too late
	Replaced State = "replaced" // the page shows another code
)

const (
	actTake    = "take with the code"
	actAnswer  = "answer with the card"
	actRefuse  = "refuse the card's answer"
	actDecline = "decline in the terminal"
	actExpire  = "expire"
	actReplace = "show a new code"
)

// Lives is the table of a code's states.
var Lives = states.New(states.Machine[State]{
	Name: "bridge", Title: lang.Text{JA: "カードリーダーへの橋渡し", EN: "Bridge to a card reader"}, Initial: Shown,
	States: []states.State[State]{
		{ID: Shown, Text: lang.Text{JA: "コードを表示中", EN: "code shown"}},
		{ID: Taken, Text: lang.Text{JA: "ブリッジが受取、カード待ち", EN: "taken, waiting for the card"}},
		{ID: Done, Text: lang.Text{JA: "完了", EN: "done"}, End: true},
		{ID: Refused, Text: lang.Text{JA: "カードの答えを拒否", EN: "answer refused"}, End: true},
		{ID: Declined, Text: lang.Text{JA: "本人が中止", EN: "declined"}, End: true},
		{ID: Expired, Text: lang.Text{JA: "時間切れ", EN: "expired"}, End: true},
		{ID: Replaced, Text: lang.Text{JA: "新しいコードに交代", EN: "replaced by a new code"}, End: true},
	},
	Moves: []states.Move[State]{
		{Act: actTake, From: Shown, To: Taken},
		{Act: actExpire, From: Shown, To: Expired},
		{Act: actReplace, From: Shown, To: Replaced},
		{Act: actAnswer, From: Taken, To: Done},
		{Act: actRefuse, From: Taken, To: Refused},
		{Act: actDecline, From: Taken, To: Declined},
		{Act: actExpire, From: Taken, To: Expired},
		{Act: actReplace, From: Taken, To: Replaced},
	},
})
