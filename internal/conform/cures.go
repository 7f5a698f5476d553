package conform

import "kado/internal/platform/lang"

// Cures that several cases share.
var (
	compareState  = text("ログインを始めるときに乱数の state を作ってブラウザの Cookie に結び付け、戻ってきた state と一字も違わないことを、ほかの何よりも先に確かめてください。一度使ったら捨てます。", "Make a random state when a login begins, tie it to the browser's cookie, and compare what comes back to the letter before anything else. Drop it once it was used.")
	compareIss    = text("応答の iss を、設定してある issuer と一字も違わないか比べてから、code を使ってください。", "Compare iss of the answer with the configured issuer, to the letter, before the code is used.")
	readErrors    = text("error があれば、code を見ずに終わり、もう一度始められる画面を出してください。", "Where there is an error, stop without looking at the code, and show a page from which to start again.")
	escapeText    = text("提供者の文は記録にだけ残し、画面には自分の言葉を出してください。出すなら、必ず HTML として無害にします。", "Keep the provider's words for the log and show your own. If they have to be shown, escape them as HTML.")
	wantCode      = text("code がちょうど1つあることを確かめてから、トークンを求めてください。", "See that there is exactly one code before you ask for tokens.")
	believeStatus = text("トークンの窓口が 200 以外を返したら、本文を使わずに断ってください。", "When the token endpoint answers anything but 200, refuse without using the body.")
	validateToken = text("IDトークンは、自分で分解せず、よく保守されたライブラリに検証させてください。形、署名、iss、aud、exp、nonce のすべてです。", "Have a well-kept library verify the ID token, never take it apart yourself: form, signature, iss, aud, exp and nonce.")
	compareIssuer = text("IDトークンの iss を、設定してある issuer と一字も違わないか比べてください。", "Compare iss of the ID token with the configured issuer, to the letter.")
	compareAud    = text("aud が自分の client_id ただ1つであることを、部分一致ではなく等しいかどうかで確かめ、azp があればそれも比べてください。", "Check that aud is your client_id and nothing else, by equality and not by a part of it; compare azp, too, where it is there.")
	compareNonce  = text("ログインごとに乱数の nonce を作ってブラウザに結び付け、IDトークンの nonce と比べてください。", "Make a random nonce for each login, tie it to the browser, and compare it with that of the ID token.")
	checkTimes    = text("exp、nbf、iat を、時計のずれとして1分ほどだけ許して確かめてください。exp は必須です。", "Check exp, nbf and iat with about a minute of leeway for clocks; exp has to be there.")
	wantSubject   = text("sub が空でない文字列であることを確かめてから、利用者を探してください。", "See that sub is a text that is not empty before you look for the account.")
	compareHash   = text("アクセストークンの SHA-256 の前半を base64url にして、at_hash と比べてください。", "Compare at_hash with base64url of the first half of the access token's SHA-256.")
	fixAlgorithm  = text("受け入れる alg を ES256 だけに固定し、トークンの言う alg に従わないでください。", "Accept ES256 alone; never follow the alg that a token names.")
	usePublished  = text("署名は、設定から読んだ jwks_uri の鍵のうち、kid の合うものだけで確かめてください。トークンの中の jwk、jku、x5u は見ません。", "Verify with the keys of the configured jwks_uri alone, those with the token's kid. Do not look at jwk, jku or x5u in a token.")
	verifyAll     = text("署名を必ず検証し、検証した本文だけを使ってください。", "Always verify the signature, and use nothing but what was verified.")
	refetchKeys   = text("知らない kid を見たら公開鍵を取り直し（1秒に1回ほどまで）、一覧にない鍵は捨ててください。", "Fetch the keys again at an unknown kid (about once a second at most), and drop those that are no longer listed.")
	compareSub    = text("userinfo の sub が IDトークンの sub と等しいことを確かめてから、属性を使ってください。", "Compare sub of userinfo with that of the ID token before you use the attributes.")
	newSession    = text("ログインが成功したら、新しいセッション番号を発行し、前のものを捨ててください。", "Give the session a new id when a login succeeds, and drop the old one.")
	cookieFlags   = text("セッションの Cookie に HttpOnly、SameSite=Lax、https では Secure を付けてください。", "Set HttpOnly, SameSite=Lax and, over https, Secure on session cookies.")
	limitAnswers  = text("提供者の答えは、1 MiB など上限を決めて読み、越えたら断ってください。", "Read answers up to a limit, such as 1 MiB, and refuse what is longer.")
	limitTime     = text("提供者への要求には、全体で5秒ほどの時間切れを付けてください。", "Give every request to the provider a time-out of about five seconds over all.")
	noRedirects   = text("トークンと userinfo の要求では、転送（3xx）に従わないように設定してください。", "Configure token and userinfo requests not to follow redirects (3xx).")
)

