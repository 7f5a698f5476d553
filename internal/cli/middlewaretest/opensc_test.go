package middlewaretest

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"

	"kado/chip/vpcd/vpcdtest"
	"kado/internal/world/profiles"
	"kado/reader"
)

// TestOpenSC_RecognisesTheCard: reader, answer to reset and driver, on both
// interfaces. Without the known answer to reset OpenSC selects the JPKI
// application to find out (chapter 1).
func TestOpenSC_RecognisesTheCard_CHP02(t *testing.T) {
	for profile, atr := range map[string]string{"adult": "3b:e0:00:ff:81:31:fe:45:14", "contactless": "3b:88:80:01:00:00:41:e0:b3:81:a1:00:3b"} {
		t.Run(profile, func(t *testing.T) {
			laid(t, profile)
			contains(t, succeeds(t, "opensc-tool", "-l"), "0    Yes", "Virtual PCD 00 00")
			contains(t, succeeds(t, "opensc-tool", "-r", "0", "-a", "-n"), atr, "jpki")
		})
	}
}

// TestPCSCTools_SeeTheCard: pcsc_scan lists readers and cards.
func TestPCSCTools_SeeTheCard(t *testing.T) {
	vpcdtest.Need(t, "pcsc_scan")
	laid(t, "adult")
	contains(t, succeeds(t, "pcsc_scan", "-n", "-r"), "0: Virtual PCD 00 00", "1: Virtual PCD 00 01")
	contains(t, succeeds(t, "pcsc_scan", "-n", "-c"), "Card inserted", "ATR: 3B E0 00 FF 81 31 FE 45 14", "Card removed")
}

// TestOpenSC_ListsObjects: what pkcs15-tool finds on cards of different kinds.
func TestOpenSC_ListsObjects_CHP08(t *testing.T) {
	for _, c := range []struct {
		profile               string
		authentication, signs string // tries left
		serials               int    // certificates that can be read without PIN
	}{
		{"adult", "3", "5", 3},
		{"minor", "3", "0", 2},
		{"pinless", "0", "0", 2},
		{"blocked-all", "0", "0", 3},
		{"one-try-left", "1", "1", 3},
		{"no-certificates", "0", "0", 0},
		{"residents-card", "0", "5", 1},
		{"phone", "3", "5", 3},
		{"moved", "3", "5", 3},
	} {
		t.Run(c.profile, func(t *testing.T) {
			laid(t, c.profile)
			out := succeeds(t, "pkcs15-tool", "-D")
			contains(t, out, "PKCS#15 Card [JPKI]", "PIN [User Authentication PIN]", "PIN [Digital Signature PIN]",
				"Private RSA Key [User Authentication Key]", "Private RSA Key [Digital Signature Key]")
			var left []string
			for line := range strings.Lines(out) {
				if value, ok := strings.CutPrefix(strings.TrimSpace(line), "Tries left     : "); ok {
					left = append(left, value)
				}
			}
			if len(left) != 2 || left[0] != c.authentication || left[1] != c.signs {
				t.Errorf("tries left %q, want %s and %s", left, c.authentication, c.signs)
			}
			if got := strings.Count(out, "Encoded serial"); got != c.serials {
				t.Errorf("%d certificates were read, want %d\n%s", got, c.serials, out)
			}
		})
	}
}

// TestOpenSC_UndeliveredCard: P-15, nothing on it can be used.
func TestOpenSC_UndeliveredCard_P15(t *testing.T) {
	laid(t, "undelivered")
	fails(t, "Unsupported card", "pkcs15-tool", "-D")
}

// Numbers of OpenSC's objects.
const (
	authenticationID = "01"
	signatureID      = "02"
)

// TestOpenSC_ReadsCertificates compares all four files byte for byte; the
// signature certificate, which names the holder, only after its password.
func TestOpenSC_ReadsCertificates_CHP26(t *testing.T) {
	card := laid(t, "adult")
	trust, err := maker.Trust()
	must(t, err)
	authority := map[string][]byte{}
	for _, a := range trust.Authorities {
		if bytes.Equal(a.Certificate.RawSubject, card.Certificates[reader.SignatureKey].RawIssuer) {
			authority[signatureID] = a.Certificate.Raw
		}
		if bytes.Equal(a.Certificate.RawSubject, card.Certificates[reader.AuthenticationKey].RawIssuer) {
			authority[authenticationID] = a.Certificate.Raw
		}
	}
	for _, c := range []struct {
		id   string
		want []byte
		args []string
	}{
		{authenticationID, card.Certificates[reader.AuthenticationKey].Raw, nil},
		{signatureID, card.Certificates[reader.SignatureKey].Raw, []string{"--verify-pin", "--auth-id", signatureID, "--pin", profiles.DefaultSignature}},
		{"03", authority[authenticationID], nil},
		{"04", authority[signatureID], nil},
	} {
		out := file(t, "certificate.pem")
		succeeds(t, "pkcs15-tool", append([]string{"--read-certificate", c.id, "-o", out}, c.args...)...)
		if !bytes.Equal(readPEM(t, out), c.want) {
			t.Errorf("certificate %s is another than the card's", c.id)
		}
	}
	// The card answers 6982; OpenSC 0.23 words it as it does every failed read.
	fails(t, "Certificate read failed", "pkcs15-tool", "--read-certificate", signatureID)
}

