package jpki_test

import (
	"crypto/x509"
	"os"
	"regexp"
	"strings"
	"testing"

	"kado/jpki/internal/testpki"
)

// extensionNames are the names that docs/jpki.md uses.
var extensionNames = map[string]string{
	"2.5.29.14": "subjectKeyIdentifier", "2.5.29.15": "keyUsage", "2.5.29.17": "subjectAltName", "2.5.29.18": "issuerAltName",
	"2.5.29.19": "basicConstraints", "2.5.29.31": "cRLDistributionPoints", "2.5.29.32": "certificatePolicies",
	"2.5.29.35": "authorityKeyIdentifier", "2.5.29.37": "extKeyUsage", "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
	"1.3.6.1.5.5.7.48.1.5": "ocspNoCheck",
}

// The table of extensions in the documentation is that of certificates as issued.
//
// Shows: CRT-03, CRT-04, CRT-10
func TestProfileTableInTheDocumentation(t *testing.T) {
	doc, err := os.ReadFile("../docs/jpki.md")
	if err != nil {
		t.Fatal(err)
	}
	h := testpki.Default()
	for kind, c := range map[string]*x509.Certificate{"signature": h.IssueSignature(t, 9001), "authentication": h.IssueAuthentication(t, 9002),
		"authority": h.SignatureCA, "responder": h.IssueResponder(t, 9003)} {
		row := regexp.MustCompile("(?m)^\\| " + kind + " \\| (`[^|]*`) \\|$").FindSubmatch(doc)
		if row == nil {
			t.Errorf("no row for %s", kind)
			continue
		}
		var want []string
		for _, e := range c.Extensions {
			name := extensionNames[e.Id.String()]
			if e.Critical {
				name = "!" + name
			}
			want = append(want, "`"+name+"`")
		}
		if got := string(row[1]); got != strings.Join(want, " ") {
			t.Errorf("%s: the documentation says %s, the certificate %s", kind, got, strings.Join(want, " "))
		}
	}
}
