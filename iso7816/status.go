package iso7816

import "fmt"

// Status is the two-byte status word SW1-SW2.
type Status uint16

// Status words seen on the card.
const (
	OK                       Status = 0x9000
	EndOfFile                Status = 0x6282
	WrongValue               Status = 0x6300
	MemoryFailure            Status = 0x6581
	SecurityIssue            Status = 0x6600
	SessionKeyUnsupported    Status = 0x66F1
	WrongLength              Status = 0x6700
	ChannelUnsupported       Status = 0x6881
	SecureMessagingRefused   Status = 0x6882
	FileTypeMismatch         Status = 0x6981
	SecurityNotSatisfied     Status = 0x6982
	ReferenceBlocked         Status = 0x6984
	ConditionsNotSatisfied   Status = 0x6985
	NoCurrentFile            Status = 0x6986
	SecureMessagingMissing   Status = 0x6987
	SecureMessagingIncorrect Status = 0x6988
	SecureMessagingLost      Status = 0x69FC
	WrongData                Status = 0x6A80
	FileNotFound             Status = 0x6A82
	RecordNotFound           Status = 0x6A83
	NotEnoughMemory          Status = 0x6A84
	WrongParameters          Status = 0x6A86
	ReferenceNotFound        Status = 0x6A88
	WrongOffset              Status = 0x6B00
	InstructionUnknown       Status = 0x6D00
	ClassUnknown             Status = 0x6E00
	NoDiagnosis              Status = 0x6F00
)

var statusNames = map[Status]string{
	OK:                       "done",
	EndOfFile:                "end of file before Le bytes",
	WrongValue:               "wrong value",
	MemoryFailure:            "memory failure",
	SecurityIssue:            "security-related failure: the chip has erased itself",
	SessionKeyUnsupported:    "session key not supported here",
	WrongLength:              "wrong length",
	ChannelUnsupported:       "logical channel not supported",
	SecureMessagingRefused:   "secure messaging not supported",
	FileTypeMismatch:         "command does not fit the file",
	SecurityNotSatisfied:     "security status not satisfied",
	ReferenceBlocked:         "reference blocked",
	ConditionsNotSatisfied:   "conditions of use not satisfied",
	NoCurrentFile:            "no current file",
	SecureMessagingMissing:   "secure messaging object missing",
	SecureMessagingIncorrect: "secure messaging object incorrect",
	SecureMessagingLost:      "secure messaging session lost",
	WrongData:                "wrong data",
	FileNotFound:             "file or application not found",
	RecordNotFound:           "record not found",
	NotEnoughMemory:          "not enough memory",
	WrongParameters:          "wrong parameters P1-P2",
	ReferenceNotFound:        "referenced data not found",
	WrongOffset:              "offset beyond the file",
	InstructionUnknown:       "instruction not supported",
	ClassUnknown:             "class not supported",
	NoDiagnosis:              "no precise diagnosis",
}

// TriesLeft returns the status word 63Cx for n tries (0 to 15).
func TriesLeft(n int) Status { return 0x63C0 | Status(min(max(n, 0), 15)) }

// TriesLeft reports the x of 63Cx.
func (s Status) TriesLeft() (int, bool) { return int(s & 0x0F), s&0xFFF0 == 0x63C0 }

// OK reports whether the command was carried out (9000).
func (s Status) OK() bool { return s == OK }

// Name is a short English description without the number.
func (s Status) Name() string {
	if n, ok := s.TriesLeft(); ok {
		return fmt.Sprintf("%d tries left", n)
	}
	if name, ok := statusNames[s]; ok {
		return name
	}
	return "unknown status"
}

// String is the number and the name, for instance "6A82 (file or application
// not found)".
func (s Status) String() string { return fmt.Sprintf("%04X (%s)", uint16(s), s.Name()) }
