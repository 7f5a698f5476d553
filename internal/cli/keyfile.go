package cli

import (
	"bytes"
	"os"

	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
)

type keyfileCommands struct {
	New keyfileNewCommand `cmd:"" help:"Make an empty key file; what is served in production makes its keys in it."`
}

type keyfileNewCommand struct {
	Keys           string `arg:"" help:"The new key file." placeholder:"FILE"`
	PassphraseFile string `required:"" help:"File with the passphrase, readable by its owner only." placeholder:"FILE"`
}

// Run makes the file, or leaves one that is there as it is.
func (k keyfileNewCommand) Run(c *console) error {
	passphrase, err := readPassphrase(k.PassphraseFile)
	if err != nil {
		return err
	}
	defer clear(passphrase)
	if _, err := keystore.CreateFile(k.Keys, passphrase, keystore.DefaultCost); err != nil {
		return err
	}
	c.printf(lang.Text{JA: "鍵ファイルを作りました：%s", EN: "Key file made: %s"}, k.Keys)
	return nil
}

const (
	// minPassphrase keeps out what was typed for a try: a key file holds the keys of
	// the authorities, and whoever has a copy may guess without end.
	minPassphrase = 16
	maxPassphrase = 1024
)

// readPassphrase reads the passphrase of a key file: one line, in a file of which
// nobody but its owner can read a byte.
func readPassphrase(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		return nil, NotForProduction.Because(err, "--passphrase-file")
	}
	raw, err := readFile(path, maxPassphrase)
	if err != nil {
		return nil, err
	}
	line := bytes.TrimRight(raw, "\r\n")
	if len(line) < minPassphrase || bytes.ContainsAny(line, "\r\n") {
		clear(raw)
		return nil, NotForProduction.New("--passphrase-file")
	}
	return line, nil
}
