package lifetest

import (
	"bytes"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"kado/chip"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/internal/server"
	"kado/mynumber"
	"kado/reader/files"
)

// secret is a value that has one place where it may be.
type secret struct {
	name   string
	digits string // a number: searched for in every way of writing numbers
	token  string // a short PIN: searched for as a word of a text
	raw    []byte // a key, a password: searched for as it is, in hex and in base64
	home   string // the file that may hold it, as the end of its path
}

// place is something that anybody might read.
type place struct {
	name    string
	content []byte
	text    bool // written for people, and free of measured times
}

// leaks says which secrets are where they must not be.
func leaks(places []place, secrets []secret) (out []string) {
	for _, p := range places {
		normal := normalise(p.content)
		for _, s := range secrets {
			if s.home != "" && strings.HasSuffix(p.name, s.home) {
				continue
			}
			if how := s.in(p, normal); how != "" {
				out = append(out, fmt.Sprintf("%s is in %s (%s)", s.name, p.name, how))
			}
		}
		if how := privateKeyIn(p.content); how != "" && !strings.HasSuffix(p.name, ".card") {
			out = append(out, fmt.Sprintf("a private key is in %s (%s)", p.name, how))
		}
	}
	return out
}

// privateKeyIn says in which form a private key lies in a file.
func privateKeyIn(b []byte) string {
	if bytes.Contains(b, []byte("PRIVATE KEY-")) {
		return "PEM"
	}
	for how, inner := range map[string]string{"PKCS1": "\x02\x01\x00\x02\x82\x01", "PKCS8": "\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01",
		"SEC1": "\x02\x01\x01\x04\x20"} {
		for rest := b; ; {
			i := bytes.Index(rest, []byte(inner))
			if i < 0 {
				break
			}
			// A sequence whose length is in one byte, or in two.
			if i >= 2 && rest[i-2] == 0x30 || i >= 4 && rest[i-4] == 0x30 && rest[i-3] == 0x82 {
				return how
			}
			rest = rest[i+1:]
		}
	}
	return ""
}

func (s secret) in(p place, normal string) string {
	switch {
	case s.digits != "":
		if strings.Contains(normal, s.digits) {
			return "digits"
		}
		for how, needle := range encodings(s.digits) {
			if bytes.Contains(p.content, needle) {
				return how
			}
		}
	case s.token != "":
		if p.text && regexp.MustCompile(`(^|[^0-9A-Za-z])`+s.token+`($|[^0-9A-Za-z])`).Match(p.content) {
			return "as a word"
		}
	default:
		return rawIn(p.content, s.raw)
	}
	return ""
}

func rawIn(content, raw []byte) string {
	switch {
	case bytes.Contains(content, raw):
		return "as it is"
	case bytes.Contains(content, []byte(hex.EncodeToString(raw))), bytes.Contains(content, []byte(strings.ToUpper(hex.EncodeToString(raw)))):
		return "in hex"
	}
	for _, needle := range inBase64(raw) {
		if bytes.Contains(content, needle) {
			return "in base64"
		}
	}
	return ""
}

// inBase64 is what a value looks like inside a longer one, at each of the three
// positions; the characters at its ends depend on its neighbours and are left
// out.
func inBase64(raw []byte) (out [][]byte) {
	for shift := range 3 {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			s := enc.EncodeToString(append(make([]byte, shift), raw...))
			out = append(out, []byte(s[(shift*8+5)/6:(shift+len(raw))*8/6]))
		}
	}
	return out
}

// separators may stand between the digits of one number.
const separators = " -.,_'/\u00a0\u2009\u2010\u2011\u2012\u2013\u2014\u2212\u3000\u30fb\uff0d\uff0c\uff0e"

// normalise makes one form out of digits that are parted, full-width, Chinese or
// Arabic; everything else becomes a stop.
func normalise(b []byte) string {
	var out strings.Builder
	stopped := false
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		b = b[n:]
		d := -1
		switch {
		case r >= '0' && r <= '9':
			d = int(r - '0')
		case r >= '０' && r <= '９':
			d = int(r - '０')
		case strings.ContainsRune(separators, r):
			continue
		default:
			if i := strings.IndexRune("〇一二三四五六七八九", r); i >= 0 {
				d = i / len("一")
			}
		}
		if d >= 0 {
			out.WriteByte('0' + byte(d))
		} else if !stopped {
			out.WriteByte('|')
		}
		stopped = d < 0
	}
	return out.String()
}

