package verify_test

import (
	"crypto"
	"crypto/x509"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"kado/jpki"
	"kado/jpki/internal/testpki"
	"kado/jpki/ocsp"
	"kado/jpki/verify"

	"pgregory.net/rapid"
)

var now = testpki.Now.UTC()

const (
	holderSerial    = 500
	responderSerial = 900
)

var theHolder = sync.OnceValues(func() (*x509.Certificate, error) {
	return jpki.Issue(testpki.SignatureRequest(holderSerial), testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
})

var theResponder = sync.OnceValues(func() (*x509.Certificate, error) {
	return jpki.IssueResponder(testpki.ResponderRequest(responderSerial), testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey))
})

func holder(t testing.TB) *x509.Certificate    { t.Helper(); return testpki.Must(t)(theHolder()) }
func responder(t testing.TB) *x509.Certificate { t.Helper(); return testpki.Must(t)(theResponder()) }

func trust() verify.Trust { return verify.Trust{Pools: []*jpki.Pool{testpki.Default().Pool}} }

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// crl is a complete list of the signature CA, made at that time, for a day.
func crl(t testing.TB, made time.Time, entries ...jpki.RevokedEntry) verify.Material {
	t.Helper()
	der := must[[]byte](t)(jpki.CreateCRL(testpki.Default().Signature, jpki.CRLRequest{Number: big.NewInt(7), ThisUpdate: made,
		NextUpdate: made.Add(24 * time.Hour), Entries: entries}, testpki.Key(testpki.SignatureCAKey)))
	return verify.Material{Source: "given", Name: "list", CRL: der}
}

func entry(reason jpki.RevocationReason, at time.Time) jpki.RevokedEntry {
	return jpki.RevokedEntry{Serial: big.NewInt(holderSerial), Reason: reason, At: at.UTC()}
}

// answer is an OCSP response about the holder, made at that time, for an hour.
func answer(t testing.TB, made time.Time, change func(*ocsp.SingleResponse)) verify.Material {
	t.Helper()
	id := must[ocsp.CertID](t)(ocsp.NewCertID(crypto.SHA256, testpki.Default().SignatureCA, big.NewInt(holderSerial)))
	one := ocsp.SingleResponse{ID: id, Status: ocsp.Good, ThisUpdate: made, NextUpdate: made.Add(time.Hour)}
	if change != nil {
		change(&one)
	}
	der := must[[]byte](t)(ocsp.CreateResponse(ocsp.Template{ProducedAt: made, Responses: []ocsp.SingleResponse{one}}, responder(t), testpki.Key(testpki.ResponderKey)))
	return verify.Material{Source: "given", Name: "answer", OCSP: der}
}

func revoked(reason jpki.RevocationReason, at time.Time) func(*ocsp.SingleResponse) {
	return func(s *ocsp.SingleResponse) { s.Status, s.Reason, s.RevokedAt = ocsp.Revoked, reason, at.UTC() }
}

// judgement is one row: the instant, the stamp, the data, and what comes out.
type judgement struct {
	name     string
	at       time.Time // now when zero
	stamped  time.Time
	claimed  time.Time
	kind     jpki.Kind
	cert     *x509.Certificate // the holder's when nil
	given    []verify.Material
	embedded []verify.Material
	noTrust  bool
	trust    *verify.Trust
	want     verify.Reason
	verdict  verify.Verdict
	detail   string
}

func (j judgement) run(t testing.TB) verify.Signature {
	t.Helper()
	cert := j.cert
	if cert == nil {
		cert = holder(t)
	}
	o := verify.Options{Trust: trust(), Kind: j.kind, At: j.at, Material: j.given}
	if j.at.IsZero() {
		o.At = now
	}
	if j.noTrust {
		o.Trust = verify.Trust{}
	}
	if j.trust != nil {
		o.Trust = *j.trust
	}
	s := verify.Signature{Claimed: j.claimed}
	verify.Signer(&s, cert, j.stamped, o, j.embedded)
	s.Conclude()
	return s
}

func many(t testing.TB, m verify.Material, n int) []verify.Material {
	out := make([]verify.Material, n)
	for i := range out {
		out[i] = m
	}
	return out
}

