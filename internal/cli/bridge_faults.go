package cli

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of kado bridge, 1030 to 1039.
var (
	BridgeServer = fault.Define(fault.Kind{
		Number: 1030, Class: fault.Invalid,
		What: lang.Text{JA: "このサーバーには接続しません：%s", EN: "This server is not connected to: %s"},
		Why:  lang.Text{JA: "ブリッジは https:// のサーバーか、この機械の中の http:// のサーバーとだけ話します。", EN: "The bridge speaks to servers with https://, and with http:// only to this machine."},
		Cure: lang.Text{JA: "ログインの画面に出ているとおりに --server を指定してください。", EN: "Give --server as the login page shows it."},
	})
	BridgeCode = fault.Define(fault.Kind{
		Number: 1031, Class: fault.Invalid,
		What: lang.Text{JA: "コードの形が正しくありません。", EN: "The code is malformed."},
		Why:  lang.Text{JA: "コードは 7K4Q-9XW2 のような8文字です。", EN: "A code has eight characters, like 7K4Q-9XW2."},
		Cure: lang.Text{JA: "ログインの画面に出ているコードを入力してください。", EN: "Type the code that the login page shows."},
	})
	BridgeSilent = fault.Define(fault.Kind{
		Number: 1032, Class: fault.Unavailable,
		What: lang.Text{JA: "サーバーから使える答えがありません：%s", EN: "No usable answer from the server: %s"},
		Why:  lang.Text{JA: "つながらないか、このブリッジの知らない答えが返りました。カードには何もさせていません。", EN: "It cannot be reached, or answered something that this bridge does not know. Nothing was done with the card on its word."},
		Cure: lang.Text{JA: "--server と、kado serve が動いていることを確かめてください。", EN: "Check --server, and that kado serve is running."},
	})
	BridgeRefused = fault.Define(fault.Kind{
		Number: 1033, Class: fault.Forbidden,
		What: lang.Text{JA: "サーバーが断りました（%s）：%s", EN: "The server refused (%s): %s"},
		Why:  lang.Text{JA: "番号はサーバーの断りの番号です。kado のエラー一覧に理由があります。", EN: "The number is that of the server's refusal; the list of errors has the reason."},
		Cure: lang.Text{JA: "ログインの画面を見て、新しいコードでやり直してください。", EN: "See the login page, and try again with a new code."},
	})
	BridgeStatement = fault.Define(fault.Kind{
		Number: 1034, Class: fault.Forbidden,
		What: lang.Text{JA: "ログインの文でないものには署名しません。", EN: "Nothing but the statement of a login is signed."},
		Why:  lang.Text{JA: "サーバーが送ってきたものに、どのサイトへのログインかが決まった形で書かれていません。", EN: "What the server sent does not say, in the one known form, which site the login is for."},
		Cure: lang.Text{JA: "暗証番号を入力せず、サーバーの運営者に知らせてください。", EN: "Type no PIN, and tell whoever runs the server."},
	})
	BridgeOtherSite = fault.Define(fault.Kind{
		Number: 1035, Class: fault.Forbidden,
		What: lang.Text{JA: "別のサイトへのログインです：%s", EN: "This is a login at another site: %s"},
		Why:  lang.Text{JA: "--site で指定されたサイトへのログインにだけカードを使います。", EN: "The card is used for the sites given with --site only."},
		Cure: lang.Text{JA: "そのサイトへのログインに覚えがなければ、止めたままにしてください。", EN: "If you did not mean to log in there, leave it at that."},
	})
	BridgeDeclined = fault.Define(fault.Kind{
		Number: 1036, Class: fault.Conflict,
		What: lang.Text{JA: "中止しました。", EN: "Declined."},
		Why:  lang.Text{JA: "暗証番号が入力されませんでした。何にも署名していません。", EN: "No PIN was typed. Nothing was signed."},
		Cure: lang.Text{JA: "続けるときは、ログインの画面で新しいコードを表示してください。", EN: "To go on, show a new code on the login page."},
	})
	BridgeCaller = fault.Define(fault.Kind{
		Number: 1037, Class: fault.Forbidden,
		What: lang.Text{JA: "別のところからの依頼は受け付けません。", EN: "A request from elsewhere is not accepted."},
		Why:  lang.Text{JA: "--server のサイトのログインの画面から送られたコードだけを受け取ります。", EN: "Only a code from a login page of the site given with --server is taken."},
		Cure: lang.Text{JA: "そのサイトのログインの画面から送ってください。", EN: "Send it from that site's login page."},
	})
	BridgeBusy = fault.Define(fault.Kind{
		Number: 1038, Class: fault.Conflict,
		What: lang.Text{JA: "ブリッジは別のログインの途中です。", EN: "The bridge is busy with another login."},
		Why:  lang.Text{JA: "カードは一度に1つのログインにだけ使います。", EN: "The card is used for one login at a time."},
		Cure: lang.Text{JA: "端末での操作を終えてから、もう一度送ってください。", EN: "Finish in the terminal, then send it again."},
	})
)
