package clock

import (
	"sync"
	"time"
)

// Every gives turns that come at most once in a period, to whoever asks first: for
// work that is done beside other work now and then. The zero value of the time is due
// at once. Safe for concurrent use.
type Every struct {
	Period time.Duration

	mu   sync.Mutex
	last time.Time
}

// Due tells whether it is time, and takes the turn. A clock that was set back makes it
// due, too.
func (e *Every) Due(now time.Time) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if since := now.Sub(e.last); since >= 0 && since < e.Period {
		return false
	}
	e.last = now
	return true
}
