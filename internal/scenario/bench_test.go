package scenario_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"syscall"
	"testing"
	"time"

	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/scenario"
	"kado/internal/server"
)

// deck hands out copies of ready keys, round and round: benchmarks of everything
// but key generation. Copies, because the authority destroys what it was given.
type deck struct {
	keys [][]byte // PKCS#1
	next int
}

func (d *deck) RSA2048() (*rsa.PrivateKey, error) {
	d.next++
	return x509.ParsePKCS1PrivateKey(d.keys[d.next%len(d.keys)])
}

type noWatcher struct{}

func (noWatcher) Begin(int, lang.Text)   {}
func (noWatcher) Line(scenario.Line)     {}
func (noWatcher) End(int, time.Duration) {}

// BenchmarkLife is the whole demo, sandbox included, with all RSA keys made
// before. cpu-s/op is the processor time of the process, which has to stay
// under two seconds.
func BenchmarkLife(b *testing.B) {
	d := &deck{}
	for range 12 {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		d.keys = append(d.keys, x509.MarshalPKCS1PrivateKey(k))
	}
	keys := keystore.NewMemory()
	live := func() {
		box, err := server.OpenSandbox(context.Background(), server.SandboxOptions{Municipality: "13221", NewRun: true,
			Default: time.Date(2026, 4, 1, 1, 0, 0, 0, time.UTC), Keys: keys, CardKeys: d})
		if err != nil {
			b.Fatal(err)
		}
		out, err := scenario.NewOutput(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := scenario.Run(context.Background(), box, scenario.Options{Out: out}, noWatcher{}); err != nil {
			b.Fatal(err)
		}
		if err := box.Close(); err != nil {
			b.Fatal(err)
		}
	}
	live() // makes the keys of authorities and records
	before := cpu(b)
	for b.Loop() {
		live()
	}
	b.ReportMetric((cpu(b)-before).Seconds()/float64(b.N), "cpu-s/op")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
