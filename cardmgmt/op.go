package cardmgmt

import "fmt"

// Op is an issuer operation.
type Op byte

// The operations; chip.Lifecycle says in which states each is taken.
const (
	Personalise   Op = 0x01 // blank to personalised: files, references, keys
	Inspect       Op = 0x02 // digests of listed files
	Prove         Op = 0x03 // signature by the card's own key
	Activate      Op = 0x04 // personalised to operational, sets the listed PINs
	InitialisePIN Op = 0x05 // sets the listed PINs, tries full
	Rewrite       Op = 0x06 // replaces listed files and references
	GenerateKey   Op = 0x07 // new keys beside the current ones
	SwitchKey     Op = 0x08 // certificate in, beside key becomes current
	DeleteKey     Op = 0x09 // key and certificates gone
	LockPINs      Op = 0x0A // listed PINs erased: PIN-less card
	ReleasePINs   Op = 0x0B // listed PINs set again
	Terminate     Op = 0x0C // everything erased, for ever

	InstallApplet Op = 0x20 // an applet of the allow-list into the free area
	RemoveApplet  Op = 0x21 // applets and all they hold gone
	ListApplets   Op = 0x22 // what is in the free area
)

var opNames = map[Op]string{
	Personalise: "personalise", Inspect: "inspect", Prove: "prove", Activate: "activate",
	InitialisePIN: "initialise PIN", Rewrite: "rewrite", GenerateKey: "generate key",
	SwitchKey: "switch key", DeleteKey: "delete key", LockPINs: "lock PINs",
	ReleasePINs: "release PINs", Terminate: "terminate",
	InstallApplet: "install applet", RemoveApplet: "remove applet", ListApplets: "list applets",
}

// Ops lists the operations on the card itself in the order of their numbers.
func Ops() []Op {
	out := make([]Op, 0, len(opNames))
	for op := Personalise; op <= Terminate; op++ {
		out = append(out, op)
	}
	return out
}

// FreeAreaOps lists the operations on the free area in the order of their
// numbers.
func FreeAreaOps() []Op { return []Op{InstallApplet, RemoveApplet, ListApplets} }

// Valid reports whether op is one of the constants.
func (op Op) Valid() bool {
	return op >= Personalise && op <= Terminate || op >= InstallApplet && op <= ListApplets
}

// SetsPINs reports whether the listed PINs are to be typed by the holder.
func (op Op) SetsPINs() bool {
	return op == Activate || op == InitialisePIN || op == ReleasePINs || op == InstallApplet
}

// String is the English name.
func (op Op) String() string {
	if n, ok := opNames[op]; ok {
		return n
	}
	return fmt.Sprintf("operation %02X", byte(op))
}