// encodings are ways in which machines write a number down.
func encodings(digits string) map[string][]byte {
	wide := []rune{}
	sjis, ebcdic := []byte{}, []byte{}
	for _, d := range digits {
		wide = append(wide, d-'0'+'０')
		sjis = append(sjis, 0x82, 0x4f+byte(d-'0'))
		ebcdic = append(ebcdic, 0xf0+byte(d-'0'))
	}
	out := map[string][]byte{
		"UTF-16LE": utf16Bytes(binary.LittleEndian, []rune(digits)), "UTF-16BE": utf16Bytes(binary.BigEndian, []rune(digits)),
		"full-width UTF-16LE": utf16Bytes(binary.LittleEndian, wide), "full-width UTF-16BE": utf16Bytes(binary.BigEndian, wide),
		"full-width Shift_JIS": sjis, "EBCDIC": ebcdic, "hex of ASCII": []byte(hex.EncodeToString([]byte(digits))),
	}
	packed := map[string]string{"BCD": digits}
	if len(digits)%2 == 1 {
		packed = map[string]string{"BCD, zero before": "0" + digits, "BCD, zero behind": digits + "0", "BCD, F behind": digits + "f"}
	}
	for how, s := range packed {
		b, err := hex.DecodeString(s)
		if err != nil {
			panic(err) // digits are hexadecimal
		}
		swapped := make([]byte, len(b))
		for i, c := range b {
			swapped[i] = c<<4 | c>>4
		}
		out[how], out[how+", nibbles exchanged"] = b, swapped
	}
	for i, needle := range inBase64([]byte(digits)) {
		out["base64 "+strconv.Itoa(i)] = needle
	}
	if n, err := strconv.ParseUint(digits, 10, 64); err == nil && n > 1<<32 {
		big, little := binary.BigEndian.AppendUint64(nil, n), binary.LittleEndian.AppendUint64(nil, n)
		out["integer, big-endian"], out["integer, little-endian"] = big[2:], little[:6] // SQLite keeps 48 bits
	}
	return out
}

func utf16Bytes(order binary.AppendByteOrder, runes []rune) (out []byte) {
	for _, u := range utf16.Encode(runes) {
		out = order.AppendUint16(out, u)
	}
	return out
}

// recorder keeps what goes over HTTP, and tells of each exchange.
type recorder struct {
	inner  http.RoundTripper
	places []place
	tell   func()
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.tell()
	var said bytes.Buffer
	body, err := drain(&req.Body)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&said, "%s %s\n%v\n%s\n", req.Method, req.URL, req.Header, body)
	res, err := r.inner.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if body, err = drain(&res.Body); err != nil {
		return nil, err
	}
	fmt.Fprintf(&said, "%s\n%v\n%s\n", res.Status, res.Header, body)
	r.places = append(r.places, place{name: fmt.Sprintf("HTTP exchange %d with %s", len(r.places)+1, req.URL.Path), content: said.Bytes()})
	return res, nil
}

// drain reads a body and puts a copy in its place.
func drain(body *io.ReadCloser) ([]byte, error) {
	if *body == nil {
		return nil, nil
	}
	b, err := io.ReadAll(*body)
	if err != nil {
		return nil, err
	}
	if err := (*body).Close(); err != nil {
		return nil, err
	}
	*body = io.NopCloser(bytes.NewReader(b))
	return b, nil
}

