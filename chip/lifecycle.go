package chip

import (
	"fmt"

	"kado/cardmgmt"
)

// State is where a chip stands in its life. Locked PINs, suspension and
// revocation are not states of the chip: the first is per PIN, the others are
// known to servers only (CHP-69, CHP-70).
type State byte

// The states. A chip goes forward only.
const (
	StateBlank        State = 0 // from the maker: keys for the issuer, nothing else
	StatePersonalised State = 1 // written, and mute to everybody but the issuer (P-15)
	StateOperational  State = 2 // 運用中
	StateTerminated   State = 3 // erased
	StateTampered     State = 4 // erased by the chip itself, when it sensed an attack (CHP-04, CHP-05)
)

var stateNames = [...]string{"blank", "personalised", "operational", "terminated", "tampered"}

// String is the English name.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state %d", byte(s))
}

// Move is a permitted issuer operation: From and To are equal where the
// operation leaves the state as it is.
type Move struct {
	From, To State
	Op       cardmgmt.Op
}

var moves = []Move{
	{StateBlank, StateBlank, cardmgmt.GenerateKey},
	{StateBlank, StatePersonalised, cardmgmt.Personalise},
	{StateBlank, StateTerminated, cardmgmt.Terminate},
	{StatePersonalised, StatePersonalised, cardmgmt.Inspect},
	{StatePersonalised, StatePersonalised, cardmgmt.Prove},
	{StatePersonalised, StatePersonalised, cardmgmt.Rewrite},
	{StatePersonalised, StateOperational, cardmgmt.Activate},
	{StatePersonalised, StateTerminated, cardmgmt.Terminate},
	{StateOperational, StateOperational, cardmgmt.Inspect},
	{StateOperational, StateOperational, cardmgmt.Prove},
	{StateOperational, StateOperational, cardmgmt.InitialisePIN},
	{StateOperational, StateOperational, cardmgmt.Rewrite},
	{StateOperational, StateOperational, cardmgmt.GenerateKey},
	{StateOperational, StateOperational, cardmgmt.SwitchKey},
	{StateOperational, StateOperational, cardmgmt.DeleteKey},
	{StateOperational, StateOperational, cardmgmt.LockPINs},
	{StateOperational, StateOperational, cardmgmt.ReleasePINs},
	{StateOperational, StateOperational, cardmgmt.InstallApplet},
	{StateOperational, StateOperational, cardmgmt.RemoveApplet},
	{StateOperational, StateOperational, cardmgmt.ListApplets},
	{StateOperational, StateTerminated, cardmgmt.Terminate},
}

// Lifecycle returns the states that issuer operations lead to and the permitted
// moves, for documents and tests. Whatever is not listed is refused. The one
// state besides, StateTampered, is entered by no operation: see Tamper.
func Lifecycle() ([]State, []Move) {
	return []State{StateBlank, StatePersonalised, StateOperational, StateTerminated}, append([]Move(nil), moves...)
}

// next returns the state after op, and whether op is permitted at all.
func next(from State, op cardmgmt.Op) (State, bool) {
	for _, m := range moves {
		if m.From == from && m.Op == op {
			return m.To, true
		}
	}
	return from, false
}
