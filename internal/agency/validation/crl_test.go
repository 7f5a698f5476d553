package validation_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// Complete lists by generation and lists by municipality, each with its own
// numbers; what is lifted is gone from the next one.
// Shows
func TestR40_ListsPerGenerationAndMunicipality(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, openDB func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, openDB())
		site := r.serve(t)
		leak := r.Issue(t, validationtest.Order{Person: "per_1"})
		held := r.Issue(t, validationtest.Order{Person: "per_2", Municipality: validationtest.Chuo})
		good := r.Issue(t, validationtest.Order{Person: "per_3"})
		old := r.Issue(t, validationtest.Order{Person: "per_4", Generation: 1})
		r.advance(t, time.Minute)
		r.revoke(serial(leak), mynumber.KeyCompromise)
		r.revoke(serial(old), mynumber.Superseded)
		r.hold(serial(held))
		at := r.Clock.Now()
		r.advance(t, time.Hour)
		if _, err := r.CRL(ctx, auth, 2, ""); !validation.NoList.Is(err) {
			t.Fatalf("before the first list: %v", err)
		}
		issue := func(generation int, m mynumber.MunicipalityCode, number int64) *jpki.CRL {
			t.Helper()
			l, err := r.IssueCRL(ctx, operator, auth, generation, m)
			if err != nil || l.Number != number || !l.ThisUpdate.Equal(r.Clock.Now()) || l.NextUpdate.Sub(l.ThisUpdate) != validation.ListInterval+validation.ListOverlap {
				t.Fatalf("list %+v, %v", l, err)
			}
			path := "/crl/authentication/" + string(rune('0'+generation))
			if m != "" {
				path += "/" + string(m)
			}
			a, der := get(t, site+path)
			if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/pkix-crl" || string(der) != string(l.DER) {
				t.Fatalf("HTTP %d %s, %d octets", a.StatusCode, a.Header.Get("Content-Type"), len(der))
			}
			c, err := jpki.ParseCRL(der)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		says := func(c *jpki.CRL, cert *x509.Certificate, generation int) jpki.StatusError {
			t.Helper()
			return told(t, c.Check(cert, r.CA(auth, generation), r.Clock.Now()))
		}
		all, kiyose, chuo := issue(2, "", 1), issue(2, validationtest.Kiyose, 1), issue(2, validationtest.Chuo, 1)
		first := issue(1, "", 1)
		if s := says(all, leak, 2); s.Status != jpki.Revoked || s.Reason != jpki.KeyCompromise || !s.At.Equal(at) {
			t.Errorf("leak: %+v", s)
		}
		if s := says(all, held, 2); s.Status != jpki.OnHold || !s.At.Equal(at) {
			t.Errorf("held: %+v", s)
		}
		if s := says(all, good, 2); s.Status != jpki.Good {
			t.Errorf("good: %+v", s)
		}
		if s := says(first, old, 1); s.Status != jpki.Revoked || first.Len() != 1 || all.Len() != 2 {
			t.Errorf("first generation: %+v, %d and %d entries", s, first.Len(), all.Len())
		}
		if kiyose.Complete() || kiyose.Len() != 1 || says(kiyose, leak, 2).Status != jpki.Revoked || says(kiyose, held, 2).Status != jpki.Unavailable {
			t.Errorf("Kiyose has %d entries", kiyose.Len())
		}
		if chuo.Len() != 1 || says(chuo, held, 2).Status != jpki.OnHold {
			t.Errorf("Chuo has %d entries", chuo.Len())
		}
		r.Certificate(serial(held), func(c *authority.Certificate) { c.State, c.HeldAt = authority.Active, time.Time{} })
		r.advance(t, time.Hour)
		if all = issue(2, "", 2); says(all, held, 2).Status != jpki.Good || all.Len() != 1 {
			t.Error("a lifted suspension is still in the list")
		}
		issue(2, validationtest.Kiyose, 2)
		// A list that has run out is removed; numbers go on.
		r.advance(t, 30*time.Hour)
		issue(2, "", 3)
		r.onlyNewest(t)
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
	})
}

