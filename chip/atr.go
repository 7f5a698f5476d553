package chip

import "slices"

// AnswerToReset is one form in which cards answer a reset.
type AnswerToReset struct {
	// Contact is set for the contacts, clear for what a PC/SC reader forms
	// for a contactless card of type B.
	Contact bool
	Bytes   []byte
}

// answersToReset begins with the default of each interface. All were reported
// by users of real cards; which card has which is unconfirmed.
var answersToReset = []AnswerToReset{
	// Application data 00 00 41 E0, protocol information B3 81 A1.
	{false, []byte{0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x41, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x3B}},
	{false, []byte{0x3B, 0x88, 0x80, 0x01, 0x00, 0x00, 0x05, 0xE0, 0xB3, 0x81, 0xA1, 0x00, 0x7F}},
	{false, []byte{0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0x00, 0x81, 0xD1, 0x00, 0xBC}},
	{false, []byte{0x3B, 0x88, 0x80, 0x01, 0x00, 0x4B, 0x51, 0xFF, 0xB3, 0x81, 0xD1, 0x00, 0x0F}},
	// TD1 is 81: the first protocol on offer is T=1, so that is what a reader
	// without a wish of its own takes.
	{true, []byte{0x3B, 0xE0, 0x00, 0xFF, 0x81, 0x31, 0xFE, 0x45, 0x14}},
	{true, []byte{0x3B, 0xDA, 0x13, 0xFF, 0x81, 0x31, 0xFB, 0x46, 0x80, 0x12, 0x39, 0x2F, 0x31, 0xC1, 0x73, 0xC6, 0x01, 0xC0, 0x3B}},
	{true, []byte{0x3B, 0xC5, 0xFF, 0x81, 0x31, 0xFB, 0x45, 0x80, 0x73, 0xC6, 0x01, 0x00, 0x00}},
	{true, []byte{0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01, 0x00, 0xD1, 0xD6}},
	{true, []byte{0x3B, 0xF5, 0x91, 0x00, 0xFF, 0x91, 0x81, 0x71, 0xFE, 0x40, 0x00, 0x42, 0x00, 0x01, 0xB3, 0xA1, 0x15}},
}

const defaultContact = 4 // index in answersToReset

// AnswersToReset lists the forms a card can be given, the default of each
// interface before its others.
func AnswersToReset() []AnswerToReset {
	out := slices.Clone(answersToReset)
	for i := range out {
		out[i].Bytes = slices.Clone(out[i].Bytes)
	}
	return out
}

// ATR is the default answer to reset of a contactless card as PC/SC readers
// form it.
func ATR() []byte { return slices.Clone(answersToReset[0].Bytes) }

// ContactATR is the default answer to reset that a reader with contacts sees.
func ContactATR() []byte { return slices.Clone(answersToReset[defaultContact].Bytes) }

// WithContacts lays the card on a reader with contacts. The rules of access
// are the same on both interfaces (CHP-02).
func WithContacts() Option { return func(c *Card) { c.atr = answersToReset[defaultContact] } }

// WithAnswerToReset gives the card one of AnswersToReset.
func WithAnswerToReset(a AnswerToReset) Option {
	return func(c *Card) { c.atr = AnswerToReset{a.Contact, slices.Clone(a.Bytes)} }
}

// ATR returns the answer to reset without resetting.
func (c *Card) ATR() []byte { return slices.Clone(c.atr.Bytes) }

// contactATR is what GET DATA 5F51 returns without its first byte.
func (c *Card) contactATR() []byte {
	if c.atr.Contact && len(c.atr.Bytes) > 0 {
		return c.atr.Bytes
	}
	return answersToReset[defaultContact].Bytes
}
