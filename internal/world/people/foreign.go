package people

import (
	"kado/internal/world/places"
	"kado/mynumber"
)

// foreignName is a part of a name in Latin capitals, its kana, and the kanji
// where the holder's papers show them.
type foreignName struct{ latin, kana, kanji string }

type origin struct {
	share      int // of 100 foreign households
	kanji      bool
	special    int // of 100: special permanent residents
	families   []foreignName
	men, women []foreignName
}

var origins = []origin{
	{
		share: 27, kanji: true,
		families: []foreignName{{"WANG", "ワン", "王"}, {"LI", "リー", "李"}, {"ZHANG", "チャン", "張"}, {"LIU", "リウ", "劉"}, {"CHEN", "チェン", "陳"}, {"YANG", "ヤン", "楊"}},
		men:      []foreignName{{"WEI", "ウェイ", "偉"}, {"JUN", "ジュン", "軍"}, {"MING", "ミン", "明"}, {"HAO", "ハオ", "浩"}, {"LEI", "レイ", "磊"}},
		women:    []foreignName{{"FANG", "ファン", "芳"}, {"LI", "リー", "麗"}, {"JING", "ジン", "静"}, {"YAN", "イェン", "燕"}, {"XIAOLING", "シャオリン", "小玲"}},
	},
	{
		share:    24,
		families: []foreignName{{"NGUYEN", "グエン", ""}, {"TRAN", "チャン", ""}, {"LE", "レ", ""}, {"PHAM", "ファム", ""}, {"HOANG", "ホアン", ""}},
		men:      []foreignName{{"VAN AN", "ヴァン アン", ""}, {"MINH TUAN", "ミン トゥアン", ""}, {"QUANG HUY", "クアン フイ", ""}, {"DUC LONG", "ドゥック ロン", ""}, {"HUU NAM", "フウ ナム", ""}},
		women:    []foreignName{{"THI LAN", "ティ ラン", ""}, {"THI HOA", "ティ ホア", ""}, {"NGOC ANH", "ゴック アイン", ""}, {"THU HUONG", "トゥ フオン", ""}, {"MAI LINH", "マイ リン", ""}},
	},
	{
		share: 14, kanji: true, special: 65,
		families: []foreignName{{"KIM", "キム", "金"}, {"LEE", "イ", "李"}, {"PARK", "パク", "朴"}, {"CHOI", "チェ", "崔"}, {"JUNG", "チョン", "鄭"}},
		men:      []foreignName{{"MINJUN", "ミンジュン", "敏俊"}, {"SUNGHO", "ソンホ", "成浩"}, {"YOUNGCHUL", "ヨンチョル", "永哲"}, {"JIHOON", "ジフン", "志勲"}},
		women:    []foreignName{{"MINJI", "ミンジ", "敏智"}, {"YOUNGHEE", "ヨンヒ", "英姫"}, {"SOOJIN", "スジン", "秀珍"}, {"EUNJOO", "ウンジュ", "恩珠"}},
	},
	{
		share:    12,
		families: []foreignName{{"SANTOS", "サントス", ""}, {"REYES", "レイエス", ""}, {"CRUZ", "クルス", ""}, {"BAUTISTA", "バウティスタ", ""}},
		men:      []foreignName{{"JOSE MARIO", "ホセ マリオ", ""}, {"RAMON", "ラモン", ""}, {"CARLO", "カルロ", ""}},
		women:    []foreignName{{"MARIA CLARA", "マリア クララ", ""}, {"ROSALIE", "ロザリー", ""}, {"ANGELICA", "アンジェリカ", ""}},
	},
	{
		share:    9,
		families: []foreignName{{"SILVA", "シルバ", ""}, {"OLIVEIRA", "オリベイラ", ""}, {"SOUZA", "ソウザ", ""}, {"PEREIRA", "ペレイラ", ""}},
		men:      []foreignName{{"LUCAS", "ルカス", ""}, {"PEDRO HENRIQUE", "ペドロ エンリケ", ""}, {"MARCELO", "マルセロ", ""}},
		women:    []foreignName{{"ANA PAULA", "アナ パウラ", ""}, {"JULIANA", "ジュリアナ", ""}, {"FERNANDA", "フェルナンダ", ""}},
	},
	{
		share:    8,
		families: []foreignName{{"SHRESTHA", "シュレスタ", ""}, {"GURUNG", "グルン", ""}, {"THAPA", "タパ", ""}, {"RAI", "ライ", ""}},
		men:      []foreignName{{"SURESH", "スレス", ""}, {"BIKRAM", "ビクラム", ""}, {"ANIL", "アニル", ""}},
		women:    []foreignName{{"SITA", "シタ", ""}, {"SUNITA", "スニタ", ""}, {"ANJALI", "アンジャリ", ""}},
	},
	{
		share:    6,
		families: []foreignName{{"SMITH", "スミス", ""}, {"JOHNSON", "ジョンソン", ""}, {"WILLIAMS", "ウィリアムズ", ""}, {"O'NEILL", "オニール", ""}},
		men:      []foreignName{{"JOHN PAUL", "ジョン ポール", ""}, {"MICHAEL", "マイケル", ""}, {"DAVID ALEXANDER", "デイビッド アレクサンダー", ""}},
		women:    []foreignName{{"EMILY ROSE", "エミリー ローズ", ""}, {"SARAH", "サラ", ""}, {"JENNIFER", "ジェニファー", ""}},
	},
}

