package cardtool

import (
	"strings"
	"testing"
	"unicode"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/jpki/verify"
	"kado/mynumber"
)

func japanese(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
}

// TestTexts_EveryCauseInBothLanguages: no cause of a library, no rule for PINs,
// no part of a report is told in English to somebody who reads Japanese.
func TestTexts_EveryCauseInBothLanguages(t *testing.T) {
	both := func(what string, text lang.Text) {
		t.Helper()
		if !japanese(text.JA) || text.EN == "" || japanese(text.EN) {
			t.Errorf("%s: %q %q", what, text.JA, text.EN)
		}
	}
	known := func(name string) bool { return !strings.Contains(name, "(") }
	n := 0
	for c := jpki.Cause(1); known(c.String()); c++ {
		both(c.String(), causeOf(&jpki.VerifyError{Cause: c, Detail: "detail"}))
		n++
	}
	for _, r := range verify.Reasons {
		both(string(r), ReasonText(r))
		both(string(r), CureText(r))
		n++
	}
	if len(reasonTexts) != len(verify.Reasons) {
		t.Errorf("%d texts of %d reasons", len(reasonTexts), len(verify.Reasons))
	}
	for s := jpki.Status(0); known(s.String()); s++ {
		both(s.String(), lang.Text{JA: statusNames[s], EN: s.String()})
		n++
	}
	for _, r := range []mynumber.PINRule{mynumber.PINNotFourDigits, mynumber.PINAllSame, mynumber.PINRun, mynumber.PINInBirthDate, mynumber.PINInExpiryYear,
		mynumber.PINInSecurityCode, mynumber.PasswordLength, mynumber.PasswordCharacters, mynumber.PasswordNeedsLetter, mynumber.PasswordNeedsDigit} {
		both(string(r), ruleText(r))
	}
	for _, g := range Grounds() {
		both(string(g), GroundText(g))
	}
	for part := range partNames {
		both(part, Unread{Part: part}.PartText())
	}
	for _, s := range []mynumber.Sex{mynumber.Male, mynumber.Female, mynumber.SexNotApplicable, 0} {
		both(sexText(s), SexText(sexText(s)))
	}
	for _, k := range jpki.Kinds {
		both(k.String(), kindText(k.String()))
	}
	if n < 20 {
		t.Errorf("only %d causes seen", n)
	}
}

func TestCheck_BothLanguages(t *testing.T) {
	var c Check
	c.ends(NotChecked, noRoot)
	c.rests(certified, same("crl.pem"))
	if c.Reason != noRoot.EN || c.ReasonIn(lang.JA) != noRoot.JA || c.ReasonIn(lang.EN) != noRoot.EN {
		t.Errorf("%+v", c)
	}
	if c.EvidenceIn(lang.JA) != certified.JA+"、crl.pem" || c.EvidenceIn(lang.EN) != certified.EN+"; crl.pem" || len(c.Evidence) != 2 {
		t.Errorf("%+v", c)
	}
	// Somebody who fills in English alone is shown as he is.
	plain := Check{Reason: "because", Evidence: []string{"a", "b"}}
	if plain.ReasonIn(lang.JA) != "because" || plain.EvidenceIn(lang.JA) != "a; b" {
		t.Errorf("%+v", plain)
	}
}
