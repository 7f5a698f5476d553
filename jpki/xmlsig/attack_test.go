package xmlsig_test

import (
	"sync"
	"testing"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/verify"
	"kado/jpki/xmlsig"
	"kado/jpki/xmlsig/forgery"
)

var theCases = sync.OnceValues(func() ([]forgery.Case, error) {
	cert, err := theHolder()
	if err != nil {
		return nil, err
	}
	twin := testpki.SignatureRequest(holderSerial + 1)
	twinCert, err := jpki.Issue(twin, testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		return nil, err
	}
	r := testpki.SignatureRequest(holderSerial + 2)
	r.PublicKey = &testpki.Key(testpki.StrangerKey).PublicKey
	other, err := jpki.Issue(r, testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
	if err != nil {
		return nil, err
	}
	return forgery.Cases(forgery.Signers{Key: testpki.Key(testpki.HolderKey), Cert: cert, Twin: twinCert, Other: other,
		OtherKey: testpki.Key(testpki.StrangerKey), At: testpki.Now})
})

func cases(t testing.TB) []forgery.Case {
	t.Helper()
	list, err := theCases()
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Shows: CRT-56, CRT-57
func TestVerify_AttacksAndControls(t *testing.T) {
	good, bad := 0, 0
	seen := map[string]bool{}
	for _, c := range cases(t) {
		if seen[c.Name] {
			t.Errorf("%s comes twice", c.Name)
		}
		seen[c.Name] = true
		o := options(t)
		o.AllowUnbound = !c.Bound
		r := xmlsig.VerifyElement(c.Doc, o, c.Detached, c.Demand)
		want(t, c.Name, r, c.Reason)
		if c.Reason == verify.NoReason {
			good++
		} else {
			bad++
		}
	}
	if good < 9 || bad < 60 {
		t.Errorf("%d good, %d bad", good, bad)
	}
}
