package chip

import (
	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/mynumber"
)

// kind is what an entry of the access table is.
type kind byte

const (
	transparent kind = iota + 1 // read by READ BINARY
	record                      // read by READ RECORD; one record
	object                      // read by GET DATA at master level
	pin                         // chosen by the holder, set by SET PIN
	number                      // verification number or birth-date PIN, loaded by the issuer
	key                         // RSA-2048
	opaque                      // seen on cards, purpose unknown: can be selected, nothing more
)

// format is what values of a reference may look like.
type format byte

const (
	fourDigits     format = iota + 1
	password              // 6 to 16 of A-Z and 0-9, one of each at least
	sixDigits             // birth date YYMMDD as printed
	twelveDigits          // verification number A
	fourteenDigits        // verification number B
)

// entry is one row of the access table.
type entry struct {
	app  layout.Application
	id   uint16
	kind kind
	// unlock lists the references of the same application of which one must
	// have been verified; none means free.
	unlock []layout.Reference
	// never is set where nothing the holder can do gives access.
	never bool
	// format and tries are those of a reference.
	format format
	tries  int
	// certificate and ca are the files that go with a JPKI key; the issuer
	// writes them only together with it.
	certificate, ca layout.FileID
	// withKey marks those files.
	withKey bool
	// fixed is content every card has.
	fixed []byte
	// when limits unlock to applets with this bit in their PIN policy; others
	// are free.
	when cardmgmt.PINPolicy
	// Record keys, put together once.
	fileKey, valueKey, triesKey, keyKey, besideKey string
}

func anyOf(refs ...layout.Reference) []layout.Reference { return refs }

var sixteenFF = []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}

// recognitionData is GlobalPlatform's card recognition data: the tag
// allocation authority, and GlobalPlatform 2.1.1. Which further objects the
// real card has is unconfirmed; this chip speaks no secure channel protocol
// and names none.
var recognitionData = []byte{0x66, 0x17, 0x73, 0x15,
	0x06, 0x07, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x01,
	0x60, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B, 0x02, 0x02}

