package site_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/platform/keystore"
	"kado/internal/platform/web/webtest"
	"kado/internal/server"
	"kado/internal/site"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)

func sandbox(t *testing.T) *server.Sandbox {
	t.Helper()
	box, err := server.OpenSandbox(context.Background(), server.SandboxOptions{Start: start, Municipality: "13221", NewRun: true, Cost: keystore.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})
	return box
}

func open(t *testing.T, box *server.Sandbox, production bool) *site.Site {
	t.Helper()
	o := site.Options{House: box.House, Clock: box.Clock, Sandbox: box}
	if production {
		o.Sandbox = nil
	}
	s, err := site.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(h http.Handler, path string) (int, string) {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	b, _ := io.ReadAll(w.Result().Body) // from memory
	return w.Code, string(b)
}

func post(h http.Handler, path string, form url.Values) (int, string) {
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestClockOfTheSandboxMovesForwardOnly(t *testing.T) {
	box := sandbox(t)
	h := open(t, box, false).Handler()
	for _, good := range []struct {
		field, value string
		want         time.Time
	}{{"days", "30", start.AddDate(0, 0, 30)}, {"to", "2026-06-01T10:00", time.Date(2026, 6, 1, 1, 0, 0, 0, time.UTC)}} {
		if code, body := post(h, "/sandbox/clock", url.Values{good.field: {good.value}}); code != 303 || !box.Clock.Now().Equal(good.want) {
			t.Fatalf("%+v: %d %s, the clock shows %s", good, code, body, box.Clock.Now())
		}
	}
	now := box.Clock.Now()
	for _, bad := range []url.Values{{"days": {"0"}}, {"days": {"-1"}}, {"days": {"99999"}}, {"days": {"x"}}, {"to": {"2026-05-01T10:00"}},
		{"to": {"2060-01-01T00:00"}}, {"to": {"soon"}}, {"days": {"1"}, "to": {"2026-07-01T10:00"}}, {}, {"other": {"1"}}} {
		if code, body := post(h, "/sandbox/clock", bad); code != 400 || !strings.Contains(body, "KADO-") || !box.Clock.Now().Equal(now) {
			t.Errorf("%v: %d, the clock shows %s", bad, code, box.Clock.Now())
		}
	}
}

// In production no page of the sandbox exists.
func TestProductionHasNoSandbox(t *testing.T) {
	box := sandbox(t)
	with, without := open(t, box, false).Handler(), open(t, box, true).Handler()
	for _, path := range []string{"/sandbox/clock", "/storybook", "/storybook/site/home"} {
		if code, _ := get(with, path); code != 200 {
			t.Errorf("sandbox: %s: %d", path, code)
		}
		if code, _ := get(without, path); code != 404 {
			t.Errorf("production: %s: %d", path, code)
		}
	}
	_, page := get(without, "/")
	if strings.Contains(page, "sandbox") || strings.Contains(page, "練習") {
		t.Error("the first page in production speaks of a sandbox")
	}
	if code, _ := post(without, "/sandbox/clock", url.Values{"days": {"1"}}); code != 404 || !box.Clock.Now().Equal(start) {
		t.Errorf("production: the clock was moved: %d", code)
	}
}

// Requests under way are answered before the server stops.
func TestStopsGracefully(t *testing.T) {
	box := sandbox(t)
	s := open(t, box, false)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, ln) }()
	base := "http://" + ln.Addr().String()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	// A body that is still being sent when the stop comes.
	r, w := io.Pipe()
	answered := make(chan int, 1)
	go func() {
		req, err := http.NewRequest("POST", base+"/sandbox/clock", r)
		if err != nil {
			answered <- -1
			return
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		client := &http.Client{Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(req)
		if err != nil {
			answered <- -2
			return
		}
		answered <- resp.StatusCode
		_ = resp.Body.Close() // nothing was read of it
	}()
	if _, err := w.Write([]byte("day")); err != nil { // taken from the pipe: the request is under way
		t.Fatal(err)
	}
	// Another request is answered only by a server that is up.
	resp, err := client.Get(base + "/readyz")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close() // read no further
	stop()
	if _, err := w.Write([]byte("s=1")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if code := <-answered; code != 303 {
		t.Errorf("the request under way got %d", code)
	}
	if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if !box.Clock.Now().Equal(start.AddDate(0, 0, 1)) {
		t.Errorf("the clock shows %s", box.Clock.Now())
	}
}

func TestPagesInABrowser(t *testing.T) {
	ctx := webtest.Browser(t)
	s := open(t, sandbox(t), false)
	srv := httptest.NewServer(s.Handler())
	t.Cleanup(srv.Close)
	webtest.Look(t, ctx, srv.URL, append(s.Stories(), "/", "/sandbox/clock"))
}
