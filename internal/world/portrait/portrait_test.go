package portrait_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"kado/internal/agency/intake/photo"
	"kado/internal/world/portrait"
	"kado/mynumber"
)

func seedOf(n int) *bytes.Reader {
	s := sha256.Sum256(fmt.Appendf(nil, "resident %d", n))
	return bytes.NewReader(s[:])
}

// subjectOf spreads ages 0..99 and both sexes over the seeds.
func subjectOf(n int) portrait.Subject {
	return portrait.Subject{Age: n * 37 % 100, Sex: []mynumber.Sex{mynumber.Male, mynumber.Female}[n%2]}
}

// thumb is a portrait's light in 14 × 18 squares: what remains when one
// squints.
type thumb [14 * 18]float64

func thumbOf(img image.Image) (t thumb) {
	y := img.(*image.YCbCr)
	const side = portrait.Width / 14
	for py := range portrait.Height {
		for px := range portrait.Width {
			t[py/side*14+px/side] += float64(y.Y[py*y.YStride+px])
		}
	}
	for i := range t {
		t[i] /= side * side
	}
	return t
}

// distance is the root mean square difference in 8-bit steps.
func (t thumb) distance(u thumb) float64 {
	sum := 0.0
	for i := range t {
		sum += (t[i] - u[i]) * (t[i] - u[i])
	}
	return math.Sqrt(sum / float64(len(t)))
}

// Every drawn resident passes the examination, with room to spare, and no two
// look alike (R-53, demo step 2).
func TestR53_EveryPortraitPassesTheExamination(t *testing.T) {
	n := 200
	if testing.Short() {
		n = 24
	}
	thumbs := make([]thumb, n)
	digests := make([]string, n)
	next := make(chan int)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range next {
				thumbs[i], digests[i] = examineOne(t, i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()

	seen := map[string]int{}
	for i, d := range digests {
		if j, twice := seen[d]; twice {
			t.Errorf("residents %d and %d have one portrait", i, j)
		}
		seen[d] = i
	}
	// Grain alone makes under 0.2.
	const floor = 2.0
	for i := range n {
		for j := range i {
			if d := thumbs[i].distance(thumbs[j]); d < floor {
				t.Errorf("residents %d and %d differ by %.2f only", i, j, d)
			}
		}
	}
}

func examineOne(t *testing.T, i int) (thumb, string) {
	data, err := portrait.Draw(seedOf(i), subjectOf(i))
	if err != nil {
		t.Errorf("resident %d: %v", i, err)
		return thumb{}, ""
	}
	rep, err := photo.Examine(data)
	if err != nil {
		t.Errorf("resident %d %+v: %v (%+v)", i, subjectOf(i), err, rep)
	}
	f, m := rep.Face, rep.Measures
	if rep.Faces != 1 || f.Score < 1.2*photo.MinFaceScore {
		t.Errorf("resident %d %+v: %d faces, score %.0f", i, subjectOf(i), rep.Faces, f.Score)
	}
	if math.Abs(f.Tilt) > 4 || math.Abs(f.Turn) > 0.09 || m.Sharpness < 0.25 || m.BackgroundOff > 0.03 || m.BackgroundDark > 0.04 || m.EyeShade < 0.7 {
		t.Errorf("resident %d %+v has no room to spare: %+v", i, subjectOf(i), rep)
	}
	// Pupils are 63 mm apart in the drawing, some 180 pixels.
	if f.EyeDistance < 150 || f.EyeDistance > 215 || math.Abs(float64(f.LeftEye.X+f.RightEye.X)/2-portrait.Width/2) > 25 {
		t.Errorf("resident %d: pupils at %v and %v", i, f.LeftEye, f.RightEye)
	}
	if len(data) < 40<<10 || len(data) > 400<<10 {
		t.Errorf("resident %d: %d bytes", i, len(data))
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Errorf("resident %d: %v", i, err)
		return thumb{}, rep.Digest
	}
	return thumbOf(img), rep.Digest
}

func TestR53_SameSeedSamePortrait(t *testing.T) {
	for _, f := range []portrait.Fault{portrait.None, portrait.Turned} {
		a, errA := portrait.DrawFaulty(seedOf(1), subjectOf(1), f)
		b, errB := portrait.DrawFaulty(seedOf(1), subjectOf(1), f)
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("fault %q: two drawings differ (%v, %v)", f, errA, errB)
		}
	}
	a, _ := portrait.Draw(seedOf(1), subjectOf(1))
	b, _ := portrait.Draw(seedOf(2), subjectOf(1))
	c, _ := portrait.Draw(seedOf(1), portrait.Subject{Age: subjectOf(1).Age, Sex: mynumber.Male})
	if bytes.Equal(a, b) || bytes.Equal(a, c) {
		t.Error("seed or sex does not show")
	}
}

// Ages and codes at and beyond the edges are drawn, not refused: a portrait
// never stops a town from being made.
func TestR53_EdgesOfAgeAndSex(t *testing.T) {
	for _, s := range []portrait.Subject{{0, mynumber.Female}, {120, mynumber.Male}, {-3, mynumber.SexUnknown}, {500, mynumber.SexNotApplicable}, {40, 'x'}} {
		data, err := portrait.Draw(seedOf(5), s)
		if err != nil {
			t.Errorf("%+v: %v", s, err)
			continue
		}
		if _, err := photo.Examine(data); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestR53_ShortSeedAndUnknownFaultAreRefused(t *testing.T) {
	if _, err := portrait.Draw(strings.NewReader("too short"), subjectOf(0)); err == nil {
		t.Error("a seed of nine bytes was taken")
	}
	if _, err := portrait.DrawFaulty(seedOf(0), subjectOf(0), "no such fault"); err == nil {
		t.Error("an unknown fault was drawn")
	}
	broken := errors.New("broken")
	if _, err := portrait.Draw(failing{broken}, subjectOf(0)); !errors.Is(err, broken) {
		t.Errorf("the reader's error is lost: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
