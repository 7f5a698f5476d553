package authority

import (
	"context"
	"strconv"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
	"kado/jpki"
	"kado/mynumber"
)

// The letters about the end of a certificate (有効期限通知書).
var (
	signatureExpires = notice.Define(notice.Kind{Code: "certificate.signature_expires",
		Title: lang.Text{JA: "署名用電子証明書の有効期限のお知らせ", EN: "Your signature certificate expires"},
		Body: lang.Text{
			JA: "署名用電子証明書は%sまで有効です。使い続けるには、その日までに、お住まいの市区町村の窓口で更新してください。手数料はかかりません。電話やメールで暗証番号をお尋ねすることはありません。",
			EN: "Your signature certificate is valid until %s. To go on using it, renew it at your municipality's counter by that day. It is free of charge. Nobody will ask you for a PIN by telephone or mail."}})
	authenticationExpires = notice.Define(notice.Kind{Code: "certificate.authentication_expires",
		Title: lang.Text{JA: "利用者証明用電子証明書の有効期限のお知らせ", EN: "Your user authentication certificate expires"},
		Body: lang.Text{
			JA: "利用者証明用電子証明書は%sまで有効です。使い続けるには、その日までに、お住まいの市区町村の窓口で更新してください。手数料はかかりません。電話やメールで暗証番号をお尋ねすることはありません。",
			EN: "Your user authentication certificate is valid until %s. To go on using it, renew it at your municipality's counter by that day. It is free of charge. Nobody will ask you for a PIN by telephone or mail."}})
)

// batch is how many certificates one transaction of NotifyExpiring looks at.
const batch = 200

// NotifyExpiring implements Issuing. Each valid or held certificate is announced
// three months and one month before its last day, each once (C-15). Where nobody
// called for months, only the later notice is written.
func (o *Office) NotifyExpiring(ctx context.Context) (int, error) {
	total, after := 0, ""
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

// notifyBatch looks at the next certificates by serial number and returns the
// last one it saw, "" if there was none.
func (o *Office) notifyBatch(ctx context.Context, after string) (written int, last string, err error) {
	err = o.db.Tx(ctx, func(tx *db.Tx) error {
		written, last = 0, ""
		now := o.clock.Now()
		today := mynumber.DateOf(now)
		// Four months hold three of any length.
		rows, err := all(ctx, tx, `medium = 'card' AND state IN ('active', 'on_hold') AND notified < 2 AND not_after >= $1 AND not_after <= $2
			AND serial > $3 ORDER BY serial LIMIT $4`, now, today.AddMonths(4).EndOfDay(), after, batch)
		if err != nil {
			return err
		}
		for i := range rows {
			last = rows[i].Serial
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

// notify writes the letter that is due for one certificate, if any.
func notify(ctx context.Context, tx *db.Tx, r *row, today mynumber.Date, now time.Time) (int, error) {
	expiry := mynumber.DateOf(r.NotAfter)
	first, second := mynumber.NoticeDates(expiry)
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
	kind := signatureExpires
	if r.Kind == jpki.Authentication {
		kind = authenticationExpires
	}
	fresh, err := notice.Write(ctx, tx, notice.Letter{
		Key: "certificate.expires/" + r.Serial + "/" + strconv.Itoa(months) + "m", Person: r.Person, Kind: kind,
		Args: []string{expiry.String()}, WrittenAt: now})
	if err != nil {
		return 0, err
	}
	r.notified = due
	if err := update(ctx, tx, r); err != nil || !fresh {
		return 0, err
	}
	e := r.entry(ActNotified, system, now)
	e.Details["months"] = strconv.Itoa(months)
	_, err = journal.Write(ctx, tx, e)
	return 1, err
}
