package scenario_test

import (
	"bufio"
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
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"kado/internal/server"
	"kado/jpki"
	"kado/jpki/ocsp"
)

// statusProcess names the folder whose status a further process serves.
const statusProcess = "KADO_TEST_STATUS_PROCESS"

// TestStatusProcess is that process. It ends with its standard input.
func TestStatusProcess(t *testing.T) {
	dir := os.Getenv(statusProcess)
	if dir == "" {
		t.Skip("for TestR41_SeenAtOnceByEightClientsOfTwoProcesses")
	}
	box, err := server.OpenSandbox(context.Background(), server.SandboxOptions{Dir: dir, MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	site := httptest.NewServer(box.House.Validation.Handler())
	defer site.Close()
	fmt.Printf("SERVING %s\n", site.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// Eight clients ask without pause, in two processes, with and without a nonce,
// while a card is suspended and resumed. Whoever asks after an act was
// acknowledged hears of it, in the other process too: nothing that was kept is given
// out.
// Shows: R-41, P-18
func TestR41_SeenAtOnceByEightClientsOfTwoProcesses(t *testing.T) {
	w, f := openTown(t)
	if err := w.officeHours(); err != nil {
		t.Fatal(err)
	}
	certs, err := w.House.Authority.OfCard(w.ctx, f.card)
	if err != nil || len(certs) == 0 {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(certs[0].DER)
	if err != nil {
		t.Fatal(err)
	}
	generations, err := w.House.Authority.Generations(w.ctx, certs[0].Kind)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(generations[0].Certificate)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ocsp.NewCertID(crypto.SHA1, ca, cert.SerialNumber)
	if err != nil {
		t.Fatal(err)
	}
	here := httptest.NewServer(w.House.Validation.Handler())
	defer here.Close()
	sites := []string{here.URL, startStatusProcess(t, w.Sandbox)}

	// even: the state of that many acts holds; odd: an act is under way.
	var acts, answers, judged atomic.Int64
	stop := make(chan struct{})
	var all sync.WaitGroup
	for client := range 8 {
		q := ocsp.Request{IDs: []ocsp.CertID{id}}
		if client%4 == 3 {
			q.Nonce = []byte("hammering")
		}
		der, err := q.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		url := sites[client%2] + "/ocsp/" + certs[0].Kind.String()
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				before := acts.Load()
				got, err := statusOf(url, der)
				if err != nil {
					t.Error(err)
					return
				}
				answers.Add(1)
				if before%2 == 1 || acts.Load() != before {
					continue
				}
				judged.Add(1)
				if want := before%4 == 2; want != (got.Status == ocsp.Revoked && got.Reason == jpki.CertificateHold) || !want && got.Status != ocsp.Good {
					t.Errorf("after act %d client %d is told %s %s", before/2, client, got.Status, got.Reason)
					return
				}
			}
		}()
	}
	act := func(f func() error) {
		seen := judged.Load()
		for judged.Load() < seen+200 && !t.Failed() { // everybody has the present state, and caches are warm
			runtime.Gosched()
		}
		acts.Add(1)
		if err := f(); err != nil {
			t.Error(err)
		}
		acts.Add(1)
	}
	for range 3 {
		act(func() error { return w.callHotline(f.people[0]) })
		act(func() error { return errors.Join(w.resume(f.people[0].ID, f.card), w.House.Settle(w.ctx)) })
	}
	act(func() error { return w.callHotline(f.people[0]) })
	seen := judged.Load()
	for judged.Load() < seen+200 && !t.Failed() {
		runtime.Gosched()
	}
	close(stop)
	all.Wait()
	t.Logf("%d answers, %d of them between acts", answers.Load(), judged.Load())
}

func startStatusProcess(t *testing.T, box *server.Sandbox) string {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestStatusProcess$")
	cmd.Env = append(os.Environ(), statusProcess+"="+box.Dir())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = cmd.Wait()
	})
	var url string
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		if n, _ := fmt.Sscanf(lines.Text(), "SERVING %s", &url); n == 1 {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return url
		}
	}
	t.Fatal("the other process does not serve")
	return ""
}

// hammers keeps a connection for each client.
var hammers = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}

func statusOf(url string, der []byte) (ocsp.SingleResponse, error) {
	answer, err := hammers.Post(url, "application/ocsp-request", bytes.NewReader(der))
	if err != nil {
		return ocsp.SingleResponse{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return ocsp.SingleResponse{}, err
	}
	r, err := ocsp.ParseResponse(body)
	if err != nil {
		return ocsp.SingleResponse{}, err
	}
	return r.Responses[0], nil
}
