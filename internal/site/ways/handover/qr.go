package handover

import (
	"encoding/base64"
	"fmt"
	"html/template"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// quiet is the empty margin around the code that scanners need, in modules.
const quiet = 4

// qrImage draws text as a QR code: an SVG as a data URL, sharp at any size.
func qrImage(text string) (template.URL, error) {
	code, err := qr.Encode(text, qr.M, qr.Unicode)
	if err != nil {
		return "", fmt.Errorf("handover: %w", err)
	}
	box := code.Bounds()
	var path strings.Builder
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if g, ok := color.GrayModel.Convert(code.At(x, y)).(color.Gray); ok && g.Y < 128 {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	side := box.Dx() + 2*quiet
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, side*8, side*8, side, side, path.String())
	return template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(svg))), nil
}
