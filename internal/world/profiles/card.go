package profiles

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"

	"kado/cardmgmt"
	"kado/cardmgmt/layout"
	"kado/chip"
	"kado/internal/platform/entropy"
	"kado/internal/world/portrait"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// Card is a ready card under power, with what is known of it outside the chip.
type Card struct {
	*chip.Card
	// Description is the card in words, complete.
	Description Description
	Serial      string
	// Number and SecurityCode are printed on the card.
	Number       mynumber.IndividualNumber
	SecurityCode mynumber.Secret
	// Certificates of the holder by kind.
	Certificates map[reader.KeyKind]*x509.Certificate
}

// VerificationA is the number that opens the records of a person's number.
func (c *Card) VerificationA() mynumber.Secret { return mynumber.VerificationA(c.Number) }

// VerificationB is the number that opens the other records.
func (c *Card) VerificationB() (mynumber.Secret, error) {
	d := c.Description
	return mynumber.VerificationB(d.BirthDate, d.japanese(), d.ExpiresOn, c.SecurityCode.Reveal())
}

func (d Description) japanese() bool { return d.Residence == mynumber.Japanese }

func (d Description) medium() jpki.Medium {
	if d.Token == files.TokenAndroid || d.Token == files.TokenIPhone {
		return jpki.Phone
	}
	return jpki.Card
}

// Make makes the profile of that name in a memory of its own. Error: KADO-6001
// and those of MakeCard.
func (m *Maker) Make(name string) (*Card, error) {
	p, err := ByName(name)
	if err != nil {
		return nil, err
	}
	d, err := p.Describe(m.Today())
	if err != nil {
		return nil, err
	}
	return m.MakeCard(d, chip.NewRAM())
}

// MakeCard makes the described card in an empty memory: blank chip, keys born
// on it, certificates, records and references in one script, delivery with the
// holder's PINs, and then what happened to it. d is as Complete returned it.
func (m *Maker) MakeCard(d Description, mem chip.Memory) (*Card, error) {
	serial, err := mynumber.DrawCardID(m.o.Entropy.Stream("profiles.card"))
	if err != nil {
		return nil, err
	}
	w := &work{Maker: m, d: d, serial: string(serial), card: &Card{Description: d, Serial: string(serial),
		Certificates: map[reader.KeyKind]*x509.Certificate{}}}
	if err := w.make(mem); err != nil {
		return nil, err
	}
	return w.card, nil
}

// work is one card in the making.
type work struct {
	*Maker
	d       Description
	serial  string
	key     cardmgmt.Key
	card    *Card
	issuer  *reader.Issuer
	signers signers
	keys    map[place]crypto.PublicKey
	images  Images
	code    mynumber.ResidentCode
}

// place is where a key lies.
type place struct {
	app layout.Application
	ref layout.Reference
}

var (
	commonKey         = place{layout.Common, layout.CommonKey}
	textKey           = place{layout.Text, layout.TextKey}
	faceKey           = place{layout.Face, layout.FaceKey}
	signatureKey      = place{layout.JPKI, layout.JPKISignatureKey}
	authenticationKey = place{layout.JPKI, layout.JPKIAuthenticationKey}
)

func (w *work) make(mem chip.Memory) error {
	for _, step := range []func() error{
		func() error { return w.blank(mem) }, w.facts, w.draw, w.personalise, w.deliver, w.move, w.spendTries,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	w.card.Card.Reset()
	return nil
}

// blank makes the chip. The key that manages it is drawn for this one card and
// forgotten with the work: nobody manages a ready card later.
func (w *work) blank(mem chip.Memory) error {
	if _, err := rand.Read(w.key[:]); err != nil {
		return fmt.Errorf("profiles: drawing a management key: %w", err)
	}
	random := w.o.Entropy.Stream("chip." + w.serial)
	options := []chip.Option{chip.WithRandom(random)}
	if w.d.Interface == Contact {
		options = append(options, chip.WithContacts())
	}
	c, err := chip.Manufacture(mem, chip.Blank{Serial: w.serial, ManagementKey: w.key}, w.o.Keys, options...)
	if err != nil {
		return err
	}
	w.card.Card = c
	w.issuer, err = reader.New(reader.Virtual(c), reader.WithExtendedLength(4096)).Issuer()
	return err
}

// facts draws what neither description nor rules decide.
func (w *work) facts() (err error) {
	person := w.o.Entropy.Stream("profiles.person")
	if w.card.Number, err = mynumber.DrawIndividualNumber(person); err != nil {
		return err
	}
	if w.code, err = mynumber.DrawResidentCode(person); err != nil {
		return err
	}
	code, err := mynumber.DrawSecurityCode(person)
	if err != nil {
		return err
	}
	w.card.SecurityCode = mynumber.NewSecret(code)
	w.signers, err = w.Maker.signers(w.d.Municipality)
	return err
}

func (w *work) draw() error {
	d := w.d
	f := Face{Name: d.Name, Alias: d.Alias, Address: d.Address, BirthDate: d.BirthDate, Residence: d.Residence, Sex: mynumber.Sex(d.Sex),
		Expiry: d.ExpiresOn, SecurityCode: w.card.SecurityCode.Reveal(), Number: w.card.Number}
	if d.MovedTo != "" {
		f.Address = d.MovedTo
	}
	if !d.NoPhoto {
		photo, err := portrait.Draw(w.o.Entropy.Stream("profiles.face"), portrait.Subject{Age: mynumber.AgeOn(d.BirthDate, d.IssuedOn), Sex: f.Sex})
		if err != nil {
			return err
		}
		f.Photo = photo
	}
	images, err := w.o.Draw(f)
	if err != nil {
		return BadDescription.Because(err, "name, address")
	}
	w.images = images
	return nil
}

// run carries out one issuer act.
func (w *work) run(op cardmgmt.Op, script cardmgmt.Script, pins ...reader.PIN) ([]byte, error) {
	challenge, err := w.issuer.Challenge()
	if err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", op, err)
	}
	session, err := entropy.Bytes(w.o.Entropy.Stream("profiles.session"), cardmgmt.SessionLen)
	if err != nil {
		return nil, err
	}
	act, err := cardmgmt.NewAct(w.key, w.serial, challenge, cardmgmt.Session(session), op, script)
	if err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", op, err)
	}
	answer, err := w.issuer.Run(act, pins...)
	if err != nil {
		return nil, fmt.Errorf("profiles: %s: %w", op, err)
	}
	return answer, nil
}

