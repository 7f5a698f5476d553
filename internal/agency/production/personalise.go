package production

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/intake"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// slot is one key place of the card.
type slot struct {
	app layout.Application
	ref layout.Reference
}

var (
	faceKey           = slot{layout.Face, layout.FaceKey}
	textKey           = slot{layout.Text, layout.TextKey}
	commonKey         = slot{layout.Common, layout.CommonKey}
	authenticationKey = slot{layout.JPKI, layout.JPKIAuthenticationKey}
	signatureKey      = slot{layout.JPKI, layout.JPKISignatureKey}
)

// errCutOff says that an earlier run began with a chip and never finished.
var errCutOff = errors.New("production: an earlier run was cut off")

// Personalise implements Works. From the first key on there is no way back: an
// order found started by an earlier run that never finished is failed, since
// nobody can know what its chip holds, and keys are never used twice (P-55,
// CRT-27).
func (o *Office) Personalise(ctx context.Context, by journal.Actor, order string, blank reader.Transport) (Order, error) {
	r, err := o.begun(ctx, by, order, Placed)
	if err != nil {
		return Order{}, err
	}
	if !r.startedAt.IsZero() {
		return Order{}, o.spoiled(ctx, by, r, errCutOff)
	}
	card, err := o.Cards.Card(ctx, r.Card)
	if err != nil {
		return Order{}, err
	}
	person, app, err := o.stillWanted(ctx, by, r, card)
	if err != nil {
		return Order{}, err
	}
	photo, err := o.photo(ctx, r)
	if err != nil {
		return Order{}, err
	}
	on, err := reader.New(blank, reader.WithExtendedLength(4096)).Issuer()
	if err != nil {
		return Order{}, NoAnswer.Because(err)
	}
	serial, err := on.Serial()
	if err != nil {
		return Order{}, NoAnswer.Because(err)
	}
	if serial != string(r.Card) {
		return Order{}, OtherChip.New()
	}
	// Asked before the first key: what cannot be dated would spoil a good card.
	if err := o.datable(ctx, person, card, app.Wishes); err != nil {
		return Order{}, err
	}
	if r, err = o.start(ctx, by, r.ID); err != nil {
		return Order{}, err
	}
	w, err := o.writeChip(ctx, by, r, subject{card: card, person: person, wishes: app.Wishes, photo: photo}, on)
	if err != nil {
		return Order{}, o.spoiled(ctx, by, r, err)
	}
	spki, err := x509.MarshalPKIXPublicKey(w.cardKey)
	if err == nil {
		err = o.Cards.Personalised(ctx, by, r.Card, spki)
	}
	if err != nil {
		return Order{}, o.spoiled(ctx, by, r, err)
	}
	done, err := o.step(ctx, by, r.ID, "write", actWritten, func(tx *db.Tx, r *row) (map[string]string, error) {
		if _, err := o.operator(ctx, tx, by); err != nil {
			return nil, err
		}
		r.Keys, r.digests, r.ChipPhoto, r.writtenBy = w.paths, w.digests, w.chipPhoto, by.ID
		return map[string]string{"signature_key": string(w.paths[jpki.Signature.String()]),
			"authentication_key": string(w.paths[jpki.Authentication.String()]), "bytes": strconv.Itoa(w.bytes)}, nil
	})
	if err != nil {
		return Order{}, o.spoiled(ctx, by, r, err)
	}
	return done.Order, nil
}

// begun loads an order for an act of an operator that it must be in a state for.
func (o *Office) begun(ctx context.Context, by journal.Actor, order string, in OrderState) (row, error) {
	var r row
	err := o.DB.View(ctx, func(tx *db.Tx) error {
		if _, err := o.operator(ctx, tx, by); err != nil {
			return err
		}
		var err error
		if r, err = load(ctx, tx, order); err == nil && r.State != in {
			err = NotInThisState.New()
		}
		return err
	})
	return r, err
}

// spoiled fails an order because of its chip and says so. Where even that
// cannot be recorded now, the next run on the order does it.
func (o *Office) spoiled(ctx context.Context, by journal.Actor, r row, cause error) error {
	if err := o.fail(ctx, by, r, cause); err != nil {
		return errors.Join(cause, err)
	}
	return ChipFailed.Because(cause)
}

