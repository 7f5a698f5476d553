package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/token"
	"kado/internal/platform/purpose"
	"kado/internal/platform/staff"
	"kado/internal/world/places"
	"kado/internal/world/shelf"
	"kado/jpki"
	"kado/jpki/serial"
	"kado/mynumber"
)

// World is what a sandbox folder remembers beside the database: world.json.
type World struct {
	Version      int                       `json:"version"` // 1
	Seed         string                    `json:"seed"`
	Municipality mynumber.MunicipalityCode `json:"municipality"`
	Founded      mynumber.Date             `json:"founded"` // residents' ages are relative to it
	Clock        time.Time                 `json:"clock"`
	Runs         int                       `json:"runs"`
	NextResident int                       `json:"next_resident"`
	Verifier     string                    `json:"login_verifier"`
	// Algorithm is that of CA generations begun from now on; "" for RSA.
	Algorithm string `json:"algorithm,omitempty"`
}

// SandboxOptions says which world to open or make.
type SandboxOptions struct {
	Dir     string    // "" for a world that is gone when closed
	Seed    string    // "" for the folder's own, or "kado" in a new one
	Start   time.Time // zero for the folder's own clock
	Default time.Time // start of a new world whose Start is zero
	// Past is how long before that a new world begins, so that something can have
	// happened in it; whoever asks for one moves the clock on.
	Past         time.Duration
	Municipality mynumber.MunicipalityCode
	MustExist    bool // refuse to make a world
	NewRun       bool // a further life begins: its chance is its own
	// Algorithm is that of CA generations begun from now on, jpki.Algorithm's name;
	// "" for the folder's own choice, RSA in a new one. Generations keep theirs.
	Algorithm string
	Database  string
	Cost      keystore.Cost // of the key file of a new world
	// Keys and CardKeys replace the folder's key file and the pool of keys for
	// chips, where a test or a benchmark brings its own.
	Keys     keystore.Store
	CardKeys authority.KeySource
	// ForProduction makes what a house in production has, with a sandbox's means: the
	// database is for production, and the secret behind serial numbers is the key
	// store's and not the seed's. Only tests of production ask for it.
	ForProduction bool
	// StatusInside has the login office ask about certificates within the process, in
	// place of OCSP over loopback.
	StatusInside bool
	// Token is where a new world's signing keys are made and an old one's must be;
	// nil for the folder's own choice. TokenPIN is asked when it is first used.
	Token    *token.Config
	TokenPIN func() ([]byte, error)
}

// Sandbox is a house with a fictitious town, a clock that can be moved, cards on
// a shelf, and the validation office on loopback.
type Sandbox struct {
	House *House
	Clock *clock.Manual
	Shelf *shelf.Shelf
	Keys  keystore.Store
	World
	Entropy entropy.Source

	dir     string
	temp    bool
	lock    io.Closer
	pool    *keystore.Pool
	token   io.Closer // the token's session; nil without one
	listen  net.Listener
	stop    func() error // ends serving on listen; nil before
	baseURL string
}

const (
	worldFile      = "world.json"
	databaseFile   = "kado.db"
	keysFile       = "keys.kado"
	passphraseFile = "passphrase"
	shelfDir       = "shelf"
	maxWorldFile   = 64 << 10

	// keysAhead is how many RSA keys are kept ready: one card's five, and a
	// renewal's two.
	keysAhead = 7

	// makingFile lies in a folder while its world is being made. Only where it
	// lies may what is there be removed: nothing in it was ever acknowledged.
	makingFile = "world.making"
	// lockFile is held by the process that plays in the world.
	lockFile = "world.lock"
)

