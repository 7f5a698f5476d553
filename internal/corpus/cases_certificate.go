package corpus

import (
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"kado/jpki"
	"kado/jpki/verify"
	"kado/mynumber"
)

// certificates: CMS signatures that hold, by certificates that should not count.
func (w *world) certificates() {
	const group = "certificate"
	good := func(name, about string, cert *x509.Certificate, key int, o ...option) {
		w.cms(group, name, about, w.signature(cert, key, signedAt), verify.NoReason, o...)
	}
	good("good-signature-certificate", "A signature certificate of a card, signed with its key.", w.holder, holderKey)
	good("good-authentication-certificate", "A user authentication certificate, where that kind is asked for.", w.authHolder, holderKey,
		ofKind(jpki.Authentication), crls(w.crlBy(w.authProfile, authenticationCA, nil, now)))
	good("good-old-generation", "A certificate of the earlier generation of the CA, which has the same name.", w.byOld, holderKey,
		crls(w.crlBy(w.oldProfile, oldSignatureCA, nil, now)))
	good("good-phone-certificate", "A certificate whose key lies in a phone.", w.issue(510, func(r *jpki.Request) { r.Medium = jpki.Phone }), holderKey)
	good("good-last-second", "Judged in the last second of the certificate.", w.holder, holderKey, at(ends), crls(w.crl(ends.Add(-time.Hour))))
	good("good-first-second", "Judged in the first second of the certificate.", w.holder, holderKey, at(issued), crls(w.crl(issued)))

	bad := func(name, about string, cert []byte, reason verify.Reason, o ...option) {
		w.cms(group, name, about, w.with(cert, w.keys[holderKey]), reason, o...)
	}
	plain := w.holder.Raw
	bad("not-yet-valid", "Judged one second before the certificate begins.", plain, verify.CertNotYet, at(issued.Add(-time.Second)))
	bad("expired", "Judged one second after the certificate ended; no time is claimed.", plain, verify.CertExpired, at(ends.Add(time.Second)))
	w.cms(group, "expired-claimed-earlier", "The certificate has ended, and only the signer says that he signed before.",
		w.signature(w.holder, holderKey, signedAt), verify.NoProofOfTime, at(ends.Add(time.Second)), crls(w.crl(ends)))
	w.cms(group, "wrong-kind", "A user authentication certificate where a signature certificate is asked for.", w.signature(w.authHolder, holderKey, signedAt), verify.CertWrongCA,
		crls(w.crlBy(w.authProfile, authenticationCA, nil, now)))
	w.cms(group, "no-trust", "The reader believes no CA at all.", w.signature(w.holder, holderKey, signedAt), verify.NoTrust, trusting())

	w.cms(group, "signed-by-ca-itself", "The signer's certificate is that of the CA.", w.with(w.sig.Raw, w.keys[signatureCA]), verify.CertIsAuthority)
	bad("ca-flag", "An end entity's certificate with basicConstraints cA TRUE.",
		w.forge(func(b *body) {
			b.replace(oidBasicConstraints, extension(oidBasicConstraints, true, tlv(0x30, []byte{1, 1, 0xFF})))
		}), verify.CertIsAuthority)
	bad("ca-constraints-false", "basicConstraints with cA FALSE, which the profile does not have.",
		w.forge(func(b *body) { b.replace(oidBasicConstraints, extension(oidBasicConstraints, true, tlv(0x30))) }), verify.CertIsAuthority)
	usage := func(bits ...byte) func(*body) {
		return func(b *body) { b.replace(oidKeyUsage, extension(oidKeyUsage, true, tlv(3, bits))) }
	}
	bad("usage-cert-sign", "The key may also sign certificates.", w.forge(usage(2, 0xC4)), verify.CertIsAuthority)
	bad("usage-authentication", "Key usage of the other kind: digitalSignature alone.", w.forge(usage(7, 0x80)), verify.CertUsage)
	bad("usage-key-agreement", "Key usage keyAgreement.", w.forge(usage(3, 0x08)), verify.CertUsage)
	bad("usage-missing", "No key usage.", w.forge(func(b *body) { b.replace(oidKeyUsage) }), verify.CertUsage)
	bad("usage-not-critical", "Key usage that is not critical.",
		w.forge(func(b *body) { b.replace(oidKeyUsage, extension(oidKeyUsage, false, []byte{3, 2, 6, 0xC0})) }), verify.CertUsage)
	bad("usage-ocsp-signing", "Extended key usage OCSPSigning, which would make the holder a responder.",
		w.forge(func(b *body) {
			b.replace(oidExtKeyUsage, extension(oidExtKeyUsage, false, tlv(0x30, []byte{6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 9})))
		}), verify.CertUsage)

	policy := func(critical bool, ids ...[]byte) func(*body) {
		return func(b *body) { b.replace(oidPolicies, extension(oidPolicies, critical, tlv(0x30, ids...))) }
	}
	ours, theirs := oidDER(w.settings.Policy(jpki.Signature, jpki.Card)), oidDER(w.settings.Policy(jpki.Authentication, jpki.Card))
	bad("policy-of-other-kind", "The certificate policy of user authentication certificates.", w.forge(policy(true, tlv(0x30, theirs))), verify.CertPolicy)
	bad("policy-unknown", "A certificate policy that nobody knows.", w.forge(policy(true, tlv(0x30, oidDER(oidUnknown)))), verify.CertPolicy)
	bad("policy-any", "anyPolicy.", w.forge(policy(true, tlv(0x30, []byte{6, 4, 0x55, 0x1D, 0x20, 0}))), verify.CertPolicy)
	bad("policy-two", "The right policy and another one.", w.forge(policy(true, tlv(0x30, ours), tlv(0x30, theirs))), verify.CertPolicy)
	bad("policy-not-critical", "The right policy, not critical.", w.forge(policy(false, tlv(0x30, ours))), verify.CertPolicy)
	bad("policy-missing", "No certificate policy.", w.forge(func(b *body) { b.replace(oidPolicies) }), verify.CertPolicy)

	w.issuers(bad)
	w.encodings(bad)
	w.strength()
}

