package corpus

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"kado/jpki/verify"
)

// Answer is what a verifier says of a document.
type Answer string

// The answers. Whatever is not established counts as Refuse: a reader may not
// rely on it.
const (
	Accept Answer = "accept"
	Refuse Answer = "refuse"
	Skip   Answer = "skip"  // not its kind of document
	Broken Answer = "error" // no answer
)

// Outcome compares an answer with the expected one.
type Outcome string

// The outcomes.
const (
	Agrees        Outcome = "agrees"
	Misses        Outcome = "misses"       // accepts what has to be refused
	RefusesGood   Outcome = "refuses-good" // refuses a control
	OtherReason   Outcome = "other-reason" // only this program's own verifier is held to the reason
	NotApplicable Outcome = "not-applicable"
	Failed        Outcome = "failed"
)

// Result is one row of a run.
type Result struct {
	Case    string  `json:"case"`
	Group   string  `json:"group"`
	Outcome Outcome `json:"outcome"`
	Answer  Answer  `json:"answer"`
	Want    Answer  `json:"want"`
	Text    string  `json:"text,omitempty"` // what the verifier said, one line
}

// Adapter asks one verifier about one case. dir is the folder of the corpus.
type Adapter func(ctx context.Context, dir string, c *Case) (Answer, string)

// Adapters are the names of those that come with the program.
var Adapters = []string{"kado", "openssl", "pdfsig", "xmlsec1"}

// Find returns an adapter by name. The program that it needs must be installed.
func Find(name string) (Adapter, error) {
	if name == "kado" {
		return own, nil
	}
	make, ok := map[string]func(path string) Adapter{"openssl": openSSL, "pdfsig": pdfSig, "xmlsec1": xmlSec}[name]
	if !ok {
		return nil, NoSuchVerifier.New(name)
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, NoSuchVerifier.Because(err, name)
	}
	return make(path), nil
}

// own is this program's verifier.
func own(_ context.Context, dir string, c *Case) (Answer, string) {
	r, err := Judge(dir, c)
	if err != nil {
		return Broken, err.Error()
	}
	text := string(r.Verdict)
	if r.Reason != verify.NoReason {
		text += " " + string(r.Reason)
	}
	if r.Verdict == verify.Passed {
		return Accept, text
	}
	return Refuse, text
}

// Run asks a verifier about every case, a few at a time, and keeps their order.
func Run(ctx context.Context, dir string, m *Manifest, a Adapter) ([]Result, error) {
	out := make([]Result, len(m.Cases))
	next := make(chan int)
	var wait sync.WaitGroup
	for range max(1, min(4, runtime.NumCPU())) {
		wait.Go(func() {
			for i := range next {
				out[i] = judge(ctx, dir, &m.Cases[i], a)
			}
		})
	}
	for i := range m.Cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	wait.Wait()
	return out, ctx.Err()
}

func judge(ctx context.Context, dir string, c *Case, a Adapter) Result {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r := Result{Case: c.Name, Group: c.Group, Want: Refuse}
	if c.Good() {
		r.Want = Accept
	}
	r.Answer, r.Text = a(ctx, dir, c)
	r.Text = oneLine(r.Text)
	switch {
	case r.Answer == Skip:
		r.Outcome = NotApplicable
	case r.Answer != Accept && r.Answer != Refuse:
		r.Answer, r.Outcome = Broken, Failed
	case r.Answer == r.Want:
		r.Outcome = Agrees
	case r.Answer == Accept:
		r.Outcome = Misses
	default:
		r.Outcome = RefusesGood
	}
	return r
}

// RunOwn is Run with this program's verifier, which is held to verdict and reason.
func RunOwn(ctx context.Context, dir string, m *Manifest) ([]Result, error) {
	out, err := Run(ctx, dir, m, own)
	for i := range out {
		c := &m.Cases[i]
		if want := strings.TrimSpace(string(c.Verdict) + " " + string(c.Reason)); out[i].Outcome == Agrees && out[i].Text != want {
			out[i].Outcome = OtherReason
		}
	}
	return out, err
}

// Count is how often each outcome comes.
func Count(list []Result) map[Outcome]int {
	out := map[Outcome]int{}
	for _, r := range list {
		out[r.Outcome]++
	}
	return out
}

// oneLine keeps what a program says from filling a screen, and control characters
// from reaching it.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F || r == 0xFFFD }), " ")
	if r := []rune(s); len(r) > 160 {
		s = string(r[:160]) + "…"
	}
	return s
}

// maxOutput is what is read of a program's output, in octets.
const maxOutput = 1 << 20

// program runs a command in the folder of a case. The error tells that it could
// not be run; a program that ends with an exit code other than 0 is no error.
func program(ctx context.Context, dir, path string, args ...string) (out string, code int, err error) {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + dir}
	cmd.WaitDelay = time.Second
	var b limited
	cmd.Stdout, cmd.Stderr = &b, &b
	err = cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return b.String(), exit.ExitCode(), nil
	}
	return b.String(), 0, err
}

// limited keeps the beginning of what is written. Its zero value is ready.
type limited struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *limited) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.b.Write(p[:min(len(p), maxOutput-l.b.Len())])
	return len(p), nil
}

func (l *limited) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Exec is an adapter for any other verifier: a program that gets the folder of one
// case as its last argument and prints one line, accept, refuse or skip, and
// behind it, if it likes, why.
func Exec(command string) (Adapter, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return nil, NoSuchVerifier.New(oneLine(command))
	}
	path, err := exec.LookPath(words[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, NoSuchVerifier.Because(err, oneLine(words[0]))
	}
	return func(ctx context.Context, dir string, c *Case) (Answer, string) {
		at, err := filepath.Abs(filepath.Join(dir, "cases", c.Name))
		if err != nil {
			return Broken, err.Error()
		}
		out, code, err := program(ctx, at, path, append(append([]string{}, words[1:]...), at)...)
		if err != nil || code != 0 {
			return Broken, "the adapter program did not end well: " + out
		}
		line, _, _ := strings.Cut(out, "\n")
		word, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch a := Answer(word); a {
		case Accept, Refuse, Skip:
			return a, text
		}
		return Broken, "the adapter program did not say accept, refuse or skip: " + line
	}, nil
}