// OpenSandbox opens the world in a folder, or makes one.
func OpenSandbox(ctx context.Context, o SandboxOptions) (b *Sandbox, err error) {
	b = &Sandbox{dir: o.Dir}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
			b = nil
		}
	}()
	if b.dir == "" {
		if b.dir, err = os.MkdirTemp("", "kado-"); err != nil {
			return b, CannotWrite.Because(err, os.TempDir())
		}
		b.temp = true
	}
	isNew, err := b.readWorld(o)
	if err != nil {
		return b, err
	}
	if !o.MustExist {
		if b.lock, err = lockFolder(filepath.Join(b.dir, lockFile)); err != nil {
			return b, err
		}
	}
	if isNew {
		err = b.clearUnfinished()
	} else {
		// Another process may have ended its life between reading and locking.
		_, err = b.readWorld(o)
	}
	if err != nil {
		return b, err
	}
	b.Clock = clock.NewManual(b.World.Clock)
	// A further life in one town has its own stream of chance; whoever only
	// looks must not draw what a life has drawn or will draw.
	b.Entropy = entropy.System()
	if o.NewRun {
		b.Runs++
		b.Entropy = entropy.Seeded(fmt.Sprintf("%s/run-%d", b.Seed, b.Runs))
	}
	if b.Keys = o.Keys; b.Keys == nil {
		if b.Keys, err = b.openKeys(isNew, o.Cost); err != nil {
			return b, err
		}
		if b.Keys, err = b.withToken(b.Keys, isNew, o); err != nil {
			return b, err
		}
	}
	cardKeys := o.CardKeys
	if cardKeys == nil {
		b.pool = keystore.NewPool(keysAhead, 2)
		cardKeys = b.pool
	}
	if b.Shelf, err = shelf.Open(filepath.Join(b.dir, shelfDir), cardKeys, b.Entropy); err != nil {
		return b, CannotWrite.Because(err, b.dir)
	}
	if b.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return b, err
	}
	b.baseURL = "http://" + b.listen.Addr().String()
	url := o.Database
	if url == "" {
		url = "sqlite:" + filepath.Join(b.dir, databaseFile)
	}
	settings := jpki.DefaultSettings()
	if o.Algorithm != "" {
		b.World.Algorithm = o.Algorithm
	}
	if b.World.Algorithm != "" {
		if settings.Algorithm, err = jpki.ParseAlgorithm(b.World.Algorithm); err != nil {
			return b, NotAWorld.Because(err, b.dir)
		}
	}
	var serialKey []byte
	is := purpose.Production
	if !o.ForProduction {
		is = purpose.Sandbox
		// Of the world, not of the run: the count goes on where the last run left it.
		if serialKey, err = entropy.Bytes(entropy.Seeded(b.Seed).Stream("authority.serial-key"), serial.KeySize); err != nil {
			return b, err
		}
	}
	status := func() string { return b.baseURL }
	if o.StatusInside {
		status = nil
	}
	b.House, err = Open(ctx, Config{DB: url, Purpose: is, Keys: b.Keys, Clock: b.Clock, Entropy: b.Entropy, SerialKey: serialKey,
		CardKeys: cardKeys, Settings: settings, LoginVerifier: b.Verifier, StatusURL: status})
	if err != nil {
		return b, err
	}
	b.Verifier = b.House.LoginVerifier
	b.stop = b.House.ServeStatus(b.listen)
	switch {
	case isNew:
		if err := b.hire(ctx); err != nil {
			return b, err
		}
		if err := b.SaveWorld(); err != nil {
			return b, err
		}
		if err := os.Remove(filepath.Join(b.dir, makingFile)); err != nil {
			return b, CannotWrite.Because(err, b.dir)
		}
	default:
		if err := b.catchUp(ctx, o); err != nil {
			return b, err
		}
	}
	// What an earlier process acknowledged and did not get to carry out.
	return b, b.House.Settle(ctx)
}

// catchUp sets the clock to the journal's newest entry where world.json lies
// behind it, as after a crash: acts are never recorded before earlier ones.
func (b *Sandbox) catchUp(ctx context.Context, o SandboxOptions) error {
	var newest time.Time
	err := b.House.DB.View(ctx, func(tx *db.Tx) error {
		entries, err := journal.Recent(ctx, tx, 0, 1)
		if err == nil && len(entries) > 0 {
			newest = entries[0].At
		}
		return err
	})
	if err != nil {
		return err
	}
	if newest.After(b.Clock.Now()) {
		if !o.Start.IsZero() {
			return ClockBehind.New(newest.Format(time.RFC3339))
		}
		if err := b.Clock.Set(newest); err != nil {
			return err
		}
	}
	if !o.NewRun {
		return nil
	}
	// Before anything is drawn: a run cut off has used its number up.
	return b.SaveWorld()
}

