package vault

import "kado/internal/platform/lang"

// Purpose is why a number is read. The list is closed (house rule 5): the Act on
// the Use of Numbers permits the use and provision of numbers only where it says
// so (Articles 9 and 19), and OPS-27 asks for new purposes to be refused.
type Purpose string

// The purposes.
const (
	CardProduction    Purpose = "card_production"    // writing and printing a new card
	CardRewrite       Purpose = "card_rewrite"       // rewriting a card at the counter
	RegistryNotice    Purpose = "registry_notice"    // telling the holder the number
	LegalVerification Purpose = "legal_verification" // comparing a number shown with the one on record
	RegistryRecord    Purpose = "registry_record"    // issuing a copy of the resident record that carries the number
)

// grounds gives each purpose's name and legal ground.
var grounds = map[Purpose]struct{ name, ground lang.Text }{
	CardProduction: {
		lang.Text{JA: "個人番号カードの発行", EN: "issue of an Individual Number Card"},
		lang.Text{JA: "番号法第16条の2", EN: "Number Use Act, Article 16-2"},
	},
	CardRewrite: {
		lang.Text{JA: "個人番号カードの記載事項の変更", EN: "change of what an Individual Number Card holds"},
		lang.Text{JA: "番号法第17条", EN: "Number Use Act, Article 17"},
	},
	RegistryNotice: {
		lang.Text{JA: "個人番号の通知", EN: "notice of an Individual Number"},
		lang.Text{JA: "番号法第7条", EN: "Number Use Act, Article 7"},
	},
	LegalVerification: {
		lang.Text{JA: "本人確認の措置", EN: "identity verification"},
		lang.Text{JA: "番号法第16条", EN: "Number Use Act, Article 16"},
	},
	RegistryRecord: {
		lang.Text{JA: "住民票への記載", EN: "entry in the resident record"},
		lang.Text{JA: "住民基本台帳法第7条", EN: "Basic Resident Register Act, Article 7"},
	},
}

// Purposes returns the whole list, for documents and tests.
func Purposes() []Purpose {
	return []Purpose{CardProduction, CardRewrite, RegistryNotice, LegalVerification, RegistryRecord}
}

// Text names the purpose for people.
func (p Purpose) Text() lang.Text { return grounds[p].name }

// Ground names the law that permits it.
func (p Purpose) Ground() lang.Text { return grounds[p].ground }

func (p Purpose) known() bool { _, ok := grounds[p]; return ok }
