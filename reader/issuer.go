package reader

import (
	"crypto/rsa"
	"fmt"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
)

// Issuer carries issuer acts between the card management office and the card.
// It holds no key and makes no decision.
type Issuer struct{ app application }

// Issuer selects the master level.
func (c *Card) Issuer() (*Issuer, error) {
	a, err := c.application(layout.Master)
	if err != nil {
		return nil, err
	}
	return &Issuer{a}, nil
}

// PIN is a value the holder typed on the pad for one reference.
type PIN struct {
	Application layout.Application
	Reference   layout.Reference
	Value       mynumber.Secret
}

func (i *Issuer) object(what string, tag layout.FileID) ([]byte, error) {
	return i.app.command("get "+what, iso7816.Command{INS: 0xCA, P1: byte(tag >> 8), P2: byte(tag), Le: iso7816.MaxShortLe}, public)
}

// Serial returns the card's serial of 15 digits. It is only a claim until an
// act succeeds.
func (i *Issuer) Serial() (string, error) {
	b, err := i.object("serial", layout.SerialNumber)
	if err != nil {
		return "", err
	}
	if !cardmgmt.ValidSerial(string(b)) {
		return "", fmt.Errorf("%w: serial", ErrMalformed)
	}
	return string(b), nil
}

// TransportKey returns the chip's transport public key and the MAC by which
// the office attests it (cardmgmt.AttestTransportKey).
func (i *Issuer) TransportKey() (pub []byte, mac cardmgmt.MAC, err error) {
	b, err := i.object("transport key", layout.TransportKey)
	if err != nil {
		return nil, mac, err
	}
	if len(b) != cardmgmt.TransportKeyLen+cardmgmt.MACLen {
		return nil, mac, fmt.Errorf("%w: transport key", ErrMalformed)
	}
	return b[:cardmgmt.TransportKeyLen:cardmgmt.TransportKeyLen], cardmgmt.MAC(b[cardmgmt.TransportKeyLen:]), nil
}

// Challenge draws a challenge. The chip forgets it at the next refusal, at a
// reset, and when an act begins.
func (i *Issuer) Challenge() (cardmgmt.Challenge, error) {
	b, err := i.app.command("get challenge", iso7816.Command{INS: 0x84, Le: cardmgmt.ChallengeLen}, public)
	if err != nil {
		return cardmgmt.Challenge{}, err
	}
	if len(b) != cardmgmt.ChallengeLen {
		return cardmgmt.Challenge{}, fmt.Errorf("%w: challenge", ErrMalformed)
	}
	return cardmgmt.Challenge(b), nil
}

// Mode asks the chip whether it is PIN-less, and checks its statement with the
// card's own key: the one in its signed face records (Face.BirthDate,
// Face.Card) or known from production. The challenge is the caller's, fresh
// each time. It works on a card in operation and needs no PIN (P-47).
func (i *Issuer) Mode(pub *rsa.PublicKey, serial string, challenge cardmgmt.Challenge) (cardmgmt.Mode, error) {
	b, err := i.app.command("ask for mode", iso7816.Command{CLA: 0x80, INS: cardmgmt.InsMode, Data: challenge[:], Le: iso7816.MaxExtendedLe}, public)
	if err != nil {
		return cardmgmt.Mode{}, err
	}
	return cardmgmt.ParseMode(pub, serial, challenge, b)
}

// Run carries out an act made for the last challenge and returns the chip's
// answer. On any error the card is as it was before, except ErrMemory or an
// error of the transport, after which only asking the card can tell. PINs go
// straight to the chip and are no part of the script.
func (i *Issuer) Run(act cardmgmt.Act, pins ...PIN) ([]byte, error) {
	// Whatever happens, what the chip has selected afterwards is not relied on.
	defer i.app.card.Reset()
	name := act.Op.String()
	if _, err := i.app.command("begin "+name, iso7816.Command{CLA: 0x80, INS: cardmgmt.InsBegin, Data: act.Begin()}, public); err != nil {
		return nil, err
	}
	for rest := act.Script; len(rest) > 0; {
		n := min(len(rest), i.app.card.chunk)
		if _, err := i.app.command("send "+name, iso7816.Command{CLA: 0x80, INS: cardmgmt.InsData, Data: rest[:n]}, private); err != nil {
			return nil, err
		}
		rest = rest[n:]
	}
	for _, p := range pins {
		cmd := iso7816.Command{CLA: 0x80, INS: cardmgmt.InsSetPIN, P1: byte(p.Application), P2: byte(p.Reference), Data: []byte(p.Value.Reveal())}
		if _, err := i.app.command("set PIN", cmd, private); err != nil {
			return nil, err
		}
	}
	return i.app.command("commit "+name, iso7816.Command{CLA: 0x80, INS: cardmgmt.InsCommit, Le: iso7816.MaxExtendedLe}, public)
}
