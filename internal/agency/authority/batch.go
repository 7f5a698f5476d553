package authority

import (
	"context"
	"crypto"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// batchSize is how many certificates at most share one transaction before the
// signature and one after it; firstLot is how many share the first of a batch, so
// that the signers need not wait long for their first work.
const (
	batchSize = 64
	firstLot  = 8
)

// item is one request on its way through a batch.
type item struct {
	at       int // place in the requests
	request  Request
	facts    facts
	row      row
	prepared *jpki.Prepared
	ca       crypto.Signer
	signed   *jpki.Signed
	der      []byte
	err      error
	alone    bool // left to Issue, which knows how to begin anew or resume
}

func (i *item) open() bool { return i.err == nil && !i.alone }

// IssueAll implements Issuing. The order of each single certificate is that
// of Issue (prepare, lint, record, look again, sign, compare, record); only the
// transactions are shared, and the signers work without a pause: while they sign
// one lot, the next are prepared and those before are examined and recorded.
// Nothing is signed before its lot's record is committed. What a crash leaves
// behind are prepared rows, which the same requests finish or drop.
//
// Whatever is not a plain first request (a repetition, a value that was taken,
// facts that moved) is given to Issue afterwards, one by one.
func (o *Office) IssueAll(ctx context.Context, by journal.Actor, requests []Request) []Outcome {
	out := make([]Outcome, len(requests))
	signers := o.signers()
	// What is left of the processors prepares and examines. More at work than that
	// would take the signers' time.
	others := max(runtime.GOMAXPROCS(0)-signers, 1)
	turns := make(chan struct{}, min(others, 2))
	recorded, written := make(chan *item, 2*batchSize), make(chan *item, 4*batchSize)
	var alone []int
	var wg, signing sync.WaitGroup
	wg.Go(func() {
		defer close(recorded)
		ends := authenticationEnds(requests)
		for from, size := 0, firstLot; from < len(requests); size = min(2*size, batchSize) {
			to := min(from+size, len(requests))
			lot := make([]*item, 0, to-from)
			for at := from; at < to; at++ {
				lot = append(lot, &item{at: at, request: requests[at]})
			}
			turns <- struct{}{}
			o.prepareLot(ctx, lot, ends, others, len(requests)-from)
			o.recordLot(ctx, by, lot)
			o.lookAgain(ctx, by, lot)
			o.findSigners(ctx, lot)
			<-turns
			for _, i := range lot {
				recorded <- i
			}
			from = to
		}
	})
	for range signers {
		signing.Go(func() {
			for i := range recorded {
				i.sign(ctx)
				written <- i
			}
		})
	}
	wg.Go(func() {
		signing.Wait()
		close(written)
	})
	wg.Go(func() {
		finish := func(lot []*item) {
			turns <- struct{}{}
			defer func() { <-turns }()
			sideBySide(others, lot, (*item).examine)
			o.finishLot(ctx, by, lot)
			for _, i := range lot {
				if i.alone {
					alone = append(alone, i.at)
					continue
				}
				out[i.at] = Outcome{i.row.Certificate, i.err}
			}
		}
		// Towards the end lots grow smaller, so that little is left to do when the
		// last signature is made.
		lot, left := make([]*item, 0, batchSize), len(requests)
		// Signers end in any order; the journal has that of the requests, as a seed
		// has to repeat it.
		early := map[int]*item{}
		for i := range written {
			early[i.at] = i
			for next := len(requests) - left; early[next] != nil; next++ {
				lot = append(lot, early[next])
				delete(early, next)
				if left--; len(lot) >= min(batchSize, max(firstLot, left)) {
					finish(lot)
					lot = lot[:0]
				}
			}
		}
		finish(lot)
	})
	wg.Wait()
	slices.Sort(alone)
	for _, at := range alone {
		c, err := o.Issue(ctx, by, requests[at])
		out[at] = Outcome{c, err}
	}
	for i := range out {
		if out[i].Err != nil {
			out[i].Certificate = Certificate{}
		}
	}
	return out
}

// authenticationEnds are the last days of the authentication certificates that a
// batch asks for, by card: a signature certificate beside them must not outlive
// them, though they are not recorded yet.
func authenticationEnds(requests []Request) map[mynumber.CardID]mynumber.Date {
	ends := map[mynumber.CardID]mynumber.Date{}
	for _, r := range requests {
		if r.Kind == jpki.Authentication && r.ExpiresOn.After(ends[r.Card]) {
			ends[r.Card] = r.ExpiresOn
		}
	}
	return ends
}

// prepareLot gathers the facts and draws what has to be drawn, one request after
// the other, as a seeded source has to give the same values each time; then it
// lints, with as many at work as are named. ahead is how many requests of the
// batch are still to be drafted.
func (o *Office) prepareLot(ctx context.Context, lot []*item, ends map[mynumber.CardID]mynumber.Date, workers, ahead int) {
	begun := map[jpki.Kind]Generation{}
	// One snapshot serves all questions to the office's own tables. What is
	// recorded meanwhile is found when this lot is recorded.
	err := o.db.View(ctx, func(tx *db.Tx) error {
		known, err := known(ctx, tx, lot)
		if err != nil {
			return err
		}
		ask := sources{
			generation: func(ctx context.Context, k jpki.Kind) (g Generation, err error) {
				if g, ok := begun[k]; ok {
					return g, nil
				}
				if g, err = o.generationNow(ctx, k); err == nil {
					begun[k] = g
				}
				return g, err
			},
			beside: func(ctx context.Context, card mynumber.CardID) ([]row, error) { return onCard(ctx, tx, card) },
			taken: func(ctx context.Context, kind jpki.Kind, name string) (bool, error) {
				return nameTaken(ctx, tx, kind, name)
			},
		}
		for n, i := range lot {
			i.err = i.request.check()
			if i.alone = known[i.request.ID]; i.open() {
				i.err = o.draftItem(ctx, i, ask, ends, ahead-n)
			}
		}
		return nil
	})
	if err != nil {
		for _, i := range lot {
			i.err = err
		}
	}
	sideBySide(workers, lot, func(i *item) {
		i.prepared, i.row.tbsDigest, i.err = o.lint(i.row, i.facts)
	})
}

func (o *Office) draftItem(ctx context.Context, i *item, ask sources, ends map[mynumber.CardID]mynumber.Date, ahead int) error {
	key, spki, err := o.keyOf(ctx, i.request)
	if err != nil {
		return err
	}
	if i.facts, err = o.gather(ctx, i.request, ask); err != nil {
		return err
	}
	if err := i.facts.generation.certifies(key); err != nil {
		return err
	}
	if end, ok := ends[i.request.Card]; ok && i.request.Kind == jpki.Signature && i.request.ExpiresOn.After(end) {
		return Malformed.New("expires on")
	}
	i.facts.key, i.facts.spki = key, spki
	i.row, err = o.draft(ctx, i.request, i.facts, ask, ahead)
	return err
}

// known tells which requests have led to something already.
func known(ctx context.Context, tx *db.Tx, lot []*item) (map[string]bool, error) {
	ids, marks := make([]any, len(lot)), make([]string, len(lot))
	for n, i := range lot {
		ids[n], marks[n] = i.request.ID, "$"+strconv.Itoa(n+1)
	}
	found, err := db.Collect(ctx, tx, func(scan func(...any) error) (id string, err error) { return id, scan(&id) },
		`SELECT request FROM authority_certificate WHERE state <> 'dropped' AND request IN (`+strings.Join(marks, ", ")+`)`, ids...)
	known := map[string]bool{}
	for _, id := range found {
		known[id] = true
	}
	return known, err
}

// recordLot writes down, in one transaction, what is about to be signed.
func (o *Office) recordLot(ctx context.Context, by journal.Actor, lot []*item) {
	outcomes := make([]error, len(lot))
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		entries := make([]journal.Entry, 0, len(lot))
		for n, i := range lot {
			if outcomes[n] = nil; !i.open() {
				continue
			}
			switch err := recordRow(ctx, tx, &i.row); {
			case errors.Is(err, errAgain), KeyRefused.Is(err):
				outcomes[n] = err // nothing was written of this one but that its number is used
			case err != nil:
				return err
			default:
				entries = append(entries, i.row.preparedEntry(by))
			}
		}
		_, err := journal.WriteAll(ctx, tx, entries)
		return err
	})
	for n, i := range lot {
		switch {
		case !i.open():
		case err != nil:
			i.err = err
		case errors.Is(outcomes[n], errAgain):
			i.alone = true
		default:
			i.err = outcomes[n]
		}
	}
}