// token is how OpenSC's module names what a PIN opens.
var token = map[reader.KeyKind]string{
	reader.AuthenticationKey: "JPKI (User Authentication PIN)",
	reader.SignatureKey:      "JPKI (Digital Signature PIN)",
}

func sign(t *testing.T, kind reader.KeyKind, pin, message, out string) []string {
	id := map[reader.KeyKind]string{reader.AuthenticationKey: authenticationID, reader.SignatureKey: signatureID}[kind]
	return []string{"--module", pkcs11(t), "--login", "--token-label", token[kind], "--pin", pin, "--sign", "--mechanism", "SHA256-RSA-PKCS",
		"--id", id, "--input-file", message, "--output-file", out}
}

// TestOpenSC_SignsWithBothKeys: login and signature through PKCS#11, verified
// by OpenSSL with the certificate's key; another message is refused.
func TestOpenSC_SignsWithBothKeys_CHP34_CHP35(t *testing.T) {
	card := laid(t, "adult")
	message, other := file(t, "message"), file(t, "other")
	must(t, os.WriteFile(message, []byte("a message to be signed\n"), 0o600))
	must(t, os.WriteFile(other, []byte("another message\n"), 0o600))
	for kind, pin := range map[reader.KeyKind]string{reader.AuthenticationKey: profiles.DefaultAuthentication, reader.SignatureKey: profiles.DefaultSignature} {
		signature := file(t, "signature")
		succeeds(t, "pkcs11-tool", sign(t, kind, pin, message, signature)...)
		public := file(t, "public.pem")
		must(t, os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: card.Certificates[kind].RawSubjectPublicKeyInfo}), 0o600))
		contains(t, succeeds(t, "openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message), "Verified OK")
		fails(t, "Verification", "openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, other)
	}
}

// TestOpenSC_ModuleTestsItself: the module's own test of mechanisms on the
// authentication key.
func TestOpenSC_ModuleTestsItself(t *testing.T) {
	laid(t, "adult")
	out := succeeds(t, "pkcs11-tool", "--module", pkcs11(t), "--test", "--login", "--token-label", token[reader.AuthenticationKey],
		"--pin", profiles.DefaultAuthentication)
	contains(t, out, "SHA256-RSA-PKCS: OK", "No errors")
}

// TestOpenSC_WrongPINs: each wrong PIN costs one try, a right one gives them
// back, and a blocked PIN refuses the right one too; the other PIN is not
// touched.
func TestOpenSC_WrongPINs_CHP49_CHP51_CHP52_CHP53(t *testing.T) {
	for _, c := range []struct {
		kind         reader.KeyKind
		right, wrong string
		tries        int
	}{
		{reader.AuthenticationKey, profiles.DefaultAuthentication, "0001", 3},
		{reader.SignatureKey, profiles.DefaultSignature, "WRONG000", 5},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			laid(t, "adult")
			message := file(t, "message")
			must(t, os.WriteFile(message, []byte("message\n"), 0o600))
			left := func(want int) {
				t.Helper()
				n := 0
				if c.kind == reader.SignatureKey {
					n = 1
				}
				var got []string
				for line := range strings.Lines(succeeds(t, "pkcs15-tool", "--list-pins")) {
					if value, ok := strings.CutPrefix(strings.TrimSpace(line), "Tries left     : "); ok {
						got = append(got, value)
					}
				}
				if len(got) != 2 || got[n] != fmt.Sprint(want) {
					t.Fatalf("tries left %q, want %d at %d", got, want, n)
				}
				if other := []int{5, 3}[n]; got[1-n] != fmt.Sprint(other) {
					t.Errorf("the other PIN has %s tries left", got[1-n])
				}
			}
			left(c.tries)
			fails(t, "CKR_PIN_INCORRECT", "pkcs11-tool", sign(t, c.kind, c.wrong, message, file(t, "s"))...)
			left(c.tries - 1)
			succeeds(t, "pkcs11-tool", sign(t, c.kind, c.right, message, file(t, "s"))...)
			left(c.tries)
			for n := c.tries - 1; n >= 1; n-- {
				fails(t, "CKR_PIN_INCORRECT", "pkcs11-tool", sign(t, c.kind, c.wrong, message, file(t, "s"))...)
				left(n)
			}
			fails(t, "CKR_PIN_", "pkcs11-tool", sign(t, c.kind, c.wrong, message, file(t, "s"))...)
			left(0)
			// The chip answers 6984, as cards were seen to (chapter 7.2), which
			// OpenSC 0.23 knows no better word for; 6983 would be CKR_PIN_LOCKED.
			fails(t, "C_Login failed: rv = CKR_GENERAL_ERROR", "pkcs11-tool", sign(t, c.kind, c.right, message, file(t, "s"))...)
			left(0)
		})
	}
}