// accessTable is the whole of who may use what, once the card is operational.
// In the text application A opens the number and B the attributes, never the
// other way (CHP-33); in the face application A and B have swapped places.
var accessTable = []entry{
	{app: layout.Master, id: uint16(layout.IssuerID), kind: object},
	{app: layout.Master, id: uint16(layout.RecognitionData), kind: object, fixed: recognitionData},
	{app: layout.Master, id: uint16(layout.MunicipalityCode), kind: object},
	{app: layout.Master, id: uint16(layout.ExpiryDate), kind: object},
	{app: layout.Master, id: uint16(layout.CardImageNumber), kind: object},
	{app: layout.Master, id: uint16(layout.IntermediateID), kind: object},
	{app: layout.Master, id: uint16(layout.IntermediateCVC), kind: object},
	{app: layout.Master, id: uint16(layout.LowerCVC), kind: object},
	{app: layout.Master, id: 0x001E, kind: opaque},

	{app: layout.Common, id: uint16(layout.CommonData), kind: record},
	{app: layout.Common, id: uint16(layout.CommonKeyReference), kind: record},
	{app: layout.Common, id: uint16(layout.CommonKey), kind: key},
	{app: layout.Common, id: uint16(layout.CommonPIN), kind: pin, format: fourDigits, tries: mynumber.PINTries},
	{app: layout.Common, id: 0x001E, kind: opaque},

	{app: layout.Register, id: uint16(layout.RegisterKeyReference), kind: record},
	{app: layout.Register, id: uint16(layout.ResidentCode), kind: transparent, unlock: anyOf(layout.RegisterPIN)},
	{app: layout.Register, id: uint16(layout.RegisterPIN), kind: pin, format: fourDigits, tries: mynumber.PINTries},

	{app: layout.Text, id: uint16(layout.TextNumber), kind: transparent, unlock: anyOf(layout.TextPIN, layout.TextA)},
	{app: layout.Text, id: uint16(layout.TextAttributes), kind: transparent, unlock: anyOf(layout.TextPIN, layout.TextB)},
	{app: layout.Text, id: uint16(layout.TextSignature), kind: transparent, unlock: anyOf(layout.TextPIN, layout.TextA, layout.TextB)},
	{app: layout.Text, id: uint16(layout.TextCVC), kind: transparent},
	{app: layout.Text, id: uint16(layout.TextInfo), kind: transparent},
	{app: layout.Text, id: uint16(layout.TextSessionKey), kind: transparent, unlock: anyOf(layout.TextPIN, layout.TextA, layout.TextB)},
	{app: layout.Text, id: uint16(layout.TextCardKey), kind: transparent, unlock: anyOf(layout.TextPIN, layout.TextA, layout.TextB)},
	{app: layout.Text, id: uint16(layout.TextReserved), kind: transparent, fixed: sixteenFF},
	{app: layout.Text, id: 0x0010, kind: opaque},
	{app: layout.Text, id: uint16(layout.TextPIN), kind: pin, format: fourDigits, tries: mynumber.PINTries},
	{app: layout.Text, id: uint16(layout.TextBlockedPIN), kind: number, never: true, tries: mynumber.PINTries},
	{app: layout.Text, id: uint16(layout.TextKey), kind: key},
	{app: layout.Text, id: uint16(layout.TextA), kind: number, format: twelveDigits, tries: mynumber.VerificationTries},
	{app: layout.Text, id: uint16(layout.TextB), kind: number, format: fourteenDigits, tries: mynumber.VerificationTries},
	{app: layout.Text, id: 0x001C, kind: opaque},
	{app: layout.Text, id: 0x001E, kind: opaque},

	{app: layout.Face, id: uint16(layout.FaceBirthDate), kind: transparent, unlock: anyOf(layout.FaceBirthPIN)},
	{app: layout.Face, id: uint16(layout.FaceCard), kind: transparent, unlock: anyOf(layout.FaceA, layout.FaceB)},
	{app: layout.Face, id: uint16(layout.FaceInfo), kind: transparent},
	{app: layout.Face, id: uint16(layout.FaceCVC), kind: transparent},
	{app: layout.Face, id: uint16(layout.FaceNumber), kind: transparent, unlock: anyOf(layout.FaceA)},
	{app: layout.Face, id: uint16(layout.FaceReserved), kind: transparent, unlock: anyOf(layout.FaceA, layout.FaceB), fixed: sixteenFF},
	{app: layout.Face, id: uint16(layout.FaceBirthPIN), kind: number, format: sixDigits, tries: mynumber.BirthKeyTries},
	{app: layout.Face, id: uint16(layout.FaceB), kind: number, format: fourteenDigits, tries: mynumber.VerificationTries},
	{app: layout.Face, id: uint16(layout.FaceA), kind: number, format: twelveDigits, tries: mynumber.VerificationTries},
	{app: layout.Face, id: 0x0014, kind: opaque},
	{app: layout.Face, id: 0x0015, kind: opaque},
	{app: layout.Face, id: uint16(layout.FaceKey), kind: key},
	{app: layout.Face, id: 0x001C, kind: opaque},
	{app: layout.Face, id: 0x001E, kind: opaque},

	{app: layout.JPKI, id: uint16(layout.JPKISignatureCertificate), kind: transparent, unlock: anyOf(layout.JPKISignaturePassword), withKey: true},
	{app: layout.JPKI, id: uint16(layout.JPKISignatureCA), kind: transparent, withKey: true},
	{app: layout.JPKI, id: 0x0005, kind: opaque},
	{app: layout.JPKI, id: uint16(layout.JPKIToken), kind: transparent},
	{app: layout.JPKI, id: uint16(layout.JPKIPresence), kind: transparent},
	{app: layout.JPKI, id: 0x0009, kind: opaque},
	{app: layout.JPKI, id: uint16(layout.JPKIAuthenticationCertificate), kind: transparent, withKey: true},
	{app: layout.JPKI, id: uint16(layout.JPKIAuthenticationCA), kind: transparent, withKey: true},
	{app: layout.JPKI, id: 0x0010, kind: opaque},
	{app: layout.JPKI, id: uint16(layout.JPKITerminalCA), kind: opaque},
	{app: layout.JPKI, id: uint16(layout.JPKIAuthenticationKey), kind: key, unlock: anyOf(layout.JPKIAuthenticationPIN),
		certificate: layout.JPKIAuthenticationCertificate, ca: layout.JPKIAuthenticationCA},
	{app: layout.JPKI, id: uint16(layout.JPKIAuthenticationPIN), kind: pin, format: fourDigits, tries: mynumber.PINTries},
	{app: layout.JPKI, id: 0x0019, kind: opaque},
	{app: layout.JPKI, id: uint16(layout.JPKISignatureKey), kind: key, unlock: anyOf(layout.JPKISignaturePassword),
		certificate: layout.JPKISignatureCertificate, ca: layout.JPKISignatureCA},
	{app: layout.JPKI, id: uint16(layout.JPKISignaturePassword), kind: pin, format: password, tries: mynumber.SignaturePasswordTries},
	{app: layout.JPKI, id: 0x001C, kind: opaque},
	{app: layout.JPKI, id: 0x001E, kind: opaque},
}

