package oidc

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// The refusals of the provider, 8100 to 8199, each for one mistake. They are shown to
// relying parties and their developers: none holds anything of the holder's.
var (
	NoInteraction = fault.Define(fault.Kind{
		Number: 8101, Class: fault.Conflict,
		What: lang.Text{JA: "このログインの受付けは使えません。", EN: "This login cannot be used."},
		Why:  lang.Text{JA: "受付けが存在しないか、10分の有効時間が過ぎたか、すでに終わっています。", EN: "It does not exist, its ten minutes are over, or it has ended."},
		Cure: lang.Text{JA: "サービスのページに戻り、ログインを初めからやり直してください。", EN: "Go back to the service and begin the login anew."},
	})
	OtherBrowser = fault.Define(fault.Kind{
		Number: 8102, Class: fault.Forbidden,
		What: lang.Text{JA: "別のブラウザーで始めたログインです。", EN: "This login was begun in another browser."},
		Why:  lang.Text{JA: "ほかの人が始めたログインを終わらせてしまうことを防ぐため、始めたブラウザーでだけ続けられます。Cookie を受け入れない設定でも続けられません。", EN: "Only the browser that began it may go on, so that nobody finishes a login that somebody else began. Without cookies it cannot go on either."},
		Cure: lang.Text{JA: "このブラウザーで、サービスのページからログインを始めてください。", EN: "Begin the login in this browser, from the service's page."},
	})
	UnknownClient = fault.Define(fault.Kind{
		Number: 8103, Class: fault.Invalid,
		What: lang.Text{JA: "このサービスは登録されていません。", EN: "This service is not registered."},
		Why:  lang.Text{JA: "client_id がないか、形が違うか、登録されていません（半角英数字1～255文字）。送り先を確かめられないため、サービスには戻りません。", EN: "client_id is missing, malformed (1 to 255 letters and digits) or not registered. Since nothing vouches for the address, the browser is not sent back."},
		Cure: lang.Text{JA: "サービスの運営者に知らせてください。開発中のときは、クライアントを登録してください（--open-clients では、自分のマシンへ戻る最初の認可の求めで登録されます）。", EN: "Tell whoever runs the service. If that is you, register the client (with --open-clients its first authorization request does, if it returns to this machine)."},
	})
	BadRedirect = fault.Define(fault.Kind{
		Number: 8104, Class: fault.Invalid,
		What: lang.Text{JA: "戻り先のアドレスが登録されていません。", EN: "The address to return to is not registered."},
		Why:  lang.Text{JA: "redirect_uri は、登録したものと1文字も違わずに一致しなければなりません。", EN: "redirect_uri has to equal a registered one, character by character."},
		Cure: lang.Text{JA: "登録した redirect_uri を送るか、そのアドレスを登録してください。", EN: "Send a registered redirect_uri, or register this one."},
	})
	BadParameter = fault.Define(fault.Kind{
		Number: 8105, Class: fault.Invalid,
		What: lang.Text{JA: "受け付けられないパラメーターがあります（%s）。", EN: "A parameter is missing or cannot be accepted (%s)."},
		Why:  lang.Text{JA: "必須のパラメーターがないか、2回あるか、決められた文字や値ではありません。", EN: "It is required and missing, comes twice, or is not of the characters or values that are permitted."},
		Cure: lang.Text{JA: "送っている値を、仕様の表と見比べてください。", EN: "Compare what is sent with the table of parameters."},
	})
	BadResponseType = fault.Define(fault.Kind{
		Number: 8106, Class: fault.Invalid,
		What: lang.Text{JA: "この response_type は使えません。", EN: "This response_type is not supported."},
		Why:  lang.Text{JA: "使えるのは code だけです。", EN: "Only code is."},
		Cure: lang.Text{JA: "response_type=code を送ってください。", EN: "Send response_type=code."},
	})
	BadScope = fault.Define(fault.Kind{
		Number: 8107, Class: fault.Invalid,
		What: lang.Text{JA: "この scope は使えません（%s）。", EN: "The scope cannot be accepted (%s)."},
		Why:  lang.Text{JA: "openid が必須で、ほかに name、address、birthdate、gender、sign が使えます。クライアントに許されたものに限ります。", EN: "openid is required; name, address, birthdate, gender and sign may follow, as far as the client is permitted them."},
		Cure: lang.Text{JA: "scope を直してください。", EN: "Mend the scope."},
	})
	NoRequestObject = fault.Define(fault.Kind{
		Number: 8108, Class: fault.Invalid,
		What: lang.Text{JA: "request と request_uri は使えません。", EN: "request and request_uri are not supported."},
		Why:  lang.Text{JA: "パラメーターはそのまま送るか、前もって預けます（PAR）。request_uri に使えるのは、預けたときに受け取ったものだけです。", EN: "Parameters are sent as they are, or pushed beforehand (PAR). The only request_uri there is is the one that pushing gave."},
		Cure: lang.Text{JA: "request と request_uri を外すか、PAR の窓口に預けてください。", EN: "Leave them out, or push the request."},
	})
	LoginNeeded = fault.Define(fault.Kind{
		Number: 8109, Class: fault.Conflict,
		What: lang.Text{JA: "画面を出さずにログインすることはできません。", EN: "A login without showing a page is not possible."},
		Why:  lang.Text{JA: "カードを使うログインには、必ず利用者の操作が要ります（prompt=none）。", EN: "A card always takes the holder's hand (prompt=none)."},
		Cure: lang.Text{JA: "prompt=none を外してください。", EN: "Leave prompt=none out."},
	})
	BadSigning = fault.Define(fault.Kind{
		Number: 8110, Class: fault.Invalid,
		What: lang.Text{JA: "この署名の依頼は使えません。", EN: "This signing transaction cannot be used."},
		Why:  lang.Text{JA: "存在しないか、別のクライアントのものか、期限が過ぎたか、署名済みです。scope の sign と sign_transaction_id は、必ず一緒に送ります。", EN: "It does not exist, is another client's, is over or was signed. Scope sign and sign_transaction_id go together."},
		Cure: lang.Text{JA: "POST /api/sign-transactions で新しい依頼を作り、その番号を送ってください。", EN: "Make a new one with POST /api/sign-transactions and send its id."},
	})
	Cancelled = fault.Define(fault.Kind{
		Number: 8111, Class: fault.Forbidden,
		What: lang.Text{JA: "利用者が取りやめました。", EN: "The holder cancelled."},
		Why:  lang.Text{JA: "同意の画面か、カードを選ぶ画面で「やめる」が選ばれました。", EN: "They chose so on the consent page or before the card."},
		Cure: lang.Text{JA: "利用者に、もう一度試すか尋ねてください。", EN: "Ask the holder whether to try again."},
	})
	TooManyTries = fault.Define(fault.Kind{
		Number: 8112, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの確認に失敗した回数が多すぎます。", EN: "The card failed too often."},
		Why:  lang.Text{JA: "1回のログインで試せるのは10回までです。", EN: "One login takes ten attempts at most."},
		Cure: lang.Text{JA: "サービスのページから、ログインを初めからやり直してください。", EN: "Begin the login anew from the service's page."},
	})
	BadRequestURI = fault.Define(fault.Kind{
		Number: 8113, Class: fault.Invalid,
		What: lang.Text{JA: "この request_uri は使えません。", EN: "This request_uri cannot be used."},
		Why:  lang.Text{JA: "ここで渡したものではないか、60秒の期限が過ぎたか、別のクライアントのものです。", EN: "It was not given here, its 60 seconds are over, or it is another client's."},
		Cure: lang.Text{JA: "サービスのページに戻り、ログインを初めからやり直してください。開発中のときは、client_id と、預けてからブラウザーを送り出すまでの時間を確かめてください。", EN: "Go back to the service and begin the login anew. If the service is yours, check client_id and how soon the browser is sent after pushing."},
	})
	RequestURIUsed = fault.Define(fault.Kind{
		Number: 8114, Class: fault.Conflict,
		What: lang.Text{JA: "この request_uri はすでに使われました。", EN: "This request_uri was used before."},
		Why:  lang.Text{JA: "1回しか使えません。ページを読み直したか、アドレスが盗まれた恐れがあります。", EN: "It serves once. The page was loaded again, or the address may be stolen."},
		Cure: lang.Text{JA: "サービスのページに戻り、ログインを初めからやり直してください。", EN: "Go back to the service and begin the login anew."},
	})
	BesidePushed = fault.Define(fault.Kind{
		Number: 8115, Class: fault.Invalid,
		What: lang.Text{JA: "request_uri と一緒に送れないパラメーターがあります（%s）。", EN: "A parameter cannot be sent beside request_uri (%s)."},
		Why:  lang.Text{JA: "預けた求めがすべてです。ブラウザーは client_id と request_uri だけを、1回ずつ運びます。", EN: "What was pushed is the whole request. The browser carries client_id and request_uri alone, once each."},
		Cure: lang.Text{JA: "ほかのパラメーターは、PAR の窓口に預けるほうに入れてください。", EN: "Push the others with the request."},
	})
	PushRequired = fault.Define(fault.Kind{
		Number: 8116, Class: fault.Invalid,
		What: lang.Text{JA: "このクライアントは、求めを前もって預けなければなりません。", EN: "This client has to push its requests."},
		Why:  lang.Text{JA: "登録に require_pushed_authorization_requests があります（PAR、RFC 9126）。", EN: "It is registered with require_pushed_authorization_requests (PAR, RFC 9126)."},
		Cure: lang.Text{JA: "PAR の窓口に預け、受け取った request_uri を送ってください。", EN: "Push the request and send the request_uri that comes back."},
	})
	BadTokenRequest = fault.Define(fault.Kind{
		Number: 8120, Class: fault.Invalid,
		What: lang.Text{JA: "フォームを受け付けられません（%s）。", EN: "The form cannot be accepted (%s)."},
		Why:  lang.Text{JA: "フォーム形式（application/x-www-form-urlencoded）で、必須の項目を1回ずつ送ります。", EN: "It is a form with each required field once."},
		Cure: lang.Text{JA: "項目を直して送り直してください。", EN: "Mend the field and send again."},
	})
	BadGrantType = fault.Define(fault.Kind{
		Number: 8121, Class: fault.Invalid,
		What: lang.Text{JA: "この grant_type は使えません。", EN: "This grant_type is not supported."},
		Why:  lang.Text{JA: "authorization_code、refresh_token、client_credentials に限ります。", EN: "authorization_code, refresh_token and client_credentials are."},
		Cure: lang.Text{JA: "grant_type を直してください。", EN: "Mend grant_type."},
	})
	NoAssertion = fault.Define(fault.Kind{
		Number: 8122, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明がありません。", EN: "The client did not authenticate."},
		Why:  lang.Text{JA: "private_key_jwt だけを受け付けます。client_secret や Basic 認証は使えません。", EN: "Only private_key_jwt is accepted; no client_secret, no Basic authentication."},
		Cure: lang.Text{JA: "client_assertion_type と client_assertion を送ってください。", EN: "Send client_assertion_type and client_assertion."},
	})
	BadAssertion = fault.Define(fault.Kind{
		Number: 8123, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明を読み取れません（%s）。", EN: "The client assertion cannot be read (%s)."},
		Why:  lang.Text{JA: "RS256 か ES256 で署名した JWT に限ります。", EN: "It has to be a JWT signed with RS256 or ES256."},
		Cure: lang.Text{JA: "署名の方式と形を確かめてください。", EN: "Check its algorithm and form."},
	})
	WrongAssertionKey = fault.Define(fault.Kind{
		Number: 8124, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明の署名が正しくありません。", EN: "The client assertion's signature is wrong."},
		Why:  lang.Text{JA: "登録した公開鍵のどれとも合いません。kid があるときは、その鍵だけで確かめます。", EN: "No registered key fits. Where it names a kid, only that key is tried."},
		Cure: lang.Text{JA: "登録した鍵と、署名に使った鍵を見比べてください。", EN: "Compare the registered key with the one that signs."},
	})
	BadAssertionClaim = fault.Define(fault.Kind{
		Number: 8125, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明の中身が正しくありません（%s）。", EN: "A claim of the client assertion is wrong (%s)."},
		Why:  lang.Text{JA: "iss と sub は client_id、aud はトークンのアドレスか issuer、jti は毎回違う値、exp は未来の時刻です。", EN: "iss and sub are the client_id, aud is the token endpoint or the issuer, jti differs every time, exp lies ahead."},
		Cure: lang.Text{JA: "示された項目を直してください。", EN: "Mend the claim that is named."},
	})
	AssertionTime = fault.Define(fault.Kind{
		Number: 8126, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明の期限が正しくありません（%s）。", EN: "The client assertion's times are wrong (%s)."},
		Why:  lang.Text{JA: "期限が過ぎているか、先すぎます。厳格モードでは iat が必須で、期限は60秒以内です。", EN: "It has expired or lives too long. In strict mode iat is required and the life is 60 seconds at most."},
		Cure: lang.Text{JA: "時計を合わせ、要求のたびに短い期限で作り直してください。", EN: "Set the clock, and make a short-lived one for each request."},
	})
	AssertionReplayed = fault.Define(fault.Kind{
		Number: 8127, Class: fault.Forbidden,
		What: lang.Text{JA: "クライアントの証明が2回使われました。", EN: "The client assertion was used before."},
		Why:  lang.Text{JA: "jti は1回しか使えません。", EN: "A jti serves once."},
		Cure: lang.Text{JA: "要求のたびに新しい jti で作ってください。", EN: "Make one with a new jti for each request."},
	})
	BadCode = fault.Define(fault.Kind{
		Number: 8130, Class: fault.Invalid,
		What: lang.Text{JA: "この認可コードは使えません。", EN: "This code cannot be used."},
		Why:  lang.Text{JA: "存在しないか、60秒の期限が過ぎています。", EN: "It does not exist, or its 60 seconds are over."},
		Cure: lang.Text{JA: "ログインを初めからやり直してください。", EN: "Begin the login anew."},
	})
	CodeReused = fault.Define(fault.Kind{
		Number: 8131, Class: fault.Invalid,
		What: lang.Text{JA: "この認可コードはすでに使われました。", EN: "This code was used before."},
		Why:  lang.Text{JA: "同じコードが2回来たときは盗まれた恐れがあるため、最初に渡したトークンも無効にしました。", EN: "A code that comes twice may be stolen, so the tokens given for it were revoked, too."},
		Cure: lang.Text{JA: "ログインを初めからやり直し、コードを1回だけ送るように直してください。", EN: "Begin anew, and send each code once."},
	})
	CodeOfAnother = fault.Define(fault.Kind{
		Number: 8132, Class: fault.Invalid,
		What: lang.Text{JA: "認可コードの持ち主か戻り先が違います。", EN: "The code belongs to another client or redirect_uri."},
		Why:  lang.Text{JA: "コードを受け取ったクライアントが、認可を求めたときと同じ redirect_uri を送らなければなりません。", EN: "The client that got it sends the same redirect_uri as when it asked."},
		Cure: lang.Text{JA: "client_id と redirect_uri を確かめてください。", EN: "Check client_id and redirect_uri."},
	})
	BadVerifier = fault.Define(fault.Kind{
		Number: 8133, Class: fault.Invalid,
		What: lang.Text{JA: "code_verifier が合いません。", EN: "code_verifier does not fit."},
		Why:  lang.Text{JA: "43～128文字で、その SHA-256 の BASE64URL が code_challenge と一致しなければなりません。", EN: "It has 43 to 128 characters, and the BASE64URL of its SHA-256 is code_challenge."},
		Cure: lang.Text{JA: "認可を求めたときに作った値を送ってください。", EN: "Send the value that was made for this request."},
	})
	BadRefresh = fault.Define(fault.Kind{
		Number: 8134, Class: fault.Invalid,
		What: lang.Text{JA: "この更新用トークンは使えません。", EN: "This refresh token cannot be used."},
		Why:  lang.Text{JA: "存在しないか、別のクライアントのものか、期限が過ぎたか、許可が取り消されています。", EN: "It does not exist, is another client's, is over, or the grant was withdrawn."},
		Cure: lang.Text{JA: "ログインを初めからやり直してください。", EN: "Begin the login anew."},
	})
	RefreshReused = fault.Define(fault.Kind{
		Number: 8135, Class: fault.Invalid,
		What: lang.Text{JA: "この更新用トークンはすでに使われました。", EN: "This refresh token was used before."},
		Why:  lang.Text{JA: "使うたびに新しいものに替わります。古いものが来たときは盗まれた恐れがあるため、すべて無効にしました。", EN: "Each use gives a new one. An old one that comes back may be stolen, so everything was revoked."},
		Cure: lang.Text{JA: "ログインを初めからやり直し、いつも最新のものを使ってください。", EN: "Begin anew, and always use the newest."},
	})
	NoToken = fault.Define(fault.Kind{
		Number: 8140, Class: fault.Forbidden,
		What: lang.Text{JA: "アクセストークンがありません。", EN: "There is no access token."},
		Why:  lang.Text{JA: "Authorization ヘッダーに Bearer で1つだけ送ります。アドレスや本文では受け付けません。", EN: "One is sent in the Authorization header as Bearer, never in the address or body."},
		Cure: lang.Text{JA: "Authorization: Bearer … を送ってください。", EN: "Send Authorization: Bearer …"},
	})
	BadToken = fault.Define(fault.Kind{
		Number: 8141, Class: fault.Forbidden,
		What: lang.Text{JA: "このアクセストークンは使えません。", EN: "This access token cannot be used."},
		Why:  lang.Text{JA: "ここで作られたものではないか、期限が過ぎたか、取り消されています。", EN: "It was not made here, has expired or was revoked."},
		Cure: lang.Text{JA: "新しいトークンを受け取ってください。", EN: "Get a new one."},
	})
	NarrowToken = fault.Define(fault.Kind{
		Number: 8142, Class: fault.Forbidden,
		What: lang.Text{JA: "このアクセストークンの範囲ではできません。", EN: "The access token does not reach so far."},
		Why:  lang.Text{JA: "利用者のトークンと、クライアントのトークンでは、できることが違います。", EN: "What a user's token may do and what a client's may do differ."},
		Cure: lang.Text{JA: "署名の依頼には client_credentials のトークンを、属性にはログインのトークンを、署名の結果には、その署名をしたログインのトークンを使ってください。", EN: "Start signatures with a token of client_credentials, ask for attributes with a login's, and fetch a signature with that of the login which made it."},
	})
	NoAttributes = fault.Define(fault.Kind{
		Number: 8150, Class: fault.Invalid,
		What: lang.Text{JA: "カードの情報がありません。", EN: "The card's attributes are missing."},
		Why:  lang.Text{JA: "求められた情報を、カードから読み取れませんでした。", EN: "What was asked for was not read from the card."},
		Cure: lang.Text{JA: "カードの情報も読み取って、もう一度お試しください。", EN: "Read them from the card and try again."},
	})
	BadRecord = fault.Define(fault.Kind{
		Number: 8151, Class: fault.Forbidden,
		What: lang.Text{JA: "カードの情報を確かめられません。", EN: "The card's record cannot be verified."},
		Why:  lang.Text{JA: "市区町村の署名が正しくないか、読み取られた内容と合いません。", EN: "The municipality's signature is wrong or does not fit what was read."},
		Cure: lang.Text{JA: "カードを読み取り直してください。", EN: "Read the card again."},
	})
	OtherHolder = fault.Define(fault.Kind{
		Number: 8152, Class: fault.Forbidden,
		What: lang.Text{JA: "ログインの証明書と、カードの情報か署名用電子証明書が、同じ人のものではありません。", EN: "The certificate of the login and the attributes or the signature certificate belong to different people."},
		Why:  lang.Text{JA: "ログインに使った証明書と、情報を読み取ったカードや署名したカードの持ち主が違います。", EN: "The holder of the certificate is not the one of the card that was read or that signed."},
		Cure: lang.Text{JA: "1枚のカードで、ログイン、読み取り、署名のすべてを行ってください。", EN: "Use one card for all of it."},
	})
	NoSignature = fault.Define(fault.Kind{
		Number: 8153, Class: fault.Invalid,
		What: lang.Text{JA: "カードの署名がありません。", EN: "The card's signature is missing."},
		Why:  lang.Text{JA: "署名用電子証明書とその署名が要ります。利用者証明用電子証明書では代わりになりません。", EN: "A signature certificate and its signature are needed; the authentication certificate does not serve."},
		Cure: lang.Text{JA: "署名用パスワードを入れて、署名してください。", EN: "Enter the signature password and sign."},
	})
	BadSigningCertificate = fault.Define(fault.Kind{
		Number: 8154, Class: fault.Forbidden,
		What: lang.Text{JA: "署名用電子証明書を使えません。", EN: "The signature certificate cannot be used."},
		Why:  lang.Text{JA: "この求めでは有効な証明書に限りますが、失効しているか、一時停止中か、期限切れか、確かめられません。", EN: "A valid one is asked for here; it is revoked, suspended, expired or cannot be verified."},
		Cure: lang.Text{JA: "お住まいの市区町村の窓口で、証明書を確かめてください。", EN: "Have the certificate examined at the counter."},
	})
	BadSignRequest = fault.Define(fault.Kind{
		Number: 8160, Class: fault.Invalid,
		What: lang.Text{JA: "署名の依頼を受け付けられません（%s）。", EN: "The signing request cannot be accepted (%s)."},
		Why:  lang.Text{JA: "文書の SHA-256（32バイト）か、その DigestInfo を、標準の base64 で送ります。", EN: "It is the SHA-256 of the document, or a DigestInfo of it, in standard base64."},
		Cure: lang.Text{JA: "項目を直して送り直してください。", EN: "Mend the field and send again."},
	})
	NoSignTransaction = fault.Define(fault.Kind{
		Number: 8161, Class: fault.NotFound,
		What: lang.Text{JA: "その署名の依頼はありません。", EN: "There is no such signing transaction."},
		Why:  lang.Text{JA: "番号が違うか、期限が過ぎたか、別のクライアントか別の利用者のものです。", EN: "The id is wrong, it is over, or it is another client's or another user's."},
		Cure: lang.Text{JA: "番号とトークンを確かめてください。", EN: "Check id and token."},
	})
	NotSigned = fault.Define(fault.Kind{
		Number: 8162, Class: fault.Conflict,
		What: lang.Text{JA: "まだ署名されていません。", EN: "It was not signed yet."},
		Why:  lang.Text{JA: "利用者の署名が済むと、結果を受け取れます。", EN: "The result is there once the user has signed."},
		Cure: lang.Text{JA: "認可の流れを最後まで進めてください。", EN: "Go through the authorization flow to the end."},
	})
	BadClient = fault.Define(fault.Kind{
		Number: 8170, Class: fault.Invalid,
		What: lang.Text{JA: "クライアントの登録を受け付けられません（%s）。", EN: "The client cannot be registered (%s)."},
		Why:  lang.Text{JA: "client_id は半角英数字、戻り先は同じサイト（ホストとポート）の https か自分のマシンの http、鍵は RSA 2048 ビット以上か P-256 の公開鍵です。知らない項目は受け付けません。", EN: "client_id has letters and digits; redirect URIs are of one site, host and port: https, or http on the own machine; keys are public, RSA of 2048 bits or more or P-256; members that are not known are refused."},
		Cure: lang.Text{JA: "示された項目を直してください。", EN: "Mend what is named."},
	})
	ClientTaken = fault.Define(fault.Kind{
		Number: 8171, Class: fault.Conflict,
		What: lang.Text{JA: "その client_id は登録済みです。", EN: "That client_id is registered."},
		Why:  lang.Text{JA: "同じ client_id で別の内容を登録することはできません。", EN: "It cannot be registered again with another content."},
		Cure: lang.Text{JA: "別の client_id にするか、登録済みのものを使ってください。", EN: "Choose another id, or use what is registered."},
	})
	NoConsent = fault.Define(fault.Kind{
		Number: 8180, Class: fault.NotFound,
		What: lang.Text{JA: "その同意はありません。", EN: "There is no such consent."},
		Why:  lang.Text{JA: "すでに取り消したか、もともと同意していません。", EN: "It was withdrawn, or never given."},
		Cure: lang.Text{JA: "一覧を開き直してください。", EN: "Open the list again."},
	})
	NoVisit = fault.Define(fault.Kind{
		Number: 8181, Class: fault.Forbidden,
		What: lang.Text{JA: "カードで確認してから見られるページです。", EN: "This page needs your card first."},
		Why:  lang.Text{JA: "15分たつと、もう一度カードで確認が要ります。", EN: "After fifteen minutes the card is needed again."},
		Cure: lang.Text{JA: "カードで確認してください。", EN: "Show your card."},
	})
)
