package countertest

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/chip"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/agency/production"
	"kado/internal/municipality/counter"
	"kado/internal/municipality/custody"
	"kado/internal/municipality/registry"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/notice"
	"kado/internal/platform/staff"
	"kado/internal/platform/vault"
	"kado/internal/world/places"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Start is where the town's clock stands first: a Wednesday, ten in the morning.
var Start = time.Date(2026, 4, 1, 10, 0, 0, 0, mynumber.JST)

// Municipalities of the town.
const (
	Kiyose = mynumber.MunicipalityCode("13221")
	Chuo   = mynumber.MunicipalityCode("13102")
)

// Branches, each with the terminal of the same name and "-t", but for Works.
const (
	Hall      = "hall"     // of Kiyose
	Annex     = "annex"    // of Kiyose
	ChuoHall  = "chuohall" // of Chuo
	WorksHall = "works"
)

// Staff of the town. Sato and Suzuki keep the registers of Kiyose and Chuo.
var (
	Sato   = at("sato", Hall)
	Suzuki = at("suzuki", ChuoHall)
	Ito    = at("ito", Hall) // keeps the cards
	Endo   = at("endo", Hall)
	Mori   = at("mori", Hall)   // counter clerk
	Abe    = at("abe", Hall)    // checks identity
	Kimura = at("kimura", Hall) // every role of the hall
	Hara   = at("hara", Annex)  // counter clerk of the annex
	Ueno   = at("ueno", Annex)  // checks identity there
	Kato   = at("kato", "")     // examines applications
	Maker1 = at("maker-1", "")  // writes cards
	Maker2 = at("maker-2", "")  // inspects them
	System = journal.Actor{Kind: journal.System, ID: "town"}
)

func at(id, branch string) journal.Actor {
	a := journal.Actor{Kind: journal.Staff, ID: id}
	if branch != "" {
		a.Terminal = branch + "-t"
	}
	return a
}

// Town is all offices that a card passes through, joined.
type Town struct {
	TB       testing.TB
	DB       *db.DB
	Keys     keystore.Store
	Clock    *clock.Manual
	Entropy  entropy.Source
	CardKeys *Pool
	// Signed counts the signatures of the offices' keys.
	Signed *atomic.Int64
	// Breaker stands before every office that production and counter call.
	Breaker *Breaker
	// Emigrated and Corrected change what production and counter are told of a
	// person by the register.
	Emigrated map[string]bool
	Corrected map[string]func(*registry.Person)

	Vault      *vault.Vault
	Registry   *registry.Office
	Intake     *intake.Office
	Cards      *cards.Office
	Authority  *authority.Office
	Production *production.Office
	Custody    *custody.Office
	Counter    *counter.Office

	courier *journal.Courier
	photos  *int
	dir     string
	forks   int
}

// New makes a town on a new SQLite file.
func New(tb testing.TB) *Town {
	tb.Helper()
	t := &Town{TB: tb, Signed: new(atomic.Int64), CardKeys: &Pool{}, photos: new(int)}
	t.Keys = &store{Memory: keystore.NewMemory(), signers: map[string]crypto.Signer{}, made: t.Signed}
	t.settle(tb.TempDir(), tb.Name(), Start)
	t.hire()
	t.Must(t.Authority.EnsureGenerations(context.Background(), System))
	return t
}

