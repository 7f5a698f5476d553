package cardtool

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals about where the card is.
var (
	OneSource = fault.Define(fault.Kind{
		Number: 6100, Class: fault.Invalid,
		What: lang.Text{JA: "カードの場所を一つだけ指定してください。", EN: "Name one place where the card is."},
		Why:  lang.Text{JA: "--card、--id、--reader のうち、ちょうど一つが必要です。", EN: "Exactly one of --card, --id and --reader is needed."},
		Cure: lang.Text{JA: "カードのファイルなら --card、棚のカードなら --id、リーダーなら --reader を指定してください。", EN: "Give --card for a card file, --id for a card on the shelf, --reader for a card reader."},
	})
	NoCardFile = fault.Define(fault.Kind{
		Number: 6101, Class: fault.NotFound,
		What: lang.Text{JA: "カードのファイルを開けません：%s", EN: "The card file cannot be opened: %s"},
		Why:  lang.Text{JA: "ないか、権限がないか、普通のファイルではありません。", EN: "It does not exist, permission is missing, or it is no ordinary file."},
		Cure: lang.Text{JA: "ファイルの名前と権限を確かめてください。", EN: "Check the file's name and permissions."},
	})
	NoReaderService = fault.Define(fault.Kind{
		Number: 6102, Class: fault.Unavailable,
		What: lang.Text{JA: "カードリーダーのサービスが使えません。", EN: "The card reader service cannot be reached."},
		Why:  lang.Text{JA: "PC/SC のサービスが動いていないか、この環境では使えません。", EN: "PC/SC is not running, or not available on this system."},
		Cure: lang.Text{JA: "pcscd などのサービスを起動してから、もう一度実行してください。", EN: "Start the service (pcscd on Linux) and run the command again."},
	})
	NoSuchReader = fault.Define(fault.Kind{
		Number: 6103, Class: fault.NotFound,
		What: lang.Text{JA: "そのカードリーダーはありません：%s（つながっているもの：%s）", EN: "There is no such card reader: %s (connected: %s)"},
		Why:  lang.Text{JA: "つながっているリーダーに、その名前や番号のものがありません。", EN: "No connected reader has that name or number."},
		Cure: lang.Text{JA: "リーダーをつなぎ、名前か0から始まる番号で指定してください。", EN: "Connect the reader and give its name, or its number counted from 0."},
	})
	NoCardInReader = fault.Define(fault.Kind{
		Number: 6104, Class: fault.NotFound,
		What: lang.Text{JA: "リーダーにカードがありません：%s", EN: "There is no card in the reader: %s"},
		Why:  lang.Text{JA: "カードが置かれていないか、応答しません。", EN: "No card lies on it, or the card does not answer."},
		Cure: lang.Text{JA: "カードを置き直してください。", EN: "Put the card on the reader again."},
	})
	ReaderBusy = fault.Define(fault.Kind{
		Number: 6105, Class: fault.Conflict,
		What: lang.Text{JA: "ほかのプログラムがカードを使っています。", EN: "Another program is using the card."},
		Why:  lang.Text{JA: "暗証番号を照合している間に割り込まれないように、カードは一つのプログラムだけが使います。", EN: "One program at a time uses the card, so that none can step in after a PIN."},
		Cure: lang.Text{JA: "ほかのプログラムを終えてから、もう一度実行してください。", EN: "End the other program and run the command again."},
	})
	CardGone = fault.Define(fault.Kind{
		Number: 6106, Class: fault.Unavailable,
		What: lang.Text{JA: "カードとのやり取りが途中で切れました。", EN: "The conversation with the card broke off."},
		Why:  lang.Text{JA: "カードが外されたか、リーダーが応答しません。", EN: "The card was removed, or the reader does not answer."},
		Cure: lang.Text{JA: "カードを置き直し、kado pin status で残り回数を確かめてください。", EN: "Put the card back and check the tries with kado pin status."},
	})
	NotThisCard = fault.Define(fault.Kind{
		Number: 6107, Class: fault.Invalid,
		What: lang.Text{JA: "マイナンバーカードとして使えません。", EN: "This card cannot be used as a My Number Card."},
		Why:  lang.Text{JA: "必要なアプリケーションかファイルがカードにありません。", EN: "It lacks an application or file that is needed."},
		Cure: lang.Text{JA: "マイナンバーカードを置いてください。kado read で中身を見られます。", EN: "Put a My Number Card on the reader. kado read shows what is on it."},
	})
	NotInOperation = fault.Define(fault.Kind{
		Number: 6108, Class: fault.Conflict,
		What: lang.Text{JA: "このカードは使える状態にありません。", EN: "This card is not in operation."},
		Why:  lang.Text{JA: "交付前か、終わったカードは、発行者以外に応答しません。", EN: "Before delivery and after its end a card answers its issuer only."},
		Cure: lang.Text{JA: "交付を受けたカードを使ってください。", EN: "Use a card that has been delivered."},
	})
	CardRefused = fault.Define(fault.Kind{
		Number: 6109, Class: fault.Unavailable,
		What: lang.Text{JA: "カードが命令を断りました：%s", EN: "The card refused a command: %s"},
		Why:  lang.Text{JA: "予期しないステータスワードか、読めない応答が返りました。", EN: "It answered with an unexpected status word, or with something unreadable."},
		Cure: lang.Text{JA: "--show-apdus を付けて実行すると、やり取りと考えられる原因が分かります。", EN: "Run it with --show-apdus to see the exchanges and the likely cause."},
	})
)

