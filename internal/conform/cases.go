package conform

import (
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"kado/internal/platform/lang"
)

// Other parties that a bad provider speaks of.
const (
	otherIssuer = "https://other.example/api/realms/main"
	otherClient = "RPother0001"
	markup      = `<script>kado-conform</script>`
	// scriptAddress runs a script where somebody follows it as a link.
	scriptAddress = `javascript:conform`
)

// keyRotated is the case that publishes another key.
const keyRotated = "control-key-rotated"

const day = 24 * 60 * 60 // s

// Cases lists what is tried, in order: later cases build on what earlier ones
// left (an earlier login to replay, a key withdrawn).
func Cases() []Case {
	var out []Case
	for _, g := range [][]Case{controls(), responses(), tokens(), signatures(), userinfos(), channels(), refreshes(), sessions(), last()} {
		out = append(out, g...)
	}
	for i := range out {
		out[i].Cure = cures[out[i].Name]
	}
	return out
}

func text(ja, en string) lang.Text { return lang.Text{JA: ja, EN: en} }

func controls() []Case {
	return []Case{
		{Name: "control", Group: "control", Level: Must, Want: LoggedIn,
			About: text("正常な応答を返します。", "Everything is in order."),
			Why:   text("正しい人が入れないなら、ほかを断っても意味がありません。", "If nobody gets in, refusing the rest means nothing.")},
		{Name: "control-unknown-fields", Group: "control", Level: Must, Want: LoggedIn,
			About: text("知らない項目が、応答とIDトークンに増えています。", "Response and ID token carry members that are not known."),
			Why:   text("知らない項目は無視するのが決まりです。提供側が項目を足すと全員が入れなくなります。", "Members that are not understood are ignored (RFC 6749, 4.1.2); otherwise an addition locks everybody out."),
			bend: bend{response: func(_ *flow, q url.Values) { q.Set("conform_extra", "1") },
				claims: func(_ *flow, c map[string]any) { c["conform_extra"] = map[string]any{"a": 1} },
				token:  func(_ *flow, b map[string]any) int { b["conform_extra"] = true; return http.StatusOK }}},
		{Name: keyRotated, Group: "control", Level: Should, Want: LoggedIn,
			About: text("署名鍵を予告なく新しいものに替え、公開鍵の一覧も替えています。", "The signing key was replaced without notice, and the key set with it."),
			Why:   text("知らない kid を見たら公開鍵を取り直します。取り直すまでの間、全員が入れなくなります。", "An unknown kid means fetching the keys again; until then everybody is locked out."),
			bend:  bend{before: (*keyring).rotate}},
		{Name: "control-keys-of-one-name", Group: "control", Level: Should, Want: LoggedIn,
			About: text("鍵を替え、同じ kid の RSA の鍵も一覧に載せています。", "The key was replaced, and a key of another type (RSA) has the same kid."),
			Why:   text("種類の違う鍵は同じ kid を持てます（RFC 7517 4.5）。kid だけで選ぶと、全員が入れなくなります。", "Keys of different types may share a kid (RFC 7517, 4.5); choosing by kid alone locks everybody out."),
			bend:  bend{needs: needsRotation, before: func(k *keyring) error { return k.rotateWithTwin(false) }}},
		{Name: "control-refresh", Group: "control", Level: Should, Want: LoggedIn,
			About: text("ログインのあと、正常にトークンを取り直します。", "After the login, tokens are refreshed in order."),
			Why:   text("取り直しで正しい人を追い出してはいけません。", "Refreshing has to leave honest people logged in."),
			bend:  bend{needs: needsRefresh, play: (*visit).thenRefresh}},
	}
}

