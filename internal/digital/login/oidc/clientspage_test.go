package oidc_test

import (
	"context"
	"encoding/json"
	"html"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/go-jose/go-jose/v4"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/web/webtest"
)

// members are the names in the JSON of a client, inner ones behind a point.
func members(t reflect.Type, before string) (out []string) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if in := t.Field(i).Type; in.Kind() == reflect.Struct && in.PkgPath() == t.PkgPath() {
			out = append(out, members(in, before+name+".")...)
			continue
		}
		out = append(out, before+name)
	}
	return out
}

// Whatever the file and the interface can say of a client, the page can, too; said
// there, it is the same client.
func TestClientsPage_SaysWhatTheFileSays(t *testing.T) {
	h := small(t)
	page := h.get(h.browser(), "/clients").body
	for _, name := range members(reflect.TypeFor[oidc.Client](), "") {
		if name == "scopes" {
			name = "scopes.sign"
		}
		if strings.Count(page, `name="`+name+`"`) != 1 {
			t.Errorf("the form has no field %s", name)
		}
	}
	to := string(must(json.Marshal(jose.JSONWebKey{Key: rpRSA().Public(), KeyID: "enc", Use: "enc"})))
	f := url.Values{"client_id": {"all"}, "name": {"全部　商店"}, "redirect_uris": {"http://localhost:9906/cb"}, "jwks": {publicKeys()}, "scopes.name": {"true"}, "scopes.sign": {"true"},
		"strict": {"true"}, "require_pushed_authorization_requests": {"true"}, "formats.name": {"spaced"}, "formats.address": {"object"}, "formats.birthdate": {"compact"}, "formats.gender": {"code"},
		"signing.encrypt_to": {to}, "signing.government": {"true"}, "signing.bare_hash_raw": {"true"}}
	a := h.post(h.browser(), "/clients", f)
	if a.status != 303 || a.to.Path != "/clients" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if a = h.get(h.browser(), a.to.RequestURI()+"&lang=ja"); a.status != 200 || !strings.Contains(a.body, "all を登録しました") {
		t.Errorf("nobody says that it is registered: %d", a.status)
	}
	for _, want := range []string{"scopes: name sign", "strict: true", "require_pushed_authorization_requests: true", "formats.name: spaced", "formats.address: object", "formats.birthdate: compact", "formats.gender: code",
		"signing.encrypt_to: JWK", "signing.government: true", "signing.bare_hash_raw: true"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	file := `{"client_id":"all","name":"全部　商店","redirect_uris":["http://localhost:9906/cb"],"jwks":` + publicKeys() + `,"scopes":["name","sign"],"strict":true,"require_pushed_authorization_requests":true,
		"formats":{"name":"spaced","address":"object","birthdate":"compact","gender":"code"},"signing":{"encrypt_to":` + to + `,"government":true,"bare_hash_raw":true}}`
	if err := h.Load(t.Context(), strings.NewReader("["+file+"]")); err != nil {
		t.Errorf("the file says something else: %v", err)
	}
	// Lenient is said, too, and is not the same as nothing said.
	if a = h.post(h.browser(), "/clients", url.Values{"client_id": {"soft"}, "name": {"柔"}, "redirect_uris": {"http://localhost:9907/cb"}, "jwks": {publicKeys()}, "strict": {"false"}}); a.status != 303 {
		t.Fatal(a.body)
	}
	if err := h.Load(t.Context(), strings.NewReader(`[{"client_id":"soft","name":"柔","redirect_uris":["http://localhost:9907/cb"],"jwks":`+publicKeys()+`,"strict":false}]`)); err != nil {
		t.Error(err)
	}
	// It is what the provider goes by.
	r := &rp{h: h, id: "all", redirect: "http://localhost:9906/cb", key: rpEC(), kid: "one", alg: jose.ES256}
	if a := h.authorize(h.browser(), r.query("openid")); !strings.Contains(a.to.Query().Get("error_description"), oidc.PushRequired.Code()) {
		t.Errorf("a request that was not pushed: %v", a.to)
	}
}

// Each value that is refused is shown with its number beside its field, what else was
// entered is still there, and nothing was registered.
func TestClientsPage_EachRefusal(t *testing.T) {
	h := small(t)
	parties := func() (n int) {
		if err := h.db.View(context.Background(), func(tx *db.Tx) error {
			return tx.QueryRow(context.Background(), `SELECT (SELECT COUNT(*) FROM login_party) + (SELECT COUNT(*) FROM login_oidc_client)`).Scan(&n)
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := parties()
	for field, value := range map[string]string{"client_id": "a-b", "name": " ", "redirect_uris": "http://shop.example/cb", "jwks": `{"keys":[]}`, "strict": "perhaps", "require_pushed_authorization_requests": "perhaps",
		"formats.name": "x", "formats.address": "x", "formats.birthdate": "x", "formats.gender": "x", "signing.encrypt_to": "{}", "scopes.name": "perhaps", "signing.government": "no"} {
		f := url.Values{"client_id": {"shop0001"}, "name": {"見本<商店>"}, "redirect_uris": {"http://localhost:9908/cb"}, "jwks": {publicKeys()}, "scopes.address": {"true"}, "strict": {"true"}, "formats.gender": {"code"}, "signing.bare_hash_raw": {"true"}}
		f.Set(field, value)
		for lang, words := range map[string]string{"ja": "まだ何も登録していません", "en": "Nothing has been registered"} {
			a := h.post(h.browser(), "/clients?lang="+lang, f)
			wants := []string{oidc.BadClient.Code(), words, `(` + field + `)`, `href="#` + field + `"`, `id="` + field + `"`, "<details open>"}
			if lang == "ja" {
				wants[2] = `（` + field + `）`
			}
			if !strings.HasPrefix(field, "scopes.") && field != "signing.government" { // boxes whose value no browser sends
				wants = append(wants, `<p class="error" id="`+field+`-error"><code>`+oidc.BadClient.Code(), `aria-invalid="true"`)
			}
			kept := map[string]string{"client_id": `value="shop0001"`, "name": `value="見本&lt;商店&gt;"`, "redirect_uris": ">http://localhost:9908/cb</textarea>", "jwks": html.EscapeString(publicKeys())[:20],
				"formats.gender": `<option value="code" selected>`, "strict": `<option value="true" selected>`}
			for name, want := range kept {
				if name != field {
					wants = append(wants, want)
				}
			}
			for _, want := range wants {
				if a.status != 400 || !strings.Contains(a.body, want) {
					t.Errorf("%s, %s: %d, without %q", field, lang, a.status, want)
				}
			}
			if regexp.MustCompile(`name="scopes.address" value="true" checked`).FindString(a.body) == "" || !strings.Contains(a.body, `name="signing.bare_hash_raw" value="true" checked`) {
				t.Errorf("%s, %s: a tick is lost", field, lang)
			}
		}
	}
	if n := parties(); n != before {
		t.Errorf("%d rows were written", n-before)
	}
	// Another client of a used id, at an origin that nobody has.
	a := h.post(h.browser(), "/clients?lang=en", url.Values{"client_id": {"RP00000001"}, "name": {"other"}, "redirect_uris": {"https://other.example/cb"}, "jwks": {publicKeys()}})
	if a.status != 409 || !strings.Contains(a.body, `id="client_id-error"><code>`+oidc.ClientTaken.Code()) {
		t.Errorf("taken: %d", a.status)
	}
	if n := parties(); n != before {
		t.Errorf("%d rows were written for a refused client", n-before)
	}
	// What is no form of this page is no page of its fields.
	if a := h.post(h.browser(), "/clients", url.Values{"formats.size": {"x"}}); a.status != 400 || strings.Contains(a.body, "<form") {
		t.Errorf("an unknown field: %d", a.status)
	}
}

// A private key that somebody pastes is refused and never sent back.
func TestClientsPage_KeepsNoPrivateKey(t *testing.T) {
	h := small(t)
	private := string(must(json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: rpEC()}}})))
	one := string(must(json.Marshal(jose.JSONWebKey{Key: rpRSA()})))
	for field, value := range map[string]string{"jwks": private, "signing.encrypt_to": one} {
		f := url.Values{"client_id": {"shop0001"}, "name": {"店"}, "redirect_uris": {"http://localhost:9909/cb"}, "jwks": {publicKeys()}}
		f.Set(field, value)
		a := h.post(h.browser(), "/clients", f)
		if a.status != 400 || !strings.Contains(a.body, `id="`+field+`-error"`) {
			t.Errorf("%s: %d", field, a.status)
		}
		if strings.Contains(html.UnescapeString(a.body), `"d":`) {
			t.Errorf("%s: a private key is on the page", field)
		}
	}
}

