package keystore

import (
	"crypto/rand"
	"crypto/rsa"
	"sync"
)

// Pool makes RSA-2048 keys for cards ahead of need, since one takes a tenth of a
// second. Each key comes from crypto/rand, is handed out once, and the pool
// keeps no copy. Safe for concurrent use. Close it after use.
type Pool struct {
	ready chan *rsa.PrivateKey
	quit  chan struct{}
	once  sync.Once
	wg    sync.WaitGroup
	make  func() (*rsa.PrivateKey, error)
}

// NewPool starts workers (at least one) goroutines that keep up to size keys
// ready.
func NewPool(size, workers int) *Pool {
	return newPool(size, workers, func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
}

func newPool(size, workers int, generate func() (*rsa.PrivateKey, error)) *Pool {
	p := &Pool{ready: make(chan *rsa.PrivateKey, max(size, 0)), quit: make(chan struct{}), make: generate}
	for range max(workers, 1) {
		p.wg.Add(1)
		go p.fill()
	}
	return p
}

func (p *Pool) fill() {
	defer p.wg.Done()
	for {
		select {
		case <-p.quit:
			return
		default:
		}
		k, err := p.make()
		if err != nil {
			return // RSA2048 makes its own and reports the error
		}
		select {
		case p.ready <- k:
		case <-p.quit:
			return
		}
	}
}

// RSA2048 returns a key nobody else gets: a ready one, or else one made now. It
// fails with PoolClosed after Close.
func (p *Pool) RSA2048() (*rsa.PrivateKey, error) {
	select {
	case <-p.quit:
		return nil, PoolClosed.New()
	default:
	}
	select {
	case k := <-p.ready:
		return k, nil
	default:
		return p.make()
	}
}

// Close stops the workers, waits for them and drops the keys that are left.
func (p *Pool) Close() {
	p.once.Do(func() {
		close(p.quit)
		p.wg.Wait()
		for {
			select {
			case <-p.ready:
			default:
				return
			}
		}
	})
}
