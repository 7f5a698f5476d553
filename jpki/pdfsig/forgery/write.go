package forgery

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Objects are the bodies of indirect objects by number, as written between "obj"
// and "endobj".
type Objects map[int]string

// With returns a copy with other bodies.
func (o Objects) With(others Objects) Objects {
	out := Objects{}
	maps.Copy(out, o)
	maps.Copy(out, others)
	return out
}

// Stream is the body of a stream; entries stand in its dictionary before Length.
func Stream(entries, data string) string {
	return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", entries, len(data), data)
}

// Text is a content stream that writes a Japanese text on the page.
func Text(s string) string { return textAt(s, 72, 700) }

func textAt(s string, x, y int) string {
	var hex strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&hex, "%04X", u)
	}
	return fmt.Sprintf("BT /F1 24 Tf %d %d Td <%s> Tj ET", x, y, hex.String())
}

// Numbers of the objects of Plain and Form.
const (
	Catalog     = 1
	Pages       = 2
	Page1       = 3
	Contents1   = 4
	Font        = 5
	Info        = 8
	Page2       = 9
	Contents2   = 10
	AcroForm    = 11
	Amount      = 12 // a text field
	AmountLooks = 13 // its appearance
	Approval    = 14 // an empty, visible signature field
	Overlay     = 15 // free numbers begin here
)

// Plain is a document of two pages with Japanese text.
func Plain() Objects {
	const page = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 5 0 R>>>> /Contents %d 0 R>>"
	return Objects{
		Catalog:   "<</Type /Catalog /Pages 2 0 R /Lang (ja-JP)>>",
		Pages:     "<</Type /Pages /Kids [3 0 R 9 0 R] /Count 2>>",
		Page1:     fmt.Sprintf(page, Contents1),
		Contents1: Stream("", Text("転入届　𠮷田　花子")),
		Font:      "<</Type /Font /Subtype /Type0 /BaseFont /HeiseiMin-W3 /Encoding /UniJIS-UTF16-H /DescendantFonts [6 0 R]>>",
		6:         "<</Type /Font /Subtype /CIDFontType0 /BaseFont /HeiseiMin-W3 /CIDSystemInfo <</Registry (Adobe) /Ordering (Japan1) /Supplement 5>> /FontDescriptor 7 0 R /DW 1000>>",
		7:         "<</Type /FontDescriptor /FontName /HeiseiMin-W3 /Flags 6 /FontBBox [-123 -257 1001 910] /ItalicAngle 0 /Ascent 723 /Descent -241 /CapHeight 709 /StemV 69>>",
		Info:      "<</Title <FEFF8EE251655C4A> /CreationDate (D:20260401120000+09'00')>>",
		Page2:     fmt.Sprintf(page, Contents2),
		Contents2: Stream("", Text("金額　１００円")),
	}
}

// Form is Plain with a text field and an empty signature field, both visible.
func Form() Objects {
	return Plain().With(Objects{
		Catalog:     "<</Type /Catalog /Pages 2 0 R /Lang (ja-JP) /AcroForm 11 0 R>>",
		Page1:       "<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources <</Font <</F1 5 0 R>>>> /Contents 4 0 R /Annots [12 0 R 14 0 R]>>",
		AcroForm:    "<</Fields [12 0 R 14 0 R] /DR <</Font <</F1 5 0 R>>>> /DA (/F1 12 Tf)>>",
		Amount:      "<</Type /Annot /Subtype /Widget /FT /Tx /T (amount) /V (100) /DA (/F1 12 Tf) /F 4 /Rect [72 500 272 530] /P 3 0 R /AP <</N 13 0 R>>>>",
		AmountLooks: looks("100"),
		Approval:    "<</Type /Annot /Subtype /Widget /FT /Sig /T (Approval) /F 4 /Rect [72 400 272 460] /P 3 0 R>>",
	})
}

// looks is the appearance of a field.
func looks(text string) string {
	return Stream("/Type /XObject /Subtype /Form /BBox [0 0 200 30] /Resources <</Font <</F1 5 0 R>>>>",
		fmt.Sprintf("/Tx BMC q %s Q EMC", textAt(text, 4, 8)))
}

const (
	header   = "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n"
	fileID   = "/ID [<4B61646F0000000000000000000000F1> <4B61646F0000000000000000000000F1>]"
	trailing = "/Root 1 0 R /Info 8 0 R " + fileID
)

func (o Objects) numbers() []int { return slices.Sorted(maps.Keys(o)) }

func (o Objects) size() int { return slices.Max(o.numbers()) + 1 }

// bodies writes the objects behind b and notes where each stands.
func (o Objects) bodies(b *bytes.Buffer, at map[int]int) {
	for _, n := range o.numbers() {
		at[n] = b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, o[n])
	}
}

// Table writes a file with a cross-reference table.
func (o Objects) Table() []byte {
	var b bytes.Buffer
	b.WriteString(header)
	at := map[int]int{}
	o.bodies(&b, at)
	start := b.Len()
	b.WriteString(table(at, nil, true))
	fmt.Fprintf(&b, "trailer\n<</Size %d %s>>\nstartxref\n%d\n%%%%EOF\n", o.size(), trailing, start)
	return b.Bytes()
}

// table writes "xref" and its entries.
func table(at map[int]int, freed []int, first bool) string {
	var b strings.Builder
	b.WriteString("xref\n")
	entries := map[int]string{}
	if first {
		entries[0] = "0000000000 65535 f \n"
	}
	for n, where := range at {
		entries[n] = fmt.Sprintf("%010d 00000 n \n", where)
	}
	for _, n := range freed {
		entries[n] = "0000000000 00001 f \n"
	}
	numbers := slices.Sorted(maps.Keys(entries))
	for i := 0; i < len(numbers); {
		j := i
		for j < len(numbers) && numbers[j] == numbers[i]+j-i {
			j++
		}
		fmt.Fprintf(&b, "%d %d\n", numbers[i], j-i)
		for ; i < j; i++ {
			b.WriteString(entries[numbers[i]])
		}
	}
	return b.String()
}

