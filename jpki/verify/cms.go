package verify

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/asn1"
	"errors"
	"fmt"
	"strings"

	"kado/jpki/cms"
)

var oidData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}

// CMS judges every signature of a SignedData (DER). content is what a detached
// signature is over; nil means none was given. Content given beside an attached
// signature must be the attached one.
func CMS(der, content []byte, o Options) *Report {
	return judgeCMS(der, o, nil, func(sd *cms.SignedData) (Reason, string, func(crypto.Hash) []byte) {
		switch {
		case sd.Content == nil && content == nil:
			return ContentMissing, "the signature is detached, and no content was given", nil
		case sd.Content == nil:
			sd.Content = content
		case content != nil && string(content) != string(sd.Content):
			return ContentChanged, "the content given is not the attached one", nil
		}
		return NoReason, "", func(h crypto.Hash) []byte {
			f := h.New()
			f.Write(sd.Content)
			return f.Sum(nil)
		}
	})
}

// Detached is CMS for a detached signature over content of which the caller has
// the digests, with revocation data that lie outside the SignedData (Source
// "document").
func Detached(der []byte, digest func(crypto.Hash) []byte, o Options, more []Material) *Report {
	return judgeCMS(der, o, more, func(sd *cms.SignedData) (Reason, string, func(crypto.Hash) []byte) {
		if sd.Content != nil {
			return AmbiguousContent, "the signature carries its own content", nil
		}
		return NoReason, "", digest
	})
}

func judgeCMS(der []byte, o Options, more []Material, content func(*cms.SignedData) (Reason, string, func(crypto.Hash) []byte)) *Report {
	r := &Report{Format: FormatCMS}
	defer r.Conclude()
	sd, err := cms.Parse(der)
	if err != nil {
		r.Reason, r.Detail = causeOf(err)
		return r
	}
	if !sd.ContentType.Equal(oidData) {
		r.Reason, r.Detail = Unsupported, "signed content of type "+sd.ContentType.String()
		return r
	}
	reason, detail, digest := content(sd)
	if reason != NoReason {
		r.Reason, r.Detail = reason, detail
		return r
	}
	digest = once(digest)
	more = append(embedded(sd.CRLs, sd.OCSP), more...)
	for i, signer := range sd.Signers {
		var s Signature
		if len(sd.Signers) > 1 {
			s.Name = fmt.Sprintf("signer %d", i+1)
		}
		judgeSigner(&s, sd, signer, digest, o, more)
		r.Signatures = append(r.Signatures, s)
	}
	return r
}

// once computes each digest one time, however many signers there are.
func once(digest func(crypto.Hash) []byte) func(crypto.Hash) []byte {
	known := map[crypto.Hash][]byte{}
	return func(h crypto.Hash) []byte {
		if h == 0 {
			return nil
		}
		if _, ok := known[h]; !ok {
			known[h] = digest(h)
		}
		return known[h]
	}
}

func embedded(crls, ocsp [][]byte) []Material {
	var out []Material
	for _, der := range crls {
		out = append(out, Material{Source: sourceDocument, CRL: der})
	}
	for _, der := range ocsp {
		out = append(out, Material{Source: sourceDocument, OCSP: der})
	}
	return out
}

func judgeSigner(s *Signature, sd *cms.SignedData, signer *cms.Signer, digest func(crypto.Hash) []byte, o Options, more []Material) {
	s.CheckedAt = o.At
	s.Claimed = signer.SigningTime
	cert, err := sd.Certificate(signer)
	if err != nil {
		s.failCMS(err)
		return
	}
	s.Signer = cert.Raw
	s.Algorithm = algorithmName(cert.PublicKey, signer.Hash)
	if err := signer.Verify(cert, digest(signer.Hash), cms.VerifyOptions{AllowUnbound: o.AllowUnbound}); err != nil {
		s.failCMS(err)
		return
	}
	s.Hold("form", "")
	s.Hold("content", "message digest")
	s.Hold("signature", s.Algorithm)
	if signer.Bound {
		s.Hold("signer", "named by digest")
		s.Level = levelB
	} else {
		s.Hold("signer", "not named by digest, as permitted")
	}
	stamped := Stamps(s, signer.TimeStamps, signer.Value, o)
	if !stamped.IsZero() && s.Level == levelB {
		s.Level = levelT
	}
	Signer(s, cert, stamped, o, append(embedded(signer.CRLs, signer.OCSP), more...))
}

// causes maps what package cms refuses to the check that it belongs to and the
// reason.
var causes = map[cms.Cause]struct {
	check  string
	reason Reason
}{
	cms.Malformed:      {"form", Malformed},
	cms.TooLarge:       {"form", TooLarge},
	cms.Unsupported:    {"form", Unsupported},
	cms.Weak:           {"form", WeakAlgorithm},
	cms.NoContent:      {"content", ContentMissing},
	cms.ContentChanged: {"content", ContentChanged},
	cms.NoCertificate:  {"signer", NoSigner},
	cms.WrongSigner:    {"signer", WrongSigner},
	cms.Unbound:        {"signer", NotBound},
	cms.BadSignature:   {"signature", BadSignature},
}

func (s *Signature) failCMS(err error) {
	reason, detail := causeOf(err)
	check := "form"
	var e *cms.Error
	if errors.As(err, &e) {
		check = causes[e.Cause].check
	}
	s.Fail(check, reason, detail)
}

func causeOf(err error) (Reason, string) {
	var e *cms.Error
	if !errors.As(err, &e) {
		return Malformed, ""
	}
	c, ok := causes[e.Cause]
	if !ok {
		return Malformed, ""
	}
	return c.reason, e.Detail
}

// algorithmName is for instance "RSA-2048 SHA-256".
func algorithmName(key crypto.PublicKey, hash crypto.Hash) string {
	name := strings.TrimPrefix(hash.String(), "unknown hash value 0")
	switch k := key.(type) {
	case *rsa.PublicKey:
		return strings.TrimSpace(fmt.Sprintf("RSA-%d %s", k.N.BitLen(), name))
	case *ecdsa.PublicKey:
		return strings.TrimSpace(fmt.Sprintf("ECDSA %s %s", k.Curve.Params().Name, name))
	}
	return name
}
