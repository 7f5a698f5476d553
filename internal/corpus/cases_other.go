package corpus

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"sort"
	"time"

	"kado/jpki"
	"kado/jpki/ocsp"
	pdfforgery "kado/jpki/pdfsig/forgery"
	"kado/jpki/verify"
	xmlforgery "kado/jpki/xmlsig/forgery"
)

// plus adds the modulus to a value, in one octet more if need be.
func plus(value []byte, n *big.Int) []byte {
	v := new(big.Int).Add(new(big.Int).SetBytes(value), n)
	return v.Bytes()
}

// listWith makes a list of the profile's scope with one more extension.
func (w *world) listWith(template func(func(*x509.RevocationList)) []byte, more pkixExtension) []byte {
	return template(func(t *x509.RevocationList) {
		t.ExtraExtensions = []pkixExtension{{Id: []int{2, 5, 29, 28}, Critical: true, Value: tlv(0x30, []byte{0x81, 1, 0xFF})}, more}
	})
}

// bare: a signature value alone, as a card returns it.
func (w *world) bare() {
	const group = "bare"
	key := w.keys[holderKey]
	info := digestInfo(crypto.SHA256, content)
	value := rawSign(key, block(256, info))
	add := func(name, about string, v []byte, means, file string, over []byte, reason verify.Reason, o ...option) {
		w.add(group, name, about, verify.FormatBare, v, reason, append([]option{beside(file, over), func(_ *world, i *item) {
			i.Means, i.Signer, i.files["signer.pem"] = means, "signer.pem", pemOf(w.holder)
		}, unbound()}, o...)...)
	}
	digest := sha256.Sum256(content)
	byContent := func(name, about string, v []byte, reason verify.Reason) {
		add(name, about, v, "content", "content.txt", content, reason)
	}
	byContent("good-over-content", "A card's signature over the content.", value, verify.NoReason)
	add("good-over-digest", "The same, judged by the digest.", value, "digest", "content.sha256", digest[:], verify.NoReason)
	add("good-over-digest-info", "The same, judged by the DigestInfo that was sent to the card.", value, "digest-info", "content.digestinfo", info, verify.NoReason)
	add("content-changed-bare", "The content is another.", value, "content", "content.txt", []byte("other"), verify.BadSignature)
	other := sha256.Sum256([]byte("other"))
	add("digest-changed", "The digest is another.", value, "digest", "content.sha256", other[:], verify.BadSignature)
	add("digest-short", "The digest lacks an octet.", value, "digest", "content.sha256", digest[:31], verify.Malformed)
	add("digest-info-bare-without-null", "The DigestInfo lacks the NULL parameters, as its signature does.",
		rawSign(key, block(256, tlv(0x30, tlv(0x30, oidDER(oidSHA256)), tlv(4, digest[:])))), "digest-info", "content.digestinfo",
		tlv(0x30, tlv(0x30, oidDER(oidSHA256)), tlv(4, digest[:])), verify.Malformed)
	add("digest-info-bare-trailing", "Octets behind the DigestInfo, which the card signed.", rawSign(key, block(256, append(append([]byte{}, info...), 0, 0))), "digest-info", "content.digestinfo",
		append(append([]byte{}, info...), 0, 0), verify.Malformed)
	add("digest-info-bare-sha1", "A DigestInfo by SHA-1.", rawSign(key, block(256, digestInfo(crypto.SHA1, content))), "digest-info", "content.digestinfo",
		digestInfo(crypto.SHA1, content), verify.WeakAlgorithm)
	byContent("value-of-sha1", "The value is over a SHA-1 digest.", rawSign(key, block(256, digestInfo(crypto.SHA1, content))), verify.BadSignature)
	byContent("value-without-digest-info", "The bare digest was padded.", rawSign(key, block(256, digest[:])), verify.BadSignature)
	byContent("value-trailing-garbage", "The block has octets behind the digest.", rawSign(key, block(256, append(append([]byte{}, info...), 1, 2, 3))), verify.BadSignature)
	byContent("value-long-lengths", "The block's DigestInfo has a length in long form.", rawSign(key, block(256, append([]byte{0x30, 0x81}, info[1:]...))), verify.BadSignature)
	byContent("value-type-2", "The block is of type 2.", func() []byte { b := block(256, info); b[1] = 2; return rawSign(key, b) }(), verify.BadSignature)
	byContent("value-zero-in-front", "A zero octet too many in front of the value.", append([]byte{0}, value...), verify.BadSignature)
	byContent("value-beyond-modulus", "The value plus the modulus.", plus(value, key.N), verify.BadSignature)
	byContent("value-by-other-key", "Another key made the value.", rawSign(w.keys[otherKey], block(256, info)), verify.BadSignature)
	byContent("value-no-octets", "No value at all.", []byte{}, verify.Malformed)
	add("certificate-revoked-bare", "The signer's certificate is revoked.", value, "content", "content.txt", content, verify.CertRevoked, crls(w.crl(now, revoked(jpki.KeyCompromise, signedAt))))
	e3 := w.forge(func(b *body) { b.key = spki(w.e3) })
	small := func(name, about string, v []byte) {
		add(name, about, v, "content", "content.txt", content, verify.WeakAlgorithm, func(w *world, i *item) { i.files["signer.pem"] = pemOf(&x509.Certificate{Raw: e3}) })
	}
	small("exponent-3", "The key has the exponent 3; it made the value.", rawSign(w.e3, block(256, info)))
	small("exponent-3-cube-root", "A cube root without the private key (Bleichenbacher, 2006).", cubeRootForgery(256, info))
}

