package chip

import (
	"errors"
	"slices"
	"strings"
	"sync"
)

// Errors of a memory.
var (
	ErrDamaged  = errors.New("chip: damaged card image")
	ErrInUse    = errors.New("chip: card image in use by another process")
	ErrEmpty    = errors.New("chip: memory holds no chip")
	ErrNotEmpty = errors.New("chip: memory already holds a chip")
)

// Record is one change of a memory: a new value, or nil to erase the key.
type Record struct {
	Key   string
	Value []byte
}

// Memory is a chip's non-volatile memory: keys with values, changed by batches
// that happen wholly or not at all. When Commit returns an error the batch may
// or may not have happened; the chip then forgets what it knows and loads
// again. Commit keeps neither the batch nor its values.
type Memory interface {
	Load() (map[string][]byte, error)
	Commit(batch []Record) error
}

// RAM is a Memory that lives as long as the program. Its records stand in the
// order of their keys, which takes half the room of a map.
type RAM struct {
	mu      sync.Mutex
	records []Record
}

// NewRAM returns an empty RAM.
func NewRAM() *RAM { return &RAM{} }

// Load returns a copy of what is stored; the values are not to be changed.
func (m *RAM) Load() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string][]byte, len(m.records))
	for _, r := range m.records {
		out[r.Key] = r.Value
	}
	return out, nil
}

// Commit applies the batch.
func (m *RAM) Commit(batch []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if free := cap(m.records) - len(m.records); free < len(batch) {
		// Exactly as many as may come: thousands of cards stay small.
		m.records = append(make([]Record, 0, len(m.records)+len(batch)), m.records...)
	}
	for _, r := range batch {
		at, found := slices.BinarySearchFunc(m.records, r.Key, func(have Record, key string) int { return strings.Compare(have.Key, key) })
		switch {
		case r.Value == nil && found:
			m.records = slices.Delete(m.records, at, at+1)
		case r.Value == nil:
		case found:
			// Never in place: copies of a memory share values.
			m.records[at].Value = append([]byte{}, r.Value...)
		default:
			m.records = slices.Insert(m.records, at, Record{r.Key, append([]byte{}, r.Value...)})
		}
	}
	return nil
}

// Clone returns a memory with the same content: a card to try something on.
func (m *RAM) Clone() *RAM {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &RAM{records: slices.Clone(m.records)}
}

func apply(records map[string][]byte, batch []Record) {
	for _, r := range batch {
		if r.Value == nil {
			delete(records, r.Key)
			continue
		}
		// Never in place: copies of a memory share values.
		records[r.Key] = append([]byte{}, r.Value...)
	}
}
