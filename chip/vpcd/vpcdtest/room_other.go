//go:build !linux

package vpcdtest

import "testing"

// Main runs the tests: elsewhere there are no namespaces and no pcscd.
func Main(m *testing.M) int { return m.Run() }

func takeTurn(tb testing.TB) {
	tb.Helper()
	Missing(tb, "pcscd with a virtual reader runs on Linux only")
}
