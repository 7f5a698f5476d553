//go:build kado_nopcsc || !((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import "context"

// Service is a connection to the reader service, of which this build has none.
type Service struct{}

// Open returns ErrNoService.
func Open() (*Service, error) { return nil, ErrNoService }

// Close does nothing.
func (*Service) Close() error { return nil }

// Readers returns ErrNoService.
func (*Service) Readers() ([]Reader, error) { return nil, ErrNoService }

// Wait returns ErrNoService.
func (*Service) Wait(context.Context, func([]Reader) bool) error { return ErrNoService }

// Connect returns ErrNoService.
func (*Service) Connect(string) (*Card, error) { return nil, ErrNoService }

// Card is a connected card, of which this build has none.
type Card struct{}

// ATR returns nothing.
func (*Card) ATR() []byte { return nil }

// Transmit returns ErrNoService.
func (*Card) Transmit([]byte) ([]byte, error) { return nil, ErrNoService }

// Reset returns ErrNoService.
func (*Card) Reset() error { return ErrNoService }

// Close does nothing.
func (*Card) Close() error { return nil }
