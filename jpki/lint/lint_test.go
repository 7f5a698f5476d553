package lint_test

import (
	"bytes"
	"crypto/elliptic"
	"crypto/sha1"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kado/jpki/lint"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

var update = flag.Bool("update", false, "write the fixtures in testdata anew")

// The fixtures are written here octet by octet, with none of the code that builds
// real certificates. Nothing is signed: the rules do not look at signatures.

type attr struct {
	oid   string
	tag   cbasn1.Tag
	value string
}

type ext struct {
	oid      string
	critical bool
	value    []byte
}

type fixture struct {
	shape           lint.Shape
	version         int
	serial          []byte
	inner, outer    string
	issuer, subject []attr
	joined          bool // all of the subject in one RDN
	from, to        time.Time
	generalized     bool
	bits            int
	exponent        int64
	keyAlgorithm    string
	bare            bool   // algorithm of the signature without parameters, as ECDSA has it
	curve           string // of an elliptic key; empty for RSA
	point           []byte
	uniqueID        bool
	extensions      []ext
	expectation     lint.Expectation
}

func seq(tag cbasn1.Tag, parts ...[]byte) []byte {
	var b cryptobyte.Builder
	b.AddASN1(tag, func(b *cryptobyte.Builder) {
		for _, p := range parts {
			b.AddBytes(p)
		}
	})
	return b.BytesOrPanic()
}

func oid(s string) []byte {
	var out asn1.ObjectIdentifier
	for _, part := range strings.Split(s, ".") {
		n, _ := new(big.Int).SetString(part, 10)
		out = append(out, int(n.Int64()))
	}
	der, err := asn1.Marshal(out)
	if err != nil {
		panic(err)
	}
	return der
}

func str(tag cbasn1.Tag, s string) []byte { return seq(tag, []byte(s)) }

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }
func implicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific() }

const (
	s  = cbasn1.SEQUENCE
	u8 = cbasn1.UTF8String
	ps = cbasn1.PrintableString
)

func name(attrs []attr, joined bool) []byte {
	var rdns, all []byte
	for _, a := range attrs {
		pair := seq(s, oid(a.oid), str(a.tag, a.value))
		rdns = append(rdns, seq(cbasn1.SET, pair)...)
		all = append(all, pair...)
	}
	if joined {
		rdns = seq(cbasn1.SET, all)
	}
	return seq(s, rdns)
}

func directory(attrs ...attr) []byte { return seq(explicit(4), name(attrs, false)) }

func algorithm(id string) []byte { return seq(s, oid(id), []byte{5, 0}) }

// signed is the AlgorithmIdentifier of the signature.
func (f *fixture) signed(id string) []byte {
	if f.bare {
		return seq(s, oid(id))
	}
	return algorithm(id)
}

func (f *fixture) keyInfo() []byte {
	if f.curve != "" {
		return seq(s, oid(f.keyAlgorithm), oid(f.curve))
	}
	return algorithm(f.keyAlgorithm)
}

func (f *fixture) key() []byte {
	if f.curve != "" {
		return f.point
	}
	n := new(big.Int).Lsh(big.NewInt(1), uint(f.bits-1))
	n.Add(n, big.NewInt(12345))
	var b cryptobyte.Builder
	b.AddASN1(s, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(n)
		b.AddASN1Int64(f.exponent)
	})
	return b.BytesOrPanic()
}

func (f *fixture) time(t time.Time) []byte {
	if f.generalized {
		return str(cbasn1.GeneralizedTime, t.UTC().Format("20060102150405Z"))
	}
	return str(cbasn1.UTCTime, t.UTC().Format("060102150405Z"))
}

func (f *fixture) der() []byte {
	var exts []byte
	for _, e := range f.extensions {
		parts := [][]byte{oid(e.oid)}
		if e.critical {
			parts = append(parts, []byte{1, 1, 0xff})
		}
		if e.oid == "2.5.29.14" && e.value == nil {
			sum := sha1.Sum(f.key())
			e.value = append([]byte{4, 20}, sum[:]...)
		}
		exts = append(exts, seq(s, append(parts, seq(cbasn1.OCTET_STRING, e.value))...)...)
	}
	unique := []byte{}
	if f.uniqueID {
		unique = seq(implicit(1), []byte{0, 1})
	}
	tbs := seq(s,
		seq(explicit(0), []byte{2, 1, byte(f.version - 1)}),
		seq(cbasn1.INTEGER, f.serial), f.signed(f.inner), name(f.issuer, false),
		seq(s, f.time(f.from), f.time(f.to)), name(f.subject, f.joined),
		seq(s, f.keyInfo(), seq(cbasn1.BIT_STRING, []byte{0}, f.key())), unique,
		seq(explicit(3), seq(s, exts)))
	return seq(s, tbs, f.signed(f.outer), seq(cbasn1.BIT_STRING, make([]byte, 257)))
}

