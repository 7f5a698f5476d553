package oidc

import (
	"crypto/rand"
	"encoding/base64"
)

// secretLen is the length of codes, refresh tokens and cookies in octets.
const secretLen = 32

// newSecret draws a code, a refresh token, a cookie or the id of an interaction: 43
// letters that nobody can guess, even where the sandbox's other ids follow from its
// seed.
func newSecret() (string, error) {
	b := make([]byte, secretLen)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}
