package portrait

import "math"

// Hair is drawn in two passes: what lies behind the neck, and what lies over
// the head. Both fill a soft mass and lay strands over it.

// hairPlan says how a style is built up.
type hairPlan struct {
	fringe  bool    // strands over the forehead
	length  float64 // how far the sides reach down (mm); 0 for short sides
	width   float64 // how far the sides stand off the face
	covered bool    // ears are covered
	back    bool    // there is a mass behind the neck
	tails   bool
	knot    bool
	cap     int // number of strands over the skull
}

func (t *traits) planHair() hairPlan {
	switch t.hair {
	case hairBob:
		return hairPlan{fringe: true, length: t.chin - 16, width: 13, covered: true, back: true, cap: 1500}
	case hairBobParted:
		return hairPlan{length: t.chin - 8, width: 14, covered: true, back: true, cap: 1700}
	case hairLong:
		return hairPlan{length: 190, width: 13, covered: true, back: true, cap: 1700}
	case hairLongFringe:
		return hairPlan{fringe: true, length: 190, width: 12, covered: true, back: true, cap: 1500}
	case hairTied:
		return hairPlan{fringe: t.wave > 0.45, knot: true, cap: 1700}
	case hairTails:
		return hairPlan{fringe: true, tails: true, cap: 1500}
	case hairFringe:
		return hairPlan{fringe: true, cap: 1500}
	case hairSidePart, hairSwept:
		return hairPlan{cap: 1800}
	case hairCrop:
		return hairPlan{cap: 1300}
	case hairReceding:
		return hairPlan{cap: 700}
	case hairWisps:
		return hairPlan{cap: 420}
	}
	return hairPlan{cap: 0}
}

// capHalf is half the width of the hair's outline at height y.
func (t *traits) capHalf(y float64) float64 { return t.cap.at(y) }

func (t *traits) capOutline(y float64) float64 {
	side := 3 + 0.3*t.volume
	if t.plan.covered {
		side = 7 + 0.3*t.volume
	}
	if t.hair == hairWisps {
		side = 0.4
	}
	top := t.crown - t.volume
	if y >= 2 {
		return t.half + side
	}
	u := (2 - y) / (2 - top)
	if u >= 1 {
		return 0
	}
	return (t.half + side) * math.Pow(1-math.Pow(u, 2.6), 1/2.3)
}

// capTop is the height of the hair's outline at x.
func (t *traits) capTop(x float64) float64 {
	w := t.capHalf(2)
	u := min(1, math.Abs(x)/w)
	return 2 - (2-t.crown+t.volume)*math.Pow(1-math.Pow(u, 2.3), 1/2.6)
}

// front is the height of the hairline over the face at x.
func (t *traits) front(x float64) float64 {
	u := math.Abs(x) / t.half
	line := t.hairline + 58*u*u*u*u
	if t.hair == hairReceding {
		line -= 17 * bell((u-0.5)/0.26)
	}
	if !t.female && t.grown {
		line -= 5 * bell((u-0.55)/0.2)
	}
	return line
}

// hairLight is how a place of the hair is lit: a dome under the lamps with a
// band of shine.
func (p *painter) hairLight(x, y float64) float64 {
	t := p.t
	w := max(20, t.capHalf(y))
	u := min(1, math.Abs(x)/w)
	top := t.crown - t.volume
	d := y - top - 26*u*u
	band := bell((d-30)/15) + 0.35*bell((d-52)/26)
	band *= 1 + 0.35*p.noise.at(x*0.5, 3)
	dome := 0.66 + 0.42*(1-u*u)*step(120, 0, d)
	return (dome + (1.3-0.9*t.grey)*band) * (1 - 0.35*step(0.82, 1.02, u))
}

var greyHair = srgb(172, 170, 168)

// strandTone picks the colour of one strand.
func (p *painter) strandTone() rgb {
	t := p.t
	tone := t.hairTone.mul(p.c.between(0.55, 1.75))
	if t.grey > 0.02 {
		g := min(1, max(0, t.grey+p.c.around(0, 0.4)*min(1, 3*t.grey)))
		tone = tone.mix(greyHair.mul(p.c.between(0.7, 1.15)), g*g)
	}
	return tone
}

func (p *painter) massTone() rgb {
	t := p.t
	return t.hairTone.mul(0.8).mix(srgb(112, 110, 110), t.grey*t.grey*0.9)
}

