package recent

import (
	"strconv"
	"testing"
)

func TestFacts_StaysBoundedAndKeepsWhatIsAskedFor(t *testing.T) {
	var r Facts[int]
	r.Put("often", -1)
	for i := range 5 * kept {
		r.Put(strconv.Itoa(i), i)
		if i%1000 == 0 {
			if v, ok := r.Get("often"); !ok || v != -1 {
				t.Fatalf("forgot what is asked for after %d: %d, %v", i, v, ok)
			}
		}
		if n := len(r.now) + len(r.old); n > 2*kept {
			t.Fatalf("%d entries", n)
		}
	}
	if _, ok := r.Get("0"); ok {
		t.Error("keeps everything")
	}
	if v, ok := r.Get(strconv.Itoa(5*kept - 1)); !ok || v != 5*kept-1 {
		t.Errorf("%d, %v", v, ok)
	}
}
