package portrait

import "math"

// surface is a height field in millimetres over the picture, with the coverage
// of the body it belongs to.
type surface struct{ z, cover []float32 }

func newSurface() *surface {
	return &surface{make([]float32, Width*Height), make([]float32, Width*Height)}
}

// bump adds a hill (or, with a negative height, a hollow) with the given half
// widths, turned by angle.
func (s *surface) bump(v view, x, y, sx, sy, angle, height float64) {
	reach := 2.6 * max(sx, sy)
	sin, cos := math.Sincos(angle)
	v.each(x-reach, y-reach, x+reach, y+reach, func(i int, px, py float64) {
		dx, dy := px-x, py-y
		u := (dx*cos + dy*sin) / sx
		w := (dy*cos - dx*sin) / sy
		s.z[i] += float32(height * bellSquared(u*u+w*w))
	})
}

// both adds a bump on either side of the face.
func (s *surface) both(v view, x, y, sx, sy, angle, height float64) {
	s.bump(v, x, y, sx, sy, angle, height)
	s.bump(v, -x, y, sx, sy, -angle, height)
}

// groove cuts a line of the given half width and depth along the points.
func (s *surface) groove(v view, width, depth float64, pts ...point) {
	line := curve(false, pts...)
	for n, p := range line {
		// Ends run out softly.
		t := float64(n) / float64(len(line)-1)
		s.bump(v, p.x, p.y, width, width, 0, -depth*0.3*math.Sin(math.Pi*min(1, t*1.6+0.1)*0.5+math.Pi*0.5*max(0, t*1.6-0.9)))
	}
}

// profile is a half width by height, kept in steps of a quarter millimetre.
type profile [1400]float32

const profileTop, profileStep = -150, 0.25

func newProfile(f func(y float64) float64) *profile {
	var p profile
	for i := range p {
		p[i] = float32(f(profileTop + profileStep*float64(i)))
	}
	return &p
}

func (p *profile) at(y float64) float64 {
	u := (y - profileTop) / profileStep
	i := min(max(int(u), 0), len(p)-2)
	return lerp(float64(p[i]), float64(p[i+1]), min(max(u-float64(i), 0), 1))
}

// halfWidth is half the width of the face at height y.
func (t *traits) halfWidth(y float64) float64 { return t.face.at(y) }

func (t *traits) faceOutline(y float64) float64 {
	const widest = 2
	if y < widest {
		u := (widest - y) / (widest - t.crown)
		if u >= 1 {
			return 0
		}
		return t.half * math.Pow(1-math.Pow(u, 2.6), 1/2.3)
	}
	u := (y - widest) / (t.chin - widest)
	if u >= 1 {
		return 0
	}
	return t.half * math.Sqrt(1-math.Pow(u, t.jawRound)) * (1 - t.jawTaper*u*u)
}

// edge is about the distance (mm) of a place to the outline of the face,
// positive inside.
func (t *traits) edge(x, y float64) float64 {
	w := t.halfWidth(y)
	slope := (t.halfWidth(y+0.5) - t.halfWidth(y-0.5))
	if w == 0 {
		return -1
	}
	return (w - math.Abs(x)) / math.Sqrt(1+slope*slope)
}