// paintBackHair draws what hangs behind the head.
func (p *painter) paintBackHair() {
	v, t, plan := p.view, p.t, p.t.plan
	if plan.knot && t.wave > 0.6 {
		// A knot on the crown.
		cx, cy, r := t.part*0.2, t.crown-t.volume-9, 19.0
		p.blob(cx, cy, r, r*0.8)
	}
	if plan.tails {
		for _, side := range [2]float64{-1, 1} {
			x := side * (t.half + 20)
			p.mass(curve(true, point{side * (t.half + 2), 0}, point{x, -14}, point{x + side*10, 20}, point{x + side*7, 75}, point{x - side*3, 105}, point{x - side*10, 60}, point{side * (t.half + 4), 22}))
			for range 260 {
				o := p.c.between(-11, 13)
				a := point{side * (t.half + 6 + p.c.between(-3, 6)), p.c.between(-8, 10)}
				b := point{x + side*(8+o), 15}
				e := point{x + side*(o*0.6-2), p.c.between(60, 108)}
				p.layer.strand(v, a, b, e, p.strandTone(), 0.5, 0.7, p.lockLight)
			}
		}
	}
	if !plan.back {
		return
	}
	end := min(plan.length, 185) + 2
	w := t.half + plan.width
	left := curve(false, point{-20, t.crown}, point{-w + 8, -60}, point{-w, -10}, point{-w - 2, 45}, point{-w + 1 - 3*t.wave, end - 12}, point{-w + 10, end + 3}, point{-20, end + 3})
	p.mass(mirror(left))
	for range 520 {
		x := p.c.between(-w+1, w-1)
		y := p.c.between(-30, 90)
		y2 := min(end-1, y+p.c.between(50, 100))
		p.layer.strand(v, point{x, y}, point{x * 1.02, (y + y2) / 2}, point{x * 0.99, y2}, p.strandTone().mul(0.6), 0.5, 0.8, nil)
	}
}

// lockLight lights hair that hangs at the sides.
func (p *painter) lockLight(x, y float64) float64 {
	return 0.62 + 0.3*bell((y-15)/30) + 0.28*p.noise.at(x*0.35+11, y*0.02) + 0.12*bell((y-75)/25)
}

// mass fills an outline with the ground tone of the hair.
func (p *painter) mass(outline []point) {
	tone := p.massTone()
	p.layer.polygon(p.view, outline, 1, func(x, y float64) rgb {
		return tone.mul(0.62 + 0.3*p.noise.at(x*0.4, y*0.03))
	})
}

func (p *painter) blob(cx, cy, rx, ry float64) {
	tone := p.massTone()
	p.view.each(cx-rx-2, cy-ry-2, cx+rx+2, cy+ry+2, func(i int, x, y float64) {
		r := math.Hypot((x-cx)/rx, (y-cy)/ry)
		p.layer.over(i, tone.mul(1.1-0.6*r*r), step(1.03, 0.96, r))
	})
	for range 240 {
		a := p.c.between(0, 2*math.Pi)
		q := p.c.between(0.3, 0.98)
		at := func(d float64) point {
			return point{cx + rx*q*math.Cos(a+d), cy + ry*q*math.Sin(a+d)}
		}
		p.layer.strand(p.view, at(0), at(0.4), at(0.8), p.strandTone(), 0.5, 0.6, func(x, y float64) float64 {
			return 0.75 + 0.9*bell((y-cy+ry*0.45)/(ry*0.3))
		})
	}
}

// paintHair draws what lies over skull and face.
func (p *painter) paintHair() {
	t, plan := p.t, p.t.plan
	if t.hair == hairRing {
		p.paintRing()
		return
	}
	p.paintCapMass(plan)
	p.paintUnder(plan)
	switch t.hair {
	case hairSidePart, hairBobParted, hairLong, hairReceding:
		p.paintParted(plan)
	case hairSwept, hairTied:
		p.paintSwept(plan)
	case hairCrop, hairWisps:
		p.paintCrop(plan)
	default:
		p.paintFromCrown(plan)
	}
	if plan.length > 0 {
		p.paintLocks(plan)
	} else if t.hair != hairWisps {
		p.paintShortSides()
	}
	if plan.fringe {
		p.paintFringe()
	}
}

