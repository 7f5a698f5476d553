package switchboard

import (
	"context"
	"crypto/x509"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"kado/internal/agency/authority"
	"kado/internal/agency/validation"
	"kado/internal/platform/clock"
	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/journal"
	"kado/internal/platform/staff"
	"kado/jpki"
)

// maxSwitches bounds the rows that are looked at for every answer.
const maxSwitches = 1000

// DefaultDelay is how long "slow" keeps a client waiting.
const DefaultDelay = 30 * time.Second

// Deps is what the switchboard stands on.
type Deps struct {
	DB        *db.DB
	Clock     clock.Clock
	Entropy   entropy.Source
	Authority authority.Authority
	Settings  jpki.Settings
	Places    validation.Places
	// Delay of "slow"; 0 stands for DefaultDelay.
	Delay time.Duration
	// Wait returns after a duration, or with the context's error when that ends
	// first; nil waits on the machine's timer.
	Wait func(ctx context.Context, d time.Duration) error
}

// Board is the switchboard. Make it with New. Safe for concurrent use.
type Board struct {
	Deps

	mu      sync.Mutex
	expired map[string]*x509.Certificate // responders that have run out, by generation
}

// Switch is one fault that is on.
type Switch struct {
	Fault  string
	Kind   jpki.Kind // zero for both authorities
	Serial string    // "" for all certificates of Kind; else Kind is given
	SetAt  time.Time
	SetBy  string
}

// New returns the switchboard of a sandbox. Settings whose organization is not a
// test name are refused with KADO-4150.
func New(d Deps) (*Board, error) {
	if !strings.HasSuffix(d.Settings.Organization, "-TEST") {
		return nil, NotInProduction.New()
	}
	if d.Delay == 0 {
		d.Delay = DefaultDelay
	}
	if d.Wait == nil {
		d.Wait = wait
	}
	return &Board{Deps: d, expired: map[string]*x509.Certificate{}}, nil
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// scope checks what a switch names.
func scope(kind jpki.Kind, serial string) error {
	if serial == "" {
		if kind != 0 && !kind.Valid() {
			return validation.Malformed.New("kind")
		}
		return nil
	}
	if !kind.Valid() {
		return validation.Malformed.New("kind")
	}
	n, ok := new(big.Int).SetString(serial, 16)
	if !ok || n.Sign() <= 0 || len(serial) > 2*jpki.MaxSerialSize || n.Text(16) != serial {
		return validation.Malformed.New("serial")
	}
	return nil
}

// may makes sure that a CA operator switches, or a verifier whose accreditation
// covers it, which the interface has looked at (Handler).
func may(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time) error {
	if by.Kind == journal.RelyingParty {
		return nil
	}
	_, err := staff.Require(ctx, tx, by, now, staff.CAOperator)
	return err
}

// Set switches a fault on for one certificate (kind and serial), one authority
// (kind) or everything; what was on for that scope goes off.
func (b *Board) Set(ctx context.Context, by journal.Actor, fault string, kind jpki.Kind, serial string) (Switch, error) {
	if _, ok := Named(fault); !ok {
		return Switch{}, NoSuchFault.New(shown(fault))
	}
	if err := scope(kind, serial); err != nil {
		return Switch{}, err
	}
	now := b.Clock.Now()
	s := Switch{Fault: fault, Kind: kind, Serial: serial, SetAt: now.UTC().Truncate(time.Millisecond), SetBy: by.ID}
	return s, b.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := may(ctx, tx, by, now); err != nil {
			return err
		}
		all, err := switches(ctx, tx)
		if err != nil {
			return err
		}
		same := func(o Switch) bool { return o.Kind == kind && o.Serial == serial }
		if len(all) >= maxSwitches && !slices.ContainsFunc(all, same) {
			return TooManySwitches.New(maxSwitches)
		}
		_, err = tx.Exec(ctx, `INSERT INTO validation_switch (kind, serial, fault, set_at, set_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, serial) DO UPDATE SET fault = $3, set_at = $4, set_by = $5`, kindText(kind), serial, fault, now, by.ID)
		if err != nil {
			return err
		}
		return b.write(ctx, tx, by, now, s, "set")
	})
}

// Clear switches off what is on for exactly that scope.
func (b *Board) Clear(ctx context.Context, by journal.Actor, kind jpki.Kind, serial string) error {
	if err := scope(kind, serial); err != nil {
		return err
	}
	now := b.Clock.Now()
	return b.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := may(ctx, tx, by, now); err != nil {
			return err
		}
		var fault string
		err := tx.QueryRow(ctx, `DELETE FROM validation_switch WHERE kind = $1 AND serial = $2 RETURNING fault`, kindText(kind), serial).Scan(&fault)
		if errors.Is(err, db.ErrNoRows) {
			return NotSwitched.New()
		}
		if err != nil {
			return err
		}
		return b.write(ctx, tx, by, now, Switch{Fault: fault, Kind: kind, Serial: serial}, "clear")
	})
}

// ClearAll switches everything off.
func (b *Board) ClearAll(ctx context.Context, by journal.Actor) error {
	now := b.Clock.Now()
	return b.DB.Tx(ctx, func(tx *db.Tx) error {
		if err := may(ctx, tx, by, now); err != nil {
			return err
		}
		all, err := switches(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM validation_switch`); err != nil {
			return err
		}
		for _, s := range all {
			if err := b.write(ctx, tx, by, now, s, "clear"); err != nil {
				return err
			}
		}
		return nil
	})
}

func (b *Board) write(ctx context.Context, tx *db.Tx, by journal.Actor, now time.Time, s Switch, act string) error {
	_, err := journal.Write(ctx, tx, journal.Entry{At: now, Actor: by, Office: "validation", Act: validation.ActSwitched, Serial: s.Serial,
		Details: map[string]string{"fault": s.Fault, "kind": kindText(s.Kind), "act": act}})
	return err
}

// List returns what is on, the widest scope first.
func (b *Board) List(ctx context.Context) (out []Switch, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		out, err = switches(ctx, tx)
		return err
	})
	return out, err
}

func switches(ctx context.Context, tx *db.Tx) ([]Switch, error) {
	return db.Collect(ctx, tx, func(scan func(...any) error) (s Switch, err error) {
		var kind string
		if err := scan(&kind, &s.Serial, &s.Fault, db.IntoTime(&s.SetAt), &s.SetBy); err != nil || kind == "" {
			return s, err
		}
		s.Kind, err = jpki.ParseKind(kind)
		return s, err
	}, `SELECT kind, serial, fault, set_at, set_by FROM validation_switch ORDER BY serial, kind`)
}

// on returns the fault that counts for an answer about certificates of a kind:
// the narrowest scope that covers one of them.
func on(all []Switch, kind jpki.Kind, serials []string) (Fault, bool) {
	best, found := Switch{}, false
	for _, s := range all {
		switch {
		case s.Kind != 0 && s.Kind != kind, s.Serial != "" && !slices.Contains(serials, s.Serial):
		case !found, width(s) < width(best):
			best, found = s, true
		}
	}
	if !found {
		return Fault{}, false
	}
	return Named(best.Fault)
}

func width(s Switch) int {
	switch {
	case s.Serial != "":
		return 0
	case s.Kind != 0:
		return 1
	}
	return 2
}

func kindText(k jpki.Kind) string {
	if !k.Valid() {
		return ""
	}
	return k.String()
}

// shown is a name as a refusal repeats it.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 40)]
}
