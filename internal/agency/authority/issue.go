package authority

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"
	"time"

	"kado/cardmgmt"
	"kado/internal/agency/cards"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// rounds bounds how often one call of Issue begins anew because a drawn value
// was taken, or the register or the card changed while it worked.
const rounds = 10

// Issue implements Issuing. The order is: prepare, lint a copy signed with a
// throwaway key, record (state prepared, with the digest of what was linted),
// look once more whether person and card are still what they were, sign, compare,
// record.
//
// A crash after the first record leaves a prepared row. The same request within
// the day signs exactly what that row says: with RSA the result is the
// certificate that would have come out, with ECDSA one that differs in nothing but
// the signature; where
// the facts have changed since, or the day has passed, it drops the row and
// begins anew. A certificate signed but not recorded has left no trace outside
// the process and no authority vouches for its serial number.
func (o *Office) Issue(ctx context.Context, by journal.Actor, r Request) (Certificate, error) {
	if err := r.check(); err != nil {
		return Certificate{}, err
	}
	for range rounds {
		c, err := o.issueOnce(ctx, by, r)
		if !errors.Is(err, errAgain) {
			return c, err
		}
	}
	return Certificate{}, db.Busy.New()
}

// errAgain says that the facts moved and the request is to be begun anew.
var errAgain = errors.New("authority: begin the request anew")

func (r Request) check() error {
	switch {
	case r.ID == "" || len(r.ID) > 100:
		return Malformed.New("request id")
	case !r.Kind.Valid():
		return Malformed.New("kind")
	case r.Person == "":
		return Malformed.New("person")
	case !r.Municipality.Valid():
		return Malformed.New("municipality")
	case !r.ExpiresOn.Valid():
		return Malformed.New("expires on")
	case (r.PublicKey == nil) == (r.InjectedKey == ""):
		return Malformed.New("exactly one key")
	case r.InjectedKey != "" && r.Kind != jpki.Signature:
		return KeyRefused.New("only signature keys are injected")
	}
	return nil
}

// facts are what a certificate is made from.
type facts struct {
	now        time.Time
	person     registry.Person
	card       cards.Card
	generation Generation
	profile    *jpki.Profile
	place      jpki.Place
	key        crypto.PublicKey
	spki       []byte
}

func (o *Office) issueOnce(ctx context.Context, by journal.Actor, r Request) (Certificate, error) {
	key, spki, err := o.keyOf(ctx, r)
	if err != nil {
		return Certificate{}, err
	}
	earlier, found, err := o.ofRequest(ctx, r.ID)
	if err != nil {
		return Certificate{}, err
	}
	if found && !earlier.answers(r, spki) {
		return Certificate{}, RequestTaken.New()
	}
	if found && earlier.State != Prepared {
		return earlier.Certificate, nil
	}
	f, err := o.gather(ctx, r, o.sources())
	if err == nil {
		err = f.generation.certifies(key)
	}
	if err != nil {
		if found && refusal(err) {
			err = errors.Join(err, o.drop(ctx, by, earlier.Serial))
		}
		return Certificate{}, err
	}
	f.key, f.spki = key, spki
	if found {
		return o.resume(ctx, by, r, earlier, f)
	}
	return o.fresh(ctx, by, r, f)
}

// refusal tells a refusal for good from a passing failure.
func refusal(err error) bool {
	return NotEntitled.Is(err) || NotPermitted.Is(err) || Malformed.Is(err) || KeyRefused.Is(err)
}

// ofRequest returns what a request id has led to, dropped rows aside.
func (o *Office) ofRequest(ctx context.Context, id string) (r row, found bool, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		r, err = one(ctx, tx, `request = $1 AND state <> 'dropped'`, id)
		found = err == nil
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		return err
	})
	return r, found, err
}

// answers reports whether the row is what the request asks for.
func (r row) answers(q Request, spki []byte) bool {
	path := BornOnChip
	switch {
	case q.InjectedKey != "":
		path = Injected
	case q.phone != "":
		path = BornInPhone
	}
	return r.Kind == q.Kind && r.Card == q.Card && r.Person == q.Person && r.municipality == q.Municipality &&
		r.expiresOn == q.ExpiresOn && r.KeyPath == path && r.Phone == q.phone && r.Parent == q.parent && bytes.Equal(r.publicKey, spki)
}

