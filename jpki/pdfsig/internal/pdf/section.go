package pdf

// location is where a cross-reference entry leads.
type location struct {
	kind byte // free, inBody or inStream
	at   int  // octet of the file, or number of the object stream
	sub  int  // generation, or index in the object stream
}

const (
	free = iota
	inBody
	inStream
)

// section is one cross-reference section with its trailer.
type section struct {
	at      int
	entries map[int]location
	trailer *Dict
	stream  bool
	object  *Indirect // the cross-reference stream itself
	xrefStm *section  // second section of a hybrid file

	tailAt        int // the number behind its startxref
	mark, tailEnd int
}

// section reads the section at an octet of the file with the startxref behind it.
func (f *File) section(at int, seen map[int]bool) (*section, error) {
	if at <= 0 || at >= len(f.Data) {
		return nil, refuse(Malformed, at, "startxref or Prev leads out of the file")
	}
	if seen[at] {
		return nil, refuse(Malformed, at, "cross-reference sections lead round in a circle")
	}
	seen[at] = true
	l := &lexer{buf: f.Data, pos: at, file: true, items: &f.items}
	var s *section
	var err error
	if l.keyword("xref") {
		s, err = f.table(l, at)
	} else {
		s, err = f.crossStream(l, at)
	}
	if err != nil {
		return nil, err
	}
	if s.trailer.Has("Encrypt") {
		return nil, refuse(Unsupported, at, "the file is encrypted")
	}
	behind := l.pos
	if s.tailAt, s.mark, s.tailEnd, err = l.tail(); err != nil {
		if !s.stream {
			return nil, err
		}
		// The stream of a linearized file's first page has no startxref.
		s.tailAt, s.mark, s.tailEnd = -1, behind, behind
	}
	second, err := f.offset(s.trailer, "XRefStm")
	if err != nil || second < 0 {
		return s, err
	}
	return s, f.hybrid(s, second, seen)
}

// hybrid reads the second section of a hybrid file (ISO 32000-2, 7.5.8.4) and
// adds what the table hides: what both give must be the same.
func (f *File) hybrid(s *section, at int, seen map[int]bool) error {
	if s.stream || at == 0 || seen[at] {
		return refuse(Malformed, at, "XRefStm")
	}
	seen[at] = true
	l := &lexer{buf: f.Data, pos: at, file: true, items: &f.items}
	second, err := f.crossStream(l, at)
	if err != nil {
		return err
	}
	second.tailEnd = second.object.End
	if second.tailEnd > s.at {
		return refuse(Malformed, at, "XRefStm behind its table")
	}
	for n, where := range second.entries {
		had, ok := s.entries[n]
		switch {
		case !ok || had.kind == free:
			s.entries[n] = where
		case where.kind != free && had != where:
			return refuse(Ambiguous, at, "the two sections of a hybrid file lead to different objects")
		}
	}
	s.xrefStm = second
	return nil
}

func (f *File) add(s *section, number int, where location) error {
	if f.entries++; f.entries > MaxObjects {
		return refuse(TooLarge, s.at, "objects")
	}
	if _, twice := s.entries[number]; twice {
		return refuse(Ambiguous, s.at, "an object is listed twice in one section")
	}
	if number == 0 && where.kind != free {
		return refuse(Malformed, s.at, "object 0 is in use")
	}
	s.entries[number] = where
	return nil
}

// table reads a cross-reference table: entries take 20 octets each (7.5.4).
func (f *File) table(l *lexer, at int) (*section, error) {
	s := &section{at: at, entries: map[int]location{}}
	highest := -1
	for {
		l.skip()
		if l.keyword("trailer") {
			break
		}
		first, ok := l.natural()
		if !ok || !l.at(" ") {
			return nil, l.fail("subsection of a cross-reference table")
		}
		l.pos++
		count, ok := l.natural()
		for l.at(" ") {
			l.pos++
		}
		if !ok || !l.endOfLine() {
			return nil, l.fail("subsection of a cross-reference table")
		}
		if count > MaxObjects || first > 8*MaxObjects {
			return nil, refuse(TooLarge, l.pos, "objects")
		}
		for n := first; n < first+count; n++ {
			where, err := l.tableEntry()
			if err != nil {
				return nil, err
			}
			if err := f.add(s, n, where); err != nil {
				return nil, err
			}
			highest = max(highest, n)
		}
	}
	v, err := l.value(0)
	if err != nil {
		return nil, err
	}
	d, ok := v.(*Dict)
	if !ok {
		return nil, l.fail("trailer")
	}
	s.trailer = d
	return s, s.sized(highest)
}

