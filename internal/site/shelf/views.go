package shelf

import (
	"context"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/scenario/folk"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/trace"
)

// cardView is a card as the pages show it.
type cardView struct {
	ID      mynumber.CardID
	Holder  string
	State   lang.Text
	Usable  bool
	Title   lang.Text // of the persona; zero for none
	Reader  int       // on which it lies; 0 on the shelf
	Expires mynumber.Date
}

// Name tells the card apart in a sentence.
func (c cardView) Name() lang.Text {
	end := string(c.ID)
	if len(end) > 4 {
		end = end[len(end)-4:]
	}
	if c.Holder == "" {
		return lang.Text{JA: "カード …" + end, EN: "card …" + end}
	}
	return lang.Text{JA: c.Holder + "さんのカード（…" + end + "）", EN: "card of " + c.Holder + " (…" + end + ")"}
}

func (s *Shelf) cardView(ctx context.Context, id mynumber.CardID, people map[mynumber.CardID]folk.Persona) (cardView, error) {
	r, err := s.o.Records.Record(ctx, id)
	if err != nil {
		return cardView{}, err
	}
	v := cardView{ID: id, Holder: r.Holder, State: r.State, Usable: r.Usable, Expires: r.ExpiresOn, Title: people[id].Title}
	if r.State == (lang.Text{}) {
		v.State = nobody
	}
	for _, d := range s.readers.All() {
		if d.Card() == id {
			v.Reader = d.Number
		}
	}
	return v, nil
}

// people are the personas by card, and their order.
func (s *Shelf) people() (map[mynumber.CardID]folk.Persona, map[mynumber.CardID]int) {
	by, rank := map[mynumber.CardID]folk.Persona{}, map[mynumber.CardID]int{}
	if s.o.Personas == nil {
		return by, rank
	}
	for i, p := range s.o.Personas() {
		by[p.Card], rank[p.Card] = p, i+1
	}
	return by, rank
}

// perPage is how many cards one page shows.
const perPage = 36

// cardsOf lists a page of the cards of the shelf: personas first, in their order.
func (s *Shelf) cardsOf(ctx context.Context, page int) (out []cardView, pages int, err error) {
	ids, err := s.o.Cards.List()
	if err != nil {
		return nil, 0, err
	}
	people, rank := s.people()
	slices.SortStableFunc(ids, func(a, b mynumber.CardID) int {
		x, y := rank[a], rank[b]
		switch {
		case x == 0 && y == 0:
			return strings.Compare(string(a), string(b))
		case x == 0:
			return 1
		case y == 0:
			return -1
		}
		return x - y
	})
	pages = max(1, (len(ids)+perPage-1)/perPage)
	page = min(max(page, 1), pages)
	for _, id := range ids[(page-1)*perPage : min(page*perPage, len(ids))] {
		v, err := s.cardView(ctx, id, people)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, v)
	}
	return out, pages, nil
}

// triesView is one row of a card's PINs.
type triesView struct {
	PIN  PIN
	Name lang.Text
	Left int
	Full int
}

// Last reports whether the next wrong value blocks it.
func (t triesView) Last() bool { return t.Left == 1 }

func triesOf(v View) (out []triesView) {
	for _, p := range PINs() {
		if left, ok := v.Tries[p]; ok {
			out = append(out, triesView{p, p.Name(), left, p.Full()})
		}
	}
	return out
}

// readerView is a reader with what lies on it.
type readerView struct {
	Number  int
	Card    *cardView // nil when empty
	Drawing template.HTML
	Laying  int // 0 when empty
	Version int
	Tries   []triesView
	Talks   []talkView
	Result  *resultView
	Watch   bool
	Said    lang.Text // what a screen reader is told of what happened last
}

func (s *Shelf) readerView(ctx context.Context, d *Device) (readerView, error) {
	v := d.View()
	out := readerView{Number: v.Number, Drawing: drawing(v.Card), Version: v.Version, Tries: triesOf(v), Result: viewResult(v.Result)}
	for _, t := range v.Talks {
		out.Talks = append(out.Talks, viewTalk(t))
	}
	if v.Card != "" {
		people, _ := s.people()
		c, err := s.cardView(ctx, v.Card, people)
		if err != nil {
			return out, err
		}
		out.Card, out.Laying = &c, v.Laying
	}
	out.Said = said(out)
	return out, nil
}

