package validation

import (
	"context"
	"sync"
	"sync/atomic"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/mynumber"
)

// Changes tells when records of certificates and cards moved, so that what was
// read of them may be kept until then.
type Changes interface {
	// Version is another number after every commit of any process. What is read
	// after a call of Version holds for as long as the number stays.
	Version(ctx context.Context) (uint64, error)
	// Since returns what moved after a mark, and the mark of now; all says that
	// everything may have moved. A negative mark asks for the mark alone.
	Since(ctx context.Context, mark int64) (moved []Change, now int64, all bool, err error)
}

// Change is a record that moved: a certificate, or a card with all of its
// certificates.
type Change struct {
	Card   mynumber.CardID
	Serial string
}

// maxChanges bounds what is read in one go; behind that everything is forgotten.
const maxChanges = 4096

// journalChanges reads the journal: whatever moves a card or a certificate
// writes there in the same transaction, naming it. On SQLite the version comes from
// shared memory and costs nanoseconds. Elsewhere it is the number of the
// journal's newest entry, asked of the database once for all requests that came in
// before the question was put.
type journalChanges struct {
	db    *db.DB
	watch *db.Watch // nil where there is none

	mu   sync.Mutex
	next *asking // not yet begun: requests may still join
	busy bool
}

type asking struct {
	done    chan struct{}
	version uint64
	err     error
}

// JournalChanges returns the changes of the database that holds the records.
func JournalChanges(d *db.DB) Changes {
	c := &journalChanges{db: d}
	if w, ok := d.Watch(); ok {
		c.watch = w
	}
	return c
}

func (c *journalChanges) Version(ctx context.Context) (uint64, error) {
	if c.watch != nil {
		return c.watch.Version(), nil
	}
	c.mu.Lock()
	if c.next == nil {
		c.next = &asking{done: make(chan struct{})}
	}
	mine := c.next
	if !c.busy {
		c.busy = true
		go c.answer()
	}
	c.mu.Unlock()
	select {
	case <-mine.done:
		return mine.version, mine.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// answer asks the database for as long as somebody waits. Who comes while a
// question is out waits for the next one: an older answer might miss an act that was
// acknowledged before the request came.
func (c *journalChanges) answer() {
	for {
		c.mu.Lock()
		a := c.next
		c.next = nil
		if a == nil {
			c.busy = false
			c.mu.Unlock()
			return
		}
		c.mu.Unlock()
		var head journal.Head
		a.err = c.db.View(context.Background(), func(tx *db.Tx) (err error) {
			head, err = journal.Latest(context.Background(), tx)
			return err
		})
		a.version = uint64(head.Seq)
		close(a.done)
	}
}

func (c *journalChanges) Since(ctx context.Context, mark int64) (moved []Change, now int64, all bool, err error) {
	err = c.db.View(ctx, func(tx *db.Tx) error {
		moved, all = nil, false
		head, err := journal.Latest(ctx, tx)
		if err != nil {
			return err
		}
		now = head.Seq
		if mark < 0 || mark >= now {
			return nil
		}
		if now-mark > maxChanges {
			all = true
			return nil
		}
		for before := now + 1; before > mark+1; {
			page, err := journal.Recent(ctx, tx, before, int(before-mark-1))
			if err != nil {
				return err
			}
			if len(page) == 0 {
				all = true // the journal has a hole: trust nothing
				return nil
			}
			for _, e := range page {
				if e.Seq <= mark {
					return nil
				}
				before = e.Seq
				if e.Office != "cards" && e.Office != "authority" {
					continue
				}
				// Neither card nor serial: an act upon something else, or upon all.
				all = all || e.Card == "" && e.Serial == ""
				moved = append(moved, Change{mynumber.CardID(e.Card), e.Serial})
			}
		}
		return nil
	})
	return moved, now, all, err
}

// always is for an office without Changes: nothing is kept.
type always struct{ n atomic.Uint64 }

func (a *always) Version(context.Context) (uint64, error) { return a.n.Add(1), nil }

func (a *always) Since(context.Context, int64) ([]Change, int64, bool, error) {
	return nil, int64(a.n.Load()), true, nil
}
