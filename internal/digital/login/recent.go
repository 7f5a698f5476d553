package login

import "sync"

// maxRecent is how many entries a memory of facts keeps at least; it holds twice as
// many at most.
const maxRecent = 50_000

// recent remembers facts that never change once they are committed: whose a certificate
// is, by which id a party knows a holder. What is not in it is in the database. Safe
// for concurrent use.
type recent[V any] struct {
	mu       sync.Mutex
	now, old map[string]V
}

func (r *recent[V]) get(key string) (V, bool) {
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

func (r *recent[V]) put(key string, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.keep(key, v)
}

// keep forgets what was not asked for since the last time it had to forget.
func (r *recent[V]) keep(key string, v V) {
	if r.now == nil || len(r.now) >= maxRecent {
		r.now, r.old = map[string]V{}, r.now
	}
	r.now[key] = v
}
