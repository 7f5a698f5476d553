package profiles

import (
	"time"

	"kado/internal/platform/lang"
	"kado/jpki"
	"kado/mynumber"
	"kado/reader/files"
)

// both are the certificates of a common card.
var both = []string{"signature", "authentication"}

var one = []string{"authentication"}

// born is a birthday a given number of years before today, never on it: in
// late autumn or in spring, whichever is farther away.
func born(today mynumber.Date, age int) mynumber.Date {
	month := time.May
	if today.Month > time.February && today.Month < time.September {
		month = time.November
	}
	b := mynumber.Date{Year: today.Year - age, Month: month, Day: 17}
	if mynumber.AgeOn(b, today) < age {
		b.Year--
	}
	return b
}

func years(today mynumber.Date, n int) mynumber.Date { return today.AddMonths(12 * n) }

// adult is the card from which most others differ in one point.
func adult(today mynumber.Date) Description {
	return Description{Name: "見本　花子", Kana: "ミホン　ハナコ", Address: "東京都千代田区見本町１丁目２番３号", BirthDate: born(today, 35),
		Sex: Sex(mynumber.Female), Municipality: "13101", IssuedOn: today, Certificates: both}
}

// with is adult with a change.
func with(change func(d *Description, today mynumber.Date)) func(mynumber.Date) Description {
	return func(today mynumber.Date) Description {
		d := adult(today)
		change(&d, today)
		return d
	}
}

func left(n int) *int { return &n }

