package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"kado/internal/cardtool"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/lang"
	"kado/internal/platform/vault/sealed"
	"kado/internal/platform/web"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/wanted"
	"kado/mynumber"
)

type bridgeCommands struct {
	Login  bridgeLoginCommand  `cmd:"" help:"Answer the login whose code the login page shows."`
	Listen bridgeListenCommand `cmd:"" default:"withargs" help:"Take codes from the login page's button, one after the other."`
}

// bridgeFlags say whom the bridge speaks to and with which card.
type bridgeFlags struct {
	sourceFlags
	secretFlags
	Server string   `help:"The site whose login page shows the code." default:"http://127.0.0.1:8080" placeholder:"URL" env:"KADO_SERVER"`
	Site   []string `help:"Use the card for logins at this site only, e.g. https://shop.example; may be repeated." placeholder:"ORIGIN"`
}

type bridgeLoginCommand struct {
	bridgeFlags
	Code string `arg:"" help:"As the page shows it: XXXX-XXXX."`
}

// Run answers one login.
func (b bridgeLoginCommand) Run(c *console) error {
	s, err := newBridgeServer(b.Server)
	if err != nil {
		return err
	}
	return b.answer(c, s, b.Code)
}

type bridgeListenCommand struct {
	bridgeFlags
	Listen string `help:"Address and port on this machine." default:"127.0.0.1:35980" placeholder:"HOST:PORT"`
}

// Run takes codes until it is told to stop.
func (b bridgeListenCommand) Run(c *console) error {
	s, err := newBridgeServer(b.Server)
	if err != nil {
		return err
	}
	host, _, err := net.SplitHostPort(b.Listen)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return BadArguments.Because(err, "--listen")
	}
	ln, err := net.Listen("tcp", b.Listen)
	if err != nil {
		return CannotListen.Because(err, b.Listen)
	}
	defer ln.Close() // a second time after serving, which does nothing
	codes := make(chan string)
	l := bridgeListener{host: ln.Addr().String(), origin: s.base, codes: codes, lang: c.lang}
	srv := &http.Server{Handler: l, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()
	c.printf(lang.Text{JA: "%s からのログインを %s で待っています。止めるには Ctrl-C を押します。", EN: "Waiting at %[2]s for logins from %[1]s; Ctrl-C stops it."}, s.base, ln.Addr())
	for {
		select {
		case code := <-codes:
			// One login that fails is shown, and the next is waited for.
			if err := b.answer(c, s, code); err != nil && c.ctx.Err() == nil {
				c.fail(err)
			}
		case err := <-served:
			return err
		case <-c.ctx.Done():
			err := srv.Close()
			if e := <-served; !errors.Is(e, http.ErrServerClosed) {
				err = errors.Join(err, e)
			}
			return err
		}
	}
}

// bridgeListener is what the login page's button reaches: one address, which takes
// a code and tells nothing.
type bridgeListener struct {
	host   string // this listener's address, which the browser must have meant
	origin string // the site whose pages may send codes
	codes  chan<- string
	lang   lang.Lang
}