// issuers: by whom the certificate was signed.
func (w *world) issuers(bad func(name, about string, cert []byte, reason verify.Reason, o ...option)) {
	rogue := w.issueBy(w.rogueProfile, rogueCA, holderSerial, nil)
	bad("wrong-ca-same-name", "A CA that calls itself like the real one, with another key and another key identifier.", rogue.Raw, verify.CertWrongCA)
	bad("wrong-ca-same-name-and-key-id", "The same, with the key identifier of the real one.",
		w.forgeBy(w.holder, w.keys[rogueCA], func(*body) {}), verify.CertBadSign)
	bad("wrong-generation-key-id", "Signed by the present generation, with the key identifier of the earlier one.", w.forge(func(b *body) {
		b.replace(oidAuthorityKey, extension(oidAuthorityKey, false, tlv(0x30, tlv(0x80, w.old.SubjectKeyId))))
	}), verify.CertBadSign)
	bad("generation-not-trusted", "Issued by the earlier generation, which this reader does not believe.", w.byOld.Raw, verify.CertWrongCA, trusting(w.sig, w.auth))
	bad("self-signed", "The holder signed his own certificate.", w.forgeBy(w.holder, w.keys[holderKey], func(b *body) {
		b.issuer = b.subject
		b.replace(oidAuthorityKey)
	}), verify.CertWrongCA)
	bad("issued-by-holder", "Another holder signed the certificate with his key, which may sign no certificates.", w.forgeBy(w.holder, w.keys[otherKey], func(b *body) {
		b.issuer = w.other.RawSubject
		b.replace(oidAuthorityKey, extension(oidAuthorityKey, false, tlv(0x30, tlv(0x80, w.other.SubjectKeyId))))
	}), verify.CertWrongCA)
	bad("issuer-other-kind", "Issued by the CA for user authentication with the names of a signature certificate.",
		w.forgeBy(w.holder, w.keys[authenticationCA], func(b *body) {
			b.issuer = w.auth.RawSubject
			b.replace(oidAuthorityKey, extension(oidAuthorityKey, false, tlv(0x30, tlv(0x80, w.auth.SubjectKeyId))))
		}), verify.CertWrongCA, crls(w.crlBy(w.authProfile, authenticationCA, nil, now)))
	bad("issuer-other-case", "The issuer's name is written in lower case.", w.forge(func(b *body) {
		b.issuer = lower(b.issuer)
	}), verify.CertWrongCA)
	flipped := append([]byte{}, w.holder.Raw...)
	flipped[len(flipped)-1] ^= 1
	bad("signature-flipped", "One bit of the CA's signature is another.", flipped, verify.CertBadSign)
	changed := append([]byte{}, w.holder.Raw...)
	i := indexOf(changed, []byte("試験"))
	changed[i+2] ^= 1
	bad("name-changed", "One letter of the holder's name is another.", changed, verify.CertBadSign)
	ca := mynumber.DateOf(w.sig.NotAfter)
	bad("outlives-ca", "The certificate ends after its CA.", w.forge(func(b *body) {
		b.validity = tlv(0x30, utc(issued), utc(mynumber.Date{Year: ca.Year, Month: ca.Month, Day: ca.Day}.AddDays(1).EndOfDay()))
	}), verify.CertOutlivesCA)
	bad("older-than-ca", "The certificate begins before its CA.", w.forge(func(b *body) {
		b.validity = tlv(0x30, utc(caStart.Add(-time.Second)), utc(ends))
	}), verify.CertOutlivesCA)
}

