//go:build unix

package jpki_test

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kado/jpki"
	"kado/jpki/internal/testpki"
)

// The two ways of making a list of 1,000,000 entries, each in a process of its own
// so that the memory of each is its own.

const million = "KADO_BENCH_CRL"

func TestCRLMillionProcess(t *testing.T) {
	way, ok := os.LookupEnv(million)
	if !ok {
		t.Skip("for BenchmarkCRLMillion")
	}
	kind, count, _ := strings.Cut(way, ":")
	n, err := strconv.Atoi(count)
	if err != nil {
		t.Fatal(err)
	}
	h, key := testpki.Default(), testpki.Key(testpki.SignatureCAKey)
	out, err := os.Create(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	start := processorTime(t)
	size := int64(0)
	if kind == "kado" {
		b, err := jpki.NewCRL(h.Signature, crlRequest())
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			if err := b.Add(millionth(i)); err != nil {
				t.Fatal(err)
			}
		}
		signed, err := b.Sign(key)
		if err != nil {
			t.Fatal(err)
		}
		if size, err = signed.WriteTo(out); err != nil {
			t.Fatal(err)
		}
	} else {
		rows := make([]x509.RevocationListEntry, 0, n)
		for i := range n {
			number, at, reason := millionth(i)
			rows = append(rows, x509.RevocationListEntry{SerialNumber: new(big.Int).SetBytes(number), RevocationTime: at, ReasonCode: int(reason)})
		}
		r := crlRequest()
		der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{RevokedCertificateEntries: rows, Number: r.Number,
			ThisUpdate: r.ThisUpdate, NextUpdate: r.NextUpdate}, h.SignatureCA, key)
		if err != nil {
			t.Fatal(err)
		}
		size = int64(len(der))
		if _, err := out.Write(der); err != nil {
			t.Fatal(err)
		}
	}
	took := processorTime(t) - start
	fmt.Printf("RESULT %d %d %d\n", took, peak(t), size)
}

// peak is the most memory that this process has had, in kB.
func peak(t testing.TB) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	for line := range strings.Lines(string(status)) {
		var kB int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kB); n == 1 {
			return kB
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// processorTime is what this process has used so far, in microseconds: what runs
// beside it does not count.
func processorTime(t testing.TB) int64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return int64(u.Utime.Sec+u.Stime.Sec)*1_000_000 + int64(u.Utime.Usec+u.Stime.Usec)
}

// BenchmarkCRLMillion makes a complete list of a million entries in turns with
// x509.CreateRevocationList and reports how many times faster and smaller it is.
func BenchmarkCRLMillion(b *testing.B) {
	run := func(way string) (µs, kB, size int64) {
		cmd := exec.Command(os.Args[0], "-test.run=^TestCRLMillionProcess$")
		cmd.Env = append(os.Environ(), million+"="+way+":1000000")
		out, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if n, _ := fmt.Sscanf(line, "RESULT %d %d %d", &µs, &kB, &size); n == 3 {
				return µs, kB, size
			}
		}
		b.Fatalf("no result: %s", out)
		return 0, 0, 0
	}
	var ours, theirs, ourMemory, theirMemory, octets float64
	for b.Loop() {
		µs, kB, size := run("kado")
		ours, ourMemory, octets = ours+float64(µs), max(ourMemory, float64(kB)), float64(size)
		µs, kB, _ = run("x509")
		theirs, theirMemory = theirs+float64(µs), max(theirMemory, float64(kB))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ours/1000/float64(b.N), "kado-ms")
	b.ReportMetric(theirs/1000/float64(b.N), "x509-ms")
	b.ReportMetric(theirs/ours, "times-faster")
	b.ReportMetric(ourMemory/1024, "kado-peak-MB")
	b.ReportMetric(theirMemory/1024, "x509-peak-MB")
	b.ReportMetric(theirMemory/ourMemory, "times-less-memory")
	b.ReportMetric(octets/1e6, "list-MB")
}
