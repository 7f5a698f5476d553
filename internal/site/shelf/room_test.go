package shelf_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/chip"
	"kado/chip/chiptest"
	"kado/internal/agency/production/cardface"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/platform/web"
	"kado/internal/site/shelf"
	"kado/internal/site/ways/waytest"
	plastic "kado/internal/world/shelf"
	"kado/mynumber"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

var start = time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC)

// ids are the cards of the tests.
var ids = []mynumber.CardID{"000000000000098", "000000000000195", "123456789012334"}

// room is a desk with real chips whose memories are files, behind the shell.
type room struct {
	t       testing.TB
	dir     string
	plastic *plastic.Shelf
	desk    *shelf.Shelf
	handler http.Handler
	log     *bytes.Buffer
	logMu   sync.Mutex
	party   *party
	shell   *web.Shell
	clock   *clock.Manual
	seen    strings.Builder // everything that was answered
	paths   []string
}

type lockedLog struct{ r *room }

func (l lockedLog) Write(b []byte) (int, error) {
	l.r.logMu.Lock()
	defer l.r.logMu.Unlock()
	return l.r.log.Write(b)
}

func newRoom(t testing.TB) *room {
	t.Helper()
	r := &room{t: t, dir: t.TempDir(), log: &bytes.Buffer{}, clock: clock.NewManual(start)}
	var err error
	if r.plastic, err = plastic.Open(r.dir, &chiptest.Keys{}, entropy.System()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		fixture := chiptest.Operational(t)
		r.lay(id, fixture.Memory)
	}
	r.party = &party{waiting: map[string]oidc.Interaction{}, next: "/done"}
	r.desk = shelf.New(shelf.Options{Cards: r.plastic, Records: registers{}, Clock: r.clock, Desk: r.party,
		TextRoot: func(context.Context) (*rsa.PublicKey, error) { return &chiptest.Key(0).PublicKey, nil }})
	t.Cleanup(func() {
		if err := r.desk.Close(); err != nil {
			t.Error(err)
		}
	})
	if r.shell, err = web.New(web.Options{Clock: r.clock, Sandbox: true, Log: slog.New(slog.NewTextHandler(lockedLog{r}, &slog.HandlerOptions{Level: slog.LevelDebug}))}); err != nil {
		t.Fatal(err)
	}
	part := r.desk.Part()
	if err := r.shell.Add(part.Room); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	r.shell.Common(mux)
	r.shell.Storybook(mux)
	part.Mount(r.shell, mux)
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprint(w, `<!DOCTYPE html><html lang="en"><title>done</title><main>back at the service</main></html>`)
	})
	r.handler = r.shell.Guard(mux, nil)
	return r
}

// lay writes a chip's memory into a card file.
func (r *room) lay(id mynumber.CardID, mem chip.Memory) {
	r.t.Helper()
	content, err := mem.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	f, err := chip.OpenFile(filepath.Join(r.dir, string(id)+".card"))
	if err != nil {
		r.t.Fatal(err)
	}
	var batch []chip.Record
	for k, v := range content {
		batch = append(batch, chip.Record{Key: k, Value: v})
	}
	if err := f.Commit(batch); err != nil {
		r.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		r.t.Fatal(err)
	}
}

// registers is what the offices of the tests know.
type registers struct{}

func (registers) Record(_ context.Context, id mynumber.CardID) (shelf.Record, error) {
	h := chiptest.NewHolder(1)
	names := map[mynumber.CardID]string{ids[0]: "青葉　みどり", ids[1]: "番号　太郎"}
	if names[id] == "" {
		return shelf.Record{}, nil
	}
	return shelf.Record{Holder: names[id], State: lang.Text{JA: "運用中", EN: "in operation"}, Usable: true, ExpiresOn: h.Expiry,
		Face: &cardface.Face{Name: names[id], Address: h.Attributes.Address, BirthDate: h.Attributes.BirthDate, Residence: mynumber.Japanese, Sex: h.Attributes.Sex,
			Expiry: h.Expiry, SecurityCode: "0417"}}, nil
}

func (r registers) Printed(ctx context.Context, id mynumber.CardID) (shelf.Record, error) {
	return r.Record(ctx, id)
}

