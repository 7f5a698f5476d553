package next

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"
	"strconv"

	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

//go:embed pages/*.html
var templates embed.FS

type view struct {
	Queue     []Queued
	Answers   []group
	Chaos     bool
	Disorders []Disorder
}

// group is what one endpoint can be asked to answer.
type group struct {
	Title   lang.Text
	Answers []Answer
}

// groups are the answers by endpoint, in the order in which the table names them.
func groups() []group {
	var out []group
	place := map[Endpoint]int{}
	for _, a := range answers {
		at, ok := place[a.Endpoint]
		if !ok {
			at, place[a.Endpoint] = len(out), len(out)
			out = append(out, group{Title: texts["next.group."+string(a.Endpoint)]})
		}
		out[at].Answers = append(out[at].Answers, a)
	}
	return out
}

func (n *Next) page(w http.ResponseWriter, r *http.Request) error {
	if _, err := web.Query(r); err != nil {
		return err
	}
	n.shell.Render(w, r, web.Page{Name: "next/next", Title: texts["next.title"], Data: view{n.queue.list(), groups(), n.o.Chaos != nil, disorders}})
	return nil
}

// change queues an answer, or takes one or all away.
func (n *Next) change(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "answer", "client_id", "times", "remove")
	if err != nil {
		return err
	}
	switch id := f.Get("remove"); {
	case id == "all":
		n.queue.remove("")
	case id != "":
		n.queue.remove(id)
	default:
		times, err := strconv.Atoi(f.Get("times"))
		if err != nil {
			return BadTimes.New()
		}
		if _, err := n.queue.add(f.Get("answer"), f.Get("client_id"), times); err != nil {
			return err
		}
	}
	http.Redirect(w, r, pagePath, http.StatusSeeOther)
	return nil
}

// asked is what a program queues.
type asked struct {
	Answer string `json:"answer"`
	Client string `json:"client_id"`
	Times  int    `json:"times"` // 0 for once
}

// listing is what a program sees.
type listing struct {
	Queue   []Queued `json:"queue"`
	Answers []known  `json:"answers"`
	Chaos   bool     `json:"chaos"`
}

type known struct {
	ID       string   `json:"id"`
	Endpoint Endpoint `json:"endpoint"`
	Error    string   `json:"error,omitempty"`
	Status   int      `json:"status,omitempty"`
	JA       string   `json:"ja"`
	EN       string   `json:"en"`
}

func (n *Next) listAPI(w http.ResponseWriter, _ *http.Request) error {
	out := listing{Queue: n.queue.list(), Chaos: n.o.Chaos != nil}
	for _, a := range answers {
		out.Answers = append(out.Answers, known{a.ID, a.Endpoint, a.Error, a.Status, a.Text.JA, a.Text.EN})
	}
	write(w, http.StatusOK, out)
	return nil
}

// maxAsked bounds what a program sends, in octets.
const maxAsked = 4 << 10

func (n *Next) addAPI(w http.ResponseWriter, r *http.Request) error {
	var a asked
	if err := web.JSON(r, maxAsked, &a); err != nil {
		return err
	}
	if a.Times == 0 {
		a.Times = 1
	}
	e, err := n.queue.add(a.Answer, a.Client, a.Times)
	if err != nil {
		return err
	}
	write(w, http.StatusCreated, e)
	return nil
}

func (n *Next) clearAPI(w http.ResponseWriter, _ *http.Request) error {
	n.queue.remove("")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader went away
}

func room() web.Room {
	own, err := fs.Sub(templates, "pages")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	full := view{Queue: []Queued{{"1", "token-invalid_grant", "shop", 1}, {"2", "auth-access_denied", "", 3}}, Answers: groups(), Chaos: true, Disorders: disorders}
	return web.Room{Name: "next", Pages: own, Texts: texts, Stories: []web.Story{
		{Name: "empty", Page: web.Page{Name: "next/next", Title: texts["next.title"], Data: view{Answers: groups()}}},
		{Name: "queued", Page: web.Page{Name: "next/next", Title: texts["next.title"], Data: full}},
	}}
}
