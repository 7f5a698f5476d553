package webtest_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/platform/web/webtest"
)

// The shell's own pages have no serious fault on a phone and on a terminal.
func TestShellPages(t *testing.T) {
	ctx := webtest.Browser(t)
	s, err := web.New(web.Options{Clock: clock.NewManual(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)), Sandbox: true,
		Menu: []web.Link{{Path: "/", Text: lang.Text{JA: "最初", EN: "First"}}, {Path: "/storybook", Text: lang.Text{JA: "見本帳", EN: "Storybook"}}}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	s.Common(mux)
	s.Storybook(mux)
	srv := httptest.NewServer(s.Guard(mux, nil))
	t.Cleanup(srv.Close)
	webtest.Look(t, ctx, srv.URL, append(s.StoryPaths(), "/none"))
}

// What Inspect is for: a page with faults is found out.
func TestInspectFindsFaults(t *testing.T) {
	ctx := webtest.Browser(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html><head><title>x</title></head><body><main><img src="x"><p style="color:#ddd;width:3000px">pale</p></main></body></html>`))
	}))
	t.Cleanup(srv.Close)
	found := webtest.Open(t, ctx, srv.URL, webtest.Phone)
	ids := map[string]bool{}
	for _, f := range found {
		ids[f.ID] = true
	}
	for _, want := range []string{"image-alt", "color-contrast", "html-has-lang", "wider-than-screen"} {
		if !ids[want] {
			t.Errorf("%s not found: %v", want, found)
		}
	}
}
