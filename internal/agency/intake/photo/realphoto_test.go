package photo_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	xdraw "golang.org/x/image/draw"

	"kado/internal/agency/intake/photo"
)

// astronautFile is the public-domain NASA portrait in Debian's python3-skimage.
const astronautFile = "/usr/lib/python3/dist-packages/skimage/data/astronaut.png"

// realPhoto reads a photograph of a real person that is never part of Kado
// . In CI its absence fails the test; elsewhere it is skipped.
func realPhoto(t *testing.T, path, source string) image.Image {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: %v", source, err)
		}
		t.Skipf("SKIPPED, NOT PASSED: %s is not installed (%v)", source, err)
	}
	img, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// crop cuts r out of img and enlarges it to w pixels across.
func crop(t *testing.T, img image.Image, r image.Rectangle, w int) []byte {
	t.Helper()
	out := image.NewRGBA(image.Rect(0, 0, w, w*r.Dy()/r.Dx()))
	xdraw.CatmullRom.Scale(out, out.Bounds(), img, r, draw.Src, nil)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, out, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestR53_R31_NASAPortrait(t *testing.T) {
	img := realPhoto(t, astronautFile, "Debian's python3-skimage")
	rep, err := photo.Examine(crop(t, img, img.Bounds(), 512))
	if rep.Faces != 1 {
		t.Fatalf("%d faces: %v", rep.Faces, err)
	}
	// A flag and a space shuttle stand behind her.
	if !has(err, photo.BackgroundNotPlain) {
		t.Errorf("the background passes: %v", err)
	}
	for _, f := range photo.Findings(err) {
		switch f.Kind {
		case photo.BackgroundNotPlain, photo.ShadowBehind, photo.FaceTooSmall:
		default:
			t.Errorf("unjust finding %v", f)
		}
	}
	// In the cut round her head the face is large enough.
	if _, err := photo.Examine(crop(t, img, image.Rect(100, 0, 350, 300), 750)); has(err, photo.FaceTooSmall) || has(err, photo.NoFace) {
		t.Errorf("head and shoulders: %v", err)
	}
}

// The detector's own sample lies beside its source in the module cache.
func TestR53_R31_DetectorsOwnSample(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/esimov/pigo").Output()
	if err != nil {
		t.Skipf("SKIPPED, NOT PASSED: no module cache (%v)", err)
	}
	img := realPhoto(t, filepath.Join(strings.TrimSpace(string(dir)), "testdata", "sample.jpg"), "the module cache of github.com/esimov/pigo")
	rep, err := photo.Examine(crop(t, img, img.Bounds(), 640))
	if rep.Faces != 1 || rep.Face.Score < 100 {
		t.Fatalf("%d faces, score %.0f: %v", rep.Faces, rep.Face.Score, err)
	}
	for _, f := range photo.Findings(err) {
		switch f.Kind {
		case photo.NotFrontal, photo.HeadTilted, photo.DarkGlasses, photo.Headwear, photo.TooDark, photo.TooBright, photo.OutOfFocus, photo.SeveralFaces:
			t.Errorf("unjust finding %v", f)
		}
	}
}

var _ = png.Decode // the NASA portrait is a PNG
