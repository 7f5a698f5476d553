package ocsp

import (
	"crypto"
	"time"

	"kado/jpki"
)

// backward writes DER from its end: what is inside is there before its length is
// asked for, so that nothing is measured twice or moved.
type backward struct {
	buffer []byte
	start  int // of what was written
}

func newBackward(size int) *backward { return &backward{make([]byte, size), size} }

// len is how much was written; as a mark it stands for the present place.
func (w *backward) len() int { return len(w.buffer) - w.start }

func (w *backward) written() []byte { return w.buffer[w.start:] }

func (w *backward) room(n int) {
	if n <= w.start {
		return
	}
	larger := make([]byte, 2*len(w.buffer)+n)
	start := len(larger) - w.len()
	copy(larger[start:], w.written())
	w.buffer, w.start = larger, start
}

func (w *backward) add(b []byte) {
	w.room(len(b))
	w.start -= len(b)
	copy(w.buffer[w.start:], b)
}

func (w *backward) octet(b byte) {
	w.room(1)
	w.start--
	w.buffer[w.start] = b
}

// wrap puts a tag and length before what was written since a mark.
func (w *backward) wrap(tag byte, mark int) {
	n := w.len() - mark
	if n < 0x80 {
		w.octet(byte(n))
	} else {
		octets := byte(0)
		for ; n > 0; n >>= 8 {
			w.octet(byte(n))
			octets++
		}
		w.octet(0x80 | octets)
	}
	w.octet(tag)
}

// Tags.
const (
	tagInteger   = 0x02
	tagBits      = 0x03
	tagOctets    = 0x04
	tagEnum      = 0x0a
	tagTime      = 0x18
	tagSequence  = 0x30
	tagContext   = 0x80 // [n], primitive
	tagExplicit  = 0xa0 // [n], constructed
	timeForm     = "20060102150405Z"
	timeFormSize = len(timeForm)
)

func (w *backward) time(t time.Time) {
	mark := w.len()
	w.room(timeFormSize)
	var text [timeFormSize]byte
	w.add(t.UTC().AppendFormat(text[:0], timeForm))
	w.wrap(tagTime, mark)
}

// Constant parts.
var (
	sha1Algorithm   = []byte{0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00}
	sha256Algorithm = []byte{0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00}
	nonceID         = []byte{0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02}
	cutoffID        = []byte{0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x06}
	basicID         = []byte{0x06, 0x09, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01}
	successful      = []byte{0x0a, 0x01, 0x00}
)

func (w *backward) certID(id *CertID) {
	whole := w.len()
	number := w.len()
	var buffer [24]byte
	b := buffer[:(id.Serial.BitLen()+7)/8]
	id.Serial.FillBytes(b)
	w.add(b)
	if b[0]&0x80 != 0 {
		w.octet(0)
	}
	w.wrap(tagInteger, number)
	for _, hash := range [2][]byte{id.IssuerKeyHash, id.IssuerNameHash} {
		mark := w.len()
		w.add(hash)
		w.wrap(tagOctets, mark)
	}
	// Both forms of the parameters are in use; clients write NULL.
	if id.Hash == crypto.SHA256 {
		w.add(sha256Algorithm)
	} else {
		w.add(sha1Algorithm)
	}
	w.wrap(tagSequence, whole)
}

func (w *backward) single(r *SingleResponse) {
	whole := w.len()
	if !r.ArchiveCutoff.IsZero() {
		mark := w.len()
		w.time(r.ArchiveCutoff)
		w.wrap(tagOctets, mark)
		w.add(cutoffID)
		w.wrap(tagSequence, mark)
		w.wrap(tagSequence, mark)
		w.wrap(tagExplicit|1, mark)
	}
	if !r.NextUpdate.IsZero() {
		mark := w.len()
		w.time(r.NextUpdate)
		w.wrap(tagExplicit, mark)
	}
	w.time(r.ThisUpdate)
	mark := w.len()
	switch r.Status {
	case Good:
		w.wrap(tagContext, mark)
	case Unknown:
		w.wrap(tagContext|2, mark)
	case Revoked:
		if r.Reason != jpki.Unspecified {
			w.octet(byte(r.Reason))
			w.wrap(tagEnum, mark)
			w.wrap(tagExplicit, mark)
		}
		w.time(r.RevokedAt)
		w.wrap(tagExplicit|1, mark)
	}
	w.certID(&r.ID)
	w.wrap(tagSequence, whole)
}

// content writes the ResponseData of a responder.
func (w *backward) content(responder []byte, t *Template) {
	whole := w.len()
	if t.Nonce != nil {
		mark := w.len()
		w.add(t.Nonce)
		w.wrap(tagOctets, mark)
		w.wrap(tagOctets, mark)
		w.add(nonceID)
		w.wrap(tagSequence, mark)
		w.wrap(tagSequence, mark)
		w.wrap(tagExplicit|1, mark)
	}
	list := w.len()
	for i := len(t.Responses) - 1; i >= 0; i-- {
		w.single(&t.Responses[i])
	}
	w.wrap(tagSequence, list)
	w.time(t.ProducedAt)
	w.add(responder)
	w.wrap(tagSequence, whole)
}

// response writes the whole around a ResponseData and its signature.
func (w *backward) response(content, algorithm, signature, certificates []byte) {
	w.add(certificates)
	mark := w.len()
	w.add(signature)
	w.octet(0)
	w.wrap(tagBits, mark)
	w.add(algorithm)
	w.add(content)
	w.wrap(tagSequence, 0)
	w.wrap(tagOctets, 0)
	w.add(basicID)
	w.wrap(tagSequence, 0)
	w.wrap(tagExplicit, 0)
	w.add(successful)
	w.wrap(tagSequence, 0)
}
