package validation

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/jpki/cms"
	"kado/mynumber"
)

// Limits of consents.
const (
	consentForm = "kado-consent-1" // version of text and terms (CIT-28)

	maxConsentYears     = 5   // ours: no longer than a certificate lives
	maxConsentPurpose   = 300 // octets
	maxOnward           = 10
	maxConsentSignature = 64 << 10
	consentTextLife     = 24 * time.Hour
)

var (
	fields     = []Field{FieldName, FieldAddress, FieldBirthDate, FieldSex}
	fieldNames = map[Field]string{FieldName: "氏名", FieldAddress: "住所", FieldBirthDate: "生年月日", FieldSex: "性別"}

	nonceForm = regexp.MustCompile(`^[0-9a-f]{32}$`)
	consentID = regexp.MustCompile(`^con_[0-9a-f]{32}$`)
)

// check accepts terms in one spelling only: the text made from them must not be
// readable in two ways.
func (t Terms) check() error {
	switch {
	case len(t.Fields) == 0:
		return Malformed.New("fields")
	case !oneLine(t.Purpose, maxConsentPurpose):
		return Malformed.New("purpose")
	case len(t.Onward) > maxOnward:
		return Malformed.New("onward")
	case !t.From.Valid():
		return Malformed.New("from")
	case !t.To.Valid() || t.To.Before(t.From):
		return Malformed.New("to")
	case t.Made.IsZero() || !t.Made.Equal(t.Made.Truncate(time.Second)) || t.Made.Year() < 2000 || t.Made.Year() > 9999:
		return Malformed.New("made")
	case !nonceForm.MatchString(t.Nonce):
		return Malformed.New("nonce")
	}
	last := -1
	for _, f := range t.Fields {
		i := slices.Index(fields, f)
		if i <= last {
			return Malformed.New("fields")
		}
		last = i
	}
	for i, n := range t.Onward {
		if !fitName(n) || strings.Contains(n, "、") || slices.Contains(t.Onward[:i], n) {
			return Malformed.New("onward")
		}
	}
	limit := mynumber.Date{Year: t.From.Year + maxConsentYears, Month: t.From.Month, Day: min(t.From.Day, 28)}
	if t.To.After(limit) {
		return Malformed.New("to")
	}
	return nil
}

// oneLine reports whether s is text of one line, without blanks around it.
func oneLine(s string, limit int) bool {
	return s != "" && len(s) <= limit && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 })
}

// consentText is what the holder signs: everything agreed to, in words, one
// spelling. It says that recipients are not bound like civil servants (CIT-27).
func consentText(t Terms, v Verifier, firm *Firm) string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = fieldNames[f]
	}
	entrusting := "なし"
	if firm != nil {
		entrusting = firm.Name + "（" + firm.ID + "）"
	}
	onward := "なし"
	if len(t.Onward) > 0 {
		onward = strings.Join(t.Onward, "、")
	}
	return fmt.Sprintf(`最新の基本4情報を知らせることへの同意

様式：%s
知らせる相手：%s（%s）
検証を委託する事業者：%s
知らせる項目：%s
目的：%s
さらに渡される相手：%s
期間：%s から %s まで
作成：%s
番号：%s

私の署名用電子証明書に書かれた後で上の項目が変わったとき、住民基本台帳の最新の内容を、上の相手に、上の目的のために知らせることに同意します。
知らせる相手は、公務員と同じ守秘義務を負いません。
この同意は、いつでも取り消せます。知らせたことは、すべて私の記録に残ります。
`, consentForm, v.Name, v.ID, entrusting, strings.Join(names, "、"), t.Purpose, onward, t.From, t.To, t.Made.UTC().Format(time.RFC3339), t.Nonce)
}

// consentParty returns verifier and firm as a question names them, or the
// refusal.
func (o *Office) consentParty(ctx context.Context, tx *db.Tx, q Question, now time.Time) (Verifier, *Firm, error) {
	v, found, err := loadVerifier(ctx, tx, q.Verifier)
	if err != nil {
		return Verifier{}, nil, err
	}
	if !found {
		return Verifier{}, nil, NotAccredited.New()
	}
	refusal, err := q.permitted(ctx, tx, v, PurposeAttributes, now)
	if err = errors.Join(refusal, err); err != nil {
		return Verifier{}, nil, err
	}
	if q.For == v.ID {
		return v, nil, nil
	}
	f, _, _, err := loadFirm(ctx, tx, q.For)
	return v, &f, err
}