// Shows: CRT-56, CRT-57, P-20
func TestCRT56_CRT57_JudgementOfTheSigner(t *testing.T) {
	h := testpki.Default()
	const day = 24 * time.Hour
	end := testpki.Ends.UTC()
	long := end.Add(100 * day) // long after the certificate's end
	stamp := now.Add(-30 * day)
	good := crl(t, now.Add(-time.Hour))
	stranger := must[*x509.Certificate](t)(jpki.NewCACertificate(h.Settings, jpki.AuthorityRequest{Kind: jpki.Signature, Serial: big.NewInt(77), NotBefore: testpki.CAStart}, testpki.Key(testpki.StrangerKey)))
	strangers := must[verify.Trust](t)(verify.NewTrust(stranger))
	wrongKey := *holder(t)
	wrongKey.Signature = append([]byte{}, wrongKey.Signature...)
	wrongKey.Signature[9] ^= 1
	usage := *holder(t)
	usage.KeyUsage |= x509.KeyUsageCertSign
	otherCRL := verify.Material{CRL: must[[]byte](t)(jpki.CreateCRL(h.AuthProfile, jpki.CRLRequest{Number: big.NewInt(7), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour)}, testpki.Key(testpki.AuthenticationCAKey)))}
	place := testpki.Place
	place.Municipality, place.Code = "Chofu-shi", "13208"
	otherPlace := verify.Material{CRL: must[[]byte](t)(jpki.CreateCRL(h.Signature, jpki.CRLRequest{Place: &place, Number: big.NewInt(7), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(time.Hour)}, testpki.Key(testpki.SignatureCAKey)))}
	forged := crl(t, now.Add(-time.Hour))
	forged.CRL = append([]byte{}, forged.CRL...)
	forged.CRL[len(forged.CRL)-1] ^= 1
	about := func(serial int64) func(*ocsp.SingleResponse) {
		return func(s *ocsp.SingleResponse) { s.ID.Serial = big.NewInt(serial) }
	}
	cutoff := func(at time.Time) func(*ocsp.SingleResponse) {
		return func(s *ocsp.SingleResponse) { s.ArchiveCutoff = at }
	}
	lastAnswer := end.Add(-day)

	for _, j := range []judgement{
		{name: "list", given: []verify.Material{good}},
		{name: "answer", given: []verify.Material{answer(t, now, nil)}},
		{name: "either kind", kind: 0, given: []verify.Material{good}},
		{name: "embedded", embedded: []verify.Material{good}},
		{name: "foreign lists beside a good one do no harm", given: []verify.Material{otherCRL, otherPlace, good, forged}},

		{name: "no CA", noTrust: true, given: []verify.Material{good}, want: verify.NoTrust, verdict: verify.Indeterminate},
		{name: "another CA of that name", trust: &strangers, given: []verify.Material{good}, want: verify.CertWrongCA},
		{name: "authentication certificate wanted", kind: jpki.Authentication, given: []verify.Material{good}, want: verify.CertWrongCA, detail: "issued by the signature CA"},
		{name: "no certificate", cert: &x509.Certificate{}, want: verify.NoSigner},
		{name: "CA certificate", cert: h.SignatureCA, want: verify.CertIsAuthority},
		{name: "certificate altered", cert: &wrongKey, want: verify.CertBadSign},
		{name: "may sign certificates", cert: &usage, want: verify.CertIsAuthority},
		{name: "not yet valid", at: testpki.Issued.Add(-time.Second), given: []verify.Material{good}, want: verify.CertNotYet},
		{name: "first second", at: testpki.Issued, given: []verify.Material{crl(t, testpki.Issued.UTC())}},
		{name: "last second", at: end, given: []verify.Material{crl(t, end.Add(-time.Hour))}},
		{name: "expired", at: end.Add(time.Second), given: []verify.Material{crl(t, end.Add(-time.Hour))}, want: verify.CertExpired},
		{name: "expired, claimed later", at: long, claimed: end.Add(time.Second), given: []verify.Material{good}, want: verify.CertExpired},
		{name: "expired, claimed earlier", at: long, claimed: end, given: []verify.Material{good}, want: verify.NoProofOfTime, verdict: verify.Indeterminate},
		{name: "expired, claimed earlier, revoked", at: long, claimed: end, given: []verify.Material{crl(t, now, entry(jpki.KeyCompromise, now))}, want: verify.CertRevoked},
		{name: "stamped after the end", at: long, stamped: end.Add(time.Second), claimed: now, given: []verify.Material{good}, want: verify.CertExpired},
		{name: "stamped before the begin", stamped: testpki.Issued.Add(-time.Second), given: []verify.Material{good}, want: verify.CertNotYet},
		{name: "stamped in the future", stamped: now.Add(time.Second), given: []verify.Material{good}, want: verify.BadTimeStamp},

		{name: "nothing given", want: verify.NoRevocationData, verdict: verify.Indeterminate},
		{name: "list of another CA", given: []verify.Material{otherCRL}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "another CA"},
		{name: "list of another place", given: []verify.Material{otherPlace}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "does not cover"},
		{name: "forged list", given: []verify.Material{forged}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "signature"},
		{name: "neither", given: []verify.Material{{}}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "rubbish list", given: []verify.Material{{CRL: []byte{0x30, 0}}}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "rubbish answer", given: []verify.Material{{OCSP: []byte{0x30, 0}}}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "tryLater", given: []verify.Material{{OCSP: ocsp.ErrorResponse(ocsp.TryLater)}}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "tryLater"},
		{name: "answer about another", given: []verify.Material{answer(t, now, about(1))}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "no answer about"},
		{name: "stale list", given: []verify.Material{crl(t, now.Add(-day))}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "stale"},
		{name: "list to its last second", given: []verify.Material{crl(t, now.Add(-day+time.Second))}},
		{name: "list of the future", given: []verify.Material{crl(t, now.Add(time.Second))}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "after the instant"},
		{name: "stale answer", given: []verify.Material{answer(t, now.Add(-time.Hour), nil)}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "answer without an end", given: []verify.Material{answer(t, now.Add(-time.Second), func(s *ocsp.SingleResponse) { s.NextUpdate = time.Time{} })}, want: verify.BadRevocationData, verdict: verify.Indeterminate},

		{name: "revoked in the list", given: []verify.Material{crl(t, now, entry(jpki.KeyCompromise, now))}, want: verify.CertRevoked, detail: "keyCompromise"},
		{name: "revoked in the answer", given: []verify.Material{answer(t, now, revoked(jpki.Superseded, now))}, want: verify.CertRevoked, detail: "superseded"},
		{name: "list and answer disagree", given: []verify.Material{crl(t, now, entry(jpki.KeyCompromise, now)), answer(t, now, nil)}, want: verify.CertRevoked},
		{name: "answer and list disagree", given: []verify.Material{good, answer(t, now, revoked(jpki.Superseded, now))}, want: verify.CertRevoked},
		{name: "hold and revocation", given: []verify.Material{crl(t, now, entry(jpki.CertificateHold, now)), answer(t, now, revoked(jpki.Superseded, now))}, want: verify.CertRevoked},
		{name: "on hold", given: []verify.Material{good, crl(t, now, entry(jpki.CertificateHold, now))}, want: verify.CertOnHold},
		{name: "on hold in an answer", given: []verify.Material{answer(t, now, revoked(jpki.CertificateHold, now))}, want: verify.CertOnHold},
		{name: "hold lifted", given: []verify.Material{crl(t, now, entry(jpki.RemoveFromCRL, now))}},
		{name: "unknown", given: []verify.Material{good, answer(t, now, func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown })}, want: verify.CertUnknown},
		{name: "unknown, once", given: []verify.Material{good, answer(t, now.Add(-2*time.Hour), func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown })}},
		{name: "revoked in a stale list", given: []verify.Material{answer(t, now, nil), crl(t, now.Add(-50*day), entry(jpki.Superseded, now.Add(-51*day)))}, want: verify.CertRevoked},
		{name: "on hold in a stale list", given: []verify.Material{answer(t, now, nil), crl(t, now.Add(-50*day), entry(jpki.CertificateHold, now.Add(-51*day)))}},
		{name: "revoked, says the document itself", given: []verify.Material{good}, embedded: []verify.Material{answer(t, now, revoked(jpki.Superseded, now))}, want: verify.CertRevoked},

		{name: "stamped, list after the stamp", stamped: stamp, given: []verify.Material{crl(t, stamp.Add(day))}},
		{name: "stamped, list of that second", stamped: stamp, given: []verify.Material{crl(t, stamp)}},
		{name: "stamped, answer after the stamp", stamped: stamp, given: []verify.Material{answer(t, stamp, nil)}},
		{name: "stamped, list before the stamp", stamped: stamp, given: []verify.Material{crl(t, stamp.Add(-time.Second))}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "before the time-stamp"},
		{name: "stamped, answer before the stamp", stamped: stamp, given: []verify.Material{answer(t, stamp.Add(-time.Second), nil)}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "stamped today, list of the morning still in force", stamped: now.Add(-time.Minute), given: []verify.Material{good}},
		{name: "stamped, revoked after", stamped: stamp, given: []verify.Material{crl(t, now, entry(jpki.KeyCompromise, stamp.Add(time.Second)))}},
		{name: "stamped, revoked that second", stamped: stamp, given: []verify.Material{crl(t, now, entry(jpki.KeyCompromise, stamp))}, want: verify.CertRevoked},
		{name: "stamped, revoked before", stamped: stamp, given: []verify.Material{answer(t, now, revoked(jpki.Superseded, stamp.Add(-day)))}, want: verify.CertRevoked},
		{name: "stamped, revoked before, good in an old list", stamped: stamp, given: []verify.Material{crl(t, stamp.Add(-2*day)), answer(t, now, revoked(jpki.Superseded, stamp.Add(-day)))}, want: verify.CertRevoked},
		{name: "stamped, on hold before", stamped: stamp, given: []verify.Material{crl(t, now, entry(jpki.CertificateHold, stamp))}, want: verify.CertOnHold},
		{name: "stamped, on hold after", stamped: stamp, given: []verify.Material{crl(t, now, entry(jpki.CertificateHold, stamp.Add(time.Second)))}},
		{name: "stamped, unknown since", stamped: stamp, given: []verify.Material{answer(t, now, func(s *ocsp.SingleResponse) { s.Status = ocsp.Unknown })}, want: verify.CertUnknown},

		{name: "ended since, list of its life", at: long, stamped: now, given: []verify.Material{crl(t, now.Add(day))}},
		{name: "ended since, answer of its last days", at: long, stamped: now, given: []verify.Material{answer(t, lastAnswer, nil)}},
		{name: "ended since, list after the end", at: long, stamped: now, given: []verify.Material{crl(t, end.Add(time.Second))}, want: verify.BadRevocationData, verdict: verify.Indeterminate, detail: "archive cutoff"},
		{name: "ended since, list after the end tells", at: long, stamped: now, given: []verify.Material{crl(t, end.Add(time.Second), entry(jpki.Superseded, now))}, want: verify.CertRevoked},
		{name: "ended since, list before the stamp", at: long, stamped: now, given: []verify.Material{good}, want: verify.BadRevocationData, verdict: verify.Indeterminate},
		{name: "ended since, nothing given", at: long, stamped: now, want: verify.NoRevocationData, verdict: verify.Indeterminate},
		{name: "archive cutoff without need", at: long, stamped: now, given: []verify.Material{answer(t, now, cutoff(now))}},
		{name: "many embedded data are not all read", embedded: append(many(t, otherCRL, 64), good), want: verify.BadRevocationData, verdict: verify.Indeterminate},
	} {
		s := j.run(t)
		verdict := j.verdict
		if verdict == "" {
			verdict = j.want.Verdict()
		}
		if s.Reason != j.want || s.Verdict != verdict || j.detail != "" && !strings.Contains(s.Detail, j.detail) {
			t.Errorf("%s: %s %q (%s), want %s %q", j.name, s.Verdict, s.Reason, s.Detail, verdict, j.want)
		}
		instant := j.at
		if instant.IsZero() {
			instant = now
		}
		if !j.stamped.IsZero() && !j.stamped.After(instant) {
			instant = j.stamped
		}
		if !s.CheckedAt.Equal(instant) {
			t.Errorf("%s: judged for %s", j.name, s.CheckedAt)
		}
		if s.Verdict == verify.Passed && len(s.Evidence) < 2 {
			t.Errorf("%s: passed with evidence %+v", j.name, s.Evidence)
		}
	}
}

