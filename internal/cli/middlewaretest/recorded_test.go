package middlewaretest

import (
	"strings"
	"testing"

	"kado/chip/vpcd/vpcdtest"
)

// TestInsert_ARecordedCard: a conversation with a card in a reader is saved, and
// the trace is then the card in the reader: the same command gets the same answers,
// again and again, and another command gets nothing.
func TestInsert_ARecordedCard(t *testing.T) {
	vpcdtest.Start(t)
	service := vpcdtest.Open(t)
	saved := file(t, "cert.trace")
	stop := runs(t, "--lang=en", "card", "insert", "--profile", "adult")
	vpcdtest.Wait(t, service, 1)
	real, stderr, code := kado(t, "", "cert", "--reader", "0", "--trace", saved, "--unmasked")
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	if code, out := stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, out)
	}
	vpcdtest.Wait(t, service, 0)
	stop = runs(t, "--lang=en", "card", "insert", "--recorded", saved, "--from-unmasked")
	vpcdtest.Wait(t, service, 1)
	for range 2 {
		if played, stderr, code := kado(t, "", "cert", "--reader", "0"); code != 0 || played != real {
			t.Errorf("exit %d\n%s%s", code, played, stderr)
		}
	}
	if out, _, code := kado(t, "", "pin", "status", "--reader", "0"); code == 0 {
		t.Errorf("commands that were not recorded were answered\n%s", out)
	}
	if code, out := stop(); code != 0 || !strings.Contains(out, "slot 0: cert.trace inserted") {
		t.Errorf("exit %d\n%s", code, out)
	}
	for _, c := range [][]string{
		{"card", "insert", "--recorded", saved},
		{"card", "insert", "--profile", "adult", "--from-unmasked"},
		{"card", "insert", "--recorded", saved + ".none"},
	} {
		if _, stderr, code := kado(t, "", c...); code == 0 || !strings.Contains(stderr, "KADO-") {
			t.Errorf("%q: exit %d\n%s", c, code, stderr)
		}
	}
}