// Refusals about PINs.
var (
	Blocked = fault.Define(fault.Kind{
		Number: 6110, Class: fault.Conflict,
		What: lang.Text{JA: "ロックされているか、設定されていません：%s", EN: "Blocked, or never set: %s"},
		Why:  lang.Text{JA: "残り回数が0です。正しい値でも受け付けられません。", EN: "No try is left. Even the right value would be refused."},
		Cure: lang.Text{JA: "市区町村の窓口で初期化を受けてください。", EN: "Have it set again at a municipal office."},
	})
	LastTry = fault.Define(fault.Kind{
		Number: 6111, Class: fault.Conflict,
		What: lang.Text{JA: "残り1回のため、照合しませんでした：%s", EN: "Not presented, because one try is left: %s"},
		Why:  lang.Text{JA: "間違えるとロックされ、窓口に行くまで使えなくなります。", EN: "A wrong value would block it until a visit to an office."},
		Cure: lang.Text{JA: "値が確かなときだけ --yes を付けてください。", EN: "Add --yes only if you are sure of the value."},
	})
	Wrong = fault.Define(fault.Kind{
		Number: 6112, Class: fault.Forbidden,
		What: lang.Text{JA: "値が違います：%s（残り%d回）", EN: "Wrong value: %s (%d tries left)"},
		Why:  lang.Text{JA: "カードの中の値と一致しませんでした。1回分が減りました。", EN: "It is not the one in the card. A try was spent."},
		Cure: lang.Text{JA: "確かめてから、もう一度入力してください。", EN: "Check it before entering it again."},
	})
	WrongAndBlocked = fault.Define(fault.Kind{
		Number: 6113, Class: fault.Forbidden,
		What: lang.Text{JA: "値が違い、ロックされました：%s", EN: "Wrong value, and now blocked: %s"},
		Why:  lang.Text{JA: "これが最後の1回でした。", EN: "That was the last try."},
		Cure: lang.Text{JA: "市区町村の窓口で初期化を受けてください。", EN: "Have it set again at a municipal office."},
	})
	BadForm = fault.Define(fault.Kind{
		Number: 6114, Class: fault.Invalid,
		What: lang.Text{JA: "入力の形が正しくありません：%s", EN: "What was entered cannot be a value of this kind: %s"},
		Why:  lang.Text{JA: "文字の種類か数が違うので、カードには送りませんでした。回数は減っていません。", EN: "It has the wrong characters or length, so it was not sent to the card. No try was spent."},
		Cure: lang.Text{JA: "暗証番号は数字4桁、署名用は英数字6から16文字、照合番号Aは12桁、Bは14桁です。", EN: "PINs have four digits, the signature password 6 to 16 letters and digits, number A 12 digits, number B 14."},
	})
	NoSecret = fault.Define(fault.Kind{
		Number: 6115, Class: fault.Invalid,
		What: lang.Text{JA: "暗証番号を読み取れません。", EN: "No PIN could be read."},
		Why:  lang.Text{JA: "端末でも --pin-fd でもないか、行が長すぎるか、使えない文字があるか、入力が途中で終わりました。", EN: "There is neither a terminal nor --pin-fd, or the line is too long, holds other characters, or the input ended."},
		Cure: lang.Text{JA: "端末から実行するか、--pin-fd でファイル記述子の番号を指定し、一行に一つずつ渡してください。", EN: "Run it from a terminal, or give a file descriptor with --pin-fd and one value on each line."},
	})
	Unsuitable = fault.Define(fault.Kind{
		Number: 6116, Class: fault.Invalid,
		What: lang.Text{JA: "新しい値は使えません：%s（%s）", EN: "The new value is not suitable: %s (%s)"},
		Why:  lang.Text{JA: "同じ数字、続き番号、カードから読み取れる数字などは、推測されやすいため認められません。", EN: "Equal digits, runs, digits found on the card and the like are easily guessed."},
		Cure: lang.Text{JA: "別の値にしてください。カードは変わっていません。", EN: "Choose another. The card is unchanged."},
	})
	NotTheSame = fault.Define(fault.Kind{
		Number: 6117, Class: fault.Invalid,
		What: lang.Text{JA: "新しい値の二回の入力が一致しません。", EN: "The new value was not entered the same way twice."},
		Why:  lang.Text{JA: "打ち間違えたままカードに書くと、使えなくなるためです。", EN: "A slip written to the card would lock its holder out."},
		Cure: lang.Text{JA: "もう一度実行してください。カードは変わっていません。", EN: "Run it again. The card is unchanged."},
	})
	NotChangeable = fault.Define(fault.Kind{
		Number: 6118, Class: fault.Invalid,
		What: lang.Text{JA: "本人が変えられる値ではありません：%s", EN: "Not a value that the holder may change: %s"},
		Why:  lang.Text{JA: "照合番号は券面から決まります。", EN: "Verification numbers follow from the card's face."},
		Cure: lang.Text{JA: "signature、authentication、text、register、common のどれかを指定してください。", EN: "Name one of signature, authentication, text, register and common."},
	})
	ReadOnly = fault.Define(fault.Kind{
		Number: 6119, Class: fault.Forbidden,
		What: lang.Text{JA: "実物のカードには書き込みません。", EN: "Nothing is written to a physical card."},
		Why:  lang.Text{JA: "実物のカードで許すのは、本人による暗証番号の変更だけです。", EN: "A change of a PIN by its holder is the only permitted write."},
		Cure: lang.Text{JA: "仮想カードで試してください。", EN: "Try it on a virtual card."},
	})
	ChangeUnknown = fault.Define(fault.Kind{
		Number: 6125, Class: fault.Unavailable,
		What: lang.Text{JA: "変更の途中でカードとのやり取りが切れました：%s", EN: "The conversation with the card broke off during the change: %s"},
		Why:  lang.Text{JA: "カードが外されたか、リーダーが応答しません。カードには、変更前か変更後のどちらかの値が入っています。", EN: "The card was removed, or the reader does not answer. The card has either the old value or the new one."},
		Cure: lang.Text{JA: "カードを置き直し、kado pin status で残り回数を確かめてから、kado pin verify で新しい値を試してください。違えば、前の値のままです。", EN: "Put the card back, check the tries with kado pin status, then try the new value with kado pin verify. If it is wrong, the old one still holds."},
	})
	NoReference = fault.Define(fault.Kind{
		Number: 6120, Class: fault.NotFound,
		What: lang.Text{JA: "このカードにはありません：%s", EN: "This card does not have it: %s"},
		Why:  lang.Text{JA: "その暗証番号や番号を持たないカードです。", EN: "It has no such PIN or number."},
		Cure: lang.Text{JA: "kado pin status で、このカードにあるものを見てください。", EN: "See kado pin status for what is on this card."},
	})
)

