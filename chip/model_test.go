package chip_test

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/chip"
	"kado/chip/chiptest"
)

// This file is a second, abstract card: states, counters and conditions without
// contents. Its tables are typed from what is known of the real card, and its
// office from docs/protocols/card-management.md; neither uses the chip's own
// tables, formats or names.

// modelRef is a reference: how many tries, what its value looks like, who sets
// it.
type modelRef struct {
	limit  int
	holder bool // a PIN, as opposed to a number
	fits   func(string) bool
}

// modelApp is an application: its identifier and what lies in it. A file or key
// maps to the references of which one opens it; none means free.
type modelApp struct {
	aid     string
	files   map[byte][]byte
	records map[byte]bool
	keys    map[byte][]byte
	refs    map[byte]modelRef
	others  []byte
	change  string // CLA, INS, P1 of the change command, in hex
	sign    bool   // has 80 2A
	free    byte   // key that 80 2A takes without being told
}

func pinOf(n int) func(string) bool {
	return func(s string) bool { return len(s) == n && strings.Trim(s, "0123456789") == "" }
}

func passwordForm(s string) bool {
	return len(s) >= 6 && len(s) <= 16 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" &&
		strings.ContainsAny(s, "0123456789") && strings.Trim(s, "0123456789") != ""
}

const (
	modelMaster, modelCommon, modelRegister, modelFace, modelText, modelJPKI, modelApplet = 0, 1, 2, 3, 4, 5, 6
)

func modelApps() []modelApp {
	four := modelRef{3, true, pinOf(4)}
	a, b := modelRef{10, false, pinOf(12)}, modelRef{10, false, pinOf(14)}
	return []modelApp{
		{aid: "A0000001510000", others: []byte{0x1E}},
		{aid: "D3921000310001010100", records: map[byte]bool{1: true, 2: true}, keys: map[byte][]byte{0x19: nil}, refs: map[byte]modelRef{0x1C: four}, others: []byte{0x1E}, change: "803200"},
		{aid: "D3921000310001010401", files: map[byte][]byte{3: {0x1C}}, records: map[byte]bool{2: true}, refs: map[byte]modelRef{0x1C: four}, change: "803200"},
		{aid: "D3921000310001010402", files: map[byte][]byte{1: {0x11}, 2: {0x12, 0x13}, 3: nil, 4: nil, 5: {0x13}, 6: {0x12, 0x13}}, keys: map[byte][]byte{0x1A: nil},
			refs: map[byte]modelRef{0x11: {10, false, pinOf(6)}, 0x12: b, 0x13: a}, others: []byte{0x14, 0x15, 0x1C, 0x1E}, sign: true, free: 0x1A},
		{aid: "D3921000310001010408", files: map[byte][]byte{1: {0x11, 0x14}, 2: {0x11, 0x15}, 3: {0x11, 0x14, 0x15}, 4: nil, 5: nil, 7: {0x11, 0x14, 0x15}, 8: nil},
			keys: map[byte][]byte{0x13: nil}, refs: map[byte]modelRef{0x11: four, 0x12: {limit: 3}, 0x14: a, 0x15: b}, others: []byte{0x10, 0x1C, 0x1E}, change: "002401", sign: true, free: 0x13},
		{aid: "D392F000260100000001", files: map[byte][]byte{1: {0x1B}, 2: nil, 6: nil, 8: nil, 0x0A: nil, 0x0B: nil}, keys: map[byte][]byte{0x17: {0x18}, 0x1A: {0x1B}},
			refs: map[byte]modelRef{0x18: four, 0x1B: {5, true, passwordForm}}, others: []byte{5, 9, 0x10, 0x16, 0x19, 0x1C, 0x1E}, change: "002401", sign: true},
		// A municipal card in slot 2, its PIN needed for reading only.
		{aid: "F04B41444F0155", files: map[byte][]byte{1: {0x11}}, keys: map[byte][]byte{0x1A: nil}, refs: map[byte]modelRef{0x11: four}, change: "002401"},
	}
}

// numbers of the applications in issuer commands, by index.
var modelNumbers = []byte{0, 1, 2, 4, 3, 5, 0x12}

type modelPlace struct {
	app int
	id  byte
}

