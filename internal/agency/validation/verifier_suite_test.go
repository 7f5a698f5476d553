package validation_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/mynumber"
)

const sig = jpki.Signature

// clientKey makes a key with a certificate that nobody vouches for.
func clientKey(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotBefore: validationtest.Start,
		NotAfter: validationtest.Start.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// wire is the verifiers' interface over mutual TLS on loopback.
type wire struct {
	*httptest.Server
	roots *x509.CertPool
}

func (r room) wire(t testing.TB, more ...func(*http.ServeMux)) wire {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle("/", r.VerifierHandler())
	for _, m := range more {
		m(mux)
	}
	s := httptest.NewUnstartedServer(mux)
	s.TLS = validation.VerifierTLS(&tls.Config{})
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return wire{s, roots}
}

// as is a client of the interface.
func (w wire) as(t testing.TB, certs ...tls.Certificate) *http.Client {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots, Certificates: certs}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

type refusal struct {
	Error struct {
		Code string `json:"code"`
		What struct{ JA, EN string }
	} `json:"error"`
}

// ask posts a document and reads the answer into out; it returns HTTP status and
// KADO number.
func (w wire) ask(t testing.TB, c *http.Client, path string, document, out any) (int, string) {
	t.Helper()
	raw, ok := document.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(document); err != nil {
			t.Fatal(err)
		}
	}
	answer, err := c.Post(w.URL+path, "application/json", bytes.NewReader(raw))
	answer, body := read(t, answer, err)
	if answer.StatusCode == http.StatusOK {
		if out != nil {
			if err := json.Unmarshal(body, out); err != nil {
				t.Fatal(err)
			}
		}
		return answer.StatusCode, ""
	}
	var f refusal
	if err := json.Unmarshal(body, &f); err != nil || f.Error.What.JA == "" || f.Error.What.EN == "" {
		t.Fatalf("refusal reads %s, %v", body, err)
	}
	return answer.StatusCode, f.Error.Code
}

func question2(verifier string) validation.Question {
	return validation.Question{Verifier: verifier, For: verifier, Why: "account"}
}

// live registers the holder of the world's certificates as they say.
func (r room) live(person string, change func(*mynumber.Attributes)) {
	a := mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地", BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female}
	if change != nil {
		change(&a)
	}
	r.Person(person, func(p *registry.Person) { p.Attributes = a })
}

func (r room) terms(t testing.TB) validation.Terms {
	t.Helper()
	today := mynumber.DateOf(r.Clock.Now())
	nonce := make([]byte, 16)
	if _, err := rand.Read(nonce); err != nil {
		t.Fatal(err)
	}
	return validation.Terms{Fields: []validation.Field{validation.FieldName, validation.FieldAddress}, Purpose: "届出住所の更新", From: today, To: today.AddDays(365),
		Made: r.Clock.Now().UTC().Truncate(time.Second), Nonce: hexText(nonce)}
}

func hexText(b []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(b))
	for _, c := range b {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// signed signs a consent's text as the holder of cert, or as a stranger.
func signed(t testing.TB, key int, cert *x509.Certificate, text string) []byte {
	t.Helper()
	der, err := cms.SignDetached(validationtest.Key(key), cert, []byte(text), cms.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (r room) consent(t testing.TB, q validation.Question, cert *x509.Certificate) validation.Consent {
	t.Helper()
	terms := r.terms(t)
	text, err := r.ConsentText(context.Background(), q, terms)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Consent(context.Background(), q, terms, signed(t, validationtest.HolderKey, cert, text))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// entries counts what a person's journal says of an act, done and refused.
func (r room) entries(t testing.TB, person, act string) (done, refused int) {
	t.Helper()
	err := r.db.View(context.Background(), func(tx *db.Tx) error {
		es, err := journal.OfPerson(context.Background(), tx, person, 0, 1000)
		for _, e := range es {
			switch {
			case e.Act != act:
			case e.Outcome == journal.Done:
				done++
			default:
				refused++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return done, refused
}

func b64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
