package photo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"golang.org/x/sync/semaphore"

	"kado/internal/platform/fault"
)

// header is what the formal rules read before a pixel is decoded.
type header struct {
	width, height int // as stored
	orientation   int
	model         color.Model
}

func (h header) uprightSize() (width, height int) {
	if h.orientation >= 5 {
		return h.height, h.width
	}
	return h.width, h.height
}

// examineForm applies the formal rules without decoding pixels: what follows
// may rely on sides of at most MaxSide.
func examineForm(data []byte) (header, []*fault.Error) {
	h := header{orientation: 1}
	var out []*fault.Error
	switch {
	case len(data) < MinBytes:
		out = append(out, TooFewBytes.New(len(data)))
	case len(data) > MaxBytes:
		out = append(out, TooManyBytes.New(len(data)))
	}
	if !bytes.HasPrefix(data, []byte{0xFF, 0xD8, 0xFF}) {
		return h, append(out, NotJPEG.New())
	}
	if len(data) > MaxBytes {
		return h, out
	}
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return h, append(out, Damaged.Because(err))
	}
	h.width, h.height, h.model = cfg.Width, cfg.Height, cfg.ColorModel
	h.orientation = exifOrientation(data)
	w, ht := h.uprightSize()
	switch {
	case w < MinSide:
		out = append(out, TooNarrow.New(w))
	case w > MaxSide:
		out = append(out, TooWide.New(w))
	}
	switch {
	case ht < MinSide:
		out = append(out, TooLow.New(ht))
	case ht > MaxSide:
		out = append(out, TooHigh.New(ht))
	}
	if h.model == color.CMYKModel {
		// Print colours cannot be turned into screen colours without the
		// press's profile; guessing would change the face's colour.
		out = append(out, PrintColours.New())
	}
	return h, out
}

// pixelBudget bounds the pixels held by all examinations at one time to one
// photo of the largest permitted size: decoding a progressive one takes half a
// gigabyte. Some seventy photos of a usual size run side by side.
var pixelBudget = semaphore.NewWeighted(MaxSide * MaxSide)

// admit waits until the photo fits into the budget and returns how to leave it.
// examineForm has passed before, so the wait ends.
func admit(h header) (leave func(), err error) {
	weight := int64(h.width) * int64(h.height)
	if err := pixelBudget.Acquire(context.Background(), weight); err != nil {
		return nil, fmt.Errorf("photo: %w", err)
	}
	return func() { pixelBudget.Release(weight) }, nil
}

// decode returns the upright photo. examineForm has passed before.
func decode(data []byte, h header) (*image.YCbCr, error) {
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if img.Bounds().Dx() != h.width || img.Bounds().Dy() != h.height {
		return nil, fmt.Errorf("photo: %v after a header of %d×%d", img.Bounds(), h.width, h.height)
	}
	return upright(img, h.orientation), nil
}

// normalisedQuality keeps the skin free of visible blocks; the card's own image
// is far smaller.
const normalisedQuality = 92

func encode(img *image.YCbCr) ([]byte, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, img, &jpeg.Options{Quality: normalisedQuality}); err != nil {
		return nil, fmt.Errorf("photo: %w", err)
	}
	return buf.Bytes(), nil
}
