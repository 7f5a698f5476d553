package switchboard

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kado/internal/platform/entropy"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// How far answers are moved in time.
const (
	longAgo = 8 * 24 * time.Hour
	over    = 24 * time.Hour // nextUpdate lies so far back
	ahead   = 2 * time.Hour
)

func (x *exchange) slow() error { return x.Wait(x.ctx, x.Delay) }

func (x *exchange) dropped() error {
	x.cut = true
	return nil
}

func (x *exchange) truncated() error {
	x.body = x.body[:len(x.body)/2]
	return nil
}

func (x *exchange) malformed() error {
	x.body = bytes.Repeat([]byte{0xff}, len(x.body))
	return nil
}

func (x *exchange) http500() error {
	x.code = http.StatusInternalServerError
	return nil
}

func (x *exchange) wrongType() error {
	x.header.Set("Content-Type", "text/html; charset=utf-8")
	return nil
}

func (x *exchange) tryLater() error {
	if x.list {
		x.code, x.body = http.StatusServiceUnavailable, nil
		return nil
	}
	return x.refuse(ocsp.TryLater)
}

func (x *exchange) unauthorized() error { return x.refuse(ocsp.Unauthorized) }

func (x *exchange) refuse(s ocsp.ResponseStatus) error {
	x.code, x.body = http.StatusOK, ocsp.ErrorResponse(s)
	return nil
}

func (x *exchange) staleThisUpdate() error {
	return x.resign(func(t *ocsp.Template) {
		t.ProducedAt = t.ProducedAt.Add(-longAgo)
		for i := range t.Responses {
			t.Responses[i].ThisUpdate, t.Responses[i].NextUpdate = t.ProducedAt, time.Time{}
		}
	})
}

func (x *exchange) pastNextUpdate() error {
	if x.list {
		return x.relist(-longAgo, -over)
	}
	return x.resign(func(t *ocsp.Template) {
		now := t.ProducedAt
		t.ProducedAt = now.Add(-longAgo)
		for i := range t.Responses {
			t.Responses[i].ThisUpdate, t.Responses[i].NextUpdate = t.ProducedAt, now.Add(-over)
		}
	})
}

func (x *exchange) skewedClock() error {
	if x.list {
		return x.relist(ahead, ahead+over)
	}
	return x.resign(func(t *ocsp.Template) {
		t.ProducedAt = t.ProducedAt.Add(ahead)
		for i := range t.Responses {
			t.Responses[i].ThisUpdate, t.Responses[i].NextUpdate = t.ProducedAt, t.ProducedAt.Add(time.Hour)
		}
	})
}

func (x *exchange) unknown() error {
	return x.resign(func(t *ocsp.Template) {
		for i := range t.Responses {
			s := &t.Responses[i]
			s.Status, s.Reason, s.RevokedAt = ocsp.Unknown, 0, time.Time{}
		}
	})
}

func (x *exchange) disagreement() error {
	return x.resign(func(t *ocsp.Template) {
		for i := range t.Responses {
			switch s := &t.Responses[i]; s.Status {
			case ocsp.Good:
				s.Status, s.Reason, s.RevokedAt = ocsp.Revoked, jpki.KeyCompromise, s.ThisUpdate
			case ocsp.Revoked:
				s.Status, s.Reason, s.RevokedAt = ocsp.Good, 0, time.Time{}
			}
		}
	})
}

func (x *exchange) wrongNonce() error {
	return x.resign(func(t *ocsp.Template) {
		if t.Nonce == nil {
			t.Nonce = make([]byte, 16)
		}
		t.Nonce = bytes.Clone(t.Nonce)
		t.Nonce[0] ^= 0xff
	})
}

func (x *exchange) noNonce() error {
	return x.resign(func(t *ocsp.Template) { t.Nonce = nil })
}

