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
		Cure: lang.Text{JA: "kado serve --help を見て、足りないものを指定してください。合言葉のファイルは所有者だけが読めるようにしてください。", EN: "See kado serve --help and give what is missing. Only the owner may be able to read the passphrase file."},
	})
	OpenSandbox = fault.Define(fault.Kind{
		Number: 1022, Class: fault.Forbidden,
		What: lang.Text{JA: "練習用の世界を、この機械の外から見える %s では公開しません。", EN: "A sandbox is not offered on %s, which others can reach."},
		Why:  lang.Text{JA: "練習用の画面では、誰でもカードを使い、時計を動かせます。", EN: "On a sandbox's pages anybody may use cards and move the clock."},
		Cure: lang.Text{JA: "127.0.0.1 か localhost を使ってください。分かったうえで公開するときは --anyone を付けてください。", EN: "Use 127.0.0.1 or localhost, or add --anyone if that is what you want."},
	})
)
