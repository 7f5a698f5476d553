//go:build unix

package validation_test

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kado/internal/agency/validation"
	"kado/internal/agency/validation/validationtest"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/jpki"
)

// Each benchmark here is a ratio within one run: what it is held against runs in
// turns with it, on the same machine, with the same clients.

// responder is an office that keeps answers, over a database as in earnest.
func responder(b testing.TB) room {
	b.Helper()
	d := dbtest.SQLite(b, journal.Schema(), validation.Schema())
	w := validationtest.New(b)
	return room{validation.New(validation.Deps{DB: d, Clock: w.Clock, Entropy: entropy.Seeded(b.Name()), Authority: w.Authority(),
		Cards: w.Cards(), Register: w.Residents(), Settings: w.Settings, Places: w,
		Answering: validation.Answering{Changes: validation.JournalChanges(d)}}), w, d}
}

const clients = 8

// processorTime is what this process has used so far: what runs beside it does not
// count.
func processorTime(b testing.TB) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// client is an HTTP/1.1 client that costs little beside the server: one connection,
// the request as prepared octets, the answer skipped by its length.
type client struct {
	conn net.Conn
	in   *bufio.Reader
}

func dial(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReaderSize(conn, 8<<10)}, nil
}

func rawPost(path string, body []byte) []byte {
	return append(fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ocsp-request\r\nContent-Length: %d\r\n\r\n", path, len(body)), body...)
}

// do sends a request and reads the answer; closed tells that the server ended the
// connection after it.
func (c *client) do(request []byte) (closed bool, err error) {
	if _, err := c.conn.Write(request); err != nil {
		return true, err
	}
	status, err := c.in.ReadSlice('\n')
	if err != nil {
		return true, err
	}
	if !bytes.Contains(status, []byte(" 200 ")) {
		return true, fmt.Errorf("%s", status)
	}
	last := bytes.HasPrefix(status, []byte("HTTP/1.0"))
	length := -1
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return true, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(name), "Content-Length") {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return true, err
			}
		}
	}
	if length < 0 {
		_, err := io.Copy(io.Discard, c.in)
		return true, err
	}
	_, err = c.in.Discard(length)
	return last, err
}

// load has the clients send requests, in turns, until n are answered.
func load(b *testing.B, address string, requests [][]byte, n int) (perSecond float64) {
	b.Helper()
	var next atomic.Int64
	var all sync.WaitGroup
	b.StopTimer()
	b.ResetTimer()
	b.StartTimer()
	for range clients {
		all.Add(1)
		go func() {
			defer all.Done()
			var c *client
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					break
				}
				closed, err := true, error(nil)
				if c == nil {
					if c, err = dial(address); err != nil {
						b.Error(err)
						return
					}
				}
				if closed, err = c.do(requests[i%len(requests)]); err != nil {
					b.Error(err)
					return
				}
				if closed {
					_ = c.conn.Close()
					c = nil
				}
			}
			if c != nil {
				_ = c.conn.Close()
			}
		}()
	}
	all.Wait()
	b.StopTimer()
	return float64(n) / b.Elapsed().Seconds()
}

// questionsFor are raw requests about many certificates, without a nonce.
func questionsFor(b *testing.B, r room, path string, n int) [][]byte {
	b.Helper()
	ca := r.CA(auth, 2)
	var out [][]byte
	for i := range n {
		cert := r.Issue(b, validationtest.Order{Person: "per_" + strconv.Itoa(i)})
		out = append(out, rawPost(path, question(b, nil, certID(b, crypto.SHA1, ca, cert))))
	}
	return out
}

func address(s *httptest.Server) string { return s.Listener.Addr().String() }

// BenchmarkPresignedHTTP holds answers that were signed before against a bare
// handler of net/http that writes the same header lines and octets, of as many
// different answers.
func BenchmarkPresignedHTTP(b *testing.B) {
	r := responder(b)
	handler := r.Handler()
	requests := questionsFor(b, r, "/ocsp/authentication", 1000)
	site := httptest.NewServer(handler)
	defer site.Close()
	load(b, address(site), requests, len(requests)) // signed now
	// The same answers as octets, and the header lines that all of them have.
	type plain struct {
		header http.Header
		der    []byte
	}
	answers := make([]plain, len(requests))
	for i, q := range requests {
		w := httptest.NewRecorder()
		_, body, _ := bytes.Cut(q, []byte("\r\n\r\n"))
		request := httptest.NewRequest(http.MethodPost, "/ocsp/authentication", bytes.NewReader(body))
		request.Header.Set("Content-Type", "application/ocsp-request")
		handler.ServeHTTP(w, request)
		answers[i] = plain{w.Header(), w.Body.Bytes()}
	}
	var next atomic.Int64
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		a := &answers[int(next.Add(1))%len(answers)]
		h := w.Header()
		for name, value := range a.header {
			h[name] = value
		}
		_, _ = w.Write(a.der)
	}))
	defer bare.Close()
	// The same octets on the wire.
	next.Store(-1)
	if a, plain := rawAnswers(b, address(site), requests[:1]), rawAnswers(b, address(bare), requests[:1]); !bytes.Equal(a, plain) {
		b.Fatalf("%d octets, and %d of the bare handler:\n%q\n%q", len(a), len(plain), a, plain)
	}
	var ours, theirs float64
	var ourTime, theirTime time.Duration
	for range 10 {
		start := processorTime(b)
		ours += load(b, address(site), requests, 6_000)
		between := processorTime(b)
		theirs += load(b, address(bare), requests, 6_000)
		ourTime, theirTime = ourTime+between-start, theirTime+processorTime(b)-between
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours/10, "kado/s")
	b.ReportMetric(theirs/10, "bare/s")
	b.ReportMetric(ours/theirs, "ratio")
	b.ReportMetric(float64(theirTime)/float64(ourTime), "ratio-of-processor-time")
}

