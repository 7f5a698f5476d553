package profiles

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"math/big"
	"strconv"
	"sync"

	"kado/chip"
	"kado/internal/platform/clock"
	"kado/internal/platform/entropy"
	"kado/internal/world/places"
	"kado/iso7816"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader/files"
)

// Face is what is drawn for a card's chip.
type Face struct {
	Name, Alias, Address string
	BirthDate            mynumber.Date
	Residence            mynumber.Residence
	Sex                  mynumber.Sex
	Expiry               mynumber.Date
	SecurityCode         string
	Photo                []byte // JPEG; nil without photo
	Number               mynumber.IndividualNumber
}

// Images are the drawn pictures: PNG, and JPEG 2000 of the photo.
type Images struct {
	Name, Address, Number, SecurityCode, Photo []byte
}

// Options are what a Maker stands on.
type Options struct {
	Clock   clock.Clock
	Entropy entropy.Source // numbers, serials, faces; never keys
	// Keys makes the cards' key pairs; chip.GenerateKeys when nil, a tenth of a
	// second each.
	Keys chip.KeySource
	// AuthorityKeys makes those of the authorities and record signers, which
	// must differ from every card's; Keys when nil.
	AuthorityKeys chip.KeySource
	// Draw makes the images of the card's face. It belongs to the agency's
	// production, which this world knows nothing of.
	Draw func(Face) (Images, error)
}

// Maker makes cards whose authorities and record signers live as long as it.
// Safe for concurrent use.
type Maker struct {
	o        Options
	settings jpki.Settings

	mu       sync.Mutex
	text     *rsa.PrivateKey // root of the text records
	face     *rsa.PrivateKey // root of the face records
	master   *rsa.PrivateKey // root at master level
	between  *rsa.PrivateKey // the intermediate CA under it
	issuing  map[mynumber.MunicipalityCode]*rsa.PrivateKey
	issuers  map[generation]*issuer
	order    []generation
	revoked  map[generation][]jpki.RevokedEntry
	listings int64
}

// generation is one generation of one authority.
type generation struct {
	kind      jpki.Kind
	number    int
	algorithm jpki.Algorithm
}

type issuer struct {
	profile *jpki.Profile
	key     crypto.Signer
}

// NewMaker returns a maker that has made nothing yet.
func NewMaker(o Options) *Maker {
	if o.Keys == nil {
		o.Keys = chip.GenerateKeys{}
	}
	if o.AuthorityKeys == nil {
		o.AuthorityKeys = o.Keys
	}
	return &Maker{o: o, settings: jpki.DefaultSettings(), issuing: map[mynumber.MunicipalityCode]*rsa.PrivateKey{},
		issuers: map[generation]*issuer{}, revoked: map[generation][]jpki.RevokedEntry{}}
}

// Today is the maker's day in Japan, for which descriptions are completed.
func (m *Maker) Today() mynumber.Date { return mynumber.DateOf(m.o.Clock.Now()) }

// Trust is what whoever reads the cards has to know beforehand.
type Trust struct {
	// TextRoot and FaceRoot certify the signers of the records.
	TextRoot, FaceRoot *rsa.PublicKey
	// MasterRoot certifies the chain at master level (00F8, 7F21).
	MasterRoot  *rsa.PublicKey
	Authorities []Authority
}

// Authority is one generation of a test authority.
type Authority struct {
	Kind        jpki.Kind
	Generation  int
	Algorithm   jpki.Algorithm
	Certificate *x509.Certificate
	List        []byte // revocation list, DER
}

// Name tells the authority apart from every other of the maker: for instance
// "signature-ca-3", and "signature-ca-3-p384" for the next card generation's, which
// stands beside it.
func (a Authority) Name() string {
	name := fmt.Sprintf("%s-ca-%d", a.Kind, a.Generation)
	if a.Algorithm == jpki.ECDSAP384SHA384 {
		name += "-p384"
	}
	return name
}

