package authority

import (
	"context"
	"errors"
	"math/big"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/entropy"
)

// serialLen is the length of a serial number in octets. The first two bits are
// 01, so that every one is positive, has the same length and no leading zero;
// 78 bits are drawn. The real ones have about four octets and count upwards;
// drawn ones tell nobody how many there are or who came next, and nothing in
// one series yields the other (CRT-11).
const serialLen = 10

// drawSerial draws a serial number that was not used before and returns it with
// its spelling in the records. The look costs little and spares the lint of a
// certificate that could not be recorded, above all where a seeded source begins
// again; claimSerial decides.
func (o *Office) drawSerial(ctx context.Context) (n *big.Int, spelt string, err error) {
	err = o.db.View(ctx, func(tx *db.Tx) error {
		for used := true; used; {
			b, err := entropy.Bytes(o.entropy.Stream("authority.serial"), serialLen)
			if err != nil {
				return err
			}
			b[0] = b[0]&0x3f | 0x40
			n = new(big.Int).SetBytes(b)
			spelt = n.Text(16)
			if used, err = exists(ctx, tx, `SELECT COUNT(*) FROM authority_serial WHERE serial = $1`, spelt); err != nil {
				return err
			}
		}
		return nil
	})
	return n, spelt, err
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
