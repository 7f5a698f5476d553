package login_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/digital/login"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/jpki/ocsp"
	"kado/mynumber"
)

// From the challenge to the id, on both engines; the journal tells the holder.
// Shows: CRT-02, CRT-16, CRT-56, P-42
func TestLogin_WholeFlow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		r := newRoom(t, open())
		cert := r.Issue(t, validationtest.Order{Person: "per_7"})
		c := r.begin(t, r.shop)
		s, err := login.ParseStatement(c.Message)
		if err != nil || s.Party != r.shop.ID || s.Origin != "https://shop.example" || s.Purpose != "login" ||
			!s.NotAfter.Equal(r.Clock.Now().Add(login.ChallengeLife)) || !s.NotAfter.Equal(c.ExpiresAt) || len(c.Message) > login.MaxMessage {
			t.Fatalf("%+v, %v", s, err)
		}
		l, err := r.Finish(context.Background(), answer(t, c, cert))
		if err != nil || l.Party != r.shop.ID || len(l.Pairwise) != 30 || !strings.HasPrefix(l.Pairwise, "sub_") || !l.At.Equal(r.Clock.Now()) {
			t.Fatalf("%+v, %v", l, err)
		}
		if again := r.mustLogin(t, r.shop, cert); again != l.Pairwise {
			t.Error("another id at the second login")
		}
		es := r.journalOf(t, "per_7")
		if len(es) != 2 || es[0].Act != login.ActLoggedIn || es[0].Outcome != journal.Done || es[0].Actor.ID != r.shop.ID || es[0].Details["party"] != r.shop.ID {
			t.Errorf("journal %+v", es)
		}
		if found, err := r.Check(context.Background()); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// Every refusal by its own number, each on purpose; it uses the challenge up, is
