package pdf

import "bytes"

// Revision is one state of a file: its first writing, or an update behind it.
type Revision struct {
	// Start and End are the octets of the revision: from the end of the one
	// before to behind its %%EOF and the end of that line. Mark is the end of
	// %%EOF itself.
	Start, Mark, End int
	Trailer          *Dict
	// Objects are those that the revision defines; Freed are those it ends.
	Objects map[int]*Indirect
	Freed   map[int]bool
	// SectionAt is the octet to which startxref leads; Stream tells that a
	// cross-reference stream is there.
	SectionAt int
	Stream    bool

	sections []*section
	bodies   []*Indirect
}

// File is a PDF file that was read completely.
type File struct {
	Data      []byte
	Revisions []*Revision // oldest first; at least one
	// Budget is how many octets of streams may still be decoded.
	Budget int

	items, entries int
	history        map[int][]state // of each number, oldest first
}

// state is what a revision says of a number.
type state struct {
	rev    int
	object *Indirect // nil: ended
}

// Open reads a file. The error is an *Error.
func Open(data []byte) (*File, error) {
	if len(data) > MaxFile {
		return nil, refuse(TooLarge, -1, "file")
	}
	f := &File{Data: data, Budget: MaxDecoded, history: map[int][]state{}}
	if err := f.header(); err != nil {
		return nil, err
	}
	if err := f.chain(); err != nil {
		return nil, err
	}
	for i := range f.Revisions {
		if err := f.body(i); err != nil {
			return nil, err
		}
		f.remember(i)
	}
	return f, nil
}

// Last is the index of the newest revision.
func (f *File) Last() int { return len(f.Revisions) - 1 }

// Lookup returns the object of that number as revision rev has it; nil when there
// is none.
func (f *File) Lookup(rev, number int) *Indirect {
	h := f.history[number]
	for i := len(h) - 1; i >= 0; i-- {
		if h[i].rev <= rev {
			return h[i].object
		}
	}
	return nil
}

// Each visits the objects that revision rev has, in no order.
func (f *File) Each(rev int, visit func(*Indirect)) {
	for n := range f.history {
		if o := f.Lookup(rev, n); o != nil {
			visit(o)
		}
	}
}

// remember writes a revision into the history of its numbers.
func (f *File) remember(rev int) {
	r := f.Revisions[rev]
	for n := range r.Freed {
		if r.Objects[n] == nil && f.history[n] != nil {
			f.history[n] = append(f.history[n], state{rev, nil})
		}
	}
	for n, o := range r.Objects {
		f.history[n] = append(f.history[n], state{rev, o})
	}
}

// Resolve follows references as revision rev has them. A reference to nothing is
// null, as is one that leads round in a circle.
func (f *File) Resolve(rev int, o Object) Object {
	for range 16 {
		ref, ok := o.(Ref)
		if !ok {
			return o
		}
		found := f.Lookup(rev, ref.Number)
		if found == nil || found.Ref != ref {
			return nil
		}
		o = found.Value
	}
	return nil
}

// Dict resolves a dictionary; nil when it is something else.
func (f *File) Dict(rev int, o Object) *Dict {
	d, _ := f.Resolve(rev, o).(*Dict)
	return d
}

// Array resolves an array; nil when it is something else.
func (f *File) Array(rev int, o Object) Array {
	a, _ := f.Resolve(rev, o).(Array)
	return a
}

// Catalog returns the document catalog of a revision, or nil.
func (f *File) Catalog(rev int) *Dict { return f.Dict(rev, f.Revisions[rev].Trailer.Get("Root")) }

// header wants %PDF-1.0 to 1.7 or 2.0 at the first octet: anything before it
// would shift what another reader finds at an offset.
func (f *File) header() error {
	d := f.Data
	if len(d) < 9 || string(d[:5]) != "%PDF-" || d[6] != '.' || !isSpace(d[8]) ||
		!(d[5] == '1' && d[7] >= '0' && d[7] <= '7' || d[5] == '2' && d[7] == '0') {
		return refuse(Malformed, 0, "header")
	}
	return nil
}