// Refusals about what is read and written.
var (
	NoGround = fault.Define(fault.Kind{
		Number: 6121, Class: fault.Invalid,
		What: lang.Text{JA: "個人番号を読む根拠が示されていません。", EN: "No legal ground for reading the number was declared."},
		Why:  lang.Text{JA: "個人番号は、法律が認める事務のためにだけ読めます。", EN: "The Individual Number may be read only for work that a law permits."},
		Cure: lang.Text{JA: "--ground で根拠を示してください。本人が自分のカードを見るときは holder です。", EN: "Declare it with --ground; holder is for holders looking at their own card."},
	})
	Forged = fault.Define(fault.Kind{
		Number: 6122, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの記録が発行者のものと確かめられません。", EN: "The card's records are not shown to be the issuer's."},
		Why:  lang.Text{JA: "記録の署名が根の鍵まで続かないか、カードが記録の鍵を持っていません。", EN: "Their signature does not lead to the given root, or the card lacks the key of its record."},
		Cure: lang.Text{JA: "このカードを信用しないでください。根の鍵が正しいかも確かめてください。", EN: "Do not rely on this card. Check also that the root is the right one."},
	})
	BadRoot = fault.Define(fault.Kind{
		Number: 6123, Class: fault.Invalid,
		What: lang.Text{JA: "根の鍵のファイルを読み取れません：%s", EN: "The file of the root key cannot be read: %s"},
		Why:  lang.Text{JA: "RSA 2048ビットの公開鍵（PEM の PUBLIC KEY、または DER）ではありません。", EN: "It is not a public RSA key of 2,048 bits (PEM PUBLIC KEY, or DER)."},
		Cure: lang.Text{JA: "発行者の公開鍵のファイルを指定してください。", EN: "Name the issuer's public key."},
	})
	Exists = fault.Define(fault.Kind{
		Number: 6124, Class: fault.Conflict,
		What: lang.Text{JA: "すでにあります：%s", EN: "It exists already: %s"},
		Why:  lang.Text{JA: "あるファイルを黙って上書きすることはありません。", EN: "No file is overwritten without being asked."},
		Cure: lang.Text{JA: "別の名前を指定するか、--force を付けてください。", EN: "Name another, or add --force."},
	})
	NoCertificate = fault.Define(fault.Kind{
		Number: 6130, Class: fault.NotFound,
		What: lang.Text{JA: "このカードにその電子証明書はありません：%s", EN: "This card has no such certificate: %s"},
		Why:  lang.Text{JA: "15歳未満の方や顔認証のカードには、署名用の電子証明書がありません。発行を望まない方もいます。", EN: "Holders under 15 and PIN-less cards have no signature certificate, and some holders declined one."},
		Cure: lang.Text{JA: "kado read で、あるものを確かめてください。", EN: "See kado read for what there is."},
	})
	BadCertificate = fault.Define(fault.Kind{
		Number: 6131, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの電子証明書を読み取れません：%s", EN: "The certificate on the card cannot be read: %s"},
		Why:  lang.Text{JA: "証明書の形をしていないか、決まりに合いません。", EN: "It is not a certificate, or breaks the profile."},
		Cure: lang.Text{JA: "このカードで署名しないでください。", EN: "Do not sign with this card."},
	})
)

