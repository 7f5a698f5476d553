package portrait

import "math"

// paintEyes draws eyeballs, lids and lashes.
func (p *painter) paintEyes() {
	for _, side := range [2]float64{-1, 1} {
		p.paintEye(side)
	}
}

// lids are the edges of an eye's opening in the eye's own frame: x from the
// inner corner (negative) to the outer one.
func (t *traits) lids(x float64) (upper, lower float64) {
	u := x / t.eyeHalf
	if u < -1 || u > 1 {
		return 0, 0
	}
	arch := 1 - u*u*(0.75+0.25*math.Abs(u))
	lean := 1 - 0.18*u // highest a little towards the nose
	upper = -t.eyeOpen * 1.1 * (0.5*arch + 0.5*math.Sqrt(max(0, arch))) * lean
	lower = t.eyeOpen * 0.88 * (1 - u*u) * (1 + 0.15*u)
	return upper, lower
}

func (p *painter) paintEye(side float64) {
	v, t := p.view, p.t
	cx, cy := side*t.eyeX, 0.0
	if side > 0 {
		cy = t.eyeUneven
	}
	sin, cos := math.Sincos(t.eyeTilt)
	aa := 0.5 / v.k * 1.3
	white := srgb(232, 224, 218).mix(srgb(222, 206, 190), t.old)
	v.each(cx-26, cy-18, cx+26, cy+18, func(i int, x, y float64) {
		dx, dy := (x-cx)*side, y-cy
		ex := dx*cos - dy*sin
		ey := dy*cos + dx*sin
		upper, lower := t.lids(ex)
		inside := math.Abs(ex) < t.eyeHalf

		// Fold of the upper lid and the shade around the lashes.
		over := upper
		if !inside {
			over = 0
		}
		foldGap := 2.2 + 1.6*t.crease
		fold := bell((ey-over*1.06+foldGap)/0.75) * step(-t.eyeHalf-0.5, -t.eyeHalf*0.55, ex) * step(t.eyeHalf+5, t.eyeHalf*0.7, ex)
		p.layer.scale(i, 1-(0.12+0.4*t.crease+0.2*t.old)*fold)
		soft := bell((ey-over+0.5)/3.4) * step(-t.eyeHalf-4, -t.eyeHalf*0.6, ex) * step(t.eyeHalf+5, t.eyeHalf*0.8, ex)
		p.layer.tint(i, rgb{1 - 0.2*soft, 1 - 0.25*soft, 1 - 0.25*soft})
		under := bell((ey-lower-0.3)/0.7) * step(t.eyeHalf, t.eyeHalf*0.8, math.Abs(ex))
		p.layer.tint(i, rgb{1 - 0.16*under, 1 - 0.3*under, 1 - 0.3*under})

		if inside {
			cover := step(-aa, aa, ey-upper) * step(-aa, aa, lower-ey)
			if cover > 0 {
				r := math.Hypot(ex, ey*1.04+0.4)
				c := white.mul(0.86 - 0.3*ex*ex/(t.eyeHalf*t.eyeHalf))
				if ex < -t.eyeHalf+3.2 { // tear duct
					c = c.mix(t.skin.tint(rgb{0.95, 0.6, 0.56}), step(-t.eyeHalf+3.2, -t.eyeHalf+1.6, ex))
				}
				iris := step(t.irisR+0.35, t.irisR-0.35, r)
				if iris > 0 {
					angle := math.Atan2(ey, ex)
					rays := 1 + 0.3*p.noise.at(angle*5+20, r*0.7)
					tone := t.iris.mul(rays * (0.6 + 0.75*step(-3, 5, ey)))
					tone = tone.mul(1 - 0.6*step(t.irisR-1.4, t.irisR, r))
					tone = tone.mix(rgb{0.004, 0.004, 0.005}, step(2.6, 2.1, r))
					c = c.mix(tone, iris)
				}
				shade := 1 - 0.62*bell(max(0, ey-upper)/2.6)
				c = c.mul(shade)
				wx := dx * side // lamps stand where they stand for both eyes
				glint := step(1.25, 0.75, math.Hypot(wx+1.9, (ey+2.1)*0.9))
				c = c.mix(rgb{0.93, 0.94, 0.95}, 0.92*glint)
				c = c.mix(rgb{0.6, 0.62, 0.65}, 0.5*step(0.8, 0.4, math.Hypot(wx-2.2, ey-2)))
				p.layer.over(i, c, cover)
			}
		}
		// Lash line, heavier towards the outer corner.
		span := step(-t.eyeHalf-0.6, -t.eyeHalf*0.7, ex) * step(t.eyeHalf+2.2, t.eyeHalf*0.9, ex)
		tail := 0.0
		if ex > t.eyeHalf*0.75 {
			tail = 0.35 * (ex - t.eyeHalf*0.75)
		}
		thick := (0.55 + 0.75*t.lashes) * (0.75 + 0.35*ex/t.eyeHalf)
		line := step(thick+0.5, thick-0.35, math.Abs(ey-over+0.15-tail*0.4)*1.5) * span
		p.layer.over(i, lashTone, line*min(1, 0.62+0.35*t.lashes))
		low := bell((ey-lower)/0.45) * step(-t.eyeHalf*0.3, t.eyeHalf*0.7, ex) * step(t.eyeHalf+0.6, t.eyeHalf*0.85, ex)
		p.layer.over(i, lashTone, 0.3*t.lashes*low)
	})
	p.paintLashes(side, cx, cy, sin, cos)
}

