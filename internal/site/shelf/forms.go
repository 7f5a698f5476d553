package shelf

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/mynumber"
)

// fieldView is one field of a form on the pad.
type fieldView struct {
	Name     string
	Label    lang.Text
	Hint     lang.Text
	Digits   bool // four digits on the pad, not a password
	Optional bool
	New      bool // a new value, not one that the card compares
	Tries    *triesView
}

// Keys are the digits of the pad above its last row.
func (fieldView) Keys() []int { return []int{1, 2, 3, 4, 5, 6, 7, 8, 9} }

// Max is the most characters.
func (f fieldView) Max() int {
	if f.Digits {
		return mynumber.PINLength
	}
	return mynumber.SignaturePasswordMaxLength
}

// formView is the page of an act.
type formView struct {
	Reader readerView
	Act    string
	PIN    PIN // of a change
	Title  lang.Text
	About  lang.Text
	Text   bool // asks for the text to be signed
	Fields []fieldView
	Last   bool // one of the PINs has one try left
	Result *resultView
}

// field asks for a PIN that the card will compare.
func field(name string, p PIN, tries []triesView) fieldView {
	f := fieldView{Name: name, Label: heading(p.Name()), Digits: p != Signature, Hint: texts["shelf.hint.pin"]}
	if p == Signature {
		f.Hint = texts["shelf.hint.password"]
	}
	for _, t := range tries {
		if t.PIN == p {
			f.Tries = &t
		}
	}
	return f
}

// heading is a text as the beginning of a line.
func heading(t lang.Text) lang.Text {
	if t.EN != "" {
		t.EN = strings.ToUpper(t.EN[:1]) + t.EN[1:]
	}
	return t
}

// acts are what one can do with a card on a reader.
var acts = map[string]bool{"attributes": true, "certificates": true, "sign": true, "change": true}

func (s *Shelf) formOf(r *http.Request, d *Device, q url.Values) (formView, error) {
	v := formView{Act: r.PathValue("act"), PIN: PIN(q.Get("pin"))}
	if !acts[v.Act] || v.PIN != "" && (v.Act != "change" || pinNames[v.PIN] == (lang.Text{})) || v.Act == "change" && v.PIN == "" {
		return v, web.NoPage.New()
	}
	var err error
	if v.Reader, err = s.readerView(r.Context(), d); err != nil {
		return v, err
	}
	if v.Reader.Card == nil {
		return v, NoCardHere.New(d.Number)
	}
	tries := v.Reader.Tries
	switch v.Act {
	case "attributes":
		v.Title, v.About = texts["shelf.act.attributes"], texts["shelf.about.attributes"]
		v.Fields = []fieldView{field("pin", Text, tries)}
	case "certificates":
		v.Title, v.About = texts["shelf.act.certificates"], texts["shelf.about.certificates"]
		f := field("pin", Signature, tries)
		f.Optional = true
		v.Fields = []fieldView{f}
	case "sign":
		v.Title, v.About, v.Text = texts["shelf.act.sign"], texts["shelf.about.sign"], true
		v.Fields = []fieldView{field("pin", Signature, tries)}
	case "change":
		v.Title, v.About = texts["shelf.act.change"], texts["shelf.about.change"]
		old := field("pin", v.PIN, tries)
		old.Label = title("shelf.field.old", v.PIN.Name())
		value, again := field("value", v.PIN, nil), field("again", v.PIN, nil)
		value.Label, again.Label = title("shelf.field.new", v.PIN.Name()), texts["shelf.field.again"]
		value.New, again.New = true, true
		v.Fields = []fieldView{old, value, again}
	}
	for _, f := range v.Fields {
		v.Last = v.Last || f.Tries != nil && f.Tries.Last()
	}
	return v, nil
}

