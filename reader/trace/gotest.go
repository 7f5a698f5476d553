package trace

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"io"
	"strings"
)

// GoTestOptions say what the generated test is called.
type GoTestOptions struct {
	Package string // default "cards_test"
	Name    string // the test is Test<Name>; default "Replay"
	// Card is the file of a virtual card, as it was before the recording, on a
	// copy of which the test replays; a relative path is relative to the package.
	// Without it the package must have a function
	//
	//	func openCard(t *testing.T) reader.Transport
	Card string
	// Hidden are hidden values of commands to be written into the test, which then
	// is as secret as they are.
	Hidden Hidden
}

// GoTest writes the source of a Go test that replays the trace against a card.
// Hidden bytes of answers match any; hidden bytes of commands stand in a table,
// and the test fails until all are filled in. An unmasked trace is ErrUnmasked
// unless Unmasked is given: the source then holds PINs.
func GoTest(w io.Writer, t *Trace, o GoTestOptions, opts ...Option) error {
	if t.Unmasked && !settings(opts).unmasked {
		return ErrUnmasked
	}
	if o.Package == "" {
		o.Package = "cards_test"
	}
	if o.Name == "" {
		o.Name = "Replay"
	}
	if !token.IsIdentifier(o.Package) || !token.IsIdentifier("Test"+o.Name) || strings.ToUpper(o.Name[:1]) != o.Name[:1] {
		return fmt.Errorf("trace: package and test need names that Go can use, the test's with a capital letter")
	}
	text, err := encode(t)
	if err != nil {
		return err
	}
	if _, err := t.Reveal(o.Hidden); err != nil {
		return err
	}
	var b bytes.Buffer
	imports, card := "\t\"testing\"\n\n\t\"kado/reader/trace\"\n", "openCard(t)"
	if o.Card != "" {
		imports = "\t\"os\"\n\t\"path/filepath\"\n" + strings.Replace(imports, "\"kado/reader/trace", "\"kado/chip\"\n\t\"kado/reader\"\n\t\"kado/reader/trace", 1)
		card = "reader.Virtual(card)"
	}
	fmt.Fprintf(&b, "package %s\n\nimport (\n"+imports+")\n\n", o.Package)
	fmt.Fprintf(&b, "// Test%s replays a recorded conversation. Write with trace.GoTest again after\n// recording anew.\nfunc Test%s(t *testing.T) {\n", o.Name, o.Name)
	b.WriteString("\tsecrets := map[int]string{\n")
	for i, x := range t.Exchanges {
		if n := x.Command.hiddenLen(); n > 0 {
			fmt.Fprintf(&b, "\t\t%d: %q, // %s: %d bytes\n", i+1, o.Hidden.commands[i+1], strings.TrimSpace(x.Name+" "+x.Target), n)
		}
	}
	b.WriteString("\t}\n\trecorded, err := trace.Parse([]byte(")
	quote(&b, string(text))
	b.WriteString(")")
	if t.Unmasked {
		b.WriteString(", trace.Unmasked")
	}
	b.WriteString(")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n")
	if o.Card != "" {
		fmt.Fprintf(&b, cardSource, o.Card)
	}
	b.WriteString("\terr = trace.Replay(" + card + ", recorded, func(n int, x trace.Exchange) ([]byte, error) {\n\t\treturn []byte(secrets[n]), nil\n\t})\n")
	b.WriteString("\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n}\n")
	source, err := format.Source(b.Bytes())
	if err != nil {
		return fmt.Errorf("trace: the test does not format: %w", err)
	}
	_, err = w.Write(source)
	return err
}

// quote writes s as a string literal.
func quote(b *bytes.Buffer, s string) {
	if !strings.Contains(s, "`") {
		b.WriteString("`" + s + "`")
		return
	}
	fmt.Fprintf(b, "%q", s)
}

// cardSource opens a copy of the card file.
const cardSource = `	image, err := os.ReadFile(%q)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "replay.card")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	mem, err := chip.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	card, err := chip.Open(mem, chip.GenerateKeys{})
	if err != nil {
		t.Fatal(err)
	}
`