var catalogue = []Profile{
	{"adult", lang.Text{
		JA: "大人。証明書二つ。署名用 KADO2580、利用者証明用 4126、券面事項入力補助用 5137、住民基本台帳用 6148",
		EN: "An adult with both certificates. Signature KADO2580, authentication 4126, text 5137, register 6148"}, adult},
	{"minor", lang.Text{
		JA: "15歳未満。署名用電子証明書なし。PIN は adult と同じ",
		EN: "Under 15, without signature certificate. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			d.Name, d.Kana, d.Sex, d.BirthDate, d.Certificates = "見本　湊", "ミホン　ミナト", Sex(mynumber.Male), born(today, 10), one
		})},
	{"infant", lang.Text{
		JA: "1歳未満。顔写真なし。PIN は adult と同じ",
		EN: "Under one year, without photo. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			d.Name, d.Kana, d.BirthDate, d.Certificates, d.NoPhoto = "見本　あおい", "ミホン　アオイ", today.AddDays(-120), one, true
		})},
	{"elder", lang.Text{
		JA: "大正生まれ。PIN は adult と同じ",
		EN: "Born in the Taisho era, before 1927. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.Name, d.Kana, d.BirthDate = "見本　タツ", "ミホン　タツ", mynumber.Date{Year: 1926, Month: time.March, Day: 3}
		})},
	{"foreign", lang.Text{
		JA: "外国籍の中長期在留者。氏名はローマ字、通称つき、在留期限まで。PIN は adult と同じ",
		EN: "A foreign resident with a name in Latin letters and an alias; valid until the end of stay. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			d.Name, d.Kana, d.Alias = "NGUYEN\u3000THI LAN", "グエン　ティ ラン", "見本　蘭"
			d.Residence, d.StayUntil = mynumber.MidToLong, years(today, 3)
		})},
	{"permanent", lang.Text{
		JA: "永住者。長い氏名。PIN は adult と同じ",
		EN: "A permanent resident with a long name. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.Name, d.Kana = "ALMEIDA DE SOUZA PEREIRA\u3000MARIA FERNANDA JULIANA", "アルメイダ デ ソウザ ペレイラ　マリア フェルナンダ ジュリアナ"
			d.Residence = mynumber.PermanentResident
		})},
	{"substituted", lang.Text{
		JA: "証明書で代替文字になる氏名（髙 𠮷）。PIN は adult と同じ",
		EN: "A name whose characters 髙 and 𠮷 are substituted in the certificate. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.Name, d.Kana = "髙橋　𠮷子", "タカハシ　ヨシコ"
			d.Address = "東京都千代田区見本町１丁目２番３号𠮷野ハイツ２０１"
		})},
	{"pinless", lang.Text{
		JA: "顔認証マイナンバーカード。PIN は設定されていません",
		EN: "A PIN-less card: no PIN is set"},
		with(func(d *Description, today mynumber.Date) {
			d.Name, d.Kana, d.BirthDate, d.Certificates, d.Pinless = "見本　ウメ", "ミホン　ウメ", born(today, 88), one, true
		})},
	{"expired", lang.Text{
		JA: "カードも証明書も有効期限切れ。PIN は adult と同じ",
		EN: "Card and certificates have expired. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			d.Name, d.Kana = "見本　昔", "ミホン　ムカシ"
			d.BirthDate, d.IssuedOn = born(today, 23), years(today, -7)
		})},
	{"expired-certificates", lang.Text{
		JA: "カードは有効、証明書は期限切れ。PIN は adult と同じ",
		EN: "A valid card whose certificates have expired. PINs as adult"},
		with(func(d *Description, today mynumber.Date) { d.IssuedOn = years(today, -7) })},
	{"renewal-due", lang.Text{
		JA: "証明書の更新時期（残り3か月以内）。PIN は adult と同じ",
		EN: "The certificates end within three months. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			d.BirthDate = today.AddMonths(-12*40 + 1)
			if d.BirthDate.Day == 29 && d.BirthDate.Month == time.February {
				d.BirthDate = d.BirthDate.AddDays(-1)
			}
			d.IssuedOn = years(today, -5).AddMonths(2)
		})},
	{"blocked-authentication", lang.Text{
		JA: "利用者証明用の暗証番号がロック。正しい値は 4126",
		EN: "The authentication PIN is blocked; its value is 4126"},
		with(func(d *Description, _ mynumber.Date) { d.TriesLeft.Authentication = left(0) })},
	{"blocked-signature", lang.Text{
		JA: "署名用の暗証番号がロック。正しい値は KADO2580",
		EN: "The signature password is blocked; its value is KADO2580"},
		with(func(d *Description, _ mynumber.Date) { d.TriesLeft.Signature = left(0) })},
	{"blocked-all", lang.Text{
		JA: "四つの暗証番号がすべてロック。値は adult と同じ",
		EN: "All four PINs are blocked; values as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.TriesLeft = TriesLeft{Signature: left(0), Authentication: left(0), Text: left(0), Register: left(0)}
		})},
	{"one-try-left", lang.Text{
		JA: "どの暗証番号もあと一回でロック。値は adult と同じ",
		EN: "Every PIN has one try left; values as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.TriesLeft = TriesLeft{Signature: left(1), Authentication: left(1), Text: left(1), Register: left(1)}
		})},
	{"old-generation", lang.Text{
		JA: "一世代前の認証局の証明書（有効）。PIN は adult と同じ",
		EN: "Valid certificates by the previous generation of the authorities. PINs as adult"},
		with(func(d *Description, today mynumber.Date) {
			// The last day of the previous generation; a certificate lasts longer
			// than the four years of the present one.
			now, _ := mynumber.CAGenerationFor(today)
			d.IssuedOn = now.Starts.AddDays(-1)
		})},
	{"next-generation", lang.Text{
		JA: "次世代カードの方式（ECDSA P-384）の証明書。PIN は adult と同じ",
		EN: "Certificates and keys of the next card generation, ECDSA P-384. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) { d.Algorithm = jpki.ECDSAP384SHA384.String() })},
	{"no-certificates", lang.Text{
		JA: "電子証明書なし。PIN は 5137 と 6148 だけ",
		EN: "Without certificates; only the PINs 5137 and 6148"},
		with(func(d *Description, _ mynumber.Date) { d.Certificates = []string{} })},
	{"authentication-only", lang.Text{
		JA: "利用者証明用だけの大人。PIN は adult と同じ（署名用なし）",
		EN: "An adult who declined the signature certificate. PINs as adult, without signature"},
		with(func(d *Description, _ mynumber.Date) { d.Certificates = one })},
	{"residents-card", lang.Text{
		JA: "住基カードのラベル JPKIAPICCTOKEN。署名用 KADO2580 だけ",
		EN: "Label of the old Residents' card, JPKIAPICCTOKEN; signature KADO2580 only"},
		with(func(d *Description, _ mynumber.Date) {
			d.Token, d.Certificates = files.TokenOldCard, []string{"signature"}
		})},
	{"phone", lang.Text{
		JA: "スマートフォンのラベル JPKIAPGPSETOKEN と移動端末用の証明書。PIN は adult と同じ",
		EN: "Label of an Android phone, JPKIAPGPSETOKEN, with certificates for phones. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) { d.Token, d.Interface = files.TokenAndroid, Contactless })},
	{"contactless", lang.Text{
		JA: "非接触リーダーに載せたときの ATR。PIN は adult と同じ",
		EN: "The answer to reset of a contactless reader. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) { d.Interface = Contactless })},
	{"undelivered", lang.Text{
		JA: "交付前のカード。何も答えません。PIN なし",
		EN: "Not yet delivered: inert, no PIN set"},
		with(func(d *Description, _ mynumber.Date) { d.Undelivered = true })},
	{"moved", lang.Text{
		JA: "転居して券面情報は新住所、署名用電子証明書は失効（旧住所のまま）。PIN は adult と同じ",
		EN: "Moved house: new address on the card, revoked signature certificate with the old one. PINs as adult"},
		with(func(d *Description, _ mynumber.Date) {
			d.MovedTo = "東京都千代田区試験町４丁目５番６号"
		})},
}
