// Package trace shows, saves and replays what a reader and a card said to each
// other, with every command explained.
//
//	rec := trace.Record(transport)
//	card := reader.New(rec)
//	... use the card ...
//	err := trace.Write(file, rec.Trace())
//
// A trace hides what reader.Mask hides: PINs, issuer scripts and what is read from
// files, except from files that hold nothing of a person; and the card's serial.
// The length of a PIN is still seen in its command. A trace with nothing hidden
// exists only where Unmasked was asked for, each time it is recorded, written or
// parsed, because it holds PINs.
//
// A saved trace replays in three ways: as a card (NewCard), which answers in
// the recorded order and fails when another command comes; as a reader (Replay),
// which sends the commands to a card and compares the answers; and as the source
// of a Go test (GoTest).
package trace
