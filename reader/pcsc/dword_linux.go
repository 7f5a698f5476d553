//go:build !kado_nopcsc && (amd64 || arm64)

package pcsc

// dword is the service's number: an unsigned long of C.
type dword = uint
