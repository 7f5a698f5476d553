package middlewaretest

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/cli"
	"kado/internal/platform/entropy"
	"kado/internal/world/profiles"
	"kado/mynumber"
)

// output is a buffer that a running command may write to.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// runs starts a command of kado; stop is what Ctrl-C does and returns exit code
// and output.
func runs(t *testing.T, args ...string) (stop func() (int, string)) {
	ctx, cancel := context.WithCancel(context.Background())
	out, done := &output{}, make(chan int, 1)
	go func() { done <- cli.Run(ctx, args, out, out) }()
	var once sync.Once
	code := 0
	stop = func() (int, string) {
		once.Do(func() {
			cancel()
			code = <-done
		})
		return code, out.String()
	}
	t.Cleanup(func() { stop() })
	return stop
}

// TestInsert_ProfileAndDescription: two cards at once, one ready and one
// described by hand, visible to strangers, gone after Ctrl-C with exit 0 and
// nothing left running.
func TestInsert_ProfileAndDescription(t *testing.T) {
	vpcdtest.Start(t)
	service := vpcdtest.Open(t)
	before := goleak.IgnoreCurrent()
	mine := file(t, "mine.json")
	must(t, os.WriteFile(mine, []byte(`{"name":"手作　太郎","address":"東京都清瀬市試験町１","birth_date":"1970-01-02","sex":"male",
		"municipality":"13221","certificates":["authentication"],"pins":{"authentication":"0909"},"interface":"contactless"}`), 0o600))
	stop := runs(t, "--lang=en", "card", "insert", "--profile", "adult", "--card", mine)
	found := vpcdtest.Wait(t, service, 2)
	if len(found[0].ATR) == len(found[1].ATR) {
		t.Error("both cards have one answer to reset")
	}
	succeeds(t, "pkcs15-tool", "--reader", "1", "--verify-pin", "--auth-id", "01", "--pin", "0909")
	code, out := stop()
	if code != 0 || !strings.Contains(out, "slot 0: adult inserted") || !strings.Contains(out, "slot 1: mine.json inserted") {
		t.Errorf("exit %d\n%s", code, out)
	}
	if strings.Contains(out, "0909") {
		t.Error("the output shows a PIN of the description")
	}
	vpcdtest.Wait(t, service, 0)
	goleak.VerifyNone(t, before)
}

// TestInsert_CardFile: a card made by kado card new keeps what happens to it: a
// try spent in one insertion is spent in the next. The file is locked meanwhile.
func TestInsert_CardFile_P19(t *testing.T) {
	vpcdtest.Start(t)
	service := vpcdtest.Open(t)
	dir := t.TempDir()
	path, trust := filepath.Join(dir, "x.card"), filepath.Join(dir, "trust")
	var made, errOut bytes.Buffer
	if code := cli.Run(context.Background(), []string{"card", "new", "--profile", "adult", "--out", path, "--trust", trust, "--json"}, &made, &errOut); code != 0 {
		t.Fatal(errOut.String())
	}
	var said struct {
		Serial string
		Card   profiles.Description
	}
	must(t, json.Unmarshal(made.Bytes(), &said))
	if len(said.Serial) != 15 || said.Card.PINs.Authentication != profiles.DefaultAuthentication {
		t.Error(made.String())
	}
	for n := 2; n >= 1; n-- {
		stop := runs(t, "--lang=en", "card", "insert", "--card", path)
		vpcdtest.Wait(t, service, 1)
		if n == 2 {
			var again bytes.Buffer
			if code := cli.Run(context.Background(), []string{"--lang=en", "card", "insert", "--card", path}, &again, &again); code != 2 || !strings.Contains(again.String(), "KADO-6005") {
				t.Errorf("a card was inserted twice: exit %d\n%s", code, again.String())
			}
		}
		fails(t, "PIN", "pkcs15-tool", "--verify-pin", "--auth-id", "01", "--pin", "0000")
		out := succeeds(t, "pkcs15-tool", "--list-pins")
		if want := "Tries left     : " + string(rune('0'+n)); !strings.Contains(out, want) {
			t.Errorf("want %q\n%s", want, out)
		}
		if code, out := stop(); code != 0 {
			t.Errorf("exit %d\n%s", code, out)
		}
		vpcdtest.Wait(t, service, 0)
	}
	// OpenSSL takes chain and list as they were left for relying parties.
	certificate := file(t, "certificate.pem")
	stop := runs(t, "card", "insert", "--card", path)
	vpcdtest.Wait(t, service, 1)
	succeeds(t, "pkcs15-tool", "--read-certificate", "01", "-o", certificate)
	stop()
	found, err := filepath.Glob(filepath.Join(trust, "authentication-ca-?.pem"))
	must(t, err)
	lists, err := filepath.Glob(filepath.Join(trust, "authentication-ca-?.crl.pem"))
	must(t, err)
	if len(found) != 1 || len(lists) != 1 {
		t.Fatal(found, lists)
	}
	contains(t, succeeds(t, "openssl", "verify", "-crl_check", "-CAfile", found[0], "-CRLfile", lists[0], certificate), "OK")
}

