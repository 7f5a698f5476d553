package chiptest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"sync"
	"testing"
	"time"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// Serial is the serial of the fixtures' cards.
const Serial = "400000012345678"

// Master is the card management office's master key of the fixtures.
var Master = []byte("fictitious master key, 32 bytes!")

// Fixture is a card with what a test needs to know of it.
type Fixture struct {
	Memory chip.Memory
	Keys   chip.KeySource
	Card   *chip.Card
	Reader *reader.Card
	Serial string
	Key    cardmgmt.Key
	Holder Holder
	// Root is the key up to which the card's records are verified.
	Root *rsa.PublicKey
	// CardKey is the public half of the card's own key.
	CardKey *rsa.PublicKey
	// Type is that of the keys of the JPKI application.
	Type cardmgmt.KeyType
	// Certificates of the holder, by kind; nil on a blank card.
	Certificates map[reader.KeyKind]*x509.Certificate
}

// Blank returns a chip from the maker.
func Blank(tb testing.TB) *Fixture {
	tb.Helper()
	return blank(tb, Serial, chip.NewRAM())
}

// BlankIn is Blank with another serial and memory.
func BlankIn(tb testing.TB, serial string, mem chip.Memory) *Fixture {
	tb.Helper()
	return blank(tb, serial, mem)
}

func blank(tb testing.TB, serial string, mem chip.Memory) *Fixture {
	tb.Helper()
	key, err := cardmgmt.DeriveKey(Master, serial)
	check(tb, err)
	keys := &Keys{}
	card, err := chip.Manufacture(mem, chip.Blank{Serial: serial, ManagementKey: key}, keys)
	check(tb, err)
	return &Fixture{Memory: mem, Keys: keys, Card: card, Reader: reader.New(reader.Virtual(card)), Serial: serial, Key: key,
		Holder: NewHolder(1), Root: &Key(0).PublicKey}
}

// cached holds the memory of a card made once, and what a test knows of it.
type cached struct {
	once sync.Once
	ram  *chip.RAM
	f    Fixture
}

var cachedPersonalised, cachedOperational, cachedNext cached

func (c *cached) get(tb testing.TB, build func() *Fixture) *Fixture {
	tb.Helper()
	c.once.Do(func() {
		f := build()
		c.ram, c.f = f.Memory.(*chip.RAM), *f
	})
	if c.ram == nil {
		tb.Fatal("chiptest: the shared card could not be made")
	}
	f := c.f
	mem := c.ram.Clone()
	f.Open(tb, mem)
	return &f
}

// Personalised returns a card as it leaves the maker: written, without PINs,
// mute. The first call makes it, later ones copy it.
func Personalised(tb testing.TB) *Fixture {
	tb.Helper()
	return cachedPersonalised.get(tb, func() *Fixture {
		f := Blank(tb)
		f.Personalise(tb)
		return f
	})
}

// Operational returns a card as its holder has it: all PINs set, both
// certificates. The first call makes it, later ones copy it.
func Operational(tb testing.TB) *Fixture {
	tb.Helper()
	return cachedOperational.get(tb, func() *Fixture {
		f := Personalised(tb)
		f.Activate(tb)
		return f
	})
}

// OperationalNext is Operational for the next card generation: the keys of the
// JPKI application are P-384.
func OperationalNext(tb testing.TB) *Fixture {
	tb.Helper()
	return cachedNext.get(tb, func() *Fixture {
		f := Blank(tb)
		f.Type = cardmgmt.P384
		f.Personalise(tb)
		f.Activate(tb)
		return f
	})
}

// Open gives power to the card in mem and makes it the fixture's.
func (f *Fixture) Open(tb testing.TB, mem chip.Memory) {
	tb.Helper()
	card, err := chip.Open(mem, &Keys{})
	check(tb, err)
	f.Memory, f.Card, f.Keys = mem, card, &Keys{}
	f.Reader = reader.New(reader.Virtual(card))
}