var (
	jp       = attr{"2.5.4.6", ps, "JP"}
	org      = attr{"2.5.4.10", u8, "JPKI-TEST"}
	caName   = []attr{jp, org, {"2.5.4.11", u8, "JPKI for digital signature"}, {"2.5.4.11", u8, "Agency"}}
	caKeyID  = bytes.Repeat([]byte{0xCA}, 20)
	keyUsage = "2.5.29.15"
	start    = time.Date(2025, 10, 27, 4, 5, 9, 0, time.UTC)
	end      = time.Date(2030, 2, 17, 14, 59, 59, 0, time.UTC)
	policyID = "1.2.392.200149.8.5.1.0.20"
)

func policies(id, cps string, tag cbasn1.Tag) []byte {
	return seq(s, seq(s, oid(id), seq(s, seq(s, oid("1.3.6.1.5.5.7.2.1"), str(tag, cps)))))
}

func points(general []byte) []byte {
	return seq(s, seq(s, seq(explicit(0), seq(explicit(0), general))))
}

func crldp(cn string) []byte {
	return points(directory(jp, org, attr{"2.5.4.11", u8, "JPKI for digital signature"},
		attr{"2.5.4.11", u8, "CRL Distribution Points"}, attr{"2.5.4.11", u8, "Tokyo-to"}, attr{"2.5.4.3", u8, cn}))
}

type personal [6][2]string

var hanako = personal{{"1", "試験　花子"}, {"4", "319800217"}, {"3", "2"}, {"5", "東京都清瀬市"}, {"2", "00000"}, {"6", "000100"}}

func (p personal) with(i int, value string) personal { p[i][1] = value; return p }

func (p personal) san(tag cbasn1.Tag) []byte {
	var out []byte
	for _, e := range p {
		out = append(out, seq(explicit(0), oid("1.2.392.200149.8.5.5."+e[0]), seq(explicit(0), str(tag, e[1])))...)
	}
	return seq(s, out)
}

func good(shape lint.Shape) *fixture {
	f := &fixture{
		shape: shape, version: 3, serial: []byte{6, 0x7C, 0x6A, 0x22}, inner: "1.2.840.113549.1.1.11", outer: "1.2.840.113549.1.1.11",
		issuer: caName, from: start, to: end, bits: 2048, exponent: 65537, keyAlgorithm: "1.2.840.113549.1.1.1",
		expectation: lint.Expectation{Shape: shape, IssuerSubject: name(caName, false), IssuerKeyID: caKeyID,
			IssuerNotBefore: start.AddDate(-1, 0, 0), IssuerNotAfter: end.AddDate(1, 0, 0), Policy: policyID, WantsAuthorityKey: true},
	}
	aki := ext{"2.5.29.35", false, seq(s, seq(implicit(0), caKeyID))}
	ski := ext{"2.5.29.14", false, nil}
	tail := []ext{
		{"2.5.29.32", true, policies(policyID, "http://www.jpki.test/cps.html", cbasn1.IA5String)},
		{"2.5.29.18", false, seq(s, directory(jp, attr{"2.5.4.10", u8, "試験用"}))},
		{"2.5.29.31", false, crldp("Kiyose-shi CRLDP")},
		{"1.3.6.1.5.5.7.1.1", false, seq(s, seq(s, oid("1.3.6.1.5.5.7.48.1"), str(implicit(6), "http://ocsp.jpki.test/signature")))},
		aki, ski,
	}
	switch shape {
	case lint.AuthorityShape:
		f.subject = caName
		f.extensions = []ext{{keyUsage, true, []byte{3, 2, 1, 6}}, {"2.5.29.17", false, seq(s, directory(jp, attr{"2.5.4.10", u8, "試験用"}))},
			{"2.5.29.19", true, []byte{0x30, 3, 1, 1, 0xff}}, {"2.5.29.31", false, points(directory(caName...))}, ski}
	case lint.SignatureShape:
		f.subject = []attr{jp, {"2.5.4.7", u8, "Tokyo-to"}, {"2.5.4.7", u8, "Kiyose-shi"}, {"2.5.4.3", u8, "2025102713050913221003A"}}
		f.extensions = append([]ext{{keyUsage, true, []byte{3, 2, 6, 0xC0}}, {"2.5.29.17", false, hanako.san(u8)}}, tail...)
	case lint.AuthenticationShape:
		f.subject = []attr{jp, {"2.5.4.3", u8, "997794E9AGCIEG13221003A"}}
		f.extensions = append([]ext{{keyUsage, true, []byte{3, 2, 7, 0x80}}}, tail...)
	case lint.ResponderShape:
		f.subject = []attr{jp, org, caName[2], {"2.5.4.3", u8, "OCSP Responder 01"}}
		f.extensions = []ext{{keyUsage, true, []byte{3, 2, 7, 0x80}}, {"2.5.29.37", false, seq(s, oid("1.3.6.1.5.5.7.3.9"))},
			{"1.3.6.1.5.5.7.48.1.5", false, []byte{5, 0}}, aki, ski}
	}
	return f
}