// told to the holder where the certificate is the authority's own, and says
// nothing that a relying party must not know.
// Shows: CRT-56, CRT-57, CRT-04, P-15, P-51, R-41
func TestCRT57_EachRefusalHasItsNumber(t *testing.T) {
	sameCard := func(r *room, change func(*cards.Card)) { r.Card("card-of-per_1", change) }
	for name, c := range map[string]struct {
		want   *fault.Kind
		order  validationtest.Order
		change func(t *testing.T, r *room, cert *x509.Certificate, a *login.Response)
		silent bool // nobody is known to tell
	}{
		"no such challenge": {want: login.NoChallenge, silent: true, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) { a.Challenge = "chl_none" }},
		"late": {want: login.NoChallenge, silent: true, change: func(t *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.advance(t, login.ChallengeLife+time.Millisecond)
		}},
		"signature cut off":      {want: login.BadSignature, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) { a.Signature = a.Signature[1:] }},
		"no signature":           {want: login.BadSignature, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) { a.Signature = nil }},
		"one bit of a signature": {want: login.BadSignature, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) { a.Signature[100] ^= 1 }},
		"another key": {want: login.BadSignature, change: func(t *testing.T, r *room, _ *x509.Certificate, a *login.Response) {
			a.Signature = sign(t, validationtest.Key(validationtest.StrangerKey), r.begin(t, r.shop).Message)
		}},
		"no certificate": {want: login.WrongCertificate, silent: true, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) { a.Certificate = nil }},
		"octets behind": {want: login.WrongCertificate, silent: true, change: func(_ *testing.T, _ *room, c *x509.Certificate, a *login.Response) {
			a.Certificate = append(bytes.Clone(c.Raw), 0)
		}},
		"huge": {want: login.WrongCertificate, silent: true, change: func(_ *testing.T, _ *room, _ *x509.Certificate, a *login.Response) {
			a.Certificate = make([]byte, 1<<20)
		}},
		"a signature certificate": {want: login.WrongCertificate, order: validationtest.Order{Kind: jpki.Signature}, silent: true},
		"forged content": {want: login.WrongCertificate, silent: true, change: func(_ *testing.T, _ *room, c *x509.Certificate, a *login.Response) {
			a.Certificate = bytes.Replace(c.Raw, []byte("003A"), []byte("003B"), 1)
		}},
		"the authority's own": {want: login.WrongCertificate, silent: true, change: func(_ *testing.T, r *room, _ *x509.Certificate, a *login.Response) {
			a.Certificate = r.CA(jpki.Authentication, 2).Raw
		}},
		"expired": {want: login.OutsideValidity, order: validationtest.Order{NotAfter: mynumber.DateOf(validationtest.Start).EndOfDay()},
			change: func(t *testing.T, r *room, c *x509.Certificate, a *login.Response) {
				if err := r.Clock.Set(c.NotAfter.Add(time.Second)); err != nil {
					t.Fatal(err)
				}
				*a = answer(t, r.begin(t, r.shop), c)
			}},
		"card suspended": {want: login.Suspended, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			sameCard(r, func(c *cards.Card) { c.State, c.SuspendedAt = cards.Suspended, r.Clock.Now() })
		}},
		"suspended, and the status interface is down": {want: login.Suspended, silent: true, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			sameCard(r, func(c *cards.Card) { c.State, c.SuspendedAt = cards.Suspended, r.Clock.Now() })
			r.desk.status = func() (validation.Status, error) { return validation.Status{}, validationtest.ErrDown }
		}},
		"card lost": {want: login.Revoked, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.ended("card-of-per_1", cards.EndLoss)
		}},
		"revoked": {want: login.Revoked, change: func(_ *testing.T, r *room, cert *x509.Certificate, _ *login.Response) {
			r.Certificate(serial(cert), func(c *authority.Certificate) {
				c.State, c.Reason, c.EndedAt = authority.Revoked, mynumber.Superseded, r.Clock.Now()
			})
		}},
		"without a record": {want: login.StatusUnknown, silent: true, change: func(_ *testing.T, r *room, cert *x509.Certificate, _ *login.Response) { r.Forget(serial(cert)) }},
		"not delivered": {want: login.NotYetValid, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			sameCard(r, func(c *cards.Card) { c.State = cards.Held })
		}},
		"not switched on": {want: login.NotYetValid, order: validationtest.Order{State: authority.Issued}},
		"status tells otherwise than OCSP": {want: login.Revoked, silent: true, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.desk.status = func() (validation.Status, error) { return validation.Status{Verdict: validation.Revoked}, nil }
		}},
		"status without a verdict": {want: login.NoStatus, silent: true, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.desk.status = func() (validation.Status, error) { return validation.Status{}, nil }
		}},
		"status interface down at the first login": {want: login.NoStatus, silent: true, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.desk.status = func() (validation.Status, error) { return validation.Status{}, validationtest.ErrDown }
		}},
		"linkage down at the first login": {want: login.NoStatus, change: func(_ *testing.T, r *room, _ *x509.Certificate, _ *login.Response) {
			r.desk.linkage = func() (validation.Ref, error) { return validation.Ref{}, validationtest.ErrDown }
		}},
	} {
		for way, open := range map[string]func(testing.TB) *room{"ocsp": small, "inside": inside} {
			t.Run(name+"/"+way, func(t *testing.T) {
				r := open(t)
				cert := r.Issue(t, c.order)
				a := answer(t, r.begin(t, r.shop), cert)
				if c.change != nil {
					c.change(t, r, cert, &a)
				}
				l, err := r.Finish(context.Background(), a)
				if !c.want.Is(err) || l != (login.Login{}) {
					t.Fatalf("%+v, %v; want %s", l, err, c.want.Code())
				}
				what, why, cure := fault.Of(err).In("ja")
				for _, secret := range []string{serial(cert), cert.SerialNumber.String(), "per_1"} {
					if strings.Contains(what+why+cure, secret) {
						t.Errorf("the refusal tells %s", secret)
					}
				}
				es := r.journalOf(t, "per_1")
				if c.silent == (len(es) == 1) || !c.silent && (es[0].Act != login.ActRefused || es[0].Outcome != journal.Refused || es[0].Details["fault"] != c.want.Code()) {
					t.Errorf("the holder's journal: %+v", es)
				}
				// A right answer to the same challenge comes too late.
				r.desk.status, r.desk.linkage = nil, nil
				if _, err := r.Finish(context.Background(), a); !login.NoChallenge.Is(err) {
					t.Errorf("the same challenge again: %v", err)
				}
				if found, err := r.Check(context.Background()); err != nil || len(found) > 0 {
					t.Errorf("check: %v, %v", found, err)
				}
			})
		}
	}
}

