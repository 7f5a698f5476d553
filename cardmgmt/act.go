package cardmgmt

// Instruction bytes of the issuer commands (class 80).
const (
	InsBegin  = 0xE0
	InsData   = 0xE2
	InsCommit = 0xE4
	InsSetPIN = 0xE6
)

// BeginLen is the length of the data of BEGIN: session, operation, digest, MAC.
const BeginLen = SessionLen + 1 + DigestLen + MACLen

// Act is one issuer act as the office hands it to a terminal. It holds no key;
// the script may hold personal data.
type Act struct {
	Session Session
	Op      Op
	Script  []byte // encoded
	MAC     MAC
}

// NewAct builds the act for one card and one challenge of that card.
func NewAct(key Key, serial string, challenge Challenge, session Session, op Op, script Script) (Act, error) {
	if !ValidSerial(serial) {
		return Act{}, ErrSerial
	}
	b, err := script.Encode()
	if err != nil {
		return Act{}, err
	}
	return Act{Session: session, Op: op, Script: b, MAC: Cryptogram(key, serial, challenge, session, op, Digest(b))}, nil
}

// Begin is the data field of BEGIN.
func (a Act) Begin() []byte {
	d := Digest(a.Script)
	out := append(make([]byte, 0, BeginLen), a.Session[:]...)
	out = append(out, byte(a.Op))
	out = append(out, d[:]...)
	return append(out, a.MAC[:]...)
}

// Begin is the data field of BEGIN as the chip reads it.
type Begin struct {
	Session Session
	Op      Op
	Digest  [DigestLen]byte
	MAC     MAC
}

// ParseBegin splits the data field; ok is false on a wrong length or an
// unknown operation.
func ParseBegin(b []byte) (begin Begin, ok bool) {
	if len(b) != BeginLen || !Op(b[SessionLen]).Valid() {
		return Begin{}, false
	}
	begin.Session = Session(b)
	begin.Op = Op(b[SessionLen])
	begin.Digest = [DigestLen]byte(b[SessionLen+1:])
	begin.MAC = MAC(b[SessionLen+1+DigestLen:])
	return begin, true
}
