package corpus

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
	"kado/jpki/tsa"
	"kado/jpki/verify"
	"kado/mynumber"
)

// Instants of the corpus: two generations of each CA, a holder's certificate, and
// when documents are judged.
var (
	oldStart = time.Date(2019, 9, 15, 8, 41, 56, 0, mynumber.JST)
	caStart  = time.Date(2023, 7, 16, 9, 50, 27, 0, mynumber.JST)
	issued   = time.Date(2025, 10, 27, 13, 5, 9, 0, mynumber.JST)
	ends     = mynumber.Date{Year: 2030, Month: time.February, Day: 17}.EndOfDay()
	signedAt = time.Date(2026, 3, 2, 10, 0, 0, 0, mynumber.JST)
	now      = time.Date(2026, 4, 1, 12, 0, 0, 0, mynumber.JST)
)

const day = 24 * time.Hour

// Serial numbers.
const (
	holderSerial         = 500
	otherSerial          = 501
	twinSerial           = 502
	authenticationSerial = 600
	responderSerial      = 900
)

var (
	place    = jpki.Place{Prefecture: "Tokyo-to", Municipality: "Kiyose-shi", Code: "13221"}
	farPlace = jpki.Place{Prefecture: "Hokkaido", Municipality: "Sapporo-shi", Code: "01100"}
	content  = []byte("転入届　令和８年４月１日\r\nsecond line\n")
)

var tsaPolicy = asn1.ObjectIdentifier{1, 2, 392, 200149, 8, 99, 2}

// world is everything that cases are made from.
type world struct {
	*keyring
	settings                               jpki.Settings
	sig, old, auth, rogue                  *x509.Certificate
	sigProfile, oldProfile, authProfile    *jpki.Profile
	rogueProfile                           *jpki.Profile
	holder, other, twin, authHolder, byOld *x509.Certificate
	responder, authResponder               *x509.Certificate
	tsaCert, rogueTSACert                  *x509.Certificate
	list                                   []byte // complete and fresh
	items                                  []*item
	err                                    error
}

// item is a case with its files.
type item struct {
	Case
	files map[string][]byte
}

func (w *world) fail(err error) {
	if err != nil && w.err == nil {
		w.err = err
	}
}

// kept returns v and remembers err.
func kept[T any](w *world, v T, err error) T {
	w.fail(err)
	return v
}

func newWorld() (*world, error) {
	ring, err := newKeyring()
	if err != nil {
		return nil, err
	}
	w := &world{keyring: ring, settings: jpki.DefaultSettings()}
	ca := func(k jpki.Kind, key int, serial int64, start time.Time) (*x509.Certificate, *jpki.Profile) {
		c, err := jpki.NewCACertificate(w.settings, jpki.AuthorityRequest{Kind: k, Serial: big.NewInt(serial), NotBefore: start}, w.keys[key])
		if err != nil {
			w.fail(err)
			return nil, nil
		}
		p, err := jpki.NewProfile(w.settings, k, c)
		w.fail(err)
		return c, p
	}
	w.sig, w.sigProfile = ca(jpki.Signature, signatureCA, 0x067C6A21, caStart)
	w.old, w.oldProfile = ca(jpki.Signature, oldSignatureCA, 0x0132C4AB, oldStart)
	w.auth, w.authProfile = ca(jpki.Authentication, authenticationCA, 0x06D18006, caStart)
	w.rogue, w.rogueProfile = ca(jpki.Signature, rogueCA, 0x067C6A21, caStart)
	if w.err != nil {
		return nil, w.err
	}
	w.holder = w.issue(holderSerial, nil)
	w.other = w.issue(otherSerial, func(r *jpki.Request) { r.PublicKey = w.keys[otherKey].Public() })
	w.twin = w.issue(twinSerial, nil)
	w.byOld = w.issueBy(w.oldProfile, oldSignatureCA, holderSerial, func(r *jpki.Request) {
		r.NotBefore, r.NotAfter = oldStart.AddDate(5, 0, 0), mynumber.Date{Year: 2028, Month: time.March, Day: 3}.EndOfDay()
		r.CommonName = jpki.SignatureCommonName(r.NotBefore, place.Code, "003A")
	})
	w.authHolder = w.issueBy(w.authProfile, authenticationCA, authenticationSerial, func(r *jpki.Request) {
		r.Personal, r.CommonName = nil, jpki.AuthenticationCommonName("997794E9AGCIEG", place.Code, "003A")
	})
	responder := func(p *jpki.Profile, key int) *x509.Certificate {
		return kept2(w)(jpki.IssueResponder(jpki.ResponderRequest{Serial: big.NewInt(responderSerial), PublicKey: w.keys[responderKey].Public(),
			NotBefore: issued, NotAfter: ends, CommonName: "OCSP Responder 01"}, p, w.keys[key]))
	}
	w.responder, w.authResponder = responder(w.sigProfile, signatureCA), responder(w.authProfile, authenticationCA)
	w.tsaCert = kept2(w)(tsa.NewCertificate("TSA 1", w.keys[authorityTSA], caStart, caStart.AddDate(10, 0, 0)))
	w.rogueTSACert = kept2(w)(tsa.NewCertificate("TSA 1", w.keys[rogueTSA], caStart, caStart.AddDate(10, 0, 0)))
	w.list = w.crl(now)
	return w, w.err
}