func responses() []Case {
	set := func(name, value string) func(*flow, url.Values) {
		return func(_ *flow, q url.Values) { q.Set(name, value) }
	}
	del := func(names ...string) func(*flow, url.Values) {
		return func(_ *flow, q url.Values) {
			for _, n := range names {
				q.Del(n)
			}
		}
	}
	fails := func(code string, more ...string) func(*flow, url.Values) {
		return func(_ *flow, q url.Values) {
			q.Del("code")
			q.Del("session_state")
			q.Set("error", code)
			for i := 0; i+1 < len(more); i += 2 {
				q.Set(more[i], more[i+1])
			}
		}
	}
	csrf := text("state を自分のブラウザのものと比べないと、他人の応答を読み込ませて、他人としてログインさせられます（ログインCSRF）。", "Unless state is compared with what this browser was given, somebody can log a victim in as another person (login CSRF).")
	return []Case{
		{Name: "state-missing", Group: "response", Level: Must, Want: Refused, About: text("state を返しません。", "state is not echoed."), Why: csrf, bend: bend{response: del("state"), unspent: true}},
		{Name: "state-other", Group: "response", Level: Must, Want: Refused, About: text("別の state を返します。", "Another state comes back."), Why: csrf, bend: bend{response: set("state", "conform-other-state-0123456789"), unspent: true}},
		{Name: "state-of-another-browser", Group: "response", Level: Must, Want: Refused,
			About: text("正しい応答のアドレスを、ログインを始めていない別のブラウザで開きます。", "The right answer is opened in another browser, which never started a login."), Why: csrf,
			bend: bend{play: (*visit).inAnotherBrowser, unspent: true}},
		{Name: "response-replayed", Group: "response", Level: Must, Want: Refused,
			About: text("ログインに使い終わった応答のアドレスを、別のブラウザでもう一度開きます。", "An answer that served a login already is opened again in another browser."),
			Why:   text("履歴や記録に残ったアドレスで、他人が入れます。", "The address stays in histories and logs; whoever finds it gets in."),
			bend:  bend{play: (*visit).twice}},
		{Name: "mix-up", Group: "response", Level: Must, Want: Refused,
			About: text("応答の iss が、別の提供者を名乗っています（取り違え攻撃）。", "iss in the answer names another provider (mix-up)."),
			Why:   text("iss を比べないと、ある提供者のコードを別の提供者へ渡してしまいます（RFC 9207）。", "Unless iss is compared, the code of one provider is handed to another (RFC 9207, 2.4)."),
			bend:  bend{response: set("iss", otherIssuer), unspent: true}},
		{Name: "iss-missing", Group: "response", Level: Should, Want: Refused,
			About: text("iss を必ず返すと告げているのに、応答に iss がありません。", "The metadata announces iss, and the answer has none."),
			Why:   text("告げている提供者の応答に iss がなければ断ります（RFC 9207）。", "From a provider that announces it, an answer without iss is to be rejected (RFC 9207, 2.4)."),
			bend:  bend{response: del("iss"), unspent: true}},
		{Name: "session-state-missing", Group: "response", Level: May, Want: Refused,
			About: text("session_state がありません（国のサービスは必ず返します）。", "There is no session_state, which the national service always sends."),
			Why:   text("どちらの扱いでも構いません。参考として載せます。", "Either way is fine; for information."),
			bend:  bend{response: del("session_state")}},
		{Name: "cancelled", Group: "response", Level: Must, Want: Refused,
			About: text("利用者が中止し、error=access_denied が返ります。", "The holder cancels: error=access_denied comes back."),
			Why:   text("中止は普段から起こります。もう一度始められる画面を出してください。", "It happens every day. Show a page from which to start again."),
			bend:  bend{response: fails("access_denied", "error_description", "The holder cancelled"), unspent: true}},
		{Name: "error-with-code", Group: "response", Level: Must, Want: Refused,
			About: text("error と code が一緒に返ります。", "error and code come together."),
			Why:   text("失敗と言われたら、コードは使いません。", "A failure is a failure, whatever comes with it."),
			bend:  bend{response: set("error", "access_denied"), unspent: true}},
		{Name: "error-with-markup", Group: "response", Level: Must, Want: Refused,
			About: text("error_description に HTML の印が入っています。", "error_description holds markup."),
			Why:   text("そのまま画面に出すと、他人の書いた命令が利用者のブラウザで動きます（XSS）。", "Shown as it is, somebody else's script runs in the holder's browser (XSS)."),
			bend:  bend{response: fails("server_error", "error_description", markup), unspent: true}},
		{Name: "error-code-with-markup", Group: "response", Level: Must, Want: Refused,
			About: text("error そのものに HTML の印が入っています。", "error itself holds markup."),
			Why:   text("そのまま画面に出すと、他人の書いた命令が利用者のブラウザで動きます（XSS）。", "Shown as it is, somebody else's script runs in the holder's browser (XSS)."),
			bend:  bend{response: fails(markup), unspent: true}},
		{Name: "error-uri-with-script", Group: "response", Level: Must, Want: Refused,
			About: text("error_uri がスクリプト（javascript:）です。", "error_uri is a script (javascript:)."),
			Why:   text("リンクにすると、押した人のブラウザで命令が動きます（XSS）。", "As a link it runs a script in the browser of whoever presses it (XSS)."),
			bend:  bend{response: fails("server_error", "error_uri", scriptAddress), unspent: true}},
		{Name: "parameter-twice", Group: "response", Level: Should, Want: Refused,
			About: text("code が2つ返ります。", "code comes twice."),
			Why:   text("どちらを使うかは読み手ごとに違います（RFC 6749 3.1）。そのすき間が攻撃に使われます。", "Each reader may take another one of them (RFC 6749, 3.1), and attacks live in that gap."),
			bend:  bend{response: func(_ *flow, q url.Values) { q.Add("code", "conform-other-code-0123456789") }, unspent: true}},
		{Name: "response-in-fragment", Group: "response", Level: Must, Want: Refused,
			About: text("応答が、求めた ? の後ろではなく、# の後ろに付いて返ります。", "The answer comes behind # instead of behind ?, as was asked."),
			Why:   text("# の後ろはサーバーに届きません。届かないコードでログインさせてはいけません。", "What stands behind # never reaches the server; nobody logs in without a code."),
			bend:  bend{play: (*visit).inFragment, unspent: true}},
		{Name: "response-by-form", Group: "response", Level: Should, Want: Refused,
			About: text("応答が、求めていない形（フォームの POST）で、ほかのサイトのページから届きます。", "The answer arrives as a form (POST) from a page of another site, which was not asked for."),
			Why:   text("ほかのサイトが利用者のブラウザに送らせた応答と見分けがつきません。", "It cannot be told from one that another site has the browser send."),
			bend:  bend{play: (*visit).byForm, unspent: true}},
		{Name: "code-of-another-session", Group: "response", Level: Must, Want: Refused,
			About: text("state は正しく、code だけが、別の人の始めたログインから盗んだものです（コードの差し込み）。", "state is right, and the code was stolen from a login of somebody else (code injection)."),
			Why:   text("盗んだコードを自分のブラウザに差し込むだけで、その人になりすませます（RFC 9700 4.5）。", "Whoever finds a code puts it into an own login and is in as its owner (RFC 9700, 4.5)."),
			bend:  bend{play: (*visit).withStolenCode}},
		{Name: "code-missing", Group: "response", Level: Must, Want: Refused,
			About: text("code も error もありません。", "There is neither code nor error."),
			Why:   text("コードのない応答でログインさせてはいけません。", "Nobody logs in without a code."),
			bend:  bend{response: del("code"), unspent: true}},
		{Name: "code-replayed", Group: "response", Level: Must, Want: Refused,
			About: text("使い終わったコードが届き、トークンの窓口は invalid_grant と答えます。", "A used code arrives, and the token endpoint says invalid_grant."),
			Why:   text("窓口の断りを無視してはいけません。", "The refusal of the token endpoint is to be believed."),
			bend: bend{response: func(f *flow, q url.Values) {
				if f.p.earlier != nil {
					q.Set("code", "used-"+f.p.earlier.code)
				}
			}}},
		{Name: "token-endpoint-down", Group: "response", Level: Should, Want: Refused,
			About: text("トークンの窓口が 503 を返します。本文はトークンの形です。", "The token endpoint answers 503, with a body that looks like tokens."),
			Why:   text("成功の状態コードでない応答は、中身にかかわらず失敗です。", "An answer without a status of success is a failure, whatever its body."),
			bend:  bend{token: func(*flow, map[string]any) int { return http.StatusServiceUnavailable }}},
		{Name: "token-error-with-markup", Group: "response", Level: Must, Want: Refused,
			About: text("トークンの窓口が断り、error_description に HTML の印が入っています。", "The token endpoint refuses, with markup in error_description."),
			Why:   text("そのまま画面に出すと、他人の書いた命令が利用者のブラウザで動きます（XSS）。", "Shown as it is, somebody else's script runs in the holder's browser (XSS)."),
			bend: bend{token: func(_ *flow, b map[string]any) int {
				clear(b)
				b["error"], b["error_description"] = "invalid_grant", markup
				return http.StatusBadRequest
			}}},
	}
}