// TestInsert_WaitsForTheReader: started before pcscd, and through its restart.
func TestInsert_WaitsForTheReader(t *testing.T) {
	vpcdtest.Need(t, "pcscd")
	stop := runs(t, "--lang=en", "card", "insert", "--profile", "undelivered")
	daemon := vpcdtest.Start(t)
	vpcdtest.Wait(t, vpcdtest.Open(t), 1)
	daemon.Restart(t)
	vpcdtest.Wait(t, vpcdtest.Open(t), 1)
	daemon.Stop()
	code, out := stop()
	if code != 0 || strings.Count(out, "undelivered inserted") != 2 || !strings.Contains(out, "the reader has gone") || !strings.Contains(out, "waiting for the virtual reader") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// TestInsert_Refusals: nothing is laid on a reader, and nothing is left behind.
func TestInsert_Refusals(t *testing.T) {
	dir := t.TempDir()
	nobodys, err := mynumber.DrawCardID(entropy.Seeded("nobody").Stream("card"))
	must(t, err)
	bad, damaged := filepath.Join(dir, "bad.json"), filepath.Join(dir, "damaged.card")
	must(t, os.WriteFile(bad, []byte(`{"name":"x"}`), 0o600))
	must(t, os.WriteFile(damaged, []byte("KADOCHIP and then nothing that makes sense"), 0o600))
	taken := filepath.Join(dir, "taken.card")
	must(t, os.WriteFile(taken, nil, 0o600))
	for _, c := range []struct {
		number string
		args   []string
	}{
		{"KADO-1001", []string{"card", "insert"}},
		{"KADO-1001", []string{"card", "insert", "12"}},
		{"KADO-1001", []string{"card", "insert", "--profile", "adult", "--interface", "wire"}},
		{"KADO-6001", []string{"card", "insert", "--profile", "nobody"}},
		{"KADO-6002", []string{"card", "insert", "--card", bad}},
		{"KADO-6005", []string{"card", "insert", "--card", damaged}},
		{"KADO-1002", []string{"card", "insert", "--card", filepath.Join(dir, "none")}},
		{"KADO-1002", []string{"card", "insert", "--card", dir}},
		{"KADO-6006", []string{"card", "insert", "--profile", "adult", "--reader", "16"}},
		{"KADO-6006", []string{"card", "insert", "--profile", "adult", "--reader=-1"}},
		{"KADO-7101", []string{"card", "insert", "--data", dir, string(nobodys)}},
		{"KADO-6001", []string{"card", "new", "--profile", "nobody", "--out", filepath.Join(dir, "new.card")}},
		{"KADO-6004", []string{"card", "new", "--profile", "adult", "--out", taken}},
		{"KADO-6002", []string{"card", "new", "--card", bad, "--out", filepath.Join(dir, "new.card")}},
		{"KADO-1001", []string{"card", "new"}},
		{"KADO-6001", []string{"card", "profiles", "nobody"}},
	} {
		var out bytes.Buffer
		code := cli.Run(context.Background(), append([]string{"--lang=en"}, c.args...), &out, &out)
		if code != 2 || !strings.Contains(out.String(), c.number) {
			t.Errorf("%q: exit %d, want %s\n%s", c.args, code, c.number, out.String())
		}
	}
	left, err := os.ReadDir(dir)
	must(t, err)
	if len(left) != 3 {
		t.Errorf("files left behind: %v", left)
	}
}

// TestInsert_FromTheShelf: a card of a kept world by its id, with the answer to
// reset of the chosen interface; meanwhile nobody else can take it.
func TestInsert_FromTheShelf(t *testing.T) {
	vpcdtest.Start(t)
	service := vpcdtest.Open(t)
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "shelf"), 0o700))
	var made bytes.Buffer
	if code := cli.Run(context.Background(), []string{"card", "new", "--profile", "undelivered", "--out", filepath.Join(dir, "x"), "--json"}, &made, &made); code != 0 {
		t.Fatal(made.String())
	}
	var said struct{ Serial string }
	must(t, json.Unmarshal(made.Bytes(), &said))
	must(t, os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "shelf", said.Serial+".card")))
	for way, length := range map[string]int{"contact": 9, "contactless": 13} {
		stop := runs(t, "--lang=en", "card", "insert", "--data", dir, "--reader", "1", "--interface", way, said.Serial)
		found := vpcdtest.Wait(t, service, 1)
		if found[0].Name != "Virtual PCD 00 01" || len(found[0].ATR) != length {
			t.Errorf("%s: %s, ATR %X", way, found[0].Name, found[0].ATR)
		}
		var again bytes.Buffer
		if code := cli.Run(context.Background(), []string{"card", "insert", "--data", dir, said.Serial}, &again, &again); code != 2 || !strings.Contains(again.String(), "KADO-7102") {
			t.Errorf("taken twice: exit %d\n%s", code, again.String())
		}
		if code, out := stop(); code != 0 || !strings.Contains(out, "slot 1: "+said.Serial+" inserted") {
			t.Errorf("exit %d\n%s", code, out)
		}
		vpcdtest.Wait(t, service, 0)
	}
}
