package testcard_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/web/webtest"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/next"
	"kado/internal/site/ways/testcard"
	"kado/internal/site/ways/waytest"
	"kado/jpki"
)

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC)
)

// town is a small world with a shop that people log in at.
type town struct {
	box  *server.Sandbox
	folk *folk.Folk
	shop login.Party
}

func found(algorithm string, only ...string) (w town, err error) {
	w.box, err = server.OpenSandbox(ctx, server.SandboxOptions{Default: now, Municipality: "13221", NewRun: true,
		Cost: keystore.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}, Algorithm: algorithm})
	if err == nil {
		w.folk, err = folk.Open(ctx, w.box, folk.Options{Now: now, Only: only})
	}
	if err == nil {
		w.shop, err = w.box.House.Login.Register(ctx, journal.Actor{Kind: journal.System, ID: "test"}, "店", waytest.Origin)
	}
	return w, err
}

// shared is the one small world of most of this package's tests.
var shared struct {
	once sync.Once
	town
	err error
}

type suite struct{ m *testing.M }

func (s suite) Run() int {
	code := s.m.Run()
	if shared.box != nil {
		if err := shared.box.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(suite{m}, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// stand is the way with a desk that checks answers as the login office does.
type stand struct {
	*testing.T
	town    *town
	desk    *waytest.Desk
	handler http.Handler
	site    *site.Site
}

func open(t *testing.T) *stand {
	t.Helper()
	shared.once.Do(func() {
		shared.town, shared.err = found("", "adult", "child", "ladder-taka", "one-try-left", "pinless", "blocked", "lost", "phone")
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.stand(t)
}

func (s *town) stand(t *testing.T) *stand {
	t.Helper()
	st := &stand{T: t, town: s, desk: &waytest.Desk{}}
	st.desk.Refuse(func(_ oidc.Interaction, a oidc.Answer) error {
		_, err := s.box.House.Login.Finish(ctx, a.Login)
		return err
	})
	cards := testcard.New(testcard.Options{Desk: st.desk, Folk: s.folk, Shelf: s.box.Shelf})
	var err error
	st.site, err = site.New(site.Options{House: s.box.House, Clock: s.box.Clock, Sandbox: s.box, Parts: []site.Part{cards.Part()}})
	if err != nil {
		t.Fatal(err)
	}
	st.handler = st.site.Handler()
	if p := cards.Way().Path("int_1"); p != "/login/test-card?interaction=int_1" {
		t.Errorf("the way leads to %s", p)
	}
	return st
}

// begin begins an interaction with a real challenge.
func (s *stand) begin(hint string, signs []byte, claims ...oidc.Claim) string {
	s.Helper()
	c, err := s.town.box.House.Login.Begin(ctx, s.town.shop.ID)
	if err != nil {
		s.Fatal(err)
	}
	id := "int_" + strings.TrimPrefix(c.ID, "chl_")
	s.desk.Put(oidc.Interaction{ID: id, ClientID: "shop", ClientName: "見本商店", Claims: claims, Challenge: c, Sign: signs, LoginHint: hint,
		Ways: "/login/" + id, ReturnOrigin: waytest.Origin, ExpiresAt: c.ExpiresAt})
	return id
}

func (s *stand) send(r *http.Request, interaction string) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: waytest.Cookie, Value: interaction})
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

func (s *stand) post(interaction, persona, manner string) *httptest.ResponseRecorder {
	f := url.Values{"interaction": {interaction}, "persona": {persona}}
	if manner != "" {
		f.Set("manner", manner)
	}
	r := httptest.NewRequest("POST", "/login/test-card", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.send(r, interaction)
}

func (s *stand) get(interaction, header, more string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/login/test-card?interaction="+interaction+more, nil)
	if header != "" {
		r.Header.Set(testcard.Header, header)
	}
	return s.send(r, interaction)
}

// From every page of this way the holder gets back to the choice of ways, in words of
// the page's language.
func TestAnotherWayCanBeChosen(t *testing.T) {
	s := open(t)
	for lang, words := range map[string]string{"ja": "ほかの使い方を選ぶ", "en": "Choose another way"} {
		id := s.begin("", nil)
		link := `href="/login/` + id + `">` + words
		for _, more := range []string{"", "&q=nobody-at-all", "&persona=adult"} {
			if page := s.get(id, "", more+"&lang="+lang).Body.String(); !strings.Contains(page, link) {
				t.Errorf("%s, %q: no %s", lang, more, link)
			}
		}
		f := url.Values{"interaction": {id}, "persona": {"adult"}, "manner": {"wrong-pin"}}
		r := httptest.NewRequest("POST", "/login/test-card?lang="+lang, strings.NewReader(f.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if page := s.send(r, id).Body.String(); !strings.Contains(page, link) {
			t.Errorf("%s, refused: no %s", lang, link)
		}
	}
}

// Each manner of answering ends as the list says, for a person at the page and for
// a program that is alone.
func TestCRT57_EachMannerEndsAsListed(t *testing.T) {
	s := open(t)
	shown := map[string]string{"wrong-pin": "KADO-8370", "blocked": "KADO-7252", "removed": "KADO-8371", "forged": "KADO-4203", "other-login": "KADO-4203"}
	for _, m := range testcard.Manners() {
		if m.ID == "phone" {
			continue // TestCRT67_ByPhone
		}
		id := s.begin("", nil)
		w := s.post(id, "adult", m.ID)
		switch code := shown[m.ID]; {
		case code != "": // shown, and the interaction waits on
			if w.Code < 400 || !strings.Contains(w.Body.String(), code) {
				t.Errorf("%s: %d, without %s", m.ID, w.Code, code)
			}
			if _, err := s.desk.Interaction(ctx, id); err != nil {
				t.Errorf("%s: %v", m.ID, err)
			}
		case m.Ends == "":
			if w.Code != 303 || w.Header().Get("Location") != "/consent/"+id {
				t.Errorf("%s: %d %s %s", m.ID, w.Code, w.Header(), w.Body)
			}
		default:
			if w.Code != 303 || s.desk.Ended[id] != m.Ends {
				t.Errorf("%s: %d, ended with %q", m.ID, w.Code, s.desk.Ended[id])
			}
		}
		id = s.begin("", nil)
		w = s.get(id, "adult:"+m.ID, "")
		if w.Code != 302 || s.desk.Ended[id] != m.Ends {
			t.Errorf("%s for a program: %d, ended with %q", m.ID, w.Code, s.desk.Ended[id])
		}
	}
	for i, a := range s.desk.Answers {
		if a.Consented != (i > 0) { // the first came from the page
			t.Errorf("answer %d says consented: %t", i, a.Consented)
		}
	}
}

// Programs name a person by header or login_hint, and see no page.
func TestProgramsNeedNoPage(t *testing.T) {
	s := open(t)
	for _, c := range []struct{ hint, header, ended string }{
		{"adult", "", ""}, {"", "adult", ""}, {"lost", "adult", ""}, {"adult:cancel", "", "access_denied"},
		{"lost", "", "access_denied"}, {"", "pinless", "access_denied"}, {"blocked", "", "access_denied"},
	} {
		id := s.begin(c.hint, nil)
		before := s.desk.Taken()
		w := s.get(id, c.header, "")
		if w.Code != 302 || s.desk.Ended[id] != c.ended || (s.desk.Taken() > before) != (c.ended == "") {
			t.Errorf("%+v: %d, ended with %q", c, w.Code, s.desk.Ended[id])
		}
	}
	for _, bad := range []string{"nobody", "adult:nonsense", "<script>"} {
		id := s.begin("", nil)
		if w := s.get(id, bad, ""); w.Code < 400 || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
	// A hint that names nobody is somebody else's affair.
	if w := s.get(s.begin("tanaka@example.com", nil), "", ""); w.Code != 200 {
		t.Errorf("another hint: %d", w.Code)
	}
}

// Attributes come with the card that they were read from, and a signature is over the
// digest as it was sent.
func TestCHP38_AttributesWithTheirCard(t *testing.T) {
	s := open(t)
	digest := sha256.Sum256([]byte("申込書"))
	id := s.begin("", digest[:], oidc.ClaimName, oidc.ClaimAddress)
	if w := s.post(id, "ladder-taka", ""); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	a := s.desk.Answers[0]
	if a.Attributes == nil || !strings.HasPrefix(a.Attributes.Name, "髙橋") || a.Attributes.Card == "" {
		t.Fatalf("%+v", a.Attributes)
	}
	// The card's number ties them to the certificate; nothing is sealed to be compared.
	if len(a.Attributes.Record) != 0 || len(a.Attributes.Sealed) != 0 {
		t.Errorf("a proof for a card that is known: %d and %d octets", len(a.Attributes.Record), len(a.Attributes.Sealed))
	}
	for _, p := range shared.folk.All {
		if (p.Card == a.Attributes.Card) != (p.ID == "ladder-taka") {
			t.Errorf("the card of %s", p.ID)
		}
	}
	cert, err := jpki.ParseCertificate(a.SigningCertificate)
	if err != nil {
		t.Fatal(err)
	}
	if err := jpki.VerifyDigest(cert.PublicKey, digest[:], a.Signature); err != nil {
		t.Error(err)
	}
	// Not asked for, not read.
	id = s.begin("", nil)
	if w := s.post(id, "adult", ""); w.Code != 303 {
		t.Fatal(w.Code)
	}
	if a := s.desk.Answers[1]; a.Attributes != nil || a.Signature != nil || a.SigningCertificate != nil {
		t.Error("more was read than asked for")
	}
	id = s.begin("", digest[:])
	if w := s.post(id, "child", ""); w.Code != 403 || !strings.Contains(w.Body.String(), "KADO-7255") {
		t.Errorf("a child signs: %d", w.Code)
	}
}

// A bare hash is padded as it is where a party asks for that: an ordinary verifier
// refuses the signature, the block holds nothing but the hash.
func TestCHP38_RawSignature(t *testing.T) {
	s := open(t)
	digest := sha256.Sum256([]byte("申込書"))
	raw := func(persona, manner string) *httptest.ResponseRecorder {
		id := s.begin("", digest[:])
		i, err := s.desk.Interaction(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		i.SignRaw = true
		s.desk.Put(i)
		return s.post(id, persona, manner)
	}
	if w := raw("adult", ""); w.Code != 303 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	a := s.desk.Answers[0]
	cert, err := jpki.ParseCertificate(a.SigningCertificate)
	if err != nil {
		t.Fatal(err)
	}
	key := cert.PublicKey.(*rsa.PublicKey)
	if err := rsa.VerifyPKCS1v15(key, 0, digest[:], a.Signature); err != nil {
		t.Error(err)
	}
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], a.Signature) == nil {
		t.Error("the block has a DigestInfo")
	}
	if w := raw("phone", "phone"); w.Code != 400 || !strings.Contains(w.Body.String(), testcard.RawSignature.Code()) {
		t.Errorf("a phone, whose key is no RSA key of a card: %d", w.Code)
	}
}

// A phone's certificates answer as a card's do, and the party knows the same
// person.
func TestCRT67_ByPhone(t *testing.T) {
	s := open(t)
	var subs []string
	s.desk.Refuse(func(_ oidc.Interaction, a oidc.Answer) error {
		in, err := shared.box.House.Login.Finish(ctx, a.Login)
		subs = append(subs, in.Pairwise)
		return err
	})
	digest := sha256.Sum256([]byte("申込書"))
	for _, manner := range []string{"phone", "normal"} {
		if w := s.post(s.begin("", digest[:], oidc.ClaimName), "phone", manner); w.Code != 303 {
			t.Fatalf("%s: %d %s", manner, w.Code, w.Body)
		}
	}
	phone, card := s.desk.Answers[0], s.desk.Answers[1]
	if len(subs) != 2 || subs[0] != subs[1] || subs[0] == "" {
		t.Errorf("known as %q", subs)
	}
	if phone.Attributes.Attributes != card.Attributes.Attributes || bytes.Equal(phone.Login.Certificate, card.Login.Certificate) {
		t.Error("another person, or the same certificate")
	}
	for _, a := range s.desk.Answers {
		cert, err := jpki.ParseCertificate(a.SigningCertificate)
		if err == nil {
			err = jpki.VerifyDigest(cert.PublicKey, digest[:], a.Signature)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if w := s.post(s.begin("", nil), "adult", "phone"); w.Code != 403 || !strings.Contains(w.Body.String(), "KADO-8376") {
		t.Errorf("a phone that is not there: %d", w.Code)
	}
	if w := s.get(s.begin("", nil), "", "&persona=adult"); strings.Contains(w.Body.String(), `value="phone"`) {
		t.Error("a phone is offered to somebody without one")
	}
}

// The card on the shelf keeps its tries, whatever is played with its copy.
func TestCardOnTheShelfIsLeftAlone(t *testing.T) {
	s := open(t)
	for range 3 {
		if w := s.post(s.begin("", nil), "one-try-left", "wrong-pin"); !strings.Contains(w.Body.String(), "0") || w.Code != 403 {
			t.Errorf("%d", w.Code)
		}
		if w := s.post(s.begin("", nil), "one-try-left", ""); w.Code != 303 {
			t.Errorf("the copy of before was used again: %d %s", w.Code, w.Body)
		}
	}
}

// Nobody answers for another browser (P-42), and no field is taken that is not
// known.
func TestOnlyTheBrowserThatBegan(t *testing.T) {
	s := open(t)
	id := s.begin("adult", nil)
	for _, r := range []*http.Request{
		httptest.NewRequest("GET", "/login/test-card?interaction="+id, nil),
		httptest.NewRequest("POST", "/login/test-card", strings.NewReader("interaction="+id+"&persona=adult")),
	} {
		if r.Method == "POST" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if w := s.send(r, "int_other"); w.Code != 403 {
			t.Errorf("%s from another browser: %d", r.Method, w.Code)
		}
	}
	if w := s.get(id, "", "&more=1"); w.Code != 400 {
		t.Errorf("an unknown parameter: %d", w.Code)
	}
	if w := s.get(id, "", "&q="+strings.Repeat("x", 101)); w.Code != 400 {
		t.Errorf("an endless search: %d", w.Code)
	}
	if s.desk.Taken() != 0 {
		t.Error("somebody was logged in")
	}
}

func TestSearch(t *testing.T) {
	s := open(t)
	id := s.begin("adult", nil) // a search shows the page in spite of the hint
	for q, want := range map[string][2]string{"髙": {"ladder-taka", "pinless"}, "pinless": {"pinless", "ladder-taka"}, "4206": {"lost", "ladder-taka"}, "佐藤健一": {"adult", "pinless"}} {
		w := s.get(id, "", "&q="+url.QueryEscape(q))
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, `value="`+want[0]+`"`) || strings.Contains(body, `value="`+want[1]+`"`) {
			t.Errorf("%s: %d", q, w.Code)
		}
	}
	if w := s.get(id, "", "&persona=blocked"); w.Code != 200 || !strings.Contains(w.Body.String(), "KADO-7252") {
		t.Errorf("one person: %d", w.Code)
	}
}

// With the real provider: a request that names a person ends at the relying party
// without a page, with a code or with the number of the refusal.
func TestWithTheProvider(t *testing.T) {
	open(t) // the world
	srv := httptest.NewUnstartedServer(nil)
	base := "http://" + srv.Listener.Addr().String()
	box := shared.box
	provider, err := site.NewProvider(box.House, box.Keys, box.Entropy, jpki.DefaultSettings(), oidc.Deps{Clock: box.Clock, Base: base, Sandbox: true, OpenClients: true})
	if err != nil {
		t.Fatal(err)
	}
	cards := testcard.New(testcard.Options{Desk: provider, Folk: shared.folk, Shelf: box.Shelf})
	provider.Offer(cards.Way())
	queue := next.New(next.Options{Desk: provider})
	place, err := site.New(site.Options{House: box.House, Clock: box.Clock, Sandbox: box, Around: queue.Around,
		Parts: append([]site.Part{cards.Part(), queue.Part()}, site.LoginParts(provider, true)...)})
	if err != nil {
		t.Fatal(err)
	}
	srv.Config.Handler = place.Handler()
	srv.Start()
	t.Cleanup(srv.Close)
	authorize := base + "/api/realms/main/protocol/openid-connect/auth?" + url.Values{"response_type": {"code"}, "client_id": {"myshop"},
		"redirect_uri": {"http://localhost:9999/cb"}, "scope": {"openid name address birthdate gender"}, "state": {"s"}, "nonce": {"n"},
		"code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWBuGJSstw-cM"}, "code_challenge_method": {"S256"}}.Encode()
	// visit follows a browser until it is back at the relying party.
	visit := func(address, header string) (int, url.Values) {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: srv.Client().Transport, Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Host == "localhost:9999" {
				return http.ErrUseLastResponse
			}
			return nil
		}}
		r, err := http.NewRequest("GET", address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set(testcard.Header, header)
		}
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close() // nothing is read of it
		to, err := res.Location()
		if err != nil {
			return res.StatusCode, nil
		}
		return res.StatusCode, to.Query()
	}
	for _, c := range []struct{ hint, header, err, number string }{
		{"", "adult", "", ""}, {"child", "", "", ""}, {"", "ladder-taka", "", ""}, {"", "phone:phone", "", ""},
		{"", "lost", "access_denied", "KADO-4206"}, {"pinless", "", "access_denied", "KADO-7253"}, {"", "blocked", "access_denied", "KADO-7252"},
		{"", "adult:wrong-pin", "access_denied", "KADO-8370"}, {"adult:forged", "", "access_denied", "KADO-4203"}, {"", "adult:removed", "access_denied", "KADO-8371"},
		{"", "adult:revoked", "access_denied", "KADO-4207"}, {"", "adult:time-out", "access_denied", "KADO-8372"},
		{"fail-login_required", "adult", "login_required", "KADO-8404"},
	} {
		address := authorize
		if c.hint != "" {
			address += "&login_hint=" + url.QueryEscape(c.hint)
		}
		status, got := visit(address, c.header)
		if got.Get("state") != "s" || got.Get("error") != c.err || !strings.HasPrefix(got.Get("error_description"), c.number) || (got.Get("code") != "") != (c.err == "") {
			t.Errorf("%+v: %d %v", c, status, got)
		}
	}
	// Without a name the person is asked.
	if status, got := visit(authorize, ""); status != 200 || got != nil {
		t.Errorf("nobody named: %d %v", status, got)
	}
}

func TestPagesInABrowser(t *testing.T) {
	browser := webtest.Browser(t)
	s := open(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	var paths []string
	for _, p := range s.site.Stories() {
		if strings.HasPrefix(p, "/storybook/testcard/") {
			paths = append(paths, p)
		}
	}
	webtest.Look(t, browser, srv.URL, append(paths, "/sandbox/people"))
}

// BenchmarkAnswer is one login by a program: the card's part and the login
// office's.
func BenchmarkAnswer(b *testing.B) {
	t := &testing.T{}
	s := open(t)
	if shared.err != nil {
		b.Fatal(shared.err)
	}
	for b.Loop() {
		if w := s.get(s.begin("", nil), "adult", ""); w.Code != 302 {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// In a world whose generation is P-384, card and phone log in just so. Neither signs
// a digest of SHA-256, and the number says so.
func TestCRT67_ByPhoneOfTheNextGeneration(t *testing.T) {
	w, err := found(jpki.ECDSAP384SHA384.String(), "phone")
	if w.box != nil {
		defer func() {
			if err := w.box.Close(); err != nil {
				t.Error(err)
			}
		}()
	}
	if err != nil {
		t.Fatal(err)
	}
	s := w.stand(t)
	digest := sha256.Sum256([]byte("a contract"))
	for _, manner := range []string{"phone", "normal"} {
		if w := s.post(s.begin("", nil, oidc.ClaimName), "phone", manner); w.Code != 303 {
			t.Fatalf("%s: %d %s", manner, w.Code, w.Body)
		}
		if w := s.post(s.begin("", digest[:]), "phone", manner); w.Code != 403 || !strings.Contains(w.Body.String(), "KADO-7256") {
			t.Errorf("%s signs: %d %s", manner, w.Code, w.Body)
		}
	}
	phone, card := s.desk.Answers[0], s.desk.Answers[1]
	if phone.Attributes.Attributes != card.Attributes.Attributes || bytes.Equal(phone.Login.Certificate, card.Login.Certificate) {
		t.Error("phone and card say other things of their holder, or are one")
	}
}
