// Package serial makes the serial numbers of certificates: a counter seen
// through a cipher. Each is unlike all others by construction, over both
// authorities and all time, and not by luck; without the key none tells how many
// there are, which came next, or which two belong together (CRT-11, CRT-12).
// With the key a number is read back to its place in the count, so that a status
// index needs no search: it is an array.
//
// A number is one lead octet and one block of AES-256, which enciphers eight zero
// octets and the counter. Whoever guesses at a number has a chance of one in 2^64
// that it reads back to any counter at all.
package serial

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"math/big"
)

// Sizes in octets.
const (
	KeySize = 32
	Size    = 1 + aes.BlockSize // of a number: positive, without leading zeros, RFC 5280, 4.1.2.2
)

// lead is the first octet of every number: its top bit is clear, it is not zero,
// and no number of another length begins the same count.
const lead = 0x4b

// Numbering is the series of one key. Safe for concurrent use.
type Numbering struct{ block cipher.Block }

// New returns the series of a key of KeySize octets, which stays secret: with it
// numbers can be foreseen.
func New(key []byte) (*Numbering, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("serial: a key has %d octets", KeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("serial: %w", err)
	}
	return &Numbering{block}, nil
}

// Bytes returns the number at a place of the count, big-endian.
func (n *Numbering) Bytes(counter uint64) [Size]byte {
	out := [Size]byte{lead}
	binary.BigEndian.PutUint64(out[Size-8:], counter)
	n.block.Encrypt(out[1:], out[1:])
	return out
}

// At returns the number at a place of the count.
func (n *Numbering) At(counter uint64) *big.Int {
	b := n.Bytes(counter)
	return new(big.Int).SetBytes(b[:])
}

// Counter returns the place of a number, given big-endian without leading zeros;
// false for what this series never holds.
func (n *Numbering) Counter(number []byte) (uint64, bool) {
	if len(number) != Size || number[0] != lead {
		return 0, false
	}
	var plain [aes.BlockSize]byte
	n.block.Decrypt(plain[:], number[1:])
	return binary.BigEndian.Uint64(plain[8:]), binary.BigEndian.Uint64(plain[:8]) == 0
}

// String shows no key.
func (n *Numbering) String() string { return "serial.Numbering" }

// GoString shows no key.
func (n *Numbering) GoString() string { return n.String() }