// chain reads the cross-reference sections from the newest to the oldest and cuts
// the file into revisions.
func (f *File) chain() error {
	at, err := f.lastStart()
	if err != nil {
		return err
	}
	seen := map[int]bool{}
	end := len(f.Data)
	var newestFirst []*Revision
	for {
		if len(newestFirst) == MaxRevisions {
			return refuse(TooLarge, -1, "revisions")
		}
		r, prev, err := f.revision(at, end, seen)
		if err != nil {
			return err
		}
		newestFirst = append(newestFirst, r)
		if prev < 0 {
			break
		}
		end, at = r.firstAt(), prev
	}
	start := 0
	for i := len(newestFirst) - 1; i >= 0; i-- {
		r := newestFirst[i]
		r.Start = start
		for _, s := range r.sections {
			if s.at < start || s.tailEnd > r.End {
				return refuse(Malformed, s.at, "a cross-reference section lies in another revision")
			}
		}
		start = r.End
		f.Revisions = append(f.Revisions, r)
	}
	if start != len(f.Data) {
		return refuse(Malformed, start, "octets behind the last revision")
	}
	return nil
}

func (r *Revision) firstAt() int {
	at := r.sections[0].at
	for _, s := range r.sections {
		at = min(at, s.at)
	}
	return at
}

// lastStart reads the last startxref of the file, which ends with %%EOF and at
// most one end of line.
func (f *File) lastStart() (int, error) {
	d := f.Data
	for _, eol := range []string{"\r\n", "\n", "\r"} {
		if bytes.HasSuffix(d, []byte(eol)) {
			d = d[:len(d)-len(eol)]
			break
		}
	}
	if !bytes.HasSuffix(d, []byte("%%EOF")) {
		return 0, refuse(Malformed, len(f.Data), "the file does not end with %%EOF")
	}
	from := max(0, len(d)-64)
	i := bytes.LastIndex(d[from:], []byte("startxref"))
	if i < 0 {
		return 0, refuse(Malformed, len(f.Data), "startxref is missing")
	}
	l := &lexer{buf: f.Data, pos: from + i, file: true, items: &f.items}
	at, _, _, err := l.tail()
	return at, err
}

// tail reads "startxref", a number and "%%EOF"; it returns the number and the
// octets behind the mark and behind its line.
func (l *lexer) tail() (at, mark, end int, err error) {
	l.skip()
	if !l.keyword("startxref") {
		return 0, 0, 0, l.fail("startxref is missing")
	}
	l.skip()
	at, ok := l.natural()
	if !ok {
		return 0, 0, 0, l.fail("number behind startxref")
	}
	l.skip()
	if !l.keyword("%%EOF") {
		return 0, 0, 0, l.fail("%%EOF is missing")
	}
	mark = l.pos
	l.endOfLine()
	return at, mark, l.pos, nil
}

// revision reads the section or, in a linearized file, the two sections of the
// revision whose startxref leads to at. prev is the octet of the section before,
// or -1. limit is where the next revision's first section stands.
func (f *File) revision(at, limit int, seen map[int]bool) (r *Revision, prev int, err error) {
	s, err := f.section(at, seen)
	if err != nil {
		return nil, 0, err
	}
	r = &Revision{Trailer: s.trailer, SectionAt: at, Stream: s.stream, sections: []*section{s}}
	if prev, err = f.offset(s.trailer, "Prev"); err != nil {
		return nil, 0, err
	}
	r.Mark, r.End = s.mark, s.tailEnd
	switch {
	case s.tailAt == at:
		if prev >= at {
			return nil, 0, refuse(Malformed, at, "the section before lies behind")
		}
	case prev > at:
		// Linearized (ISO 32000-2, annex F): the section of the first page stands
		// in front and leads to the main one at the end, whose startxref leads back.
		main, err := f.section(prev, seen)
		if err != nil {
			return nil, 0, err
		}
		if main.tailAt != at || main.trailer.Has("Prev") || main.xrefStm != nil {
			return nil, 0, refuse(Malformed, prev, "not the second section of a linearized file")
		}
		for n := range main.entries {
			if _, twice := s.entries[n]; twice && n != 0 {
				return nil, 0, refuse(Ambiguous, prev, "an object is listed twice in one revision")
			}
		}
		r.sections = append(r.sections, main)
		r.Mark, r.End, prev = main.mark, main.tailEnd, -1
	default:
		return nil, 0, refuse(Malformed, at, "startxref does not lead to the section before it")
	}
	if r.End > limit {
		return nil, 0, refuse(Malformed, at, "revisions overlap")
	}
	root, ok := s.trailer.Get("Root").(Ref)
	if !ok || root.Number == 0 {
		return nil, 0, refuse(Malformed, at, "Root")
	}
	return r, prev, nil
}

// offset reads an optional octet number of a trailer; -1 when it is not there.
func (f *File) offset(d *Dict, key Name) (int, error) {
	if !d.Has(key) {
		return -1, nil
	}
	n, ok := d.Get(key).(Integer)
	if !ok || n < 0 || n >= Integer(len(f.Data)) {
		return 0, refuse(Malformed, -1, string(key)+" of a trailer")
	}
	return int(n), nil
}
