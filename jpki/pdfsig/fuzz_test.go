package pdfsig_test

import (
	"testing"

	"kado/jpki/pdfsig"
	"kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
)

// Whatever comes, Verify answers and never passes what it was not shown to sign:
// the seeds that pass are those of the good cases.
func FuzzVerify(f *testing.F) {
	o := options(f)
	for _, c := range forgery.Cases() {
		if c.Name == "bomb" || c.Name == "deep" {
			continue
		}
		file, err := c.File(kit())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		r := pdfsig.Verify(file, o)
		if r.Verdict != r.Reason.Verdict() {
			t.Fatalf("%s, but %s", r.Verdict, r.Reason)
		}
		if r.Verdict == verify.Passed && len(r.Signatures) == 0 {
			t.Fatal("passed without a signature")
		}
	})
}

// What Sign signs, Verify passes.
func FuzzSign(f *testing.F) {
	o := options(f)
	for _, file := range documents() {
		f.Add(file)
	}
	k := kit()
	f.Fuzz(func(t *testing.T, file []byte) {
		if len(file) > 1<<16 {
			t.Skip()
		}
		out, err := pdfsig.Sign(file, k.Key, k.Cert, pdfsig.SignOptions{})
		if err != nil {
			return
		}
		if string(out[:len(file)]) != string(file) {
			t.Fatal("the document itself was changed")
		}
		r := pdfsig.Verify(out, o)
		held := false
		for _, s := range r.Signatures {
			held = held || s.Verdict == verify.Passed
		}
		if !held {
			t.Fatalf("%s", checks(r))
		}
	})
}
