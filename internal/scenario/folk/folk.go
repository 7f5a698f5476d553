package folk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"kado/internal/server"
	"kado/mynumber"
)

// Past is how long before its present a new world has to begin, so that it has
// people whose certificates have expired: a certificate ends on the fifth
// birthday after its issue, four years and a day later at the earliest.
const Past = (4*365 + 1 + 62) * 24 * time.Hour

// Options say whom to make.
type Options struct {
	// Now is the time at which the people are as they are described; the clock is
	// moved up to it. A world whose clock is there already, or nearly, gets another
	// fifty days: cards are not made in one.
	Now time.Time
	// Only names the personas to make; empty for all.
	Only []string
	// Progress is told how far it is; nil for nobody.
	Progress func(done, total int)
}

// Folk are the people of one world.
type Folk struct {
	// All are those whose cards are ready, in the order of the table.
	All []Persona
	// Missing are the ids of those who could not be made: the world began too late
	// for what had to have happened to them, or its clock was moved on while their
	// making lay still.
	Missing []string

	phones map[string]Phone
}

// ByID finds a persona. KADO-7251.
func (f *Folk) ByID(id string) (Persona, error) {
	for _, p := range f.All {
		if p.ID == id {
			return p, nil
		}
	}
	if !idForm.MatchString(id) {
		id = "?" // not to be shown back
	}
	return Persona{}, NoPersona.New(id)
}

// Of finds whose card it is.
func (f *Folk) Of(card mynumber.CardID) (Persona, bool) {
	for _, p := range f.All {
		if p.Card == card {
			return p, true
		}
	}
	return Persona{}, false
}

// IDs lists every persona that there is, of whatever world.
func IDs() []string {
	out := make([]string, len(table))
	for i, s := range table {
		out[i] = s.id
	}
	return out
}

// Described lists every persona as documents show it, without a card.
func Described() []Persona {
	out := make([]Persona, len(table))
	for i := range table {
		out[i] = table[i].describe(Persona{ID: table[i].id, Name: table[i].name})
	}
	return out
}

const (
	fileName = "folk.json"
	maxFile  = 256 << 10
)

// file is folk.json. Begun is written before a person comes into the register:
// whoever is begun is never begun again. A batch that was cut off stands in Making,
// and is completed.
type file struct {
	Version int              `json:"version"` // 1
	Begun   []string         `json:"begun"`
	People  []Persona        `json:"people"`
	Phones  map[string]Phone `json:"phones,omitempty"` // by persona
	Making  *making          `json:"making,omitempty"`
}

var (
	idForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	personForm = regexp.MustCompile(`^per_[0-9a-z]{10,40}$`)
)

// Open reads who is there and makes who is missing, through the offices. Where a
// process before was cut off, it first goes on with whom that one had begun,
// wherever it stopped.
// KADO-7250 folk.json is not readable, KADO-7251 Only names nobody; otherwise the
// refusals of the offices.
func Open(ctx context.Context, box *server.Sandbox, o Options) (*Folk, error) {
	var known file
	raw, err := readFile(filepath.Join(box.Dir(), fileName))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		known.Version = 1
	case err != nil:
		return nil, Unreadable.Because(err)
	default:
		if known, err = decode(raw); err != nil {
			return nil, Unreadable.Because(err)
		}
	}
	for _, id := range o.Only {
		if !slices.Contains(IDs(), id) {
			return nil, NoPersona.New(id)
		}
	}
	var todo []*spec
	for i := range table {
		s := &table[i]
		if !slices.Contains(known.Begun, s.id) && (len(o.Only) == 0 || slices.Contains(o.Only, s.id)) {
			todo = append(todo, s)
		}
	}
	m := &maker{box: box, known: known, progress: o.Progress}
	if m.known.Making != nil {
		if err := m.goOn(ctx); err != nil {
			return nil, err
		}
	}
	if len(todo) > 0 {
		if err := m.begin(ctx, todo, o.Now); err != nil {
			return nil, err
		}
	}
	return m.folk(o.Only), nil
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // was only read
	return io.ReadAll(io.LimitReader(f, maxFile+1))
}

// decode reads folk.json: one document, nothing unknown in it, and nothing that
// this version would not have written.
func decode(raw []byte) (file, error) {
	var f file
	if len(raw) > maxFile {
		return f, errors.New("too long")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return file{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return file{}, errors.New("something follows the document")
	}
	if f.Version != 1 {
		return file{}, errors.New("another version")
	}
	ids := IDs()
	for i, id := range f.Begun {
		if !slices.Contains(ids, id) || slices.Contains(f.Begun[:i], id) {
			return file{}, errors.New("begun")
		}
	}
	if f.Making != nil {
		if err := f.Making.check(f.Begun); err != nil {
			return file{}, err
		}
	}
	for id, phone := range f.Phones {
		if !slices.Contains(f.Begun, id) || phone.check() != nil {
			return file{}, errors.New("phone")
		}
	}
	for i := range f.People {
		p := &f.People[i]
		at := slices.Index(ids, p.ID)
		_, err := mynumber.ParseCardID(string(p.Card))
		switch {
		case at < 0 || err != nil || !slices.Contains(f.Begun, p.ID),
			slices.ContainsFunc(f.People[:i], func(q Persona) bool { return q.ID == p.ID || q.Card == p.Card }),
			!personForm.MatchString(p.Owner) || p.Name == "" || len(p.Name) > 400 || !p.PINs.sound():
			return file{}, errors.New("a person's record")
		}
		*p = table[at].describe(*p)
	}
	return f, nil
}

var four = regexp.MustCompile(`^[0-9]{4}$`)

func (p PINs) sound() bool {
	for _, s := range []string{p.Authentication, p.Text, p.Register} {
		if s != "" && !four.MatchString(s) {
			return false
		}
	}
	return p.Signature == "" || mynumber.CheckSignaturePassword(p.Signature) == nil
}

// describe adds what the table knows of a persona.
func (s *spec) describe(p Persona) Persona {
	p.Title, p.About, p.Phone = s.title, s.about, s.phone
	p.Refusal, p.Signing = "", ""
	if s.refusal != nil {
		p.Refusal = s.refusal.Code()
	}
	if s.signing != nil {
		p.Signing = s.signing.Code()
	}
	return p
}

// folk sorts what is known into the order of the table.
func (m *maker) folk(only []string) *Folk {
	f := &Folk{phones: m.known.Phones}
	for _, id := range IDs() {
		i := slices.IndexFunc(m.known.People, func(p Persona) bool { return p.ID == id })
		switch {
		case i >= 0:
			f.All = append(f.All, m.known.People[i])
		case len(only) == 0 || slices.Contains(only, id):
			f.Missing = append(f.Missing, id)
		}
	}
	return f
}

// save writes folk.json, wholly or not at all, for its owner alone.
func (m *maker) save() error {
	raw, err := json.MarshalIndent(m.known, "", " ")
	if err != nil {
		return err
	}
	return server.WriteFile(filepath.Join(m.box.Dir(), fileName), append(raw, '\n'), 0o600)
}