// In a browser the summary of a refusal has the focus, its link leads to the field, and
// the refusal is read with it.
func TestClientsPage_RefusalInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	h := small(t)
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	defer stop()
	is := func(what, script string) {
		t.Helper()
		for {
			// While a page goes, nothing can be asked of it.
			if yes, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`document.readyState === "complete" && (`+script+`)`)); err == nil && yes {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("not so: %s", what)
			}
		}
	}
	for _, w := range []webtest.Width{webtest.Phone, webtest.Terminal} {
		webtest.Open(t, ctx, h.server.URL+"/clients?lang=ja", w)
		if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](`(() => { const f = document.querySelector(".login-client"); f.client_id.value = "shop0001"; f.querySelector("#name").value = "店";
			f.redirect_uris.value = "http://localhost:9/cb"; f.jwks.value = "{}"; f.querySelector("[name='formats.gender']").value = "code"; f.querySelector(".actions button").click() })()`)); err != nil {
			t.Fatal(err)
		}
		is("the summary has the focus", `!!document.activeElement && document.activeElement.getAttribute("role") === "alert"`)
		if found, err := webtest.Inspect(ctx); err != nil || len(found) > 0 {
			t.Errorf("%s: %+v %v", w.Name, found, err)
		}
		webtest.Picture(t, ctx, "clients-refused-"+w.Name)
		if err := chromedp.Do(ctx, chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r")); err != nil {
			t.Fatal(err)
		}
		is("the link leads to the field", `location.hash === "#jwks" && document.querySelector("#jwks").getAttribute("aria-describedby") === "jwks-hint jwks-error"`)
	}
}
