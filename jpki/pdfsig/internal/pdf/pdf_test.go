package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func causeOf(err error) Cause {
	var e *Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return 0
}

func read(s string) (Object, error) {
	n := 0
	l := &lexer{buf: []byte(s), items: &n}
	v, err := l.value(0)
	if err == nil {
		if l.skip(); l.pos != len(l.buf) {
			return nil, l.fail("octets behind")
		}
	}
	return v, err
}

func TestValue_OneReading(t *testing.T) {
	for in, want := range map[string]Object{
		"null": nil, "true": true, " false ": false, "0": Integer(0), "-17": Integer(-17), "+4": Integer(4), "007": Integer(7),
		"1.5": Real("1.5"), "-.5": Real("-.5"), "/A#20b": Name("A b"), "/": Name(""), "12 0 R": Ref{12, 0}, "12%x\n 3 R": Ref{12, 3},
		"(a(b)c\\)\\\\)": String{Text: []byte("a(b)c)\\")}, "(\\101\\12\\0009)": String{Text: []byte("A\n\x009")}, "(a\r\nb\\\r\nc)": String{Text: []byte("a\nbc")},
		"<48 65\n6C>": String{Text: []byte("Hel")}, "[1 2 0 R 3]": Array{Integer(1), Ref{2, 0}, Integer(3)}, "[1 2]": Array{Integer(1), Integer(2)},
		"<</A 1/B[/C]>>": &Dict{Entries: []Entry{{"A", Integer(1)}, {"B", Array{Name("C")}}}},
	} {
		if v, err := read(in); err != nil || !Equal(v, want) {
			t.Errorf("%s: %v, %v", in, v, err)
		}
	}
	for in, want := range map[string]Cause{
		"": Malformed, "nul": Malformed, "truex": Malformed, "1 0 obj": Malformed, "--1": Malformed, "1.2.3": Malformed, "1e5": Malformed, "+": Malformed, ".": Malformed,
		"99999999999999999999": Malformed, "/A#2": Malformed, "/A#00": Malformed, "(a": Malformed, "(a\\": Malformed, "<4": Malformed, "<4>": Malformed, "<4g>": Malformed,
		"[1": Malformed, "<</A>>": Malformed, "<<1 2>>": Malformed, "<</A 1": Malformed, "<</A 1/A 2>>": Ambiguous, "<</A 1/#41 2>>": Ambiguous,
		"0 0 R": Malformed, "1 65536 R": Malformed, strings.Repeat("[", 100): TooLarge, "/" + strings.Repeat("a", 2000): TooLarge, ">": Malformed, "{": Malformed, "%%EOF": Malformed,
	} {
		if v, err := read(in); causeOf(err) != want {
			t.Errorf("%.40s: %v, %v", in, v, err)
		}
	}
	var big strings.Builder
	for i := range 100 {
		fmt.Fprintf(&big, "/K%d 1", i)
	}
	if _, err := read("<<" + big.String() + ">>"); err != nil {
		t.Error(err)
	}
	if _, err := read("<<" + big.String() + "/K70 2>>"); causeOf(err) != Ambiguous {
		t.Errorf("a key twice among many: %v", err)
	}
}

func TestAppend_ReadsBackTheSame(t *testing.T) {
	for _, in := range []string{"null", "[true false 1 -2 .5 /A#2F#23 12 0 R]", "<</A(\\(x\\))/B<00FF>/C<</D[]>>>>", "(\\000\\377)"} {
		v, err := read(in)
		if err != nil {
			t.Fatal(err)
		}
		out := Append(nil, v)
		if w, err := read(string(out)); err != nil || !Equal(v, w) {
			t.Errorf("%s becomes %s: %v", in, out, err)
		}
	}
}

func stream(entries string, raw []byte) *Stream {
	v, err := read("<<" + entries + ">>")
	if err != nil {
		panic(err)
	}
	return &Stream{Dict: v.(*Dict), Raw: raw}
}

func TestDecode(t *testing.T) {
	// Each PNG predictor of one row, by hand: the rows above are 10 20 30.
	rows := []byte{0, 10, 20, 30, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1}
	want := []byte{10, 20, 30, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5}
	got, err := predict(rows, stream("/Predictor 15/Columns 3", nil).Dict)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	budget := 100
	for entries, want := range map[string]Cause{
		"/Filter/LZWDecode": Unsupported, "/Filter[/ASCIIHexDecode/FlateDecode]": Unsupported, "/F(x)": Unsupported, "/Filter/FlateDecode": Malformed,
	} {
		if _, err := stream(entries, []byte("x")).Decode(&budget); causeOf(err) != want {
			t.Errorf("%s: %v", entries, err)
		}
	}
	for parms, want := range map[string]Cause{"/Predictor 2": Unsupported, "/Predictor 12/Columns 3/Colors 3": Unsupported, "/Predictor 12/Columns 2": Malformed, "/Predictor 12/Columns 0": Unsupported} {
		if _, err := predict(rows, stream(parms, nil).Dict); causeOf(err) != want {
			t.Errorf("%s: %v", parms, err)
		}
	}
	if _, err := predict([]byte{5, 1}, stream("/Predictor 12/Columns 1", nil).Dict); causeOf(err) != Malformed {
		t.Errorf("a row of unknown kind: %v", err)
	}
	if _, err := stream("", make([]byte, 101)).Decode(&budget); causeOf(err) != TooLarge {
		t.Errorf("beyond the budget: %v", err)
	}
}

