package testcard

import (
	"context"
	"crypto"
	"errors"

	"kado/chip"
	"kado/internal/digital/login"
	"kado/internal/digital/login/oidc"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/internal/scenario/folk"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
	"kado/reader/files"
)

// Manner is one way of answering with a card.
type Manner struct {
	ID          string // one word, behind the persona's id and a colon: "adult:wrong-pin"
	Title, Text lang.Text
	// Ends is the OAuth error with which the login ends at the relying party when
	// nobody is there to mend it; "" when it succeeds.
	Ends string
	do   func(context.Context, *Cards, oidc.Interaction, folk.Persona) (oidc.Answer, error)
	// cancels are refusals that end the interaction without an answer of the card.
	cancels *fault.Kind
}

// Normal answers as the persona can.
const Normal = "normal"

// phoneManner is only for people who have a phone.
const phoneManner = "phone"

var manners = []Manner{
	{ID: Normal, Title: lang.Text{JA: "ふつうに使う", EN: "As usual"}, Text: lang.Text{JA: "正しい暗証番号で使います。", EN: "With the right PINs."}, do: usual},
	{ID: phoneManner, Title: lang.Text{JA: "スマートフォンの証明書を使う", EN: "With the phone's certificate"}, Text: lang.Text{JA: "スマートフォンに証明書のある人だけが選べます。", EN: "For people who have certificates on a phone."}, do: byPhone},
	{ID: "wrong-pin", Title: lang.Text{JA: "暗証番号を間違える", EN: "Wrong PIN"}, Text: lang.Text{JA: "一度間違えます。", EN: "One wrong try."}, Ends: "access_denied", do: wrongPIN(1)},
	{ID: "blocked", Title: lang.Text{JA: "ロックされるまで間違える", EN: "Wrong until blocked"}, Text: lang.Text{JA: "カードがロックされます。", EN: "The card blocks the PIN."}, Ends: "access_denied", do: wrongPIN(mynumber.PINTries)},
	{ID: "removed", Title: lang.Text{JA: "途中でカードを離す", EN: "Card taken away"}, Text: lang.Text{JA: "暗証番号のあと、署名の前に離れます。", EN: "After the PIN, before the signature."}, Ends: "access_denied", do: removed},
	{ID: "forged", Title: lang.Text{JA: "署名を書き換える", EN: "Forged signature"}, Text: lang.Text{JA: "一文字違う署名を送ります。", EN: "A signature with one changed octet."}, Ends: "access_denied", do: forged},
	{ID: "other-login", Title: lang.Text{JA: "別のログインへの署名を送る", EN: "Signature for another login"}, Text: lang.Text{JA: "正しい署名ですが、内容が違います。", EN: "A right signature over something else."}, Ends: "access_denied", do: otherLogin},
	{ID: "suspended", Title: lang.Text{JA: "直前に一時停止された", EN: "Suspended meanwhile"}, Text: lang.Text{JA: "カードの提示と確認の間に、停止の届けが出たときと同じ答えです。", EN: "What is answered when the card is stopped at this moment."}, Ends: "access_denied", cancels: login.Suspended},
	{ID: "revoked", Title: lang.Text{JA: "直前に失効した", EN: "Revoked meanwhile"}, Text: lang.Text{JA: "カードの提示と確認の間に、失効したときと同じ答えです。", EN: "What is answered when the certificate is revoked at this moment."}, Ends: "access_denied", cancels: login.Revoked},
	{ID: "cancel", Title: lang.Text{JA: "やめる", EN: "Cancel"}, Text: lang.Text{JA: "利用者がログインをやめます。", EN: "The holder gives up."}, Ends: "access_denied", cancels: Cancelled},
	{ID: "time-out", Title: lang.Text{JA: "時間切れ", EN: "Time-out"}, Text: lang.Text{JA: "利用者が席を離れました。", EN: "The holder has walked away."}, Ends: "access_denied", cancels: TimedOut},
}

// Manners lists them.
func Manners() []Manner { return append([]Manner(nil), manners...) }

func manner(id string) (Manner, error) {
	if id == "" {
		id = Normal
	}
	for _, m := range manners {
		if m.ID == id {
			return m, nil
		}
	}
	return Manner{}, NoAnswer.New()
}

