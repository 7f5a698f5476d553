package cli

import (
	"bytes"
	"errors"
	"os"

	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/lang"
	"kado/internal/platform/vault"
)

type keyfileCommands struct {
	New   keyfileNewCommand   `cmd:"" help:"Make an empty key file; what is served in production makes its keys in it."`
	Proof keyfileProofCommand `cmd:"" help:"Replace the key to which readers of cards seal what proves the attributes."`
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

type keyfileProofCommand struct {
	DB             string `required:"" help:"Database: postgres://… or sqlite:FILE." placeholder:"URL" env:"KADO_DB"`
	Keys           string `required:"" help:"Key file, see kado keys new." placeholder:"FILE"`
	PassphraseFile string `required:"" help:"File with the passphrase of the key file, readable by its owner only." placeholder:"FILE"`
}

// Run makes the new key and records it. What is being served goes on and takes it up by
// itself.
func (k keyfileProofCommand) Run(c *console) (err error) {
	passphrase, err := readPassphrase(k.PassphraseFile)
	if err != nil {
		return err
	}
	keys, err := keystore.OpenFile(k.Keys, passphrase)
	clear(passphrase)
	if err != nil {
		return err
	}
	d, err := db.Open(c.ctx, k.DB)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := d.Migrate(c.ctx, journal.Schema(), vault.Schema()); err != nil {
		return err
	}
	numbers, err := vault.Open(c.ctx, d, keys, clock.System(), entropy.System())
	if err != nil {
		return err
	}
	name, err := numbers.RotateProofKey(c.ctx, journal.Actor{Kind: journal.System, ID: "keys"})
	if err != nil {
		return err
	}
	c.printf(lang.Text{JA: "新しい鍵：%s。1分以内に使われ始めます。1つ前の鍵も、次に取り替えるまで使えます。",
		EN: "New key: %s. It is used within a minute; the one before counts until the next."}, name)
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