// headSurface models skull and features.
func headSurface(v view, t *traits) *surface {
	s := newSurface()
	const depth = 82
	across := make([]float64, Width)
	for px := range across {
		u := math.Abs((float64(px)+0.5-v.x0)/v.k) / (t.half * 1.05)
		across[px] = math.Sqrt(max(0, 1-math.Pow(u, 2.3)))
	}
	for py := range Height {
		y := (float64(py) + 0.5 - v.y0) / v.k
		w := t.halfWidth(y)
		if w <= 0 {
			continue
		}
		slope := t.halfWidth(y+0.5) - t.halfWidth(y-0.5)
		norm := 1 / math.Sqrt(1+slope*slope)
		profile := depth * 1.0
		if y < 0 {
			profile *= math.Sqrt(max(0, 1-math.Pow(y/t.crown, 3)))
		} else {
			u := y / t.chin
			profile *= 1 - 0.16*u*u*u*u
		}
		for px := range Width {
			x := (float64(px) + 0.5 - v.x0) / v.k
			d := w - math.Abs(x)
			if d < -1.2 {
				continue
			}
			i := py*Width + px
			e := min(1, max(0, d*norm)/15)
			roll := math.Sqrt(1 - (1-e)*(1-e)) // the skin turns away at the outline
			s.z[i] = float32(profile*across[px] - 13*(1-roll))
			s.cover[i] = float32(step(-0.55, 0.55, d*norm))
		}
	}
	a := 0.5 + 0.5*t.old // how deep the marks of age are
	young := t.young

	s.both(v, 20, t.browY+3, 17, 7, 0.05, 2.6*t.brow*(1-0.6*young))
	s.bump(v, 0, t.browY+1, 9, 9, 0, 1.5*t.brow)
	s.both(v, t.eyeX, -1, 18, 12, 0, -6.5+1.5*young)
	s.both(v, t.eyeX-13, -3, 7, 10, 0, -2.2*(1-0.5*young))
	s.both(v, t.eyeX, 0.5, 12, 8, 0, 5.5)
	s.both(v, 43, 24, 17, 13, -0.3, 3.4-1.4*young)
	s.both(v, 40, 47, 17, 19, 0.2, 4.5*t.cheek*(0.5+0.5*young)-2.5*t.old-1.5*(1-t.cheek*0.5)*(1-young))
	s.both(v, 30, 27, 16, 10, 0.25, 2.2*t.smile)

	// The nose: a ridge that rises to the tip and falls away below it.
	tip := t.noseTip
	v.each(-30, -40, 30, tip+14, func(i int, x, y float64) {
		u := (y + 14) / (tip + 14)
		up := lerp(t.bridge, t.noseHigh, step(0.05, 1, u)) * step(-0.45, 0.4, u)
		wide := lerp(7.5, 11.5, step(0.2, 1, u))
		fall := 1 - step(0.93, 1.26, u)
		s.z[i] += float32(up * fall * bell(x/wide))
	})
	s.bump(v, 0, tip-1, 8.5, 7.5, 0, 4)
	s.both(v, t.noseHalf-5.5, tip+2, 6.2, 5.6, 0, 6)
	s.both(v, t.noseHalf+2.5, tip+1, 3, 6, 0.3, -2)

	// Mouth and chin.
	my := t.mouthY
	s.bump(v, 0, my, 27, 17, 0, 6)
	s.bump(v, 0, my-t.lipUpper-5, 2.6, 5.5, 0, -1.3)
	s.both(v, 4.4, my-t.lipUpper-5, 2.2, 6, 0.1, 0.8)
	s.bump(v, 0, my-t.lipUpper*0.5, t.mouthHalf*0.62, t.lipUpper*0.62, 0, 1.9)
	s.bump(v, 0, my+t.lipLower*0.5, t.mouthHalf*0.6, t.lipLower*0.55, 0, 2.8)
	s.bump(v, 0, my, t.mouthHalf*0.9, 1.5, 0, -2)
	s.both(v, t.mouthHalf+2, my-t.smile*2.4, 4.6, 5, 0.3, -1.3-0.6*t.smile)
	s.bump(v, 0, my+t.lipLower+7, 17, 4.6, 0, -3.4)
	s.bump(v, 0, t.chin-15, 15, 10, 0, 4.6*(1-0.4*young))

	// From nose to mouth, the fold that deepens with smile and age.
	fold := (0.25*t.smile + 1.9*t.old + 0.12) * (1 - 0.7*young)
	for _, side := range [2]float64{-1, 1} {
		s.groove(v, 2.6, fold*1.1,
			point{side * (t.noseHalf + 2.5), tip - 1}, point{side * (t.noseHalf + 10), tip + 12},
			point{side * (t.mouthHalf + 8), my - 6}, point{side * (t.mouthHalf + 8.5), my + 4})
		if t.bags > 0.3 {
			s.groove(v, 2.2, 0.75*t.bags*a,
				point{side * (t.eyeX - 14), 7}, point{side * (t.eyeX - 3), 13.5}, point{side * (t.eyeX + 13), 11})
		}
		if t.old > 0.3 {
			for n := range 3 {
				k := float64(n) - 1
				s.groove(v, 0.9, 0.55*t.old,
					point{side * (t.eyeX + 18), 1 + 3*k}, point{side * (t.eyeX + 23), 1.5 + 4.5*k}, point{side * (t.eyeX + 28), 2 + 6.5*k})
			}
			s.groove(v, 2, 1.1*t.old, point{side * (t.mouthHalf + 3), my + 6}, point{side * (t.mouthHalf + 5), my + 14}, point{side * (t.mouthHalf + 3), my + 24})
		}
	}
	if t.old > 0.15 {
		for n := range 3 {
			y := t.browY - 13 - 9.5*float64(n)
			s.groove(v, 1.5, 0.62*t.old, point{-32, y + 1}, point{-15, y - 1.5}, point{0, y}, point{15, y - 1.5}, point{32, y + 1})
		}
		s.groove(v, 1.1, 0.6*t.old, point{-4.5, t.browY - 2}, point{-5, t.browY + 5})
		s.groove(v, 1.1, 0.6*t.old, point{4.5, t.browY - 2}, point{5, t.browY + 5})
	}
	return s
}

