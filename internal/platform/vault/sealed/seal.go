package sealed

import (
	"bytes"
	"crypto/hpke"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"kado/iso7816"
	"kado/reader/files"
)

var (
	kem  = hpke.MLKEM768X25519()
	kdf  = hpke.HKDFSHA256()
	aead = hpke.AES256GCM()
	info = []byte("kado-card-proof/1")
)

// Limits in octets.
const (
	MaxEnvelope = 8 << 10
	maxFile     = 2 << 10 // proof or issuer's certificate; real ones have 336 and 568
	maxID       = 100
	SeedLen     = 32
)

// ErrEnvelope is an envelope that is not of the form laid down, or does not open
// with the key it names.
var ErrEnvelope = errors.New("sealed: the envelope is malformed or was changed")

// Target is where a proof goes, and for what.
type Target struct {
	Announcement Announcement
	// Site is the site that whoever reads the card was started for; "" where it is
	// part of the site itself.
	Site      string
	Challenge string    // of the login
	Now       time.Time // by the reader's clock; zero where it is part of the site itself
}

// Check tells from the card's file 0004, which can be read without a PIN, whether
// the announced key may be sealed to: ErrAnnouncement, ErrLate, ErrSite, ErrForeign.
func (t Target) Check(issuer []byte) error {
	_, _, err := t.check(issuer)
	return err
}

// check returns the key and the root that card and announcement share.
func (t Target) check(issuer []byte) (hpke.PublicKey, *rsa.PublicKey, error) {
	public, root, err := t.Announcement.check()
	if err != nil {
		return nil, nil, err
	}
	if !t.Now.IsZero() && t.Now.After(t.Announcement.NotAfter) {
		return nil, nil, ErrLate
	}
	if t.Site != "" && !sameSite(t.Site, t.Announcement.Site) {
		return nil, nil, ErrSite
	}
	certificate, err := iso7816.ParseCVC(issuer)
	if err != nil || certificate.Verify(root) != nil {
		return nil, nil, ErrForeign
	}
	return public, root, nil
}

// Seal checks the target as Check does and that the proof is one over the record,
// and seals it. record, proof and issuer are files 0002, 0003 and 0004.
func (t Target) Seal(record, proof, issuer []byte) ([]byte, error) {
	public, root, err := t.check(issuer)
	if err != nil {
		return nil, err
	}
	if err := files.VerifyText(nil, record, proof, issuer, root); err != nil {
		return nil, err
	}
	digest := sha256.Sum256(record)
	return sealTo(public, Content{Version: Version, Site: t.Announcement.Site, Challenge: t.Challenge, Record: digest[:], Proof: proof, Issuer: issuer})
}

// Content is what an envelope holds. It is for the room alone: Proof is what must
// not be seen.
type Content struct {
	Version   int    `json:"version"`
	Site      string `json:"site"`
	Challenge string `json:"challenge"`
	Record    []byte `json:"record"` // SHA-256 of file 0002
	Proof     []byte `json:"proof"`  // file 0003
	Issuer    []byte `json:"issuer"` // file 0004
}

// String shows nothing.
func (Content) String() string { return "sealed.Content" }

// GoString shows nothing.
func (c Content) GoString() string { return c.String() }

// Format shows nothing, whatever the verb.
func (c Content) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.String()) }

func (c Content) fits() bool {
	return c.Version == Version && validSite(c.Site) && c.Challenge != "" && len(c.Challenge) <= maxID && len(c.Record) == sha256.Size &&
		len(c.Proof) > 0 && len(c.Proof) <= maxFile && len(c.Issuer) > 0 && len(c.Issuer) <= maxFile
}

// envelope is the outer object.
type envelope struct {
	Version int    `json:"version"`
	Key     string `json:"key"`
	Box     []byte `json:"box"`
}

func sealTo(public hpke.PublicKey, c Content) ([]byte, error) {
	if !c.fits() {
		return nil, ErrEnvelope
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	box, err := hpke.Seal(public, kdf, aead, info, plain)
	if err != nil {
		return nil, err
	}
	return json.Marshal(envelope{Version, KeyID(public.Bytes()), box})
}

// KeyID names a public key.
func KeyID(public []byte) string {
	d := sha256.Sum256(public)
	return hex.EncodeToString(d[:8])
}

func parse(b []byte) (e envelope, err error) {
	if len(b) > MaxEnvelope || strict(b, &e) != nil || e.Version != Version || len(e.Key) != 16 {
		return envelope{}, ErrEnvelope
	}
	return e, nil
}

// strict reads one JSON value in the one spelling in which it is written here.
func strict[T any](b []byte, into *T) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	again, err := json.Marshal(into)
	if err != nil || !bytes.Equal(again, b) {
		return ErrEnvelope
	}
	return nil
}

// AddressedTo names the key that an envelope was sealed to, or fails with
// ErrEnvelope.
func AddressedTo(b []byte) (keyID string, err error) {
	e, err := parse(b)
	return e.Key, err
}

// Key is the room's private key.
type Key struct {
	private hpke.PrivateKey
	public  []byte
	id      string
}

// NewKey makes the key of a seed of SeedLen octets.
func NewKey(seed []byte) (Key, error) {
	k, err := kem.NewPrivateKey(seed)
	if err != nil {
		return Key{}, err
	}
	public := k.PublicKey().Bytes()
	return Key{k, public, KeyID(public)}, nil
}

// Public is the public half.
func (k Key) Public() []byte { return bytes.Clone(k.public) }

// ID names the key.
func (k Key) ID() string { return k.id }

// Format shows the name alone, whatever the verb.
func (k Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "sealed.Key "+k.id) }

// Open opens an envelope, or fails with ErrEnvelope.
func (k Key) Open(b []byte) (Content, error) {
	e, err := parse(b)
	if err != nil || e.Key != k.ID() {
		return Content{}, ErrEnvelope
	}
	plain, err := hpke.Open(k.private, kdf, aead, info, e.Box)
	if err != nil {
		return Content{}, ErrEnvelope
	}
	defer clear(plain)
	var c Content
	if strict(plain, &c) != nil || !c.fits() {
		return Content{}, ErrEnvelope
	}
	return c, nil
}
