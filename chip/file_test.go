package chip_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/chip/chiptest"
	"kado/iso7816"
)

// onDisk copies an operational card into an image.
func onDisk(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "card.kado")
	m, err := chip.OpenFile(path)
	ok(t, err)
	records, err := chiptest.Operational(t).Memory.Load()
	ok(t, err)
	var batch []chip.Record
	for k, v := range records {
		batch = append(batch, chip.Record{Key: k, Value: v})
	}
	ok(t, m.Commit(batch))
	ok(t, m.Close())
	return path
}

func TestFile_KeepsTheCard(t *testing.T) {
	path := onDisk(t)
	for left := 2; left >= 1; left-- {
		m, err := chip.OpenFile(path)
		ok(t, err)
		if _, err := chip.OpenFile(path); !errors.Is(err, chip.ErrInUse) {
			t.Fatalf("second opening: %v", err)
		}
		card, err := chip.Open(m, &chiptest.Keys{})
		ok(t, err)
		selectApp(t, card, layout.JPKI)
		want(t, "wrong PIN", sendWith(card, 0, 0x20, 0, 0x98, []byte("0000")), iso7816.TriesLeft(left))
		ok(t, m.Close())
	}
}

// TestP56_TornTailIgnored cuts the image at every length: what opens is one of
// the states that were committed.
func TestP56_TornTailIgnored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "card")
	m, err := chip.OpenFile(path)
	ok(t, err)
	size := func() int64 {
		s, err := os.Stat(path)
		ok(t, err)
		return s.Size()
	}
	ends := []int64{size()}
	for i := range 4 {
		ok(t, m.Commit([]chip.Record{{Key: "n", Value: []byte{byte(i)}}, {Key: fmt.Sprint(i), Value: bytes.Repeat([]byte{7}, 20)}}))
		ends = append(ends, size())
	}
	ok(t, m.Close())
	whole, err := os.ReadFile(path)
	ok(t, err)
	for n := range len(whole) + 1 {
		ok(t, os.WriteFile(path, whole[:n], 0o600))
		m, err := chip.OpenFile(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		records, err := m.Load()
		ok(t, err)
		committed := 0
		for _, e := range ends[1:] {
			if int64(n) >= e {
				committed++
			}
		}
		expected := committed + min(committed, 1)
		if len(records) != expected || committed > 0 && records["n"][0] != byte(committed-1) {
			t.Fatalf("cut at %d: %d records, want %d", n, len(records), expected)
		}
		// The image goes on from there.
		ok(t, m.Commit([]chip.Record{{Key: "after", Value: []byte{1}}}))
		ok(t, m.Close())
		m, err = chip.OpenFile(path)
		ok(t, err)
		if records, err := m.Load(); err != nil || len(records) != expected+1 {
			t.Fatalf("cut at %d, then a commit: %d records, %v", n, len(records), err)
		}
		ok(t, m.Close())
	}
	// Bytes that never arrived.
	ok(t, os.WriteFile(path, append(append([]byte{}, whole...), make([]byte, 100)...), 0o600))
	m, err = chip.OpenFile(path)
	ok(t, err)
	ok(t, m.Close())
}

// TestFile_DamageRefused flips a bit at every place but the last frame, whose
// damage cannot be told from a torn write.
func TestFile_DamageRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "card")
	m, err := chip.OpenFile(path)
	ok(t, err)
	for i := range 3 {
		ok(t, m.Commit([]chip.Record{{Key: "n", Value: []byte{byte(i)}}}))
	}
	ok(t, m.Close())
	whole, err := os.ReadFile(path)
	ok(t, err)
	frame := (len(whole) - 16) / 3
	for i := range len(whole) - frame {
		b := append([]byte{}, whole...)
		b[i] ^= 0x10
		ok(t, os.WriteFile(path, b, 0o600))
		if _, err := chip.OpenFile(path); !errors.Is(err, chip.ErrDamaged) {
			t.Fatalf("bit flipped at %d: %v", i, err)
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, b) {
			t.Fatal("a damaged image was changed")
		}
	}
}

// TestP55_ErasedKeysLeaveTheImage: after termination neither keys nor PINs nor
// the number are anywhere in the file.
func TestP55_ErasedKeysLeaveTheImage(t *testing.T) {
	path := onDisk(t)
	m, err := chip.OpenFile(path)
	ok(t, err)
	f := chiptest.Operational(t)
	secrets, err := f.Memory.Load()
	ok(t, err)
	f.Open(t, m)
	f.Run(t, cardmgmt.Terminate, nil)
	ok(t, m.Close())
	b, err := os.ReadFile(path)
	ok(t, err)
	for k, v := range secrets {
		if len(v) > 8 && bytes.Contains(b, v) {
			t.Errorf("record %q is still in the image", k)
		}
	}
	m, err = chip.OpenFile(path)
	ok(t, err)
	defer m.Close()
	card, err := chip.Open(m, &chiptest.Keys{})
	ok(t, err)
	want(t, "terminated", send(card, 0, 0xA4, 4, 0x0C), iso7816.ConditionsNotSatisfied)
}

// TestFile_Compaction writes until the image has been rewritten several times.
func TestFile_Compaction(t *testing.T) {
	path := onDisk(t)
	m, err := chip.OpenFile(path)
	ok(t, err)
	start, err := os.Stat(path)
	ok(t, err)
	for i := range 300 {
		ok(t, m.Commit([]chip.Record{{Key: "big", Value: bytes.Repeat([]byte{byte(i)}, 4000)}}))
	}
	end, err := os.Stat(path)
	ok(t, err)
	if end.Size() > start.Size()+8000 {
		t.Errorf("image grew from %d to %d bytes", start.Size(), end.Size())
	}
	ok(t, m.Close())
	m, err = chip.OpenFile(path)
	ok(t, err)
	defer m.Close()
	records, err := m.Load()
	ok(t, err)
	if len(records["big"]) != 4000 || records["big"][0] != byte(299%256) {
		t.Error("content after compaction")
	}
}

// FuzzOpenImage opens hostile images.
func FuzzOpenImage(f *testing.F) {
	b, err := os.ReadFile(onDisk(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[:600])
	f.Add(b[:16])
	f.Add([]byte{})
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, image []byte) {
		path := filepath.Join(dir, fmt.Sprint(os.Getpid()))
		ok(t, os.WriteFile(path, image, 0o600))
		m, err := chip.OpenFile(path)
		if err != nil {
			return
		}
		defer m.Close()
		if card, err := chip.Open(m, &chiptest.Keys{}); err == nil {
			card.Transmit([]byte{0, 0xCA, 0, 0x45, 0})
		}
	})
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	ok(t, err)
	return b
}
