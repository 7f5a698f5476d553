package clock_test

import (
	"testing"
	"time"

	"kado/internal/platform/clock"
)

func TestEvery(t *testing.T) {
	e := clock.Every{Period: time.Second}
	at := time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		after time.Duration
		due   bool
	}{{0, true}, {0, false}, {999 * time.Millisecond, false}, {time.Second, true}, {1500 * time.Millisecond, false}, {-time.Hour, true}, {-time.Hour, false}, {0, true}} {
		if got := e.Due(at.Add(c.after)); got != c.due {
			t.Errorf("after %v: %v", c.after, got)
		}
	}
}
