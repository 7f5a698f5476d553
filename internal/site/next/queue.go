package next

import (
	"regexp"
	"strconv"
	"sync"
)

const (
	maxQueue = 1000
	maxTimes = 1000
)

var clientForm = regexp.MustCompile(`^[0-9A-Za-z]{0,100}$`)

// Queued is an answer that waits for requests.
type Queued struct {
	ID     string `json:"id"` // of this entry
	Answer string `json:"answer"`
	Client string `json:"client_id,omitempty"` // "" for whoever comes
	Left   int    `json:"left"`
}

// queue holds answers in the order in which they came. It lives in the process
// alone.
type queue struct {
	mu      sync.Mutex
	entries []Queued
	number  int
}

func (q *queue) add(answer, client string, times int) (Queued, error) {
	a, ok := answerOf(answer)
	if !ok {
		return Queued{}, NoSuchAnswer.New()
	}
	if times < 1 || times > maxTimes || !clientForm.MatchString(client) {
		return Queued{}, BadTimes.New()
	}
	if a.Endpoint == Certs || a.Endpoint == Discovery {
		client = "" // nobody says there who asks, so that the entry would wait for ever
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.entries) >= maxQueue {
		return Queued{}, QueueFull.New()
	}
	q.number++
	e := Queued{ID: strconv.Itoa(q.number), Answer: answer, Client: client, Left: times}
	q.entries = append(q.entries, e)
	return e, nil
}

// list returns what waits.
func (q *queue) list() []Queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	return append([]Queued{}, q.entries...)
}

// remove takes an entry away, "" all of them.
func (q *queue) remove(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.entries[:0]
	for _, e := range q.entries {
		if id != "" && e.ID != id {
			kept = append(kept, e)
		}
	}
	q.entries = kept
}

// take returns the first answer that waits for a request, and counts it down.
func (q *queue) take(at Endpoint, client string) (Answer, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range q.entries {
		e := &q.entries[i]
		a, ok := answerOf(e.Answer)
		if !ok || a.Endpoint != at || e.Client != "" && e.Client != client {
			continue
		}
		if e.Left--; e.Left == 0 {
			q.entries = append(q.entries[:i], q.entries[i+1:]...)
		}
		return a, true
	}
	return Answer{}, false
}

// waits reports whether anything waits at an endpoint, so that requests need not
// be read where nothing does.
func (q *queue) waits(at Endpoint) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, e := range q.entries {
		if a, ok := answerOf(e.Answer); ok && a.Endpoint == at {
			return true
		}
	}
	return false
}
