package authority

import (
	"context"
	"time"

	"kado/internal/platform/db"
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
	"kado/internal/platform/notice"
)

// The acts about phones in the journal.
var (
	ActPhoneProved = journal.DefineAct(journal.Act{Code: "authority.phone_proved", Details: []string{"phone"},
		Text: lang.Text{JA: "カードの署名により、スマートフォンへの電子証明書の発行を申し込みました", EN: "Certificates on a phone were asked for with the card's signature"}})
	ActPhoneInUse = journal.DefineAct(journal.Act{Code: "authority.phone_in_use", Details: []string{"phone"},
		Text: lang.Text{JA: "スマートフォンの電子証明書が使えるようになりました", EN: "The certificates on a phone became valid"}})
	ActPhoneEnded = journal.DefineAct(journal.Act{Code: "authority.phone_ended", Details: []string{"phone"},
		Text: lang.Text{JA: "スマートフォンでの電子証明書の利用を終えました", EN: "The use of certificates on a phone ended"}})
)

var phoneActOf = map[string]string{"prove": ActPhoneProved, "take_up": ActPhoneInUse, "end": ActPhoneEnded}

// The letters about phones. Whoever has a card and its password by theft could set
// up a phone of their own: the holder hears of it.
var (
	phoneInUse = notice.Define(notice.Kind{Code: "phone.in_use",
		Title: lang.Text{JA: "スマートフォン用電子証明書の利用開始のお知らせ", EN: "Certificates on a phone are in use"},
		Body: lang.Text{
			JA: "%sに、あなたのマイナンバーカードを使って、スマートフォンに電子証明書が発行されました。お心当たりがないときは、すぐに専用ダイヤルに電話して、カードとスマートフォンの利用を止めてください。",
			EN: "On %s certificates were issued to a phone with your card. If this was not you, call the hotline at once and have card and phone stopped."}})
	phoneEnded = notice.Define(notice.Kind{Code: "phone.ended",
		Title: lang.Text{JA: "スマートフォン用電子証明書の利用終了のお知らせ", EN: "Certificates on a phone have ended"},
		Body: lang.Text{
			JA: "%sに、スマートフォンの電子証明書が失効しました。続けて使うときは、カードを使ってもう一度設定してください。鍵を別のスマートフォンに移すことはできません。",
			EN: "On %s the certificates on your phone were revoked. To go on, set a phone up anew with your card. Keys cannot be moved to another phone."}})
)

// tell writes a letter about a phone to its holder.
func tell(ctx context.Context, tx *db.Tx, kind *notice.Kind, r phoneRow, day string, at time.Time) error {
	if r.Person == "" {
		return nil
	}
	_, err := notice.Write(ctx, tx, notice.Letter{Key: kind.Code + "/" + r.ID, Person: r.Person, Kind: kind, Args: []string{day}, WrittenAt: at})
	return err
}
