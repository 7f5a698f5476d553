package cardmgmt

import (
	"fmt"

	"kado/cardmgmt/layout"
)

// AppletType is a kind of applet on the allow-list: the chip has code for it
// and for no other (CHP-14, CHP-58).
type AppletType byte

// MunicipalCard is the library, seal-registration or similar card of a
// municipality: a record, and a key that signs challenges offline (CHP-63).
const MunicipalCard AppletType = 1

// AppletTypes lists the allow-list.
func AppletTypes() []AppletType { return []AppletType{MunicipalCard} }

// Valid reports whether t is on the allow-list.
func (t AppletType) Valid() bool { return t == MunicipalCard }

// Prefix is what every AID of this type begins with: a proprietary identifier
// (category F), the ASCII letters KADO, the type.
func (t AppletType) Prefix() []byte { return []byte{0xF0, 'K', 'A', 'D', 'O', byte(t)} }

// String is the English name.
func (t AppletType) String() string {
	if t == MunicipalCard {
		return "municipal card"
	}
	return fmt.Sprintf("applet type %d", byte(t))
}

// Area is one of the two parts of the free area (CHP-61).
type Area byte

// The two parts.
const (
	MunicipalArea Area = 1 // 地域住民向け領域: ends with the move to another municipality (CHP-66)
	ExtendedArea  Area = 2 // 拡張利用領域
)

// PINPolicy says what the applet's PIN is needed for. It is fixed when the
// applet is installed (CHP-59).
type PINPolicy byte

// The bits of a policy; none means that the applet has no PIN.
const (
	PINForReading PINPolicy = 1 << iota // record and evidence
	PINForSigning                       // the applet's key
)

// Applet describes an applet in the free area.
type Applet struct {
	Slot     layout.Application // layout.Slot(1) to layout.Slot(layout.FreeSlots)
	Type     AppletType
	Area     Area
	Version  uint16 // of the provider's personalisation
	Policy   PINPolicy
	Tries    int    // of the PIN, 1 to 15; 0 without one
	Provider string // municipality or body, 5 digits
	Basis    string // ordinance or rule that permits it (CHP-62), 1 to MaxBasis of printable ASCII
	AID      []byte // 7 to 16 bytes, beginning with the type's prefix
}

// MaxBasis is the longest name of a legal basis in bytes.
const MaxBasis = 32

const (
	minAID = 7
	maxAID = 16
	// appletHead is the part of fixed length up to and with the length of the
	// basis.
	appletHead = 13
)

// Encode writes slot (1), type (1), area (1), version (2), policy (1), tries
// (1), provider (5), length of basis (1), basis, length of AID (1), AID. Errors
// wrap ErrScript.
func (a Applet) Encode() ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	return a.appendTo(nil), nil
}

func (a Applet) appendTo(dst []byte) []byte {
	dst = append(dst, byte(a.Slot), byte(a.Type), byte(a.Area), byte(a.Version>>8), byte(a.Version), byte(a.Policy), byte(a.Tries))
	dst = append(dst, a.Provider...)
	dst = append(append(dst, byte(len(a.Basis))), a.Basis...)
	return append(append(dst, byte(len(a.AID))), a.AID...)
}

func (a Applet) check() error {
	bad := func(what string) error { return fmt.Errorf("%w: applet with wrong %s", ErrScript, what) }
	switch {
	case a.Slot.Slot() == 0:
		return bad("slot")
	case !a.Type.Valid():
		return bad("type")
	case a.Area != MunicipalArea && a.Area != ExtendedArea:
		return bad("area")
	case a.Policy > PINForReading|PINForSigning:
		return bad("PIN policy")
	case a.Tries < 0 || a.Tries > 15 || (a.Policy == 0) != (a.Tries == 0):
		return bad("number of tries")
	case len(a.Provider) != 5 || !each(a.Provider, '0', '9'):
		return bad("provider")
	case len(a.Basis) == 0 || len(a.Basis) > MaxBasis || !each(a.Basis, 0x20, 0x7E):
		return bad("legal basis")
	case len(a.AID) < minAID || len(a.AID) > maxAID || string(a.AID[:len(a.Type.Prefix())]) != string(a.Type.Prefix()):
		return bad("AID")
	}
	return nil
}

func each(s string, low, high byte) bool {
	for i := range len(s) {
		if s[i] < low || s[i] > high {
			return false
		}
	}
	return true
}