// model is the abstract card.
type model struct {
	apps      []modelApp
	installed bool // the applet
	next      bool // the JPKI application has P-384 keys
	// What power loss does not clear.
	tries  map[modelPlace]int
	values map[modelPlace]string
	// What it clears.
	app      int
	current  byte
	verified map[byte]bool
	// cut counts down to the commit at which the power fails; 0 means never.
	cut     int
	written bool
}

func newModel(h chiptest.Holder) *model {
	m := &model{apps: modelApps(), tries: map[modelPlace]int{}, values: map[modelPlace]string{}}
	a, b := h.A().Reveal(), h.B().Reveal()
	for p, v := range map[modelPlace]string{{modelCommon, 0x1C}: "7158", {modelRegister, 0x1C}: "9042", {modelFace, 0x11}: "010331", {modelFace, 0x12}: b, {modelFace, 0x13}: a,
		{modelText, 0x11}: "3865", {modelText, 0x14}: a, {modelText, 0x15}: b, {modelJPKI, 0x18}: "4271", {modelJPKI, 0x1B}: "KADO77TEST"} {
		m.values[p], m.tries[p] = v, m.apps[p.app].refs[p.id].limit
	}
	m.reset()
	return m
}

func (m *model) reset() { m.app, m.current, m.verified = modelMaster, 0, map[byte]bool{} }

// write is one commit.
func (m *model) write(change func()) bool {
	m.cut--
	if m.cut != 0 {
		change()
		return true
	}
	if m.written {
		change()
	}
	m.reset()
	return false
}

func (m *model) here() modelApp { return m.apps[m.app] }

func (m *model) has(id byte) bool {
	a := m.here()
	_, file := a.files[id]
	_, key := a.keys[id]
	_, ref := a.refs[id]
	return file || key || ref || a.records[id] || bytes.IndexByte(a.others, id) >= 0
}

func (m *model) open(by []byte) bool {
	for _, id := range by {
		if m.verified[id] {
			return true
		}
	}
	return len(by) == 0
}

// target is the entry that a command means; sw is 9000 when there is one.
func (m *model) target(short byte) (id byte, sw uint16) {
	switch {
	case short == 0 && m.current == 0:
		return 0, 0x6986
	case short == 0:
		return m.current, 0x9000
	case !m.has(short):
		return 0, 0x6A82
	}
	m.current = short
	return short, 0x9000
}

func (m *model) selectNext(prefix string, from int) uint16 {
	for i := from; i < len(m.apps); i++ {
		if strings.HasPrefix(m.apps[i].aid, prefix) && (i != modelApplet || m.installed) {
			m.reset()
			m.app = i
			return 0x9000
		}
	}
	return 0x6A82
}

func (m *model) selectEF(id byte) uint16 {
	if !m.has(id) {
		return 0x6A82
	}
	m.current = id
	return 0x9000
}

func (m *model) verify(short byte, value string) uint16 {
	id, sw := m.target(short)
	if sw != 0x9000 {
		return sw
	}
	ref, ok := m.here().refs[id]
	p := modelPlace{m.app, id}
	switch {
	case !ok:
		return 0x6981
	case value == "":
		return 0x63C0 | uint16(m.tries[p])
	case len(value) > 16:
		return 0x6700
	}
	delete(m.verified, id)
	if m.tries[p] == 0 {
		return 0x6984
	}
	if !m.write(func() { m.tries[p]-- }) {
		return 0x6581
	}
	if value != m.values[p] {
		return 0x63C0 | uint16(m.tries[p])
	}
	if !m.write(func() { m.tries[p] = ref.limit }) {
		return 0x6581
	}
	m.verified[id] = true
	return 0x9000
}

func (m *model) readBinary(short byte) uint16 {
	id, sw := m.target(short)
	if sw != 0x9000 {
		return sw
	}
	by, ok := m.here().files[id]
	switch {
	case !ok:
		return 0x6981
	case !m.open(by):
		return 0x6982
	}
	return 0x9000
}

func (m *model) readRecord(short byte) uint16 {
	id, sw := m.target(short)
	if sw == 0x9000 && !m.here().records[id] {
		return 0x6981
	}
	return sw
}

