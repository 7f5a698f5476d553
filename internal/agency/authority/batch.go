package authority

import (
	"context"
	"crypto"
	"errors"
	"io"
	"runtime"
	"sync"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// batchSize is how many certificates share one transaction before the signature
// and one after it.
const batchSize = 64

// Outcome is what one request of a batch led to.
type Outcome struct {
	Certificate Certificate // where Err is nil
	Err         error       // what Issue would have returned
}

// BulkIssuing is for those who ask for many certificates at once.
type BulkIssuing interface {
	// IssueAll does what Issue does, for many requests: outcomes[i] is that of
	// requests[i]. A refused request stops none of the others.
	IssueAll(ctx context.Context, by journal.Actor, requests []Request) []Outcome
}

var _ BulkIssuing = (*Office)(nil)

// item is one request on its way through a batch.
type item struct {
	at       int // place in the requests
	request  Request
	facts    facts
	row      row
	prepared *jpki.Prepared
	der      []byte
	err      error
	alone    bool // left to Issue, which knows how to begin anew or resume
}

func (i *item) open() bool { return i.err == nil && !i.alone }

// IssueAll implements BulkIssuing. The order of each single certificate is that
// of Issue (prepare, lint, record, look again, sign, compare, record); only the
// transactions are shared, signatures run side by side, and while one lot is being
// signed the next is prepared. Nothing is signed before its lot's record is
// committed. What a crash leaves behind are prepared rows, which the same requests
// finish or drop.
//
// Whatever is not a plain first request (a repetition, a value that was taken,
// facts that moved) is given to Issue afterwards, one by one.
func (o *Office) IssueAll(ctx context.Context, by journal.Actor, requests []Request) []Outcome {
	out := make([]Outcome, len(requests))
	recorded, written := make(chan []*item, 1), make(chan []*item, 1)
	var alone []int
	var wg sync.WaitGroup
	wg.Go(func() {
		defer close(recorded)
		ends := authenticationEnds(requests)
		for from := 0; from < len(requests); from += batchSize {
			lot := make([]*item, 0, batchSize)
			for at := from; at < min(from+batchSize, len(requests)); at++ {
				lot = append(lot, &item{at: at, request: requests[at]})
			}
			o.prepareLot(ctx, lot, ends)
			o.recordLot(ctx, by, lot)
			o.lookAgain(ctx, by, lot)
			recorded <- lot
		}
	})
	wg.Go(func() {
		defer close(written)
		for lot := range recorded {
			o.signLot(ctx, lot)
			written <- lot
		}
	})
	wg.Go(func() {
		for lot := range written {
			o.finishLot(ctx, by, lot)
			for _, i := range lot {
				if i.alone {
					alone = append(alone, i.at)
					continue
				}
				out[i.at] = Outcome{i.row.Certificate, i.err}
			}
		}
	})
	wg.Wait()
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
// lints side by side.
func (o *Office) prepareLot(ctx context.Context, lot []*item, ends map[mynumber.CardID]mynumber.Date) {
	begun := map[jpki.Kind]Generation{}
	generation := func(ctx context.Context, k jpki.Kind) (g Generation, err error) {
		if g, ok := begun[k]; ok {
			return g, nil
		}
		if g, err = o.generationNow(ctx, k); err == nil {
			begun[k] = g
		}
		return g, err
	}
	known, err := o.known(ctx, lot)
	for _, i := range lot {
		if i.err = err; i.err == nil {
			i.err = i.request.check()
		}
		if i.alone = known[i.request.ID]; i.open() {
			i.err = o.draftItem(ctx, i, generation, ends)
		}
	}
	sideBySide(runtime.GOMAXPROCS(0), lot, func(i *item) {
		i.prepared, i.row.tbsDigest, i.err = o.lint(i.row, i.facts)
	})
}

func (o *Office) draftItem(ctx context.Context, i *item, generation func(context.Context, jpki.Kind) (Generation, error), ends map[mynumber.CardID]mynumber.Date) error {
	key, spki, err := o.keyOf(ctx, i.request)
	if err != nil {
		return err
	}
	if i.facts, err = o.gather(ctx, i.request, generation); err != nil {
		return err
	}
	if err := i.facts.generation.certifies(key); err != nil {
		return err
	}
	if end, ok := ends[i.request.Card]; ok && i.request.Kind == jpki.Signature && i.request.ExpiresOn.After(end) {
		return Malformed.New("expires on")
	}
	i.facts.key, i.facts.spki = key, spki
	i.row, err = o.draft(ctx, i.request, i.facts)
	return err
}

// known tells which requests have led to something already.
func (o *Office) known(ctx context.Context, lot []*item) (map[string]bool, error) {
	known := map[string]bool{}
	err := o.db.View(ctx, func(tx *db.Tx) error {
		for _, i := range lot {
			found, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE request = $1 AND state <> 'dropped'`, i.request.ID)
			if err != nil {
				return err
			}
			if found {
				known[i.request.ID] = true
			}
		}
		return nil
	})
	return known, err
}

// recordLot writes down, in one transaction, what is about to be signed.
func (o *Office) recordLot(ctx context.Context, by journal.Actor, lot []*item) {
	outcomes := make([]error, len(lot))
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		for n, i := range lot {
			if outcomes[n] = nil; !i.open() {
				continue
			}
			switch err := recordIn(ctx, tx, by, &i.row); {
			case errors.Is(err, errAgain), KeyRefused.Is(err):
				outcomes[n] = err // nothing was written of this one
			case err != nil:
				return err
			}
		}
		return nil
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

// signLot signs what is recorded, as many at once as the key store likes.
func (o *Office) signLot(ctx context.Context, lot []*item) {
	type answer struct {
		signer crypto.Signer
		err    error
	}
	cas, slots := map[generationID]answer{}, make(chan struct{}, o.signers())
	for _, i := range lot {
		if id := (generationID{i.row.Kind, i.row.Generation}); i.open() {
			if _, asked := cas[id]; !asked {
				s, err := o.keys.Signer(ctx, id.keyName())
				cas[id] = answer{limited{s, slots}, err}
			}
		}
	}
	// Twice as many at work as may sign: what goes before and after a signature
	// (encoding, verifying, comparing) keeps no signer waiting.
	sideBySide(2*cap(slots), lot, func(i *item) {
		ca := cas[generationID{i.row.Kind, i.row.Generation}]
		if i.err = ca.err; i.err == nil {
			i.err = ctx.Err()
		}
		if i.err == nil {
			i.der, i.err = signed(i.row, i.prepared, ca.signer)
		}
	})
}

// limited is a signer that is used as often at once as there are slots.
type limited struct {
	crypto.Signer
	slots chan struct{}
}

func (l limited) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	l.slots <- struct{}{}
	defer func() { <-l.slots }()
	return l.Signer.Sign(r, digest, opts)
}

// signers is how many signatures run side by side.
func (o *Office) signers() int {
	if o.parallel > 0 {
		return o.parallel
	}
	return keystore.Sessions(o.keys)
}

// finishLot records the signatures in one transaction.
func (o *Office) finishLot(ctx context.Context, by journal.Actor, lot []*item) {
	rows, refusals := make([]row, len(lot)), make([]error, len(lot))
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		for n, i := range lot {
			if refusals[n] = nil; !i.open() {
				continue
			}
			var err error
			rows[n], err = o.finishIn(ctx, tx, by, i.row, i.der)
			switch {
			case NotPermitted.Is(err):
				refusals[n] = err // dropped in between; nothing was written
			case err != nil:
				return err
			}
		}
		return nil
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
	next := make(chan *item)
	var wg sync.WaitGroup
	for range max(n, 1) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for _, i := range lot {
		if i.open() {
			next <- i
		}
	}
	close(next)
	wg.Wait()
}
