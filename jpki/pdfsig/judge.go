package pdfsig

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"kado/jpki/cms"
	"kado/jpki/pdfsig/internal/pdf"
	"kado/jpki/verify"
)

func judge(file []byte, o verify.Options) *verify.Report {
	r := &verify.Report{Format: verify.PDF}
	defer r.Conclude()
	f, err := pdf.Open(file)
	if err != nil {
		r.Reason, r.Detail = reasonOf(err), err.Error()
		return r
	}
	if f.Catalog(f.Last()) == nil {
		r.Reason, r.Detail = verify.Malformed, "the document catalog is missing"
		return r
	}
	all, err := signatures(f)
	if err != nil {
		r.Reason, r.Detail = reasonOf(err), err.Error()
		return r
	}
	evidence := material(f)
	for _, s := range all {
		r.Signatures = append(r.Signatures, judgeSignature(f, s, o, evidence))
	}
	return r
}

func judgeSignature(f *pdf.File, s *found, o verify.Options, evidence []verify.Material) verify.Signature {
	out := verify.Signature{Name: s.name, CheckedAt: o.At}
	if s.stray != "" {
		out.Fail("form", s.stray, s.detail)
		return out
	}
	subFilter, err := kindOf(s.dict)
	if err != nil {
		fail(&out, "form", err)
		return out
	}
	if f.Dict(f.Last(), f.Catalog(f.Last()).Get("AcroForm")).Has("XFA") {
		out.Fail("form", verify.Unsupported, "a form that programs draw (XFA)")
		return out
	}
	out.Hold("form", string(subFilter))
	c, err := covered(f, s)
	if err != nil {
		fail(&out, "coverage", err)
		return out
	}
	node, err := holder(f, c.rev, s)
	if err == nil {
		err = wholeInside(f, c.rev)
	}
	if err != nil {
		fail(&out, "coverage", err)
		return out
	}
	out.Hold("coverage", fmt.Sprintf("all of revision %d of %d", c.rev+1, len(f.Revisions)))
	out.Claimed = readDate(s.dict.Get("M"))
	if subFilter == "ETSI.RFC3161" {
		judgeStamp(&out, c, o)
	} else {
		judgeValue(&out, c, s, subFilter, o, evidence)
	}
	judgeChanges(&out, f, c.rev, permissionOf(f, c.rev, s.dict, node))
	return out
}

// holder finds the field that holds the signature in the very revision that was
// signed.
func holder(f *pdf.File, rev int, s *found) (*pdf.Dict, error) {
	nodes, err := fields(f, rev)
	if err != nil {
		return nil, wrong(verify.Malformed, err.Error())
	}
	for _, n := range nodes {
		if n.isSignature() && f.Dict(rev, n.dict.Get("V")) == s.dict {
			return n.dict, nil
		}
	}
	return nil, wrong(verify.AmbiguousContent, "the signed revision holds the signature in no field")
}

// wholeInside refuses documents that show what lies in another file.
func wholeInside(f *pdf.File, rev int) error {
	var err error
	eachObject(f, rev, func(o *pdf.Indirect) {
		if s, ok := o.Value.(*pdf.Stream); ok && (s.Dict.Has("F") || s.Dict.Has("Ref")) {
			err = wrong(verify.NotAllSigned, "the document shows what lies in another file")
		}
	})
	return err
}

func judgeChanges(out *verify.Signature, f *pdf.File, rev int, allowed permission) {
	if err := changes(f, rev, allowed); err != nil {
		fail(out, "updates", err)
		return
	}
	if n := f.Last() - rev; n > 0 {
		out.Hold("updates", fmt.Sprintf("%d behind the signature, which change nothing that was signed", n))
		return
	}
	out.Hold("updates", "none behind the signature")
}

// reasons maps what the CMS package refuses to the closed list.
var reasons = map[cms.Cause]verify.Reason{
	cms.Malformed: verify.Malformed, cms.TooLarge: verify.TooLarge, cms.Unsupported: verify.Unsupported,
	cms.NoContent: verify.AmbiguousContent, cms.NoCertificate: verify.NoSigner, cms.ContentChanged: verify.ContentChanged,
	cms.WrongSigner: verify.WrongSigner, cms.BadSignature: verify.BadSignature, cms.Weak: verify.WeakAlgorithm, cms.Unbound: verify.NotBound,
}

