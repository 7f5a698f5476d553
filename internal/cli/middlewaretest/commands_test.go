//go:build unix

package middlewaretest

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/cli"
	"kado/jpki"
)

// kado runs a command with lines on its descriptor for PINs.
func kado(t *testing.T, lines string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines")
	must(t, os.WriteFile(path, []byte(lines), 0o600))
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	if lines != "" {
		// The command owns the descriptor it is given.
		fd, err := syscall.Dup(int(f.Fd()))
		must(t, err)
		args = append(args, "--pin-fd", strconv.Itoa(fd))
	}
	var out, errOut bytes.Buffer
	code = cli.Run(context.Background(), append([]string{"--lang", "en"}, args...), &out, &errOut)
	return out.String(), errOut.String(), code
}

// TestCommands_OnACardInAReader: read, pin, sign and cert over PC/SC, with the
// care due to a physical card.
func TestCommands_OnACardInAReader(t *testing.T) {
	vpcdtest.Start(t)
	card := make1(t, "adult")
	vpcdtest.Insert(t, 0, card)
	found := vpcdtest.Wait(t, vpcdtest.Open(t), 1)
	dir := t.TempDir()
	trust, err := maker.Trust()
	must(t, err)
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		must(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	var ca, list, root string
	for _, a := range trust.Authorities {
		if a.Kind == jpki.Signature {
			ca, list = write("ca.pem", "CERTIFICATE", a.Certificate.Raw), write("list.pem", "X509 CRL", a.List)
		}
	}
	der, err := x509.MarshalPKIXPublicKey(trust.TextRoot)
	must(t, err)
	root = write("root.pem", "PUBLIC KEY", der)

	tracePath := filepath.Join(dir, "trace")
	out, errOut, code := kado(t, "kado2580\n5137\n\n", "read", "--reader", found[0].Name, "--secrets", "--root", root, "--trace", tracePath, "--json")
	if code != 0 || !strings.Contains(out, `"physical": true`) || !strings.Contains(out, card.Description.Name) || !strings.Contains(out, card.Serial) {
		t.Errorf("read: %d\n%s%s", code, out, errOut)
	}
	// A number and a name are the same reader.
	if out, errOut, code = kado(t, "", "pin", "status", "--reader", "0"); code != 0 || !strings.Contains(out, "5 of 5") {
		t.Errorf("status: %d\n%s%s", code, out, errOut)
	}
	paper := filepath.Join(dir, "paper")
	must(t, os.WriteFile(paper, []byte("paper"), 0o600))
	if out, errOut, code = kado(t, "KADO2580\n", "sign", paper, "--reader", "0"); code != 0 {
		t.Errorf("sign: %d\n%s%s", code, out, errOut)
	}
	if out, errOut, code = kado(t, "", "verify", paper+".p7s", paper, "--ca", ca, "--crl", list, "--at", "2026-11-24T12:00:00+09:00"); code != 0 || !strings.HasPrefix(out, "valid\n") {
		t.Errorf("verify: %d\n%s%s", code, out, errOut)
	}
	if out, errOut, code = kado(t, "5137\n8264\n8264\n", "pin", "change", "text", "--reader", "0"); code != 0 {
		t.Errorf("change: %d\n%s%s", code, out, errOut)
	}
	if _, errOut, code = kado(t, "", "trace", "replay", tracePath, "--reader", "0"); code != 1 || !strings.Contains(errOut, "KADO-6153") {
		t.Errorf("replay on a card in a reader: %d %s", code, errOut)
	}
	if _, errOut, code = kado(t, "", "cert", "--reader", "7"); code != 2 || !strings.Contains(errOut, "KADO-6103") {
		t.Errorf("no such reader: %d %s", code, errOut)
	}
	if _, errOut, code = kado(t, "", "cert", "--reader", "1"); code != 2 || !strings.Contains(errOut, "KADO-6104") {
		t.Errorf("no card in the reader: %d %s", code, errOut)
	}
	saved, err := os.ReadFile(tracePath)
	must(t, err)
	for _, secret := range []string{"KADO2580", "4B 41 44 4F", "5137", "35 31 33 37", card.Serial} {
		if bytes.Contains(saved, []byte(secret)) {
			t.Errorf("the trace shows a secret of %d bytes", len(secret))
		}
	}
}