// Without a usable answer about the status nobody is let in, however the answer
// fails to come.
// Shows: CRT-56
func TestCRT56_NoAnswerIsARefusal(t *testing.T) {
	r := small(t)
	cert := r.Issue(t, validationtest.Order{})
	r.mustLogin(t, r.shop, cert) // known from here on
	real := r.validation.Handler()
	recorded := func(w http.ResponseWriter, q *http.Request) []byte {
		rec := &recorder{header: http.Header{}}
		real.ServeHTTP(rec, q)
		return rec.body.Bytes()
	}
	send := func(w http.ResponseWriter, code int, media string, body []byte) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(code)
		_, _ = w.Write(body)
	}
	const media = "application/ocsp-response"
	var old []byte
	for _, c := range []struct {
		name string
		wire http.HandlerFunc
	}{
		{"HTTP 500", func(w http.ResponseWriter, q *http.Request) { send(w, 500, media, recorded(w, q)) }},
		{"another media type", func(w http.ResponseWriter, q *http.Request) { send(w, 200, "text/html", recorded(w, q)) }},
		{"empty", func(w http.ResponseWriter, _ *http.Request) { send(w, 200, media, nil) }},
		{"endless", func(w http.ResponseWriter, _ *http.Request) {
			send(w, 200, media, make([]byte, ocsp.MaxResponseSize+10))
		}},
		{"tryLater", func(w http.ResponseWriter, _ *http.Request) { send(w, 200, media, ocsp.ErrorResponse(ocsp.TryLater)) }},
		{"one bit", func(w http.ResponseWriter, q *http.Request) {
			body := recorded(w, q)
			body[len(body)/2] ^= 1
			send(w, 200, media, body)
		}},
		{"kept for the next", func(w http.ResponseWriter, q *http.Request) { old = recorded(w, q); send(w, 500, media, nil) }},
		{"an old answer", func(w http.ResponseWriter, _ *http.Request) { send(w, 200, media, old) }},
		{"sent elsewhere", func(w http.ResponseWriter, q *http.Request) {
			if q.URL.RawQuery != "" {
				real.ServeHTTP(w, q) // a good answer, from a place that nobody configured
				return
			}
			http.Redirect(w, q, "/ocsp/authentication?elsewhere", http.StatusTemporaryRedirect)
		}},
		{"hung up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{"records down", func(w http.ResponseWriter, q *http.Request) {
			r.Down = true
			defer func() { r.Down = false }()
			real.ServeHTTP(w, q)
		}},
	} {
		r.wire.Store(c.wire)
		if l, err := r.login(t, r.shop, cert); !login.NoStatus.Is(err) {
			t.Errorf("%s: %+v, %v", c.name, l, err)
		}
	}
	r.wire.Store(http.HandlerFunc(nil))
	r.responder.Close()
	if l, err := r.login(t, r.shop, cert); !login.NoStatus.Is(err) {
		t.Errorf("nobody listens: %+v, %v", l, err)
	}
	if es := r.journalOf(t, "per_1"); len(es) != 13 || es[0].Details["fault"] != "KADO-4209" {
		t.Errorf("%d entries", len(es))
	}
}

// A responder that never answers is given up after the client's time-out.
// Shows: CRT-56
func TestCRT56_TimeOut(t *testing.T) {
	r := small(t)
	cert := r.Issue(t, validationtest.Order{})
	release := make(chan struct{})
	r.wire.Store(http.HandlerFunc(func(_ http.ResponseWriter, q *http.Request) {
		select {
		case <-release:
		case <-q.Context().Done():
		}
	}))
	client := r.responder.Client()
	impatient := &http.Client{Transport: client.Transport, Timeout: 50 * time.Millisecond}
	office := r.with(t, impatient)
	c, err := office.Begin(context.Background(), r.shop.ID)
	if err != nil {
		t.Fatal(err)
	}
	_, err = office.Finish(context.Background(), answer(t, c, cert))
	close(release)
	if !login.NoStatus.Is(err) {
		t.Error(err)
	}
}

