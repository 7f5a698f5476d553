package db_test

import (
	"context"
	"testing"
	"testing/fstest"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
)

var ctx = context.Background()

func schema() db.Schema {
	return db.Schema{Office: "trial", FS: fstest.MapFS{
		"00001_one.sql": {Data: []byte("-- +goose Up\nCREATE TABLE trial_item (id TEXT PRIMARY KEY, n BIGINT NOT NULL, at TEXT, flag INTEGER, raw BYTEA);\n")},
		"00002_two.sql": {Data: []byte("-- +goose Up\nCREATE TABLE trial_part (item TEXT NOT NULL REFERENCES trial_item(id), name TEXT UNIQUE);\n")},
	}}
}

func TestOpenBoth(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		d := open()
		if err := d.Migrate(ctx, schema()); err != nil {
			t.Fatal(err)
		}
	})
}
