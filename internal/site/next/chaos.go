package next

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// What chaos does, in a hundred requests. All of it is permitted by the
// standards: a relying party that fails at it would fail one day anyway.
const (
	refusals  = 5                      // are refused with temporarily_unavailable and Retry-After
	rotations = 2                      // of those for tokens are answered with new signing keys
	jitter    = 300 * time.Millisecond // at most, before every answer
)

// Disorder is one thing that chaos does, for pages and documents.
type Disorder struct {
	ID   string
	Text lang.Text
}

// Disorders lists all that chaos does.
func Disorders() []Disorder { return append([]Disorder(nil), disorders...) }

var disorders = []Disorder{
	{"refusals", lang.Text{JA: "要求の5%を temporarily_unavailable で断ります（503、Retry-After: 1。認可の要求では、ブラウザーがこのエラーで事業者へ戻ります）。", EN: "Five requests in a hundred are refused with temporarily_unavailable (503, Retry-After: 1; at the authorization endpoint the browser goes back with this error)."}},
	{"order", lang.Text{JA: "JSON の項目の順序を毎回変えます。", EN: "Members of JSON objects come in another order every time."}},
	{"keys", lang.Text{JA: "トークンの要求の2%の前に、署名の鍵を取り替えます。", EN: "Signing keys are replaced before two token requests in a hundred."}},
	{"jitter", lang.Text{JA: "答えを最大0.3秒遅らせます。", EN: "Every answer is delayed by up to 0.3 seconds."}},
}

// Chaos disturbs the provider by chance.
type Chaos struct {
	Entropy entropy.Source
	// Rotate makes new signing keys (oidc.Provider.Rotate).
	Rotate func(context.Context) error

	mu sync.Mutex
}

// draw returns 0 to limit-1; -1 where chance fails, which disturbs nothing.
func (c *Chaos) draw(limit int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := entropy.Int(c.Entropy.Stream("next.chaos"), limit)
	if err != nil {
		return -1
	}
	return n
}

// in is true in p of a hundred draws.
func (c *Chaos) in(p int) bool {
	n := c.draw(100)
	return n >= 0 && n < p
}

func (c *Chaos) around(n *Next, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at := endpointOf(r)
		if at == "" {
			next.ServeHTTP(w, r)
			return
		}
		if ms := c.draw(int(jitter/time.Millisecond) + 1); ms > 0 {
			n.o.Wait(r.Context(), time.Duration(ms)*time.Millisecond)
		}
		if c.in(refusals) {
			why := ByChaos.New()
			if at == Authorization {
				n.end(w, r, next, "temporarily_unavailable", why)
				return
			}
			fail(w, Answer{Endpoint: at, Error: "temporarily_unavailable", Status: http.StatusServiceUnavailable, Retry: true}, why)
			return
		}
		if at == Token && c.Rotate != nil && c.in(rotations) {
			if err := c.Rotate(r.Context()); err != nil {
				n.shell.Fault(w, r, fault.Unexpected.Because(err))
				return
			}
		}
		if at == Authorization {
			next.ServeHTTP(w, r)
			return
		}
		rec := &kept{header: http.Header{}}
		next.ServeHTTP(rec, r)
		if strings.HasPrefix(rec.header.Get("Content-Type"), "application/json") {
			if mixed, err := c.shuffle(rec.body.Bytes()); err == nil {
				rec.body = *bytes.NewBuffer(append(mixed, '\n'))
			}
		}
		rec.copyTo(w)
	})
}

// shuffle puts the members of every object of a JSON text into another order.
// Values stay as they are, octet by octet.
func (c *Chaos) shuffle(raw []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	out, err := c.value(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNotOne
	}
	return out, nil
}

var errNotOne = json.Unmarshal([]byte("{} {}"), new(any))

func (c *Chaos) value(d *json.Decoder) ([]byte, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	if !ok {
		return plain(t)
	}
	var parts [][]byte
	for d.More() {
		var name []byte
		if delim == '{' {
			key, err := d.Token()
			if err != nil {
				return nil, err
			}
			if name, err = plain(key); err != nil {
				return nil, err
			}
			name = append(name, ':')
		}
		v, err := c.value(d)
		if err != nil {
			return nil, err
		}
		parts = append(parts, append(name, v...))
	}
	end, err := d.Token()
	if err != nil {
		return nil, err
	}
	if delim == '{' {
		for i := len(parts) - 1; i > 0; i-- {
			if j := c.draw(i + 1); j >= 0 {
				parts[i], parts[j] = parts[j], parts[i]
			}
		}
	}
	out := append([]byte(delim.String()), bytes.Join(parts, []byte(","))...)
	return append(out, end.(json.Delim).String()...), nil
}

func plain(t any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(t)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}
