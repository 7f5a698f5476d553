package production

import (
	"crypto/sha256"
	"sync"

	"kado/internal/agency/production/cardface"
)

// photoCache keeps photos as they go into the chip, by the digest of the photo
// they were made from. Drawing one takes as long as all signatures of a card
// together, and each card needs it when it is ordered, written and inspected. It
// is in memory alone: a second store of photos would be a second place in which
// one could be exchanged (P-03).
type photoCache struct {
	mu   sync.Mutex
	of   map[[32]byte][]byte
	line [][32]byte // oldest first
}

// maxPhotos bounds the cache: about 7 KB each.
const maxPhotos = 1024

// chip returns the JPEG 2000 form of an application's photo.
func (c *photoCache) chip(jpeg []byte) ([]byte, error) {
	id := sha256.Sum256(jpeg)
	c.mu.Lock()
	out, ok := c.of[id]
	c.mu.Unlock()
	if ok {
		return out, nil
	}
	out, err := cardface.PhotoJP2(jpeg)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[[32]byte][]byte{}
	}
	if _, ok := c.of[id]; !ok {
		if len(c.line) == maxPhotos {
			delete(c.of, c.line[0])
			c.line = c.line[1:]
		}
		c.of[id], c.line = out, append(c.line, id)
	}
	return out, nil
}
