package waystest

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"

	"kado/internal/platform/web/webtest"
)

// Each way that the provider offers brings a person from a relying party's page,
// over the way's own pages and the consent, back to the relying party, logged in.
func TestWays(t *testing.T) {
	browser := webtest.Browser(t)
	w := open(t)
	for name, way := range map[string]func(*testing.T, context.Context, *town){
		"test card": testCard, "test card refused": testCardRefused, "mistake": mistake, "shelf": shelf,
		"bridge": bridge, "handover": handover, "wrong number": handoverWrong, "certificate": certificate, "sandbox": sandbox,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			way(t, browser, w)
		})
	}
}

const (
	toLogin   = `a[href="/login"]`
	allow     = `button[value="allow"]`
	choose    = "カードの使い方を選んでください"
	mayHave   = "に情報を渡してよいですか"
	welcome   = "ようこそ、"
	pin       = "3141"
	byCard    = `a[href^="/login/test-card"]`
	byShelf   = `a[href^="/shelf/login"]`
	byBridge  = `a[href^="/bridge/"]`
	byPhone   = `a[href^="/handover/"]`
	byBrowser = `a[href^="/certificate/"]`
)

// begins opens the relying party's page and goes to the list of ways.
func (w *town) begins(t *testing.T, browser context.Context, client string) window {
	t.Helper()
	v := newWindow(t, browser, desktop)
	v.open(w.base+"/?lang=ja", "何をしますか")
	v.open(w.sites[client]+"/", "マイナンバーカードでログイン")
	v.click(toLogin, choose)
	return v
}

// consents allows what is asked for, and is logged in.
func (v window) consents() {
	v.t.Helper()
	v.sees(mayHave)
	v.click(allow, welcome)
}

// (a) A persona is chosen from the list.
func testCard(t *testing.T, browser context.Context, w *town) {
	v := newWindow(t, browser, desktop)
	v.open(w.base+"/?lang=ja", "何をしますか")
	v.open(w.sites["testcard1"]+"/", "マイナンバーカードでログイン")
	v.keep("site", "")
	v.click(toLogin, choose)
	v.sound("ways")
	v.click(byCard, "どのカードでログインしますか")
	v.look("testcard-list", "")
	v.click(`form:has([name="persona"][value="adult"]) button`, mayHave)
	v.look("consent", "")
	v.consents()
	v.keep("logged-in", "")
}

// (a) A persona whose certificate is revoked, and a good card that answers wrongly
// on purpose: nobody is logged in, the page or the site's log says why.
func testCardRefused(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "testcard1")
	v.click(byCard, "どのカードでログインしますか")
	v.click(`form:has([name="persona"][value="authentication-revoked"]) button`, "できませんでした：")
	v.keep("refused", "")
	log := v.beside(desktop)
	log.open(w.base+"/requests?client=testcard1", "KADO-4207")
	log.look("requests-list", "")
	log.click(".requests-list li:has(.badge-bad) a", "ログインが終わった理由")
	log.sound("requests-one")

	v.click(toLogin, choose)
	v.click(byCard, "どのカードでログインしますか")
	v.click(`li:has([name="persona"][value="elderly"]) a`, "ほかの答え方")
	v.look("testcard-answers", "")
	v.click(`button[value="wrong-pin"]`, "残り2回")
	v.look("testcard-wrong-pin", "")
}

// A relying party that forgets PKCE is told so in the log: what is wrong, why, and
// what to do.
func mistake(t *testing.T, browser context.Context, w *town) {
	v := newWindow(t, browser, desktop)
	v.open(w.base+"/?lang=ja", "何をしますか")
	v.open(w.base+"/api/realms/main/protocol/openid-connect/auth?"+url.Values{"client_id": {"shelf1"}, "response_type": {"code"}, "scope": {"openid name"},
		"redirect_uri": {w.sites["shelf1"] + "/callback"}, "state": {"e1"}, "nonce": {"e2"}}.Encode(), "できませんでした：")
	v.open(w.base+"/requests?client=shelf1&bad=1", "認可の求め")
	v.click(`.requests-list a`, "直し方")
	v.look("requests-one", "")
}

// (b) A card of the shelf is put on a reader, its PINs are typed on the pad, and
// what chip and reader say to each other is shown beside while they say it.
func shelf(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "shelf1")
	v.click(byShelf, "カードを読み取り機に置く")
	v.look("shelf-choose", "")
	v.click(`form:has([name="card"][value="`+w.cards["woman"]+`"]) button`, "暗証番号を入力する")
	live := v.beside(desktop)
	live.open(v.attribute("main a[target]", "href"), "1回目：")
	for _, field := range []string{"authentication", "text"} {
		v.do(field, click("#"+field)) // its pad comes out
		for _, digit := range pin {
			v.do("key", click(`[data-pad="`+field+`"] [data-key="`+string(digit)+`"]`))
		}
	}
	v.look("shelf-pin", ".shelf-held")
	v.click(`form[action="/shelf/login"] .button-wide`, mayHave)
	for _, words := range []string{"2回目：ログイン", "VERIFY（照合）", "SIGN（署名する）"} {
		live.sees(words) // without being loaded again
	}
	live.look("shelf-exchange", ".shelf-talk li:nth-of-type(10)")
	v.consents()
	desk := v.beside(webtest.Width{Name: "desk", Wide: 900, High: 900, Scale: 1})
	desk.open(w.base+"/shelf", "机の上の読み取り機")
	desk.look("shelf-desk", "")
}