// Trust returns what the cards made so far rest on.
func (m *Maker) Trust() (Trust, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.roots(); err != nil {
		return Trust{}, err
	}
	t := Trust{TextRoot: &m.text.PublicKey, FaceRoot: &m.face.PublicKey, MasterRoot: &m.master.PublicKey}
	now := m.o.Clock.Now().UTC().Truncate(1e9)
	for _, g := range m.order {
		i := m.issuers[g]
		m.listings++
		list, err := jpki.CreateCRL(i.profile, jpki.CRLRequest{Number: big.NewInt(m.listings), ThisUpdate: now,
			NextUpdate: now.Add(mynumber.CRLEvery), Entries: m.revoked[g]}, i.key)
		if err != nil {
			return Trust{}, fmt.Errorf("profiles: revocation list: %w", err)
		}
		t.Authorities = append(t.Authorities, Authority{g.kind, g.number, g.algorithm, i.profile.CA(), list})
	}
	return t, nil
}

// roots makes the roots of the record signers and the intermediate CA. Called
// with mu held.
func (m *Maker) roots() error {
	for _, k := range []**rsa.PrivateKey{&m.text, &m.face, &m.master, &m.between} {
		if *k == nil {
			made, err := m.o.AuthorityKeys.RSA2048()
			if err != nil {
				return fmt.Errorf("profiles: making a key: %w", err)
			}
			*k = made
		}
	}
	return nil
}

// Numbers of the roots' keys, as production has them: no real key has such a
// number.
const (
	textRootNo     = 6900033
	faceRootNo     = 6900023
	masterRootNo   = 6900010
	intermediateNo = 6900020
)

// signers sign the records of one municipality.
type signers struct {
	text, face            files.Issuer
	textKey, faceKey, own iso7816.KeyID
	// What F7, F8 and 7F21 hold at master level.
	intermediate              iso7816.KeyID
	intermediateCVC, lowerCVC []byte
}

func (m *Maker) signers(code mynumber.MunicipalityCode) (s signers, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.roots(); err != nil {
		return s, err
	}
	key := m.issuing[code]
	if key == nil {
		if key, err = m.o.AuthorityKeys.RSA2048(); err != nil {
			return s, fmt.Errorf("profiles: making a key: %w", err)
		}
		m.issuing[code] = key
	}
	number, err := strconv.Atoi(string(code))
	if err != nil {
		return s, fmt.Errorf("profiles: municipality: %w", err)
	}
	if s.own, err = iso7816.NewKeyID(number*100+21, 0); err != nil {
		return s, err
	}
	for _, r := range []struct {
		root   *rsa.PrivateKey
		number int
		id     *iso7816.KeyID
		issuer *files.Issuer
	}{{m.text, textRootNo, &s.textKey, &s.text}, {m.face, faceRootNo, &s.faceKey, &s.face}} {
		if *r.id, err = iso7816.NewKeyID(r.number, 0); err != nil {
			return s, err
		}
		cvc, err := iso7816.CreateCVC(*r.id, s.own, &key.PublicKey, r.root)
		if err != nil {
			return s, err
		}
		*r.issuer = files.Issuer{Key: key, CVC: cvc}
	}
	return s, m.masterChain(&s, &key.PublicKey)
}

// masterChain certifies an issuing key at master level. Called with mu held.
func (m *Maker) masterChain(s *signers, issuing *rsa.PublicKey) error {
	root, err := iso7816.NewKeyID(masterRootNo, 0)
	if err != nil {
		return err
	}
	if s.intermediate, err = iso7816.NewKeyID(intermediateNo, 0); err != nil {
		return err
	}
	cvc, err := iso7816.CreateCVC(root, s.intermediate, &m.between.PublicKey, m.master)
	if err != nil {
		return err
	}
	// Cards hold it without the outer tag.
	template, _, err := iso7816.ReadTLV(cvc)
	if err != nil {
		return err
	}
	s.intermediateCVC = template.Value
	s.lowerCVC, err = iso7816.CreateCVC(s.intermediate, s.own, issuing, m.between)
	return err
}

// serialLen is the length of a certificate's serial number in octets; the
// first two bits are 01.
const serialLen = 10

func (m *Maker) serial() (*big.Int, error) {
	b, err := entropy.Bytes(m.o.Entropy.Stream("profiles.serial"), serialLen)
	if err != nil {
		return nil, err
	}
	b[0] = b[0]&0x3F | 0x40
	return new(big.Int).SetBytes(b), nil
}

