//go:build unix

package lifetest

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/server"
)

// killSeed decides all kill points. A report names the kill by its number.
const killSeed = 20260401

// lineCount is about how many lines a whole life says; kills are spread over
// them.
const lineCount = 75

var acknowledged = regexp.MustCompile(`#(\d+)$`)

// buildKado builds the program once.
func buildKado(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kado-under-test")
	if out, err := exec.Command("go", "build", "-o", path, "kado/cmd/kado").CombinedOutput(); err != nil {
		t.Fatalf("building kado: %v\n%s", err, out)
	}
	return path
}

// aim says when a run is killed: so long after its nth line; or in the middle of
// the first writing after it; or when the database's log has reached a size.
type aim struct {
	line    int
	delay   time.Duration
	writing bool
	wal     int64
}

func (a aim) String() string {
	if a.wal > 0 {
		return fmt.Sprintf("when the log has %d bytes", a.wal)
	}
	if a.writing {
		return fmt.Sprintf("while writing after line %d", a.line)
	}
	return fmt.Sprintf("%v after line %d", a.delay, a.line)
}

// aims draws the kill points: some while the world is made, some by the size
// of the log, some in the middle of a writing, the others anywhere in the life.
func aims(n int) []aim {
	r := rand.New(rand.NewPCG(killSeed, 1))
	out := make([]aim, n)
	for i := range out {
		switch i % 6 {
		case 0:
			out[i] = aim{delay: time.Duration(r.IntN(500)) * time.Millisecond}
		case 1:
			out[i] = aim{wal: int64(1 + r.IntN(2_000_000))}
		case 2, 4:
			out[i] = aim{line: 1 + r.IntN(lineCount), writing: true}
		default:
			out[i] = aim{line: 1 + r.IntN(lineCount), delay: time.Duration(r.IntN(40_000)) * time.Microsecond}
		}
	}
	return out
}

// TestOPS32_KillAnywhereLosesNothingAcknowledged kills the real program with
// SIGKILL and looks at what it left: the check finds nothing, everything that was
// told with a number is there and unchanged, and the next life goes on in the
// same town.
//
// Shows: P-20, OPS-28, OPS-32
func TestOPS32_KillAnywhereLosesNothingAcknowledged(t *testing.T) {
	kado := buildKado(t)
	kills, lives := 54, 3 // kills in all, and in one town
	if testing.Short() {
		kills, lives = 10, 5
	}
	t.Logf("seed %d, %d kills, %d in each town", killSeed, kills, lives)
	points := aims(kills)
	var killed, made, entries atomic.Int64
	t.Run("towns", func(t *testing.T) {
		for town := range (kills + lives - 1) / lives {
			t.Run(strconv.Itoa(town), func(t *testing.T) {
				t.Parallel()
				v := &victim{t: t, kado: kado, dir: filepath.Join(t.TempDir(), "town"), out: filepath.Join(t.TempDir(), "out")}
				for i := town * lives; i < min(kills, (town+1)*lives); i++ {
					v.name = fmt.Sprintf("kill %d (%s)", i, points[i])
					if v.killAt(points[i]) {
						killed.Add(1)
					}
					v.inspect()
				}
				v.name = "the run after the kills"
				v.goesOn()
				made.Add(int64(v.report.Cards))
				entries.Add(v.report.Journal)
			})
		}
	})
	t.Logf("%d of %d runs were killed before they ended; %d cards, %d journal entries checked", killed.Load(), kills, made.Load(), entries.Load())
	if int(killed.Load()) < kills*8/10 {
		t.Errorf("only %d of %d runs were killed before they ended", killed.Load(), kills)
	}
}

// victim is one town whose runs are killed.
type victim struct {
	t         *testing.T
	kado      string
	dir, out  string
	name      string
	acked     int64 // highest number told on standard output
	witnesses []journal.Head
	entries   []string // digests of the entries that an inspection has seen
	report    server.Report
}

func (v *victim) errorf(format string, args ...any) {
	v.t.Helper()
	v.t.Errorf("%s: %s", v.name, fmt.Sprintf(format, args...))
}

