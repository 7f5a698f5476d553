package chip

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// KeySource makes RSA key pairs of 2,048 bits with exponent 65537. Making one
// is slow, so a chip takes them from whoever keeps a stock. P-384 keys a chip
// makes by itself: that takes a thousandth of the time.
type KeySource interface {
	RSA2048() (*rsa.PrivateKey, error)
}

// GenerateKeys is the KeySource that makes each key when it is asked for.
type GenerateKeys struct{}

// RSA2048 makes a key.
func (GenerateKeys) RSA2048() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) }

// Blank is what the maker puts into a new chip.
type Blank struct {
	Serial        string       // 15 digits
	ManagementKey cardmgmt.Key // cardmgmt.DeriveKey of that serial
	// FreeArea is the capacity of the free area in bytes (CHP-68);
	// 0 stands for DefaultFreeArea, the most is MaxFreeArea.
	FreeArea int
}

// Option changes how a Card is run.
type Option func(*Card)

// WithRandom has challenges drawn from r instead of the operating system.
// Private keys and salts never come from it.
func WithRandom(r io.Reader) Option { return func(c *Card) { c.random = r } }

// WithKeyring shares decoded private keys with other cards that have the same
// memory, such as copies of one virtual card: decoding an RSA key takes a tenth of a
// signature.
func WithKeyring(k *Keyring) Option { return func(c *Card) { c.keyring = k } }

// Card is a chip with power on.
type Card struct {
	mem    Memory
	keys   KeySource
	random io.Reader
	// keyring, if any, is shared; see WithKeyring.
	keyring *Keyring

	mu sync.Mutex
	// nv is what the memory holds; stale says that a commit failed and it must
	// be loaded again.
	nv    contents
	stale bool
	// parsed are private keys already decoded, by record key.
	parsed map[string]crypto.Signer
	// applets are the descriptions of what is in the free area, by slot.
	applets [layout.FreeSlots + 1]*cardmgmt.Applet
	// sensed is a tamper event that is not in the memory yet.
	sensed TamperEvent
	atr    AnswerToReset
	// counter is the batch of one record that VERIFY commits.
	counter [1]Record
	volatile
}

// volatile is what a reset clears.
type volatile struct {
	selected layout.Application
	current  *entry
	// verified says which references of the selected application were.
	verified  [32]bool
	challenge *cardmgmt.Challenge
	act       *act
}

// Manufacture makes a blank chip in an empty memory. Its transport key pair is
// born here and never leaves.
func Manufacture(mem Memory, b Blank, keys KeySource, opts ...Option) (*Card, error) {
	if !cardmgmt.ValidSerial(b.Serial) {
		return nil, cardmgmt.ErrSerial
	}
	if b.ManagementKey == (cardmgmt.Key{}) {
		return nil, errors.New("chip: a blank chip needs a management key")
	}
	if b.FreeArea < 0 || b.FreeArea > MaxFreeArea {
		return nil, fmt.Errorf("chip: free area of %d bytes", b.FreeArea)
	}
	if b.FreeArea == 0 {
		b.FreeArea = DefaultFreeArea
	}
	old, err := mem.Load()
	if err != nil {
		return nil, err
	}
	if len(old) != 0 {
		return nil, ErrNotEmpty
	}
	private, public, err := cardmgmt.NewTransportKey()
	if err != nil {
		return nil, err
	}
	ch := newChange(nil)
	ch.set(recordState, []byte{byte(StateBlank)})
	ch.set(recordSerial, []byte(b.Serial))
	ch.set(recordManagementKey, b.ManagementKey[:])
	ch.set(recordTransportPrivate, private)
	ch.set(recordTransportPublic, public)
	ch.set(recordFreeArea, binary.BigEndian.AppendUint32(nil, uint32(b.FreeArea)))
	if err := mem.Commit(ch.records()); err != nil {
		return nil, fmt.Errorf("chip: writing a blank chip: %w", err)
	}
	return Open(mem, keys, opts...)
}

// Open gives power to the chip in mem. Errors: ErrEmpty, ErrDamaged, those of
// the memory.
func Open(mem Memory, keys KeySource, opts ...Option) (*Card, error) {
	c := &Card{mem: mem, keys: keys, random: rand.Reader, atr: answersToReset[0]}
	for _, o := range opts {
		o(c)
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// load reads the memory. Whoever calls it has nothing volatile left.
func (c *Card) load() error {
	m, err := c.mem.Load()
	if err != nil {
		return err
	}
	nv := contents(m)
	if len(nv) == 0 {
		return ErrEmpty
	}
	if err := nv.check(); err != nil {
		return err
	}
	c.nv, c.stale = nv, false
	c.parsed, c.applets = map[string]crypto.Signer{}, nv.applets()
	return nil
}

// Reset drops selection, verifications, challenge and issuer session, as loss
// of power does, and returns the answer to reset.
func (c *Card) Reset() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.volatile = volatile{}
	return c.ATR()
}

// Transmit carries out one command APDU and returns the response APDU. Any
// bytes are answered; a malformed command gets 6700.
func (c *Card) Transmit(command []byte) []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sensed != 0 {
		c.destroy()
		return status(iso7816.SecurityIssue).Encode()
	}
	if c.stale {
		if err := c.load(); err != nil {
			return status(iso7816.MemoryFailure).Encode()
		}
	}
	cmd, err := iso7816.ParseCommand(command)
	if err != nil {
		c.challenge, c.act = nil, nil
		return status(iso7816.WrongLength).Encode()
	}
	return c.perform(cmd).Encode()
}

