package chip

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"sync"

	"kado/cardmgmt"
)

// Record keys of the chip's own facts.
const (
	recordState            = "state"
	recordSerial           = "serial"
	recordManagementKey    = "management"
	recordTransportPrivate = "transport"
	recordTransportPublic  = "transport.pub"
	recordFreeArea         = "freearea" // capacity in bytes, 4 bytes
	recordTamper           = "tamper"   // what was sensed, 1 byte
)

// Record keys of files, reference values, try counters, keys, and keys beside
// the current ones begin with f, v, t, k and n and name application and entry.
func fileRecord(e *entry) string   { return e.fileKey }
func valueRecord(e *entry) string  { return e.valueKey }
func triesRecord(e *entry) string  { return e.triesKey }
func keyRecord(e *entry) string    { return e.keyKey }
func besideRecord(e *entry) string { return e.besideKey }

// maxValue is the longest PIN, password or verification number in bytes.
const maxValue = 16

// contents is a whole non-volatile memory.
type contents map[string][]byte

func (m contents) state() State { return State(m[recordState][0]) }

// check refuses a memory that no run of this program can have left.
func (m contents) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: %s", ErrDamaged, what) }
	if len(m[recordState]) != 1 || m.state() > StateTampered {
		return bad("life-cycle state")
	}
	switch m.state() {
	case StateTerminated:
		if len(m) != 1 {
			return bad("terminated chip with content")
		}
		return nil
	case StateTampered:
		if len(m) != 2 || len(m[recordTamper]) != 1 {
			return bad("tampered chip with content")
		}
		return nil
	}
	if c := m[recordFreeArea]; c != nil && len(c) != 4 {
		return bad("size of the free area")
	}
	if !cardmgmt.ValidSerial(string(m[recordSerial])) || len(m[recordManagementKey]) != cardmgmt.KeyLen ||
		len(m[recordTransportPublic]) != cardmgmt.TransportKeyLen || len(m[recordTransportPrivate]) == 0 {
		return bad("maker's data")
	}
	for k, v := range m {
		switch {
		case len(k) == 3 && k[0] == 't':
			if len(v) != 2 || v[0] > v[1] || v[1] > 15 {
				return bad("try counter")
			}
		case len(k) == 3 && k[0] == 'v':
			if len(v) != 1+maxValue || v[0] > maxValue {
				return bad("reference value")
			}
		case len(k) == 2 && k[0] == 'a':
			if !soundApplet(k, v) {
				return bad("applet")
			}
		}
	}
	return nil
}

// file returns a file's content, nil when the card has none.
func (m contents) file(e *entry) []byte {
	if e.fixed != nil {
		return e.fixed
	}
	return m[fileRecord(e)]
}

// exists reports whether SELECT finds the entry.
func (m contents) exists(e *entry) bool {
	switch e.kind {
	case transparent, record:
		return m.file(e) != nil
	case object:
		return false
	case key:
		return m[keyRecord(e)] != nil
	}
	return true
}

// tries returns the tries left; 0 for a reference that was never set, which
// nobody can tell from a blocked one.
func (m contents) tries(e *entry) int {
	if m[valueRecord(e)] == nil || len(m[triesRecord(e)]) != 2 {
		return 0
	}
	return int(m[triesRecord(e)][0])
}

// change is a batch in the making over the contents it will change.
type change struct {
	base contents
	over map[string][]byte
}

func newChange(base contents) *change { return &change{base, map[string][]byte{}} }

func (ch *change) set(k string, v []byte) { ch.over[k] = v }
func (ch *change) erase(k string)         { ch.over[k] = nil }

func (ch *change) get(k string) []byte {
	if v, ok := ch.over[k]; ok {
		return v
	}
	return ch.base[k]
}

func (ch *change) setFile(e *entry, content []byte) { ch.set(fileRecord(e), content) }

// setReference sets value and counter; a value is stored with its length in a
// field of fixed size, so that comparing takes the same time for all.
func (ch *change) setReference(e *entry, value []byte, tries int) {
	ch.set(valueRecord(e), paddedValue(value))
	ch.setTries(e, tries, tries)
}

