package pdf

// body walks over the octets of a revision and holds what it finds against the
// revision's sections.
func (f *File) body(rev int) error {
	r := f.Revisions[rev]
	sections := map[int]*section{}
	own := map[int]bool{} // octets of cross-reference streams, which need not list themselves
	for _, s := range r.sections {
		sections[s.at] = s
		if s.xrefStm != nil {
			own[s.xrefStm.at] = true
		}
	}
	found := map[int]*Indirect{}
	l := &lexer{buf: f.Data[:r.End], pos: r.Start, file: true, items: &f.items}
	for {
		l.skip()
		if l.pos >= r.End {
			break
		}
		if s := sections[l.pos]; s != nil {
			delete(sections, l.pos)
			if s.object != nil {
				found[l.pos], own[l.pos] = s.object, true
			}
			l.pos = s.tailEnd
			continue
		}
		o, err := f.indirect(l, rev)
		if err != nil {
			return err
		}
		found[o.Start] = o
		r.bodies = append(r.bodies, o)
	}
	if len(sections) > 0 {
		return refuse(Malformed, r.Start, "a cross-reference section does not stand between objects")
	}
	return f.list(rev, found, own)
}

// list holds the entries of a revision's sections against the objects in its body.
func (f *File) list(rev int, found map[int]*Indirect, own map[int]bool) error {
	r := f.Revisions[rev]
	r.Objects, r.Freed = map[int]*Indirect{}, map[int]bool{}
	inside := map[int]location{} // entries that lead into object streams
	listed := map[int]bool{}
	for _, s := range r.sections {
		for n, where := range s.entries {
			switch where.kind {
			case free:
				r.Freed[n] = true
			case inBody:
				o := found[where.at]
				if o == nil || o.Ref != (Ref{n, where.sub}) {
					return refuse(Malformed, where.at, "a cross-reference leads to no object of its revision")
				}
				r.Objects[n] = o
				listed[where.at] = true
			case inStream:
				inside[n] = where
			}
		}
	}
	for at := range found {
		if !listed[at] && !own[at] {
			return refuse(Ambiguous, at, "an object that the cross-references of its revision do not list")
		}
	}
	// In the order of the file, so that the same file is always refused for the
	// same reason.
	for _, o := range r.bodies {
		s, ok := o.Value.(*Stream)
		if !ok || s.Dict.Get("Type") != Name("ObjStm") {
			continue
		}
		if err := f.objectStream(r, o, s, inside); err != nil {
			return err
		}
	}
	if len(inside) > 0 {
		return refuse(Malformed, r.Start, "a cross-reference leads into an object stream of another revision")
	}
	return nil
}

// objectStream reads the objects of an object stream (7.5.7); each is listed with
// its index.
func (f *File) objectStream(r *Revision, container *Indirect, s *Stream, inside map[int]location) error {
	wrong := func(detail string) error { return refuse(Malformed, container.Start, detail) }
	n, ok1 := s.Dict.Get("N").(Integer)
	first, ok2 := s.Dict.Get("First").(Integer)
	if !ok1 || !ok2 || n < 0 || n > MaxObjects || first < 0 {
		return wrong("object stream")
	}
	data, err := s.Decode(&f.Budget)
	if err != nil {
		return err
	}
	if int(first) > len(data) {
		return wrong("object stream")
	}
	head := &lexer{buf: data[:first], items: &f.items}
	body := &lexer{buf: data, pos: int(first), items: &f.items}
	for i := range int(n) {
		head.skip()
		number, ok1 := head.natural()
		head.skip()
		offset, ok2 := head.natural()
		if !ok1 || !ok2 || number == 0 {
			return wrong("head of an object stream")
		}
		where, listed := inside[number]
		if !listed || where.at != container.Ref.Number || where.sub != i {
			return refuse(Ambiguous, container.Start, "an object that the cross-references of its revision do not list")
		}
		delete(inside, number)
		if !body.skipTo(int(first) + offset) {
			return wrong("octets between the objects of an object stream")
		}
		v, err := body.value(0)
		if err != nil {
			return err
		}
		r.Objects[number] = &Indirect{Ref: Ref{number, 0}, Value: v, Start: container.Start, End: container.End, Container: container.Ref.Number}
	}
	if head.skip(); head.pos != len(head.buf) {
		return wrong("head of an object stream")
	}
	if body.skip(); body.pos != len(data) {
		return wrong("octets behind the objects of an object stream")
	}
	return nil
}

