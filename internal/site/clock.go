package site

import (
	"net/http"
	"strconv"
	"time"

	"kado/internal/platform/web"
	"kado/mynumber"
)

const maxMove = 20 * 366 * 24 * time.Hour

type clockView struct {
	Now   time.Time
	Local string // for the field, in Japan's time
}

// clockPart shows the clock of the sandbox and moves it forward.
func (s *Site) clockPart() Part {
	return Part{
		Tile: Tile{Path: "/sandbox/clock", Icon: "clock", Title: texts["site.clock.tile"], Text: texts["site.clock.about"]},
		Mount: func(shell *web.Shell, mux *http.ServeMux) {
			mux.HandleFunc("GET /sandbox/clock", func(w http.ResponseWriter, r *http.Request) {
				shell.Render(w, r, web.Page{Name: "site/clock", Title: texts["site.clock.title"], Data: viewClock(s.o.Clock.Now())})
			})
			mux.HandleFunc("POST /sandbox/clock", func(w http.ResponseWriter, r *http.Request) {
				if err := s.moveClock(r); err != nil {
					shell.Fault(w, r, err)
					return
				}
				http.Redirect(w, r, "/sandbox/clock", http.StatusSeeOther)
			})
		},
	}
}

func viewClock(t time.Time) clockView {
	return clockView{t, t.In(mynumber.JST).Format("2006-01-02T15:04")}
}

// moveClock reads either "days", by which to move, or "to", a time in Japan; and
// lets the day's work of the house follow.
func (s *Site) moveClock(r *http.Request) error {
	f, err := web.Form(r, "days", "to")
	if err != nil {
		return err
	}
	now := s.o.Clock.Now()
	to := now
	switch {
	case f.Get("days") != "" && f.Get("to") == "":
		n, err := strconv.Atoi(f.Get("days"))
		if err != nil || n < 1 || n > 366*20 {
			return ClockBack.New()
		}
		to = now.AddDate(0, 0, n)
	case f.Get("to") != "" && f.Get("days") == "":
		if to, err = time.ParseInLocation("2006-01-02T15:04", f.Get("to"), mynumber.JST); err != nil {
			return web.BadForm.New()
		}
	default:
		return web.BadForm.New()
	}
	if to.Before(now) || to.Sub(now) > maxMove {
		return ClockBack.New()
	}
	if err := s.o.Sandbox.Clock.Set(to); err != nil {
		return ClockBack.Because(err)
	}
	if err := s.o.House.Daily(r.Context()); err != nil {
		return err
	}
	return s.o.Sandbox.SaveWorld()
}
