package places

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kado/mynumber"
)

// Six-digit codes as published by the ministry, written down apart from the
// table.
var published = map[string]string{
	"札幌市": "011002", "室蘭市": "012050", "八雲町": "013463", "盛岡市": "032018", "利府町": "044067", "湯沢市": "052078",
	"福島市": "072010", "郡山市": "072036", "いわき市": "072044", "安中市": "102113", "さいたま市": "111007", "川口市": "112038",
	"上尾市": "112194", "八潮市": "112348", "ふじみ野市": "112453", "木更津市": "122068", "四街道市": "122289",
	"千代田区": "131016", "新宿区": "131041", "豊島区": "131164", "練馬区": "131202", "足立区": "131211", "清瀬市": "132217",
	"横浜市": "141003", "神奈川区": "141020", "川崎市": "141305", "宮前区": "141364", "海老名市": "142158", "新潟市": "151009",
	"加茂市": "152099", "能登町": "174637", "一宮市": "232033", "瀬戸市": "232041", "栗東市": "252085", "大阪市": "271004",
	"富田林市": "272141", "四條畷市": "272299", "奈良市": "292010", "安来市": "322067", "大竹市": "342114", "江田島市": "342157",
	"徳島市": "362018", "小松島市": "362034", "高松市": "372013", "丸亀市": "372021", "松山市": "382019", "今治市": "382027",
	"北九州市": "401005", "中間市": "402150", "嬉野市": "412091", "熊本市": "431001", "山鹿市": "432083", "大分市": "442011",
}

func TestR03_CodesAndCheckDigitsArePublishedOnes(t *testing.T) {
	byName := map[string]Municipality{}
	for _, m := range All() {
		byName[m.Name] = m // of wards the last of that name; those asked for here are unique
	}
	for name, code := range published {
		m, ok := byName[name]
		if !ok {
			t.Errorf("%s is missing", name)
			continue
		}
		if m.LocalGovernmentCode() != code {
			t.Errorf("%s has %s, the ministry says %s", name, m.LocalGovernmentCode(), code)
		}
	}
	for _, c := range []struct{ prefecture, code string }{{"01", "010006"}, {"13", "130001"}, {"27", "270008"}, {"47", "470007"}} {
		p, ok := PrefectureByCode(c.prefecture)
		if !ok || p.LocalGovernmentCode() != c.code {
			t.Errorf("prefecture %s has %s, want %s", c.prefecture, p.LocalGovernmentCode(), c.code)
		}
	}
}

func TestR52_AllPrefecturesAndAHundredMunicipalities(t *testing.T) {
	ps := Prefectures()
	if len(ps) != 47 {
		t.Fatalf("%d prefectures", len(ps))
	}
	inPrefecture := map[string]int{}
	codes := map[mynumber.MunicipalityCode]bool{}
	places := map[string]bool{}
	issuers := 0
	for _, m := range All() {
		if codes[m.Code] {
			t.Errorf("code %s twice", m.Code)
		}
		codes[m.Code] = true
		if key := m.AddressHead() + m.ValidUntil.String(); places[key] {
			t.Errorf("%s twice", key)
		} else {
			places[key] = true
		}
		inPrefecture[m.Prefecture.Code]++
		if m.Issues() && m.ValidUntil.IsZero() {
			issuers++
		}
	}
	for i, p := range ps {
		if want := string([]byte{byte('0' + (i+1)/10), byte('0' + (i+1)%10)}); p.Code != want {
			t.Errorf("prefecture %d has code %s", i+1, p.Code)
		}
		if inPrefecture[p.Code] == 0 {
			t.Errorf("%s has no municipality", p.Name)
		}
	}
	if issuers < 100 {
		t.Errorf("%d municipalities", issuers)
	}
}

// Every place where an incident happened, as incidents are told in Latin
// letters.
func TestR52_PlacesOfTheIncidents(t *testing.T) {
	for _, name := range strings.Fields(`
		Rifu-cho Kamo-shi Yasugi-shi Etajima-shi Nerima-ku Fukushima-shi Morioka-shi Iwaki-shi Fujimino-shi Toshima-ku
		Seto-shi Tondabayashi-shi Otake-shi Kitakyushu-shi Nakama-shi Ureshino-shi Oita-shi Ebina-shi Takamatsu-shi
		Yakumo-cho Koriyama-shi Niigata-shi Annaka-shi Ichinomiya-shi Matsuyama-shi Kumamoto-shi Marugame-shi Ritto-shi
		Yokohama-shi Kanagawa-ku Tsurumi-ku Yuzawa-shi Muroran-shi Yotsukaido-shi Shijonawate-shi Kisarazu-shi
		Yamaga-shi Ageo-shi Adachi-ku Kawasaki-shi Miyamae-ku Tokushima-shi Komatsushima-shi Saitama-shi Imabari-shi
		Osaka-shi Noto-cho Nara-shi Kawaguchi-shi Yashio-shi Kiyose-shi Towada-shi Osakasayama-shi Konosu-shi
		Kokubunji-shi Ashikaga-shi Asahikawa-shi Kobe-shi Tsu-shi`) {
		found := ByLatin(name)
		if len(found) == 0 {
			t.Errorf("%s is missing", name)
			continue
		}
		stem, _, _ := strings.Cut(name, "-")
		if len(ByLatin(stem)) < len(found) {
			t.Errorf("%s is not found without its suffix", name)
		}
	}
	if _, ok := ByCode("15107"); !ok {
		t.Error("Nishi-ku of Niigata is missing")
	}
}

