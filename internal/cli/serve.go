package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/digital/login/oidc"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/platform/lang"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/internal/site"
	"kado/internal/site/next"
	"kado/internal/site/requests"
	"kado/internal/site/shelf"
	"kado/internal/site/ways/bridge"
	"kado/internal/site/ways/handover"
	"kado/internal/site/ways/testcard"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
)

type serveCommand struct {
	Listen      string   `help:"Address and port." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Data        string   `help:"Folder of the world; the user's data folder by default." placeholder:"DIR" env:"KADO_DATA"`
	Temp        bool     `help:"A world that is gone when the server stops."`
	Seed        string   `help:"A new town grows from this seed." placeholder:"TEXT"`
	Town        string   `help:"Municipality code of a new town, five digits." default:"13221" placeholder:"CODE"`
	Clock       string   `help:"Time at which the world's clock starts, e.g. 2026-04-01T10:00:00+09:00; the machine's time in a new world." placeholder:"TIME"`
	People      string   `help:"Personas with ready cards: all, none, or ids with commas between." default:"all" placeholder:"IDS"`
	Chaos       bool     `help:"Disturb relying parties by chance: retryable refusals, JSON in any order, new keys, delays."`
	Anyone      bool     `help:"Offer the sandbox to other machines, too."`
	Host        []string `help:"A further name by which browsers and relying parties reach the sandbox, such as a container's; may be repeated." placeholder:"NAME"`
	Clients     string   `help:"File of clients that may ask for a login, JSON." placeholder:"FILE"`
	OpenClients bool     `help:"Admit clients that nobody registered, if they return to this machine."`
	Strict      bool     `help:"Assertions of clients live 60 seconds at most and say when they were made."`
	MTLSListen  string   `name:"mtls-listen" help:"Address and port for logins by mutual TLS with the card's certificate; none by default." placeholder:"HOST:PORT"`
	Log         string   `help:"Log as text or json." enum:"text,json" default:"text"`

	productionFlags
}

// Run serves until it is told to stop.
func (s serveCommand) Run(c *console) error {
	var h slog.Handler = slog.NewTextHandler(c.err, nil)
	if s.Log == "json" {
		h = slog.NewJSONHandler(c.err, nil)
	}
	log := slog.New(h)
	if s.Production {
		return s.production(c, log)
	}
	return s.sandbox(c, log)
}

func (s serveCommand) sandbox(c *console, log *slog.Logger) (err error) {
	host, _, err := net.SplitHostPort(s.Listen)
	if err != nil {
		return BadArguments.Because(err, "--listen")
	}
	if s.MTLSBase != "" {
		return BadArguments.New("--mtls-base")
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && !s.Anyone {
		return OpenSandbox.New(s.Listen)
	}
	hosts, err := s.hosts(host)
	if err != nil {
		return err
	}
	start, err := parseClock(s.Clock)
	if err != nil {
		return err
	}
	code, err := mynumber.ParseMunicipalityCode(s.Town)
	if err != nil {
		return BadArguments.Because(err, "--town")
	}
	if m, ok := places.ByCode(code); !ok || !m.Issues() {
		return BadArguments.New("--town")
	}
	if len(s.Seed) > server.MaxSeed || !utf8.ValidString(s.Seed) {
		return BadArguments.New("--seed")
	}
	ln, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return CannotListen.Because(err, s.Listen)
	}
	defer ln.Close() // a second time after serving, which does nothing
	// A mistake in the file is told before a world is made, which takes a while.
	if _, err := s.clients(); err != nil {
		return err
	}
	dir := ""
	if !s.Temp {
		if dir, err = (worldFlags{Data: s.Data}).dir(); err != nil {
			return err
		}
	}
	o := server.SandboxOptions{Dir: dir, Seed: s.Seed, Default: time.Now(), Municipality: code, NewRun: true, StatusInside: true} //kado:wall-clock a new world begins now
	present := o.Default
	if s.Clock != "" {
		o.Start, present = start, start
	}
	if s.People != "none" {
		o.Past = folk.Past
	}
	c.printf(lang.Text{JA: "世界を開いています…", EN: "Opening the world…"})
	box, err := server.OpenSandbox(c.ctx, o)
	if err != nil {
		return err
	}
	defer func() {
		if e := box.Close(); err == nil {
			err = e
		}
	}()
	all, err := s.people(c, box, present)
	if err != nil {
		return err
	}
	if now := time.Now(); s.Clock == "" && now.After(box.Clock.Now()) { //kado:wall-clock a world that nobody moved shows today
		if err := box.Clock.Set(now); err != nil {
			return err
		}
	}
	box.Clock.Run(clock.Elapsed())
	asked := requests.New(clock.System())
	// Relying parties have the machine's time, whatever the world's clock shows.
	provider, err := site.NewProvider(box.House, box.Keys, box.Entropy, jpki.DefaultSettings(), oidc.Deps{Clock: box.Clock, PartyClock: clock.System(),
		Base: s.sandboxBase(ln.Addr()), Sandbox: true, OpenClients: s.OpenClients, Strict: s.Strict, Observe: asked.Observe, Log: log})
	if err != nil {
		return err
	}
	if err := s.loadClients(c, provider); err != nil {
		return err
	}
	parts, desk := sandboxParts(box, all, provider)
	defer func() { err = errors.Join(err, desk.Close()) }()
	// After the other ways: it asks the most of whoever tries it, and ways are listed as they were offered.
	certificates, err := s.mutualTLS(c, box, provider, dir, s.sandboxBase(ln.Addr()), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, certificates.close()) }()
	queue := s.nextAnswers(provider)
	watched, err := asked.Part(provider.Issuer())
	if err != nil {
		return err
	}
	place, err := site.New(site.Options{House: box.House, Clock: box.Clock, Sandbox: box, Log: log, Hosts: hosts,
		Around: func(h http.Handler) http.Handler { return asked.Around(queue.Around(h)) },
		Parts:  append(append(parts, watched, queue.Part()), certificates.parts()...)})
	if err != nil {
		return err
	}
	c.printf(lang.Text{JA: "http://%s を開いてください。止めるには Ctrl-C を押します。", EN: "Open http://%s; Ctrl-C stops it."}, ln.Addr())
	return certificates.beside(c.ctx, place, ln)
}

// sandboxParts are the pages of the sandbox beside the site's own, and the desk, from
// which the caller takes the cards in the end.
func sandboxParts(box *server.Sandbox, all *folk.Folk, provider *oidc.Provider) ([]site.Part, *shelf.Shelf) {
	// Codes of these two are told to people, and nobody may be able to compute them.
	phone := handover.New(handover.Options{Desk: provider, Clock: clock.System(), Entropy: entropy.System(), Sandbox: true})
	own := bridge.New(bridge.Options{Desk: provider, Clock: clock.System(), Entropy: entropy.System()})
	// The phone's desk is the provider's, and knows a phone's logins, too.
	desk := shelf.New(shelf.Options{Cards: box.Shelf, Records: shelf.RecordsOf(box.House), Clock: box.Clock, TextRoot: shelf.TextRootOf(box.House),
		Desk: phone.Desk(), Personas: func() []folk.Persona { return all.All }, Notes: "/sandbox/people"})
	cards := testcard.New(testcard.Options{Desk: phone.Desk(), Folk: all, Shelf: box.Shelf})
	phone.Phone(cards.Way(), desk.Way())
	provider.Offer(cards.Way(), desk.Way(), own.Way(), phone.Way())
	return append([]site.Part{cards.Part(), desk.Part(), own.Part(), phone.Part()}, site.LoginParts(provider, true)...), desk
}

// nextAnswers is the queue of failures on purpose, with chaos where it is asked for.
func (s serveCommand) nextAnswers(provider *oidc.Provider) *next.Next {
	o := next.Options{Desk: provider}
	if s.Chaos {
		o.Chaos = &next.Chaos{Entropy: entropy.System(), Rotate: provider.Rotate}
	}
	return next.New(o)
}

// hosts are the names under which the sandbox answers, beside localhost: the one that
// it listens at, and those that were given.
func (s serveCommand) hosts(listened string) ([]string, error) {
	out := []string{strings.ToLower(listened)}
	for _, name := range s.Host {
		if !hostName.MatchString(name) {
			return nil, BadArguments.New("--host")
		}
		out = append(out, strings.ToLower(name))
	}
	return out, nil
}

// hostName is the form of a host's name, without a port.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$`)