// ServeHTTP takes a code from the site's page. Any other page, a name that leads
// here by a changed address book (DNS rebinding) and any other request is refused.
// The answer is empty: the browser stays on the login page.
func (l bridgeListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Host != l.host || r.Header.Get("Origin") != l.origin || r.URL.Path != "/login" {
		l.refuse(w, http.StatusForbidden, BridgeCaller.New())
		return
	}
	// Only the site's own page may read the answer, and may ask beforehand whether
	// it may send to a machine of the holder's own.
	h.Set("Access-Control-Allow-Origin", l.origin)
	h.Set("Vary", "Origin")
	switch r.Method {
	case http.MethodOptions:
		h.Set("Access-Control-Allow-Methods", "POST")
		h.Set("Access-Control-Allow-Private-Network", "true")
		w.WriteHeader(http.StatusNoContent)
		return
	case http.MethodPost:
	default:
		l.refuse(w, http.StatusForbidden, BridgeCaller.New())
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	f, err := web.Form(r, "code")
	if err == nil {
		_, err = bridge.ParseCode(f.Get("code"))
	}
	if err != nil {
		l.refuse(w, http.StatusBadRequest, BridgeCode.Because(err))
		return
	}
	select {
	case l.codes <- f.Get("code"):
		w.WriteHeader(http.StatusNoContent)
	default:
		l.refuse(w, http.StatusConflict, BridgeBusy.New())
	}
}

func (l bridgeListener) refuse(w http.ResponseWriter, status int, err interface {
	Code() string
	In(lang.Lang) (string, string, string)
}) {
	what, why, cure := err.In(l.lang)
	http.Error(w, err.Code()+" "+what+"\n"+why+"\n"+cure, status)
}

// answer fetches what is asked by a code, shows it, and lets the card answer.
func (b bridgeFlags) answer(c *console, s *bridgeServer, typed string) error {
	code, err := bridge.ParseCode(bridge.TidyCode(typed))
	if err != nil {
		return BridgeCode.Because(err)
	}
	var job bridge.Job
	if err := s.post(c.ctx, c.lang, bridge.TakePath, bridge.Take{Version: bridge.Version, Code: code}, &job); err != nil {
		return err
	}
	err = b.use(c, s, job)
	if err == nil {
		c.printf(lang.Text{JA: "カードの答えを送りました。ブラウザーの画面に戻ってください。", EN: "The card's answer was sent. Go back to your browser."})
		return nil
	}
	if !BridgeRefused.Is(err) && !BridgeSilent.Is(err) {
		// The page need not wait for a card that will not come. That it is told is
		// a courtesy: the code ends by itself, too.
		ctx, stop := context.WithTimeout(context.WithoutCancel(c.ctx), 5*time.Second)
		defer stop()
		_ = s.post(ctx, c.lang, bridge.DeclinePath, bridge.Decline{Ticket: job.Ticket}, &bridge.Accepted{})
	}
	return err
}

// use shows the holder what is asked and lets the card answer it.
func (b bridgeFlags) use(c *console, s *bridgeServer, job bridge.Job) error {
	if job.Version != bridge.Version {
		return BridgeVersion.New()
	}
	statement, err := login.ParseStatement(job.Message)
	if err != nil || len(job.Sign) != 0 && len(job.Sign) != 32 {
		return BridgeStatement.Because(err)
	}
	if len(b.Site) > 0 && !slices.Contains(b.Site, statement.Origin) {
		return BridgeOtherSite.New(statement.Origin)
	}
	want := cardtool.LoginRequest{Statement: statement, Digest: job.Sign, Raw: job.SignRaw, Careful: b.careful()}
	if len(job.Claims) > 0 {
		if job.ProofKey == nil {
			return BridgeVersion.New()
		}
		want.Attributes = &sealed.Target{Announcement: *job.ProofKey, Site: s.base, Challenge: job.Challenge, Now: time.Now()} //kado:wall-clock the site's key has an end
	}
	c.show(job, statement)
	if b.Card == "" && b.ID == "" && b.Reader == "" && b.Recorded == "" {
		b.Reader = "0" // most people have one reader
	}
	var a cardtool.LoginAnswer
	err = onCard(c, b.sourceFlags, b.secretFlags, func(t *cardtool.Tool, p *prompt) error {
		var err error
		a, err = t.Login(bridgePrompt{p}, want)
		return err
	})
	if err != nil {
		return err
	}
	return s.post(c.ctx, c.lang, bridge.AnswerPath, bridge.Answer{Ticket: job.Ticket, Challenge: job.Challenge, Certificate: a.Certificate, Signature: a.Signature,
		Record: a.Record, Sealed: a.Sealed, SigningCertificate: a.SigningCertificate, Signed: a.Signed}, &bridge.Accepted{})
}

// bridgePrompt takes an empty line for "no".
type bridgePrompt struct{ *prompt }

// Ask implements cardtool.Prompt.
func (p bridgePrompt) Ask(what lang.Text) (mynumber.Secret, error) {
	v, err := p.prompt.Ask(what)
	if err == nil && v.Reveal() == "" || errors.Is(err, io.EOF) {
		return v, BridgeDeclined.Because(err)
	}
	return v, err
}

// show tells who asks for what. What the server says of itself is shown as data:
// without control characters, and the origin is that of the text that the card
// signs.
func (c *console) show(job bridge.Job, s login.Statement) {
	c.printf(lang.Text{JA: "ログインの依頼", EN: "Login"})
	c.line(lang.Text{JA: "サイト", EN: "site"}, s.Origin)
	c.line(lang.Text{JA: "名前", EN: "name"}, shorten(job.Client))
	names := []string{}
	for _, claim := range job.Claims {
		names = append(names, shorten(wanted.Claim(oidc.Claim(claim)).In(c.lang)))
	}
	if len(names) == 0 {
		names = append(names, lang.Text{JA: "ログインのみ", EN: "login only"}.In(c.lang))
	}
	c.line(lang.Text{JA: "求める情報", EN: "asked for"}, strings.Join(names, " / "))
	if len(job.Sign) > 0 {
		c.line(lang.Text{JA: "電子署名", EN: "signature"}, fmt.Sprintf("SHA-256 %x", job.Sign))
	}
	c.line(lang.Text{JA: "確認番号", EN: "check number"}, shorten(grouped(job.Check)))
	if len(job.Claims) > 0 {
		c.printf(lang.Text{JA: "基本4情報は市区町村がまとめて署名しているため、4つともサーバーに送られ、求められたものだけが使われます。", EN: "The four attributes are signed together, so all four go to the server; it keeps only what was asked for."})
	}
	c.printf(lang.Text{JA: "ブラウザーで始めたログインがこのサイトのもので、番号も同じなら、暗証番号を入力してください。何も入力せずに Enter を押すと中止します。", EN: "If you began a login at this site in your browser, and the page shows the same number, type your PIN. An empty line declines."})
}

// grouped writes six digits as the page does.
func grouped(check string) string {
	if len(check) != 6 {
		return check
	}
	return check[:3] + " " + check[3:]
}

// bridgeServer is the site.
type bridgeServer struct {
	base   string // scheme, host and port
	client *http.Client
}

// newBridgeServer accepts https, and http on the own machine.
func newBridgeServer(s string) (*bridgeServer, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, BridgeServer.New(shorten(s))
	}
	ip := net.ParseIP(u.Hostname())
	own := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !own) {
		return nil, BridgeServer.New(shorten(s))
	}
	return &bridgeServer{base: u.Scheme + "://" + u.Host, client: &http.Client{Timeout: 20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}, nil
}