// A proof serves one site once: not twice, not for another challenge, not through
// another party, not for another purpose.
// Shows: P-42
func TestP42_AProofServesOneSiteOnce(t *testing.T) {
	ctx, r := context.Background(), small(t)
	cert := r.Issue(t, validationtest.Order{})
	phisher := r.register(t, "似た店", "https://sh0p.example")
	proof := answer(t, r.begin(t, r.shop), cert)
	if _, err := r.Finish(ctx, proof); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Finish(ctx, proof); !login.NoChallenge.Is(err) {
		t.Errorf("replayed: %v", err)
	}
	// The holder signs what the phisher's page shows; the phisher wants to come in
	// at the shop, and the other way round.
	for name, c := range map[string]struct{ signed, used login.Party }{"to the shop": {phisher, r.shop}, "from the shop": {r.shop, phisher}, "next challenge": {r.shop, r.shop}} {
		signed, used := r.begin(t, c.signed), r.begin(t, c.used)
		relayed := answer(t, signed, cert)
		relayed.Challenge = used.ID
		if _, err := r.Finish(ctx, relayed); !login.BadSignature.Is(err) {
			t.Errorf("relayed %s: %v", name, err)
		}
	}
	// A login that the phisher began counts at the phisher, under the phisher's id.
	if l, err := r.login(t, phisher, cert); err != nil || l.Party != phisher.ID {
		t.Errorf("%+v, %v", l, err)
	}
	// Each line of the message is bound.
	for _, line := range []string{"kado-login/2", "party: " + phisher.ID, "origin: https://sh0p.example", "purpose: signing", "not-after: 2099-01-01T00:00:00Z"} {
		c := r.begin(t, r.shop)
		name, _, _ := strings.Cut(line, ":")
		lines := strings.Split(string(c.Message), "\n")
		changed := false
		for i, l := range lines {
			if strings.HasPrefix(l, name+":") || strings.HasPrefix(line, "kado-") && i == 0 {
				lines[i], changed = line, true
			}
		}
		if !changed {
			t.Fatal(line)
		}
		a := answer(t, c, cert)
		a.Signature = sign(t, validationtest.Key(validationtest.HolderKey), []byte(strings.Join(lines, "\n")))
		if _, err := r.Finish(ctx, a); !login.BadSignature.Is(err) {
			t.Errorf("signed %q: %v", line, err)
		}
	}
}

// Of many answers to one challenge at once one counts.
// Shows: P-42
func TestP42_OneAnswerOfManyCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		r := newRoom(t, open())
		cert := r.Issue(t, validationtest.Order{})
		r.mustLogin(t, r.shop, cert)
		proof := answer(t, r.begin(t, r.shop), cert)
		var wait sync.WaitGroup
		outcomes := make(chan error, 8)
		for range cap(outcomes) {
			wait.Add(1)
			go func() {
				defer wait.Done()
				_, err := r.Finish(context.Background(), proof)
				outcomes <- err
			}()
		}
		wait.Wait()
		close(outcomes)
		done := 0
		for err := range outcomes {
			switch {
			case err == nil:
				done++
			case !login.NoChallenge.Is(err):
				t.Error(err)
			}
		}
		if done != 1 {
			t.Errorf("%d of 8 counted", done)
		}
	})
}

// When the house itself fails, nothing is decided and the challenge can be
// answered again.
func TestFinish_FailureOfTheHouseDecidesNothing(t *testing.T) {
	ctx, r := context.Background(), small(t)
	cert := r.Issue(t, validationtest.Order{})
	proof := answer(t, r.begin(t, r.shop), cert)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := r.Finish(gone, proof); err == nil || login.NoStatus.Is(err) {
		t.Fatalf("with a cancelled context: %v", err)
	}
	r.Down = true // the authority does not tell its generations
	if _, err := r.Finish(ctx, proof); !errors.Is(err, validationtest.ErrDown) {
		t.Fatal(err)
	}
	r.Down = false
	if _, err := r.Finish(ctx, proof); err != nil {
		t.Errorf("the repetition: %v", err)
	}
}