// ConsentText returns the text that a holder signs to consent to terms. Nothing
// is recorded.
func (o *Office) ConsentText(ctx context.Context, q Question, t Terms) (text string, err error) {
	if err := q.check(); err != nil {
		return "", err
	}
	if err := t.check(); err != nil {
		return "", err
	}
	now := o.clock.Now()
	err = o.db.View(ctx, func(tx *db.Tx) error {
		v, firm, err := o.consentParty(ctx, tx, q, now)
		text = consentText(t, v, firm)
		return err
	})
	if err != nil {
		return "", err
	}
	return text, nil
}

// Consent implements Window. The same signature handed in again gives the same
// consent.
func (o *Office) Consent(ctx context.Context, q Question, t Terms, signature []byte) (Consent, error) {
	if len(signature) == 0 || len(signature) > maxConsentSignature {
		return Consent{}, Malformed.New("signature")
	}
	text, err := o.ConsentText(ctx, q, t)
	if err != nil {
		return Consent{}, err
	}
	now := o.clock.Now()
	serial, person, err := o.signerOfConsent(ctx, text, signature, now)
	if err != nil {
		return Consent{}, err
	}
	sum := sha256.Sum256([]byte(text + "\x00" + person))
	c := Consent{Terms: t, ID: "con_" + hex.EncodeToString(sum[:16]), Verifier: q.Verifier, For: q.For, Person: person, Serial: serial,
		GivenAt: now.UTC().Truncate(time.Millisecond), Text: text, Signature: signature}
	var out Consent
	return out, o.db.Tx(ctx, func(tx *db.Tx) error {
		// The names in the text are looked at again: what was signed must be what
		// is recorded now.
		v, firm, err := o.consentParty(ctx, tx, q, now)
		if err != nil {
			return err
		}
		if consentText(t, v, firm) != text {
			return ConsentBadSignature.New()
		}
		old, found, err := loadConsent(ctx, tx, c.ID)
		switch {
		case err != nil:
			return err
		case found && !old.EndedAt.IsZero():
			return ConsentOver.New() // what was withdrawn is not revived by showing it again
		case found:
			out = old
			return nil
		case now.Before(t.Made) || now.Sub(t.Made) > consentTextLife:
			return ConsentStale.New()
		}
		if err := insertConsent(ctx, tx, c); err != nil {
			return err
		}
		out = c
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: journal.Actor{Kind: journal.RelyingParty, ID: v.ID}, Office: "validation",
			Act: ActConsentGiven, Subject: person, Serial: serial, Reason: q.Why, Ground: t.Purpose,
			Details: map[string]string{"consent": c.ID, "for": q.For, "fields": joinFields(t.Fields), "from": t.From.String(), "to": t.To.String()}})
		return err
	})
}

// signerOfConsent verifies the signature over a consent's text and returns the
// serial number of the signature certificate behind it and whose it is.
func (o *Office) signerOfConsent(ctx context.Context, text string, signature []byte, now time.Time) (serial, person string, err error) {
	signed, err := cms.VerifyDetached(signature, []byte(text), cms.VerifyOptions{})
	if err != nil {
		return "", "", ConsentBadSignature.Because(err)
	}
	cert := signed.Certificate
	if err := o.recognise(ctx, cert, jpki.Signature); err != nil {
		var refusal *jpki.VerifyError
		switch {
		case !errors.As(err, &refusal):
			return "", "", err
		case refusal.Cause == jpki.BadSignature || refusal.Cause == jpki.WrongAlgorithm:
			return "", "", ConsentBadSignature.Because(err)
		}
		return "", "", ConsentWrongAuthority.Because(err)
	}
	j, err := o.bySerial(ctx, jpki.Signature, cert.SerialNumber.Text(16), now)
	if err != nil {
		return "", "", err
	}
	switch j.Verdict {
	case Valid:
	case OnHold:
		return "", "", ConsentSuspended.New()
	case Revoked:
		return "", "", ConsentRevoked.New()
	case Expired:
		return "", "", ConsentExpired.New()
	default:
		return "", "", ConsentUnknown.New()
	}
	c, found, err := o.find(ctx, jpki.Signature, j.Serial)
	if err != nil {
		return "", "", err
	}
	if !found || !bytes.Equal(c.DER, cert.Raw) {
		return "", "", ConsentUnknown.New()
	}
	return j.Serial, c.Person, nil
}

