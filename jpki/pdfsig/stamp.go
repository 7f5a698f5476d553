package pdfsig

import (
	"kado/jpki/tsa"
	"kado/jpki/verify"
)

// judgeStamp judges a document time-stamp: a token over the ranges (ISO 32000-2,
// 12.8.5).
func judgeStamp(out *verify.Signature, c *cover, o verify.Options) {
	t, err := tsa.Parse(c.value)
	if err != nil {
		out.Fail("signature", verify.BadTimeStamp, "the token cannot be read")
		return
	}
	if !t.Imprint.Hash.Available() {
		out.Fail("signature", verify.WeakAlgorithm, "the digest of the time-stamp")
		return
	}
	imprint := tsa.Imprint{Hash: t.Imprint.Hash, Digest: c.digest(t.Imprint.Hash)}
	if string(imprint.Digest) != string(t.Imprint.Digest) {
		out.Fail("content", verify.ContentChanged, "the time-stamp is over other content")
		return
	}
	out.Hold("content", "digest of both ranges")
	if len(o.Trust.TSA) == 0 {
		out.Fail("time", verify.NoTrust, "no time-stamp authority is trusted")
		return
	}
	t, err = tsa.VerifyDigest(c.value, imprint, o.Trust.TSA)
	if err != nil || t.Time.After(o.At) {
		out.Fail("time", verify.BadTimeStamp, "not by a trusted time-stamp authority, or made after the instant of the judgement")
		return
	}
	out.CheckedAt, out.Stamped = t.Time.UTC(), t.Time.UTC()
	out.Hold("time", "time-stamp of a trusted authority")
	out.Evidence = append(out.Evidence, verify.Evidence{Kind: "time-stamp", Source: "document", Name: t.Authority.Subject.CommonName,
		Time: out.Stamped, Says: "the document existed"})
}
