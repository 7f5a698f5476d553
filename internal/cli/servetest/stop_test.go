package servetest

import (
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestServe_StoppedInACrowd: fifty people log in over and over when kado serve is told to
// stop, and when it is killed. Told to stop it refuses nobody whom it still answers and
// ends well. Either way the world is whole, and every login that was acknowledged is
// there when it is served again: its refresh token serves.
func TestServe_StoppedInACrowd(t *testing.T) {
	const crowd, enough = 50, 150
	dir := filepath.Join(t.TempDir(), "world")
	for _, how := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		s := sandbox(t, dir)
		var acknowledged [crowd][]tokens
		var n atomic.Int64
		reached := make(chan struct{})
		var people sync.WaitGroup
		var first sync.Once
		for i := range crowd {
			b := s.browser(t)
			people.Go(func() {
				for {
					got, err := b.login()
					var refused refusedBy
					if errors.As(err, &refused) {
						t.Errorf("%v: an answer that is none: %v", how, refused)
						return
					}
					if err != nil {
						first.Do(func() { t.Logf("%v: the first whom the server leaves: %v", how, err) })
						return
					}
					acknowledged[i] = append(acknowledged[i], got)
					if n.Add(1) == enough {
						close(reached)
					}
				}
			})
		}
		gone := make(chan struct{})
		go func() { people.Wait(); close(gone) }()
		select {
		case <-reached:
		case <-gone:
			t.Fatalf("%v: nobody logs in any more, after %d", how, n.Load())
		}
		if err := s.end(t, how); (err == nil) != (how == syscall.SIGTERM) {
			t.Errorf("%v: kado serve has ended with %v", how, err)
		}
		<-gone
		whole(t, dir)

		s = sandbox(t, dir)
		b := s.browser(t)
		checked := 0
		for _, all := range acknowledged {
			// The last ones are those that a lost write would lose.
			for _, one := range all[max(0, len(all)-2):] {
				if _, err := b.redeem(refresh(one.Refresh)); err != nil {
					t.Fatalf("%v: an acknowledged login is gone: %v", how, err)
				}
				checked++
			}
		}
		if _, err := b.login(); err != nil {
			t.Errorf("%v: afterwards: %v", how, err)
		}
		if err := s.end(t, syscall.SIGTERM); err != nil {
			t.Errorf("%v: served again: %v", how, err)
		}
		whole(t, dir)
		t.Logf("%v: %d logins were acknowledged, %d looked at", how, n.Load(), checked)
	}
}
