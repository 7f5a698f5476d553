package cards

import (
	"context"
	"strconv"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
	"kado/mynumber"
)

// cardExpires is the letter about the end of a card (有効期限通知書).
var cardExpires = notice.Define(notice.Kind{Code: "card.expires",
	Title: lang.Text{JA: "マイナンバーカードの有効期限のお知らせ", EN: "Your My Number Card expires"},
	Body: lang.Text{
		JA: "マイナンバーカードは%sまで有効です。使い続けるには、新しい顔写真を添えて、更新を申請してください。手数料はかかりません。電話やメールで暗証番号をお尋ねすることはありません。",
		EN: "Your My Number Card is valid until %s. To go on having one, apply for its renewal with a new photo. It is free of charge. Nobody will ask you for a PIN by telephone or mail."}})

// batch is how many cards one transaction of NotifyExpiring looks at.
const batch = 200

// NotifyExpiring writes the notices due today and returns how many were new:
// each card in operation or suspended is announced three months and one month
// before its last day, each once (R-14, C-15). Where nobody called for months, only
// the later notice is written.
func (o *Office) NotifyExpiring(ctx context.Context) (int, error) {
	total, after := 0, mynumber.CardID("")
	for {
		written, last, err := o.notifyBatch(ctx, after)
		if err != nil {
			return total, err
		}
		total += written
		if last == "" {
			return total, nil
		}
		after = last
	}
}

// notifyBatch looks at the next cards by id and returns the last one it saw, ""
// if there was none.
func (o *Office) notifyBatch(ctx context.Context, after mynumber.CardID) (written int, last mynumber.CardID, err error) {
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		written, last = 0, ""
		now := o.clock.Now()
		today := mynumber.DateOf(now)
		// Four months hold three of any length.
		rows, err := db.Collect(ctx, tx, scanRow, `SELECT `+columns+` FROM cards_card WHERE state IN ('in_operation', 'suspended')
			AND notified < 2 AND expires_on >= $1 AND expires_on <= $2 AND id > $3 ORDER BY id LIMIT $4`,
			today.String(), today.AddMonths(4).String(), after, batch)
		if err != nil {
			return err
		}
		for i := range rows {
			last = rows[i].ID
			n, err := notify(ctx, tx, &rows[i], today, now)
			if err != nil {
				return err
			}
			written += n
		}
		return nil
	})
	return written, last, err
}

// notify writes the letter that is due for one card, if any.
func notify(ctx context.Context, tx *db.Tx, r *row, today mynumber.Date, now time.Time) (int, error) {
	first, second := mynumber.NoticeDates(r.ExpiresOn)
	due, months := 0, 0
	switch {
	case !today.Before(second):
		due, months = 2, 1
	case !today.Before(first):
		due, months = 1, 3
	}
	if due <= r.notified {
		return 0, nil
	}
	fresh, err := notice.Write(ctx, tx, notice.Letter{Key: "card.expires/" + string(r.ID) + "/" + strconv.Itoa(months) + "m",
		Person: r.Person, Kind: cardExpires, Args: []string{r.ExpiresOn.String()}, WrittenAt: now})
	if err != nil {
		return 0, err
	}
	r.notified = due
	if err := update(ctx, tx, r); err != nil || !fresh {
		return 0, err
	}
	e := r.entry(ActNotified, system)
	e.At, e.Details = now, map[string]string{"months": strconv.Itoa(months)}
	_, err = journal.Write(ctx, tx, e)
	return 1, err
}
