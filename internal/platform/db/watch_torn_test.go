package db

import "testing"

// A writer that stands in the midst of the header, or died there, leaves two copies
// that differ: until they are equal again no version is like another.
func TestWatch_TornHeaderIsNeverTheSame(t *testing.T) {
	w := &Watch{header: make([]byte, walHeaderSize)}
	whole := w.Version()
	if w.Version() != whole {
		t.Error("a whole header changes by itself")
	}
	for i := range w.header {
		w.header[i] ^= 1
		a, b := w.Version(), w.Version()
		if a == b || a == whole || b == whole {
			t.Errorf("octet %d of one copy differs: versions %d, %d", i, a, b)
		}
		w.header[i] ^= 1
	}
	for i := range walCopySize {
		w.header[i] ^= 1
		w.header[walCopySize+i] ^= 1
		if w.Version() == whole {
			t.Errorf("octet %d counts for nothing", i)
		}
		w.header[i] ^= 1
		w.header[walCopySize+i] ^= 1
	}
	if w.Version() != whole {
		t.Error("the same header has another version")
	}
}
