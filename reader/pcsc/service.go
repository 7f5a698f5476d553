//go:build !kado_nopcsc && ((linux && (amd64 || arm64)) || darwin || windows)

package pcsc

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ElMostafaIdrassi/goscard"
)

// quiet is the logger of the client library: it would print every command with
// its PINs.
type quiet struct{}

func (quiet) Debugf(string, ...any) {}
func (quiet) Debug(...any)          {}
func (quiet) Debugln(...any)        {}
func (quiet) Infof(string, ...any)  {}
func (quiet) Info(...any)           {}
func (quiet) Infoln(...any)         {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Warn(...any)           {}
func (quiet) Warnln(...any)         {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Error(...any)          {}
func (quiet) Errorln(...any)        {}

// load loads the service's client library once in the life of the program.
var load = sync.OnceValue(func() error {
	if err := goscard.Initialize(quiet{}); err != nil {
		return fmt.Errorf("%w: %w", ErrNoService, err)
	}
	return nil
})

// failure turns what the library returned into one of the package's errors.
func failure(doing string, code uint64, err error) error {
	if code == 0 && err == nil {
		return nil
	}
	var kind error
	switch code & 0xFFFFFFFF {
	case 0x8010001D, 0x8010001E, 0x80100018, 0x80100003, 0x80100013, 0x80100001:
		// No service, stopped, shutting down; handles that an ended service left
		// behind.
		kind = ErrNoService
	case 0x8010002E, 0x80100009:
		kind = ErrNoReader
	case 0x8010000C, 0x80100066, 0x80100067, 0x80100010, 0x80100015:
		kind = ErrNoCard
	case 0x8010000B:
		kind = ErrBusy
	case 0x80100068, 0x80100069, 0x80100017:
		kind = ErrRemoved
	case 0x8010000F, 0x80100065, 0x8010001C, 0x80100022, 0x80100008, codeMalformed:
		// The last two: an answer that does not fit, or that cannot be one.
		kind = ErrUnsupported
	default:
		return fmt.Errorf("pcsc: %s: code %08X", doing, code)
	}
	return fmt.Errorf("%w (%s: code %08X)", kind, doing, code)
}

// Service is a connection to the reader service. Its methods may be called by
// one goroutine at a time.
type Service struct {
	context goscard.Context
	closed  bool
}

// Open connects to the service. Error: ErrNoService.
func Open() (*Service, error) {
	if err := load(); err != nil {
		return nil, err
	}
	c, code, err := goscard.NewContext(goscard.SCardScopeSystem, nil, nil)
	if err := failure("connecting to the service", code, err); err != nil {
		if !errors.Is(err, ErrNoService) {
			err = fmt.Errorf("%w: %w", ErrNoService, err)
		}
		return nil, err
	}
	return &Service{context: c}, nil
}

// Close gives the connection up. Cards connected through it are closed first
// by whoever opened them.
func (s *Service) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	code, err := s.context.Release()
	if err := failure("leaving the service", code, err); err != nil && !errors.Is(err, ErrNoService) {
		return err
	}
	return nil
}

// Readers lists the readers by name; none is no error.
func (s *Service) Readers() ([]Reader, error) {
	states, err := s.states()
	if err != nil {
		return nil, err
	}
	var out []Reader
	for _, st := range states {
		out = append(out, readerOf(st))
	}
	return out, nil
}

func readerOf(st goscard.SCardReaderState) Reader {
	atr, err := hex.DecodeString(st.Atr)
	if err != nil {
		atr = nil
	}
	e := st.EventState
	return Reader{Name: st.Reader, ATR: atr,
		Present: e&goscard.SCardStatePresent != 0, Mute: e&goscard.SCardStateMute != 0, InUse: e&(goscard.SCardStateInuse|goscard.SCardStateExclusive) != 0}
}

// states asks for the present state of every reader.
func (s *Service) states() ([]goscard.SCardReaderState, error) {
	if s.closed {
		return nil, ErrClosed
	}
	names, code, err := s.context.ListReaders(nil)
	if err := failure("listing readers", code, err); err != nil {
		if errors.Is(err, ErrNoReader) {
			return nil, nil
		}
		return nil, err
	}
	slices.Sort(names)
	states := make([]goscard.SCardReaderState, len(names))
	for i, n := range names {
		states[i].Reader = n
	}
	if len(states) == 0 {
		return nil, nil
	}
	code, err = s.context.GetStatusChange(goscard.NewTimeout(0), states)
	if err := failure("asking readers", code, err); err != nil && !isTimeout(code) {
		if errors.Is(err, ErrNoReader) || errors.Is(err, ErrRemoved) {
			// One was unplugged between the two questions: the next call is right.
			return nil, nil
		}
		return nil, err
	}
	return states, nil
}

func isTimeout(code uint64) bool { return code&0xFFFFFFFF == 0x8010000A }

// waitSlice bounds one wait inside the service, which knows nothing of contexts;
// it is also how late a new reader is seen.
const waitSlice = 250 * time.Millisecond

// Wait returns as soon as good holds for the readers, which is asked at first
// and after every change, or with the error of ctx.
func (s *Service) Wait(ctx context.Context, good func([]Reader) bool) error {
	for {
		states, err := s.states()
		if err != nil {
			return err
		}
		var now []Reader
		for _, st := range states {
			now = append(now, readerOf(st))
		}
		if good(now) {
			return nil
		}
		if err := s.waitChange(ctx, states); err != nil {
			return err
		}
	}
}

// waitChange waits one slice, or less when something changes.
func (s *Service) waitChange(ctx context.Context, states []goscard.SCardReaderState) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(states) == 0 {
		timer := time.NewTimer(waitSlice)
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			return nil
		}
	}
	for i := range states {
		states[i].CurrentState = states[i].EventState &^ goscard.SCardStateChanged
		states[i].EventState = 0
	}
	code, err := s.context.GetStatusChange(goscard.NewTimeout(waitSlice), states)
	err = failure("waiting for readers", code, err)
	if isTimeout(code) || errors.Is(err, ErrNoReader) || errors.Is(err, ErrRemoved) {
		return nil
	}
	return err
}