func deflate(data []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write(data)
	_ = w.Close()
	return b.Bytes()
}

// Streams writes a file with a cross-reference stream, compressed over a PNG
// predictor, and with the objects that are no streams in one object stream when
// packed is set.
func (o Objects) Streams(packed bool) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	at, inside := map[int]int{}, map[int]int{}
	container := o.size()
	own := container
	if packed {
		loose := Objects{}
		var head, body bytes.Buffer
		for _, n := range o.numbers() {
			if strings.Contains(o[n], "stream\n") {
				loose[n] = o[n]
				continue
			}
			inside[n] = len(inside)
			fmt.Fprintf(&head, "%d %d ", n, body.Len())
			body.WriteString(o[n] + "\n")
		}
		entries := fmt.Sprintf("/Type /ObjStm /N %d /First %d /Filter /FlateDecode", len(inside), head.Len())
		loose[container] = Stream(entries, string(deflate(append(head.Bytes(), body.Bytes()...))))
		own++
		loose.bodies(&b, at)
	} else {
		o.bodies(&b, at)
	}
	start := b.Len()
	at[own] = start
	rows := make([]byte, 0, 6*(own+1))
	above := make([]byte, 5)
	for n := range own + 1 {
		row := []byte{0, 0, 0, 0, 0}
		if where, ok := at[n]; ok {
			row = []byte{1, byte(where >> 16), byte(where >> 8), byte(where), 0}
		} else if i, ok := inside[n]; ok {
			row = []byte{2, 0, byte(container >> 8), byte(container), byte(i)}
		}
		rows = append(rows, 2) // PNG Up
		for i := range row {
			rows = append(rows, row[i]-above[i])
		}
		above = row
	}
	entries := fmt.Sprintf("/Type /XRef /Size %d /W [1 3 1] /Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 5>> %s", own+1, trailing)
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n", own, Stream(entries, string(deflate(rows))), start)
	return b.Bytes()
}

// Hybrid writes a file whose table hides the document information in an object
// stream that only XRefStm lists. twist, when not nil, changes the entries of that
// stream before they are written.
func (o Objects) Hybrid(twist func(rows map[int][4]int)) []byte {
	var b bytes.Buffer
	b.WriteString(header)
	loose := maps.Clone(o)
	delete(loose, Info)
	container := o.size()
	head := fmt.Sprintf("%d 0 ", Info)
	loose[container] = Stream(fmt.Sprintf("/Type /ObjStm /N 1 /First %d", len(head)), head+o[Info])
	at := map[int]int{}
	loose.bodies(&b, at)
	rows := map[int][4]int{Info: {2, 0, container, 0}}
	if twist != nil {
		twist(rows)
	}
	var index, data strings.Builder
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&index, "%d 1 ", n)
		r := rows[n]
		data.Write([]byte{byte(r[0]), byte(r[1]), byte(r[2] >> 8), byte(r[2]), byte(r[3])})
	}
	second := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", container+1,
		Stream(fmt.Sprintf("/Type /XRef /Size %d /W [1 3 1] /Index [%s] /Root 1 0 R", container+2, index.String()), data.String()))
	at[container+1] = second
	start := b.Len()
	b.WriteString(table(at, []int{Info}, true))
	fmt.Fprintf(&b, "trailer\n<</Size %d /XRefStm %d %s>>\nstartxref\n%d\n%%%%EOF\n", container+2, second, trailing, start)
	return b.Bytes()
}

// Update is a revision with a cross-reference table that is appended to a file.
type Update struct {
	Objects Objects
	Freed   []int
	Root    int         // the catalog's number; 0 means 1
	At      map[int]int // entries that lead elsewhere than to an object of the update
	Trailer string      // more entries of the trailer
}

// Append appends an update.
func Append(file []byte, u Update) []byte {
	b := bytes.NewBuffer(bytes.Clone(file))
	at := map[int]int{}
	u.Objects.bodies(b, at)
	maps.Copy(at, u.At)
	root := max(u.Root, 1)
	size := lastSize(file)
	for n := range at {
		size = max(size, n+1)
	}
	start := b.Len()
	b.WriteString(table(at, u.Freed, false))
	fmt.Fprintf(b, "trailer\n<</Size %d /Root %d 0 R /Info 8 0 R %s /Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n", size, root, fileID, LastStart(file), u.Trailer, start)
	return b.Bytes()
}

// LastStart is the number behind the last startxref of a file; 0 when there is
// none.
func LastStart(file []byte) int {
	i := bytes.LastIndex(file, []byte("startxref"))
	if i < 0 {
		return 0
	}
	n, _ := strconv.Atoi(string(bytes.Fields(file[i+9:])[0]))
	return n
}

// lastSize is the largest Size that a trailer of the file tells.
func lastSize(file []byte) int {
	size := 1
	for _, part := range bytes.Split(file, []byte("/Size "))[1:] {
		n := 0
		for _, c := range part {
			if c < '0' || c > '9' || n > 1<<20 {
				break
			}
			n = n*10 + int(c-'0')
		}
		size = max(size, n)
	}
	return size
}

// where returns the octet at which an object of that number stands last.
func where(file []byte, number int) int {
	return bytes.LastIndex(file, fmt.Appendf(nil, "\n%d 0 obj\n", number)) + 1
}