// rawAnswers is what comes over the wire for requests.
func rawAnswers(b *testing.B, address string, requests [][]byte) []byte {
	b.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	for _, q := range requests {
		q = bytes.Replace(q, []byte("\r\nHost:"), []byte("\r\nConnection: close\r\nHost:"), 1)
		if _, err := conn.Write(q); err != nil {
			b.Fatal(err)
		}
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

// BenchmarkPresigned is the same without a network.
func BenchmarkPresigned(b *testing.B) {
	r := responder(b)
	ask := r.Answer()
	der := question(b, nil, certID(b, crypto.SHA1, r.CA(auth, 2), r.Issue(b, validationtest.Order{})))
	b.ReportAllocs()
	for b.Loop() {
		if len(ask(b.Context(), auth, der)) < 100 {
			b.Fatal("no answer")
		}
	}
}

// BenchmarkNonce holds answers to questions with a nonce, which are signed each,
// from the octets of the request to those of the answer, against signatures alone
// with the responder's key.
func BenchmarkNonce(b *testing.B) {
	r := responder(b)
	ask := r.Answer()
	key, _, err := r.Authority().Responder(b.Context(), auth, 2)
	if err != nil {
		b.Fatal(err)
	}
	var requests [][]byte
	for i := range 256 {
		nonce := sha256.Sum256([]byte{byte(i)})
		requests = append(requests, question(b, nonce[:], certID(b, crypto.SHA1, r.CA(auth, 2), r.Issue(b, validationtest.Order{Person: "per_" + strconv.Itoa(i)}))))
	}
	digest := sha256.Sum256(requests[0])
	sign := func(n int) time.Duration {
		start := processorTime(b)
		for range n {
			if _, err := key.Sign(rand.Reader, digest[:], crypto.SHA256); err != nil {
				b.Fatal(err)
			}
		}
		return processorTime(b) - start
	}
	answer := func(n int) time.Duration {
		start := processorTime(b)
		for i := range n {
			if len(ask(b.Context(), auth, requests[i%len(requests)])) < 100 {
				b.Fatal("no answer")
			}
		}
		return processorTime(b) - start
	}
	answer(len(requests)) // statuses are read from the records once
	var ours, theirs time.Duration
	const turns, each = 20, 500
	for range turns {
		ours += answer(each)
		theirs += sign(each)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Microseconds())/turns/each, "answer-µs")
	b.ReportMetric(float64(theirs.Microseconds())/turns/each, "signature-µs")
	b.ReportMetric(float64(theirs)/float64(ours), "ratio")
}

// BenchmarkOpenSSLOCSP holds pre-signed answers against openssl ocsp -multi 2, in
// turns. That program listens everywhere and has no other way, so it runs in a
// network of its own, together with the clients: the benchmark calls itself there.
func BenchmarkOpenSSLOCSP(b *testing.B) {
	const inside = "KADO_BENCH_NETWORK"
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		b.Skip("openssl is not installed")
	}
	if os.Getenv(inside) == "" {
		cmd := exec.Command("unshare", "-n", "sh", "-c", `ip link set lo up && exec "$0" -test.run '^$' -test.bench '^BenchmarkOpenSSLOCSP$' -test.benchtime 1x`, os.Args[0])
		cmd.Env = append(os.Environ(), inside+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Skipf("needs the right to make a network namespace: %v\n%s", err, out)
		}
		for _, name := range []string{"kado/s", "openssl/s", "times"} {
			fields := strings.Fields(string(out))
			for i, f := range fields {
				if f == name && i > 0 {
					if v, err := strconv.ParseFloat(fields[i-1], 64); err == nil {
						b.ReportMetric(v, name)
					}
				}
			}
		}
		b.ReportMetric(0, "ns/op")
		return
	}
	r := responder(b)
	dir := b.TempDir()
	const count = 1000
	requests := questionsFor(b, r, "/ocsp/authentication", count)
	other := make([][]byte, count)
	for i, q := range requests {
		_, body, _ := bytes.Cut(q, []byte("\r\n\r\n"))
		other[i] = rawPost("/", body)
	}
	opensslFiles(b, r, dir, count)
	const port = "9081"
	cmd := exec.Command(openssl, "ocsp", "-index", filepath.Join(dir, "index.txt"), "-port", port, "-rsigner", filepath.Join(dir, "r.pem"),
		"-rkey", filepath.Join(dir, "r.key"), "-CA", filepath.Join(dir, "ca.pem"), "-nmin", "60", "-multi", "2")
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		// Its master does not end for less; the group is ours alone.
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	}()
	for range 1_000_000 {
		if c, err := dial("127.0.0.1:" + port); err == nil {
			_ = c.conn.Close()
			break
		}
		runtime.Gosched()
	}
	site := httptest.NewServer(r.Handler())
	defer site.Close()
	load(b, address(site), requests, count)
	load(b, "127.0.0.1:"+port, other, 200)
	var ours, theirs float64
	for range 3 {
		ours += load(b, address(site), requests, 12_000)
		theirs += load(b, "127.0.0.1:"+port, other, 3_000)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours/3, "kado/s")
	b.ReportMetric(theirs/3, "openssl/s")
	b.ReportMetric(ours/theirs, "times")
}

