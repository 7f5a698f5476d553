// Package photo is the machine-decidable examination of an application photo
// (R-31, APP-43..62, P-37, P-38).
//
// Two kinds of findings are told apart. A formal finding (not a JPEG, bytes,
// pixels, damage) is a fact and nobody may wave it through. A content finding
// (face, background, focus, light) is a judgement by thresholds: the applicant
// is told before submission, and only a named reviewer may override it with a
// reason. What no threshold decides here (taken within six months, likeness to
// the person, a dark cap, a veil) stays with the human examiner (APP-64).
//
// All limits are inclusive. The examination is deterministic: the same bytes
// give the same report.
package photo

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"kado/internal/platform/fault"
)

// The formal limits of R-31, in bytes and pixels, all inclusive. The size
// limits are in KiB and MiB as R-31 says; APP-46 leaves open whether a KB is
// 1,000 bytes, and R-31 goes before it.
const (
	MinBytes = 20 << 10
	MaxBytes = 7 << 20
	MinSide  = 480
	MaxSide  = 6000
)

// Point is a place in the upright photo, in pixels from its top left corner.
type Point struct{ X, Y int }

// Box is a square of the upright photo, in pixels. Parts of it lie outside the
// photo when the face is cut.
type Box struct{ X, Y, Size int }

// Face is what was found of one face.
type Face struct {
	Box         Box
	Score       float64 // the detector's summed confidence; MinFaceScore and more is a face
	LeftEye     Point   // the pupil on the left side of the photo
	RightEye    Point
	Nose        Point // between the nostrils
	LeftMouth   Point // the corners of the mouth
	RightMouth  Point
	Tilt        float64 // degrees the line of the eyes falls to the right
	Turn        float64 // how far nose and mouth stand off the eyes' middle, as a share of the eye distance
	EyeDistance float64 // pixels
}

// Measures are the values the content rules are decided by; each has its
// threshold in thresholds.go.
type Measures struct {
	FaceShare      float64 // face box by shorter side of the photo
	Sharpness      float64 // variance of the Laplacian by variance of the light around the eyes
	FaceLight      float64 // median luma of the face, 0..255
	FaceHighlight  float64 // share of the face at or over luma 250
	FaceBrightest  float64 // 95th percentile of the face's luma
	EyeShade       float64 // light around the eyes by light of the cheeks
	BackgroundOff  float64 // share of the background that stands out from a plain ground
	BackgroundDark float64 // share of the background that is the ground's colour but darker
	HeadwearChroma float64 // strength of a colour over the forehead that no hair has, 0..255
}

// Report is the outcome of an examination.
type Report struct {
	Bytes         int
	Width, Height int // of the upright photo
	Orientation   int // EXIF orientation 1..8; 1 when absent
	Digest        string
	Faces         int
	Face          Face // the most certain face; zero when none was found
	Measures      Measures
}

// Refusal is the error of an examination. It carries every finding (APP-63),
// the formal ones first; fault.Of gives the first one.
type Refusal struct{ Findings []*fault.Error }

// Error lists the findings.
func (r *Refusal) Error() string {
	parts := make([]string, len(r.Findings))
	for i, f := range r.Findings {
		parts[i] = f.Error()
	}
	return strings.Join(parts, "; ")
}

// Unwrap gives the findings to errors.Is and errors.As.
func (r *Refusal) Unwrap() []error {
	out := make([]error, len(r.Findings))
	for i, f := range r.Findings {
		out[i] = f
	}
	return out
}

// Has reports whether a finding is of kind k.
func (r *Refusal) Has(k *fault.Kind) bool {
	for _, f := range r.Findings {
		if f.Kind == k {
			return true
		}
	}
	return false
}

// Formal reports whether any finding is formal, so that no reviewer may
// override the refusal (P-37, P-38).
func (r *Refusal) Formal() bool {
	for _, f := range r.Findings {
		if f.Kind.Number < firstContentNumber {
			return true
		}
	}
	return false
}

// Findings returns every finding in err; nil when err is not a Refusal.
func Findings(err error) []*fault.Error {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Findings
	}
	return nil
}

// Digest returns the SHA-256 of the photo as 64 lower-case hex digits: what an
// application is bound to (APP-53, P-03).
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Examine decides a photo as uploaded. The error is nil or a *Refusal. The
// report holds what could be measured, also beside a refusal, for the reviewer.
func Examine(data []byte) (Report, error) {
	rep := Report{Bytes: len(data), Digest: Digest(data), Orientation: 1}
	head, findings := examineForm(data)
	rep.Orientation = head.orientation
	rep.Width, rep.Height = head.uprightSize()
	if len(findings) > 0 {
		return rep, &Refusal{findings}
	}
	leave, err := admit(head)
	if err != nil {
		return rep, err
	}
	defer leave()
	img, err := decode(data, head)
	if err != nil {
		return rep, &Refusal{[]*fault.Error{Damaged.Because(err)}}
	}
	if findings := examineContent(img, &rep); len(findings) > 0 {
		return rep, &Refusal{findings}
	}
	return rep, nil
}

// Normalise decodes a photo that passes the formal rules, turns it upright and
// encodes it anew, so that no metadata (place, device, thumbnail, trailing
// bytes) travels on. The content is not examined. The error is nil or a
// *Refusal.
func Normalise(data []byte) ([]byte, error) {
	head, findings := examineForm(data)
	if len(findings) > 0 {
		return nil, &Refusal{findings}
	}
	leave, err := admit(head)
	if err != nil {
		return nil, err
	}
	defer leave()
	img, err := decode(data, head)
	if err != nil {
		return nil, &Refusal{[]*fault.Error{Damaged.Because(err)}}
	}
	return encode(img)
}
