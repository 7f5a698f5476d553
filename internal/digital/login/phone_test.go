package login

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/jpki"
	"kado/mynumber"
)

// oneGeneration is an authority of which nothing but its generation is asked.
type oneGeneration struct {
	authority.Authority
	ca *x509.Certificate
}

func (o oneGeneration) Generations(context.Context, jpki.Kind) ([]authority.Generation, error) {
	return []authority.Generation{{Kind: jpki.Authentication, Number: 1, Certificate: o.ca.Raw, StartsAt: o.ca.NotBefore, EndsAt: o.ca.NotAfter}}, nil
}

// TestCRT67_PhonesWhereTheyAreAllowed: a phone's certificate proves its holder as
// a card's does, unless the card itself is asked for.
func TestCRT67_PhonesWhereTheyAreAllowed(t *testing.T) {
	s := jpki.DefaultSettings()
	start := time.Date(2026, 4, 1, 0, 0, 0, 0, mynumber.JST)
	caKey, holder := p384Key(t), p384Key(t)
	ca, err := jpki.NewCACertificate(s, jpki.AuthorityRequest{Kind: jpki.Authentication, Serial: big.NewInt(7), NotBefore: start}, caKey)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := jpki.NewProfile(s, jpki.Authentication, ca)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []jpki.Medium{jpki.Card, jpki.Phone} {
		cert, err := jpki.Issue(jpki.Request{Serial: big.NewInt(100 + int64(m)), PublicKey: holder.Public(), NotBefore: start, Medium: m,
			NotAfter: mynumber.Date{Year: 2031, Month: time.April, Day: 1}.EndOfDay(), Place: jpki.Place{Prefecture: "Tokyo-to", Municipality: "Kiyose-shi", Code: "13221"},
			CommonName: jpki.AuthenticationCommonName("997794E9AGCIEG", "13221", "003A")}, profile, caKey)
		if err != nil {
			t.Fatal(err)
		}
		for _, cardsOnly := range []bool{false, true} {
			tr := &trust{authority: oneGeneration{ca: ca}, settings: s, cardsOnly: cardsOnly}
			_, n, err := tr.verify(context.Background(), cert, start.AddDate(0, 1, 0))
			refused := errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongPolicy})
			if refused != (cardsOnly && m == jpki.Phone) || !refused && (err != nil || n != 1) {
				t.Errorf("%s, cards only %t: %v", m, cardsOnly, err)
			}
		}
	}
}

func p384Key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
