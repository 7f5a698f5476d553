package reader

import (
	"errors"
	"fmt"

	"kado/iso7816"
)

// What a status word means to a caller; use errors.Is.
var (
	ErrNotFound   = errors.New("reader: the card does not have this")
	ErrNotAllowed = errors.New("reader: the card wants a PIN or number first")
	ErrBlocked    = errors.New("reader: the PIN is blocked")
	ErrInert      = errors.New("reader: the card is not in operation or does not permit this now")
	ErrMemory     = errors.New("reader: the card could not write its memory")
	ErrMalformed  = errors.New("reader: the card's answer makes no sense")
	ErrCaller     = errors.New("reader: wrong use")
)

// StatusError is a refusal of the card. It holds the status word and what was
// being done, never data.
type StatusError struct {
	SW        iso7816.Status
	Operation string
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("reader: %s: card answered %v", e.Operation, e.SW)
}

// Unwrap gives one of the package's errors, or nil.
func (e *StatusError) Unwrap() error {
	switch e.SW {
	case iso7816.FileNotFound, iso7816.RecordNotFound, iso7816.ReferenceNotFound:
		return ErrNotFound
	case iso7816.SecurityNotSatisfied:
		return ErrNotAllowed
	case iso7816.ReferenceBlocked:
		return ErrBlocked
	case iso7816.ConditionsNotSatisfied:
		return ErrInert
	case iso7816.MemoryFailure:
		return ErrMemory
	}
	return nil
}

// WrongPINError says that a PIN, password or number was wrong and how many
// tries are left. With none left it is also ErrBlocked.
type WrongPINError struct{ Left int }

func (e *WrongPINError) Error() string {
	return fmt.Sprintf("reader: wrong PIN, %d tries left", e.Left)
}

// Is makes errors.Is(err, ErrBlocked) true when no try is left.
func (e *WrongPINError) Is(target error) bool { return target == ErrBlocked && e.Left == 0 }