// chipSecrets are the secrets in the memory of a card: PINs, verification
// numbers, keys.
func chipSecrets(t *testing.T, path string) (out []secret) {
	t.Helper()
	// A copy, since a card in use is locked.
	from := filepath.Join(t.TempDir(), "copy.card")
	write(t, from, read(t, path))
	mem, err := chip.OpenFile(from)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	records, err := mem.Load()
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Join("shelf", filepath.Base(path))
	for key, value := range records {
		switch {
		case key == "management":
			out = append(out, secret{name: "management key", raw: value, home: home})
		case len(key) == 3 && key[0] == 'v':
			v := string(value[1 : 1+value[0]])
			switch {
			case strings.Trim(v, "0123456789") != "":
				out = append(out, secret{name: "signature password", raw: []byte(v), home: home})
			case len(v) == 4:
				out = append(out, secret{name: "PIN", token: v, home: home})
			case len(v) >= 11: // a shorter one is the date of birth, which is no secret
				out = append(out, secret{name: "verification number", digits: v, home: home})
			}
		default:
			k, err := x509.ParsePKCS1PrivateKey(value)
			if err != nil {
				continue
			}
			out = append(out, keySecrets(k, home)...)
		}
	}
	return out
}

func keySecrets(k *rsa.PrivateKey, home string) (out []secret) {
	for i, n := range append(slices.Clone(k.Primes), k.D) {
		out = append(out, secret{name: fmt.Sprintf("part %d of a private key", i), raw: n.Bytes(), home: home})
	}
	return out
}

// houseSecrets are the numbers of everybody in the vault, and the keys of the
// house that can be told.
func houseSecrets(t *testing.T, folder string) (out []secret) {
	t.Helper()
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: folder, MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	}()
	home := map[string]string{}
	people, err := box.House.Registry.IDs(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range people {
		cards, err := box.House.Cards.OfPerson(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cards {
			home[id] = filepath.Join("shelf", string(c.ID)+".card")
		}
		by := journal.Actor{Kind: journal.System, ID: "test"}
		n, err := box.House.Vault.Read(ctx, nil, id, vault.RegistryNotice, by)
		if err != nil {
			t.Fatal(err)
		}
		c, err := box.House.Vault.ReadResidentCode(ctx, nil, id, vault.RegistryNotice, by)
		if err != nil {
			t.Fatal(err)
		}
		// Either is found from the hash of its file by trying all that there are.
		ofNumber, ofCode := sha256.Sum256(files.Number(n)), sha256.Sum256(files.ResidentCode(c))
		out = append(out, secret{name: "Individual Number", digits: n.Reveal(), home: home[id]},
			secret{name: "resident record code", digits: c.Reveal(), home: home[id]},
			secret{name: "hash of the Individual Number's file", raw: ofNumber[:], home: home[id]},
			secret{name: "hash of the resident record code's file", raw: ofCode[:], home: home[id]})
	}
	all, err := box.Keys.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range all {
		if k.Algorithm == "" {
			raw, err := box.Keys.Secret(ctx, k.ID)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, secret{name: "secret of the house " + k.ID, raw: raw})
		}
	}
	return append(out, secret{name: "passphrase", raw: read(t, filepath.Join(folder, "passphrase")), home: "passphrase"})
}

