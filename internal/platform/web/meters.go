package web

import (
	"io"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

func (s *Shell) meters() {
	s.Metrics = prometheus.NewRegistry()
	s.served = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kado_http_seconds", Help: "Time to answer a request, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}, []string{"route", "status"})
	s.refused = prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kado_refusals_total", Help: "Refusals by their number in the catalogue."}, []string{"code"})
	s.Metrics.MustRegister(s.served, s.refused, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
}

// Ready adds a check that /readyz asks.
func (s *Shell) Ready(check func(*http.Request) error) { s.ready = append(s.ready, check) }

// Common serves what every set of pages has: /assets, /healthz (the process
// answers), /readyz (what it needs answers, too), /metrics (outside a sandbox for
// this machine alone), and the page of a page that does not exist.
func (s *Shell) Common(mux *http.ServeMux) {
	mux.Handle("GET /assets/{file}", http.HandlerFunc(s.asset))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		for _, check := range s.ready {
			if err := check(r); err != nil {
				s.o.Log.WarnContext(r.Context(), "not ready", "err", err)
				plain(w, http.StatusServiceUnavailable, "not ready\n")
				return
			}
		}
		plain(w, http.StatusOK, "ready\n")
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { s.nowhere(mux, w, r) })
	figures := promhttp.HandlerFor(s.Metrics, promhttp.HandlerOpts{})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		// How often what is refused is nobody's business outside.
		if !s.o.Sandbox && !ownMachine(r) {
			s.Fault(w, r, NoPage.New())
			return
		}
		figures.ServeHTTP(w, r)
	})
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // the reader went away
}