// cures are what to do, by the name of a case.
var cures = map[string]lang.Text{
	keyRotated:      refetchKeys,
	"state-missing": compareState, "state-other": compareState, "state-of-another-browser": compareState, "response-replayed": compareState,
	"mix-up": compareIss, "iss-missing": compareIss,
	"session-state-missing": text("することはありません。", "Nothing has to be done."),
	"cancelled":             readErrors, "error-with-code": readErrors,
	"error-with-markup": escapeText, "error-code-with-markup": escapeText, "token-error-with-markup": escapeText,
	"error-uri-with-script": text("error_uri をリンクにしないでください。するなら https のものに限ります。", "Do not make a link of error_uri; if you must, of https alone."),
	"code-missing":          wantCode, "parameter-twice": wantCode,
	"response-in-fragment":    text("応答は、求めた形（アドレスの ? の後ろ）でだけ受け取ってください。", "Take the answer in the form that was asked for alone: behind the ? of the address."),
	"response-by-form":        text("戻り先のアドレスは GET だけを受け付け、アドレスの ? の後ろだけを読んでください。", "Have the address accept GET alone, and read only what stands behind its ?."),
	"code-of-another-session": text("nonce をログインごとに作ってブラウザに結び付け、IDトークンの nonce と比べてください。PKCE も必ず使います。", "Make a nonce for each login, tie it to the browser, and compare it with that of the ID token; and use PKCE."),
	"code-replayed":           believeStatus, "token-endpoint-down": believeStatus,
	"id-token-missing": validateToken, "id-token-garbage": validateToken, "access-token-as-id-token": validateToken,
	"token-type-other": text("token_type が Bearer（大文字小文字は問わない）でなければ断ってください。", "Refuse a token_type other than Bearer, in whatever letters."),
	"issuer-other":     compareIssuer, "issuer-slash": compareIssuer, "issuer-missing": compareIssuer,
	"audience-other": compareAud, "audience-missing": compareAud, "audience-prefix": compareAud, "audience-with-others": compareAud,
	"authorized-party-other": compareAud, "authorized-party-alone": compareAud,
	"nonce-other": compareNonce, "nonce-missing": compareNonce, "id-token-replayed": compareNonce,
	"expired": checkTimes, "expiry-missing": checkTimes, "not-yet-valid": checkTimes, "issued-tomorrow": checkTimes,
	"subject-missing": wantSubject, "subject-empty": wantSubject,
	"at-hash-other": compareHash, "at-hash-missing": compareHash,
	"unsigned": fixAlgorithm, "unsigned-in-other-letters": fixAlgorithm, "hmac-with-public-pem": fixAlgorithm, "hmac-with-public-jwk": fixAlgorithm,
	"signature-empty": verifyAll, "signature-zero": verifyAll, "claims-changed": verifyAll,
	"critical-unknown": text("crit に知らない名前があれば断ってください。よく保守されたライブラリはそうします。", "Refuse names in crit that you do not know; well-kept libraries do."),
	"key-unknown":      usePublished, "key-of-same-name": usePublished, "key-in-token": usePublished, "key-by-address": usePublished,
	"key-withdrawn": refetchKeys, "keys-of-one-name": text("することはありません。鍵は kid と種類の両方で選びます。", "Nothing has to be done. Choose keys by kid and type together."),
	"userinfo-other-subject": compareSub, "userinfo-without-subject": compareSub,
	"userinfo-refused":        text("することはありません。", "Nothing has to be done."),
	"refresh-other-subject":   text("取り直した IDトークンと userinfo の sub が、ログインのときと等しいことを確かめてください。違えばセッションを終わらせます。", "Compare sub of the new ID token and of userinfo with that of the login; where it differs, end the session."),
	"token-answer-huge":       limitAnswers,
	"userinfo-huge":           limitAnswers,
	"token-answer-slow":       limitTime,
	"token-endpoint-redirect": noRedirects,
	"userinfo-redirect":       noRedirects,
	"session-fixed":           newSession,
	"cookie-readable":         cookieFlags,
	"discovery-other-issuer":  text("読み取った設定の issuer が、自分の設定した issuer と一字も違わないことを確かめ、違えば使わないでください。", "Compare issuer of the metadata with the one you configured, to the letter, and use nothing of it where they differ."),
}
