package portrait

import "kado/mynumber"

// hairStyle names how the hair is worn.
type hairStyle int

const (
	hairSidePart   hairStyle = iota // short, parted at the side
	hairFringe                      // short, falling on the forehead
	hairCrop                        // cropped close
	hairSwept                       // combed back
	hairReceding                    // thin on top
	hairRing                        // bald but for the sides
	hairBob                         // to the jaw, with fringe
	hairBobParted                   // to the jaw, parted
	hairLong                        // over the shoulders, parted
	hairLongFringe                  // over the shoulders, with fringe
	hairTied                        // drawn back and tied
	hairTails                       // two tails, for children
	hairWisps                       // an infant's
)

// clothes names what is worn.
type clothes int

const (
	wearSuit   clothes = iota // jacket, shirt and tie
	wearBlazer                // jacket over a plain top
	wearShirt                 // open collar
	wearCrew                  // round neck
	wearVee                   // V-neck knit
	wearHigh                  // roll neck
	wearSchool                // stand-up school collar
)

// traits are what makes one person. Lengths are in millimetres of a grown
// head, with the origin between the pupils.
type traits struct {
	age    float64
	young  float64 // 1 in infancy, 0 from about 17
	old    float64 // 0 to about 38, 1 at 85
	female bool
	grown  bool

	skin    rgb
	blush   float64
	stubble float64
	moles   int

	half     float64 // half the width of the face
	crown    float64 // top of the skull, negative
	chin     float64
	jawRound float64 // exponent of the jaw's outline
	jawTaper float64 // how much the jaw narrows to the chin
	cheek    float64
	brow     float64 // strength of the brow ridge

	eyeX, eyeHalf, eyeOpen, eyeTilt float64
	eyeUneven                       float64
	iris                            rgb
	irisR                           float64
	crease                          float64 // 0 single lid .. 1 marked fold
	lashes                          float64
	bags                            float64

	browY, browThick, browArch, browLean, browDense float64

	noseTip, noseHalf, noseHigh, bridge float64

	mouthY, mouthHalf, lipUpper, lipLower, smile float64
	lip                                          rgb

	ear float64

	hair     hairStyle
	hairTone rgb
	grey     float64
	part     float64 // x of the parting
	hairline float64 // y of the hairline over the middle of the forehead
	volume   float64 // thickness of the hair over the skull
	wave     float64

	face, cap *profile // outlines of face and hair
	plan      hairPlan

	glasses   int // 0 none
	glassTone rgb

	wear          clothes
	cloth, cloth2 rgb
	neck          float64 // half width
	ground        rgb
	lightX        float64
}

