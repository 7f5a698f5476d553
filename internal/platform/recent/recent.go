// Package recent remembers facts that never change once they are committed, such as which
// card a certificate lies on. What is not remembered is in the database: nothing is
// lost by forgetting. Never put in what a transaction has not committed yet.
package recent

import "sync"

// kept is how many facts are kept at least; twice as many at most.
const kept = 50_000

// Facts are the latest facts of one kind, by key. The zero value is ready. Safe for
// concurrent use.
type Facts[V any] struct {
	mu       sync.Mutex
	now, old map[string]V
}

// Get returns a fact; false where it is not remembered.
func (r *Facts[V]) Get(key string) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	v, ok := r.now[key]
	if !ok {
		if v, ok = r.old[key]; ok {
			r.keep(key, v)
		}
	}
	return v, ok
}

// Put remembers a fact.
func (r *Facts[V]) Put(key string, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(key, v)
}

// keep forgets what was not asked for since the last time it had to forget.
func (r *Facts[V]) keep(key string, v V) {
	if r.now == nil || len(r.now) >= kept {
		r.now, r.old = map[string]V{}, r.now
	}
	r.now[key] = v
}