// appletEntries are the same in every slot of the free area; the applet's PIN
// policy says which of the conditions hold for it.
var appletEntries = []entry{
	{id: uint16(layout.AppletRecord), kind: transparent, unlock: anyOf(layout.AppletPIN), when: cardmgmt.PINForReading},
	{id: uint16(layout.AppletEvidence), kind: transparent, unlock: anyOf(layout.AppletPIN), when: cardmgmt.PINForReading},
	{id: uint16(layout.AppletPIN), kind: pin, format: fourDigits},
	{id: uint16(layout.AppletKey), kind: key, unlock: anyOf(layout.AppletPIN), when: cardmgmt.PINForSigning},
}

type entryKey struct {
	app layout.Application
	id  uint16
}

// allEntries is the access table followed by the entries of every slot.
var allEntries = func() []entry {
	all := append([]entry(nil), accessTable...)
	for n := 1; n <= layout.FreeSlots; n++ {
		for _, e := range appletEntries {
			e.app = layout.Slot(n)
			all = append(all, e)
		}
	}
	for i := range all {
		e := &all[i]
		name := func(kind byte) string { return string([]byte{kind, byte(e.app), byte(e.id)}) }
		e.fileKey = string([]byte{'f', byte(e.app), byte(e.id >> 8), byte(e.id)})
		e.valueKey, e.triesKey, e.keyKey, e.besideKey = name('v'), name('t'), name('k'), name('n')
	}
	return all
}()

var accessIndex = func() map[entryKey]*entry {
	m := make(map[entryKey]*entry, len(allEntries))
	for i := range allEntries {
		e := &allEntries[i]
		m[entryKey{e.app, e.id}] = e
	}
	return m
}()

func lookup(app layout.Application, id uint16) *entry { return accessIndex[entryKey{app, id}] }

func lookupRef(app layout.Application, ref layout.Reference) *entry { return lookup(app, uint16(ref)) }

func (e *entry) isFile() bool { return e.kind == transparent || e.kind == record || e.kind == object }

func (e *entry) isReference() bool { return e.kind == pin || e.kind == number }

// fits reports whether v is a value the reference may have.
func (f format) fits(v []byte) bool {
	switch f {
	case fourDigits:
		return onlyDigits(v, 4)
	case sixDigits:
		return onlyDigits(v, 6)
	case twelveDigits:
		return onlyDigits(v, 12)
	case fourteenDigits:
		return onlyDigits(v, 14)
	case password:
		letters, digits := 0, 0
		for _, c := range v {
			switch {
			case c >= 'A' && c <= 'Z':
				letters++
			case c >= '0' && c <= '9':
				digits++
			}
		}
		return len(v) >= 6 && len(v) <= 16 && letters+digits == len(v) && letters > 0 && digits > 0
	}
	return false
}

func onlyDigits(v []byte, n int) bool {
	if len(v) != n {
		return false
	}
	for _, c := range v {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
