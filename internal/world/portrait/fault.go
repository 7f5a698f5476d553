package portrait

import "math"

// Fault is a photographic fault a portrait may be drawn with, to try the
// examination of photos (P-38).
type Fault string

// The faults.
const (
	None         Fault = ""
	Hat          Fault = "hat"
	Sunglasses   Fault = "sunglasses"
	TwoPeople    Fault = "two people"
	Turned       Fault = "turned"
	Profile      Fault = "profile"
	Tilted       Fault = "tilted"
	Sideways     Fault = "sideways"
	Blurred      Fault = "blurred"
	Dark         Fault = "dark"
	Overexposed  Fault = "overexposed"
	WallShadow   Fault = "shadow"
	Furniture    Fault = "furniture"
	Pattern      Fault = "pattern"
	TooNear      Fault = "too near"
	TooFar       Fault = "too far"
	CutAtTheTop  Fault = "cut at the top"
	CutAtTheSide Fault = "cut at the side"
	Nobody       Fault = "nobody"
)

// Faults lists every fault in a fixed order, without None.
func Faults() []Fault {
	return []Fault{Hat, Sunglasses, TwoPeople, Turned, Profile, Tilted, Sideways, Blurred, Dark, Overexposed, WallShadow, Furniture, Pattern,
		TooNear, TooFar, CutAtTheTop, CutAtTheSide, Nobody}
}

func (f Fault) valid() bool {
	if f == None {
		return true
	}
	for _, g := range Faults() {
		if f == g {
			return true
		}
	}
	return false
}

// placement puts a person's layer into the picture: turned by angle about the
// face, enlarged by zoom and moved by (dx, dy) pixels.
type placement struct{ dx, dy, zoom, angle float64 }

// compose sets the person before the wall, with the fault if any.
func compose(key [32]byte, t *traits, f Fault) *layer {
	scene := wall(t, f)
	if f == Nobody {
		return scene
	}
	p := person(key, t, 2)
	switch f {
	case Hat:
		p.paintHat()
	case Sunglasses:
		p.paintSunglasses()
	case Turned:
		p.turn(0.5)
	case Profile:
		p.turn(0.85)
	}
	at := placement{zoom: 1}
	switch f {
	case Tilted:
		at.angle = 0.28
	case Sideways:
		at.angle = math.Pi / 2
		at.zoom = 0.8
	case TooNear:
		at.zoom = 1.62
	case TooFar:
		at.zoom, at.dy = 0.3, 60
	case CutAtTheTop:
		at.dy = -250
	case CutAtTheSide:
		at.dx = 215
	case TwoPeople:
		at.zoom, at.dx, at.dy = 0.6, -165, 60
		other := drawTraits(newChance(key, 40), Subject{Age: 34, Sex: '1'})
		q := person(key, &other, 42)
		scene.place(q.layer, placement{zoom: 0.6, dx: 165, dy: 60})
	}
	if f == WallShadow {
		scene.castShadow(p.layer)
	}
	scene.place(p.layer, at)
	switch f {
	case Blurred:
		for _, c := range []*[]float32{&scene.r, &scene.g, &scene.b} {
			*c = boxBlur(*c, Width, Height, 4)
		}
	case Dark:
		for i := range scene.r {
			scene.scale(i, 0.035)
		}
	case Overexposed:
		for i := range scene.r {
			scene.scale(i, 2.6)
		}
	}
	return scene
}

// wall is the plain, light background; furniture and patterns on demand.
func wall(t *traits, f Fault) *layer {
	l := newLayer()
	shelf, wood, book := srgb(150, 118, 86), srgb(96, 70, 50), [...]rgb{srgb(160, 60, 54), srgb(54, 90, 140), srgb(70, 120, 84), srgb(220, 200, 150)}
	for y := range Height {
		for x := range Width {
			i := y*Width + x
			fx, fy := float64(x)/Width, float64(y)/Height
			c := t.ground.mul(1 - 0.03*fy + 0.02*(fx-0.5)*t.lightX)
			switch f {
			case Furniture:
				if x < 190 {
					c = shelf
					row := y % 150
					if row < 16 {
						c = wood
					} else if row > 40 {
						c = book[(x/23+y/150)%4].mul(0.7 + 0.3*float64(x%23)/23)
					}
				}
				if x > 570 && y > 120 && y < 460 {
					c = wood
					if x > 585 && y > 135 && y < 445 {
						c = srgb(120, 170, 210)
					}
				}
			case Pattern:
				if (x/44+y/44)%2 == 0 {
					c = c.tint(rgb{0.4, 0.58, 0.8})
				}
			}
			l.over(i, c, 1)
		}
	}
	return l
}

// castShadow darkens the wall beside the person as a lamp from the left does.
func (l *layer) castShadow(person *layer) {
	soft := boxBlur(person.a, Width, Height, 9)
	const dx, dy = 92, 30
	for y := range Height {
		for x := range Width {
			if sx, sy := x-dx, y-dy; sx >= 0 && sy >= 0 {
				l.scale(y*Width+x, 1-0.55*float64(soft[sy*Width+sx]))
			}
		}
	}
}