// BrokenChain is told after a certificate was shown.
var BrokenChain = fault.Define(fault.Kind{
	Number: 6132, Class: fault.Forbidden,
	What: lang.Text{JA: "電子証明書の連鎖が成り立ちません：%s", EN: "The chain of the certificate fails: %s"},
	Why:  lang.Text{JA: "認証局の署名、種類、用途、有効期間のどれかが合いません。", EN: "The CA's signature, the kind, the usage or the validity is not right."},
	Cure: lang.Text{JA: "上の理由を見てください。期限切れなら更新を、それ以外ならこのカードを信用しないでください。", EN: "See the reason above. Renew an expired certificate; otherwise do not rely on the card."},
})

// Refusals about signatures of files.
var (
	NotValid = fault.Define(fault.Kind{
		Number: 6140, Class: fault.Forbidden,
		What: lang.Text{JA: "署名は有効ではありません。", EN: "The signature is not valid."},
		Why:  lang.Text{JA: "確かめた項目のうち、成り立たないものがあります。", EN: "At least one of the checks fails."},
		Cure: lang.Text{JA: "上に示した項目を見て、この文書を信用しないでください。", EN: "See the checks above and do not rely on the document."},
	})
	NotEstablishedFault = fault.Define(fault.Kind{
		Number: 6141, Class: fault.Unavailable,
		What: lang.Text{JA: "署名が有効とは確かめられませんでした。", EN: "The signature was not established as valid."},
		Why:  lang.Text{JA: "確かめられなかった項目があります。確かめていないものを有効とは言いません。", EN: "Something was not checked, and what was not checked is not called valid."},
		Cure: lang.Text{JA: "認証局の証明書を --ca、失効情報を --crl か --ocsp で渡すか、確かめない項目を --without で示してください。", EN: "Give the CA certificate with --ca and revocation data with --crl or --ocsp, or name with --without what is not to be checked."},
	})
	BadCA = fault.Define(fault.Kind{
		Number: 6142, Class: fault.Invalid,
		What: lang.Text{JA: "認証局の証明書として使えません：%s", EN: "It cannot be used as a CA certificate: %s"},
		Why:  lang.Text{JA: "公的個人認証の認証局の証明書の形ではないか、同じものが二度あります。", EN: "It is not of the form of a JPKI CA certificate, or came twice."},
		Cure: lang.Text{JA: "認証局の証明書を PEM か DER で指定してください。", EN: "Name a CA certificate as PEM or DER."},
	})
	BadEvidence = fault.Define(fault.Kind{
		Number: 6143, Class: fault.Invalid,
		What: lang.Text{JA: "失効情報として読み取れません：%s", EN: "It cannot be read as revocation data: %s"},
		Why:  lang.Text{JA: "--crl は失効リスト、--ocsp は OCSP の応答（DER）のファイルです。", EN: "--crl takes a revocation list, --ocsp an OCSP response in DER."},
		Cure: lang.Text{JA: "ファイルと指定の組み合わせを確かめてください。", EN: "Check which file goes with which flag."},
	})
)

