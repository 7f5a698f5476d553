package validation

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of validation, 4100 to 4199. No serial number stands in a text:
// it is personal data (CRT-15).
var (
	NotAccredited = fault.Define(fault.Kind{
		Number: 4101, Class: fault.Forbidden,
		What: lang.Text{JA: "本日有効な検証者の認定がありません。", EN: "There is no accreditation that is valid today."},
		Why:  lang.Text{JA: "失効情報や新旧の紐付けを照会できるのは、認定期間中の検証者だけです。", EN: "Only verifiers within the dates of their accreditation may ask for status and linkage."},
		Cure: lang.Text{JA: "認定の期間と検証者の番号を確かめ、切れているときは認定を受け直してください。", EN: "Check the dates and the verifier's id; have a lapsed accreditation renewed."},
	})
	NotCovered = fault.Define(fault.Kind{
		Number: 4102, Class: fault.Forbidden,
		What: lang.Text{JA: "この照会の目的は認定に含まれていません。", EN: "The accreditation does not cover this purpose."},
		Why:  lang.Text{JA: "認定は目的ごとに与えられます。", EN: "An accreditation is given for stated purposes."},
		Cure: lang.Text{JA: "認定された目的の範囲で照会するか、目的の追加を申請してください。", EN: "Ask only for the purposes granted, or apply for this one."},
	})
	NoLink = fault.Define(fault.Kind{
		Number: 4103, Class: fault.NotFound,
		What: lang.Text{JA: "この証明書の前の証明書はありません。", EN: "No earlier certificate is linked to this one."},
		Why:  lang.Text{JA: "初めての証明書か、まだ有効になっていないか、死亡やカードの返納によって紐付けが終わっています。", EN: "It is the first one, or never became valid, or the linkage ended with the holder's death or the return of the card."},
		Cure: lang.Text{JA: "新しい利用者として登録してください。", EN: "Register the holder as a new user."},
	})
	NoList = fault.Define(fault.Kind{
		Number: 4104, Class: fault.NotFound,
		What: lang.Text{JA: "この失効リストはまだ発行されていません。", EN: "This revocation list has not been issued yet."},
		Why:  lang.Text{JA: "認証局の種類、世代、市区町村の組合せに当たる一覧がありません。", EN: "There is no list for this authority, generation and municipality."},
		Cure: lang.Text{JA: "種類、世代、市区町村コードを確かめてください。", EN: "Check authority, generation and municipality code."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 4105, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられない値があります（項目：%s）。", EN: "A value cannot be accepted (field: %s)."},
		Why:  lang.Text{JA: "値が空か、長すぎるか、決められた形ではありません。", EN: "It is empty, too long, or not of the form laid down."},
		Cure: lang.Text{JA: "値を確かめて、もう一度送ってください。", EN: "Check the value and send it again."},
	})
	CannotPublish = fault.Define(fault.Kind{
		Number: 4106, Class: fault.Internal,
		What: lang.Text{JA: "失効リストのファイルを書き出せないか、読み取れません。", EN: "The files of the revocation lists cannot be written or read."},
		Why:  lang.Text{JA: "公開用フォルダーの権限か空き容量が足りないか、ファイルが外から変えられています。", EN: "The folder lacks permission or space, or a file was changed from outside."},
		Cure: lang.Text{JA: "フォルダーの権限と空き容量を確かめて、もう一度公開してください。発行済みの失効リストは失われていません。", EN: "Check the folder's permissions and space and publish again. Lists that were issued are not lost."},
	})
)

// The refusals of the verifiers' interface, 4110 to 4149.
var (
	UnknownKey = fault.Define(fault.Kind{
		Number: 4110, Class: fault.Forbidden,
		What: lang.Text{JA: "このクライアント証明書の鍵は、どの検証者にも結び付けられていません。", EN: "The key of this client certificate is bound to no verifier."},
		Why:  lang.Text{JA: "検証者は、登録された鍵で名乗ります。証明書の名前は見ません。", EN: "A verifier identifies itself by a registered key; names in the certificate do not count."},
		Cure: lang.Text{JA: "登録した鍵の証明書で接続し直すか、認証局担当に鍵の登録を依頼してください。", EN: "Connect with the certificate of the registered key, or have the key bound by a CA operator."},
	})
	BadDocument = fault.Define(fault.Kind{
		Number: 4111, Class: fault.Invalid,
		What: lang.Text{JA: "送られた JSON を受け付けられません（%s）。", EN: "The JSON document cannot be accepted (%s)."},
		Why:  lang.Text{JA: "形が違うか、知らない項目、重なった項目、空の値（null）、決まりと違う書き方があります。", EN: "It is malformed, or has unknown or repeated fields, null, or another spelling than the one laid down."},
		Cure: lang.Text{JA: "説明書の例と比べて直してください。", EN: "Compare it with the documentation and mend it."},
	})
	TooLarge = fault.Define(fault.Kind{
		Number: 4112, Class: fault.Invalid,
		What: lang.Text{JA: "送られた内容が大きすぎます（上限%dバイト）。", EN: "The document is too large (limit %d octets)."},
		Why:  lang.Text{JA: "一度に受け取る大きさに上限があります。", EN: "There is a limit for one document."},
		Cure: lang.Text{JA: "分けて送ってください。", EN: "Send it in parts."},
	})
	NotJSON = fault.Define(fault.Kind{
		Number: 4113, Class: fault.Invalid,
		What: lang.Text{JA: "application/json で送ってください。", EN: "Send application/json."},
		Why:  lang.Text{JA: "この窓口は JSON だけを受け付けます。", EN: "This interface takes JSON alone."},
		Cure: lang.Text{JA: "Content-Type: application/json を付けてください。", EN: "Set Content-Type: application/json."},
	})
	NotEntrusted = fault.Define(fault.Kind{
		Number: 4114, Class: fault.Forbidden,
		What: lang.Text{JA: "この事業者からの委託は、本日有効なものとして記録されていません。", EN: "No entrustment by this firm is on record as valid today."},
		Why:  lang.Text{JA: "照会は、検証者自身か、その日に検証を委託している事業者のためにだけできます。", EN: "A question is put for the verifier itself or for a firm that entrusts it that day."},
		Cure: lang.Text{JA: "for の値を確かめるか、認証局担当に委託の記録を依頼してください。", EN: "Check the value of \"for\", or have the entrustment recorded by a CA operator."},
	})
	ConsentBadSignature = fault.Define(fault.Kind{
		Number: 4115, Class: fault.Invalid,
		What: lang.Text{JA: "同意の署名が正しくありません。", EN: "The signature of the consent does not hold."},
		Why:  lang.Text{JA: "署名が壊れているか、別の文面に対する署名か、証明書に結び付いていません。", EN: "It is damaged, made over another text, or not bound to its certificate."},
		Cure: lang.Text{JA: "示された文面をそのまま、署名用電子証明書で署名し直してください。", EN: "Sign the given text as it stands with the signature certificate."},
	})
	ConsentWrongAuthority = fault.Define(fault.Kind{
		Number: 4116, Class: fault.Invalid,
		What: lang.Text{JA: "同意の署名は、署名用の認証局の証明書によるものではありません。", EN: "The consent was not signed with a certificate of the signature authority."},
		Why:  lang.Text{JA: "同意には署名用電子証明書が必要です。利用者証明用や、ほかの認証局の証明書は使えません。", EN: "Consent needs the signature certificate; the user authentication certificate or one of another authority does not do."},
		Cure: lang.Text{JA: "署名用電子証明書で署名してください。", EN: "Sign with the signature certificate."},
	})
	ConsentSuspended = fault.Define(fault.Kind{
		Number: 4117, Class: fault.Conflict,
		What: lang.Text{JA: "同意に使われた電子証明書は、一時停止中です。", EN: "The certificate that signed the consent is suspended."},
		Why:  lang.Text{JA: "停止中のカードでは同意できません。", EN: "A suspended card gives no consent."},
		Cure: lang.Text{JA: "窓口で停止を解いてから、もう一度同意してください。", EN: "Have the suspension lifted at the counter, then give consent again."},
	})
	ConsentRevoked = fault.Define(fault.Kind{
		Number: 4118, Class: fault.Conflict,
		What: lang.Text{JA: "同意に使われた電子証明書は、失効しています。", EN: "The certificate that signed the consent is revoked."},
		Why:  lang.Text{JA: "失効した証明書では同意できません。", EN: "A revoked certificate gives no consent."},
		Cure: lang.Text{JA: "新しい署名用電子証明書で同意してください。", EN: "Give consent with the new signature certificate."},
	})
	ConsentExpired = fault.Define(fault.Kind{
		Number: 4119, Class: fault.Conflict,
		What: lang.Text{JA: "同意に使われた電子証明書は、有効期限が切れています。", EN: "The certificate that signed the consent has expired."},
		Why:  lang.Text{JA: "期限の切れた証明書では同意できません。", EN: "An expired certificate gives no consent."},
		Cure: lang.Text{JA: "更新した署名用電子証明書で同意してください。", EN: "Give consent with a renewed signature certificate."},
	})
	NoVerifier = fault.Define(fault.Kind{
		Number: 4120, Class: fault.NotFound,
		What: lang.Text{JA: "この検証者は登録されていません。", EN: "No such verifier is registered."},
		Why:  lang.Text{JA: "その番号の検証者の記録がありません。", EN: "There is no record of a verifier with that id."},
		Cure: lang.Text{JA: "検証者の番号を確かめてください。", EN: "Check the verifier's id."},
	})
	KeyTaken = fault.Define(fault.Kind{
		Number: 4121, Class: fault.Conflict,
		What: lang.Text{JA: "この鍵は、別の検証者に結び付けられています。", EN: "The key is bound to another verifier."},
		Why:  lang.Text{JA: "一つの鍵で名乗れるのは、一つの検証者だけです。", EN: "One key stands for one verifier."},
		Cure: lang.Text{JA: "検証者ごとに別の鍵を作ってください。", EN: "Make a key for each verifier."},
	})
	UnfitClientKey = fault.Define(fault.Kind{
		Number: 4122, Class: fault.Invalid,
		What: lang.Text{JA: "このクライアント証明書は登録できません。", EN: "This client certificate cannot be bound."},
		Why:  lang.Text{JA: "証明書として読めないか、鍵が RSA 2048 ビット以上、ECDSA P-256・P-384、Ed25519 のどれでもありません。", EN: "It cannot be read, or its key is none of RSA with at least 2048 bits, ECDSA P-256 or P-384, and Ed25519."},
		Cure: lang.Text{JA: "決められた方式の鍵で証明書を作り直してください。", EN: "Make a certificate with one of these keys."},
	})
	TargetRefused = fault.Define(fault.Kind{
		Number: 4123, Class: fault.Forbidden,
		What: lang.Text{JA: "この通知先には送れません。", EN: "Notifications are not sent to this target."},
		Why:  lang.Text{JA: "通知先は、このコンピューター自身か、設定で許された宛先だけです。転送や、利用者名の入ったアドレスは受け付けません。", EN: "Targets lie on this machine itself or in a range that the settings permit; no credentials or fragments in the address."},
		Cure: lang.Text{JA: "http://127.0.0.1:ポート/… の形で指定するか、設定で宛先を許してください。", EN: "Give http://127.0.0.1:PORT/…, or permit the target in the settings."},
	})
	NoConsent = fault.Define(fault.Kind{
		Number: 4124, Class: fault.NotFound,
		What: lang.Text{JA: "この検証者への同意は記録されていません。", EN: "No such consent is recorded for this verifier."},
		Why:  lang.Text{JA: "番号が違うか、別の検証者や事業者への同意です。", EN: "The id is wrong, or the consent names another verifier or firm."},
		Cure: lang.Text{JA: "同意の番号と for の値を確かめてください。", EN: "Check the id and the value of \"for\"."},
	})
	ConsentOver = fault.Define(fault.Kind{
		Number: 4125, Class: fault.Forbidden,
		What: lang.Text{JA: "この同意は、今は効力がありません。", EN: "The consent is not in force."},
		Why:  lang.Text{JA: "取り消されたか、期間の外か、カードの返納などで終わっています。", EN: "It was withdrawn, its period has not begun or is over, or it ended with the card."},
		Cure: lang.Text{JA: "必要なときは、あらためて同意を得てください。", EN: "Ask the holder for a new consent where one is needed."},
	})
	ConsentUnknown = fault.Define(fault.Kind{
		Number: 4126, Class: fault.Conflict,
		What: lang.Text{JA: "同意に使われた電子証明書は、まだ有効でないか、発行の記録がありません。", EN: "The certificate that signed the consent is not valid yet, or not on record."},
		Why:  lang.Text{JA: "認証局の記録で有効な証明書だけが同意に使えます。", EN: "Only certificates that the authority's records show as valid give consent."},
		Cure: lang.Text{JA: "交付を受けた署名用電子証明書で同意してください。", EN: "Give consent with the signature certificate of a delivered card."},
	})
	ConsentStale = fault.Define(fault.Kind{
		Number: 4127, Class: fault.Conflict,
		What: lang.Text{JA: "同意の文面が古すぎるか、先の時刻になっています。", EN: "The text of the consent is too old, or from the future."},
		Why:  lang.Text{JA: "文面は、作られてから24時間のうちに署名し、届け出る決まりです。", EN: "A text is signed and handed in within 24 hours."},
		Cure: lang.Text{JA: "新しい文面を取り寄せて、署名し直してください。", EN: "Fetch a new text and have it signed."},
	})
	NotYours = fault.Define(fault.Kind{
		Number: 4128, Class: fault.Forbidden,
		What: lang.Text{JA: "この同意を取り消せるのは、本人と、同意を受けた検証者だけです。", EN: "Only the holder and the verifier named in it may withdraw a consent."},
		Why:  lang.Text{JA: "別の人や別の検証者からの操作です。", EN: "Somebody else asked."},
		Cure: lang.Text{JA: "同意の番号を確かめてください。", EN: "Check the id of the consent."},
	})
	NotTold = fault.Define(fault.Kind{
		Number: 4129, Class: fault.Unavailable,
		What: lang.Text{JA: "検証者に通知を届けられませんでした。", EN: "The verifier could not be told."},
		Why:  lang.Text{JA: "通知先が決められた時間のうちに 2xx で答えませんでした。", EN: "Its webhook did not answer with 2xx in time."},
		Cure: lang.Text{JA: "時間をおいて自動で送り直します。検証者は一覧からも取り出せます。", EN: "It is sent again later; the verifier can also fetch it."},
	})
	NoEndpoint = fault.Define(fault.Kind{
		Number: 4130, Class: fault.NotFound,
		What: lang.Text{JA: "この窓口はありません。", EN: "There is no such endpoint."},
		Why:  lang.Text{JA: "アドレスが説明書のものと違います。", EN: "The address is none of the documented ones."},
		Cure: lang.Text{JA: "説明書のアドレスと比べてください。", EN: "Compare it with the documentation."},
	})
	WrongMethod = fault.Define(fault.Kind{
		Number: 4131, Class: fault.Invalid,
		What: lang.Text{JA: "このアドレスではその操作はできません。", EN: "This address does not take that method."},
		Why:  lang.Text{JA: "照会は POST、取り出しは GET です。", EN: "Questions are POST, fetching is GET."},
		Cure: lang.Text{JA: "説明書のメソッドを使ってください。", EN: "Use the method in the documentation."},
	})
	NoSecrets = fault.Define(fault.Kind{
		Number: 4132, Class: fault.Unavailable,
		What: lang.Text{JA: "通知の署名に使う鍵がありません。", EN: "There is no key to authenticate notifications with."},
		Why:  lang.Text{JA: "鍵の保管庫につながれていません。", EN: "This process has no key store."},
		Cure: lang.Text{JA: "鍵の保管庫のある構成で実行してください。", EN: "Run it with a key store."},
	})
	TooFar = fault.Define(fault.Kind{
		Number: 4133, Class: fault.Invalid,
		What: lang.Text{JA: "紐付けをたどれるのは%d段までです。", EN: "Links are followed %d steps at most."},
		Why:  lang.Text{JA: "長い期間にわたる追跡を防ぐため、段数に上限があります。", EN: "Following somebody over many years is limited."},
		Cure: lang.Text{JA: "depth を小さくしてください。", EN: "Ask for a smaller depth."},
	})
)