// TestJudgement_MoreEvidenceNeverHelpsTheRevoked: whatever else is given, in
// whatever order, a revocation at or before the instant is fatal, and nothing
// passes without data that reach it.
//
// Shows: CRT-56
func TestJudgement_MoreEvidenceNeverHelpsTheRevoked_Rapid(t *testing.T) {
	const day = 24 * time.Hour
	made := []time.Time{now.Add(-60 * day), now.Add(-30 * day), now.Add(-time.Hour), now}
	type piece struct {
		m       verify.Material
		made    time.Time
		end     time.Time
		revoked time.Time
	}
	var pieces []piece
	for _, at := range made {
		pieces = append(pieces, piece{m: crl(t, at), made: at, end: at.Add(day)}, piece{m: answer(t, at, nil), made: at, end: at.Add(time.Hour)})
		for _, since := range made {
			if !since.After(at) {
				pieces = append(pieces, piece{m: crl(t, at, entry(jpki.Superseded, since)), made: at, end: at.Add(day), revoked: since},
					piece{m: answer(t, at, revoked(jpki.Superseded, since)), made: at, end: at.Add(time.Hour), revoked: since})
			}
		}
	}
	cert := holder(t)
	rapid.Check(t, func(t *rapid.T) {
		chosen := rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 4).Draw(t, "data")
		stamped := rapid.SampledFrom(append([]time.Time{{}}, made...)).Draw(t, "stamp")
		instant := now
		if !stamped.IsZero() {
			instant = stamped
		}
		o := verify.Options{Trust: trust(), At: now}
		fatal, reaches := false, false
		var more []verify.Material
		for _, p := range chosen {
			if rapid.Bool().Draw(t, "embedded") {
				more = append(more, p.m)
			} else {
				o.Material = append(o.Material, p.m)
			}
			fatal = fatal || !p.revoked.IsZero() && !p.revoked.After(instant)
			reaches = reaches || now.Before(p.end) || !stamped.IsZero() && !p.made.Before(stamped)
		}
		var s verify.Signature
		verify.Signer(&s, cert, stamped, o, more)
		s.Conclude()
		want := verify.Indeterminate
		switch {
		case fatal:
			want = verify.Failed
		case reaches:
			want = verify.Passed
		}
		if s.Verdict != want {
			t.Fatalf("%s %s (%s), want %s", s.Verdict, s.Reason, s.Detail, want)
		}
	})
}