func tokens() []Case {
	set := func(name string, value any) func(*flow, map[string]any) {
		return func(_ *flow, c map[string]any) { c[name] = value }
	}
	del := func(name string) func(*flow, map[string]any) {
		return func(_ *flow, c map[string]any) { delete(c, name) }
	}
	at := func(name string, seconds int64) func(*flow, map[string]any) {
		return func(f *flow, c map[string]any) { c[name] = f.now.Unix() + seconds }
	}
	aud := text("ほかのサイト宛てのトークンで入れてしまいます。ほかのサイトの運営者が、その利用者になりすませます。", "A token made for another site lets in: whoever runs that site can pose as its users (OpenID Connect Core, 3.1.3.7).")
	nonce := text("nonce を比べないと、盗まれた古いトークンを差し込まれます。", "Unless nonce is compared, a stolen older token can be slipped in.")
	iss := text("別の提供者の署名した人を、この提供者の人として扱ってしまいます。", "Somebody vouched for by another provider is taken for a person of this one.")
	life := text("期限を見ないと、盗まれたトークンがいつまでも使えます。", "A stolen token would stay good for ever.")
	return []Case{
		{Name: "id-token-missing", Group: "token", Level: Must, Want: Refused, About: text("IDトークンがありません。", "There is no ID token."), Why: text("誰なのかを示すものがありません。", "Nothing says who it is."),
			bend: bend{token: func(_ *flow, b map[string]any) int { delete(b, "id_token"); return http.StatusOK }}},
		{Name: "id-token-garbage", Group: "token", Level: Must, Want: Refused, About: text("IDトークンが JWT ではありません。", "The ID token is no JWT."), Why: text("読めないものを受け入れてはいけません。", "What cannot be read is not accepted."),
			bend: bend{sign: func(*flow, map[string]any) (string, error) { return "conform", nil }}},
		{Name: "access-token-as-id-token", Group: "token", Level: Must, Want: Refused, About: text("IDトークンの場所に、署名の正しいアクセストークンが入っています。", "In the place of the ID token stands an access token, rightly signed."),
			Why:  text("署名だけを見ると、用途の違うトークンで入れてしまいます。", "With the signature alone, a token of another kind lets in."),
			bend: bend{sign: func(f *flow, _ map[string]any) (string, error) { return f.access, nil }}},
		{Name: "token-type-other", Group: "token", Level: Should, Want: Refused, About: text("token_type が Bearer ではありません（mac）。", "token_type is not Bearer (mac)."),
			Why:  text("使い方を知らない種類のトークンを使ってはいけません（RFC 6749 7.1）。", "A token of a type that is not understood is not to be used (RFC 6749, 7.1)."),
			bend: bend{token: func(_ *flow, b map[string]any) int { b["token_type"] = "mac"; return http.StatusOK }}},
		{Name: "issuer-other", Group: "token", Level: Must, Want: Refused, About: text("iss が別の提供者です。", "iss is another provider."), Why: iss, bend: bend{claims: set("iss", otherIssuer)}},
		{Name: "issuer-slash", Group: "token", Level: Should, Want: Refused, About: text("iss の末尾に / が付いています。", "iss has a slash at its end."), Why: text("iss は一字も違わず一致しなければなりません。", "iss has to be equal to the letter."),
			bend: bend{claims: func(f *flow, c map[string]any) { c["iss"] = f.p.issuer() + "/" }}},
		{Name: "issuer-missing", Group: "token", Level: Must, Want: Refused, About: text("iss がありません。", "There is no iss."), Why: iss, bend: bend{claims: del("iss")}},
		{Name: "audience-other", Group: "token", Level: Must, Want: Refused, About: text("aud が別のサイトです。", "aud is another client."), Why: aud, bend: bend{claims: set("aud", otherClient)}},
		{Name: "audience-missing", Group: "token", Level: Must, Want: Refused, About: text("aud がありません。", "There is no aud."), Why: aud, bend: bend{claims: del("aud")}},
		{Name: "audience-prefix", Group: "token", Level: Must, Want: Refused, About: text("aud の先頭だけが自分のIDと同じです。", "aud only begins with the client's id."), Why: aud,
			bend: bend{claims: func(f *flow, c map[string]any) { c["aud"] = f.ask.Get("client_id") + "1" }}},
		{Name: "audience-with-others", Group: "token", Level: Should, Want: Refused, About: text("aud に自分とほかのサイトが並び、azp がありません。", "aud lists the client and another, without azp."),
			Why:  text("信頼していない宛先が混じるトークンは断ります。国のサービスの aud は1つの文字列です。", "A token with an audience that is not trusted is rejected (OpenID Connect Core, 3.1.3.7); the national service sends a single string."),
			bend: bend{claims: func(f *flow, c map[string]any) { c["aud"] = []string{f.ask.Get("client_id"), otherClient} }}},
		{Name: "authorized-party-other", Group: "token", Level: Should, Want: Refused, About: text("aud に自分とほかのサイトが並び、azp がほかのサイトです。", "aud lists the client and another, and azp is the other."), Why: aud,
			bend: bend{claims: func(f *flow, c map[string]any) {
				c["aud"] = []string{f.ask.Get("client_id"), otherClient}
				c["azp"] = otherClient
			}}},
		{Name: "authorized-party-alone", Group: "token", Level: Should, Want: Refused, About: text("aud は自分だけですが、azp がほかのサイトです。", "aud is the client alone, and azp is another."), Why: aud, bend: bend{claims: set("azp", otherClient)}},
		{Name: "nonce-other", Group: "token", Level: Must, Want: Refused, About: text("nonce が違います。", "nonce is another."), Why: nonce, bend: bend{claims: set("nonce", "conform-other-nonce-0123456789")}},
		{Name: "nonce-missing", Group: "token", Level: Must, Want: Refused, About: text("nonce がありません。", "There is no nonce."), Why: nonce, bend: bend{claims: del("nonce")}},
		{Name: "id-token-replayed", Group: "token", Level: Must, Want: Refused, About: text("前のログインのIDトークンがもう一度届きます。署名も期限も正しいものです。", "The ID token of an earlier login arrives again, rightly signed and in time."), Why: nonce,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				if f.p.earlier != nil {
					c["nonce"], c["sub"] = f.p.earlier.ask.Get("nonce"), f.p.earlier.subject
					f.told = f.p.earlier.subject
				}
				return f.p.keys.signed(c)
			}}},
		{Name: "expired", Group: "token", Level: Must, Want: Refused, About: text("IDトークンは1日前に期限が切れています。", "The ID token expired a day ago."), Why: life,
			bend: bend{claims: func(f *flow, c map[string]any) { c["iat"], c["exp"] = f.now.Unix()-2*day, f.now.Unix()-day }}},
		{Name: "expiry-missing", Group: "token", Level: Must, Want: Refused, About: text("exp がありません。", "There is no exp."), Why: life, bend: bend{claims: del("exp")}},
		{Name: "not-yet-valid", Group: "token", Level: Should, Want: Refused, About: text("nbf が明日です。", "nbf is tomorrow."), Why: text("まだ使えないトークンです。", "The token is not valid yet (RFC 7519, 4.1.5)."), bend: bend{claims: at("nbf", day)}},
		{Name: "issued-tomorrow", Group: "token", Level: Should, Want: Refused, About: text("iat が明日です。", "iat is tomorrow."),
			Why:  text("前もって作り置きしたトークンか、どちらかの時計が大きく狂っています。", "It was made ahead to be kept, or one of the clocks is far off."),
			bend: bend{claims: func(f *flow, c map[string]any) { c["iat"], c["exp"] = f.now.Unix()+day, f.now.Unix()+day+300 }}},
		{Name: "subject-missing", Group: "token", Level: Must, Want: Refused, About: text("sub がありません。", "There is no sub."), Why: text("誰なのかが分かりません。空の利用者番号で全員が同じ人になります。", "Nothing says who it is; with an empty id everybody is the same person."), bend: bend{claims: del("sub")}},
		{Name: "subject-empty", Group: "token", Level: Should, Want: Refused, About: text("sub が空です。", "sub is empty."), Why: text("空の利用者番号で全員が同じ人になります。", "With an empty id everybody is the same person."), bend: bend{claims: set("sub", "")}},
		{Name: "at-hash-other", Group: "token", Level: Should, Want: Refused, About: text("at_hash が別のアクセストークンのものです。", "at_hash is of another access token."),
			Why:  text("比べないと、アクセストークンのすり替えに気づきません。", "Unless it is compared, an exchanged access token goes unnoticed."),
			bend: bend{claims: set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")}},
		{Name: "at-hash-missing", Group: "token", Level: May, Want: Refused, About: text("at_hash がありません（国のサービスは必ず入れます）。", "There is no at_hash, which the national service always sends."),
			Why: text("コードフローでは省ける項目です。参考として載せます。", "It is optional in the code flow; for information."), bend: bend{claims: del("at_hash")}},
	}
}

