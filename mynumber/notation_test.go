package mynumber_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kado/mynumber"
)

func TestC26_NamesInOneNotation(t *testing.T) {
	for _, same := range [][]string{
		{"髙橋　花子", "高橋 花子", "高橋　花子", " 高橋 \u00a0花子　"},
		{"渡邉　一郎", "渡邊　一郎", "渡辺　一郎"},
		{"斎藤　誠", "齋藤　誠"},
		{"斉藤　誠", "齊藤　誠"},
		{"山﨑　誠", "山嵜　誠", "山崎　誠"},
		{"𠮷田　誠", "吉田　誠"},
		{"SMITH　JOHN", "ＳＭＩＴＨ　ＪＯＨＮ"},
		{"大\ufa10　誠", "大塚　誠"},
	} {
		for _, s := range same {
			if a, b := mynumber.NormalName(same[0]), mynumber.NormalName(s); a != b {
				t.Errorf("%s and %s: %q, %q", same[0], s, a, b)
			}
		}
	}
	for _, other := range [][2]string{
		{"斎藤　誠", "斉藤　誠"}, {"高橋　花子", "高橋花子"}, {"高橋　花子", "高橋　華子"}, {"SMITH　JOHN", "Smith　John"},
	} {
		if mynumber.NormalName(other[0]) == mynumber.NormalName(other[1]) {
			t.Errorf("%s and %s pass for one name", other[0], other[1])
		}
	}
}

func TestC26_KanaInOneNotation(t *testing.T) {
	for _, same := range [][]string{
		{"オオノ　ケイコ", "オーノ　ケーコ", "おおの　けいこ", "ｵｵﾉ ｹｲｺ", "オウノ　ケイコ", "ｵｰﾉ ｹｰｺ", "オ−ノ　ケ-コ"},
		{"ショウジ　ユウタ", "シヨウジ　ユウタ", "ｼｮｳｼﾞ ﾕｳﾀ", "ショージ　ユータ"},
		{"バッパ　ヴィ", "ﾊﾞｯﾊﾟ ｳﾞｨ", "バツパ　ヴイ"},
		{"イイジマ　ハナコ", "イージマ　ハナコ"},
	} {
		for _, s := range same {
			if a, b := mynumber.NormalKana(same[0]), mynumber.NormalKana(s); a != b {
				t.Errorf("%s and %s: %q, %q", same[0], s, a, b)
			}
		}
	}
	for _, other := range [][2]string{
		{"オノ　ケイコ", "オオノ　ケイコ"}, {"タナカ　ハナ", "タナガ　ハナ"}, {"タ　カ", "タカ"}, {"ハハ", "ハー"}, {"アイ", "アー"},
		{"サトウ　ケンイチ", "サトウ　ケンジ"},
	} {
		if mynumber.NormalKana(other[0]) == mynumber.NormalKana(other[1]) {
			t.Errorf("%s and %s pass for one name", other[0], other[1])
		}
	}
}

func TestC26_AddressesInOneNotation(t *testing.T) {
	for _, same := range [][]string{
		{"東京都清瀬市中里五丁目８４２番地", "東京都清瀬市中里5-842", "東京都清瀬市中里５−８４２", "東京都清瀬市中里５丁目８４２", "東京都清瀬市中里 5の842", "東京都清瀬市中里５ー８４２番"},
		{"北海道札幌市中央区北一条西二十四丁目１番２号", "北海道札幌市中央区北一条西24-1-2", "北海道札幌市中央区北一条西２４丁目１の２"},
		{"東京都千代田区霞が関二丁目１番２号１０１号室", "東京都千代田区霞が関2-1-2-101"},
		{"京都府京都市中京区寺町十丁目3番地の4", "京都府京都市中京区寺町10-3-4"},
		{"青森県八戸市三十一丁目5", "青森県八戸市31-5"},
	} {
		for _, s := range same {
			if a, b := mynumber.NormalAddress(same[0]), mynumber.NormalAddress(s); a != b {
				t.Errorf("%s and %s: %q, %q", same[0], s, a, b)
			}
		}
	}
	for _, other := range [][2]string{
		{"東京都清瀬市中里五丁目８４２番地", "東京都清瀬市中里5-843"},
		{"東京都清瀬市中里五丁目８４２番地", "東京都清瀬市中里58-42"},
		{"東京都清瀬市中里一丁目１番１１号", "東京都清瀬市中里一丁目１１番１号"},
		{"岩手県一関市一丁目1", "岩手県1関市一丁目1"},
	} {
		if mynumber.NormalAddress(other[0]) == mynumber.NormalAddress(other[1]) {
			t.Errorf("%s and %s pass for one address", other[0], other[1])
		}
	}
}