func failCMS(out *verify.Signature, err error) {
	var e *cms.Error
	if !errors.As(err, &e) {
		out.Fail("signature", verify.Malformed, "the signature value")
		return
	}
	r, ok := reasons[e.Cause]
	if !ok {
		r = verify.Malformed
	}
	check := "signature"
	switch r {
	case verify.ContentChanged:
		check = "content"
	case verify.NoSigner, verify.WrongSigner, verify.NotBound:
		check = "signer"
	}
	out.Fail(check, r, strings.TrimPrefix(e.Error(), "cms: "))
}

// judgeValue checks the CMS in the hole, its time-stamp and its signer.
func judgeValue(out *verify.Signature, c *cover, s *found, subFilter pdf.Name, o verify.Options, evidence []verify.Material) {
	sd, err := cms.Parse(c.value)
	if err != nil {
		failCMS(out, err)
		return
	}
	if len(sd.Signers) != 1 {
		out.Fail("signature", verify.Malformed, "the signature value has not one signer")
		return
	}
	if sd.Content != nil {
		out.Fail("content", verify.AmbiguousContent, "the signature value carries its own content")
		return
	}
	signer := sd.Signers[0]
	if !sd.ContentType.Equal(oidData) {
		out.Fail("signature", verify.Unsupported, "content type "+sd.ContentType.String())
		return
	}
	cert, err := sd.Certificate(signer)
	if err != nil {
		failCMS(out, err)
		return
	}
	out.Signer = cert.Raw
	out.Algorithm = algorithm(cert, signer)
	// Plain adbe.pkcs7.detached need not be bound; PAdES has to be.
	unbound := o.AllowUnbound && subFilter == "adbe.pkcs7.detached"
	if err := signer.Verify(cert, c.digest(signer), cms.VerifyOptions{AllowUnbound: unbound}); err != nil {
		failCMS(out, err)
		return
	}
	out.Hold("content", "digest of both ranges")
	out.Hold("signature", "")
	pades := subFilter == "ETSI.CAdES.detached"
	if !signer.SigningTime.IsZero() {
		out.Claimed = signer.SigningTime
		if pades {
			out.Checks[0].Detail += "; with a signing time, which PAdES keeps out of the value"
		}
	}
	if signer.Bound {
		out.Hold("signer", "named by digest")
	} else {
		out.Hold("signer", "not named by digest, as permitted")
	}
	judgeStamps(out, signer, o)
	verify.Signer(out, cert, out.Stamped, o, evidence)
	out.Level = level(out, pades && signer.Bound && signer.SigningTime.IsZero())
}

// digest hashes what the ranges cover.
func (c *cover) digest(s *cms.Signer) []byte {
	if s.Hash == 0 {
		return nil
	}
	h := s.Hash.New()
	h.Write(c.before)
	h.Write(c.behind)
	return h.Sum(nil)
}

// level says how far the signature comes.
func level(s *verify.Signature, baseline bool) string {
	if !baseline {
		return ""
	}
	if s.Stamped.IsZero() {
		return LevelB
	}
	for _, e := range s.Evidence {
		if e.Source == "document" && (e.Kind == "ocsp" || e.Kind == "crl") {
			return LevelLT
		}
	}
	return LevelT
}

func algorithm(cert *x509.Certificate, s *cms.Signer) string {
	hash := strings.TrimPrefix(s.Hash.String(), "crypto.")
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d %s", k.N.BitLen(), hash)
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA %s %s", k.Curve.Params().Name, hash)
	}
	return ""
}

// judgeStamps takes the earliest of the time-stamps over the signature that hold.
// A token that does not hold is a failure: somebody put it there to be believed.
func judgeStamps(out *verify.Signature, s *cms.Signer, o verify.Options) {
	for _, token := range s.TimeStamps {
		t, err := stampTime(token, s.Value, o)
		if err != nil {
			fail(out, "time", err)
			return
		}
		if t.IsZero() {
			out.Hold("time", "a time-stamp that proves nothing, because no authority is trusted")
			continue
		}
		noteStamp(out, t)
	}
}

func noteStamp(out *verify.Signature, t time.Time) {
	if out.Stamped.IsZero() || t.Before(out.Stamped) {
		out.Stamped = t
	}
	out.Hold("time", "time-stamp of a trusted authority")
	out.Evidence = append(out.Evidence, verify.Evidence{Kind: "time-stamp", Source: "document", Time: t.UTC()})
}
