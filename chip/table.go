package chip

import (
	"slices"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
)

// Access is one row of the access table, for documents and tests.
type Access struct {
	Application layout.Application // layout.Slot(1) stands for every slot of the free area
	ID          uint16             // file, reference or key; at master level a tag
	Kind        string             // "file", "record", "data object", "PIN", "number", "key" or "unknown"
	// Unlock lists the references of which one must have been verified; none
	// means free. Policy limits that to applets with this bit in their policy.
	Unlock []layout.Reference
	Policy cardmgmt.PINPolicy
	Never  bool // blocked from issue: no value fits
	Tries  int  // of a PIN or number; 0 where the applet's description says
	Values string
}

var kindNames = map[kind]string{transparent: "file", record: "record", object: "data object", pin: "PIN", number: "number", key: "key", opaque: "unknown"}

var formatNames = map[format]string{fourDigits: "4 digits", password: "6 to 16 of A–Z and 0–9, one of each at least", sixDigits: "6 digits",
	twelveDigits: "12 digits", fourteenDigits: "14 digits"}

// AccessTable returns the whole of who may use what on an operational card.
// What it does not list is not on the card.
func AccessTable() []Access {
	var out []Access
	for i := range allEntries {
		e := &allEntries[i]
		if e.app.Slot() > 1 {
			continue
		}
		out = append(out, Access{Application: e.app, ID: e.id, Kind: kindNames[e.kind], Unlock: slices.Clone(e.unlock), Policy: e.when,
			Never: e.never, Tries: e.tries, Values: formatNames[e.format]})
	}
	return out
}
