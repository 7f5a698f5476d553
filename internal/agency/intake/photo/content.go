package photo

import (
	"image"
	"math"

	"kado/internal/platform/fault"
)

// examineContent finds the face and applies the content rules. It fills rep
// and returns what was found wrong.
func examineContent(img *image.YCbCr, rep *Report) []*fault.Error {
	w := newWorking(img)
	d := loadDetectors()
	pad := min(w.luma.w, w.luma.h) / 4
	g := w.luma.padded(pad)
	faces := facesIn(d.findFaces(g))
	rep.Faces = len(faces)
	if len(faces) == 0 {
		return examineFaceless(d, w)
	}
	var out []*fault.Error
	if len(faces) > 1 {
		out = append(out, SeveralFaces.New(len(faces)))
	}
	f := landmarks(d, g, faces[0], float64(pad))
	rep.Face = f.report(w.scale)
	out = append(out, examinePose(w, f, rep)...)
	out = append(out, examineCover(w, f, rep)...)
	out = append(out, examineBackground(w, f, rep)...)
	return append(out, examineLight(img, w, f, rep)...)
}

// facesIn keeps certain faces, and of two that share a place the stronger.
func facesIn(hits []hit) []hit {
	var out []hit
	for _, h := range hits {
		if h.score < MinFaceScore {
			continue
		}
		within := false
		for _, k := range out {
			reach := max(h.size, k.size) / 2
			if math.Abs(h.x-k.x) < reach && math.Abs(h.y-k.y) < reach {
				within = true
			}
		}
		if !within {
			out = append(out, h)
		}
	}
	return out
}

// examineFaceless tells why there may be no face: the photo lies on its side,
// the head is tilted, or it is too dark.
func examineFaceless(d detectors, w working) []*fault.Error {
	var out []*fault.Error
	best, turned, tilt := float64(MinFaceScore), 0, 0
	for quarters := 1; quarters <= 3; quarters++ {
		if f := facesIn(d.findFaces(w.luma.turned(quarters))); len(f) > 0 && f[0].score > best {
			best, turned, tilt = f[0].score, quarters, 0
		}
	}
	for _, degrees := range [...]int{-40, -22, 22, 40} {
		if f := facesIn(d.findFaces(w.luma.tilted(float64(degrees)))); len(f) > 0 && f[0].score > best {
			best, turned, tilt = f[0].score, 0, degrees
		}
	}
	switch {
	case turned > 0:
		out = append(out, OnItsSide.New(360-90*turned))
	case tilt != 0:
		out = append(out, HeadTilted.New(max(tilt, -tilt)))
	default:
		out = append(out, NoFace.New())
	}
	light := newHistogram()
	for _, v := range w.luma.px {
		light.add(v)
	}
	if p := light.percentile(0.95); p < minFaceBrightest {
		out = append(out, TooDark.New(p))
	}
	if white := light.over(250); white > maxWhite {
		out = append(out, TooBright.New(int(100*white)))
	}
	return out
}

// face is a located face in working pixels.
type face struct {
	hit
	lx, ly, rx, ry float64 // pupils
	nx, ny         float64 // nose
	ml, mr         [2]float64
}

// Where pupils lie in the detector's square, and how large the search for them
// is, as shares of its side: the geometry the cascades were trained with.
const eyeAside, eyeAbove, eyeSize = 0.185, 0.075, 0.25

// landmarks locates the points of a face in the padded picture g and gives them
// in working pixels.
func landmarks(d detectors, g gray, h hit, pad float64) face {
	f := face{hit: h}
	f.lx, f.ly, _ = d.pupil.locate(g, h.x-eyeAside*h.size, h.y-eyeAbove*h.size, eyeSize*h.size, false)
	f.rx, f.ry, _ = d.pupil.locate(g, h.x+eyeAside*h.size, h.y-eyeAbove*h.size, eyeSize*h.size, true)
	e := max(8, f.eyeDistance())
	cx, cy := (f.lx+f.rx)/2, (f.ly+f.ry)/2+0.25*e
	// Either half's cascade pulls to its own side; their mean does not.
	ax, ay, _ := d.nose.locate(g, cx, cy, 3*e, false)
	bx, by, _ := d.nose.locate(g, cx, cy, 3*e, true)
	f.nx, f.ny = (ax+bx)/2, (ay+by)/2
	f.ml[0], f.ml[1], _ = d.mouthCorner.locate(g, cx, cy, 3*e, false)
	f.mr[0], f.mr[1], _ = d.mouthCorner.locate(g, cx, cy, 3*e, true)
	for _, v := range []*float64{&f.x, &f.y, &f.lx, &f.ly, &f.rx, &f.ry, &f.nx, &f.ny, &f.ml[0], &f.ml[1], &f.mr[0], &f.mr[1]} {
		*v -= pad
	}
	return f
}

func (f face) eyeDistance() float64 { return math.Hypot(f.rx-f.lx, f.ry-f.ly) }