func TestC26_P09_FiveFieldsAllAgree(t *testing.T) {
	a := mynumber.FiveFields{
		Name: "髙橋　花子", Kana: "タカハシ　ハナコ", Address: "東京都清瀬市中里五丁目８４２番地",
		BirthDate: day("1980-02-17"), Sex: mynumber.Female,
	}
	b := mynumber.FiveFields{
		Name: "高橋 花子", Kana: "ﾀｶﾊｼ ﾊﾅｺ", Address: "東京都清瀬市中里5-842", BirthDate: day("1980-02-17"), Sex: mynumber.Female,
	}
	if d := mynumber.DifferingFields(a, b); d != nil {
		t.Errorf("one person differs in %v", d)
	}
	for field, spoil := range map[mynumber.Field]func(*mynumber.FiveFields){
		mynumber.FieldName:      func(f *mynumber.FiveFields) { f.Name = "高橋 華子" },
		mynumber.FieldKana:      func(f *mynumber.FiveFields) { f.Kana = "タカハシ カコ" },
		mynumber.FieldBirthDate: func(f *mynumber.FiveFields) { f.BirthDate = day("1980-02-18") },
		mynumber.FieldSex:       func(f *mynumber.FiveFields) { f.Sex = mynumber.Male },
		mynumber.FieldAddress:   func(f *mynumber.FiveFields) { f.Address = "東京都清瀬市中里5-843" },
	} {
		c := b
		spoil(&c)
		if d := mynumber.DifferingFields(a, c); !slices.Equal(d, []mynumber.Field{field}) {
			t.Errorf("%s changed: %v", field, d)
		}
	}
	all := []mynumber.Field{mynumber.FieldName, mynumber.FieldKana, mynumber.FieldBirthDate, mynumber.FieldSex, mynumber.FieldAddress}
	if d := mynumber.DifferingFields(mynumber.FiveFields{}, mynumber.FiveFields{}); !slices.Equal(d, all) {
		t.Errorf("two empty records agree but for %v", d)
	}
	long := b
	long.Name = strings.Repeat("高", 400)
	if d := mynumber.DifferingFields(long, long); !slices.Equal(d, []mynumber.Field{mynumber.FieldName}) {
		t.Errorf("a name of 400 characters: %v", d)
	}
	broken := b
	broken.Address = "東京\xff"
	if d := mynumber.DifferingFields(broken, broken); !slices.Equal(d, []mynumber.Field{mynumber.FieldAddress}) {
		t.Errorf("an address that is no text: %v", d)
	}
}

func TestC26_NotationProperties(t *testing.T) {
	text := rapid.StringOf(rapid.RuneFrom([]rune("アオコウーイエゲｵﾞﾟｰがぎゃっ 　1２３-−ー丁目番地号室のノ一二十九髙邉斎a")))
	rapid.Check(t, func(t *rapid.T) {
		s := text.Draw(t, "text")
		for name, normal := range map[string]func(string) string{
			"name": mynumber.NormalName, "kana": mynumber.NormalKana, "address": mynumber.NormalAddress,
		} {
			once := normal(s)
			if twice := normal(once); twice != once {
				t.Fatalf("%s: %q, again %q", name, once, twice)
			}
		}
	})
}

func FuzzNotation(f *testing.F) {
	for _, s := range []string{"ｵｰﾉ ｹｲｺ", "東京都清瀬市中里五丁目８４２番地", "ﾞﾟー", "十十丁目", "丁目丁目", "\xff", "１ー"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, normal := range map[string]func(string) string{
			"name": mynumber.NormalName, "kana": mynumber.NormalKana, "address": mynumber.NormalAddress,
		} {
			once := normal(s)
			if normal(once) != once {
				t.Fatalf("%s of %q is not stable", name, s)
			}
		}
	})
}
