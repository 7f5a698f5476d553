package validation_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/jpki"
	"kado/mynumber"
)

func fetch(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// everywhere issues a certificate of each generation through each municipality, and
// returns the one of the newest authentication generation through Kiyose.
func (r room) everywhere(t testing.TB) (cert *x509.Certificate) {
	t.Helper()
	for i, g := range []validationtest.Order{{Kind: jpki.Signature, Generation: 1}, {Generation: 1}, {Generation: 2}} {
		for _, m := range []mynumber.MunicipalityCode{validationtest.Chuo, validationtest.Kiyose} {
			g.Municipality, g.Person = m, fmt.Sprintf("per_%d_%s", i, m)
			cert = r.Issue(t, g)
		}
	}
	return cert
}

// Every living generation gets a complete list and one for each municipality, once
// a day whoever asks how often, and at once on demand; the folder serves the same
// octets as the office, without it.
// Shows: R-41
func TestPublish_DailyOnDemandAndFromTheFolder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, openDB func() *db.DB) {
		ctx, r := context.Background(), newRoom(t, openDB())
		cert := r.everywhere(t)
		r.revoke(serial(cert), mynumber.KeyCompromise)
		dir := filepath.Join(t.TempDir(), "lists")
		order := validation.Publication{Dir: dir}
		publish := func(want int) {
			t.Helper()
			p, err := r.Publish(ctx, operator, order)
			if err != nil || p.Issued != want || p.Files != 9 {
				t.Fatalf("%+v, %v; want %d issued and 9 files", p, err, want)
			}
		}
		publish(9) // three generations, three lists each
		publish(0)
		other := open(t, openDB(), r.World) // another process, the same day
		if p, err := other.Publish(ctx, operator, order); err != nil || p.Issued != 0 {
			t.Fatalf("%+v, %v", p, err)
		}
		lists, err := validation.OpenLists(dir)
		if err != nil || lists.Len() != 9 {
			t.Fatal(lists, err)
		}
		office := r.Handler()
		same := func() {
			t.Helper()
			for _, path := range []string{"/crl/authentication/2", "/crl/authentication/1/13221", "/crl/signature/1/13102"} {
				a, b := fetch(office, path), fetch(lists, path)
				if a.Code != 200 || b.Code != 200 || !bytes.Equal(a.Body.Bytes(), b.Body.Bytes()) || a.Header().Get("ETag") != b.Header().Get("ETag") || b.Header().Get("Last-Modified") == "" {
					t.Errorf("%s: office HTTP %d %v, folder HTTP %d %v", path, a.Code, a.Header(), b.Code, b.Header())
				}
			}
		}
		same()
		crl, err := jpki.ParseCRL(fetch(lists, "/crl/authentication/2/13221").Body.Bytes())
		if err != nil || told(t, crl.Check(cert, r.CA(auth, 2), r.Clock.Now())).Reason != jpki.KeyCompromise {
			t.Errorf("the list of the folder: %v", err)
		}
		r.advance(t, 24*time.Hour-time.Second)
		publish(0)
		r.advance(t, time.Second)
		publish(9)
		same()
		order.Now = true
		publish(9)
		same()
		if got := lists.All()[0].Number; got != 3 {
			t.Errorf("number %d after three publications", got)
		}
		// The files of the publication before stay, those of the first are gone.
		if files, _ := filepath.Glob(filepath.Join(dir, "*.crl")); len(files) != 18 {
			t.Errorf("%d files", len(files))
		}
		// The first generation of the authentication authority ends.
		order.Now = false
		r.advance(t, r.CA(auth, 1).NotAfter.Sub(r.Clock.Now())+time.Second)
		if p, err := r.Publish(ctx, operator, order); err != nil || p.Issued != 6 || p.Ended != 1 || p.Files != 9 {
			t.Errorf("%+v, %v", p, err)
		}
	})
}

// Whoever reads while a publication goes on reads the old manifest to its end: a
// file is replaced, never written into.
func TestPublish_ReplacesFiles(t *testing.T) {
	ctx, r := context.Background(), small(t)
	dir := t.TempDir()
	order := validation.Publication{Dir: dir, Now: true}
	if _, err := r.Publish(ctx, operator, order); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, validation.ManifestFile)
	before, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	held, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if _, err := r.Publish(ctx, operator, order); err != nil {
		t.Fatal(err)
	}
	still, err := io.ReadAll(held)
	if after, _ := os.ReadFile(name); err != nil || !bytes.Equal(still, before) || bytes.Equal(after, before) {
		t.Errorf("the manifest was written in place: %v", err)
	}
}

