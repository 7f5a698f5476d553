package cli

import (
	"os"

	"kado/internal/platform/keystore/token"
)

// keysPIN says where the PIN of a key token comes from. It never comes from an
// argument or the environment, where other programs could see it.
type keysPIN struct {
	KeysPINFD *int `name:"keys-pin-fd" help:"Read the PIN of the key token from this file descriptor." placeholder:"N"`
}

// pin returns a function that reads the PIN; nil where no descriptor was given.
func (k keysPIN) pin() func() ([]byte, error) {
	if k.KeysPINFD == nil {
		return nil
	}
	n := *k.KeysPINFD
	return func() ([]byte, error) {
		if n < 0 || n == 1 || n == 2 || n > 1<<20 {
			return nil, BadArguments.New("--keys-pin-fd")
		}
		if n == 0 {
			return token.ReadPIN(os.Stdin)
		}
		f := os.NewFile(uintptr(n), "keys-pin-fd")
		if f == nil {
			return nil, BadArguments.New("--keys-pin-fd")
		}
		defer f.Close()
		return token.ReadPIN(f)
	}
}

// keysFlags say where a new world's signing keys are made.
type keysFlags struct {
	Keys string `help:"Keep signing keys in the PKCS#11 token that this JSON file describes (see docs/ca.md); without it, in a passphrase file." placeholder:"FILE"`
	keysPIN
}

// place returns the token; nil for the key file.
func (k keysFlags) place() (*token.Config, error) {
	if k.Keys == "" {
		return nil, nil
	}
	c, err := token.Load(k.Keys)
	if err != nil {
		return nil, err
	}
	return &c, nil
}
