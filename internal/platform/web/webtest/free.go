package webtest

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// Addresses lie below those that a system gives to whoever asks for any, also to
// every connection that goes out: an address taken from there and let go may be
// somebody else's before a program of the test listens on it. Each process of tests
// has a block of its own, as far as its number tells.
const (
	lowestPort = 20000
	blocks     = 240
	blockSize  = 50
)

var asked atomic.Uint32

// Address is an address of this machine on which nothing listens, for a program that
// has to be told one. A process hands none out again before it has been through its
// block.
func Address(t testing.TB) string {
	t.Helper()
	block := lowestPort + os.Getpid()%blocks*blockSize
	for range blockSize {
		address := fmt.Sprintf("127.0.0.1:%d", block+int(asked.Add(1)%blockSize))
		ln, err := net.Listen("tcp", address)
		if err != nil {
			continue
		}
		if err := ln.Close(); err != nil {
			t.Fatal(err)
		}
		return address
	}
	t.Fatalf("every port from %d to %d is taken", block, block+blockSize-1)
	return ""
}

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
