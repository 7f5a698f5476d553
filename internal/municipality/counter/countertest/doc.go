// Package countertest is a small town for tests of production and counter: real
// offices on one SQLite file, staff at terminals, and chips in memory. What a
// test wants to fail goes through a Breaker. RSA keys are put together from a few
// primes that one test program shares, so that a card costs no key generation.
package countertest
