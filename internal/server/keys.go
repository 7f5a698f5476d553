package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"kado/internal/platform/keystore"
	"kado/internal/platform/keystore/token"
)

// tokenFile lies in the folder of a world whose signing keys are in a token: its
// configuration, without the PIN. The vault's and card management's secrets are in
// the key file all the same.
const tokenFile = "token.json"

// withToken puts the world's token, if it has one, before its key file. A new
// world gets the token of the options; an old one keeps its own.
func (b *Sandbox) withToken(files keystore.Store, isNew bool, o SandboxOptions) (keystore.Store, error) {
	path := filepath.Join(b.dir, tokenFile)
	_, err := os.Lstat(path)
	has := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, NotAWorld.Because(err, b.dir)
	case o.Token != nil && !isNew && !has:
		return nil, OtherKeys.New()
	case o.Token == nil && !has:
		return files, nil
	}
	var c token.Config
	if isNew && !has {
		if c, err = newToken(*o.Token); err != nil {
			return nil, err
		}
		raw, err := c.Encode()
		if err != nil {
			return nil, err
		}
		if err := WriteFile(path, raw, 0o600); err != nil {
			return nil, err
		}
	} else if c, err = token.Load(path); err != nil {
		return nil, err
	}
	if o.Token != nil && !sameToken(*o.Token, c) {
		return nil, OtherKeys.New()
	}
	s, err := token.Open(c, token.Options{PIN: o.TokenPIN, Secrets: files, Lock: path + ".lock"})
	if err != nil {
		return nil, err
	}
	b.token = s
	return s, nil
}

// newToken gives a world a place of its own in a token that others may share.
func newToken(c token.Config) (token.Config, error) {
	if c.Prefix != "" {
		return c, c.Check()
	}
	raw := make([]byte, 8)
	if _, err := rand.Read(raw); err != nil {
		return c, err
	}
	c.Prefix = hex.EncodeToString(raw)
	return c, c.Check()
}

// sameToken compares what was asked for with what the world has; the prefix may be
// left out.
func sameToken(asked, has token.Config) bool {
	if asked.Prefix == "" {
		asked.Prefix = has.Prefix
	}
	return asked == has
}
