package corpus

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"

	"kado/jpki/cms"
	"kado/jpki/verify"
)

// containers: the SignedData itself.
func (w *world) containers() {
	const group = "cms"
	holder := []*x509.Certificate{w.holder}
	good := signer{cert: w.holder, key: w.keys[holderKey], over: content}
	one := func(change func(*signer)) []byte {
		s := good
		change(&s)
		return container{certificates: holder, signers: [][]byte{s.der()}}.der()
	}
	add := func(name, about string, document []byte, reason verify.Reason, o ...option) {
		w.cms(group, name, about, document, reason, o...)
	}
	detached := w.signature(w.holder, holderKey, signedAt)
	attached := octets(w)(cms.Sign(w.keys[holderKey], w.holder, content, cms.Options{SigningTime: signedAt}))

	add("good-detached", "A detached baseline signature.", detached, verify.NoReason)
	add("good-attached", "The content travels in the signature.", attached, verify.NoReason, alone())
	add("good-with-chain", "The CA's certificate travels along.", octets(w)(cms.SignDetached(w.keys[holderKey], w.holder, content, cms.Options{Chain: []*x509.Certificate{w.sig}})), verify.NoReason)
	add("good-unbound-allowed", "A signature that does not name its certificate, for a reader who takes such.", one(func(s *signer) { s.attributes = dropSigningCertificate }), verify.NoReason, unbound())
	two := signer{cert: w.other, key: w.keys[otherKey], over: content}
	pair := func(second signer) []byte {
		a, b := good.der(), second.der()
		if string(b) < string(a) {
			a, b = b, a
		}
		return container{certificates: []*x509.Certificate{w.holder, w.other}, signers: [][]byte{a, b}}.der()
	}
	add("good-two-signers", "Two persons signed.", pair(two), verify.NoReason)
	add("good-unsigned-attribute", "An unsigned attribute that means nothing.", one(func(s *signer) { s.unsigned = attribute(oidUnknown, []byte{5, 0}) }), verify.NoReason)

	changed := append([]byte{}, content...)
	changed[0] ^= 1
	add("content-changed", "One bit of the content is another.", detached, verify.ContentChanged, beside("content.txt", changed))
	add("content-longer", "One octet was put behind the content.", detached, verify.ContentChanged, beside("content.txt", append(append([]byte{}, content...), '\n')))
	add("content-line-ends", "The line ends of the content were changed.", detached, verify.ContentChanged, beside("content.txt", crlf(content)))
	add("content-missing", "Detached, and no content came along.", detached, verify.ContentMissing, alone())
	inside := append([]byte{}, attached...)
	inside[indexOf(inside, content)] ^= 1
	add("attached-content-changed", "One bit of the attached content is another.", inside, verify.ContentChanged, alone())
	add("attached-and-other-beside", "The content attached is one, the content shown another.", attached, verify.ContentChanged, beside("content.txt", changed))
	add("digest-exchanged", "Content and message digest were exchanged together; the value is over the old attributes.", one(func(s *signer) {
		was := good
		s.over = changed
		s.value = func([]byte) []byte { return was.signatureValue() }
	}), verify.BadSignature, beside("content.txt", changed))
	add("value-flipped", "One bit of the signature value is another.", one(func(s *signer) {
		v := good.signatureValue()
		v[20] ^= 1
		s.value = func([]byte) []byte { return v }
	}), verify.BadSignature)
	add("value-by-another", "Another key made the value.", one(func(s *signer) { s.key = w.keys[otherKey] }), verify.BadSignature)
	add("value-empty", "The signature value has no octets.", one(func(s *signer) { s.value = func([]byte) []byte { return nil } }), verify.Malformed)
	add("value-over-content", "The value is over the content instead of the attributes.", one(func(s *signer) {
		s.value = func([]byte) []byte { return rawSign(w.keys[holderKey], block(256, digestInfo(crypto.SHA256, content))) }
	}), verify.BadSignature)
	add("value-over-tagged-attributes", "The value is over the attributes with the tag [0] under which they travel.", one(func(s *signer) {
		s.value = func(set []byte) []byte {
			tagged := append([]byte{0xA0}, set[1:]...)
			return rawSign(w.keys[holderKey], block(256, digestInfo(crypto.SHA256, tagged)))
		}
	}), verify.BadSignature)

	w.attributes(add, one)
	w.signers(add, good, pair, two)
	w.padding(add, one)
	w.shapes(add, one, good, detached)
}