// onlyNewest looks into the table: of the complete lists of generation 2 the ones
// that ran out are gone.
func (r room) onlyNewest(t testing.TB) {
	t.Helper()
	var n int
	err := r.db.View(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT COUNT(*) FROM validation_list WHERE kind = 'authentication' AND generation = 2 AND municipality = ''`).Scan(&n)
	})
	if err != nil || n != 1 {
		t.Errorf("%d lists kept, %v", n, err)
	}
}

// openssl reads a list and finds it signed by the authority.
func TestCRL_OpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed, and CI=true forbids to go on without the cross-check")
		}
		t.Skip("SKIPPED CROSS-CHECK: openssl is not installed")
	}
	ctx, r := context.Background(), small(t)
	cert := r.Issue(t, validationtest.Order{})
	r.revoke(serial(cert), mynumber.CessationOfOperation)
	l, err := r.IssueCRL(ctx, operator, auth, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	list, ca := filepath.Join(dir, "list.der"), filepath.Join(dir, "ca.pem")
	if err := errors.Join(os.WriteFile(list, l.DER, 0o600),
		os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.CA(auth, 2).Raw}), 0o600)); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(openssl, "crl", "-in", list, "-inform", "DER", "-CAfile", ca, "-noout", "-text").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "verify OK") || !strings.Contains(string(out), "Cessation Of Operation") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Several processes at once: the numbers of a scope have no gap and no double, and
// a higher number is never older. A process that dies before the commit leaves
// nothing.
func TestCRL_NumbersUnderCrashAndCompany(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, openDB func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, openDB())
		var wait sync.WaitGroup
		var mu sync.Mutex
		seen := map[int64]bool{}
		for range 3 {
			one := open(t, openDB(), r.World)
			wait.Add(1)
			go func() {
				defer wait.Done()
				for range 4 {
					l, err := one.IssueCRL(ctx, operator, auth, 2, "")
					if err != nil && !db.Busy.Is(err) {
						t.Error(err)
						return
					}
					if err == nil {
						mu.Lock()
						if seen[l.Number] {
							t.Errorf("number %d twice", l.Number)
						}
						seen[l.Number] = true
						mu.Unlock()
					}
				}
			}()
		}
		wait.Wait()
		for n := range int64(len(seen)) {
			if !seen[n+1] {
				t.Errorf("number %d is missing", n+1)
			}
		}
		// The process dies while it asks for the facts, then with the commit.
		r.Down = true
		if _, err := r.IssueCRL(ctx, operator, auth, 2, ""); !errors.Is(err, validationtest.ErrDown) {
			t.Fatal(err)
		}
		r.Down = false
		gone, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := r.IssueCRL(gone, operator, auth, 2, ""); err == nil {
			t.Fatal("a list without a commit")
		}
		l, err := r.IssueCRL(ctx, operator, auth, 2, "")
		if err != nil || l.Number != int64(len(seen))+1 {
			t.Errorf("number %d after the crash, %v; want %d", l.Number, err, len(seen)+1)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Errorf("check: %v, %v", found, err)
		}
		err = r.db.View(ctx, func(tx *db.Tx) error {
			entries, err := journal.OfActor(ctx, tx, journal.Staff, operator.ID, 0, 100)
			if len(entries) != len(seen)+1 {
				t.Errorf("%d entries in the journal for %d lists", len(entries), len(seen)+1)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// Shows: CRT-57
// A list is signed for CA operators only: the CA's key is not even asked for
// anybody else.
func TestCRL_OnlyOperators(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, openDB func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, openDB())
		r.Issue(t, validationtest.Order{Person: "per_1"})
		for _, by := range []journal.Actor{{Kind: journal.Staff, ID: "hot-1"}, {Kind: journal.Staff, ID: "nobody"}, {Kind: journal.Holder, ID: "per_1"}, {}} {
			if l, err := r.IssueCRL(ctx, by, auth, 2, ""); err == nil || l.DER != nil {
				t.Errorf("%+v: a list was issued", by)
			}
		}
		if _, err := r.CRL(ctx, auth, 2, ""); !validation.NoList.Is(err) {
			t.Errorf("a list was published: %v", err)
		}
	})
}

func TestCRL_Refusals(t *testing.T) {
	ctx, r := context.Background(), small(t)
	site := r.serve(t)
	for name, c := range map[string]struct {
		kind       jpki.Kind
		generation int
		m          mynumber.MunicipalityCode
	}{
		"no kind": {0, 1, ""}, "generation zero": {auth, 0, ""}, "no code": {auth, 1, "abc"}, "a code without a place": {auth, 1, "47999"},
	} {
		if _, err := r.IssueCRL(ctx, operator, c.kind, c.generation, c.m); !validation.Malformed.Is(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{"/crl/authentication/1", "/crl/seal/1", "/crl/authentication/01", "/crl/authentication/0", "/crl/authentication/x",
		"/crl/authentication/1/13221", "/crl/authentication/1/1322", "/crl/authentication/99999999999999999999"} {
		a, body := get(t, site+path)
		if a.StatusCode != http.StatusNotFound || !strings.Contains(string(body), "KADO-4104") || !strings.Contains(string(body), "失効リスト") {
			t.Errorf("%s: HTTP %d %s", path, a.StatusCode, body)
		}
	}
	if err := r.db.Close(); err != nil {
		t.Fatal(err)
	}
	if a, body := get(t, site+"/crl/authentication/1"); a.StatusCode < 500 || strings.Contains(string(body), "sql") {
		t.Errorf("without a database: HTTP %d %s", a.StatusCode, body)
	}
}

// Check finds what somebody changed in the table.
func TestCheck_FindsChanges(t *testing.T) {
	ctx := context.Background()
	for finding, change := range map[string]string{
		"cannot be read":                        `UPDATE validation_list SET der = x'30'`,
		"shows another number than its record":  `UPDATE validation_list SET number = 7 WHERE number = 2`,
		"shows other dates than its record":     `UPDATE validation_list SET next_update = '2099-01-01T00:00:00.000Z'`,
		"covers something else than its record": `UPDATE validation_list SET municipality = '13221'`,
		"is older than the one before it":       `UPDATE validation_list SET this_update = '2000-01-01T00:00:00.000Z' WHERE number = 2`,
		"is of a generation that does not":      `UPDATE validation_list SET generation = 9`,
		"is not signed by its generation":       `UPDATE validation_list SET generation = 1 WHERE number = 2`,
		"has a malformed record":                `UPDATE validation_verifier SET purposes = 'gossip'`,
	} {
		r := small(t)
		r.accredit(t, validation.PurposeStatus)
		for range 2 {
			if _, err := r.IssueCRL(ctx, operator, auth, 2, ""); err != nil {
				t.Fatal(err)
			}
			r.advance(t, time.Hour)
		}
		if found, err := r.Check(ctx); err != nil || len(found) > 0 {
			t.Fatalf("before: %v, %v", found, err)
		}
		err := r.db.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, change)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if found, err := r.Check(ctx); err != nil || !strings.Contains(strings.Join(found, "\n"), finding) {
			t.Errorf("%s: %v, %v", finding, found, err)
		}
	}
}

// The streamed list is, octet for octet, the one that comes out where every
// certificate is judged by itself: for random histories, complete and for a
// municipality.
// Shows
func TestR41_StreamedListIsTheSlowOne(t *testing.T) {
	ctx := context.Background()
	d := small(t).db
	slow := func(rt *rapid.T, h history, l validation.List) []byte {
		rt.Helper()
		profile, err := jpki.NewProfile(h.Settings, l.Kind, h.CA(l.Kind, l.Generation))
		if err != nil {
			rt.Fatal(err)
		}
		q := jpki.CRLRequest{Number: big.NewInt(l.Number), ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
		if l.Municipality != "" {
			place, _ := h.Place(l.Municipality, mynumber.Date{})
			q.Place = &place
		}
		for i, c := range h.certs {
			r, err := h.Authority().Certificate(ctx, auth, serial(c))
			if err != nil {
				rt.Fatal(err)
			}
			elsewhere := l.Municipality != "" && (l.Municipality == validationtest.Chuo) != (i%2 == 0)
			if elsewhere || h.Clock.Now().After(c.NotAfter) || r.State != authority.Revoked && r.State != authority.OnHold {
				continue
			}
			k, _, err := h.Read(ctx, auth, serial(c))
			if err != nil {
				rt.Fatal(err)
			}
			if k.Revoked {
				q.Entries = append(q.Entries, jpki.RevokedEntry{Serial: c.SerialNumber, At: k.At, Reason: k.Reason})
			}
		}
		key, err := h.Authority().CRLSigner(ctx, l.Kind, l.Generation)
		if err != nil {
			rt.Fatal(err)
		}
		der, err := jpki.CreateCRL(profile, q, key)
		if err != nil {
			rt.Fatal(err)
		}
		return der
	}
	rapid.Check(t, func(rt *rapid.T) {
		h := history{room: open(t, d, validationtest.New(t))}
		for i := range 10 {
			o := validationtest.Order{Person: fmt.Sprint("per_", i), Municipality: validationtest.Kiyose}
			if i%2 == 0 {
				o.Municipality = validationtest.Chuo
			}
			h.certs = append(h.certs, h.Issue(t, o))
		}
		for range rapid.IntRange(0, 30).Draw(rt, "acts") {
			h.act(rt, t)
			h.advance(t, time.Duration(rapid.IntRange(0, 90_000).Draw(rt, "seconds"))*time.Second)
		}
		for _, m := range []mynumber.MunicipalityCode{"", validationtest.Kiyose, validationtest.Chuo} {
			l, err := h.IssueCRL(ctx, operator, auth, 2, m)
			if err != nil {
				rt.Fatal(err)
			}
			if want := slow(rt, h, l); !bytes.Equal(l.DER, want) {
				rt.Fatalf("the list of %q has %d octets, the slow one %d", m, len(l.DER), len(want))
			}
		}
	})
}

// openssl verify -crl_check_all and GnuTLS's certtool hold certificates against the
// complete list: the good one is accepted, the revoked and the held one refused.
// Shows: CRT-57, R-41
func TestCRL_VerifyCRLCheckAll(t *testing.T) {
	ctx, r := context.Background(), small(t)
	good := r.Issue(t, validationtest.Order{Person: "per_1"})
	gone := r.Issue(t, validationtest.Order{Person: "per_2"})
	held := r.Issue(t, validationtest.Order{Person: "per_3"})
	r.revoke(serial(gone), mynumber.KeyCompromise)
	r.hold(serial(held))
	r.advance(t, time.Minute)
	l, err := r.IssueCRL(ctx, operator, auth, 2, "")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der ...[]byte) string {
		t.Helper()
		var b bytes.Buffer
		for _, d := range der {
			if err := pem.Encode(&b, &pem.Block{Type: kind, Bytes: d}); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca, list := write("ca.pem", "CERTIFICATE", r.CA(auth, 2).Raw), write("list.pem", "X509 CRL", l.DER)
	foreign := bytes.Clone(l.DER)
	foreign[len(foreign)-1] ^= 1 // in the signature
	broken := write("broken.pem", "X509 CRL", foreign)
	certs := map[string]string{"good": write("good.pem", "CERTIFICATE", good.Raw), "revoked": write("gone.pem", "CERTIFICATE", gone.Raw), "held": write("held.pem", "CERTIFICATE", held.Raw)}
	tool := func(t *testing.T, name, packages string) string {
		path, err := exec.LookPath(name)
		if err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is not installed, and CI=true forbids to go on without the cross-check", name)
			}
			t.Skipf("SKIPPED CROSS-CHECK: %s is not installed (apt-get install %s)", name, packages)
		}
		return path
	}
	t.Run("openssl", func(t *testing.T) {
		openssl := tool(t, "openssl", "openssl")
		// -crl_check_all asks for a list about the self-signed certificate, too, which
		// onlyContainsUserCerts excludes. A relying party who wants that keeps one of
		// its own beside; here it is an empty one by the authority's key.
		key, err := r.Authority().CRLSigner(ctx, auth, 2)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate,
			ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 28}, Critical: true, Value: []byte{0x30, 3, 0x82, 1, 0xff}}}}, r.CA(auth, 2), key)
		if err != nil {
			t.Fatal(err)
		}
		authorities := write("authorities.pem", "X509 CRL", der)
		verify := func(list, cert string) (string, error) {
			out, err := exec.Command(openssl, "verify", "-crl_check_all", "-attime", fmt.Sprint(r.Clock.Now().Unix()), "-CAfile", ca, "-CRLfile", list, "-CRLfile", authorities, cert).CombinedOutput()
			return string(out), err
		}
		if out, err := verify(list, certs["good"]); err != nil || !strings.Contains(out, ": OK") {
			t.Errorf("the good one: %v\n%s", err, out)
		}
		for _, name := range []string{"revoked", "held"} {
			if out, err := verify(list, certs[name]); err == nil || !strings.Contains(out, "certificate revoked") {
				t.Errorf("the %s one: %v\n%s", name, err, out)
			}
		}
		if out, err := verify(broken, certs["good"]); err == nil {
			t.Errorf("a list that nobody signed: %s", out)
		}
	})
	t.Run("certtool", func(t *testing.T) {
		certtool := tool(t, "certtool", "gnutls-bin")
		// It knows the machine's clock alone, by which the world's lists may be old, and
		// says so of all three; what counts is what it says beside that.
		verify := func(cert string) string {
			out, _ := exec.Command(certtool, "--verify", "--load-ca-certificate", ca, "--load-crl", list, "--infile", cert).CombinedOutput()
			_, verdict, ok := strings.Cut(string(out), "Chain verification output:")
			if !ok {
				t.Fatalf("%s", out)
			}
			return verdict
		}
		if out := verify(certs["good"]); strings.Contains(out, "revoked") {
			t.Errorf("the good one: %s", out)
		}
		for _, name := range []string{"revoked", "held"} {
			if out := verify(certs[name]); !strings.Contains(out, "revoked") {
				t.Errorf("the %s one: %s", name, out)
			}
		}
	})
}
