package validation

import (
	"context"
	"fmt"
	"slices"

	"kado/internal/platform/db"
	"kado/jpki"
)

// Check verifies the office's own invariants for kado fsck and returns what it
// found, in plain English; nothing when all is sound.
func (o *Office) Check(ctx context.Context) ([]string, error) {
	var out []string
	var lists []List
	err := o.db.View(ctx, func(tx *db.Tx) error {
		out = nil
		verifiers, err := db.Collect(ctx, tx, scanVerifier, `SELECT `+verifierColumns+` FROM validation_verifier ORDER BY id`)
		if err != nil {
			return err
		}
		for _, v := range verifiers {
			if v.check() != nil {
				out = append(out, fmt.Sprintf("verifier %s has a malformed record", v.ID))
			}
		}
		lists, err = db.Collect(ctx, tx, scanList, `SELECT `+listColumns+` FROM validation_list ORDER BY kind, generation, municipality, number`)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, l := range lists {
		name := fmt.Sprintf("list %d of generation %d of the %s authority for %q", l.Number, l.Generation, l.Kind, l.Municipality)
		finding, err := o.checkList(ctx, l)
		if err != nil {
			return nil, err
		}
		if finding != "" {
			out = append(out, name+" "+finding)
		}
		if i == 0 {
			continue
		}
		before := lists[i-1]
		if before.Kind == l.Kind && before.Generation == l.Generation && before.Municipality == l.Municipality && l.ThisUpdate.Before(before.ThisUpdate) {
			out = append(out, name+" is older than the one before it")
		}
	}
	slices.Sort(out)
	return out, nil
}

func (o *Office) checkList(ctx context.Context, l List) (string, error) {
	ca, found, err := o.issuerNumbered(ctx, l.Kind, l.Generation)
	if err != nil {
		return "", err
	}
	if !found {
		return "is of a generation that does not exist", nil
	}
	c, err := jpki.ParseCRL(l.DER)
	switch {
	case err != nil:
		return "cannot be read", nil
	case c.CheckSignature(ca.cert) != nil:
		return "is not signed by its generation", nil
	case !c.Number().IsInt64() || c.Number().Int64() != l.Number:
		return "shows another number than its record", nil
	case !c.ThisUpdate().Equal(l.ThisUpdate) || !c.NextUpdate().Equal(l.NextUpdate):
		return "shows other dates than its record", nil
	case c.Complete() != (l.Municipality == ""):
		return "covers something else than its record says", nil
	}
	return "", nil
}
