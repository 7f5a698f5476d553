package registry

import (
	"kado/internal/platform/journal"
	"kado/internal/platform/lang"
)

var (
	actEntered = journal.DefineAct(journal.Act{Code: "registry.entered",
		Text: lang.Text{JA: "住民基本台帳に登録", EN: "Entered into the resident register"}, Details: []string{"municipality"}})
	actMoved = journal.DefineAct(journal.Act{Code: "registry.moved",
		Text: lang.Text{JA: "住所の変更を登録", EN: "Change of address registered"}, Details: []string{"from", "to", "on"}})
	actRenamed = journal.DefineAct(journal.Act{Code: "registry.renamed",
		Text: lang.Text{JA: "氏名の変更を登録", EN: "Change of name registered"}, Details: []string{"on"}})
	actDied = journal.DefineAct(journal.Act{Code: "registry.died",
		Text: lang.Text{JA: "死亡を登録", EN: "Death registered"}, Details: []string{"died_on"}})
	actMatched = journal.DefineAct(journal.Act{Code: "registry.matched",
		Text: lang.Text{JA: "停止の受付のため本人を照会", EN: "Looked up for the stop line"}, Details: []string{"address_equal", "found"}})
)