// What somebody put into the folder is not served.
func TestPublish_ChangedFilesAreRefused(t *testing.T) {
	ctx, r := context.Background(), small(t)
	dir := t.TempDir()
	order := validation.Publication{Dir: dir}
	if _, err := r.Publish(ctx, operator, order); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "authentication-2-all-1.crl")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"cut off": whole[:len(whole)-1], "longer": append(bytes.Clone(whole), 0), "changed": append([]byte{0x31}, whole[1:]...)} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := validation.OpenLists(dir); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	// Publishing again puts it right, whether or not a new list is due.
	if p, err := r.Publish(ctx, operator, order); err != nil || p.Issued != 0 {
		t.Fatal(p, err)
	}
	lists, err := validation.OpenLists(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/crl/authentication/9", "/crl/authentication/2/../2", "/crl/authentication", "/crl/authentication/2/13221", "/crl//", "/", "/crl/authentication/02"} {
		if a := fetch(lists, path); a.Code != http.StatusNotFound || !strings.Contains(a.Body.String(), "KADO-4104") {
			t.Errorf("%s: HTTP %d", path, a.Code)
		}
	}
	// A leftover of a process that was killed goes with the next publication.
	left := filepath.Join(dir, ".new-123")
	if err := os.WriteFile(left, whole[:9], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Publish(ctx, operator, order); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Error("a half file stays")
	}
}

func FuzzParseManifest(f *testing.F) {
	r := small(f)
	dir := f.TempDir()
	r.everywhere(f)
	if _, err := r.Publish(context.Background(), operator, validation.Publication{Dir: dir}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, validation.ManifestFile))
	if err != nil {
		f.Fatal(err)
	}
	if m, err := validation.ParseManifest(b); err != nil || len(m.Lists) != 9 {
		f.Fatal(m, err)
	}
	f.Add(b)
	f.Add([]byte("{\n \"format\": 1,\n \"lists\": []\n}\n"))
	f.Add(bytes.Replace(b, []byte("authentication-2-all-1.crl"), []byte("../../authentication-2.crl"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := validation.ParseManifest(b)
		if err != nil {
			return
		}
		for _, l := range m.Lists {
			if strings.ContainsAny(l.File, "/\\") || !strings.HasSuffix(l.File, ".crl") || l.Size > jpki.MaxCRLSize {
				t.Fatalf("%+v", l)
			}
		}
	})
}

// BenchmarkOpenLists is the start of a server of lists: 1,741 municipalities' lists
// of 574 entries and the complete ones of ten generations, each read and checked
// against its digest.
func BenchmarkOpenLists(b *testing.B) {
	ctx, r := context.Background(), small(b)
	dir := b.TempDir()
	for i := range int64(574) {
		r.revoke(serial(r.Issue(b, validationtest.Order{Person: fmt.Sprint("per_", i)})), mynumber.Superseded)
	}
	l, err := r.IssueCRL(ctx, operator, auth, 2, "")
	if err != nil {
		b.Fatal(err)
	}
	err = r.db.Tx(ctx, func(tx *db.Tx) error {
		put := func(generation int, m string) error {
			_, err := tx.Exec(ctx, `INSERT INTO validation_list (kind, generation, municipality, number, this_update, next_update, der)
				VALUES ('authentication', $1, $2, 1, $3, $4, $5) ON CONFLICT DO NOTHING`, generation, m, l.ThisUpdate, l.NextUpdate, l.DER)
			return err
		}
		for generation := 1; generation <= 10; generation++ {
			if err := put(generation, ""); err != nil {
				return err
			}
		}
		for i := range 1741 {
			if err := put(2, fmt.Sprintf("%05d", 1000+10*i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := r.Publish(ctx, operator, validation.Publication{Dir: dir}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		lists, err := validation.OpenLists(dir)
		if err != nil || lists.Len() < 1751 {
			b.Fatal(lists.Len(), err)
		}
	}
	b.ReportMetric(float64(len(l.DER)), "octets/list")
}

// retired has the older authentication generation retired by a ceremony: its key
// signs nothing any more.
type retired struct{ authority.Authority }

func (a retired) Generations(ctx context.Context, k jpki.Kind) ([]authority.Generation, error) {
	gs, err := a.Authority.Generations(ctx, k)
	if k == jpki.Authentication && err == nil {
		gs[0].RetiredAt = validationtest.Start
	}
	return gs, err
}

func (a retired) CRLSigner(ctx context.Context, k jpki.Kind, number int) (crypto.Signer, error) {
	if k == jpki.Authentication && number == 1 {
		return nil, errors.New("retired")
	}
	return a.Authority.CRLSigner(ctx, k, number)
}

// A retired generation keeps nobody from the lists of the others.
func TestPublish_PassesOverRetiredGenerations(t *testing.T) {
	r := small(t)
	r.everywhere(t)
	r.Office = validation.New(validation.Deps{DB: r.db, Clock: r.Clock, Entropy: entropy.Seeded(t.Name()), Authority: retired{r.Authority()},
		Cards: r.Cards(), Register: r.Residents(), Settings: r.Settings, Places: r})
	p, err := r.Publish(context.Background(), operator, validation.Publication{})
	if err != nil || p.Issued != 6 || p.Ended != 1 {
		t.Errorf("%+v, %v", p, err)
	}
}
