package server

import (
	"context"
	"errors"
	"fmt"

	"kado/chip"
	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
	"kado/internal/agency/validation"
	"kado/internal/digital/login/oidc"
	"kado/internal/municipality/registry"
	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/internal/platform/purpose"
	"kado/internal/world/shelf"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader"
)

// Report is the outcome of a check of the whole house.
type Report struct {
	Purpose      purpose.Purpose `json:"purpose"`
	Journal      int64           `json:"journal_entries"`
	People       int             `json:"people"`
	Cards        int             `json:"cards"`
	Certificates int             `json:"certificates"`
	Waiting      int             `json:"effects_waiting"`
	Findings     []string        `json:"findings"`
}

// Check verifies the journal's chain, every office's own invariants, and those
// that no office can see alone. It changes nothing. Effects that still wait are
// counted, and what they will mend is not a finding; deliver them first (Settle)
// for the full check.
func (h *House) Check(ctx context.Context) (Report, error) {
	var r Report
	head, err := h.verifyJournal(ctx, &r)
	if err != nil {
		return r, err
	}
	r.Journal = head
	for _, office := range []struct {
		name  string
		check func(context.Context) ([]string, error)
	}{
		{"registry", h.Registry.Check}, {"intake", h.Intake.Check}, {"cards", h.Cards.Check}, {"authority", h.Authority.Check},
		{"production", h.Production.Check}, {"custody", h.Custody.Check}, {"validation", h.Validation.Check},
		{"counter", h.Counter.Check}, {"hotline", h.Hotline.Check}, {"login", h.Login.Check},
		{"login", func(ctx context.Context) ([]string, error) { return oidc.Check(ctx, h.DB) }},
	} {
		found, err := office.check(ctx)
		r.Findings = append(r.Findings, found...)
		if err := r.stopped(ctx, office.name, err); err != nil {
			return r, err
		}
	}
	if err := r.stopped(ctx, "purpose", h.checkPurpose(ctx, &r)); err != nil {
		return r, err
	}
	people, err := h.Registry.IDs(ctx)
	if err != nil {
		return r, err
	}
	r.People = len(people)
	for _, id := range people {
		if err := r.stopped(ctx, "person "+id, h.checkPerson(ctx, id, &r)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// stopped makes a finding of a record that is missing or cannot be read, so
// that one of them does not hide what the rest of the check would find. Other
// errors, such as a database that does not answer, end the check.
func (r *Report) stopped(ctx context.Context, what string, err error) error {
	var refusal *fault.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, !errors.As(err, &refusal), refusal.Kind.Class == fault.Unavailable:
		return fmt.Errorf("checking %s: %w", what, err)
	}
	r.Findings = append(r.Findings, fmt.Sprintf("%s: the check cannot go on: %v", what, refusal))
	return nil
}

func (h *House) verifyJournal(ctx context.Context, r *Report) (int64, error) {
	var seq int64
	err := h.DB.View(ctx, func(tx *db.Tx) error {
		*r = Report{Findings: []string{}}
		head, err := journal.Latest(ctx, tx)
		if err != nil {
			return err
		}
		seq = head.Seq
		for after := int64(0); ; {
			waiting, err := journal.Pending(ctx, tx, after, 1000)
			if err != nil {
				return err
			}
			for _, w := range waiting {
				after = w.Seq
				if w.Kind == validation.EffectNotify && w.State != journal.Parked {
					continue // a verifier that does not answer keeps nothing here from being checked
				}
				r.Waiting++
				if w.State == journal.Parked {
					r.Findings = append(r.Findings, fmt.Sprintf("journal: effect %s was given up after %d attempts (KADO-%04d)", w.Key, w.Attempts, w.Fault))
				}
			}
			if len(waiting) < 1000 {
				break
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := h.DB.View(ctx, func(tx *db.Tx) error { return journal.Verify(ctx, tx) }); err != nil {
		r.Findings = append(r.Findings, "journal: "+err.Error())
	}
	return seq, nil
}

// checkPerson compares what the offices say of one person.
func (h *House) checkPerson(ctx context.Context, id string, r *Report) error {
	p, err := h.Registry.Person(ctx, id)
	if err != nil {
		return err
	}
	err = h.DB.View(ctx, func(tx *db.Tx) error {
		_, err := h.Vault.Since(ctx, tx, id)
		return err
	})
	if err != nil {
		r.Findings = append(r.Findings, fmt.Sprintf("vault: person %s has no Individual Number", id))
	}
	all, err := h.Cards.OfPerson(ctx, id)
	if err != nil {
		return err
	}
	living := 0
	for _, c := range all {
		r.Cards++
		ended := c.State == cards.Abolished || c.State == cards.Void || c.State == cards.Spoiled
		if c.State == cards.InOperation || c.State == cards.Suspended {
			living++
		}
		if p.Standing == registry.Dead && !ended && r.Waiting == 0 {
			r.Findings = append(r.Findings, fmt.Sprintf("cards: card %s of a dead person is %s", c.ID, c.State))
		}
		if err := h.checkCertificates(ctx, p, c, ended, r); err != nil {
			return err
		}
	}
	if living > 1 {
		r.Findings = append(r.Findings, fmt.Sprintf("cards: person %s has %d living cards", id, living))
	}
	return nil
}

func (h *House) checkCertificates(ctx context.Context, p registry.Person, c cards.Card, ended bool, r *Report) error {
	certs, err := h.Authority.OfCard(ctx, c.ID)
	if err != nil {
		return err
	}
	active := map[jpki.Kind]int{}
	for _, cert := range certs {
		r.Certificates++
		alive := cert.State == authority.Active || cert.State == authority.OnHold
		if alive {
			active[cert.Kind]++
		}
		bad := ""
		switch {
		case cert.Person != p.ID:
			bad = "names another person than its card"
		case alive && c.State != cards.InOperation && c.State != cards.Suspended && !ended:
			bad = "is valid before its card was delivered"
		case r.Waiting > 0:
			// Effects still to be delivered will bring the rest into line.
		case ended && (alive || cert.State == authority.Issued):
			bad = "outlived its card"
		case cert.State == authority.Active && c.State == cards.Suspended:
			bad = "is active on a suspended card"
		case cert.State == authority.OnHold && c.State == cards.InOperation:
			bad = "is on hold on a card in operation"
		case alive && cert.Kind == jpki.Signature && !sayTheSame(cert, p):
			bad = "does not say what the register says"
		}
		if bad != "" {
			r.Findings = append(r.Findings, fmt.Sprintf("authority: %s certificate %s %s", cert.Kind, cert.Serial, bad))
		}
	}
	for kind, n := range active {
		if n > 1 {
			r.Findings = append(r.Findings, fmt.Sprintf("authority: card %s has %d valid %s certificates", c.ID, n, kind))
		}
	}
	return nil
}

// sayTheSame compares a signature certificate with the register (CRT-41).
func sayTheSame(cert authority.Certificate, p registry.Person) bool {
	x, err := jpki.ParseCertificate(cert.DER)
	if err != nil {
		return false
	}
	said, err := jpki.ParsePersonal(x)
	return err == nil && said == jpki.PersonalOf(p.Attributes)
}

// CheckShelf compares the cards on a shelf with their records: each whole, each
// what its file name says, and none further in its life than its record.
func (h *House) CheckShelf(ctx context.Context, s *shelf.Shelf) ([]string, error) {
	ids, err := s.List()
	if err != nil {
		return nil, err
	}
	var out []string
	for _, id := range ids {
		finding, err := h.checkPlastic(ctx, s, id)
		if err != nil {
			return nil, err
		}
		if finding != "" {
			out = append(out, fmt.Sprintf("shelf: card %s %s", id, finding))
		}
	}
	return out, nil
}

func (h *House) checkPlastic(ctx context.Context, s *shelf.Shelf, id mynumber.CardID) (finding string, err error) {
	card, err := s.Take(id)
	if shelf.Damaged.Is(err) {
		// A process that ended while the chip maker was writing the first byte leaves
		// a file without a chip. Nobody has such a card as long as nothing was
		// written to it: the order goes on with a new blank.
		if record, e := h.Cards.Card(ctx, id); e == nil && errors.Is(err, chip.ErrEmpty) && (record.State == cards.Ordered || record.State == cards.Spoiled) {
			return "", nil
		}
		return "is damaged", nil
	}
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, card.Close()) }()
	on, err := reader.New(card.Transport()).Issuer()
	if err != nil {
		return "does not answer", nil
	}
	if serial, err := on.Serial(); err != nil || serial != string(id) {
		return "says it is another card", nil
	}
	record, err := h.Cards.Card(ctx, id)
	if cards.NoCard.Is(err) {
		return "has no record", nil
	}
	if err != nil {
		return "", err
	}
	// A blank has no application yet, and one that was personalised no use of it.
	j, err := reader.New(card.Transport()).JPKI()
	inert := errors.Is(err, reader.ErrNotFound)
	if err == nil {
		_, err = j.TriesLeft(reader.AuthenticationKey)
	}
	inert = inert || errors.Is(err, reader.ErrInert)
	if record.State == cards.InOperation && inert {
		return "is mute though its record says in operation", nil
	}
	// A chip may be one step ahead of its record: a delivery that was cut off
	// between the two. Its record still refuses it everywhere.
	if !inert && record.State != cards.Held && record.State != cards.InOperation && record.State != cards.Suspended && record.State != cards.Abolished {
		return fmt.Sprintf("works though its record says %s", record.State), nil
	}
	return "", nil
}
