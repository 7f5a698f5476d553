package folk

import (
	"context"

	"kado/internal/agency/intake"
	"kado/internal/digital/login"
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
	"kado/mynumber"
)

// spec is one persona before it is made.
type spec struct {
	id          string
	title       lang.Text
	about       lang.Text
	name, kana  string
	latin       string
	alias       string
	sex         mynumber.Sex
	age         int // in years at the birthday nearest to the world's now
	birthday    int // days from now to that birthday; negative: behind
	address     string
	residence   mynumber.Residence // "" for Japanese nationals
	stay        int                // days from now to the last day of the stay
	old         bool               // got the card four years and two months ago
	undelivered bool
	wishes      *intake.Wishes
	phone       bool
	refusal     *fault.Kind // of a login
	signing     *fault.Kind
	events      []event
}

// event is what happens to a persona some days before the world's now.
type event struct {
	days int
	do   func(context.Context, *maker, *made) error
}

const quietBirthday = -120 // nothing happens near it

var (
	plainWishes      = intake.Wishes{Signature: true, Authentication: true}
	noSignature      = &intake.Wishes{Authentication: true}
	noAuthentication = &intake.Wishes{Signature: true}
	withoutPINs      = &intake.Wishes{Authentication: true, Pinless: true}
)

// table lists the people, the ordinary ones first. The ids are stable: relying
// parties write them into their tests.
var table = []spec{
	{id: "adult", title: lang.Text{JA: "大人", EN: "Adult"}, about: lang.Text{JA: "ふつうのカードです。まずはこの人で試してください。", EN: "An ordinary card. Begin with this one."},
		name: "佐藤　健一", kana: "サトウ　ケンイチ", latin: "SATO KENICHI", sex: mynumber.Male, age: 42},
	{id: "woman", title: lang.Text{JA: "大人（女性）", EN: "Adult woman"}, about: lang.Text{JA: "ふつうのカードです。性別の値が違います。", EN: "An ordinary card with the other value of gender."},
		name: "田中　美咲", kana: "タナカ　ミサキ", latin: "TANAKA MISAKI", sex: mynumber.Female, age: 34},
	{id: "elderly", title: lang.Text{JA: "高齢者", EN: "Elderly"}, about: lang.Text{JA: "昭和初期の生まれです。古い生年月日を扱えるかを確かめられます。", EN: "Born early in the Showa era: can old birth dates be handled?"},
		name: "鈴木　ヨシ", kana: "スズキ　ヨシ", latin: "SUZUKI YOSHI", sex: mynumber.Female, age: 93},
	{id: "eighteen", title: lang.Text{JA: "18歳になったばかり", EN: "Just turned eighteen"}, about: lang.Text{JA: "10日前に成人しました。年齢の境目を確かめられます。", EN: "Came of age ten days ago: the edge of an age check."},
		name: "中村　蓮", kana: "ナカムラ　レン", latin: "NAKAMURA REN", sex: mynumber.Male, age: 18, birthday: -10},
	{id: "teenager", title: lang.Text{JA: "17歳", EN: "Seventeen"}, about: lang.Text{JA: "未成年ですが、署名用電子証明書を持っています。", EN: "A minor who has a signature certificate."},
		name: "小林　葵", kana: "コバヤシ　アオイ", latin: "KOBAYASHI AOI", sex: mynumber.Female, age: 17},
	{id: "child", title: lang.Text{JA: "10歳", EN: "Child of ten"}, about: lang.Text{JA: "15歳未満のため、署名用電子証明書がありません。ログインはできます。", EN: "Under fifteen and so without a signature certificate. Logging in works."},
		name: "山本　陽翔", kana: "ヤマモト　ハルト", latin: "YAMAMOTO HARUTO", sex: mynumber.Male, age: 10, signing: NoCertificate},
	{id: "infant", title: lang.Text{JA: "0歳", EN: "Infant"}, about: lang.Text{JA: "生後4か月です。暗証番号は親が決めました。", EN: "Four months old; a parent chose the PINs."},
		name: "加藤　紬", kana: "カトウ　ツムギ", latin: "KATO TSUMUGI", sex: mynumber.Female, age: 0, signing: NoCertificate},
	{id: "ladder-taka", title: lang.Text{JA: "はしごだか（髙）", EN: "Variant character 髙"}, about: lang.Text{JA: "JIS X 0208 にない字です。「高」に置き換えていませんか。", EN: "A character outside JIS X 0208. Does your service turn it into 高?"},
		name: "髙橋　由美子", kana: "タカハシ　ユミコ", latin: "TAKAHASHI YUMIKO", sex: mynumber.Female, age: 51},
	{id: "earth-yoshi", title: lang.Text{JA: "つちよし（𠮷）", EN: "Variant character 𠮷"}, about: lang.Text{JA: "UTF-16 で2単位、UTF-8 で4バイトになる字です。", EN: "A character of two UTF-16 units and four UTF-8 bytes."},
		name: "𠮷田　拓也", kana: "ヨシダ　タクヤ", latin: "YOSHIDA TAKUYA", sex: mynumber.Male, age: 29},
	{id: "standing-saki", title: lang.Text{JA: "異体字が二つ（邉・﨑）", EN: "Two variants 邉 and 﨑"}, about: lang.Text{JA: "姓と名の両方に、置き換えられやすい字があります。", EN: "Characters that are easily replaced in both names."},
		name: "渡邉　﨑江", kana: "ワタナベ　サキエ", latin: "WATANABE SAKIE", sex: mynumber.Female, age: 63},
	{id: "long-name", title: lang.Text{JA: "長い氏名", EN: "Long name"}, about: lang.Text{JA: "氏名の欄の長さを確かめられます。", EN: "Is the field for the name long enough?"},
		name: "MONTENEGRO DE OLIVEIRA E SOUZA　MARIA FERNANDA DO NASCIMENTO", kana: "モンテネグロ デ オリベイラ エ ソウザ　マリア フェルナンダ ド ナシメント",
		latin: "MONTENEGRO DE OLIVEIRA E SOUZA MARIA FERNANDA DO NASCIMENTO", sex: mynumber.Female, age: 38, residence: mynumber.PermanentResident},
	{id: "one-name", title: lang.Text{JA: "名が一つだけ", EN: "Single name"}, about: lang.Text{JA: "姓と名に分かれていません。空白で分けると失敗します。", EN: "No family and given name: splitting at the space fails."},
		name: "SUTARNI", kana: "スタルニ", latin: "SUTARNI", sex: mynumber.Female, age: 27, residence: mynumber.PermanentResident},
	{id: "long-address", title: lang.Text{JA: "長い住所", EN: "Long address"}, about: lang.Text{JA: "建物名の長い住所です。住所の欄の長さを確かめられます。", EN: "An address with a long building name."},
		name: "五十嵐　貞子", kana: "イガラシ　サダコ", latin: "IGARASHI SADAKO", sex: mynumber.Female, age: 70,
		address: "グランドメゾンひまわりガーデンヒルズ中央公園前セントラルタワーレジデンス南館３２階３２０１号室"},
	{id: "foreign", title: lang.Text{JA: "在留期間のある外国籍", EN: "Foreign national, limited stay"}, about: lang.Text{JA: "氏名はローマ字です。カードの有効期限は在留期間までです。", EN: "The name is in Latin letters; the card ends with the stay."},
		name: "NGUYEN　THI LAN", kana: "グエン　ティ ラン", latin: "NGUYEN THI LAN", sex: mynumber.Female, age: 26, residence: mynumber.MidToLong, stay: 700},
	{id: "foreign-kanji", title: lang.Text{JA: "漢字氏名の外国籍", EN: "Foreign national, kanji name"}, about: lang.Text{JA: "永住者で、氏名は漢字です。", EN: "A permanent resident whose name is in kanji."},
		name: "王　偉", kana: "ワン　ウェイ", latin: "WANG WEI", sex: mynumber.Male, age: 45, residence: mynumber.PermanentResident},
	{id: "alias", title: lang.Text{JA: "通名のある人", EN: "Holder of an alias"}, about: lang.Text{JA: "本名と通名があります。", EN: "Has a name and an alias (通名)."},
		name: "金　成浩", kana: "キム　ソンホ", latin: "KIM SUNGHO", alias: "金田　成浩", sex: mynumber.Male, age: 58, residence: mynumber.SpecialPermanent},
	{id: "stay-ending", title: lang.Text{JA: "在留期間がまもなく終わる", EN: "Stay ends soon"}, about: lang.Text{JA: "在留期間もカードも、あと30日です。今はまだ使えます。", EN: "Stay and card end in thirty days; still good today."},
		name: "SHRESTHA　BIKRAM", kana: "シュレスタ　ビクラム", latin: "SHRESTHA BIKRAM", sex: mynumber.Male, age: 31, residence: mynumber.MidToLong, stay: 30},
	{id: "moved", title: lang.Text{JA: "引越しを済ませた", EN: "Moved, card rewritten"}, about: lang.Text{JA: "別の市区町村へ移り、カードも書き換えました。住所が新しく、識別子は同じです。", EN: "Moved to another municipality and had the card rewritten: a new address, the same sub."},
		name: "松本　直樹", kana: "マツモト　ナオキ", latin: "MATSUMOTO NAOKI", sex: mynumber.Male, age: 36, events: []event{{20, moveAway}}},
	{id: "married", title: lang.Text{JA: "結婚して姓が変わった", EN: "Just married"}, about: lang.Text{JA: "姓が変わり、カードも書き換えました。氏名が新しく、識別子は同じです。", EN: "Has a new family name, on the card too; the sub is the same."},
		name: "井上　彩花", kana: "イノウエ　アヤカ", latin: "INOUE AYAKA", sex: mynumber.Female, age: 28, events: []event{{20, marry}}},
	{id: "found", title: lang.Text{JA: "失くして見つけた", EN: "Lost and found again"}, about: lang.Text{JA: "一時停止のあと、窓口で解除しました。今は使えます。", EN: "Was suspended and resumed at the counter; good again."},
		name: "木村　誠", kana: "キムラ　マコト", latin: "KIMURA MAKOTO", sex: mynumber.Male, age: 47, events: []event{{20, stop(lost)}, {17, resume}}},
	{id: "reissued", title: lang.Text{JA: "紛失して再交付を受けた", EN: "Reissued after loss"}, about: lang.Text{JA: "新しいカードですが、事業者には同じ人と分かります。", EN: "A new card; relying parties know the same person."},
		name: "清水　恵", kana: "シミズ　メグミ", latin: "SHIMIZU MEGUMI", sex: mynumber.Female, age: 55, events: []event{{30, reissue}}},
	{id: "renewed", title: lang.Text{JA: "先週、証明書を更新した", EN: "Certificates renewed last week"}, about: lang.Text{JA: "証明書のシリアル番号は変わりましたが、識別子は同じです。", EN: "The serial numbers changed, the sub did not."},
		name: "林　洋子", kana: "ハヤシ　ヨウコ", latin: "HAYASHI YOKO", sex: mynumber.Female, age: 49, birthday: 20, old: true, events: []event{{7, renew}}},
	{id: "ending", title: lang.Text{JA: "証明書がまもなく切れる", EN: "Certificates end soon"}, about: lang.Text{JA: "有効期限まであと20日です。今はまだ使えます。", EN: "Twenty days before the end; still good today."},
		name: "森　達也", kana: "モリ　タツヤ", latin: "MORI TATSUYA", sex: mynumber.Male, age: 41, birthday: 20, old: true},
	{id: "old-generation", title: lang.Text{JA: "前の世代の認証局の証明書", EN: "Older CA generation"}, about: lang.Text{JA: "認証局の代替わりの前に発行されました。証明書はまだ有効です。", EN: "Issued before the present CA generation began, and still valid."},
		name: "阿部　隆之", kana: "アベ　タカユキ", latin: "ABE TAKAYUKI", sex: mynumber.Male, age: 60, birthday: 200, old: true},
	{id: "phone", title: lang.Text{JA: "スマホの証明書もある", EN: "With a phone certificate"}, about: lang.Text{JA: "カードのほかに、スマートフォンにも証明書があります。", EN: "Has certificates on a phone beside the card."},
		name: "石川　翔太", kana: "イシカワ　ショウタ", latin: "ISHIKAWA SHOTA", sex: mynumber.Male, age: 32, phone: true, events: []event{{5, setUpPhone}}},
	{id: "one-try-left", title: lang.Text{JA: "暗証番号があと1回", EN: "One try left"}, about: lang.Text{JA: "2回間違えています。次に間違えるとロックされます。", EN: "Two tries are spent; one more and the PIN is blocked."},
		name: "橋本　学", kana: "ハシモト　マナブ", latin: "HASHIMOTO MANABU", sex: mynumber.Male, age: 39, events: []event{{3, spend(2, 0)}}},

	{id: "moved-yesterday", title: lang.Text{JA: "きのう引っ越した", EN: "Moved yesterday"}, about: lang.Text{JA: "転居の届けだけで、カードはまだ書き換えていません。署名用電子証明書は失効しています。", EN: "The move is registered, the card not rewritten: its signature certificate is revoked."},
		name: "山崎　香織", kana: "ヤマザキ　カオリ", latin: "YAMAZAKI KAORI", sex: mynumber.Female, age: 30, signing: login.Revoked, events: []event{{1, moveNearby}}},
	{id: "no-signature", title: lang.Text{JA: "署名用証明書を希望しなかった", EN: "No signature certificate"}, about: lang.Text{JA: "ログインはできますが、署名はできません。", EN: "Logs in and cannot sign."},
		name: "池田　茂", kana: "イケダ　シゲル", latin: "IKEDA SHIGERU", sex: mynumber.Male, age: 74, wishes: noSignature, signing: NoCertificate},
	{id: "no-authentication", title: lang.Text{JA: "利用者証明用証明書を希望しなかった", EN: "No authentication certificate"}, about: lang.Text{JA: "署名はできますが、ログインはできません。", EN: "Can sign and cannot log in."},
		name: "前田　弘", kana: "マエダ　ヒロシ", latin: "MAEDA HIROSHI", sex: mynumber.Male, age: 68, wishes: noAuthentication, refusal: NoCertificate},
	{id: "pinless", title: lang.Text{JA: "暗証番号のないカード", EN: "Card without PINs"}, about: lang.Text{JA: "顔認証カードです。ログインも署名もできません。", EN: "Neither logs in nor signs."},
		name: "藤田　トミ", kana: "フジタ　トミ", latin: "FUJITA TOMI", sex: mynumber.Female, age: 86, wishes: withoutPINs, refusal: NoPIN, signing: NoCertificate},
	{id: "blocked", title: lang.Text{JA: "暗証番号がロックされた", EN: "PIN blocked"}, about: lang.Text{JA: "3回間違えました。署名用パスワードはまだ使えます。", EN: "Three wrong tries. The signature password still works."},
		name: "後藤　剛", kana: "ゴトウ　ツヨシ", latin: "GOTO TSUYOSHI", sex: mynumber.Male, age: 44, refusal: PINBlocked, events: []event{{3, spend(3, 0)}}},
	{id: "blocked-signature", title: lang.Text{JA: "署名用パスワードがロックされた", EN: "Signature password blocked"}, about: lang.Text{JA: "5回間違えました。ログインはできます。", EN: "Five wrong tries. Logging in still works."},
		name: "近藤　瞳", kana: "コンドウ　ヒトミ", latin: "KONDO HITOMI", sex: mynumber.Female, age: 33, signing: PINBlocked, events: []event{{3, spend(0, 5)}}},
	{id: "lost", title: lang.Text{JA: "紛失で一時停止中", EN: "Lost, suspended"}, about: lang.Text{JA: "コールセンターへ届け、カードを一時停止しました。", EN: "Reported to the stop line: the card is suspended."},
		name: "村上　純子", kana: "ムラカミ　ジュンコ", latin: "MURAKAMI JUNKO", sex: mynumber.Female, age: 52, refusal: login.Suspended, signing: login.Suspended, events: []event{{14, stop(lost)}}},
	{id: "stolen", title: lang.Text{JA: "盗難で一時停止中", EN: "Stolen, suspended"}, about: lang.Text{JA: "盗まれたカードを、誰かが使おうとしています。", EN: "Somebody is trying a stolen card."},
		name: "遠藤　亮", kana: "エンドウ　リョウ", latin: "ENDO RYO", sex: mynumber.Male, age: 37, refusal: login.Suspended, signing: login.Suspended, events: []event{{14, stop(stolen)}}},
	{id: "returned", title: lang.Text{JA: "カードを返納した", EN: "Card returned"}, about: lang.Text{JA: "本人の希望でカードを返しました。証明書は失効しています。", EN: "Given back by its holder: the certificates are revoked."},
		name: "青木　勇", kana: "アオキ　イサム", latin: "AOKI ISAMU", sex: mynumber.Male, age: 77, refusal: login.Revoked, signing: login.Revoked, events: []event{{14, abolish("return")}}},
	{id: "emigrated", title: lang.Text{JA: "国外へ転出した", EN: "Left the country"}, about: lang.Text{JA: "国外への転出でカードが廃止されました。", EN: "The card ended with the move abroad."},
		name: "坂本　理恵", kana: "サカモト　リエ", latin: "SAKAMOTO RIE", sex: mynumber.Female, age: 35, refusal: login.Revoked, signing: login.Revoked, events: []event{{14, abolish("emigration")}}},
	{id: "leaked", title: lang.Text{JA: "番号や鍵の漏えいで廃止された", EN: "Ended after a leak"}, about: lang.Text{JA: "漏えいの疑いでカードが廃止されました（keyCompromise）。", EN: "Ended because of a suspected leak (keyCompromise)."},
		name: "福田　学", kana: "フクダ　マナブ", latin: "FUKUDA MANABU", sex: mynumber.Male, age: 50, refusal: login.Revoked, signing: login.Revoked, events: []event{{14, abolish("leak")}}},
	{id: "died", title: lang.Text{JA: "亡くなった", EN: "Died"}, about: lang.Text{JA: "家族がカードを使おうとしています。証明書は失効しています。", EN: "The family is trying the card; its certificates are revoked."},
		name: "太田　清", kana: "オオタ　キヨシ", latin: "OTA KIYOSHI", sex: mynumber.Male, age: 90, refusal: login.Revoked, signing: login.Revoked, events: []event{{14, die}}},
	{id: "authentication-revoked", title: lang.Text{JA: "利用者証明用だけ失効", EN: "Only authentication revoked"}, about: lang.Text{JA: "ログインは断られますが、署名はできます。", EN: "Logging in is refused, signing works."},
		name: "西村　大輔", kana: "ニシムラ　ダイスケ", latin: "NISHIMURA DAISUKE", sex: mynumber.Male, age: 40, refusal: login.Revoked, events: []event{{14, revokeAuthentication}}},
	{id: "signature-revoked", title: lang.Text{JA: "署名用だけ失効", EN: "Only signature revoked"}, about: lang.Text{JA: "ログインはできますが、署名は断られます。", EN: "Logging in works, signing is refused."},
		name: "藤井　奈々", kana: "フジイ　ナナ", latin: "FUJII NANA", sex: mynumber.Female, age: 31, signing: login.Revoked, events: []event{{14, revokeSignature}}},
	{id: "expired-certificate", title: lang.Text{JA: "証明書の期限切れ", EN: "Expired certificates"}, about: lang.Text{JA: "カードは有効ですが、証明書の期限が切れています。", EN: "The card is good, its certificates have expired."},
		name: "岡本　浩", kana: "オカモト　ヒロシ", latin: "OKAMOTO HIROSHI", sex: mynumber.Male, age: 57, birthday: -30, old: true, refusal: login.OutsideValidity, signing: login.OutsideValidity},
	{id: "expired-card", title: lang.Text{JA: "カードの期限切れ", EN: "Expired card"}, about: lang.Text{JA: "未成年のときのカードで、5回目の誕生日に期限が切れました。", EN: "Made for a minor and ended on the fifth birthday."},
		name: "三浦　美月", kana: "ミウラ　ミツキ", latin: "MIURA MITSUKI", sex: mynumber.Female, age: 21, birthday: -30, old: true, refusal: login.OutsideValidity, signing: login.OutsideValidity},
	{id: "stay-over", title: lang.Text{JA: "在留期間が終わった", EN: "Stay is over"}, about: lang.Text{JA: "在留期間とともに、カードと証明書の期限が切れました。", EN: "Card and certificates ended with the stay."},
		name: "SANTOS　JOSE MARIO", kana: "サントス　ホセ マリオ", latin: "SANTOS JOSE MARIO", sex: mynumber.Male, age: 33, residence: mynumber.MidToLong, stay: -5,
		refusal: login.OutsideValidity, signing: login.OutsideValidity},
	{id: "undelivered", title: lang.Text{JA: "まだ受け取っていない", EN: "Not delivered yet"}, about: lang.Text{JA: "カードは役所の保管庫にあります。", EN: "The card is in the town hall's store."},
		name: "原田　さやか", kana: "ハラダ　サヤカ", latin: "HARADA SAYAKA", sex: mynumber.Female, age: 25, undelivered: true, refusal: Undelivered, signing: Undelivered},
}