// lamp is a direction of light with its strength.
type lamp struct{ x, y, z, power float64 }

func newLamp(x, y, z, power float64) lamp {
	n := 1 / math.Sqrt(x*x+y*y+z*z)
	return lamp{x * n, y * n, z * n, power}
}

// studio is the light of a photo booth: broad lamps before and above.
type studio struct {
	lamps    [3]lamp
	ambient  float64
	overhead float64
}

func newStudio(lightX float64) studio {
	return studio{
		lamps: [3]lamp{
			newLamp(-0.5+lightX, -0.55, 0.9, 0.55),
			newLamp(0.6+lightX, -0.25, 0.9, 0.32),
			newLamp(0, 0.5, 0.9, 0.15),
		},
		ambient:  0.2,
		overhead: 0.07,
	}
}

// skinLight is the light that comes back from skin with normal (nx, ny, nz):
// softer in red, since light travels furthest there.
func (st *studio) skinLight(nx, ny, nz float64) rgb {
	up := st.ambient + st.overhead*(-ny)
	c := rgb{up, up, up}
	for _, l := range st.lamps {
		d := nx*l.x + ny*l.y + nz*l.z
		c.r += l.power * max(0, (d+0.42)/1.42)
		c.g += l.power * max(0, (d+0.28)/1.28)
		c.b += l.power * max(0, (d+0.23)/1.23)
	}
	return c
}

// clothLight is the light from a matt, grey surface.
func (st *studio) clothLight(nx, ny, nz float64) float64 {
	c := st.ambient + st.overhead*(-ny)
	for _, l := range st.lamps {
		c += l.power * max(0, (nx*l.x+ny*l.y+nz*l.z+0.2)/1.2)
	}
	return c
}

// shine is the gloss of skin.
func (st *studio) shine(nx, ny, nz float64) float64 {
	sum := 0.0
	for _, l := range st.lamps[:2] {
		hx, hy, hz := l.x, l.y, l.z+1
		n := 1 / math.Sqrt(hx*hx+hy*hy+hz*hz)
		d := max(0, (nx*hx+ny*hy+nz*hz)*n)
		d *= d
		d *= d
		d *= d
		d *= d // 16th power
		sum += l.power * d
	}
	return sum
}

// painter holds what drawing one person needs.
type painter struct {
	layer  *layer
	view   view
	t      *traits
	studio studio
	noise  *noise
	c      chance
}

// paintHead shades the skin of the face.
func (p *painter) paintHead() {
	v, t := p.view, p.t
	s := headSurface(v, t)
	near := boxBlur(s.z, Width, Height, int(1.6*v.k))
	wide := boxBlur(s.z, Width, Height, int(5*v.k))
	for y := 1; y < Height-1; y++ {
		for x := 1; x < Width-1; x++ {
			i := y*Width + x
			cover := float64(s.cover[i])
			if cover == 0 {
				continue
			}
			mx := (float64(x) + 0.5 - v.x0) / v.k
			my := (float64(y) + 0.5 - v.y0) / v.k
			gx := slopeAt(s, i-1, i, i+1) * v.k
			gy := slopeAt(s, i-Width, i, i+Width) * v.k
			gx, gy = min(max(gx, -2.2), 2.2), min(max(gy, -2.2), 2.2)
			n := 1 / math.Sqrt(gx*gx+gy*gy+1)
			nx, ny, nz := -gx*n, -gy*n, n

			hollow := max(0, float64(near[i]-s.z[i]))*0.13 + max(0, float64(wide[i]-s.z[i]))*0.055
			fade := step(0, 9, t.edge(mx, my)) // the fall at the outline is no hollow
			light := p.studio.skinLight(nx, ny, nz).mul(1 / (1 + hollow*fade))
			c := p.skinAt(mx, my).tint(light)
			g := p.studio.shine(nx, ny, nz) * (0.045 + 0.03*bell(mx/16))
			p.layer.over(i, rgb{c.r + g, c.g + g, c.b + g}, cover)
			p.layer.z[i] = s.z[i]
		}
	}
}

// slopeAt is the slope between neighbours, one-sided at the outline.
func slopeAt(s *surface, a, i, b int) float64 {
	switch {
	case s.cover[a] == 0 && s.cover[b] == 0:
		return 0
	case s.cover[a] == 0:
		return float64(s.z[b] - s.z[i])
	case s.cover[b] == 0:
		return float64(s.z[i] - s.z[a])
	}
	return float64(s.z[b]-s.z[a]) / 2
}