func (m *model) signature(p1, p2 byte, n int) uint16 {
	a := m.here()
	if !a.sign {
		return 0x6D00
	}
	if p2 == 0 {
		if a.free == 0 {
			return 0x6A88
		}
		p2 = a.free
	}
	if p1 > 5 {
		return 0x6A86
	}
	id, sw := m.target(p2 & 0x1F)
	if sw != 0x9000 {
		return sw
	}
	by, ok := a.keys[id]
	switch {
	case !ok:
		return 0x6981
	case !m.open(by):
		return 0x6982
	case n == 0:
		return 0x6700
	case m.next && m.app == modelJPKI:
		// ECDSA takes a digest of 48 bytes or hashes by itself; nothing else.
		switch {
		case p1 != 2 && p1 != 3:
			return 0x6A86
		case p1 == 2 && n != 48:
			return 0x6700
		}
	case p1 == 0 && n > 245, (p1 == 2 || p1 == 4) && n != 32:
		return 0x6700
	}
	return 0x9000
}

func (m *model) changePIN(form string, short byte, value string) uint16 {
	a := m.here()
	if a.change != form {
		return 0x6D00
	}
	id, sw := m.target(short)
	if sw != 0x9000 {
		return sw
	}
	ref, ok := a.refs[id]
	switch {
	case !ok:
		return 0x6981
	case !ref.holder || !m.verified[id]:
		return 0x6982
	case value == "" || len(value) > 16:
		return 0x6700
	case !ref.fits(value):
		return 0x6A80
	}
	p := modelPlace{m.app, id}
	if !m.write(func() { m.values[p], m.tries[p] = value, ref.limit }) {
		return 0x6581
	}
	return 0x9000
}

// modelPINs are what an office can set and lock.
var modelPINs = []modelPlace{{modelCommon, 0x1C}, {modelRegister, 0x1C}, {modelText, 0x11}, {modelJPKI, 0x18}, {modelJPKI, 0x1B}, {modelApplet, 0x11}}

// act is the whole of an issuer act: applications reselect nothing when it
// succeeds, and the card is back at master level.
func (m *model) act(allowed bool, refusal uint16, change func()) uint16 {
	if !allowed {
		return refusal
	}
	if !m.write(change) {
		return 0x6581
	}
	m.reset()
	return 0x9000
}

func (m *model) setPINs(places []modelPlace, value func(modelPlace) string, release bool) uint16 {
	for _, p := range places {
		if p.app == modelApplet && !m.installed {
			return 0x6A88
		}
		if release && m.values[p] != "" {
			return 0x6985
		}
	}
	return m.act(true, 0, func() {
		for _, p := range places {
			m.values[p], m.tries[p] = value(p), m.apps[p.app].refs[p.id].limit
		}
	})
}

func (m *model) lockPINs(places []modelPlace) uint16 {
	for _, p := range places {
		if p.app == modelApplet && !m.installed {
			return 0x6A88
		}
	}
	return m.act(true, 0, func() {
		for _, p := range places {
			delete(m.values, p)
			delete(m.tries, p)
		}
	})
}

// modelOffice makes acts from the protocol's description.
type modelOffice struct {
	key     []byte
	session byte
}

func newModelOffice(t *testing.T) *modelOffice {
	key, err := hkdf.Key(sha256.New, chiptest.Master, nil, "kado card management key\x00"+chiptest.Serial, 32)
	ok(t, err)
	return &modelOffice{key: key}
}

func item(tag byte, value ...byte) []byte {
	return append([]byte{tag, byte(len(value) >> 8), byte(len(value))}, value...)
}

// run does one act; pins are commands SET PIN to send after the script. The
// first refusal is the result.
func (o *modelOffice) run(card *chip.Card, op byte, script []byte, pins ...[]byte) uint16 {
	script = append([]byte{1}, script...)
	challenge := card.Transmit([]byte{0, 0x84, 0, 0, 16})
	o.session++
	session, digest := bytes.Repeat([]byte{o.session}, 16), sha256.Sum256(script)
	h := hmac.New(sha256.New, o.key)
	for _, part := range [][]byte{[]byte("kado issuer act\x00"), []byte(chiptest.Serial), challenge[:16], session, {op}, digest[:]} {
		h.Write(part)
	}
	begin := append(append(append(session, op), digest[:]...), h.Sum(nil)[:16]...)
	commands := [][]byte{append([]byte{0x80, 0xE0, 0, 0, byte(len(begin))}, begin...), append([]byte{0x80, 0xE2, 0, 0, byte(len(script))}, script...)}
	commands = append(append(commands, pins...), []byte{0x80, 0xE4, 0, 0, 0, 0, 0})
	for _, c := range commands {
		if sw := statusOf(card.Transmit(c)); sw != 0x9000 {
			return sw
		}
	}
	return 0x9000
}

