package clock_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/platform/clock"
)

var start = time.Date(2026, 4, 1, 12, 0, 0, 0, time.FixedZone("JST", 9*3600))

// Whatever is tried, the clock stands where the permitted moves have brought it,
// and never goes back.
func TestManualNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, model := clock.NewManual(start), start
		for range rapid.IntRange(1, 30).Draw(t, "moves") {
			before := c.Now()
			d := time.Duration(rapid.Int64Range(-int64(48*time.Hour), int64(48*time.Hour)).Draw(t, "d"))
			var err error
			if rapid.Bool().Draw(t, "set") {
				err = c.Set(model.Add(d))
			} else {
				err = c.Advance(d)
			}
			if (err == nil) != (d >= 0) {
				t.Fatalf("move by %s: %v", d, err)
			}
			if err == nil {
				model = model.Add(d)
			}
			now := c.Now()
			if !now.Equal(model) || now.Before(before) || now.Location() != time.UTC {
				t.Fatalf("it stands at %s, want %s", now, model)
			}
		}
	})
}

func TestClocksTellUTC(t *testing.T) {
	for name, c := range map[string]clock.Clock{"system": clock.System(), "manual": clock.NewManual(start)} {
		if now := c.Now(); now.Location() != time.UTC || now.IsZero() {
			t.Errorf("%s: %s", name, now)
		}
	}
}

// Several at once: no move is lost, and no reader sees time going back.
func TestManualIsSafeForSeveral(t *testing.T) {
	c := clock.NewManual(start)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			last := c.Now()
			for range 200 {
				if err := c.Advance(time.Second); err != nil {
					t.Error(err)
				}
				now := c.Now()
				if now.Before(last) {
					t.Errorf("back from %s to %s", last, now)
				}
				last = now
			}
		})
	}
	wg.Wait()
	if want := start.Add(1600 * time.Second); !c.Now().Equal(want) {
		t.Errorf("it stands at %s, want %s", c.Now(), want)
	}
}

// A clock that was set going follows what has elapsed, can be moved on top of
// it, and neither stops nor goes back when what it follows does.
func TestManualRuns(t *testing.T) {
	start := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	m := clock.NewManual(start)
	passed := 100 * time.Second
	m.Run(func() time.Duration { return passed })
	at := func(want time.Duration) {
		t.Helper()
		if got := m.Now().Sub(start); got != want {
			t.Errorf("%s after the start, want %s", got, want)
		}
	}
	at(0)
	passed += time.Second
	at(time.Second)
	if err := m.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	passed += time.Second
	at(time.Hour + 2*time.Second)
	passed -= 30 * time.Second
	at(time.Hour + 2*time.Second)
	passed += 31 * time.Second
	at(time.Hour + 3*time.Second)
	if err := m.Set(start); err == nil {
		t.Error("set back")
	}
	m.Run(nil)
	passed += time.Hour
	at(time.Hour + 3*time.Second)
	elapsed := clock.Elapsed()
	if first, second := elapsed(), elapsed(); first < 0 || first > second {
		t.Error("elapsed goes back")
	}
}
