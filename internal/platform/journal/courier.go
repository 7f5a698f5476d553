package journal

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
)

// Options of a Courier; zero values mean the defaults.
type Options struct {
	// Lease is how long one delivery may take, five minutes by default. The
	// handler's context ends a tenth earlier; after the lease another courier
	// may deliver the effect again.
	Lease time.Duration
	// MaxAttempts is how often an effect is tried before it is parked, 12 by
	// default.
	MaxAttempts int
	// Delay is the wait after the first failure, 10 seconds by default; it
	// doubles with each further one, up to six hours.
	Delay time.Duration
	// Report hears of every failed delivery, for the log. May be nil.
	Report func(Effect, error)
}

const maxDelay = 6 * time.Hour

// Courier delivers effects, each at least once and in queue order. Any number of
// couriers of any number of processes may work on one database: a lease keeps
// two from delivering one effect at the same time, as long as handlers end with
// their context.
//
// Crash failures and what they leave: before the handler, a lease that runs out;
// after the handler and before its recording, an effect delivered once more
// (handlers recognise its Key); a handler given to HandleTx shares the recording's
// transaction and so takes effect exactly once.
type Courier struct {
	db    *db.DB
	clock clock.Clock
	opts  Options
	id    string
	seq   int // leases taken by this courier; makes each lease's name unique

	handlers map[string]func(context.Context, Effect) error
	inside   map[string]func(context.Context, *db.Tx, Effect) error
}

// NewCourier returns a courier without handlers. A courier is used by one
// goroutine at a time.
func NewCourier(d *db.DB, c clock.Clock, opts Options) *Courier {
	if opts.Lease <= 0 {
		opts.Lease = 5 * time.Minute
	}
	if opts.MaxAttempts <= 0 {
		opts.MaxAttempts = 12
	}
	if opts.Delay <= 0 {
		opts.Delay = 10 * time.Second
	}
	if opts.Report == nil {
		opts.Report = func(Effect, error) {}
	}
	// The lease's name fences off couriers of other processes, which may have the
	// same seed: it is no fact of the world and does not come from a Source.
	return &Courier{db: d, clock: c, opts: opts, id: rand.Text(),
		handlers: map[string]func(context.Context, Effect) error{},
		inside:   map[string]func(context.Context, *db.Tx, Effect) error{},
	}
}

// Handle gives effects of a kind to f, outside any transaction. f must be
// idempotent by the effect's Key and end when its context ends. It panics on a
// kind that has a handler, which is a mistake in the program text.
func (c *Courier) Handle(kind string, f func(context.Context, Effect) error) {
	c.claim(kind)
	c.handlers[kind] = f
}

// HandleTx gives effects of a kind to f inside the write transaction that also
// records the delivery, for effects on this same database. f must be repeatable,
// see db.DB.Tx.
func (c *Courier) HandleTx(kind string, f func(context.Context, *db.Tx, Effect) error) {
	c.claim(kind)
	c.inside[kind] = f
}

func (c *Courier) claim(kind string) {
	if !kindForm.MatchString(kind) || c.handlers[kind] != nil || c.inside[kind] != nil {
		panic(fmt.Sprintf("journal: kind %q is malformed or has a handler already", kind))
	}
}

// Settle delivers everything that is due, including what deliveries queue, until
// nothing is left. It returns how many were delivered; where some failed and
// wait for a later attempt, the error is NotDelivered around the first
// failure.
func (c *Courier) Settle(ctx context.Context) (delivered int, err error) {
	failures, first := 0, error(nil)
	for {
		if err := ctx.Err(); err != nil {
			return delivered, err
		}
		e, lease, found, err := c.take(ctx)
		if err != nil {
			return delivered, err
		}
		if !found {
			break
		}
		failure, err := c.deliver(ctx, e, lease)
		if err != nil {
			return delivered, err
		}
		if failure != nil {
			failures++
			if first == nil {
				first = failure
			}
			continue
		}
		delivered++
	}
	if failures > 0 {
		return delivered, NotDelivered.Because(first, failures)
	}
	return delivered, nil
}