// usual has a copy of the persona's card answer with the right PINs.
func usual(ctx context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (a oidc.Answer, err error) {
	card, err := c.power(p)
	if err != nil {
		return a, err
	}
	return answer(reader.Virtual(card), i, p)
}

// answer asks the card on a reader for all that an interaction wants.
func answer(t reader.Transport, i oidc.Interaction, p folk.Persona) (a oidc.Answer, err error) {
	a.Login.Challenge = i.Challenge.ID
	a.Login.Certificate, a.Login.Signature, err = folk.SignOnCard(t, reader.AuthenticationKey, secret(p.PINs.Authentication), i.Challenge.Message)
	if err != nil {
		return oidc.Answer{}, numbered(err)
	}
	if len(i.Claims) > 0 {
		if a.Attributes, err = attributes(t, p); err != nil {
			return oidc.Answer{}, numbered(err)
		}
	}
	if i.Sign != nil {
		if err := sign(t, i, p, &a); err != nil {
			return oidc.Answer{}, numbered(err)
		}
	}
	return a, nil
}

// attributes reads the record. The card is the house's own and known by its number, to
// which the certificate leads, too: whose record it is needs no proof by the Individual
// Number, and no entry about one in the holder's journal for each login of a program.
func attributes(t reader.Transport, p folk.Persona) (*oidc.CardAttributes, error) {
	text, err := reader.New(t).Text()
	if err == nil {
		err = text.VerifyPIN(secret(p.PINs.Text))
	}
	if err != nil {
		return nil, folk.Refused(err)
	}
	record, _, _, err := text.AttributeFiles()
	if err != nil {
		return nil, err
	}
	out := &oidc.CardAttributes{Card: p.Card}
	out.Attributes, err = files.ParseAttributes(record)
	return out, err
}

// sign has the signature key sign the digest as it was sent. A card whose key
// signs SHA-384 does not sign one of SHA-256, and nothing raw.
func sign(t reader.Transport, i oidc.Interaction, p folk.Persona, a *oidc.Answer) error {
	certificate, j, err := folk.Unlock(t, reader.SignatureKey, secret(p.PINs.Signature))
	if err != nil {
		return err
	}
	cert, err := jpki.ParseCertificate(certificate)
	if err != nil {
		return err
	}
	algorithm, err := jpki.AlgorithmOf(cert.PublicKey)
	if err != nil {
		return err
	}
	switch {
	case algorithm.Hash() != crypto.SHA256 && i.SignRaw:
		return RawSignature.New()
	case algorithm.Hash() != crypto.SHA256:
		return folk.OtherDigest.New()
	}
	a.SigningCertificate = certificate
	if i.SignRaw {
		a.Signature, err = j.SignRaw(reader.SignatureKey, i.Sign)
		return err
	}
	a.Signature, err = j.Signer(reader.SignatureKey, cert.PublicKey).Sign(nil, i.Sign, algorithm.Hash())
	return err
}

func secret(s string) mynumber.Secret {
	if s == "" {
		return mynumber.Secret{}
	}
	return mynumber.NewSecret(s)
}

// numbered gives a wrong PIN and a card that went away their numbers.
func numbered(err error) error {
	var wrong *reader.WrongPINError
	switch {
	case errors.As(err, &wrong):
		return WrongPIN.Because(err, wrong.Left)
	case errors.Is(err, errGone):
		return Removed.Because(err)
	}
	return err
}

// byPhone answers with the certificates on a persona's phone. A phone has no record
// of the municipality's: attributes are those of its signature certificate.
func byPhone(_ context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (a oidc.Answer, err error) {
	phone, ok := c.o.Folk.Phone(p.ID)
	if !ok {
		return a, NoPhone.New()
	}
	if i.SignRaw {
		return a, RawSignature.New()
	}
	a.Login.Challenge = i.Challenge.ID
	if a.Login.Certificate, a.Login.Signature, err = phone.SignText(jpki.Authentication, i.Challenge.Message); err != nil {
		return oidc.Answer{}, err
	}
	if len(i.Claims) > 0 {
		cert, err := jpki.ParseCertificate(phone.Signature.Certificate)
		if err != nil {
			return oidc.Answer{}, err
		}
		said, err := jpki.ParsePersonal(cert)
		if err != nil {
			return oidc.Answer{}, err
		}
		a.Attributes = &oidc.CardAttributes{Attributes: mynumber.Attributes{Name: said.Name, Address: said.Address, BirthDate: said.BirthDate, Sex: said.Sex}}
	}
	if i.Sign != nil {
		a.SigningCertificate, a.Signature, err = phone.SignDigest(jpki.Signature, crypto.SHA256, i.Sign)
	}
	return a, err
}

// wrongPIN presents a PIN that nobody has.
func wrongPIN(times int) func(context.Context, *Cards, oidc.Interaction, folk.Persona) (oidc.Answer, error) {
	return func(_ context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (oidc.Answer, error) {
		card, err := c.power(p)
		if err != nil {
			return oidc.Answer{}, err
		}
		for range times {
			if _, _, err = folk.Unlock(reader.Virtual(card), reader.AuthenticationKey, mynumber.NewSecret("0007")); err == nil {
				return oidc.Answer{}, errors.New("testcard: a wrong PIN was taken")
			}
		}
		if times > 1 {
			_, _, err = folk.Unlock(reader.Virtual(card), reader.AuthenticationKey, secret(p.PINs.Authentication))
		}
		return oidc.Answer{}, numbered(err)
	}
}

// removed takes the card away after so many commands as come before the
// signature.
func removed(_ context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (oidc.Answer, error) {
	card, err := c.power(p)
	if err != nil {
		return oidc.Answer{}, err
	}
	return answer(&leaving{on: reader.Virtual(card), left: 8}, i, p)
}

var errGone = errors.New("testcard: the card is gone")

// leaving is a card that is pulled out after some commands.
type leaving struct {
	on   reader.Transport
	left int
}

// Transmit implements reader.Transport.
func (l *leaving) Transmit(command []byte) ([]byte, error) {
	if l.left--; l.left < 0 {
		return nil, errGone
	}
	return l.on.Transmit(command)
}

func forged(ctx context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (oidc.Answer, error) {
	a, err := usual(ctx, c, i, p)
	if err == nil {
		a.Login.Signature[len(a.Login.Signature)-1] ^= 1
	}
	return a, err
}

func otherLogin(ctx context.Context, c *Cards, i oidc.Interaction, p folk.Persona) (oidc.Answer, error) {
	other := i
	other.Challenge.Message = append([]byte("x"), i.Challenge.Message...)
	return usual(ctx, c, other, p)
}

// power gives a copy of the persona's card power.
func (c *Cards) power(p folk.Persona) (*chip.Card, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	have := c.copies[p.ID]
	if have == nil || !have.Current() {
		fresh, err := c.o.Shelf.Copy(p.Card)
		if err != nil {
			return nil, err
		}
		have = fresh
		c.copies[p.ID] = have
	}
	return have.Power()
}
