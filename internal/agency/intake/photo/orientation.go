package photo

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
)

// exifOrientation reads tag 0x0112 of the first image directory (Exif 2.32,
// 4.6.4 A): 1..8, and 1 for whatever is absent, damaged or out of range. It
// only walks the segments before the image data.
func exifOrientation(data []byte) int {
	pos := 2
	for pos+4 <= len(data) && data[pos] == 0xFF {
		marker := data[pos+1]
		if marker == 0xFF { // fill byte
			pos++
			continue
		}
		if marker == 0xDA || marker == 0xD9 {
			return 1
		}
		n := int(binary.BigEndian.Uint16(data[pos+2:]))
		if n < 2 || pos+2+n > len(data) {
			return 1
		}
		body := data[pos+4 : pos+2+n]
		if tiff, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && marker == 0xE1 {
			return tiffOrientation(tiff)
		}
		pos += 2 + n
	}
	return 1
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(t[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := uint64(order.Uint32(t[4:]))
	if at+2 > uint64(len(t)) {
		return 1
	}
	count := uint64(order.Uint16(t[at:]))
	for i := range count {
		e := at + 2 + 12*i
		if e+12 > uint64(len(t)) {
			return 1
		}
		const orientationTag, short = 0x0112, 3
		if order.Uint16(t[e:]) != orientationTag {
			continue
		}
		if order.Uint16(t[e+2:]) != short || order.Uint32(t[e+4:]) != 1 {
			return 1
		}
		if o := int(order.Uint16(t[e+8:])); o >= 1 && o <= 8 {
			return o
		}
		return 1
	}
	return 1
}

// upright turns img by its EXIF orientation into a fresh 4:4:4 image that
// starts at (0,0).
func upright(img image.Image, orientation int) *image.YCbCr {
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	ow, oh := w, h
	if orientation >= 5 {
		ow, oh = h, w
	}
	out := image.NewYCbCr(image.Rect(0, 0, ow, oh), image.YCbCrSubsampleRatio444)
	for y := range oh {
		for x := range ow {
			sx, sy := storedPlace(x, y, w, h, orientation)
			yy, cb, cr := sample(img, b.Min.X+sx, b.Min.Y+sy)
			i := y*out.YStride + x
			out.Y[i], out.Cb[i], out.Cr[i] = yy, cb, cr
		}
	}
	return out
}

// storedPlace tells where the upright pixel (x, y) is stored in an image of
// w×h pixels.
func storedPlace(x, y, w, h, orientation int) (sx, sy int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

func sample(img image.Image, x, y int) (yy, cb, cr byte) {
	switch m := img.(type) {
	case *image.YCbCr:
		c := m.COffset(x, y)
		return m.Y[m.YOffset(x, y)], m.Cb[c], m.Cr[c]
	case *image.Gray:
		return m.GrayAt(x, y).Y, 128, 128
	}
	r, g, b, _ := img.At(x, y).RGBA()
	return color.RGBToYCbCr(byte(r>>8), byte(g>>8), byte(b>>8))
}
