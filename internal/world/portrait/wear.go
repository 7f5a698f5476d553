package portrait

import "math"

// shoulder is the upper edge of what is worn at x.
func (t *traits) shoulder(x float64) float64 {
	ax := math.Abs(x)
	base := t.chin + 25 - 8*t.young
	drop := max(0, ax-t.neck)
	return base - 4 + 0.36*drop + 0.0016*drop*drop
}

// paintClothes draws shoulders and collar.
func (p *painter) paintClothes() {
	t := p.t
	switch t.wear {
	case wearSuit:
		p.paintNeckCloth(t.cloth2, 0)
		p.paintTie()
		p.paintJacket()
	case wearBlazer:
		p.paintRound(t.cloth2, 22)
		p.paintJacket()
	case wearShirt:
		p.paintNeckCloth(t.cloth2, 9)
	case wearVee:
		p.paintVee()
	case wearHigh:
		p.paintRound(t.cloth, 2)
		p.paintRoll()
	case wearSchool:
		p.paintRound(t.cloth, 2)
		p.paintRoll()
	default:
		p.paintRound(t.cloth, 10)
	}
}

// clothPiece shades a piece of cloth given by coverage; fold sets how much it
// is creased.
func (p *painter) clothPiece(tone rgb, fold float64, cover func(x, y float64) float64) {
	p.view.each(-130, 100, 130, 200, func(i int, x, y float64) {
		a := cover(x, y)
		if a <= 0 {
			return
		}
		u := min(1, math.Abs(x)/135)
		bend := fold * (p.noise.at(x*0.05+4, y*0.035+x*0.02) + 0.4*p.noise.at(x*0.13, y*0.06+60))
		nx := math.Copysign(u*u*0.8, x) + 0.4*bend
		ny := -0.25 + 0.2*bend
		n := 1 / math.Sqrt(nx*nx+ny*ny+1)
		l := p.studio.clothLight(nx*n, ny*n, n)
		weave := 1 + 0.035*p.noise.at(x*3.1, y*3.1)
		p.layer.over(i, tone.mul(l*weave), a)
		p.layer.z[i] = 10
	})
}

// edgeAbove is the coverage of what has line as its soft upper edge.
func edgeAbove(y, line float64) float64 { return step(line-0.5, line+0.5, y) }

// paintRound draws a top with a round neck that hangs open by the given depth.
func (p *painter) paintRound(tone rgb, open float64) {
	t := p.t
	base := t.shoulder(0)
	line := func(x float64) float64 {
		r := (t.neck + 5) * (1 + open/40)
		u := min(1, math.Abs(x)/r)
		return max(t.shoulder(x), base+3+open*math.Sqrt(1-u*u)*1.25)
	}
	p.clothPiece(tone, 0.5, func(x, y float64) float64 { return edgeAbove(y, line(x)) })
	p.view.each(-t.neck-30, 100, t.neck+30, 200, func(i int, x, y float64) {
		if math.Abs(x) > (t.neck+5)*(1+open/40) {
			return
		}
		d := y - line(x)
		p.layer.scale(i, 1-0.25*bell((d-0.2)/1)-0.18*bell((d-5.5)/0.7)*step(0, 1, d))
		if d < 0 {
			p.layer.scale(i, 1-0.2*bell(d/4))
		}
	})
}

// paintNeckCloth draws a shirt with its collar; open is how far it is
// unbuttoned.
func (p *painter) paintNeckCloth(tone rgb, open float64) {
	t := p.t
	base := t.shoulder(0)
	vee := func(x float64) float64 { return base + 16 + open - (16+open)*math.Abs(x)/(t.neck*0.75) }
	p.clothPiece(tone, 0.4, func(x, y float64) float64 { return edgeAbove(y, max(t.shoulder(x), vee(x))) })
	for _, side := range [2]float64{-1, 1} {
		collar := []point{
			{side * (t.neck + 3), base - 9}, {side * (t.neck - 4), base - 4}, {side * (3 + open*0.5), base + 15 + open},
			{side * (17 + open*0.7), base + 34}, {side * (t.neck + 13), base + 9}, {side * (t.neck + 8), base - 4},
		}
		shadow := make([]point, len(collar))
		for i, q := range collar {
			shadow[i] = point{q.x + side*1.2, q.y + 2.6}
		}
		p.layer.polygon(p.view, shadow, 0.28, func(x, y float64) rgb { return tone.mul(0.2) })
		p.layer.polygon(p.view, collar, 1, func(x, y float64) rgb {
			l := 0.86 + 0.06*side*x/60 + 0.03*p.noise.at(x*0.2, y*0.2)
			return tone.mul(l * (0.88 + 0.12*step(base-8, base+6, y)))
		})
	}
}

func (p *painter) paintTie() {
	t := p.t
	base := t.shoulder(0)
	tone := [...]rgb{srgb(96, 30, 42), srgb(34, 52, 96), srgb(60, 62, 72), srgb(40, 76, 70)}[p.c.pick(1, 1, 1, 1)]
	stripe := p.c.odds(0.5)
	knot := []point{{-9, base + 13}, {9, base + 13}, {6.5, base + 27}, {12, base + 70}, {-12, base + 70}, {-6.5, base + 27}}
	p.layer.polygon(p.view, knot, 1, func(x, y float64) rgb {
		l := 0.95 - 0.03*math.Abs(x) - 0.35*bell((y-base-27)/1.6)
		if stripe && math.Mod(x+y+400, 11) < 3 {
			l *= 1.5
		}
		return tone.mul(l)
	})
}

