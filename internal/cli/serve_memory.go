package cli

import (
	"os"
	"runtime/debug"
)

// serverGC is how much the heap of a serving process may grow, in per cent of what is in
// use, before it is collected: a heap of some 25 MB is collected several times a second
// under load otherwise, which takes 3 % of the processors.
const serverGC = 200

// serveMemory sets that for the time of serving, where the environment does not say
// otherwise. What opening the world used is given back first: deriving the key of the
// key file takes 64 MB at once.
func serveMemory() (before func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	debug.FreeOSMemory()
	old := debug.SetGCPercent(serverGC)
	return func() { debug.SetGCPercent(old) }
}
