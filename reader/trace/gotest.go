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
}

// GoTest writes the source of a Go test that replays the trace against a card.
// The package that it is put into must have a function
//
//	func openCard(t *testing.T) reader.Transport
//
// Hidden bytes of answers match any; hidden bytes of commands stand in a table
// to be filled in, and the test fails until they are. An unmasked trace is
// ErrUnmasked unless Unmasked is given: the source then holds PINs.
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
	var b bytes.Buffer
	fmt.Fprintf(&b, "package %s\n\nimport (\n\t\"testing\"\n\n\t\"kado/reader/trace\"\n)\n\n", o.Package)
	fmt.Fprintf(&b, "// Test%s replays a recorded conversation. Write with trace.GoTest again after\n// recording anew.\nfunc Test%s(t *testing.T) {\n", o.Name, o.Name)
	b.WriteString("\tsecrets := map[int]string{\n")
	for i, x := range t.Exchanges {
		if n := x.Command.hiddenLen(); n > 0 {
			fmt.Fprintf(&b, "\t\t%d: \"\", // %s: %d bytes\n", i+1, strings.TrimSpace(x.Name+" "+x.Target), n)
		}
	}
	b.WriteString("\t}\n\trecorded, err := trace.Parse([]byte(")
	quote(&b, string(text))
	b.WriteString(")")
	if t.Unmasked {
		b.WriteString(", trace.Unmasked")
	}
	b.WriteString(")\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n")
	b.WriteString("\terr = trace.Replay(openCard(t), recorded, func(n int, x trace.Exchange) ([]byte, error) {\n\t\treturn []byte(secrets[n]), nil\n\t})\n")
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