// Personalise has the keys born on a blank chip, signs the records and writes
// everything.
func (f *Fixture) Personalise(tb testing.TB) {
	tb.Helper()
	keys := f.generate(tb, cardKeys()...)
	f.CardKey = rsaPublic(tb, keys[keyPlace{layout.Face, layout.FaceKey}])
	f.Run(tb, cardmgmt.Personalise, f.PersonaliseScript(tb, keys))
}

type keyPlace struct {
	app layout.Application
	ref layout.Reference
}

func cardKeys() []keyPlace {
	return []keyPlace{{layout.Common, layout.CommonKey}, {layout.Text, layout.TextKey}, {layout.Face, layout.FaceKey},
		{layout.JPKI, layout.JPKISignatureKey}, {layout.JPKI, layout.JPKIAuthenticationKey}}
}

func rsaPublic(tb testing.TB, key crypto.PublicKey) *rsa.PublicKey {
	tb.Helper()
	k, ok := key.(*rsa.PublicKey)
	if !ok {
		tb.Fatalf("chiptest: a key of type %T where the card has RSA", key)
	}
	return k
}

func (f *Fixture) generate(tb testing.TB, places ...keyPlace) map[keyPlace]crypto.PublicKey {
	tb.Helper()
	var script cardmgmt.Script
	for _, p := range places {
		item := cardmgmt.GenerateKeyItem{Application: p.app, Reference: p.ref}
		if p.app == layout.JPKI {
			item.Type = f.Type
		}
		script = append(script, item)
	}
	reports, err := cardmgmt.ParseKeyReports(f.Run(tb, cardmgmt.GenerateKey, script))
	check(tb, err)
	out := map[keyPlace]crypto.PublicKey{}
	for _, r := range reports {
		out[keyPlace{r.Application, r.Reference}] = r.PublicKey
	}
	return out
}

// GenerateJPKI has a new key of one kind born beside the current one.
func (f *Fixture) GenerateJPKI(tb testing.TB, kind reader.KeyKind) crypto.PublicKey {
	tb.Helper()
	p := keyPlace{layout.JPKI, jpkiKey(kind)}
	return f.generate(tb, p)[p]
}

func jpkiKey(kind reader.KeyKind) layout.Reference {
	if kind == reader.SignatureKey {
		return layout.JPKISignatureKey
	}
	return layout.JPKIAuthenticationKey
}

// SwitchScript writes a new certificate for the key beside and takes it into
// use.
func (f *Fixture) SwitchScript(tb testing.TB, kind reader.KeyKind, pub crypto.PublicKey) cardmgmt.Script {
	tb.Helper()
	certificate, ca := f.certify(tb, kind, pub)
	files := [2]layout.FileID{layout.JPKIAuthenticationCertificate, layout.JPKIAuthenticationCA}
	if kind == reader.SignatureKey {
		files = [2]layout.FileID{layout.JPKISignatureCertificate, layout.JPKISignatureCA}
	}
	return cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.JPKI, File: files[0], Content: certificate},
		cardmgmt.WriteFile{Application: layout.JPKI, File: files[1], Content: ca},
		cardmgmt.UseKey{Application: layout.JPKI, Reference: jpkiKey(kind), Digest: cardmgmt.PublicKeyDigest(pub)},
	}
}

