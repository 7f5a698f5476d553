package servetest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// find is what a page says in a certain place.
func find(t *testing.T, page, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no %s in\n%s", pattern, page)
	}
	return m[len(m)-1]
}

// get opens a page that has to be there.
func (b *browser) get(t *testing.T, path string) string {
	t.Helper()
	status, page, _, err := b.ask("GET", path, nil)
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v\n%s", path, status, err, page)
	}
	return page
}

// refuses looks for a refusal with its number, cause and cure.
func (b *browser) refuses(t *testing.T, what, number, method, path string, form url.Values) {
	t.Helper()
	status, page, _, err := b.ask(method, path, form)
	if err != nil || status < 400 || status >= 500 || !strings.Contains(page, number) {
		t.Errorf("%s: %d %v, no %s in\n%s", what, status, err, number, page)
	}
}

// TestServe_StartedAnewInTheMidstOfALogin: what waited in the memory of kado serve is
// refused with its number afterwards, to kado bridge, to a phone that has scanned the code
// and to one that holds a card; the login itself goes on, and the page that stood open
// gets the next code by itself.
func TestServe_StartedAnewInTheMidstOfALogin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "world")
	s := sandbox(t, dir)
	b, scanned, matched := s.browser(t), s.browser(t), s.browser(t)
	anew := func() {
		t.Helper()
		if err := s.end(t, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		s = sandbox(t, dir)
		b.server, scanned.server, matched.server = s, s, s
	}
	const asks = `hx-get="([^"]+)"`

	// By the user's own reader: one code waits for a bridge, another has its bridge.
	page, _, err := b.begin("")
	if err != nil {
		t.Fatal(err)
	}
	id := find(t, page, `/bridge/(int_[0-9A-Za-z_-]+)`)
	const code = `<strong class="bridge-code">([^<]+)<`
	page = b.get(t, "/bridge/"+id)
	waiting, open := find(t, page, code), find(t, page, asks)
	anew()
	bridge := func(code string) (string, error) {
		pins := adult(t, dir)
		cmd := exec.Command(shared.kado, "--lang", "en", "bridge", "login", code, "--server", s.base, "--card", pins.card, "--pin-fd", "0")
		cmd.Stdin = strings.NewReader(pins.authentication + "\n" + pins.text + "\n")
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := bridge(waiting); err == nil || !strings.Contains(out, "KADO-8330") || !strings.Contains(out, "with a new code") {
		t.Errorf("a code of before: %v\n%s", err, out)
	}
	next := find(t, b.get(t, open), code)
	if next == waiting {
		t.Fatal("the same code was shown twice")
	}
	take := func(code string) (ticket string) {
		t.Helper()
		status, body := b.send(t, "/bridge/api/take", `{"version":2,"code":"`+code+`"}`)
		var job struct{ Ticket, Challenge string }
		if err := json.Unmarshal([]byte(body), &job); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
		return `"ticket":"` + job.Ticket + `"`
	}
	ticket := take(next)
	anew()
	for path, message := range map[string]string{"/bridge/api/answer": `{` + ticket + `,"challenge":"x","certificate":"AA==","signature":"AA=="}`, "/bridge/api/decline": `{` + ticket + `}`} {
		if status, body := b.send(t, path, message); status != http.StatusNotFound || !strings.Contains(body, "KADO-8330") {
			t.Errorf("%s with a ticket of before: %d %s", path, status, body)
		}
	}
	if out, err := bridge(find(t, b.get(t, "/bridge/"+id), code)); err != nil {
		t.Errorf("the login's third code: %v\n%s", err, out)
	}
	if page = b.get(t, "/bridge/"+id); !strings.Contains(page, "/consent\"") {
		t.Errorf("the card has answered, and no consent is asked for:\n%s", page)
	}

	// By a phone: one has scanned the code, the other has matched and holds a card.
	if page, _, err = b.begin(""); err != nil {
		t.Fatal(err)
	}
	id = find(t, page, `/handover/(int_[0-9A-Za-z_-]+)`)
	const link = `/h/qr_[0-9a-z]{26}`
	page = b.get(t, "/handover/"+id)
	phone, open := find(t, page, link), find(t, page, asks)
	number := strings.ReplaceAll(find(t, page, `<p class="handover-number">([0-9 ]+)<`), " ", "")
	scanned.get(t, phone)
	anew()
	scanned.refuses(t, "the page of a code of before", "KADO-8320", "GET", phone, nil)
	scanned.refuses(t, "a number for a code of before", "KADO-8320", "POST", phone, url.Values{"number": {number}})
	page = b.get(t, open)
	if find(t, page, link) == phone {
		t.Error("the same code was shown twice")
	}
	phone, number = find(t, page, link), strings.ReplaceAll(find(t, page, `<p class="handover-number">([0-9 ]+)<`), " ", "")
	if status, page, _, err := matched.ask("POST", phone, url.Values{"number": {number}}); err != nil || status != 200 {
		t.Fatalf("%d %v\n%s", status, err, page)
	}
	cards := find(t, matched.get(t, phone+"/card"), `href="([^"]*hnd_[0-9a-z]{26}[^"]*)"`)
	matched.get(t, cards)
	anew()
	for what, path := range map[string]string{"the phone's ways": phone + "/card", "the phone's card": cards, "the phone's end": phone + "/done"} {
		matched.refuses(t, what+", of before", "KADO-8320", "GET", path, nil)
	}
	b.get(t, "/login/"+id) // another way can be chosen still
	if err := s.end(t, syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	whole(t, dir)
}

// holder is what the adult has in hand and in mind.
type holder struct{ card, authentication, text string }

func adult(t *testing.T, dir string) holder {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "folk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		People []struct {
			ID, Card string
			PINs     struct{ Authentication, Text string }
		}
	}
	if err := json.Unmarshal(raw, &f); err != nil || len(f.People) != 1 {
		t.Fatalf("%v %s", err, raw)
	}
	p := f.People[0]
	return holder{filepath.Join(dir, "shelf", p.Card+".card"), p.PINs.Authentication, p.PINs.Text}
}

// send posts a message of a bridge.
func (b *browser) send(t *testing.T, path, message string) (int, string) {
	t.Helper()
	resp, err := b.c.Post(b.base+path, "application/json", strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(out)
}