func (ch *change) setTries(e *entry, left, limit int) {
	ch.set(triesRecord(e), []byte{byte(left), byte(limit)})
}

// counters are all values of a counter record: tries left, limit.
var counters = func() (all [16][16][2]byte) {
	for left := range all {
		for limit := range all[left] {
			all[left][limit] = [2]byte{byte(left), byte(limit)}
		}
	}
	return all
}()

// commitTries writes one counter, the commonest write of all, without making
// anything.
func (c *Card) commitTries(e *entry, left, limit int) bool {
	value := counters[left][limit][:]
	c.counter[0] = Record{e.triesKey, value}
	if c.mem.Commit(c.counter[:]) != nil {
		c.forget()
		return false
	}
	c.nv[e.triesKey] = value
	return true
}

func paddedValue(v []byte) []byte {
	out := make([]byte, 1+maxValue)
	out[0] = byte(len(v))
	copy(out[1:], v)
	return out
}

// records returns the batch in a fixed order.
func (ch *change) records() []Record {
	out := make([]Record, 0, len(ch.over))
	for k, v := range ch.over {
		out = append(out, Record{k, v})
	}
	slices.SortFunc(out, func(a, b Record) int { return strings.Compare(a.Key, b.Key) })
	return out
}

// commit writes the change. On failure nobody knows whether it was written:
// the card forgets everything volatile and loads its memory before the next
// command.
func (c *Card) commit(ch *change) bool { return c.write(ch.records()) }

func (c *Card) write(batch []Record) bool {
	if err := c.mem.Commit(batch); err != nil {
		c.forget()
		return false
	}
	apply(c.nv, batch)
	for _, r := range batch {
		switch r.Key[0] {
		case 'k', 'n':
			delete(c.parsed, r.Key)
		case 'a':
			c.applets = c.nv.applets()
		}
	}
	return true
}

// forget is what a failed commit leaves.
func (c *Card) forget() {
	c.stale = true
	c.volatile = volatile{}
}

// privateKey decodes a stored key; the result is kept while it is current.
func (c *Card) privateKey(record string) crypto.Signer {
	if k := c.parsed[record]; k != nil {
		return k
	}
	der := c.nv[record]
	if der == nil {
		return nil
	}
	k := c.keyring.decode(der)
	if k != nil {
		c.parsed[record] = k
	}
	return k
}

// Keyring holds decoded private keys by what they were decoded from. The zero value
// is ready, and nil decodes each time. Safe for concurrent use.
type Keyring struct {
	mu   sync.Mutex
	keys map[string]crypto.Signer
}

// maxKeyring bounds a keyring: more than one card has.
const maxKeyring = 32

func (k *Keyring) decode(der []byte) crypto.Signer {
	if k == nil {
		return decodeKey(der)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.keys[string(der)]; s != nil {
		return s
	}
	s := decodeKey(der)
	if s != nil {
		if k.keys == nil || len(k.keys) >= maxKeyring {
			k.keys = map[string]crypto.Signer{}
		}
		k.keys[string(der)] = s
	}
	return s
}

// rsaKey is privateKey for the places where every card has an RSA key.
func (c *Card) rsaKey(record string) *rsa.PrivateKey {
	k, _ := c.privateKey(record).(*rsa.PrivateKey)
	return k
}

// A key is stored as PKCS#1 when it is RSA and as SEC 1 when it is P-384. The
// first of the two is what images from before the second have, so that they stay
// readable; the version number in front tells them apart.
func encodeKey(k crypto.Signer) ([]byte, error) {
	switch k := k.(type) {
	case *rsa.PrivateKey:
		return x509.MarshalPKCS1PrivateKey(k), nil
	case *ecdsa.PrivateKey:
		return x509.MarshalECPrivateKey(k)
	}
	return nil, cardmgmt.ErrKeyType
}

func decodeKey(der []byte) crypto.Signer {
	var k crypto.Signer
	if r, err := x509.ParsePKCS1PrivateKey(der); err == nil {
		k = r
	} else if e, err := x509.ParseECPrivateKey(der); err == nil {
		k = e
	}
	if k == nil {
		return nil
	}
	if _, err := cardmgmt.KeyTypeOf(k.Public()); err != nil {
		return nil
	}
	return k
}
