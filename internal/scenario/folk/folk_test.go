package folk_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kado/internal/agency/authority"
	"kado/internal/digital/login"
	"kado/internal/platform/clock"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/scenario/folk"
	"kado/internal/server"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
	"kado/reader"
)

var ctx = context.Background()

// now is a Monday, so that yesterday's town hall was closed.
var now = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

var cheap = keystore.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func begin(dir string, past time.Duration) (*server.Sandbox, error) {
	return server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir, Default: now, Past: past, Municipality: "13221", NewRun: true, Cost: cheap})
}

// shared is the one world of this package's tests: everybody is in it.
var shared struct {
	once sync.Once
	box  *server.Sandbox
	folk *folk.Folk
	shop login.Party
	done []int
	err  error
}

func world(t *testing.T) {
	t.Helper()
	s := &shared
	s.once.Do(func() {
		if s.box, s.err = begin("", folk.Past); s.err != nil {
			return
		}
		elapsed := clock.Elapsed()
		s.folk, s.err = folk.Open(ctx, s.box, folk.Options{Now: now, Progress: func(done, total int) { s.done = []int{done, total} }})
		if s.err != nil {
			return
		}
		t.Logf("%d people in %s", len(s.folk.All), elapsed().Round(time.Millisecond))
		s.shop, s.err = s.box.House.Login.Register(ctx, journal.Actor{Kind: journal.System, ID: "test"}, "店", "https://shop.example")
	})
	if s.err != nil {
		t.Fatal(s.err)
	}
}

// suite closes the shared world before leaks are looked for.
type suite struct{ m *testing.M }

func (s suite) Run() int {
	if os.Getenv(childFolder) != "" {
		os.Exit(child())
	}
	code := s.m.Run()
	if dir, err := keysDir(); err == nil {
		if err := os.RemoveAll(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = max(code, 1)
		}
	}
	if shared.box != nil {
		if err := shared.box.Close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return max(code, 1)
		}
	}
	return code
}

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(suite{m}, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}

// onReader puts a persona's card on a reader.
func onReader(t *testing.T, box *server.Sandbox, p folk.Persona, f func(reader.Transport)) {
	t.Helper()
	c, err := box.Shelf.Take(p.Card)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	f(c.Transport())
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code()
}

// logIn is a login by challenge with a persona's card.
func logIn(t *testing.T, box *server.Sandbox, shop string, p folk.Persona) (in login.Login, err error) {
	t.Helper()
	c, err := box.House.Login.Begin(ctx, shop)
	if err != nil {
		t.Fatal(err)
	}
	var r login.Response
	onReader(t, box, p, func(on reader.Transport) {
		r.Challenge = c.ID
		r.Certificate, r.Signature, err = folk.SignOnCard(on, reader.AuthenticationKey, mynumber.NewSecret(p.PINs.Authentication), c.Message)
	})
	if err != nil {
		return in, err
	}
	return box.House.Login.Finish(ctx, r)
}

// sign signs with a persona's card and judges the signature as a relying party
// does: by the certificate's validity and by OCSP.
func sign(t *testing.T, box *server.Sandbox, p folk.Persona) error {
	t.Helper()
	message := []byte("申込書")
	var der, sig []byte
	var err error
	onReader(t, box, p, func(on reader.Transport) {
		der, sig, err = folk.SignOnCard(on, reader.SignatureKey, mynumber.NewSecret(p.PINs.Signature), message)
	})
	if err != nil {
		return err
	}
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a, err := jpki.AlgorithmOf(cert.PublicKey)
	if err == nil {
		err = jpki.VerifyDigest(cert.PublicKey, a.Digest(message), sig)
	}
	if err != nil {
		t.Fatal(err)
	}
	if at := box.Clock.Now(); at.After(cert.NotAfter) || at.Before(cert.NotBefore) {
		return login.OutsideValidity.New()
	}
	return status(t, box, cert)
}

