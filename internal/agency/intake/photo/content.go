package photo

import (
	"image"

	"kado/internal/platform/fault"
)

func examineContent(img *image.YCbCr, rep *Report) []*fault.Error { return nil }
