package mynumber

import (
	"fmt"
	"time"
)

// Limits of a face photo, all inclusive (R-31, C-22).
const (
	PhotoMinBytes      = 20 << 10 // 20 KiB
	PhotoMaxBytes      = 7 << 20  // 7 MiB
	PhotoMinSide       = 480      // pixels, width and height each
	PhotoMaxSide       = 6000
	PhotoMaxAgeMonths  = 6
	PhotoInfantAgeEnds = 1 // years; younger holders have no photo
)

// PhotoRule names a limit.
type PhotoRule string

// The limits.
const (
	PhotoTooFewBytes  PhotoRule = "too_few_bytes"
	PhotoTooManyBytes PhotoRule = "too_many_bytes"
	PhotoTooNarrow    PhotoRule = "too_narrow"
	PhotoTooWide      PhotoRule = "too_wide"
	PhotoTooLow       PhotoRule = "too_low"
	PhotoTooHigh      PhotoRule = "too_high"
)

// PhotoError is a broken limit with the measured value, in bytes or pixels
// (P-37).
type PhotoError struct {
	Rule     PhotoRule
	Measured int64
	Limit    int64
}

// Error implements error.
func (e *PhotoError) Error() string {
	return fmt.Sprintf("mynumber: photo refused: %s: %d, limit %d", e.Rule, e.Measured, e.Limit)
}

// CheckPhotoBytes applies the limits on the length of the file. The error is a
// *PhotoError.
func CheckPhotoBytes(n int64) error {
	switch {
	case n < PhotoMinBytes:
		return &PhotoError{PhotoTooFewBytes, n, PhotoMinBytes}
	case n > PhotoMaxBytes:
		return &PhotoError{PhotoTooManyBytes, n, PhotoMaxBytes}
	}
	return nil
}

// CheckPhotoSides applies the limits on width and height in pixels, each side
// on its own, width first. The error is a *PhotoError.
func CheckPhotoSides(width, height int) error {
	switch w, h := int64(width), int64(height); {
	case w < PhotoMinSide:
		return &PhotoError{PhotoTooNarrow, w, PhotoMinSide}
	case w > PhotoMaxSide:
		return &PhotoError{PhotoTooWide, w, PhotoMaxSide}
	case h < PhotoMinSide:
		return &PhotoError{PhotoTooLow, h, PhotoMinSide}
	case h > PhotoMaxSide:
		return &PhotoError{PhotoTooHigh, h, PhotoMaxSide}
	}
	return nil
}

// PhotoRecent reports whether a photo taken on a day may be used on another:
// within six months, the first day included, and not in the future.
func PhotoRecent(taken, on Date) bool {
	return taken.Valid() && !taken.After(on) && !taken.Before(on.AddMonths(-PhotoMaxAgeMonths))
}

// NoPhotoForInfant reports whether a card issued on a day has no photo: from
// 2024-12-02, for children before their first birthday (R-31, C-52). A face
// check against such a card is "not possible", never "passed".
func NoPhotoForInfant(birth, on Date) bool {
	age := AgeOn(birth, on)
	return !on.Before(Date{2024, time.December, 2}) && age >= 0 && age < PhotoInfantAgeEnds
}
