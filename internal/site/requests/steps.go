package requests

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"kado/internal/platform/lang"
)

// Step is what a request is for.
type Step struct {
	ID          string // "" for none of a relying party's
	Title, Text lang.Text
	Form        bool // its parameters are in the body
}

func say(ja, en string) lang.Text { return lang.Text{JA: ja, EN: en} }

// The steps, in the order of a login.
var (
	discoveryStep = Step{ID: "discovery", Title: say("設定の読み取り", "Configuration"),
		Text: say("提供者のアドレスと、使える方式の一覧を読み取ります。普通は起動のときに1回です。", "Reads the provider's addresses and what it supports; usually once, at start.")}
	certsStep = Step{ID: "certs", Title: say("公開鍵の読み取り", "Keys"),
		Text: say("トークンの署名を確かめるための公開鍵を読み取ります。知らない kid を見たときに、もう一度読み取ります。", "Reads the keys with which tokens are verified; again when a kid is not known.")}
	pushStep = Step{ID: "par", Form: true, Title: say("認可の求めを預ける（PAR）", "Pushed authorization request"),
		Text: say("サイトが、署名した JWT（client_assertion）で名乗り、認可の求めを前もって預けます。受け取った request_uri を、ブラウザーが60秒以内に1回だけ運びます。", "The relying party proves itself by a signed JWT (client_assertion) and hands in its authorization request beforehand. The browser then carries the request_uri that comes back, once and within 60 seconds.")}
	authStep = Step{ID: "authorization", Title: say("認可の求め", "Authorization request"),
		Text: say("利用者のブラウザーが、サイトの求めを持って提供者に来ました。state、nonce、code_challenge は毎回新しく作ります。", "The user's browser brings the relying party's request. state, nonce and code_challenge are new each time.")}
	holderStep = Step{ID: "holder", Title: say("利用者の操作", "The holder's side"),
		Text: say("カードの読み取りと同意の画面での出来事です。サイトからの要求ではありません。", "What happened at card and consent; not a request of the relying party.")}
	answerStep = Step{ID: "answer", Title: say("ブラウザーを戻す", "The browser goes back"),
		Text: say("結果を付けて、ブラウザーをサイトの redirect_uri に戻しました。サイトは state と iss を確かめてから、code を使います。", "The browser was sent to redirect_uri with the result. The relying party checks state and iss before it uses the code.")}
	tokenStep = Step{ID: "token", Form: true, Title: say("トークンの求め", "Token request"),
		Text: say("サイトが、署名した JWT（client_assertion）で名乗り、code と code_verifier をトークンに替えます。code は1回、60秒以内です。", "The relying party proves itself by a signed JWT (client_assertion) and exchanges code and code_verifier for tokens. A code serves once, within 60 seconds.")}
	userinfoStep = Step{ID: "userinfo", Title: say("属性の求め", "Attributes"),
		Text: say("アクセストークンを Authorization に付けて、同意された属性を受け取ります。sub が IDトークンと同じか確かめます。", "With the access token in Authorization, the attributes consented to are fetched. sub has to be that of the ID token.")}
	signStep = Step{ID: "sign", Title: say("署名の依頼", "Signing transaction"),
		Text: say("client_credentials のトークンで、署名してほしい文書のハッシュを預けます。", "With a token of client_credentials, the digest to be signed is handed in.")}
	resultStep = Step{ID: "result", Title: say("署名の受け取り", "Signature"),
		Text: say("利用者のトークンで、署名と証明書を受け取ります。", "With the user's token, signature and certificate are fetched.")}
	lostStep = Step{ID: "lost", Title: say("行き先のない要求", "Nowhere"),
		Text: say("このアドレスには何もありません。issuer の書き方を確かめてください。", "There is nothing at this address. Check how the issuer is written.")}
)

const realm = "/api/realms/main"

// stepOf says which step a request is; one of ID "" is none.
func stepOf(r *http.Request) Step {
	p := r.URL.Path
	switch p {
	case realm + "/.well-known/openid-configuration":
		return discoveryStep
	case realm + "/protocol/openid-connect/certs":
		return certsStep
	case realm + "/protocol/openid-connect/ext/par/request":
		return pushStep
	case realm + "/protocol/openid-connect/auth":
		return authStep
	case realm + "/protocol/openid-connect/token":
		return tokenStep
	case realm + "/protocol/openid-connect/userinfo":
		return userinfoStep
	case "/api/sign-transactions":
		return signStep
	}
	switch {
	case strings.HasPrefix(p, "/api/sign-transactions/"):
		return resultStep
	case strings.HasPrefix(p, "/api/realms/"), strings.HasPrefix(p, "/realms/"), strings.HasPrefix(p, "/auth/realms/"), strings.HasPrefix(p, "/.well-known/openid"), strings.HasPrefix(p, "/.well-known/oauth"):
		return lostStep
	}
	return Step{}
}

var challenge = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)

