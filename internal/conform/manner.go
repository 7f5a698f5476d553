package conform

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

// manner is how an answer travels.
type manner string

const (
	huge       manner = "huge"       // with a member of hugeMember octets
	slow       manner = "slow"       // letter by letter, over the lab's slow time
	redirected manner = "redirected" // from another address
)

// hugeMember is far above what tokens and attributes need, in octets.
const hugeMember = 16 << 20

// answer is what the provider says, to be sent once its lock is given back.
type answer struct {
	status int
	body   any
	manner manner
	to     string // of redirected
	over   time.Duration
}

func (a answer) send(w http.ResponseWriter, r *http.Request) {
	if a.manner == redirected {
		// 307 has the method and the body repeated (RFC 9110, 15.4.8).
		w.Header().Set("Location", a.to)
		w.WriteHeader(http.StatusTemporaryRedirect)
		return
	}
	b, err := json.Marshal(a.body)
	if err != nil {
		http.Error(w, "answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	switch a.manner {
	case huge:
		chunk := bytes.Repeat([]byte{'x'}, 64<<10)
		_, err := w.Write([]byte(`{"conform_padding":"`))
		for n := 0; n < hugeMember && err == nil; n += len(chunk) {
			_, err = w.Write(chunk)
		}
		_, _ = w.Write(append([]byte(`",`), b[1:]...)) // the reader may have gone away, as it should
	case slow:
		a.drip(w, r, b)
	default:
		_, _ = w.Write(b) // the reader went away
	}
}

// drips is in how many pieces a slow answer comes.
const drips = 20

// drip sends spaces, which JSON permits, and in the end the answer.
func (a answer) drip(w http.ResponseWriter, r *http.Request, b []byte) {
	flush := http.NewResponseController(w)
	every := time.NewTicker(a.over / drips)
	defer every.Stop()
	for range drips {
		if _, err := w.Write([]byte{' '}); err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-every.C:
		}
	}
	_, _ = w.Write(b) // the reader went away
}
