package authority

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// many makes n requests for n people, by turns for either kind.
func (d *desk) many(n int, prefix string) []Request {
	d.t.Helper()
	out := make([]Request, n)
	for i := range out {
		person, card := fmt.Sprintf("per_%s%d", prefix, i), mynumber.CardID(fmt.Sprintf("7%014d", len(d.cards.of)))
		d.person(person, card)
		out[i] = Request{ID: fmt.Sprintf("%s_%d", prefix, i), Kind: jpki.Kinds[i%2], Card: card, Person: person, Municipality: "13221",
			PublicKey: publicKey(len(d.cards.of)), ExpiresOn: expiry}
	}
	return out
}

// Shows: CRT-12, P-20
func TestIssueAllIssuesWhatIssueWould(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		requests := d.many(2*batchSize+5, "a")
		requests[3].ExpiresOn = mynumber.Date{}
		requests[5].Person = "nobody"
		requests[7].PublicKey = requests[6].PublicKey
		requests[9] = requests[8] // the same request twice in one batch
		d.cards.set(requests[11].Card, func(c *cards.Card) { c.State = cards.Suspended })
		out := d.IssueAll(ctx, clerk, requests)
		seen := map[string]bool{}
		for i, o := range out {
			switch i {
			case 3:
				wants(t, o.Err, Malformed)
			case 5:
				if !errors.Is(o.Err, errNobody) {
					t.Errorf("nobody: %v", o.Err)
				}
			case 7:
				wants(t, o.Err, KeyRefused)
			case 11:
				wants(t, o.Err, NotPermitted)
			case 9:
				if o.Err != nil || o.Certificate.Serial != out[8].Certificate.Serial {
					t.Errorf("the same request again: %v", o.Err)
				}
			default:
				d.must(o.Err)
				if seen[o.Certificate.Serial] || o.Certificate.State != Issued || len(o.Certificate.DER) == 0 {
					t.Errorf("%d: %+v", i, o.Certificate)
				}
				seen[o.Certificate.Serial] = true
			}
		}
		if n := d.count(ActIssued); n != len(seen) {
			t.Errorf("%d journal entries for %d certificates", n, len(seen))
		}
		again := d.IssueAll(ctx, clerk, requests)
		for i := range out {
			if again[i].Certificate.Serial != out[i].Certificate.Serial || (again[i].Err == nil) != (out[i].Err == nil) {
				t.Errorf("%d repeated: %v", i, again[i].Err)
			}
		}
		d.sound()
	})
}

// However many sign side by side, the journal has the certificates in the order
// of the requests: a seed repeats a life entry by entry. The first request's
// signature is the last to be made.
// Shows: R-51
func TestIssueAllIsJournalledInOrder(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	d.parallel = 4
	const n = 12
	var mu sync.Mutex
	signed, others := 0, make(chan struct{})
	for _, k := range jpki.Kinds {
		id := generationID{k, 1}.keyName()
		d.keys.signers[id] = watchedSigner{d.keys.signers[id], func([]byte) {
			mu.Lock()
			signed++
			first, last := signed == 1, signed == n
			mu.Unlock()
			if last {
				close(others)
			}
			if first {
				<-others
			}
		}}
	}
	out := d.IssueAll(ctx, clerk, d.many(n, "o"))
	var want, got []string
	for _, o := range out {
		d.must(o.Err)
		want = append(want, o.Certificate.Serial)
	}
	for _, e := range d.entries() {
		if e.Act == ActIssued {
			got = append(got, e.Serial)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("journalled %v, requested %v", got, want)
	}
}

// Nothing is signed that is not recorded and committed: at each signature the
// digest to be signed is that of a prepared row.
func TestIssueAllRecordsBeforeItSigns(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		for _, k := range jpki.Kinds {
			id := generationID{k, 1}.keyName()
			d.keys.signers[id] = watchedSigner{d.keys.signers[id], func(digest []byte) {
				var prepared int
				err := d.db.View(ctx, func(tx *db.Tx) error {
					return tx.QueryRow(ctx, `SELECT COUNT(*) FROM authority_certificate WHERE state = 'prepared' AND tbs_digest = $1`, digest).Scan(&prepared)
				})
				if err != nil || prepared != 1 {
					t.Errorf("%d records of what is signed: %v", prepared, err)
				}
			}}
		}
		for _, o := range d.IssueAll(ctx, clerk, d.many(3*firstLot, "b")) {
			d.must(o.Err)
		}
		d.sound()
	})
}

