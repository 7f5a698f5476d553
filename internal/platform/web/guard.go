package web

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"kado/internal/platform/clock"
)

// MaxBody is the largest body of a form, in octets. Handlers of files set their
// own, larger one.
const MaxBody = 64 << 10

// policy is the content security policy: nothing from elsewhere, no script or
// style in the page itself, no frame around it.
func policy(formTargets []string) string {
	forms := strings.Join(append([]string{"'self'"}, formTargets...), " ")
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
		"manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action " + forms
}

// bare is the policy of whatever is no page: it may do nothing, should a browser ever
// show it as one.
const bare = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"

// Guard wraps everything that is served: headers, cross-origin protection, body
// caps, rate limits, a log line and a metric for each request. machine tells
// which paths are for programs, which have no cookies and so need no protection
// against forms of other sites.
func (s *Shell) Guard(next http.Handler, machine func(*http.Request) bool) http.Handler {
	s.machine = machine
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Fault(w, r, CrossOrigin.New())
	}))
	protected := cross.Handler(next)
	elapsed := clock.Elapsed() // the clock of a sandbox may jump within a request
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := elapsed()
		rec := &recorder{ResponseWriter: w}
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Content-Security-Policy", bare)
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
		if s.o.Secure {
			h.Set("Strict-Transport-Security", "max-age=63072000")
		}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				s.o.Log.ErrorContext(r.Context(), "panic", "path", r.URL.Path, "what", p, "stack", string(debug.Stack()))
				if rec.status == 0 {
					s.Fault(rec, r, context.Canceled)
				}
			}
			s.note(r, rec, elapsed()-start)
		}()
		if !s.reached(r) {
			if s.program(r) {
				s.FaultJSON(rec, r, WrongHost.New())
				return
			}
			s.Fault(rec, r, WrongHost.New())
			return
		}
		if machine != nil && machine(r) {
			next.ServeHTTP(rec, r)
			return
		}
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			if err := s.Begins(rec, r); err != nil {
				s.Fault(rec, r, err)
				return
			}
			r.Body = http.MaxBytesReader(rec, r.Body, MaxBody)
		}
		s.rememberLanguage(rec, r)
		protected.ServeHTTP(rec, r)
	})
}

// note logs a request: its path, never its query or body, which may hold codes.
func (s *Shell) note(r *http.Request, rec *recorder, took time.Duration) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	route := r.Pattern
	if route == "" {
		route = "other"
	}
	s.served.WithLabelValues(route, strconv.Itoa(rec.status)).Observe(took.Seconds())
	level := slog.LevelInfo
	switch {
	case rec.status >= 500:
		level = slog.LevelError
	case rec.status < 400 && (rec.repeats || asksAgain(r)):
		level = slog.LevelDebug
	}
	s.o.Log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", rec.status, "bytes", rec.bytes, "took", took)
}

// asksAgain tells whether a page asks by itself whether something has changed since
// it was shown, as it does every second or two.
func asksAgain(r *http.Request) bool {
	return r.Method == http.MethodGet && r.Header.Get("HX-Request") == "true" && r.URL.Query().Has("seen")
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status  int
	bytes   int64
	repeats bool // a page that loads itself again
}

// recorderOf finds the recorder below what others have put around it; nil where
// there is none.
func recorderOf(w http.ResponseWriter) *recorder {
	for {
		switch v := w.(type) {
		case *recorder:
			return v
		case interface{ Unwrap() http.ResponseWriter }:
			w = v.Unwrap()
		default:
			return nil
		}
	}
}

// WriteHeader remembers the first status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts what is written.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// limits allows each network a burst of writes and a steady rate after it.
type limits struct {
	mu  sync.Mutex
	now func() time.Time
	by  map[string]*rate.Limiter
}

const (
	writesPerSecond = 20
	writeBurst      = 100
	maxAddresses    = 10_000
)

func newLimits(now func() time.Time) *limits {
	return &limits{now: now, by: map[string]*rate.Limiter{}}
}

func (l *limits) allow(of string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	lim := l.by[of]
	if lim == nil {
		if len(l.by) >= maxAddresses {
			// Forgetting everybody's past is kinder than refusing newcomers, and the
			// memory stays bounded.
			clear(l.by)
		}
		lim = rate.NewLimiter(writesPerSecond, writeBurst)
		l.by[of] = lim
	}
	return lim.AllowN(l.now(), 1)
}

// Begins counts a request that leaves something behind, as every write does, and
// refuses it with TooMany where too many came from one place. Handlers of pages ask it
// before they keep anything for a visitor who only reads.
func (s *Shell) Begins(w http.ResponseWriter, r *http.Request) error {
	if behindProxy(r) || s.limits.allow(network(address(r))) {
		return nil
	}
	w.Header().Set("Retry-After", "5")
	return TooMany.New()
}

// address is the peer's, without the port. Headers that claim another are not
// believed.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// network is what one party has to itself: an IPv4 address, or the 64 bits before an
// interface's own of an IPv6 address.
func network(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if ip = ip.Unmap().WithZone(""); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}

// behindProxy reports whether a request came through a proxy that stands on this
// machine or in its private network. All visitors then have the proxy's address: one
// of them would use up what is everybody's, so that limits are the proxy's.
func behindProxy(r *http.Request) bool {
	ip := net.ParseIP(address(r))
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate()) && forwardedHere(r)
}

// Unseen reports whether the page of another site had a browser ask without showing
// anybody what comes of it, as an image or by a script. Programs do not say where they
// come from.
func Unseen(r *http.Request) bool {
	from, mode := r.Header.Get("Sec-Fetch-Site"), r.Header.Get("Sec-Fetch-Mode")
	return (from == "cross-site" || from == "same-site") && mode != "navigate"
}
