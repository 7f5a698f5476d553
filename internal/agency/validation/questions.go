package validation

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"kado/internal/platform/db"
	"kado/internal/platform/fault"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// DefaultLinkDepth is how many steps a question about linkage may go where the
// settings say nothing: one, which is what a renewal needs (CRT-18), and no
// window on years of somebody's life (CRT-19).
const DefaultLinkDepth = 1

// MaxItems is the most certificates in one question.
const MaxItems = 200

// Status implements Desk: a question of the verifier for itself.
func (o *Office) Status(ctx context.Context, verifier string, r Ref, why string) (Status, error) {
	out, err := o.StatusOf(ctx, Question{verifier, verifier, why}, []Item{{Ref: r}})
	if err != nil {
		return Status{}, err
	}
	return out[0], nil
}

// StatusOf implements Window. The whole question is refused where one item is
// malformed or comes twice; each answer stands by itself.
func (o *Office) StatusOf(ctx context.Context, q Question, items []Item) ([]Status, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if len(items) == 0 || len(items) > MaxItems {
		return nil, Malformed.New("certificates")
	}
	now := o.clock.Now()
	out := make([]Status, len(items))
	entries := make([]journal.Entry, len(items))
	seen := map[Ref]bool{}
	for i, item := range items {
		s, err := o.statusOf(ctx, item, now)
		if err != nil {
			return nil, err
		}
		if r := (Ref{s.Kind, s.Serial}); s.Serial != "" {
			if seen[r] {
				return nil, Malformed.New("certificates")
			}
			seen[r] = true
		}
		out[i] = s
		entries[i] = journal.Entry{Act: ActStatusAsked, Subject: s.Person, Serial: s.Serial,
			Details: map[string]string{"kind": kindText(s.Kind), "verdict": string(s.Verdict)}}
	}
	if err := o.ask(ctx, q, PurposeStatus, now, entries, nil); err != nil {
		return nil, err
	}
	return out, nil
}

// kindText is a kind as journalled; the zero Kind, of a certificate that is none
// of ours, is "".
func kindText(k jpki.Kind) string {
	if !k.Valid() {
		return ""
	}
	return k.String()
}

// statusOf judges one item.
func (o *Office) statusOf(ctx context.Context, item Item, now time.Time) (Status, error) {
	if item.DER != nil {
		if item.Ref != (Ref{}) {
			return Status{}, Malformed.New("certificate")
		}
		return o.statusOfCertificate(ctx, item.DER, now)
	}
	if err := item.check(); err != nil {
		return Status{}, err
	}
	j, err := o.bySerial(ctx, item.Kind, item.Serial, now)
	return j.Status, err
}

// Linkage implements Desk: one step back, for the verifier itself.
func (o *Office) Linkage(ctx context.Context, verifier string, r Ref, why string) (Ref, error) {
	out, err := o.Links(ctx, Question{verifier, verifier, why}, r, Older, 1)
	if err != nil {
		return Ref{}, err
	}
	return out[0], nil
}

// Links implements Window.
func (o *Office) Links(ctx context.Context, q Question, r Ref, way Way, depth int) ([]Ref, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	switch {
	case way != Older && way != Newer && way != Other:
		return nil, Malformed.New("way")
	case depth < 1 || way == Other && depth != 1:
		return nil, Malformed.New("depth")
	case depth > o.linkDepth:
		return nil, TooFar.New(o.linkDepth)
	}
	now := o.clock.Now()
	links, person, err := o.follow(ctx, r, way, depth)
	if err != nil {
		return nil, err
	}
	linked := "no"
	if len(links) > 0 {
		linked = "yes"
	}
	e := journal.Entry{Act: ActLinkageAsked, Subject: person, Serial: r.Serial,
		Details: map[string]string{"kind": r.Kind.String(), "linked": linked, "way": string(way)}}
	if err := o.ask(ctx, q, PurposeLinkage, now, []journal.Entry{e}, nil); err != nil {
		return nil, err
	}
	if len(links) == 0 {
		return nil, NoLink.New()
	}
	return links, nil
}

func (r Ref) check() error {
	if !r.Kind.Valid() {
		return Malformed.New("kind")
	}
	_, err := parseSerial(r.Serial)
	return err
}

func (q Question) check() error {
	if strings.TrimSpace(q.Why) == "" || len(q.Why) > journal.MaxText || !utf8.ValidString(q.Why) {
		return Malformed.New("reason")
	}
	if !verifierID.MatchString(q.For) && !firmID.MatchString(q.For) {
		return Malformed.New("for")
	}
	return nil
}

// ask decides whether a verifier may have an answer and writes the question
// down where the holders see it, also a refused one (CRT-19, CRT-62): entries
// need act, subject and details only. The answer was looked up before and is
// given away only after this has committed; more, where not nil, runs in the same
// transaction once the question is permitted, and its refusal is journalled, too.
// Somebody who was never accredited leaves no entry, so that nobody can fill the
// journal.
func (o *Office) ask(ctx context.Context, q Question, p Purpose, now time.Time, entries []journal.Entry, more func(tx *db.Tx) error) error {
	var refusal error
	err := o.db.Tx(ctx, func(tx *db.Tx) error {
		v, found, err := loadVerifier(ctx, tx, q.Verifier)
		if err != nil {
			return err
		}
		if !found {
			refusal = NotAccredited.New()
			return nil
		}
		if refusal, err = q.permitted(ctx, tx, v, p, now); err != nil {
			return err
		}
		if refusal == nil && more != nil {
			if refusal, err = refused(more(tx)); err != nil {
				return err
			}
		}
		for _, e := range entries {
			e.At, e.Office, e.Reason = now, "validation", q.Why
			e.Actor = journal.Actor{Kind: journal.RelyingParty, ID: v.ID}
			details := map[string]string{"for": q.For}
			for k, d := range e.Details {
				// The answer is not told to who may not have it, nor written down.
				if refusal == nil || k == "kind" || k == "consent" {
					details[k] = d
				}
			}
			e.Details = details
			if refusal != nil {
				e.Outcome = journal.Refused
			}
			if _, err := journal.Write(ctx, tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return refusal
}

// refused tells a numbered refusal, which is an outcome to be written down, from
// a failure that ends the transaction.
func refused(err error) (refusal, failure error) {
	var f *fault.Error
	if errors.As(err, &f) && f.Kind.Class != fault.Internal && f.Kind.Class != fault.Unavailable {
		return err, nil
	}
	return nil, err
}

// permitted returns nil where v may ask this for whom the question names.
func (q Question) permitted(ctx context.Context, tx *db.Tx, v Verifier, p Purpose, now time.Time) (refusal, failure error) {
	today := mynumber.DateOf(now)
	if err := v.may(p, today); err != nil || q.For == v.ID {
		return err, nil
	}
	f, of, found, err := loadFirm(ctx, tx, q.For)
	if err != nil {
		return nil, err
	}
	if !found || of != v.ID || today.Before(f.From) || !f.To.IsZero() && today.After(f.To) {
		return NotEntrusted.New(), nil
	}
	return nil, nil
}