// keyOf returns the key of a request and its SubjectPublicKeyInfo.
func (o *Office) keyOf(ctx context.Context, r Request) (crypto.PublicKey, []byte, error) {
	key := r.PublicKey
	if r.InjectedKey != "" {
		var err error
		if key, err = o.injectedKey(ctx, r.InjectedKey, r.Card); err != nil {
			return nil, nil, err
		}
	}
	if _, err := cardmgmt.KeyTypeOf(key); err != nil {
		return nil, nil, KeyRefused.New("neither RSA-2048 with exponent 65537 nor P-384")
	}
	spki, err := x509.MarshalPKIXPublicKey(key)
	return key, spki, err
}

// sources are where a request's facts come from within the office.
type sources struct {
	generation func(context.Context, jpki.Kind) (Generation, error)
	beside     func(context.Context, mynumber.CardID) ([]row, error) // certificates on a card
	taken      func(ctx context.Context, kind jpki.Kind, name string) (bool, error)
}

// sources answers one question at a time, as things stand.
func (o *Office) sources() sources {
	return sources{
		generation: o.generationNow,
		beside: func(ctx context.Context, card mynumber.CardID) (rows []row, err error) {
			err = o.db.View(ctx, func(tx *db.Tx) error {
				rows, err = onCard(ctx, tx, card)
				return err
			})
			return rows, err
		},
		taken: func(ctx context.Context, kind jpki.Kind, name string) (taken bool, err error) {
			err = o.db.View(ctx, func(tx *db.Tx) error {
				taken, err = nameTaken(ctx, tx, kind, name)
				return err
			})
			return taken, err
		},
	}
}