func signatures() []Case {
	head := func(change func(f *flow, h map[string]any)) func(f *flow) map[string]any {
		return func(f *flow) map[string]any {
			h := f.p.keys.header()
			change(f, h)
			return h
		}
	}
	forged := text("誰でも作れるトークンで、誰にでもなりすませます。", "Anybody can make such a token and pose as anybody.")
	byForeign := func(change func(f *flow, h map[string]any)) func(*flow, map[string]any) (string, error) {
		return func(f *flow, c map[string]any) (string, error) {
			return compact(head(change)(f), c, es256(f.p.keys.foreign))
		}
	}
	alg := func(name string) func(*flow, map[string]any) (string, error) {
		return func(f *flow, c map[string]any) (string, error) {
			return compact(map[string]any{"alg": name, "typ": "JWT"}, c, unsigned)
		}
	}
	return []Case{
		{Name: "unsigned", Group: "keys", Level: Must, Want: Refused, About: text("署名がありません（alg: none）。", "The ID token is unsigned (alg: none)."), Why: forged, bend: bend{sign: alg("none")}},
		{Name: "unsigned-in-other-letters", Group: "keys", Level: Must, Want: Refused, About: text("署名がなく、alg は nOnE です。", "The ID token is unsigned, with alg nOnE."), Why: forged, bend: bend{sign: alg("nOnE")}},
		{Name: "signature-empty", Group: "keys", Level: Must, Want: Refused, About: text("alg は ES256 ですが、署名が空です。", "alg is ES256, and the signature is empty."), Why: forged,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) { return compact(f.p.keys.header(), c, unsigned) }}},
		{Name: "signature-zero", Group: "keys", Level: Must, Want: Refused, About: text("ES256 の署名が、すべて 0 です。", "The ES256 signature is all zeros."), Why: forged,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				return compact(f.p.keys.header(), c, func([]byte) ([]byte, error) { return make([]byte, 2*(elliptic.P256().Params().BitSize/8)), nil })
			}}},
		{Name: "claims-changed", Group: "keys", Level: Must, Want: Refused, About: text("署名のあとで sub を書き換えています。", "sub was changed after signing."), Why: forged,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				whole, err := f.p.keys.signed(c)
				if err != nil {
					return "", err
				}
				parts := strings.Split(whole, ".")
				f.told = subjectPrefix + "changed"
				c["sub"] = f.told
				b, err := json.Marshal(c)
				return parts[0] + "." + base64.RawURLEncoding.EncodeToString(b) + "." + parts[2], err
			}}},
		{Name: "hmac-with-public-pem", Group: "keys", Level: Must, Want: Refused, About: text("公開鍵のファイル（PEM）を合言葉にした HS256 の署名です。", "HS256, with the public key as a PEM file for the secret."), Why: forged,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				secret, err := publicPEM(f.p.keys.id.Public())
				if err != nil {
					return "", err
				}
				return compact(map[string]any{"alg": "HS256", "typ": "JWT", "kid": f.p.keys.id.kid}, c, hs256(secret))
			}}},
		{Name: "hmac-with-public-jwk", Group: "keys", Level: Must, Want: Refused, About: text("公開鍵の JWK を合言葉にした HS256 の署名です。", "HS256, with the public key as a JWK for the secret."), Why: forged,
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				secret, err := json.Marshal(f.p.keys.published().Keys[0])
				if err != nil {
					return "", err
				}
				return compact(map[string]any{"alg": "HS256", "typ": "JWT", "kid": f.p.keys.id.kid}, c, hs256(secret))
			}}},
		{Name: "critical-unknown", Group: "keys", Level: Should, Want: Refused, About: text("必ず理解すべき項目（crit）に、知らない名前があります。署名は正しいものです。", "crit names a member that has to be understood and is not known. The signature is right."),
			Why: text("理解していない条件を無視すると、署名の意味を取り違えます（RFC 7515 4.1.11）。", "Whoever ignores a condition that is not understood mistakes what was signed (RFC 7515, 4.1.11)."),
			bend: bend{sign: func(f *flow, c map[string]any) (string, error) {
				h := f.p.keys.header()
				h["crit"], h["conform"] = []string{"conform"}, true
				return compact(h, c, es256(f.p.keys.id.PrivateKey))
			}}},
		{Name: "key-unknown", Group: "keys", Level: Must, Want: Refused, About: text("公開鍵の一覧にない鍵と kid で署名しています。", "Signed by a key, under a kid, that is not in the key set."), Why: forged,
			bend: bend{sign: byForeign(func(_ *flow, h map[string]any) { h["kid"] = foreignID })}},
		{Name: "key-of-same-name", Group: "keys", Level: Must, Want: Refused, About: text("kid は正しく、鍵が別です。", "The kid is right, the key is another."), Why: forged, bend: bend{sign: byForeign(func(*flow, map[string]any) {})}},
		{Name: "key-in-token", Group: "keys", Level: Must, Want: Refused, About: text("検証の鍵がトークン自身の中（jwk）に入っています。", "The key to verify with is in the token itself (jwk)."), Why: forged,
			bend: bend{sign: byForeign(func(f *flow, h map[string]any) { h["kid"], h["jwk"] = foreignID, f.p.keys.foreignKey() })}},
		{Name: "key-by-address", Group: "keys", Level: Must, Want: Refused, About: text("検証の鍵のありか（jku）がトークン自身に書いてあります。", "The token itself says where its key lies (jku)."),
			Why:  text("トークンの指す場所を読みに行くだけで、内側の網への踏み台になります（SSRF）。", "Even fetching the address makes the site a door into its own network (SSRF)."),
			bend: bend{sign: byForeign(func(f *flow, h map[string]any) { h["kid"], h["jku"] = foreignID, f.p.base+plantedPath })}},
		{Name: "key-withdrawn", Group: "keys", Level: Should, Want: Refused, About: text("一覧から取り下げた古い鍵で署名しています。", "Signed by a key that was withdrawn from the key set."),
			Why: text("鍵の取り下げは漏れたときの手当てです。一覧を取り直したら、古い鍵は捨ててください。", "Keys are withdrawn when they leaked. Once the set was fetched again, drop the old ones."),
			bend: bend{needs: needsRotation, sign: func(f *flow, c map[string]any) (string, error) {
				h := f.p.keys.header()
				h["kid"] = f.p.keys.withdrawn.kid
				return compact(h, c, es256(f.p.keys.withdrawn.PrivateKey))
			}}},
		{Name: "keys-of-one-name", Group: "keys", Level: May, Want: Refused, About: text("鍵を替え、同じ kid で同じ種類の鍵を2つ載せています。署名は後ろの鍵のものです。", "The key was replaced, and two keys of the same type have the same kid. The second one signed."),
			Why:  text("どちらの鍵も提供者のものなので、断っても受け入れても構いません。参考として載せます。", "Both keys are the provider's, so that either way is fine; for information."),
			bend: bend{needs: needsRotation, before: func(k *keyring) error { return k.rotateWithTwin(true) }}},
	}
}

