package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
	"sort"
	"strings"
	"text/template/parse"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"kado/internal/platform/clock"
	"kado/internal/platform/lang"
)

//go:embed assets/*.css assets/*.js assets/*.svg
var assets embed.FS

//go:embed templates/*.html
var layouts embed.FS

// Options of a shell.
type Options struct {
	Clock   clock.Clock
	Log     *slog.Logger
	Sandbox bool // a bar on every page says that nothing here is real
	// Secure says that the pages are reached over TLS: cookies are then sent over
	// nothing else, and browsers are told to stay with TLS.
	Secure bool
	Menu   []Link
	// Hosts are the names by which requests may reach this site, without ports, in
	// lower case; empty for any. Addresses and localhost are always good, and so is
	// any name for /healthz and /readyz.
	Hosts []string
}

// Link is an entry of the menu at the top.
type Link struct {
	Path string
	Text lang.Text
}

// Story is one page with sample data: what the storybook and the browser tests
// open.
type Story struct {
	Name string // "consent-four-attributes"
	Page Page
	// In gives the page's data where they hold words of one language, such as those
	// of a refusal; nil where Page.Data serves both.
	In func(lang.Lang) any
}

// Room is what an office brings.
type Room struct {
	Name    string
	Pages   fs.FS // *.html at any depth; each file is one page and defines "content"
	Texts   Texts
	Stories []Story
}

// Page is what is to be shown.
type Page struct {
	Name  string // room and file without ending: "login/consent"
	Title lang.Text
	Data  any
	// Status is the HTTP status; 0 is 200.
	Status int
	// FormTargets are further origins that a form of this page may end at, such
	// as a relying party to which the answer is sent.
	FormTargets []string
	// Refresh asks the browser to load the page again after so long; for pages
	// that wait for another device when scripts are off.
	Refresh time.Duration
	Bare    bool // without the menu: for pages between two parties
}

// Shell serves pages. It is safe for concurrent use once every room was added.
type Shell struct {
	o       Options
	rooms   map[string]Room
	texts   Texts
	pages   map[lang.Lang]map[string]*template.Template
	Metrics *prometheus.Registry
	served  *prometheus.HistogramVec
	refused *prometheus.CounterVec
	ready   []func(*http.Request) error
	machine func(*http.Request) bool // which addresses are for programs; nil before Guard
	limits  *limits
}

// New makes a shell without rooms.
func New(o Options) (*Shell, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Shell{o: o, rooms: map[string]Room{}, texts: Texts{}, limits: newLimits(o.Clock.Now), pages: map[lang.Lang]map[string]*template.Template{lang.JA: {}, lang.EN: {}}}
	s.meters()
	own, err := fs.Sub(layouts, "templates")
	if err != nil {
		return nil, err
	}
	return s, s.Add(Room{Name: "shell", Pages: own, Texts: shellTexts, Stories: shellStories()})
}

