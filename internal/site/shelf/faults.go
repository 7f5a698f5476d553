package shelf

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals about where a card lies.
var (
	NoReader = fault.Define(fault.Kind{
		Number: 8201, Class: fault.NotFound,
		What: lang.Text{JA: "その番号の読み取り機はありません。", EN: "There is no reader of that number."},
		Why:  lang.Text{JA: "机の上の読み取り機には、1から順に番号が付いています。", EN: "The readers on the desk are numbered from 1."},
		Cure: lang.Text{JA: "カードと読み取り機のページから選び直してください。", EN: "Choose one on the page of cards and readers."},
	})
	ReaderTaken = fault.Define(fault.Kind{
		Number: 8202, Class: fault.Conflict,
		What: lang.Text{JA: "読み取り機%dには、別のカードが載っています。", EN: "Another card lies on reader %d."},
		Why:  lang.Text{JA: "一台の読み取り機に載るカードは一枚です。", EN: "A reader takes one card."},
		Cure: lang.Text{JA: "先に載っているカードを外すか、空いている読み取り機を使ってください。", EN: "Take that card off first, or use a reader that is empty."},
	})
	HeldElsewhere = fault.Define(fault.Kind{
		Number: 8203, Class: fault.Conflict,
		What: lang.Text{JA: "このカードは、ほかのプログラムが使っています。", EN: "Another program is using this card."},
		Why:  lang.Text{JA: "カードは一枚しかないので、kado card insert などに載っている間は、ここには置けません。", EN: "There is one card only: while it lies elsewhere, as with kado card insert, it cannot be put here."},
		Cure: lang.Text{JA: "そのプログラムを終えてから、もう一度置いてください。", EN: "End that program and put the card here again."},
	})
	OnAnotherReader = fault.Define(fault.Kind{
		Number: 8204, Class: fault.Conflict,
		What: lang.Text{JA: "このカードは、読み取り機%dに載っています。", EN: "This card lies on reader %d."},
		Why:  lang.Text{JA: "一枚のカードは、同時に一か所にしか置けません。", EN: "One card lies in one place at a time."},
		Cure: lang.Text{JA: "その読み取り機を使うか、カードを外してから置き直してください。", EN: "Use that reader, or take the card off it first."},
	})
	NoCardHere = fault.Define(fault.Kind{
		Number: 8205, Class: fault.Conflict,
		What: lang.Text{JA: "読み取り機%dには、カードがありません。", EN: "There is no card on reader %d."},
		Why:  lang.Text{JA: "カードがまだ置かれていないか、すでに外されています。", EN: "None was put on it, or it was taken off."},
		Cure: lang.Text{JA: "カードを置いてから、もう一度行ってください。暗証番号の回数は減っていません。", EN: "Put a card on it and try again. No try was spent."},
	})
	Removed = fault.Define(fault.Kind{
		Number: 8206, Class: fault.Unavailable,
		What: lang.Text{JA: "途中でカードが外されました。", EN: "The card was taken off on the way."},
		Why:  lang.Text{JA: "カードとのやり取りは、終わる前に途切れました。", EN: "The conversation with the card broke off before its end."},
		Cure: lang.Text{JA: "カードを置き直し、残り回数を確かめてから、もう一度行ってください。", EN: "Put the card back, look at the tries left and do it again."},
	})
	OtherCard = fault.Define(fault.Kind{
		Number: 8207, Class: fault.Conflict,
		What: lang.Text{JA: "読み取り機%dのカードが、画面を開いたときと替わっています。", EN: "The card on reader %d is not the one it was when the page was opened."},
		Why:  lang.Text{JA: "別のカードに暗証番号を送ると、そのカードの回数が減ってしまいます。カードには何も送っていません。", EN: "A PIN sent to another card would cost one of its tries. Nothing was sent to the card."},
		Cure: lang.Text{JA: "今載っているカードを確かめて、画面を開き直してください。", EN: "See which card lies there now and open the page again."},
	})
)

