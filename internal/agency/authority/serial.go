package authority

import (
	"context"
	"errors"
	"math/big"
	"sync"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
	"kado/internal/platform/keystore"
	"kado/jpki/serial"
)

// serialLen is the length of a serial number in octets: every one is positive
// and has no leading zero. The real ones have about four octets and count
// upwards; these are a count seen through a cipher, so that they tell nobody how
// many there are or who came next, and nothing in one series yields the other
// (CRT-11). Numbers of ten octets, drawn by chance, are from before the count.
const serialLen = serial.Size

// serialKey is the key store's name of the secret behind the numbers.
const serialKey = "serial-numbers"

// serialBlock is how much of the count a process claims at a time, and
// serialBlockMost how much where a batch needs more. What it has not used when it
// ends is never used: a gap in the count, seen by nobody.
const (
	serialBlock     = 64
	serialBlockMost = 1024
)

// serials hands out serial numbers. The zero value is ready.
type serials struct {
	mu        sync.Mutex
	given     []byte // Deps.SerialKey
	numbering *serial.Numbering
	next, end uint64 // what is left of the claimed block
}

// Numbering returns the series of the authorities' serial numbers, for whoever
// keeps statuses by their place in it. Its key is made at first use.
func (o *Office) Numbering(ctx context.Context) (*serial.Numbering, error) {
	o.serials.mu.Lock()
	defer o.serials.mu.Unlock()
	return o.numbering(ctx)
}

func (o *Office) numbering(ctx context.Context) (*serial.Numbering, error) {
	if o.serials.numbering != nil {
		return o.serials.numbering, nil
	}
	if o.serials.given != nil {
		var err error
		o.serials.numbering, err = serial.New(o.serials.given)
		return o.serials.numbering, err
	}
	key, err := o.keys.Secret(ctx, serialKey)
	if keystore.UnknownKey.Is(err) {
		if key, err = o.keys.CreateSecret(ctx, serialKey, serial.KeySize); keystore.KeyExists.Is(err) {
			key, err = o.keys.Secret(ctx, serialKey) // another process was first
		}
	}
	if err != nil {
		return nil, err
	}
	o.serials.numbering, err = serial.New(key)
	return o.serials.numbering, err
}

// drawSerial returns a serial number that was not used before and its spelling
// in the records. claimSerial has the last word. ahead is how many will be needed
// soon, this one included.
func (o *Office) drawSerial(ctx context.Context, ahead int) (n *big.Int, spelt string, err error) {
	o.serials.mu.Lock()
	defer o.serials.mu.Unlock()
	numbering, err := o.numbering(ctx)
	if err != nil {
		return nil, "", err
	}
	if o.serials.next == o.serials.end {
		var claimed int64
		block := int64(max(serialBlock, min(ahead, serialBlockMost)))
		// Committed before the first of the block is used, so that no crash and no
		// other process can make one come twice (CRT-12).
		err := o.db.Tx(ctx, func(tx *db.Tx) error {
			return tx.QueryRow(ctx, `UPDATE authority_count SET claimed = claimed + $1 WHERE id = 1 RETURNING claimed`, block).Scan(&claimed)
		})
		if err != nil {
			return nil, "", err
		}
		o.serials.next, o.serials.end = uint64(claimed-block), uint64(claimed)
	}
	n = numbering.At(o.serials.next)
	o.serials.next++
	return n, n.Text(16), nil
}

// exists reports whether a count is above zero.
func exists(ctx context.Context, tx *db.Tx, count string, args ...any) (bool, error) {
	var n int
	err := tx.QueryRow(ctx, count, args...).Scan(&n)
	return n > 0, err
}

// errSerialUsed rolls a transaction back whose serial number was drawn before;
// the caller draws again.
var errSerialUsed = errors.New("authority: the serial number was used before")

// claimSerial notes that a serial number is used, for ever (CRT-12). It reports
// false where it was used before.
func claimSerial(ctx context.Context, tx *db.Tx, serial, use string, at time.Time) (bool, error) {
	n, err := tx.Exec(ctx, `INSERT INTO authority_serial (serial, use, at) VALUES ($1, $2, $3) ON CONFLICT (serial) DO NOTHING`,
		serial, use, at)
	return n == 1, err
}

// drawName returns n characters of 0-9 and A-Z for a common name.
func (o *Office) drawName(n int) (string, error) {
	const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	out := make([]byte, n)
	for i := range out {
		k, err := entropy.Int(o.entropy.Stream("authority.name"), len(alphabet))
		if err != nil {
			return "", err
		}
		out[i] = alphabet[k]
	}
	return string(out), nil
}