// opensslFiles writes what openssl ocsp answers from: the same certificates and CA,
// and a responder with an RSA-2048 key, with which that program is fastest.
func opensslFiles(b *testing.B, r room, dir string, count int) {
	b.Helper()
	ca, err := r.Authority().CRLSigner(b.Context(), auth, 2)
	if err != nil {
		b.Fatal(err)
	}
	profile, err := jpki.NewProfile(r.Settings, auth, r.CA(auth, 2))
	if err != nil {
		b.Fatal(err)
	}
	key := validationtest.Key(validationtest.StrangerKey)
	cert, err := jpki.IssueResponder(jpki.ResponderRequest{Serial: big.NewInt(77), PublicKey: key.Public(), NotBefore: r.Clock.Now().Truncate(time.Second),
		NotAfter: r.CA(auth, 2).NotAfter, CommonName: "OCSP Responder RSA"}, profile, ca)
	if err != nil {
		b.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		b.Fatal(err)
	}
	var index bytes.Buffer
	for i := range count {
		list, err := r.Authority().OfPerson(b.Context(), "per_"+strconv.Itoa(i))
		if err != nil || len(list) != 1 {
			b.Fatal(err)
		}
		s := strings.ToUpper(list[0].Serial)
		if len(s)%2 == 1 {
			s = "0" + s
		}
		fmt.Fprintf(&index, "V\t350101000000Z\t\t%s\tunknown\t/CN=%d\n", s, i)
	}
	for name, content := range map[string][]byte{
		"index.txt": index.Bytes(),
		"ca.pem":    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.CA(auth, 2).Raw}),
		"r.pem":     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}),
		"r.key":     pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCFSSL holds pre-signed answers against cfssl ocspserve, which serves
// answers out of a file.
func BenchmarkCFSSL(b *testing.B) {
	cfssl, err := exec.LookPath("cfssl")
	if err != nil {
		b.Skip("cfssl is not on the PATH (go install github.com/cloudflare/cfssl/cmd/cfssl@v1.6.5)")
	}
	r := responder(b)
	requests := questionsFor(b, r, "/ocsp/authentication", 1000)
	ask := r.Answer()
	other := make([][]byte, len(requests))
	var file bytes.Buffer
	for i, q := range requests {
		_, body, _ := bytes.Cut(q, []byte("\r\n\r\n"))
		other[i] = rawPost("/", body)
		file.WriteString(base64.StdEncoding.EncodeToString(ask(b.Context(), auth, body)) + "\n")
	}
	name := filepath.Join(b.TempDir(), "responses")
	if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
		b.Fatal(err)
	}
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	cmd := exec.Command(cfssl, "ocspserve", "-address", "127.0.0.1", "-port", port, "-responses", name, "-loglevel", "5")
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	for range 1_000_000 {
		if c, err := dial("127.0.0.1:" + port); err == nil {
			_ = c.conn.Close()
			break
		}
		runtime.Gosched()
	}
	site := httptest.NewServer(r.Handler())
	defer site.Close()
	load(b, address(site), requests, len(requests))
	var ours, theirs float64
	for range 3 {
		ours += load(b, address(site), requests, 12_000)
		theirs += load(b, "127.0.0.1:"+port, other, 12_000)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours/3, "kado/s")
	b.ReportMetric(theirs/3, "cfssl/s")
	b.ReportMetric(ours/theirs, "times")
}