// ParseApplet reads what Encode writes and returns what follows it. AID and
// rest alias b.
func ParseApplet(b []byte) (a Applet, rest []byte, err error) {
	short := fmt.Errorf("%w: applet ends early", ErrScript)
	if len(b) < appletHead {
		return Applet{}, nil, short
	}
	a = Applet{Slot: layout.Application(b[0]), Type: AppletType(b[1]), Area: Area(b[2]), Version: uint16(b[3])<<8 | uint16(b[4]),
		Policy: PINPolicy(b[5]), Tries: int(b[6]), Provider: string(b[7:12])}
	n := int(b[12])
	b = b[appletHead:]
	if len(b) < n+1 {
		return Applet{}, nil, short
	}
	a.Basis = string(b[:n])
	m := int(b[n])
	b = b[n+1:]
	if len(b) < m {
		return Applet{}, nil, short
	}
	a.AID = b[:m:m]
	if err := a.check(); err != nil {
		return Applet{}, nil, err
	}
	return a, b[m:], nil
}

// InstallAppletItem brings an applet with its record.
type InstallAppletItem struct {
	Applet
	Record []byte // 1 to MaxFile bytes
}

// RemoveAppletItem takes the applet with this AID out of its slot.
type RemoveAppletItem struct {
	Slot layout.Application
	AID  []byte
}

// String shows no content.
func (i InstallAppletItem) String() string {
	return fmt.Sprintf("install %v in %v, %d bytes", i.Type, i.Slot, len(i.Record))
}

// GoString shows no content.
func (i InstallAppletItem) GoString() string { return i.String() }

func (InstallAppletItem) tag() byte { return tagInstallApplet }
func (RemoveAppletItem) tag() byte  { return tagRemoveApplet }

func (i InstallAppletItem) target() target { return refTarget(i.Slot, 0) }
func (i RemoveAppletItem) target() target  { return refTarget(i.Slot, 0) }

func (i InstallAppletItem) appendValue(dst []byte) []byte {
	return append(i.appendTo(dst), i.Record...)
}

func (i RemoveAppletItem) appendValue(dst []byte) []byte {
	return append(append(dst, byte(i.Slot)), i.AID...)
}

func (i InstallAppletItem) check() error {
	if err := i.Applet.check(); err != nil {
		return err
	}
	return checkLen("record", len(i.Record), 1, MaxFile)
}

func (i RemoveAppletItem) check() error {
	if i.Slot.Slot() == 0 {
		return fmt.Errorf("%w: no slot", ErrScript)
	}
	return checkLen("AID", len(i.AID), minAID, maxAID)
}

// FreeArea is the answer to ListApplets. Its sizes are in bytes.
type FreeArea struct {
	Capacity, Used int
	Applets        []InstalledApplet // in the order of their slots
}

// InstalledApplet is an applet with the bytes it takes, keys and PIN included.
type InstalledApplet struct {
	Applet
	Size int
}

// Encode writes capacity (4), used (4), and for each applet its size (4) and
// its description.
func (f FreeArea) Encode() []byte {
	out := append32(append32(nil, f.Capacity), f.Used)
	for _, a := range f.Applets {
		out = a.appendTo(append32(out, a.Size))
	}
	return out
}

func append32(dst []byte, n int) []byte {
	return append(dst, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
}

// ParseFreeArea reads what Encode writes. Errors wrap ErrReport.
func ParseFreeArea(b []byte) (FreeArea, error) {
	take := func() (n int, ok bool) {
		if len(b) < 4 {
			return 0, false
		}
		n = int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		b = b[4:]
		return n, n < 1<<31
	}
	var f FreeArea
	var ok1, ok2 bool
	f.Capacity, ok1 = take()
	f.Used, ok2 = take()
	if !ok1 || !ok2 || f.Used > f.Capacity {
		return FreeArea{}, fmt.Errorf("%w: free area", ErrReport)
	}
	sum := 0
	for len(b) > 0 {
		size, ok := take()
		a, rest, err := ParseApplet(b)
		if n := len(f.Applets); !ok || err != nil || n > 0 && f.Applets[n-1].Slot >= a.Slot {
			return FreeArea{}, fmt.Errorf("%w: free area", ErrReport)
		}
		f.Applets = append(f.Applets, InstalledApplet{a, size})
		sum, b = sum+size, rest
	}
	if sum != f.Used {
		return FreeArea{}, fmt.Errorf("%w: free area", ErrReport)
	}
	return f, nil
}