// lookAgain drops the rows whose person or card has changed since.
func (o *Office) lookAgain(ctx context.Context, by journal.Actor, lot []*item) {
	for _, i := range lot {
		if !i.open() {
			continue
		}
		still, err := o.still(ctx, i.row, i.facts)
		if err == nil && !still {
			i.alone, err = true, o.drop(ctx, by, i.row.Serial)
		}
		i.err = err
	}
}

// findSigners asks the key store for the CA keys of a lot.
func (o *Office) findSigners(ctx context.Context, lot []*item) {
	type answer struct {
		signer crypto.Signer
		err    error
	}
	cas := map[generationID]answer{}
	for _, i := range lot {
		if !i.open() {
			continue
		}
		id := generationID{i.row.Kind, i.row.Generation}
		ca, asked := cas[id]
		if !asked {
			ca.signer, ca.err = o.keys.Signer(ctx, id.keyName())
			cas[id] = ca
		}
		i.ca, i.err = ca.signer, ca.err
	}
}

// sign signs what is recorded.
func (i *item) sign(ctx context.Context) {
	if i.open() {
		i.err = ctx.Err()
	}
	if i.open() {
		if i.signed, i.err = i.prepared.Sign(i.ca); i.err != nil {
			i.err = LintFailed.Because(i.err)
		}
	}
}

