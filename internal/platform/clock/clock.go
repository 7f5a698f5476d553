// Package clock is the one clock of the house. Offices never call time.Now:
// they hold a Clock, so that the sandbox can move time forward and everything
// that depends on it follows (house rule 9).
package clock

import (
	"fmt"
	"sync"
	"time"
)

// Clock tells the time. Implementations are safe for concurrent use and
// return UTC.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock.
func System() Clock { return system{} }

type system struct{}

func (system) Now() time.Time { return time.Now().UTC() }

// Manual is a clock that stands still until it is moved. It never goes back:
// journals, CRLs and try counters rely on that.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t.UTC()} }

// Now returns the instant the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Advance moves the clock forward by d. A negative d is refused.
func (m *Manual) Advance(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("clock: cannot move back by %s", -d)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
	return nil
}

// Set moves the clock forward to t. A t before the present is refused.
func (m *Manual) Set(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t.Before(m.now) {
		return fmt.Errorf("clock: cannot move back from %s to %s", m.now.Format(time.RFC3339), t.UTC().Format(time.RFC3339))
	}
	m.now = t.UTC()
	return nil
}
