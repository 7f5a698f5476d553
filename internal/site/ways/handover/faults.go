package handover

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of this way, 8320 to 8329.
var (
	NoCode = fault.Define(fault.Kind{
		Number: 8320, Class: fault.NotFound,
		What: lang.Text{JA: "このQRコードは使えません。", EN: "This QR code cannot be used."},
		Why:  lang.Text{JA: "コードが正しくないか、ログインがすでに終わったか、コードを出したあとにサーバーが起動し直されました。", EN: "It is not one of ours, its login is over, or the server was started anew after it had shown the code."},
		Cure: lang.Text{JA: "パソコンの画面で新しいQRコードを表示し、読み取り直してください。", EN: "Show a new QR code on the computer and scan that."},
	})
	TooLate = fault.Define(fault.Kind{
		Number: 8321, Class: fault.Conflict,
		What: lang.Text{JA: "時間切れになりました。", EN: "The time is over."},
		Why:  lang.Text{JA: "番号は3分以内に選び、カードの操作はそれから5分以内に終える必要があります。", EN: "The number has to be picked within three minutes, and the card used within five minutes after that."},
		Cure: lang.Text{JA: "パソコンの画面で新しいQRコードを表示してください。", EN: "Show a new QR code on the computer."},
	})
	WrongNumber = fault.Define(fault.Kind{
		Number: 8322, Class: fault.Forbidden,
		What: lang.Text{JA: "選ばれた番号が違うため、ログインを止めました。", EN: "Another number was picked, so this login was stopped."},
		Why:  lang.Text{JA: "番号は、目の前のパソコンとこの端末が同じログインのものかを確かめるためのものです。パソコンの画面を見ていない人からのQRコードは、乗っ取りの手口かもしれません。", EN: "The number shows that the computer before you and this device belong to the same login. A QR code that somebody sent you may be an attempt to log in as you."},
		Cure: lang.Text{JA: "ご自分で始めたログインなら、パソコンで新しいQRコードを表示してやり直してください。覚えがなければ、この画面を閉じてください。", EN: "If you began the login yourself, show a new QR code on the computer. If not, close this page."},
	})
	Used = fault.Define(fault.Kind{
		Number: 8323, Class: fault.Conflict,
		What: lang.Text{JA: "このQRコードはすでに使われています。", EN: "This QR code has been used."},
		Why:  lang.Text{JA: "1つのコードは、1台の端末で1回だけ使えます。", EN: "A code serves one device, once."},
		Cure: lang.Text{JA: "先に読み取った端末で続けるか、パソコンで新しいQRコードを表示してください。", EN: "Go on with the device that scanned it first, or show a new QR code on the computer."},
	})
	OtherPhone = fault.Define(fault.Kind{
		Number: 8324, Class: fault.Forbidden,
		What: lang.Text{JA: "この端末では続けられません。", EN: "This device cannot go on."},
		Why:  lang.Text{JA: "番号を選んだ端末・ブラウザーだけが続けられます。", EN: "Only the device and browser that picked the number can."},
		Cure: lang.Text{JA: "番号を選んだブラウザーで続けてください。クッキーを受け付ける設定が必要です。", EN: "Go on in the browser that picked the number. It has to accept cookies."},
	})
	TooManyCodes = fault.Define(fault.Kind{
		Number: 8325, Class: fault.Conflict,
		What: lang.Text{JA: "このログインでは、これ以上QRコードを作れません。", EN: "This login can show no more QR codes."},
		Why:  lang.Text{JA: "1回のログインで作れるコードは5つまでです。番号の総当たりを防ぐためです。", EN: "Five are the limit for one login, so that numbers cannot be guessed by trying."},
		Cure: lang.Text{JA: "元のサイトに戻り、ログインを初めからやり直してください。", EN: "Go back to the site and begin the login anew."},
	})
	NoNumber = fault.Define(fault.Kind{
		Number: 8326, Class: fault.Invalid,
		What: lang.Text{JA: "番号を読み取れません。", EN: "The number cannot be read."},
		Why:  lang.Text{JA: "番号は数字6桁です。", EN: "It has six digits."},
		Cure: lang.Text{JA: "画面に並んだ番号から選んでください。", EN: "Pick one of the numbers on the page."},
	})
	Busy = fault.Define(fault.Kind{
		Number: 8327, Class: fault.Unavailable,
		What: lang.Text{JA: "混み合っていて、QRコードを作れません。", EN: "No QR code can be made just now: too many are in use."},
		Why:  lang.Text{JA: "同時に扱えるログインの数に上限があります。", EN: "The number of logins at a time is limited."},
		Cure: lang.Text{JA: "少し待つか、ほかの方法を選んでください。", EN: "Wait a little, or choose another way."},
	})
)