// party plays the provider.
type party struct {
	mu        sync.Mutex
	waiting   map[string]oidc.Interaction
	answers   []oidc.Answer
	cancelled string
	next      string
	refuse    error
	unbound   error
}

func (p *party) Interaction(_ context.Context, id string) (oidc.Interaction, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i, ok := p.waiting[id]
	if !ok {
		return i, noInteraction.New()
	}
	return i, nil
}

func (p *party) Bound(*http.Request, string) error { return p.unbound }

func (p *party) Answer(_ context.Context, _ string, a oidc.Answer) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != nil {
		return "", p.refuse
	}
	p.answers = append(p.answers, a)
	return p.next, nil
}

func (p *party) Cancel(_ context.Context, id, code, _ string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cancelled = id + " " + code
	return p.next, nil
}

// noInteraction stands for the provider's own refusal.
var noInteraction = &fault.Kind{Number: 9999, Class: fault.NotFound, What: lang.Text{JA: "ありません。", EN: "None."}}

// wait has an interaction wait for a card.
func (p *party) wait(claims []oidc.Claim, sign []byte) oidc.Interaction {
	s := login.Statement{Party: "rp_0123456789abcdefghjkmnpqrs", Origin: "https://himawari.example", Purpose: "login", NotAfter: start.Add(5 * time.Minute)}
	i := oidc.Interaction{ID: "int_0123456789", ClientID: "himawari", ClientName: "ひまわり書店", Ways: "/login/int_0123456789", ReturnOrigin: "https://himawari.example", Claims: claims, Sign: sign, ExpiresAt: start.Add(5 * time.Minute),
		Challenge: login.Challenge{ID: "chl_1", Party: s.Party, Message: s.Message(), ExpiresAt: s.NotAfter}}
	if len(claims) > 0 {
		var err error
		if i.ProofKey, err = waytest.ProofKey(chiptest.Key(0), "http://localhost"); err != nil {
			panic(err) // the fixture's key signs
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[i.ID] = i
	return i
}

// do sends one request as a browser of that address would.
func (r *room) do(q *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	r.logMu.Lock()
	defer r.logMu.Unlock()
	r.seen.WriteString(w.Body.String())
	r.seen.WriteString(fmt.Sprint(w.Header()))
	r.paths = append(r.paths, q.URL.String())
	return w
}

func (r *room) get(path string) *httptest.ResponseRecorder {
	q := httptest.NewRequest("GET", path, nil)
	q.Header.Set("Accept-Language", "en")
	return r.do(q)
}

func (r *room) post(path string, pairs ...string) *httptest.ResponseRecorder {
	f := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	// A test posts more in a second than a hand could.
	if err := r.clock.Set(r.clock.Now().Add(time.Second)); err != nil {
		r.t.Error(err)
	}
	q := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Accept-Language", "en")
	return r.do(q)
}

// follow sends a form and opens where it leads.
func (r *room) follow(path string, pairs ...string) (string, string) {
	r.t.Helper()
	w := r.post(path, pairs...)
	to := w.Header().Get("Location")
	if w.Code != 303 {
		return "", w.Body.String()
	}
	return to, r.get(to).Body.String()
}

var layingField = regexp.MustCompile(`name="laying" value="(\d+)"`)

// laying is the number that a page of the reader puts into its forms.
func (r *room) laying(reader int) string {
	m := layingField.FindStringSubmatch(r.get(fmt.Sprintf("/shelf/readers/%d", reader)).Body.String())
	if m == nil {
		return ""
	}
	return m[1]
}

func (r *room) put(reader int, id mynumber.CardID) {
	r.t.Helper()
	if w := r.post("/shelf/put", "card", string(id), "reader", fmt.Sprint(reader)); w.Code != 303 {
		r.t.Fatalf("put: %d %s", w.Code, w.Body)
	}
}

// wants fails unless a page names a refusal.
func wants(t testing.TB, page string, k *fault.Kind) {
	t.Helper()
	if !strings.Contains(page, k.Code()) {
		t.Errorf("%s is not on the page: %s", k.Code(), codes.FindAllString(page, -1))
	}
}

var codes = regexp.MustCompile(`KADO-\d{4}`)
