package notice_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/db/dbtest"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

var ready = notice.Define(notice.Kind{
	Code:  "test.ready",
	Title: lang.Text{JA: "できあがりました", EN: "Ready"},
	Body:  lang.Text{JA: "%sまでにお越しください。", EN: "Please come by %s."},
})

// Shows: P-31, OPS-39
func TestLetters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, open func() *db.DB) {
		ctx := context.Background()
		d := open()
		if err := d.Migrate(ctx, notice.Schema()); err != nil {
			t.Fatal(err)
		}
		at := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
		write := func(key, person string, after error) (isNew bool, err error) {
			err = d.Tx(ctx, func(tx *db.Tx) error {
				var err error
				isNew, err = notice.Write(ctx, tx, notice.Letter{Key: key, Person: person, Kind: ready, Args: []string{"2026-05-01"}, WrittenAt: at})
				return errors.Join(err, after)
			})
			return isNew, err
		}
		if isNew, err := write("a", "per_1", nil); err != nil || !isNew {
			t.Fatalf("first letter: new %v, %v", isNew, err)
		}
		if isNew, err := write("a", "per_1", nil); err != nil || isNew {
			t.Fatalf("same key again: new %v, %v", isNew, err)
		}
		if _, err := write("b", "per_1", errors.New("the act failed")); err == nil {
			t.Fatal("a failed act reported no error")
		}
		if _, err := write("c", "per_2", nil); err != nil {
			t.Fatal(err)
		}
		got, err := notice.OfPerson(ctx, d, "per_1")
		if err != nil || len(got) != 1 {
			t.Fatalf("letters of per_1: %v, %v", got, err)
		}
		if title, body := got[0].In(lang.EN); title != "Ready" || body != "Please come by 2026-05-01." || !got[0].WrittenAt.Equal(at) {
			t.Errorf("read back %q %q %v", title, body, got[0].WrittenAt)
		}
		if _, body := got[0].In(lang.JA); body != "2026-05-01までにお越しください。" {
			t.Errorf("Japanese body %q", body)
		}
		if _, err := write("", "per_1", nil); err == nil {
			t.Error("a letter without key was taken")
		}
	})
}