var lashTone = srgb(30, 23, 21)

func (p *painter) paintLashes(side, cx, cy, sin, cos float64) {
	t := p.t
	n := int(26 * t.lashes)
	for k := range n {
		u := lerp(-0.75, 1, float64(k)/float64(n))
		ex := u * t.eyeHalf * 0.99
		upper, _ := t.lids(ex)
		ey := upper
		l := (1.2 + 1.6*t.lashes*step(-0.8, 0.9, u)) * p.c.between(0.7, 1.1)
		dx, dy := u*0.55+0.08, -1.0
		place := func(x, y float64) point {
			return point{cx + side*(x*cos+y*sin), cy + y*cos - x*sin}
		}
		p.layer.strand(p.view, place(ex, ey), place(ex+dx*l*0.5, ey+dy*l*0.35), place(ex+dx*l, ey+dy*l*0.85), lashTone, 0.5, 0.3, nil)
	}
}

// paintBrows draws the eyebrows hair by hair.
func (p *painter) paintBrows() {
	v, t := p.view, p.t
	tone := t.hairTone.mul(0.95)
	for _, side := range [2]float64{-1, 1} {
		uneven := p.c.between(-0.6, 0.6)
		mid := func(u float64) point { // u: 0 at the nose, 1 at the temple
			x := lerp(t.eyeX-19, t.eyeX+17, u)
			arch := t.browArch * (1 - math.Pow((u-0.62)/0.62, 2))
			y := t.browY + 1.5 + uneven - arch - t.browLean*(x-t.eyeX) + 3.2*step(0.62, 1.05, u)
			return point{side * x, y}
		}
		thick := func(u float64) float64 {
			return t.browThick * (0.62 + 0.5*step(0, 0.3, u)) * (1 - 0.78*step(0.5, 1.05, u))
		}
		v.each(min(side*10, side*56), t.browY-14, max(side*10, side*56), t.browY+14, func(i int, x, y float64) {
			u := (x*side - t.eyeX + 19) / 36
			if u < -0.08 || u > 1.05 {
				return
			}
			m := mid(u)
			h := thick(u) * 0.5
			a := bell((y-m.y)/(h*1.15)) * step(-0.08, 0.16, u) * step(1.05, 0.8, u)
			p.layer.over(i, tone.mix(t.skin, 0.1), 0.5*t.browDense*a)
		})
		n := int(240 * t.browDense)
		for range n {
			u := p.c.between(0, 1)
			m := mid(u)
			off := p.c.around(0, 0.62) * thick(u)
			l := p.c.between(3.5, 6.2) * (1 - 0.3*u)
			// At the nose hairs stand up, at the temple they lie down.
			dir := lerp(-1.15, 0.25, step(0, 0.75, u)) + 0.35*off/thick(u)
			dx, dy := math.Cos(dir)*l, math.Sin(dir)*l
			a := point{m.x - side*dx*0.4, m.y + off - dy*0.4}
			b := point{m.x + side*dx*0.6, m.y + off + dy*0.6}
			hue := tone.mul(p.c.between(0.7, 1.3))
			if p.c.odds(t.grey * 0.6) {
				hue = srgb(150, 146, 142)
			}
			p.layer.strand(v, a, point{(a.x + b.x) / 2, (a.y+b.y)/2 - 0.3}, b, hue, 0.42*t.browDense, 0.4, nil)
		}
	}
}

