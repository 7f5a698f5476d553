package jpki

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"

	"kado/mynumber"
)

// faultySigner answers for a key and returns something else than its signature.
type faultySigner struct {
	crypto.Signer
	sign func() ([]byte, error)
}

func (s faultySigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return s.sign() }

func TestIssue_SpentWhenTheSignerFails(t *testing.T) {
	key, holder := mustKey(t), mustKey(t)
	settings := DefaultSettings()
	start := time.Date(2024, 4, 1, 9, 0, 0, 0, mynumber.JST)
	ca, err := NewCACertificate(settings, AuthorityRequest{Kind: Authentication, Serial: big.NewInt(1), NotBefore: start}, key)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := NewProfile(settings, Authentication, ca)
	if err != nil {
		t.Fatal(err)
	}
	prepare := func() *Prepared {
		p, err := Prepare(Request{Serial: big.NewInt(2), PublicKey: &holder.PublicKey, NotBefore: start,
			NotAfter: mynumber.Date{Year: 2029, Month: 5, Day: 1}.EndOfDay(), CommonName: "997794E9AGCIEG13221003A",
			Place: Place{"Tokyo-to", "Kiyose-shi", "13221"}}, profile)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Lint(); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, sign := range map[string]func() ([]byte, error){
		"no answer":       func() ([]byte, error) { return nil, errors.New("token gone") },
		"wrong signature": func() ([]byte, error) { return make([]byte, 256), nil },
	} {
		p := prepare()
		if _, err := p.Issue(faultySigner{key, sign}); err == nil {
			t.Errorf("%s: issued", name)
		}
		if _, err := p.Issue(key); !errors.Is(err, ErrRedeemed) {
			t.Errorf("%s: second try: %v", name, err)
		}
	}

	// Content that changed between lint and signature is found.
	p := prepare()
	p.content.serial = big.NewInt(3)
	if _, err := p.Issue(key); !errors.Is(err, ErrNotWhatWasLinted) {
		t.Errorf("changed after the lint: %v", err)
	}

	// A broken builder is caught by the lint, and nothing can be issued.
	p = prepare()
	p.linted = nil
	p.content.extensions[0] = keyUsageExtension(usageSignature)
	if _, err := p.Lint(); err == nil || !strings.Contains(err.Error(), "key_usage") {
		t.Errorf("lint of a broken certificate: %v", err)
	}
	if _, err := p.Issue(key); !errors.Is(err, ErrNotLinted) {
		t.Errorf("issued although the lint failed: %v", err)
	}
}

func mustKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, MinKeyBits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
