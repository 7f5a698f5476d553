package trace

import (
	"fmt"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/iso7816"
)

// cause is the likely reason for a status word other than 9000, from what was
// said before.
func (f *follower) cause(v view) string {
	verify := v.cmd.CLA == 0x00 && v.cmd.INS == 0x20
	query := verify && len(v.cmd.Data) == 0
	ref := layout.Reference(v.target.id)
	if n, ok := v.sw.TriesLeft(); ok {
		switch {
		case query && n == 0:
			return "blocked, or never set; an office has to set it again"
		case query:
			return ""
		case n == 0:
			return "the value was wrong and that was the last try: the reference is blocked now"
		}
		return "the value was wrong; a try was spent"
	}
	switch v.sw {
	case iso7816.EndOfFile:
		return "the file ended before as many bytes as were asked for; those sent are complete"
	case iso7816.SecurityNotSatisfied:
		return f.notVerified(v)
	case iso7816.ReferenceBlocked:
		return "no try is left for " + refName(v.target.app, ref) + ": the right value is refused as well until an office sets it again"
	case iso7816.NoCurrentFile:
		return "no file was selected since the application was"
	case iso7816.FileNotFound:
		if v.cmd.INS == 0xA4 && v.cmd.P1 == 0x04 {
			return "the card does not have this application, or was made for something else"
		}
		if !f.inApp {
			return "no application with files is selected"
		}
		return "the " + f.app.String() + " application of this card does not have it"
	case iso7816.ReferenceNotFound:
		if isGetData(v.cmd) && (f.inApp && f.app != layout.Master || f.other) {
			return "data objects are read at master level, and an application is selected"
		}
		return "the card does not have this object"
	case iso7816.RecordNotFound:
		return "the file has one record only"
	case iso7816.FileTypeMismatch:
		return "the command is for another kind of file, reference or key"
	case iso7816.WrongLength:
		if isGetData(v.cmd) || v.cmd.INS == 0xB2 {
			return "the object is longer than the answer asked for: ask again with an extended length"
		}
		return "too short, too long, or no answer asked for where one is due"
	case iso7816.WrongOffset:
		return "the file ends before this offset"
	case iso7816.WrongParameters:
		return "P1 or P2 has a value that this command does not know"
	case iso7816.WrongData:
		if v.cmd.INS == 0x24 || v.cmd.INS == 0x32 || v.cmd.INS == cardmgmt.InsSetPIN {
			return "the new value breaks the rules for this reference"
		}
		return "the data is not of the form this command takes"
	case iso7816.ConditionsNotSatisfied:
		return "the card is not in operation, or this is not the time for the command"
	case iso7816.InstructionUnknown:
		return "the selected application does not know this command"
	case iso7816.ClassUnknown:
		return "the card does not know this class of commands"
	case iso7816.MemoryFailure:
		return "the card could not write its memory; it has forgotten what was selected and verified"
	case iso7816.NoDiagnosis:
		return "the card gives no reason; the key may be missing"
	case iso7816.SecureMessagingMissing, iso7816.SecureMessagingIncorrect, iso7816.SecureMessagingLost, iso7816.SecureMessagingRefused, iso7816.SessionKeyUnsupported:
		return "secure messaging is not in use with this application"
	}
	return ""
}

// notVerified tells which verification is missing, and where it got lost.
func (f *follower) notVerified(v view) string {
	refs := catalogue[v.target].unlock
	if v.cmd.INS == 0x24 || v.cmd.INS == 0x32 {
		refs = by(layout.Reference(v.target.id))
	}
	if v.cmd.CLA == 0x80 && (v.cmd.INS == cardmgmt.InsBegin || v.cmd.INS == cardmgmt.InsCommit) {
		return "the cryptogram is not for this card, challenge, session, operation and script"
	}
	if !v.targeted || len(refs) == 0 {
		return "something has to be verified first"
	}
	text := alternatives(v.target.app, refs) + " was not verified since this application was selected"
	if f.since > 0 {
		text += fmt.Sprintf(" (exchange %d)", f.since)
	}
	for _, ref := range refs {
		if n, ok := f.wrong[ref]; ok {
			return text + fmt.Sprintf("; the value in exchange %d was refused", n)
		}
	}
	for _, ref := range refs {
		if d, ok := f.dropped[place{v.target.app, uint16(ref)}]; ok {
			return text + fmt.Sprintf("; it was verified in exchange %d, and selecting an application in exchange %d dropped that", d.verified, d.selected)
		}
	}
	return text
}
