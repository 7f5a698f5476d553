package cards

import (
	"context"
	"strings"
	"testing"

	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

func TestR14_C15_P31_NotifyExpiring(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		going, stopped := d.in(InOperation), d.in(Suspended)
		d.in(Held)
		d.in(Abolished)
		on := func(day mynumber.Date, want int) {
			t.Helper()
			d.must(d.clock.Set(day.StartOfDay()))
			for i, want := range []int{want, 0} { // the second call finds nothing new
				if n, err := d.NotifyExpiring(ctx); err != nil || n != want {
					t.Errorf("%s, call %d: %d letters, want %d, %v", day, i+1, n, want, err)
				}
			}
		}
		first, second := mynumber.NoticeDates(expiry)
		on(first.AddDays(-1), 0)
		on(first, 2)
		d.must(d.Abolish(ctx, clerk, stopped.ID, EndReturn))
		on(second.AddDays(-1), 0)
		on(second, 1)
		on(expiry.AddDays(1), 0)
		letters, err := notice.OfPerson(ctx, d.db, going.Person)
		d.must(err)
		if len(letters) != 2 {
			t.Fatalf("%d letters", len(letters))
		}
		for _, in := range []lang.Lang{lang.JA, lang.EN} {
			if _, body := letters[0].In(in); !strings.Contains(body, expiry.String()) || strings.Contains(body, string(going.ID)) {
				t.Errorf("letter %q", body)
			}
		}
		d.sound()
	})
}

// Nobody called for months: only the letter that is still right is written.
func TestC15_ClockJumpsOverTheFirstNotice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.in(InOperation)
		d.must(d.clock.Set(expiry.AddDays(-3).StartOfDay()))
		if n, err := d.NotifyExpiring(context.Background()); n != 1 || err != nil {
			t.Errorf("%d letters, %v", n, err)
		}
		letters, err := notice.OfPerson(context.Background(), d.db, c.Person)
		d.must(err)
		if len(letters) != 1 || !strings.HasSuffix(letters[0].Key, "/1m") {
			t.Errorf("letters %+v", letters)
		}
	})
}
