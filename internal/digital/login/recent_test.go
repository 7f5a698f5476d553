package login

import (
	"strconv"
	"testing"
)

func TestRecent_StaysBoundedAndKeepsWhatIsAskedFor(t *testing.T) {
	var r recent[int]
	r.put("often", -1)
	for i := range 5 * maxRecent {
		r.put(strconv.Itoa(i), i)
		if i%1000 == 0 {
			if v, ok := r.get("often"); !ok || v != -1 {
				t.Fatalf("forgot what is asked for after %d: %d, %v", i, v, ok)
			}
		}
		if n := len(r.now) + len(r.old); n > 2*maxRecent {
			t.Fatalf("%d entries", n)
		}
	}
	if _, ok := r.get("0"); ok {
		t.Error("keeps everything")
	}
	if v, ok := r.get(strconv.Itoa(5*maxRecent - 1)); !ok || v != 5*maxRecent-1 {
		t.Errorf("%d, %v", v, ok)
	}
}
