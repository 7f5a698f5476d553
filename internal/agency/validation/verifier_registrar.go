package validation

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/keystore"
	"kado/internal/platform/staff"
	"kado/mynumber"
)

// requireOperator makes sure that a CA operator or the house itself acts (house
// set-up has no member of staff yet).
func requireOperator(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time) error {
	if by.Kind == journal.System {
		return nil
	}
	_, err := staff.Require(ctx, tx, by, now, staff.CAOperator)
	return err
}

// operate runs one act of an operator about a verifier in one transaction.
func (o *Office) operate(ctx context.Context, by journal.Actor, verifier string, f func(tx *db.Tx, v Verifier, now time.Time) error) error {
	now := o.clock.Now()
	return o.db.Tx(ctx, func(tx *db.Tx) error {
		if err := requireOperator(ctx, tx, by, now); err != nil {
			return err
		}
		v, found, err := loadVerifier(ctx, tx, verifier)
		if err != nil {
			return err
		}
		if !found {
			return NoVerifier.New()
		}
		return f(tx, v, now)
	})
}

func operatorEntry(by journal.Actor, now time.Time, act string, details map[string]string) journal.Entry {
	return journal.Entry{At: now, Actor: by, Office: "validation", Act: act, Details: details}
}

// Withdraw implements Registrar.
func (o *Office) Withdraw(ctx context.Context, by journal.Actor, verifier string) (out Verifier, err error) {
	err = o.operate(ctx, by, verifier, func(tx *db.Tx, v Verifier, now time.Time) error {
		yesterday := mynumber.DateOf(now).AddDays(-1)
		out = v
		if !v.To.IsZero() && !v.To.After(yesterday) {
			return nil
		}
		out.To = yesterday
		if err := putVerifier(ctx, tx, out, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM validation_watch WHERE verifier = $1`, v.ID); err != nil {
			return err
		}
		_, err := journal.Write(ctx, tx, operatorEntry(by, now, ActWithdrawn, map[string]string{"verifier": v.ID}))
		return err
	})
	return out, err
}

var firmID = regexp.MustCompile(`^frm_[0-9a-z_]{1,60}$`)

func (f Firm) check() error {
	switch {
	case f.ID != "" && !firmID.MatchString(f.ID):
		return Malformed.New("firm")
	case !fitName(f.Name):
		return Malformed.New("name")
	case !f.From.Valid():
		return Malformed.New("from")
	case !f.To.IsZero() && !f.To.Valid():
		return Malformed.New("to")
	}
	return nil
}

// fitName reports whether s is a name of one line: consents show it to holders.
func fitName(s string) bool {
	return strings.TrimSpace(s) == s && s != "" && utf8.ValidString(s) && utf8.RuneCountInString(s) <= maxName &&
		!strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 })
}

// Entrust implements Registrar.
func (o *Office) Entrust(ctx context.Context, by journal.Actor, verifier string, f Firm) (Firm, error) {
	if err := f.check(); err != nil {
		return Firm{}, err
	}
	wanted := f.ID
	err := o.operate(ctx, by, verifier, func(tx *db.Tx, v Verifier, now time.Time) error {
		if f.ID = wanted; f.ID == "" {
			var err error
			if f.ID, err = o.freeFirmID(ctx, tx); err != nil {
				return err
			}
		}
		old, of, found, err := loadFirm(ctx, tx, f.ID)
		switch {
		case err != nil:
			return err
		case found && of != v.ID:
			return Malformed.New("firm")
		case found && old == f:
			return nil
		}
		if _, err := tx.Exec(ctx, `INSERT INTO validation_firm (id, verifier, name, from_day, to_day, changed_at) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (id) DO UPDATE SET name = $3, from_day = $4, to_day = $5, changed_at = $6`,
			f.ID, v.ID, f.Name, dayText(f.From), dayText(f.To), now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, operatorEntry(by, now, ActEntrusted, map[string]string{"verifier": v.ID, "for": f.ID, "from": dayText(f.From), "to": dayText(f.To)}))
		return err
	})
	if err != nil {
		return Firm{}, err
	}
	return f, nil
}

func (o *Office) freeFirmID(ctx context.Context, tx *db.Tx) (string, error) {
	for range draws {
		id, err := entropy.ID(o.entropy.Stream("validation.firm"), "frm")
		if err != nil {
			return "", err
		}
		if _, _, taken, err := loadFirm(ctx, tx, id); err != nil || !taken {
			return id, err
		}
	}
	return "", errors.New("validation: the source of ids repeats itself")
}

// ClientKey is the name under which the public key of a client certificate is
// bound: SHA-256 of its SubjectPublicKeyInfo in hex.
func ClientKey(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.RawSubjectPublicKeyInfo)
	return hex.EncodeToString(sum[:])
}

// maxClientCertificate is the largest client certificate that is read, in
// octets.
const maxClientCertificate = 16 << 10

func fitClientKey(cert *x509.Certificate) bool {
	switch k := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		return k.N.BitLen() >= 2048 && k.N.BitLen() <= 8192
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256() || k.Curve == elliptic.P384()
	case ed25519.PublicKey:
		return true
	}
	return false
}

// ClientKeyOf names the key in a client certificate (DER), or refuses one that
// BindKey would refuse (UnfitClientKey).
func ClientKeyOf(certificate []byte) (string, error) {
	if len(certificate) > maxClientCertificate {
		return "", UnfitClientKey.New()
	}
	cert, err := x509.ParseCertificate(certificate)
	if err != nil || !fitClientKey(cert) {
		return "", UnfitClientKey.Because(err)
	}
	return ClientKey(cert), nil
}

// BindKey implements Registrar.
func (o *Office) BindKey(ctx context.Context, by journal.Actor, verifier string, certificate []byte) (string, error) {
	key, err := ClientKeyOf(certificate)
	if err != nil {
		return "", err
	}
	err = o.operate(ctx, by, verifier, func(tx *db.Tx, v Verifier, now time.Time) error {
		of, err := verifierOfKey(ctx, tx, key)
		switch {
		case err != nil || of == v.ID:
			return err
		case of != "":
			return KeyTaken.New()
		}
		if _, err := tx.Exec(ctx, `INSERT INTO validation_client_key (key, verifier, bound_at) VALUES ($1, $2, $3)`, key, v.ID, now); err != nil {
			return err
		}
		_, err = journal.Write(ctx, tx, operatorEntry(by, now, ActKeyBound, map[string]string{"verifier": v.ID, "key": key, "act": "bind"}))
		return err
	})
	return key, err
}

// UnbindKey implements Registrar. A key that is not bound is left so.
func (o *Office) UnbindKey(ctx context.Context, by journal.Actor, verifier, key string) error {
	return o.operate(ctx, by, verifier, func(tx *db.Tx, v Verifier, now time.Time) error {
		n, err := tx.Exec(ctx, `DELETE FROM validation_client_key WHERE key = $1 AND verifier = $2`, key, v.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = journal.Write(ctx, tx, operatorEntry(by, now, ActKeyBound, map[string]string{"verifier": v.ID, "key": key, "act": "unbind"}))
		return err
	})
}

// webhookKey is the name of the secret from which each verifier's is derived, so
// that none lies in the database.
const webhookKey = "validation.webhook"

// webhookSecret is the secret that authenticates what one verifier is told.
func (o *Office) webhookSecret(ctx context.Context, verifier string) ([]byte, error) {
	if o.keys == nil {
		return nil, NoSecrets.New()
	}
	master, err := o.keys.Secret(ctx, webhookKey)
	if keystore.UnknownKey.Is(err) {
		if master, err = o.keys.CreateSecret(ctx, webhookKey, 32); keystore.KeyExists.Is(err) {
			master, err = o.keys.Secret(ctx, webhookKey)
		}
	}
	if err != nil {
		return nil, err
	}
	h := hmac.New(sha256.New, master)
	fmt.Fprintf(h, "kado webhook 1\x00%s", verifier)
	return h.Sum(nil), nil
}

// SetWebhook implements Registrar.
func (o *Office) SetWebhook(ctx context.Context, by journal.Actor, verifier, target string) ([]byte, error) {
	if target != "" {
		if _, err := o.checkTarget(target); err != nil {
			return nil, err
		}
	}
	secret, err := o.webhookSecret(ctx, verifier)
	if err != nil {
		return nil, err
	}
	return secret, o.operate(ctx, by, verifier, func(tx *db.Tx, v Verifier, now time.Time) error {
		n, err := tx.Exec(ctx, `UPDATE validation_verifier SET webhook = $1 WHERE id = $2 AND webhook <> $1`, target, v.ID)
		if err != nil || n == 0 {
			return err
		}
		_, err = journal.Write(ctx, tx, operatorEntry(by, now, ActWebhookSet, map[string]string{"verifier": v.ID, "target": target}))
		return err
	})
}

// Verifiers implements Registrar.
func (o *Office) Verifiers(ctx context.Context, by journal.Actor) (out []Registration, err error) {
	now := o.clock.Now()
	err = o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		if err := requireOperator(ctx, tx, by, now); err != nil {
			return err
		}
		all, err := db.Collect(ctx, tx, scanVerifier, `SELECT `+verifierColumns+` FROM validation_verifier ORDER BY id`)
		if err != nil {
			return err
		}
		for _, v := range all {
			r, err := registration(ctx, tx, v)
			if err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	return out, err
}

func registration(ctx context.Context, tx *db.Tx, v Verifier) (r Registration, err error) {
	r.Verifier = v
	r.Firms, err = db.Collect(ctx, tx, func(scan func(...any) error) (f Firm, err error) {
		return f, scan(&f.ID, &f.Name, intoDate{&f.From}, intoDate{&f.To})
	}, `SELECT id, name, from_day, to_day FROM validation_firm WHERE verifier = $1 ORDER BY id`, v.ID)
	if err != nil {
		return r, err
	}
	r.Keys, err = db.Collect(ctx, tx, func(scan func(...any) error) (s string, err error) { return s, scan(&s) },
		`SELECT key FROM validation_client_key WHERE verifier = $1 ORDER BY key`, v.ID)
	if err != nil {
		return r, err
	}
	r.Webhook, err = webhookOf(ctx, tx, v.ID)
	return r, err
}

func webhookOf(ctx context.Context, tx *db.Tx, verifier string) (target string, err error) {
	return target, tx.QueryRow(ctx, `SELECT webhook FROM validation_verifier WHERE id = $1`, verifier).Scan(&target)
}

// loadFirm returns a firm and whom it entrusts; false where there is none.
func loadFirm(ctx context.Context, tx *db.Tx, id string) (f Firm, verifier string, found bool, err error) {
	err = tx.QueryRow(ctx, `SELECT id, verifier, name, from_day, to_day FROM validation_firm WHERE id = $1`, id).
		Scan(&f.ID, &verifier, &f.Name, intoDate{&f.From}, intoDate{&f.To})
	if errors.Is(err, db.ErrNoRows) {
		return Firm{}, "", false, nil
	}
	return f, verifier, err == nil, err
}

// verifierOfKey returns whose a client key is, "" for nobody's.
func verifierOfKey(ctx context.Context, tx *db.Tx, key string) (id string, err error) {
	err = tx.QueryRow(ctx, `SELECT verifier FROM validation_client_key WHERE key = $1`, key).Scan(&id)
	if errors.Is(err, db.ErrNoRows) {
		return "", nil
	}
	return id, err
}
