package lifetest

import (
	"bytes"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCRT56_OpenSSLAgreesFromOutside runs the very commands that the demo tells,
// word for word, with the machine's own openssl; then again with one byte
// changed in each file they read.
//
// Shows: CRT-56, R-40, R-41
func TestCRT56_OpenSSLAgreesFromOutside(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("openssl is needed where CI=true: %v", err)
		}
		t.Skipf("NOT CHECKED from outside, openssl is missing: %v", err)
	}
	out := filepath.Join(t.TempDir(), "a folder", "it's")
	_, res := demo(t, "--seed", "openssl", "--clock", "2026-04-01T10:00:00+09:00", "--out", out)
	commands := res.Measured.Commands
	if len(commands) != 5 {
		t.Fatalf("%d commands", len(commands))
	}
	// What each says when all is well; the last two are from after the move.
	words := []struct {
		exit int
		want string
	}{
		{0, `CMS Verification successful`},
		{0, `signature-certificate\.pem: OK`},
		{0, `(?s)Response verify OK.*signature-certificate\.pem: good`},
		{2, `certificate revoked`},
		{0, `(?s)Response verify OK.*signature-certificate\.pem: revoked.*Reason: affiliationChanged`},
	}
	for i, w := range words {
		said, exit := shell(commands[i])
		if exit != w.exit || !regexp.MustCompile(w.want).MatchString(said) {
			t.Errorf("%s\nexit %d, want %d and %s:\n%s", commands[i], exit, w.exit, w.want, said)
		}
	}
	faults := []struct {
		file    string
		command int
		good    string // what must not be said any more
		change  func([]byte) []byte
	}{
		{"document.txt", 0, "CMS Verification successful", flipMiddle},
		{"document.txt", 0, "CMS Verification successful", func(b []byte) []byte { return append(b, '\n') }},
		{"document.txt.p7s", 0, "CMS Verification successful", flipLast},
		{"document.txt.p7s", 0, "CMS Verification successful", flipMiddle},
		{"signature-ca.pem", 0, "CMS Verification successful", inPEM(flipMiddle)},
		{"signature-certificate.pem", 1, ": OK", inPEM(flipLast)},
		{"signature-certificate.pem", 1, ": OK", inPEM(flipMiddle)},
		{"signature-crl.pem", 1, ": OK", inPEM(flipLast)},
		{"signature-ocsp.der", 2, "Response verify OK", flipMiddle},
		{"signature-ocsp-after-move.der", 4, "Response verify OK", flipMiddle},
	}
	for _, f := range faults {
		t.Run(f.file, func(t *testing.T) {
			path := filepath.Join(out, f.file)
			sound := read(t, path)
			defer write(t, path, sound)
			write(t, path, f.change(bytes.Clone(sound)))
			said, exit := shell(commands[f.command])
			if strings.Contains(said, f.good) || exit == 0 {
				t.Errorf("not refused: %s\nexit %d:\n%s", commands[f.command], exit, said)
			}
		})
	}
	// The list from before the move does not know of the revocation, and the
	// answer of one certificate does not serve for another.
	said, _ := shell(strings.ReplaceAll(commands[2], "signature-certificate.pem", "authentication-certificate.pem"))
	if strings.Contains(said, ".pem: good") {
		t.Errorf("the answer serves for another certificate:\n%s", said)
	}
	said, exit := shell(strings.ReplaceAll(commands[1], "signature-ca.pem", "authentication-ca.pem"))
	if exit == 0 {
		t.Errorf("the certificate verifies under the other authority:\n%s", said)
	}
}

// shell runs a command as a person who pastes it would.
func shell(command string) (said string, exit int) {
	cmd := exec.Command("/bin/sh", "-c", command)
	b, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(b), cmd.ProcessState.ExitCode()
}

func flipMiddle(b []byte) []byte { b[len(b)/2] ^= 1; return b }

func flipLast(b []byte) []byte { b[len(b)-1] ^= 1; return b }

// inPEM changes the content and not the letters around it.
func inPEM(change func([]byte) []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		block, _ := pem.Decode(b)
		block.Bytes = change(block.Bytes)
		return pem.EncodeToMemory(block)
	}
}