const (
	ecdsaSHA384 = "1.2.840.10045.4.3.3"
	ecPublicKey = "1.2.840.10045.2.1"
	p384        = "1.3.132.0.34"
	p256        = "1.2.840.10045.3.1.7"
)

// basePoint is the generator of a curve, uncompressed: a key that is a point.
func basePoint(c elliptic.Curve) []byte {
	p := c.Params()
	size := (p.BitSize + 7) / 8
	return append(append([]byte{4}, p.Gx.FillBytes(make([]byte, size))...), p.Gy.FillBytes(make([]byte, size))...)
}

// next makes of a fixture the same certificate of a P-384 generation.
func (f *fixture) next() *fixture {
	f.inner, f.outer, f.bare = ecdsaSHA384, ecdsaSHA384, true
	f.keyAlgorithm, f.curve, f.point = ecPublicKey, p384, basePoint(elliptic.P384())
	f.expectation.Algorithm = lint.ECDSAP384SHA384
	return f
}

// set replaces the value of an extension; a nil value removes it.
func (f *fixture) set(id string, critical bool, value []byte) {
	for i, e := range f.extensions {
		if e.oid == id {
			if value == nil {
				f.extensions = append(f.extensions[:i:i], f.extensions[i+1:]...)
			} else {
				f.extensions[i] = ext{id, critical, value}
			}
			return
		}
	}
	panic("no extension " + id)
}

const (
	ca, sig, auth, resp = lint.AuthorityShape, lint.SignatureShape, lint.AuthenticationShape, lint.ResponderShape
	san                 = "2.5.29.17"
)