func (s *Shelf) form(w http.ResponseWriter, r *http.Request) error {
	d, err := s.device(r)
	if err != nil {
		return err
	}
	q, err := web.Query(r, "pin", "again")
	if err != nil {
		return err
	}
	v, err := s.formOf(r, d, q)
	if err != nil {
		return err
	}
	if q.Get("again") != "" && v.Reader.Result != nil && v.Reader.Result.Code != "" {
		v.Result = v.Reader.Result
	}
	s.shell.Render(w, r, web.Page{Name: "shelf/act", Title: v.Title, Data: v})
	return nil
}

// mendable are the refusals after which the holder types again.
var mendable = []*fault.Kind{WrongPIN, LastTry, NotAPIN, UnsuitablePIN, NotTheSame, NotSignable}

// act carries out what a form asks for. What comes out is shown by the reader, so
// that loading the page again sends no PIN again.
func (s *Shelf) act(w http.ResponseWriter, r *http.Request) error {
	d, err := s.device(r)
	if err != nil {
		return err
	}
	act := r.PathValue("act")
	if !acts[act] {
		return web.NoPage.New()
	}
	fields := []string{"laying", "last", "pin"}
	switch act {
	case "sign":
		fields = append(fields, "text")
	case "change":
		fields = append(fields, "which", "value", "again")
	}
	f, err := web.Form(r, fields...)
	if err != nil {
		return err
	}
	laying, err := count(f, "laying")
	if err != nil || laying == 0 {
		return web.BadForm.New()
	}
	result, err := s.carryOut(r, d, act, laying, f)
	again := url.Values{}
	if err != nil {
		if NoCardHere.Is(err) || OtherCard.Is(err) || Removed.Is(err) || ChangeUnknown.Is(err) || web.BadForm.Is(err) || fault.Of(err).Kind.Class == fault.Internal {
			return err
		}
		result = refused(err)
		for _, k := range mendable {
			if k.Is(err) {
				again.Set("again", "1")
			}
		}
	}
	d.show(laying, result)
	to := fmt.Sprintf("/shelf/readers/%d", d.Number)
	if len(again) > 0 {
		if act == "change" {
			again.Set("pin", f.Get("which"))
		}
		to += "/" + act + "?" + again.Encode()
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (s *Shelf) carryOut(r *http.Request, d *Device, act string, laying int, f url.Values) (*Result, error) {
	which := map[string]PIN{"attributes": Text, "certificates": Signature, "sign": Signature, "change": PIN(f.Get("which"))}[act]
	if pinNames[which] == (lang.Text{}) {
		return nil, web.BadForm.New()
	}
	t := Typed{PIN: which, Last: f.Get("last") != ""}
	var err error
	if act != "certificates" || f.Get("pin") != "" {
		if t.Value, err = which.parse(f.Get("pin")); err != nil {
			return nil, err
		}
	}
	switch act {
	case "attributes":
		root, err := s.o.TextRoot(r.Context())
		if err != nil {
			return nil, err
		}
		a, err := d.Attributes(laying, t, root)
		if err != nil {
			return nil, err
		}
		return attributesResult(a), nil
	case "certificates":
		password := &t
		if t.Value.IsZero() {
			password = nil
		}
		l, err := d.Certificates(laying, password)
		if err != nil {
			return nil, err
		}
		return certificatesResult(l), nil
	case "sign":
		signed, by, err := d.Sign(laying, t, f.Get("text"), s.o.Clock.Now())
		if err != nil {
			return nil, err
		}
		return &Result{Title: texts["shelf.done.sign"], Signed: signed, Facts: []Fact{fact("shelf.fact.text", f.Get("text")),
			fact("shelf.fact.by", by.Subject.CommonName), {texts["shelf.fact.bytes"], title("shelf.fact.bytes.value", len(signed))}}}, nil
	}
	fresh, again := f.Get("value"), f.Get("again")
	if which == Signature {
		fresh, again = mynumber.NormalisePassword(fresh), mynumber.NormalisePassword(again)
	}
	if err := d.Change(laying, t, mynumber.NewSecret(fresh), mynumber.NewSecret(again)); err != nil {
		return nil, err
	}
	return &Result{Title: title("shelf.done.change", which.Name())}, nil
}