// sandboxBase is the address under which relying parties reach the sandbox: the one
// it was told to listen at, by name where that is every address of the machine.
func (s serveCommand) sandboxBase(at net.Addr) string {
	_, port, _ := net.SplitHostPort(at.String()) // an address of a listener has both
	host, _, _ := net.SplitHostPort(s.Listen)    // was read before
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	if port == "80" {
		return "http://" + host
	}
	return "http://" + net.JoinHostPort(host, port)
}

// clients reads the file of clients; nil where none is named.
func (s serveCommand) clients() ([]byte, error) {
	if s.Clients == "" {
		return nil, nil
	}
	raw, err := readFile(s.Clients, 1<<20)
	if err != nil {
		return nil, err
	}
	_, err = oidc.ReadClients(bytes.NewReader(raw))
	return raw, err
}

// loadClients registers the clients of the file, if one is named.
func (s serveCommand) loadClients(c *console, p *oidc.Provider) error {
	raw, err := s.clients()
	if err != nil || raw == nil {
		return err
	}
	return p.Load(c.ctx, bytes.NewReader(raw))
}

// people makes whoever is to live in the sandbox and does not yet.
func (s serveCommand) people(c *console, box *server.Sandbox, present time.Time) (*folk.Folk, error) {
	if s.People == "none" {
		return &folk.Folk{}, nil
	}
	o := folk.Options{Now: present, Progress: c.progress(lang.Text{JA: "住民のカードを作っています", EN: "Making the people's cards"})}
	if s.People != "all" {
		o.Only = strings.Split(s.People, ",")
	}
	return folk.Open(c.ctx, box, o)
}