// Refusals about signed documents and time-stamps.
var (
	BadTSA = fault.Define(fault.Kind{
		Number: 6160, Class: fault.Invalid,
		What: lang.Text{JA: "タイムスタンプの発行元の証明書として使えません：%s", EN: "It cannot be used as the certificate of a time-stamp authority: %s"},
		Why:  lang.Text{JA: "タイムスタンプ専用の証明書ではないか、PEM や DER の形ではありません。", EN: "It is not a certificate for time-stamping alone, or not PEM or DER."},
		Cure: lang.Text{JA: "発行元の証明書そのものを指定してください。", EN: "Name the certificate of the authority itself."},
	})
	BadSigner = fault.Define(fault.Kind{
		Number: 6161, Class: fault.Invalid,
		What: lang.Text{JA: "署名者の証明書として読み取れません：%s", EN: "It cannot be read as the signer's certificate: %s"},
		Why:  lang.Text{JA: "--cert は証明書を一つだけ含む PEM か DER のファイルです。", EN: "--cert takes a file with one certificate, PEM or DER."},
		Cure: lang.Text{JA: "署名者の証明書のファイルを指定してください。", EN: "Name the file with the signer's certificate."},
	})
	NothingAttached = fault.Define(fault.Kind{
		Number: 6162, Class: fault.Conflict,
		What: lang.Text{JA: "取り出せる内容が入っていません：%s", EN: "There is no attached content: %s"},
		Why:  lang.Text{JA: "--extract は、内容を含む CMS の署名にだけ使えます。", EN: "--extract is for CMS signatures that carry their content."},
		Cure: lang.Text{JA: "--extract を外してください。", EN: "Leave --extract out."},
	})
	LevelNeeds = fault.Define(fault.Kind{
		Number: 6163, Class: fault.Invalid,
		What: lang.Text{JA: "この水準の署名に必要な指定が足りません：%s", EN: "Something that this level needs was not given: %s"},
		Why:  lang.Text{JA: "B-T にはタイムスタンプの発行元（--tsa と --tsa-cert）、B-LT にはさらに失効情報（--ocsp-url、--ocsp、--crl）が必要です。", EN: "B-T needs a time-stamp authority (--tsa and --tsa-cert), B-LT revocation data, too (--ocsp-url, --ocsp or --crl)."},
		Cure: lang.Text{JA: "足りないものを指定するか、--level を下げてください。", EN: "Give what is missing, or ask for a lower --level."},
	})
	NoTimeStamp = fault.Define(fault.Kind{
		Number: 6164, Class: fault.Unavailable,
		What: lang.Text{JA: "タイムスタンプを受け取れませんでした。", EN: "No time-stamp was received."},
		Why:  lang.Text{JA: "発行元に届かないか、断られたか、信用している発行元のものではありません。署名は保存していません。", EN: "The authority was not reached, refused, or is not the one that is trusted. No signature was kept."},
		Cure: lang.Text{JA: "--tsa の宛先と --tsa-cert の証明書を確かめ、もう一度実行してください。", EN: "Check the address of --tsa and the certificate of --tsa-cert, and try again."},
	})
	NoStatusAnswer = fault.Define(fault.Kind{
		Number: 6165, Class: fault.Unavailable,
		What: lang.Text{JA: "失効情報を受け取れませんでした（%s）。", EN: "No revocation data were received (%s)."},
		Why:  lang.Text{JA: "OCSP の宛先に届かないか、証明書が有効だと示す回答ではありません。署名は保存していません。", EN: "The OCSP responder was not reached, or its answer does not show that the certificate is in force. No signature was kept."},
		Cure: lang.Text{JA: "--ocsp-url を確かめ、もう一度実行してください。", EN: "Check --ocsp-url and try again."},
	})
	CannotSignPDF = fault.Define(fault.Kind{
		Number: 6166, Class: fault.Forbidden,
		What: lang.Text{JA: "この PDF には署名できません：%s", EN: "This PDF cannot be signed: %s"},
		Why:  lang.Text{JA: "形が厳密に読み取れないか、署名や更新を許していません。", EN: "It cannot be read strictly, or does not permit signatures or updates."},
		Cure: lang.Text{JA: "PDF を作り直すか、--cms を付けて別ファイルの署名にしてください。", EN: "Make the PDF anew, or add --cms for a signature beside it."},
	})
	CannotStamp = fault.Define(fault.Kind{
		Number: 6167, Class: fault.Invalid,
		What: lang.Text{JA: "タイムスタンプの発行元を始められません：%s", EN: "The time-stamp authority cannot start: %s"},
		Why:  lang.Text{JA: "鍵と証明書のどちらかが欠けているか、合っていないか、読み取れません。", EN: "Key or certificate is missing, does not fit the other, or cannot be read."},
		Cure: lang.Text{JA: "両方を消すと、新しい鍵と証明書を作ります。", EN: "Remove both files, and new ones are made."},
	})
	CannotServeStamps = fault.Define(fault.Kind{
		Number: 6168, Class: fault.Unavailable,
		What: lang.Text{JA: "この宛先でタイムスタンプを発行できません：%s", EN: "Time-stamps cannot be served at this address: %s"},
		Why:  lang.Text{JA: "ほかのプログラムが使っているか、この機械の宛先ではありません。", EN: "Another program uses it, or it is not an address of this machine."},
		Cure: lang.Text{JA: "--listen に別のポートを指定するか、0番で空いたポートを使ってください。", EN: "Give another port with --listen, or port 0 for a free one."},
	})
)

