package corpus

import (
	"context"
	"crypto"
	"crypto/x509"
	"math/big"
	"time"

	"kado/jpki"
	"kado/jpki/cms"
	"kado/jpki/ocsp"
	"kado/jpki/verify"
)

// none leaves the evidence out.
func none() option { return crls() }

// revocation: one good signature; what differs is the evidence.
func (w *world) revocation() {
	const group = "revocation"
	document := w.signature(w.holder, holderKey, signedAt)
	add := func(name, about string, reason verify.Reason, o ...option) {
		w.cms(group, name, about, document, reason, o...)
	}
	since := signedAt.Add(-day)
	revokedAnswer := func(reason jpki.RevocationReason, t time.Time) func(*ocsp.SingleResponse) {
		return func(s *ocsp.SingleResponse) { s.Status, s.Reason, s.RevokedAt = ocsp.Revoked, reason, t }
	}

	add("good-crl", "A complete list on which the certificate does not stand.", verify.NoReason)
	add("good-municipal-crl", "The list of the certificate's municipality.", verify.NoReason, crls(w.crlBy(w.sigProfile, signatureCA, &place, now)))
	add("good-ocsp", "An OCSP answer: good.", verify.NoReason, answers(w.answer(now, nil)))
	add("good-ocsp-sha1-id", "The answer names the certificate by SHA-1, as most clients ask.", verify.NoReason,
		answers(w.answer(now, func(s *ocsp.SingleResponse) { *s = w.single(w.sig, crypto.SHA1, holderSerial, now) })))
	add("good-ocsp-by-ca", "The CA itself signed the answer.", verify.NoReason, answers(w.answerBy(w.sig, w.keys[signatureCA], now, nil)))
	add("good-neighbours-revoked", "Serial numbers just before and behind are revoked.", verify.NoReason, crls(w.crl(now,
		jpki.RevokedEntry{Serial: big.NewInt(holderSerial - 1), At: since, Reason: jpki.KeyCompromise}, jpki.RevokedEntry{Serial: big.NewInt(holderSerial + 1), At: since})))
	add("good-hold-lifted", "The list says that a suspension was lifted.", verify.NoReason, crls(w.crl(now, revoked(jpki.RemoveFromCRL, since))))

	add("revoked-by-list", "Revoked before the claimed time of signing.", verify.CertRevoked, crls(w.crl(now, revoked(jpki.KeyCompromise, since))))
	add("revoked-after-claimed-time", "Revoked after the claimed time; nothing proves that time.", verify.CertRevoked, crls(w.crl(now, revoked(jpki.CessationOfOperation, signedAt.Add(day)))))
	add("revoked-by-ocsp", "The responder says revoked.", verify.CertRevoked, answers(w.answer(now, revokedAnswer(jpki.Superseded, since))))
	add("revoked-unspecified", "Revoked without a reason.", verify.CertRevoked, crls(w.crl(now, revoked(jpki.Unspecified, since))))
	add("revoked-on-old-list", "The only list is out of date and says revoked, which is for ever.", verify.CertRevoked, crls(w.crl(now.Add(-10*day), revoked(jpki.KeyCompromise, now.Add(-20*day)))))
	add("on-hold-by-list", "The certificate is suspended.", verify.CertOnHold, crls(w.crl(now, revoked(jpki.CertificateHold, since))))
	add("on-hold-by-ocsp", "The responder says suspended.", verify.CertOnHold, answers(w.answer(now, revokedAnswer(jpki.CertificateHold, since))))
	add("unknown-by-ocsp", "The responder does not know the serial number.", verify.CertUnknown, answers(w.answer(now, func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown })))
	add("list-and-answer-disagree", "The list says good, a later answer revoked.", verify.CertRevoked, crls(w.list), answers(w.answer(now, revokedAnswer(jpki.KeyCompromise, now.Add(-time.Minute)))))
	add("answer-good-list-revoked", "The answer says good, the list revoked.", verify.CertRevoked, answers(w.answer(now, nil)), crls(w.crl(now, revoked(jpki.KeyCompromise, since))))

	add("no-revocation-data", "Neither list nor answer is at hand.", verify.NoRevocationData, none())
	bad := func(name, about string, o option) { add(name, about, verify.BadRevocationData, none(), o) }
	w.lists(bad)
	w.responders(bad)
	w.linkage(bad)
	w.revocationAndTime(group)
}