// Both generations log in, also one that began while the office runs.
// Shows: CRT-10
func TestLogin_Generations(t *testing.T) {
	r := small(t)
	r.Hidden = 1
	r.mustLogin(t, r.shop, r.Issue(t, validationtest.Order{Generation: 1}))
	young := r.Issue(t, validationtest.Order{Person: "per_2"})
	if _, err := r.login(t, r.shop, young); !login.WrongCertificate.Is(err) {
		t.Fatalf("before its generation is known: %v", err)
	}
	r.Hidden = 0
	r.mustLogin(t, r.shop, young)
}

// Shows: P-51
func TestRegister(t *testing.T) {
	ctx, r := context.Background(), small(t)
	if again := r.register(t, "店", "https://shop.example"); again != r.shop {
		t.Errorf("registered twice: %+v", again)
	}
	if _, err := r.Register(ctx, operator, "別の店", "https://shop.example"); !login.OriginTaken.Is(err) {
		t.Errorf("one origin for two parties: %v", err)
	}
	if _, err := r.Begin(ctx, "rp_none"); !login.NoParty.Is(err) {
		t.Errorf("no such party: %v", err)
	}
	for i, origin := range []string{"https://a.example:8443", "http://localhost:8080", "http://127.0.0.1:1", "https://[::1]:8443", "https://xn--a-ecp.example",
		"https://" + strings.Repeat("a.", 120) + "example"} {
		r.register(t, fmt.Sprint(i), origin)
	}
	for _, origin := range []string{"", "shop.example", "https://", "https://shop.example/", "https://shop.example/x", "https://Shop.example", "HTTPS://shop.example",
		"https://shop.example:443", "http://shop.example", "http://localhost:80", "https://shop.example:", "https://shop.example:08", "https://shop.example:70000",
		"https://u@shop.example", "https://shop.example?x", "https://shop.example#", "https://店.example", "https://192.0.2.1", "https://127.0.0.01", "https://1.2",
		"https://[::0001]:8443", "https://[fe80::1%25eth0]", "ftp://shop.example", "https://shop..example", "https://-shop.example", "https://shop.example\n",
		"https://" + strings.Repeat("a", 300)} {
		if p, err := r.Register(ctx, operator, "x", origin); !login.Malformed.Is(err) {
			t.Errorf("%q: %+v, %v", origin, p, err)
		}
	}
	for _, name := range []string{"", " x", "x\n", "\xff", "a\u202eb", strings.Repeat("名", 101)} {
		if _, err := r.Register(ctx, operator, name, "https://names.example"); !login.Malformed.Is(err) {
			t.Errorf("name %q: %v", name, err)
		}
	}
}

// recorder keeps what a handler writes.
type recorder struct {
	header http.Header
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(int)             {}
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }

// Asked within the process, records that do not answer are a refusal, too.
// Shows: CRT-56
func TestCRT56_NoAnswerInside(t *testing.T) {
	r := inside(t)
	cert := r.Issue(t, validationtest.Order{})
	id := r.mustLogin(t, r.shop, cert)
	r.Down = true
	if l, err := r.login(t, r.shop, cert); !login.NoStatus.Is(err) {
		t.Errorf("%+v, %v", l, err)
	}
	r.Down = false
	if again := r.mustLogin(t, r.shop, cert); again != id {
		t.Errorf("%s, then %s", id, again)
	}
	if err := r.validation.Present(context.Background(), jpki.Authentication, 9, cert.SerialNumber); err == nil {
		t.Error("good in a generation that there is not")
	}
	if err := r.validation.Present(context.Background(), jpki.Signature, 2, cert.SerialNumber); err == nil {
		t.Error("good as a certificate of the other authority")
	}
}
