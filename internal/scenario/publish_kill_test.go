package scenario_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"kado/internal/agency/validation"
	"kado/internal/server"
	"kado/jpki"
)

// publishingProcess names the folder whose lists a further process publishes
// without end.
const publishingProcess = "KADO_TEST_PUBLISHING_PROCESS"

// TestPublishingProcess is that process. It says how far it is until it is killed.
func TestPublishingProcess(t *testing.T) {
	dir := os.Getenv(publishingProcess)
	if dir == "" {
		t.Skip("for TestP20_KilledWhilePublishing")
	}
	ctx := context.Background()
	box, err := server.OpenSandbox(ctx, server.SandboxOptions{Dir: dir, MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	order := validation.Publication{Now: true, Dir: listsOf(dir)}
	fmt.Println("READY")
	for {
		if _, err := box.House.Validation.Publish(ctx, server.Staff(server.CAOperator, ""), order); err != nil {
			t.Fatal(err)
		}
		fmt.Println("PUBLISHED")
	}
}

func listsOf(dir string) string { return filepath.Join(dir, "lists") }

// A process is killed while it issues lists and writes them out, at moments that
// nobody chose. After each: the folder holds whole lists that their authority
// signed and none older than before, the records are consistent, and the numbers go
// on without a gap.
// Shows: P-20
func TestP20_KilledWhilePublishing(t *testing.T) {
	w, _ := openTown(t)
	dir := w.Dir()
	cas := map[jpki.Kind]*x509.Certificate{}
	for _, kind := range jpki.Kinds {
		gs, err := w.House.Authority.Generations(w.ctx, kind)
		if err != nil {
			t.Fatal(err)
		}
		if cas[kind], err = x509.ParseCertificate(gs[0].Certificate); err != nil {
			t.Fatal(err)
		}
	}
	newest := map[string]int64{}
	seen := 0
	for round := range 8 {
		publishAndKill(t, dir, round)
		lists, err := validation.OpenLists(listsOf(dir))
		if errors.Is(err, fs.ErrNotExist) && seen == 0 {
			continue // killed before the first manifest
		}
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, l := range lists.All() {
			seen++
			der, err := os.ReadFile(filepath.Join(listsOf(dir), l.File))
			if err != nil {
				t.Fatal(err)
			}
			c, err := jpki.ParseCRL(der)
			if err != nil || c.CheckSignature(cas[l.Kind]) != nil || c.Number().Int64() != l.Number {
				t.Fatalf("round %d: %s: %v", round, l.File, err)
			}
			name := fmt.Sprint(l.KindName, l.Municipality)
			if l.Number < newest[name] {
				t.Errorf("round %d: list %d of %s after %d", round, l.Number, name, newest[name])
			}
			newest[name] = l.Number
		}
		if r, err := w.House.Check(w.ctx); err != nil || len(r.Findings) > 0 {
			t.Fatalf("round %d: findings %q, %v", round, r.Findings, err)
		}
	}
	if seen == 0 {
		t.Error("nothing was published")
	}
	before, err := w.House.Validation.CRL(w.ctx, jpki.Signature, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	p, err := w.House.Validation.Publish(w.ctx, server.Staff(server.CAOperator, ""), validation.Publication{Now: true, Dir: listsOf(dir)})
	if err != nil || p.Files != 4 { // of each authority the complete list and one place's
		t.Fatal(p, err)
	}
	if after, err := w.House.Validation.CRL(w.ctx, jpki.Signature, 1, ""); err != nil || after.Number != before.Number+1 {
		t.Errorf("list %d after %d, %v", after.Number, before.Number, err)
	}
	if left, _ := filepath.Glob(filepath.Join(listsOf(dir), ".new-*")); len(left) > 0 {
		t.Errorf("half files stay: %v", left)
	}
}

// publishAndKill lets the process publish a little and kills it, each round at
// another place of its work.
func publishAndKill(t *testing.T, dir string, round int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestPublishingProcess$")
	cmd.Env = append(os.Environ(), publishingProcess+"="+dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	published, steps := 0, 0
	lines := bufio.NewScanner(stdout)
	for published < 1+round%2 && lines.Scan() {
		if lines.Text() == "PUBLISHED" {
			published++
		}
	}
	// On from here the folder itself tells how far the process is. In every other
	// round it is killed at the moment when its manifest changes, else after a number
	// of entries have come or gone.
	lastEntries, lastManifest := -1, ""
	for steps < 1+3*round {
		entries, err := os.ReadDir(listsOf(dir))
		if err != nil {
			t.Fatal(err)
		}
		manifest := ""
		if m, err := os.Stat(filepath.Join(listsOf(dir), validation.ManifestFile)); err == nil {
			manifest = fmt.Sprint(m.Size(), m.ModTime())
		}
		if round%2 == 1 && lastManifest != "" && manifest != lastManifest {
			break
		}
		if round%2 == 0 && len(entries) != lastEntries {
			steps++
		}
		lastEntries, lastManifest = len(entries), manifest
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, stdout)
	if err := cmd.Wait(); err == nil {
		t.Fatal("the process ended by itself")
	}
}