// skipTo passes over white space and comments and reports whether at is between
// two of them, or behind them all.
func (l *lexer) skipTo(at int) bool {
	met := l.pos == at
	for l.pos < len(l.buf) {
		c := l.buf[l.pos]
		switch {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.buf) && l.buf[l.pos] != '\n' && l.buf[l.pos] != '\r' {
				l.pos++
			}
		default:
			return met
		}
		met = met || l.pos == at
	}
	return met
}

// indirect reads "n g obj … endobj". rev is the revision whose objects a stream's
// Length may name; -1 permits none.
func (f *File) indirect(l *lexer, rev int) (*Indirect, error) {
	start := l.pos
	number, ok1 := l.natural()
	l.skip()
	generation, ok2 := l.natural()
	l.skip()
	if !ok1 || !ok2 || number == 0 || generation > 65535 || !l.keyword("obj") {
		return nil, l.failAt(start, "no object stands here")
	}
	o := &Indirect{Ref: Ref{number, generation}, Start: start}
	v, err := l.value(0)
	if err != nil {
		return nil, err
	}
	o.Value = v
	l.skip()
	if l.keyword("stream") {
		d, ok := v.(*Dict)
		if !ok {
			return nil, l.fail("a stream without dictionary")
		}
		if o.Value, err = f.stream(l, d, rev); err != nil {
			return nil, err
		}
		l.skip()
	}
	if !l.keyword("endobj") {
		return nil, l.fail("endobj is missing")
	}
	o.End = l.pos
	return o, nil
}

func (f *File) stream(l *lexer, d *Dict, rev int) (*Stream, error) {
	if l.at("\r") && !l.at("\r\n") || !l.endOfLine() {
		return nil, l.fail("end of line behind stream")
	}
	length, err := f.length(d.Get("Length"), rev)
	if err != nil {
		return nil, err
	}
	if length > len(l.buf)-l.pos {
		return nil, l.fail("a stream goes beyond its revision")
	}
	s := &Stream{Dict: d, Raw: l.buf[l.pos : l.pos+length]}
	l.pos += length
	l.endOfLine()
	if !l.keyword("endstream") {
		return nil, l.fail("a stream is not as long as it says")
	}
	return s, nil
}

// length reads a stream's Length: a number, or an object of the body that is one.
func (f *File) length(v Object, rev int) (int, error) {
	if ref, ok := v.(Ref); ok {
		where := f.find(rev, ref.Number)
		if where.kind != inBody || where.at >= len(f.Data) {
			return 0, refuse(Malformed, -1, "Length of a stream")
		}
		l := &lexer{buf: f.Data, pos: where.at, file: true, items: &f.items}
		n, ok1 := l.natural()
		l.gap()
		g, ok2 := l.natural()
		l.gap()
		if !ok1 || !ok2 || n != ref.Number || g != ref.Generation || !l.keyword("obj") {
			return 0, refuse(Malformed, where.at, "Length of a stream")
		}
		l.gap()
		length, ok := l.natural()
		l.gap()
		if !ok || !l.keyword("endobj") {
			return 0, refuse(Malformed, where.at, "Length of a stream")
		}
		return length, nil
	}
	n, ok := v.(Integer)
	if !ok || n < 0 || n > MaxFile {
		return 0, refuse(Malformed, -1, "Length of a stream")
	}
	return int(n), nil
}

// gap passes over a little white space. Many streams may name the same length, so
// what is read for each must be short.
func (l *lexer) gap() {
	for i := 0; i < 16 && l.pos < len(l.buf) && isSpace(l.buf[l.pos]); i++ {
		l.pos++
	}
}

// find returns where revision rev has an object, from the sections alone.
func (f *File) find(rev, number int) location {
	for i := rev; i >= 0; i-- {
		for _, s := range f.Revisions[i].sections {
			if where, ok := s.entries[number]; ok {
				return where
			}
		}
	}
	return location{}
}