// PersonaliseScript is the whole of what production writes.
func (f *Fixture) PersonaliseScript(tb testing.TB, keys map[keyPlace]crypto.PublicKey) cardmgmt.Script {
	tb.Helper()
	rootID, err := iso7816.NewKeyID(9000033, 1)
	check(tb, err)
	issuerID, err := iso7816.NewKeyID(1310100, 1)
	check(tb, err)
	issuer := f.issuer(tb)
	cvc := issuer.CVC
	// The intermediate certificate stands on the card without its outer tag.
	intermediateID, err := iso7816.NewKeyID(9000020, 1)
	check(tb, err)
	intermediate, err := iso7816.CreateCVC(rootID, intermediateID, &Key(0).PublicKey, Key(0))
	check(tb, err)
	template, _, err := iso7816.ReadTLV(intermediate)
	check(tb, err)
	h, own := f.Holder, rsaPublic(tb, keys[keyPlace{layout.Face, layout.FaceKey}])

	attributes, err := files.Attributes(h.Attributes)
	check(tb, err)
	number := files.Number(h.Number)
	textSignature, err := files.TextSignature(number, attributes, issuer)
	check(tb, err)
	textKey, err := files.TextCardKey(rsaPublic(tb, keys[keyPlace{layout.Text, layout.TextKey}]), issuer)
	check(tb, err)
	birth, err := files.BirthDate(h.Attributes.BirthDate, own, issuer)
	check(tb, err)
	face, err := files.FaceCard(files.CardFace{BirthDate: h.Attributes.BirthDate, Sex: h.Attributes.Sex, CardKey: own,
		NameImage: h.NameImage, AddressImage: h.AddressImage, Photo: h.Photo, Expiry: h.Expiry, SecurityCodeImage: h.CodeImage}, issuer)
	check(tb, err)
	numberImage, err := files.FaceNumber(h.NumberImage, own, issuer)
	check(tb, err)
	info, err := files.FaceInfo(issuerID, rootID, h.Municipality)
	check(tb, err)
	common, err := files.CommonData{Serial: f.Serial, Municipality: h.Municipality, Expiry: h.Expiry}.Encode()
	check(tb, err)

	write := func(app layout.Application, id layout.FileID, b []byte) cardmgmt.Item {
		return cardmgmt.WriteFile{Application: app, File: id, Content: b}
	}
	load := func(app layout.Application, ref layout.Reference, v mynumber.Secret) cardmgmt.Item {
		return cardmgmt.LoadReference{Application: app, Reference: ref, Tries: mynumber.VerificationTries, Value: []byte(v.Reveal())}
	}
	script := cardmgmt.Script{
		write(layout.Master, layout.IssuerID, rootID[:]),
		write(layout.Master, layout.MunicipalityCode, []byte(h.Municipality)),
		write(layout.Master, layout.ExpiryDate, []byte(h.Expiry.Compact())),
		write(layout.Master, layout.IntermediateID, intermediateID[:]),
		write(layout.Master, layout.IntermediateCVC, template.Value),
		write(layout.Master, layout.LowerCVC, cvc),
		write(layout.Common, layout.CommonData, common),
		write(layout.Common, layout.CommonKeyReference, rootID[:]),
		write(layout.Register, layout.RegisterKeyReference, rootID[:]),
		write(layout.Register, layout.ResidentCode, files.ResidentCode(h.ResidentCode)),
		write(layout.Text, layout.TextNumber, number),
		write(layout.Text, layout.TextAttributes, attributes),
		write(layout.Text, layout.TextSignature, textSignature),
		write(layout.Text, layout.TextCVC, cvc),
		write(layout.Text, layout.TextInfo, files.TextInfo(issuerID)),
		write(layout.Text, layout.TextCardKey, textKey),
		write(layout.Face, layout.FaceBirthDate, birth),
		write(layout.Face, layout.FaceCard, face),
		write(layout.Face, layout.FaceInfo, info),
		write(layout.Face, layout.FaceCVC, cvc),
		write(layout.Face, layout.FaceNumber, numberImage),
		write(layout.JPKI, layout.JPKIToken, files.Token(files.TokenCard, f.Serial)),
		load(layout.Text, layout.TextA, h.A()), load(layout.Text, layout.TextB, h.B()),
		load(layout.Face, layout.FaceA, h.A()), load(layout.Face, layout.FaceB, h.B()),
		load(layout.Face, layout.FaceBirthPIN, h.BirthDigits()),
	}
	for _, p := range cardKeys()[:3] {
		script = append(script, cardmgmt.UseKey{Application: p.app, Reference: p.ref, Digest: cardmgmt.PublicKeyDigest(keys[p])})
	}
	for _, kind := range []reader.KeyKind{reader.SignatureKey, reader.AuthenticationKey} {
		script = append(script, f.SwitchScript(tb, kind, keys[keyPlace{layout.JPKI, jpkiKey(kind)}])...)
	}
	return script
}