// watchedSigner shows what it is about to sign.
type watchedSigner struct {
	crypto.Signer
	before func(digest []byte)
}

func (s watchedSigner) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.before(digest)
	return s.Signer.Sign(r, digest, opts)
}

// A key store that fails leaves prepared rows, which the same batch finishes.
func TestIssueAllAfterAFailureFinishes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		requests := d.many(12, "c")
		id := generationID{jpki.Signature, 1}.keyName()
		good := d.keys.signers[id]
		d.keys.signers[id] = brokenSigner{good}
		refused := 0
		for _, o := range d.IssueAll(ctx, clerk, requests) {
			if o.Err != nil {
				refused++
			}
		}
		if refused != 6 {
			t.Errorf("%d refused", refused)
		}
		d.keys.signers[id] = good
		before := map[string]bool{}
		d.must(d.db.View(ctx, func(tx *db.Tx) error {
			rows, err := all(ctx, tx, `state = 'prepared'`)
			for _, r := range rows {
				before[r.Serial] = true
			}
			return err
		}))
		kept := 0
		for _, o := range d.IssueAll(ctx, clerk, requests) {
			d.must(o.Err)
			if before[o.Certificate.Serial] {
				kept++
			}
		}
		if kept != 6 {
			t.Errorf("%d of 6 recorded certificates were the ones finished", kept)
		}
		d.sound()
	})
}

// Who moves away between record and signature gets nothing of the old address.
func TestIssueAllLooksAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		d.must(d.EnsureGenerations(ctx, clerk))
		requests := d.many(4, "m")
		n := 0
		d.register.hook = func() {
			if n++; n == 5 { // four gathered, the first looked at again
				d.register.set(requests[1].Person, func(p *registry.Person) { p.Version++ })
				d.register.set(requests[2].Person, func(p *registry.Person) { p.Standing = registry.Dead })
			}
		}
		out := d.IssueAll(ctx, clerk, requests)
		d.register.hook = nil
		wants(t, out[2].Err, NotEntitled)
		for _, i := range []int{0, 1, 3} {
			d.must(out[i].Err)
		}
		if got := d.count(ActDropped); got != 2 {
			t.Errorf("%d dropped", got)
		}
		d.sound()
	})
}

// A signature certificate never outlives the authentication certificate that is
// asked for beside it.
func TestR13_SignatureWithinAuthenticationOfTheSameBatch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		a, s := d.request(jpki.Authentication, 0), d.request(jpki.Signature, 1)
		a.ExpiresOn = expiry.AddDays(-1)
		out := d.IssueAll(context.Background(), clerk, []Request{s, a})
		wants(t, out[0].Err, Malformed)
		d.must(out[1].Err)
		d.sound()
	})
}

// Whatever fails in whatever order, repeating the batch ends with one certificate
// for each request and no serial number twice.
func TestIssueAllUnderFailuresProperty(t *testing.T) {
	base := dbtest.SQLite(t)
	d := newDesk(t, base)
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	round := 0
	serials := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		round++
		requests := d.many(rapid.IntRange(1, 6).Draw(rt, "n"), fmt.Sprintf("p%d", round))
		for range rapid.IntRange(0, 2).Draw(rt, "failures") {
			undo := d.failing(rapid.SampledFrom([]string{"signer", "store", "clock", "cancelled"}).Draw(rt, "how"), rapid.IntRange(0, 4).Draw(rt, "after"))
			c, cancel := context.WithCancel(ctx)
			if undo == nil {
				cancel()
				undo = func() {}
			}
			d.IssueAll(c, clerk, requests)
			cancel()
			undo()
		}
		for i, o := range d.IssueAll(ctx, clerk, requests) {
			if o.Err != nil {
				rt.Fatalf("%d: %v", i, o.Err)
			}
			if serials[o.Certificate.Serial] {
				rt.Fatal("a serial number twice")
			}
			serials[o.Certificate.Serial] = true
		}
	})
	d.sound()
}

