package mynumber_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func ruleOf(err error) mynumber.PINRule {
	var e *mynumber.PINError
	if errors.As(err, &e) {
		return e.Rule
	}
	return ""
}

func TestR20_C01_Tries(t *testing.T) {
	if mynumber.PINTries != 3 || mynumber.SignaturePasswordTries != 5 || mynumber.VerificationTries != 10 || mynumber.BirthKeyTries != 10 {
		t.Error("the numbers of tries are not those of R-20")
	}
}

func TestR20_C03_PIN4(t *testing.T) {
	// 昭和55年12月31日: 19801231 and 551231.
	ctx := mynumber.PINContext{Birth: day("1980-12-31"), CardExpiry: day("2035-12-31"), SecurityCode: "2285"}
	for pin, want := range map[string]mynumber.PINRule{
		"4729": "", "0192": "", "3598": "", "2284": "", "2036": "", "1342": "",
		"": mynumber.PINNotFourDigits, "123": mynumber.PINNotFourDigits, "12345": mynumber.PINNotFourDigits,
		"47a9": mynumber.PINNotFourDigits, "４7": mynumber.PINNotFourDigits, "4 29": mynumber.PINNotFourDigits,
		"-729": mynumber.PINNotFourDigits, "４": mynumber.PINNotFourDigits,
		"0000": mynumber.PINAllSame, "7777": mynumber.PINAllSame, "9999": mynumber.PINAllSame,
		"0123": mynumber.PINRun, "1234": mynumber.PINRun, "6789": mynumber.PINRun, "7890": mynumber.PINRun,
		"3210": mynumber.PINRun, "9876": mynumber.PINRun, "4321": mynumber.PINRun, "0987": mynumber.PINRun,
		"8901": "", "1098": "", "1235": "", "2468": "", // no runs
		"1980": mynumber.PINInBirthDate, "9801": mynumber.PINInBirthDate, "8012": mynumber.PINInBirthDate,
		"0123x": mynumber.PINNotFourDigits, "1231": mynumber.PINInBirthDate,
		"5512": mynumber.PINInBirthDate, "5123": mynumber.PINInBirthDate, // era year
		"3112": "", "0891": "", // other orders are not in it
		"2035": mynumber.PINInExpiryYear,
		"2285": mynumber.PINInSecurityCode,
	} {
		err := mynumber.CheckPIN4(pin, ctx)
		if ruleOf(err) != want || (err == nil) != (want == "") {
			t.Errorf("%q: %v, want %q", pin, err, want)
		}
		if err != nil && len(pin) == 4 && strings.Contains(err.Error(), pin) {
			t.Errorf("the error shows the PIN: %v", err)
		}
	}
	// What is not known is not compared; a foreigner's era year is refused too.
	for _, pin := range []string{"1980", "5512", "2035", "2285"} {
		if err := mynumber.CheckPIN4(pin, mynumber.PINContext{}); err != nil {
			t.Errorf("%s with no context: %v", pin, err)
		}
	}
	if ruleOf(mynumber.CheckPIN4("4567", mynumber.PINContext{SecurityCode: "4567"})) != mynumber.PINRun {
		t.Error("a run is refused whatever the context")
	}
	// Born before the eras: the Western digits still count, and nothing panics.
	if ruleOf(mynumber.CheckPIN4("1860", mynumber.PINContext{Birth: day("1860-03-04")})) != mynumber.PINInBirthDate {
		t.Error("a birth date before the eras is not compared")
	}
}

// The definition in words over all 10,000 PINs and random holders.
func TestR20_PIN4Exhaustive(t *testing.T) {
	pins := make([]string, 10000)
	for v := range pins {
		pins[v] = fmt.Sprintf("%04d", v)
	}
	rapid.Check(t, func(t *rapid.T) {
		birth := anyDay(t, "birth", 1900, 2030)
		code := fmt.Sprintf("%04d", rapid.IntRange(0, 9999).Draw(t, "code"))
		ctx := mynumber.PINContext{Birth: birth, CardExpiry: anyDay(t, "expiry", 2016, 2060), SecurityCode: code}
		six, err := mynumber.PrintedBirthDigits(birth, true)
		if err != nil {
			t.Fatal(err)
		}
		compact, expiryYear := birth.Compact(), fmt.Sprint(ctx.CardExpiry.Year)
		accepted := 0
		for _, pin := range pins {
			up, down := true, true
			for i := range 3 {
				up = up && (pin[i+1] == pin[i]+1 || pin[i] == '9' && pin[i+1] == '0' && i == 2)
				down = down && (pin[i]-1 == pin[i+1] || pin[i] == '0' && pin[i+1] == '9' && i == 0)
			}
			weak := up || down || pin[0] == pin[1] && pin[1] == pin[2] && pin[2] == pin[3] || pin == code || pin == expiryYear
			for i := range 5 {
				weak = weak || compact[i:i+4] == pin || i < 3 && six[i:i+4] == pin
			}
			got := mynumber.CheckPIN4(pin, ctx)
			if (got != nil) != weak {
				t.Fatalf("%s for %+v: %v", pin, ctx, got)
			}
			if got == nil {
				accepted++
			}
		}
		if accepted < 9950 {
			t.Fatalf("only %d PINs are left", accepted)
		}
	})
}

