package token

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of key store tokens, 1310 to 1349.
var (
	NoModule = fault.Define(fault.Kind{
		Number: 1310, Class: fault.Unavailable,
		What: lang.Text{JA: "鍵装置のライブラリを使えません。", EN: "The token's PKCS#11 library cannot be used."},
		Why:  lang.Text{JA: "指定の場所にないか、この機械用のものではないか、初期化に失敗しました。", EN: "It is not where the configuration says, is not for this machine, or failed to start."},
		Cure: lang.Text{JA: "設定の module に、ライブラリの正しい場所を書いてください。SoftHSM では環境変数 SOFTHSM2_CONF も確かめてください。", EN: "Put the library's right place into module. For SoftHSM, look at SOFTHSM2_CONF too."},
	})
	TokenGone = fault.Define(fault.Kind{
		Number: 1311, Class: fault.Unavailable,
		What: lang.Text{JA: "鍵装置が見つかりません。", EN: "The token is not there."},
		Why:  lang.Text{JA: "その名前や番号の鍵装置がないか、使っている間に外れました。署名はしていません。", EN: "No token has this label or serial number, or it went away while in use. Nothing was signed."},
		Cure: lang.Text{JA: "鍵装置の接続と、設定の token_label か token_serial を確かめてから、もう一度お試しください。", EN: "Check the token's connection and token_label or token_serial, and try again."},
	})
	WrongPIN = fault.Define(fault.Kind{
		Number: 1312, Class: fault.Forbidden,
		What: lang.Text{JA: "鍵装置の PIN が違います。", EN: "The token refuses this PIN."},
		Why:  lang.Text{JA: "続けて間違えると鍵装置が閉じます。この PIN では二度と試しません。", EN: "Wrong values in a row lock the token. This process does not try the PIN again."},
		Cure: lang.Text{JA: "利用者の PIN（管理者の PIN ではありません）を確かめて、起動し直してください。", EN: "Check the user PIN (not the security officer's) and start again."},
	})
	PINLocked = fault.Define(fault.Kind{
		Number: 1313, Class: fault.Forbidden,
		What: lang.Text{JA: "鍵装置の PIN が閉じています。", EN: "The token's PIN is locked."},
		Why:  lang.Text{JA: "間違った PIN が続いたか、PIN の期限が過ぎているか、まだ決められていません。", EN: "Wrong values were tried too often, the PIN has expired, or none was set yet."},
		Cure: lang.Text{JA: "鍵装置の管理者が、製品の手順で PIN を決め直してください。", EN: "Have the security officer set the user PIN anew with the token's own tool."},
	})
	NoPIN = fault.Define(fault.Kind{
		Number: 1314, Class: fault.Invalid,
		What: lang.Text{JA: "鍵装置の PIN を受け取れませんでした。", EN: "No PIN for the token was given."},
		Why:  lang.Text{JA: "PIN は一行、255 バイトまでです。引数や設定ファイルからは受け取りません。", EN: "A PIN is one line of at most 255 bytes. It is never taken from an argument or the configuration."},
		Cure: lang.Text{JA: "--keys-pin-fd 3 3<ファイル のように、ファイル記述子から渡してください。", EN: "Give it by a file descriptor, as in --keys-pin-fd 3 3<FILE."},
	})
	AmbiguousKey = fault.Define(fault.Kind{
		Number: 1315, Class: fault.Conflict,
		What: lang.Text{JA: "鍵装置に、鍵 %s が二つ以上あります。", EN: "The token holds more than one key named %s."},
		Why:  lang.Text{JA: "どちらが正しいかを Kado は決めません。別の機械が同時に作ったか、誰かが加えました。", EN: "Kado does not guess which is right. Another machine made one at the same time, or somebody added it."},
		Cure: lang.Text{JA: "認証局の証明書と合わない方を、鍵装置の道具で消してください。", EN: "Delete the one that does not fit the authority's certificate, with the token's own tool."},
	})
	UnfitKey = fault.Define(fault.Kind{
		Number: 1316, Class: fault.Forbidden,
		What: lang.Text{JA: "鍵装置の鍵 %s は使えません（%s）。", EN: "The token's key %s cannot be used (%s)."},
		Why:  lang.Text{JA: "使う鍵は、鍵装置の中で作られ、外に取り出せず、方式が決められたものに限ります。", EN: "A key must have been made in the token, must never leave it, and be of a known algorithm."},
		Cure: lang.Text{JA: "外で作って入れた鍵は使わず、鍵装置の中で作り直してください。", EN: "Do not import keys: have them made in the token."},
	})
	TokenFailed = fault.Define(fault.Kind{
		Number: 1317, Class: fault.Unavailable,
		What: lang.Text{JA: "鍵装置が要求を断りました（%s）。", EN: "The token refused (%s)."},
		Why:  lang.Text{JA: "鍵装置自身の誤りか、この方式を使えない鍵装置か、空きがありません。", EN: "It has a fault of its own, does not know the algorithm, or is full."},
		Cure: lang.Text{JA: "鍵装置の記録と空き、対応する方式を確かめてから、もう一度お試しください。", EN: "Look at the token's log, free space and mechanisms, and try again."},
	})
	UnfitConfig = fault.Define(fault.Kind{
		Number: 1318, Class: fault.Invalid,
		What: lang.Text{JA: "鍵装置の設定を読めません（%s）。", EN: "The token's configuration cannot be used (%s)."},
		Why:  lang.Text{JA: "JSON の一つの値で、知らない項目があってはならず、module と、token_label か token_serial のどちらか一つが要ります。", EN: "It is one JSON object without unknown fields, with module and exactly one of token_label and token_serial."},
		Cure: lang.Text{JA: `例：{"module":"/usr/lib/softhsm/libsofthsm2.so","token_label":"kado","sessions":4}`, EN: `For example {"module":"/usr/lib/softhsm/libsofthsm2.so","token_label":"kado","sessions":4}`},
	})
	NotBuilt = fault.Define(fault.Kind{
		Number: 1319, Class: fault.Unavailable,
		What: lang.Text{JA: "この kado は鍵装置（PKCS#11）を使えません。", EN: "This kado cannot use PKCS#11 tokens."},
		Why:  lang.Text{JA: "cgo なしで作られています。", EN: "It was built without cgo."},
		Cure: lang.Text{JA: "CGO_ENABLED=1 go build ./cmd/kado で作ったものを使ってください。", EN: "Use one built with CGO_ENABLED=1 go build ./cmd/kado."},
	})
)
