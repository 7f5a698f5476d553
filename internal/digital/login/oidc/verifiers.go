package oidc

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/mynumber"
)

// HolderConsents is what the validation office keeps of consents to verifiers, for
// their holders (validation.Window).
type HolderConsents interface {
	ConsentsOf(ctx context.Context, person string) ([]validation.Consent, error)
	WithdrawConsent(ctx context.Context, by journal.Actor, id string) (validation.Consent, error)
}

// fieldTexts name what verifiers are told.
var fieldTexts = map[validation.Field]lang.Text{
	validation.FieldName: claimTexts[ClaimName], validation.FieldAddress: claimTexts[ClaimAddress],
	validation.FieldBirthDate: claimTexts[ClaimBirthdate], validation.FieldSex: claimTexts[ClaimGender],
}

// verifierRow is a consent to a verifier, with what it is told by name.
type verifierRow struct {
	validation.Consent
	Told []lang.Text
}

func verifierRowOf(c validation.Consent) verifierRow {
	r := verifierRow{Consent: c}
	for _, f := range c.Fields {
		r.Told = append(r.Told, fieldTexts[f])
	}
	return r
}

// sampleVerifier is one for the storybook.
func sampleVerifier(at time.Time) verifierRow {
	return verifierRowOf(validation.Consent{ID: "con_0", Recipient: "みほん保険（みほん認証サービス）", GivenAt: at, Text: "最新の基本4情報を知らせることへの同意\n\n知らせる相手：みほん認証サービス\n知らせる項目：氏名、住所\n目的：届出住所の更新\n",
		Terms: validation.Terms{Purpose: "届出住所の更新", Fields: []validation.Field{validation.FieldName, validation.FieldAddress},
			From: mynumber.Date{Year: 2026, Month: time.April, Day: 1}, To: mynumber.Date{Year: 2031, Month: time.March, Day: 31}}})
}

// verifiersOf lists the consents in force that a holder gave to verifiers.
func (p *Provider) verifiersOf(ctx context.Context, holder string) ([]verifierRow, error) {
	person, err := p.personOfVisit(ctx, holder)
	if err != nil || person == "" || p.d.Consents == nil {
		return nil, err
	}
	all, err := p.d.Consents.ConsentsOf(ctx, person)
	today := mynumber.DateOf(p.d.Clock.Now())
	var out []verifierRow
	for _, c := range all {
		if c.EndedAt.IsZero() && !today.After(c.To) {
			out = append(out, verifierRowOf(c))
		}
	}
	return out, err
}

// personOfVisit is whom the records name behind a holder; "" for nobody.
func (p *Provider) personOfVisit(ctx context.Context, holder string) (person string, err error) {
	err = p.d.DB.View(ctx, func(tx *db.Tx) error {
		return tx.QueryRow(ctx, `SELECT person FROM login_holder WHERE id = $1`, holder).Scan(&person)
	})
	return person, err
}

// withdrawFromVerifier ends a consent to a verifier: the validation office looks
// whether it is the holder's.
func (p *Provider) withdrawFromVerifier(shell *web.Shell) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		holder, err := p.visitor(r)
		var f url.Values
		if err == nil {
			f, err = web.Form(r, "consent")
		}
		var person string
		if err == nil {
			person, err = p.personOfVisit(r.Context(), holder)
		}
		if err == nil && (person == "" || p.d.Consents == nil) {
			err = NoConsent.New()
		}
		if err == nil {
			_, err = p.d.Consents.WithdrawConsent(r.Context(), journal.Actor{Kind: journal.Holder, ID: person}, f.Get("consent"))
		}
		if err != nil {
			shell.Fault(w, r, err)
			return
		}
		http.Redirect(w, r, "/consents", http.StatusSeeOther)
	}
}
