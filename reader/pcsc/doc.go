// Package pcsc reaches cards in PC/SC readers without cgo: the reader service
// of the operating system (pcscd, Windows, macOS) is loaded when it is first
// asked for, and a machine without one gets ErrNoService.
//
//	service, err := pcsc.Open()
//	readers, err := service.Readers()
//	card, err := service.Connect(readers[0].Name)
//	jpki, err := reader.New(card).JPKI()
//
// A connection is exclusive: between presenting a PIN and using what it opened
// no other program can talk to the card. Closing it resets the card, so that
// nothing verified stays behind.
package pcsc

import "errors"

// Errors; use errors.Is. Their texts hold no bytes of any command.
var (
	ErrNoService   = errors.New("pcsc: no reader service on this machine, or it is not running")
	ErrNoReader    = errors.New("pcsc: no such card reader")
	ErrNoCard      = errors.New("pcsc: no card in the reader, or it does not answer")
	ErrBusy        = errors.New("pcsc: another program is using the card")
	ErrRemoved     = errors.New("pcsc: the card was removed, reset by another program, or its reader has gone")
	ErrUnsupported = errors.New("pcsc: the reader does not carry this")
	ErrClosed      = errors.New("pcsc: closed")
)

// Reader is one slot as the service sees it.
type Reader struct {
	Name string
	// Present is set when a card lies in it; Mute when that card does not
	// answer; InUse when a program is connected to it.
	Present, Mute, InUse bool
	// ATR is the card's answer to reset, if any.
	ATR []byte
}
