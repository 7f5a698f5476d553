package validation

import (
	"context"
	"errors"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/jpki"
	"kado/mynumber"
)

// Publication says which lists to publish.
type Publication struct {
	// Now issues every list, on demand; otherwise only those that are due, once in
	// ListInterval.
	Now bool
	// Dir, if not "", is the folder into which all newest lists are written for
	// caches to carry, see OpenLists.
	Dir string
}

// Published is what a publication did.
type Published struct {
	Issued int // lists signed now
	Ended  int // generations that are over or retired, of which there are no more lists
	Files  int // lists in the folder
}

// Publish issues the lists that are due and writes them out: of both authorities
// and all living generations a complete one, and one for each municipality that has
// certificates. Any process may call it at any time and any
// number of times: what another has published is not due. A process that dies in
// the midst leaves the lists that it committed and a folder as it was before or
// after a list, never half of one.
func (o *Office) Publish(ctx context.Context, by journal.Actor, p Publication) (Published, error) {
	var out Published
	if o.settle != nil {
		if err := o.settle(ctx); err != nil {
			return out, err
		}
	}
	last, err := o.lastLists(ctx)
	if err != nil {
		return out, err
	}
	now := o.clock.Now()
	for _, kind := range jpki.Kinds {
		all, err := o.authority.Generations(ctx, kind)
		if err != nil {
			return out, err
		}
		for _, g := range all {
			if !now.Before(end(g.EndsAt)) || !g.RetiredAt.IsZero() {
				out.Ended++
				continue
			}
			municipalities, err := o.authority.Municipalities(ctx, kind, g.Number)
			if err != nil {
				return out, err
			}
			municipalities = append([]mynumber.MunicipalityCode{""}, municipalities...)
			for _, m := range municipalities {
				s := scope{kind, g.Number, m}
				if at, ok := last[s]; ok && !p.Now && now.Before(at.Add(ListInterval)) {
					continue
				}
				if _, err := o.issue(ctx, by, s); err != nil {
					return out, err
				}
				out.Issued++
			}
		}
	}
	if p.Dir == "" {
		return out, nil
	}
	out.Files, err = o.writeLists(ctx, p.Dir)
	return out, err
}

// issue makes a list of one scope.
func (o *Office) issue(ctx context.Context, by journal.Actor, s scope) (List, error) {
	for range rounds {
		l, err := o.issueOnce(ctx, by, s)
		if !errors.Is(err, errOvertaken) {
			return l, err
		}
	}
	return List{}, db.Busy.New()
}

// lastLists returns when the newest list of each scope was made.
func (o *Office) lastLists(ctx context.Context) (map[scope]time.Time, error) {
	var out map[scope]time.Time
	err := o.db.View(ctx, func(tx *db.Tx) error {
		out = map[scope]time.Time{}
		type row struct {
			scope
			at time.Time
		}
		rows, err := db.Collect(ctx, tx, func(scan func(...any) error) (r row, err error) {
			return r, scan(intoKind{&r.kind}, &r.generation, &r.municipality, db.IntoTime(&r.at))
		}, `SELECT kind, generation, municipality, MAX(this_update) FROM validation_list GROUP BY kind, generation, municipality`)
		for _, r := range rows {
			out[r.scope] = r.at
		}
		return err
	})
	return out, err
}
