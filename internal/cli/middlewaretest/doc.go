// Package middlewaretest lays cards on the real pcscd and lets middleware that
// knows nothing of Kado use them: OpenSC's driver for this card with its tools
// and PKCS#11 module, pcsc-tools, OpenSSL, Chromium, Firefox and curl at a login by
// mutual TLS, and Kado's own reader over PC/SC. It holds tests only; `make deps`
// installs the tools.
package middlewaretest
