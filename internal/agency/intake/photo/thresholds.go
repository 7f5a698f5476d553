package photo

// The thresholds of the content rules. They were set on drawn portraits with
// and without each fault and on two photographs, with room on both sides; a
// reviewer may override what they find (P-38).
const (
	// MinFaceScore is the detector's confidence from which a square is a face.
	// Faces from the front score 50 and more, chance textures under 10.
	MinFaceScore = 18
	// The box spans from brows to chin. On a passport print it fills some two
	// thirds of the width; under a quarter the printed face would be under a
	// centimetre.
	minFaceShare = 0.25
	// Above this the outline of head and hair no longer fits in the photo.
	maxFaceShare = 0.94
	// maxTilt in degrees: a relaxed head is within five.
	maxTilt = 9.0
	// maxTurn: nose and mouth leave the middle between the eyes by this share
	// of the eye distance when the head is turned by some twenty degrees; in
	// front views they keep within 0.06.
	maxTurn = 0.12
	// What belongs to the head, in eye distances from the point between the
	// eyes; hair may be cut, the skull and the chin may not.
	skullAbove, chinBelow, cheekBeside = 1.5, 1.7, 1.1
	// The part of the photo that may be covered by hair, in eye distances.
	hairAbove, hairBeside = 2.3, 1.7
	// minEyeShade: lids and whites are half as bright as the cheeks or more;
	// dark lenses are not.
	minEyeShade = 0.45
	// maxHeadwearChroma: hair and skin are neutral or warm.
	maxHeadwearChroma = 16.0
	// A background block stands out by this much luma, chroma or unrest.
	blockLuma, blockChroma, blockUnrest = 20.0, 9.0, 12.0
	// A shadow beside the head: tint and evenness of the ground, and its light
	// as a share of the ground's.
	shadowChroma, shadowUnrest, shadowDeepest, shadowLightest = 5.0, 5.0, 0.4, 0.87
	// Shares of the background that may stand out: a lock of hair, a collar.
	maxBackgroundOff, maxBackgroundDark = 0.08, 0.08
	// minSharpness: see Measures. Focused faces measure 0.4 and more; a blur of
	// a fortieth of the eye distance brings them under 0.05.
	minSharpness = 0.12
	// The face's brightest twentieth has to reach this luma.
	minFaceBrightest = 96.0
	// At most this share of the face may be white.
	maxFaceHighlight = 0.15
	// In a photo without a face, more white than this explains its absence.
	maxWhite = 0.5
)