func channels() []Case {
	size := text("何 GB でも送れるので、1人の答えでサイト全体の記憶を使い切ります。", "It can go on for gigabytes: one answer takes the memory of the whole site.")
	moved := text("コード、署名した JWT、トークンが、転送先の誰かに渡ります。", "Code, signed JWT or token go to whoever is at the other address.")
	return []Case{
		{Name: "token-answer-huge", Group: "channel", Level: Should, Want: Refused, About: text("トークンの答えが 16 MiB あります。", "The answer with the tokens has 16 MiB."), Why: size, bend: bend{tokenManner: huge}},
		{Name: "userinfo-huge", Group: "channel", Level: Should, Want: Refused, About: text("userinfo の答えが 16 MiB あります。", "The answer of userinfo has 16 MiB."), Why: size, bend: bend{infoManner: huge, needs: needsUserinfo}},
		{Name: "token-answer-slow", Group: "channel", Level: Should, Want: Refused, About: text("トークンの答えが、一文字ずつ、ずっと遅れて届きます。", "The answer with the tokens comes letter by letter, very late."),
			Why:  text("待つ人が増えるほど接続とスレッドがふさがり、やがて誰も入れなくなります。", "Each one who waits holds a connection, until nobody gets in any more."),
			bend: bend{tokenManner: slow}},
		{Name: "token-endpoint-redirect", Group: "channel", Level: Should, Want: Refused, About: text("トークンの窓口が、別のアドレスへ転送（307）します。", "The token endpoint redirects to another address (307)."), Why: moved, bend: bend{tokenManner: redirected}},
		{Name: "userinfo-redirect", Group: "channel", Level: Should, Want: Refused, About: text("userinfo が、別のアドレスへ転送（307）します。", "userinfo redirects to another address (307)."), Why: moved, bend: bend{infoManner: redirected, needs: needsUserinfo}},
	}
}