// Refusals about PINs and passwords.
var (
	WrongPIN = fault.Define(fault.Kind{
		Number: 8210, Class: fault.Forbidden,
		What: lang.Text{JA: "%sが違います。残り%d回です。", EN: "Wrong value: %s. Tries left: %d."},
		Why:  lang.Text{JA: "カードが値を照合し、回数を1回減らしました。", EN: "The card compared it and spent one try."},
		Cure: lang.Text{JA: "よく確かめて、もう一度入力してください。0回になるとロックされます。", EN: "Check it and enter it again. At zero it is blocked."},
	})
	NowBlocked = fault.Define(fault.Kind{
		Number: 8211, Class: fault.Forbidden,
		What: lang.Text{JA: "%sが違い、ロックされました。", EN: "Wrong value, and now blocked: %s."},
		Why:  lang.Text{JA: "これが最後の1回でした。", EN: "That was the last try."},
		Cure: lang.Text{JA: "市区町村の窓口に、本人がカードと本人確認書類を持って行き、初期化（再設定）を受けてください。", EN: "The holder takes the card and an identity document to a municipal office, which lets it be set again."},
	})
	Blocked = fault.Define(fault.Kind{
		Number: 8212, Class: fault.Forbidden,
		What: lang.Text{JA: "%sはロックされているか、設定されていません。", EN: "Blocked, or never set: %s."},
		Why:  lang.Text{JA: "続けて間違えたためにロックされたか、暗証番号のないカードです。", EN: "It was entered wrongly too often, or the card has none."},
		Cure: lang.Text{JA: "市区町村の窓口に、本人がカードと本人確認書類を持って行き、初期化（再設定）を受けてください。", EN: "The holder takes the card and an identity document to a municipal office, which lets it be set again."},
	})
	LastTry = fault.Define(fault.Kind{
		Number: 8213, Class: fault.Conflict,
		What: lang.Text{JA: "%sは、あと1回で間違えるとロックされます。", EN: "This is the last try: %s."},
		Why:  lang.Text{JA: "最後の1回は、それと承知のうえでだけ使います。まだカードには送っていません。", EN: "The last try is spent only knowingly. Nothing was sent to the card."},
		Cure: lang.Text{JA: "確かならば、「最後の1回を使う」に印を付けて、もう一度入力してください。", EN: "If you are sure, tick the box for the last try and enter it again."},
	})
	NotAPIN = fault.Define(fault.Kind{
		Number: 8214, Class: fault.Invalid,
		What: lang.Text{JA: "%sの形が正しくありません。", EN: "Not of the right form: %s."},
		Why:  lang.Text{JA: "文字の種類か数が違うので、カードには送りませんでした。回数は減っていません。", EN: "It has other characters or another length, so it was not sent to the card. No try was spent."},
		Cure: lang.Text{JA: "暗証番号は数字4桁、署名用パスワードは英数字6文字から16文字です。", EN: "PINs have four digits, the signature password 6 to 16 letters and digits."},
	})
	UnsuitablePIN = fault.Define(fault.Kind{
		Number: 8215, Class: fault.Invalid,
		What: lang.Text{JA: "新しい値は使えません：%s（%s）", EN: "The new value is not suitable: %s (%s)"},
		Why:  lang.Text{JA: "同じ数字、続き番号、カードの有効期限の年などは推測されやすいので、認められません。", EN: "Equal digits, runs, the year in which the card ends and the like are easily guessed."},
		Cure: lang.Text{JA: "別の値にしてください。カードは変わっていません。", EN: "Choose another. The card is unchanged."},
	})
	NotTheSame = fault.Define(fault.Kind{
		Number: 8216, Class: fault.Invalid,
		What: lang.Text{JA: "新しい値の二回の入力が一致しません。", EN: "The new value was not entered the same way twice."},
		Why:  lang.Text{JA: "打ち間違えたままカードに書くと、本人が使えなくなるためです。", EN: "A slip written to the card would lock its holder out."},
		Cure: lang.Text{JA: "もう一度入力してください。カードは変わっていません。", EN: "Enter it again. The card is unchanged."},
	})
	ChangeUnknown = fault.Define(fault.Kind{
		Number: 8217, Class: fault.Unavailable,
		What: lang.Text{JA: "変更の途中でカードが外されました：%s", EN: "The card was taken off during the change: %s"},
		Why:  lang.Text{JA: "カードには、変更前か変更後のどちらかの値が入っています。", EN: "The card has either the old value or the new one."},
		Cure: lang.Text{JA: "カードを置き直し、残り回数を見てから、新しい値を試してください。違えば、前の値のままです。", EN: "Put the card back, look at the tries left and try the new value. If it is wrong, the old one still holds."},
	})
)

