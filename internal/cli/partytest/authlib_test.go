package partytest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	jose "github.com/go-jose/go-jose/v4"
)

// Python's Authlib with private_key_jwt (RS256), a registered client, logs people in.
func TestAuthlibLogsIn(t *testing.T) {
	const python = "/usr/bin/python3" // Debian's, which has Debian's Authlib
	if exec.Command(python, "-c", "import authlib, requests").Run() != nil {
		missing(t, "python3-authlib")
	}
	h := open(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}), 0o600); err != nil {
		t.Fatal(err)
	}
	const callback = "http://127.0.0.1:9/authlib"
	register(t, h, map[string]any{"client_id": "authlib0001", "name": "パイソンの店", "redirect_uris": []string{callback},
		"jwks": jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public()}}}})
	_, who := converses(t, h, exec.Command(python, "testdata/authlib_login.py"), "CLIENT_ID=authlib0001", "CALLBACK="+callback, "KEY="+path,
		"AUTHLIB_INSECURE_TRANSPORT=1") // http on the own machine
	isAdult(t, h, "authlib0001", who, "userinfo token answer authorization")
}
