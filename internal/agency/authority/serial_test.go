package authority

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

// claimed is how far the count was handed out.
func (d *desk) claimed() (n uint64) {
	d.t.Helper()
	d.must(d.db.View(context.Background(), func(tx *db.Tx) error {
		return tx.QueryRow(context.Background(), `SELECT claimed FROM authority_count`).Scan(&n)
	}))
	return n
}

// Offices on several handles draw at once, some of them leave in the midst of a
// block and others come: no place of the count comes twice, every number reads back
// to a place that was claimed before, and what a process leaves is a gap.
// Shows: CRT-12
func TestCRT12_BlocksOfSeveralHandles(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d := newDesk(t, open())
		ctx := context.Background()
		numbering, err := d.Numbering(ctx)
		d.must(err)
		var mu sync.Mutex
		seen := map[uint64]bool{}
		var all sync.WaitGroup
		for i := range 6 {
			other := *d
			other.db = open()
			office := other.again()
			all.Add(1)
			go func() {
				defer all.Done()
				for range 3*serialBlock/2 + i { // leaves half a block behind
					n, spelt, err := office.drawSerial(ctx, 1+i*40)
					if err != nil {
						t.Error(err)
						return
					}
					place, ok := numbering.Counter(n.Bytes())
					mu.Lock()
					if !ok || seen[place] || n.Text(16) != spelt {
						t.Errorf("%s: place %d, of the count: %t, before: %t", spelt, place, ok, seen[place])
					}
					seen[place] = true
					mu.Unlock()
				}
			}()
		}
		all.Wait()
		claimed := d.claimed()
		for place := range seen {
			if place >= claimed {
				t.Errorf("place %d was used, claimed is %d", place, claimed)
			}
		}
		if uint64(len(seen)) >= claimed || len(seen) < 6*3*serialBlock/2 {
			t.Errorf("%d numbers of %d places", len(seen), claimed)
		}
	})
}

const drawFolder = "KADO_TEST_DRAW_IN"

// TestDrawingProcess is one of the processes of TestCRT12_BlocksOfSeveralProcesses:
// it says each number before it draws the next.
func TestDrawingProcess(t *testing.T) {
	dir := os.Getenv(drawFolder)
	if dir == "" {
		t.Skip("is run by TestCRT12_BlocksOfSeveralProcesses")
	}
	d := inFolder(t, dir)
	for {
		_, spelt, err := d.drawSerial(context.Background(), 1)
		d.must(err)
		fmt.Println("N", spelt)
	}
}

// Two processes draw at the same time and are killed, again and again: no number
// comes twice, and none lies beyond what was claimed.
// Shows: CRT-12
func TestCRT12_BlocksOfSeveralProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	d := inFolder(t, dir)
	numbering, err := d.Numbering(context.Background()) // its key is there before they begin
	d.must(err)
	var said []string
	for range 3 {
		var lists [2][]string
		var both sync.WaitGroup
		for i := range lists {
			cmd := exec.Command(os.Args[0], "-test.run", "^TestDrawingProcess$")
			cmd.Env = append(os.Environ(), drawFolder+"="+dir)
			out, err := cmd.StdoutPipe()
			d.must(err)
			d.must(cmd.Start())
			both.Add(1)
			go func() {
				defer both.Done()
				lines := bufio.NewScanner(out)
				for len(lists[i]) < 3*serialBlock+10 && lines.Scan() {
					if n, ok := strings.CutPrefix(lines.Text(), "N "); ok {
						lists[i] = append(lists[i], n)
					}
				}
				_ = cmd.Process.Kill() // in the midst of a block
				_ = cmd.Wait()
			}()
		}
		both.Wait()
		said = append(append(said, lists[0]...), lists[1]...)
	}
	if len(said) != 6*(3*serialBlock+10) {
		t.Fatalf("%d numbers", len(said))
	}
	claimed := d.claimed()
	for _, s := range said {
		n, err := row{Certificate: Certificate{Serial: s}}.serial()
		d.must(err)
		if place, ok := numbering.Counter(n.Bytes()); !ok || place >= claimed {
			t.Errorf("%s is of no claimed place", s)
		}
	}
	if slices.Sort(said); len(slices.Compact(said)) != 6*(3*serialBlock+10) {
		t.Error("a number came twice")
	}
}