// paintCapMass fills the hair between outline and hairline.
func (p *painter) paintCapMass(plan hairPlan) {
	v, t := p.view, p.t
	tone := p.massTone()
	dense := 0.97
	switch t.hair {
	case hairReceding:
		dense = 0.62
	case hairCrop:
		dense = 0.94
	case hairWisps:
		dense = 0.3
	}
	soft := 4.5
	if t.hair == hairReceding || t.hair == hairCrop || t.hair == hairWisps {
		soft = 8
	}
	top := t.crown - t.volume
	v.each(-t.half-22, top-2, t.half+22, 30, func(i int, x, y float64) {
		w := t.capHalf(y)
		if w == 0 || math.Abs(x) > w+1 {
			return
		}
		slope := t.capHalf(y+0.5) - t.capHalf(y-0.5)
		outer := step(-0.6, 1.2, (w-math.Abs(x))/math.Sqrt(1+slope*slope)+0.5*p.noise.at(x*0.4, y*0.4))
		line := t.front(x) + 1.6*p.noise.at(x*0.8, 40)
		inner := step(line+soft*0.4, line-soft, y)
		if !plan.covered { // short sides before the ear
			burn := step(14, 2, y) * step(t.half-7, t.half-3, math.Abs(x)+0.8*p.noise.at(9, y)) * step(-50, -40, y)
			beside := lerp(1, step(4.5, 1.5, math.Abs(x)-t.halfWidth(y)), step(-36, -8, y))
			burn *= beside
			if t.young > 0.5 || t.female {
				burn *= 0.6
			}
			inner = max(inner, 0.85*burn*step(16, -10, y))
			outer *= beside
		} else if y > -30 {
			inner = max(inner, step(t.half-9, t.half-5, math.Abs(x)))
		}
		// Beyond the skull no skin shines through thin hair.
		a := outer * inner * lerp(dense, 0.97, step(1.5, -1, t.edge(x, y)))
		if a <= 0 {
			return
		}
		p.layer.over(i, tone.mul(0.75*p.hairLight(x, y)+0.12*p.noise.at(x*0.7, y*0.25)*0.4), a)
		p.layer.z[i] = float32(60 * math.Sqrt(max(0, 1-x*x/(w*w))) * step(top-4, top+50, y))
	})
	// The hair throws a little shade on the forehead.
	if plan.cap > 800 {
		v.each(-t.half, t.hairline-4, t.half, -20, func(i int, x, y float64) {
			line := t.front(x)
			d := y - line
			if d > 0 && d < 14 {
				p.layer.scale(i, 1-0.13*bell(d/6))
			}
		})
	}
}

// paintParted combs the hair to both sides of a parting.
func (p *painter) paintParted(plan hairPlan) {
	t := p.t
	top := t.crown - t.volume
	alpha := 0.55
	if t.hair == hairReceding {
		alpha = 0.4
	}
	for range plan.cap {
		back := p.c.between(0, 1) // 0 at the hairline, 1 on the crown
		x0 := t.part*(1-0.35*back) + p.c.between(-1, 1)
		y0 := lerp(t.front(x0)+2, top+3, back)
		side := -1.0
		if p.c.odds(0.5 + 0.5*(-t.part)/(t.half*1.1)) {
			side = 1
		}
		low := -46.0
		if plan.length > 0 {
			low = -6
		}
		yEnd := lerp(low, top+16, back*p.c.between(0.55, 1)) + p.c.between(-14, 8)
		xEnd := side * t.capHalf(yEnd) * p.c.between(0.93, 1.0)
		lift := t.volume * (0.25 + 0.6*back)
		// On the far side the front strands bow over the forehead.
		bow := point{lerp(x0, xEnd, 0.62), lerp(y0, min(y0, yEnd), 0.7) - lift*0.4 + (1-back)*5}
		if side*t.part > 0 {
			bow = point{lerp(x0, xEnd, 0.75), y0 + (1-back)*3}
		}
		p.inside(&bow)
		p.layer.strand(p.view, point{x0, y0}, bow, point{xEnd, yEnd}, p.strandTone(), alpha, 0.8, p.hairLight)
	}
}

// inside draws a point that lies outside the hair's outline back to it.
func (p *painter) inside(q *point) {
	top := p.t.crown - p.t.volume
	q.y = max(q.y, top+1)
	if w := p.t.capHalf(q.y) - 0.5; math.Abs(q.x) > w {
		q.x = math.Copysign(w, q.x)
	}
}

// paintSwept combs the hair back from the forehead.
func (p *painter) paintSwept(plan hairPlan) {
	t := p.t
	top := t.crown - t.volume
	for range plan.cap {
		x0 := p.c.between(-0.93, 0.93) * t.half
		y0 := t.front(x0) + p.c.between(-1, 3)
		reach := p.c.between(0.5, 1)
		e := point{x0*lerp(1.05, 0.72, 1-math.Abs(x0)/t.half) + p.c.between(-3, 3), lerp(y0, top+3, reach)}
		if math.Abs(x0) > t.half*0.6 {
			e.y = lerp(y0, y0-48, reach)
		}
		p.inside(&e)
		m := point{lerp(x0, e.x, 0.5) * 1.04, lerp(y0, e.y, 0.55) - 2}
		p.inside(&m)
		p.layer.strand(p.view, point{x0, y0}, m, e, p.strandTone(), 0.5, 0.75, p.hairLight)
	}
}