func kept2(w *world) func(*x509.Certificate, error) *x509.Certificate {
	return func(c *x509.Certificate, err error) *x509.Certificate { return kept(w, c, err) }
}

func octets(w *world) func([]byte, error) []byte {
	return func(b []byte, err error) []byte { return kept(w, b, err) }
}

// issue makes a signature certificate of the holder's key by the present CA.
func (w *world) issue(serial int64, change func(*jpki.Request)) *x509.Certificate {
	return w.issueBy(w.sigProfile, signatureCA, serial, change)
}

func (w *world) issueBy(p *jpki.Profile, ca int, serial int64, change func(*jpki.Request)) *x509.Certificate {
	personal := jpki.PersonalOf(mynumber.Attributes{Name: "試験　花子", Address: "東京都清瀬市中里５丁目８４２番地",
		BirthDate: mynumber.Date{Year: 1980, Month: time.February, Day: 17}, Sex: mynumber.Female})
	r := jpki.Request{Serial: big.NewInt(serial), PublicKey: w.keys[holderKey].Public(), NotBefore: issued, NotAfter: ends,
		Place: place, CommonName: jpki.SignatureCommonName(issued, place.Code, "003A"), Personal: &personal}
	if change != nil {
		change(&r)
	}
	return kept2(w)(jpki.Issue(r, p, w.keys[ca]))
}

// forge changes the holder's certificate and signs it again with the CA's key.
func (w *world) forge(change func(*body)) []byte {
	return w.forgeBy(w.holder, w.keys[signatureCA], change)
}

func (w *world) forgeBy(from *x509.Certificate, key *rsa.PrivateKey, change func(*body)) []byte {
	b, err := open(from)
	if err != nil {
		w.fail(err)
		return nil
	}
	change(b)
	return b.sign(key)
}

func (w *world) parsed(der []byte) *x509.Certificate { return kept2(w)(x509.ParseCertificate(der)) }

// revoked is a list entry about the holder.
func revoked(reason jpki.RevocationReason, at time.Time) jpki.RevokedEntry {
	return jpki.RevokedEntry{Serial: big.NewInt(holderSerial), Reason: reason, At: at}
}

// crl is the complete list of the signature CA, for a day.
func (w *world) crl(made time.Time, entries ...jpki.RevokedEntry) []byte {
	return w.crlBy(w.sigProfile, signatureCA, nil, made, entries...)
}

func (w *world) crlBy(p *jpki.Profile, key int, at *jpki.Place, made time.Time, entries ...jpki.RevokedEntry) []byte {
	return octets(w)(jpki.CreateCRL(p, jpki.CRLRequest{Place: at, Number: big.NewInt(7), ThisUpdate: made, NextUpdate: made.Add(day), Entries: entries}, w.keys[key]))
}

// answer is an OCSP response about the holder, for an hour.
func (w *world) answer(made time.Time, change func(*ocsp.SingleResponse)) []byte {
	return w.answerBy(w.responder, w.keys[responderKey], made, change)
}

func (w *world) answerBy(cert *x509.Certificate, key crypto.Signer, made time.Time, change func(*ocsp.SingleResponse)) []byte {
	one := w.single(w.sig, crypto.SHA256, holderSerial, made)
	if change != nil {
		change(&one)
	}
	return octets(w)(ocsp.CreateResponse(ocsp.Template{ProducedAt: made, Responses: []ocsp.SingleResponse{one}}, cert, key))
}

func (w *world) single(ca *x509.Certificate, h crypto.Hash, serial int64, made time.Time) ocsp.SingleResponse {
	id, err := ocsp.NewCertID(h, ca, big.NewInt(serial))
	w.fail(err)
	return ocsp.SingleResponse{ID: id, Status: ocsp.Good, ThisUpdate: made, NextUpdate: made.Add(time.Hour)}
}

// stamp is a time-stamp of the trusted authority.
func (w *world) stamp(at time.Time) func(digest []byte) ([]byte, error) {
	return w.stampBy(w.tsaCert, authorityTSA, at)
}