// middle is the point between the eyes.
func (f face) middle() (x, y float64) { return (f.lx + f.rx) / 2, (f.ly + f.ry) / 2 }

func (f face) tilt() float64 { return math.Atan2(f.ry-f.ly, f.rx-f.lx) * 180 / math.Pi }

// along is how far (x, y) lies to the right of the eyes' middle, measured on
// the line of the eyes, in eye distances.
func (f face) along(x, y float64) float64 {
	e := max(1, f.eyeDistance())
	mx, my := f.middle()
	return ((x-mx)*(f.rx-f.lx) + (y-my)*(f.ry-f.ly)) / (e * e)
}

// turn is the larger deviation of nose and mouth.
func (f face) turn() float64 {
	nose := f.along(f.nx, f.ny)
	mouth := f.along((f.ml[0]+f.mr[0])/2, (f.ml[1]+f.mr[1])/2)
	if math.Abs(mouth) > math.Abs(nose) {
		return mouth
	}
	return nose
}

func (f face) report(scale float64) Face {
	pt := func(x, y float64) Point { return Point{int(math.Round(x / scale)), int(math.Round(y / scale))} }
	corner := pt(f.x-f.size/2, f.y-f.size/2)
	return Face{
		Box:         Box{corner.X, corner.Y, int(math.Round(f.size / scale))},
		Score:       f.score,
		LeftEye:     pt(f.lx, f.ly),
		RightEye:    pt(f.rx, f.ry),
		Nose:        pt(f.nx, f.ny),
		LeftMouth:   pt(f.ml[0], f.ml[1]),
		RightMouth:  pt(f.mr[0], f.mr[1]),
		Tilt:        f.tilt(),
		Turn:        f.turn(),
		EyeDistance: f.eyeDistance() / scale,
	}
}

// examinePose decides size, place and direction of the face.
func examinePose(w working, f face, rep *Report) []*fault.Error {
	var out []*fault.Error
	share := f.size / float64(min(w.luma.w, w.luma.h))
	rep.Measures.FaceShare = share
	switch {
	case share < minFaceShare:
		out = append(out, FaceTooSmall.New(int(100*share)))
	case share > maxFaceShare:
		out = append(out, TooClose.New(int(100*share)))
	}
	e := f.eyeDistance()
	mx, my := f.middle()
	if mx-cheekBeside*e < 0 || mx+cheekBeside*e > float64(w.luma.w) || my-skullAbove*e < 0 || my+chinBelow*e > float64(w.luma.h) {
		out = append(out, FaceCut.New())
	}
	if t := math.Abs(f.tilt()); t > maxTilt {
		out = append(out, HeadTilted.New(int(t)))
	}
	if math.Abs(f.turn()) > maxTurn {
		out = append(out, NotFrontal.New())
	}
	return out
}

// examineCover looks for dark lenses and for headwear of a colour hair has not.
func examineCover(w working, f face, rep *Report) []*fault.Error {
	var out []*fault.Error
	e := f.eyeDistance()
	mx, my := f.middle()
	// Behind dark lenses no pupil is found, so the eyes are taken both where
	// the pupils seem to be and where a face of this size has them.
	shade := math.Inf(1)
	for _, eyes := range [...][2][2]float64{
		{{f.lx, f.ly}, {f.rx, f.ry}},
		{{f.x - eyeAside*f.size, f.y - eyeAbove*f.size}, {f.x + eyeAside*f.size, f.y - eyeAbove*f.size}},
	} {
		lids, cheeks := newHistogram(), newHistogram()
		for _, eye := range eyes {
			w.luma.each(eye[0]-0.26*e, eye[1]-0.14*e, eye[0]+0.26*e, eye[1]+0.14*e, func(_ int, v uint8) { lids.add(v) })
			cx := eye[0] + 0.08*(eye[0]-mx)
			w.luma.each(cx-0.16*e, eye[1]+0.55*e, cx+0.16*e, eye[1]+0.8*e, func(_ int, v uint8) { cheeks.add(v) })
		}
		shade = min(shade, float64(lids.percentile(0.7))/float64(max(1, cheeks.percentile(0.5))))
	}
	rep.Measures.EyeShade = shade
	if rep.Measures.EyeShade < minEyeShade {
		out = append(out, DarkGlasses.New())
	}

	cool, warm := newHistogram(), newHistogram()
	w.cb.each(mx-0.6*e, my-1.45*e, mx+0.6*e, my-0.85*e, func(i int, v uint8) {
		cool.add(max(v, 255-w.cr.px[i]))
		warm.add(w.cr.px[i])
	})
	// Red hair and skin stay some way under the red of dyed cloth.
	const hairRed = 36
	rep.Measures.HeadwearChroma = max(0, float64(cool.percentile(0.5))-128, float64(warm.percentile(0.5))-128-hairRed)
	if rep.Measures.HeadwearChroma > maxHeadwearChroma {
		out = append(out, Headwear.New())
	}
	return out
}