// failing breaks something and returns how to mend it.
func (d *desk) failing(how string, after int) func() {
	switch how {
	case "signer":
		id := generationID{jpki.Signature, 1}.keyName()
		good := d.keys.signers[id]
		d.keys.signers[id] = &laterBroken{Signer: good, left: after}
		return func() { d.keys.signers[id] = good }
	case "store":
		d.keys.mu.Lock()
		d.keys.down = true
		d.keys.mu.Unlock()
		return func() { d.keys.mu.Lock(); d.keys.down = false; d.keys.mu.Unlock() }
	case "clock": // a day passes: prepared rows are dropped and made anew
		d.must(d.clock.Advance(24 * time.Hour))
		return func() {}
	}
	return nil
}

// laterBroken fails after some signatures.
type laterBroken struct {
	crypto.Signer
	mu   sync.Mutex
	left int
}

func (s *laterBroken) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left--; s.left < 0 {
		return nil, errDown
	}
	return s.Signer.Sign(r, digest, opts)
}

// A drawn name never spells twelve digits in a row with its neighbours: one in
// some thousand did, and its certificate was refused by the lint.
func TestCRT05_DrawnNamesHoldNoTwelveDigits(t *testing.T) {
	d := newDesk(t, dbtest.SQLite(t))
	d.Office.entropy = digits{}
	for range 50 {
		name, err := d.commonName(context.Background(), jpki.Authentication, start, "13221", d.sources().taken)
		d.must(err)
		if twelveDigits.MatchString(name) {
			t.Errorf("drew %s", name)
		}
	}
	for s, want := range map[string]bool{"123456789012": true, "A123456789012B": true, "1234567890123": false, "12345678901": false, "A1": false} {
		if twelveDigits.MatchString(s) != want {
			t.Errorf("%s: %v", s, !want)
		}
	}
}

// digits is a source whose drawn characters are digits but for one in ten.
type digits struct{}

func (digits) Stream(string) io.Reader { return digitReader{} }

type digitReader struct{}

func (digitReader) Read(b []byte) (int, error) {
	n, err := rand.Read(b)
	for i := range b[:n] {
		switch {
		case i%8 != 7:
			b[i] = 0
		case b[i]%10 != 0:
			b[i] = b[i] % 10 << 1 // entropy.Int takes the number behind the last bit
		default:
			b[i] = 20
		}
	}
	return n, err
}

// BenchmarkIssueAll is a certificate of a large batch; raw is the CA key's own
// rate with as many signers side by side, in the same run. The ratio that counts
// is raw / issue for each number of signers.
func BenchmarkIssueAll(b *testing.B) {
	for _, signers := range []int{1, 2} {
		b.Run(fmt.Sprintf("raw-%d", signers), func(b *testing.B) { rawSigning(b, rsaKey(caKeys), signers) })
		b.Run(fmt.Sprintf("file-%d", signers), func(b *testing.B) {
			d := newDesk(b, dbtest.SQLite(b))
			d.parallel = signers
			issueMany(b, d)
		})
	}
}

// rawSigning signs digests with n goroutines.
func rawSigning(b *testing.B, k crypto.Signer, n int) {
	digest := make([]byte, 32)
	work := make(chan struct{})
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for range work {
				if _, err := k.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
					b.Error(err)
				}
			}
		})
	}
	spent := processorTime(b)
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	b.ReportMetric(float64((processorTime(b)-spent).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "signatures/s")
}

