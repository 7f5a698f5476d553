// Package testpki is the hierarchy that the tests of jpki and its sub-packages
// share: two CAs with two generations each, a holder and an OCSP responder. Keys
// are made once per process, because making one takes a tenth of a second.
package testpki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/mynumber"
)

// Instants that the tests use.
var (
	CAStart  = time.Date(2023, 7, 16, 9, 50, 27, 0, mynumber.JST)
	OldStart = time.Date(2019, 9, 15, 8, 41, 56, 0, mynumber.JST)
	Issued   = time.Date(2025, 10, 27, 13, 5, 9, 0, mynumber.JST)
	Ends     = mynumber.Date{Year: 2030, Month: time.February, Day: 17}.EndOfDay()
	Now      = time.Date(2026, 4, 1, 12, 0, 0, 0, mynumber.JST)
)

// Key numbers.
const (
	SignatureCAKey = iota
	AuthenticationCAKey
	OldSignatureCAKey
	HolderKey
	ResponderKey
	StrangerKey
	numberOfKeys
)

var keys [numberOfKeys]func() *rsa.PrivateKey

func init() {
	for i := range keys {
		keys[i] = sync.OnceValue(func() *rsa.PrivateKey {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				panic(err)
			}
			return key
		})
	}
}

// Key returns the key of that number.
func Key(i int) *rsa.PrivateKey { return keys[i]() }

// Place is Kiyose in Tokyo.
var Place = jpki.Place{Prefecture: "Tokyo-to", Municipality: "Kiyose-shi", Code: "13221"}

// Attributes are those of a fictitious person.
var Attributes = mynumber.Attributes{
	Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
	BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female,
}

// CA makes the certificate of a CA generation.
func CA(t testing.TB, s jpki.Settings, k jpki.Kind, key int, serial int64, start time.Time) *x509.Certificate {
	t.Helper()
	ca, err := jpki.NewCACertificate(s, jpki.AuthorityRequest{Kind: k, Serial: big.NewInt(serial), NotBefore: start}, Key(key))
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// Hierarchy is both CAs with profiles, and a pool that trusts them.
type Hierarchy struct {
	Settings                             jpki.Settings
	SignatureCA, OldSignatureCA, AuthCA  *x509.Certificate
	Signature, OldSignature, AuthProfile *jpki.Profile
	Pool                                 *jpki.Pool
}

// New makes a hierarchy.
func New(t testing.TB, s jpki.Settings) *Hierarchy {
	t.Helper()
	h := &Hierarchy{
		Settings:       s,
		SignatureCA:    CA(t, s, jpki.Signature, SignatureCAKey, 0x067C6A21, CAStart),
		OldSignatureCA: CA(t, s, jpki.Signature, OldSignatureCAKey, 0x0132C4AB, OldStart),
		AuthCA:         CA(t, s, jpki.Authentication, AuthenticationCAKey, 0x06D18006, CAStart),
	}
	var err error
	for _, p := range []struct {
		out  **jpki.Profile
		kind jpki.Kind
		ca   *x509.Certificate
	}{{&h.Signature, jpki.Signature, h.SignatureCA}, {&h.OldSignature, jpki.Signature, h.OldSignatureCA}, {&h.AuthProfile, jpki.Authentication, h.AuthCA}} {
		if *p.out, err = jpki.NewProfile(s, p.kind, p.ca); err != nil {
			t.Fatal(err)
		}
	}
	if h.Pool, err = jpki.NewPool(s, h.OldSignatureCA, h.SignatureCA, h.AuthCA); err != nil {
		t.Fatal(err)
	}
	return h
}

var shared = sync.OnceValue(func() *Hierarchy { return New(silent{}, jpki.DefaultSettings()) })

// silent is a testing.TB for the shared hierarchy, which no test owns.
type silent struct{ testing.TB }

func (silent) Helper()           {}
func (silent) Fatal(args ...any) { panic(args) }

// Default returns the hierarchy of the default settings, made once.
func Default() *Hierarchy { return shared() }

// SignatureRequest asks for a signature certificate with the holder's key.
func SignatureRequest(serial int64) jpki.Request {
	p := jpki.PersonalOf(Attributes)
	return jpki.Request{
		Serial: big.NewInt(serial), PublicKey: &Key(HolderKey).PublicKey, NotBefore: Issued, NotAfter: Ends,
		Place: Place, CommonName: jpki.SignatureCommonName(Issued, Place.Code, "003A"), Personal: &p,
	}
}

// AuthenticationRequest asks for an authentication certificate with that key.
func AuthenticationRequest(serial int64) jpki.Request {
	return jpki.Request{
		Serial: big.NewInt(serial), PublicKey: &Key(HolderKey).PublicKey, NotBefore: Issued, NotAfter: Ends,
		Place: Place, CommonName: jpki.AuthenticationCommonName("997794E9AGCIEG", Place.Code, "003A"),
	}
}

// ResponderRequest asks for a responder certificate.
func ResponderRequest(serial int64) jpki.ResponderRequest {
	return jpki.ResponderRequest{
		Serial: big.NewInt(serial), PublicKey: &Key(ResponderKey).PublicKey, NotBefore: Issued, NotAfter: Ends,
		CommonName: "OCSP Responder 01",
	}
}

// IssueSignature issues a signature certificate.
func (h *Hierarchy) IssueSignature(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	return Must(t)(jpki.Issue(SignatureRequest(serial), h.Signature, Key(SignatureCAKey)))
}

// IssueAuthentication issues an authentication certificate.
func (h *Hierarchy) IssueAuthentication(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	return Must(t)(jpki.Issue(AuthenticationRequest(serial), h.AuthProfile, Key(AuthenticationCAKey)))
}

// IssueResponder issues the certificate of the signature CA's OCSP responder.
func (h *Hierarchy) IssueResponder(t testing.TB, serial int64) *x509.Certificate {
	t.Helper()
	return Must(t)(jpki.IssueResponder(ResponderRequest(serial), h.Signature, Key(SignatureCAKey)))
}

// Must returns a function that ends the test on an error.
func Must(t testing.TB) func(*x509.Certificate, error) *x509.Certificate {
	t.Helper()
	return func(c *x509.Certificate, err error) *x509.Certificate {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
}

// OpenSSL returns the path of openssl. A machine without it skips the test, but
// never in continuous integration.
func OpenSSL(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err == nil {
		return path
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("openssl is not installed, and CI=true forbids to go on without the cross-check")
	}
	t.Skip("SKIPPED CROSS-CHECK: openssl is not installed")
	return ""
}
