package chip

import "fmt"

// TamperEvent is what the sensors of a chip can tell of an attack. A program
// has no sensors: Tamper injects the event (CHP-06).
type TamperEvent byte

// The events.
const (
	TamperProbing       TamperEvent = 1 // needles, lasers, an opened package
	TamperVoltage       TamperEvent = 2 // supply or clock out of bounds
	TamperForgedCommand TamperEvent = 3 // a command that cannot come from outside
)

// String is the English name.
func (e TamperEvent) String() string {
	switch e {
	case TamperProbing:
		return "probing"
	case TamperVoltage:
		return "voltage"
	case TamperForgedCommand:
		return "forged command"
	}
	return fmt.Sprintf("tamper event %d", byte(e))
}

// Tamper lets the chip sense an attack: in one batch it erases every key, PIN,
// file and applet and keeps nothing but its state and what was sensed. From
// then on it answers 6600 to every command, for ever (CHP-04, CHP-05, OPS-05,
// P-56). A memory that fails does not save the attacker: the chip answers 6600
// all the same and tries again at each command for as long as it has power.
// A chip that has ended before stays as it is.
func (c *Card) Tamper(event TamperEvent) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sensed != 0 || c.ended() {
		return
	}
	c.sensed = max(event, 1)
	c.destroy()
}

func (c *Card) ended() bool {
	return c.nv.state() == StateTerminated || c.nv.state() == StateTampered
}

// destroy carries out what was sensed.
func (c *Card) destroy() {
	c.volatile = volatile{}
	if c.stale && c.load() != nil {
		return
	}
	if c.ended() {
		return
	}
	ch := newChange(c.nv)
	for k := range c.nv {
		ch.erase(k)
	}
	ch.set(recordState, []byte{byte(StateTampered)})
	ch.set(recordTamper, []byte{byte(c.sensed)})
	if c.commit(ch) {
		clear(c.parsed)
		c.applets = c.nv.applets()
	}
}

// State reports where the chip stands in its life, and whether it knows: a
// chip whose memory cannot be read does not.
func (c *Card) State() (State, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sensed != 0 {
		return StateTampered, true
	}
	if c.stale && c.load() != nil {
		return 0, false
	}
	return c.nv.state(), true
}

// Sensed reports what made the chip erase itself; 0 when nothing did.
func (c *Card) Sensed() TamperEvent {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sensed != 0 {
		return c.sensed
	}
	if v := c.nv[recordTamper]; len(v) == 1 {
		return TamperEvent(v[0])
	}
	return 0
}