// examine verifies the signature and compares what was signed with the record.
func (i *item) examine() { i.der, i.err = i.row.compared(i.signed) }

// signers is how many signatures run side by side.
func (o *Office) signers() int {
	if o.parallel > 0 {
		return o.parallel
	}
	return keystore.Sessions(o.keys)
}

// finishLot records the signatures in one transaction.
func (o *Office) finishLot(ctx context.Context, by journal.Actor, lot []*item) {
	if !slices.ContainsFunc(lot, (*item).open) {
		return
	}
	rows, refusals := make([]row, len(lot)), make([]error, len(lot))
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		entries := make([]journal.Entry, 0, len(lot))
		for n, i := range lot {
			if refusals[n] = nil; !i.open() {
				continue
			}
			done, entry, err := o.finishRow(ctx, tx, by, i.row, i.der)
			switch {
			case NotPermitted.Is(err):
				refusals[n] = err // dropped in between; nothing was written
				continue
			case err != nil:
				return err
			}
			if rows[n] = done; entry != nil {
				entries = append(entries, *entry)
			}
		}
		_, err := journal.WriteAll(ctx, tx, entries)
		return err
	})
	for n, i := range lot {
		if !i.open() {
			continue
		}
		if i.err = err; err == nil {
			i.row, i.err = rows[n], refusals[n]
		}
	}
}

// sideBySide runs f for every item that is still open, at most n at once.
func sideBySide(n int, lot []*item, f func(*item)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	work := func() {
		for at := next.Add(1) - 1; at < int64(len(lot)); at = next.Add(1) - 1 {
			if i := lot[at]; i.open() {
				f(i)
			}
		}
	}
	for range min(n, len(lot)) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