// filesOf are the files of folders, by name and content.
func filesOf(t *testing.T, folders ...string) (out []place) {
	t.Helper()
	for _, folder := range folders {
		err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			out = append(out, place{name: path, content: append([]byte(filepath.Base(path)+"\n"), content...)})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func dumpOf(t *testing.T, folder string) place {
	t.Helper()
	var b bytes.Buffer
	inDatabase(t, folder, func(d *db.DB) error { return d.Dump(ctx, &b) })
	return place{name: "the database's dump", content: b.Bytes(), text: true}
}

var measured = regexp.MustCompile(`(?m)^\s+\d+ ms$|^.*"step_ms": \{[^}]*\}.*$|^.*"total_ms".*$|^\s+\d+  .*$|^.*"bytes": \d+.*$`)

// said is what a run told, without times and sizes, which differ from run to run
// and could be anybody's PIN.
func said(name, s string) place {
	return place{name: name, content: measured.ReplaceAll([]byte(s), nil), text: true}
}

// TestOPS08_P54_NoSecretLeavesItsPlace plays two whole lives with everything kept
// and every message recorded, and searches all of it for every secret there
// is: the numbers of everybody in town, every PIN, password and key that was ever
// in a chip, the secrets of the house.
//
// Shows: CRT-05, OPS-08, OPS-13, OPS-33, P-54, P-55
func TestOPS08_P54_NoSecretLeavesItsPlace(t *testing.T) {
	t.Setenv("KADO_DEBUG", "1")
	base := t.TempDir()
	data, out := filepath.Join(base, "data"), filepath.Join(base, "out")
	known := map[string]secret{}
	learn := func(all []secret) {
		for _, s := range all {
			known[s.name+s.digits+s.token+string(s.raw)] = s
		}
	}
	shelf := func() {
		cards, err := filepath.Glob(filepath.Join(data, "shelf", "*.card"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cards {
			learn(chipSecrets(t, c))
		}
	}
	r := &recorder{inner: http.DefaultTransport, tell: shelf} // old keys are gone at the end
	http.DefaultTransport = r
	defer func() { http.DefaultTransport = r.inner }()

	var places []place
	tell := func(want int, args ...string) string {
		t.Helper()
		stdout, stderr, code := run(args...)
		if code != want {
			t.Fatalf("kado %q: exit %d\n%s%s", args, code, stdout, stderr)
		}
		name := "kado " + strings.Join(args, " ")
		places = append(places, said(name, stdout), said(name+" (standard error)", stderr))
		return stdout
	}
	tell(0, "demo", "--lang", "ja", "--seed", "leak", "--clock", "2026-04-01T10:00:00+09:00", "--data", data, "--out", out)
	places = append(places, filesOf(t, out)...)
	tell(0, "demo", "--lang", "en", "--json", "--data", data, "--out", out)
	shelf()
	lines := tell(0, "card", "list", "--json", "--data", data)
	var cards []struct {
		Card mynumber.CardID `json:"card"`
	}
	if err := json.Unmarshal([]byte(lines), &cards); err != nil || len(cards) != 2 {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	for _, language := range []string{"ja", "en"} {
		tell(0, "card", "list", "--lang", language, "--data", data)
		tell(0, "card", "show", "--lang", language, "--data", data, string(cards[0].Card))
		tell(0, "fsck", "--lang", language, "--data", data)
		tell(2, "card", "show", "--lang", language, "--data", data, "123456789012334")
		tell(2, "demo", "--lang", language, "--data", data, "--clock", "2026-04-01T10:00:00+09:00")
	}
	tell(0, "card", "show", "--json", "--data", data, string(cards[1].Card))
	// Errors of records that cannot be read.
	broken := copyOf(t, data)
	inDatabase(t, broken, func(d *db.DB) error {
		return d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE vault_item SET sealed = nonce`)
			if err == nil {
				_, err = tx.Exec(ctx, `UPDATE cards_card SET face = ''`)
			}
			return err
		})
	})
	tell(1, "fsck", "--data", broken)
	tell(1, "demo", "--data", broken, "--out", filepath.Join(base, "out2"))

	places = append(places, dumpOf(t, data))
	places = append(places, filesOf(t, data, out)...)
	places = append(places, r.places...)
	learn(houseSecrets(t, copyOf(t, data)))

	var secrets []secret
	count := map[string]int{}
	bytesSearched := 0
	for _, s := range known {
		secrets = append(secrets, s)
		name, _, _ := strings.Cut(s.name, " ")
		count[name]++
	}
	for _, p := range places {
		bytesSearched += len(p.content)
	}
	t.Logf("%d secrets %v in %d places of %d bytes", len(secrets), count, len(places), bytesSearched)
	for _, l := range leaks(places, secrets) {
		t.Error(l)
	}

	t.Run("the search searched", func(t *testing.T) {
		if len(r.places) < 10 || count["Individual"] < 6 || count["resident"] < 6 || count["PIN"] < 6 || count["signature"] < 2 ||
			count["part"] < 12 || count["secret"] < 3 || count["passphrase"] != 1 || count["management"] != 2 {
			t.Errorf("%d exchanges and the secrets %v are fewer than there must be", len(r.places), count)
		}
		// Where they belong they are found: what was searched for is what there is.
		for _, s := range secrets {
			s.home, s.token = "", ""
			if (s.digits != "" || len(s.raw) > 0) && len(leaks(filesOf(t, filepath.Join(data, "shelf")), []secret{s})) == 0 &&
				(s.name == "verification number" || s.name == "signature password" || s.name == "management key") {
				t.Errorf("a %s is not found on any card", s.name)
			}
		}
	})
	t.Run("planted", func(t *testing.T) { planted(t, data, out) })
}

// planted puts one number, in each way of writing, into each kind of place, and
// a private key, and expects the search to name the place.
func planted(t *testing.T, data, out string) {
	const number = "123456789018"
	numbers := []secret{{name: "Individual Number", digits: number}, {name: "resident record code", digits: "12345678908"},
		{name: "password", raw: []byte("KADO123456")}, {name: "PIN", token: "4729"}}
	see := func(what string, want bool, places ...place) {
		t.Helper()
		if found := leaks(places, numbers); (len(found) > 0) != want {
			t.Errorf("%s: found %q", what, found)
		}
	}
	for how, needle := range encodings(number) {
		see(how, true, place{name: "x", content: append(append([]byte{0xff, 'a', '9', 0}, needle...), 0, 'b')})
	}
	for how, needle := range encodings("12345678908") {
		see(how, true, place{name: "x", content: append([]byte("abc"), needle...)})
	}
	for _, s := range []string{number, "1234 5678 9018", "1234-5678-9018", "1,234,567,890,18", "１２３４５６７８９０１８", "１２３４　５６７８　９０１８",
		"一二三四五六七八九〇一八", "123 456 789 08", `{"n":"` + number + `"}`, "KADO123456", hex.EncodeToString([]byte("KADO123456")),
		"x" + base64.StdEncoding.EncodeToString([]byte("ab KADO123456 c")), "-----BEGIN RSA PRIVATE KEY-----"} {
		see(s, true, place{name: "x", content: []byte(s)})
	}
	for _, s := range []string{"", "123456789017", "1234|5678|9018", "123456789\n018", "KADO12345", "PUBLIC KEY-----"} {
		see(s, false, place{name: "x", content: []byte(s)})
	}
	see("PIN in a text", true, said("x", "the PIN is 4729."))
	see("time in a text", false, said("x", "    4729 ms\n"))

	stdout, _, _ := run("version")
	see("standard output", true, said("x", stdout+"number "+number))
	see("sound standard output", false, said("x", stdout))

	folder := copyOf(t, data)
	inDatabase(t, folder, func(d *db.DB) error {
		return d.Tx(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE notice_letter SET args = '["1234 5678 9018"]' WHERE key = (SELECT MIN(key) FROM notice_letter)`)
			return err
		})
	})
	see("database", true, dumpOf(t, folder))
	see("database file", true, filesOf(t, folder)...)
	see("sound database", false, dumpOf(t, data))

	folder = copyOf(t, out)
	see("sound files", false, filesOf(t, folder)...)
	write(t, filepath.Join(folder, number+".txt"), nil)
	see("file name", true, filesOf(t, folder)...)

	k, err := newDeck(t).RSA2048()
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for how, der := range map[string][]byte{"PKCS1": x509.MarshalPKCS1PrivateKey(k), "PKCS8": pkcs8} {
		see(how, true, place{name: "x", content: append([]byte("row\x00"), der...)})
	}
	for _, s := range keySecrets(k, "") {
		if found := leaks([]place{{name: "x", content: append([]byte("row\x00"), s.raw...)}}, []secret{s}); len(found) != 1 {
			t.Errorf("%s: found %q", s.name, found)
		}
	}

	var seen recorder
	seen.inner, seen.tell = http.DefaultTransport, func() {}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Query().Get("say")) }))
	defer site.Close()
	for _, q := range []string{"/?say=hello", "/?say=" + number} {
		res, err := (&http.Client{Transport: &seen}).Get(site.URL + q)
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil {
			t.Fatal(err)
		}
	}
	see("sound HTTP", false, seen.places[:1]...)
	see("HTTP", true, seen.places[1:]...)
}
