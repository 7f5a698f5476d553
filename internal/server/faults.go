package server

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of a house's database.
var (
	SandboxDatabase = fault.Define(fault.Kind{
		Number: 7010, Class: fault.Conflict,
		What: lang.Text{JA: "これは練習用（サンドボックス）のデータベースです。本番では使いません。", EN: "This database is a sandbox's. It is not used in production."},
		Why:  lang.Text{JA: "練習用の住民は架空で、暗証番号は一覧に載り、鍵は合言葉と同じ場所にあります。本番で使うと、すべて本物として扱われてしまいます。記録は変えていません。", EN: "A sandbox's people are fictitious, their PINs stand in a list, and its keys lie beside their passphrase: in production all of it would be taken for real. No record in it was changed."},
		Cure: lang.Text{JA: "--db に、本番のデータベースか、新しい空のデータベースを指定してください。練習用の世界は、--production を付けずに kado serve --data フォルダ で動かします。", EN: "Give --db the database of production, or a new, empty one. A sandbox is served by kado serve --data FOLDER, without --production."},
	})
	ProductionDatabase = fault.Define(fault.Kind{
		Number: 7011, Class: fault.Conflict,
		What: lang.Text{JA: "これは本番のデータベースです。練習用（サンドボックス）では使いません。", EN: "This database is for production. It is not used by a sandbox."},
		Why:  lang.Text{JA: "練習用の画面では、誰でもカードを使い、時計を動かせます。記録は変えていません。", EN: "On a sandbox's pages anybody may use cards and move the clock. No record in it was changed."},
		Cure: lang.Text{JA: "このデータベースは kado serve --production --db で動かします。練習には、--data で別のフォルダを指定してください。", EN: "Serve it with kado serve --production --db. For a sandbox name another folder with --data."},
	})
)

// Refusals of the sandbox.
var (
	NoWorld = fault.Define(fault.Kind{
		Number: 7001, Class: fault.NotFound,
		What: lang.Text{JA: "ここには町のデータがありません：%s", EN: "There is no town in this folder: %s"},
		Why:  lang.Text{JA: "このフォルダではまだデモを保存していません。", EN: "No demo was kept in this folder yet."},
		Cure: lang.Text{JA: "kado demo --data フォルダ で町を作るか、--data で別のフォルダを指定してください。", EN: "Make one with kado demo --data FOLDER, or name another folder with --data."},
	})
	NotAWorld = fault.Define(fault.Kind{
		Number: 7002, Class: fault.Invalid,
		What: lang.Text{JA: "フォルダの中身が町のデータとして読めません：%s", EN: "What lies in this folder cannot be read as a town: %s"},
		Why:  lang.Text{JA: "world.json が壊れているか、Kado の別の版が作ったか、別の用途のフォルダです。", EN: "Its world.json is damaged, was written by another version of Kado, or the folder is used for something else."},
		Cure: lang.Text{JA: "空のフォルダを指定してください。今あるファイルは変えていません。", EN: "Name an empty folder. Nothing in this one was changed."},
	})
	ClockBehind = fault.Define(fault.Kind{
		Number: 7003, Class: fault.Invalid,
		What: lang.Text{JA: "指定の時刻は、この町の時計（%s）より前です。", EN: "The given time is before this town's clock (%s)."},
		Why:  lang.Text{JA: "町の時計は戻せません。記録の順序が崩れるからです。", EN: "A town's clock never goes back: its records would be out of order."},
		Cure: lang.Text{JA: "--clock を省くか、町の時計より後の時刻を指定してください。", EN: "Leave --clock out, or give a later time."},
	})
	OtherSeed = fault.Define(fault.Kind{
		Number: 7004, Class: fault.Conflict,
		What: lang.Text{JA: "このフォルダの町は、別の種（シード）から作られています。", EN: "The town in this folder grew from another seed."},
		Why:  lang.Text{JA: "一つの町は一つの種から作られ、あとから変えられません。", EN: "A town has one seed for good."},
		Cure: lang.Text{JA: "--seed を省くか、別のフォルダを指定してください。", EN: "Leave --seed out, or name another folder."},
	})
	CannotWrite = fault.Define(fault.Kind{
		Number: 7005, Class: fault.Invalid,
		What: lang.Text{JA: "フォルダに書き込めません：%s", EN: "The folder cannot be written to: %s"},
		Why:  lang.Text{JA: "作れないか、権限がないか、同じ名前のファイルがあります。", EN: "It cannot be made, permission is missing, or a file has that name."},
		Cure: lang.Text{JA: "書き込めるフォルダを指定してください。", EN: "Name a folder you can write to."},
	})
	InUse = fault.Define(fault.Kind{
		Number: 7006, Class: fault.Conflict,
		What: lang.Text{JA: "この町は、別のプロセスが使っています。", EN: "Another process plays in this town."},
		Why:  lang.Text{JA: "町の時計は一つです。二つのデモを同時に進めることはできません。", EN: "A town has one clock: two demos cannot move it at once."},
		Cure: lang.Text{JA: "先の実行が終わってから、もう一度実行してください。", EN: "Run it again when the other one has ended."},
	})
	OtherKeys = fault.Define(fault.Kind{
		Number: 7007, Class: fault.Conflict,
		What: lang.Text{JA: "この町の鍵は、指定の鍵装置にはありません。", EN: "This town's keys are not in the given token."},
		Why:  lang.Text{JA: "鍵の置き場所は町を作るときに決まり、あとから変えられません。鍵装置の鍵は取り出せないからです。", EN: "Where keys are is settled when a town is made: a token's keys cannot be taken out."},
		Cure: lang.Text{JA: "--keys を省くか、新しいフォルダを指定してください。", EN: "Leave --keys out, or name a new folder."},
	})
)
