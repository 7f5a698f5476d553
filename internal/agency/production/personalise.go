package production

import (
	"context"
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
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/vault"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
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

// Personalise implements Works. From the first key on there is no way back: an
// order found started by an earlier run that never finished is failed, since
// nobody can know what its chip holds, and keys are never used twice (P-55,
// CRT-27).
func (o *Office) Personalise(ctx context.Context, by journal.Actor, order string, blank reader.Transport) (Order, error) {
	r, err := o.row(ctx, order)
	if err != nil {
		return Order{}, err
	}
	if r.State != Placed {
		return Order{}, NotInThisState.New()
	}
	if !r.startedAt.IsZero() {
		return Order{}, o.fail(ctx, by, r, errors.New("production: an earlier run was cut off"))
	}
	card, err := o.Cards.Card(ctx, r.Card)
	if err != nil {
		return Order{}, err
	}
	person, err := o.Register.Person(ctx, r.Person)
	if err != nil {
		return Order{}, err
	}
	app, err := o.Files.Application(ctx, r.Application)
	if err != nil {
		return Order{}, err
	}
	if person.Standing != registry.Resident || app.PhotoDigest != r.PhotoDigest {
		return Order{}, NoLonger.New()
	}
	on, err := reader.New(blank, reader.WithExtendedLength(4096)).Issuer()
	if err != nil {
		return Order{}, ChipFailed.Because(err)
	}
	serial, err := on.Serial()
	if err != nil {
		return Order{}, ChipFailed.Because(err)
	}
	if serial != string(r.Card) {
		return Order{}, ChipFailed.Because(fmt.Errorf("production: the chip on the machine is %s, ordered is %s", serial, r.Card))
	}
	if r, err = o.start(ctx, by, r.ID); err != nil {
		return Order{}, err
	}
	w, err := o.writeChip(ctx, by, r, card, person, app.Wishes.Signature, app.Wishes.Authentication, on)
	if err != nil {
		return Order{}, o.fail(ctx, by, r, err)
	}
	spki, err := x509.MarshalPKIXPublicKey(w.cardKey)
	if err != nil {
		return Order{}, o.fail(ctx, by, r, err)
	}
	if err := o.Cards.Personalised(ctx, by, r.Card, spki); err != nil {
		return Order{}, err
	}
	r, err = o.step(ctx, by, r.ID, "write", actWritten, func(r *row) (map[string]string, error) {
		r.Keys, r.digests, r.ChipPhoto, r.writtenBy = w.paths, w.digests, w.chipPhoto, by.ID
		return map[string]string{"signature_key": string(w.paths[jpki.Signature.String()]),
			"authentication_key": string(w.paths[jpki.Authentication.String()]), "bytes": strconv.Itoa(w.bytes)}, nil
	})
	return r.Order, err
}

// start records that keys are about to be made.
func (o *Office) start(ctx context.Context, by journal.Actor, id string) (row, error) {
	var r row
	err := o.DB.Tx(ctx, func(tx *db.Tx) error {
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

func (o *Office) writeChip(ctx context.Context, by journal.Actor, r row, card cards.Card, person registry.Person, signature, authentication bool, on *reader.Issuer) (written, error) {
	w := written{paths: map[string]authority.KeyPath{}, digests: map[string]string{}}
	transport, mac, err := on.TransportKey()
	if err != nil {
		return w, err
	}
	if err := o.Cards.Attest(ctx, by, r.Card, transport, mac[:]); err != nil {
		return w, err
	}
	// The card's own keys, and the authentication key, are born on the chip.
	places := []slot{faceKey, textKey, commonKey}
	if authentication {
		places = append(places, authenticationKey)
	}
	keys, err := o.generate(ctx, by, r, on, places)
	if err != nil {
		return w, err
	}
	w.cardKey = keys[faceKey]
	certs, wrapped, err := o.certificates(ctx, by, r, card, person, signature, keys[authenticationKey], transport)
	if err != nil {
		return w, err
	}
	g, _, err := o.gather(ctx, by, card, w.cardKey, vault.CardProduction)
	if err != nil {
		return w, err
	}
	script, err := o.whole(ctx, by, card, g, keys[textKey])
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
	// Whatever key the chip took into use has to show itself, above all the one
	// that was injected: it must be the certificate's.
	for _, rep := range reports {
		if err := rep.Verify(string(r.Card), cardmgmt.Session(r.session), challenge); err != nil {
			return w, err
		}
		if (slot{rep.Application, rep.Reference}) == signatureKey && !certifies(certs, rep.PublicKey) {
			return w, errors.New("production: the injected key is not the certificate's")
		}
	}
	w.chipPhoto = g.chipPhoto
	for _, item := range script {
		if f, ok := item.(cardmgmt.WriteFile); ok {
			sum := sha256.Sum256(f.Content)
			w.digests[fileName(f.Application, f.File)] = hex.EncodeToString(sum[:])
			w.bytes += len(f.Content)
		}
	}
	return w, nil
}

func fileName(a layout.Application, f layout.FileID) string {
	return fmt.Sprintf("%s/%04x", a, uint16(f))
}

func certifies(certs []authority.Certificate, pub *rsa.PublicKey) bool {
	for _, c := range certs {
		x, err := x509.ParseCertificate(c.DER)
		if err == nil && pub.Equal(x.PublicKey) {
			return true
		}
	}
	return false
}

// generate has keys born on the chip and checks that it owns them.
func (o *Office) generate(ctx context.Context, by journal.Actor, r row, on *reader.Issuer, places []slot) (map[slot]*rsa.PublicKey, error) {
	var script cardmgmt.Script
	for _, p := range places {
		script = append(script, cardmgmt.GenerateKeyItem{Application: p.app, Reference: p.ref})
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
	out := map[slot]*rsa.PublicKey{}
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
func (o *Office) certificates(ctx context.Context, by journal.Actor, r row, card cards.Card, person registry.Person, signature bool, authPub *rsa.PublicKey, transport []byte) (out []authority.Certificate, wrapped []byte, err error) {
	day := today(o.Clock)
	birth := person.Attributes.BirthDate
	var authEnd mynumber.Date
	issue := func(kind jpki.Kind, expires mynumber.Date, q authority.Request) error {
		q.ID, q.Kind, q.Card, q.Person = r.ID+"/"+kind.String(), kind, r.Card, r.Person
		q.Municipality, q.ExpiresOn = person.Municipality, expires
		c, err := o.Authority.Issue(ctx, by, q)
		if err == nil {
			out = append(out, c)
		}
		return err
	}
	if authPub != nil {
		authEnd, err = authority.ExpiresOn(ctx, o.Authority, jpki.Authentication, birth, card.ExpiresOn, day, mynumber.Date{}, mynumber.Date{}, card.Pinless)
		if err != nil {
			return nil, nil, err
		}
		if err := issue(jpki.Authentication, authEnd, authority.Request{PublicKey: authPub}); err != nil {
			return nil, nil, err
		}
	}
	if !signature || !mynumber.MaySignatureCertificate(birth, day, card.Pinless) {
		return out, nil, nil
	}
	end, err := authority.ExpiresOn(ctx, o.Authority, jpki.Signature, birth, card.ExpiresOn, day, mynumber.Date{}, authEnd, card.Pinless)
	if err != nil {
		return nil, nil, err
	}
	key, err := o.Authority.NewInjectedKey(ctx, by, r.Card, transport)
	if err != nil {
		return nil, nil, err
	}
	if err := issue(jpki.Signature, end, authority.Request{InjectedKey: key.ID}); err != nil {
		return nil, nil, err
	}
	return out, key.Wrapped, nil
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
	r, err := o.row(ctx, order)
	if err != nil {
		return Order{}, err
	}
	if r.State != Written {
		return Order{}, NotInThisState.New()
	}
	if by.ID == r.writtenBy {
		return Order{}, SameHands.New()
	}
	n, err := o.compare(ctx, by, r, on)
	var differs *difference
	if errors.As(err, &differs) {
		return Order{}, o.fail(ctx, by, r, err)
	}
	if err != nil {
		return Order{}, err
	}
	r, err = o.step(ctx, by, order, "inspect", actInspected, func(*row) (map[string]string, error) {
		return map[string]string{"files": strconv.Itoa(n)}, nil
	})
	return r.Order, err
}

// difference says which file of a card is not what it should be.
type difference struct{ file string }

func (d *difference) Error() string { return "production: the chip's file " + d.file + " differs" }

func (o *Office) compare(ctx context.Context, by journal.Actor, r row, t reader.Transport) (int, error) {
	card, err := o.Cards.Card(ctx, r.Card)
	if err != nil {
		return 0, err
	}
	key, err := x509.ParsePKIXPublicKey(card.CardKey)
	if err != nil {
		return 0, err
	}
	pub, ok := key.(*rsa.PublicKey)
	if !ok {
		return 0, errors.New("production: the card's key is no RSA key")
	}
	g, _, err := o.gather(ctx, by, card, pub, vault.CardProduction)
	if err != nil {
		return 0, err
	}
	expected := maps.Clone(r.digests)
	again := func(a layout.Application, f layout.FileID, content []byte) {
		sum := sha256.Sum256(content)
		expected[fileName(a, f)] = hex.EncodeToString(sum[:])
	}
	again(layout.Text, layout.TextNumber, g.number)
	again(layout.Text, layout.TextAttributes, g.text)
	again(layout.Text, layout.TextSignature, g.textSignature)
	again(layout.Face, layout.FaceBirthDate, g.faceBirth)
	again(layout.Face, layout.FaceCard, g.face)
	again(layout.Face, layout.FaceNumber, g.faceNumber)
	certs, err := o.Authority.OfCard(ctx, r.Card)
	if err != nil {
		return 0, err
	}
	for _, c := range certs {
		if c.State != authority.Issued {
			continue
		}
		items, err := o.certificateFiles(ctx, c)
		if err != nil {
			return 0, err
		}
		for _, i := range items {
			f := i.(cardmgmt.WriteFile)
			again(f.Application, f.File, f.Content)
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
		return 0, err
	}
	answer, _, err := cards.Perform(ctx, o.Cards, by, on,
		cards.Grant{Card: r.Card, Session: r.session, SessionID: r.ID, Op: cardmgmt.Inspect}, script)
	if errors.Is(err, reader.ErrNotFound) {
		return 0, &difference{"list"}
	}
	if err != nil {
		return 0, err
	}
	digests, err := cardmgmt.ParseDigests(answer, len(names))
	if err != nil {
		return 0, err
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