// broken has at least one fixture per rule: named after the rule, with a number
// when there are more.
var broken = map[string]struct {
	shape  lint.Shape
	change func(f *fixture)
}{
	"version":               {sig, func(f *fixture) { f.version = 2 }},
	"serial":                {sig, func(f *fixture) { f.serial = []byte{0x80} }},
	"serial.2":              {sig, func(f *fixture) { f.serial = []byte{0} }},
	"serial.3":              {sig, func(f *fixture) { f.serial = bytes.Repeat([]byte{1}, 21) }},
	"serial.4":              {sig, func(f *fixture) { f.serial = []byte{0, 1} }},
	"signature_algorithm":   {sig, func(f *fixture) { f.inner, f.outer = "1.2.840.113549.1.1.5", "1.2.840.113549.1.1.5" }},
	"signature_algorithm.2": {sig, func(f *fixture) { f.outer = "1.2.840.113549.1.1.12" }},
	"issuer_matches_ca":     {sig, func(f *fixture) { f.issuer = []attr{jp, org, caName[2], {"2.5.4.11", u8, "agency"}} }},
	"issuer_matches_ca.2":   {ca, func(f *fixture) { f.issuer = caName[:3] }},
	"name_types":            {sig, func(f *fixture) { f.subject[1].tag = ps }},
	"name_types.2":          {auth, func(f *fixture) { f.subject = []attr{{"2.5.4.6", u8, "JP"}, f.subject[1]} }},
	"name_types.3":          {auth, func(f *fixture) { f.joined = true }},
	"name_types.4":          {auth, func(f *fixture) { f.subject = []attr{{"2.5.4.6", ps, "US"}, f.subject[1]} }},
	"subject_shape":         {sig, func(f *fixture) { f.subject = []attr{f.subject[0], f.subject[1], f.subject[3]} }},
	"subject_shape.2":       {auth, func(f *fixture) { f.subject = []attr{f.subject[1], f.subject[0]} }},
	"validity_encoding":     {sig, func(f *fixture) { f.generalized = true }},
	"validity_encoding.2":   {sig, func(f *fixture) { f.from = f.to.Add(time.Second) }},
	"validity_end":          {sig, func(f *fixture) { f.to = f.to.Add(-time.Second) }},
	"validity_length":       {sig, func(f *fixture) { f.from = f.to.AddDate(-6, 0, -2); f.expectation.IssuerNotBefore = f.from }},
	"validity_length.2":     {ca, func(f *fixture) { f.from = f.to.AddDate(-10, 0, -2) }},
	"validity_inside_ca":    {sig, func(f *fixture) { f.expectation.IssuerNotAfter = f.to.Add(-time.Second) }},
	"validity_inside_ca.2":  {sig, func(f *fixture) { f.expectation.IssuerNotBefore = f.from.Add(time.Second) }},
	"key":                   {sig, func(f *fixture) { f.bits = 2047 }},
	"key.2":                 {sig, func(f *fixture) { f.exponent = 3 }},
	"key.3":                 {sig, func(f *fixture) { f.keyAlgorithm = "1.2.840.10045.2.1" }},
	"signature_algorithm.3": {sig, func(f *fixture) { f.next().bare = false }},
	"signature_algorithm.4": {sig, func(f *fixture) { f.next().inner, f.outer = "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.2" }},
	"signature_algorithm.5": {ca, func(f *fixture) { f.bare = true }},
	"key.4":                 {sig, func(f *fixture) { f.next().point[96] ^= 1 }},
	"key.5":                 {sig, func(f *fixture) { f.next().point[0] = 2 }},
	"key.6":                 {sig, func(f *fixture) { f.next().curve, f.point = p256, basePoint(elliptic.P256()) }},
	"key.7":                 {sig, func(f *fixture) { f.keyAlgorithm, f.curve, f.point = ecPublicKey, p384, basePoint(elliptic.P384()) }},
	"key.8":                 {sig, func(f *fixture) { f.next().keyAlgorithm, f.curve = "1.2.840.113549.1.1.1", "" }},
	"key.9": {resp, func(f *fixture) {
		f.keyAlgorithm, f.curve, f.point = ecPublicKey, "1.3.132.0.35", basePoint(elliptic.P521())
	}},
	"unique_id":            {sig, func(f *fixture) { f.uniqueID = true }},
	"extension_order":      {sig, func(f *fixture) { e := f.extensions; e[0], e[1] = e[1], e[0] }},
	"extension_order.2":    {auth, func(f *fixture) { f.extensions = append(f.extensions, ext{"1.2.3", false, []byte{5, 0}}) }},
	"extension_order.3":    {auth, func(f *fixture) { f.extensions = append(f.extensions, f.extensions[len(f.extensions)-1]) }},
	"extension_order.4":    {ca, func(f *fixture) { f.set(san, false, nil) }},
	"key_usage":            {sig, func(f *fixture) { f.set(keyUsage, true, []byte{3, 2, 7, 0x80}) }},
	"key_usage.2":          {auth, func(f *fixture) { f.set(keyUsage, false, []byte{3, 2, 7, 0x80}) }},
	"key_usage.3":          {ca, func(f *fixture) { f.set(keyUsage, true, []byte{3, 2, 0, 6}) }},
	"basic_constraints":    {ca, func(f *fixture) { f.set("2.5.29.19", true, []byte{0x30, 6, 1, 1, 0xff, 2, 1, 0}) }},
	"basic_constraints.2":  {ca, func(f *fixture) { f.set("2.5.29.19", false, []byte{0x30, 3, 1, 1, 0xff}) }},
	"policy":               {sig, func(f *fixture) { f.expectation.Policy = "1.2.392.200149.8.5.1.2.30" }},
	"policy.2":             {sig, func(f *fixture) { f.set("2.5.29.32", false, policies(policyID, "http://a/", cbasn1.IA5String)) }},
	"policy_qualifier":     {sig, func(f *fixture) { f.set("2.5.29.32", true, policies(policyID, "http://a/", u8)) }},
	"policy_qualifier.2":   {sig, func(f *fixture) { f.set("2.5.29.32", true, policies(policyID, "cps", cbasn1.IA5String)) }},
	"policy_qualifier.3":   {sig, func(f *fixture) { f.set("2.5.29.32", true, seq(s, seq(s, oid(policyID)))) }},
	"issuer_alt_name":      {sig, func(f *fixture) { f.set("2.5.29.18", false, seq(s, directory(jp, attr{"2.5.4.10", ps, "x"}))) }},
	"issuer_alt_name.2":    {sig, func(f *fixture) { f.set("2.5.29.18", false, seq(s, str(implicit(6), "http://a/"))) }},
	"distribution_point":   {sig, func(f *fixture) { f.set("2.5.29.31", false, points(str(implicit(6), "http://a/crl"))) }},
	"distribution_point.2": {sig, func(f *fixture) { f.set("2.5.29.31", false, crldp("Kiyose-shi")) }},
	"distribution_point.3": {ca, func(f *fixture) { f.set("2.5.29.31", false, points(directory(caName[:3]...))) }},
	"ocsp_access": {sig, func(f *fixture) {
		f.set("1.3.6.1.5.5.7.1.1", false, seq(s, seq(s, oid("1.3.6.1.5.5.7.48.2"), str(implicit(6), "http://a/"))))
	}},
	"authority_key": {sig, func(f *fixture) {
		f.set("2.5.29.35", false, seq(s, seq(implicit(0), bytes.Repeat([]byte{1}, 20))))
	}},
	"authority_key.2":   {sig, func(f *fixture) { f.set("2.5.29.35", false, nil) }},
	"subject_key":       {sig, func(f *fixture) { f.set("2.5.29.14", false, append([]byte{4, 20}, make([]byte, 20)...)) }},
	"ext_key_usage":     {resp, func(f *fixture) { f.set("2.5.29.37", false, seq(s, oid("1.3.6.1.5.5.7.3.2"))) }},
	"ext_key_usage.2":   {resp, func(f *fixture) { f.set("1.3.6.1.5.5.7.48.1.5", false, []byte{4, 0}) }},
	"ext_key_usage.3":   {sig, func(f *fixture) { f.expectation.ExtKeyUsage = []string{"1.3.6.1.5.5.7.3.2"} }},
	"criticality":       {sig, func(f *fixture) { f.set("2.5.29.31", true, crldp("Kiyose-shi CRLDP")) }},
	"personal_order":    {sig, func(f *fixture) { p := hanako; p[1], p[2] = p[2], p[1]; f.set(san, false, p.san(u8)) }},
	"personal_encoding": {sig, func(f *fixture) { f.set(san, false, hanako.san(cbasn1.Tag(30))) }},
	"personal_maps":     {sig, func(f *fixture) { f.set(san, false, hanako.with(4, "000000000000000").san(u8)) }},
	"personal_maps.2":   {sig, func(f *fixture) { f.set(san, false, hanako.with(5, "000200").san(u8)) }},
	"personal_codes":    {sig, func(f *fixture) { f.set(san, false, hanako.with(2, "9").san(u8)) }},
	"personal_codes.2":  {sig, func(f *fixture) { f.set(san, false, hanako.with(1, "419800217").san(u8)) }},
	"personal_codes.3":  {sig, func(f *fixture) { f.set(san, false, hanako.with(1, "319800230").san(u8)) }},
	"personal_codes.4": {sig, func(f *fixture) {
		f.set(san, false, hanako.with(3, strings.Repeat("東", 201)).with(5, strings.Repeat("0", 201)).san(u8))
	}},
	"personal_letters":     {sig, func(f *fixture) { f.set(san, false, hanako.with(0, "\U00020BB7田　花子").san(u8)) }},
	"personal_letters.2":   {sig, func(f *fixture) { f.set(san, false, hanako.with(0, "TEST1").san(u8)) }},
	"no_personal_data":     {auth, func(f *fixture) { f.subject = []attr{jp, {"2.5.4.3", u8, "試験　花子"}} }},
	"no_individual_number": {auth, func(f *fixture) { f.subject = []attr{jp, {"2.5.4.3", u8, "A123456789018B"}} }},
	"no_individual_number.2": {sig, func(f *fixture) {
		f.set(san, false, hanako.with(3, "東１２３４５６７８９０１８").with(5, strings.Repeat("0", 13)).san(u8))
	}},
}