func (s signer) signatureValue() []byte {
	list := [][]byte{attribute(oidContentType, oidDER(oidData)), attribute(oidMessageDigest, tlv(4, sum(crypto.SHA256, s.over))), attribute(oidSigningCertV2, certHash(s.cert))}
	for i := range list {
		for j := i + 1; j < len(list); j++ {
			if string(list[j]) < string(list[i]) {
				list[i], list[j] = list[j], list[i]
			}
		}
	}
	return rawSign(s.key, block(s.key.Size(), digestInfo(crypto.SHA256, tlv(0x31, list...))))
}

func dropSigningCertificate(list [][]byte) [][]byte { return list[:2] }

func crlf(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if c != '\r' {
			out = append(out, c)
		}
	}
	return out
}

type adder func(name, about string, document []byte, reason verify.Reason, o ...option)

// attributes: the signed attributes.
func (w *world) attributes(add adder, one func(func(*signer)) []byte) {
	with := func(change func(list [][]byte) [][]byte) []byte {
		return one(func(s *signer) { s.attributes = change })
	}
	digest := func(b []byte) []byte { return attribute(oidMessageDigest, tlv(4, sum(crypto.SHA256, b))) }
	add("no-signed-attributes", "The value is over the content itself: its octets could be taken for attributes.", one(func(s *signer) { s.none = true }), verify.Unsupported)
	add("attributes-not-in-order", "The signed attributes are not in DER order.", one(func(s *signer) {
		s.unsorted = true
		s.attributes = func(l [][]byte) [][]byte { return [][]byte{l[2], l[1], l[0]} }
	}), verify.Malformed)
	add("digest-missing", "No message digest among the signed attributes.", with(func(l [][]byte) [][]byte { return [][]byte{l[0], l[2]} }), verify.Malformed)
	add("digest-twice", "Two message digests: of the content and of another.", with(func(l [][]byte) [][]byte { return append(l, digest([]byte("other"))) }), verify.Malformed)
	add("digest-two-values", "One message digest attribute with two values.", with(func(l [][]byte) [][]byte {
		l[1] = attribute(oidMessageDigest, tlv(4, sum(crypto.SHA256, content)), tlv(4, sum(crypto.SHA256, []byte("other"))))
		return l
	}), verify.Malformed)
	add("content-type-missing", "No content type among the signed attributes.", with(func(l [][]byte) [][]byte { return l[1:] }), verify.Malformed)
	add("content-type-differs", "The signed content type is another than that of the content.", with(func(l [][]byte) [][]byte {
		l[0] = attribute(oidContentType, oidDER(oidSignedData))
		return l
	}), verify.Malformed)
	add("signing-time-malformed", "A signing time without seconds.", with(func(l [][]byte) [][]byte {
		return append(l, attribute(oidSigningTime, tlv(0x17, []byte("2604010300Z"))))
	}), verify.Malformed)
	add("certificate-not-named", "The signature does not name its certificate by digest.", with(dropSigningCertificate), verify.NotBound)
	add("names-another-certificate", "The signed digest is that of another certificate of the same key.", one(func(s *signer) { s.names = w.twin }), verify.WrongSigner)
}

