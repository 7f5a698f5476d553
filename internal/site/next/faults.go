package next

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the queue, and the reason that failures on purpose give.
var (
	NoSuchAnswer = fault.Define(fault.Kind{
		Number: 8401, Class: fault.Invalid,
		What: lang.Text{JA: "そのような答えはありません。", EN: "There is no such answer."},
		Why:  lang.Text{JA: "答えの名前が一覧にありません。", EN: "Its id is not in the table."},
		Cure: lang.Text{JA: "/sandbox/next の一覧から選んでください。", EN: "Choose one of the table at /sandbox/next."},
	})
	BadTimes = fault.Define(fault.Kind{
		Number: 8402, Class: fault.Invalid,
		What: lang.Text{JA: "回数か事業者の指定が正しくありません。", EN: "The number of times or the client is not in order."},
		Why:  lang.Text{JA: "回数は1～1000、事業者は英数字100文字までです。", EN: "Times are 1 to 1000; a client id has up to 100 letters and digits."},
		Cure: lang.Text{JA: "値を直して、もう一度送ってください。", EN: "Mend the value and send it again."},
	})
	QueueFull = fault.Define(fault.Kind{
		Number: 8403, Class: fault.Conflict,
		What: lang.Text{JA: "予約された答えが多すぎます。", EN: "Too many answers are queued."},
		Why:  lang.Text{JA: "予約は1000件までです。", EN: "The queue holds a thousand."},
		Cure: lang.Text{JA: "/sandbox/next で予約を取り消してから、もう一度送ってください。", EN: "Clear the queue at /sandbox/next and send it again."},
	})
	OnPurpose = fault.Define(fault.Kind{
		Number: 8404, Class: fault.Unavailable,
		What: lang.Text{JA: "頼まれたとおりに失敗しました（%s）。", EN: "Failed on purpose, as was asked for (%s)."},
		Why:  lang.Text{JA: "/sandbox/next か login_hint で、この失敗が予約されていました。", EN: "It was queued at /sandbox/next or by login_hint."},
		Cure: lang.Text{JA: "予約がなければ、同じ要求は通ります。", EN: "Without it the same request succeeds."},
	})
	ByChaos = fault.Define(fault.Kind{
		Number: 8405, Class: fault.Unavailable,
		What: lang.Text{JA: "偶然の失敗です。やり直せます。", EN: "A failure by chance. Try again."},
		Why:  lang.Text{JA: "--chaos で起動したサーバーは、要求の5%をわざと断ります。", EN: "A server started with --chaos refuses five requests in a hundred."},
		Cure: lang.Text{JA: "1秒ほど待って、同じ要求を送ってください。", EN: "Send the same request again after a second."},
	})
)