// Refusals about what the card has and says.
var (
	NoCertificate = fault.Define(fault.Kind{
		Number: 8220, Class: fault.Conflict,
		What: lang.Text{JA: "このカードに%sは入っていません。", EN: "This card has no %s."},
		Why:  lang.Text{JA: "15歳未満の方のカードや、希望しなかった方のカードには入っていません。", EN: "Cards of children under 15, and of those who did not want it, have none."},
		Cure: lang.Text{JA: "必要なら、市区町村の窓口で発行を受けてください。", EN: "If it is needed, have it issued at a municipal office."},
	})
	NotInOperation = fault.Define(fault.Kind{
		Number: 8221, Class: fault.Conflict,
		What: lang.Text{JA: "このカードは、今は使えない状態です。", EN: "The card is not in operation."},
		Why:  lang.Text{JA: "まだ交付されていないか、廃止されたか、ICチップが中身を消去しています。", EN: "It was not delivered yet, has ended, or its chip has erased itself."},
		Cure: lang.Text{JA: "カードの状態を確かめ、市区町村の窓口に相談してください。", EN: "See the state of the card and ask at a municipal office."},
	})
	CardRefused = fault.Define(fault.Kind{
		Number: 8222, Class: fault.Conflict,
		What: lang.Text{JA: "カードが命令を断りました：%s", EN: "The card refused a command: %s"},
		Why:  lang.Text{JA: "このカードにない機能か、カードの状態が許さない操作です。", EN: "It lacks the function, or its state does not permit this."},
		Cure: lang.Text{JA: "やり取りの記録で、断られた命令と考えられる原因を見てください。", EN: "See in the conversation which command was refused, and why it probably was."},
	})
	RecordForged = fault.Define(fault.Kind{
		Number: 8223, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの記録の署名が正しくありません。", EN: "The signature of the card's record does not hold."},
		Why:  lang.Text{JA: "記録が書き換えられているか、この世界で作られたカードではありません。内容は表示しません。", EN: "The record was altered, or the card was not made in this world. Its content is not shown."},
		Cure: lang.Text{JA: "この世界で交付されたカードを使ってください。", EN: "Use a card that was delivered in this world."},
	})
	OtherChallenge = fault.Define(fault.Kind{
		Number: 8224, Class: fault.Forbidden,
		What: lang.Text{JA: "カードに署名させようとしている内容を、読み取れません。", EN: "What the card is asked to sign cannot be read."},
		Why:  lang.Text{JA: "どのサイトへのログインか分からないものには、署名させません。", EN: "The card signs nothing that does not say which site it is for."},
		Cure: lang.Text{JA: "サイトに戻り、ログインをやり直してください。", EN: "Go back to the site and log in again."},
	})
	NothingToShow = fault.Define(fault.Kind{
		Number: 8225, Class: fault.NotFound,
		What: lang.Text{JA: "ダウンロードできるものがありません。", EN: "There is nothing to download."},
		Why:  lang.Text{JA: "カードが外されたか、そのあと別の操作が行われました。", EN: "The card was taken off, or something else was done after it."},
		Cure: lang.Text{JA: "もう一度署名してください。", EN: "Sign again."},
	})
	NotSignable = fault.Define(fault.Kind{
		Number: 8226, Class: fault.Invalid,
		What: lang.Text{JA: "署名する文章は、1文字から%d文字までです。", EN: "A text to be signed has 1 to %d characters."},
		Why:  lang.Text{JA: "ここは短い文章で試すところです。", EN: "This is the place for short texts."},
		Cure: lang.Text{JA: "文章を入れ直してください。ファイルに署名するには kado sign を使えます。", EN: "Enter another text; kado sign signs files."},
	})
	OtherDigest = fault.Define(fault.Kind{
		Number: 8227, Class: fault.Conflict,
		What: lang.Text{JA: "このカードは、求められた形の署名をしません。", EN: "This card does not sign in the form that is asked for."},
		Why:  lang.Text{JA: "DigestInfoのない形か、カードの鍵に合わない長さのハッシュ値です。", EN: "It is without DigestInfo, or a hash of a length that the card's key does not sign."},
		Cure: lang.Text{JA: "サービスの側で、RSAの鍵にはSHA-256のハッシュ値をDigestInfoの形で求めてください。", EN: "The service has to ask for a SHA-256 hash with its DigestInfo from a card with an RSA key."},
	})
)
