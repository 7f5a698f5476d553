package webtest

import (
	"net"
	"testing"
	"time"
)

// Free waits until nothing listens at an address that is fixed for everybody: tests of
// another package may have it for a moment.
func Free(t testing.TB, address string) {
	t.Helper()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for range 1200 {
		ln, err := net.Listen("tcp", address)
		if err == nil {
			if err := ln.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
		<-again.C
	}
	t.Fatalf("somebody else listens at %s", address)
}
