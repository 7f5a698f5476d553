package registry

import (
	"kado/internal/platform/fault"
	"kado/internal/platform/lang"
)

// Refusals of the register.
var (
	NoSuchPerson = fault.Define(fault.Kind{
		Number: 2001, Class: fault.NotFound,
		What: lang.Text{JA: "その人は住民基本台帳に登録されていません。", EN: "There is no such person in the register."},
		Why:  lang.Text{JA: "内部の識別子に当たる登録がありません。", EN: "No entry has this internal id."},
		Cure: lang.Text{JA: "識別子を確かめてください。初めての人なら、先に台帳に登録します。", EN: "Check the id. A new person has to be entered into the register first."},
	})
	Malformed = fault.Define(fault.Kind{
		Number: 2002, Class: fault.Invalid,
		What: lang.Text{JA: "台帳の項目「%s」の形が正しくありません。", EN: "The register's item %q is malformed."},
		Why:  lang.Text{JA: "カードと電子証明書は台帳の項目をそのまま使うため、形の崩れた値は登録できません。", EN: "Cards and certificates take the register's items as they are, so a malformed value cannot be entered."},
		Cure: lang.Text{JA: "項目の書き方（氏名は姓と名の間に全角空白、住所は都道府県から、生年月日は実在の日）を直してください。", EN: "Mend the item: a full-width space between family and given name, an address from the prefecture on, a birth date that exists."},
	})
	NotInThisStanding = fault.Define(fault.Kind{
		Number: 2003, Class: fault.Conflict,
		What: lang.Text{JA: "この人の台帳上の状態では、この届出はできません。", EN: "This cannot be registered in the person's present standing."},
		Why:  lang.Text{JA: "死亡や国外転出のあとの届出、または日付の順序が合わない届出です。", EN: "The person is dead or abroad, or the dates are out of order."},
		Cure: lang.Text{JA: "届出の種類と日付を確かめてください。", EN: "Check the kind of the notification and its date."},
	})
	OtherMunicipality = fault.Define(fault.Kind{
		Number: 2004, Class: fault.Forbidden,
		What: lang.Text{JA: "この届出は、市区町村コード %s の住民記録担当だけが扱えます。", EN: "Only a registry clerk of the municipality %s may register this."},
		Why:  lang.Text{JA: "台帳は市区町村ごとに管理し、転入の届出は転入先で受け付けます。", EN: "Each municipality keeps its own register; a move is registered where the person comes to live."},
		Cure: lang.Text{JA: "住所地（転入のときは転入先）の市区町村の窓口へ引き継いでください。", EN: "Hand over to the municipality where the person lives, or comes to live."},
	})
)
