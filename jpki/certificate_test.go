package jpki_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/lint"
	"kado/mynumber"
)

// ids returns the ids of the extensions, an exclamation mark before critical ones.
func ids(c *x509.Certificate) string {
	var out []string
	for _, e := range c.Extensions {
		s := e.Id.String()
		if e.Critical {
			s = "!" + s
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestCRT10_CACertificateOctets(t *testing.T) {
	h := testpki.Default()
	for _, c := range []struct {
		ca   *x509.Certificate
		unit string
	}{{h.SignatureCA, "JPKI for digital signature"}, {h.AuthCA, "JPKI for user authentication"}} {
		if got, want := ids(c.ca), "!2.5.29.15 2.5.29.17 !2.5.29.19 2.5.29.31 2.5.29.14"; got != want {
			t.Errorf("extensions %s, want %s", got, want)
		}
		// C PrintableString, O, OU, OU UTF8String, built here by hand.
		rdn := func(attr byte, tag byte, v string) string {
			atv := append([]byte{0x06, 0x03, 0x55, 0x04, attr, tag, byte(len(v))}, v...)
			seq := append([]byte{0x30, byte(len(atv))}, atv...)
			return string(append([]byte{0x31, byte(len(seq))}, seq...))
		}
		body := rdn(6, 0x13, "JP") + rdn(10, 0x0c, "JPKI-TEST") + rdn(11, 0x0c, c.unit) +
			rdn(11, 0x0c, "Japan Agency for Local Authority Information Systems")
		want := append([]byte{0x30, 0x81, byte(len(body))}, body...)
		if !bytes.Equal(c.ca.RawSubject, want) || !bytes.Equal(c.ca.RawIssuer, want) {
			t.Errorf("subject %x, want %x", c.ca.RawSubject, want)
		}
		if got := hex.EncodeToString(c.ca.Extensions[0].Value); got != "03020106" {
			t.Errorf("key usage %s", got)
		}
		if got := hex.EncodeToString(c.ca.Extensions[2].Value); got != "30030101ff" {
			t.Errorf("basic constraints %s", got)
		}
		// CRLDP: its own name under 30 30 A0 A0 A4.
		if !bytes.HasSuffix(c.ca.Extensions[3].Value, want) {
			t.Error("the distribution point is not the CA's own name")
		}
		sum := sha1.Sum(x509.MarshalPKCS1PublicKey(c.ca.PublicKey.(*rsa.PublicKey)))
		if !bytes.Equal(c.ca.SubjectKeyId, sum[:]) {
			t.Error("the subject key identifier is not the SHA-1 of the key")
		}
		if err := c.ca.CheckSignatureFrom(c.ca); err != nil {
			t.Error(err)
		}
		if err := lint.Run(c.ca.Raw, lint.Expectation{Shape: lint.AuthorityShape}); err != nil {
			t.Error(err)
		}
	}
}

func TestR16_CAGenerationLivesTenYears(t *testing.T) {
	// The three real signature CA generations (chapter 8.2, grade A).
	for start, end := range map[string]string{
		"2015-10-20T02:40:28Z": "2025-10-19T14:59:59Z",
		"2019-09-14T23:41:56Z": "2029-09-14T14:59:59Z",
		"2023-07-16T00:50:27Z": "2033-07-15T14:59:59Z",
		"2024-02-29T00:00:00Z": "2034-02-28T14:59:59Z",
	} {
		from, _ := time.Parse(time.RFC3339, start)
		if got := jpki.AuthorityNotAfter(from).Format(time.RFC3339); got != end {
			t.Errorf("from %s to %s, want %s", start, got, end)
		}
	}
}

func TestR16_GenerationsShareOneName(t *testing.T) {
	h := testpki.Default()
	if !bytes.Equal(h.SignatureCA.RawSubject, h.OldSignatureCA.RawSubject) {
		t.Error("the generations differ in name")
	}
	if bytes.Equal(h.SignatureCA.RawSubject, h.AuthCA.RawSubject) {
		t.Error("the two CAs share a name")
	}
}

func TestR50_NothingCarriesTheRealNamesByDefault(t *testing.T) {
	h := testpki.Default()
	for _, c := range []*x509.Certificate{h.SignatureCA, h.AuthCA, h.IssueSignature(t, 1), h.IssueAuthentication(t, 2)} {
		if bytes.Contains(c.Raw, []byte("\x0c\x04JPKI")) || bytes.Contains(c.Raw, []byte("\x0c\x21公的個人認証サービス")) || bytes.Contains(c.Raw, []byte("jpki.go.jp")) {
			t.Error("a real name stands in a certificate")
		}
	}
}

func TestCRT03_SignatureCertificateOctets(t *testing.T) {
	h := testpki.Default()
	c := h.IssueSignature(t, 0x067C6A22)
	if got, want := ids(c), "!2.5.29.15 2.5.29.17 !2.5.29.32 2.5.29.18 2.5.29.31 1.3.6.1.5.5.7.1.1 2.5.29.35 2.5.29.14"; got != want {
		t.Errorf("extensions %s, want %s", got, want)
	}
	if got := hex.EncodeToString(c.Extensions[0].Value); got != "030206c0" {
		t.Errorf("key usage %s", got)
	}
	if !bytes.Equal(c.RawIssuer, h.SignatureCA.RawSubject) {
		t.Error("the issuer is not the CA's subject octet for octet")
	}
	// The six entries in order, each otherName [0] { OID, [0] { UTF8String } }.
	want := [][2]string{
		{"1.2.392.200149.8.5.5.1", "試験　花子"}, {"1.2.392.200149.8.5.5.4", "319800217"},
		{"1.2.392.200149.8.5.5.3", "2"}, {"1.2.392.200149.8.5.5.5", "東京都清瀬市中里５丁目８４２番地"},
		{"1.2.392.200149.8.5.5.2", "00000"}, {"1.2.392.200149.8.5.5.6", "0000000000000000"},
	}
	var names []asn1.RawValue
	if rest, err := asn1.Unmarshal(c.Extensions[1].Value, &names); err != nil || len(rest) > 0 || len(names) != 6 {
		t.Fatalf("subjectAltName: %v, %d entries", err, len(names))
	}
	for i, n := range names {
		var oid asn1.ObjectIdentifier
		var inner, text asn1.RawValue
		rest, err := asn1.Unmarshal(n.Bytes, &oid)
		if err == nil {
			rest, err = asn1.Unmarshal(rest, &inner)
		}
		if err == nil && len(rest) == 0 {
			rest, err = asn1.Unmarshal(inner.Bytes, &text)
		}
		if err != nil || len(rest) > 0 || n.Tag != 0 || n.Class != 2 || inner.Tag != 0 || inner.Class != 2 || text.Tag != asn1.TagUTF8String {
			t.Errorf("entry %d is not otherName with UTF8String: %v", i, err)
		}
		if oid.String() != want[i][0] || string(text.Bytes) != want[i][1] {
			t.Errorf("entry %d is %s %q, want %v", i, oid, text.Bytes, want[i])
		}
	}
	p, err := jpki.ParsePersonal(c)
	if err != nil || p != jpki.PersonalOf(testpki.Attributes) {
		t.Errorf("read back %v, %v", p, err)
	}
}

func TestCRT04_AuthenticationCertificateHasNoPersonalData(t *testing.T) {
	h := testpki.Default()
	c := h.IssueAuthentication(t, 77)
	if got, want := ids(c), "!2.5.29.15 !2.5.29.32 2.5.29.18 2.5.29.31 1.3.6.1.5.5.7.1.1 2.5.29.35 2.5.29.14"; got != want {
		t.Errorf("extensions %s, want %s", got, want)
	}
	if got := c.Subject.String(); got != "CN=997794E9AGCIEG13221003A,C=JP" {
		t.Errorf("subject %s", got)
	}
	if got := hex.EncodeToString(c.Extensions[0].Value); got != "03020780" {
		t.Errorf("key usage %s", got)
	}
	if _, err := jpki.ParsePersonal(c); !errors.Is(err, jpki.ErrNoPersonalData) {
		t.Errorf("ParsePersonal: %v", err)
	}
	r := testpki.AuthenticationRequest(78)
	p := jpki.PersonalOf(testpki.Attributes)
	r.Personal = &p
	if _, err := jpki.Prepare(r, h.AuthProfile); err == nil {
		t.Error("personal data was taken for an authentication certificate")
	}
}

func TestSettings_OpenPointsChangeTheCertificate(t *testing.T) {
	s := jpki.DefaultSettings()
	s.AuthorityKeyID = jpki.KeyIDWithIssuerSerial
	s.Signature.OCSPURL = ""
	s.Signature.ExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 4}}
	s.CommonName = jpki.CommonNameFree
	h := testpki.New(t, s)
	r := testpki.SignatureRequest(5)
	r.CommonName = "A-1"
	c := testpki.Must(t)(jpki.Issue(r, h.Signature, testpki.Key(testpki.SignatureCAKey)))
	if got, want := ids(c), "!2.5.29.15 2.5.29.17 !2.5.29.32 2.5.29.37 2.5.29.18 2.5.29.31 2.5.29.35 2.5.29.14"; got != want {
		t.Errorf("extensions %s, want %s", got, want)
	}
	if !bytes.Contains(c.Extensions[6].Value, h.SignatureCA.RawIssuer) || !bytes.HasSuffix(c.Extensions[6].Value, []byte{0x82, 4, 0x06, 0x7C, 0x6A, 0x21}) {
		t.Errorf("authority key identifier %x", c.Extensions[6].Value)
	}
	if _, err := h.Pool.Verify(c, jpki.Signature, testpki.Now); err != nil {
		t.Error(err)
	}
	s.AuthorityKeyID = jpki.WithoutAuthorityKeyID
	h = testpki.New(t, s)
	r.NotBefore = testpki.Issued
	for _, g := range []struct {
		p   *jpki.Profile
		key int
		end time.Time
	}{{h.Signature, testpki.SignatureCAKey, testpki.Ends}, {h.OldSignature, testpki.OldSignatureCAKey, h.OldSignatureCA.NotAfter}} {
		r.NotAfter = g.end
		c := testpki.Must(t)(jpki.Issue(r, g.p, testpki.Key(g.key)))
		if strings.Contains(ids(c), "2.5.29.35") {
			t.Error("an authority key identifier stands in the certificate")
		}
		// Without an identifier the signatures are tried.
		chain, err := h.Pool.Verify(c, jpki.Signature, testpki.Now)
		if err != nil || !chain.Authority.Equal(g.p.CA()) {
			t.Errorf("verify: %v", err)
		}
	}
}

func TestSettings_ImpossibleOnesAreRefused(t *testing.T) {
	for name, change := range map[string]func(s *jpki.Settings){
		"no organization": func(s *jpki.Settings) { s.Organization = "" },
		"same unit":       func(s *jpki.Settings) { s.Signature.Unit = s.Authentication.Unit },
		"long name":       func(s *jpki.Settings) { s.Agency = strings.Repeat("x", 65) },
		"CPS":             func(s *jpki.Settings) { s.CPS = "ftp://x/" },
		"CPS letters":     func(s *jpki.Settings) { s.CPS = "http://例/" },
		"OCSP":            func(s *jpki.Settings) { s.Signature.OCSPURL = "ocsp" },
		"no policy":       func(s *jpki.Settings) { s.Signature.CardPolicy = nil },
		"bad policy":      func(s *jpki.Settings) { s.Signature.CardPolicy = asn1.ObjectIdentifier{9, 9} },
		"one policy":      func(s *jpki.Settings) { s.Signature.CardPolicy = s.Authentication.PhonePolicy },
		"AKI":             func(s *jpki.Settings) { s.AuthorityKeyID = 9 },
		"CN":              func(s *jpki.Settings) { s.CommonName = 9 },
		"usage":           func(s *jpki.Settings) { s.Signature.ExtKeyUsage = []asn1.ObjectIdentifier{{}} },
	} {
		s := jpki.DefaultSettings()
		change(&s)
		if s.Validate() == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPrepare_RefusesWhatTheProfileRules(t *testing.T) {
	h := testpki.Default()
	day := func(y int, m time.Month, d int) time.Time { return mynumber.Date{Year: y, Month: m, Day: d}.EndOfDay() }
	for name, change := range map[string]func(r *jpki.Request){
		"serial zero":         func(r *jpki.Request) { r.Serial = big.NewInt(0) },
		"serial negative":     func(r *jpki.Request) { r.Serial = big.NewInt(-5) },
		"serial missing":      func(r *jpki.Request) { r.Serial = nil },
		"serial of 21 octets": func(r *jpki.Request) { r.Serial = new(big.Int).Lsh(big.NewInt(1), 159) },
		"no key":              func(r *jpki.Request) { r.PublicKey = nil },
		"short key": func(r *jpki.Request) {
			r.PublicKey = &rsa.PublicKey{N: new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 2047), big.NewInt(1)), E: 65537}
		},
		"exponent 3":            func(r *jpki.Request) { r.PublicKey = &rsa.PublicKey{N: testpki.Key(testpki.HolderKey).N, E: 3} },
		"the CA's key":          func(r *jpki.Request) { r.PublicKey = h.SignatureCA.PublicKey },
		"ends in the afternoon": func(r *jpki.Request) { r.NotAfter = r.NotAfter.Add(-time.Hour) },
		"ends a second later":   func(r *jpki.Request) { r.NotAfter = r.NotAfter.Add(time.Second) },
		"fraction of a second":  func(r *jpki.Request) { r.NotBefore = r.NotBefore.Add(time.Millisecond) },
		"R16 outlives its CA":   func(r *jpki.Request) { r.NotAfter = day(2033, 7, 16) },
		"older than its CA":     func(r *jpki.Request) { r.NotBefore = h.SignatureCA.NotBefore.Add(-time.Second) },
		"backwards":             func(r *jpki.Request) { r.NotAfter = day(2025, 10, 26) },
		"no personal data":      func(r *jpki.Request) { r.Personal = nil },
		"bad personal data":     func(r *jpki.Request) { r.Personal.NameMap = "0" },
		"place":                 func(r *jpki.Request) { r.Place.Prefecture = "東京都" },
		"place code":            func(r *jpki.Request) { r.Place.Code = "132217" },
		"common name":           func(r *jpki.Request) { r.CommonName = "20251027130509132210" },
		"CN of another place":   func(r *jpki.Request) { r.CommonName = jpki.SignatureCommonName(testpki.Issued, "13101", "003A") },
		"CN without time":       func(r *jpki.Request) { r.CommonName = "997794E9AGCIEG13221003A" },
		"medium":                func(r *jpki.Request) { r.Medium = 7 },
	} {
		r := testpki.SignatureRequest(9)
		change(&r)
		if _, err := jpki.Prepare(r, h.Signature); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	r := testpki.SignatureRequest(9)
	r.NotAfter = h.SignatureCA.NotAfter // the very end of the CA is still inside
	if _, err := jpki.Prepare(r, h.Signature); err != nil {
		t.Error(err)
	}
}

func TestIssue_PreparedIsRedeemedOnce(t *testing.T) {
	h := testpki.Default()
	key := testpki.Key(testpki.SignatureCAKey)
	p, err := jpki.Prepare(testpki.SignatureRequest(10), h.Signature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Issue(key); !errors.Is(err, jpki.ErrNotLinted) {
		t.Errorf("before lint: %v", err)
	}
	linted, err := p.Lint()
	if err != nil {
		t.Fatal(err)
	}
	if linted.CheckSignatureFrom(h.SignatureCA) == nil {
		t.Fatal("the linted copy carries the CA's signature")
	}
	if _, err := p.Issue(testpki.Key(testpki.StrangerKey)); !errors.Is(err, jpki.ErrWrongSigner) {
		t.Errorf("stranger: %v", err)
	}
	var wg sync.WaitGroup
	issued := make(chan *x509.Certificate, 8)
	for range 8 {
		wg.Go(func() {
			c, err := p.Issue(key)
			if err == nil {
				issued <- c
			} else if !errors.Is(err, jpki.ErrRedeemed) {
				t.Errorf("second: %v", err)
			}
		})
	}
	wg.Wait()
	close(issued)
	if len(issued) != 1 {
		t.Fatalf("issued %d times", len(issued))
	}
	if c := <-issued; !bytes.Equal(c.RawTBSCertificate, linted.RawTBSCertificate) || c.CheckSignatureFrom(h.SignatureCA) != nil {
		t.Error("the issued certificate is not the linted one under the CA's signature")
	}
}

func TestIssue_ResponderCertificate(t *testing.T) {
	c := testpki.Default().IssueResponder(t, 11)
	if got, want := ids(c), "!2.5.29.15 2.5.29.37 1.3.6.1.5.5.7.48.1.5 2.5.29.35 2.5.29.14"; got != want {
		t.Errorf("extensions %s, want %s", got, want)
	}
	if _, err := testpki.Default().Pool.Verify(c, jpki.Signature, testpki.Now); !errors.Is(err, &jpki.VerifyError{Cause: jpki.WrongPolicy}) {
		t.Errorf("a responder passes for a holder: %v", err)
	}
}

// TestOpenSSL_ReadsTheCertificates holds string types and validity against an
// independent decoder.
func TestOpenSSL_ReadsTheCertificates(t *testing.T) {
	openssl := testpki.OpenSSL(t)
	h := testpki.Default()
	write := func(name string, c *x509.Certificate) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ca, cert := write("ca.pem", h.SignatureCA), write("cert.pem", h.IssueSignature(t, 12))
	run := func(args ...string) string {
		out, err := exec.Command(openssl, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("openssl %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	text := run("x509", "-in", cert, "-noout", "-text", "-nameopt", "RFC2253,show_type,-esc_msb,utf8")
	for _, want := range []string{
		"Issuer: OU=UTF8STRING:Japan Agency for Local Authority Information Systems,OU=UTF8STRING:JPKI for digital signature,O=UTF8STRING:JPKI-TEST,C=PRINTABLESTRING:JP",
		"Subject: CN=UTF8STRING:2025102713050913221003A,L=UTF8STRING:Kiyose-shi,L=UTF8STRING:Tokyo-to,C=PRINTABLESTRING:JP",
		"Not After : Feb 17 14:59:59 2030 GMT", "Digital Signature, Non Repudiation",
		"Policy: 1.2.392.200149.8.5.1.0.20", "CPS: http://www.jpki.test/cps.html", "OCSP - URI:http://ocsp.jpki.test/signature",
		"othername: 1.2.392.200149.8.5.5.1::試験　花子", "CN = Kiyose-shi CRLDP",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("openssl x509 -text lacks %q:\n%s", want, text)
		}
	}
	parsed := run("asn1parse", "-in", cert)
	for _, want := range []string{"PRINTABLESTRING   :JP", "UTF8STRING        :JPKI-TEST", "UTF8STRING        :Kiyose-shi"} {
		if !strings.Contains(parsed, want) {
			t.Errorf("asn1parse lacks %q", want)
		}
	}
	stamp := "1775012400" // 2026-04-01
	run("verify", "-x509_strict", "-attime", stamp, "-CAfile", ca, cert)
	if out, err := exec.Command(openssl, "verify", "-attime", stamp, "-CAfile", write("other.pem", h.AuthCA), cert).CombinedOutput(); err == nil {
		t.Errorf("openssl accepts the other CA: %s", out)
	}
}
