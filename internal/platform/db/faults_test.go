package db_test

import (
	"testing"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

func TestFaultsSpeakBothLanguages(t *testing.T) {
	n := 0
	for _, k := range fault.All() {
		if k.Number < 1100 || k.Number > 1199 {
			continue
		}
		n++
		for _, text := range []lang.Text{k.What, k.Why, k.Cure} {
			if text.JA == "" || text.EN == "" {
				t.Errorf("%s: %+v", k.Code(), text)
			}
		}
	}
	if n == 0 {
		t.Error("no fault found")
	}
}