func statusOf(b []byte) uint16 { return binary.BigEndian.Uint16(b[len(b)-2:]) }

// cutter is a memory whose power can be made to fail at a commit to come.
type cutter struct {
	*chip.RAM
	cut     int
	written bool
}

func (c *cutter) Commit(batch []chip.Record) error {
	if c.cut--; c.cut != 0 {
		return c.RAM.Commit(batch)
	}
	if c.written {
		if err := c.RAM.Commit(batch); err != nil {
			return err
		}
	}
	return chiptest.ErrPower
}

// TestR21_R22_P56_CHP25_CHP51_Model runs random commands against chip and
// model: after each, the status words are the same, and so are the tries of
// every reference as the memory has them.
func TestR21_R22_P56_CHP25_CHP51_Model(t *testing.T) {
	f := chiptest.Operational(t)
	bases := map[bool]*chip.RAM{false: f.Memory.(*chip.RAM), true: chiptest.OperationalNext(t).Memory.(*chip.RAM)}
	apps := modelApps()
	rapid.Check(t, func(rt *rapid.T) {
		next := rapid.Bool().Draw(rt, "next generation")
		mem := &cutter{RAM: bases[next].Clone()}
		card, err := chip.Open(mem, &chiptest.Keys{})
		if err != nil {
			rt.Fatal(err)
		}
		m, office := newModel(f.Holder), newModelOffice(t)
		m.next = next
		send := func(head string, data ...byte) uint16 {
			b, err := hex.DecodeString(head)
			if err != nil {
				rt.Fatal(err)
			}
			return statusOf(card.Transmit(append(b, data...)))
		}
		with := func(value string) []byte {
			if value == "" {
				return nil
			}
			return append([]byte{byte(len(value))}, value...)
		}
		// Entries that fit the command come up most, others that exist now and
		// then, and some that do not.
		drawID := func(fits func(modelApp, byte) bool) byte {
			ids := []byte{0, 0x0D}
			for id := range byte(0x1F) {
				if m.has(id) {
					ids = append(ids, id)
				}
			}
			var good []byte
			for _, id := range ids {
				if fits(m.here(), id) {
					good = append(good, id)
				}
			}
			if len(good) > 0 && oneOf(rt, "fitting", true, true, true, false) {
				ids = good
			}
			return oneOf(rt, "id", ids...)
		}
		isRef := func(a modelApp, id byte) bool { _, ok := a.refs[id]; return ok }
		isOpen := func(_ modelApp, id byte) bool { return m.verified[id] }
		isKey := func(a modelApp, id byte) bool { _, ok := a.keys[id]; return ok }
		isFile := func(a modelApp, id byte) bool { _, ok := a.files[id]; return ok }
		isRecord := func(a modelApp, id byte) bool { return a.records[id] }
		drawPlaces := func() []modelPlace {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(modelPINs), 1, 3, rapid.ID[modelPlace]).Draw(rt, "PINs")
		}
		newValue := func(p modelPlace) string {
			if p.app == modelJPKI && p.id == 0x1B {
				return "OFFICE9"
			}
			return "8642"
		}
		list := func(places []modelPlace) (script []byte) {
			for _, p := range places {
				script = append(script, item(7, modelNumbers[p.app], p.id)...)
			}
			return script
		}
		typed := func(places []modelPlace) (commands [][]byte) {
			for _, p := range places {
				v := newValue(p)
				commands = append(commands, append([]byte{0x80, 0xE6, modelNumbers[p.app], p.id, byte(len(v))}, v...))
			}
			return commands
		}
		steps := map[string]func() (got, want uint16){
			"select application": func() (uint16, uint16) {
				i := oneOf(rt, "application", 0, 1, 2, 3, 4, 5, 6, 3, 4, 5, 4, 5)
				aid, _ := hex.DecodeString(apps[i].aid)
				return send("00A4040C", append([]byte{byte(len(aid))}, aid...)...), m.selectNext(apps[i].aid, i)
			},
			"select prefix": func() (uint16, uint16) {
				prefix := oneOf(rt, "prefix", "D392", "D39210", "D3921000310001010402", "A0", "F04B", "01")
				b, _ := hex.DecodeString(prefix)
				if rapid.Bool().Draw(rt, "next") {
					return send("00A4040E", append([]byte{byte(len(b))}, b...)...), m.selectNext(prefix, m.app+1)
				}
				return send("00A4040C", append([]byte{byte(len(b))}, b...)...), m.selectNext(prefix, 0)
			},
			"select file": func() (uint16, uint16) {
				id := drawID(isRef)
				return send("00A4020C0200", id), m.selectEF(id)
			},
			"verify": func() (uint16, uint16) {
				id := drawID(isRef)
				at := id
				if id == 0 {
					at = m.current
				}
				value := rapid.SampledFrom([]string{m.values[modelPlace{m.app, at}], m.values[modelPlace{m.app, at}], "0000", "", "12345678901234567"}).Draw(rt, "value")
				return send(fmt.Sprintf("002000%02X", 0x80|id), with(value)...), m.verify(id, value)
			},
			"read binary": func() (uint16, uint16) {
				id := drawID(isFile)
				if id == 0 {
					return send("00B0000000"), m.readBinary(0)
				}
				return send(fmt.Sprintf("00B0%02X0000", 0x80|id)), m.readBinary(id)
			},
			"read record": func() (uint16, uint16) {
				id := drawID(isRecord)
				return send(fmt.Sprintf("00B201%02X00", id<<3|4)), m.readRecord(id)
			},
			"sign": func() (uint16, uint16) {
				p1, n := oneOf[byte](rt, "p1", 0, 1, 2, 3, 4, 5, 6), oneOf(rt, "length", 0, 1, 32, 48, 51, 245, 246)
				p2 := byte(0)
				if !rapid.Bool().Draw(rt, "default") {
					p2 = 0x80 | drawID(isKey)
				}
				data := append(make([]byte, n), 0)
				if n > 0 {
					data = append([]byte{byte(n)}, data...)
				}
				return send(fmt.Sprintf("802A%02X%02X", p1, p2), data...), m.signature(p1, p2, n)
			},
			"change": func() (uint16, uint16) {
				form := oneOf(rt, "form", "002401", "803200", m.here().change, m.here().change)
				if form == "" {
					form = "002401"
				}
				id, value := drawID(isOpen), oneOf(rt, "value", "1357", "1357", "NEW123", "NEW123", "", "12", "12345678901234567")
				return send(form+fmt.Sprintf("%02X", 0x80|id), with(value)...), m.changePIN(form, id, value)
			},
			"challenge": func() (uint16, uint16) {
				return send("00840000", rapid.Byte().Draw(rt, "Le")), 0x9000
			},
			"reset": func() (uint16, uint16) {
				card.Reset()
				m.reset()
				return 0x9000, 0x9000
			},
			"power off": func() (uint16, uint16) {
				if card, err = chip.Open(mem, &chiptest.Keys{}); err != nil {
					rt.Fatal(err)
				}
				m.reset()
				return 0x9000, 0x9000
			},
			"power cut ahead": func() (uint16, uint16) {
				m.cut, m.written = rapid.IntRange(1, 2).Draw(rt, "commit"), rapid.Bool().Draw(rt, "written")
				mem.cut, mem.written = m.cut, m.written
				return 0x9000, 0x9000
			},
			"office sets PINs": func() (uint16, uint16) {
				places := drawPlaces()
				return office.run(card, 5, list(places), typed(places)...), m.setPINs(places, newValue, false)
			},
			"office locks PINs": func() (uint16, uint16) {
				places := drawPlaces()
				return office.run(card, 0x0A, list(places)), m.lockPINs(places)
			},
			"office releases PINs": func() (uint16, uint16) {
				places := drawPlaces()
				return office.run(card, 0x0B, list(places), typed(places)...), m.setPINs(places, newValue, true)
			},
			"office writes number": func() (uint16, uint16) {
				script := item(2, append([]byte{3, 0x14, 10}, "210987654321"...)...)
				p := modelPlace{modelText, 0x14}
				return office.run(card, 6, script), m.act(true, 0, func() { m.values[p], m.tries[p] = "210987654321", 10 })
			},
			"office wants too much": func() (uint16, uint16) {
				return office.run(card, 6, item(7, 5, 0x18)), 0x6985
			},
			"office installs": func() (uint16, uint16) {
				applet, _ := hex.DecodeString("12" + "01" + "01" + "0001" + "01" + "03" + "3133313031" + "0141" + "07" + "F04B41444F0155")
				script := append(item(9, append(applet, "record"...)...), item(4, 0x12, 0x1A)...)
				p := modelPlace{modelApplet, 0x11}
				return office.run(card, 0x20, append(script, item(7, 0x12, 0x11)...), typed([]modelPlace{p})...), m.act(!m.installed, 0x6985, func() {
					m.installed, m.values[p], m.tries[p] = true, "8642", 3
				})
			},
			"office removes": func() (uint16, uint16) {
				p := modelPlace{modelApplet, 0x11}
				return office.run(card, 0x21, item(0x0A, 0x12, 0xF0, 'K', 'A', 'D', 'O', 1, 0x55)), m.act(m.installed, 0x6A82, func() {
					m.installed = false
					delete(m.values, p)
					delete(m.tries, p)
				})
			},
		}
		var names []string
		for name, weight := range map[string]int{"select application": 5, "select prefix": 1, "select file": 3, "verify": 16, "read binary": 8, "read record": 2, "sign": 6, "change": 5,
			"challenge": 1, "reset": 1, "power off": 1, "power cut ahead": 1, "office sets PINs": 1, "office locks PINs": 1, "office releases PINs": 2, "office writes number": 1,
			"office wants too much": 1, "office installs": 2, "office removes": 1} {
			names = append(names, slices.Repeat([]string{name}, weight)...)
		}
		slices.Sort(names)
		for range 100 {
			name := oneOf(rt, "step", names...)
			// Most of what there is to see is inside applications.
			likely := oneOf(rt, "likely", true, true, true, false)
			switch {
			case likely && m.app == modelMaster && !strings.HasPrefix(name, "office"):
				name = "select application"
			case likely && name == "sign" && !m.here().sign:
				name = "verify"
			}
			if got, want := steps[name](); got != want {
				rt.Fatalf("%s: card %04X, model %04X", name, got, want)
			}
			compareTries(rt, mem.RAM, m)
		}
		if oneOf(rt, "attack", true, false, false, false) {
			mem.cut = 0
			card.Tamper(chip.TamperProbing)
			if got := send("00A4040C"); got != 0x6600 {
				rt.Fatalf("after an attack: %04X", got)
			}
		}
	})
}

