//go:build unix

package folk_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/platform/journal"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/jpki"
)

// cast has everything in it that can happen to a persona.
var cast = []string{"adult", "infant", "moved", "married", "found", "reissued", "renewed", "phone", "one-try-left", "moved-yesterday", "pinless",
	"blocked-signature", "returned", "died", "signature-revoked", "undelivered"}

// deck deals the same few keys again and again: in a world of P-384 no certificate
// is issued for one of them.
type deck struct {
	keys [][]byte
	next atomic.Int64
}

func (d *deck) RSA2048() (*rsa.PrivateKey, error) {
	return x509.ParsePKCS1PrivateKey(d.keys[int(d.next.Add(1))%len(d.keys)])
}

const deckSize = 8

// theDeck is read from where a process before kept it, or made.
func theDeck(dir string) (*deck, error) {
	d := &deck{}
	for i := range deckSize {
		path := filepath.Join(dir, "key-"+strconv.Itoa(i))
		der, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				return nil, err
			}
			der = x509.MarshalPKCS1PrivateKey(key)
			if err := os.WriteFile(path, der, 0o600); err != nil {
				return nil, err
			}
		} else if err != nil {
			return nil, err
		}
		d.keys = append(d.keys, der)
	}
	return d, nil
}

// keysDir is one folder for all worlds of this file.
var keysDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "kado-folk-keys-") })

// countdown does something when its context is looked at for the nth time: every
// statement of every act looks at it.
type countdown struct {
	context.Context
	left *atomic.Int64
	do   func()
}

func (c countdown) count() {
	if c.left.Add(-1) == 0 {
		c.do()
	}
}

func (c countdown) Err() error            { c.count(); return c.Context.Err() }
func (c countdown) Done() <-chan struct{} { c.count(); return c.Context.Done() }

// after is a context that does something at the nth look; never for 0.
func after(parent context.Context, n int64, do func()) (countdown, func() int64) {
	c := countdown{parent, &atomic.Int64{}, do}
	c.left.Store(n)
	return c, func() int64 { return n - c.left.Load() }
}

// world of P-384, with the cast to be made in it.
func stage(dir, keys string) (*server.Sandbox, error) {
	d, err := theDeck(keys)
	if err != nil {
		return nil, err
	}
	return server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir, Default: now, Past: folk.Past, Municipality: "13221", NewRun: true, Cost: cheap,
		CardKeys: d, Algorithm: jpki.ECDSAP384SHA384.String()})
}

const childFolder, childKeys, childCut = "KADO_FOLK_FOLDER", "KADO_FOLK_KEYS", "KADO_FOLK_CUT"

// child makes the cast in a process of its own, which ends itself at the nth look
// at its context as a power cut ends it.
func child() int {
	n, err := strconv.ParseInt(os.Getenv(childCut), 10, 64)
	var box *server.Sandbox
	if err == nil {
		box, err = stage(os.Getenv(childFolder), os.Getenv(childKeys))
	}
	if err == nil {
		cut, looks := after(ctx, n, func() { _ = syscall.Kill(os.Getpid(), syscall.SIGKILL) })
		_, err = folk.Open(cut, box, folk.Options{Now: now, Only: cast})
		fmt.Println(looks())
		err = errors.Join(err, box.Close())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// run starts such a process. It returns how often it looked, 0 where it was killed.
func run(t *testing.T, dir, keys string, n int64) int64 {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childFolder+"="+dir, childKeys+"="+keys, childCut+"="+strconv.FormatInt(n, 10))
	out, err := cmd.Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		if s, ok := ended.Sys().(syscall.WaitStatus); ok && s.Signaled() && s.Signal() == syscall.SIGKILL {
			return 0
		}
		t.Fatalf("%v\n%s%s", err, out, ended.Stderr)
	}
	looks, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return looks
}