// killAt starts a life and kills it; false when it ended before.
func (v *victim) killAt(a aim) bool {
	args := []string{"demo", "--lang", "en", "--data", v.dir, "--out", v.out}
	if _, err := os.Stat(filepath.Join(v.dir, "world.json")); errors.Is(err, os.ErrNotExist) {
		args = append(args, "--seed", "killed", "--clock", "2026-04-01T10:00:00+09:00")
	} // else both are the town's own
	cmd := exec.Command(v.kado, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		v.errorf("%v", err)
		return false
	}
	done := make(chan struct{})
	if a.wal > 0 {
		go v.killByLog(cmd, a.wal, time.Millisecond, done)
	}
	if a.wal == 0 && a.line == 0 {
		time.AfterFunc(a.delay, func() { _ = cmd.Process.Kill() })
	}
	lines := bufio.NewScanner(stdout)
	for n := 1; lines.Scan(); n++ {
		if m := acknowledged.FindStringSubmatch(strings.TrimSpace(lines.Text())); m != nil {
			seq, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				v.errorf("%v", err)
			}
			v.acked = max(v.acked, seq)
			if n == a.line/2 {
				v.witness()
			}
		}
		if n == a.line && a.writing {
			go v.killByLog(cmd, v.logSize()+1, 20*time.Microsecond, done)
		} else if n == a.line {
			time.AfterFunc(a.delay, func() { _ = cmd.Process.Kill() })
		}
	}
	err = cmd.Wait()
	close(done)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && exit.ExitCode() == -1: // by a signal
		return true
	}
	v.errorf("%v\n%s", err, stderr.String())
	return false
}

// logSize is the length of the database's log, 0 where there is none.
func (v *victim) logSize() int64 {
	info, err := os.Stat(filepath.Join(v.dir, "kado.db-wal"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// killByLog kills when the database's log has reached a size. A transaction is
// written to it page by page and then flushed, so that looking often enough
// kills before its end.
func (v *victim) killByLog(cmd *exec.Cmd, size int64, every time.Duration, done <-chan struct{}) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if v.logSize() >= size {
				_ = cmd.Process.Kill()
				return
			}
		}
	}
}

// witness keeps the end of the chain, from outside, while the program runs.
func (v *victim) witness() {
	inDatabase(v.t, v.dir, func(d *db.DB) error {
		return d.View(ctx, func(tx *db.Tx) error {
			head, err := journal.Latest(ctx, tx)
			v.witnesses = append(v.witnesses, head)
			return err
		})
	})
}

// inspect checks what a kill left behind.
func (v *victim) inspect() {
	if _, err := os.Stat(filepath.Join(v.dir, "world.json")); errors.Is(err, os.ErrNotExist) {
		if v.acked > 0 {
			v.errorf("#%d was told, and there is no town", v.acked)
		}
		return // the next run begins anew
	}
	v.report = checkWith(v.t, v.kado, v.dir, v.name)
	for _, lost := range losses(v.t, v.dir, v.report, v.acked, v.witnesses, v.entries) {
		v.errorf("%s", lost)
	}
	v.entries = digests(v.t, v.dir)
}

// goesOn plays a whole life in the same town.
func (v *victim) goesOn() {
	cmd := exec.Command(v.kado, "demo", "--lang", "en", "--data", v.dir, "--out", v.out)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || !strings.Contains(stdout.String(), "Every step held") {
		v.errorf("the town does not go on: %v\n%s%s", err, stdout.String(), stderr.String())
		return
	}
	for _, m := range regexp.MustCompile(`(?m)#(\d+)$`).FindAllStringSubmatch(stdout.String(), -1) {
		seq, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			v.errorf("%v", err)
		}
		v.acked = max(v.acked, seq)
	}
	v.inspect()
	for _, name := range []string{"document.txt.p7s", "card-front.png", "signature-ocsp-after-move.der"} {
		if info, err := os.Stat(filepath.Join(v.out, name)); err != nil || info.Size() == 0 {
			v.errorf("%s is missing or empty (%v)", name, err)
		}
	}
}