// post sends one message and reads one. A refusal of the site is BridgeRefused with
// its number.
func (s *bridgeServer) post(ctx context.Context, l lang.Lang, path string, message, into any) error {
	b, err := json.Marshal(message)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, bytes.NewReader(b))
	if err != nil {
		return BridgeSilent.Because(err, s.base)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, application/problem+json")
	r.Header.Set("Accept-Language", string(l))
	resp, err := s.client.Do(r)
	if err != nil {
		return BridgeSilent.Because(err, s.base)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bridge.MaxMessage+1))
	if err != nil || len(body) > bridge.MaxMessage {
		return BridgeSilent.Because(err, s.base)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if kind == "application/problem+json" {
		var p web.Problem
		if err := decodeOne(body, &p); err != nil {
			return BridgeSilent.Because(err, s.base)
		}
		if path == bridge.TakePath && (p.Code == web.BadForm.Code() || p.Code == web.BadJSON.Code()) {
			return BridgeVersion.New() // it does not know the fields of this version
		}
		return BridgeRefused.New(shorten(p.Code), shorten(p.Title))
	}
	if resp.StatusCode != http.StatusOK || kind != "application/json" {
		return BridgeSilent.Because(errors.New(resp.Status), s.base)
	}
	if err := decodeOne(body, into); err != nil {
		return BridgeSilent.Because(err, s.base)
	}
	return nil
}

// decodeOne reads one JSON value of known fields.
func decodeOne(b []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the message")
	}
	return nil
}