// Add adds a room. It refuses one whose templates name a text that does not
// exist, whose texts lack a language or are named by nothing, and a page
// without a story.
func (s *Shell) Add(r Room) error {
	if _, twice := s.rooms[r.Name]; twice {
		return fmt.Errorf("web: room %s comes twice", r.Name)
	}
	problems := r.Texts.Problems(r.Name)
	files, err := pageFiles(r.Pages)
	if err != nil {
		return err
	}
	problems = append(problems, bareText(r.Pages, files)...)
	for k, v := range r.Texts {
		s.texts[k] = v
	}
	named := map[string]bool{}
	for _, file := range files {
		if r.Name == "shell" && strings.HasPrefix(path.Base(file), "layout") {
			continue
		}
		name := r.Name + "/" + strings.TrimSuffix(file, ".html")
		for _, l := range []lang.Lang{lang.JA, lang.EN} {
			t, err := s.parse(l, r.Pages, file)
			if err != nil {
				return fmt.Errorf("web: page %s: %w", name, err)
			}
			if t.Lookup("content") == nil {
				return fmt.Errorf("web: page %s defines no content", name)
			}
			s.pages[l][name] = t
			trees := map[string]*parse.Tree{}
			for _, one := range t.Templates() {
				trees[one.Name()] = one.Tree
			}
			keys, err := used(trees)
			if err != nil {
				return err
			}
			for _, k := range keys {
				named[k] = true
				if _, ok := s.texts[k]; !ok {
					problems = append(problems, fmt.Sprintf("page %s names %s, which is in no catalogue", name, k))
				}
			}
		}
	}
	told := map[string]bool{}
	for _, story := range r.Stories {
		told[story.Page.Name] = true
		if s.pages[lang.JA][story.Page.Name] == nil {
			problems = append(problems, fmt.Sprintf("story %s is of page %s, which does not exist", story.Name, story.Page.Name))
		}
	}
	for _, file := range files {
		name := r.Name + "/" + strings.TrimSuffix(file, ".html")
		if s.pages[lang.JA][name] != nil && !told[name] {
			problems = append(problems, fmt.Sprintf("page %s has no story", name))
		}
	}
	if len(problems) > 0 {
		sort.Strings(problems)
		return errors.New("web: room " + r.Name + ":\n" + strings.Join(problems, "\n"))
	}
	s.rooms[r.Name] = r
	return nil
}

// pageFiles lists the templates of a room in order.
func pageFiles(files fs.FS) ([]string, error) {
	var out []string
	if files == nil {
		return nil, nil
	}
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(p) == ".html" {
			out = append(out, p)
		}
		return err
	})
	sort.Strings(out)
	return out, err
}

func (s *Shell) parse(l lang.Lang, files fs.FS, file string) (*template.Template, error) {
	t := template.New("layout.html").Funcs(s.funcs(l)).Option("missingkey=error")
	t, err := t.ParseFS(layouts, "templates/layout*.html")
	if err != nil {
		return nil, err
	}
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return nil, err
	}
	return t.New(file).Parse(string(b))
}

// view is what the layout sees.
type view struct {
	Page
	Lang, Other lang.Lang
	OtherURL    string
	OtherName   string
	Sandbox     bool
	Menu        []Link
	Here        string
	Now         time.Time
	RefreshIn   int
}

// Render writes a page. What cannot be rendered is written to the log and shown
// as the page of an unexpected error; nothing half-written leaves.
func (s *Shell) Render(w http.ResponseWriter, r *http.Request, p Page) {
	l := Language(r)
	t := s.pages[l][p.Name]
	if t == nil {
		s.broken(w, r, fmt.Errorf("web: no page %s", p.Name))
		return
	}
	v := view{Page: p, Lang: l, Other: lang.EN, OtherName: "English", Sandbox: s.o.Sandbox, Menu: s.o.Menu, Here: r.URL.Path, Now: s.o.Clock.Now(), RefreshIn: int(p.Refresh / time.Second)}
	if l == lang.EN {
		v.Other, v.OtherName = lang.JA, "日本語"
	}
	q := r.URL.Query()
	q.Set("lang", string(v.Other))
	v.OtherURL = "?" + q.Encode()
	var out bytes.Buffer
	if err := t.ExecuteTemplate(&out, "layout.html", v); err != nil {
		s.broken(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(l))
	h.Set("Content-Security-Policy", policy(p.FormTargets))
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	if p.Status == 0 {
		p.Status = http.StatusOK
	}
	if rec := recorderOf(w); rec != nil && p.Refresh > 0 {
		rec.repeats = true
	}
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(out.Bytes()) // the reader went away; nothing to tell it
	}
}

func (s *Shell) broken(w http.ResponseWriter, r *http.Request, err error) {
	s.o.Log.ErrorContext(r.Context(), "page", "err", err)
	if p, ok := w.(interface{ Unwrap() http.ResponseWriter }); ok {
		w = p.Unwrap()
	}
	http.Error(w, "KADO-1000", http.StatusInternalServerError)
}
