package sealed

import (
	"bytes"
	"crypto"
	"crypto/hpke"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"net/url"
	"strings"
	"time"

	"kado/iso7816"
)

// Version is the version of announcement, envelope and content, and of the
// messages that carry them.
const Version = 1

// The reasons why an announced key is not sealed to.
var (
	ErrAnnouncement = errors.New("sealed: the announcement of the key is malformed or not signed by its root")
	ErrLate         = errors.New("sealed: the announcement of the key is no longer valid")
	ErrSite         = errors.New("sealed: the key is announced for another site")
	ErrForeign      = errors.New("sealed: the key does not belong to the system that issued the card")
)

// Announcement is the room's public key, for one site and some days.
type Announcement struct {
	Version   int       `json:"version"`
	Site      string    `json:"site"` // scheme, host and port of the site that hands envelopes on
	Key       []byte    `json:"key"`
	NotAfter  time.Time `json:"not_after"` // whole seconds
	Root      []byte    `json:"root"`      // SubjectPublicKeyInfo of the root of the records
	Signature []byte    `json:"signature"` // RSASSA-PKCS1-v1_5 with SHA-256 by Root over message
}

// message is what the root signs. It begins unlike any certificate that the same
// key signs.
func (a Announcement) message() []byte {
	return []byte("kado-card-proof-key/1\nsite: " + a.Site + "\nnot-after: " + a.NotAfter.UTC().Format(time.RFC3339) + "\nkey: " + hex.EncodeToString(a.Key) + "\n")
}

// Announce signs the announcement of a key with the root of the records, an RSA key
// of 2048 bits. site is scheme and host alone.
func Announce(root crypto.Signer, site string, key []byte, notAfter time.Time) (Announcement, error) {
	spki, err := x509.MarshalPKIXPublicKey(root.Public())
	if err != nil {
		return Announcement{}, err
	}
	a := Announcement{Version: Version, Site: site, Key: bytes.Clone(key), NotAfter: notAfter.UTC().Truncate(time.Second), Root: spki}
	d := sha256.Sum256(a.message())
	if a.Signature, err = root.Sign(rand.Reader, d[:], crypto.SHA256); err != nil {
		return Announcement{}, err
	}
	_, _, err = a.check()
	return a, err
}

// check verifies the announcement by itself and returns its key, and its root, which
// is not yet trusted.
func (a Announcement) check() (hpke.PublicKey, *rsa.PublicKey, error) {
	if a.Version != Version || !validSite(a.Site) || len(a.Root) > 1000 || !a.NotAfter.Equal(a.NotAfter.Truncate(time.Second)) {
		return nil, nil, ErrAnnouncement
	}
	public, err := kem.NewPublicKey(a.Key)
	if err != nil {
		return nil, nil, ErrAnnouncement
	}
	key, err := x509.ParsePKIXPublicKey(a.Root)
	if err != nil {
		return nil, nil, ErrAnnouncement
	}
	root, ok := key.(*rsa.PublicKey)
	if !ok || iso7816.CheckPublicKey(root) != nil {
		return nil, nil, ErrAnnouncement
	}
	d := sha256.Sum256(a.message())
	if rsa.VerifyPKCS1v15(root, crypto.SHA256, d[:], a.Signature) != nil {
		return nil, nil, ErrAnnouncement
	}
	return public, root, nil
}

const maxSite = 300

func validSite(s string) bool {
	if len(s) > maxSite {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.Scheme+"://"+u.Host == s
}

// sameSite compares addresses. The own machine has several names, and on it a
// sandbox cannot know by which one it is reached.
func sameSite(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && x.Scheme == y.Scheme && x.Port() == y.Port() && ownMachine(x.Hostname()) && ownMachine(y.Hostname())
}

func ownMachine(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