// stamps: time-stamps over a CMS signature, and their authorities.
func (w *world) stamps() {
	const group = "time-stamp"
	// Written by hand, because the product would not take a token that does not fit.
	base := signer{cert: w.holder, key: w.keys[holderKey], over: content,
		attributes: func(l [][]byte) [][]byte { return append(l, attribute(oidSigningTime, utc(signedAt))) }}
	signed := func(tokens ...func([]byte) ([]byte, error)) []byte {
		var value []byte
		s := base
		s.value = func(toSign []byte) []byte {
			value = rawSign(s.key, block(s.key.Size(), digestInfo(crypto.SHA256, toSign)))
			return value
		}
		s.der()
		d := sha256.Sum256(value)
		var list [][]byte
		for _, token := range tokens {
			list = append(list, octets(w)(token(d[:])))
		}
		sort.Slice(list, func(i, j int) bool { return string(list[i]) < string(list[j]) })
		s.unsigned = attribute(oidTimeStamp, list...)
		return container{certificates: []*x509.Certificate{w.holder}, signers: [][]byte{s.der()}}.der()
	}
	add := func(name, about string, document []byte, reason verify.Reason, o ...option) {
		w.cms(group, name, about, document, reason, append([]option{stampedBy(w.tsaCert)}, o...)...)
	}
	good := signed(w.stamp(signedAt))
	add("good-time-stamp", "A time-stamp by an authority that the reader believes.", good, verify.NoReason)
	add("good-expired-after-time-stamp", "The certificate ended after the time that the time-stamp proves; list made before the end.", good, verify.NoReason, at(ends.Add(30*day)), crls(w.crl(ends.Add(-day))))
	made := ends.Add(20 * day)
	add("good-answer-with-archive-cutoff", "The same with an answer made after the end by a responder that remembers that long.", good, verify.NoReason, at(made.Add(time.Minute)),
		answers(w.archive(made)), crls())
	add("time-stamp-of-another", "The time-stamp is over another signature.", signed(func([]byte) ([]byte, error) {
		d := sha256.Sum256([]byte("other"))
		return w.stamp(signedAt)(d[:])
	}), verify.BadTimeStamp)
	add("time-stamp-over-content", "The time-stamp is over the content instead of the signature value.", signed(func([]byte) ([]byte, error) {
		d := sha256.Sum256(content)
		return w.stamp(signedAt)(d[:])
	}), verify.BadTimeStamp)
	add("time-stamp-by-rogue", "The authority calls itself like the believed one, with another key.", signed(w.stampBy(w.rogueTSACert, rogueTSA, signedAt)), verify.BadTimeStamp)
	add("time-stamp-from-future", "The time-stamp lies after the instant of the judgement.", signed(w.stamp(now.Add(day))), verify.BadTimeStamp)
	add("time-stamp-flipped", "One bit of the time in the token is another.", signed(func(d []byte) ([]byte, error) {
		token, err := w.stamp(signedAt)(d)
		if err == nil {
			token[bytes.Index(token, []byte("20260302"))+7] ^= 1
		}
		return token, err
	}), verify.BadTimeStamp)
	add("time-stamp-garbage", "What stands in the place of the time-stamp is none.", signed(func([]byte) ([]byte, error) { return tlv(0x30, oidDER(oidData)), nil }), verify.BadTimeStamp)
	add("time-stamp-before-certificate", "The time-stamp lies before the certificate begins.", signed(w.stamp(issued.Add(-day))), verify.CertNotYet)
	add("time-stamp-after-certificate", "The time-stamp lies after the certificate's end.", signed(w.stamp(ends.Add(day))), verify.CertExpired, at(ends.Add(2*day)), crls(w.crl(ends.Add(day))))
	add("time-stamps-two-one-bad", "Of two time-stamps one is over something else.", signed(w.stamp(signedAt), func([]byte) ([]byte, error) {
		d := sha256.Sum256([]byte("other"))
		return w.stamp(signedAt.Add(-100 * day))(d[:])
	}), verify.BadTimeStamp)
}

// archive is a good answer made after the certificate's end, with a cutoff that
// covers it, by a responder that is in force then.
func (w *world) archive(made time.Time) []byte {
	responder := w.parsed(w.forgeBy(w.responder, w.keys[signatureCA], func(b *body) {
		b.validity = tlv(0x30, utc(made.Add(-day)), utc(made.Add(day)))
	}))
	return w.answerBy(responder, w.keys[responderKey], made, func(s *ocsp.SingleResponse) { s.ArchiveCutoff = ends.AddDate(-1, 0, 0) })
}

// pdf takes over the cases of PDF documents.
func (w *world) pdf() {
	kit := pdfforgery.Kit{Key: w.keys[holderKey], Cert: w.holder, Chain: []*x509.Certificate{w.sig}, Time: signedAt}
	for _, c := range pdfforgery.Cases() {
		w.add("pdf", "pdf-"+c.Name, c.About, verify.PDF, octets(w)(c.File(kit)), c.Reason)
	}
}

// xml takes over the cases of XML documents.
func (w *world) xml() {
	list, err := xmlforgery.Cases(xmlforgery.Signers{Key: w.keys[holderKey], Cert: w.holder, Twin: w.twin, Other: w.other, OtherKey: w.keys[otherKey], At: signedAt})
	w.fail(err)
	for _, c := range list {
		w.add("xml", "xml-"+c.Name, c.What, verify.XML, c.Doc, c.Reason, func(_ *world, i *item) {
			i.Unbound = !c.Bound
			if c.Demand.ID != "" || c.Demand.Local != "" {
				i.Demand = &Demand{c.Demand.ID, c.Demand.Space, c.Demand.Local}
			}
			for uri, b := range c.Detached {
				if i.Detached == nil {
					i.Detached = map[string]string{}
				}
				i.Detached[uri], i.files[uri] = uri, b
			}
		})
	}
}
