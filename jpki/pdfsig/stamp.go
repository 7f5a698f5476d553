package pdfsig

import (
	"encoding/asn1"
	"time"

	"kado/jpki/tsa"
	"kado/jpki/verify"
)

var oidData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

// stampTime checks a time-stamp over a signature value. The time is zero where no
// authority is trusted: then the token proves nothing, but it still has to be over
// this value.
func stampTime(token, value []byte, o verify.Options) (time.Time, error) {
	if len(o.Trust.TSA) == 0 {
		t, err := tsa.Parse(token)
		if err != nil {
			return time.Time{}, wrong(verify.BadTimeStamp, err.Error())
		}
		if !t.Covers(value) {
			return time.Time{}, wrong(verify.BadTimeStamp, "the time-stamp is over something else")
		}
		return time.Time{}, nil
	}
	t, err := tsa.Verify(token, value, o.Trust.TSA)
	if err != nil {
		return time.Time{}, wrong(verify.BadTimeStamp, err.Error())
	}
	return t.Time, nil
}

// judgeStamp judges a document time-stamp: a token over the ranges.
func judgeStamp(out *verify.Signature, c *cover, o verify.Options) {
	t, err := tsa.Parse(c.value)
	if err != nil {
		out.Fail("signature", verify.BadTimeStamp, err.Error())
		return
	}
	h := t.Imprint.Hash.New()
	h.Write(c.before)
	h.Write(c.behind)
	imprint := tsa.Imprint{Hash: t.Imprint.Hash, Digest: h.Sum(nil)}
	if string(imprint.Digest) != string(t.Imprint.Digest) {
		out.Fail("content", verify.ContentChanged, "the time-stamp is over other content")
		return
	}
	out.Hold("content", "digest of both ranges")
	if len(o.Trust.TSA) == 0 {
		out.Fail("time", verify.NoTrust, "no time-stamp authority is trusted")
		return
	}
	if t, err = tsa.VerifyDigest(c.value, imprint, o.Trust.TSA); err != nil {
		out.Fail("time", verify.BadTimeStamp, err.Error())
		return
	}
	noteStamp(out, t.Time)
}
