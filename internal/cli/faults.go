package cli

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the command line.
var (
	BadArguments = fault.Define(fault.Kind{
		Number: 1001, Class: fault.Invalid,
		What: lang.Text{JA: "コマンドの指定が正しくありません：%s", EN: "The command line is wrong: %s"},
		Why:  lang.Text{JA: "知らない指定か、値の形が決まりと違います。何も実行していません。", EN: "A flag, argument or value is not known. Nothing was run."},
		Cure: lang.Text{JA: "kado --help か kado コマンド名 --help で使い方を見てください。", EN: "See kado --help, or kado COMMAND --help."},
	})
	CannotRead = fault.Define(fault.Kind{
		Number: 1002, Class: fault.Invalid,
		What: lang.Text{JA: "ファイルを読めません：%s", EN: "The file cannot be read: %s"},
		Why:  lang.Text{JA: "ないか、権限がないか、普通のファイルではありません。", EN: "It does not exist, permission is missing, or it is no ordinary file."},
		Cure: lang.Text{JA: "ファイルの名前と権限を確かめてください。", EN: "Check the file's name and permissions."},
	})
	TooLarge = fault.Define(fault.Kind{
		Number: 1003, Class: fault.Invalid,
		What: lang.Text{JA: "ファイルが大きすぎます：%s（上限%dバイト）", EN: "The file is too large: %s (limit %d bytes)"},
		Why:  lang.Text{JA: "この用途には上限があります。", EN: "There is a limit for this use."},
		Cure: lang.Text{JA: "小さいファイルを指定してください。", EN: "Name a smaller file."},
	})
	BadClock = fault.Define(fault.Kind{
		Number: 1004, Class: fault.Invalid,
		What: lang.Text{JA: "時刻の形が正しくありません。", EN: "The time is malformed."},
		Why:  lang.Text{JA: "2026-04-01T10:00:00+09:00 の形で、2022年から2090年までの時刻を指定します。", EN: "It has the form 2026-04-01T10:00:00+09:00 and lies between 2022 and 2090."},
		Cure: lang.Text{JA: "形を直すか、省いてください。省いたときの時刻は --help にあります。", EN: "Mend it, or leave it out; --help tells what then counts."},
	})
	Inconsistent = fault.Define(fault.Kind{
		Number: 1005, Class: fault.Internal,
		What: lang.Text{JA: "検査で%d件の指摘がありました。", EN: "The check has %d findings."},
		Why:  lang.Text{JA: "記録どうし、または記録とカードが食い違っています。", EN: "Records differ from each other or from the cards."},
		Cure: lang.Text{JA: "上の指摘を添えて知らせてください。データは変えていません。", EN: "Report the findings above. Nothing was changed."},
	})
	Interrupted = fault.Define(fault.Kind{
		Number: 1006, Class: fault.Unavailable,
		What: lang.Text{JA: "中断しました。", EN: "Interrupted."},
		Why:  lang.Text{JA: "停止の合図を受け取りました。受け付け済みの記録は残っています。", EN: "A signal to stop arrived. Everything acknowledged is kept."},
		Cure: lang.Text{JA: "もう一度実行してください。", EN: "Run it again."},
	})
	OutputLost = fault.Define(fault.Kind{
		Number: 1007, Class: fault.Unavailable,
		What: lang.Text{JA: "結果を標準出力に書けませんでした。", EN: "The result could not be written to standard output."},
		Why:  lang.Text{JA: "出力先が閉じられたか、空きがありません。", EN: "It was closed, or there is no room."},
		Cure: lang.Text{JA: "出力先を確かめてください。記録したことは残っています。", EN: "Check where the output goes. What was recorded is kept."},
	})
	RecordExists = fault.Define(fault.Kind{
		Number: 1008, Class: fault.Conflict,
		What: lang.Text{JA: "記録を書けません。別の中身のファイルがあります：%s", EN: "The record cannot be left: a file of other content is there: %s"},
		Why:  lang.Text{JA: "今あるファイルを上書きすることはありません。式そのものは終わり、記録はデータベースにあります。", EN: "Nothing is ever overwritten. The ceremony itself is complete and its record is in the database."},
		Cure: lang.Text{JA: "--record で別の場所を指定して、もう一度実行してください。同じ記録を書きます。", EN: "Run it again with another --record; the same record is written."},
	})
)

// The refusals of kado serve.
var (
	CannotListen = fault.Define(fault.Kind{
		Number: 1020, Class: fault.Unavailable,
		What: lang.Text{JA: "%s で待ち受けられません。", EN: "Cannot listen on %s."},
		Why:  lang.Text{JA: "ほかのプログラムが使っているか、この機械のアドレスではありません。", EN: "Another program uses it, or it is no address of this machine."},
		Cure: lang.Text{JA: "--listen で別のアドレスを指定してください（例：127.0.0.1:8081）。", EN: "Name another with --listen, such as 127.0.0.1:8081."},
	})
	NotForProduction = fault.Define(fault.Kind{
		Number: 1021, Class: fault.Invalid,
		What: lang.Text{JA: "本番用の設定が足りません：%s", EN: "Configuration for production is missing or unfit: %s"},
		Why:  lang.Text{JA: "--production では、TLS・鍵ファイル・合言葉・データベース・公開アドレスをすべて自分で決めなければ始めません。練習用の既定値は使いません。", EN: "With --production nothing starts until TLS, key file, passphrase, database and public address are all given. No default of the sandbox is used."},
		Cure: lang.Text{JA: "kado serve --help を見て、足りないものを指定してください。合言葉のファイルは、所有者だけが読める、16文字以上の1行にします。", EN: "See kado serve --help and give what is missing. The passphrase file is one line of 16 characters or more that only its owner can read."},
	})
	OpenSandbox = fault.Define(fault.Kind{
		Number: 1022, Class: fault.Forbidden,
		What: lang.Text{JA: "練習用の世界を、この機械の外から見える %s では公開しません。", EN: "A sandbox is not offered on %s, which others can reach."},
		Why:  lang.Text{JA: "練習用の画面では、誰でもカードを使い、時計を動かせます。", EN: "On a sandbox's pages anybody may use cards and move the clock."},
		Cure: lang.Text{JA: "127.0.0.1 か localhost を使ってください。分かったうえで公開するときは --anyone を付けてください。", EN: "Use 127.0.0.1 or localhost, or add --anyone if that is what you want."},
	})
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
	BridgeVersion = fault.Define(fault.Kind{
		Number: 1039, Class: fault.Conflict,
		What: lang.Text{JA: "サイトと kado bridge の版が合いません。", EN: "Site and kado bridge are of different versions."},
		Why:  lang.Text{JA: "サイトが、カードの内容を封をして受け取る方法を知りません。封をせずに送ることはしません。", EN: "The site does not know how to take what the card holds sealed. It is not sent otherwise."},
		Cure: lang.Text{JA: "kado bridge を新しい版にしてください。それでも合わないときは、サイトの運営者に知らせてください。", EN: "Update kado bridge. If they still differ, tell whoever runs the site."},
	})
)
