//go:build !kado_nopcsc && (darwin || windows)

package pcsc

// dword is the service's number: 32 bits.
type dword = uint32
