package reader

import (
	"crypto/rsa"
	"fmt"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
	"kado/mynumber"
	"kado/reader/files"
)

// MunicipalCard is the client of a municipal card in the free area: library
// card, seal registration card. It works without a server.
type MunicipalCard struct{ app application }

// MunicipalCard selects the applet with this AID.
func (c *Card) MunicipalCard(aid []byte) (*MunicipalCard, error) {
	if len(aid) == 0 || len(aid) > 16 {
		return nil, fmt.Errorf("%w: AID of %d bytes", ErrCaller, len(aid))
	}
	a, err := c.applicationByAID(layout.Slot(1), cardmgmt.MunicipalCard.String(), append([]byte(nil), aid...))
	if err != nil {
		return nil, err
	}
	return &MunicipalCard{a}, nil
}

// VerifyPIN presents the applet's PIN, where it has one.
func (m *MunicipalCard) VerifyPIN(pin mynumber.Secret) error {
	return m.app.verify("applet PIN", layout.AppletPIN, pin)
}

// TriesLeft asks for the tries of the PIN; an applet without one has none.
func (m *MunicipalCard) TriesLeft() (int, error) {
	return m.app.triesLeft("applet PIN", layout.AppletPIN)
}

// ChangePIN presents the old PIN and sets a new one.
func (m *MunicipalCard) ChangePIN(old, pin mynumber.Secret) error {
	return m.app.change("applet PIN", layout.AppletPIN, old, pin)
}

// Record returns the record, with the municipality's signature checked up to
// root, and the key by which the applet proves itself. Call Prove next: a
// record alone can be a copy.
func (m *MunicipalCard) Record(root *rsa.PublicKey) (files.MunicipalRecord, *rsa.PublicKey, error) {
	record, err := m.app.readObject("municipal card", layout.AppletRecord, 7, private)
	if err != nil {
		return files.MunicipalRecord{}, nil, err
	}
	evidence, err := m.app.readObject("municipal card evidence", layout.AppletEvidence, 7, private)
	if err != nil {
		return files.MunicipalRecord{}, nil, err
	}
	return files.ParseMunicipalCard(m.app.aid, record, evidence, root)
}

// Prove has the applet sign a fresh challenge of 8 to 64 bytes and checks it
// with the key of its record. Errors: ErrCopy, ErrNotAllowed.
func (m *MunicipalCard) Prove(pub *rsa.PublicKey, challenge []byte) error {
	if len(challenge) < cardmgmt.MinAppletChallenge || len(challenge) > cardmgmt.MaxAppletChallenge {
		return fmt.Errorf("%w: challenge of %d bytes", ErrCaller, len(challenge))
	}
	sig, err := m.app.command("prove municipal card", iso7816.Command{INS: 0x88, P2: 0x80 | byte(layout.AppletKey), Data: challenge, Le: iso7816.MaxShortLe}, public)
	if err != nil {
		return err
	}
	if cardmgmt.VerifyAppletProof(pub, m.app.aid, challenge, sig) != nil {
		return ErrCopy
	}
	return nil
}
