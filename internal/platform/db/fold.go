package db

import (
	"context"
	"database/sql"
	"sync"
)

// SQLite appends what is committed to a log and folds the log into the file now and
// then (a checkpoint, sqlite.org/wal.html 2.2). Left to itself it does so within the
// commit that makes the log too long: that act, and every act behind it, waits until
// a thousand pages are written and synced. Here a connection of its own folds beside
// the commits. It cannot empty the log, for commits go on meanwhile; so where the log
// has become long it takes a turn among the writers, with little left to fold by
// then, and the next commit begins the log anew.

const (
	// foldEvery is how many commits make it worth a look: each fold costs two syncs.
	foldEvery = 100
	// longLog is the length in pages from which a turn is worth taking: 16 MB.
	longLog = 4000
	// longestLog is the length in pages from which a commit folds by itself after
	// all: the folder has fallen behind, or is of another process that has ended.
	longestLog = 20000
)

// folder folds the log of one database into its file.
type folder struct {
	pool    *sql.DB // one connection
	writers *writers
	wake    chan struct{}
	stop    context.CancelFunc
	ended   sync.WaitGroup
}

// newFolder folds through the pool, which it owns, until close.
func newFolder(pool *sql.DB, w *writers) *folder {
	pool.SetMaxOpenConns(1)
	ctx, stop := context.WithCancel(context.Background())
	f := &folder{pool: pool, writers: w, wake: make(chan struct{}, 1), stop: stop}
	f.ended.Go(func() {
		for {
			select {
			case <-f.wake:
				f.fold()
			case <-ctx.Done():
				return
			}
		}
	})
	return f
}

// committed is told how many commits this process has made, after each.
func (f *folder) committed(n int) {
	if f == nil || n%foldEvery != 0 {
		return
	}
	select {
	case f.wake <- struct{}{}:
	default: // there is a fold to come already
	}
}

// fold folds what it can without anybody waiting, and the rest with a turn where the
// log is long. A fold that fails leaves the log as it is, whole and durable; the next
// one finds it, or the commit at longestLog, whose failure somebody hears of.
func (f *folder) fold() {
	if length, err := f.checkpoint(); err != nil || length < longLog {
		return
	}
	f.writers.alone(func() { _, _ = f.checkpoint() })
}

// checkpoint folds without waiting for readers or writers and returns the log's
// length in pages.
func (f *folder) checkpoint() (length int, err error) {
	var busy, folded int
	err = f.pool.QueryRow(`PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &length, &folded)
	return length, err
}

// close waits for the fold that is under way. It may be called again.
func (f *folder) close() error {
	if f == nil {
		return nil
	}
	f.stop()
	f.ended.Wait()
	return f.pool.Close()
}
