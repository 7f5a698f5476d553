package validation

import (
	"context"
	"errors"
	"fmt"

	"kado/internal/agency/authority"
	"kado/internal/agency/cards"
)

// fillRounds bounds how often the index is begun anew because more moved at once
// than is followed one by one.
const fillRounds = 5

// errSwept says that everything may have moved while the index was being filled.
var errSwept = errors.New("validation: everything may have moved")

// FillIndex reads every status from the records in one pass, so that no question has
// to wait for them. Questions are answered meanwhile, and acts go on: run it in the
// background after the start and now and then, as it does nothing while the index is
// full. It returns how many statuses it took in. Without Answering.Changes nothing
// is kept.
func (o *Office) FillIndex(ctx context.Context) (int, error) {
	if o.memory.keepsNothing() {
		return 0, nil
	}
	for range fillRounds {
		n, err := o.fillIndex(ctx)
		if !errors.Is(err, errSwept) {
			return n, err
		}
	}
	return 0, fmt.Errorf("filling the index: %w", errSwept)
}

func (o *Office) fillIndex(ctx context.Context) (n int, err error) {
	if _, err := o.memory.catchUp(ctx); err != nil {
		return 0, err
	}
	// From here on everything that moves is noted. What moved before is in the
	// records that are read next; what moves after they were read is noted or will be
	// when it is heard of, which is before anything kept is given out.
	if !o.memory.beginFilling() {
		return 0, nil
	}
	defer func() { o.memory.endFilling(err == nil) }()
	type status struct {
		serial string
		number []byte
		k      Known
	}
	page := make([]status, 0, authority.MaxPage)
	err = o.authority.Statuses(ctx, func(certificates []authority.Certificate) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		page = page[:0]
		err := o.judgeAll(ctx, certificates, o.clock.Now(), func(c *authority.Certificate, card *cards.CardStatus, j judgement) error {
			k, lasting := known(c, card, j)
			number, ok := octets(nil, c.Serial)
			if lasting && ok {
				page = append(page, status{c.Serial, number, k})
			}
			return nil
		})
		if err != nil {
			return err
		}
		o.memory.mu.Lock()
		defer o.memory.mu.Unlock()
		if o.memory.swept {
			return errSwept
		}
		for _, s := range page {
			if _, moved := o.memory.moved[s.serial]; !moved {
				o.memory.index.Put(s.number, s.k)
				n++
			}
		}
		return nil
	})
	return n, err
}

func (m *memory) keepsNothing() bool {
	_, nothing := m.changes.(*always)
	return nothing
}

// beginFilling reports false where the index is full, or is being filled by
// somebody else.
func (m *memory) beginFilling() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.filling || m.full {
		return false
	}
	m.filling, m.swept, m.moved = true, false, map[string]struct{}{}
	return true
}

func (m *memory) endFilling(done bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.filling, m.moved = false, nil
	m.full = done && !m.swept
}