func (w *world) stampBy(cert *x509.Certificate, key int, at time.Time) func([]byte) ([]byte, error) {
	return func(digest []byte) ([]byte, error) {
		a, err := tsa.New(cert, w.keys[key], tsaPolicy, func() time.Time { return at })
		if err != nil {
			return nil, err
		}
		return a.Stamp(tsa.Imprint{Hash: crypto.SHA256, Digest: digest})
	}
}

// signature is the product's own CMS signature over the content.
func (w *world) signature(cert *x509.Certificate, key int, claimed time.Time) []byte {
	return octets(w)(cms.SignDetached(w.keys[key], cert, content, cms.Options{SigningTime: claimed}))
}

// with is a plain SignedData over the content whose signer has that certificate,
// whatever it is.
func (w *world) with(cert []byte, key *rsa.PrivateKey) []byte {
	b, err := x509.ParseCertificate(cert)
	s := signer{key: key, over: content}
	c := container{raw: [][]byte{cert}}
	if err != nil { // names itself by the good one's issuer and serial number
		b = w.holder
	}
	s.cert = b
	s.names = &x509.Certificate{Raw: cert}
	c.signers = [][]byte{s.der()}
	return c.der()
}

// option changes a case.
type option func(w *world, i *item)

// add notes a case over a document.
func (w *world) add(group, name, about string, form verify.Format, document []byte, reason verify.Reason, options ...option) {
	i := &item{files: map[string][]byte{}, Case: Case{Name: name, Group: group, About: about, Form: form, At: now.UTC(), Kind: jpki.Signature.String(),
		Verdict: reason.Verdict(), Reason: reason, Document: "document." + map[verify.Format]string{verify.FormatCMS: "p7s", verify.FormatBare: "sig", verify.PDF: "pdf", verify.XML: "xml"}[form]}}
	i.files[i.Document] = document
	for _, o := range options {
		o(w, i)
	}
	if i.Trust == nil {
		trusting(w.old, w.sig, w.auth)(w, i)
	}
	if i.CRL == nil && i.OCSP == nil {
		crls(w.list)(w, i)
	}
	if len(i.CRL) == 0 {
		i.CRL = nil
	}
	w.items = append(w.items, i)
}

// cms notes a case over a detached CMS signature and the content.
func (w *world) cms(group, name, about string, document []byte, reason verify.Reason, options ...option) {
	w.add(group, name, about, verify.FormatCMS, document, reason, append([]option{beside("content.txt", content)}, options...)...)
}

func beside(name string, b []byte) option {
	return func(_ *world, i *item) { i.Content, i.files[name] = name, b }
}

func alone() option {
	return func(_ *world, i *item) { delete(i.files, i.Content); i.Content = "" }
}

func trusting(certs ...*x509.Certificate) option {
	return func(_ *world, i *item) {
		i.Trust = []string{}
		for n, c := range certs {
			name := fmt.Sprintf("ca-%d.pem", n+1)
			i.Trust, i.files[name] = append(i.Trust, name), pemOf(c)
		}
	}
}

func stampedBy(certs ...*x509.Certificate) option {
	return func(_ *world, i *item) {
		for n, c := range certs {
			name := fmt.Sprintf("tsa-%d.pem", n+1)
			i.TSA, i.files[name] = append(i.TSA, name), pemOf(c)
		}
	}
}

// crls gives lists; none at all is "crls()".
func crls(list ...[]byte) option {
	return func(_ *world, i *item) {
		i.CRL = []string{}
		for n, b := range list {
			name := fmt.Sprintf("list-%d.crl", n+1)
			i.CRL, i.files[name] = append(i.CRL, name), b
		}
	}
}

func answers(list ...[]byte) option {
	return func(_ *world, i *item) {
		for n, b := range list {
			name := fmt.Sprintf("answer-%d.ocsp", n+1)
			i.OCSP, i.files[name] = append(i.OCSP, name), b
		}
	}
}

func at(t time.Time) option     { return func(_ *world, i *item) { i.At = t.UTC() } }
func ofKind(k jpki.Kind) option { return func(_ *world, i *item) { i.Kind = k.String() } }
func unbound() option           { return func(_ *world, i *item) { i.Unbound = true } }
func pemOf(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// build makes every case.
func build() ([]*item, error) {
	w, err := newWorld()
	if err != nil {
		return nil, fmt.Errorf("corpus: %w", err)
	}
	w.certificates()
	w.revocation()
	w.containers()
	w.bare()
	w.stamps()
	w.pdf()
	w.xml()
	if w.err != nil {
		return nil, fmt.Errorf("corpus: %w", w.err)
	}
	seen := map[string]bool{}
	for _, i := range w.items {
		i.Name = strings.ToLower(i.Name)
		if seen[i.Name] || !caseName.MatchString(i.Name) {
			return nil, fmt.Errorf("corpus: the case name %q is malformed or comes twice", i.Name)
		}
		seen[i.Name] = true
	}
	return w.items, nil
}
