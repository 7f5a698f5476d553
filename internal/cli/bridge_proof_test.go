package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/vault"
	"kado/internal/platform/vault/vaulttest"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/requests"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/testcard"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// heard is everything that was said somewhere, by place.
type heard struct {
	mu    sync.Mutex
	place map[string]*bytes.Buffer
}

func (h *heard) say(place string, what ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.place == nil {
		h.place = map[string]*bytes.Buffer{}
	}
	if h.place[place] == nil {
		h.place[place] = &bytes.Buffer{}
	}
	for _, w := range what {
		if b, ok := w.([]byte); ok {
			h.place[place].Write(b)
			continue
		}
		fmt.Fprintf(h.place[place], "\n%+v\n", w)
	}
}

// Write takes logs.
func (h *heard) Write(b []byte) (int, error) {
	h.say("log", bytes.Clone(b))
	return len(b), nil
}

// finds says in which places a secret is.
func (h *heard) finds(secret []byte) (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, b := range h.place {
		if vaulttest.Holds(b.Bytes(), secret) {
			out = append(out, name)
		}
	}
	return out
}

// tap hears what the ways tell the provider.
type tap struct {
	oidc.Desk
	h *heard
}

func (d tap) Answer(ctx context.Context, id string, a oidc.Answer) (string, error) {
	b, err := json.Marshal(a)
	d.h.say("answers to the provider", b, a, err)
	if a.Attributes != nil {
		d.h.say("answers to the provider", *a.Attributes)
	}
	next, err := d.Desk.Answer(ctx, id, a)
	d.h.say("what the provider says of an answer", next, err)
	return next, err
}

// recorded hears each exchange, in both directions.
func recorded(h *heard, inner http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body) // what did not arrive is not looked at
		r.Body = io.NopCloser(bytes.NewReader(b))
		place := "HTTP " + r.URL.Path
		h.say(place, r.URL.String(), r.Header, b)
		for _, part := range regexp.MustCompile(`"([A-Za-z0-9+/=]{16,})"`).FindAllSubmatch(b, -1) {
			if inner, err := base64.StdEncoding.DecodeString(string(part[1])); err == nil {
				h.say(place, inner)
			}
		}
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		h.say(place, rec.Header(), rec.Body.Bytes())
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()) // the reader went away
	})
}