// oneOf draws one of several with equal chance; rapid's own choice prefers the
// first ones.
func oneOf[T any](rt *rapid.T, what string, from ...T) T {
	n := 0
	for _, bit := range rapid.SliceOfN(rapid.Bool(), 10, 10).Draw(rt, what) {
		n *= 2
		if bit {
			n++
		}
	}
	return from[n%len(from)]
}

// compareTries asks a copy of the card for every counter.
func compareTries(rt *rapid.T, mem *chip.RAM, m *model) {
	card, err := chip.Open(mem.Clone(), &chiptest.Keys{})
	if err != nil {
		rt.Fatal(err)
	}
	for i, a := range m.apps {
		aid, _ := hex.DecodeString(a.aid)
		sw := statusOf(card.Transmit(append([]byte{0, 0xA4, 4, 0x0C, byte(len(aid))}, aid...)))
		if i == modelApplet && !m.installed {
			if sw != 0x6A82 {
				rt.Fatalf("applet that is not there: %04X", sw)
			}
			continue
		}
		for id := range a.refs {
			if got, want := statusOf(card.Transmit([]byte{0, 0x20, 0, 0x80 | id})), 0x63C0|uint16(m.tries[modelPlace{i, id}]); got != want {
				rt.Fatalf("tries of %s %02X: card %04X, model %04X", a.aid, id, got, want)
			}
		}
	}
}