func TestAddressHead(t *testing.T) {
	for code, want := range map[mynumber.MunicipalityCode]string{
		"13221": "東京都清瀬市", "13120": "東京都練馬区", "14102": "神奈川県横浜市神奈川区", "04406": "宮城県宮城郡利府町",
		"01346": "北海道二海郡八雲町", "27100": "大阪府大阪市", "13421": "東京都小笠原村",
	} {
		m, ok := ByCode(code)
		if !ok || m.AddressHead() != want {
			t.Errorf("%s: %q, want %q", code, m.AddressHead(), want)
		}
	}
	if m, _ := ByCode("14102"); m.FullLatin() != "Kanagawa-ken Yokohama-shi Kanagawa-ku" || m.Issues() {
		t.Errorf("ward: %q, issues %v", m.FullLatin(), m.Issues())
	}
	if m, _ := ByCode("13221"); m.FullLatin() != "Tokyo-to Kiyose-shi" || !m.Issues() {
		t.Errorf("city: %q, issues %v", m.FullLatin(), m.Issues())
	}
}

func TestCodesAreValidFromDayToDay(t *testing.T) {
	d := func(s string) mynumber.Date {
		v, err := mynumber.ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		code mynumber.MunicipalityCode
		day  string
		want bool
	}{
		{"04423", "2016-10-09", true}, {"04423", "2016-10-10", false}, // Tomiya, a town
		{"04216", "2016-10-09", false}, {"04216", "2016-10-10", true}, // Tomiya, a city
		{"22131", "2023-12-31", true}, {"22131", "2024-01-01", false}, // wards of Hamamatsu
		{"22138", "2023-12-31", false}, {"22138", "2024-01-01", true},
		{"13221", "2026-11-22", true}, {"43100", "2012-03-31", false},
	} {
		m, ok := ByCode(c.code)
		if !ok || m.ValidOn(d(c.day)) != c.want {
			t.Errorf("%s on %s: %v, want %v", c.code, c.day, !c.want, c.want)
		}
	}
}

func TestByCodeOfNothing(t *testing.T) {
	for _, code := range []mynumber.MunicipalityCode{"", "13", "13000", "99999", "132210", "１３２２１"} {
		if m, ok := ByCode(code); ok {
			t.Errorf("%q is %s", code, m.Name)
		}
	}
	if got := ByLatin(""); len(got) != 0 {
		t.Errorf("no name is %d places", len(got))
	}
}

func TestAllIsTheCallersOwn(t *testing.T) {
	All()[0].Name = "x"
	Prefectures()[0].Name = "x"
	if All()[0].Name == "x" || Prefectures()[0].Name == "x" {
		t.Error("the table can be changed from outside")
	}
}