func (x *exchange) wrongCertificate() error {
	return x.resign(func(t *ocsp.Template) {
		for i := range t.Responses {
			t.Responses[i].ID.Serial = new(big.Int).Xor(t.Responses[i].ID.Serial, big.NewInt(1))
		}
	})
}

func (x *exchange) wrongResponder() error {
	other := jpki.Signature
	if x.kind == jpki.Signature {
		other = jpki.Authentication
	}
	gs, err := x.Authority.Generations(x.ctx, other)
	if err != nil || len(gs) == 0 {
		return errors.Join(err, errors.New("switchboard: the other authority has no generation"))
	}
	return x.sign(other, gs[len(gs)-1].Number, nil)
}

func (x *exchange) wrongKey() error {
	if x.list {
		// The signature is the end of a list.
		x.body = bytes.Clone(x.body)
		if len(x.body) > 0 {
			x.body[len(x.body)-1] ^= 1
		}
		return nil
	}
	return x.signedBy(func(_ *x509.Certificate, key crypto.Signer) (*x509.Certificate, crypto.Signer, error) {
		forged, err := falseKey(key.Public())
		return nil, forger{key.Public(), forged}, err
	})
}

func (x *exchange) expiredResponder() error {
	return x.signedBy(func(ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, crypto.Signer, error) {
		cert, err := x.expiredCertificate(ca, key)
		return cert, key, err
	})
}

// resign changes what an answer says and signs it properly. What is no status is
// left as it is.
func (x *exchange) resign(change func(*ocsp.Template)) error {
	number, _, err := x.generation()
	if err != nil {
		return err
	}
	return x.sign(x.kind, number, change)
}

// sign signs the answer anew as a responder of the authority.
func (x *exchange) sign(kind jpki.Kind, number int, change func(*ocsp.Template)) error {
	if x.answer == nil {
		return nil
	}
	t := x.template()
	if change != nil {
		change(&t)
	}
	key, der, err := x.Authority.Responder(x.ctx, kind, number)
	if err != nil {
		return err
	}
	responder, err := x509.ParseCertificate(der)
	if err != nil {
		return err
	}
	x.body, err = ocsp.CreateResponse(t, responder, key)
	return err
}

// signedBy signs the answer anew under another certificate or key than the
// responder's; a nil certificate keeps the responder's.
func (x *exchange) signedBy(with func(ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, crypto.Signer, error)) error {
	if x.answer == nil {
		return nil
	}
	number, ca, err := x.generation()
	if err != nil {
		return err
	}
	key, der, err := x.Authority.Responder(x.ctx, x.kind, number)
	if err != nil {
		return err
	}
	cert, signer, err := with(ca, key)
	if err != nil {
		return err
	}
	if cert == nil {
		if cert, err = x509.ParseCertificate(der); err != nil {
			return err
		}
	}
	x.body, err = ocsp.CreateResponse(x.template(), cert, signer)
	return err
}

func (x *exchange) template() ocsp.Template {
	return ocsp.Template{ProducedAt: x.answer.ProducedAt, Responses: append([]ocsp.SingleResponse(nil), x.answer.Responses...), Nonce: x.answer.Nonce}
}

// generation finds the CA generation that an answer or a list is of: the one that
// its first certID or its address names, else the newest.
func (x *exchange) generation() (int, *x509.Certificate, error) {
	gs, err := x.Authority.Generations(x.ctx, x.kind)
	if err != nil {
		return 0, nil, err
	}
	if len(gs) == 0 {
		return 0, nil, errors.New("switchboard: the authority has no generation")
	}
	pick := len(gs) - 1
	var ca *x509.Certificate
	for i, g := range gs {
		cert, err := x509.ParseCertificate(g.Certificate)
		if err != nil {
			return 0, nil, err
		}
		switch {
		case x.list:
			if parts := strings.Split(x.path, "/"); len(parts) > 3 && parts[3] == strconv.Itoa(g.Number) {
				return g.Number, cert, nil
			}
		case x.answer != nil && x.answer.Responses[0].ID.IssuedBy(cert):
			return g.Number, cert, nil
		}
		if i == pick {
			ca = cert
		}
	}
	return gs[pick].Number, ca, nil
}