func status(sw iso7816.Status) iso7816.Response { return iso7816.Response{SW: sw} }

func answer(data []byte) iso7816.Response { return iso7816.Response{Data: data, SW: iso7816.OK} }

// perform keeps the rule of issuer sessions: a challenge outlives only
// commands that succeed, a session only the commands that belong to it.
func (c *Card) perform(cmd iso7816.Command) iso7816.Response {
	if !isActCommand(cmd) {
		c.act = nil
	}
	r, keep := c.dispatch(cmd)
	if !r.SW.OK() && !keep {
		c.challenge, c.act = nil, nil
	}
	return r
}

// dispatch finds the command. keep is set where a refusal does not end an
// issuer session.
func (c *Card) dispatch(cmd iso7816.Command) (r iso7816.Response, keep bool) {
	state := c.nv.state()
	switch state {
	case StateTerminated:
		return status(iso7816.ConditionsNotSatisfied), false
	case StateTampered:
		return status(iso7816.SecurityIssue), false
	}
	if sw := c.checkClass(cmd); !sw.OK() {
		return status(sw), false
	}
	if r, keep, ok := c.issuerCommand(cmd); ok {
		return r, keep
	}
	if state != StateOperational {
		return c.inert(cmd, state), false
	}
	switch {
	case cmd.CLA == 0x00 && cmd.INS == 0xA4:
		return c.selectCommand(cmd), false
	case cmd.CLA == 0x00 && cmd.INS == 0x84:
		return c.getChallenge(cmd), false
	case cmd.CLA == 0x00 && cmd.INS == 0xCA:
		return c.getData(cmd), false
	case cmd.CLA == 0x00 && cmd.INS == 0xB0:
		return c.readBinary(cmd), false
	case cmd.CLA == 0x00 && cmd.INS == 0xB2:
		return c.readRecord(cmd), false
	case cmd.CLA == 0x00 && cmd.INS == 0x20:
		return c.verify(cmd), false
	case cmd.CLA == 0x80 && cmd.INS == cardmgmt.InsMode:
		return c.stateMode(cmd), false
	}
	return c.applicationCommand(cmd), false
}

// inert is all that a chip does for a stranger before it is in operation
// (P-15): let itself be selected, draw a challenge, say its serial.
func (c *Card) inert(cmd iso7816.Command, state State) iso7816.Response {
	if cmd.CLA == 0x00 {
		switch {
		case cmd.INS == 0xA4 && cmd.P1 == 0x04 && state == StatePersonalised:
			return c.selectCommand(cmd)
		case cmd.INS == 0xA4 && cmd.P1 == 0x04:
			return c.selectMaster(cmd)
		case cmd.INS == 0x84:
			return c.getChallenge(cmd)
		case cmd.INS == 0xCA && isIssuerObject(cmd):
			return c.getData(cmd)
		}
	}
	return status(iso7816.ConditionsNotSatisfied)
}

// checkClass takes classes 00 and 80 and answers the others as the real card
// does: no logical channels, no secure messaging.
func (c *Card) checkClass(cmd iso7816.Command) iso7816.Status {
	switch cmd.CLA {
	case 0x00, 0x80:
		return iso7816.OK
	case 0x04, 0x08, 0x0C:
		switch {
		case cmd.INS == 0xA4:
			return iso7816.SecureMessagingRefused
		case cmd.CLA == 0x0C:
			return iso7816.SecureMessagingMissing
		case cmd.CLA == 0x08:
			return iso7816.SecureMessagingLost
		}
		return iso7816.SecureMessagingRefused
	}
	if cmd.CLA < 0x10 || cmd.CLA >= 0x40 && cmd.CLA < 0x80 {
		return iso7816.ChannelUnsupported
	}
	return iso7816.ClassUnknown
}

func (c *Card) applicationCommand(cmd iso7816.Command) iso7816.Response {
	switch c.selected {
	case layout.Common:
		return c.commonCommand(cmd)
	case layout.Register:
		return c.registerCommand(cmd)
	case layout.Text:
		return c.textCommand(cmd)
	case layout.Face:
		return c.faceCommand(cmd)
	case layout.JPKI:
		return c.jpkiCommand(cmd)
	}
	if c.selected.Slot() > 0 {
		return c.appletCommand(cmd)
	}
	return status(iso7816.InstructionUnknown)
}

// unknown answers a command no application has.
func unknown(iso7816.Command) iso7816.Response { return status(iso7816.InstructionUnknown) }