func TestR20_C02_SignaturePassword(t *testing.T) {
	for pw, want := range map[string]mynumber.PINRule{
		"A1B2C3": "", "ABCDE1": "", "12345A": "", "ABCDEFGH12345678": "", "Z00000": "",
		"": mynumber.PasswordLength, "ABC12": mynumber.PasswordLength, "ABCDEFGH123456789": mynumber.PasswordLength,
		"abc123": mynumber.PasswordCharacters, "ABC12!": mynumber.PasswordCharacters, "ABC 12": mynumber.PasswordCharacters,
		"ＡＢ12": mynumber.PasswordCharacters, "ABC12\n": mynumber.PasswordCharacters, "ABC12é": mynumber.PasswordCharacters,
		"123456": mynumber.PasswordNeedsLetter, "ABCDEF": mynumber.PasswordNeedsDigit,
		strings.Repeat("A1", 1<<20): mynumber.PasswordLength,
	} {
		err := mynumber.CheckSignaturePassword(pw)
		if ruleOf(err) != want || (err == nil) != (want == "") {
			t.Errorf("%.20q: %v, want %q", pw, err, want)
		}
		if err != nil && len(pw) > 4 && strings.Contains(err.Error(), pw) {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestC02_SmallLettersAreRaisedInTheClient(t *testing.T) {
	for in, want := range map[string]string{
		"abc123": "ABC123", "AbC123z": "ABC123Z", "": "", "ABC": "ABC", "a{`": "A{`",
		"ı1ſßé": "ı1ſßé", "ａｂ": "ａｂ", "\xff\x00a": "\xff\x00A",
	} {
		if got := mynumber.NormalisePassword(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func FuzzPINRules(f *testing.F) {
	for _, s := range []string{"4729", "1234", "abc123", "A1B2C3", "", "ı1ſ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if mynumber.CheckPIN4(s, mynumber.PINContext{Birth: day("1980-12-31"), SecurityCode: s}) == nil {
			t.Fatalf("the security code passes for a PIN: %q", s)
		}
		up := mynumber.NormalisePassword(s)
		if len(up) != len(s) || mynumber.NormalisePassword(up) != up {
			t.Fatalf("raising %q is not stable", s)
		}
		if mynumber.CheckSignaturePassword(s) == nil && up != s {
			t.Fatalf("%q is accepted and would be changed", s)
		}
	})
}

func TestC06_P50_PINAloneNeverResetsPassword(t *testing.T) {
	at := time.Date(2026, 4, 2, 9, 0, 0, 0, mynumber.JST)
	id, _ := mynumber.DrawCardID(seeded(1))
	other, _ := mynumber.DrawCardID(seeded(2))
	all := mynumber.PasswordReset{Card: id, FaceCard: id, FaceAt: at.Add(-time.Hour), PINProved: true}
	for name, tt := range map[string]struct {
		change func(*mynumber.PasswordReset)
		want   error
	}{
		"all three":          {func(*mynumber.PasswordReset) {}, nil},
		"face just now":      {func(r *mynumber.PasswordReset) { r.FaceAt = at }, nil},
		"face 24 h ago":      {func(r *mynumber.PasswordReset) { r.FaceAt = at.Add(-24 * time.Hour) }, nil},
		"face 24 h 1 s ago":  {func(r *mynumber.PasswordReset) { r.FaceAt = at.Add(-24*time.Hour - time.Second) }, mynumber.ErrResetFaceOld},
		"face in the future": {func(r *mynumber.PasswordReset) { r.FaceAt = at.Add(time.Second) }, mynumber.ErrResetNoFace},
		"PIN alone":          {func(r *mynumber.PasswordReset) { r.FaceAt, r.FaceCard = time.Time{}, "" }, mynumber.ErrResetNoFace},
		"face alone":         {func(r *mynumber.PasswordReset) { r.PINProved = false }, mynumber.ErrResetPIN},
		"another card":       {func(r *mynumber.PasswordReset) { r.FaceCard = other }, mynumber.ErrResetCard},
		"no card":            {func(r *mynumber.PasswordReset) { r.Card, r.FaceCard = "", "" }, mynumber.ErrResetCard},
		"used before":        {func(r *mynumber.PasswordReset) { r.FaceUsed = true }, mynumber.ErrResetFaceUsed},
		"PIN-less":           {func(r *mynumber.PasswordReset) { r.Pinless = true }, mynumber.ErrResetPinless},
		"two failures":       {func(r *mynumber.PasswordReset) { r.Failures = 2 }, nil},
		"three failures":     {func(r *mynumber.PasswordReset) { r.Failures = 3 }, mynumber.ErrResetFailures},
		"nothing":            {func(r *mynumber.PasswordReset) { *r = mynumber.PasswordReset{} }, mynumber.ErrResetNoFace},
	} {
		r := all
		tt.change(&r)
		if err := r.Allowed(at); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	// Every proper subset of the three factors fails.
	for mask := range 7 {
		r := all
		if mask&1 == 0 {
			r.FaceCard = other
		}
		if mask&2 == 0 {
			r.PINProved = false
		}
		if mask&4 == 0 {
			r.FaceAt = time.Time{}
		}
		if r.Allowed(at) == nil {
			t.Errorf("subset %03b is enough", mask)
		}
	}
}