// paintCrop lays short hair over the skull.
func (p *painter) paintCrop(plan hairPlan) {
	t := p.t
	top := t.crown - t.volume
	for range plan.cap * 2 {
		x := p.c.between(-1, 1) * t.half
		y := p.c.between(top, t.front(x)+1)
		if math.Abs(x) > t.capHalf(y) || y < top {
			continue
		}
		l := p.c.between(4, 9)
		if t.hair == hairWisps {
			l = p.c.between(8, 20)
		}
		dx := 0.35*x/t.half + p.c.between(-0.3, 0.3)
		e := point{x + dx*l, y - l*p.c.between(-0.2, 0.9)}
		if t.hair == hairWisps {
			e = point{x + dx*l, y + l*0.8}
			if e.y > t.front(x)+8 {
				continue
			}
		}
		p.inside(&e)
		p.layer.strand(p.view, point{x, y}, point{(x + e.x) / 2, (y+e.y)/2 - 1}, e, p.strandTone(), 0.42, 0.5, p.hairLight)
	}
}

// paintFromCrown lets the hair fall all round from the crown.
func (p *painter) paintFromCrown(plan hairPlan) {
	t := p.t
	for range plan.cap {
		u := p.c.between(-1, 1)
		x0 := u*t.half*0.72 + p.c.between(-2, 2)
		y0 := t.capTop(x0) + p.c.between(0, 9)
		e := point{u * t.half * 1.0, t.hairline + 8 + p.c.between(-14, 10)}
		if math.Abs(u) > 0.72 {
			e.y = p.c.between(-50, -4)
			e.x = math.Copysign(t.capHalf(e.y)*p.c.between(0.92, 1), u)
		}
		m := point{lerp(x0, e.x, 0.7), lerp(y0, e.y, 0.25) - 3}
		p.inside(&m)
		p.layer.strand(p.view, point{x0, y0}, m, e, p.strandTone(), 0.5, 0.8, p.hairLight)
	}
}

// paintFringe lets strands fall on the forehead, in loose bundles.
func (p *painter) paintFringe() {
	t := p.t
	top := t.crown - t.volume
	end := t.browY - 17 - 9*math.Abs(t.part-12)/42
	if t.hair == hairFringe || t.hair == hairTied {
		end -= 4
	}
	lean := 0.22 * math.Copysign(1, t.part)
	const bundles = 15
	var tip, middle [bundles]float64
	for i := range tip {
		tip[i] = p.c.between(-6, 4)
		middle[i] = (float64(i)+p.c.between(0.1, 0.9))/bundles*2 - 1
	}
	span := t.half * 0.86
	shadeEnd := func(x float64) float64 { return end + 5*math.Pow(x/span, 2) }
	p.view.each(-span, t.hairline-6, span, end+16, func(i int, x, y float64) {
		d := y - shadeEnd(x)
		a := step(1, -6, d+2.5*p.noise.at(x*0.5, 77)) * step(t.hairline-6, t.hairline+12, y)
		p.layer.scale(i, 1-0.14*bell(max(0, d-1)/5)*step(1, 0.9, math.Abs(x)/span))
		p.layer.over(i, p.massTone().mul(0.8*p.hairLight(x, y)), 0.65*a*step(1, 0.86, math.Abs(x)/span))
	})
	for range 1100 {
		u := p.c.between(-1, 1)
		n := min(bundles-1, int((u+1)/2*bundles))
		x := u * span
		tx := lerp(u, middle[n], 0.32)*span + lean*10
		ty := shadeEnd(tx) + tip[n] + p.c.between(-7, 3)
		y0 := lerp(t.front(x)-6, top+14, p.c.between(0, 0.75))
		x0 := x * lerp(0.9, 0.55, (t.front(x)-y0)/60)
		q := point{x0, y0}
		p.inside(&q)
		p.layer.strand(p.view, q, point{lerp(x0, tx, 0.35) - lean*6, lerp(y0, ty, 0.5)}, point{tx, ty}, p.strandTone(), 0.55, 0.72, p.hairLight)
	}
}

