package oidc_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// consents stands for what the validation office keeps; whose a consent is, that office
// decides (TestP52_LatestAttributesUnderConsent).
type consents struct{ all []validation.Consent }

func (c *consents) ConsentsOf(_ context.Context, person string) (out []validation.Consent, err error) {
	for _, one := range c.all {
		if one.Person == person {
			out = append(out, one)
		}
	}
	return out, nil
}

func (c *consents) WithdrawConsent(_ context.Context, by journal.Actor, id string) (validation.Consent, error) {
	for i, one := range c.all {
		if one.ID == id && by == (journal.Actor{Kind: journal.Holder, ID: one.Person}) {
			c.all[i].EndedAt = validationtest.Start
			return c.all[i], nil
		}
	}
	return validation.Consent{}, validation.NotYours.New()
}

// Consents to verifiers stand beside those to services: the holder's own, in force,
// with what was signed; each can be withdrawn there, and by nobody else.
// Shows: CIT-30, CIT-31
func TestConsents_ToVerifiers(t *testing.T) {
	kept := &consents{}
	today := mynumber.DateOf(validationtest.Start)
	give := func(id, person, recipient string, to mynumber.Date, ended time.Time) {
		kept.all = append(kept.all, validation.Consent{ID: id, Person: person, Recipient: recipient, GivenAt: validationtest.Start, EndedAt: ended, Text: "署名した文面 " + id,
			Terms: validation.Terms{Purpose: "届出住所の更新", Fields: []validation.Field{validation.FieldName, validation.FieldBirthDate}, From: today, To: to}})
	}
	next := mynumber.Date{Year: today.Year + 1, Month: today.Month, Day: today.Day}
	before := mynumber.Date{Year: today.Year - 1, Month: today.Month, Day: today.Day}
	give("con_1", "per_1", "みほん保険", next, time.Time{})
	give("con_2", "per_1", "きょうまで銀行", today, time.Time{})
	give("con_3", "per_1", "きのうまで銀行", before, time.Time{})
	give("con_4", "per_1", "取り消し済み", next, validationtest.Start)
	give("con_5", "per_2", "ほかの人の相手", next, time.Time{})
	h := small(t, func(d *oidc.Deps) { d.Consents = kept })
	c := h.browser()
	form := func(id string) answer { return h.post(c, "/consents/verifiers/withdraw", url.Values{"consent": {id}}) }
	if a := form("con_1"); a.status != 403 || !strings.Contains(a.body, oidc.NoVisit.Code()) {
		t.Errorf("without a card: %d", a.status)
	}
	h.visit(c, h.Issue(t, validationtest.Order{}))
	page := h.get(c, "/consents?lang=ja").body
	for words, want := range map[string]bool{"みほん保険": true, "きょうまで銀行": true, "届出住所の更新": true, "署名した文面 con_1": true, "生年月日": true, "きのうまで銀行": false, "取り消し済み": false, "ほかの人の相手": false} {
		if strings.Contains(page, words) != want {
			t.Errorf("%q on the page: %v", words, !want)
		}
	}
	if page := h.get(c, "/consents?lang=en").body; !strings.Contains(page, "Consents to being told of changes") || !strings.Contains(page, "Date of birth") {
		t.Error("not in English")
	}
	if a := form("con_5"); a.status != 403 {
		t.Errorf("another person's: %d", a.status)
	}
	if a := h.post(c, "/consents/verifiers/withdraw", url.Values{"consent": {"con_1"}, "person": {"per_2"}}); a.status != 400 {
		t.Errorf("with a person: %d", a.status)
	}
	if a := form("con_1"); a.status != 303 {
		t.Fatal(a.body)
	}
	if page = h.get(c, "/consents?lang=ja").body; strings.Contains(page, "みほん保険") || !strings.Contains(page, "きょうまで銀行") || kept.all[4].EndedAt != (time.Time{}) {
		t.Error("the wrong one was withdrawn")
	}
}
