package xmlsig

import (
	"bytes"
	"crypto/x509"
	"time"

	"kado/jpki/verify"
)

// Verify judges every signature of a document. detached holds content beside the
// document by the URI with which references name it; nothing is ever fetched. The
// signed element has to be the root of the document; where it is another by
// agreement, use VerifyElement.
func Verify(doc []byte, o verify.Options, detached map[string][]byte) *verify.Report {
	return VerifyElement(doc, o, detached, Demand{})
}

// VerifyElement is Verify for a caller who will read only the demanded element.
func VerifyElement(doc []byte, o verify.Options, detached map[string][]byte, d Demand) *verify.Report {
	r := &verify.Report{Format: verify.XML, Signatures: []verify.Signature{}}
	defer r.Conclude()
	parsed, err := parse(doc)
	if err != nil {
		r.Reason, r.Detail = reasonOf(err)
		return r
	}
	if len(parsed.signatures) > MaxSignatures {
		r.Reason, r.Detail = verify.TooLarge, "signatures"
		return r
	}
	v := &verifier{doc: parsed, detached: detached, demand: d, options: o, work: maxWork}
	for _, n := range parsed.signatures {
		r.Signatures = append(r.Signatures, v.signature(n))
	}
	return r
}

// verifier judges the signatures of one document.
type verifier struct {
	doc      *document
	detached map[string][]byte
	demand   Demand
	options  verify.Options
	work     int // octets that may still be canonicalized
}

// signature judges one.
func (v *verifier) signature(n *node) verify.Signature {
	out := verify.Signature{CheckedAt: v.options.At}
	fail := func(check string, err error) {
		reason, detail := reasonOf(err)
		out.Fail(check, reason, detail)
	}
	s, err := readSignature(n)
	if err != nil {
		fail("form", err)
		return out
	}
	out.Name = shorten(s.id)
	p, err := s.readProperties()
	if err != nil {
		fail("form", err)
		return out
	}
	keys, err := readKeyInfo(s.keyInfo)
	if err != nil {
		fail("form", err)
		return out
	}
	out.Hold("form", "")
	out.Claimed = p.claimed

	contentErr := v.content(s)
	if contentErr != nil {
		fail("content", contentErr)
	} else {
		out.Hold("content", "")
	}
	cert, bound, err := v.signer(s, p, keys)
	if cert != nil {
		out.Signer = cert.Raw
	}
	if err != nil {
		fail("signer", err)
	} else {
		out.Hold("signer", "")
	}
	if cert == nil {
		return out
	}
	if out.Algorithm, err = s.method.describe(cert.PublicKey); err == nil {
		var digest []byte
		if digest, err = v.signedInfo(s); err == nil {
			err = s.method.check(cert.PublicKey, digest, s.value)
		}
	}
	if err != nil {
		fail("signature", err)
	} else {
		out.Hold("signature", "")
	}
	if contentErr == nil {
		if signed, err := v.coverage(s, p); err != nil {
			fail("coverage", err)
		} else {
			out.Hold("coverage", signed)
		}
	}
	stamped := v.stamp(&out, s, p)
	if bound && p.signer != nil {
		out.Level = "B-B"
		if !stamped.IsZero() {
			out.Level = "B-T"
		}
	}
	verify.Signer(&out, cert, stamped, v.options, material(keys, p))
	return out
}

// signer finds the signer's certificate and whether the signature names it.
func (v *verifier) signer(s *signature, p *properties, k *keyInfo) (cert *x509.Certificate, bound bool, err error) {
	named, byKeyInfo, err := s.binding(p)
	if err != nil {
		return nil, false, err
	}
	if cert, err = k.signer(named); err != nil {
		return nil, false, err
	}
	if err := k.agrees(cert.PublicKey); err != nil {
		return cert, false, err
	}
	if named != nil {
		return cert, true, named.checkIssuerSerial(cert)
	}
	if byKeyInfo {
		return cert, true, nil
	}
	if !v.options.AllowUnbound {
		return cert, false, refuse(verify.NotBound, "the signature does not name its certificate by digest")
	}
	return cert, false, nil
}

// material is the revocation data that came in the document.
func material(k *keyInfo, p *properties) []verify.Material {
	var out []verify.Material
	for _, list := range [][][]byte{k.lists, p.lists} {
		for _, der := range list {
			out = append(out, verify.Material{Source: "document", Name: "X509CRL", CRL: der})
		}
	}
	for _, der := range p.answers {
		out = append(out, verify.Material{Source: "document", Name: "OCSP", OCSP: der})
	}
	return out
}

// stamp judges the time-stamps over the SignatureValue element (EN 319 132-1,
// 5.3), each in the canonical form that it names.
func (v *verifier) stamp(out *verify.Signature, s *signature, p *properties) time.Time {
	var proved time.Time
	for i, token := range p.stamps {
		over, err := v.stamped(s, p.stampC[i])
		if err != nil {
			out.Fail("time", verify.TooLarge, "time-stamped value")
			return time.Time{}
		}
		proved = verify.Stamps(out, [][]byte{token}, over, v.options)
		if out.Reason != verify.NoReason && proved.IsZero() {
			return proved
		}
	}
	return proved
}

// stamped is what a time-stamp is over.
func (v *verifier) stamped(s *signature, c canonical) ([]byte, error) {
	var b bytes.Buffer
	_, err := c.write(&b, subset{apex: s.valueNode}, &v.work)
	return b.Bytes(), err
}