// paintShortSides draws temples and sideburns.
func (p *painter) paintShortSides() {
	t := p.t
	n := 420
	if t.female || t.young > 0.5 {
		n = 260
	}
	for range n {
		side := -1.0
		if p.c.odds(0.5) {
			side = 1
		}
		y := p.c.between(-62, 6)
		w := t.capHalf(y)
		if y > -12 {
			w = t.halfWidth(y) + 1.5
		}
		x := side * (w - p.c.between(0, 1)*lerp(9, 4, step(-60, 0, y)))
		l := p.c.between(6, 15) * lerp(1, 0.6, step(-50, 5, y))
		e := point{x + side*p.c.between(-0.5, 2.2), y + l}
		if e.y > 15 {
			continue
		}
		p.layer.strand(p.view, point{x, y}, point{x + side*0.6, y + l*0.5}, e, p.strandTone(), 0.45, 0.5, p.hairLight)
	}
}

// paintLocks lets the hair fall beside the face.
func (p *painter) paintLocks(plan hairPlan) {
	t := p.t
	for _, side := range [2]float64{-1, 1} {
		inner := func(y float64) float64 {
			return t.halfWidth(min(y, 40)) - 7 + 3*step(20, 90, y) - 4*step(60, 160, y)
		}
		outer := func(y float64) float64 {
			return t.capHalf(min(y, 0)) + (plan.width-9)*step(-10, 80, y) + 2*t.wave*math.Sin(y*0.09+side)
		}
		end := plan.length
		var left []point
		for y := -34.0; y <= end; y += 8 {
			left = append(left, point{side * (inner(y) + 1.2*p.noise.at(y*0.13, 5+side)), y})
		}
		for y := end; y >= -34; y -= 8 {
			left = append(left, point{side * outer(y), y})
		}
		tone := p.massTone()
		light := func(x, y float64) float64 {
			return lerp(0.8*p.hairLight(x, y), p.lockLight(x, y), step(-66, -15, y))
		}
		p.layer.polygon(p.view, left, 0.98, func(x, y float64) rgb {
			return tone.mul(0.85*light(x, y) + 0.1*p.noise.at(x*0.8, y*0.05))
		})
		n := int(3.6 * end)
		for range n {
			u := p.c.between(-0.04, 1.0)
			y0 := p.c.between(-62, end-30)
			y2 := min(end-p.c.between(0, 4), y0+p.c.between(40, 110))
			at := func(y float64) float64 { return side * lerp(inner(y), outer(y), u) }
			bend := p.c.between(-1.5, 1.5) * (0.5 + t.wave)
			p.layer.strand(p.view, point{at(y0), y0}, point{at((y0+y2)/2) + bend, (y0 + y2) / 2}, point{at(y2), y2}, p.strandTone(), 0.5, 0.85, light)
		}
	}
}

// paintRing draws hair left at the sides only.
func (p *painter) paintRing() {
	t := p.t
	for range 900 {
		side := -1.0
		if p.c.odds(0.5) {
			side = 1
		}
		y := p.c.between(-58, 8)
		in := lerp(5, 11, bell((y+25)/25))
		w := t.halfWidth(y) + 2.5*step(-60, -30, y)
		x := side * (w - p.c.between(-0.5, 1)*in*p.c.between(0.2, 1))
		l := p.c.between(5, 12)
		if y+l > 14 {
			continue
		}
		p.layer.strand(p.view, point{x, y}, point{x + side*1.2, y + l*0.5}, point{x + side*1.5, y + l}, p.strandTone(), 0.4, 0.5, nil)
	}
}

// paintUnder lays strands over the whole mass, falling away from the crown, so
// that the outline is hair too.
func (p *painter) paintUnder(plan hairPlan) {
	t := p.t
	if t.hair == hairCrop || t.hair == hairWisps || t.hair == hairReceding {
		return
	}
	for range 900 {
		x := p.c.between(-1, 1) * t.capHalf(0)
		top := t.capTop(x)
		y := top + p.c.between(-0.5, 1)*p.c.between(0, 1)*60 + 1
		if y < top-0.6 || y > t.front(x)-4 {
			continue
		}
		l := p.c.between(14, 34)
		u := x / t.capHalf(0)
		dx := u * (1 - 0.5*u*u)
		dy := 0.35 + 1.2*u*u
		n := l / math.Hypot(dx, dy)
		e := point{x + dx*n, y + dy*n}
		if e.y > t.front(e.x)-1 {
			continue
		}
		p.inside(&e)
		m := point{lerp(x, e.x, 0.55), lerp(y, e.y, 0.4)}
		p.inside(&m)
		p.layer.strand(p.view, point{x, y}, m, e, p.strandTone(), 0.5, 0.6, p.hairLight)
	}
}
