package shelf

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/ways/wanted"
)

// loginView is the page on which the holder brings a card to an interaction.
type loginView struct {
	Interaction string
	Ways        string // where another way is chosen
	Party       string
	Origin      string
	Claims      []lang.Text
	Sign        bool
	Digest      string
	Until       time.Time
	Reader      *readerView // chosen, with a card on it; nil before
	Readers     []readerView
	Cards       []cardView
	Page, Next  int
	Fields      []fieldView
	Last        bool
	// Stuck says that the card has no try left of a PIN that is needed, or does
	// not have it.
	Stuck  bool
	Result *resultView
}

// interaction returns a waiting interaction to the browser that began it.
func (s *Shelf) interaction(r *http.Request, id string) (oidc.Interaction, error) {
	if err := s.o.Desk.Bound(r, id); err != nil {
		return oidc.Interaction{}, err
	}
	return s.o.Desk.Interaction(r.Context(), id)
}

func (s *Shelf) login(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "interaction", "reader", "page")
	if err != nil {
		return err
	}
	i, err := s.interaction(r, q.Get("interaction"))
	if err != nil {
		return err
	}
	asked, err := wanted.Of(i)
	if err != nil {
		return OtherChallenge.Because(err)
	}
	v := loginView{Interaction: i.ID, Ways: i.Ways, Party: asked.Client, Origin: asked.Origin, Claims: asked.Claims, Sign: asked.Signs, Digest: asked.Digest, Until: i.ExpiresAt}
	n, err := count(q, "reader")
	if err != nil {
		return err
	}
	if n != 0 {
		d, err := s.readers.Device(n)
		if err != nil {
			return err
		}
		one, err := s.readerView(r.Context(), d)
		if err != nil {
			return err
		}
		if one.Card != nil {
			v.Reader = &one
		}
	}
	if v.Reader != nil {
		for _, p := range wants(i) {
			f := field(string(p), p, v.Reader.Tries)
			v.Last = v.Last || f.Tries != nil && f.Tries.Last()
			v.Stuck = v.Stuck || f.Tries == nil || f.Tries.Left == 0
			v.Fields = append(v.Fields, f)
		}
		if o := v.Reader.Result; o != nil && o.Login == i.ID {
			v.Result = o
		}
	} else if err := s.choices(r, &v, q); err != nil {
		return err
	}
	s.shell.Render(w, r, web.Page{Name: "shelf/login", Title: title("shelf.login.title", i.ClientName), Data: v, Bare: true, FormTargets: targets(i)})
	return nil
}

// targets are where a form of the page may end.
func targets(i oidc.Interaction) []string {
	if i.ReturnOrigin == "" {
		return nil
	}
	return []string{i.ReturnOrigin}
}

// choices lists what card could be used.
func (s *Shelf) choices(r *http.Request, v *loginView, q url.Values) (err error) {
	if v.Page, err = count(q, "page"); err != nil {
		return err
	}
	v.Page = max(v.Page, 1)
	for _, d := range s.readers.All() {
		one, err := s.readerView(r.Context(), d)
		if err != nil {
			return err
		}
		v.Readers = append(v.Readers, one)
	}
	var pages int
	if v.Cards, pages, err = s.cardsOf(r.Context(), v.Page); v.Page < pages {
		v.Next = v.Page + 1
	}
	return err
}

// answer has the card answer and hands in what it said.
func (s *Shelf) answer(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "interaction", "reader", "laying", "last", string(Authentication), string(Text), string(Signature))
	if err != nil {
		return err
	}
	n, e1 := count(f, "reader")
	laying, e2 := count(f, "laying")
	if e1 != nil || e2 != nil || laying == 0 {
		return web.BadForm.New()
	}
	d, err := s.readers.Device(n)
	if err != nil {
		return err
	}
	i, err := s.interaction(r, f.Get("interaction"))
	if err != nil {
		return err
	}
	next, err := s.bring(r, d, laying, i, f)
	if err != nil {
		if !shownAtTheReader(err) {
			return err
		}
		refusal := refused(err)
		refusal.Login = i.ID
		d.show(laying, refusal)
		s.back(w, r, n, i.ID)
		return nil
	}
	d.show(laying, &Result{Title: title("shelf.done.login", i.ClientName)})
	return forward(w, r, i, next)
}

// shownAtTheReader: what the holder can see to at this page. Everything else is a
// page of its own.
func shownAtTheReader(err error) bool {
	switch k := fault.Of(err).Kind; {
	case k.Class == fault.Internal, k == NoCardHere, k == OtherCard, k == OtherChallenge, k == web.BadForm:
		return false
	case k.Class == fault.NotFound:
		return false // the interaction is over
	}
	return true
}

func (s *Shelf) bring(r *http.Request, d *Device, laying int, i oidc.Interaction, f url.Values) (next string, err error) {
	typed := map[PIN]Typed{}
	for _, p := range wants(i) {
		value, err := p.parse(f.Get(string(p)))
		if err != nil {
			return "", err
		}
		typed[p] = Typed{p, value, f.Get("last") != ""}
	}
	a, err := d.Answer(laying, i, typed)
	if err != nil {
		return "", err
	}
	return s.o.Desk.Answer(r.Context(), i.ID, a)
}

func (s *Shelf) cancel(w http.ResponseWriter, r *http.Request) error {
	f, err := web.Form(r, "interaction")
	if err != nil {
		return err
	}
	i, err := s.interaction(r, f.Get("interaction"))
	if err != nil {
		return err
	}
	next, err := s.o.Desk.Cancel(r.Context(), i.ID, "access_denied", "the holder cancelled")
	if err != nil {
		return err
	}
	return forward(w, r, i, next)
}

// forward sends the browser on: to a page of the house, or back to the relying
// party.
func forward(w http.ResponseWriter, r *http.Request, i oidc.Interaction, next string) error {
	u, err := url.Parse(next)
	if err != nil {
		return fault.Unexpected.Because(err)
	}
	own := u.Scheme == "" && u.Host == "" && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.Contains(next, "\\")
	if !own && (i.ReturnOrigin == "" || u.Scheme+"://"+u.Host != i.ReturnOrigin) {
		return fault.Unexpected.New()
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// Path of a reader within the login.
func (v loginView) Path(reader int) string {
	return loginPath + "?" + url.Values{"interaction": {v.Interaction}, "reader": {strconv.Itoa(reader)}}.Encode()
}
