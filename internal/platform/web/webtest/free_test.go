package webtest_test

import (
	"net"
	"testing"

	"kado/internal/platform/web/webtest"
)

// An address is handed out once, though nothing ever listened on it, and not while
// somebody listens on it.
func TestAddressIsNobodyElses(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		a := webtest.Address(t)
		if seen[a] {
			t.Fatalf("%s came twice", a)
		}
		seen[a] = true
	}
	ln, err := net.Listen("tcp", webtest.Address(t))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	for range 100 {
		if a := webtest.Address(t); a == ln.Addr().String() {
			t.Fatalf("somebody listens at %s", a)
		}
	}
}
