package chip

import (
	"errors"
	"maps"
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
// again.
type Memory interface {
	Load() (map[string][]byte, error)
	Commit(batch []Record) error
}

// RAM is a Memory that lives as long as the program.
type RAM struct {
	mu      sync.Mutex
	records map[string][]byte
}

// NewRAM returns an empty RAM.
func NewRAM() *RAM { return &RAM{records: map[string][]byte{}} }

// Load returns a copy of what is stored; the values are not to be changed.
func (m *RAM) Load() (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.records), nil
}

// Commit applies the batch.
func (m *RAM) Commit(batch []Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	apply(m.records, batch)
	return nil
}

// Clone returns a memory with the same content: a card to try something on.
func (m *RAM) Clone() *RAM {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &RAM{records: maps.Clone(m.records)}
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
