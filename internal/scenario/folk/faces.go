package folk

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"kado/internal/world/portrait"
	"kado/mynumber"
)

// faces are portraits of a batch on the way: they are drawn on every processor
// while the desks work, since they take longer than all else that is not a key.
type faces struct {
	drawn []chan face // one each, with room for it
	stop  func()      // ends the drawing and waits for its end
}

type face struct {
	jpeg []byte
	err  error
}

// draw begins to draw, in the order of the people.
func (m *maker) draw(ctx context.Context, whom []*spec) faces {
	ctx, cancel := context.WithCancel(ctx)
	f := faces{drawn: make([]chan face, len(whom))}
	for i := range f.drawn {
		f.drawn[i] = make(chan face, 1)
	}
	now, today := mynumber.DateOf(m.now), m.today()
	var next atomic.Int64
	var painters sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(whom)) {
		painters.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(whom) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				jpeg, err := m.portrait(whom[i], now, today)
				f.drawn[i] <- face{jpeg, err}
			}
		})
	}
	f.stop = func() { cancel(); painters.Wait() }
	return f
}

// get waits for one portrait.
func (f faces) get(ctx context.Context, i int) ([]byte, error) {
	select {
	case got := <-f.drawn[i]:
		return got.jpeg, got.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// portrait draws a persona as old as it is on a day.
func (m *maker) portrait(s *spec, now, on mynumber.Date) ([]byte, error) {
	return portrait.Draw(m.box.Entropy.Stream("portrait."+s.id), portrait.Subject{Age: max(0, mynumber.AgeOn(s.birth(now), on)), Sex: s.sex})
}