func findings(t *testing.T, der []byte, e lint.Expectation) []string {
	t.Helper()
	err := lint.Run(der, e)
	if err == nil {
		return nil
	}
	var le *lint.Error
	if !errors.As(err, &le) || len(le.Findings) == 0 {
		t.Fatalf("not a lint error: %v", err)
	}
	var out []string
	for _, f := range le.Findings {
		if f.Clause == "" || f.Detail == "" || !strings.Contains(err.Error(), f.Rule) {
			t.Errorf("finding without clause, detail or name: %+v", f)
		}
		out = append(out, f.Rule)
	}
	return out
}

func TestGoodCertificatesPass(t *testing.T) {
	for _, shape := range []lint.Shape{ca, sig, auth, resp} {
		f := good(shape)
		if got := findings(t, f.der(), f.expectation); got != nil {
			t.Errorf("shape %d: %v", shape, got)
		}
		if f := good(shape).next(); findings(t, f.der(), f.expectation) != nil {
			t.Errorf("shape %d of a P-384 generation: %v", shape, findings(t, f.der(), f.expectation))
		}
	}
	// A responder's key is its own matter.
	f := good(resp)
	f.keyAlgorithm, f.curve, f.point = ecPublicKey, p256, basePoint(elliptic.P256())
	if got := findings(t, f.der(), f.expectation); got != nil {
		t.Errorf("P-256 responder: %v", got)
	}
}