// Two people log in with their attributes at a whole house, one through kado bridge
// and one with a test card: neither the hash of a number's file nor anything of a
// card's proof is in any table, file, log, event, message or printed answer, nor in what
// the terminal shows of the exchange with the card.
//
// Shows: OPS-33, P-42, P-54
func TestP54_ProofIsSeenInNoOtherRoom(t *testing.T) {
	t.Setenv("KADO_DEBUG", "1")
	ctx, now := t.Context(), clock.System().Now()
	dir := filepath.Join(t.TempDir(), "world")
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir, Default: now, Past: folk.Past, Municipality: "13221", NewRun: true,
		Cost: keystore.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}()
	all, err := folk.Open(ctx, box, folk.Options{Now: now, Only: []string{"adult", "woman"}})
	if err != nil {
		t.Fatal(err)
	}
	h := &heard{}
	var shell http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { shell.ServeHTTP(w, r) }))
	defer srv.Close()
	asked := requests.New(clock.System())
	log := slog.New(slog.NewTextHandler(h, &slog.HandlerOptions{Level: slog.LevelDebug}))
	provider, err := site.NewProvider(box.House, box.Keys, box.Entropy, jpki.DefaultSettings(), oidc.Deps{Clock: box.Clock, PartyClock: clock.System(), Base: srv.URL,
		Sandbox: true, OpenClients: true, Log: log, Observe: func(ctx context.Context, e oidc.Event) { h.say("events", e, e.Fault); asked.Observe(ctx, e) }})
	if err != nil {
		t.Fatal(err)
	}
	desk := tap{provider, h}
	own := bridge.New(bridge.Options{Desk: desk, Clock: clock.System(), Entropy: entropy.System()})
	cards := testcard.New(testcard.Options{Desk: desk, Folk: all, Shelf: box.Shelf})
	provider.Offer(cards.Way(), own.Way())
	watched, err := asked.Part(provider.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	place, err := site.New(site.Options{House: box.House, Clock: box.Clock, Sandbox: box, Log: log, Around: asked.Around,
		Parts: append(site.LoginParts(provider, true), cards.Part(), own.Part(), watched)})
	if err != nil {
		t.Fatal(err)
	}
	shell = recorded(h, place.Handler())

	// What must be seen nowhere.
	by := journal.Actor{Kind: journal.System, ID: "test"}
	secrets := map[string][]byte{}
	for _, p := range all.All {
		n, err := box.House.Vault.Read(ctx, nil, p.Owner, vault.CardProduction, by)
		if err != nil {
			t.Fatal(err)
		}
		hash := sha256.Sum256(files.Number(n))
		secrets["number of "+p.ID], secrets["hash of the number of "+p.ID] = []byte(n.Reveal()), hash[:]
		proof := proofOf(t, box, p)
		if !vaulttest.Holds(proof, hash[:]) {
			t.Fatal("the card's proof does not hold its hash")
		}
		secrets["signature in the proof of "+p.ID] = proof[len(proof)-256:]
	}

	adult, woman := all.All[0], all.All[1]
	if adult.ID != "adult" {
		adult, woman = woman, adult
	}
	b := newVisitor(t, srv.URL)
	id := b.begin(t)
	code := regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`).FindString(b.get(t, "/bridge/"+id))
	path := filepath.Join(dir, "shelf", string(adult.Card)+".card")
	out, errOut, status := kadoBridge(t, adult.PINs.Authentication+"\n"+adult.PINs.Text+"\n", "login", code, "--server", srv.URL, "--card", path, "--show-apdus")
	h.say("terminal", out, errOut)
	if status != 0 {
		t.Errorf("%d\n%s%s", status, out, errOut) // what was said is searched all the same
	} else if page := b.get(t, "/bridge/"+id); !strings.Contains(page, "/consent\"") {
		t.Errorf("no consent is asked for: %s", page)
	}
	id = b.begin(t)
	if page := b.post(t, "/login/test-card", url.Values{"interaction": {id}, "persona": {woman.ID}}); !strings.Contains(page, "/consent\"") {
		t.Errorf("no consent is asked for: %s", page)
	}
	b.get(t, "/requests")

	var dump bytes.Buffer
	if err := box.House.DB.Dump(ctx, &dump); err != nil {
		t.Fatal(err)
	}
	h.say("the database's dump", dump.Bytes())
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || strings.HasSuffix(path, ".card") {
			return err
		}
		content, err := os.ReadFile(path)
		h.say("file "+filepath.Base(path), content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"log", "events", "answers to the provider", "the database's dump", "terminal", "HTTP /bridge/api/answer", "HTTP /bridge/api/take", "file kado.db"} {
		if h.place[want] == nil || h.place[want].Len() < 20 {
			t.Errorf("nothing was heard of %s", want)
		}
	}
	for what, secret := range secrets {
		for _, where := range h.finds(secret) {
			t.Errorf("the %s is in: %s", what, where)
		}
	}
	// The search finds what is there.
	for what, secret := range secrets {
		h.say("a fault planted", []byte(base64.StdEncoding.EncodeToString(append([]byte("xx"), secret...))))
		if found := h.finds(secret); len(found) != 1 {
			t.Errorf("the search does not find the %s: %v", what, found)
		}
	}

	checks := 0
	for _, line := range strings.Split(dump.String(), "\n") {
		if strings.Contains(line, vault.Compared) && strings.Contains(line, `"result":"same"`) {
			checks++
		}
	}
	if checks != 1 { // a test card is vouched for
		t.Errorf("%d checks in the journal, of one login with a proof", checks)
	}
}

// proofOf reads file 0003 of a copy of somebody's card.
func proofOf(t *testing.T, box *server.Sandbox, p folk.Persona) []byte {
	t.Helper()
	c, err := box.Shelf.Copy(p.Card)
	if err != nil {
		t.Fatal(err)
	}
	chip, err := c.Power()
	if err != nil {
		t.Fatal(err)
	}
	text, err := reader.New(reader.Virtual(chip)).Text()
	if err == nil {
		err = text.VerifyPIN(mynumber.NewSecret(p.PINs.Text))
	}
	if err != nil {
		t.Fatal(err)
	}
	_, proof, _, err := text.AttributeFiles()
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

// visitor is a browser.
type visitor struct {
	*http.Client
	base string
}

func newVisitor(t *testing.T, base string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return visitor{&http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}, base}
}

// begin begins a login that wants every attribute, and returns its interaction.
func (v visitor) begin(t *testing.T) string {
	t.Helper()
	digest := sha256.Sum256([]byte("a-verifier-of-at-least-forty-three-characters-0123456789"))
	q := url.Values{"response_type": {"code"}, "client_id": {"shop1"}, "redirect_uri": {"http://localhost:9000/callback"}, "scope": {"openid name address birthdate gender"},
		"state": {"s"}, "nonce": {"n"}, "code_challenge": {base64.RawURLEncoding.EncodeToString(digest[:])}, "code_challenge_method": {"S256"}, "acr_values": {"aal3 crl"}}
	resp, err := v.Get(v.base + "/api/realms/main/protocol/openid-connect/auth?" + q.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	id, ok := strings.CutPrefix(resp.Request.URL.Path, "/login/")
	if !ok {
		t.Fatalf("%s leads to %s", resp.Status, resp.Request.URL)
	}
	return id
}

func (v visitor) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := v.Get(v.base + path)
	return page(t, resp, err)
}

func (v visitor) post(t *testing.T, path string, f url.Values) string {
	t.Helper()
	resp, err := v.PostForm(v.base+path, f)
	return page(t, resp, err)
}

func page(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
