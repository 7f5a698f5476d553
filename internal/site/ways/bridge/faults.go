package bridge

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of this way, 8330 to 8339.
var (
	NoCode = fault.Define(fault.Kind{
		Number: 8330, Class: fault.NotFound,
		What: lang.Text{JA: "このコードは使えません。", EN: "This code cannot be used."},
		Why:  lang.Text{JA: "コードが違うか、ログインがすでに終わったか、コードを出したあとにサーバーが起動し直されました。", EN: "It is not one of ours, its login is over, or the server was started anew after it had shown the code."},
		Cure: lang.Text{JA: "ログインの画面に出ているコードを確かめ、もう一度入力してください。画面が変わらないときは、読み込み直すと新しいコードが出ます。", EN: "Compare it with the code on the login page and type it again. If that page stands still, load it again: it shows a new code."},
	})
	TooLate = fault.Define(fault.Kind{
		Number: 8331, Class: fault.Conflict,
		What: lang.Text{JA: "時間切れになりました。", EN: "The time is over."},
		Why:  lang.Text{JA: "コードは5分以内に入力し、カードの操作はそれから5分以内に終える必要があります。", EN: "The code has to be typed within five minutes, and the card used within five minutes after that."},
		Cure: lang.Text{JA: "ログインの画面で新しいコードを表示してください。", EN: "Show a new code on the login page."},
	})
	Used = fault.Define(fault.Kind{
		Number: 8332, Class: fault.Conflict,
		What: lang.Text{JA: "このコードはすでに使われています。", EN: "This code has been used."},
		Why:  lang.Text{JA: "1つのコードは、1回だけ使えます。", EN: "A code serves once."},
		Cure: lang.Text{JA: "ログインの画面で新しいコードを表示してください。ご自分で使った覚えがなければ、ログインを初めからやり直してください。", EN: "Show a new code on the login page. If it was not you who used it, begin the login anew."},
	})
	TooManyCodes = fault.Define(fault.Kind{
		Number: 8333, Class: fault.Conflict,
		What: lang.Text{JA: "このログインでは、これ以上コードを作れません。", EN: "This login can show no more codes."},
		Why:  lang.Text{JA: "1回のログインで作れるコードは10個までです。", EN: "Ten are the limit for one login."},
		Cure: lang.Text{JA: "元のサイトに戻り、ログインを初めからやり直してください。", EN: "Go back to the site and begin the login anew."},
	})
	Busy = fault.Define(fault.Kind{
		Number: 8334, Class: fault.Unavailable,
		What: lang.Text{JA: "混み合っていて、コードを作れません。", EN: "No code can be made just now: too many are in use."},
		Why:  lang.Text{JA: "同時に扱えるログインの数に上限があります。", EN: "The number of logins at a time is limited."},
		Cure: lang.Text{JA: "少し待つか、ほかの方法を選んでください。", EN: "Wait a little, or choose another way."},
	})
	OtherChallenge = fault.Define(fault.Kind{
		Number: 8335, Class: fault.Conflict,
		What: lang.Text{JA: "別の受付けへの答えが送られました。", EN: "The answer is to another challenge."},
		Why:  lang.Text{JA: "ブリッジに渡した内容への署名だけを受け付けます。", EN: "Only what the bridge was given is accepted."},
		Cure: lang.Text{JA: "ログインの画面で新しいコードを表示し、やり直してください。", EN: "Show a new code on the login page and try again."},
	})
	OtherVersion = fault.Define(fault.Kind{
		Number: 8336, Class: fault.Conflict,
		What: lang.Text{JA: "kado bridge とサイトの版が合いません。", EN: "kado bridge and the site are of different versions."},
		Why:  lang.Text{JA: "どちらかが古く、カードの内容の送り方が違います。古い送り方は受け付けません。", EN: "One of them is older and sends what the card holds in another way. The older way is not accepted."},
		Cure: lang.Text{JA: "kado bridge を新しい版にしてください。それでも合わないときは、サイトの運営者に知らせてください。", EN: "Update kado bridge. If they still differ, tell whoever runs the site."},
	})
)