// (c) kado bridge is another process, with a card of its own as far as the site
// knows: the page shows a code, the terminal the same number, the PIN is typed
// there alone.
func bridge(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "bridge1")
	v.click(byBridge, "kado bridge login")
	v.look("bridge-code", "")
	code := v.read(".bridge-code")
	term := w.terminal(t, "bridge", "login", code, "--server", w.base, "--id", w.cards["moved"], "--data", w.dir, "--pin-fd", "0")
	v.sees("ブリッジがカードの操作を待っています")
	number := v.read(".handover-number")
	term.sees(number)
	term.sees(strings.TrimSuffix(w.sites["bridge1"], "/"))
	v.sound("bridge-taken")
	v.keepBeside("bridge-terminal", term)
	term.enter(pin + "\n" + pin + "\n")
	term.ends()
	v.consents()
	if strings.Contains(v.shown(), pin) {
		t.Error("the PIN is in the page")
	}
}

// (d) Another device reads the code from the computer's screen, picks the number
// that the computer shows, and uses the card; the computer goes on by itself.
func handover(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "handover1")
	v.click(byPhone, "QRコード")
	v.look("handover-code", "")
	hand := newWindow(t, browser, phone)
	hand.open(w.base+"/?lang=ja", "何をしますか")
	hand.open(v.scanned(), "パソコンと同じ番号を選んでください")
	hand.look("handover-number", "")
	number := v.read(".handover-number")
	hand.click(`button[value="`+strings.ReplaceAll(number, " ", "")+`"]`, "カードを選んでください")
	hand.look("handover-card", "")
	v.sees("番号が一致しました")
	v.sound("handover-matched")
	hand.click(byCard, "どのカードでログインしますか")
	hand.click(`form:has([name="persona"][value="foreign"]) button`, "パソコンの画面に戻ってください")
	hand.look("handover-done", "")
	v.consents()
}

// (d) A wrong number ends the login on both screens.
func handoverWrong(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "handover1")
	v.click(byPhone, "QRコード")
	number := strings.ReplaceAll(v.read(".handover-number"), " ", "")
	hand := newWindow(t, browser, phone)
	hand.open(w.base+"/?lang=ja", "何をしますか")
	hand.open(v.scanned(), "パソコンと同じ番号を選んでください")
	hand.click(`button[name="number"]:not([value="`+number+`"]):not([value="none"])`, "KADO-")
	v.sees("このQRコードは終わりました")
}

// (e) Mutual TLS begins on a page that says what the browser will ask for. A browser
// without a certificate comes back with a reason, and the same login goes on by
// another way. How a browser shows the card's certificate is in middlewaretest, which
// has readers.
func certificate(t *testing.T, browser context.Context, w *town) {
	v := w.begins(t, browser, "certificate1")
	v.look("ways", "h1") // all five: this site asks for no attributes
	v.click(byBrowser, "証明書で続ける")
	v.look("certificate-page", "")
	if to := v.attribute(".actions .button", "href"); !strings.HasPrefix(to, "https://127.0.0.1:") {
		t.Errorf("the button leads to %q", to)
	}
	// The listener's own authority is nobody that this browser knows.
	if _, err := chromedp.Call(v.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true}); err != nil {
		t.Fatal(err)
	}
	v.click(".actions .button", "KADO-8340")
	v.sound("certificate-refused")
	v.click(".actions .button-quiet", choose)
	v.click(byCard, "どのカードでログインしますか")
	v.click(`form:has([name="persona"][value="ladder-taka"]) button`, mayHave)
	v.consents()
}

// What a developer looks at beside: the next answers, the people, the first page.
func sandbox(t *testing.T, browser context.Context, w *town) {
	v := newWindow(t, browser, desktop)
	v.open(w.base+"/?lang=ja", "何をしますか")
	v.sound("home")
	v.open(w.base+"/sandbox/people", "この世界の住民")
	v.look("people", "")
	v.open(w.base+"/sandbox/next", "次の答えを決める")
	v.do("answer", chromedp.SetValue(chromedp.CSS("#answer"), "token-503"))
	v.enter("#client_id", "nobody1")
	v.click("form.panel button", "すべて取り消す")
	v.look("next", "")
}