// Refusals about traces.
var (
	BadTrace = fault.Define(fault.Kind{
		Number: 6150, Class: fault.Invalid,
		What: lang.Text{JA: "やり取りの記録として読み取れません（%d行目）。", EN: "It cannot be read as a trace (line %d)."},
		Why:  lang.Text{JA: "形が決まりと違うか、隠すべきものが隠されていません。", EN: "Its form is not the one laid down, or it shows what it has to hide."},
		Cure: lang.Text{JA: "kado が保存した記録を、手を加えずに指定してください。", EN: "Name a trace as kado saved it."},
	})
	UnmaskedTrace = fault.Define(fault.Kind{
		Number: 6151, Class: fault.Conflict,
		What: lang.Text{JA: "この記録には暗証番号が隠されずに入っています。", EN: "This trace holds PINs in the clear."},
		Why:  lang.Text{JA: "うっかり見せたり渡したりしないように、はっきり指定されたときだけ扱います。", EN: "It is used only when that is asked for, so that nobody shows or passes it on by mistake."},
		Cure: lang.Text{JA: "承知のうえなら --unmasked を付けてください。", EN: "Add --unmasked if that is what you want."},
	})
	Deviated = fault.Define(fault.Kind{
		Number: 6152, Class: fault.Forbidden,
		What: lang.Text{JA: "再生が記録と食い違いました：%s", EN: "The replay deviated from the trace: %s"},
		Why:  lang.Text{JA: "順序か応答が記録と違います。そこで止めました。", EN: "Order or answer is another. It stopped there."},
		Cure: lang.Text{JA: "--show-apdus を付けて、食い違ったやり取りを見てください。", EN: "Look at the exchange with --show-apdus."},
	})
	BadHidden = fault.Define(fault.Kind{
		Number: 6154, Class: fault.Invalid,
		What: lang.Text{JA: "隠された値のファイルを読み取れません（%d行目）。", EN: "The file of hidden values cannot be read (line %d)."},
		Why:  lang.Text{JA: "一行に一つ、やり取りの番号、command か response、text か hex、値の順に、番号の順で書きます。", EN: "A line has the number of an exchange, command or response, text or hex, and the value; lines stand in the order of the exchanges."},
		Cure: lang.Text{JA: "「5 command text 4126」のような形に直してください。", EN: "Write it like: 5 command text 4126"},
	})
	VirtualOnly = fault.Define(fault.Kind{
		Number: 6153, Class: fault.Forbidden,
		What: lang.Text{JA: "再生は仮想カードに対してだけできます。", EN: "A trace is replayed to virtual cards only."},
		Why:  lang.Text{JA: "再生は照合や変更もそのまま繰り返すため、実物のカードをロックするおそれがあります。", EN: "A replay repeats what was done, PIN tries included, and could block a real card."},
		Cure: lang.Text{JA: "--card か --id で仮想カードを指定してください。", EN: "Name a virtual card with --card or --id."},
	})
)

