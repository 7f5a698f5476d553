package conform

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of a run that can say nothing, and the one that says the relying
// party failed.
var (
	BadAddress = fault.Define(fault.Kind{
		Number: 6400, Class: fault.Invalid,
		What: lang.Text{JA: "アドレスの形が正しくありません：%s", EN: "The address is malformed: %s"},
		Why:  lang.Text{JA: "http:// か https:// で始まるアドレスが要ります。", EN: "An address begins with http:// or https://."},
		Cure: lang.Text{JA: "例：http://localhost:9000/login", EN: "For example http://localhost:9000/login"},
	})
	NoCase = fault.Define(fault.Kind{
		Number: 6401, Class: fault.NotFound,
		What: lang.Text{JA: "その名前の試験はありません：%s", EN: "There is no case of that name: %s"},
		Why:  lang.Text{JA: "一覧にない名前です。", EN: "It is not in the list."},
		Cure: lang.Text{JA: "kado conform --list で名前を確かめてください。", EN: "See the names with kado conform --list."},
	})
	NotReached = fault.Define(fault.Kind{
		Number: 6402, Class: fault.Unavailable,
		What: lang.Text{JA: "試験するサイトが応答しません：%s", EN: "The relying party does not answer: %s"},
		Why:  lang.Text{JA: "動いていないか、アドレスが違うか、転送を繰り返しています。", EN: "It is not running, the address is wrong, or it redirects in a circle."},
		Cure: lang.Text{JA: "サイトを起動してから、もう一度実行してください。起動時に提供者を読む作りなら、--wait を長くして、この試験を先に始めてください。", EN: "Start it and run this again. If it reads the provider at its start, begin this run first, with a longer --wait."},
	})
	NotStarted = fault.Define(fault.Kind{
		Number: 6403, Class: fault.Invalid,
		What: lang.Text{JA: "%s を開いても、試験用の提供者 %s に来ません。", EN: "Opening %s does not lead to the provider under which it is tested, %s."},
		Why:  lang.Text{JA: "ログインの始まるアドレスではないか、サイトの設定が別の提供者を指しています。ボタンを押す操作はしません。", EN: "It is not where a login begins, or the relying party is configured with another issuer. No button is pressed."},
		Cure: lang.Text{JA: "サイトの issuer をこの提供者に変え、開くだけでログインの始まるアドレスを --rp に指定してください。", EN: "Configure this issuer, and name with --rp an address that begins a login when it is opened."},
	})
	ControlFailed = fault.Define(fault.Kind{
		Number: 6404, Class: fault.Conflict,
		What: lang.Text{JA: "正常な応答でもログインできませんでした（状態コード%d）。", EN: "A login in order did not succeed (status %d)."},
		Why:  lang.Text{JA: "正しいログインが通らなければ、断ったことに意味がありません。", EN: "If a login in order fails, refusals say nothing."},
		Cure: lang.Text{JA: "サイトの記録を見て、client_id、鍵、issuer、redirect_uri の設定を確かめてください。", EN: "See the relying party's log, and check client_id, key, issuer and redirect_uri."},
	})
	CannotTell = fault.Define(fault.Kind{
		Number: 6405, Class: fault.Invalid,
		What: lang.Text{JA: "ログインしたかどうかを見分けられません：%s", EN: "It cannot be told whether somebody is logged in: %s"},
		Why:  lang.Text{JA: "ログインの前と後で、ページの状態コードもアドレスも同じで、利用者も表示されません。", EN: "The page has the same status and address with and without a login, and does not show who is logged in."},
		Cure: lang.Text{JA: "ログインした人だけが開けるページを --probe に、または、その人だけに見える文字を --marker に指定してください。", EN: "Name with --probe a page for those logged in only, or with --marker a text that only they see."},
	})
	RPFailed = fault.Define(fault.Kind{
		Number: 6406, Class: fault.Internal,
		What: lang.Text{JA: "不合格が%d件あります。", EN: "%d cases failed."},
		Why:  lang.Text{JA: "入れてはいけない人を入れたか、正しい人を断ったか、危うい要求を送っています。", EN: "The relying party let in whom it should not, refused whom it should let in, or sent requests that are not safe."},
		Cure: lang.Text{JA: "上の説明に沿って直し、もう一度試験してください。", EN: "Mend it along the explanations above and run it again."},
	})
)
