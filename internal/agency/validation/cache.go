package validation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"kado/jpki"
	"kado/mynumber"
)

// memory keeps answers that were signed and statuses that were read, between
// requests. Before it gives one out it asks whether anything was committed since it
// looked last, and takes in what moved: so no request is answered by what was
// true before an act that was acknowledged when it came, of whatever process
// . What the clock alone changes never outlives its day: see prepared.renew.
type memory struct {
	changes Changes
	index   *Index
	// ofCard returns the serial numbers of a card's certificates.
	ofCard func(context.Context, mynumber.CardID) ([]string, error)
	most   int

	version atomic.Uint64 // up to which changes were taken in
	mark    atomic.Int64  // the same, as Changes counts
	dates   atomic.Pointer[dates]

	mu      sync.RWMutex
	answers map[string]*prepared           // by kind and request
	of      map[string]map[string]struct{} // serial number → keys of answers
	// While the index is being filled from the records: what moved since that began,
	// and whether everything may have.
	filling bool
	moved   map[string]struct{}
	swept   bool
	full    bool // it was filled and not swept since
}

// prepared is a signed answer that waits for its question.
type prepared struct {
	der   []byte
	cache caching
	made  time.Time
	renew time.Time // when it is to be made anew
}

// caching is what HTTP caches are told of an answer, as values of header lines.
type caching struct {
	since                           time.Time
	etag, modified, control, length []string
}

// dates is how Date and Expires look in one second, in all answers.
type dates struct {
	second        int64
	date, expires []string
}

func newMemory(c Changes, index *Index, most int, ofCard func(context.Context, mynumber.CardID) ([]string, error)) *memory {
	m := &memory{changes: c, index: index, ofCard: ofCard, most: most, answers: map[string]*prepared{}, of: map[string]map[string]struct{}{}}
	m.mark.Store(-1)
	return m
}

// catchUp takes in what moved since it was called last. It returns the mark that
// keep asks for: what is read from now on is at least as new as it.
func (m *memory) catchUp(ctx context.Context) (int64, error) {
	v, err := m.changes.Version(ctx)
	if err != nil {
		return 0, err
	}
	if m.version.Load() == v {
		if mark := m.mark.Load(); mark >= 0 {
			return mark, nil
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.version.Load() == v && m.mark.Load() >= 0 {
		return m.mark.Load(), nil
	}
	moved, now, all, err := m.changes.Since(ctx, m.mark.Load())
	if err != nil {
		return 0, err
	}
	if !all {
		all = m.forget(ctx, moved) != nil
	}
	if all {
		m.index.Clear()
		clear(m.answers)
		clear(m.of)
		m.swept, m.full = true, false
	}
	// The version was asked first: it may be behind what was taken in, never
	// ahead of it.
	m.mark.Store(now)
	m.version.Store(v)
	return now, nil
}

func (m *memory) forget(ctx context.Context, moved []Change) error {
	done := make(map[Change]bool, len(moved))
	for _, c := range moved {
		if done[c] {
			continue
		}
		done[c] = true
		m.drop(c.Serial)
		card := Change{Card: c.Card}
		if c.Card == "" || done[card] && c != card {
			continue
		}
		done[card] = true
		serials, err := m.ofCard(ctx, c.Card)
		if err != nil {
			return err
		}
		for _, s := range serials {
			m.drop(s)
		}
	}
	return nil
}

// drop forgets one certificate.
func (m *memory) drop(serial string) {
	n, ok := new(big.Int).SetString(serial, 16)
	if !ok {
		return
	}
	m.index.Forget(n.Bytes())
	if m.filling {
		m.moved[serial] = struct{}{}
	}
	for key := range m.of[serial] {
		delete(m.answers, key)
	}
	delete(m.of, serial)
}

// answer returns the signed answer to a request, where there is one that is
// neither due to be made anew nor, the clock having been put back, from the future.
func (m *memory) answer(key []byte, now time.Time) (*prepared, bool) {
	m.mu.RLock()
	p := m.answers[string(key)]
	m.mu.RUnlock()
	return p, p != nil && now.Before(p.renew) && !now.Before(p.made)
}

// keep takes in a signed answer, unless something moved since the mark.
func (m *memory) keep(mark int64, key []byte, serial string, p *prepared) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mark.Load() != mark {
		return
	}
	if len(m.answers) >= m.most {
		m.shrink()
	}
	k := string(key)
	m.answers[k] = p
	if m.of[serial] == nil {
		m.of[serial] = map[string]struct{}{}
	}
	m.of[serial][k] = struct{}{}
}

// shrink makes room: a sixteenth of the certificates, whichever come first.
func (m *memory) shrink() {
	n := max(1, len(m.of)/16)
	for serial, keys := range m.of {
		for key := range keys {
			delete(m.answers, key)
		}
		delete(m.of, serial)
		if n--; n == 0 {
			return
		}
	}
}

// know takes in what the records said, unless something moved since the mark.
func (m *memory) know(mark int64, number []byte, k Known) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.mark.Load() == mark {
		m.index.Put(number, k)
	}
}

// newPrepared makes a signed answer ready to be handed out. It is made anew at half
// of its life, and when the day ends in Japan: on that border cards expire.
func newPrepared(der []byte, made, ends time.Time) *prepared {
	p := &prepared{der: der, made: made, renew: made.Add(ends.Sub(made) / 2)}
	if midnight := mynumber.DateOf(made).EndOfDay().Add(time.Second); midnight.Before(p.renew) {
		p.renew = midnight
	}
	sum := sha256.Sum256(der)
	p.cache = caching{
		since:    made,
		etag:     []string{`"` + hex.EncodeToString(sum[:16]) + `"`},
		modified: []string{made.UTC().Format(http.TimeFormat)},
		control:  []string{cacheFor(min(answerMaxAge, ends.Sub(p.renew)))},
		length:   []string{strconv.Itoa(len(der))},
	}
	return p
}

// datesAt returns what caches are told in this second.
func (m *memory) datesAt(now time.Time) *dates {
	d := m.dates.Load()
	if d == nil || d.second != now.Unix() {
		d = &dates{now.Unix(), []string{now.UTC().Format(http.TimeFormat)}, []string{now.Add(answerMaxAge).UTC().Format(http.TimeFormat)}}
		m.dates.Store(d)
	}
	return d
}

// key is a request as memory finds it again.
func key(buffer []byte, kind jpki.Kind, request []byte) []byte {
	return append(append(buffer[:0], byte(kind)), request...)
}

// turnstile lets a few goroutines sign at a time. More of them would sign no
// faster and would keep the network waiting; and whoever would wait too long is told
// to come again.
type turnstile struct {
	slots   chan struct{}
	waiting atomic.Int64
	most    int64
}

func newTurnstile(slots, most int) *turnstile {
	return &turnstile{slots: make(chan struct{}, slots), most: int64(most)}
}

var errCrowded = fmt.Errorf("validation: too many wait for a signature")

func (t *turnstile) enter(ctx context.Context) error {
	select {
	case t.slots <- struct{}{}:
		return nil
	default:
	}
	if t.waiting.Add(1) > t.most {
		t.waiting.Add(-1)
		return errCrowded
	}
	defer t.waiting.Add(-1)
	select {
	case t.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *turnstile) leave() { <-t.slots }
