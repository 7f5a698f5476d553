package db

import (
	"sync/atomic"
	"unsafe"
)

// Watch sees at the price of a few memory reads whether anything was committed,
// by whatever process: it looks where SQLite's own readers look, at the header of
// the write-ahead log's index in shared memory (sqlite.org/walformat.html, 2.1),
// which a writer changes at the very moment of its commit. Safe for concurrent
// use.
type Watch struct {
	header  []byte // mapped; two copies of 48 bytes each
	strange atomic.Uint64
}

const (
	walCopySize   = 48
	walHeaderSize = 2 * walCopySize
	walFormat     = 3007000 // iVersion, the only one there is
)

// Watch returns a watch on the database; false where there is none (PostgreSQL,
// systems without shared mappings) and a query has to tell.
func (d *DB) Watch() (*Watch, bool) {
	if d.dialect != SQLite {
		return nil, false
	}
	header, err := mapShared(d.path+"-shm", walHeaderSize)
	if err != nil {
		return nil, false
	}
	w := &Watch{header: header}
	if uint32(w.word(0)) != walFormat {
		return nil, false // not the layout that this file knows
	}
	return w, true
}

// Version is another number after every commit. A reading transaction that
// begins after Version was called sees at least what the number stands for; so
// what was read then holds for as long as Version stays the same.
func (w *Watch) Version() uint64 {
	for range 100 {
		// SQLite writes the second copy first. Reading in the other order, two equal
		// copies are one whole header.
		var sum uint64 = 14695981039346656037
		equal := true
		var first [walCopySize / 8]uint64
		for i := range first {
			first[i] = w.word(i)
		}
		for i, v := range first {
			equal = equal && w.word(walCopySize/8+i) == v
			sum = (sum ^ v) * 1099511628211
			sum ^= sum >> 29
		}
		if equal {
			return sum
		}
	}
	// A writer stands in the midst of it, or died there: no number is like
	// another until a writer has put it right.
	return w.strange.Add(1)
}

func (w *Watch) word(i int) uint64 {
	return atomic.LoadUint64((*uint64)(unsafe.Pointer(&w.header[8*i])))
}
