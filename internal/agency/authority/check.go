package authority

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"slices"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/keystore"
	"kado/jpki"
	"kado/mynumber"
)

// Check verifies the office's own invariants for kado fsck and returns what it
// found, in plain English; nothing when all is sound. Serial numbers name the
// certificates: the findings are for the authority's operators.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	cas := map[generationID]*x509.Certificate{}
	var out []string
	for _, k := range jpki.Kinds {
		gs, err := o.Generations(ctx, k)
		if err != nil {
			return nil, err
		}
		for i, g := range gs {
			id := generationID{k, g.Number}
			finding, ca := o.checkGeneration(ctx, g, i+1)
			cas[id] = ca
			if finding != "" {
				out = append(out, fmt.Sprintf("generation %d of the %s authority %s", g.Number, k, finding))
			}
		}
	}
	err := o.db.View(ctx, func(tx *db.Tx) error {
		rows, err := all(ctx, tx, `1 = 1 ORDER BY serial`)
		if err != nil {
			return err
		}
		living := map[string]int{}
		for _, r := range rows {
			for _, f := range r.findings(cas[generationID{r.Kind, r.Generation}]) {
				out = append(out, fmt.Sprintf("certificate %s %s", r.Serial, f))
			}
			if r.State == Active || r.State == OnHold {
				holder := "card " + string(r.Card)
				if r.Medium == jpki.Phone {
					holder = "phone " + r.Phone
				}
				living[holder+" has two valid "+r.Kind.String()+" certificates"]++
			}
		}
		for what, n := range living {
			if n > 1 {
				out = append(out, what)
			}
		}
		onPhones, err := phoneFindings(ctx, tx)
		if err != nil {
			return err
		}
		out = append(out, onPhones...)
		more, err := unclaimed(ctx, tx)
		out = append(out, more...)
		return err
	})
	slices.Sort(out)
	return out, err
}

func (o *Office) checkGeneration(ctx context.Context, g Generation, number int) (finding string, ca *x509.Certificate) {
	ca, err := x509.ParseCertificate(g.Certificate)
	if err != nil {
		return "has an unreadable certificate", nil
	}
	key, err := o.keys.Signer(ctx, generationID{g.Kind, g.Number}.keyName())
	switch {
	case g.Number != number:
		return "stands behind a gap", ca
	case err != nil && !keystore.UnknownKey.Is(err):
		return "has a key that cannot be reached: " + fault.Of(err).Code(), ca
	case err != nil:
		return "has no key in the key store", ca
	case !bytes.Equal(spkiOf(key.Public()), ca.RawSubjectPublicKeyInfo):
		return "has another key in the key store than in its certificate", ca
	case algorithmOf(ca.PublicKey) != g.Algorithm.String():
		return "is recorded with another algorithm than that of its certificate", ca
	case !ca.NotBefore.Equal(g.StartsAt) || !ca.NotAfter.Equal(g.EndsAt):
		return "has other dates than its certificate", ca
	}
	return "", ca
}

func algorithmOf(key any) string {
	a, err := jpki.AlgorithmOf(key)
	if err != nil {
		return err.Error()
	}
	return a.String()
}

func spkiOf(key any) []byte {
	b, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return nil
	}
	return b
}

// findings returns what contradicts itself in a row; ca is the certificate of
// its generation, nil if that is missing.
func (r row) findings(ca *x509.Certificate) (out []string) {
	say := func(wrong bool, what string) {
		if wrong {
			out = append(out, what)
		}
	}
	if !Certificates.Known(r.State) {
		return []string{"is in an unknown state"}
	}
	unsigned := r.State == Prepared || r.State == Dropped
	say(unsigned != (r.DER == nil), "is signed though never issued, or the other way round")
	say(unsigned != r.IssuedAt.IsZero(), "has a time of issue though never issued, or the other way round")
	say((r.State == OnHold) != !r.HeldAt.IsZero(), "has a time of hold without being on hold, or the other way round")
	say((r.State == Revoked || r.State == Dropped) != !r.EndedAt.IsZero(), "has a time of end while alive, or the other way round")
	say(r.State == Revoked && !endsFor(r.Reason), "is revoked without a reason that ends a certificate")
	say((r.State == Active || r.State == OnHold) && r.activatedAt.IsZero(), "is valid without having become so")
	say((r.activatedAt.IsZero() || r.Medium == jpki.Phone) != (r.link == 0), "became valid outside the chain, or stands in it without having become valid")
	say((r.Medium == jpki.Phone) != (r.Phone != "") || (r.Phone != "") != (r.Parent != ""), "is on a phone that is not named, or the other way round")
	say(!r.NotBefore.Before(r.NotAfter), "ends before it begins")
	say(!mynumber.DateOf(r.NotAfter).EndOfDay().Equal(r.NotAfter), "does not end with a day in Japan")
	say(!r.EndedAt.IsZero() && r.EndedAt.Before(r.preparedAt), "ended before it was prepared")
	sum := sha256.Sum256(r.publicKey)
	say(hex.EncodeToString(sum[:]) != r.keyDigest, "has a key that is not the one recorded by digest")
	if r.DER != nil {
		out = append(out, r.certificateFindings(ca)...)
	}
	return out
}

// certificateFindings holds the signed certificate against its row.
func (r row) certificateFindings(ca *x509.Certificate) (out []string) {
	cert, err := x509.ParseCertificate(r.DER)
	if err != nil {
		return []string{"cannot be read"}
	}
	if sum := sha256.Sum256(cert.RawTBSCertificate); !bytes.Equal(sum[:], r.tbsDigest) {
		out = append(out, "is not what was linted")
	}
	if cert.SerialNumber.Text(16) != r.Serial || !cert.NotBefore.Equal(r.NotBefore) || !cert.NotAfter.Equal(r.NotAfter) ||
		!bytes.Equal(cert.RawSubjectPublicKeyInfo, r.publicKey) {
		out = append(out, "shows another serial number, key or validity than its record")
	}
	if ca == nil || cert.CheckSignatureFrom(ca) != nil {
		out = append(out, "is not signed by its generation")
	}
	return out
}

// unclaimed returns certificates whose serial number was never noted as used.
func unclaimed(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.Collect(ctx, tx, func(scan func(...any) error) (string, error) {
		var serial string
		err := scan(&serial)
		return "certificate " + serial + " has a serial number that is not noted as used", err
	}, `SELECT serial FROM authority_certificate WHERE NOT EXISTS
		(SELECT 1 FROM authority_serial WHERE authority_serial.serial = authority_certificate.serial) ORDER BY serial`)
}
