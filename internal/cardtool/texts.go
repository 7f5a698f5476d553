package cardtool

import (
	"strings"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/mynumber"
)

// What a check tells in words it tells in both languages; JSON has the English
// side.

// ends says how a check ended, and why.
func (c *Check) ends(s State, why lang.Text) {
	c.State, c.Reason, c.Why = s, why.EN, why
}

// rests adds to what a check was made with.
func (c *Check) rests(on ...lang.Text) {
	for _, t := range on {
		c.Evidence, c.With = append(c.Evidence, t.EN), append(c.With, t)
	}
}

// ReasonIn is why a check fails or was not made, in a language.
func (c Check) ReasonIn(l lang.Lang) string {
	if c.Why == (lang.Text{}) {
		return c.Reason
	}
	return c.Why.In(l)
}

// EvidenceIn is what a check was made with, in a language.
func (c Check) EvidenceIn(l lang.Lang) string {
	if len(c.With) != len(c.Evidence) {
		return strings.Join(c.Evidence, "; ")
	}
	all := make([]string, len(c.With))
	for i, t := range c.With {
		all[i] = t.In(l)
	}
	if l == lang.EN {
		return strings.Join(all, "; ")
	}
	return strings.Join(all, "、")
}

// same is a text that is the same in both languages, such as a file name.
func same(s string) lang.Text { return lang.Text{JA: s, EN: s} }

// filled fills in both sides of a text.
func filled(t lang.Text, args ...any) lang.Text {
	return lang.Text{JA: t.With(lang.JA, args...), EN: t.With(lang.EN, args...)}
}

var unusable = lang.Text{JA: "形が正しくありません", EN: "malformed"}

// certificateCauses are why a certificate is refused, in Japanese; English ones
// are those of package jpki.
var certificateCauses = map[jpki.Cause]string{
	jpki.Malformed: "形が正しくありません", jpki.IsAuthority: "認証局の証明書です", jpki.WrongAuthority: "別の認証局の証明書です",
	jpki.WrongAlgorithm: "認証局の世代と違う方式です", jpki.BadSignature: "認証局の署名が正しくありません", jpki.WrongPolicy: "別の種類の証明書です",
	jpki.WrongUsage: "鍵の使い道が違います", jpki.NotYetValid: "まだ有効期間に入っていません", jpki.Expired: "有効期間が過ぎています",
	jpki.OutlivesCA: "認証局の証明書より有効期間が長くなっています",
}

// causeOf is why a certificate is refused. The English side has the detail.
func causeOf(e *jpki.VerifyError) lang.Text {
	t := lang.Text{JA: certificateCauses[e.Cause], EN: e.Cause.String()}
	if e.Detail != "" {
		t.EN += ": " + e.Detail
	}
	return t
}

// statusNames are the answers about revocation, in Japanese.
var statusNames = map[jpki.Status]string{
	jpki.Unavailable: "使える回答がありません", jpki.Stale: "回答が古すぎます", jpki.Unknown: "認証局の知らない証明書です",
	jpki.Revoked: "失効しています", jpki.OnHold: "一時停止されています", jpki.Good: "失効していません",
}

// sexNames are the sexes as shown; JSON has the English word of sexText.
var sexNames = map[string]lang.Text{
	"male": {JA: "男", EN: "male"}, "female": {JA: "女", EN: "female"},
	"not_applicable": {JA: "適用不能", EN: "not applicable"}, "unknown": {JA: "不明", EN: "unknown"},
}

// SexText is a sex of a report for people.
func SexText(s string) lang.Text {
	if t, ok := sexNames[s]; ok {
		return t
	}
	return same(s)
}

// GroundText is a legal ground for people.
func GroundText(g Ground) lang.Text {
	if t, ok := groundNames[g]; ok {
		return t
	}
	return same(string(g))
}

var groundNames = map[Ground]lang.Text{
	GroundHolder: {JA: "本人（holder）", EN: "holder"}, GroundTax: {JA: "税・支払調書（tax）", EN: "tax"}, GroundSocial: {JA: "社会保障（social）", EN: "social"},
	GroundDisaster: {JA: "災害対策（disaster）", EN: "disaster"}, GroundMunicipality: {JA: "市区町村の事務（municipality）", EN: "municipality"},
}

// ruleTexts are the rules that a new PIN may break.
var ruleTexts = map[mynumber.PINRule]lang.Text{
	mynumber.PINNotFourDigits:    {JA: "数字4桁ではありません", EN: "it does not have four digits"},
	mynumber.PINAllSame:          {JA: "同じ数字の繰り返しです", EN: "its digits are all the same"},
	mynumber.PINRun:              {JA: "続き番号です", EN: "its digits follow one another"},
	mynumber.PINInBirthDate:      {JA: "生年月日に含まれています", EN: "it is part of the birth date"},
	mynumber.PINInExpiryYear:     {JA: "カードの有効期限の年です", EN: "it is the year in which the card ends"},
	mynumber.PINInSecurityCode:   {JA: "セキュリティコードと同じです", EN: "it is the security code"},
	mynumber.PasswordLength:      {JA: "6文字から16文字ではありません", EN: "it does not have 6 to 16 characters"},
	mynumber.PasswordCharacters:  {JA: "英字と数字のほかの文字があります", EN: "it has other characters than letters and digits"},
	mynumber.PasswordNeedsLetter: {JA: "英字がありません", EN: "it has no letter"},
	mynumber.PasswordNeedsDigit:  {JA: "数字がありません", EN: "it has no digit"},
}

func ruleText(r mynumber.PINRule) lang.Text {
	if t, ok := ruleTexts[r]; ok {
		return t
	}
	return same(string(r))
}

// kindText names a certificate by its kind.
func kindText(kind string) lang.Text {
	switch kind {
	case jpki.Signature.String():
		return lang.Text{JA: "署名用電子証明書", EN: "signature certificate"}
	case jpki.Authentication.String():
		return lang.Text{JA: "利用者証明用電子証明書", EN: "user authentication certificate"}
	}
	return same(kind)
}

// partNames are the parts of a report that may stay unread.
var partNames = map[string]lang.Text{
	"common data":                {JA: "共通データ", EN: "common data"},
	"token information":          {JA: "トークン情報", EN: "token information"},
	"certificate presence":       {JA: "証明書の有無", EN: "certificate presence"},
	"authentication certificate": {JA: "利用者証明用電子証明書", EN: "authentication certificate"},
	"signature certificate":      {JA: "署名用電子証明書", EN: "signature certificate"},
	"attributes":                 {JA: "基本4情報", EN: "attributes"},
	"individual number":          {JA: "個人番号", EN: "individual number"},
	"card face":                  {JA: "券面事項", EN: "card face"},
	"resident record code":       {JA: "住民票コード", EN: "resident record code"},
}

// PartText names a part of a report for people.
func (u Unread) PartText() lang.Text {
	if t, ok := partNames[u.Part]; ok {
		return t
	}
	return same(u.Part)
}
