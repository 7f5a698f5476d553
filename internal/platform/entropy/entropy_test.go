package entropy_test

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"kado/internal/platform/entropy"
)

func bytesOf(t interface {
	Helper()
	Fatal(...any)
}, r io.Reader, n int) []byte {
	t.Helper()
	b, err := entropy.Bytes(r, n)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A stream depends on seed, name and position alone: not on how it is cut into
// reads, and not on what is read from others meanwhile.
func TestSeededStreamsRepeatAndAreIndependent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-c\x00]{0,4}`)
		seed, name := text.Draw(t, "seed"), text.Draw(t, "name")
		want := bytesOf(t, entropy.Seeded(seed).Stream(name), 64)
		source := entropy.Seeded(seed)
		var got []byte
		for len(got) < 64 {
			n := min(rapid.IntRange(1, 20).Draw(t, "n"), 64-len(got))
			got = append(got, bytesOf(t, source.Stream(name), n)...)
			if other := text.Draw(t, "other"); other != name {
				bytesOf(t, source.Stream(other), n)
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("seed %q, stream %q: another stream changed it", seed, name)
		}
		seed2, name2 := text.Draw(t, "seed 2"), text.Draw(t, "name 2")
		same := seed == seed2 && name == name2
		if bytes.Equal(bytesOf(t, entropy.Seeded(seed2).Stream(name2), 64), want) != same {
			t.Fatalf("(%q, %q) and (%q, %q)", seed, name, seed2, name2)
		}
	})
}

// Seed and name do not run into each other.
func TestSeedAndNameAreKeptApart(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range [][2]string{{"a", "bc"}, {"ab", "c"}, {"abc", ""}, {"", "abc"}, {"a\x00b", "c"}, {"a", "b\x00c"}, {"1\x00a", ""}, {"", "1\x00a"}} {
		b := string(bytesOf(t, entropy.Seeded(p[0]).Stream(p[1]), 32))
		if seen[b] {
			t.Errorf("%q gives the stream of another", p)
		}
		seen[b] = true
	}
}

func TestSystemDoesNotRepeat(t *testing.T) {
	a, b := bytesOf(t, entropy.System().Stream("x"), 32), bytesOf(t, entropy.System().Stream("x"), 32)
	if bytes.Equal(a, b) {
		t.Error("32 equal bytes twice")
	}
}

// Every byte of a stream is handed out once, to whomever.
func TestStreamsAreSafeForSeveral(t *testing.T) {
	source := entropy.Seeded("several")
	var mu sync.Mutex
	var got []string
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				b, err := entropy.Bytes(source.Stream("ids"), 16)
				mu.Lock()
				got = append(got, string(b))
				mu.Unlock()
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	whole := bytesOf(t, entropy.Seeded("several").Stream("ids"), 16*400)
	var want []string
	for c := range slices.Chunk(whole, 16) {
		want = append(want, string(c))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Error("what several readers got is not what the stream holds")
	}
}

// fair checks counts against an equal share by the chi-squared statistic; limit
// is far beyond the 0.1 % point, and the seed is fixed.
func fair(t *testing.T, counts []int, limit float64) {
	t.Helper()
	total := 0
	for _, n := range counts {
		total += n
	}
	share, chi := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		d := float64(n) - share
		chi += d * d / share
	}
	if chi > limit {
		t.Errorf("counts %v: chi-squared %.1f over %.1f", counts, chi, limit)
	}
}

func TestDigitsAreUniform(t *testing.T) {
	s, err := entropy.Digits(entropy.Seeded("digits").Stream("d"), 100_000)
	if err != nil || len(s) != 100_000 {
		t.Fatalf("%d digits, %v", len(s), err)
	}
	counts := make([]int, 10)
	for _, c := range s {
		if c < '0' || c > '9' {
			t.Fatalf("%q is no digit", c)
		}
		counts[c-'0']++
	}
	fair(t, counts, 35) // nine degrees of freedom
	// Bytes over 249 are passed over: they would favour 0 to 5.
	if s, err := entropy.Digits(bytes.NewReader(append(bytes.Repeat([]byte{250, 255, 253, 251}, 7), 249, 0, 10, 9)), 4); err != nil || s != "9009" {
		t.Errorf("%q, %v", s, err)
	}
}

func TestDigitsOfEveryLength(t *testing.T) {
	r := entropy.Seeded("lengths").Stream("d")
	for n := range 70 {
		if s, err := entropy.Digits(r, n); err != nil || len(s) != n || strings.Trim(s, "0123456789") != "" {
			t.Errorf("%d: %q, %v", n, s, err)
		}
	}
}

func TestIntIsUniformAndWithinBounds(t *testing.T) {
	r := entropy.Seeded("int").Stream("i")
	for _, n := range []int{1, 2, 3, 7, 10, 16, 17} {
		counts := make([]int, n)
		for range 20_000 {
			v, err := entropy.Int(r, n)
			if err != nil || v < 0 || v >= n {
				t.Fatalf("Int(%d) = %d, %v", n, v, err)
			}
			counts[v]++
		}
		fair(t, counts, 50) // at most sixteen degrees of freedom
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 1<<63-1).Draw(t, "n")
		if v, err := entropy.Int(r, n); err != nil || v < 0 || v >= n {
			t.Fatalf("Int(%d) = %d, %v", n, v, err)
		}
	})
	// What would favour the small values is drawn again: of 2^63 values the last
	// two are no whole round of three.
	over := []byte{255, 255, 255, 255, 255, 255, 255, 255}
	if v, err := entropy.Int(bytes.NewReader(append(over, 0, 0, 0, 0, 0, 0, 0, 6)), 3); err != nil || v != 0 {
		t.Errorf("%d, %v", v, err)
	}
	for _, n := range []int{0, -1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Int(%d) was answered", n)
				}
			}()
			_, _ = entropy.Int(r, n)
		}()
	}
}

func TestIDForm(t *testing.T) {
	form := regexp.MustCompile(`^per_[0-9a-hjkmnp-tv-z]{26}$`)
	seen := map[string]bool{}
	r := entropy.Seeded("ids").Stream("person")
	for range 1000 {
		id, err := entropy.ID(r, "per")
		if err != nil || !form.MatchString(id) || seen[id] {
			t.Fatalf("%q, %v", id, err)
		}
		seen[id] = true
	}
	// The whole range of 128 bits is kept apart.
	low, _ := entropy.ID(bytes.NewReader(make([]byte, 16)), "x")
	high, _ := entropy.ID(bytes.NewReader(bytes.Repeat([]byte{255}, 16)), "x")
	if low != "x_"+strings.Repeat("0", 26) || high == low || len(high) != 28 {
		t.Errorf("%q, %q", low, high)
	}
}

// A source that fails or ends gives an error, and never a value half drawn.
func TestFailingSources(t *testing.T) {
	broken := errors.New("broken")
	for name, r := range map[string]func() io.Reader{
		"broken": func() io.Reader { return iotest.ErrReader(broken) },
		"short":  func() io.Reader { return strings.NewReader("abc") },
		"empty":  func() io.Reader { return strings.NewReader("") },
	} {
		if b, err := entropy.Bytes(r(), 4); err == nil || b != nil {
			t.Errorf("%s: bytes %v, %v", name, b, err)
		}
		if s, err := entropy.Digits(r(), 4); err == nil || s != "" {
			t.Errorf("%s: digits %q, %v", name, s, err)
		}
		if s, err := entropy.ID(r(), "x"); err == nil || s != "" {
			t.Errorf("%s: id %q, %v", name, s, err)
		}
		if _, err := entropy.Int(r(), 4); err == nil {
			t.Errorf("%s: int", name)
		}
	}
}

func BenchmarkID(b *testing.B) {
	r := entropy.Seeded("bench").Stream("ids")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := entropy.ID(r, "per"); err != nil {
			b.Fatal(err)
		}
	}
}