// processorTime is what the process has used of all processors: on a machine that
// others use too, elapsed time says little.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// issueMany issues b.N certificates in one batch.
func issueMany(b *testing.B, d *desk) {
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	for _, o := range d.IssueAll(ctx, clerk, d.many(2, "warm")) {
		d.must(o.Err)
	}
	requests := d.many(b.N, fmt.Sprintf("n%d", b.N))
	spent := processorTime(b)
	b.ResetTimer()
	out := d.IssueAll(ctx, clerk, requests)
	b.StopTimer()
	b.ReportMetric(float64((processorTime(b)-spent).Microseconds())/float64(b.N), "cpu-µs/op")
	for _, o := range out {
		d.must(o.Err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "certificates/s")
}

// BenchmarkIssueAllRatio issues in turns with bare signing by the same key, so that
// whatever else runs on the machine troubles both alike. of-raw is how many
// certificates are issued in the time of a hundred signatures, in the median of the
// turns, and busy the share of the time in which the signers were signing.
func BenchmarkIssueAllRatio(b *testing.B) {
	for _, signers := range []int{1, 2} {
		b.Run(fmt.Sprintf("file-%d", signers), func(b *testing.B) {
			againstRaw(b, newDesk(b, dbtest.SQLite(b)), signers)
		})
	}
}

const turn = 1024 // signatures, then certificates

func againstRaw(b *testing.B, d *desk, signers int) {
	ctx := context.Background()
	d.must(d.EnsureGenerations(ctx, clerk))
	d.parallel = signers
	watch := new(atomic.Int64)
	d.Office.keys = stopWatch{d.Office.keys, b, watch}
	id := generationID{jpki.Authentication, 1}.keyName()
	k, err := d.Office.keys.Signer(ctx, id)
	d.must(err)
	for _, o := range d.IssueAll(ctx, clerk, d.many(2, "warm")) {
		d.must(o.Err)
	}
	elapsed := clock.Elapsed()
	var ratios []float64
	var whole, busy, rawCPU, issueCPU time.Duration
	for n := 0; b.Loop(); n++ {
		requests := d.many(turn, fmt.Sprintf("t%d_", n))
		cpu, at := processorTime(b), elapsed()
		signMany(b, k, signers, turn)
		raw := elapsed() - at
		rawCPU += processorTime(b) - cpu
		before := watch.Load()
		cpu, at = processorTime(b), elapsed()
		for _, o := range d.IssueAll(ctx, clerk, requests) {
			d.must(o.Err)
		}
		issue := elapsed() - at
		issueCPU += processorTime(b) - cpu
		ratios = append(ratios, float64(raw)/float64(issue))
		whole, busy = whole+issue, busy+time.Duration(watch.Load()-before)
	}
	slices.Sort(ratios)
	b.ReportMetric(100*ratios[len(ratios)/2], "%of-raw")
	b.ReportMetric(100*ratios[len(ratios)-1], "%best")
	b.ReportMetric(100*float64(busy)/float64(whole)/float64(signers), "%busy")
	b.ReportMetric(float64(rawCPU.Microseconds())/turn/float64(len(ratios)), "raw-cpu-µs")
	b.ReportMetric(float64(issueCPU.Microseconds())/turn/float64(len(ratios)), "issue-cpu-µs")
}

// signMany signs n digests with as many goroutines as there are signers.
func signMany(b *testing.B, k crypto.Signer, signers, n int) {
	digest := make([]byte, 32)
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for range signers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := k.Sign(rand.Reader, digest, crypto.SHA256); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// stopWatch adds up how long the keys of a store have signed.
type stopWatch struct {
	keystore.Store
	b       *testing.B
	signing *atomic.Int64
}

func (s stopWatch) Signer(ctx context.Context, id string) (crypto.Signer, error) {
	k, err := s.Store.Signer(ctx, id)
	return watchedKey{k, s.b, s.signing}, err
}

type watchedKey struct {
	crypto.Signer
	b       *testing.B
	signing *atomic.Int64
}

func (k watchedKey) Sign(r io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	at := k.b.Elapsed()
	defer func() { k.signing.Add(int64(k.b.Elapsed() - at)) }()
	return k.Signer.Sign(r, digest, opts)
}
