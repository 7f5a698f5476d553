package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// Committing costs a write to the disk, whatever was written. So the acts of one
// process share commits: while one commit is under way the next acts queue, run one
// after another in one transaction of the engine, each behind a savepoint of its
// own, and are committed together. An act is answered when the commit that holds
// it is done, never before; an act that fails is rolled back alone. Its failure is
// told after that commit, too: it may rest on what an act before it wrote, which
// nobody outside may learn of before it is there. An act that finds nobody else
// waiting is a transaction by itself, as it would be without this file.

// maxGroup bounds how many acts share a commit: the first of them waits for the
// last, and other processes wait for all.
const maxGroup = 32

// savepoint is the statement that begins an act which is not the first of its
// group. Savepoints of one name lie upon each other, so none is released: on
// PostgreSQL each statement is a way to the server and back.
const savepoint = `SAVEPOINT kado_act`

// errGroupLost says that the transaction ended beneath acts that had nothing to do
// with it. They run again.
var errGroupLost = errors.New("db: the transaction was lost with another act's failure")

// writers hands the one writing connection from act to act.
type writers struct {
	mu      sync.Mutex
	taken   bool // by an act, or by a commit
	queue   []*act
	commits int // of the engine, so far
}

// act is a transaction of a caller that waits, first for its turn, then for its
// commit.
type act struct {
	turn   chan *group // its turn, with the group that it joins (nil: a new one)
	done   chan error  // how the commit ended
	failed bool        // it has nothing in the commit, and waits for what it saw
}

// group is one transaction of the engine.
type group struct {
	tx     *sql.Tx
	cancel func()
	acts   []*act // those that ran and wait for the commit; the first has not failed
	lost   bool   // the transaction is of no use any more
}

// enter waits for a turn.
func (w *writers) enter(ctx context.Context) (*act, *group, error) {
	a := &act{turn: make(chan *group, 1), done: make(chan error, 1)}
	w.mu.Lock()
	if !w.taken {
		w.taken = true
		w.mu.Unlock()
		return a, nil, nil
	}
	w.queue = append(w.queue, a)
	w.mu.Unlock()
	select {
	case g := <-a.turn:
		return a, g, nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	for i, other := range w.queue {
		if other == a {
			w.queue = append(w.queue[:i:i], w.queue[i+1:]...)
			w.mu.Unlock()
			return nil, nil, ctx.Err()
		}
	}
	w.mu.Unlock()
	// The turn came at the same moment: it has to be handed on.
	w.leave(<-a.turn)
	return nil, nil, ctx.Err()
}

// leave gives the turn to the next act: together with the group where that has room,
// after its commit otherwise.
func (w *writers) leave(g *group) {
	if g != nil && !g.lost && len(g.acts) < maxGroup {
		if next := w.next(false); next != nil {
			next.turn <- g
			return
		}
	}
	if g != nil {
		g.end()
		w.mu.Lock()
		w.commits++
		w.mu.Unlock()
	}
	if next := w.next(true); next != nil {
		next.turn <- nil
	}
}

// next takes the first act out of the queue. Where there is none and free says so,
// the connection is nobody's from then on.
func (w *writers) next(free bool) *act {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.taken = !free
		return nil
	}
	a := w.queue[0]
	w.queue = append(w.queue[:0], w.queue[1:]...)
	return a
}

// end commits a group and tells its acts how that went.
func (g *group) end() {
	var err error
	switch {
	case g.lost:
		_ = g.tx.Rollback()
		err = errGroupLost
	case len(g.acts) == 0:
		_ = g.tx.Rollback() // nothing to commit
	default:
		if err = g.tx.Commit(); err != nil && !isRetryable(err) {
			err = OutcomeUnknown.Because(err)
		}
	}
	g.cancel()
	for _, a := range g.acts {
		if a.failed && err != nil {
			a.done <- errGroupLost // what it saw may not be there
			continue
		}
		a.done <- err
	}
}

// once runs f and waits until it is committed.
func (d *DB) once(ctx context.Context, f func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	a, g, err := d.writers.enter(ctx)
	if err != nil {
		return err
	}
	waits := false
	// Whatever f does, a panic included, the turn goes on.
	func() {
		defer func() { d.writers.leave(g) }()
		if g == nil {
			if g, err = d.begin(ctx); err != nil {
				return
			}
		} else if _, e := g.tx.Exec(savepoint); e != nil {
			// Not this act's failure: those before it, or the connection. It runs again,
			// too, and hears of a server that is gone when it begins.
			g.lost, err = true, fmt.Errorf("%w: %w", errGroupLost, e)
			return
		}
		a.failed = true
		defer func() {
			if a.failed {
				g.undo()
			}
			if !a.failed || len(g.acts) > 0 {
				g.acts, waits = append(g.acts, a), true
			}
		}()
		err = d.run(ctx, g, f)
		a.failed = err != nil
	}()
	if waits {
		if ended := <-a.done; ended != nil {
			return ended
		}
	}
	return err
}

// begin begins a transaction of the engine. Once it has begun it does not end with the
// context of the act that came first.
func (d *DB) begin(ctx context.Context) (*group, error) {
	whole, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	t, err := d.write.BeginTx(whole, nil)
	if err == nil && d.dialect == Postgres {
		if _, err = t.ExecContext(whole, `SELECT pg_advisory_xact_lock($1)`, int64(writerLock)); err != nil {
			_ = t.Rollback()
		}
	}
	stop()
	if err != nil {
		cancel()
		return nil, notBegun(ctx, err)
	}
	return &group{tx: t, cancel: cancel}, nil
}

// run runs f in a group and says whether what it wrote may stay.
func (d *DB) run(ctx context.Context, g *group, f func(*Tx) error) error {
	// SQLite's driver watches a context by a goroutine for each statement, which costs
	// more than the statement; there they are short, and nobody else's lock stops one.
	tx := &Tx{tx: g.tx, dialect: d.dialect, whole: len(g.acts) > 0 || d.dialect == SQLite}
	defer func() {
		if tx.rows != nil {
			_ = tx.rows.Close()
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return Misuse.Because(tx.failed, "commit after a failed statement")
	}
	if tx.rows != nil {
		return Misuse.New("commit while rows are being read")
	}
	return ctx.Err()
}

// undo takes back what the last act wrote, and nothing else.
func (g *group) undo() {
	if len(g.acts) == 0 {
		g.lost = true // there is nobody else's work in it
		return
	}
	if _, err := g.tx.Exec(`ROLLBACK TO SAVEPOINT kado_act`); err != nil {
		g.lost = true
	}
}