// Refusals about the proof of attributes at a login.
var (
	OtherSystem = fault.Define(fault.Kind{
		Number: 6170, Class: fault.Forbidden,
		What: lang.Text{JA: "このサイトには、カードの証明を渡せません。", EN: "The card's proof is not given to this site."},
		Why:  lang.Text{JA: "サイトが示した鍵が、このカードを発行した仕組みのものでないか、別のサイトのものです。証明からは個人番号が分かるおそれがあるため、何も送っていません。", EN: "The key that the site shows is not of the system that issued this card, or is for another site. The Individual Number can be found from the proof, so nothing was sent."},
		Cure: lang.Text{JA: "サイトのアドレスを確かめてください。正しいのに続くときは、サイトの運営者に知らせてください。", EN: "Check the site's address. If it is right, tell whoever runs the site."},
	})
	LateKey = fault.Define(fault.Kind{
		Number: 6171, Class: fault.Conflict,
		What: lang.Text{JA: "サイトが示した鍵の期限が過ぎています。", EN: "The key that the site shows is past its date."},
		Why:  lang.Text{JA: "サイトの設定が古いか、この機械の時計が進んでいます。", EN: "The site is out of date, or this machine's clock is ahead."},
		Cure: lang.Text{JA: "この機械の時計を確かめてください。", EN: "Check this machine's clock."},
	})
	BadRecord = fault.Define(fault.Kind{
		Number: 6172, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの記載に、市区町村の正しい署名がありません。", EN: "What the card holds lacks the municipality's signature."},
		Why:  lang.Text{JA: "カードの内容が書き換わったか、読み取りの途中で変わりました。", EN: "The card's content was changed, or did not come through whole."},
		Cure: lang.Text{JA: "もう一度読み取ってください。続くときは、市区町村の窓口にお尋ねください。", EN: "Read it again. If it persists, ask at your town hall."},
	})
)
