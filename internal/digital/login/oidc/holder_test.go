package oidc_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// A consent is explicit: a card that has answered brings nothing until its holder allows
// it, and no word but that does. It is specific: the site gets what was on the page and
// nothing more, also with the same holder's consent to another site for more. It is
// recorded, with the site and each item. And it can be withdrawn: one site after the other,
// each at once, while the rest go on; the list shows what is left.
func TestOPS23_OPS25_ConsentToEachSiteAndItsEnd(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, new func() *db.DB) {
		h := open(t, new())
		cert := h.Issue(t, validationtest.Order{})
		bank := h.client("RP2", "http://localhost:9200/cb", nil)

		// Explicit.
		c := h.browser()
		id := h.ask(c, h.shop.query("openid name"))
		next := h.mustAnswer(id, h.card(id, cert))
		for range 2 { // looking at the page, however often, is no consent
			if a := h.get(c, next); a.status != 200 || a.to != nil && a.to.Query().Has("code") {
				t.Fatalf("before the holder's word: %d %v", a.status, a.to)
			}
		}
		for _, form := range []url.Values{{}, {"answer": {""}}, {"answer": {"allow", "allow"}}} {
			if a := h.post(c, "/login/"+id+"/consent", form); a.status != 400 {
				t.Errorf("%v: %d", form, a.status)
			}
		}
		if acts := h.acts("per_1"); slices.Contains(acts, oidc.ActConsentGiven) || slices.Contains(acts, oidc.ActReleased) {
			t.Errorf("before the holder's word the journal has %v", acts)
		}
		if a := h.post(c, "/login/"+id+"/consent", url.Values{"answer": {"allow"}}); a.to == nil || a.to.Query().Get("code") == "" {
			t.Fatalf("the holder's word: %d %v", a.status, a.to)
		}

		// Specific.
		at := map[*rp]map[string]any{bank: bank.tokens(cert, "openid name address birthdate"), h.shop: h.shop.tokens(cert, "openid name")}
		got := h.userinfo(at[h.shop]["access_token"].(string)).json(t)
		if got["name"] == nil || got["address"] != nil || got["birthdate"] != nil || got["gender"] != nil {
			t.Errorf("the shop gets %v", got)
		}

		// Recorded.
		h.visit(c, cert)
		list := func() string {
			page, _, _ := strings.Cut(h.get(c, "/consents?lang=en").body, "Where your card was used")
			return page
		}
		for _, part := range []string{"店 RP00000001", "店 RP2", "Address", "Date of birth"} {
			if !strings.Contains(list(), part) {
				t.Errorf("the list lacks %q", part)
			}
		}
		if n := len(slices.DeleteFunc(h.acts("per_1"), func(a string) bool { return a != oidc.ActConsentGiven })); n != 2 {
			t.Errorf("%d consents are in the journal", n)
		}

		// Withdrawn, one by one.
		works := func(r *rp) bool { return h.userinfo(at[r]["access_token"].(string)).status == 200 }
		for i, r := range []*rp{h.shop, bank} {
			if !works(h.shop) && i == 0 || !works(bank) {
				t.Fatalf("before withdrawal %d", i)
			}
			if a := h.post(c, "/consents/withdraw", url.Values{"client": {r.id}}); a.status != 303 {
				t.Fatal(a.body)
			}
			if works(r) || strings.Contains(list(), `value="`+r.id+`"`) {
				t.Errorf("%s goes on after its withdrawal", r.id)
			}
			if i == 0 && (!works(bank) || !strings.Contains(list(), `value="`+bank.id+`"`)) {
				t.Error("the other site has ended, too")
			}
		}
	})
}