func (w *world) lists(bad func(name, about string, o option)) {
	list := func(b []byte) option { return crls(b) }
	bad("list-stale", "The list's next update is over.", list(w.crl(now.Add(-2*day))))
	bad("list-ends-now", "The list's next update is this very second.", list(w.crl(now.Add(-day))))
	bad("list-from-future", "The list was made after the instant of the judgement.", list(w.crl(now.Add(time.Minute))))
	bad("list-of-other-municipality", "The list of another municipality's certificates.", list(w.crlBy(w.sigProfile, signatureCA, &farPlace, now)))
	bad("list-of-other-ca", "The list of the CA for user authentication.", list(w.crlBy(w.authProfile, authenticationCA, nil, now)))
	bad("list-of-other-generation", "The list of the earlier generation, which has the same name.", list(w.crlBy(w.oldProfile, oldSignatureCA, nil, now)))
	bad("list-by-rogue-ca", "A list by somebody who calls himself like the CA.", list(w.crlBy(w.rogueProfile, rogueCA, nil, now)))
	flipped := append([]byte{}, w.list...)
	flipped[len(flipped)-1] ^= 1
	bad("list-signature-flipped", "One bit of the list's signature is another.", list(flipped))
	bad("list-cut", "The list ends too early.", list(w.list[:len(w.list)-10]))
	bad("list-trailing", "Octets behind the list.", list(append(append([]byte{}, w.list...), 0, 0)))
	bad("list-empty", "A file of no octets that calls itself a list.", list([]byte{}))
	template := func(change func(*x509.RevocationList)) []byte {
		t := &x509.RevocationList{Number: big.NewInt(8), ThisUpdate: now.UTC(), NextUpdate: now.Add(day).UTC(), SignatureAlgorithm: x509.SHA256WithRSA}
		change(t)
		return octets(w)(x509.CreateRevocationList(nil, t, w.sig, w.keys[signatureCA]))
	}
	bad("list-without-scope", "A list without issuingDistributionPoint, as the profile demands.", list(template(func(*x509.RevocationList) {})))
	bad("list-critical-unknown", "A list with a critical extension that nobody knows.", list(w.listWith(template, extensionOf(oidUnknown, true, []byte{5, 0}))))
	bad("list-delta", "A delta list without the list that it changes.", list(w.listWith(template, extensionOf([]int{2, 5, 29, 27}, true, []byte{2, 1, 6}))))
}

// responders: who signed the answer, and when.
func (w *world) responders(bad func(name, about string, o option)) {
	key := w.keys[responderKey]
	by := func(cert []byte) option { return answers(w.answerBy(w.parsed(cert), key, now, nil)) }
	forged := func(change func(*body)) []byte { return w.forgeBy(w.responder, w.keys[signatureCA], change) }
	bad("answer-stale", "The answer's next update is over.", answers(w.answer(now.Add(-2*time.Hour), nil)))
	bad("answer-from-future", "The answer was made after the instant of the judgement.", answers(w.answer(now.Add(10*time.Minute), nil)))
	bad("answer-without-next-update", "An old answer that does not say until when it holds.", answers(w.answer(now.Add(-5*day), func(s *ocsp.SingleResponse) { s.NextUpdate = time.Time{} })))
	bad("answer-other-serial", "A good answer about somebody else's certificate.", answers(w.answer(now, func(s *ocsp.SingleResponse) { *s = w.single(w.sig, crypto.SHA256, otherSerial, now) })))
	bad("answer-other-generation", "A good answer about the same serial number of the earlier generation.",
		answers(w.answer(now, func(s *ocsp.SingleResponse) { *s = w.single(w.old, crypto.SHA256, holderSerial, now) })))
	bad("answer-by-stranger", "The answer is signed by a responder that no CA made.", by(w.forgeBy(w.responder, key, func(b *body) { b.issuer = b.subject; b.replace(oidAuthorityKey) })))
	bad("answer-by-rogue-ca", "The responder's certificate is by somebody who calls himself like the CA.", by(w.forgeBy(w.responder, w.keys[rogueCA], func(*body) {})))
	bad("answer-by-other-ca", "The responder is that of the CA for user authentication.", answers(w.answerBy(w.authResponder, key, now, nil)))
	bad("responder-without-purpose", "The responder's certificate lacks OCSPSigning.", by(forged(func(b *body) { b.replace(oidExtKeyUsage) })))
	bad("responder-other-purpose", "The responder's certificate is for servers.", by(forged(func(b *body) {
		b.replace(oidExtKeyUsage, extension(oidExtKeyUsage, false, tlv(0x30, []byte{6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1})))
	})))
	bad("responder-without-nocheck", "The responder's certificate lacks ocsp-nocheck, so that its own status is open.", by(forged(func(b *body) { b.replace(oidOCSPNoCheck) })))
	bad("responder-expired", "The responder's certificate has ended.", by(forged(func(b *body) { b.validity = tlv(0x30, utc(issued), utc(now.Add(-day))) })))
	bad("responder-is-ca", "The responder's certificate may sign certificates.", by(forged(func(b *body) { b.replace(oidKeyUsage, extension(oidKeyUsage, true, []byte{3, 2, 1, 6})) })))
	bad("responder-is-holder", "The holder answers for his own certificate.", answers(w.answerBy(w.holder, w.keys[holderKey], now, nil)))
	flipped := w.answer(now, nil)
	flipped = append([]byte{}, flipped...)
	i := indexOf(flipped, w.responder.Raw) - 40 // in the signature, ahead of the certificates
	flipped[i] ^= 1
	bad("answer-signature-flipped", "One bit of the answer's signature is another.", answers(flipped))
	whole := w.answer(now, nil)
	bad("answer-cut", "The answer ends too early.", answers(whole[:len(whole)/2]))
	bad("answer-try-later", "The responder says tryLater.", answers(ocsp.ErrorResponse(ocsp.TryLater)))
	bad("answer-unauthorized", "The responder says unauthorized.", answers(ocsp.ErrorResponse(ocsp.Unauthorized)))
	bad("answer-says-both", "One answer says good and revoked of the same certificate.", answers(octets(w)(ocsp.CreateResponse(ocsp.Template{ProducedAt: now, Responses: []ocsp.SingleResponse{
		w.single(w.sig, crypto.SHA256, holderSerial, now), func() ocsp.SingleResponse {
			s := w.single(w.sig, crypto.SHA256, holderSerial, now)
			s.Status, s.RevokedAt = ocsp.Revoked, signedAt
			return s
		}()}}, w.responder, key))))
}