// authority returns the generation that issued on a day with an algorithm, begun
// on its first day.
func (m *Maker) authority(kind jpki.Kind, algorithm jpki.Algorithm, on mynumber.Date) (generation, *issuer, error) {
	g, ok := mynumber.CAGenerationFor(on)
	if !ok {
		return generation{}, nil, AgainstRules.New("issued_on")
	}
	id := generation{kind, g.Number, algorithm}
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := m.issuers[id]; i != nil {
		return id, i, nil
	}
	key, err := newKey(algorithm, m.o.AuthorityKeys)
	if err != nil {
		return id, nil, fmt.Errorf("profiles: making a key: %w", err)
	}
	serial, err := m.serial()
	if err != nil {
		return id, nil, err
	}
	ca, err := jpki.NewCACertificate(m.settings, jpki.AuthorityRequest{Kind: kind, Serial: serial, NotBefore: g.Starts.StartOfDay().UTC()}, key)
	if err != nil {
		return id, nil, fmt.Errorf("profiles: authority: %w", err)
	}
	profile, err := jpki.NewProfile(m.settings, kind, ca)
	if err != nil {
		return id, nil, fmt.Errorf("profiles: authority: %w", err)
	}
	m.issuers[id] = &issuer{profile, key}
	m.order = append(m.order, id)
	return id, m.issuers[id], nil
}

// newKey makes a key for an algorithm; RSA keys come from a source, because making
// one is slow.
func newKey(a jpki.Algorithm, source chip.KeySource) (crypto.Signer, error) {
	if a == jpki.ECDSAP384SHA384 {
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	}
	return source.RSA2048()
}

// certify issues one certificate on the day the card was made.
func (m *Maker) certify(kind jpki.Kind, d Description, end mynumber.Date, pub crypto.PublicKey) (*x509.Certificate, error) {
	_, by, err := m.authority(kind, d.algorithm(), d.IssuedOn)
	if err != nil {
		return nil, err
	}
	serial, err := m.serial()
	if err != nil {
		return nil, err
	}
	place, ok := places.ByCode(d.Municipality)
	if !ok {
		return nil, BadDescription.New("municipality")
	}
	from := d.IssuedOn.StartOfDay().UTC()
	r := jpki.Request{Serial: serial, PublicKey: pub, NotBefore: from, NotAfter: end.EndOfDay(), Medium: d.medium(),
		Place: jpki.Place{Prefecture: place.Prefecture.Latin, Municipality: place.Latin, Code: string(d.Municipality)}}
	tail, err := m.letters(18)
	if err != nil {
		return nil, err
	}
	r.CommonName = jpki.AuthenticationCommonName(tail[:14], string(d.Municipality), tail[14:])
	if kind == jpki.Signature {
		r.CommonName = jpki.SignatureCommonName(from, string(d.Municipality), tail[14:])
		personal := jpki.PersonalOf(d.attributes())
		r.Personal = &personal
	}
	cert, err := jpki.Issue(r, by.profile, by.key)
	if err != nil {
		return nil, fmt.Errorf("profiles: certificate: %w", err)
	}
	return cert, nil
}

// letters draws characters of a common name.
func (m *Maker) letters(n int) (string, error) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	out := make([]byte, n)
	for i := range out {
		k, err := entropy.Int(m.o.Entropy.Stream("profiles.name"), len(alphabet))
		if err != nil {
			return "", err
		}
		out[i] = alphabet[k]
	}
	return string(out), nil
}

// revoke notes that a certificate of a card was revoked because an
// attribute of its holder changed.
func (m *Maker) revoke(kind jpki.Kind, d Description, cert *x509.Certificate) error {
	id, _, err := m.authority(kind, d.algorithm(), d.IssuedOn)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.revoked[id] = append(m.revoked[id], jpki.RevokedEntry{Serial: cert.SerialNumber, At: m.o.Clock.Now().UTC().Truncate(1e9),
		Reason: jpki.AffiliationChanged})
	return nil
}