// TestJudgement_ArchiveCutoff: an answer made after the certificate's end counts
// when it says that it remembers so far back (RFC 6960, 4.4.4).
func TestJudgement_ArchiveCutoff(t *testing.T) {
	end := testpki.Ends.UTC()
	r := testpki.ResponderRequest(responderSerial + 1)
	r.NotAfter = testpki.Ends.AddDate(1, 0, 0)
	cert := testpki.Must(t)(jpki.IssueResponder(r, testpki.Default().Signature, testpki.Key(testpki.SignatureCAKey)))
	made := end.Add(24 * time.Hour)
	late := func(cutoff time.Time) verify.Material {
		id := must[ocsp.CertID](t)(ocsp.NewCertID(crypto.SHA256, testpki.Default().SignatureCA, big.NewInt(holderSerial)))
		one := ocsp.SingleResponse{ID: id, Status: ocsp.Good, ThisUpdate: made, NextUpdate: made.Add(time.Hour), ArchiveCutoff: cutoff}
		return verify.Material{OCSP: must[[]byte](t)(ocsp.CreateResponse(ocsp.Template{ProducedAt: made, Responses: []ocsp.SingleResponse{one}}, cert, testpki.Key(testpki.ResponderKey)))}
	}
	for _, c := range []struct {
		name   string
		cutoff time.Time
		want   verify.Reason
	}{
		{"none", time.Time{}, verify.BadRevocationData},
		{"before the end", end.Add(-time.Hour), verify.NoReason},
		{"at the end", end, verify.NoReason},
		{"after the end", end.Add(time.Second), verify.BadRevocationData},
	} {
		s := judgement{at: end.AddDate(3, 0, 0), stamped: now, given: []verify.Material{late(c.cutoff)}}.run(t)
		if s.Reason != c.want {
			t.Errorf("cutoff %s: %q (%s), want %q", c.name, s.Reason, s.Detail, c.want)
		}
		// The same answer while it is in force does not make up for a cutoff either.
		s = judgement{at: made.Add(time.Minute), stamped: now, given: []verify.Material{late(c.cutoff)}}.run(t)
		if s.Reason != c.want {
			t.Errorf("cutoff %s, in force: %q (%s), want %q", c.name, s.Reason, s.Detail, c.want)
		}
	}
}