// nameTaken reports whether a certificate of the kind has the common name.
func nameTaken(ctx context.Context, tx *db.Tx, kind jpki.Kind, name string) (bool, error) {
	return exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE kind = $1 AND common_name = $2`, kind.String(), name)
}

// gather asks the register and the card record and applies the rules.
func (o *Office) gather(ctx context.Context, r Request, ask sources) (f facts, err error) {
	f.now = o.clock.Now()
	today := mynumber.DateOf(f.now)
	if f.person, err = o.register.Person(ctx, r.Person); err != nil {
		return f, err
	}
	if f.card, err = o.cards.Card(ctx, r.Card); err != nil {
		return f, err
	}
	switch {
	case f.person.Standing != registry.Resident:
		return f, NotEntitled.New(string(f.person.Standing))
	case f.card.Person != r.Person:
		return f, NotEntitled.New("another person's card")
	case !issuable(f.card, f.now):
		return f, NotPermitted.New(f.card.State, "issue")
	case r.Kind == jpki.Signature && !mynumber.MaySignatureCertificate(f.person.Attributes.BirthDate, today, f.card.Pinless):
		return f, NotEntitled.New("age or PIN-less card")
	}
	if f.generation, err = ask.generation(ctx, r.Kind); err != nil {
		return f, err
	}
	if f.profile, err = o.profile(f.generation); err != nil {
		return f, err
	}
	var ok bool
	if f.place, ok = o.places.Place(r.Municipality, today); !ok {
		return f, Malformed.New("municipality")
	}
	return f, checkEnd(ctx, r, f, today, ask)
}

// certifies refuses a key that is not of the generation's algorithm.
func (g Generation) certifies(key crypto.PublicKey) error {
	if a, err := jpki.AlgorithmOf(key); err != nil || a != g.Algorithm {
		return KeyRefused.New("the generation in force certifies keys for " + g.Algorithm.String())
	}
	return nil
}

// generationNow is the generation that issues now, begun if it is due.
func (o *Office) generationNow(ctx context.Context, kind jpki.Kind) (Generation, error) {
	return o.current(ctx, system, kind)
}

// issuable reports whether a card may get a certificate: it has not ended or
// expired and is not suspended.
func issuable(c cards.Card, at time.Time) bool {
	switch c.State {
	case cards.Ordered, cards.Personalised, cards.Consigned, cards.Held, cards.InOperation:
		return !expired(c.ExpiresOn.EndOfDay(), at)
	}
	return false
}

// checkEnd holds the last day asked for against the rules' outer bounds: at most
// the sixth birthday, never beyond card or CA, and a signature
// certificate never beyond the authentication certificates of its card.
// Which day within them is right depends on what is renewed, and is the asking
// office's to say.
func checkEnd(ctx context.Context, r Request, f facts, today mynumber.Date, ask sources) error {
	last := mynumber.NthBirthdayAfter(f.person.Attributes.BirthDate, today, mynumber.CertificateBirthdays+1)
	for _, d := range []mynumber.Date{f.card.ExpiresOn, mynumber.DateOf(f.generation.EndsAt)} {
		if d.Before(last) {
			last = d
		}
	}
	if r.Kind == jpki.Signature {
		beside, err := ask.beside(ctx, r.Card)
		if err != nil {
			return err
		}
		var longest mynumber.Date
		for _, c := range beside {
			if c.Kind == jpki.Authentication && (c.State == Issued || c.State == Active) {
				if d := mynumber.DateOf(c.NotAfter); d.After(longest) {
					longest = d
				}
			}
		}
		if !longest.IsZero() && longest.Before(last) {
			last = longest
		}
	}
	if r.ExpiresOn.Before(today) || r.ExpiresOn.After(last) {
		return Malformed.New("expires on")
	}
	return nil
}

// fresh begins a request: serial number and name are drawn, the row recorded.
func (o *Office) fresh(ctx context.Context, by journal.Actor, q Request, f facts) (Certificate, error) {
	r, err := o.draft(ctx, q, f, o.sources(), 1)
	if err != nil {
		return Certificate{}, err
	}
	prepared, tbs, err := o.lint(r, f)
	if err != nil {
		return Certificate{}, err
	}
	r.tbsDigest = tbs
	if err := o.recordPrepared(ctx, by, &r); err != nil {
		return Certificate{}, err
	}
	return o.sign(ctx, by, r, f, prepared)
}

// draft draws serial number and name and makes the row of a request. ahead is how
// many serial numbers will be needed, this one included.
func (o *Office) draft(ctx context.Context, q Request, f facts, ask sources, ahead int) (row, error) {
	_, serial, err := o.drawSerial(ctx, ahead)
	if err != nil {
		return row{}, err
	}
	start := f.now.UTC().Truncate(time.Second)
	name, err := o.commonName(ctx, q.Kind, start, q.Municipality, ask.taken)
	if err != nil {
		return row{}, err
	}
	sum := sha256.Sum256(f.spki)
	r := row{
		Certificate: Certificate{Kind: q.Kind, Serial: serial, Generation: f.generation.Number, Person: q.Person, Card: q.Card,
			State: Certificates.Initial, KeyPath: BornOnChip, NotBefore: start, NotAfter: q.ExpiresOn.EndOfDay().UTC(),
			Medium: q.medium(), Phone: q.phone, Parent: q.parent},
		version: 1, request: q.ID, personVersion: f.person.Version, municipality: q.Municipality, publicKey: f.spki,
		keyDigest: hex.EncodeToString(sum[:]), commonName: name, expiresOn: q.ExpiresOn, preparedAt: f.now,
	}
	switch {
	case q.InjectedKey != "":
		r.KeyPath = Injected
	case q.phone != "":
		r.KeyPath = BornInPhone
	}
	return r, nil
}

// commonName draws the name of a certificate's subject, new among all of its
// kind: of a signature certificate its time of issue, of an authentication
// certificate nothing that says anything about the holder.
func (o *Office) commonName(ctx context.Context, kind jpki.Kind, at time.Time, m mynumber.MunicipalityCode, taken func(context.Context, jpki.Kind, string) (bool, error)) (string, error) {
	const head, tail = 14, 4
	for {
		s, err := o.drawName(head + tail)
		if err != nil {
			return "", err
		}
		name := jpki.AuthenticationCommonName(s[:head], string(m), s[head:])
		if kind == jpki.Signature {
			name = jpki.SignatureCommonName(at, string(m), s[head:])
		}
		if twelveDigits.MatchString(name) {
			continue // chance may spell what looks like an Individual Number (CRT-05)
		}
		if used, err := taken(ctx, kind, name); err != nil || !used {
			return name, err
		}
	}
}

// twelveDigits finds a run of exactly twelve digits, which no certificate may hold.
var twelveDigits = regexp.MustCompile(`(^|[^0-9])[0-9]{12}($|[^0-9])`)

// lint builds the content of a row's certificate and examines it. It returns the
// right to sign it once and the digest of what passed.
func (o *Office) lint(r row, f facts) (*jpki.Prepared, []byte, error) {
	serial, err := r.serial()
	if err != nil {
		return nil, nil, err
	}
	q := jpki.Request{Serial: serial, PublicKey: f.key, NotBefore: r.NotBefore, NotAfter: r.NotAfter, Medium: r.Medium,
		Place: f.place, CommonName: r.commonName}
	if r.Kind == jpki.Signature {
		personal := jpki.PersonalOf(f.person.Attributes)
		q.Personal = &personal
	}
	prepared, err := jpki.Prepare(q, f.profile)
	if err != nil {
		return nil, nil, LintFailed.Because(err)
	}
	linted, err := prepared.Lint()
	if err != nil {
		return nil, nil, LintFailed.Because(err)
	}
	if err := o.zlint(shapeOf{generationID{r.Kind, r.Generation}, r.Medium}, linted.Raw); err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(linted.RawTBSCertificate)
	return prepared, sum[:], nil
}

// recordPrepared writes down what is about to be signed.
func (o *Office) recordPrepared(ctx context.Context, by journal.Actor, r *row) error {
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		if err := recordRow(ctx, tx, r); err != nil {
			return err
		}
		_, err := journal.Write(ctx, tx, r.preparedEntry(by))
		return err
	})
}

// recordRow writes a row before its signature. Where it refuses, nothing was
// written but, perhaps, that the serial number is used.
func recordRow(ctx context.Context, tx *db.Tx, r *row) error {
	fresh, err := claimSerial(ctx, tx, r.Serial, r.Kind.String(), r.preparedAt)
	if err != nil {
		return err
	}
	if fresh {
		fresh, err = insert(ctx, tx, r)
	}
	if err != nil || fresh {
		return err
	}
	// A serial number, request, name or key is there already. Only the key is a
	// reason to refuse; a request must be looked up, the others drawn anew.
	earlier, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE request = $1 AND state <> 'dropped'`, r.request)
	if err != nil {
		return err
	}
	key, err := exists(ctx, tx, `SELECT COUNT(*) FROM authority_certificate WHERE key_digest = $1 AND state <> 'dropped'`, r.keyDigest)
	if err != nil {
		return err
	}
	if key && !earlier {
		return KeyRefused.New("in another certificate")
	}
	return errAgain
}