func (w *work) personalise() error {
	born := []place{faceKey, textKey, commonKey}
	if w.d.has(jpki.Authentication) {
		born = append(born, authenticationKey)
	}
	if err := w.generate(born); err != nil {
		return err
	}
	script, err := w.records()
	if err != nil {
		return err
	}
	for _, p := range born {
		script = append(script, cardmgmt.UseKey{Application: p.app, Reference: p.ref, Digest: cardmgmt.PublicKeyDigest(w.keys[p])})
	}
	certificates, err := w.certificates()
	if err != nil {
		return err
	}
	_, err = w.run(cardmgmt.Personalise, append(script, certificates...))
	return err
}

func (w *work) generate(places []place) error {
	var script cardmgmt.Script
	for _, p := range places {
		item := cardmgmt.GenerateKeyItem{Application: p.app, Reference: p.ref}
		if p.app == layout.JPKI && w.d.algorithm() == jpki.ECDSAP384SHA384 {
			item.Type = cardmgmt.P384
		}
		script = append(script, item)
	}
	answer, err := w.run(cardmgmt.GenerateKey, script)
	if err != nil {
		return err
	}
	reports, err := cardmgmt.ParseKeyReports(answer)
	if err != nil {
		return err
	}
	w.keys = map[place]crypto.PublicKey{}
	for _, r := range reports {
		w.keys[place{r.Application, r.Reference}] = r.PublicKey
	}
	return nil
}

// ownKey is a key that stands in the signed records: always RSA.
func (w *work) ownKey(p place) (*rsa.PublicKey, error) {
	k, ok := w.keys[p].(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("profiles: the chip made no RSA key for %s %02X", p.app, byte(p.ref))
	}
	return k, nil
}

// certificates issues what the card is to have: the authentication key was born
// on the chip, the signature key is made outside and wrapped for this chip.
func (w *work) certificates() (cardmgmt.Script, error) {
	var script cardmgmt.Script
	var authenticationEnd mynumber.Date
	g, ok := mynumber.CAGenerationFor(w.d.IssuedOn)
	if !ok {
		return nil, AgainstRules.New("issued_on")
	}
	in := mynumber.CertificateValidityInput{Asked: w.d.IssuedOn, Issued: w.d.IssuedOn, Birth: w.d.BirthDate, CardExpiry: w.d.ExpiresOn, CAEnd: g.Ends}
	if w.d.has(jpki.Authentication) {
		end, err := mynumber.AuthenticationCertificateExpiry(in)
		if err != nil {
			return nil, AgainstRules.Because(err, "certificates: authentication")
		}
		authenticationEnd = end
		items, err := w.certificate(jpki.Authentication, end, w.keys[authenticationKey])
		if err != nil {
			return nil, err
		}
		script = append(script, items...)
	}
	if w.d.has(jpki.Signature) {
		end, err := mynumber.SignatureCertificateExpiry(in, authenticationEnd, w.d.Pinless)
		if err != nil {
			return nil, AgainstRules.Because(err, "certificates: signature")
		}
		key, err := newKey(w.d.algorithm(), w.o.Keys)
		if err != nil {
			return nil, fmt.Errorf("profiles: making a key: %w", err)
		}
		transport, mac, err := w.issuer.TransportKey()
		if err != nil {
			return nil, err
		}
		if err := cardmgmt.AttestTransportKey(w.key, w.serial, transport, mac); err != nil {
			return nil, err
		}
		wrapped, err := cardmgmt.WrapKey(transport, w.serial, signatureKey.app, signatureKey.ref, key)
		if err != nil {
			return nil, err
		}
		script = append(script, cardmgmt.LoadWrappedKey{Application: signatureKey.app, Reference: signatureKey.ref, Ciphertext: wrapped})
		items, err := w.certificate(jpki.Signature, end, key.Public())
		if err != nil {
			return nil, err
		}
		script = append(script, items...)
	}
	return script, nil
}