// A single fault anywhere in the table is found.
func TestTableIsReadStrictly(t *testing.T) {
	if _, err := parseTable(placesTSV); err != nil {
		t.Fatal(err)
	}
	swap := func(old, new string) string {
		if strings.Count(placesTSV, old) == 0 {
			t.Fatalf("%q is not in the table", old)
		}
		return strings.Replace(placesTSV, old, new, 1)
	}
	for name, tsv := range map[string]string{
		"empty":                   "",
		"no header":               strings.TrimPrefix(placesTSV, tableHeader+"\n"),
		"no last line end":        strings.TrimSuffix(placesTSV, "\n"),
		"blank line":              placesTSV + "\n",
		"CR LF":                   strings.ReplaceAll(placesTSV, "\n", "\r\n"),
		"check digit":             swap("132217\t", "132218\t"),
		"five digits":             swap("132217\t", "13221\t"),
		"a line twice":            swap("473243\t", "472115\tcity\t沖縄市\tオキナワシ\tOkinawa-shi\t\t1974-04-01\t\n473243\t"),
		"order":                   swap("132217\tcity", "131016\tcity"),
		"other prefecture":        swap("132217\tcity", "142018\tcity"),
		"kind":                    swap("132217\tcity", "132217\thamlet"),
		"suffix of another kind":  swap("132217\tcity", "132217\ttown"),
		"kana without suffix":     swap("キヨセシ", "キヨセ"),
		"Latin not by kana":       swap("Kiyose-shi", "Kyose-shi"),
		"Latin with macron":       swap("Tokyo-to", "Tōkyō-to"),
		"day that does not exist": swap("キヨセシ\tKiyose-shi\t\t1970-10-01", "キヨセシ\tKiyose-shi\t\t1970-02-30"),
		"end before start":        swap("2007-04-01\t2023-12-31", "2007-04-01\t2006-12-31"),
		"district of a city":      swap("Kiyose-shi\t\t", "Kiyose-shi\t宮城郡\t"),
		"ninth column":            swap("1970-10-01\t", "1970-10-01\t\t"),
		"ward without city":       swap("141003\tdesignated-city", "141003\tcity"),
		"prefecture with an end":  swap("Tokyo-to\t\t1970-04-01\t", "Tokyo-to\t\t1970-04-01\t2030-01-01"),
	} {
		if _, err := parseTable(tsv); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLatin(t *testing.T) {
	for _, c := range []struct{ kana, want string }{
		{"トウキョウ", "Tokyo"}, {"とうきょう", "Tokyo"}, {"オオサカ", "Osaka"}, {"コウベ", "Kobe"}, {"キタキュウシュウ", "Kitakyushu"},
		{"ニイガタ", "Niigata"}, {"ホッカイドウ", "Hokkaido"}, {"リットウ", "Ritto"}, {"ハッチョウ", "Hatcho"}, {"トンダバヤシ", "Tondabayashi"},
		{"グンマ", "Gunma"}, {"イノ|ウエ", "Inoue"}, {"イノウエ", "Inoe"}, {"マツ|ウラ", "Matsuura"}, {"コオリヤマ", "Koriyama"}, {"ヌマヅ", "Numazu"},
		{"ユウバリ", "Yubari"}, {"シジョウナワテ", "Shijonawate"}, {"アルプス", "Arupusu"}, {"ニセコ", "Niseko"}, {"ニュー", "Nyu"}, {"エイヘイジ", "Eiheiji"},
		{"シンイチ", "Shinichi"}, {"オオオカ", "Ooka"}, {"チュウオウ", "Chuo"},
	} {
		got, err := Latin(c.kana)
		if err != nil || got != c.want {
			t.Errorf("Latin(%s) = %q, %v; want %q", c.kana, got, err, c.want)
		}
	}
	for kana, want := range map[string]string{"ホンマ": "Homma", "ナンバ": "Namba", "サンペイ": "Sampei", "カンダ": "Kanda"} {
		if got, err := PassportLatin(kana); err != nil || got != want {
			t.Errorf("PassportLatin(%s) = %q, %v; want %q", kana, got, err, want)
		}
	}
	for _, kana := range []string{"", "|", "東京", "Tokyo", "ッ", "アッ", "ッア", "ッン", "アッッカ", "ー", "ンー", "ア ", "ァ", "ャ", "カ゛", "\xff", strings.Repeat("ア", maxKana*3+1)} {
		if got, err := Latin(kana); err == nil {
			t.Errorf("Latin(%.12q) = %.12q, want an error", kana, got)
		}
	}
}

// Whatever kana comes in, what goes out is Latin letters only, one capital in
// front, and hiragana and katakana agree.
func TestLatinOfAnyKana(t *testing.T) {
	var all []rune
	for r := range syllables {
		if r >= 'ァ' && r <= 'ン' && r != 'ヰ' && r != 'ヱ' {
			all = append(all, r)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		kana := string(rapid.SliceOfN(rapid.SampledFrom(all), 1, 20).Draw(t, "kana"))
		got, err := Latin(kana)
		if err != nil {
			t.Fatal(err)
		}
		if got[0] < 'A' || got[0] > 'Z' || strings.Trim(got[1:], "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("%s is %q", kana, got)
		}
		hira := strings.Map(func(r rune) rune {
			if r >= 'ァ' && r <= 'ヶ' {
				return r - 0x60
			}
			return r
		}, kana)
		if again, err := Latin(hira); err != nil || again != got {
			t.Fatalf("%s is %q, %s is %q (%v)", kana, got, hira, again, err)
		}
	})
}

func FuzzLatin(f *testing.F) {
	for _, s := range []string{"トウキョウ", "イノ|ウエ", "ッカ", "ハッチョウ", "ー", "きよせ", "東京", "ヴァ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := PassportLatin(s)
		if err == nil && (got == "" || !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return r > 'z' })) {
			t.Fatalf("%q is %q", s, got)
		}
	})
}

func FuzzTable(f *testing.F) {
	f.Add(placesTSV[:400])
	f.Add(tableHeader + "\n010006\tprefecture\t北海道\tホッカイドウ\tHokkaido\t\t1970-04-01\t\n012025\tcity\t函館市\tハコダテシ\tHakodate-shi\t\t1970-04-01\t\n")
	f.Add(tableHeader + "\n\n")
	f.Fuzz(func(t *testing.T, tsv string) {
		got, err := parseTable(tsv)
		if err != nil {
			return
		}
		for _, m := range got.municipalities {
			if !m.Code.Valid() || m.Code.Prefecture() != m.Prefecture.Code {
				t.Fatalf("accepted %+v", m)
			}
		}
	})
}

func BenchmarkByCode(b *testing.B) {
	for b.Loop() {
		if _, ok := ByCode("13221"); !ok {
			b.Fatal("gone")
		}
	}
}
