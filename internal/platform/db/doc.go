// Package db opens the one database of the house and gives transactions that
// mean the same on both engines: SQLite (embedded, the default) and
// PostgreSQL (by URL).
//
// # One SQL text for both engines
//
// Offices write plain SQL with $1 … $n placeholders and these column types:
//
//	TEXT      strings; valid UTF-8 without NUL (both engines refuse others here)
//	TEXT      instants, written by Time: RFC 3339, UTC, exactly milliseconds;
//	          they sort as text in the order of time; "" is "not given"
//	TEXT      days, YYYY-MM-DD
//	BIGINT    whole numbers (INTEGER is four bytes wide on PostgreSQL)
//	INTEGER   booleans, 0 or 1
//	BYTEA     byte strings: on PostgreSQL its own type, on SQLite a column
//	          without conversion for blobs; any bytes, empty included, come back
//	          unchanged, and NULL comes back as nil
//
// Arguments may be nil, strings, whole numbers, booleans, byte slices,
// time.Time (stored by Time), pointers to these, and named types of these
// kinds. Anything else is refused before it reaches the engine, since the
// engines would store it differently.
//
// # The same meaning on both engines
//
// Write transactions run one after another: SQLite permits one writer, and on
// PostgreSQL every write transaction first takes one advisory lock. Nearly
// every act extends the journal's hash chain and would queue there anyway, and
// no office has to think about lost updates, write skew or FOR UPDATE, which
// SQLite does not know. More load is served by more databases (a municipality's
// acts touch only its own), and by replicas for reading. Reading transactions
// see one unchanging snapshot and never wait for a writer.
//
// Where the engines would still differ, the stricter one rules on both: after a
// failed statement a transaction can only be rolled back (PostgreSQL), so use
// ON CONFLICT DO NOTHING where a duplicate is expected; while rows are being
// read no other statement may run in the same transaction (PostgreSQL), so
// read them to the end first; LIKE tells letter cases apart; text is ordered by
// bytes.
//
// # Migrations
//
// Each office embeds numbered .sql files (goose format, only the Up part is
// used) and keeps its own version table. The schema only moves forwards, and old
// processes keep running meanwhile: add columns and tables, never take them away
// in the release that stops using them.
package db