// limitedStatuses are statuses of residence that end on a day; years is the
// longest period granted at once.
var limitedStatuses = []struct {
	name  string
	years int
}{
	{"技術・人文知識・国際業務", 5}, {"技能実習２号ロ", 2}, {"留学", 4}, {"家族滞在", 5},
	{"定住者", 5}, {"日本人の配偶者等", 5}, {"特定技能１号", 1}, {"経営・管理", 5}, {"技能", 5},
}

func (b *builder) foreignHousehold() []Resident {
	o := b.origin()
	age := b.dice.between(19, 58)
	head := b.foreigner(o, b.sex(), age)
	head.Relation = Head
	members := []Resident{head}
	if age >= 27 && head.Sex == mynumber.Male && b.dice.percent(30) {
		wife := b.foreigner(o, mynumber.Female, max(20, age-b.dice.between(-2, 4)))
		wife.Relation = Wife
		members = append(members, wife)
	}
	return members
}

func (b *builder) origin() *origin {
	k := b.dice.n(100)
	for i := range origins {
		if k -= origins[i].share; k < 0 {
			return &origins[i]
		}
	}
	return &origins[0]
}

func (b *builder) foreigner(o *origin, sex mynumber.Sex, age int) Resident {
	givens := o.women
	if sex == mynumber.Male {
		givens = o.men
	}
	f, g := o.families[b.dice.n(len(o.families))], givens[b.dice.n(len(givens))]
	r := Resident{
		Name:      f.latin + "\u3000" + g.latin,
		Kana:      f.kana + "\u3000" + g.kana,
		Latin:     f.latin + " " + g.latin,
		BirthDate: b.bornAt(age),
		Sex:       sex,
	}
	if o.kanji && b.dice.percent(70) {
		r.Name = f.kanji + "\u3000" + g.kanji
	}
	b.settle(&r, o)
	// An alias (通名) is what most long-settled residents go by (PRD-20).
	share := 6
	if r.Residence == mynumber.SpecialPermanent {
		share = 75
	}
	if b.dice.percent(share) {
		family, given := b.familyName(), b.givenName(sex, r.BirthDate.Year)
		r.Alias = family.written + "\u3000" + given.written
		r.AliasKana = places.JoinedKana(family.kana) + "\u3000" + places.JoinedKana(given.kana)
	}
	return r
}

// settle gives the status of residence and, where it is limited, its end:
// never on or before today, so that everybody may live here.
func (b *builder) settle(r *Resident, o *origin) {
	k := b.dice.n(100)
	switch {
	case k < o.special:
		r.Residence, r.StatusName = mynumber.SpecialPermanent, "特別永住者"
	case k < o.special+(100-o.special)*30/100:
		r.Residence, r.StatusName = mynumber.PermanentResident, "永住者"
	case k < o.special+(100-o.special)*33/100:
		r.Residence, r.StatusName = mynumber.HighlySkilledII, "高度専門職２号"
	default:
		s := limitedStatuses[b.dice.n(len(limitedStatuses))]
		r.Residence, r.StatusName = mynumber.MidToLong, s.name
		r.StayUntil = b.today.AddDays(b.dice.between(20, 365*s.years))
	}
}