// readWorld reads world.json, or begins a new one.
func (b *Sandbox) readWorld(o SandboxOptions) (isNew bool, err error) {
	if b.World, err = ReadWorld(b.dir); err != nil {
		if NoWorld.Is(err) && !o.MustExist {
			return true, b.begin(o)
		}
		return false, err
	}
	if o.Seed != "" && o.Seed != b.Seed {
		return false, OtherSeed.New()
	}
	if !o.Start.IsZero() {
		if o.Start.Before(b.World.Clock) {
			return false, ClockBehind.New(b.World.Clock.Format(time.RFC3339))
		}
		b.World.Clock = o.Start
	}
	if o.Database == "" {
		// Opening would make an empty one, in which everything agrees.
		if info, err := os.Stat(filepath.Join(b.dir, databaseFile)); err != nil || info.Size() == 0 {
			return false, NotAWorld.Because(errors.Join(err, errors.New("no database beside world.json")), b.dir)
		}
	}
	return false, nil
}

// ReadWorld reads world.json of a folder without opening anything else.
func ReadWorld(dir string) (w World, err error) {
	path := filepath.Join(dir, worldFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return w, NoWorld.New(dir)
	case err != nil:
		return w, CannotWrite.Because(err, dir)
	case !info.Mode().IsRegular():
		return w, NotAWorld.New(dir)
	}
	f, err := os.Open(path)
	if err != nil {
		return w, CannotWrite.Because(err, dir)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxWorldFile+1))
	if err == nil {
		w, err = decodeWorld(raw)
	}
	if err != nil {
		return World{}, NotAWorld.Because(err, dir)
	}
	return w, nil
}

// MaxSeed is the most bytes a seed may have.
const MaxSeed = 200

// maxRuns bounds what a folder may say of earlier runs.
const maxRuns = 100_000

// decodeWorld reads world.json: one document, nothing unknown in it, and nothing
// that this version would not have written.
func decodeWorld(raw []byte) (World, error) {
	var w World
	if len(raw) > maxWorldFile {
		return w, errors.New("too long")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&w); err != nil {
		return w, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return w, errors.New("something follows the document")
	}
	_, known := places.ByCode(w.Municipality)
	switch {
	case w.Version != 1:
		return w, errors.New("another version")
	case w.Seed == "" || len(w.Seed) > MaxSeed:
		return w, errors.New("seed")
	case !known:
		return w, errors.New("municipality")
	case !w.Founded.Valid() || w.Clock.Year() < 2000 || w.Clock.Year() > 9000:
		return w, errors.New("clock")
	case w.Runs < 0 || w.Runs > maxRuns || w.NextResident < 0 || w.NextResident > maxRuns:
		return w, errors.New("runs")
	case w.Verifier == "":
		return w, errors.New("verifier")
	case w.Algorithm != "":
		if a, err := jpki.ParseAlgorithm(w.Algorithm); err != nil || !a.ForAuthority() {
			return w, errors.New("algorithm")
		}
	}
	return w, nil
}

// begin prepares a new world in a folder that is empty, or in which a world was
// being made when its process ended. Anything else is left alone.
func (b *Sandbox) begin(o SandboxOptions) error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return CannotWrite.Because(err, b.dir)
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return CannotWrite.Because(err, b.dir)
	}
	unfinished := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == makingFile })
	for _, e := range entries {
		if e.Name() != lockFile && !(unfinished && ours(e.Name())) {
			return NotAWorld.New(b.dir)
		}
	}
	start := o.Start
	if start.IsZero() {
		start = o.Default
	}
	start = start.Add(-o.Past)
	b.World = World{Version: 1, Seed: o.Seed, Municipality: o.Municipality, Founded: mynumber.DateOf(start), Clock: start.UTC().Truncate(time.Second)}
	if b.Seed == "" {
		b.Seed = "kado"
	}
	return nil
}

// ours says whether a file of this name is made before world.json is.
func ours(name string) bool {
	switch name {
	case makingFile, lockFile, passphraseFile, shelfDir, tokenFile, tokenFile + ".lock":
		return true
	}
	return name == databaseFile || strings.HasPrefix(name, databaseFile+"-") || strings.HasPrefix(name, databaseFile+".") ||
		name == keysFile || strings.HasPrefix(name, keysFile+".") || strings.HasPrefix(name, "."+worldFile+"-")
}

// clearUnfinished removes what a world that was cut off while it was made has
// left, and marks the folder as one in which a world is being made.
func (b *Sandbox) clearUnfinished() error {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return CannotWrite.Because(err, b.dir)
	}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == worldFile }) {
		return InUse.New() // another process has just made it
	}
	// An empty file needs no writing aside.
	f, err := os.OpenFile(filepath.Join(b.dir, makingFile), os.O_WRONLY|os.O_CREATE, 0o600)
	if err == nil {
		err = errors.Join(f.Close(), flushFolder(b.dir))
	}
	if err != nil {
		return CannotWrite.Because(err, b.dir)
	}
	for _, e := range entries {
		if e.Name() == makingFile || e.Name() == lockFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(b.dir, e.Name())); err != nil {
			return CannotWrite.Because(err, b.dir)
		}
	}
	return nil
}