// complete opens a world once more and fails unless everybody is there, once, with
// one card each and one certificate of a kind, and as described.
func complete(t *testing.T, dir, keys string) {
	t.Helper()
	box, err := stage(dir, keys)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}()
	f, err := folk.Open(ctx, box, folk.Options{Now: now, Only: cast})
	if err != nil {
		t.Fatal(err)
	}
	if len(f.All) != len(cast) || len(f.Missing) > 0 {
		t.Fatalf("%d people, missing %q", len(f.All), f.Missing)
	}
	if !box.Clock.Now().Equal(now) {
		t.Errorf("the clock shows %s", box.Clock.Now())
	}
	if ids, err := box.House.Registry.IDs(ctx); err != nil || len(ids) != len(cast) {
		t.Errorf("%d people in the register, %v", len(ids), err)
	}
	report, err := box.House.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	plastic, err := box.House.CheckShelf(ctx, box.Shelf)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range append(report.Findings, plastic...) {
		t.Error(finding)
	}
	shop, err := box.House.Login.Register(ctx, journal.Actor{Kind: journal.System, ID: "test"}, "店", "https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range f.All {
		oneOfEach(t, box, p)
		if _, err := logIn(t, box, shop.ID, p); code(err) != p.Refusal {
			t.Errorf("%s: login: %v, not %s", p.ID, err, p.Refusal)
		}
		if err := sign(t, box, p); code(err) != p.Signing {
			t.Errorf("%s: signature: %v, not %s", p.ID, err, p.Signing)
		}
		if phone, has := f.Phone(p.ID); has != p.Phone {
			t.Errorf("%s: phone %v", p.ID, has)
		} else if has {
			usePhone(t, box, shop.ID, phone)
		}
	}
}

// oneOfEach fails where somebody has more cards, certificates or phones than one
// life leaves.
func oneOfEach(t *testing.T, box *server.Sandbox, p folk.Persona) {
	t.Helper()
	all, err := box.House.Cards.OfPerson(ctx, p.Owner)
	if err != nil {
		t.Fatal(err)
	}
	// What was spoiled in the making is nobody's card.
	made := slices.DeleteFunc(all, func(c cards.Card) bool { return c.State == cards.Spoiled })
	wanted := 1
	if p.ID == "reissued" {
		wanted = 2
	}
	if len(made) != wanted || made[len(made)-1].ID != p.Card {
		t.Errorf("%s has %d cards", p.ID, len(made))
	}
	certs, err := box.House.Authority.OfPerson(ctx, p.Owner)
	if err != nil {
		t.Fatal(err)
	}
	valid := map[string]int{}
	for _, c := range certs {
		if c.State == authority.Active {
			valid[c.Medium.String()+" "+c.Kind.String()]++
		}
	}
	for what, n := range valid {
		if n != 1 {
			t.Errorf("%s has %d valid certificates: %s", p.ID, n, what)
		}
	}
	phones, err := box.House.Authority.PhonesOf(ctx, p.Owner)
	if err != nil || p.Phone != (len(phones) == 1) {
		t.Errorf("%s has %d phones, %v", p.ID, len(phones), err)
	}
}

// A process that is killed while people are being made loses nobody: whoever comes
// next completes them, wherever it was, and however often.
func TestP20_KilledWhileMaking(t *testing.T) {
	keys, err := keysDir()
	if err != nil {
		t.Fatal(err)
	}
	whole := run(t, filepath.Join(t.TempDir(), "w"), keys, 0)
	if whole < 1000 {
		t.Fatalf("looked %d times only", whole)
	}
	worlds, kills := 2, 5
	if testing.Short() {
		worlds, kills = 1, 3
	}
	r := mathrand.New(mathrand.NewPCG(20261122, 1))
	for i := range worlds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "w")
			cut := 0
			for range kills {
				n := 1 + r.Int64N(2*whole/int64(kills))
				if run(t, dir, keys, n) != 0 {
					break // nothing was left to do
				}
				cut++
			}
			t.Logf("killed %d times", cut)
			complete(t, dir, keys)
		})
	}
}

// The same where an act is cut off in the middle and its office cleans up.
func TestP20_CutOffWhileMaking(t *testing.T) {
	keys, err := keysDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "w")
	r := mathrand.New(mathrand.NewPCG(20261122, 2))
	cuts, total := 0, 25
	if testing.Short() {
		total = 5
	}
	for range total {
		box, err := stage(dir, keys)
		if err != nil {
			t.Fatal(err)
		}
		parent, cancel := context.WithCancel(ctx)
		cut, _ := after(parent, 1+r.Int64N(1500), cancel)
		_, err = folk.Open(cut, box, folk.Options{Now: now, Only: cast})
		cancel()
		if e := box.Close(); e != nil {
			t.Fatal(e)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d cuts: %v", cuts, err)
		}
		cuts++
	}
	t.Logf("cut off %d times", cuts)
	complete(t, dir, keys)
}
