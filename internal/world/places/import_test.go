package places

import (
	"errors"
	"strings"
	"testing"

	"kado/mynumber"
)

const ministry = "\ufeff\"団体コード\",\"都道府県名\n（漢字）\",\"市区町村名\n（漢字）\",\"都道府県名\n（カナ）\",\"市区町村名\n（カナ）\"\r\n" +
	"010006,北海道,,ﾎｯｶｲﾄﾞｳ,\r\n" +
	"012114,北海道,網走市,ﾎｯｶｲﾄﾞｳ,ｱﾊﾞｼﾘｼ\r\n" +
	"013030,北海道,当別町,ﾎｯｶｲﾄﾞｳ,ﾄｳﾍﾞﾂﾁｮｳ\r\n" +
	"013463,北海道,八雲町,ﾎｯｶｲﾄﾞｳ,ﾔｸﾓﾁｮｳ\r\n" +
	"132209,東京都,東大和市,ﾄｳｷｮｳﾄ,ﾋｶﾞｼﾔﾏﾄｼ\r\n" +
	"473545,沖縄県,座間味村,ｵｷﾅﾜｹﾝ,ｻﾞﾏﾐｿﾝ\r\n" +
	"132217,東京都,清瀬市,トウキョウト,キヨセシ\r\n"

var newYear = mynumber.Date{Year: 2026, Month: 1, Day: 1}

func TestR52_ImportOfTheMinistrysList(t *testing.T) {
	got, err := Import(strings.NewReader(ministry), newYear)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"01211 city 網走市 アバシリシ Abashiri-shi 2026-01-01", "01303 town 当別町 トウベツチョウ Tobetsu-cho 2026-01-01",
		"01346 town 八雲町 ヤクモチョウ Yakumo-cho 1970-04-01", "13220 city 東大和市 ヒガシヤマトシ Higashiyamato-shi 2026-01-01",
		"13221 city 清瀬市 キヨセシ Kiyose-shi 1970-10-01", "47354 village 座間味村 ザマミソン Zamami-son 2026-01-01",
	}
	if len(got) != len(want) {
		t.Fatalf("%d places, want %d", len(got), len(want))
	}
	for i, m := range got {
		if s := strings.Join([]string{string(m.Code), string(m.Kind), m.Name, m.Kana, m.Latin, m.ValidFrom.String()}, " "); s != want[i] {
			t.Errorf("got %s, want %s", s, want[i])
		}
	}
	// A list of another day may hold what the built-in table knows as ended.
	old, err := Import(strings.NewReader(ministry+"403059,福岡県,那珂川町,ﾌｸｵｶｹﾝ,ﾅｶｶﾞﾜﾏﾁ\r\n"), newYear)
	if err != nil || !old[len(old)-2].ValidUntil.IsZero() || old[len(old)-2].Name != "那珂川町" {
		t.Errorf("%+v, %v", old, err)
	}
	if got[2].District != "二海郡" {
		t.Errorf("the built-in district is lost: %q", got[2].District)
	}
}

func TestImportIsStrict(t *testing.T) {
	swap := func(old, new string) string {
		if !strings.Contains(ministry, old) {
			t.Fatalf("%q is not in the list", old)
		}
		return strings.Replace(ministry, old, new, 1)
	}
	for name, list := range map[string]string{
		"empty":            "",
		"header only":      ministry[:strings.Index(ministry, "010006")],
		"other header":     swap("団体コード", "コード"),
		"check digit":      swap("132217", "132218"),
		"five digits":      swap("132217", "13221"),
		"twice":            ministry + "132217,東京都,清瀬市,ﾄｳｷｮｳﾄ,ｷﾖｾｼ\r\n",
		"other prefecture": swap("132209,東京都", "132209,千葉県"),
		"no prefecture":    ministry + "480002,某県,某市,,\r\n",
		"four columns":     ministry + "132225,東京都,東久留米市,ﾄｳｷｮｳﾄ\r\n",
		"six columns":      swap("ｱﾊﾞｼﾘｼ", "ｱﾊﾞｼﾘｼ,"),
		"kind":             swap("網走市", "網走"),
		"kana":             swap("ｱﾊﾞｼﾘｼ", "網走シ"),
		"kana of another":  swap("ｱﾊﾞｼﾘｼ", "ｱﾊﾞｼﾘﾏﾁ"),
		"named prefecture": swap("010006,北海道,,", "010006,北海道,札幌市,"),
		"not UTF-8":        swap("網走市", "\xff市"),
		"endless name":     swap("網走市", strings.Repeat("網", 60)+"市"),
		"too many bytes":   ministry + strings.Repeat(" ", maxImport),
		"one long field":   swap("網走市", "\""+strings.Repeat("網", maxImport)),
	} {
		if _, err := Import(strings.NewReader(list), newYear); !errors.Is(err, ErrImport) {
			t.Errorf("%s: %v, want ErrImport", name, err)
		}
	}
	if _, err := Import(strings.NewReader(ministry), mynumber.Date{}); !errors.Is(err, ErrImport) {
		t.Errorf("no day: %v", err)
	}
}

func FuzzImport(f *testing.F) {
	f.Add(ministry)
	f.Add(strings.ReplaceAll(ministry, "\r\n", "\n"))
	f.Add("\"")
	f.Fuzz(func(t *testing.T, list string) {
		got, err := Import(strings.NewReader(list), newYear)
		if err != nil {
			if !errors.Is(err, ErrImport) {
				t.Fatalf("an unnamed error: %v", err)
			}
			return
		}
		for i, m := range got {
			if !m.Code.Valid() || m.Latin == "" || i > 0 && got[i-1].Code >= m.Code {
				t.Fatalf("accepted %+v", m)
			}
		}
	})
}
