// Package loadtest measures the real program under load: kado serve as a process of
// its own, its sandbox complete, and a load generator beside it on the same machine.
// It holds benchmarks only:
//
//	go test -run '^$' -bench Logins ./internal/cli/loadtest
//
// A million logins, to see memory stay flat:
//
//	go test -run '^$' -bench Logins/flat-out -benchtime 1000000x -timeout 3h ./internal/cli/loadtest
package loadtest