// Fork makes a second town that is now as this one is, on a copy of its file. It
// reports to tb and shares only keys with the first.
func (t *Town) Fork(tb testing.TB) *Town {
	tb.Helper()
	t.forks++
	dir := tb.TempDir()
	for _, name := range []string{databaseName, databaseName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(t.dir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		t.Must(err)
		t.Must(os.WriteFile(filepath.Join(dir, name), b, 0o600))
	}
	f := &Town{TB: tb, Keys: t.Keys, Signed: t.Signed, CardKeys: t.CardKeys, photos: t.photos}
	f.settle(dir, fmt.Sprintf("%s/fork-%d", t.TB.Name(), t.forks), t.Clock.Now())
	maps.Copy(f.Emigrated, t.Emigrated)
	maps.Copy(f.Corrected, t.Corrected)
	return f
}

const databaseName = "kado.db"

// settle opens the town's file and joins its offices.
func (t *Town) settle(dir, seed string, now time.Time) {
	ctx := context.Background()
	t.dir, t.Clock, t.Entropy, t.Breaker = dir, clock.NewManual(now), entropy.Seeded(seed), &Breaker{}
	t.Emigrated, t.Corrected = map[string]bool{}, map[string]func(*registry.Person){}
	var err error
	t.DB, err = db.Open(ctx, "sqlite:"+filepath.Join(dir, databaseName))
	t.Must(err)
	t.TB.Cleanup(func() {
		if err := t.DB.Close(); err != nil {
			t.TB.Error(err)
		}
	})
	t.Must(t.DB.Migrate(ctx, journal.Schema(), notice.Schema(), staff.Schema(), vault.Schema(), registry.Schema(), intake.Schema(),
		cards.Schema(), authority.Schema(), production.Schema(), custody.Schema(), counter.Schema()))
	t.Vault, err = vault.Open(ctx, t.DB, t.Keys, t.Clock, t.Entropy)
	t.Must(err)
	t.Registry = registry.New(registry.Deps{DB: t.DB, Clock: t.Clock, Entropy: t.Entropy, Numbers: t.Vault})
	t.Cards = cards.New(cards.Deps{DB: t.DB, Keys: t.Keys, Clock: t.Clock, Entropy: t.Entropy})
	t.Intake = intake.New(intake.Deps{DB: t.DB, Clock: t.Clock, Entropy: t.Entropy, Register: t.Registry, Cards: t.Cards, Photos: anyPhoto{}})
	t.Authority = authority.New(authority.Deps{DB: t.DB, Keys: t.Keys, Clock: t.Clock, Entropy: t.Entropy, Settings: jpki.DefaultSettings(),
		Register: t.Registry, Cards: t.Cards, Places: gazetteer{}, CardKeys: t.CardKeys})
	t.Open()
	t.courier = journal.NewCourier(t.DB, t.Clock, journal.Options{})
	t.join(t.Cards.Handlers(), t.Authority.Handlers(), t.Production.Handlers())
}

// In makes the town report to a subtest until it ends.
func (t *Town) In(tb testing.TB) {
	before := t.TB
	t.TB = tb
	tb.Cleanup(func() { t.TB = before })
}

// Open makes production, custody and counter anew, as a restart does.
func (t *Town) Open() {
	b := t.Breaker
	register := brokenRegister{t.Registry, t}
	office := brokenCards{t.Cards, b}
	issuing := brokenAuthority{t.Authority, b}
	t.Production = production.New(production.Deps{DB: t.DB, Clock: t.Clock, Entropy: t.Entropy, Keys: t.Keys, Register: register,
		Files: brokenFiles{t.Intake, b}, Numbers: brokenNumbers{t.Vault, b}, Cards: office, Authority: issuing})
	t.Custody = custody.New(custody.Deps{DB: t.DB, Clock: t.Clock, Cards: t.Cards, Shipments: t.Production})
	t.Counter = counter.New(counter.Deps{DB: t.DB, Clock: t.Clock, Entropy: t.Entropy, Keys: t.Keys, Register: register, Cards: office,
		Authority: issuing, Records: brokenRecords{t.Production, b}, Custody: brokenCustody{t.Custody, b}})
}

func (t *Town) join(offices ...map[string]func(context.Context, journal.Effect) error) {
	all := map[string][]func(context.Context, journal.Effect) error{}
	for _, o := range offices {
		for kind, f := range o {
			all[kind] = append(all[kind], f)
		}
	}
	for kind, fs := range all {
		t.courier.Handle(kind, func(ctx context.Context, e journal.Effect) error {
			for _, f := range fs {
				if err := f(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// Settle delivers every effect that is due.
func (t *Town) Settle() {
	t.TB.Helper()
	_, err := t.courier.Settle(context.Background())
	t.Must(err)
}

func (t *Town) hire() {
	who := staff.Who{Actor: System, At: t.Clock.Now(), Reason: "set-up"}
	weekdays := staff.Hours{Weekdays: "12345", Opens: "08:30", Closes: "17:15"}
	always := staff.Hours{Weekdays: "1234567", Opens: "00:00", Closes: "23:59"}
	k, c := Kiyose.WithCheckDigit(), Chuo.WithCheckDigit()
	t.Tx(func(ctx context.Context, tx *db.Tx) error {
		for _, b := range []staff.Branch{{ID: Hall, Municipality: k, Name: "清瀬市役所", Hours: weekdays},
			{ID: Annex, Municipality: k, Name: "清瀬市役所分室", Hours: weekdays}, {ID: ChuoHall, Municipality: c, Name: "中央区役所", Hours: weekdays},
			{ID: WorksHall, Name: "カード製造所", Hours: always}} {
			t.Must(staff.AddBranch(ctx, tx, b, who))
			if b.ID != WorksHall {
				t.Must(staff.AddTerminal(ctx, tx, b.ID+"-t", b.ID, who))
			}
		}
		for _, m := range []staff.Member{
			{ID: Sato.ID, Name: "佐藤", Branch: Hall, Employer: k, Roles: []staff.Role{staff.RegistryClerk}},
			{ID: Suzuki.ID, Name: "鈴木", Branch: ChuoHall, Employer: c, Roles: []staff.Role{staff.RegistryClerk}},
			{ID: Ito.ID, Name: "伊藤", Branch: Hall, Employer: k, Roles: []staff.Role{staff.Custodian}},
			{ID: Endo.ID, Name: "遠藤", Branch: Hall, Employer: k, Roles: []staff.Role{staff.Custodian}},
			{ID: Mori.ID, Name: "森", Branch: Hall, Employer: k, Roles: []staff.Role{staff.CounterClerk}},
			{ID: Abe.ID, Name: "阿部", Branch: Hall, Employer: k, Roles: []staff.Role{staff.IdentityChecker}},
			{ID: Kimura.ID, Name: "木村", Branch: Hall, Employer: k, Roles: []staff.Role{staff.CounterClerk, staff.IdentityChecker,
				staff.Custodian, staff.MakerOperator, staff.RegistryClerk, staff.IntakeExaminer}},
			{ID: Hara.ID, Name: "原", Branch: Annex, Employer: k, Roles: []staff.Role{staff.CounterClerk, staff.IdentityChecker, staff.Custodian}},
			{ID: Ueno.ID, Name: "上野", Branch: Annex, Employer: k, Roles: []staff.Role{staff.IdentityChecker, staff.Custodian}},
			{ID: Kato.ID, Name: "加藤", Branch: WorksHall, Employer: "agency", Roles: []staff.Role{staff.IntakeExaminer}},
			{ID: Maker1.ID, Name: "製造担当", Branch: WorksHall, Employer: "maker", Roles: []staff.Role{staff.MakerOperator}},
			{ID: Maker2.ID, Name: "検査担当", Branch: WorksHall, Employer: "maker", Roles: []staff.Role{staff.MakerOperator}},
		} {
			t.Must(staff.AddMember(ctx, tx, m, who))
		}
		return nil
	})
}

// Who is the town itself changing its staff.
func (t *Town) Who() staff.Who {
	return staff.Who{Actor: System, At: t.Clock.Now(), Reason: "test"}
}

// Tx runs f in a transaction that must succeed.
func (t *Town) Tx(f func(context.Context, *db.Tx) error) {
	t.TB.Helper()
	ctx := context.Background()
	t.Must(t.DB.Tx(ctx, func(tx *db.Tx) error { return f(ctx, tx) }))
}

// Must stops the test on an error.
func (t *Town) Must(err error) {
	t.TB.Helper()
	if err != nil {
		t.TB.Fatal(err)
	}
}

// Wants stops the test unless err is the refusal.
func (t *Town) Wants(err error, k *fault.Kind) {
	t.TB.Helper()
	if !k.Is(err) {
		t.TB.Fatalf("got %v, want %s", err, k.Code())
	}
}

// Later moves the clock.
func (t *Town) Later(d time.Duration) {
	t.TB.Helper()
	t.Must(t.Clock.Advance(d))
}

// On moves the clock to ten in the morning of a day, or of the next weekday after
// it.
func (t *Town) On(d mynumber.Date) {
	t.TB.Helper()
	at := d.StartOfDay().Add(10 * time.Hour)
	for wd := at.In(mynumber.JST).Weekday(); wd == time.Saturday || wd == time.Sunday; wd = at.In(mynumber.JST).Weekday() {
		at = at.AddDate(0, 0, 1)
	}
	t.Must(t.Clock.Set(at))
	t.Must(t.Authority.EnsureGenerations(context.Background(), System))
}

// Today is the town's day.
func (t *Town) Today() mynumber.Date { return mynumber.DateOf(t.Clock.Now()) }

// anyPhoto takes every photo: what a photo must be like is the intake's test.
type anyPhoto struct{}

func (anyPhoto) Examine([]byte) error                  { return nil }
func (anyPhoto) Normalise(jpeg []byte) ([]byte, error) { return jpeg, nil }

type gazetteer struct{}

func (gazetteer) Place(code mynumber.MunicipalityCode, _ mynumber.Date) (jpki.Place, bool) {
	m, ok := places.ByCode(code)
	return jpki.Place{Prefecture: m.Prefecture.Latin, Municipality: m.Latin, Code: string(code)}, ok
}

// Adult is a resident of Kiyose of 35 years; change what a test needs.
func Adult() registry.Entry {
	return registry.Entry{Municipality: Kiyose, Kana: "キヨセ　ハナコ", Latin: "KIYOSE HANAKO", Residence: mynumber.Japanese,
		Attributes: mynumber.Attributes{Name: "清瀬　花子", Address: "東京都清瀬市中里５丁目８４２番地",
			BirthDate: mynumber.Date{Year: 1991, Month: time.May, Day: 4}, Sex: mynumber.Female}}
}

// Enter registers a resident.
func (t *Town) Enter(e registry.Entry) registry.Person {
	t.TB.Helper()
	by := Sato
	if e.Municipality == Chuo {
		by = Suzuki
	}
	p, err := t.Registry.Enter(context.Background(), by, e)
	t.Must(err)
	return p
}

// Photo draws a small portrait, another each time.
func (t *Town) Photo() []byte {
	t.TB.Helper()
	*t.photos++
	img := image.NewGray(image.Rect(0, 0, 480, 600))
	for y := range 600 {
		for x := range 480 {
			v := uint8(200)
			if dx, dy := x-240, y-300; dx*dx+dy*dy < 150*150 {
				v = uint8(60 + *t.photos*7%120)
			}
			if x < 8**t.photos%480 && y < 8 {
				v = uint8(*t.photos)
			}
			img.SetGray(x, y, color.Gray{Y: v})
		}
	}
	var b bytes.Buffer
	t.Must(jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// Both are the wishes of most people.
var Both = intake.Wishes{Signature: true, Authentication: true}

// Apply brings an application of the person to acceptance; its order is placed
// when effects are delivered.
func (t *Town) Apply(p registry.Person, w intake.Wishes) mynumber.ApplicationID {
	t.TB.Helper()
	return t.ApplyFor(p, w, intake.FirstCard, t.Photo())
}

// ApplyFor is Apply with reason and photo.
func (t *Town) ApplyFor(p registry.Person, w intake.Wishes, why intake.Reason, photo []byte) mynumber.ApplicationID {
	t.TB.Helper()
	ctx := context.Background()
	holder := journal.Actor{Kind: journal.Holder, ID: p.ID}
	a, err := t.Intake.Open(ctx, holder, intake.Form{Person: p.ID, Reason: why, Channel: intake.Smartphone})
	t.Must(err)
	_, err = t.Intake.Submit(ctx, holder, intake.Submission{Application: a.ID, BirthDate: p.Attributes.BirthDate, Photo: photo,
		Wishes: w, Delivery: intake.PickUp})
	t.Must(err)
	_, err = t.Intake.Accept(ctx, Kato, a.ID)
	t.Must(err)
	return a.ID
}

// Plastic is a chip in memory.
type Plastic struct {
	t   *Town
	ID  mynumber.CardID
	Mem *chip.RAM
}

// Blank has the chip maker make the chip of a card.
func (t *Town) Blank(id mynumber.CardID) *Plastic {
	t.TB.Helper()
	key, err := t.Cards.ReleaseChipKey(context.Background(), Maker1, id)
	t.Must(err)
	p := &Plastic{t, id, chip.NewRAM()}
	_, err = chip.Manufacture(p.Mem, chip.Blank{Serial: string(id), ManagementKey: cardmgmt.Key(key)}, t.CardKeys)
	t.Must(err)
	return p
}

// Power puts the card on a reader: nothing volatile is left from before.
func (p *Plastic) Power() reader.Transport {
	p.t.TB.Helper()
	c, err := chip.Open(p.Mem, p.t.CardKeys)
	p.t.Must(err)
	return reader.Virtual(c)
}

// In is a copy of the card for a forked town.
func (p *Plastic) In(t *Town) *Plastic { return &Plastic{t, p.ID, p.Mem.Clone()} }

// Copy is the card as it is now, in another memory.
func (p *Plastic) Copy() *Plastic { return &Plastic{p.t, p.ID, p.Mem.Clone()} }

// Same reports whether nothing was written since the copy.
func (p *Plastic) Same(copied *Plastic) bool {
	a, errA := p.Mem.Load()
	b, errB := copied.Mem.Load()
	if errA != nil || errB != nil || len(a) != len(b) {
		return false
	}
	for k, v := range a {
		if !bytes.Equal(v, b[k]) {
			return false
		}
	}
	return true
}

// Place places the order of an application.
func (t *Town) Place(a mynumber.ApplicationID) production.Order {
	t.TB.Helper()
	o, err := t.Production.Place(context.Background(), Maker1, a)
	t.Must(err)
	return o
}

// Write places the order and writes the card.
func (t *Town) Write(a mynumber.ApplicationID) (production.Order, *Plastic) {
	t.TB.Helper()
	o := t.Place(a)
	p := t.Blank(o.Card)
	o, err := t.Production.Personalise(context.Background(), Maker1, o.ID, p.Power())
	t.Must(err)
	return o, p
}

// Ship brings written cards into the store of the hall.
func (t *Town) Ship(to mynumber.MunicipalityCode, orders ...production.Order) {
	t.TB.Helper()
	ctx := context.Background()
	var ids []string
	var all []mynumber.CardID
	for _, o := range orders {
		ids, all = append(ids, o.ID), append(all, o.Card)
	}
	box, err := t.Production.Consign(ctx, Maker1, to, ids)
	t.Must(err)
	_, err = t.Custody.Receive(ctx, Ito, box.ID, Hall, all)
	t.Must(err)
}

// Inspect inspects a written card.
func (t *Town) Inspect(o production.Order, p *Plastic) {
	t.TB.Helper()
	_, err := t.Production.Inspect(context.Background(), Maker2, o.ID, p.Power())
	t.Must(err)
}

// Held makes a card for the person and brings it into the hall's store.
func (t *Town) Held(p registry.Person, w intake.Wishes) *Plastic {
	t.TB.Helper()
	o, plastic := t.Write(t.Apply(p, w))
	t.Inspect(o, plastic)
	t.Ship(Kiyose, o)
	t.Settle()
	return plastic
}

// TakeOut takes a card out of the hall's store.
func (t *Town) TakeOut(card mynumber.CardID) {
	t.TB.Helper()
	_, err := t.Custody.TakeOut(context.Background(), Ito, Endo, card, "booked pick-up")
	t.Must(err)
}

// Licence is a document of list one.
func (t *Town) Licence() []counter.Document {
	return []counter.Document{{Kind: mynumber.DrivingLicence, Number: "第" + SecretNumber + "号", Issued: t.Today().AddDays(-400), Expires: t.Today().AddDays(900)}}
}

// SecretNumber stands in the licence, and must stand nowhere else.
const SecretNumber = "40259183"

// Proved opens a session and brings it to where the card has proved itself.
func (t *Town) Proved(person string, p *Plastic, purpose counter.Purpose) counter.Session {
	t.TB.Helper()
	ctx := context.Background()
	s, err := t.Counter.Open(ctx, Mori, person, p.ID, purpose)
	t.Must(err)
	_, err = t.Counter.Identify(ctx, Abe, s.ID, t.Licence())
	t.Must(err)
	s, err = t.Counter.Prove(ctx, Mori, s.ID, p.Power())
	t.Must(err)
	return s
}

// Operational makes a card and delivers it.
func (t *Town) Operational(p registry.Person, w intake.Wishes) *Plastic {
	t.TB.Helper()
	plastic := t.Held(p, w)
	t.TakeOut(plastic.ID)
	s := t.Proved(p.ID, plastic, counter.Delivery)
	_, err := t.Counter.Deliver(context.Background(), Mori, s.ID, plastic.Power(), NewPad())
	t.Must(err)
	t.Settle()
	return plastic
}

// Pad is a holder with a PIN pad. Values of Wrong are tried first.
type Pad struct {
	Values   map[counter.PIN]string
	Wrong    map[counter.PIN][]string
	Refusals []error
	Entered  []string
	Err      error // the holder gives up
}

// NewPad is a holder with good PINs.
func NewPad() *Pad {
	return &Pad{Values: map[counter.PIN]string{counter.SignaturePassword: "KADO77PADS", counter.AuthenticationPIN: "4271",
		counter.TextPIN: "3865", counter.RegisterPIN: "9042"}, Wrong: map[counter.PIN][]string{}}
}

// Enter implements counter.Pad.
func (p *Pad) Enter(_ context.Context, which counter.PIN, refusal error) (mynumber.Secret, error) {
	if refusal != nil {
		p.Refusals = append(p.Refusals, refusal)
	}
	if p.Err != nil {
		return mynumber.Secret{}, p.Err
	}
	v := p.Values[which]
	if w := p.Wrong[which]; len(w) > 0 {
		v, p.Wrong[which] = w[0], w[1:]
	}
	if v == "" {
		return mynumber.Secret{}, fmt.Errorf("countertest: nobody has a PIN called %s", which)
	}
	p.Entered = append(p.Entered, v)
	return mynumber.NewSecret(v), nil
}

// Card is the card's record.
func (t *Town) Card(id mynumber.CardID) cards.Card {
	t.TB.Helper()
	c, err := t.Cards.Card(context.Background(), id)
	t.Must(err)
	return c
}

// Standing is what a status answer rests on.
func (t *Town) Standing(id mynumber.CardID) cards.Standing {
	t.TB.Helper()
	s, err := t.Cards.Standing(context.Background(), id)
	t.Must(err)
	return s
}

// Certificates are the card's, in the given states or all.
func (t *Town) Certificates(id mynumber.CardID, kind jpki.Kind, in ...authority.State) (out []authority.Certificate) {
	t.TB.Helper()
	all, err := t.Authority.OfCard(context.Background(), id)
	t.Must(err)
	for _, c := range all {
		fits := len(in) == 0
		for _, s := range in {
			fits = fits || c.State == s
		}
		if fits && c.Kind == kind {
			out = append(out, c)
		}
	}
	return out
}

// Dump is every row of every table.
func (t *Town) Dump() string {
	t.TB.Helper()
	var b strings.Builder
	t.Must(t.DB.Dump(context.Background(), &b))
	return b.String()
}

// Entries is the journal, oldest first.
func (t *Town) Entries() (out []journal.Entry) {
	t.TB.Helper()
	t.Must(t.DB.View(context.Background(), func(tx *db.Tx) error {
		es, err := journal.Recent(context.Background(), tx, 0, 5000)
		out = nil
		for i := range es {
			out = append(out, es[len(es)-1-i])
		}
		return err
	}))
	return out
}

// Count is how many entries of an act the journal has.
func (t *Town) Count(act string) (n int) {
	t.TB.Helper()
	for _, e := range t.Entries() {
		if e.Act == act {
			n++
		}
	}
	return n
}

// Sound runs every office's own check and that of the journal.
func (t *Town) Sound() {
	t.TB.Helper()
	ctx := context.Background()
	for _, check := range []func(context.Context) ([]string, error){t.Cards.Check, t.Authority.Check, t.Production.Check, t.Custody.Check, t.Counter.Check} {
		found, err := check(ctx)
		t.Must(err)
		for _, f := range found {
			t.TB.Errorf("fsck: %s", f)
		}
	}
	t.Must(t.DB.View(ctx, func(tx *db.Tx) error { return journal.Verify(ctx, tx) }))
}