// paintNostrils darkens the openings of the nose.
func (p *painter) paintNostrils() {
	t := p.t
	for _, side := range [2]float64{-1, 1} {
		cx, cy := side*(t.noseHalf*0.46), t.noseTip+6.4
		p.view.each(cx-9, cy-6, cx+9, cy+6, func(i int, x, y float64) {
			dx, dy := (x-cx)*side, y-cy
			u := dx / (t.noseHalf * 0.25)
			w := (dy + 0.18*dx) / 1.75
			a := step(1.25, 0.35, math.Sqrt(u*u+w*w))
			p.layer.over(i, t.skin.tint(rgb{0.14, 0.07, 0.06}), 0.85*a)
		})
		// The crease around the wing.
		wing := curve(false, point{side * (t.noseHalf + 0.5), t.noseTip - 4}, point{side * (t.noseHalf + 2), t.noseTip + 1.5}, point{side * (t.noseHalf - 0.5), t.noseTip + 6})
		for _, q := range wing {
			p.view.each(q.x-2.5, q.y-2.5, q.x+2.5, q.y+2.5, func(i int, x, y float64) {
				a := bell(math.Hypot(x-q.x, y-q.y) / 1.1)
				p.layer.scale(i, 1-0.035*(1+t.old)*a)
			})
		}
	}
}

// paintMouth colours the lips and draws the line between them.
func (p *painter) paintMouth() {
	t := p.t
	hw := t.mouthHalf
	p.view.each(-hw-6, t.mouthY-18, hw+6, t.mouthY+20, func(i int, x, y float64) {
		u := math.Abs(x) / hw
		dy := y - t.mouthY
		line := -(1+3*t.smile)*math.Pow(u, 2.2) + 0.9*bell(u/0.22)
		if u < 1 {
			bow := math.Pow(1-math.Pow(u, 2.1), 0.95)*(1-0.2*bell(u/0.13)) + 0.10*bell((u-0.2)/0.14)
			upper := line - t.lipUpper*bow
			lower := line + t.lipLower*math.Pow(1-math.Pow(u, 2.5), 0.8)
			a := step(upper-0.7, upper+0.7, dy) * step(lower+0.9, lower-0.9, dy) * step(1, 0.86, u)
			if a > 0 {
				lit := float64(p.layer.g[i]) / max(1e-3, t.skin.g)
				c := t.lip.mul(min(1.25, lit*1.12))
				if dy < line {
					c = c.mul(0.8)
				} else {
					g := bell((dy-line-t.lipLower*0.42)/(t.lipLower*0.22)) * bell(x/(hw*0.5))
					c = c.mix(rgb{0.85, 0.72, 0.7}, 0.13*g)
				}
				c = c.mul(1 + 0.09*p.noise.at(x*1.6, dy*0.25+7))
				p.layer.over(i, c, 0.78*a)
			}
		}
		dark := bell((dy-line)/(0.7+0.35*bell(u/0.7))) * step(1.1, 0.92, u)
		p.layer.tint(i, rgb{1 - 0.66*dark, 1 - 0.78*dark, 1 - 0.76*dark})
	})
}

// paintMoles sets small marks on the skin, and the spots of age.
func (p *painter) paintMoles() {
	for range int(9 * p.t.old) {
		x, y := p.c.between(-66, 66), p.c.between(-70, 60)
		rx, ry := p.c.between(1.4, 4), p.c.between(1.2, 3)
		if math.Abs(x) < 50 && y > -34 && y < 16 || math.Abs(x) < 26 || p.t.edge(x, y) < 4 {
			continue
		}
		p.view.each(x-9, y-9, x+9, y+9, func(i int, px, py float64) {
			a := 0.2 * bell(math.Hypot((px-x)/rx, (py-y)/ry)+0.3*p.noise.at(px, py))
			p.layer.tint(i, rgb{1 - 0.6*a, 1 - 0.85*a, 1 - a})
		})
	}
	for range p.t.moles {
		x, y, r := p.c.between(-45, 45), p.c.between(20, 88), p.c.between(0.7, 1.4)
		if math.Abs(x) < 28 && y < 84 { // not on nose or mouth
			continue
		}
		if p.t.edge(x, y) < 6 {
			continue
		}
		p.view.each(x-3, y-3, x+3, y+3, func(i int, px, py float64) {
			a := step(r+0.4, r-0.4, math.Hypot(px-x, py-y))
			p.layer.tint(i, rgb{1 - 0.55*a, 1 - 0.68*a, 1 - 0.72*a})
		})
	}
}