// small is the smallest file that is read, with the section's entries given.
func small(entries, trailer string) []byte {
	s := "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n"
	at := len(s)
	return fmt.Appendf([]byte(s), "xref\n%strailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n", entries, trailer, at)
}

const (
	goodEntries = "0 2\n0000000000 65535 f \n0000000009 00000 n \n"
	goodTrailer = "/Size 2/Root 1 0 R"
)

func TestOpen_EveryRefusal(t *testing.T) {
	good := small(goodEntries, goodTrailer)
	if f, err := Open(good); err != nil || f.Catalog(0) == nil {
		t.Fatal(err)
	}
	if _, err := Open(good[:len(good)-1]); err != nil {
		t.Errorf("without the last end of line: %v", err)
	}
	swap := func(old, new string) []byte { return bytes.Replace(good, []byte(old), []byte(new), 1) }
	for name, c := range map[string]struct {
		file []byte
		want Cause
	}{
		"empty":                  {nil, Malformed},
		"version 1.8":            {swap("1.7", "1.8"), Malformed},
		"version 2.1":            {swap("1.7", "2.1"), Malformed},
		"cut":                    {good[:len(good)-4], Malformed},
		"two ends of line":       {append(bytes.Clone(good), '\n'), Malformed},
		"no startxref":           {swap("startxref", "startxxxx"), Malformed},
		"startxref elsewhere":    {swap("startxref\n4", "startxref\n5"), Malformed},
		"startxref beyond":       {swap("startxref\n4", "startxref\n99994"), Malformed},
		"entry of 19 octets":     {small("0 2\n0000000000 65535 f \n0000000009 00000 n\n", goodTrailer), Malformed},
		"entry with letter":      {small("0 2\n0000000000 65535 f \n000000000x 00000 n \n", goodTrailer), Malformed},
		"entry beside":           {small("0 2\n0000000000 65535 f \n0000000008 00000 n \n", goodTrailer), Malformed},
		"entry to other number":  {small("2 1\n0000000009 00000 n \n", "/Size 3/Root 1 0 R"), Malformed},
		"entry of generation":    {small("0 2\n0000000000 65535 f \n0000000009 00001 n \n", goodTrailer), Malformed},
		"entry twice":            {small(goodEntries+"1 1\n0000000009 00000 n \n", goodTrailer), Ambiguous},
		"object 0 in use":        {small("0 2\n0000000009 00000 n \n0000000009 00000 n \n", goodTrailer), Malformed},
		"object not listed":      {small("0 1\n0000000000 65535 f \n", goodTrailer), Ambiguous},
		"object freed but there": {small("0 2\n0000000000 65535 f \n0000000009 00000 f \n", goodTrailer), Ambiguous},
		"size too small":         {small(goodEntries, "/Size 1/Root 1 0 R"), Malformed},
		"size missing":           {small(goodEntries, "/Root 1 0 R"), Malformed},
		"root missing":           {small(goodEntries, "/Size 2"), Malformed},
		"prev out of the file":   {small(goodEntries, goodTrailer+"/Prev 9999"), Malformed},
		"prev to itself":         {small(goodEntries, goodTrailer+"/Prev 43"), Malformed},
		"prev to no section":     {small(goodEntries, goodTrailer+"/Prev 9"), Malformed},
		"too many entries":       {small("0 9999999\n0000000000 65535 f \n", goodTrailer), TooLarge},
		"encrypted":              {small(goodEntries, goodTrailer+"/Encrypt 1 0 R"), Unsupported},
		"octets between objects": {bytes.Replace(good, []byte("endobj\n"), []byte("endobj\nx"), 1), Malformed},
		"XRefStm to a table":     {small(goodEntries, goodTrailer+"/XRefStm 43"), Malformed},
		"XRefStm to an object":   {small(goodEntries, goodTrailer+"/XRefStm 9"), Malformed},
	} {
		if _, err := Open(c.file); causeOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Open(make([]byte, MaxFile+1)); causeOf(err) != TooLarge {
		t.Errorf("huge: %v", err)
	}
}

func TestOpen_TooManyRevisions(t *testing.T) {
	file := small(goodEntries, goodTrailer)
	last := bytes.Index(file, []byte("xref\n"))
	for range MaxRevisions {
		at := len(file)
		file = fmt.Appendf(file, "xref\n0 1\n0000000000 65535 f \ntrailer\n<<%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n", goodTrailer, last, at)
		last = at
	}
	if _, err := Open(file); causeOf(err) != TooLarge {
		t.Errorf("%v", err)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(small(goodEntries, goodTrailer))
	f.Add(small(goodEntries, goodTrailer+"/XRefStm 9/Prev 9"))
	f.Add([]byte("%PDF-1.5\n1 0 obj\n<</Type/XRef/Size 2/W[1 2 1]/Index[1 1]/Root 1 0 R/Length 4>>\nstream\n\x01\x00\x09\x00\nendstream\nendobj\nstartxref\n9\n%%EOF\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(data)
		if err != nil {
			if causeOf(err) == 0 {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		// What is read can be written and read again.
		file.Each(file.Last(), func(o *Indirect) {
			if _, ok := o.Value.(*Stream); ok {
				return
			}
			if v, err := read(string(Append(nil, o.Value))); err != nil || !Equal(v, o.Value) {
				t.Fatalf("%v: %v", o.Ref, err)
			}
		})
		if end := file.Revisions[file.Last()].End; end != len(data) {
			t.Fatalf("the last revision ends at %d", end)
		}
	})
}