func (r row) preparedEntry(by journal.Actor) journal.Entry {
	e := r.entry(ActPrepared, by, r.preparedAt)
	e.Details["generation"], e.Details["request"] = strconv.Itoa(r.Generation), r.request
	e.Details["tbs_sha256"] = hex.EncodeToString(r.tbsDigest)
	return e
}

// resume finishes a request that was cut off between record and signature.
func (o *Office) resume(ctx context.Context, by journal.Actor, q Request, r row, f facts) (Certificate, error) {
	again := func() (Certificate, error) {
		if err := o.drop(ctx, by, r.Serial); err != nil {
			return Certificate{}, err
		}
		return Certificate{}, errAgain
	}
	if r.personVersion != f.person.Version || r.Generation != f.generation.Number || mynumber.DateOf(r.NotBefore) != mynumber.DateOf(f.now) {
		return again()
	}
	prepared, tbs, err := o.lint(r, f)
	if err != nil || !bytes.Equal(tbs, r.tbsDigest) {
		return again()
	}
	return o.sign(ctx, by, r, f, prepared)
}

// sign makes the signature of a recorded row and records it.
//
// Whoever ends a card or changes the register before the row was committed is
// seen by the second look here; whoever does so afterwards finds the row, and
// the effect of that act drops or revokes it.
func (o *Office) sign(ctx context.Context, by journal.Actor, r row, f facts, prepared *jpki.Prepared) (Certificate, error) {
	still, err := o.still(ctx, r, f)
	if err != nil {
		return Certificate{}, err
	}
	if !still {
		if err := o.drop(ctx, by, r.Serial); err != nil {
			return Certificate{}, err
		}
		return Certificate{}, errAgain
	}
	ca, err := o.keys.Signer(ctx, generationID{r.Kind, r.Generation}.keyName())
	if err != nil {
		return Certificate{}, err
	}
	der, err := signed(r, prepared, ca)
	if err != nil {
		return Certificate{}, err
	}
	var done row
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		done, err = o.finishIn(ctx, tx, by, r, der)
		return err
	})
	if err != nil {
		return Certificate{}, err
	}
	return done.Certificate, nil
}