// relist signs a list anew with other dates.
func (x *exchange) relist(this, next time.Duration) error {
	list, err := jpki.ParseCRL(x.body)
	if err != nil {
		return nil // no list: a refusal, which stays
	}
	number, ca, err := x.generation()
	if err != nil {
		return err
	}
	profile, err := jpki.NewProfile(x.Settings, x.kind, ca)
	if err != nil {
		return err
	}
	now := x.Clock.Now().UTC().Truncate(time.Second)
	r := jpki.CRLRequest{Number: list.Number(), ThisUpdate: now.Add(this), NextUpdate: now.Add(next), Entries: list.Entries()}
	for i := range r.Entries {
		if r.Entries[i].At.After(r.ThisUpdate) {
			r.Entries[i].At = r.ThisUpdate
		}
	}
	if parts := strings.Split(x.path, "/"); len(parts) > 4 {
		place, ok := x.Places.Place(mynumber.MunicipalityCode(parts[4]), mynumber.DateOf(now))
		if !ok {
			return nil
		}
		r.Place = &place
	}
	signer, err := x.Authority.CRLSigner(x.ctx, x.kind, number)
	if err != nil {
		return err
	}
	x.body, err = jpki.CreateCRL(profile, r, signer)
	return err
}

// expiredCertificate is a responder certificate for the responder's own key whose
// life ended with the day on which its CA's began. It is made once a process; no record
// is kept of it, since it was never valid while anybody could use it.
func (x *exchange) expiredCertificate(ca *x509.Certificate, key crypto.Signer) (*x509.Certificate, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c := x.expired[string(ca.Raw)]; c != nil && jpki.SameKey(c.PublicKey, key.Public()) {
		return c, nil
	}
	ends := mynumber.DateOf(ca.NotBefore).EndOfDay()
	if !ends.Add(time.Second).Before(x.Clock.Now()) {
		return nil, TooYoung.New()
	}
	number, _, err := x.generation()
	if err != nil {
		return nil, err
	}
	profile, err := jpki.NewProfile(x.Settings, x.kind, ca)
	if err != nil {
		return nil, err
	}
	signer, err := x.Authority.CRLSigner(x.ctx, x.kind, number)
	if err != nil {
		return nil, err
	}
	raw, err := entropy.Bytes(x.Entropy.Stream("validation.switchboard"), 16)
	if err != nil {
		return nil, err
	}
	raw[0] = raw[0]&0x3f | 0x40
	c, err := jpki.IssueResponder(jpki.ResponderRequest{Serial: new(big.Int).SetBytes(raw), PublicKey: key.Public(), NotBefore: ca.NotBefore,
		NotAfter: ends, CommonName: "Expired OCSP Responder"}, profile, signer)
	if err != nil {
		return nil, err
	}
	x.expired[string(ca.Raw)] = c
	return c, nil
}

// forger claims one key and signs with another.
type forger struct {
	claimed crypto.PublicKey
	key     crypto.Signer
}

// Public implements crypto.Signer.
func (f forger) Public() crypto.PublicKey { return f.claimed }

// Sign implements crypto.Signer.
func (f forger) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	return f.key.Sign(r, digest, o)
}

// falseKey makes a throwaway key of the same sort.
func falseKey(like crypto.PublicKey) (crypto.Signer, error) {
	switch k := like.(type) {
	case *ecdsa.PublicKey:
		return ecdsa.GenerateKey(k.Curve, rand.Reader)
	case *rsa.PublicKey:
		return rsa.GenerateKey(rand.Reader, max(k.N.BitLen(), 2048))
	}
	return nil, errors.New("switchboard: no false key of this sort")
}
