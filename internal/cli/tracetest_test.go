package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kado/internal/cli"
)

// TestTraceBecomesATest goes the whole way from the command line: a card, a
// conversation, a trace, the source of a test, and go test that runs it, green
// with the right PIN and red with another.
func TestTraceBecomesATest(t *testing.T) {
	if testing.Short() {
		t.Skip("compiling takes seconds")
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go tool")
	}
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(in(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	kado := func(args ...string) string {
		t.Helper()
		var out, errOut bytes.Buffer
		if code := cli.Run(context.Background(), append([]string{"--lang", "en"}, args...), &out, &errOut); code != 0 {
			t.Fatalf("kado %q: exit %d\n%s%s", args, code, out.Bytes(), errOut.Bytes())
		}
		return out.String()
	}
	kado("card", "new", "--profile", "adult", "--out", in("adult.card"))
	image, err := os.ReadFile(in("adult.card"))
	if err != nil {
		t.Fatal(err)
	}
	write("before.card", string(image))
	write("values", "5 command text 4126\n")
	write("wrong", "5 command text 9999\n")
	// The first trace is of reading; its replay as a reader is the conversation
	// with a PIN.
	write("first.trace", "kado-apdu-trace 1 masked\n"+
		block(1, "00 84 00 00 08", "00 00 00 00 00 00 00 00 90 00")+
		block(2, "00 A4 04 0C 0A D3 92 F0 00 26 01 00 00 00 01", "90 00")+
		block(3, "00 A4 02 0C 02 00 18", "90 00")+
		block(4, "00 20 00 80", "63 C3")+
		block(5, "00 20 00 80 04 *4", "90 00"))
	kado("trace", "replay", in("first.trace"), "--card", in("adult.card"), "--hidden", in("values"), "--trace", in("second.trace"))
	for _, c := range []struct{ values, red string }{{"values", ""}, {"wrong", "63C2 (2 tries left) instead of 9000 (done)"}} {
		write("recorded_test.go", kado("trace", "gotest", in("second.trace"), "--package", "trace_test", "--name", "Recorded", "--card", in("before.card"), "--hidden", in(c.values)))
		here, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "..", "..", "reader", "trace", "recorded_test.go"): in("recorded_test.go")}})
		if err != nil {
			t.Fatal(err)
		}
		write("overlay.json", string(b))
		cmd := exec.Command(goTool, "test", "-vet=off", "-count=1", "-overlay", in("overlay.json"), "-run", "^TestRecorded$", "kado/reader/trace")
		out, err := cmd.CombinedOutput()
		if c.red == "" && err != nil || c.red != "" && (err == nil || !strings.Contains(string(out), c.red)) {
			t.Errorf("with %s: %v\n%s", c.values, err, out)
		}
	}
	if after, err := os.ReadFile(in("before.card")); err != nil || !bytes.Equal(after, image) {
		t.Error("the test changed the card file")
	}
}

// block is one exchange as a trace has it.
func block(n int, command, response string) string {
	return "\nexchange: " + string(rune('0'+n)) + "\nname: n\ncommand: " + command + "\nresponse: " + response + "\nstatus: s\n"
}
