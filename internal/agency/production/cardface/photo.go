package cardface

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	jpeg2000 "github.com/ajroetker/go-jpeg2000"
	"golang.org/x/image/draw"

	"kado/mynumber"
)

// PhotoWidth and PhotoHeight are the size of the photo inside the chip in
// pixels: the 35 x 45 mm of the application form.
const PhotoWidth, PhotoHeight = 210, 270

// PhotoJP2 turns the photo of an application into the one inside the chip
// (tag DF27): cut to 35 x 45 around the middle, reduced to PhotoWidth x
// PhotoHeight, greyscale, JPEG 2000 in a JP2 container of at most MaxPhoto
// bytes, at about the best quality that fits. The JPEG must keep the limits of R-31
// on length and sides; only the lower limit on length is left to the photo
// check. Pixels are taken as they lie: turning by metadata is done before.
// Errors wrap ErrPhoto.
func PhotoJP2(photo []byte) ([]byte, error) {
	img, err := decodePhoto(photo)
	if err != nil {
		return nil, err
	}
	return encodeJP2(greyPortrait(img))
}

func photoError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrPhoto, fmt.Sprintf(format, args...))
}

// decodePhoto looks at the length and the announced size before it decodes,
// so that a small file cannot make it fill the memory.
func decodePhoto(photo []byte) (image.Image, error) {
	if len(photo) > mynumber.PhotoMaxBytes {
		return nil, photoError("more than %d bytes", mynumber.PhotoMaxBytes)
	}
	c, err := jpeg.DecodeConfig(bytes.NewReader(photo))
	if err != nil {
		return nil, photoError("not a JPEG")
	}
	if err := mynumber.CheckPhotoSides(c.Width, c.Height); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPhoto, err)
	}
	if c.ColorModel == color.CMYKModel {
		return nil, photoError("a JPEG of four printing colours")
	}
	img, err := jpeg.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil, photoError("a broken JPEG")
	}
	return img, nil
}

// portraitCut returns the largest part of b around its middle with the shape
// of the card's photo.
func portraitCut(b image.Rectangle) image.Rectangle {
	w, h := b.Dx(), b.Dx()*PhotoHeight/PhotoWidth
	if h > b.Dy() {
		w, h = b.Dy()*PhotoWidth/PhotoHeight, b.Dy()
	}
	x, y := b.Min.X+(b.Dx()-w)/2, b.Min.Y+(b.Dy()-h)/2
	return image.Rect(x, y, x+w, y+h)
}

func greyPortrait(img image.Image) *image.Gray {
	small := image.NewRGBA(image.Rect(0, 0, PhotoWidth, PhotoHeight))
	draw.CatmullRom.Scale(small, small.Bounds(), img, portraitCut(img.Bounds()), draw.Src, nil)
	grey := image.NewGray(small.Bounds())
	draw.Draw(grey, grey.Bounds(), small, image.Point{}, draw.Src)
	return grey
}

// The search for a quality. usualQuality is where portraits end; from there the
// length grows by the factor e with each lengthPerQuality, which is right enough
// that two or three steps suffice. bestQuality is worth its length in no photo.
const (
	usualQuality     = 0.6
	lengthPerQuality = 0.19
	bestQuality      = 0.99
	searchSteps      = 7
	aimedAt          = MaxPhoto * 985 / 1000
	enough           = MaxPhoto * 97 / 100
)

// encodeJP2 searches for a quality whose file fits and fills at least 97 of 100
// parts of the room, or is the best there is. The encoder's own aim for a size
// misses it by far, so quality is what is turned.
func encodeJP2(grey *image.Gray) ([]byte, error) {
	low, high, quality := 0.0, bestQuality, usualQuality
	var best []byte
	for range searchSteps {
		out, err := encodeAt(grey, quality)
		if err != nil {
			return nil, err
		}
		if len(out) > MaxPhoto {
			high = quality
		} else {
			best, low = out, quality
			if len(out) >= enough || quality == bestQuality {
				break
			}
		}
		next := quality + lengthPerQuality*math.Log(aimedAt/float64(len(out)))
		switch {
		case next > low && next < high:
			quality = next
		case next >= high && high == bestQuality:
			quality = bestQuality
		default: // not of the usual shape: halve what is left
			quality = (low + high) / 2
		}
	}
	if best == nil {
		return nil, photoError("cannot be made as small as %d bytes", MaxPhoto)
	}
	return best, nil
}

// encodeAt answers a panic of the young encoder with an error: one odd photo
// must not stop a production run.
func encodeAt(grey *image.Gray, quality float64) (out []byte, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, photoError("the JPEG 2000 encoder failed")
		}
	}()
	var b bytes.Buffer
	err = jpeg2000.Encode(&b, grey, &jpeg2000.EncodeOptions{
		Quality:        quality,
		NumResolutions: 6,
		FileFormat:     jpeg2000.FormatJP2,
	})
	if err != nil {
		return nil, photoError("the JPEG 2000 encoder failed")
	}
	return b.Bytes(), nil
}