func said(v readerView) lang.Text {
	switch {
	case v.Result != nil && v.Result.Code != "":
		return v.Result.What
	case v.Result != nil:
		return v.Result.Title
	case v.Card != nil:
		return lang.Text{JA: texts["shelf.said.on"].With(lang.JA, v.Card.Name()), EN: texts["shelf.said.on"].With(lang.EN, v.Card.Name())}
	}
	return texts["shelf.said.off"]
}

// resultView is a result: facts, or a refusal.
type resultView struct {
	Title                 lang.Text
	Facts                 []Fact
	Code                  string
	What, Why, Cure       lang.Text
	Login                 string
	Signed, Warn, Blocked bool
}

func viewResult(r *Result) *resultView {
	if r == nil {
		return nil
	}
	v := &resultView{Title: r.Title, Facts: r.Facts, Login: r.Login, Signed: len(r.Signed) > 0}
	if r.Fault != nil {
		v.Code, v.Warn, v.Blocked = r.Fault.Code(), LastTry.Is(r.Fault), Blocked.Is(r.Fault) || NowBlocked.Is(r.Fault)
		v.What.JA, v.Why.JA, v.Cure.JA = r.Fault.In(lang.JA)
		v.What.EN, v.Why.EN, v.Cure.EN = r.Fault.In(lang.EN)
	}
	return v
}

func refused(err error) *Result { return &Result{Fault: fault.Of(err)} }

// talkView is a conversation, explained.
type talkView struct {
	Number  int
	Title   lang.Text
	Running bool
	Rows    []rowView
	Left    int
}

// rowView is one command, or several of a kind that follow one another.
type rowView struct {
	First, Last                          int
	Name, Target, Access, Status, Reason lang.Text
	Good                                 bool
	Lines                                []lineView
}

// Many is how many commands the row stands for.
func (r rowView) Many() int { return r.Last - r.First + 1 }

type lineView struct {
	Number            int
	Command, Response string
}

func viewTalk(t Talk) talkView {
	out := talkView{Number: t.Number, Title: t.Title, Running: t.Running, Left: t.Left}
	all := &trace.Trace{Exchanges: t.Exchanges}
	ja, en := all.In(trace.Japanese).Exchanges, all.In(trace.English).Exchanges
	both := func(a, b string) lang.Text { return lang.Text{JA: a, EN: b} }
	for i, x := range ja {
		e := en[i]
		row := rowView{First: i + 1, Last: i + 1, Name: both(x.Name, e.Name), Target: both(x.Target, e.Target), Access: both(x.Access, e.Access),
			Status: both(x.Status, e.Status), Reason: both(x.Cause, e.Cause), Good: good(x)}
		line := lineView{i + 1, hexOf(x.Command), hexOf(x.Response)}
		if n := len(out.Rows); n > 0 && out.Rows[n-1].Name == row.Name && out.Rows[n-1].Target == row.Target && out.Rows[n-1].Status == row.Status && row.Good {
			out.Rows[n-1].Last = row.Last
			out.Rows[n-1].Lines = append(out.Rows[n-1].Lines, line)
			continue
		}
		row.Lines = []lineView{line}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// good reports whether an answer ends with 9000, or tells the tries left to
// somebody who asked for them without spending one.
func good(x trace.Exchange) bool {
	r, err := iso7816.ParseResponse(x.Response.Data)
	if err != nil {
		return false
	}
	left, counts := r.SW.TriesLeft()
	return r.SW.OK() || counts && left > 0 && x.Command.Len() <= 5 && x.Command.Len() > 1 && x.Command.Data[1] == 0x20
}

// shownBytes is how many bytes of a command or an answer are shown.
const shownBytes = 24

// hexOf writes bytes for people: hidden ones as dots, long ones cut in the
// middle, so that the status word is always seen.
func hexOf(b trace.Bytes) string {
	var out strings.Builder
	n := b.Len()
	for i := range n {
		if n > shownBytes && i == shownBytes-2 {
			fmt.Fprintf(&out, "… ")
		}
		if n > shownBytes && i >= shownBytes-2 && i < n-2 {
			continue
		}
		if b.Hidden != nil && b.Hidden[i] {
			out.WriteString("•• ")
		} else {
			fmt.Fprintf(&out, "%02X ", b.Data[i])
		}
	}
	if n > shownBytes {
		fmt.Fprintf(&out, "(%d)", n)
	}
	return strings.TrimSpace(out.String())
}