func refreshes() []Case {
	return []Case{
		{Name: "refresh-other-subject", Group: "token", Level: Must, Want: Refused, About: text("取り直したトークンも userinfo も、別の人のものです。", "The refreshed tokens are another person's, and so is userinfo."),
			Why: text("ログインしている人が、途中で別の人に入れ替わります（OpenID Connect Core 12.2）。", "Who is logged in turns into another person (OpenID Connect Core, 12.2)."),
			bend: bend{needs: needsRefresh, play: (*visit).thenRefresh, canary: otherName,
				claims: func(f *flow, c map[string]any) {
					if len(f.refreshes) > 0 {
						c["sub"] = subjectPrefix + "other"
					}
				},
				userinfo: func(f *flow, b map[string]any) int {
					if len(f.refreshes) > 0 {
						b["name"] = otherName
					}
					return http.StatusOK
				}}},
	}
}

func userinfos() []Case {
	swap := text("IDトークンの人と違う人の属性を、その人のものとして保存してしまいます（OpenID Connect Core 5.3.2）。", "Another person's attributes are stored under this one's account (OpenID Connect Core, 5.3.2).")
	return []Case{
		{Name: "userinfo-other-subject", Group: "userinfo", Level: Must, Want: Refused, About: text("userinfo の sub が別の人で、名前もその人のものです。", "userinfo is of another person: sub and name."), Why: swap,
			bend: bend{needs: needsUserinfo, canary: otherName, userinfo: func(_ *flow, b map[string]any) int {
				b["sub"], b["name"] = subjectPrefix+"other", otherName
				return http.StatusOK
			}}},
		{Name: "userinfo-without-subject", Group: "userinfo", Level: Must, Want: Refused, About: text("userinfo に sub がなく、名前は別の人のものです。", "userinfo has no sub, and another person's name."), Why: swap,
			bend: bend{needs: needsUserinfo, canary: otherName, userinfo: func(_ *flow, b map[string]any) int {
				delete(b, "sub")
				b["name"] = otherName
				return http.StatusOK
			}}},
		{Name: "userinfo-refused", Group: "userinfo", Level: May, Want: Refused, About: text("userinfo が 401 を返します。", "userinfo answers 401."), Why: text("属性なしで続けるかどうかはサイトの決めることです。参考として載せます。", "Whether to go on without attributes is the site's choice; for information."),
			bend: bend{needs: needsUserinfo, userinfo: func(_ *flow, b map[string]any) int {
				clear(b)
				b["error"] = "invalid_token"
				return http.StatusUnauthorized
			}}},
	}
}