func (p *painter) paintJacket() {
	t := p.t
	base := t.shoulder(0)
	opening := func(y float64) float64 { return t.neck + 15 - 0.62*(y-base) }
	p.clothPiece(t.cloth, 0.45, func(x, y float64) float64 {
		o := opening(y)
		return edgeAbove(y, t.shoulder(x)-2) * step(o-0.6, o+0.6, math.Abs(x))
	})
	for _, side := range [2]float64{-1, 1} {
		lapel := []point{
			{side * (t.neck + 9), base - 3}, {side * (t.neck + 17), base + 4}, {side * (t.neck + 22), base + 30},
			{side * (t.neck + 12), base + 34}, {side * (t.neck + 15), base + 60}, {side * (t.neck - 22), base + 60}, {side * opening(base+20), base + 20},
		}
		shadow := make([]point, len(lapel))
		for i, q := range lapel {
			shadow[i] = point{q.x + side*1.5, q.y + 1.5}
		}
		p.layer.polygon(p.view, shadow, 0.35, func(x, y float64) rgb { return t.cloth.mul(0.25) })
		p.layer.polygon(p.view, lapel, 1, func(x, y float64) rgb {
			return t.cloth.mul(0.98 + 0.05*p.noise.at(x*3, y*3) + 0.1*side*x/80)
		})
	}
}

func (p *painter) paintVee() {
	t := p.t
	base := t.shoulder(0)
	under := p.c.odds(0.5)
	if under {
		p.paintNeckCloth(t.cloth2, 3)
	}
	line := func(x float64) float64 {
		return max(t.shoulder(x)-1, base+40-40*math.Abs(x)/(t.neck+7))
	}
	p.clothPiece(t.cloth, 0.45, func(x, y float64) float64 { return edgeAbove(y, line(x)) })
	p.view.each(-t.neck-12, 100, t.neck+12, 200, func(i int, x, y float64) {
		d := y - (base + 40 - 40*math.Abs(x)/(t.neck+7))
		if math.Abs(x) < t.neck+7 {
			p.layer.scale(i, 1-0.25*bell((d-0.5)/1)-0.2*bell((d-7)/0.8))
		}
	})
}

// paintRoll draws a collar that stands up round the neck.
func (p *painter) paintRoll() {
	t := p.t
	base := t.shoulder(0)
	top := base - 17
	p.view.each(-t.neck-12, top-8, t.neck+12, base+16, func(i int, x, y float64) {
		w := t.neck + 4
		u := x / w
		if math.Abs(u) >= 1 {
			return
		}
		dip := 7 * math.Sqrt(1-u*u)
		a := step(top+dip-0.5, top+dip+0.5, y) * step(base+9+dip, base+7+dip, y)
		l := p.studio.clothLight(u*0.8, -0.1, math.Sqrt(1-0.64*u*u))
		rib := 1 + 0.06*math.Sin(x*2.4)
		p.layer.over(i, t.cloth.mul(l*rib*(1.02-0.3*bell((y-base-8-dip)/2))), a)
	})
}

// paintGlasses draws a frame with clear lenses.
func (p *painter) paintGlasses() {
	t := p.t
	if t.glasses == 0 {
		return
	}
	hw, hh, power, thick := 24.0, 17.5, 3.4, 1.05
	switch t.glasses {
	case 2:
		hw, hh, power, thick = 22.5, 19.5, 2.2, 0.75
	case 3:
		hw, hh, power, thick = 24.5, 15.5, 4.0, 0.6
	}
	scale := t.half / 70
	hw, hh = hw*scale, hh*scale
	v := p.view
	for _, side := range [2]float64{-1, 1} {
		cx, cy := side*(t.eyeX+0.8), 2.5
		v.each(cx-hw-4, cy-hh-4, cx+hw+4, cy+hh+6, func(i int, x, y float64) {
			radius := func(oy float64) float64 {
				u, w := math.Abs(x-cx)/hw, math.Abs(y-cy-oy)/hh
				return (math.Pow(math.Pow(u, power)+math.Pow(w, power), 1/power) - 1) * min(hw, hh)
			}
			d := radius(0)
			p.layer.scale(i, 1-0.14*bell((radius(2.4))/1.8)) // shade on the cheek
			if d < 0 {
				glare := 0.035 * step(-1, 1, (x-cx)-(y-cy)*0.8+6) * step(1, -1, (x-cx)-(y-cy)*0.8-8)
				p.layer.over(i, rgb{0.95, 0.97, 1}, glare)
			}
			rim := step(thick+0.3, thick-0.3, math.Abs(d))
			if t.glasses == 3 && y > cy+2 {
				rim *= 0.35
			}
			p.layer.over(i, t.glassTone.mul(0.9+0.9*bell((d+0.3)/0.35)*step(cy, cy-hh, y)), rim)
		})
		arm := point{side * (t.eyeX + 0.8 + hw), -3}
		end := point{side * (t.half + 2.5), -5}
		for k := -2; k <= 2; k++ {
			o := float64(k) * 0.35 * (thick + 0.3)
			p.layer.strand(v, point{arm.x, arm.y + o}, point{(arm.x + end.x) / 2, arm.y + o - 0.7}, point{end.x, end.y + o}, t.glassTone, 0.7, 1, nil)
		}
	}
	gap := t.eyeX + 0.8 - hw
	for k := -2; k <= 2; k++ {
		o := float64(k) * 0.35 * (thick + 0.2)
		p.layer.strand(v, point{-gap, -2 + o}, point{0, -7.5 + o}, point{gap, -2 + o}, t.glassTone, 0.75, 1, nil)
	}
}