// Run settles now and after each wake until ctx ends. What is to be done about
// failures is up to Options.Report; the next wake tries again.
func (c *Courier) Run(ctx context.Context, wake <-chan struct{}) error {
	for {
		if _, err := c.Settle(ctx); err != nil && ctx.Err() == nil && !NotDelivered.Is(err) {
			c.opts.Report(Effect{}, err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case _, open := <-wake:
			if !open {
				return nil
			}
		}
	}
}

// take leases the first effect that is due and not held back by its lane.
func (c *Courier) take(ctx context.Context) (e Effect, lease string, found bool, err error) {
	if len(c.handlers)+len(c.inside) == 0 {
		return Effect{}, "", false, nil
	}
	c.seq++
	lease = fmt.Sprintf("%s/%d", c.id, c.seq)
	now := c.clock.Now()
	args := []any{lease, now.Add(c.opts.Lease), now}
	kinds := ""
	add := func(kind string) {
		args = append(args, kind)
		if kinds != "" {
			kinds += ", "
		}
		kinds += fmt.Sprintf("$%d", len(args))
	}
	for kind := range c.handlers {
		add(kind)
	}
	for kind := range c.inside {
		add(kind)
	}
	err = c.db.Tx(ctx, func(tx *db.Tx) error {
		var payload string
		e, found = Effect{}, false
		err := tx.QueryRow(ctx, `UPDATE journal_effect SET state = 'leased', lease = $1, due = $2, attempts = attempts + 1
			WHERE seq = (
				SELECT seq FROM journal_effect AS e
				WHERE state IN ('queued', 'leased') AND due <= $3 AND kind IN (`+kinds+`)
				AND NOT EXISTS (SELECT 1 FROM journal_effect AS b
					WHERE e.lane <> '' AND b.lane = e.lane AND b.lane <> '' AND b.seq < e.seq AND b.state <> 'delivered')
				ORDER BY seq LIMIT 1 `+tx.SkipLocked()+`)
			RETURNING seq, kind, key, lane, payload, attempts`, args...).
			Scan(&e.Seq, &e.Kind, &e.Key, &e.Lane, &payload, &e.Attempt)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		found, e.Payload = err == nil, json.RawMessage(payload)
		return err
	})
	return e, lease, found, err
}

// deliver runs the handler and records how it went. failure is the handler's;
// err means that the courier itself cannot go on.
func (c *Courier) deliver(ctx context.Context, e Effect, lease string) (failure, err error) {
	if e.Attempt > c.opts.MaxAttempts {
		// The last permitted attempt never came back: its process died.
		return c.failed(ctx, e, lease, HandlerCrashed.New(e.Kind))
	}
	bounded, cancel := context.WithTimeout(ctx, c.opts.Lease-c.opts.Lease/10)
	defer cancel()
	if f := c.inside[e.Kind]; f != nil {
		err = c.db.Tx(bounded, func(tx *db.Tx) error {
			// Recorded first: without the lease the handler must not run.
			if kept, err := c.record(bounded, tx, e, lease); err != nil || !kept {
				return err
			}
			return guard(e, func() error { return f(bounded, tx, e) })
		})
	} else if err = guard(e, func() error { return c.handlers[e.Kind](bounded, e) }); err == nil {
		return nil, c.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := c.record(ctx, tx, e, lease)
			return err
		})
	}
	if err == nil {
		return nil, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err() // shutting down; the lease runs out by itself
	}
	return c.failed(ctx, e, lease, err)
}

// guard turns a panic of a handler into a failure of this one effect.
func guard(e Effect, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = HandlerCrashed.Because(fmt.Errorf("panic: %v", p), e.Kind)
		}
	}()
	return f()
}

// record marks e as delivered if the lease is still ours.
func (c *Courier) record(ctx context.Context, tx *db.Tx, e Effect, lease string) (kept bool, err error) {
	n, err := tx.Exec(ctx, `UPDATE journal_effect SET state = 'delivered', delivered_at = $1, payload = '', lease = ''
		WHERE seq = $2 AND state = 'leased' AND lease = $3`, c.clock.Now(), e.Seq, lease)
	return n == 1, err
}

func (c *Courier) failed(ctx context.Context, e Effect, lease string, failure error) (error, error) {
	state, due := Queued, c.clock.Now().Add(c.backoff(e.Attempt))
	if e.Attempt >= c.opts.MaxAttempts {
		state = Parked
	}
	c.opts.Report(e, failure)
	return failure, c.db.Tx(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE journal_effect SET state = $1, due = $2, fault = $3, lease = ''
			WHERE seq = $4 AND state = 'leased' AND lease = $5`,
			state, due, fault.Of(failure).Kind.Number, e.Seq, lease)
		return err
	})
}

func (c *Courier) backoff(attempt int) time.Duration {
	d := c.opts.Delay
	for range attempt - 1 {
		if d >= maxDelay {
			break
		}
		d *= 2
	}
	return min(d, maxDelay)
}