func drawTraits(c chance, s Subject) traits {
	var t traits
	age := float64(min(max(s.Age, 0), 110)) + c.between(0, 1)
	t.age = age
	t.young = 1 - step(0, 17, age)
	t.old = min(1, max(0, (age-38)/47))
	switch s.Sex {
	case mynumber.Male:
	case mynumber.Female:
		t.female = true
	default:
		t.female = c.odds(0.5)
	}
	t.grown = age >= 18
	m := 1.0 // masculinity of the features, grown up only
	if t.female {
		m = 0
	}
	m *= 1 - t.young
	y := t.young

	tone := c.around(0.42, 0.42)
	t.skin = srgb(243, 214, 192).mix(srgb(196, 147, 112), tone).mix(srgb(222, 184, 152), 0.25)
	if m > 0.5 {
		t.skin = t.skin.tint(rgb{0.97, 0.94, 0.92})
	}
	t.blush = c.between(0.4, 1) + 0.5*y
	if !t.female && age > 19 {
		t.stubble = c.between(0, 1) * c.between(0.2, 1)
	}
	t.moles = c.pick(5, 3, 2, 1)

	t.half = c.around(70, 5) + 1.5*m + 2*y
	t.crown = -c.around(109, 4) - 9*y
	t.chin = c.around(111, 6) + 3*m - 20*y
	t.jawRound = c.around(2.2, 0.3) + 0.25*m
	t.jawTaper = max(0, c.around(0.15, 0.1)-0.05*m-0.06*y)
	t.cheek = c.between(0, 1) + 1.2*y
	t.brow = 0.4 + 0.8*m*c.between(0.6, 1.2)

	t.eyeX = c.around(31.5, 1.8) + 0.4*y
	t.eyeHalf = c.around(15.2, 1.2) + 0.2*y
	t.eyeOpen = c.around(5.4, 0.9) + 0.9*y - 0.7*t.old
	if t.female {
		t.eyeOpen += 0.35
	}
	t.eyeTilt = c.around(0.06, 0.09) - 0.05*t.old
	t.eyeUneven = c.around(0, 0.5)
	t.iris = srgb(58, 36, 24).mix(srgb(104, 68, 40), c.between(0, 1)*c.between(0, 1))
	t.irisR = c.around(6.3, 0.3) + 0.5*y
	t.crease = c.between(0, 1)
	t.lashes = 0.5 + 0.25*y
	if t.female {
		t.lashes = c.between(0.8, 1.3)
	}
	t.bags = c.between(0, 0.5) + 0.9*t.old

	t.browY = -c.around(20.5, 2) - 0.8*y
	t.browThick = c.around(4.7, 0.9) + 1.5*m - 0.9*y
	t.browArch = c.around(2.2, 1.8)
	t.browLean = c.around(0.05, 0.07)
	t.browDense = c.between(0.65, 1.1) - 0.25*y - 0.2*t.old

	t.noseTip = c.around(41, 3.5) + 2*m - 10*y + 1.5*t.old
	t.noseHalf = c.around(17.5, 1.8) + 1.2*m - 2.6*y
	t.noseHigh = c.around(13, 2.2) + 1.8*m - 5*y
	t.bridge = c.around(5, 2.5) + 1.5*m - 3.5*y

	t.mouthY = c.around(70, 2.6) + 1*m - 13*y
	t.mouthHalf = c.around(24.5, 2.3) + 1*m - 4*y
	t.lipUpper = c.around(6, 1.5) - 1.6*t.old - 0.6*m
	t.lipLower = c.around(8.4, 1.6) - 1.6*t.old - 0.4*m
	t.smile = c.between(0.3, 1)
	t.lip = srgb(196, 122, 112).mix(srgb(178, 98, 92), c.between(0, 1))
	if t.female && t.grown {
		t.lip = t.lip.mix(srgb(198, 84, 88), c.between(0, 0.8))
	}
	t.lip = t.lip.mix(t.skin, 0.25+0.15*m+0.1*t.old)

	t.ear = c.around(1, 0.14) + 0.08*t.old

	drawHair(c, &t)
	drawWear(c, &t)

	switch {
	case age < 6:
	case c.odds(0.12 + 0.25*t.old + 0.1*step(10, 25, age)):
		t.glasses = 1 + c.pick(3, 3, 2)
		t.glassTone = [...]rgb{srgb(30, 28, 28), srgb(74, 48, 34), srgb(110, 108, 110), srgb(96, 30, 36), srgb(36, 44, 72)}[c.pick(4, 3, 3, 1, 1)]
	}
	t.plan = t.planHair()
	t.face = newProfile(t.faceOutline)
	t.cap = newProfile(t.capOutline)
	t.ground = [...]rgb{srgb(236, 237, 238), srgb(226, 232, 238), srgb(214, 226, 238), srgb(236, 234, 228), srgb(222, 224, 226)}[c.pick(3, 3, 3, 2, 2)]
	t.lightX = c.around(0, 0.45)
	return t
}