// WithdrawConsent implements Window. Withdrawing again changes nothing.
func (o *Office) WithdrawConsent(ctx context.Context, by journal.Actor, id string) (out Consent, err error) {
	if !consentID.MatchString(id) {
		return Consent{}, NoConsent.New()
	}
	now := o.clock.Now()
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		c, found, err := loadConsent(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found {
			return NoConsent.New()
		}
		switch {
		case by.Kind == journal.Holder && by.ID == c.Person:
		case by.Kind == journal.RelyingParty && by.ID == c.Verifier:
		case by.Kind == journal.RelyingParty:
			return NoConsent.New() // not even that there is one
		default:
			return NotYours.New()
		}
		out = c
		if !c.EndedAt.IsZero() {
			return nil
		}
		out.EndedAt = now.UTC().Truncate(time.Millisecond)
		if _, err := tx.Exec(ctx, `UPDATE validation_consent SET ended_at = $1 WHERE id = $2 AND ended_at = ''`, now, id); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "validation", Act: ActConsentEnded, Subject: c.Person, Serial: c.Serial,
			Details: map[string]string{"consent": id, "verifier": c.Verifier, "for": c.For}})
		return err
	})
	return out, err
}

// ConsentsOf implements Window.
func (o *Office) ConsentsOf(ctx context.Context, person string) (out []Consent, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out, err = db.Collect(ctx, tx, scanConsent, `SELECT `+consentColumns+` FROM validation_consent WHERE person = $1 ORDER BY given_at DESC, id`, person)
		for i := range out {
			if err == nil {
				out[i].Recipient, err = recipient(ctx, tx, out[i])
			}
		}
		return err
	})
	return out, err
}

// recipient names who is told by a consent.
func recipient(ctx context.Context, tx *db.Tx, c Consent) (string, error) {
	v, _, err := loadVerifier(ctx, tx, c.Verifier)
	if err != nil || c.For == c.Verifier {
		return v.Name, err
	}
	f, _, _, err := loadFirm(ctx, tx, c.For)
	return f.Name + "（" + v.Name + "）", err
}

func joinFields(fs []Field) string {
	out := make([]string, len(fs))
	for i, f := range fs {
		out[i] = string(f)
	}
	return strings.Join(out, " ")
}

const consentColumns = `id, verifier, firm, person, serial, fields, purpose, onward, from_day, to_day, terms, given_at, ended_at, text, signature`

// scanConsent reads a consent; made and nonce of its terms stand together in
// the column terms.
func scanConsent(scan func(...any) error) (c Consent, err error) {
	var fieldText, onward, terms string
	err = scan(&c.ID, &c.Verifier, &c.For, &c.Person, &c.Serial, &fieldText, &c.Purpose, &onward, intoDate{&c.From}, intoDate{&c.To}, &terms,
		db.IntoTime(&c.GivenAt), db.IntoTime(&c.EndedAt), &c.Text, &c.Signature)
	if err != nil {
		return Consent{}, err
	}
	c.Fields = fieldsOf(fieldText)
	if onward != "" {
		c.Onward = strings.Split(onward, "\n")
	}
	made, nonce, _ := strings.Cut(terms, " ")
	c.Nonce = nonce
	c.Made, err = time.Parse(time.RFC3339, made)
	return c, err
}

func loadConsent(ctx context.Context, tx *db.Tx, id string) (Consent, bool, error) {
	c, err := scanConsent(tx.QueryRow(ctx, `SELECT `+consentColumns+` FROM validation_consent WHERE id = $1`, id).Scan)
	if errors.Is(err, db.ErrNoRows) {
		return Consent{}, false, nil
	}
	return c, err == nil, err
}

func insertConsent(ctx context.Context, tx *db.Tx, c Consent) error {
	_, err := tx.Exec(ctx, `INSERT INTO validation_consent (`+consentColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
		c.ID, c.Verifier, c.For, c.Person, c.Serial, joinFields(c.Fields), c.Purpose, strings.Join(c.Onward, "\n"), dayText(c.From), dayText(c.To),
		c.Made.UTC().Format(time.RFC3339)+" "+c.Nonce, c.GivenAt, c.EndedAt, c.Text, c.Signature)
	return err
}