// openKeys opens the key file with the passphrase beside it: a sandbox keeps the
// two together, which outside one would be like no passphrase at all.
func (b *Sandbox) openKeys(isNew bool, cost keystore.Cost) (keystore.Store, error) {
	path := filepath.Join(b.dir, passphraseFile)
	if isNew {
		raw := make([]byte, 32)
		if _, err := rand.Read(raw); err != nil {
			return nil, err
		}
		passphrase := []byte(hex.EncodeToString(raw))
		if err := os.WriteFile(path, passphrase, 0o600); err != nil {
			return nil, CannotWrite.Because(err, b.dir)
		}
		if cost == (keystore.Cost{}) {
			cost = keystore.DefaultCost
		}
		return keystore.CreateFile(filepath.Join(b.dir, keysFile), passphrase, cost)
	}
	passphrase, err := os.ReadFile(path)
	if err != nil {
		return nil, NotAWorld.Because(err, b.dir)
	}
	return keystore.OpenFile(filepath.Join(b.dir, keysFile), passphrase)
}

// SaveWorld writes world.json, wholly or not at all.
func (b *Sandbox) SaveWorld() error {
	b.World.Clock = b.Clock.Now()
	raw, err := json.MarshalIndent(b.World, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(b.dir, worldFile), append(raw, '\n'), 0o600)
}

// WriteFile puts a file in place wholly or not at all: written aside, flushed,
// renamed.
func WriteFile(path string, content []byte, mode os.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.new")
	if err != nil {
		return CannotWrite.Because(err, filepath.Dir(path))
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return CannotWrite.Because(errors.Join(err, os.Remove(f.Name())), filepath.Dir(path))
	}
	if err := flushFolder(filepath.Dir(path)); err != nil {
		return CannotWrite.Because(err, filepath.Dir(path))
	}
	return nil
}

// BaseURL is where the validation office listens.
func (b *Sandbox) BaseURL() string { return b.baseURL }

// Dir is the world's folder.
func (b *Sandbox) Dir() string { return b.dir }

// Close ends everything; a temporary world is gone.
func (b *Sandbox) Close() error {
	var errs []error
	if b.stop != nil {
		errs = append(errs, b.stop())
	} else if b.listen != nil {
		errs = append(errs, b.listen.Close())
	}
	if b.House != nil {
		errs = append(errs, b.House.Close())
	}
	if b.pool != nil {
		b.pool.Close()
	}
	if b.token != nil {
		errs = append(errs, b.token.Close())
	}
	if b.lock != nil {
		errs = append(errs, b.lock.Close())
	}
	if b.temp {
		errs = append(errs, os.RemoveAll(b.dir))
	}
	return errors.Join(errs...)
}

// The staff and terminals of the sandbox's own town hall and of the agency. Ids
// are what the journal shows.
const (
	RegistryClerk  = "sato"
	Examiner       = "kato"
	MakerOperator  = "maker-1"
	MakerInspector = "maker-2"
	Custodian      = "ito"
	CounterClerk   = "mori"
	Checker        = "abe"
	Operator       = "ono"
	CAOperator     = "ueda"
	CAWitness      = "endo" // the second person at a ceremony
	CounterDesk    = "counter-1"
	RegistryDesk   = "registry-1"
	StoreDesk      = "store-1" // apart from the counter: PRD-27
)

// Branches of the sandbox.
const (
	TownHall = "town-hall"
	Agency   = "agency"
	Works    = "works"
)

// Hall is a town hall's branch and who works there, each as an actor at the
// terminal of their work.
type Hall struct {
	Branch       string
	Registry     journal.Actor // registry clerk
	Store        journal.Actor // custodian
	Counter      journal.Actor // counter clerk
	Checker      journal.Actor // identity checker, at the counter
	StoreWitness journal.Actor // the same person, at the store
}