func drawHair(c chance, t *traits) {
	t.hairTone = [...]rgb{srgb(32, 27, 26), srgb(42, 33, 29), srgb(58, 42, 34), srgb(84, 58, 42), srgb(112, 78, 54)}[c.pick(5, 5, 3, 2, 1)]
	if !t.female || t.young > 0.4 || t.old > 0.6 {
		t.hairTone = [...]rgb{srgb(30, 26, 25), srgb(40, 32, 29), srgb(54, 41, 34)}[c.pick(4, 4, 2)]
	}
	t.grey = step(36, 78, t.age+c.between(-10, 10))
	if t.female && t.grey > 0.15 && c.odds(0.55) { // dyed
		t.grey *= 0.15
	}
	t.part = c.between(12, 30)
	if c.odds(0.5) {
		t.part = -t.part
	}
	t.hairline = -c.around(67, 5) - 9*t.young
	t.volume = c.between(7.5, 17)
	t.wave = max(0, c.between(-0.5, 1))
	switch {
	case t.age < 2:
		t.hair = hairWisps
		t.volume = 1.2
	case t.young > 0.3 && t.female:
		t.hair = [...]hairStyle{hairBob, hairLongFringe, hairTails, hairTied, hairBobParted}[c.pick(4, 2, 3, 2, 1)]
	case t.young > 0.3:
		t.hair = [...]hairStyle{hairFringe, hairCrop, hairSidePart}[c.pick(5, 2, 2)]
	case t.female:
		w := [...]float64{3, 3, 4, 3, 3}
		if t.old > 0.4 {
			w = [...]float64{3, 5, 0.6, 0.2, 3}
		}
		t.hair = [...]hairStyle{hairBob, hairBobParted, hairLong, hairLongFringe, hairTied}[c.pick(w[:]...)]
	default:
		bald := step(32, 80, t.age)
		t.hair = [...]hairStyle{hairSidePart, hairFringe, hairCrop, hairSwept, hairReceding, hairRing}[c.pick(4, 4*(1-t.old), 2, 2, 5*bald, 3.5*bald*bald)]
	}
	if t.hair == hairReceding {
		t.hairline -= 14
		t.volume *= 0.6
	}
	if t.hair == hairCrop {
		t.volume = 5
	}
}

func drawWear(c chance, t *traits) {
	dark := []rgb{srgb(34, 38, 50), srgb(40, 40, 44), srgb(28, 34, 58), srgb(62, 60, 64), srgb(58, 44, 40)}
	soft := []rgb{srgb(52, 78, 104), srgb(112, 58, 62), srgb(76, 96, 78), srgb(120, 100, 78), srgb(72, 70, 92), srgb(44, 46, 52), srgb(132, 140, 152), srgb(150, 112, 106)}
	t.neck = 45 + 5*c.r.Float64()
	if t.female {
		t.neck = 38 + 4*c.r.Float64()
	}
	t.neck = lerp(t.neck, 33, t.young)
	t.cloth2 = [...]rgb{srgb(238, 240, 243), srgb(214, 226, 240), srgb(240, 232, 222), srgb(92, 96, 110)}[c.pick(5, 2, 1, 1)]
	switch {
	case t.age < 7:
		t.wear = [...]clothes{wearCrew, wearShirt}[c.pick(4, 1)]
	case t.age < 18:
		t.wear = [...]clothes{wearCrew, wearShirt, wearVee, wearSchool}[c.pick(3, 2, 2, 2*step(11, 13, t.age))]
	case t.female:
		t.wear = [...]clothes{wearBlazer, wearShirt, wearCrew, wearVee, wearHigh}[c.pick(4, 2, 3, 3, 2)]
	default:
		t.wear = [...]clothes{wearSuit, wearBlazer, wearShirt, wearCrew, wearVee, wearHigh}[c.pick(5, 1, 3, 2, 2, 1)]
	}
	t.cloth = soft[c.pick(1, 1, 1, 1, 1, 1, 1, 1)]
	if t.wear == wearSuit || t.wear == wearBlazer || t.wear == wearSchool {
		t.cloth = dark[c.pick(3, 3, 2, 1, 1)]
	}
}