// encodings: certificates that the CA did sign, but no CA should.
func (w *world) encodings(bad func(name, about string, cert []byte, reason verify.Reason, o ...option)) {
	serial := func(octets ...byte) func(*body) {
		return func(b *body) { b.serial = tlv(2, octets) }
	}
	bad("serial-negative", "A negative serial number.", w.forge(serial(0x81)), verify.Malformed)
	bad("serial-zero", "The serial number zero.", w.forge(serial(0)), verify.CertMalformed)
	long := make([]byte, 21)
	long[0] = 1
	bad("serial-too-long", "A serial number of 21 octets.", w.forge(serial(long...)), verify.CertMalformed)
	bad("serial-padded", "A serial number with a leading zero too many.", w.forge(serial(0, 0, 0x01, 0xF4)), verify.Malformed)
	bad("critical-extension-unknown", "A critical extension that nobody knows.",
		w.forge(func(b *body) { b.extensions = append(b.extensions, extension(oidUnknown, true, []byte{5, 0})) }), verify.CertMalformed)
	bad("extension-twice", "Key usage comes twice, with different values.",
		w.forge(func(b *body) { b.extensions = append(b.extensions, extension(oidKeyUsage, true, []byte{3, 2, 1, 6})) }), verify.Malformed)
	var inside cryptobyte.String
	plain := cryptobyte.String(w.holder.Raw)
	if !plain.ReadASN1(&inside, cbasn1.SEQUENCE) {
		panic("corpus: the holder's certificate is no sequence")
	}
	bad("octets-behind-ca-signature", "Octets inside the certificate behind the CA's signature, which nobody signed.",
		tlv(0x30, inside, []byte{5, 0}), verify.CertMalformed)
	bad("version-1", "A version 1 certificate with extensions.", w.forge(func(b *body) { b.version = nil }), verify.CertMalformed)
	bad("algorithm-inside-differs", "The algorithm inside the signed part is another than outside.", w.forge(func(b *body) { b.algorithm = algorithmDER(oidSHA1RSA) }), verify.Malformed)
	bad("certificate-sha1", "The CA signed with SHA-1.",
		w.forge(func(b *body) { b.algorithm, b.signed, b.hash = algorithmDER(oidSHA1RSA), oidSHA1RSA, crypto.SHA1 }), verify.CertMalformed)
	bad("boolean-not-der", "A critical flag of 0x01 where DER has 0xFF.", w.forge(func(b *body) {
		b.replace(oidKeyUsage, tlv(0x30, oidDER(oidKeyUsage), []byte{1, 1, 1}, []byte{4, 4, 3, 2, 6, 0xC0}))
	}), verify.Malformed)
}

// strength: keys that are too weak to count.
func (w *world) strength() {
	const group = "certificate"
	key := func(k *rsa.PrivateKey) []byte {
		return w.forge(func(b *body) { b.key = spki(k) })
	}
	w.cms(group, "key-1024", "The holder's RSA key has 1,024 bits.", w.with(key(w.weak), w.weak), verify.WeakAlgorithm)
	w.cms(group, "key-exponent-3", "The holder's RSA key has the exponent 3; the signature is by the key.", w.with(key(w.e3), w.e3), verify.CertMalformed)
	cert := w.parsed(key(w.e3))
	s := signer{cert: cert, over: content, value: func(toSign []byte) []byte {
		return cubeRootForgery(w.e3.Size(), digestInfo(crypto.SHA256, toSign))
	}}
	w.cms(group, "key-exponent-3-forged", "A cube root without the private key: what passes a reader who does not look behind the digest.",
		container{certificates: []*x509.Certificate{cert}, signers: [][]byte{s.der()}}.der(), verify.BadSignature)
}

// spki is a SubjectPublicKeyInfo of an RSA key of any size and exponent.
func spki(k *rsa.PrivateKey) []byte {
	n := k.N.Bytes()
	return tlv(0x30, algorithmDER(oidRSA), tlv(3, []byte{0}, tlv(0x30, tlv(2, append([]byte{0}, n...)), tlv(2, big.NewInt(int64(k.E)).FillBytes(make([]byte, (big.NewInt(int64(k.E)).BitLen()+8)/8))))))
}

func utc(t time.Time) []byte { return tlv(0x17, []byte(t.UTC().Format("060102150405Z"))) }