// signers: who signed.
func (w *world) signers(add adder, good signer, pair func(signer) []byte, two signer) {
	bad := two
	bad.key = w.keys[holderKey]
	add("second-signer-bad", "The first of two signatures holds, the second does not.", pair(bad), verify.BadSignature)
	add("no-signer", "A SignedData that nobody signed.", container{certificates: []*x509.Certificate{w.holder}}.der(), verify.NoSignature)
	add("no-certificate", "The signer's certificate did not come along.", container{signers: [][]byte{good.der()}}.der(), verify.NoSigner)
	add("certificate-of-another", "Only somebody else's certificate came along.", container{certificates: []*x509.Certificate{w.other}, signers: [][]byte{good.der()}}.der(), verify.NoSigner)
	add("signer-names-another", "The signer is named by issuer and serial number of somebody else, whose certificate came along.", func() []byte {
		s := good
		s.serial = w.other.SerialNumber
		return container{certificates: []*x509.Certificate{w.holder, w.other}, signers: [][]byte{s.der()}}.der()
	}(), verify.WrongSigner)
	add("certificate-exchanged", "The certificate was exchanged for one of the same issuer, serial number and key with another name in it.", func() []byte {
		fake := w.forge(func(b *body) {
			for i, e := range b.extensions {
				if at := indexIn(e, []byte("試験")); at >= 0 {
					c := append([]byte{}, e...)
					copy(c[at:], "証明")
					b.extensions[i] = c
				}
			}
		})
		return container{raw: [][]byte{fake}, signers: [][]byte{good.der()}}.der()
	}(), verify.WrongSigner)
}

func indexIn(b, part []byte) int {
	for i := 0; i+len(part) <= len(b); i++ {
		if string(b[i:i+len(part)]) == string(part) {
			return i
		}
	}
	return -1
}

// padding: what RSA opens to.
func (w *world) padding(add adder, one func(func(*signer)) []byte) {
	key := w.keys[holderKey]
	value := func(f func(toSign []byte) []byte) []byte {
		return one(func(s *signer) { s.value = func(t []byte) []byte { return rawSign(key, f(t)) } })
	}
	hash := func(t []byte) []byte { return sum(crypto.SHA256, t) }
	add("digest-info-without-null", "The DigestInfo lacks the NULL parameters.", value(func(t []byte) []byte {
		return block(256, tlv(0x30, tlv(0x30, oidDER(oidSHA256)), tlv(4, hash(t))))
	}), verify.BadSignature)
	add("digest-info-trailing", "Octets follow the digest inside the padded block.", value(func(t []byte) []byte {
		return block(256, append(digestInfo(crypto.SHA256, t), 0xDE, 0xAD))
	}), verify.BadSignature)
	add("digest-info-parameters", "The algorithm of the DigestInfo has parameters of its own.", value(func(t []byte) []byte {
		return block(256, tlv(0x30, tlv(0x30, oidDER(oidSHA256), tlv(4, make([]byte, 24))), tlv(4, hash(t))))
	}), verify.BadSignature)
	add("digest-info-long-length", "A length in the DigestInfo takes one octet more than DER allows.", value(func(t []byte) []byte {
		info := digestInfo(crypto.SHA256, t)
		return block(256, append([]byte{0x30, 0x81}, info[1:]...))
	}), verify.BadSignature)
	add("digest-info-missing", "The bare digest was padded, without DigestInfo.", value(func(t []byte) []byte { return block(256, hash(t)) }), verify.BadSignature)
	add("digest-info-other-algorithm", "The DigestInfo names SHA-1 over a digest of 32 octets.", value(func(t []byte) []byte {
		return block(256, tlv(0x30, algorithmDER(oidSHA1), tlv(4, hash(t))))
	}), verify.BadSignature)
	add("padding-type-2", "Padding of block type 2, which is for encryption.", value(func(t []byte) []byte {
		b := block(256, digestInfo(crypto.SHA256, t))
		b[1] = 2
		return b
	}), verify.BadSignature)
	add("padding-short", "Eight octets of padding, then the DigestInfo, then whatever.", value(func(t []byte) []byte {
		b := make([]byte, 256)
		b[1] = 1
		for i := 2; i < 10; i++ {
			b[i] = 0xFF
		}
		copy(b[11:], digestInfo(crypto.SHA256, t))
		return b
	}), verify.BadSignature)
	add("padding-not-ff", "A padding octet that is not 0xFF.", value(func(t []byte) []byte {
		b := block(256, digestInfo(crypto.SHA256, t))
		b[20] = 0xFE
		return b
	}), verify.BadSignature)
	add("value-longer", "The signature value has a zero octet too many in front.", one(func(s *signer) {
		s.value = func(t []byte) []byte {
			return append([]byte{0}, rawSign(key, block(256, digestInfo(crypto.SHA256, t)))...)
		}
	}), verify.BadSignature)
	add("value-plus-modulus", "The signature value is larger than the modulus.", one(func(s *signer) {
		s.value = func(t []byte) []byte { return plus(rawSign(key, block(256, digestInfo(crypto.SHA256, t))), key.N) }
	}), verify.BadSignature)
	add("value-one", "The signature value is the number 1.", one(func(s *signer) {
		s.value = func([]byte) []byte { b := make([]byte, 256); b[255] = 1; return b }
	}), verify.BadSignature)
}