// TestEachFixtureBreaksItsRuleAlone reads the fixtures from testdata, so that they
// stay what they were whatever happens to the code above.
func TestEachFixtureBreaksItsRuleAlone(t *testing.T) {
	covered := map[string]bool{}
	for label, b := range broken {
		rule, _, _ := strings.Cut(label, ".")
		covered[rule] = true
		f := good(b.shape)
		b.change(f)
		path := filepath.Join("testdata", label+".pem")
		if *update {
			if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.der()}), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode(data)
		if block == nil || len(rest) > 0 {
			t.Fatalf("%s: not one PEM block", path)
		}
		if !bytes.Equal(block.Bytes, f.der()) {
			t.Errorf("%s: the fixture is not what the table says; run with -update", label)
		}
		if got := findings(t, block.Bytes, f.expectation); len(got) != 1 || got[0] != rule {
			t.Errorf("%s: findings %v", label, got)
		}
	}
	for _, r := range lint.Rules {
		if !covered[r.Name] {
			t.Errorf("rule %s has no fixture", r.Name)
		}
		if _, err := os.Stat(r.Name + ".go"); err != nil {
			t.Errorf("rule %s has no file of its name", r.Name)
		}
		delete(covered, r.Name)
	}
	for rule := range covered {
		t.Errorf("fixture for %s, which is no rule", rule)
	}
}

func TestRun_MalformedIsAFinding(t *testing.T) {
	for _, der := range [][]byte{nil, {0x30, 0}, append(good(sig).der(), 0), make([]byte, 9<<10)} {
		if got := findings(t, der, good(sig).expectation); len(got) != 1 || got[0] != "parse" {
			t.Errorf("findings %v", got)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, shape := range []lint.Shape{ca, sig, auth, resp} {
		f.Add(good(shape).der(), uint8(shape))
	}
	for _, label := range []string{"serial", "policy", "personal_order", "distribution_point"} {
		fx := good(broken[label].shape)
		broken[label].change(fx)
		f.Add(fx.der(), uint8(fx.shape))
	}
	f.Fuzz(func(t *testing.T, der []byte, shape uint8) {
		e := good(lint.Shape(shape%4 + 1)).expectation
		_ = lint.Run(der, e)
	})
}

func BenchmarkRun(b *testing.B) {
	f := good(sig)
	der := f.der()
	for b.Loop() {
		if err := lint.Run(der, f.expectation); err != nil {
			b.Fatal(err)
		}
	}
}