// status asks by OCSP.
func status(t *testing.T, box *server.Sandbox, cert *x509.Certificate) error {
	t.Helper()
	generations, err := box.House.Authority.Generations(ctx, jpki.Signature)
	if err != nil {
		t.Fatal(err)
	}
	var ca *x509.Certificate
	for _, g := range generations {
		if c, err := x509.ParseCertificate(g.Certificate); err == nil && bytes.Equal(c.SubjectKeyId, cert.AuthorityKeyId) {
			ca = c
		}
	}
	if ca == nil {
		t.Fatal("no CA of the certificate")
	}
	id, err := ocsp.NewCertID(crypto.SHA1, ca, cert.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	body, err := (&ocsp.Request{IDs: []ocsp.CertID{id}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.Post(box.BaseURL()+"/ocsp/signature", "application/ocsp-request", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close() // read whole
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	_, err = ocsp.Check(answer, ocsp.Query{ID: id, Authority: ca}, box.Clock.Now())
	var st *jpki.StatusError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &st):
		t.Fatal(err)
	case st.Status == jpki.OnHold:
		return login.Suspended.New()
	case st.Status == jpki.Revoked:
		return login.Revoked.New()
	}
	return login.StatusUnknown.New()
}

// A few people are made in a world that began at the same moment, without those
// of long ago; a second opening makes nobody twice, and the rest.
func TestP20_MadeOnce(t *testing.T) {
	dir := t.TempDir()
	box, err := begin(filepath.Join(dir, "w"), 0)
	if err != nil {
		t.Fatal(err)
	}
	open := func(only ...string) *folk.Folk {
		t.Helper()
		f, err := folk.Open(ctx, box, folk.Options{Now: now, Only: only})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := open("adult", "renewed")
	if len(f.All) != 1 || f.All[0].ID != "adult" || !slices.Equal(f.Missing, []string{"renewed"}) {
		t.Fatalf("%+v", f)
	}
	shop, err := box.House.Login.Register(ctx, journal.Actor{Kind: journal.System, ID: "test"}, "店", "https://shop.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := logIn(t, box, shop.ID, f.All[0]); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(filepath.Join(box.Dir(), "folk.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Error("folk.json is for its owner alone", info, err)
	}
	at := box.Clock.Now()
	again := open("adult")
	if !slices.Equal(again.All, f.All) || !box.Clock.Now().Equal(at) {
		t.Error("the second opening did something")
	}
	if _, err := folk.Open(ctx, box, folk.Options{Now: now, Only: []string{"nobody"}}); !folk.NoPersona.Is(err) {
		t.Error(err)
	}
	// Cut off before the end: whoever was begun is completed, never made twice.
	cut, stop := context.WithCancel(ctx)
	_, err = folk.Open(cut, box, folk.Options{Now: now, Only: []string{"child", "woman"}, Progress: func(done, _ int) {
		if done == 1 {
			stop()
		}
	}})
	if err == nil {
		t.Fatal("was not cut off")
	}
	f = open("woman", "child", "infant")
	var got []string
	for _, p := range f.All {
		got = append(got, p.ID)
	}
	if !slices.Equal(got, []string{"adult", "woman", "child", "infant"}) || len(f.Missing) > 0 {
		t.Errorf("%q, missing %q", got, f.Missing)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
}

// Each login and each signature ends exactly as the list of people says.
func TestCRT57_EachPersonaIsAsDescribed(t *testing.T) {
	world(t)
	box, f := shared.box, shared.folk
	if len(f.Missing) > 0 || len(f.All) != len(folk.IDs()) || len(f.All) < 31 {
		t.Errorf("%d people, missing %q", len(f.All), f.Missing)
	}
	if d := shared.done; len(d) != 2 || d[0] != d[1] {
		t.Errorf("progress ended at %v", d)
	}
	subs := map[string]string{}
	for _, p := range f.All {
		t.Run(p.ID, func(t *testing.T) {
			in, err := logIn(t, box, shared.shop.ID, p)
			if code(err) != p.Refusal {
				t.Errorf("login: %v, not %s", err, p.Refusal)
			}
			if err == nil {
				if other := subs[in.Pairwise]; other != "" {
					t.Errorf("has the id of %s", other)
				}
				subs[in.Pairwise] = p.ID
			}
			if err := sign(t, box, p); code(err) != p.Signing {
				t.Errorf("signature: %v, not %s", err, p.Signing)
			}
			if p.Title.JA == "" || p.About.EN == "" || p.Name == "" || p.Owner == "" {
				t.Errorf("%+v", p)
			}
			if got, err := f.ByID(p.ID); err != nil || got != p {
				t.Error(err)
			}
			if got, ok := f.Of(p.Card); !ok || got.ID != p.ID {
				t.Error("not found by card")
			}
			if phone, has := f.Phone(p.ID); has != p.Phone || has && strings.Contains(fmt.Sprintf("%v %+v %#v", phone, phone, phone), "[") {
				t.Error("a phone that is not there, or one that shows its keys")
			} else if has {
				usePhone(t, box, shared.shop.ID, phone)
			}
			if p.ID == "renewed" || p.ID == "reissued" {
				certs, err := box.House.Authority.OfPerson(ctx, p.Owner)
				linked := slices.ContainsFunc(certs, func(c authority.Certificate) bool { return c.Kind == jpki.Authentication && c.Previous != "" })
				if err != nil || !linked {
					t.Error("the new certificate does not lead to the old one")
				}
			}
			phones, err := box.House.Authority.PhonesOf(ctx, p.Owner)
			if err != nil || (len(phones) == 1 && phones[0].State == authority.PhoneInUse) != p.Phone {
				t.Errorf("phones %v, %v", phones, err)
			}
		})
	}
}

// What is on each card is what the register says, but for those who have not had
// it rewritten.
func TestLIF34_CardsSayWhatTheRegisterSays(t *testing.T) {
	world(t)
	roots, err := shared.box.House.Production.Root(ctx)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(roots.Text)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range shared.folk.All {
		if p.PINs.Text == "" {
			continue
		}
		person, err := shared.box.House.Registry.Person(ctx, p.Owner)
		if err != nil {
			t.Fatal(err)
		}
		onReader(t, shared.box, p, func(on reader.Transport) {
			text, err := reader.New(on).Text()
			if err == nil {
				err = text.VerifyPIN(mynumber.NewSecret(p.PINs.Text))
			}
			if err != nil {
				t.Fatal(p.ID, err)
			}
			got, err := text.Attributes(key.(*rsa.PublicKey))
			if err != nil {
				t.Fatal(p.ID, err)
			}
			if same := got == person.Attributes; same == (p.ID == "moved-yesterday") {
				t.Errorf("%s: the card says %+v", p.ID, got)
			}
			if p.Name != got.Name {
				t.Errorf("%s: listed as %s", p.ID, p.Name)
			}
		})
	}
}

// The house is sound after all that.
func TestMakingLeavesASoundHouse(t *testing.T) {
	world(t)
	report, err := shared.box.House.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	plastic, err := shared.box.House.CheckShelf(ctx, shared.box.Shelf)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(report.Findings, plastic...) {
		t.Error(f)
	}
}

// usePhone logs in with a phone's certificate and signs with it.
func usePhone(t *testing.T, box *server.Sandbox, shop string, phone folk.Phone) {
	t.Helper()
	c, err := box.House.Login.Begin(ctx, shop)
	if err != nil {
		t.Fatal(err)
	}
	r := login.Response{Challenge: c.ID}
	if r.Certificate, r.Signature, err = phone.SignText(jpki.Authentication, c.Message); err != nil {
		t.Fatal(err)
	}
	if _, err := box.House.Login.Finish(ctx, r); err != nil {
		t.Errorf("login by phone: %v", err)
	}
	text := []byte("申込書")
	der, signature, err := phone.SignText(jpki.Signature, text)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := jpki.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	a, err := jpki.AlgorithmOf(cert.PublicKey)
	if err == nil {
		err = jpki.VerifyDigest(cert.PublicKey, a.Digest(text), signature)
	}
	if err != nil {
		t.Errorf("signature by phone: %v", err)
	}
	if err := status(t, box, cert); err != nil {
		t.Errorf("the phone's signature certificate: %v", err)
	}
	digest := a.Hash().New()
	digest.Write(text)
	if _, _, err := phone.SignDigest(jpki.Signature, a.Hash(), digest.Sum(nil)); err != nil {
		t.Errorf("signature over a digest by phone: %v", err)
	}
	if _, _, err := phone.SignDigest(jpki.Signature, crypto.SHA1, make([]byte, 20)); !folk.OtherDigest.Is(err) {
		t.Errorf("a digest of another length: %v", err)
	}
}