// still looks once more whether person and card are what the row was made from.
func (o *Office) still(ctx context.Context, r row, f facts) (bool, error) {
	person, err := o.register.Person(ctx, r.Person)
	if err != nil {
		return false, err
	}
	card, err := o.cards.Card(ctx, r.Card)
	if err != nil {
		return false, err
	}
	return person.Version == f.person.Version && person.Standing == f.person.Standing && issuable(card, f.now), nil
}

// signed makes the signature and compares what was signed with what was recorded.
func signed(r row, prepared *jpki.Prepared, ca crypto.Signer) ([]byte, error) {
	s, err := prepared.Sign(ca)
	if err != nil {
		return nil, LintFailed.Because(err)
	}
	return r.compared(s)
}

// compared verifies a signature and returns the certificate if what was signed is
// what was recorded.
func (r row) compared(s *jpki.Signed) ([]byte, error) {
	if sum := sha256.Sum256(s.Content()); !bytes.Equal(sum[:], r.tbsDigest) {
		return nil, LintFailed.Because(jpki.ErrNotWhatWasLinted)
	}
	der, err := s.Certificate()
	if err != nil {
		return nil, LintFailed.Because(err)
	}
	return der, nil
}

// finishIn records a signature. Where the same request, running beside this one,
// was first, its certificate is returned.
func (o *Office) finishIn(ctx context.Context, tx *db.Tx, by journal.Actor, r row, der []byte) (row, error) {
	done, entry, err := o.finishRow(ctx, tx, by, r, der)
	if err == nil && entry != nil {
		_, err = journal.Write(ctx, tx, *entry)
	}
	return done, err
}

// finishRow is finishIn but for the journal entry, which the caller writes; nil
// where there is none to be written.
func (o *Office) finishRow(ctx context.Context, tx *db.Tx, by journal.Actor, r row, der []byte) (row, *journal.Entry, error) {
	done, now := r, o.clock.Now()
	to, ok := Certificates.Next(r.State, "sign")
	if !ok {
		return row{}, nil, NotPermitted.New(r.State, "sign")
	}
	done.State, done.DER, done.IssuedAt = to, der, now
	moved, err := signRow(ctx, tx, &done)
	if err != nil {
		return row{}, nil, err
	}
	if !moved {
		if done, err = find(ctx, tx, r.Kind, r.Serial); err != nil {
			return row{}, nil, err
		}
		if done.spent() {
			return row{}, nil, NotPermitted.New(done.State, "sign")
		}
		return done, nil, nil
	}
	sum := sha256.Sum256(der)
	e := done.entry(actOf["sign"], by, now)
	e.Details["generation"], e.Details["sha256"], e.Details["key"] = strconv.Itoa(done.Generation), hex.EncodeToString(sum[:]), string(done.KeyPath)
	return done, &e, nil
}

// drop gives a prepared row up. A row that is no longer prepared is left alone.
func (o *Office) drop(ctx context.Context, by journal.Actor, serial string) error {
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		r, err := one(ctx, tx, `serial = $1 AND state = 'prepared'`, serial)
		if errors.Is(err, db.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		return move(ctx, tx, by, &r, "drop", o.clock.Now(), nil)
	})
}
