package pdfsig

import (
	"cmp"
	"crypto"
	"fmt"

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
		judgeValue(&out, c, subFilter, o, evidence)
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
	f.Each(rev, func(o *pdf.Indirect) {
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

// judgeValue has the CMS in the hole judged, with its time-stamps and its signer.
func judgeValue(out *verify.Signature, c *cover, subFilter pdf.Name, o verify.Options, evidence []verify.Material) {
	// Plain adbe.pkcs7.detached need not name its certificate; PAdES has to.
	pades := subFilter == "ETSI.CAdES.detached"
	o.AllowUnbound = o.AllowUnbound && !pades
	r := verify.Detached(c.value, c.digest, o, evidence)
	switch {
	case len(r.Signatures) == 0 && r.Reason == verify.AmbiguousContent:
		out.Fail("content", r.Reason, r.Detail)
		return
	case len(r.Signatures) == 0:
		out.Fail("signature", cmp.Or(r.Reason, verify.Malformed), r.Detail)
		return
	case len(r.Signatures) > 1:
		out.Fail("signature", verify.Malformed, "the signature value has more than one signer")
		return
	}
	s := r.Signatures[0]
	s.Name, s.Checks = out.Name, append(out.Checks, s.Checks...)
	s.Verdict = "" // what comes behind may fail yet
	switch {
	case s.Claimed.IsZero():
		s.Claimed = out.Claimed
	case pades:
		s.Hold("form", "a signing time stands in the value, from which PAdES keeps it out")
		s.Level = ""
	}
	if !pades {
		s.Level = ""
	}
	*out = s
}

// digest hashes what the ranges cover.
func (c *cover) digest(hash crypto.Hash) []byte {
	h := hash.New()
	h.Write(c.before)
	h.Write(c.behind)
	return h.Sum(nil)
}