// subject is whom a chip is written for.
type subject struct {
	card   cards.Card
	person registry.Person
	wishes intake.Wishes
	photo  []byte
}

// datable reports whether the wished certificates could be issued today.
func (o *Office) datable(ctx context.Context, person registry.Person, card cards.Card, w intake.Wishes) error {
	for kind, wished := range map[jpki.Kind]bool{
		jpki.Authentication: w.Authentication,
		jpki.Signature:      w.Signature && mynumber.MaySignatureCertificate(person.Attributes.BirthDate, today(o.Clock), card.Pinless),
	} {
		if !wished {
			continue
		}
		_, err := authority.ExpiresOn(ctx, o.Authority, kind, person.Attributes.BirthDate, card.ExpiresOn, today(o.Clock),
			mynumber.Date{}, mynumber.Date{}, card.Pinless)
		if errors.Is(err, mynumber.ErrDates) || errors.Is(err, mynumber.ErrCarrierOver) {
			return NoDates.Because(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// start records that keys are about to be made.
func (o *Office) start(ctx context.Context, by journal.Actor, id string) (row, error) {
	var r row
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
		if _, err := o.operator(ctx, tx, by); err != nil {
			return err
		}
		var err error
		if r, err = load(ctx, tx, id); err != nil {
			return err
		}
		if r.State != Placed || !r.startedAt.IsZero() {
			return NotInThisState.New()
		}
		r.startedAt = o.Clock.Now()
		if err := update(ctx, tx, r); err != nil {
			return err
		}
		r.version++
		return o.write(ctx, tx, r, by, actStarted, nil)
	})
	return r, err
}

// written is what came of writing a chip.
type written struct {
	cardKey   *rsa.PublicKey
	paths     map[string]authority.KeyPath
	digests   map[string]string
	chipPhoto [32]byte
	bytes     int
}

func (o *Office) writeChip(ctx context.Context, by journal.Actor, r row, s subject, on *reader.Issuer) (w written, err error) {
	w = written{paths: map[string]authority.KeyPath{}, digests: map[string]string{}}
	transport, mac, err := on.TransportKey()
	if err != nil {
		return w, err
	}
	if err := o.Cards.Attest(ctx, by, r.Card, transport, mac[:]); err != nil {
		return w, err
	}
	// The card's own keys, and the authentication key, are born on the chip.
	places := []slot{faceKey, textKey, commonKey}
	if s.wishes.Authentication {
		places = append(places, authenticationKey)
	}
	keys, err := o.generate(ctx, by, r, on, places)
	if err != nil {
		return w, err
	}
	own, isRSA := keys[faceKey].(*rsa.PublicKey)
	text, isRSAToo := keys[textKey].(*rsa.PublicKey)
	if !isRSA || !isRSAToo {
		return w, errors.New("production: the card's own keys are not RSA")
	}
	w.cardKey = own
	numbers, err := o.numbers(ctx, by, s.card.Person)
	if err != nil {
		return w, err
	}
	// What the municipality signs is made while the authority issues: neither needs
	// the other.
	type made struct {
		contents
		err error
	}
	contents := make(chan made, 1)
	go func() {
		g, err := o.contents(ctx, s.card, s.person, s.photo, w.cardKey, text, numbers.number)
		contents <- made{g, err}
	}()
	certs, wrapped, err := o.certificates(ctx, by, r, s, keys[authenticationKey], transport)
	g := <-contents
	if wrapped != nil {
		defer func() {
			err = errors.Join(err, o.deleted(ctx, by, r, wrapped))
		}()
	}
	if err = errors.Join(err, g.err); err != nil {
		return w, err
	}
	script, err := whole(s.card, g.contents, numbers.code)
	if err != nil {
		return w, err
	}
	for _, p := range places {
		script = append(script, cardmgmt.UseKey{Application: p.app, Reference: p.ref, Digest: cardmgmt.PublicKeyDigest(keys[p])})
	}
	if wrapped != nil {
		script = append(script, cardmgmt.LoadWrappedKey{Application: signatureKey.app, Reference: signatureKey.ref, Ciphertext: wrapped})
	}
	for _, c := range certs {
		w.paths[c.Kind.String()] = c.KeyPath
		items, err := o.certificateFiles(ctx, c)
		if err != nil {
			return w, err
		}
		script = append(script, items...)
	}
	answer, challenge, err := cards.Perform(ctx, o.Cards, by, on,
		cards.Grant{Card: r.Card, Session: r.session, SessionID: r.ID, Op: cardmgmt.Personalise}, script)
	if err != nil {
		return w, err
	}
	reports, err := cardmgmt.ParseKeyReports(answer)
	if err != nil {
		return w, err
	}
	// Every key has to show itself, above all the one that was injected: it must
	// be the certificate's.
	shown := map[slot]crypto.PublicKey{}
	for _, rep := range reports {
		if err := rep.Verify(string(r.Card), cardmgmt.Session(r.session), challenge); err != nil {
			return w, err
		}
		shown[slot{rep.Application, rep.Reference}] = rep.PublicKey
	}
	for _, p := range places {
		if !cardmgmt.SameKey(shown[p], keys[p]) {
			return w, fmt.Errorf("production: the chip does not show its key %s %02X", p.app, byte(p.ref))
		}
	}
	if wrapped != nil && !certifies(certs, jpki.Signature, shown[signatureKey]) || !certifies(certs, jpki.Authentication, shown[authenticationKey]) {
		return w, errors.New("production: a key on the chip is not its certificate's")
	}
	w.chipPhoto = g.chipPhoto
	for _, item := range script {
		if f, ok := item.(cardmgmt.WriteFile); ok {
			if name := fileName(f.Application, f.File); !slices.Contains(guessable, name) {
				w.digests[name] = digestOf(f.Content)
			}
			w.bytes += len(f.Content)
		}
	}
	return w, nil
}

// guessable are the files that hold so little beside a number that their digest gives
// it away to whoever tries all numbers (P-54). It is kept nowhere: the inspection
// makes the files anew from the vault.
var guessable = []string{fileName(layout.Text, layout.TextNumber), fileName(layout.Register, layout.ResidentCode)}

func fileName(a layout.Application, f layout.FileID) string {
	return fmt.Sprintf("%s/%04x", a, uint16(f))
}

// digestOf is SHA-256 in hex.
func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// deleted clears the works' copy of a wrapped key and records it, whatever came
// of the writing (CRT-24, CRT-26).
func (o *Office) deleted(ctx context.Context, by journal.Actor, r row, wrapped []byte) error {
	digest := digestOf(wrapped)
	clear(wrapped)
	ctx = context.WithoutCancel(ctx)
	return o.DB.Tx(ctx, func(tx *db.Tx) error {
		return o.write(ctx, tx, r, by, actWrappedKeyDeleted, map[string]string{"wrapped_sha256": digest})
	})
}

// certifies reports whether the certificate of a kind, if there is one, is of
// this key.
func certifies(certs []authority.Certificate, kind jpki.Kind, pub crypto.PublicKey) bool {
	for _, c := range certs {
		if c.Kind != kind {
			continue
		}
		x, err := x509.ParseCertificate(c.DER)
		return err == nil && jpki.SameKey(x.PublicKey, pub)
	}
	return true
}

// generate has keys born on the chip and checks that it owns them.
func (o *Office) generate(ctx context.Context, by journal.Actor, r row, on *reader.Issuer, places []slot) (map[slot]crypto.PublicKey, error) {
	var script cardmgmt.Script
	for _, p := range places {
		item := cardmgmt.GenerateKeyItem{Application: p.app, Reference: p.ref}
		if p == authenticationKey {
			var err error
			if item.Type, err = authority.KeyType(ctx, o.Authority, jpki.Authentication); err != nil {
				return nil, err
			}
		}
		script = append(script, item)
	}
	answer, challenge, err := cards.Perform(ctx, o.Cards, by, on,
		cards.Grant{Card: r.Card, Session: r.session, SessionID: r.ID, Op: cardmgmt.GenerateKey}, script)
	if err != nil {
		return nil, err
	}
	reports, err := cardmgmt.ParseKeyReports(answer)
	if err != nil {
		return nil, err
	}
	out := map[slot]crypto.PublicKey{}
	for _, rep := range reports {
		if err := rep.Verify(string(r.Card), cardmgmt.Session(r.session), challenge); err != nil {
			return nil, err
		}
		out[slot{rep.Application, rep.Reference}] = rep.PublicKey
	}
	for _, p := range places {
		if out[p] == nil {
			return nil, fmt.Errorf("production: the chip made no key for %s %02X", p.app, byte(p.ref))
		}
	}
	return out, nil
}

// certificates has the wished certificates issued: the authentication key was
// born on the chip, the signature key is made by the authority and wrapped for
// this chip alone.
func (o *Office) certificates(ctx context.Context, by journal.Actor, r row, s subject, authPub crypto.PublicKey, transport []byte) (out []authority.Certificate, wrapped []byte, err error) {
	day, card, person := today(o.Clock), s.card, s.person
	birth := person.Attributes.BirthDate
	var authEnd mynumber.Date
	var requests []authority.Request
	ask := func(kind jpki.Kind, expires mynumber.Date, q authority.Request) {
		q.ID, q.Kind, q.Card, q.Person = r.ID+"/"+kind.String(), kind, r.Card, r.Person
		q.Municipality, q.ExpiresOn = person.Municipality, expires
		requests = append(requests, q)
	}
	if authPub != nil {
		authEnd, err = authority.ExpiresOn(ctx, o.Authority, jpki.Authentication, birth, card.ExpiresOn, day, mynumber.Date{}, mynumber.Date{}, card.Pinless)
		if err != nil {
			return nil, nil, err
		}
		ask(jpki.Authentication, authEnd, authority.Request{PublicKey: authPub})
	}
	if s.wishes.Signature && mynumber.MaySignatureCertificate(birth, day, card.Pinless) {
		end, err := authority.ExpiresOn(ctx, o.Authority, jpki.Signature, birth, card.ExpiresOn, day, mynumber.Date{}, authEnd, card.Pinless)
		if err != nil {
			return nil, nil, err
		}
		key, err := o.Authority.NewInjectedKey(ctx, by, r.Card, transport)
		if err != nil {
			return nil, nil, err
		}
		wrapped = key.Wrapped
		ask(jpki.Signature, end, authority.Request{InjectedKey: key.ID})
	}
	if len(requests) == 0 {
		return nil, nil, nil
	}
	for _, one := range o.Authority.IssueAll(ctx, by, requests) {
		if one.Err != nil {
			err = errors.Join(err, one.Err)
			continue
		}
		out = append(out, one.Certificate)
	}
	return out, wrapped, err
}

// certificateFiles are the two files that go with a certificate: itself, and the
// CA certificate of the generation that signed it.
func (o *Office) certificateFiles(ctx context.Context, c authority.Certificate) (cardmgmt.Script, error) {
	return CertificateFiles(ctx, o.Authority, c)
}

// Inspect implements Works: every file is built again from the register, the
// application and the authority, and compared with what the chip says it holds
// (PRD-07, PRD-09). A difference fails the order.
func (o *Office) Inspect(ctx context.Context, by journal.Actor, order string, on reader.Transport) (Order, error) {
	r, err := o.begun(ctx, by, order, Written)
	if err != nil {
		return Order{}, err
	}
	if err := o.otherHands(ctx, by, r); err != nil {
		return Order{}, err
	}
	card, err := o.Cards.Card(ctx, r.Card)
	if err != nil {
		return Order{}, err
	}
	person, _, err := o.stillWanted(ctx, by, r, card)
	if err != nil {
		return Order{}, err
	}
	photo, err := o.photo(ctx, r)
	if err != nil {
		return Order{}, err
	}
	n, err := o.compare(ctx, by, r, card, person, photo, on)
	var differs *difference
	if errors.As(err, &differs) {
		return Order{}, o.spoiled(ctx, by, r, err)
	}
	if err != nil {
		return Order{}, err
	}
	r, err = o.step(ctx, by, order, "inspect", actInspected, func(tx *db.Tx, r *row) (map[string]string, error) {
		_, err := o.operator(ctx, tx, by)
		return map[string]string{"files": strconv.Itoa(n)}, err
	})
	if err != nil {
		return Order{}, err
	}
	return r.Order, nil
}

// otherHands refuses whoever wrote the chip, also under a second staff id
// (PRD-32, P-17).
func (o *Office) otherHands(ctx context.Context, by journal.Actor, r row) error {
	if by.ID == r.writtenBy {
		return SameHands.New()
	}
	return o.DB.View(ctx, func(tx *db.Tx) error {
		inspector, err := o.operator(ctx, tx, by)
		if err != nil {
			return err
		}
		writer, err := staff.GetMember(ctx, tx, r.writtenBy)
		if err == nil && inspector.Person != "" && inspector.Person == writer.Person {
			err = SameHands.New()
		}
		return err
	})
}

// difference says what of a card is not as it should be.
type difference struct{ what string }

func (d *difference) Error() string { return "production: on the chip differs " + d.what }

// officeError marks what the card management system refused, so that the rest
// of what cards.Perform returns is known to come from the chip.
type officeError struct{ error }

func (e officeError) Unwrap() error { return e.error }

type marked struct{ cards.Manager }

func (m marked) Authorise(ctx context.Context, by journal.Actor, g cards.Grant) ([]byte, error) {
	mac, err := m.Manager.Authorise(ctx, by, g)
	if err != nil {
		err = officeError{err}
	}
	return mac, err
}

func (o *Office) compare(ctx context.Context, by journal.Actor, r row, card cards.Card, person registry.Person, photo []byte, t reader.Transport) (int, error) {
	pub, err := cardKeyOf(card)
	if err != nil {
		return 0, err
	}
	own, err := o.numbers(ctx, by, card.Person)
	if err != nil {
		return 0, err
	}
	g, err := o.contents(ctx, card, person, photo, pub, nil, own.number)
	if err != nil {
		return 0, err
	}
	expected := maps.Clone(r.digests)
	again := func(a layout.Application, f layout.FileID, content []byte) {
		expected[fileName(a, f)] = digestOf(content)
	}
	again(layout.Text, layout.TextNumber, g.number)
	again(layout.Register, layout.ResidentCode, files.ResidentCode(own.code))
	again(layout.Text, layout.TextAttributes, g.text)
	again(layout.Text, layout.TextSignature, g.textSignature)
	again(layout.Face, layout.FaceBirthDate, g.faceBirth)
	again(layout.Face, layout.FaceCard, g.face)
	again(layout.Face, layout.FaceNumber, g.faceNumber)
	certs, err := o.Authority.OfCard(ctx, r.Card)
	if err != nil {
		return 0, err
	}
	issued := map[string]bool{}
	for _, c := range certs {
		if c.State != authority.Issued {
			continue
		}
		issued[c.Kind.String()] = true
		items, err := o.certificateFiles(ctx, c)
		if err != nil {
			return 0, err
		}
		for _, i := range items {
			f := i.(cardmgmt.WriteFile)
			again(f.Application, f.File, f.Content)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Keys)) {
		if !issued[kind] {
			return 0, &difference{kind + " certificate, which has ended"}
		}
	}
	names := slices.Sorted(maps.Keys(expected))
	var script cardmgmt.Script
	for _, name := range names {
		a, f, err := parseFileName(name)
		if err != nil {
			return 0, err
		}
		script = append(script, cardmgmt.ListFile{Application: a, File: f})
	}
	on, err := reader.New(t).Issuer()
	if err != nil {
		return 0, NoAnswer.Because(err)
	}
	answer, _, err := cards.Perform(ctx, marked{o.Cards}, by, on,
		cards.Grant{Card: r.Card, Session: r.session, SessionID: r.ID, Op: cardmgmt.Inspect}, script)
	var refused officeError
	switch {
	case errors.Is(err, reader.ErrNotFound):
		return 0, &difference{"list of files"}
	case errors.As(err, &refused):
		return 0, err
	case err != nil:
		return 0, NoAnswer.Because(err)
	}
	digests, err := cardmgmt.ParseDigests(answer, len(names))
	if err != nil {
		return 0, NoAnswer.Because(err)
	}
	for i, name := range names {
		if hex.EncodeToString(digests[i][:]) != expected[name] {
			return 0, &difference{name}
		}
	}
	if g.chipPhoto != r.ChipPhoto {
		return 0, &difference{"photo"}
	}
	return len(names), nil
}

func parseFileName(name string) (layout.Application, layout.FileID, error) {
	for _, a := range append(layout.Applications(), layout.Master) {
		var f uint16
		if n, err := fmt.Sscanf(name, a.String()+"/%04x", &f); err == nil && n == 1 && fileName(a, layout.FileID(f)) == name {
			return a, layout.FileID(f), nil
		}
	}
	return 0, 0, fmt.Errorf("production: %q names no file", name)
}