// checkWith runs fsck of the real program, which must find nothing.
func checkWith(t *testing.T, kado, dir, name string) (r server.Report) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(kado, "fsck", "--lang", "en", "--json", "--data", dir)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if bad := json.Unmarshal(stdout.Bytes(), &r); err != nil || bad != nil || len(r.Findings) > 0 {
		t.Errorf("%s: fsck: %v, %v\n%s%s", name, err, bad, stdout.String(), stderr.String())
	}
	return r
}

// losses says what of a journal is lost: entries that were told, heads that a
// witness has seen, entries that were there and are others now.
func losses(t *testing.T, dir string, r server.Report, acked int64, witnesses []journal.Head, before []string) (out []string) {
	t.Helper()
	if r.Journal < acked {
		out = append(out, fmt.Sprintf("#%d was told, and the journal ends at %d", acked, r.Journal))
	}
	inDatabase(t, dir, func(d *db.DB) error {
		return d.View(ctx, func(tx *db.Tx) error {
			if err := journal.Verify(ctx, tx, witnesses...); err != nil {
				out = append(out, fmt.Sprintf("a witness of the journal disagrees: %v", err))
			}
			return nil
		})
	})
	now := digests(t, dir)
	for i, was := range before {
		if i >= len(now) || now[i] != was {
			return append(out, fmt.Sprintf("entry %d is gone or another", i+1))
		}
	}
	return out
}

// digests are the digests of all entries, in order.
func digests(t *testing.T, dir string) (out []string) {
	t.Helper()
	inDatabase(t, dir, func(d *db.DB) error {
		var dump bytes.Buffer
		if err := d.Dump(ctx, &dump); err != nil {
			return err
		}
		for line := range strings.Lines(dump.String()) {
			if strings.HasPrefix(line, "journal_entry\t") {
				sum := sha256.Sum256([]byte(line))
				out = append(out, hex.EncodeToString(sum[:]))
			}
		}
		return nil
	})
	return out
}

// TestKillCheckSeesALostWrite plants what a kill must never cause, and sees the
// check of the test above say so: entries lost in part, entries lost whole with
// the chain mended behind them, and a log that never reached the disk.
func TestKillCheckSeesALostWrite(t *testing.T) {
	kado := buildKado(t)
	sound := lives(t).alive
	report, code := fsck(t, sound)
	if code != 0 {
		t.Fatal(report.Findings)
	}
	before := digests(t, sound)
	v := &victim{t: t, dir: sound}
	v.witness()
	if lost := losses(t, sound, report, report.Journal, v.witnesses, before); len(lost) > 0 {
		t.Fatalf("a sound town: %q", lost)
	}
	plants := map[string]string{
		"last entry":                    `DELETE FROM journal_entry WHERE seq = (SELECT MAX(seq) FROM journal_entry)`,
		"last entry with the head":      ``,
		"a card's row behind its entry": `UPDATE cards_card SET state = 'held'`,
	}
	for name, query := range plants {
		t.Run(name, func(t *testing.T) {
			dir := copyOf(t, sound)
			inDatabase(t, dir, func(d *db.DB) error {
				return d.Tx(ctx, func(tx *db.Tx) error {
					if query != "" {
						_, err := tx.Exec(ctx, query)
						return err
					}
					if _, err := tx.Exec(ctx, plants["last entry"]); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE journal_head SET seq = seq - 1, hash = (SELECT hash FROM journal_entry ORDER BY seq DESC LIMIT 1)`)
					return err
				})
			})
			var stdout bytes.Buffer
			cmd := exec.Command(kado, "fsck", "--json", "--data", dir)
			cmd.Stdout, cmd.Stderr = &stdout, io.Discard
			err := cmd.Run()
			var r server.Report
			if bad := json.Unmarshal(stdout.Bytes(), &r); bad != nil {
				t.Fatal(bad)
			}
			lost := losses(t, dir, r, report.Journal, v.witnesses, before)
			t.Logf("fsck: %v %q; %q", err, r.Findings, lost)
			if (err == nil) != (len(r.Findings) == 0) {
				t.Errorf("fsck: %v with %q", err, r.Findings)
			}
			if query != "" && err == nil {
				t.Error("fsck finds nothing")
			}
			if name != "a card's row behind its entry" && len(lost) == 0 {
				t.Error("the loss is not seen")
			}
		})
	}
}