// hints are what can be seen in a refused request itself, beyond what the
// refusal says; stays tells that the browser was not sent back to the site.
func hints(step Step, r *http.Request, sent url.Values, stays bool) []lang.Text {
	var out []lang.Text
	add := func(when bool, ja, en string) {
		if when {
			out = append(out, say(ja, en))
		}
	}
	for _, values := range sent {
		if len(values) > 1 {
			add(true, "同じ名前の項目が2回以上あります。", "A parameter comes more than once.")
			break
		}
	}
	switch step.ID {
	case lostStep.ID:
		add(!strings.HasPrefix(r.URL.Path, "/api/"), "issuer は「アドレス/api/realms/main」です。/api が抜けていませんか。", "The issuer is <address>/api/realms/main; is /api missing?")
		add(strings.Contains(r.URL.Path, "//"), "スラッシュが重なっています。issuer の末尾に / を付けないでください。", "There are two slashes: the issuer has none at its end.")
	case authStep.ID, pushStep.ID:
		named := step.ID == authStep.ID && sent.Has("request_uri")
		for _, name := range []string{"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method"} {
			if sent.Get(name) == "" && (!named || name == "client_id") {
				out = append(out, say(name+" がありません。必須です。", name+" is missing. It is required."))
			}
		}
		add(named && len(sent) > 2, "request_uri のほかに送れるのは client_id だけです。", "Only client_id goes beside request_uri.")
		c := sent.Get("code_challenge")
		add(c != "" && strings.ContainsAny(c, "=+/ "), "code_challenge に = + / が入っています。base64 ではなく、末尾の = を取った base64url にします。", "code_challenge holds =, + or /: it is base64url without =, not base64.")
		add(c != "" && !strings.ContainsAny(c, "=+/ ") && !challenge.MatchString(c), "code_challenge は43文字のはずです（SHA-256 の32バイトを base64url にしたもの）。", "code_challenge has 43 characters: base64url of the 32 octets of SHA-256.")
		add(sent.Get("code_challenge_method") == "plain", "code_challenge_method は S256 だけです。", "code_challenge_method is S256, never plain.")
		to := sent.Get("redirect_uri") // a good one brings the browser back even with an error
		add(stays && (strings.Contains(to, "localhost") || strings.Contains(to, "127.0.0.1")), "localhost と 127.0.0.1 は別のアドレスです。登録したほうに合わせてください。", "localhost and 127.0.0.1 are two addresses; use the one that is registered.")
		add(strings.Contains(sent.Get("scope"), ","), "scope は空白で区切ります。", "Scopes are separated by spaces.")
	}
	switch step.ID {
	case tokenStep.ID, pushStep.ID:
		add(strings.Contains(r.Header.Get("Content-Type"), "json"), "本文が JSON です。フォーム形式（application/x-www-form-urlencoded）で送ります。", "The body is JSON; it has to be a form (application/x-www-form-urlencoded).")
		add(r.Method != http.MethodPost, "POST で送ります。", "It is sent by POST.")
		add(sent.Has("client_secret") || strings.HasPrefix(r.Header.Get("Authorization"), "Basic"), "client_secret は使えません。private_key_jwt で名乗ります。", "client_secret is not accepted; use private_key_jwt.")
		raw := sent.Get("client_assertion")
		a, ok := readAssertion(raw)
		add(raw != "" && !ok, "client_assertion が JWT の形ではありません。", "client_assertion is no JWT.")
		if ok {
			add(strings.HasPrefix(a.Alg, "HS"), "client_assertion が合言葉（HS256 など）で署名されています。秘密鍵で署名します。", "client_assertion is signed with a shared secret (HS256 and the like); it has to be a private key.")
			add(a.Issuer != a.Subject, "client_assertion の iss と sub は、どちらも client_id です。", "iss and sub of client_assertion are both the client_id.")
			meant := false
			for _, aud := range a.Audience {
				meant = meant || strings.HasSuffix(aud, realm) || strings.HasSuffix(aud, realm+"/protocol/openid-connect/token") || step.ID == pushStep.ID && strings.HasSuffix(aud, r.URL.Path)
			}
			add(!meant, "client_assertion の aud は、トークンのアドレスか issuer です。末尾の / や、別のホスト名に気をつけてください。", "aud of client_assertion is the token endpoint or the issuer; mind a slash at the end and the host name.")
			add(!a.HasID, "client_assertion に jti がありません。", "client_assertion has no jti.")
		}
		add(sent.Get("grant_type") == "authorization_code" && sent.Get("code_verifier") == "", "code_verifier がありません。", "code_verifier is missing.")
	case userinfoStep.ID, signStep.ID, resultStep.ID:
		auth := r.Header.Get("Authorization")
		add(auth == "", "Authorization がありません。", "There is no Authorization.")
		add(auth != "" && !strings.HasPrefix(auth, "Bearer "), "Authorization は「Bearer 」で始まります。", "Authorization begins with \"Bearer \".")
		add(r.URL.Query().Has("access_token"), "トークンはアドレスに書きません。", "A token never stands in an address.")
	}
	return out
}
