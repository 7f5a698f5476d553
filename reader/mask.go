package reader

import (
	"bytes"

	"kado/cardmgmt"
	"kado/iso7816"
)

const masked = '*'

// Mask returns copies of an exchange fit for a trace by somebody who does not
// know which file is selected: values of PINs, issuer scripts, answers to issuer
// acts and everything read from files are replaced by asterisks.
func Mask(command, response []byte) (maskedCommand, maskedResponse []byte) {
	p := public
	if cmd, err := iso7816.ParseCommand(command); err != nil || carriesFile(cmd) || answersAct(cmd) {
		p = private
	}
	return maskCommand(command), maskResponse(response, p)
}

func carriesFile(cmd iso7816.Command) bool {
	return cmd.INS == 0xB0 || cmd.INS == 0xB2
}

// answersAct reports whether the answer may be that of an issuer act: digests
// of files, from which a number can be found by trying, or what is in the free
// area.
func answersAct(cmd iso7816.Command) bool {
	return cmd.CLA == 0x80 && cmd.INS == cardmgmt.InsCommit
}

// secretData reports whether the command's data is a PIN or a script.
func secretData(cmd iso7816.Command) bool {
	switch cmd.INS {
	case 0x20, 0x24, 0x32, cardmgmt.InsSetPIN, cardmgmt.InsData:
		return true
	}
	return false
}

func maskCommand(command []byte) []byte {
	out := bytes.Clone(command)
	cmd, err := iso7816.ParseCommand(out)
	if err != nil {
		// What cannot be read may hold anything.
		for i := min(4, len(out)); i < len(out); i++ {
			out[i] = masked
		}
		return out
	}
	if secretData(cmd) {
		// Data aliases out.
		for i := range cmd.Data {
			cmd.Data[i] = masked
		}
	}
	return out
}

func maskResponse(response []byte, p privacy) []byte {
	out := bytes.Clone(response)
	if p == private {
		for i := range max(len(out)-2, 0) {
			out[i] = masked
		}
	}
	return out
}
