package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"

	"kado/internal/platform/db"
)

// Head is the end of the chain at some moment: the number of the last entry
// and its hash (nil and 0 for an empty journal).
type Head struct {
	Seq  int64
	Hash []byte
}

// chainVersion is the first thing hashed, so that a later form of entries
// cannot be mistaken for this one.
const chainVersion = "kado journal 1"

// link returns the hash of e after prev: SHA-256 over the version, prev, and
// the fields in the order below, each with its length in four bytes before it;
// numbers are eight bytes, big-endian, and instants are as stored.
func link(prev []byte, e Entry, details string) []byte {
	h := sha256.New()
	var size [4]byte
	put := func(b []byte) {
		binary.BigEndian.PutUint32(size[:], uint32(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	put([]byte(chainVersion))
	put(prev)
	put(binary.BigEndian.AppendUint64(nil, uint64(e.Seq)))
	for _, s := range []string{db.Time(e.At), string(e.Actor.Kind), e.Actor.ID, e.Actor.Terminal, e.Office, e.Act,
		e.Subject, e.Card, e.Serial, e.Application, e.Session, e.Reason, e.Ground, string(e.Outcome), details} {
		put([]byte(s))
	}
	return h.Sum(nil)
}

// Latest returns the end of the chain, for an outside witness.
func Latest(ctx context.Context, tx *db.Tx) (Head, error) {
	var h Head
	err := tx.QueryRow(ctx, `SELECT seq, hash FROM journal_head WHERE id = 1`).Scan(&h.Seq, &h.Hash)
	return h, err
}

// Verify walks the whole chain and returns Broken, with the number of the first
// entry that does not fit, where an entry was changed, removed, added or moved.
// Each witnessed head must still be part of the chain.
func Verify(ctx context.Context, tx *db.Tx, witnessed ...Head) error {
	head, err := Latest(ctx, tx)
	if err != nil {
		return err
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+`, hash FROM journal_entry ORDER BY seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var last Head
	for rows.Next() {
		var hash []byte
		e, details, err := scanEntry(rows.Scan, &hash)
		if err != nil {
			return Broken.Because(err, last.Seq+1)
		}
		if e.Seq != last.Seq+1 || !bytes.Equal(hash, link(last.Hash, e, details)) {
			return Broken.New(last.Seq + 1)
		}
		last = Head{e.Seq, hash}
		for _, w := range witnessed {
			if w.Seq == e.Seq && !bytes.Equal(w.Hash, hash) {
				return Broken.New(e.Seq)
			}
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if last.Seq != head.Seq || !bytes.Equal(last.Hash, head.Hash) {
		return Broken.New(last.Seq + 1)
	}
	for _, w := range witnessed {
		if w.Seq > last.Seq {
			return Broken.New(last.Seq + 1)
		}
	}
	return nil
}
