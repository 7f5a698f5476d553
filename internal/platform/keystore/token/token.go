// Package token keeps signing keys in a PKCS#11 token (a hardware security
// module, or SoftHSM), behind keystore.Store. Keys are generated inside the
// token, sensitive and not extractable, and found there by label; several
// sessions sign side by side.
//
// Secret values (the vault's key, card management's) are not for signing and
// stay in another store, the passphrase file: most tokens could hold them only
// as keys of their own algorithms, and Kado needs their bytes.
//
// A configuration is a small JSON file (Config). The user PIN is never in it and
// never an argument: whoever opens a Store says where to get it. Binaries built
// without cgo know the configuration but refuse to open a token (NotBuilt).
package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"

	"kado/internal/platform/keystore"
)

// Config says where a token is and how it is used.
type Config struct {
	// Module is the absolute path of the PKCS#11 library.
	Module string `json:"module"`
	// TokenLabel or TokenSerial names the token: exactly one of them.
	TokenLabel  string `json:"token_label,omitempty"`
	TokenSerial string `json:"token_serial,omitempty"`
	// Sessions is how many signatures may run side by side, 1 to 256; 4 if 0.
	Sessions int `json:"sessions,omitempty"`
	// Prefix stands before every key's name in the token's labels, so that two
	// houses can share a token. Lower-case letters, digits, - and _, 32 at most.
	Prefix string `json:"prefix,omitempty"`
}

// maxConfig bounds the file; maxPIN the PIN, in bytes.
const (
	maxConfig       = 4 << 10
	maxPIN          = 255
	defaultSessions = 4
)

var prefixForm = regexp.MustCompile(`^[a-z0-9_-]{0,32}$`)

// Check refuses a configuration that cannot be right.
func (c Config) Check() error {
	switch {
	case !filepath.IsAbs(c.Module) || len(c.Module) > 1000 || bytes.ContainsRune([]byte(c.Module), 0):
		return UnfitConfig.New("module")
	case (c.TokenLabel == "") == (c.TokenSerial == ""):
		return UnfitConfig.New("token_label, token_serial")
	case len(c.TokenLabel) > 32 || !utf8.ValidString(c.TokenLabel):
		return UnfitConfig.New("token_label")
	case len(c.TokenSerial) > 16 || !utf8.ValidString(c.TokenSerial):
		return UnfitConfig.New("token_serial")
	case c.Sessions < 0 || c.Sessions > 256:
		return UnfitConfig.New("sessions")
	case !prefixForm.MatchString(c.Prefix):
		return UnfitConfig.New("prefix")
	}
	return nil
}

// Encode writes a configuration as Decode reads it.
func (c Config) Encode() ([]byte, error) {
	b, err := json.MarshalIndent(c, "", "  ")
	return append(b, '\n'), err
}

// Decode reads a configuration: one JSON object, nothing unknown in it.
func Decode(raw []byte) (Config, error) {
	var c Config
	if len(raw) > maxConfig {
		return c, UnfitConfig.New("size")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, UnfitConfig.New("JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Config{}, UnfitConfig.New("JSON")
	}
	return c, c.Check()
}

// Load reads a configuration file.
func Load(path string) (Config, error) {
	info, err := os.Stat(path) // opening a pipe would wait for its writer
	if err != nil || !info.Mode().IsRegular() {
		return Config{}, UnfitConfig.Because(err, "file")
	}
	f, err := os.Open(path)
	if err != nil {
		return Config{}, UnfitConfig.Because(err, "file")
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return Config{}, UnfitConfig.Because(err, "file")
	}
	return Decode(raw)
}

// ReadPIN reads a PIN as the first line of r.
func ReadPIN(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxPIN+3))
	defer clear(raw)
	if err != nil {
		return nil, NoPIN.Because(err)
	}
	line, rest, found := bytes.Cut(raw, []byte{'\n'})
	if found && len(rest) > 0 {
		return nil, NoPIN.New()
	}
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if len(line) == 0 || len(line) > maxPIN || !utf8.Valid(line) || bytes.ContainsRune(line, 0) {
		return nil, NoPIN.New()
	}
	return bytes.Clone(line), nil
}

// Options is what a Store needs besides its configuration.
type Options struct {
	// PIN returns the user PIN; it is asked when the token is first used. nil
	// opens a store that refuses whatever needs the token, with NoPIN.
	PIN func() ([]byte, error)
	// Secrets keeps the secret values.
	Secrets keystore.Store
	// Lock is a file that is locked while a key is made, so that two processes do
	// not make one name twice; "" for none.
	Lock string
}
