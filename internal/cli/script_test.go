package cli_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/rogpeppe/go-internal/testscript"

	"kado/internal/cli"
	"kado/internal/platform/entropy"
	"kado/internal/world/portrait"
	"kado/mynumber"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kado": func() { // as cmd/kado does it
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			context.AfterFunc(ctx, stop)
			var out bytes.Buffer
			code := cli.Run(ctx, os.Args[1:], io.MultiWriter(os.Stdout, &out), os.Stderr)
			if err := oneSpelling(out.Bytes()); slices.Contains(os.Args, "--json") && err != nil {
				fmt.Fprintln(os.Stderr, "--json:", err)
				code = 99
			}
			os.Exit(code)
		},
	})
}

// bareName is what a member of a JSON document is called that nobody gave a name: as
// the field in the program. Names that are data, such as files', have what letters
// they like behind the first.
var bareName = regexp.MustCompile(`^[A-Z]`)

// oneSpelling refuses JSON documents with members spelled otherwise; what is not JSON
// is not looked at.
func oneSpelling(documents []byte) error {
	for d := json.NewDecoder(bytes.NewReader(documents)); ; {
		var v any
		if err := d.Decode(&v); err != nil {
			return nil
		}
		if err := spelled(v); err != nil {
			return err
		}
	}
}

func spelled(v any) (err error) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			err = errors.Join(err, spelled(one))
		}
	case map[string]any:
		for name, one := range v {
			if bareName.MatchString(name) {
				err = errors.Join(err, fmt.Errorf("a member is called %q", name))
			}
			err = errors.Join(err, spelled(one))
		}
	}
	return err
}

// TestScripts runs testdata/script. Besides the usual commands there are:
//
//	refused EXIT NUMBER ARG...   kado ARG... refuses in both languages with this
//	                             exit code and number, tells what, why and cure,
//	                             and leaves every file as it was
//	plain ARG...                 kado ARG... succeeds without control characters
//	card VAR FOLDER              the id of the first card of a kept world
//	picture KIND FILE [N]        makes a picture: portrait, tiny, png, or the
//	                             first N bytes of a portrait (cut)
//	fill FILE N                  makes a file of N bytes
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"refused": refused, "plain": plain, "card": firstCard, "picture": picture, "fill": fill,
		},
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
	})
}

// start runs kado in the script's folder and environment.
func start(ts *testscript.TestScript, args ...string) (stdout, stderr string, code int) {
	path := ""
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if p := filepath.Join(dir, "kado"); path == "" {
			if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
				path = p
			}
		}
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "KADO_LANG", "KADO_DATA", "KADO_DEBUG", "LANG", "LC_ALL", "XDG_DATA_HOME"} {
		if v := ts.Getenv(name); v != "" {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		ts.Check(err)
	}
	return out.String(), errOut.String(), cmd.ProcessState.ExitCode()
}

func refused(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: refused EXIT NUMBER ARG...")
	}
	exit, err := strconv.Atoi(args[0])
	ts.Check(err)
	before := snapshot(ts)
	for _, language := range []string{"ja", "en"} {
		stdout, stderr, code := start(ts, append([]string{"--lang", language}, args[2:]...)...)
		if bad := badRefusal(language, args[1], stderr); code != exit || stdout != "" || bad != "" {
			ts.Fatalf("kado %q in %s: exit %d (want %d), %s\nstdout: %s\nstderr: %s", args[2:], language, code, exit, bad, stdout, stderr)
		}
		if after := snapshot(ts); after != before {
			ts.Fatalf("kado %q changed files.\nbefore:\n%s\nafter:\n%s", args[2:], before, after)
		}
	}
}

// badRefusal says what is wrong with how a refusal was told.
func badRefusal(language, number, said string) string {
	labels := map[string][2]string{"ja": {"  理由：", "  次に："}, "en": {"  why: ", "  next: "}}[language]
	lines := strings.Split(strings.TrimSuffix(said, "\n"), "\n")
	if len(lines) < 3 || len(lines)%3 != 0 {
		return "not three lines a refusal"
	}
	found := false
	for i := 0; i < len(lines); i += 3 {
		head, why, next := lines[i], lines[i+1], lines[i+2]
		found = found || strings.HasPrefix(head, number+" ")
		if !strings.HasPrefix(head, "KADO-") || !strings.HasPrefix(why, labels[0]) || !strings.HasPrefix(next, labels[1]) ||
			len(head) <= len(number)+1 || len(why) <= len(labels[0]) || len(next) <= len(labels[1]) {
			return "number, what, why or cure is missing"
		}
		for _, text := range []string{why, next} {
			if japanese := strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) }); japanese != (language == "ja") {
				return "the language is wrong"
			}
		}
	}
	if !found {
		return "the number is another"
	}
	return control(said)
}

func control(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		return "control characters in the output"
	}
	return ""
}

// snapshot is every file of the script with its mode and digest.
func snapshot(ts *testscript.TestScript) string {
	var b strings.Builder
	root := ts.Getenv("WORK")
	ts.Check(filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s %s", info.Mode(), strings.TrimPrefix(path, root))
		if d.Type().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(content))
		}
		b.WriteByte('\n')
		return nil
	}))
	return b.String()
}

func plain(ts *testscript.TestScript, neg bool, args []string) {
	stdout, stderr, code := start(ts, args...)
	if neg || code != 0 || stderr != "" || control(stdout) != "" {
		ts.Fatalf("kado %q: exit %d, %s\nstdout: %s\nstderr: %s", args, code, control(stdout), stdout, stderr)
	}
	_, err := ts.Stdout().Write([]byte(stdout))
	ts.Check(err)
}

func firstCard(ts *testscript.TestScript, _ bool, args []string) {
	stdout, stderr, code := start(ts, "card", "list", "--json", "--data", args[1])
	var cards []struct {
		Card string `json:"card"`
	}
	if err := json.Unmarshal([]byte(stdout), &cards); err != nil || code != 0 || len(cards) == 0 {
		ts.Fatalf("no card in %s: %v %s", args[1], err, stderr)
	}
	ts.Setenv(args[0], cards[0].Card)
}

func picture(ts *testscript.TestScript, _ bool, args []string) {
	var b bytes.Buffer
	switch args[0] {
	case "portrait", "cut":
		drawn, err := portrait.Draw(entropy.Seeded("script").Stream("portrait"), portrait.Subject{Age: 34, Sex: mynumber.Female})
		ts.Check(err)
		if args[0] == "cut" {
			n, err := strconv.Atoi(args[2])
			ts.Check(err)
			drawn = drawn[:n]
		}
		b.Write(drawn)
	case "tiny", "png":
		size := map[string]int{"tiny": 3, "png": 600}[args[0]]
		m := image.NewRGBA(image.Rect(0, 0, size, size))
		for i := range m.Pix {
			m.Pix[i] = byte(i * i >> 3) // not compressible, so that the file is large enough
		}
		m.Set(0, 0, color.White)
		if args[0] == "png" {
			ts.Check(png.Encode(&b, m))
		} else {
			ts.Check(jpeg.Encode(&b, m, nil))
		}
	default:
		ts.Fatalf("no picture called %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}

func fill(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), make([]byte, n), 0o600))
}