// place lays a person's layer over the picture.
func (l *layer) place(person *layer, at placement) {
	if at == (placement{zoom: 1}) {
		for i := range l.r {
			k := 1 - person.a[i]
			l.r[i] = l.r[i]*k + person.r[i]
			l.g[i] = l.g[i]*k + person.g[i]
			l.b[i] = l.b[i]*k + person.b[i]
		}
		return
	}
	const cx, cy = Width / 2, 440
	sin, cos := math.Sincos(-at.angle)
	for y := range Height {
		for x := range Width {
			dx, dy := (float64(x)-cx-at.dx)/at.zoom, (float64(y)-cy-at.dy)/at.zoom
			sx, sy := cx+dx*cos-dy*sin, cy+dx*sin+dy*cos
			// Clothes go on below the drawn edge.
			sy = min(sy, Height-2)
			x0, y0 := int(math.Floor(sx)), int(math.Floor(sy))
			if x0 < 0 || y0 < 0 || x0 >= Width-1 || y0 >= Height-1 {
				continue
			}
			fx, fy := float32(sx-float64(x0)), float32(sy-float64(y0))
			j := y0*Width + x0
			mix := func(v []float32) float32 {
				return (v[j]*(1-fx)+v[j+1]*fx)*(1-fy) + (v[j+Width]*(1-fx)+v[j+Width+1]*fx)*fy
			}
			i := y*Width + x
			k := 1 - mix(person.a)
			l.r[i] = l.r[i]*k + mix(person.r)
			l.g[i] = l.g[i]*k + mix(person.g)
			l.b[i] = l.b[i]*k + mix(person.b)
		}
	}
}

// turn looks at the person from the side by angle (radians): each row is moved
// by its height, the nearest surface hiding what lies behind.
func (p *painter) turn(angle float64) {
	l, out := p.layer, newLayer()
	sin, cos := math.Sincos(angle)
	depth := make([]float64, Width)
	for y := range Height {
		for x := range depth {
			depth[x] = -1e9
		}
		project := func(x int) (float64, float64) {
			mx := float64(x) - p.view.x0
			z := float64(l.z[y*Width+x]) * p.view.k
			return mx*cos + z*sin + p.view.x0 - 60, z*cos - mx*sin
		}
		for x := 0; x+1 < Width; x++ {
			i := y*Width + x
			if l.a[i] == 0 || l.a[i+1] == 0 {
				continue
			}
			a, za := project(x)
			b, zb := project(x + 1)
			if b < a || b-a > 160 {
				continue
			}
			for tx := max(0, int(math.Ceil(a))); tx < Width && float64(tx) <= b; tx++ {
				t := 0.0
				if b > a {
					t = (float64(tx) - a) / (b - a)
				}
				z := lerp(za, zb, t)
				if b-a > 12 { // a step in depth: what shows is behind
					z = min(za, zb)
				}
				if z > depth[tx] {
					depth[tx] = z
					o, f := y*Width+tx, float32(t)
					out.r[o] = l.r[i] + (l.r[i+1]-l.r[i])*f
					out.g[o] = l.g[i] + (l.g[i+1]-l.g[i])*f
					out.b[o] = l.b[i] + (l.b[i+1]-l.b[i])*f
					out.a[o] = l.a[i] + (l.a[i+1]-l.a[i])*f
				}
			}
		}
	}
	p.layer = out
}

// paintHat puts on a cap with a peak.
func (p *painter) paintHat() {
	t := p.t
	tone := srgb(42, 92, 170)
	top := t.crown - t.volume - 12
	w := t.half + 12
	crown := mirror(curve(false, point{0, top}, point{-w * 0.62, top + 12}, point{-w, -78}, point{-w - 1, -54}, point{-w * 0.6, -60}, point{0, -64}))
	p.layer.polygon(p.view, crown, 1, func(x, y float64) rgb {
		return tone.mul(0.95 - 0.5*math.Pow(math.Abs(x)/w, 2) + 0.15*bell((y+100)/25))
	})
	peak := mirror(curve(false, point{0, -74}, point{-w * 0.7, -68}, point{-w * 0.92, -54}, point{-w * 0.6, -44}, point{0, -40}))
	p.view.each(-w, -40, w, 0, func(i int, x, y float64) {
		p.layer.scale(i, 1-0.25*bell((y+40)/8)*step(w, w*0.7, math.Abs(x)))
	})
	p.layer.polygon(p.view, peak, 1, func(x, y float64) rgb {
		return tone.mul(0.55 + 0.35*bell((y+45)/9))
	})
}

// paintSunglasses puts dark lenses before the eyes.
func (p *painter) paintSunglasses() {
	for _, side := range [2]float64{-1, 1} {
		cx, cy := side*p.t.eyeX, 2.0
		p.view.each(cx-30, cy-24, cx+30, cy+24, func(i int, x, y float64) {
			u, w := math.Abs(x-cx)/27, math.Abs(y-cy)/19
			r := math.Pow(u, 3) + math.Pow(w, 3)
			c := rgb{0.012, 0.012, 0.014}.mix(rgb{0.05, 0.055, 0.06}, step(cy+18, cy-18, y))
			p.layer.over(i, c, step(1.04, 0.98, r))
		})
	}
	for k := range 7 {
		o := 0.5 * float64(k-3)
		p.layer.strand(p.view, point{-8, -5 + o}, point{0, -9 + o}, point{8, -5 + o}, rgb{0.012, 0.012, 0.014}, 0.9, 1, nil)
	}
}