// hallOf names the hall of a municipality: the sandbox's own has the plain ids,
// any other the same with its code behind.
func (b *Sandbox) hallOf(code mynumber.MunicipalityCode) Hall {
	end := ""
	if code != b.Municipality {
		end = "-" + string(code)
	}
	return Hall{
		Branch:       TownHall + end,
		Registry:     Staff(RegistryClerk+end, RegistryDesk+end),
		Store:        Staff(Custodian+end, StoreDesk+end),
		Counter:      Staff(CounterClerk+end, CounterDesk+end),
		Checker:      Staff(Checker+end, CounterDesk+end),
		StoreWitness: Staff(Checker+end, StoreDesk+end),
	}
}

// Hall returns a municipality's town hall, and registers it where a resident is
// the first to move there.
func (b *Sandbox) Hall(ctx context.Context, code mynumber.MunicipalityCode) (Hall, error) {
	h := b.hallOf(code)
	return h, b.House.DB.Tx(ctx, func(tx *db.Tx) error {
		_, err := staff.GetBranch(ctx, tx, h.Branch)
		if staff.Unknown.Is(err) {
			return b.openHall(ctx, tx, code, staff.Who{Actor: system, At: b.Clock.Now(), Reason: "sandbox set-up"})
		}
		return err
	})
}

func (b *Sandbox) openHall(ctx context.Context, tx *db.Tx, code mynumber.MunicipalityCode, who staff.Who) error {
	h, body := b.hallOf(code), code.WithCheckDigit()
	err := staff.AddBranch(ctx, tx, staff.Branch{ID: h.Branch, Municipality: body, Name: "市役所本庁",
		Hours: staff.Hours{Weekdays: "12345", Opens: "08:30", Closes: "17:15"}}, who)
	if err != nil {
		return err
	}
	for _, terminal := range []string{h.Counter.Terminal, h.Registry.Terminal, h.Store.Terminal} {
		if err := staff.AddTerminal(ctx, tx, terminal, h.Branch, who); err != nil {
			return err
		}
	}
	for _, m := range []staff.Member{
		{ID: h.Registry.ID, Name: "佐藤", Roles: []staff.Role{staff.RegistryClerk}},
		{ID: h.Store.ID, Name: "伊藤", Roles: []staff.Role{staff.Custodian}},
		{ID: h.Counter.ID, Name: "森", Roles: []staff.Role{staff.CounterClerk}},
		{ID: h.Checker.ID, Name: "阿部", Roles: []staff.Role{staff.IdentityChecker}},
	} {
		m.Branch, m.Employer = h.Branch, body
		if err := staff.AddMember(ctx, tx, m, who); err != nil {
			return err
		}
	}
	return nil
}

// hire registers the sandbox's branches, terminals and staff in one
// transaction.
func (b *Sandbox) hire(ctx context.Context) error {
	who := staff.Who{Actor: system, At: b.Clock.Now(), Reason: "sandbox set-up"}
	always := staff.Hours{Weekdays: "1234567", Opens: "00:00", Closes: "23:59"}
	return b.House.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := b.openHall(ctx, tx, b.Municipality, who); err != nil {
			return err
		}
		for _, br := range []staff.Branch{
			{ID: Agency, Name: "機構", Hours: always},
			{ID: Works, Name: "カード製造所", Hours: always},
		} {
			if err := staff.AddBranch(ctx, tx, br, who); err != nil {
				return err
			}
		}
		for _, m := range []staff.Member{
			{ID: Examiner, Name: "加藤", Branch: Agency, Employer: "agency", Roles: []staff.Role{staff.IntakeExaminer}},
			{ID: Operator, Name: "小野", Branch: Agency, Employer: "agency", Roles: []staff.Role{staff.HotlineOperator}},
			{ID: CAOperator, Name: "上田", Branch: Agency, Employer: "agency", Roles: []staff.Role{staff.CAOperator}},
			{ID: CAWitness, Name: "遠藤", Branch: Agency, Employer: "agency", Roles: []staff.Role{staff.CAOperator}},
			{ID: MakerOperator, Name: "製造担当", Branch: Works, Employer: "maker", Roles: []staff.Role{staff.MakerOperator}},
			{ID: MakerInspector, Name: inspectorName, Branch: Works, Employer: "maker", Roles: []staff.Role{staff.MakerOperator}},
		} {
			if err := staff.AddMember(ctx, tx, m, who); err != nil {
				return err
			}
		}
		return nil
	})
}

// inspectorName and the id are those by which a sandbox is known, too.
const inspectorName = "検査担当"

// Staff is a member of the sandbox's staff as an actor, at a terminal or "".
func Staff(id, terminal string) journal.Actor {
	return journal.Actor{Kind: journal.Staff, ID: id, Terminal: terminal}
}
