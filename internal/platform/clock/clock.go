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

// Manual is a clock that stands still until it is moved or set going. It never
// goes back: journals, CRLs and try counters rely on that.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	elapsed func() time.Duration // nil while it stands
	counted time.Duration        // of elapsed, already in now
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual { return &Manual{now: t.UTC()} }

// Now returns the instant the clock shows.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	return m.now
}

// tick brings now up to what has elapsed. What runs backwards counts for
// nothing.
func (m *Manual) tick() {
	if m.elapsed == nil {
		return
	}
	if e := m.elapsed(); e > m.counted {
		m.now, m.counted = m.now.Add(e-m.counted), e
	}
}

// Run sets the clock going: from here it follows elapsed, which tells how much
// time has passed since some start; nil stops it. It can still be moved forward.
func (m *Manual) Run(elapsed func() time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	m.elapsed, m.counted = elapsed, 0
	if elapsed != nil {
		m.counted = elapsed()
	}
}

// Elapsed tells how much of the machine's time has passed since it was called,
// for Run. Setting the machine's clock does not change it.
func Elapsed() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// Advance moves the clock forward by d. A negative d is refused.
func (m *Manual) Advance(d time.Duration) error {
	if d < 0 {
		return fmt.Errorf("clock: cannot move back by %s", -d)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	m.now = m.now.Add(d)
	return nil
}

// Set moves the clock forward to t. A t before the present is refused.
func (m *Manual) Set(t time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tick()
	if t.Before(m.now) {
		return fmt.Errorf("clock: cannot move back from %s to %s", m.now.Format(time.RFC3339), t.UTC().Format(time.RFC3339))
	}
	m.now = t.UTC()
	return nil
}
