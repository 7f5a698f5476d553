// Package layout names what lies where on a My Number Card: applications,
// files, keys and references. It is the part of the interface that the chip,
// the reader and the offices share; who may use what is the chip's table.
package layout

import "fmt"

// Application is one application of the card. The number is the one issuer
// commands use.
type Application byte

// The applications.
const (
	Master   Application = 0 // master level: data objects read by GET DATA
	Common   Application = 1 // 共通カードAP
	Register Application = 2 // 住基AP, residents' register
	Text     Application = 3 // 券面事項入力補助AP, card information input
	Face     Application = 4 // 券面事項確認AP, card face
	JPKI     Application = 5 // 公的個人認証AP
)

var names = [...]string{"master", "common", "register", "text", "face", "jpki"}

// FreeSlots is how many applets the free area (空き領域) has room for by number;
// how many fit is a matter of their size.
const FreeSlots = 8

const slotBase = 0x10

// Slot is the application in slot n of the free area, 1 to FreeSlots. Any other
// n gives an invalid application.
func Slot(n int) Application {
	if n < 1 || n > FreeSlots {
		return 0xFF
	}
	return Application(slotBase + n)
}

// Slot reports the slot number of an application of the free area; 0 for the
// built-in ones.
func (a Application) Slot() int {
	if a <= slotBase || a > slotBase+FreeSlots {
		return 0
	}
	return int(a) - slotBase
}

func (a Application) builtIn() bool { return int(a) < len(names) }

// Valid reports whether a is one of the constants or a slot of the free area.
func (a Application) Valid() bool { return a.builtIn() || a.Slot() > 0 }

// String is the English short name.
func (a Application) String() string {
	switch {
	case a.builtIn():
		return names[a]
	case a.Slot() > 0:
		return fmt.Sprintf("free area slot %d", a.Slot())
	}
	return fmt.Sprintf("application %d", byte(a))
}

var aids = [...][]byte{
	Master:   {0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00},
	Common:   {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x01, 0x00},
	Register: {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x01},
	Text:     {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08},
	Face:     {0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x02},
	JPKI:     {0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01},
}

// AID returns a copy of the application identifier; the master level answers
// to the issuer security domain's. What answers in a slot of the free area is
// decided when an applet is installed: nil.
func (a Application) AID() []byte {
	if !a.builtIn() {
		return nil
	}
	return append([]byte(nil), aids[a]...)
}

// Applications lists the applications in the order of their numbers, without
// the master level.
func Applications() []Application { return []Application{Common, Register, Text, Face, JPKI} }

// FileID is an elementary file identifier, or at master level the tag of a
// data object.
type FileID uint16

// Data objects at master level (GET DATA).
const (
	IssuerID         FileID = 0x0042 // 16-byte key reference
	SerialNumber     FileID = 0x0045 // card identification number, 15 ASCII digits
	RecognitionData  FileID = 0x0066 // GlobalPlatform card recognition data
	TransportKey     FileID = 0x00E1 // the chip's transport public key with its MAC (issuer use)
	MunicipalityCode FileID = 0x00F0 // 5 ASCII digits
	ExpiryDate       FileID = 0x00F2 // YYYYMMDD
	CardImageNumber  FileID = 0x00F3 // perhaps the number of the card's image; unconfirmed
	IntermediateID   FileID = 0x00F7 // key id of the intermediate CA
	IntermediateCVC  FileID = 0x00F8 // certificate root to intermediate, contents only
	LowerCVC         FileID = 0x7F21 // certificate intermediate to lower
	ContactATR       FileID = 0x5F51 // without its first byte
)

// Files of the common data application.
const (
	CommonData         FileID = 0x0001 // record: serial, municipality, expiry
	CommonKeyReference FileID = 0x0002 // record: 16-byte key reference
)

// Files of the residents' register application.
const (
	RegisterKeyReference FileID = 0x0002 // record: 16-byte key reference
	// ResidentCode holds the 11-digit resident record code. The identifier is
	// unconfirmed: no public source names it.
	ResidentCode FileID = 0x0003
)

// Files of the card information input application.
const (
	TextNumber     FileID = 0x0001
	TextAttributes FileID = 0x0002
	TextSignature  FileID = 0x0003
	TextCVC        FileID = 0x0004
	TextInfo       FileID = 0x0005
	TextSessionKey FileID = 0x0006
	TextCardKey    FileID = 0x0007
	TextReserved   FileID = 0x0008
)

// Files of the card face application.
const (
	FaceBirthDate FileID = 0x0001
	FaceCard      FileID = 0x0002
	FaceInfo      FileID = 0x0003
	FaceCVC       FileID = 0x0004
	FaceNumber    FileID = 0x0005
	FaceReserved  FileID = 0x0006
)

// Files of the JPKI application.
const (
	JPKISignatureCertificate      FileID = 0x0001
	JPKISignatureCA               FileID = 0x0002
	JPKIToken                     FileID = 0x0006
	JPKIPresence                  FileID = 0x0008
	JPKIAuthenticationCertificate FileID = 0x000A
	JPKIAuthenticationCA          FileID = 0x000B
)

// Files of an applet in the free area.
const (
	AppletRecord   FileID = 0x0001
	AppletEvidence FileID = 0x0002 // by which a verifier trusts record and key
)

// Reference is the identifier of a PIN, verification number or key; all lie
// between 01 and 1E, so that it is also the short identifier.
type Reference byte

// References and keys, by application. Note the swap: verification number A is
// 0014 in the text application and 0013 in the face application.
const (
	CommonKey Reference = 0x19 // INTERNAL AUTHENTICATE
	CommonPIN Reference = 0x1C

	RegisterPIN Reference = 0x1C

	TextPIN        Reference = 0x11
	TextBlockedPIN Reference = 0x12 // blocked from issue
	TextKey        Reference = 0x13
	TextA          Reference = 0x14
	TextB          Reference = 0x15

	FaceBirthPIN Reference = 0x11
	FaceB        Reference = 0x12
	FaceA        Reference = 0x13
	FaceKey      Reference = 0x1A // the card's own key

	JPKITerminalCA        Reference = 0x16
	JPKIAuthenticationKey Reference = 0x17
	JPKIAuthenticationPIN Reference = 0x18
	JPKISignatureKey      Reference = 0x1A
	JPKISignaturePassword Reference = 0x1B

	AppletPIN Reference = 0x11
	AppletKey Reference = 0x1A
)