// skinAt is the colour of the skin at a place of the face.
func (p *painter) skinAt(x, y float64) rgb {
	t := p.t
	ax := math.Abs(x)
	c := t.skin
	red := 0.16*t.blush*bell((ax-40)/20)*bell((y-32)/19) +
		0.12*bell(ax/15)*bell((y-t.noseTip)/13) +
		0.06*bell(ax/16)*bell((y-t.chin+12)/14)
	// Under the eyes the skin is thin.
	red += 0.07 * bell((ax-t.eyeX)/15) * bell((y-10)/6)
	c = c.tint(rgb{1 - 0.15*red, 1 - 1.15*red, 1 - 1.0*red})
	shade := 0.10*t.bags*bell((ax-t.eyeX+4)/14)*bell((y-9)/5) + 0.05*bell((ax-t.eyeX)/18)*bell((y+9)/8)
	c = c.mul(1 - shade)
	if t.stubble > 0 {
		d := t.stubble * 0.26 * step(t.noseTip+6, t.mouthY-4, y) * (1 - 0.75*bell((ax)/(t.mouthHalf))*bell((y-t.mouthY)/7)) *
			max(bell(x/30)*bell((y-t.mouthY-16)/26), 0.8*step(24, 50, y)*step(30, 52, ax))
		d *= 0.9 + 0.35*p.noise.at(x*2.3, y*2.3)
		c = c.tint(rgb{1 - d, 1 - 0.93*d, 1 - 0.82*d})
	}
	blotch := 0.035*p.noise.at(x*0.12+9, y*0.12) + 0.022*p.noise.at(x*0.5, y*0.5+31)
	pores := 0.03 * (0.45 + 0.55*t.old + 0.1) * p.noise.at(x*1.9+50, y*1.9)
	return c.mul(1 + blotch + pores)
}

// paintEars draws both ears behind the face.
func (p *painter) paintEars() {
	v, t := p.view, p.t
	for _, side := range [2]float64{-1, 1} {
		cx, cy := side*(t.half+1.5), 10.0
		rx, ry := 9.5*t.ear, 29*t.ear
		v.each(cx-16, cy-40, cx+16, cy+40, func(i int, x, y float64) {
			dy := (y - cy) / ry
			ex := (x - cx) * side
			lean := 3.5 * dy // the top stands off further
			w := rx * (1 - 0.28*max(0, dy))
			u := (ex + lean) / w
			r := math.Sqrt(u*u + dy*dy)
			cover := step(1.03, 0.97, r)
			if cover <= 0 {
				return
			}
			rim := bell((r-0.86)/0.14) - 0.8*bell((r-0.62)/0.15)*step(0.5, 0, dy)
			l := 0.72 + 0.17*rim - 0.22*bell(r/0.5) - 0.1*step(0.5, -1, u)
			c := t.skin.tint(rgb{1.0, 0.86, 0.84}).mul(l * 0.95)
			p.layer.over(i, c, cover)
			p.layer.z[i] = 4
		})
	}
}

// paintNeck draws neck and upper chest, shaded by the head above.
func (p *painter) paintNeck() {
	v, t := p.view, p.t
	v.each(-130, 40, 130, 200, func(i int, x, y float64) {
		flare := 55 * step(112, 190, y) * step(112, 190, y)
		w := t.neck + 3*step(100, 60, y) + flare*1.6
		cover := step(-0.5, 0.5, w-math.Abs(x))
		if cover <= 0 {
			return
		}
		u := min(0.97, math.Abs(x)/w)
		nx := u * math.Copysign(1, x) * 0.9
		nz := math.Sqrt(1 - nx*nx)
		light := p.studio.skinLight(nx, 0.12, nz)
		// The head keeps the light of the lamps above from the neck.
		under := t.chin*0.93 + 5 - 0.006*x*x
		shadow := 0.46 * step(34, 2, y-under)
		tendon := 0.05 * bell((math.Abs(x)-17-0.22*(150-y))/6) * (0.5 + t.old)
		throat := 0.0
		if !t.female && t.grown {
			throat = 0.05*bell(x/6)*bell((y-132)/8) - 0.06*bell(x/7)*bell((y-141)/5)
		}
		lines := 0.0
		for n := range 2 {
			yy := y - 128 - 12*float64(n) - 0.004*x*x
			lines += 0.05 * bell(yy/1.3) * (0.25 + t.old)
		}
		c := t.skin.mul(1 + 0.03*p.noise.at(x*0.2, y*0.2)).tint(light).mul((1 - shadow) * (1 + tendon + throat - lines) * 0.96)
		c = c.tint(rgb{1 + 0.1*shadow, 1 - 0.06*shadow, 1 - 0.1*shadow})
		p.layer.over(i, c, cover)
		p.layer.z[i] = float32(38 * nz)
	})
}