func sessions() []Case {
	return []Case{
		{Name: "session-fixed", Group: "session", Level: Must, Want: Refused, About: text("ログイン前の Cookie だけを持つ別のブラウザで、ログイン後のページを開きます。", "Another browser, with nothing but the cookies from before the login, opens the page behind it."),
			Why:  text("ログインのときにセッションの番号を替えないと、番号を先に植え付けた人も入れます（セッション固定）。", "Unless the session gets a new id at login, whoever planted the old one is in, too (session fixation)."),
			bend: bend{play: (*visit).withOldCookies}},
		{Name: "cookie-readable", Group: "session", Level: Should, Want: Refused, About: text("ログインのときに受け取った Cookie が、ページのスクリプトから読めるかを見ます。", "Whether scripts of a page can read the cookies that the login brought."),
			Why:  text("HttpOnly を付けないと、ページの小さな穴からセッションが盗まれます。", "Without HttpOnly a small hole in any page gives the session away."),
			bend: bend{play: (*visit).readCookies}},
	}
}

func last() []Case {
	return []Case{
		{Name: "control-at-the-end", Group: "control", Level: Must, Want: LoggedIn, About: text("最後にもう一度、正常な応答を返します。", "Once more everything is in order."),
			Why: text("攻撃を受けたあとも、正しい人は入れなければなりません。", "After all attacks, honest people still have to get in.")},
		{Name: "discovery-other-issuer", Group: "discovery", Level: Must, Want: Refused, About: text("サイトを、別の提供者のアドレスで起動し直します。そこに置かれた設定は、issuer としてこの提供者を名乗っています。", "The relying party is started anew with the address of another provider, whose metadata gives this one as its issuer."),
			Why:  text("設定の置き場所を乗っ取った人が、よその提供者の名前で、自分の窓口へ利用者とコードを集められます（OpenID Connect Discovery 4.3）。", "Whoever holds that address gathers users and codes at endpoints of their own under a foreign name (OpenID Connect Discovery, 4.3)."),
			bend: bend{astray: true, needs: needsRestart}},
	}
}
