package db

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the database, 1100 to 1199.
var (
	UnknownScheme = fault.Define(fault.Kind{
		Number: 1100, Class: fault.Invalid,
		What: lang.Text{JA: "データベースの指定を読み取れません（%s）。", EN: "The database address cannot be read (%s)."},
		Why:  lang.Text{JA: "使えるのは sqlite:ファイル名 と postgres://利用者@ホスト/データベース名 だけです。", EN: "Only sqlite:PATH and postgres://USER@HOST/DATABASE are known."},
		Cure: lang.Text{JA: "--db の値を、どちらかの形に直してください。", EN: "Give --db in one of these two forms."},
	})
	CannotOpen = fault.Define(fault.Kind{
		Number: 1101, Class: fault.Unavailable,
		What: lang.Text{JA: "データベースを開けません。", EN: "The database cannot be opened."},
		Why:  lang.Text{JA: "ファイルに触れられないか、サーバーが応答していません。", EN: "The file is out of reach, or the server does not answer."},
		Cure: lang.Text{JA: "ファイルの場所と権限、またはサーバーの状態を確かめてから、もう一度お試しください。", EN: "Check the file's place and permissions, or the server, and try again."},
	})
	Busy = fault.Define(fault.Kind{
		Number: 1102, Class: fault.Unavailable,
		What: lang.Text{JA: "データベースが混み合っていて、書き込めませんでした。", EN: "The database was too busy to write."},
		Why:  lang.Text{JA: "ほかの書き込みが続き、決められた回数のやり直しでも順番が来ませんでした。", EN: "Other writes kept it busy through all permitted retries."},
		Cure: lang.Text{JA: "何も変更されていません。少し待ってから、もう一度お試しください。", EN: "Nothing was changed. Wait a moment and try again."},
	})
	OutcomeUnknown = fault.Define(fault.Kind{
		Number: 1103, Class: fault.Unavailable,
		What: lang.Text{JA: "書き込みの結果を確かめられませんでした。", EN: "It is not known whether the write took place."},
		Why:  lang.Text{JA: "確定の途中でデータベースとの接続が切れました。", EN: "The connection to the database was lost while committing."},
		Cure: lang.Text{JA: "やり直す前に、対象の今の状態を画面で確かめてください。", EN: "Look at the present state before doing it again."},
	})
	UnfitArgument = fault.Define(fault.Kind{
		Number: 1104, Class: fault.Internal,
		What: lang.Text{JA: "データベースへ渡せない種類の値です（%d番目、%s）。", EN: "Argument %d of type %s has no form in the database."},
		Why:  lang.Text{JA: "どちらのデータベースでも同じ形で保存できる値だけを受け付けます。", EN: "Only values that both engines store alike are accepted."},
		Cure: lang.Text{JA: "Kado の側の誤りです。この番号を添えて知らせてください。", EN: "The fault is on Kado's side. Report it with this number."},
	})
	UnfitText = fault.Define(fault.Kind{
		Number: 1105, Class: fault.Invalid,
		What: lang.Text{JA: "保存できない文字が含まれています。", EN: "The text holds characters that cannot be stored."},
		Why:  lang.Text{JA: "UTF-8 として正しくないか、値 0 の文字が入っています。", EN: "It is not valid UTF-8, or holds a NUL character."},
		Cure: lang.Text{JA: "文字を入力し直してください。", EN: "Enter the text again."},
	})
	UnfitServer = fault.Define(fault.Kind{
		Number: 1106, Class: fault.Invalid,
		What: lang.Text{JA: "このデータベースは使えません（文字コード %s、照合順序 %s）。", EN: "This database does not fit (encoding %s, collation %s)."},
		Why:  lang.Text{JA: "文字コードは UTF8、照合順序は C でなければ、文字の並び順が変わってしまいます。", EN: "It needs encoding UTF8 and collation C, or text would be ordered differently."},
		Cure: lang.Text{JA: "createdb --template=template0 --encoding=UTF8 --locale=C で作ったデータベースを指定してください。", EN: "Give a database made with createdb --template=template0 --encoding=UTF8 --locale=C."},
	})
	MigrationFailed = fault.Define(fault.Kind{
		Number: 1107, Class: fault.Internal,
		What: lang.Text{JA: "データベースの表を新しい形にできませんでした（%s）。", EN: "The tables of %s could not be brought up to date."},
		Why:  lang.Text{JA: "表を作る途中で誤りが起きました。終わった段階までは保存されています。", EN: "A step failed. The steps before it are kept."},
		Cure: lang.Text{JA: "空き容量と権限を確かめて、もう一度起動してください。続くときは、この番号を添えて知らせてください。", EN: "Check space and permissions and start again. If it persists, report this number."},
	})
	Misuse = fault.Define(fault.Kind{
		Number: 1108, Class: fault.Internal,
		What: lang.Text{JA: "データベースの使い方に誤りがあります（%s）。", EN: "The database was used in a way it does not permit (%s)."},
		Why:  lang.Text{JA: "Kado の側の誤りです。取引は取り消されました。", EN: "The fault is on Kado's side. The transaction was rolled back."},
		Cure: lang.Text{JA: "この番号を添えて知らせてください。", EN: "Report it with this number."},
	})
)
