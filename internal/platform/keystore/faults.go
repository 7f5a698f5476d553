package keystore

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the key store, 1300 to 1399.
var (
	UnknownKey = fault.Define(fault.Kind{
		Number: 1300, Class: fault.NotFound,
		What: lang.Text{JA: "鍵 %s がありません。", EN: "There is no key %s."},
		Why:  lang.Text{JA: "この鍵は、まだ作られていないか、別の鍵ファイルか鍵装置にあります。", EN: "It was not made yet, or lies in another key file or token."},
		Cure: lang.Text{JA: "鍵ファイルと鍵装置の指定を確かめてください。", EN: "Check which key file or token is given."},
	})
	KeyExists = fault.Define(fault.Kind{
		Number: 1301, Class: fault.Conflict,
		What: lang.Text{JA: "鍵 %s はすでにあります。", EN: "The key %s exists already."},
		Why:  lang.Text{JA: "鍵は上書きできません。", EN: "Keys are never overwritten."},
		Cure: lang.Text{JA: "別の名前で作ってください。", EN: "Make it under another name."},
	})
	UnfitKey = fault.Define(fault.Kind{
		Number: 1302, Class: fault.Invalid,
		What: lang.Text{JA: "その鍵は作れません（%s）。", EN: "That key cannot be made (%s)."},
		Why:  lang.Text{JA: "名前、方式、長さのどれかが決められた範囲にありません。", EN: "Name, algorithm or length is outside what is laid down."},
		Cure: lang.Text{JA: "名前は英小文字・数字・.-_/ の 80 字まで、方式は RSA-2048、ECDSA-P256、ECDSA-P384、秘密の値は 16～64 バイトにしてください。", EN: "Use a name of up to 80 lower-case letters, digits and .-_/, one of RSA-2048, ECDSA-P256 and ECDSA-P384, and secrets of 16 to 64 bytes."},
	})
	WrongPassphrase = fault.Define(fault.Kind{
		Number: 1303, Class: fault.Forbidden,
		What: lang.Text{JA: "鍵ファイルを開けません。パスフレーズが違います。", EN: "The key file does not open with this passphrase."},
		Why:  lang.Text{JA: "パスフレーズが違うか、ファイルの中身が書き換えられています。この二つは見分けられません。", EN: "The passphrase is wrong, or the file was changed. The two cannot be told apart."},
		Cure: lang.Text{JA: "パスフレーズを確かめてください。正しいはずなら、控えのファイルから戻してください。", EN: "Check the passphrase. If it is right, restore the file from its backup."},
	})
	UnfitFile = fault.Define(fault.Kind{
		Number: 1304, Class: fault.Invalid,
		What: lang.Text{JA: "鍵ファイルとして読めません（%s）。", EN: "This is not a key file Kado can read (%s)."},
		Why:  lang.Text{JA: "形式、版、大きさのどれかが決められたものではありません。", EN: "Its form, version or size is not what is laid down."},
		Cure: lang.Text{JA: "ファイルの指定を確かめるか、控えのファイルから戻してください。", EN: "Check which file is given, or restore it from its backup."},
	})
	TooOpen = fault.Define(fault.Kind{
		Number: 1305, Class: fault.Forbidden,
		What: lang.Text{JA: "鍵ファイルを他の利用者も読める状態です。", EN: "Other users of this machine can read the key file."},
		Why:  lang.Text{JA: "鍵ファイルは、持ち主だけが読み書きできなければなりません。", EN: "Only its owner may read and write a key file."},
		Cure: lang.Text{JA: "chmod 600 で持ち主だけの権限にし、読まれたおそれがあれば鍵を作り直してください。", EN: "Set it to its owner alone with chmod 600; if it may have been read, replace the keys."},
	})
	CannotAccess = fault.Define(fault.Kind{
		Number: 1306, Class: fault.Unavailable,
		What: lang.Text{JA: "鍵ファイルを読み書きできません。", EN: "The key file cannot be read or written."},
		Why:  lang.Text{JA: "場所、権限、空き容量のどれかに問題があります。", EN: "Something is wrong with its place, permissions or free space."},
		Cure: lang.Text{JA: "場所と権限、空き容量を確かめてから、もう一度お試しください。", EN: "Check place, permissions and free space and try again."},
	})
	FileExists = fault.Define(fault.Kind{
		Number: 1307, Class: fault.Conflict,
		What: lang.Text{JA: "鍵ファイルはすでにあります。", EN: "The key file exists already."},
		Why:  lang.Text{JA: "新しく作るときに、今ある鍵ファイルを上書きすることはありません。", EN: "Making a new one never overwrites an existing one."},
		Cure: lang.Text{JA: "別の場所を指定するか、今あるファイルを開いてください。", EN: "Give another place, or open the existing file."},
	})
	PoolClosed = fault.Define(fault.Kind{
		Number: 1308, Class: fault.Unavailable,
		What: lang.Text{JA: "鍵の生成は終了しています。", EN: "Key generation has been shut down."},
		Why:  lang.Text{JA: "Kado が終了しようとしています。", EN: "Kado is stopping."},
		Cure: lang.Text{JA: "起動し直してから、もう一度お試しください。", EN: "Try again after it has been started again."},
	})
)
