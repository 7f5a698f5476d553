package photo_test

import (
	"strings"
	"testing"

	_ "kado/internal/agency/intake/photo"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Every finding has a text in both languages, with the same verbs (APP-63).
func TestAPP63_FindingsSpeakBothLanguages(t *testing.T) {
	seen := 0
	for _, k := range fault.All() {
		if k.Number < 2200 || k.Number > 2299 {
			continue
		}
		seen++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s lacks a text: %+v", k.Code(), text)
			}
			if strings.Count(text.JA, "%d") != strings.Count(text.EN, "%d") {
				t.Errorf("%s: verbs differ: %+v", k.Code(), text)
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d kinds of finding, want at least 20", seen)
	}
}