// certificate are the two files that go with a certificate.
func (w *work) certificate(kind jpki.Kind, end mynumber.Date, pub crypto.PublicKey) (cardmgmt.Script, error) {
	cert, err := w.certify(kind, w.d, end, pub)
	if err != nil {
		return nil, err
	}
	_, by, err := w.authority(kind, w.d.algorithm(), w.d.IssuedOn)
	if err != nil {
		return nil, err
	}
	at, ca, key := layout.JPKIAuthenticationCertificate, layout.JPKIAuthenticationCA, reader.AuthenticationKey
	if kind == jpki.Signature {
		at, ca, key = layout.JPKISignatureCertificate, layout.JPKISignatureCA, reader.SignatureKey
	}
	w.card.Certificates[key] = cert
	return cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.JPKI, File: at, Content: cert.Raw},
		cardmgmt.WriteFile{Application: layout.JPKI, File: ca, Content: by.profile.CA().Raw},
	}, nil
}

// deliver sets the PINs and puts the card into operation.
func (w *work) deliver() error {
	if w.d.Undelivered {
		return nil
	}
	var list cardmgmt.Script
	var pins []reader.PIN
	for _, p := range w.pins() {
		list = append(list, cardmgmt.ListPIN{Application: p.Application, Reference: p.Reference})
		pins = append(pins, p)
	}
	_, err := w.run(cardmgmt.Activate, list, pins...)
	return err
}

func (w *work) pins() (out []reader.PIN) {
	for _, p := range []struct {
		app   layout.Application
		ref   layout.Reference
		value string
	}{
		{layout.JPKI, layout.JPKISignaturePassword, w.d.PINs.Signature},
		{layout.JPKI, layout.JPKIAuthenticationPIN, w.d.PINs.Authentication},
		{layout.Text, layout.TextPIN, w.d.PINs.Text},
		{layout.Register, layout.RegisterPIN, w.d.PINs.Register},
		{layout.Common, layout.CommonPIN, w.d.PINs.Register},
	} {
		if p.value != "" {
			out = append(out, reader.PIN{Application: p.app, Reference: p.ref, Value: mynumber.NewSecret(p.value)})
		}
	}
	return out
}

// move writes the new address and revokes the certificate that names the old
// one.
func (w *work) move() error {
	if w.d.MovedTo == "" {
		return nil
	}
	if cert := w.card.Certificates[reader.SignatureKey]; cert != nil {
		if err := w.revoke(jpki.Signature, w.d, cert); err != nil {
			return err
		}
	}
	a := w.d.attributes()
	a.Address = w.d.MovedTo
	text, signature, err := w.textRecords(a)
	if err != nil {
		return err
	}
	_, err = w.run(cardmgmt.Rewrite, cardmgmt.Script{
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextAttributes, Content: text},
		cardmgmt.WriteFile{Application: layout.Text, File: layout.TextSignature, Content: signature},
	})
	return err
}

// spendTries enters wrong PINs.
func (w *work) spendTries() error {
	t := w.d.TriesLeft
	if t == (TriesLeft{}) {
		return nil
	}
	card := reader.New(reader.Virtual(w.card.Card))
	spend := func(left *int, limit int, value string, verify func(mynumber.Secret) error) error {
		for n := limit; left != nil && n > *left; n-- {
			var wrong *reader.WrongPINError
			if err := verify(mynumber.NewSecret(otherThan(value))); !errors.As(err, &wrong) || wrong.Left != n-1 {
				return fmt.Errorf("profiles: spending a try: %w", errors.Join(err, errTries))
			}
		}
		return nil
	}
	j, err := card.JPKI()
	if err != nil {
		return err
	}
	jpkiPIN := func(k reader.KeyKind) func(mynumber.Secret) error {
		return func(s mynumber.Secret) error { return j.Verify(k, s) }
	}
	err = errors.Join(
		spend(t.Signature, mynumber.SignaturePasswordTries, w.d.PINs.Signature, jpkiPIN(reader.SignatureKey)),
		spend(t.Authentication, mynumber.PINTries, w.d.PINs.Authentication, jpkiPIN(reader.AuthenticationKey)))
	if err != nil {
		return err
	}
	text, err := card.Text()
	if err != nil {
		return err
	}
	if err := spend(t.Text, mynumber.PINTries, w.d.PINs.Text, text.VerifyPIN); err != nil {
		return err
	}
	register, err := card.Register()
	if err != nil {
		return err
	}
	return spend(t.Register, mynumber.PINTries, w.d.PINs.Register, register.VerifyPIN)
}

var errTries = errors.New("the counter did not go down by one")

// otherThan is a PIN of the same form with another last digit.
func otherThan(pin string) string {
	last := byte('0')
	if pin[len(pin)-1] == last {
		last = '1'
	}
	return pin[:len(pin)-1] + string(last)
}
