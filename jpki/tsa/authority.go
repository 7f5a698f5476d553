package tsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"sync"
	"time"

	"kado/jpki/cms"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// DefaultPolicy is the policy of the sandbox's authority: an arc below the joint
// example arc of ITU-T X.660, so that nobody mistakes it for a real one.
var DefaultPolicy = asn1.ObjectIdentifier{2, 999, 1}

// Accuracy is what the sandbox's authority claims.
const Accuracy = time.Second

// NewCertificate makes a self-signed certificate of a time-stamp authority:
// digitalSignature, time-stamping as the only and critical extended usage, no CA.
// The serial number has 16 random octets. Whoever trusts it pins it.
func NewCertificate(commonName string, key crypto.Signer, notBefore, notAfter time.Time) (*x509.Certificate, error) {
	serial, err := randomNumber(15)
	if err != nil {
		return nil, err
	}
	usage, err := asn1.Marshal([]asn1.ObjectIdentifier{oidTimeStamps})
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Country: []string{"JP"}, Organization: []string{"KADO-TEST"}, CommonName: commonName},
		NotBefore: notBefore.UTC().Truncate(time.Second), NotAfter: notAfter.UTC().Truncate(time.Second),
		KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtraExtensions: []pkix.Extension{{Id: oidExtUsage, Critical: true, Value: usage}},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("tsa: certificate: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return c, CheckCertificate(c)
}

// Authority is a time-stamp authority. Make it with New; it is safe for
// concurrent use.
type Authority struct {
	cert   *x509.Certificate
	key    crypto.Signer
	policy asn1.ObjectIdentifier
	now    func() time.Time

	mu     sync.Mutex
	prefix [11]byte // random, so that no other process has the same numbers
	last   uint64
	latest time.Time
}

// New makes an authority that tells the time of now. Serial numbers are a random
// number of 88 bits, drawn here, with a counter of 64 behind it: none repeats, over
// restarts too.
func New(cert *x509.Certificate, key crypto.Signer, policy asn1.ObjectIdentifier, now func() time.Time) (*Authority, error) {
	if err := CheckCertificate(cert); err != nil {
		return nil, err
	}
	if k, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); !ok || !k.Equal(key.Public()) {
		return nil, errors.New("tsa: the key is not that of the certificate")
	}
	a := &Authority{cert: cert, key: key, policy: policy, now: now}
	if _, err := rand.Read(a.prefix[:]); err != nil {
		return nil, fmt.Errorf("tsa: serial numbers: %w", err)
	}
	a.prefix[0] |= 1 // never zero: all numbers are of one length
	return a, nil
}

// Certificate returns the authority's certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// Respond answers a request. It never fails: a refusal is an answer, too.
func (a *Authority) Respond(request []byte) []byte {
	r, err := ParseRequest(request)
	switch {
	case errors.Is(err, errExtension):
		return rejection(UnacceptedExtension)
	case errors.Is(err, ErrWeak):
		return rejection(BadAlgorithm)
	case err != nil:
		return rejection(BadDataFormat)
	case r.Policy != nil && !r.Policy.Equal(a.policy):
		return rejection(UnacceptedPolicy)
	}
	token, err := a.stamp(r)
	if err != nil {
		var f refusal
		if errors.As(err, &f) {
			return rejection(f.failure)
		}
		return rejection(SystemFailure)
	}
	return granted(token)
}

// Stamp makes a token over an imprint, without a request.
func (a *Authority) Stamp(m Imprint) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	return a.stamp(&Request{Imprint: m, CertReq: true})
}

type refusal struct{ failure Failure }

func (r refusal) Error() string { return "tsa: " + r.failure.String() }

// next draws a serial number and the time. The time never runs back, so that
// numbers and times have one order.
func (a *Authority) next() (*big.Int, time.Time, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.now().UTC().Truncate(time.Millisecond)
	if t.Before(a.latest) || t.Before(a.cert.NotBefore) || t.After(a.cert.NotAfter) {
		return nil, time.Time{}, refusal{TimeNotAvailable}
	}
	a.latest = t
	a.last++
	n := new(big.Int).SetBytes(a.prefix[:])
	return n.Or(n.Lsh(n, 64), new(big.Int).SetUint64(a.last)), t, nil
}

func (a *Authority) stamp(r *Request) ([]byte, error) {
	serial, t, err := a.next()
	if err != nil {
		return nil, err
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Int64(1)
		b.AddASN1ObjectIdentifier(a.policy)
		r.Imprint.marshal(b)
		b.AddASN1BigInt(serial)
		b.AddASN1(cbasn1.GeneralizedTime, func(b *cryptobyte.Builder) {
			b.AddBytes([]byte(t.Format("20060102150405.999Z")))
		})
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) { b.AddASN1Int64(int64(Accuracy / time.Second)) })
		if r.Nonce != nil {
			b.AddASN1BigInt(r.Nonce)
		}
		b.AddASN1(explicitTag(0), func(b *cryptobyte.Builder) {
			b.AddASN1(explicitTag(4), func(b *cryptobyte.Builder) { b.AddBytes(a.cert.RawSubject) })
		})
	})
	info, err := b.Bytes()
	if err != nil {
		return nil, fmt.Errorf("tsa: %w", err)
	}
	return cms.SignContent(a.key, a.cert, oidTSTInfo, info, cms.Options{WithoutCertificates: !r.CertReq})
}

// randomNumber is a positive number of n random octets.
func randomNumber(n int) (*big.Int, error) {
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		return nil, err
	}
	return new(big.Int).SetBytes(bytes.Join([][]byte{{1}, b}, nil)), nil
}

// NewIdentity makes a P-256 key, as PKCS#8, and its certificate.
func NewIdentity(commonName string, notBefore, notAfter time.Time) (*x509.Certificate, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("tsa: key: %w", err)
	}
	cert, err := NewCertificate(commonName, key, notBefore, notAfter)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return cert, der, err
}

// Open makes an authority of DefaultPolicy from what NewIdentity made.
func Open(cert *x509.Certificate, pkcs8 []byte, now func() time.Time) (*Authority, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, errors.New("tsa: the key cannot be read")
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("tsa: the key cannot sign")
	}
	return New(cert, signer, DefaultPolicy, now)
}
