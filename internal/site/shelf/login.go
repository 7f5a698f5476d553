package shelf

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
)

// loginView is the page on which the holder brings a card to an interaction.
type loginView struct {
	Interaction string
	Party       string
	Origin      string
	Claims      []lang.Text
	Sign        bool
	Until       time.Time
	Reader      *readerView // chosen, with a card on it; nil before
	Readers     []readerView
	Cards       []cardView
	Page, Next  int
	Fields      []fieldView
	Last        bool
	Result      *resultView
}

var claimTexts = map[oidc.Claim]lang.Text{
	oidc.ClaimName:      {JA: "氏名", EN: "name"},
	oidc.ClaimAddress:   {JA: "住所", EN: "address"},
	oidc.ClaimBirthdate: {JA: "生年月日", EN: "date of birth"},
	oidc.ClaimGender:    {JA: "性別", EN: "sex"},
}

func (s *Shelf) login(w http.ResponseWriter, r *http.Request) error {
	q, err := web.Query(r, "interaction", "reader", "page")
	if err != nil {
		return err
	}
	i, err := s.o.Desk.Interaction(r.Context(), q.Get("interaction"))
	if err != nil {
		return err
	}
	statement, err := login.ParseStatement(i.Challenge.Message)
	if err != nil {
		return OtherChallenge.Because(err)
	}
	v := loginView{Interaction: i.ID, Party: i.ClientName, Origin: statement.Origin, Sign: len(i.Sign) > 0, Until: i.ExpiresAt}
	for _, c := range i.Claims {
		text, ok := claimTexts[c]
		if !ok {
			text = lang.Text{JA: string(c), EN: string(c)}
		}
		v.Claims = append(v.Claims, text)
	}
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
			v.Fields = append(v.Fields, f)
		}
		if o := v.Reader.Result; o != nil && o.Login == i.ID {
			v.Result = o
		}
	} else if err := s.choices(r, &v, q); err != nil {
		return err
	}
	s.shell.Render(w, r, web.Page{Name: "shelf/login", Title: title("shelf.login.title", i.ClientName), Data: v, Bare: true})
	return nil
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
	i, err := s.o.Desk.Interaction(r.Context(), f.Get("interaction"))
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
	s.forward(w, r, next)
	return nil
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
	root, err := s.o.TextRoot(r.Context())
	if err != nil {
		return "", err
	}
	a, err := d.Answer(laying, i, typed, root)
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
	next, err := s.o.Desk.Cancel(r.Context(), f.Get("interaction"), "access_denied", "the holder cancelled")
	if err != nil {
		return err
	}
	s.forward(w, r, next)
	return nil
}

// forward sends the browser on. To another origin it goes by a page of its own:
// browsers hold a redirect that answers a form to the origins which the form's page
// may be sent to, and this page does not know the relying party's.
func (s *Shelf) forward(w http.ResponseWriter, r *http.Request, next string) {
	u, err := url.Parse(next)
	if err != nil {
		s.shell.Fault(w, r, fault.Unexpected.Because(err))
		return
	}
	if u.Scheme == "" && u.Host == "" && strings.HasPrefix(next, "/") && !strings.HasPrefix(next, "//") && !strings.Contains(next, "\\") {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		s.shell.Fault(w, r, fault.Unexpected.New())
		return
	}
	w.Header().Set("Refresh", "0; url="+u.String())
	s.shell.Render(w, r, web.Page{Name: "shelf/handoff", Title: texts["shelf.handoff.title"], Data: handoffView{u.String(), u.Host}, Bare: true})
}

// handoffView leads back to the relying party.
type handoffView struct{ Next, Host string }

// Path of a reader within the login.
func (v loginView) Path(reader int) string {
	return loginPath + "?" + url.Values{"interaction": {v.Interaction}, "reader": {strconv.Itoa(reader)}}.Encode()
}