// linkage: evidence about a certificate that is linked to this one by person or by
// number, but is another.
func (w *world) linkage(bad func(name, about string, o option)) {
	bad("linked-answer-of-authentication", "A good answer about the holder's other certificate, which the authority links to this one.",
		answers(w.answerBy(w.authResponder, w.keys[responderKey], now, func(s *ocsp.SingleResponse) { *s = w.single(w.auth, crypto.SHA256, authenticationSerial, now) })))
	bad("linked-answer-of-successor", "A good answer about the certificate that replaced this one.",
		answers(w.answer(now, func(s *ocsp.SingleResponse) { *s = w.single(w.sig, crypto.SHA256, twinSerial, now) })))
	bad("linked-same-serial-other-ca", "A good answer of the other CA, which gave the same serial number.",
		answers(w.answerBy(w.authResponder, w.keys[responderKey], now, func(s *ocsp.SingleResponse) { *s = w.single(w.auth, crypto.SHA256, holderSerial, now) })))
}

// revocationAndTime: a time-stamp decides whether a later revocation harms.
func (w *world) revocationAndTime(group string) {
	stamped := octets(w)(cms.SignDetached(w.keys[holderKey], w.holder, content, cms.Options{SigningTime: signedAt,
		TSA: func(_ context.Context, d []byte) ([]byte, error) { return w.stamp(signedAt)(d) }}))
	add := func(name, about string, reason verify.Reason, o ...option) {
		w.cms(group, name, about, stamped, reason, append([]option{stampedBy(w.tsaCert)}, o...)...)
	}
	add("good-revoked-after-time-stamp", "Revoked after the time that a time-stamp proves.", verify.NoReason, crls(w.crl(now, revoked(jpki.CessationOfOperation, signedAt.Add(day)))))
	add("good-on-hold-after-time-stamp", "Suspended after the time that a time-stamp proves.", verify.NoReason, crls(w.crl(now, revoked(jpki.CertificateHold, signedAt.Add(day)))))
	add("revoked-before-time-stamp", "Revoked before the proved time.", verify.CertRevoked, crls(w.crl(now, revoked(jpki.KeyCompromise, signedAt.Add(-day)))))
	add("on-hold-before-time-stamp", "Suspended before the proved time and still.", verify.CertOnHold, crls(w.crl(now, revoked(jpki.CertificateHold, signedAt.Add(-day)))))
	add("list-before-time-stamp", "The only list was made before the proved time: it cannot know.", verify.BadRevocationData, crls(w.crl(signedAt.Add(-day))))
	w.cms(group, "revoked-after-time-stamp-of-nobody", "Revoked after the time of a time-stamp whose authority the reader does not believe.", stamped, verify.CertRevoked,
		crls(w.crl(now, revoked(jpki.CessationOfOperation, signedAt.Add(day)))))
}