// shapes: the form of the container.
func (w *world) shapes(add adder, one func(func(*signer)) []byte, good signer, detached []byte) {
	holder := []*x509.Certificate{w.holder}
	sha1 := func(s *signer) { s.digest, s.hash, s.algorithm = oidSHA1, crypto.SHA1, oidSHA1RSA }
	weak := good
	sha1(&weak)
	add("sha1", "Digest and signature with SHA-1.", container{certificates: holder, digests: []asn1.ObjectIdentifier{oidSHA1}, signers: [][]byte{weak.der()}}.der(), verify.WeakAlgorithm)
	md5 := good
	md5.digest = oidMD5
	add("md5", "MD5 is declared.", container{certificates: holder, digests: []asn1.ObjectIdentifier{oidMD5}, signers: [][]byte{md5.der()}}.der(), verify.WeakAlgorithm)
	add("sha1-under-sha256", "SHA-256 is declared, the value is with SHA-1.", one(func(s *signer) {
		s.value = func(t []byte) []byte { return rawSign(w.keys[holderKey], block(256, digestInfo(crypto.SHA1, t))) }
	}), verify.BadSignature)
	add("digest-not-declared", "The list of digests names another than the signer's.", container{certificates: holder, digests: []asn1.ObjectIdentifier{{2, 16, 840, 1, 101, 3, 4, 2, 2}}, signers: [][]byte{good.der()}}.der(), verify.Malformed)
	add("rsa-pss", "RSASSA-PSS is declared.", one(func(s *signer) { s.algorithm = oidRSAPSS }), verify.Unsupported)
	add("indefinite-length", "The outermost length is indefinite (BER).", indefinite(detached), verify.Malformed)
	add("trailing-octets", "Octets follow the signature.", append(append([]byte{}, detached...), 0, 0), verify.Malformed)
	add("cut", "The signature ends too early.", detached[:len(detached)-3], verify.Malformed)
	add("empty", "A file of no octets.", []byte{}, verify.Malformed)
	add("not-signed-data", "A ContentInfo of another type.", tlv(0x30, oidDER(oidData), tlv(0xA0, tlv(4, content))), verify.Unsupported)
	add("version-unknown", "SignedData of a version that does not exist.", container{certificates: holder, signers: [][]byte{good.der()}, version: 99}.der(), verify.Unsupported)
	add("signer-by-key-id", "The signer is named by key identifier, which binds less.", func() []byte {
		s := good.der()
		in := cryptobyte.String(s)
		var seq, version, id cryptobyte.String
		if !in.ReadASN1(&seq, 0x30) || !seq.ReadASN1Element(&version, 2) || !seq.ReadASN1Element(&id, 0x30) {
			panic(errNotDER)
		}
		return container{certificates: holder, version: 3, signers: [][]byte{tlv(0x30, intDER(3), tlv(0x80, w.holder.SubjectKeyId), seq)}}.der()
	}(), verify.Unsupported)
	many := container{certificates: holder}
	for range 17 {
		many.signers = append(many.signers, good.der())
	}
	add("signers-many", "More signers than are judged.", many.der(), verify.TooLarge)
	certs := container{signers: [][]byte{good.der()}}
	for i := range int64(17) {
		certs.certificates = append(certs.certificates, w.parsed(w.forge(func(b *body) { b.serial = intDER(holderSerial + i) })))
	}
	add("certificates-many", "More certificates than are read.", certs.der(), verify.TooLarge)
}
