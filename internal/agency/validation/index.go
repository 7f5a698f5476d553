package validation

import (
	"sync"
	"time"

	"kado/jpki"
	"kado/jpki/serial"
)

// Known is what the records say of one certificate, as OCSP and lists put it:
// good, or revoked (or held) for a reason since a time.
type Known struct {
	Kind       jpki.Kind
	Generation int
	Revoked    bool
	Reason     jpki.RevocationReason // Revoked
	At         time.Time             // Revoked; whole seconds, 1970 to 2106
}

// Index remembers the status of certificates by serial number: one octet each
// in an array where the number reads back to its place in the count, a few
// more for those that are revoked. What it does not know it does not say: the
// records do. Safe for concurrent use.
type Index struct {
	numbering *serial.Numbering // nil: every number goes into the table of old ones

	mu     sync.RWMutex
	chunks []*[chunkSize]uint8
	ended  map[uint64]ending
	old    map[string]Known // numbers that are of no series
}

// ending is eight octets.
type ending struct {
	at     uint32
	reason uint8
}

const (
	chunkSize = 1 << 16
	// maxPlaces bounds the array: 1 GiB.
	maxPlaces = 1 << 30
	// maxOld bounds the table of old numbers.
	maxOld = 1 << 20
)

// An entry: 0 is not known; else a set top bit, whether it ended, the kind and
// the generation.
const (
	entryKnown      = 0x80
	entryEnded      = 0x40
	entrySignature  = 0x20
	entryGeneration = 0x1f
)

// NewIndex returns an empty index over the numbers of a series; nil for none.
func NewIndex(n *serial.Numbering) *Index {
	return &Index{numbering: n, ended: map[uint64]ending{}, old: map[string]Known{}}
}

// Put remembers the status of a number, given big-endian without leading zeros.
// What the array cannot hold is left to the records.
func (x *Index) Put(number []byte, k Known) {
	place, ok := x.place(number)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !ok {
		if len(x.old) >= maxOld {
			clear(x.old)
		}
		x.old[string(number)] = k
		return
	}
	x.put(place, k)
}

func (x *Index) put(place uint64, k Known) {
	at := k.At.Unix()
	if place >= maxPlaces || k.Generation < 1 || k.Generation > entryGeneration || !k.Kind.Valid() || k.Revoked && (at < 0 || at >= 1<<32) {
		return
	}
	c := int(place / chunkSize)
	for len(x.chunks) <= c {
		x.chunks = append(x.chunks, nil)
	}
	if x.chunks[c] == nil {
		x.chunks[c] = new([chunkSize]uint8)
	}
	e := entryKnown | uint8(k.Generation)
	if k.Kind == jpki.Signature {
		e |= entrySignature
	}
	if k.Revoked {
		e |= entryEnded
		x.ended[place] = ending{uint32(at), uint8(k.Reason)}
	} else if x.chunks[c][place%chunkSize]&entryEnded != 0 {
		delete(x.ended, place)
	}
	x.chunks[c][place%chunkSize] = e
}

// Look returns what is remembered of a number; false for nothing.
func (x *Index) Look(number []byte) (Known, bool) {
	place, ok := x.place(number)
	x.mu.RLock()
	defer x.mu.RUnlock()
	if !ok {
		k, ok := x.old[string(number)]
		return k, ok
	}
	c := place / chunkSize
	if c >= uint64(len(x.chunks)) || x.chunks[c] == nil {
		return Known{}, false
	}
	e := x.chunks[c][place%chunkSize]
	if e == 0 {
		return Known{}, false
	}
	k := Known{Kind: jpki.Authentication, Generation: int(e & entryGeneration)}
	if e&entrySignature != 0 {
		k.Kind = jpki.Signature
	}
	if e&entryEnded != 0 {
		end := x.ended[place]
		k.Revoked, k.Reason, k.At = true, jpki.RevocationReason(end.reason), time.Unix(int64(end.at), 0).UTC()
	}
	return k, true
}

// Forget leaves a number to the records again.
func (x *Index) Forget(number []byte) {
	place, ok := x.place(number)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !ok {
		delete(x.old, string(number))
		return
	}
	if c := place / chunkSize; c < uint64(len(x.chunks)) && x.chunks[c] != nil {
		if x.chunks[c][place%chunkSize]&entryEnded != 0 {
			delete(x.ended, place)
		}
		x.chunks[c][place%chunkSize] = 0
	}
}

// Clear forgets everything.
func (x *Index) Clear() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.chunks, x.ended, x.old = nil, map[uint64]ending{}, map[string]Known{}
}

func (x *Index) place(number []byte) (uint64, bool) {
	if x.numbering == nil {
		return 0, false
	}
	return x.numbering.Counter(number)
}