// certify makes a certificate and CA certificate of the test hierarchy.
func (f *Fixture) certify(tb testing.TB, kind reader.KeyKind, pub crypto.PublicKey) (certificate, ca []byte) {
	tb.Helper()
	from := time.Date(2025, 4, 1, 0, 0, 0, 0, time.UTC)
	issuer := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: from.AddDate(10, 0, 0), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		Subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"JPKI-TEST"}, OrganizationalUnit: []string{"fixture CA"}}}
	ca, err := x509.CreateCertificate(rand.Reader, issuer, issuer, &Key(0).PublicKey, Key(0))
	check(tb, err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(1000 + int64(kind)), NotBefore: from, NotAfter: from.AddDate(5, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, Subject: pkix.Name{Country: []string{"JP"}, CommonName: "fixture " + kind.String()}}
	certificate, err = x509.CreateCertificate(rand.Reader, leaf, issuer, pub, Key(0))
	check(tb, err)
	parsed, err := x509.ParseCertificate(certificate)
	check(tb, err)
	all := map[reader.KeyKind]*x509.Certificate{kind: parsed}
	for k, v := range f.Certificates {
		if k != kind {
			all[k] = v
		}
	}
	f.Certificates = all
	return certificate, ca
}

// AllPINs are the five PINs as a holder types them at delivery.
func AllPINs() []reader.PIN {
	return []reader.PIN{
		{Application: layout.Common, Reference: layout.CommonPIN, Value: CommonPIN},
		{Application: layout.Register, Reference: layout.RegisterPIN, Value: RegisterPIN},
		{Application: layout.Text, Reference: layout.TextPIN, Value: TextPIN},
		{Application: layout.JPKI, Reference: layout.JPKIAuthenticationPIN, Value: AuthenticationPIN},
		{Application: layout.JPKI, Reference: layout.JPKISignaturePassword, Value: SignaturePassword},
	}
}

// ListPINs is the script that names the given PINs.
func ListPINs(pins ...reader.PIN) cardmgmt.Script {
	var out cardmgmt.Script
	for _, p := range pins {
		out = append(out, cardmgmt.ListPIN{Application: p.Application, Reference: p.Reference})
	}
	return out
}

// Activate sets all PINs and puts the card into operation.
func (f *Fixture) Activate(tb testing.TB) {
	tb.Helper()
	f.Run(tb, cardmgmt.Activate, ListPINs(AllPINs()...), AllPINs()...)
}

// NewSession draws a session id.
func NewSession(tb testing.TB) cardmgmt.Session {
	tb.Helper()
	var s cardmgmt.Session
	_, err := rand.Read(s[:])
	check(tb, err)
	return s
}

// Do draws a challenge and carries out one act.
func (f *Fixture) Do(tb testing.TB, op cardmgmt.Op, script cardmgmt.Script, pins ...reader.PIN) ([]byte, error) {
	tb.Helper()
	issuer, err := f.Reader.Issuer()
	if err != nil {
		return nil, err
	}
	challenge, err := issuer.Challenge()
	if err != nil {
		return nil, err
	}
	act, err := cardmgmt.NewAct(f.Key, f.Serial, challenge, NewSession(tb), op, script)
	check(tb, err)
	return issuer.Run(act, pins...)
}

// Run is Do for acts that must succeed.
func (f *Fixture) Run(tb testing.TB, op cardmgmt.Op, script cardmgmt.Script, pins ...reader.PIN) []byte {
	tb.Helper()
	b, err := f.Do(tb, op, script, pins...)
	check(tb, err)
	return b
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