func (s *section) sized(highest int) error {
	size, ok := s.trailer.Get("Size").(Integer)
	if !ok || size < 1 || size > 8*MaxObjects || Integer(highest) >= size {
		return refuse(Malformed, s.at, "Size of a trailer")
	}
	return nil
}

func (l *lexer) tableEntry() (location, error) {
	if len(l.buf)-l.pos < 20 {
		return location{}, l.fail("entry of a cross-reference table")
	}
	e := l.buf[l.pos : l.pos+20]
	digits := func(b []byte) (n int, ok bool) {
		for _, c := range b {
			if !isDigit(c) {
				return 0, false
			}
			n = n*10 + int(c-'0')
		}
		return n, true
	}
	at, ok := digits(e[:10])
	generation, ok2 := digits(e[11:16])
	eol := string(e[18:])
	if !ok || !ok2 || e[10] != ' ' || e[16] != ' ' || e[17] != 'n' && e[17] != 'f' || generation > 65535 ||
		eol != " \n" && eol != "\r\n" && eol != " \r" {
		return location{}, l.fail("entry of a cross-reference table")
	}
	l.pos += 20
	if e[17] == 'f' {
		return location{kind: free}, nil
	}
	return location{inBody, at, generation}, nil
}

// crossStream reads a cross-reference stream (7.5.8).
func (f *File) crossStream(l *lexer, at int) (*section, error) {
	o, err := f.indirect(l, -1)
	if err != nil {
		return nil, err
	}
	stream, ok := o.Value.(*Stream)
	if !ok || stream.Dict.Get("Type") != Name("XRef") {
		return nil, refuse(Malformed, at, "no cross-reference section")
	}
	s := &section{at: at, entries: map[int]location{}, trailer: stream.Dict, stream: true, object: o}
	data, err := stream.Decode(&f.Budget)
	if err != nil {
		return nil, err
	}
	var widths [3]int
	w, ok := stream.Dict.Get("W").(Array)
	if !ok || len(w) != 3 {
		return nil, refuse(Malformed, at, "W of a cross-reference stream")
	}
	for i, v := range w {
		n, ok := v.(Integer)
		if !ok || n < 0 || n > 7 {
			return nil, refuse(Malformed, at, "W of a cross-reference stream")
		}
		widths[i] = int(n)
	}
	row := widths[0] + widths[1] + widths[2]
	if row == 0 || widths[1] == 0 || len(data)%row != 0 {
		return nil, refuse(Malformed, at, "rows of a cross-reference stream")
	}
	index := Array{Integer(0), stream.Dict.Get("Size")}
	if stream.Dict.Has("Index") {
		if index, ok = stream.Dict.Get("Index").(Array); !ok || len(index)%2 != 0 {
			return nil, refuse(Malformed, at, "Index of a cross-reference stream")
		}
	}
	highest := -1
	for ; len(index) > 0; index = index[2:] {
		first, ok1 := index[0].(Integer)
		count, ok2 := index[1].(Integer)
		if !ok1 || !ok2 || first < 0 || count < 0 || count > MaxObjects || first > 8*MaxObjects || int(count)*row > len(data) {
			return nil, refuse(Malformed, at, "Index of a cross-reference stream")
		}
		for n := int(first); n < int(first+count); n++ {
			where, ok := streamEntry(data[:row], widths)
			if !ok {
				return nil, refuse(Malformed, at, "entry of a cross-reference stream")
			}
			data = data[row:]
			if err := f.add(s, n, where); err != nil {
				return nil, err
			}
			highest = max(highest, n)
		}
	}
	if len(data) != 0 {
		return nil, refuse(Malformed, at, "entries that no Index names")
	}
	return s, s.sized(highest)
}

func streamEntry(row []byte, widths [3]int) (location, bool) {
	var v [3]int
	if widths[0] == 0 {
		v[0] = inBody
	}
	for i, w := range widths {
		for _, c := range row[:w] {
			v[i] = v[i]<<8 | int(c)
		}
		row = row[w:]
	}
	switch {
	case v[0] == free:
		return location{kind: free}, true
	case v[0] == inBody && v[2] <= 65535 && v[1] < MaxFile, v[0] == inStream && v[1] < 8*MaxObjects && v[2] < MaxObjects:
		return location{byte(v[0]), v[1], v[2]}, true
	}
	return location{}, false
}
